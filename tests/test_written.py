"""written: pages that the templates write, read as Python-Markdown reads them, to the byte."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import markdown
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs.structure.pages import Page
from tiny import BOOK, ROOT, content_of

from generator import build, written
from generator import pages as mkdocs_pages
from generator.model import OutputFile
from generator.render.markdown import configuration, escape, pages
from generator.resolve import resolve

sys.path.insert(0, str(ROOT / "benchmarks"))
import corpus

LANGUAGES = ("zh", "en")
# Pages of one place each, which hold a table or code: Python-Markdown makes them.
LEFT_TO_MARKDOWN = {"offline.md", "versions.md"}


def by_markdown(text: str) -> str:
    return markdown.markdown(text, extensions=[*written.EXTENSIONS], extension_configs=written.EXTENSIONS)


def by_written(text: str) -> str:
    return written.read(text, str).text


def books(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    yield "tiny", BOOK
    yield "real", ROOT / "content"
    corpus.write(tmp_path / "large", 70)
    yield "large", tmp_path / "large"


def texts(files: Iterator[OutputFile]) -> Iterator[tuple[str, str]]:
    for file in files:
        yield file.path, re.sub(r"\A---\n.*?\n---\n+", "", file.data.decode("utf-8"), flags=re.S)


def test_it_reads_by_the_extensions_of_the_site() -> None:
    listed = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["markdown_extensions"]
    # The defaults of MkDocs.
    wanted: dict[str, object] = {"toc": {}, "tables": {}, "fenced_code": {}}
    for entry in listed:
        wanted |= {entry: {}} if isinstance(entry, str) else entry
    assert wanted == written.EXTENSIONS
    # And by what Python-Markdown, as it is installed, takes for blocks of HTML.
    assert set(markdown.Markdown().block_level_elements) == written.BLOCK_LEVEL


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_reads_the_same(tmp_path: Path, language: str) -> None:
    for name, folder in books(tmp_path):
        for path, text in texts(pages(resolve(content_of(folder), language))):
            try:
                html = by_written(text)
            except written.Unknown as error:
                assert path in LEFT_TO_MARKDOWN, f"{name}, {path}: {error}"
                continue
            assert html == by_markdown(text), f"{name}, {path}"


def test_mkdocs_knows_the_same_of_each_page(tmp_path: Path) -> None:
    """Title, list of sections, anchors, and which anchors of which pages it links to."""
    work = tmp_path / "book" / "build"
    root, edition = build.prepare(work), resolve(content_of(BOOK), "zh")
    build.write(pages(edition), work / "docs" / "zh")
    build.write(
        (OutputFile(f.path.removeprefix("config/"), f.data) for f in configuration(edition)), work / "config"
    )
    notices = mkdocs_pages.Notices()
    logging.getLogger("mkdocs").addHandler(notices)
    made = mkdocs_pages.Pages(root / "site_config" / "zh.yml", notices)
    compared = 0
    for file in made.documents:
        page = file.page
        assert isinstance(page, Page)

        def known(page: Page = page) -> tuple[object, ...]:
            return page.content, str(page.toc), page.title, page.present_anchor_ids, page.links_to_anchors

        page.read_source(made.config)
        mkdocs_pages._render(page, made.config, made.files)
        quick = known()
        mkdocs_pages._render_by_markdown(page, made.config, made.files)
        assert quick == known(), file.src_uri
        compared += file.src_uri not in LEFT_TO_MARKDOWN
    assert compared > 10
    # Without assets some links lead nowhere; a page that is read by both is not warned of twice.
    assert len(notices.said) == len(set(notices.said))


def test_other_extensions_are_left_to_markdown(tmp_path: Path) -> None:
    """A site whose settings name more than the templates need."""
    work = tmp_path / "book" / "build"
    root = build.prepare(work)
    build.write([OutputFile("index.md", b"# T {: #top }\n\nTerm\n:   What it is\n")], work / "docs" / "zh")
    edition = resolve(content_of(BOOK), "zh")
    (config,) = configuration(edition)
    nav = re.sub(rb"(?ms)^nav:.*?^extra:", b"nav: [{T: index.md}]\nextra:", config.data)
    build.write([OutputFile("zh.yml", nav)], work / "config")
    shared = root / "mkdocs.yml"
    shared.write_text(
        shared.read_text("utf-8").replace("  - admonition", "  - admonition\n  - def_list"), "utf-8"
    )
    made = mkdocs_pages.Pages(root / "site_config" / "zh.yml", mkdocs_pages.Notices())
    made.render(made.documents[0])
    assert b"<dt>Term</dt>" in (work / "site" / "zh" / "index.html").read_bytes()


PLAIN = st.text(alphabet="ab1 *_`[](){}!&;#.<>/=\"'|+-:\\骨，", max_size=12).map(
    lambda t: " ".join(t.split())
)
WORDS = PLAIN.filter(bool).map(escape)
PIECE = st.one_of(
    WORDS,
    WORDS.map(lambda t: f"**{t}**"),
    WORDS.map(lambda t: f"*{t}*"),
    WORDS.map(lambda t: f"**[{t}](a.md#b){{: .ref-term }}**"),
    WORDS.map(lambda t: f'[{t} <b>{t}</b>](../a.md){{: .ref-topic rel="noopener" }}'),
    WORDS.map(lambda t: f'<span class="fact" data-fact="f">{t} **{t}**</span>'),
    WORDS.map(lambda t: f'<sup class="cites">[1](#ref-a){{: .cite aria-label="{t.count("a")}&#34;" }}</sup>'),
    WORDS.map(lambda t: f"[{t}](https://x.example/a_(b)?c=d&e=f)"),
)
INLINE = st.lists(PIECE, min_size=1, max_size=3).map("骨".join)
ATTRIBUTES = st.lists(
    st.sampled_from(
        'id="a" class="c_d" hidden data-n="&amp;&#34;&lt;b&gt;&x" lang="zh" title="" Title="*t*" '
        'aria-label="1" markdown'.split()
    ),
    max_size=4,
    unique=True,
).map(lambda some: "".join(f" {one}" for one in some))
BLOCK = st.one_of(
    INLINE,
    INLINE.map(lambda t: f"{t}\n{{: #i .statement }}"),
    WORDS.map(lambda t: f"## {t} {{: #h }}"),
    st.lists(INLINE, min_size=1, max_size=3).map(
        lambda ts: "\n\n".join(f"-   {t}\n    {{: #i }}" for t in ts)
    ),
    st.lists(INLINE, min_size=1, max_size=3).map(lambda ts: "\n".join(f"1.  {t}" for t in ts)),
    st.tuples(INLINE, INLINE).map(
        lambda ts: f"1.  {ts[0]}\n\n    {ts[1]}\n    {{: .term-line }}\n\n1.  {ts[0]}"
    ),
    INLINE.map(lambda t: f'!!! note "N"\n\n    {t}\n    {{: #i }}'),
    INLINE.map(lambda t: f'<div id="a" class="c" markdown="1">\n\n{t}\n\n<p markdown="span">{t}</p>\n</div>'),
    INLINE.map(lambda t: f'<ul markdown="1">\n<li markdown="1">\n<p markdown="span">{t}</p>\n</li>\n</ul>'),
    st.tuples(ATTRIBUTES, ATTRIBUTES, st.sampled_from(["", ' markdown="span"']), INLINE).map(
        lambda p: f'<div markdown="1"{p[0]}>\n\n<p{p[1]}{p[2]}>{p[3]}</p>\n\n</div>'
    ),
    WORDS.map(lambda t: f'<div class="raw"><p>{t} <b>*x*</b></p></div>'),
)


@settings(max_examples=300)
@given(st.lists(BLOCK, min_size=1, max_size=4).map("\n\n".join))
def test_what_the_templates_could_write_reads_the_same(text: str) -> None:
    try:
        html = by_written(text)
    except written.Unknown:
        # An exclamation mark before a link, or a mark of Markdown where a text begins.
        return
    assert html == by_markdown(text)


@settings(max_examples=300)
@given(st.text(alphabet='ab1 *_`\\[](){}!&;:#.<>/="-\n骨', max_size=60))
def test_any_other_text_is_refused_or_reads_the_same(text: str) -> None:
    try:
        html = by_written(text)
    except written.Unknown:
        return
    assert html == by_markdown(text)
