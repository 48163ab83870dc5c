"""A share of a build out as one file; such files in, laid where a build finds what it need not make again.

Pages, embeds and PDFs cost most, and none needs another: each shard makes a range of them, with what the
audit reads in them, and keeps them as a build keeps its own. Merging gives them to a build that makes
everything else, and refuses where a page is left to render: so the merged site cannot differ from that of
one machine.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import build
from generator.diagnostic import Diagnostic, Location, SourceFile
from generator.model import Edition
from generator.pdf import Typeset

BOOK = "book"
# The folders of the site that hold embeds, and what is told of them.
EMBEDS = ("embed", "oembed")
# What a topic's two PDFs cost, in pages; the PDF of the book costs about one page a topic.
_PAPERS = 8
_MANIFEST = "manifest.json"
_LANGUAGE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]+)*")
_NAME = re.compile(rf"(?P<kind>pages|o?embed|pdf)/(?P<language>{_LANGUAGE.pattern})/(?P<rest>[\w./-]+)")
# What reading a spoilt archive or its list may raise; RuntimeError if it is encrypted, or nested too deep.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
)
_PDF = re.compile(r"[0-9a-f]{32}\.pdf")
# The same bytes anywhere: an archive of files that have no time.
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Shard:
    """The `number`th of `of` shares of the work, from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def shard(text: str) -> Shard:
    """`2/4`, the second of four. Raises ValueError."""
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError(f"{text} is no share of the work: write 2/4 for the second of four")
    return Shard(int(match[1]), int(match[2]))


def made_from(content: Iterable[Path], generator: Iterable[Path], options: str) -> dict[str, str]:
    """What the parts of one site have in common, each by its digest; `content` with notes and fonts."""
    return {
        "content": build.contents(content),
        "generator, package or Python": build.inputs(generator),
        "choice of options": options,
    }


def share(editions: Iterable[Edition], mine: Shard, pdfs: bool) -> dict[str, set[str]]:
    """The paths of the pages, by language, that a shard makes, and `book` where it sets that PDF.

    The work is one list, the languages one after the other, cut into ranges that cost about the same.
    """
    work = []
    for edition in editions:
        for page in edition.pages:
            work.append((edition.language, page.path, _PAPERS if pdfs and page.kind == "topic" else 1))
        if pdfs:
            work.append((edition.language, BOOK, len(edition.topics)))
    out: dict[str, set[str]] = {edition.language: set() for edition in editions}
    total, before = sum(cost for *_, cost in work), 0
    for language, name, cost in work:
        # A share ends where the middle of a piece of work lies beyond it.
        if (2 * before + cost) * mine.of // (2 * total) == mine.number - 1:
            out[language].add(name)
        before += cost
    return out


def pack(
    work: Path,
    audited: Callable[[Iterable[str]], Mapping[str, Any]],
    languages: Iterable[str],
    pdfs: Iterable[Typeset],
    mine: Shard,
    made: Mapping[str, str],
) -> Path:
    """Writes what a shard made, below `work`, as one file. Returns its path.

    audited: gives what the audit keeps of pages below `work/site`; languages: those of its pages.
    """
    files: dict[str, bytes] = {}
    records: dict[str, dict[str, Any]] = {}
    site = work / "site"
    names = sorted(_embeds(site))
    files |= {name: (site / name).read_bytes() for name in names}
    for language in languages:
        kept = build.read_kept(work / build.CACHE / f"{language}.pages")
        records[language] = kept
        for record in kept.values():
            name = f"{language}/{record['path']}"
            files[f"pages/{name}"] = (site / name).read_bytes()
            names.append(name)
    for paper in pdfs:
        files[f"pdf/{paper.stored.parent.name}/{paper.stored.name}"] = paper.data
    manifest = {
        "shard": mine.number,
        "of": mine.of,
        "made from": dict(made),
        "pages": records,
        "audit": dict(audited(name for name in names if name.endswith(".html"))),
        "files": {name: build.digest(data) for name, data in files.items()},
    }
    out = work / "parts" / f"part-{mine.number}-of-{mine.of}.zip"
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in {_MANIFEST: json.dumps(manifest).encode(), **files}.items():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    fresh.replace(out)
    return out


def lay(parts: Sequence[Path], work: Path, made: Mapping[str, str]) -> list[Diagnostic]:
    """Lays all parts of one site where a build below `work` looks for what was kept; or says what is wrong.

    Nothing is written unless every part is there, whole, and made from what `made` says.
    """
    found: list[Diagnostic] = []
    manifests = [_manifest(path, made, found) for path in parts]
    told = [(path, m) for path, m in zip(parts, manifests, strict=True) if m]
    if not found:
        found += _incomplete(told)
    if found:
        return found
    build.forget(work)
    kept: dict[str, dict[str, Any]] = defaultdict(dict)
    for path, manifest in told:
        with zipfile.ZipFile(path) as archive:
            for name in manifest["files"]:
                # All but PDFs lies where it will on the site; of pages the kind is no folder there.
                place = name if name.startswith("pdf/") else f"site/{name.removeprefix('pages/')}"
                target = work / place
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))
        for language, records in manifest["pages"].items():
            kept[f"{language}.pages"] |= records
        kept["audit"] |= manifest["audit"]
    for name, records in kept.items():
        build.write_kept(work / build.CACHE / name, records)
    return []


def move_embeds(work: Path, site: Path) -> set[str]:
    """Moves the embeds that `lay` laid below `work` into a site that has none. Returns their paths."""
    for name in EMBEDS:
        if (work / "site" / name).is_dir():
            shutil.move(work / "site" / name, site / name)
    return _embeds(site)


def _embeds(site: Path) -> set[str]:
    """The paths of all embeds that lie below a folder, and of what is told of them."""
    return {
        path.relative_to(site).as_posix()
        for name in EMBEDS
        for path in (site / name).rglob("*")
        if path.is_file()
    }


def unfit(count: int) -> Diagnostic:
    """What is said where parts of the same content leave pages to render."""
    message = f"{count} pages in the parts are not those that this build would render"
    hint = "build every shard again with --clean; if it stays, report it"
    return Diagnostic("part", message, _at(Path("parts")), hint)


def _at(path: Path) -> Location:
    return Location(SourceFile(str(path)))


def _manifest(path: Path, made: Mapping[str, str], found: list[Diagnostic]) -> dict[str, Any] | None:
    """What a part says of itself, if all of it is as it was written. Adds to `found` what is wrong."""

    def wrong(message: str, hint: str) -> None:
        found.append(Diagnostic("part", message, _at(path), hint))

    again = "copy it again, or build this shard again"
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(_MANIFEST))
            files, others = manifest["files"], set(archive.namelist()) - {_MANIFEST}
            bad = [name for name in files if build.digest(archive.read(name)) != files[name]]
            bad += sorted(others - files.keys())
            bad += [name for name in files if not _is_fine(name)]
            shard(f"{manifest['shard']:d}/{manifest['of']:d}")
            bad += [name for name in manifest["pages"] if not _LANGUAGE.fullmatch(name)]
            differ = [what for what, value in made.items() if manifest["made from"].get(what) != value]
            for language, records in [*manifest["pages"].items(), ("audit", manifest["audit"])]:
                bad += [f"{language}/{uri}" for uri in records if not isinstance(records[uri]["key"], str)]
    except OSError as error:
        wrong(
            f"cannot be read: {error.strerror or error}", "name the file that `clinref build --shard` wrote"
        )
        return None
    except NotImplementedError as error:
        wrong(f"is packed in a way that no part is: {error}", again)
        return None
    except _BROKEN as error:
        wrong(f"is no whole part: {error}", again)
        return None
    if bad:
        wrong(f"was changed after it was written: {', '.join(bad[:3])}", again)
    if differ:
        wrong(
            f"was made from another {' and another '.join(differ)}",
            "build every shard, and merge them, from one commit with the same options and lock file",
        )
    return None if bad or differ else dict(manifest)


def _is_fine(name: str) -> bool:
    """Whether a name in a part is one that a shard writes: none leads outside its folder."""
    match = _NAME.fullmatch(name)
    if not match or any(step in ("", ".", "..") for step in name.split("/")):
        return False
    return match["kind"] != "pdf" or bool(_PDF.fullmatch(match["rest"]))


def _incomplete(told: Sequence[tuple[Path, Mapping[str, Any]]]) -> Iterator[Diagnostic]:
    """Parts that are missing, given twice, or cut in another number."""
    first, manifest = told[0]
    of = manifest["of"]
    by_number: dict[int, Path] = {}
    for path, part in told:
        if part["of"] != of:
            yield Diagnostic("part", f"is one of {part['of']} parts; {first} is one of {of}", _at(path))
        elif part["shard"] in by_number:
            yield Diagnostic("part", f"is part {part['shard']}, as {by_number[part['shard']]} is", _at(path))
        else:
            by_number[part["shard"]] = path
    missing = [str(number) for number in range(1, of + 1) if number not in by_number]
    if missing:
        hint = f"build it with --shard {missing[0]}/{of}"
        yield Diagnostic("part", f"parts {', '.join(missing)} of {of} are missing", _at(first), hint)
