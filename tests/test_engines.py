"""The same book by both engines: a reader gets the same, but for what is listed here with its reason."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from lxml import html
from tiny import BOOK, ROOT, edit

from generator import build, engines
from generator.cli import FINE, USAGE, main

BOOKS = {"real": ROOT / "content", "tiny": BOOK}
# Regions of a page, by XPath; each is compared as text, as ids and as links.
REGIONS = {
    "article": "//article[contains(@class, 'md-content__inner')]",
    "header": "//header",
    "navigation": "//div[@data-md-type='navigation']",
    "contents": "//div[@data-md-type='toc']",
    "footer": "//footer",
    "search": "//dialog",
}
ADDRESSES = ("href", "src", "srcset")


@dataclass(frozen=True)
class Difference:
    """What one engine has and the other has not, in one respect of one page."""

    page: str
    kind: str
    respect: str
    mkdocs: tuple[str, ...]
    zensical: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """A difference by nature. `languages` and `kinds` are regular expressions, matched whole."""

    respect: str
    mkdocs: tuple[str, ...]
    zensical: tuple[str, ...]
    reason: str
    kinds: str = ".*"
    languages: str = ".*"

    def covers(self, found: Difference) -> bool:
        return (
            (self.respect, self.mkdocs, self.zensical) == (found.respect, found.mkdocs, found.zensical)
            and re.fullmatch(self.kinds, found.kind) is not None
            and re.fullmatch(self.languages, found.page.partition("/")[0]) is not None
        )


def squeezed(text: str | None) -> str:
    return " ".join((text or "").split())


def shape(element: Any) -> Iterator[str]:
    """Every element with its attributes, but for addresses, and the text before, in and after it."""
    for one in element.iter():
        if isinstance(one.tag, str):
            attributes = {name: squeezed(v) for name, v in sorted(one.items()) if name not in ADDRESSES}
            yield f"{one.tag} {attributes} {squeezed(one.text)}"
            if one is not element and squeezed(one.tail):
                yield squeezed(one.tail)


def ways(element: Any, base: str) -> Iterator[str]:
    """Where the links and pictures of an element lead, from the place where the page lies."""
    for one in element.iter():
        for name in ADDRESSES if isinstance(one.tag, str) else ():
            for value in (one.get(name) or "").split(", ") if one.get(name) is not None else ():
                way, _, width = value.partition(" ")
                yield f"{one.tag} {name} {urljoin(base, way)} {width}".rstrip()


def respects(path: Path, name: str) -> tuple[str, dict[str, list[str]]]:
    """The kind of a page, and all in it that is compared."""
    page = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
    base = "https://host/" + name.removesuffix("index.html")
    kind = re.search(r"clinref-(\w+) clinref-page", path.read_text(encoding="utf-8"))
    head: dict[str, list[str]] = {
        "language": [page.get("lang") or ""],
        "title": [squeezed(page.findtext(".//title"))],
        "meta": [f"{m.get('name')} {m.get('content')}" for m in page.iterfind(".//meta")],
        "relations": [
            f"{link.get('rel')} {link.get('hreflang')} {urljoin(base, link.get('href') or '')}"
            for link in page.iterfind(".//link")
            if link.get("rel") != "stylesheet"
        ],
        "data": [squeezed(s.text) for s in page.xpath("//script[@type='application/ld+json']")],
        "ours": [
            urljoin(base, s.get("src") or "")
            for s in page.xpath("//script[@src]")
            if "bundle." not in s.get("src")
        ],
        "headings": [
            f"{h.tag}#{h.get('id')} {squeezed(''.join(h.itertext()))}"
            for h in page.xpath("//article//*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5]")
        ],
    }
    for region, where in REGIONS.items():
        elements = page.xpath(where)
        head[f"{region}: there"] = [str(len(elements))]
        for element in elements:
            head[f"{region}: text"] = squeezed(" ".join(element.itertext())).split()
            head[f"{region}: ids"] = [str(i) for i in element.xpath(".//@id")]
            head[f"{region}: links"] = list(ways(element, base))
            if region == "article":
                head["article: elements"] = list(shape(element))
    return kind[1] if kind else "none", head


def pages(site: Path) -> set[str]:
    """The pages that an engine makes: those outside the languages are the generator's own."""
    return {p.relative_to(site).as_posix() for lang in ("zh", "en") for p in (site / lang).rglob("*.html")}


def differences(mkdocs: Path, zensical: Path) -> list[Difference]:
    """All that differs, one entry for each run of words, ids or links."""
    found = [
        Difference(name, "", "page", *((name,), ()) if name in pages(mkdocs) else ((), (name,)))
        for name in sorted(pages(mkdocs) ^ pages(zensical))
    ]
    for name in sorted(pages(mkdocs) & pages(zensical)):
        kind, first = respects(mkdocs / name, name)
        other, second = respects(zensical / name, name)
        if kind != other:
            found.append(Difference(name, kind, "kind", (kind,), (other,)))
        for respect in sorted({*first, *second}):
            a, b = first.get(respect, []), second.get(respect, [])
            if a != b:
                for what, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
                    if what != "equal":
                        found.append(Difference(name, kind, respect, tuple(a[i:j]), tuple(b[k:m])))
    return found


def unlisted(mkdocs: Path, zensical: Path) -> list[Difference]:
    return [d for d in differences(mkdocs, zensical) if not any(known.covers(d) for known in KNOWN)]


SKIP = "the skip link of Zensical leads to an anchor of its own before the article"
CONTENTS = "Zensical's English calls the contents of a page otherwise"
KNOWN = (
    Known("article: ids", (), ("__skip",), SKIP),
    Known("article: elements", (), ("a {'id': '__skip', 'tabindex': '-1'} ",), SKIP),
    Known(
        "contents: text",
        ("Table", "of", "contents"),
        ("On", "this", "page"),
        CONTENTS,
        languages="en",
    ),
)


def made(book: Path, site: Path, engine: str, **environment: str) -> Path:
    """A book built by an engine, its audit passed."""
    arguments = ["build", "--content", str(book), "--site", str(site), "--engine", engine, "--no-pdf"]
    done = subprocess.run(
        [sys.executable, "-m", "generator", *arguments, "--no-offline"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == FINE, done.stdout + done.stderr
    return site


@pytest.fixture(scope="module", params=BOOKS)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One book by MkDocs and by Zensical."""
    folder = tmp_path_factory.mktemp(request.param)
    mkdocs, zensical = (made(BOOKS[request.param], folder / name, name) for name in engines.ENGINES)
    return mkdocs, zensical


def test_both_engines_give_the_reader_the_same(built: tuple[Path, Path]) -> None:
    assert unlisted(*built) == []


def test_no_difference_is_listed_that_is_none(built: tuple[Path, Path]) -> None:
    found = differences(*built)
    assert [known for known in KNOWN if not any(known.covers(one) for one in found)] == []


def test_what_lies_beside_the_pages_is_the_same(built: tuple[Path, Path]) -> None:
    """Search, embeds, data, feeds: the generator's own files do not depend on the engine."""

    def files(site: Path) -> dict[str, str]:
        theirs = re.compile(r"(zh|en)/(.*\.html|assets/(stylesheets|javascripts|images)/.*|sitemap\.xml.*)")
        return {
            name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in site.rglob("*")
            if path.is_file() and not theirs.fullmatch(name := path.relative_to(site).as_posix())
        }

    mkdocs, zensical = map(files, built)
    assert {name: digest for name, digest in zensical.items() if mkdocs.get(name) != digest}.keys() == {
        f"{language}/licenses/zensical.txt" for language in ("zh", "en")
    }
    assert mkdocs.keys() - zensical.keys() == set()
    addresses = re.compile(r"<loc>(.*?)</loc>")
    for language in ("zh", "en"):
        first, second = ((site / language / "sitemap.xml").read_text(encoding="utf-8") for site in built)
        assert sorted(addresses.findall(first)) == sorted(addresses.findall(second)) != []


def test_no_page_of_zensical_has_a_script_or_a_style_of_its_own(built: tuple[Path, Path]) -> None:
    """A policy without inline code holds, and nothing is asked of another host."""
    _, zensical = built
    for name in pages(zensical):
        page = html.parse(str(zensical / name), html.HTMLParser(encoding="utf-8"))
        scripts = page.xpath("//script[not(@src) and not(contains(@type, 'json'))]")
        assert not scripts and not page.xpath("//style | //*[@style]"), name
        assert page.xpath("//*[@onclick or @onload]") == [], name


@pytest.mark.parametrize(
    ("old", "new", "respects"),
    [
        (r"</title>", "!</title>", {"title"}),
        (r"(<article.*?)</p>", r"\1 not</p>", {"article: text", "article: elements"}),
        (r'<h2 id="([^"]+)"', r'<h2 id="\1-x"', {"headings", "article: ids", "article: elements"}),
        (r'(<article.*?) href="\.\./[^"]+"', r'\1 href="../nowhere/"', {"article: links"}),
        (r'(<nav.*?) href="\.\./glossary/"', r'\1 href="../references/"', {"navigation: links"}),
        (r'hreflang="zh" href="[^"]+"', 'hreflang="zh" href="https://clinref.example/"', {"relations"}),
        (r'lang="en"', 'lang="zh"', {"language"}),
    ],
)
def test_one_spoilt_page_is_seen(
    built: tuple[Path, Path], tmp_path: Path, old: str, new: str, respects: set[str]
) -> None:
    """The comparison can fail, and says where."""
    mkdocs, zensical = built
    spoilt = Path(shutil.copytree(zensical, tmp_path / "spoilt"))
    page = next(p for p in sorted(spoilt.glob("en/*/index.html")) if "clinref-topic " in p.read_text("utf-8"))
    text, count = re.subn(old, new, page.read_text(encoding="utf-8"), count=1, flags=re.S)
    assert count == 1
    page.write_text(text, encoding="utf-8")
    found = unlisted(mkdocs, spoilt)
    assert {d.page for d in found} == {page.relative_to(spoilt).as_posix()}
    assert {d.respect for d in found} == respects


def test_a_page_that_is_missing_is_seen(built: tuple[Path, Path], tmp_path: Path) -> None:
    mkdocs, zensical = built
    spoilt = Path(shutil.copytree(zensical, tmp_path / "spoilt"))
    (spoilt / "en" / "glossary" / "index.html").unlink()
    assert [(d.respect, d.mkdocs) for d in unlisted(mkdocs, spoilt)] == [
        ("page", ("en/glossary/index.html",))
    ]


def test_zensical_gives_the_same_bytes_elsewhere(tmp_path: Path) -> None:
    first = made(BOOK, tmp_path / "one" / "site", "zensical")
    book = Path(shutil.copytree(BOOK, tmp_path / "elsewhere" / "a book"))
    second = made(book, tmp_path / "elsewhere" / "deeper" / "site", "zensical", TZ="Asia/Shanghai")
    names = {p.relative_to(first) for p in first.rglob("*") if p.is_file()}
    assert names == {p.relative_to(second) for p in second.rglob("*") if p.is_file()}
    assert [n for n in sorted(names) if (first / n).read_bytes() != (second / n).read_bytes()] == []
    assert [n for n in sorted(names) if str(ROOT).encode() in (first / n).read_bytes()] == []


def test_one_engine_after_the_other_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    """In one work folder: what MkDocs kept is not mixed with what Zensical wrote, nor the other way round."""
    site = tmp_path / "site"

    def files() -> dict[str, bytes]:
        return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}

    made(BOOK, site, "mkdocs")
    first = files()
    made(BOOK, site, "zensical")
    second = files()
    assert second["en/index.html"] != first["en/index.html"]
    assert not any(name.startswith("en/assets/javascripts/bundle.") for name in first.keys() & second.keys())
    made(BOOK, site, "mkdocs")
    assert files() == first


def test_without_zensical_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    site = tmp_path / "site"
    assert main(["build", "--content", str(BOOK), "--site", str(site), "--engine", "zensical"]) == USAGE
    said = capsys.readouterr().err
    assert f"clinref: --engine zensical needs Zensical: pip install zensical=={engines.ZENSICAL}" in said
    assert "Traceback" not in said
    assert not site.exists()


def test_a_share_of_a_build_is_for_mkdocs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["build", "--content", str(BOOK), "--site", str(tmp_path / "site"), "--shard", "1/2"]
    assert main([*arguments, "--engine", "zensical"]) == USAGE
    assert "leave out --engine" in capsys.readouterr().err


def test_the_version_that_is_named_is_the_one_that_is_compared() -> None:
    assert version("zensical") == engines.ZENSICAL
    assert f'"zensical=={engines.ZENSICAL}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"Zensical {engines.ZENSICAL}" in (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")


def test_every_known_difference_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
    assert [reason for reason in sorted({known.reason for known in KNOWN}) if reason not in text] == []


def test_what_zensical_warns_of_is_a_finding_with_its_place(copy_of_book: Path, tmp_path: Path) -> None:
    """A link that only the pages show to be dead stops the build; all are told, not the first alone."""
    work = tmp_path / "work" / "build"
    assert main(["generate", "--content", str(copy_of_book), "--work", str(work)]) == FINE
    page = work / "docs" / "en" / "about.md"
    lines = page.read_text(encoding="utf-8").count("\n")
    with page.open("a", encoding="utf-8") as file:
        file.write("\n[lost](nowhere.md)\n\n[lost](glossary.md#nothing)\n")
    made = engines.zensical(work.parent, work, {"zh": None, "en": None}, 0)
    assert [(d.rule, str(d.location), d.message) for d in made.found] == [
        ("zensical", f"build/docs/en/about.md:{lines + 2}:8", "page does not exist"),
        ("zensical", f"build/docs/en/about.md:{lines + 4}:20", "anchor does not exist"),
    ]


def test_zensical_that_cannot_run_is_a_finding_without_a_traceback(
    copy_of_book: Path, tmp_path: Path
) -> None:
    work = tmp_path / "work" / "build"
    assert main(["generate", "--content", str(copy_of_book), "--work", str(work)]) == FINE
    edit(work.parent / "site_config" / "en.yml", "custom_dir: theme", "custom_dir: theme\n  palette: 3")
    (found,) = engines.zensical(work.parent, work, {"zh": None, "en": None}, 0).found
    assert (found.rule, found.location.file.path) == ("zensical", "site_config/en.yml")
    assert found.message.startswith("ended with 1: ")
    assert "Traceback" not in found.message


def test_a_language_without_its_settings(tmp_path: Path) -> None:
    with pytest.raises(build.BuildError, match="fr"):
        engines.zensical(tmp_path, tmp_path / "build", {"fr": None}, 0)


@pytest.mark.parametrize(
    ("name", "tag", "moved"),
    [
        ("a.md", '<a href="../b/">', '<a href="b/">'),
        ("a.md", '<a href="../../p/a/">', '<a href="../p/a/">'),
        ("f/a.md", '<a class="x" href="../">', '<a class="x" href="./">'),
        ("a.md", '<a href="c/">', '<a href="a/c/">'),
        ("a.md", '<img src="../s.jpg" srcset="../s.jpg 2w, ../t.jpg 3w" alt="> href">', None),
        ("index.md", '<a href="../b/">', '<a href="../b/">'),
        ("a.md", '<a href="#b">', '<a href="#b">'),
        ("a.md", '<a href="">', '<a href="">'),
        ("a.md", '<a href="https://host/b/">', '<a href="https://host/b/">'),
        ("a.md", '<a href="mailto:a@host">', '<a href="mailto:a@host">'),
        ("a.md", "[b](../b/)", "[b](../b/)"),
    ],
)
def test_addresses_in_html_lead_from_the_file(name: str, tag: str, moved: str | None) -> None:
    moved = moved or '<img src="s.jpg" srcset="s.jpg 2w, t.jpg 3w" alt="> href">'
    head = '---\ndata: "<a href=\\"../x/\\">"\n---\n'
    assert engines.addressed_from_source(f"{head}text {tag} more", name) == f"{head}text {moved} more"
