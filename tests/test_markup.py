"""Prose to nodes: what may be written, what is refused, and what a line break becomes."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from generator import markup
from generator.markup import Break, MarkupError, Ref, Span, Text, parse


def test_formatting_and_references() -> None:
    assert parse("A **bold *both*** [[term:x]] H~2~ x^a^\nend") == (
        Text("A "),
        Span("strong", (Text("bold "), Span("em", (Text("both"),)))),
        Text(" "),
        Ref("term", "x", "", 18),
        Text(" H"),
        Span("sub", (Text("2"),)),
        Text(" x"),
        Span("sup", (Text("a"),)),
        Break(),
        Text("end"),
    )


@pytest.mark.parametrize("kind", markup.KINDS)
def test_every_kind_of_reference(kind: str) -> None:
    assert [(r.kind, r.target, r.shown) for r in markup.references(parse(f"see [[{kind}:some-id]]"))] == [
        (kind, "some-id", "")
    ]


@pytest.mark.parametrize("kind", [k for k in markup.KINDS if k not in ("fact", "cite")])
def test_every_link_may_be_shown_by_other_words(kind: str) -> None:
    assert [r.shown for r in markup.references(parse(f"[[{kind}:some-id|other words]]"))] == ["other words"]


def test_references_inside_bold_are_found() -> None:
    assert [r.target for r in markup.references(parse("**a [[cite:b]]** [[cite:c]]"))] == ["b", "c"]


def test_bold_next_to_chinese() -> None:
    assert parse("**骨转移**多见") == (Span("strong", (Text("骨转移"),)), Text("多见"))


@pytest.mark.parametrize(
    ("text", "rule", "offset"),
    [
        ("a <b>c</b>", "no-html", 2),
        ("a &nbsp; b", "no-html", 2),
        ("a <!-- b -->", "no-html", 2),
        ("a [[leaf:b]]", "unknown-reference-kind", 2),
        ("[[fact:b|c]]", "shown-text", 0),
        ("[[cite:b|c]]", "shown-text", 0),
        ("a [[b]]", "broken-reference", 2),
        ("a [[term:b]", "broken-reference", 2),
        ("a term:b]]", "broken-reference", 8),
        ("a [[term:\nb]]", "broken-reference", 2),
        ("a **b", "stray-mark", 2),
        ("**a** and *b", "stray-mark", 10),
        ("a ** b **", "stray-mark", 2),
    ],
)
def test_refused(text: str, rule: str, offset: int) -> None:
    with pytest.raises(MarkupError) as caught:
        parse(text)
    assert (caught.value.rule, caught.value.offset) == (rule, offset)


@pytest.mark.parametrize(
    "text", ["# a", "- a", "1. a", "> a", "`a`", "![a](b)", "[a](b)", "a | b", "http://a.b"]
)
def test_other_markdown_is_plain_text(text: str) -> None:
    assert parse(text) == (Text(text),)


@pytest.mark.parametrize(
    ("before", "after", "gap"),
    [
        ("骨", "转移", ""),
        ("骨转移，", "其后", ""),
        ("检查", "MRI", ""),
        ("MRI", "检查", ""),
        ("and", "then", " "),
        ("ends.", "Begins", " "),
        ("", "begins", ""),
        ("ends", "", ""),
    ],
)
def test_line_break(before: str, after: str, gap: str) -> None:
    assert markup.joint(before, after) == gap


def test_blanking_references_keeps_offsets() -> None:
    text = "a [[term:b|c 2]] [[section:d|e 3]] 4"
    rest = markup.without_references(text)
    assert len(rest) == len(text)
    assert [rest[i] for i in (text.index("2"), text.index("3"), text.index("4"))] == [" ", "3", "4"]


@given(st.text(alphabet="ab*~^[]|:-<>&;`_\n 骨", max_size=60))
def test_any_prose_is_parsed_or_refused(text: str) -> None:
    try:
        nodes = parse(text)
    except MarkupError as error:
        assert 0 <= error.offset <= len(text)
        assert error.hint
    else:
        assert not any("[[" in n.text for n in markup.flat(nodes) if isinstance(n, Text))


@given(st.text(alphabet="ab[]|: \n骨", max_size=40).map(lambda text: f"[[term:a]]{text}[[page:b|骨]]"))
def test_prose_without_marks_reads_as_the_parser_reads_it(text: str) -> None:
    assume(not markup._MARKS.search(text))
    try:
        markup._refuse(text)
    except MarkupError:
        # What is wrong with it is said where all prose is looked at.
        assert markup._unmarked(text) is None
    else:
        parsed, _ = markup._nodes(markup._parser().parseInline(text)[0].children or [], 0, "")
        assert markup._unmarked(text) == parsed
