"""Output files in; a built, audited and published site out: the new one whole, or the old one untouched.

With pages, engines, shards, pdf, bundle and edit the only module that writes; it and engines start programs.
"""

from __future__ import annotations

import ctypes
import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import distributions
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import brotli

from generator.diagnostic import Diagnostic, Location, SourceFile
from generator.files import below

if TYPE_CHECKING:
    # To load it takes half as long as MkDocs, whose processes need none of it.
    from generator.model import OutputFile

PROJECT = Path(__file__).resolve().parent.parent
# Where MkDocs reads its settings from; copied beside another book's build, so that relative paths hold there.
SETTINGS = ("mkdocs.yml", "site_config")
# Endings of files that are worth compressing; the others are compressed already.
TEXT = {".atom", ".css", ".html", ".js", ".json", ".map", ".mmd", ".svg", ".txt", ".webmanifest", ".xml"}
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
# Files by which a folder is known as a site that was built.
_MARKS = ("index.html", "assets/chooser.css")
# Below the work folder: what one build keeps for the next.
CACHE = "cache"
# Says of a folder that its settings are a build's own, which the next may replace.
MARK = ".clinref"
# The theme's scripts and style sheets, which no page loads: the book's own files hold what is used.
_THEMES_OWN = re.compile(r"(?:.*/)?assets/(?:javascripts|stylesheets)/")
# How far a build steps back where an editor waits for a preview beside it.
NICE = 10


class BuildError(Exception):
    """The build cannot go on, for a reason outside the content."""


def write(files: Iterable[OutputFile], folder: Path) -> int:
    """Writes files below `folder`, only those that differ; removes what is no longer among them.

    Returns the number written.
    """
    names, count = write_some(files, folder)
    keep(names, folder)
    return count


def write_some(files: Iterable[OutputFile], folder: Path) -> tuple[set[str], int]:
    """Writes some of the files below `folder`: their paths, and the number of those that differed."""
    names, checked, root, count = set[str](), set[str](), folder.resolve(), 0
    for file in files:
        name = os.path.normpath(file.path)
        path, parent = folder / name, name.rpartition("/")[0]
        # What lies in a folder that was looked at lies where it does, but for a link.
        if parent not in checked or path.is_symlink():
            if not path.resolve().is_relative_to(root):
                raise BuildError(f"{file.path} would be written outside {folder}")
            path.parent.mkdir(parents=True, exist_ok=True)
            checked.add(parent)
        names.add(name)
        try:
            is_same = path.read_bytes() == file.data
        except OSError:
            is_same = False
        if not is_same:
            path.write_bytes(file.data)
            count += 1
    return names, count


def keep(names: Container[str], folder: Path) -> None:
    """Removes what else there is below `folder`."""
    for name, entry in list(below(folder)):
        if name not in names:
            Path(entry.path).unlink()


def prepare(work: Path) -> Path:
    """The folder where MkDocs runs, above `work`: the project's root, or a copy of its settings."""
    if work.resolve() == (PROJECT / "build").resolve():
        return PROJECT
    root = work.resolve().parent
    if (root / "pyproject.toml").exists():
        raise BuildError(f"{work} would put settings into a project's root: choose a deeper --work")
    root.mkdir(parents=True, exist_ok=True)
    for target in (root / name for name in SETTINGS):
        if target.is_symlink() or (target.exists() and not (root / MARK).exists()):
            raise BuildError(f"{target} is not of a build: choose another --work, or move it away")
    (root / MARK).touch()
    for name in SETTINGS:
        source, target = PROJECT / name, root / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    return root


@dataclass(frozen=True)
class Rendered:
    """What MkDocs warned of; how many pages were made anew, and how many kept."""

    found: list[Diagnostic]
    rendered: int
    kept: int

    def __add__(self, other: Rendered) -> Rendered:
        """Of both together."""
        return Rendered(self.found + other.found, self.rendered + other.rendered, self.kept + other.kept)


def mkdocs(root: Path, work: Path, languages: Mapping[str, Iterable[str] | None], epoch: int) -> Rendered:
    """Makes the pages of every language below `work`, side by side; those of the last time are kept.

    languages: each with the pages that a shard makes of it, by their paths, or None for all.
    """
    temporary = work / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    environment = child_environment(
        SOURCE_DATE_EPOCH=str(epoch), TMPDIR=str(temporary), NO_MKDOCS_2_WARNING="1"
    )
    running = {}
    for language, share in languages.items():
        config = root / "site_config" / f"{language}.yml"
        if not config.is_file():
            raise BuildError(f"the language {language} has no {config.relative_to(root)}")
        kept = work.resolve() / CACHE / f"{language}.pages"
        command = [sys.executable, "-P", "-m", "generator.pages", str(config.relative_to(root)), str(kept)]
        if share is not None:
            only = temporary.resolve() / f"{language}.share"
            only.write_text("\n".join(f"{path}.md" for path in sorted(share)), encoding="utf-8")
            command.append(str(only))
        log = (temporary / f"{language}.log").open("w+", encoding="utf-8")
        process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=log)
        running[language] = (process, log)
    found, counts = [], [0, 0]
    for language, (process, log) in running.items():
        output, _ = process.communicate()
        with log:
            log.seek(0)
            errors = log.read()
        at = Location(SourceFile(f"site_config/{language}.yml"))
        if code := process.returncode:
            found.append(Diagnostic("mkdocs", f"ended with {code}: {errors.strip()[-1500:]}", at))
            continue
        said = json.loads(output)
        notices = (notice for notice in said["notices"] if "Material for MkDocs" not in notice)
        found += [Diagnostic("mkdocs", notice, at) for notice in notices]
        counts = [counts[0] + said["rendered"], counts[1] + said["kept"]]
    return Rendered(found, *counts)


def program(arguments: Sequence[str]) -> int:
    """Runs clinref in a process of its own, on the same screen and behind what else runs: its exit code."""
    command = [sys.executable, "-P", "-m", "generator", *arguments]
    with subprocess.Popen(command, env=child_environment()) as process:
        try:
            os.setpriority(os.PRIO_PROCESS, process.pid, os.nice(0) + NICE)
            return process.wait()
        except BaseException:
            process.kill()
            raise


def child_environment(**more: str) -> dict[str, str]:
    """That of this process, in which a new Python finds the generator."""
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, **more}


def epoch(day: str) -> int:
    """Midnight UTC of a date of the content: the clock of every output, so that a build repeats itself."""
    parts = [*map(int, day.split("-")), 1, 1][:3]
    return int(datetime(parts[0], parts[1], parts[2], tzinfo=UTC).timestamp())


def digest(*parts: bytes) -> str:
    """One name for several byte strings, told apart by their lengths."""
    out = hashlib.sha256()
    for part in parts:
        out.update(b"%d " % len(part))
        out.update(part)
    return out.hexdigest()


def _files(folders: Iterable[Path]) -> Iterator[tuple[str, Path | os.DirEntry[str]]]:
    """Every file below the folders, or the file itself, and its name there; without Python's bytecode."""
    for number, folder in enumerate(folders):
        if folder.is_file():
            yield f"{number}/.", folder
        for name, entry in sorted(below(folder), key=itemgetter(0)):
            if "__pycache__/" not in name:
                yield f"{number}/{name}", entry


def inputs(folders: Iterable[Path], options: str = "") -> str:
    """The digest of all that an output is made from: files, every installed package, Python, options."""
    installed = sorted(f"{d.name} {d.version}" for d in distributions())
    return digest("\n".join([options, sys.version, *installed, contents(folders)]).encode())


def contents(folders: Iterable[Path]) -> str:
    """The digest of the files alone: of their names below the folders, and of what is in them."""
    return digest(
        "\n".join(f"{name} {digest(Path(file).read_bytes())}" for name, file in _files(folders)).encode()
    )


def state(folders: Iterable[Path]) -> str:
    """The digest of size and times of every file. No one can write into one without a change of these."""
    out = []
    for name, file in _files(folders):
        status = file.stat()
        out.append(f"{name} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}")
    return digest("\n".join(out).encode())


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Waits until no other process makes what `path` is kept of: a killed build may have left one behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read_kept(path: Path) -> dict[str, Any]:
    """What an earlier build kept under `path`. An entry that is not as it was written counts as none."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return {}
    whole = (line[65:] for line in lines if line[:64].decode("ascii", "replace") == digest(line[65:]))
    return dict(map(json.loads, whole))


def write_kept(path: Path, entries: Mapping[str, Any]) -> None:
    """Keeps `entries` for the next build: the file is replaced in one step, each line led by its digest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as out:
        for entry in entries.items():
            line = json.dumps(entry, separators=(",", ":")).encode()
            out.write(b"%s %s\n" % (digest(line).encode(), line))
    fresh.replace(path)


def forget(work: Path) -> None:
    """Removes what earlier builds kept below `work`: pages, what the audit read, PDFs."""
    for name in (CACHE, "site", "pdf"):
        shutil.rmtree(work / name, ignore_errors=True)


def copy_assets(theme: Path, site: Path) -> None:
    """The files that the pages outside the languages need."""
    (site / "assets").mkdir(parents=True, exist_ok=True)
    for name in (
        "chooser.css",
        "chooser.js",
        "infobutton.css",
        "infobutton.js",
        "offline.css",
        "parallel.css",
    ):
        shutil.copyfile(theme / "assets" / name, site / "assets" / name)


def compress(site: Path) -> None:
    """Lays gzip and Brotli forms beside every file of text, where they are smaller."""
    for path in sorted(site.rglob("*")):
        if path.suffix not in TEXT or not path.is_file():
            continue
        data = path.read_bytes()
        for suffix, packed in (
            (".gz", gzip.compress(data, 9, mtime=0)),
            (".br", brotli.compress(data, mode=brotli.MODE_TEXT)),
        ):
            if len(packed) < len(data):
                path.with_name(path.name + suffix).write_bytes(packed)


@contextmanager
def locked(*folders: Path) -> Iterator[None]:
    """One build at a time into a site and in a folder to work in. Raises BuildError where one is held."""
    with ExitStack() as held:
        for folder in folders:
            held.enter_context(_locked(folder))
        yield


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    path = folder.parent / f".{folder.name}.lock"
    while True:
        lock = path.open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise BuildError(f"another build is writing {folder}; wait for it to end") from None
        # The file may have been removed between opening and locking: a lock without a name locks nothing.
        if path.exists() and os.path.samestat(os.fstat(lock.fileno()), path.stat()):
            break
        lock.close()
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        lock.close()


def may_replace(site: Path, books: Sequence[Path], given: Iterable[Path]) -> None:
    """As `may_write`, and where a new site cannot take the place of `site`."""
    may_write(site, books, given)
    if site.is_mount():
        raise BuildError(f"{site}/ is a mount point, which cannot be replaced: name a folder in it")


def may_write(site: Path, books: Sequence[Path], given: Iterable[Path]) -> None:
    """Raises BuildError where `site` is something else than a site of ours.

    books: what a site may not lie in, the content and a hospital's notes; given: all that is read, which may
    not lie in the site.
    """
    if site.is_dir():
        if any(site.iterdir()) and not all((site / name).is_file() for name in _MARKS):
            raise BuildError(f"{site}/ is not empty and no site of clinref: name another --site")
    elif os.path.lexists(site):
        raise BuildError(f"{site} is no folder: name another --site")
    where = site.resolve()
    for folder in given:
        own = folder.resolve()
        if where in (own, *own.parents) or (folder in books and own in where.parents):
            raise BuildError(f"{site} and {folder} lie one in the other: name another --site")
    if where in (PROJECT, *PROJECT.parents):
        raise BuildError(f"{site} holds the generator: name another --site")


def publish(new: Path, site: Path) -> None:
    """Puts `new` in the place of `site` in one step, then removes the old one."""
    if not site.exists():
        new.rename(site)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    exchange = getattr(libc, "renameat2", None)
    if exchange is None or exchange(
        _AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(site), _RENAME_EXCHANGE
    ):
        # No exchange on this system: two renames, a moment apart.
        old = site.parent / f".{site.name}.old"
        shutil.rmtree(old, ignore_errors=True)
        site.rename(old)
        new.rename(site)
        shutil.rmtree(old)
        return
    shutil.rmtree(new)


def fresh(site: Path) -> Path:
    """The folder beside a site in which the next is put together."""
    return site.parent / f".{site.name}.new"


def begin(site: Path, theme: Path) -> Path:
    """A folder beside `site`, in which the next is put together, with the files of no language."""
    new = fresh(site)
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    copy_assets(theme, new)
    return new


def take(work: Path, language: str, epoch: int, site: Path) -> None:
    """Copies the pages that MkDocs made of a language, with their times: one that did not change says so.

    No links: MkDocs writes into the files that it finds, and a site that is published may not change.
    Raises BuildError as `add` does.
    """
    built = work / "site" / language
    if not built.is_dir():
        raise BuildError(f"no {built} was written: does site_config/{language}.yml inherit {language}.yml?")
    _stamp_archive(built / "sitemap.xml", epoch)
    made = set[str]()
    for name, entry in below(built):
        if not _THEMES_OWN.match(name):
            with open(entry.path, "rb") as page, _new(f"{language}/{name}", site, made) as copy:  # noqa: PTH123
                copy.write(page.read())
            status = entry.stat()
            os.utime(copy.name, ns=(status.st_atime_ns, status.st_mtime_ns))


def _stamp_archive(path: Path, epoch: int) -> None:
    """The one compressed file that MkDocs writes carries the time of the build; written anew without it."""
    packed = path.with_suffix(".xml.gz")
    if path.is_file():
        with packed.open("wb") as out, gzip.GzipFile(path.name, "wb", 9, out, mtime=epoch) as archive:
            archive.write(path.read_bytes())


def add(files: Iterable[OutputFile], site: Path) -> None:
    """Writes what is made without MkDocs, paths relative to the site.

    Raises BuildError where a file would lie over one that is there already.
    """
    made = set[str]()
    for file in files:
        with _new(file.path, site, made) as out:
            out.write(file.data)


def _new(name: str, site: Path, made: set[str]) -> BinaryIO:
    """A file of a site, opened for the first time. made: folders that need not be made again."""
    path = f"{site}/{name}"
    folder = path.rpartition("/")[0]
    try:
        if folder not in made:
            Path(folder).mkdir(parents=True, exist_ok=True)
            made.add(folder)
        return open(path, "xb")  # noqa: PTH123
    except NotADirectoryError:
        pass
    except FileExistsError:
        if Path(folder).is_dir():
            raise BuildError(
                f"{name} would be written twice: rename the topic, page or flow of that name"
            ) from None
    raise BuildError(f"{name} needs a folder where a file is: rename one of them") from None
