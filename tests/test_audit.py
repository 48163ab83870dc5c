"""The audit of a built site: each seeded defect is found, a clean site has none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny import edit

import generator.audit
from generator.audit import Page, _parsed, _read, _scanned, audit
from generator.diagnostic import Diagnostic

URL = "https://books.example/tiny/"
ANCHORS = {"en/a": ("one", "two"), "zh/a": ("one", "two")}
PAGE = """<!doctype html>
<html lang="{lang}"><head><title>A</title>
<link rel="canonical" href="https://books.example/tiny/{lang}/a/">
<link rel="alternate" hreflang="zh" href="https://books.example/tiny/zh/a/">
<link rel="alternate" hreflang="en" href="https://books.example/tiny/en/a/">
<link rel="stylesheet" href="../../assets/a.css">
<script src="../../assets/a.js"></script>
</head><body>
<h1 id="one">A</h1><p id="two"><a href="#one">up</a> <a href="../b/">b</a> <a href="../b/#there">there</a>
<a href="https://doi.org/10.5555/a">source</a> <a href="mailto:a@b.example">write</a></p>
<img src="../../assets/a.png" alt="">
<svg role="img" aria-label="A drawing"></svg>
</body></html>
"""
OTHER = """<!doctype html>
<html lang="{lang}"><head><title>B</title>
<link rel="alternate" hreflang="zh" href="https://books.example/tiny/zh/b/">
<link rel="alternate" hreflang="en" href="https://books.example/tiny/en/b/">
</head><body><p id="there"><a href="../a/#two">back</a></p></body></html>
"""
FIRST = """<!doctype html>
<html lang="zh"><head><title>Books</title>
<link rel="alternate" hreflang="zh" href="https://books.example/tiny/zh/a/">
<link rel="alternate" hreflang="x-default" href="https://books.example/tiny/">
</head><body><a href="zh/a/index.html">zh</a> <a href="en/a/">en</a></body></html>
"""
LOST = """<!doctype html>
<html lang="en"><head><title>404</title><link rel="stylesheet" href="/tiny/assets/a.css"></head>
<body><a href="/tiny/en/a/">home</a></body></html>
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    files = {
        "index.html": FIRST,
        "en/404.html": LOST,
        "assets/a.css": "a{color:red}",
        "assets/a.js": "",
        "assets/a.png": "",
    }
    for lang in ("en", "zh"):
        files[f"{lang}/a/index.html"] = PAGE.format(lang=lang)
        files[f"{lang}/b/index.html"] = OTHER.format(lang=lang)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def rules(found: list[Diagnostic]) -> list[str]:
    return sorted(d.rule for d in found)


def test_a_clean_site_under_a_path(site: Path) -> None:
    assert audit(site, URL, ANCHORS) == []


def test_an_address_without_its_last_slash_is_the_same(site: Path) -> None:
    assert audit(site, URL.rstrip("/"), ANCHORS) == []


UP = '<a href="#one">up</a>'
PNG = '<img src="../../assets/a.png" alt="">'
DEFECTS = {
    "dead page": (UP, '<a href="../c/">c</a>', ["dead-link"]),
    "dead file": (UP, '<a href="../../assets/a.pdf">c</a>', ["dead-link"]),
    "dead page, whole address": (UP, f'<a href="{URL}en/c/">c</a>', ["dead-link"]),
    "outside the path": (UP, '<a href="/en/a/">c</a>', ["dead-link"]),
    "above the site": (UP, '<a href="../../../x/">c</a>', ["dead-link"]),
    "dead anchor here": (UP, '<a href="#three">up</a>', ["dead-anchor"]),
    "dead anchor there": ('href="../b/#there"', 'href="../b/#nowhere"', ["dead-anchor"]),
    "empty link": (UP, '<a href="">up</a>', ["empty-link"]),
    "script as link": (UP, '<a href="javascript:alert(1)">up</a>', ["refused-link"]),
    "script in disguise": (UP, '<a href=" JavaScript:alert(1)">up</a>', ["refused-link"]),
    "data as link": (UP, '<a href="data:text/html,x">up</a>', ["refused-link"]),
    "file of the machine": (UP, '<a href="file:///etc/hosts">up</a>', ["refused-link"]),
    "no alt text": (PNG, '<img src="../../assets/a.png">', ["no-alt"]),
    "mute drawing": (' aria-label="A drawing"', "", ["no-alt"]),
    "missing picture": (PNG, '<img src="../../assets/b.png" alt="">', ["dead-link"]),
    "picture elsewhere": (PNG, '<img src="https://cdn.example/a.png" alt="">', ["other-host"]),
    "picture set elsewhere": (PNG, '<img alt="" srcset="https://cdn.example/a.png 2x">', ["other-host"]),
    "one of a picture set missing": (
        PNG,
        '<img alt="" srcset="../../assets/a.png 1x, ../../assets/b.png 2x">',
        ["dead-link"],
    ),
    "script elsewhere": (
        '<script src="../../assets/a.js">',
        '<script src="//cdn.example/a.js">',
        ["other-host"],
    ),
    "style elsewhere": (
        'rel="stylesheet" href="../../assets/a.css"',
        'rel="stylesheet" href="https://cdn.example/a.css"',
        ["other-host"],
    ),
    "connection elsewhere": (PNG, '<link rel="preconnect" href="https://cdn.example">', ["other-host"]),
    "frame elsewhere": (PNG, '<iframe src="https://cdn.example/"></iframe>', ["other-host"]),
    "form to elsewhere": (PNG, '<form action="https://cdn.example/"></form>', ["other-host"]),
    "id twice": ('<h1 id="one">', '<i id="one"></i><h1 id="one">', ["duplicate-anchor"]),
    "id of the content lost": ('<p id="two">', "<p>", ["dead-anchor", "lost-anchor"]),
    "no language": ('<html lang="en">', "<html>", ["no-language"]),
    "dead refresh": (PNG, '<meta http-equiv="refresh" content="0; url=../c/">', ["dead-link"]),
    "dead alternate": ("tiny/zh/a/", "tiny/zh/c/", ["dead-alternate", "one-way-alternate"]),
    "alternate of another page": ("tiny/zh/a/", "tiny/zh/b/", ["one-way-alternate", "one-way-alternate"]),
    "inline script": (PNG, "<script>alert(1)</script>", ["inline-code"]),
    "inline module": (PNG, '<script type="module">alert(1)</script>', ["inline-code"]),
    "style element": (PNG, "<style>a{color:red}</style>", ["inline-code"]),
    "style attribute": (PNG, '<p style="color:red"></p>', ["inline-code"]),
    "style attribute in a drawing": (PNG, '<svg><path style="fill:red"/></svg>', ["inline-code"]),
    "handler": (PNG, '<p onclick="alert(1)"></p>', ["inline-code"]),
    "script file missing": ("assets/a.js", "assets/b.js", ["dead-link"]),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_seeded_defect_is_found(site: Path, defect: str) -> None:
    old, new, wanted = DEFECTS[defect]
    edit(site / "en" / "a" / "index.html", old, new)
    assert rules(audit(site, URL, ANCHORS)) == wanted


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found_by_an_audit_that_knows_the_clean_site(site: Path, defect: str) -> None:
    old, new, wanted = DEFECTS[defect]
    known: dict[str, Any] = {}
    assert audit(site, URL, ANCHORS, known) == []
    known = json.loads(json.dumps(known))
    page = site / "en" / "a" / "index.html"
    whole = page.read_bytes()
    edit(page, old, new)
    for _ in range(2):
        assert rules(audit(site, URL, ANCHORS, known)) == wanted
    page.write_bytes(whole)
    assert audit(site, URL, ANCHORS, known) == []


def test_a_known_page_is_not_taken_apart_again_but_its_targets_are_looked_at(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[str, Any] = {}
    assert audit(site, URL, ANCHORS, known) == []
    # In this process, where what is taken apart can be counted.
    monkeypatch.setattr(generator.processes, "processors", lambda: 1)
    taken, take = list[str](), generator.audit._read
    monkeypatch.setattr(generator.audit, "_read", lambda name, *rest: taken.append(name) or take(name, *rest))
    target = site / "en" / "b" / "index.html"
    edit(target, ' id="there"', "")
    assert rules(audit(site, URL, ANCHORS, known)) == ["dead-anchor"]
    assert taken == ["en/b/index.html"]
    target.unlink()
    assert "dead-link" in rules(audit(site, URL, ANCHORS, known))
    assert taken == ["en/b/index.html"]
    # Under another address the same bytes lead elsewhere.
    audit(site, "https://books.example/other/", ANCHORS, known)
    assert len(taken) > 5


@pytest.mark.parametrize("kind", ["application/json", "application/ld+json"])
def test_data_in_a_page_is_no_script(site: Path, kind: str) -> None:
    edit(site / "en" / "a" / "index.html", PNG, f'<script type="{kind}">{{}}</script>')
    assert audit(site, URL, ANCHORS) == []


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("<path fill='red'/>", []),
        ("<style>path{fill:red}</style>", ["inline-code"]),
        ("<path onload='alert(1)'/>", ["inline-code"]),
        ("<script>alert(1)</script>", ["inline-code"]),
    ],
)
def test_a_drawing_opened_by_itself_is_under_the_policy_too(
    site: Path, inside: str, wanted: list[str]
) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'
    (site / "assets" / "a.svg").write_text(svg, encoding="utf-8")
    assert rules(audit(site, URL, ANCHORS)) == wanted


@pytest.mark.parametrize(
    "addresses",
    [
        "../../assets/a.png",
        "../../assets/a.png 480w,../../assets/b,c.png  960w , ../../assets/a.png",
        " ../../assets/a.png, ../../assets/b,c.png 2x ",
    ],
)
def test_a_whole_picture_set(site: Path, addresses: str) -> None:
    """A comma ends an address only before a blank."""
    (site / "assets" / "b,c.png").write_bytes(b"")
    edit(site / "en" / "a" / "index.html", PNG, f'<img alt="" srcset="{addresses}">')
    assert audit(site, URL, ANCHORS) == []


def test_a_finding_names_page_and_line(site: Path) -> None:
    edit(site / "en" / "a" / "index.html", PNG, '<img src="../../assets/a.png">')
    assert [str(d.location) for d in audit(site, URL, ANCHORS)] == ["en/a/index.html:11:1"]


def test_a_page_without_its_other_language(site: Path) -> None:
    text = OTHER.format(lang="en")
    (site / "en" / "b" / "index.html").write_text(
        "\n".join(x for x in text.splitlines() if "alternate" not in x)
    )
    assert rules(audit(site, URL, ANCHORS)) == ["no-alternate", "one-way-alternate"]


def test_a_page_that_was_not_built(site: Path) -> None:
    assert [d.message for d in audit(site, URL, {"en/c": ()})] == ["the page en/c/index.html was not built"]


@pytest.mark.parametrize(
    "rule", ["url(https://cdn.example/a.woff)", "url('//cdn.example/a')", 'url( "https://cdn.example/a" )']
)
def test_a_style_sheet_fetches_from_no_other_host(site: Path, rule: str) -> None:
    (site / "assets" / "a.css").write_text(f"a{{background:{rule}}}", encoding="utf-8")
    assert rules(audit(site, URL, ANCHORS)) == ["other-host"]


def test_a_style_sheet_imports_from_no_other_host(site: Path) -> None:
    (site / "assets" / "a.css").write_text("@import 'https://cdn.example/a.css';", encoding="utf-8")
    assert rules(audit(site, URL, ANCHORS)) == ["other-host"]


def test_the_lost_page_is_checked_from_the_root(site: Path) -> None:
    edit(site / "en" / "404.html", '"/tiny/en/a/"', '"/en/a/"')
    assert rules(audit(site, URL, ANCHORS)) == ["dead-link"]


# What a page may hold that a reader of tags alone could take for something else.
ODD = [
    '<!-- <p id="a"> --><p id="b">',
    '<!-- " --><p id="a" title="-->">',
    '<![CDATA[<p id="a">]]><p id="b">',
    '<?php <p id="a"> ?>',
    '<script type="application/json">{"a": "<p id=\\"a\\">"}</script>',
    '<script type="application/json">{"a": "<a href="../c/">"}</script>',
    '<textarea><a href="../c/"></textarea>',
    '<title><a href="../c/"></title>',
    '<script src="../../assets/a.js"/><p id="a">',
    "<noscript><p id=a></noscript>",
    '<template><p id="a"></template>',
    '<iframe src="../b/"><p id="a"></iframe>',
    '<xmp><p id="a"></xmp>',
    '<plaintext><p id="a">',
    '<frameset><frame src="../c/"></frameset>',
    "<p id=a>",
    "<p id='a'><a href='../c/'>",
    '<p\nid="a"\n>',
    '<p  id="a">',
    '<p id="a"class="b">',
    '<p id = "a">',
    '<p/id="a">',
    '<P ID="a">',
    '<p ID="a" id="b">',
    '<p id="a" id="b">',
    '<p id="a"><i id="a"></i>',
    '<p id="a">x</p><p id="a">y</p>',
    '<p\nid="a">x</p><p\nid="a">y</p><b id="d" class="id">',
    "<p id>",
    '<p id="">',
    '<p id="a&amp;b"><a href="#a&amp;b">',
    '<p id="a&ampb"><a href="#a&amp;b">',
    '<p id="a&nbsp;&copy=">',
    '<p id="a&#38;amp;&#x27;&#61;b"><a href="#a&amp;amp;\'=b"><a href="../c&#47;?a&#61;1&#38;b">',
    '<p id="&#128;&#x80;&#0;&#31;&#10;&#x1f600;">',
    '<p id="a&#39;b"><p id="a\'b">',
    '<a href="../b/?a=1&b=2#there">',
    '<a title="a > b" href="../c/">',
    '<a title="a < b" href="../c/">',
    '<a title="a\rb" href="../c/">',
    '<a title="a\0b" href="../c/">',
    '<p title="\' id="><p title="\'>',
    '</p title="> <i id=a>"><p id="b">',
    '<a href="../c/"',
    '<p <p id="a">',
    'a < b <p id="a">',
    ' id="a" <p id="b">',
    '<body id="a"><html id="b">',
    '<html lang="">',
    '</body></html><p id="a"><a href="../c/">',
    '<svg><title>a<b id="a"></b></title></svg>',
    '<svg viewBox="0 0 1 1" ID="a"><use href="//cdn.example/a"/><a xlink:href="../c/"/></svg>',
    '<svg:a href="../c/">',
    '<x-y id="a" onclick="b">',
    '<p onClick="a">',
    "<p style>",
    '<a name="a" href="#a">',
    "<a href>",
    '<a href="\tjavascript:a">',
    '<a href="JAVASCRIPT:a">',
    '<a href="HTTPS://books.example/tiny/en/b/">',
    f'<a href="{URL}">',
    f'<a href="{URL}#a b">',
    f'<a href="{URL}en/b/#there">',
    '<a href="../b/#a%20b"><a href="../b#there"><a href="../%62/">',
    '<a href="../../../../x"><a href="../..//en/b/"><a href="x/../../b/"><a href=".">',
    '<a href="a:b/c"><a href="b/c:d"><a href="?q"><a href="//books.example/tiny/en/b/">',
    '<a href="#__tabbed"><a href="../b/#__x"><a href="é/#é">',
    '<img src="data:x" alt=""><img alt srcset="a.png 1x, //cdn.example/a.png 2x">',
    '<link rel="alternate" hreflang="zh" href="https://books.example/tiny/zh/b/">',
    '<link rel="alternate" hreflang="zh" href="a"><link rel="alternate" hreflang="zh" '
    'href="https://books.example/tiny/zh/a/">',
    "\N{NO-BREAK SPACE}",
    "\N{ZERO WIDTH NO-BREAK SPACE}",
    "<div>" * 300 + '<p id="a"><a href="../c/">',
]


def told(page: Page) -> tuple[object, ...]:
    return (
        page.found,
        set(page.ids),
        {way: set(wanted) for way, wanted in page.leads.items()},
        page.alternates,
    )


@pytest.mark.parametrize("odd", [*ODD, *(new for _, new, _ in DEFECTS.values())])
@pytest.mark.parametrize("place", ["<!doctype html>", "<head>", UP, "</body>", "</html>\n"])
def test_a_page_read_by_its_tags_says_what_a_tree_says(odd: str, place: str) -> None:
    """Or it is not read by its tags, as every page that has a fault."""
    page = PAGE.format(lang="en")
    for text in (
        page.replace(place, place + odd),
        page.replace(place, odd + place),
        page.replace(place, odd),
    ):
        data = text.encode()
        by_tags, (by_tree, _) = _scanned("en/a/index.html", data, URL), _parsed("en/a/index.html", data, URL)
        assert by_tags is None or told(by_tags) == told(by_tree)
        assert told(_read("en/a/index.html", data, URL)) == told(by_tree)


def test_a_page_without_faults_is_read_by_its_tags() -> None:
    assert all(_scanned("en/a/index.html", text.format(lang="en").encode(), URL) for text in (PAGE, OTHER))


def test_bytes_that_are_no_text_take_a_parser() -> None:
    assert _scanned("a", PAGE.format(lang="en").encode() + b"\xff", URL) is None


def test_what_stands_behind_the_end_of_a_page_is_looked_at(site: Path) -> None:
    edit(site / "en" / "a" / "index.html", "</html>\n", '</html><p id="late" onclick="a()"></p>')
    assert rules(audit(site, URL, {**ANCHORS, "en/a": ("late",)})) == ["inline-code"]


def test_a_dead_link_of_a_known_page_is_told_with_its_line(site: Path) -> None:
    known: dict[str, Any] = {}
    assert audit(site, URL, ANCHORS, known) == []
    edit(site / "en" / "b" / "index.html", ' id="there"', "")
    found = audit(site, URL, ANCHORS, json.loads(json.dumps(known)))
    assert [(str(d.location), d.message) for d in found] == [
        ("en/a/index.html:9:1", "../b/#there: the page has no such anchor")
    ]


def test_files_that_were_not_copied_whole(site: Path) -> None:
    (site / "en" / "b" / "index.html").write_bytes(b"")
    (site / "assets" / "torn.svg").write_text("<svg><g>", encoding="utf-8")
    found = [d for d in audit(site, URL, ANCHORS) if d.rule == "broken-file"]
    assert [d.location.file.path for d in found] == ["en/b/index.html", "assets/torn.svg"]
