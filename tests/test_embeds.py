"""Embeds as they are written, from the tiny book; the style sheet against the site's own and old browsers."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html
from tiny import ROOT

from generator.model import (
    BlockView,
    Content,
    Edition,
    Link,
    Quantity,
    Run,
    SectionView,
    Styled,
    TableView,
)
from generator.render import embed, styles
from generator.resolve import resolve

SOURCE = ROOT / "site_config" / "embed"
THEME = ROOT / "site_config" / "theme" / "css"
LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def editions(book: Content) -> list[Edition]:
    return [resolve(book, language) for language in book.languages]


@pytest.fixture(scope="module")
def files(editions: list[Edition]) -> dict[str, str]:
    """Every file by its path."""
    every = list(embed.scripts(SOURCE))
    for edition in editions:
        writer = embed.Writer(edition, SOURCE)
        for page in (page for page in edition.pages if page.kind == "topic"):
            every += writer.files([page])
        every.append(writer.index())
    return {f.path: f.data.decode("utf-8") for f in every}


def page(files: dict[str, str], path: str) -> html.HtmlElement:
    return html.document_fromstring(files[f"embed/{path}index.html"].encode("utf-8"))


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_parts_are_the_topic_its_sections_and_its_exhibits(editions: list[Edition]) -> None:
    paths = [part.path for part in embed.parts(editions[1]) if part.page.path == "sample-topic"]
    assert paths == [
        "sample-topic/",
        *(f"sample-topic/{section}/" for section in ("signs", "care", "dosing", "totals")),
        "sample-topic/figure/box/",
        "sample-topic/table/sample-table/",
        *(f"sample-topic/figure/{figure}/" for figure in ("ring", "photo")),
        "sample-topic/flow/first-flow/",
    ]
    assert [p.path for p in embed.parts(editions[0])] == [p.path for p in embed.parts(editions[1])]


def test_section_has_those_below_it(files: dict[str, str]) -> None:
    whole = page(files, "en/sample-topic/care/")
    assert [text(h) for h in whole.xpath("//h1 | //main//h2 | //main//h3")] == ["Care", "Dosing", "Totals"]
    assert [text(h) for h in page(files, "en/sample-topic/totals/").xpath("//h1 | //main//h2")] == ["Totals"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_anchor_is_there(files: dict[str, str], editions: list[Edition], lang: str) -> None:
    every = embed.anchors(editions)
    assert len(every) == sum(name.endswith(".html") for name in files)
    for name, ids in every.items():
        if name.startswith(f"embed/{lang}/"):
            here = page(files, f"{name.removeprefix('embed/')}/").xpath("//@id")
            assert set(ids) <= set(here)
            assert len(here) == len(set(here)), name


def test_what_a_text_says_stays_text(editions: list[Edition]) -> None:
    said = "A < B & \"C\" > 'D' <b>"
    edition = editions[0]
    topic = edition.topics[0]
    blocks = (
        BlockView("paragraph", "p", (Run(said), Link(said, "glossary", "x", "term"), Quantity(said, "f"))),
        BlockView("list", "l", items=(("i", (Styled("strong", (Run(said),)),)),)),
        BlockView(
            "table",
            "t",
            table=TableView("t", 1, (Run(said),), ((Run(said),),) * 2, (("r", ((Run(said),),) * 2),)),
        ),
    )
    odd = replace(
        topic, title=said, lead=blocks, sections=(SectionView("s", said, 1, (), (said,)),), references=()
    )
    writer = embed.Writer(replace(edition, pages=(*edition.pages, odd)), SOURCE)
    for name, count in ((odd.path, 15), (f"{odd.path}/s", 4), (f"{odd.path}/table/t", 9)):
        (file,) = (f for f in writer.files([odd]) if f.path == f"embed/{edition.language}/{name}/index.html")
        shown = html.document_fromstring(file.data)
        assert not shown.xpath("//b"), name
        every = [*shown.xpath("//text()"), *shown.xpath("//@aria-label | //@data-label")]
        assert sum(str(text).count(said) for text in every) == count, name


def test_no_gap_is_left_open(files: dict[str, str]) -> None:
    assert [path for path, text in files.items() if {embed.GAP, embed.BETWEEN} & set(text)] == []


def test_withdrawn_and_corrected_statements_say_so(files: dict[str, str]) -> None:
    topic = page(files, "en/sample-topic/")
    (withdrawn,) = topic.xpath("//p[@id='care-warning']")
    assert withdrawn.xpath("del") and "Withdrawn 2026-01-20" in text(withdrawn)
    assert withdrawn.xpath("a/@href") == ["../../../en/changes/#warning-withdrawn"]
    (corrected,) = topic.xpath("//li[@id='share']")
    assert not corrected.xpath("del") and "Corrected 2026-01-31" in text(corrected)


def test_link_stays_here_where_its_place_is_here_and_else_leads_to_the_site(files: dict[str, str]) -> None:
    topic = page(files, "en/sample-topic/")
    (scope,) = topic.xpath("//p[@id='lead-scope']")
    assert scope.xpath("a/@href") == ["#signs", "#care"] and not scope.xpath("a/@target")
    (aside,) = page(files, "en/sample-topic/signs/").xpath("//p[@id='aside']")
    ways = dict(zip((text(a) for a in aside.xpath("a")), aside.xpath("a"), strict=True))
    assert ways["Figure 1"].get("href") == "#signs-figure"
    away = ways["the ring"]
    assert away.get("href") == "../../../../en/sample-topic/#care-gallery"
    assert (away.get("target"), away.get("rel")) == ("_blank", "noopener")


def test_every_link_that_leaves_opens_a_window_but_the_other_language(files: dict[str, str]) -> None:
    for name in files:
        if name.count("/") > 3 and name.endswith(".html"):
            tree = page(files, name.removeprefix("embed/").removesuffix("index.html"))
            stay = [a for a in tree.xpath("//a[not(@target)]") if not a.get("href").startswith("#")]
            assert [a.get("class") for a in stay] == ["language"], name
            assert {a.get("rel") for a in tree.xpath("//a[@target]")} == {"noopener"}


def test_flow_has_both_drawings_and_its_outline(files: dict[str, str]) -> None:
    flow = page(files, "zh/sample-topic/flow/first-flow/")
    assert len(flow.xpath("//div[@class='flow-wide']/svg | //div[@class='flow-narrow']/svg")) == 2
    steps = flow.xpath("//details/ol/li/@value")
    assert sorted(map(int, steps)) == list(range(1, len(steps) + 1))
    assert flow.xpath("//p[@class='state']/a/@href") == ["../../../../../zh/flow/first-flow/"]
    hrefs = set(flow.xpath("//svg//a[@class[contains(., 'flow-step')]]/@href"))
    # Each to its section; the box of an outcome that goes on, to that flow.
    pages = {href.partition("#")[0] for href in hrefs}
    assert pages == {f"../../../../../zh/{name}/" for name in ("sample-topic", "flow/second-flow")}


def test_languages_name_each_other(files: dict[str, str]) -> None:
    for lang in LANGUAGES:
        tree = page(files, f"{lang}/sample-topic/figure/box/")
        alternates = dict(
            zip(tree.xpath("//link/@hreflang"), tree.xpath("//link[@hreflang]/@href"), strict=True)
        )
        base = "https://books.example/tiny/embed"
        assert alternates == {code: f"{base}/{code}/sample-topic/figure/box/" for code in LANGUAGES}


# -- lines to copy -------------------------------------------------------------------------------------------


def test_integrity_is_that_of_the_published_script(files: dict[str, str]) -> None:
    (area,) = page(files, "en/").xpath("//textarea[@id='embed-script']")
    name, digest = re.findall(r'embed/v1/([^"]+)" integrity="sha384-([^"]+)"', area.get("data-lines"))[0]
    script = files[f"embed/v1/{name}"].encode("utf-8")
    assert base64.b64encode(hashlib.sha384(script).digest()).decode() == digest
    assert name == f"clinref.{hashlib.sha256(script).hexdigest()[:12]}.js"
    assert files["embed/v1/clinref.js"].encode("utf-8") == script


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_short_fact_keeps_to_one_line_and_a_number_to_its_unit(
    files: dict[str, str], language: str
) -> None:
    facts = page(files, f"{language}/sample-topic/").find_class("fact")
    assert facts
    for fact in facts:
        assert ("fact-long" in fact.classes) == (len(fact.text_content()) > 12)
        assert not re.search(r"\d [A-Za-z%]", fact.text_content())


def test_script_published_once_stays(tmp_path: Path) -> None:
    for path in SOURCE.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "clinref.0123456789ab.js").write_bytes(b"// old\n")
    names = {f.path: f.data for f in embed.scripts(tmp_path)}
    assert names["embed/v1/clinref.0123456789ab.js"] == b"// old\n"
    assert embed.hashed_name((SOURCE / "host.js").read_bytes()) in " ".join(names)


def published() -> list[tuple[str, str]]:
    """Name and integrity of every script ever published, oldest first."""
    lines = (SOURCE / "published.txt").read_text(encoding="utf-8").splitlines()
    return [(name, digest) for name, digest in (line.split() for line in lines if not line.startswith("#"))]


def test_every_script_ever_published_is_as_it_was(files: dict[str, str]) -> None:
    assert sorted(path.name for path in SOURCE.glob("published/*")) == sorted(name for name, _ in published())
    for name, digest in published():
        script = (SOURCE / "published" / name).read_bytes()
        assert (embed.hashed_name(script), embed.integrity(script)) == (name, digest)
        assert files[f"embed/v1/{name}"].encode("utf-8") == script


def test_script_of_today_is_on_the_list() -> None:
    host = (SOURCE / "host.js").read_bytes()
    line = (embed.hashed_name(host), embed.integrity(host))
    assert published()[-1] == line, (
        f"copy host.js to published/{line[0]}; add to published.txt: {' '.join(line)}"
    )


# -- the style sheet -----------------------------------------------------------------------------------------

# What came into Chrome and Edge after version 87, as far as one may be tempted to write it.
TOO_NEW = re.compile(
    r":has\(|:is\(|:where\(|@container|@layer|@scope|color-mix\(|light-dark\(|\d[ds]v[hw]\b|&\s|aspect-ratio"
    r"|container-type|inset-area|text-wrap|translate:|rotate:|scale:|accent-color|:not\([^)]*,|@property"
    r"|overflow:\s*clip|scrollbar-gutter|color:\s*(?:oklch|lab)|\brevert-layer|@supports selector"
)
TOO_NEW_SCRIPT = re.compile(
    r"\.at\(|Object\.hasOwn|structuredClone|replaceAll|findLast|\?\?=|\|\|=|#[a-z]+\s*[=(;]|static\s*\{|await"
)


def test_nothing_is_too_new_for_a_browser_of_2020() -> None:
    for name in ("embed.css", "page.css"):
        sheet = styles.compact((SOURCE / name).read_text(encoding="utf-8"))
        assert not TOO_NEW.search(sheet), (name, TOO_NEW.findall(sheet))
    for name in ("host.js", "frame.js", "page.js"):
        script = re.sub(r"//.*", "", (SOURCE / name).read_text(encoding="utf-8"))
        assert not TOO_NEW_SCRIPT.search(script), name


def test_compact_takes_away_what_says_nothing() -> None:
    sheet = '/* one */\n:root { --l: initial; --d: ; }\na > b, c { margin: 0 1px;\n  content: "x"; }\n'
    assert styles.compact(sheet) == ':root{--l: initial;--d: ;}a > b,c{margin: 0 1px;content: "x";}\n'


def colors(sheet: str, selector: str) -> dict[str, str]:
    body = sheet[sheet.index(f"\n{selector} {{") :].partition("}")[0]
    return {name: long(value) for name, value in re.findall(r"(--(?:fig|flow)-[a-z-]+): (#\w+);", body)}


def long(color: str) -> str:
    return "#" + "".join(c * 2 for c in color[1:]) if len(color) == 4 else color


@pytest.mark.parametrize(("theme", "selector"), [("figures.css", ".fig"), ("flow.css", ".flow-figure")])
def test_drawings_have_the_colors_of_the_site(theme: str, selector: str) -> None:
    sheet = (THEME / theme).read_text(encoding="utf-8")
    light = colors("\n" + sheet, selector)
    dark = colors(sheet, f'[data-md-color-scheme="slate"] {selector}')
    prefix = "--flow-" if "flow" in theme else "--fig-"
    found = re.findall(
        rf"({prefix}[a-z-]+): var\(--l,(#\w+)\) var\(--d,(#\w+)\);",
        (SOURCE / "embed.css").read_text(encoding="utf-8"),
    )
    assert len(found) > 15
    for name, in_light, in_dark in found:
        assert (long(in_light), long(in_dark)) == (light[name], dark[name]), name


def test_every_class_of_a_drawing_that_the_site_styles_is_styled(book: Content) -> None:
    """What a class does not need, because it is inherited, is listed."""
    inherited = {"fig-outline", "flow-step", "flow-card", "flow-answer", "flow-row", "flow-drawing"}
    theme = "".join((THEME / name).read_text(encoding="utf-8") for name in ("figures.css", "flow.css"))
    drawn = {
        name
        for svg in (ROOT / "content/shared/figures").glob("*.svg")
        for classes in re.findall(r'class="([^"]+)"', svg.read_text(encoding="utf-8"))
        for name in classes.split()
    }
    drawn |= set(re.findall(r"\.(flow-[a-z-]+)", theme)) - {
        # The frame around a drawing, the colors of links, and the page of a flow.
        "flow-figure",
        "flow-wide",
        "flow-broad",
    }
    styled = set(re.findall(r"\.((?:fig|flow)[a-z-]*)", (SOURCE / "embed.css").read_text(encoding="utf-8")))
    unstyled = drawn - styled - inherited
    assert {name for name in unstyled if f".{name}" in theme} - {"flow-is-action"} == set()
