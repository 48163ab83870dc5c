"""Reading YAML: a value stays the string it is and knows its place; what no document needs is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.diagnostic import Collector
from generator.source import MAX_BYTES, Map, Scalar, Seq, parse


def read(text: str | bytes) -> tuple[Map | None, Collector]:
    found = Collector()
    return parse(text if isinstance(text, bytes) else text.encode(), "book.yml", found), found


def rules(text: str | bytes) -> set[str]:
    return {d.rule for d in read(text)[1].found}


@pytest.mark.parametrize(
    "typed",
    ["NO", "yes", "010", "1.10", "1e3", "~", "null", "2026-01-31", "12:30:00", "0x1F", ".inf", "1_000"],
)
def test_a_value_stays_as_typed(typed: str) -> None:
    tree, found = read(f"key: {typed}\n")
    assert found.found == []
    assert tree == {"key": typed}


def test_every_value_knows_its_place() -> None:
    tree, _ = read("first: a\nsecond:\n  - b\n  - 'c d'\n")
    assert tree is not None
    assert (tree.key_at("second").line, tree.key_at("second").column) == (2, 1)
    second = tree["second"]
    assert isinstance(second, Seq)
    last = second[1]
    assert isinstance(last, Scalar)
    assert (last.at.line, last.at.column, last.at.length) == (4, 5, 5)
    assert last.place(2).column == 8  # past the quote


def test_a_place_inside_prose_counts_lines_and_indentation() -> None:
    tree, _ = read("a:\n  prose: |-\n    one line\n    骨转移 here\n")
    assert tree is not None and isinstance(tree["a"], Map)
    prose = tree["a"]["prose"]
    assert isinstance(prose, Scalar)
    at = prose.place(prose.index("here"), 4)
    assert (at.line, at.column, at.length) == (4, 9, 4)
    assert at.text[at.column - 1 :] == "here"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: &x 1\nb: *x\n", "no-alias"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "no-alias"),
        ("a: !!python/name:os.system x\n", "no-tag"),
        ("a: !local x\n", "no-tag"),
        ("%YAML 1.1\n---\na: b\n", "no-directive"),
        ("%TAG ! tag:example.org,2026:\n---\na: b\n", "no-directive"),
        ("a: b\n---\nc: d\n", "one-document"),
        ("dose: 5\ndose: 50\n", "duplicate-key"),
        ("a: {b: 1, b: 2}\n", "duplicate-key"),
        ('a: 1\n"a": 2\n', "duplicate-key"),
        ("[" * 100_000, "too-deep"),
        ("{a: " * 10_000, "too-deep"),
        ("- " * 30_000 + "a\n", "too-deep"),
        ("a: b # " + "x" * MAX_BYTES + "\n", "too-large"),
        ("\ufeffa: b\n", "encoding"),
        ("a: b\n".encode("utf-16"), "encoding"),
        (b"a: \xff\n", "encoding"),
        (b"a: \xed\xa0\x80\n", "encoding"),
        ("a:\n\tb: c\n", "tab"),
        ("a: x\u202ey\n", "invisible-character"),
        ('a: "x\\u202ey"\n', "invisible-character"),
        ('a: "x\\0y"\n', "invisible-character"),
        ("a: x\u200by\n", "invisible-character"),
        ("a: x\u00ady\n", "invisible-character"),
        ("a: x\x07y\n", "invisible-character"),
        ("a: x\x85y\n", "invisible-character"),
        ("a: e\u0301\n", "not-nfc"),
        ("剂量: 5\n", "key-form"),
        ("dose：5\nb: c\n", "yaml-syntax"),
        ('a: "b\nc: d\n', "yaml-syntax"),
        ("a: 'b\n", "yaml-syntax"),
        ("a: b: c\n", "yaml-syntax"),
        ("a: [b\n", "yaml-syntax"),
        ("? {a: b}\n: c\n", "key-form"),
        ("just words\n", "not-a-map"),
        ("", "empty-file"),
        ("# nothing\n", "empty-file"),
    ],
)
def test_what_a_document_does_not_need_is_refused(text: str | bytes, rule: str) -> None:
    assert rule in rules(text)


def test_an_unclosed_quote_is_shown_where_it_opens() -> None:
    _, found = read('a: 1\nb: "open\nc: 2\nd: 3\n')
    assert [(d.location.line, d.location.column) for d in found.found] == [(2, 4)]


def test_all_faults_of_a_file_are_told() -> None:
    assert [d.location.line for d in read("a: &x 1\nb: *x\nb: 2\n")[1].found] == [1, 2, 3]


def test_a_windows_file_reads_alike() -> None:
    assert read("a: b\r\nc: |-\r\n  d\r\n  e\r\n")[0] == {"a": "b", "c": "d\ne"}


@given(st.binary(max_size=300))
def test_bytes_never_raise(data: bytes) -> None:
    tree, found = read(data)
    assert tree is not None or found.found


@given(st.text(alphabet="ab:-|>'\"[]{}&*!%#?,\n\t \\0€：，骨", max_size=80))
def test_near_yaml_never_raises_and_never_fails_silently(text: str) -> None:
    tree, found = read(text)
    assert tree is not None or found.found
