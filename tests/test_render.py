"""Markdown of an edition: plain text that stays plain, and the tiny book's pages to the letter.

After a wanted change of the output: `pytest --renew-golden`, then read the difference in `fixtures/golden/`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import fromstring

import markdown
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from tiny import FIXTURES, content_of, edit

from generator.model import Content, FigureView
from generator.render import definitions
from generator.render.drawing import drawing_faults, drawing_labels, figure_svg
from generator.render.markdown import chooser, configuration, escape, pages
from generator.resolve import resolve
from generator.written import EXTENSIONS

LANGUAGES = ("en", "zh")
PATHS = (
    "index",
    "sample-topic",
    "second-topic",
    "sample-patients",
    "flow/first-flow",
    "flow/second-flow",
    "glossary",
    "references",
    "figures",
    "changes",
    "versions",
    "versions/2026-1",
    "versions/2025-12",
    "versions/2025-11",
    "offline",
    "about",
    "data",
)
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- a --><b>",
    "<https://a.example>",
    "</p><h1>x",
    "&lt;script&gt;",
    "&#60;b&#62;",
    "&amp; &copy;",
    "[a](javascript:alert(1))",
    "[a](https://a.example)",
    "![a](https://a.example/a.png)",
    "[a][b]",
    "[a]: https://a.example",
    "[^1]",
    "[^1]: note",
    "*[HTML]: x",
    "**a** *b* __c__ _d_",
    "`code` ``more``",
    "~~~\ncode\n~~~",
    "```python\ncode\n```",
    "a {: onclick=alert(1) }",
    "{: #top onclick=alert(1) }",
    "{#id .class style=color:red}",
    "# title",
    "title\n===",
    "title\n---",
    "---",
    "***",
    "> quoted",
    "- item",
    "+ item",
    "1. item",
    "1) item",
    '!!! note "a"\n\n    b',
    '??? note "a"\n\n    b',
    ": definition",
    "| a | b |\n| - | - |\n| c | d |",
    "    indented",
    "a\\*b\\_c",
    "a  \nb",
    "http://a.example www.a.example a@a.example",
    "==mark== ++insert++ ^^over^^ ~~gone~~",
    ":smile: (c) (tm) --> ... 1/2",
    "$x$ $$y$$ \\(z\\)",
    "\"quoted\" 'single'",
    "{{ 7*7 }} {% raw %} {# a #}",
    '--8<-- "mkdocs.yml"',
    '<div markdown="1">*a*</div>',
)


def to_html(text: str) -> html.HtmlElement:
    made = markdown.markdown(text, extensions=[*EXTENSIONS], extension_configs=EXTENSIONS)
    return html.fragment_fromstring(made, create_parent="main")


def same(text: str) -> str:
    return " ".join(text.split())


def one_line(text: str) -> str:
    """As prose arrives: line breaks were joined and the edges are bare."""
    return same(text.replace("\n", " "))


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("template", ["{}", "before {} after", "{} after", "-   {}", "**{}**", "[{}](a.md)"])
def test_plain_text_stays_plain_text(hostile: str, template: str) -> None:
    """No element, attribute or script that the template does not make, and every character is shown."""
    body = to_html(template.format(escape(one_line(hostile))))
    wanted = to_html(template.format("word"))
    assert [e.tag for e in body.iter()] == [e.tag for e in wanted.iter()]
    assert [sorted(e.attrib) for e in body.iter()] == [sorted(e.attrib) for e in wanted.iter()]
    shown = to_html(template.format("word")).text_content().replace("word", one_line(hostile))
    assert same(body.text_content()) == same(shown)


@given(st.text(alphabet="ab1 *_`~^[](){}<>#+-=.!|\\&;:'\"$@/?,骨，", max_size=40).map(one_line))
def test_any_text_stays_plain_text(text: str) -> None:
    body = to_html(f"a {escape(text)}")
    assert [e.tag for e in body.iter()] == ["main", "p"]
    assert same(body.text_content()) == same(f"a {text}")


@given(st.text(alphabet="ab1 *_-+#>=.:!?()[]{}&;~`|骨", max_size=12).map(one_line).filter(bool))
def test_any_text_may_begin_a_paragraph(text: str) -> None:
    body = to_html(escape(text))
    assert [e.tag for e in body.iter()] == ["main", "p"]
    assert same(body.text_content()) == same(text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_golden(
    book: Content, language: str, path: str, same_or_renewed: Callable[[str, Path], None]
) -> None:
    """A page of the tiny book, every feature on it, to the letter. Drawings have tests of their own."""
    files = {file.path: file.data.decode("utf-8") for file in pages(resolve(book, language))}
    assert set(files) == {f"{p}.md" for p in PATHS}
    text = re.sub(r"<svg .*?</svg>", "<svg>…</svg>", files[f"{path}.md"])
    same_or_renewed(text, FIXTURES / "golden" / language / f"{path}.md")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_id_of_the_content_is_an_anchor(book: Content, language: str) -> None:
    """Holds before MkDocs runs: each id that a page publishes stands in its Markdown once."""
    edition = resolve(book, language)
    files = {file.path: file.data.decode("utf-8") for file in pages(edition)}
    for page in edition.pages:
        ids = [
            e.get("id") for e in to_html(files[f"{page.path}.md"].split("---\n", 2)[2]).iter() if e.get("id")
        ]
        assert [i for i in page.anchors if ids.count(i) != 1] == []


def test_labels_are_filled_and_the_drawing_is_named(book: Content) -> None:
    text = next(f.data.decode() for f in pages(resolve(book, "en")) if f.path == "sample-topic.md")
    drawing = html.fromstring(re.findall(r"<svg role=\"img\".*?</svg>", text)[0])
    assert drawing.get("aria-label") == "A square with a label at its corner."
    assert drawing.text_content().strip() == "Corner & edge"


def test_a_flow_goes_on_where_the_other_flow_stands(book: Content) -> None:
    """A flow on another page: its drawing is raw HTML, its outline Markdown, and both lead there."""
    text = next(f.data.decode() for f in pages(resolve(book, "en")) if f.path == "sample-topic.md")
    assert text.count('href="../second-topic/#start-flow"') >= 2
    assert "](second-topic.md#start-flow)" in text
    assert '"#start-flow"' not in text


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<rect onload="alert(1)"/>',
        '<rect style="fill:url(https://a.example)"/>',
        '<image href="https://a.example/a.png"/>',
        '<use href="#a"/>',
        '<a href="javascript:alert(1)"><rect/></a>',
        "<foreignObject><b/></foreignObject>",
        '<animate attributeName="href"/>',
        "<style>@import 'https://a.example'</style>",
        "<text>words</text>",
        '<rect xmlns:x="http://www.w3.org/1999/xlink" x:href="https://a.example"/>',
        '<b xmlns="http://www.w3.org/1999/xhtml">x</b>',
        "<rect>",
        "&undefined;",
    ],
)
def test_a_hostile_drawing_is_refused(inside: str) -> None:
    assert drawing_faults(SVG.format(inside).encode())


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"<html/>", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>']
)
def test_no_drawing_at_all_is_refused(data: bytes) -> None:
    assert drawing_faults(data)


def test_tags_over_several_lines_stay_whole() -> None:
    """As programs that draw write them."""
    typed = '<path\n     class="a"\n     d="M0 0L1 1" />\n  <text\n data-label="tip"\n  x="1" />'
    data = SVG.format(typed)
    assert drawing_faults(data.encode()) == []
    view = FigureView("a", 1, "A", (), "", data, {"tip": "the tip"}, "", "")
    shown = figure_svg(view)
    assert "\n" not in shown
    assert [e.tag.rpartition("}")[2] for e in fromstring(shown)] == ["path", "text"]
    assert fromstring(shown)[1].text == "the tip"


@pytest.mark.parametrize(
    "data",
    [
        SVG.format("<text data-label='tip' x=\"1\"/>"),
        SVG.format('<text data-label="tip"><!-- here --></text>'),
        SVG.format('<rect data-label="tip"/>'),
        SVG.format("<text><tspan>words</tspan></text>"),
        SVG.format("<title>words</title>"),
        SVG.format("<title><![CDATA[words]]></title>"),
        SVG.format("<?php echo 1 ?>"),
        SVG.format("<g>" * 60 + "</g>" * 60),
        SVG.format("<g>" * 3000 + "</g>" * 3000),
        SVG.format("").replace("viewBox", "class"),
        SVG.format("").replace("9 9", "0 9"),
        SVG.format("").replace("0 0 9 9", "0,0,9,9"),
        SVG.format("").replace("9 9", "x 9"),
        "\ufeff" + SVG.format(""),
    ],
)
def test_a_drawing_that_would_be_shown_otherwise_than_drawn_is_refused(data: str) -> None:
    assert drawing_faults(data.encode())
    assert drawing_faults(data.encode("utf-16"))


def test_a_plain_drawing_passes() -> None:
    data = SVG.format('<g class="a"><path d="M0 0L1 1"/><text data-label="tip" x="1" y="2"/></g>').encode()
    assert drawing_faults(data) == []
    assert drawing_labels(data) == {"tip"}


def test_navigation_and_settings(book: Content) -> None:
    files = {f.path: f.data.decode("utf-8") for f in configuration(resolve(book, "zh"))}
    config = yaml.safe_load(files["config/zh.yml"])
    assert config["site_url"] == "https://books.example/tiny/zh/"
    assert [next(iter(entry)) for entry in config["nav"]] == [
        "首页",
        "示例",
        "全部",
        "患者版",
        "决策流程",
        "术语表",
        "参考文献",
        "图",
        "更新记录",
        "版本",
        "离线与打印",
        "关于本书",
        "数据",
    ]
    assert [a["link"] for a in config["extra"]["alternate"]] == [
        "https://books.example/tiny/zh/",
        "https://books.example/tiny/en/",
    ]


def test_the_first_page_leads_to_both_languages_without_a_script(book: Content) -> None:
    (file,) = chooser([resolve(book, "zh"), resolve(book, "en")])
    page = html.fromstring(file.data)
    assert [(a.get("href"), a.get("lang")) for a in page.iter("a")] == [
        ("zh/index.html", "zh"),
        ("en/index.html", "en"),
    ]
    assert {e.get("hreflang") for e in page.iter("link") if e.get("rel") == "alternate"} == {
        "zh",
        "en",
        "x-default",
    }


def test_a_description_cannot_leave_its_place(copy_of_book: Path) -> None:
    """The theme writes front matter into the page unescaped: a quote must not close the attribute there."""
    edit(copy_of_book / "en" / "pages.yml", "A book that uses every feature once.", "'A \"b\" & c: {d} # e'")
    page = next(pages(resolve(content_of(copy_of_book), "en"))).data.decode("utf-8")
    description = yaml.safe_load(page.split("---\n")[1])["description"]
    assert unescape(description) == 'A "b" & c: {d} # e'
    assert '"' not in description


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_topic_offers_a_report_where_the_book_names_a_place(
    book: Content, copy_of_book: Path, language: str
) -> None:
    edition = resolve(book, language)
    topic = next(page for page in edition.pages if page.path == "sample-topic")
    text = next(f.data.decode() for f in pages(edition) if f.path == "sample-topic.md")
    (href,) = re.findall(r'class="page-report" href="([^"]*)"', text)
    sent = urlsplit(unescape(href))
    assert (sent.scheme, sent.path) == ("mailto", "editors@books.example")
    fields = parse_qs(sent.query, strict_parsing=True)
    assert topic.title in fields["subject"][0]
    assert f"https://books.example/tiny/{language}/sample-topic/\r\n" in fields["body"][0]
    assert "2026.1" in fields["body"][0]

    edit(copy_of_book / "shared/site.yml", "report: editors@books.example", "")
    without = resolve(content_of(copy_of_book), language)
    assert "page-report" not in "".join(f.data.decode() for f in pages(without))
    (config,) = configuration(without)
    assert yaml.safe_load(config.data)["extra"]["page"]["report"] == ""


def test_a_report_may_go_to_a_tracker(copy_of_book: Path) -> None:
    place = "https://tracker.example/new?labels=book&title={subject}&body={report}"
    edit(copy_of_book / "shared/site.yml", "editors@books.example", place)
    text = next(
        f.data.decode() for f in pages(resolve(content_of(copy_of_book), "en")) if f.path == "second-topic.md"
    )
    (href,) = re.findall(r'class="page-report" href="([^"]*)"', text)
    sent = urlsplit(unescape(href))
    assert (sent.scheme, sent.netloc, sent.path) == ("https", "tracker.example", "/new")
    fields = parse_qs(sent.query, strict_parsing=True)
    assert set(fields) == {"labels", "title", "body"}
    assert "second-topic" in fields["body"][0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_term_has_its_definition_as_a_script(book: Content, language: str) -> None:
    made = {f.path: f.data for f in definitions.files(resolve(book, language))}
    assert set(made) == {f"assets/terms/{id_}.js" for id_ in book.terms}
    for id_, term in book.words[language].terms.items():
        data = made[f"assets/terms/{id_}.js"].decode("ascii")
        assert "<" not in data
        name, said = json.loads(f"[{data.removeprefix('clinrefTerm(').removesuffix(');' + chr(10))}]")
        assert name == id_ and said["name"] == term.name
        assert said["text"] and "[[" not in said["text"]
        assert [lang for lang, _ in said["others"]] == [lang for lang in book.languages if lang != language]


def test_the_citation_of_a_topic_follows_the_style_of_the_book(book: Content) -> None:
    said = {
        language: "".join(text for text, _ in page.citation)
        for language in LANGUAGES
        for page in resolve(book, language).pages
        if page.path == "sample-topic"
    }
    # Vancouver, and GB/T 7714 with the day of the version in round brackets, that of reading in square ones.
    assert said["en"] == (
        "Sample editors. Sample topic [Internet]. Version 2026.1. Tiny book; 2026-01-31 "
        "[accessed 0000-00-00]. Available from: https://books.example/tiny/en/sample-topic/"
    )
    assert "[EB/OL]" in said["zh"] and "(2026-01-31)[0000-00-00]" in said["zh"]
    assert said["zh"].endswith(" https://books.example/tiny/zh/sample-topic/")
