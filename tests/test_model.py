"""The forms of what is read: which facts, references and values pass, and which are refused by name."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from generator.diagnostic import Collector
from generator.model import ALL_NUMBERS, Content, Fact, Figure, FlowNode, Name, Reference, Site, TermWords
from generator.source import parse


def read(kind: type, text: str) -> object:
    found = Collector()
    tree = parse(text.encode(), "x.yml", found)
    assert found.found == []
    return TypeAdapter(kind).validate_python(tree)


def refused(kind: type, text: str) -> list[str]:
    """The rules under which an entry is refused."""
    with pytest.raises(ValidationError) as caught:
        read(kind, text)
    return [e["ctx"]["rule"] if e["type"] == "clinref" else e["type"] for e in caught.value.errors()]


def fact(*lines: str) -> str:
    return "\n".join([*lines, "cite: a", 'source_value: "1"', ""])


@pytest.mark.parametrize(
    ("lines", "form", "numbers"),
    [
        (["value: 43250"], "value", ("43250",)),
        (["value: -0.5"], "value", ("-0.5",)),
        (["low: 2.5", "high: 10"], "range", ("2.5", "10")),
        (["at_least: 8"], "at-least", ("8",)),
        (["more_than: 8"], "more-than", ("8",)),
        (["at_most: 8"], "at-most", ("8",)),
        (["less_than: 8"], "less-than", ("8",)),
        (["dose: 8", "fractions: 1"], "dose", ("8", "1")),
    ],
)
def test_fact_forms(lines: list[str], form: str, numbers: tuple[str, ...]) -> None:
    entry = read(Fact, fact(*lines))
    assert isinstance(entry, Fact)
    assert (entry.form, entry.numbers) == (form, numbers)


@pytest.mark.parametrize("name", ALL_NUMBERS)
@pytest.mark.parametrize(
    "typed", ["43,250", "1e3", "+5", ".5", "5.", "1 000", "８", "八", "5%", "1/2", "0x1F", "1_000", "²"]
)
def test_only_bare_numbers(name: str, typed: str) -> None:
    assert "number-form" in refused(Fact, fact(f"{name}: {typed}"))


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["low: 1"],
        ["high: 1"],
        ["dose: 8"],
        ["fractions: 1"],
        ["value: 1", "at_least: 1"],
        ["low: 1", "high: 2", "value: 1"],
        ["low: 2", "high: 1"],
        ["low: 10", "high: 9"],
        ["low: 1", "high: 1.0"],
    ],
)
def test_a_fact_has_one_form(lines: list[str]) -> None:
    assert refused(Fact, fact(*lines)) == ["fact-form"]


REFERENCE = "type: report\ntitle: A\nlanguage: en\n"


def test_where_a_reference_is_read() -> None:
    doi, pmid, url = "DOI: 10.5555/a\n", 'PMID: "12"\n', "URL: https://a.example/b\n"

    def address(text: str) -> str:
        reference = read(Reference, REFERENCE + text)
        assert isinstance(reference, Reference)
        return reference.url

    assert address(pmid + url + doi) == "https://doi.org/10.5555/a"
    assert address(pmid + url) == "https://a.example/b"
    assert address(pmid) == "https://pubmed.ncbi.nlm.nih.gov/12/"
    assert refused(Reference, REFERENCE) == ["reference-address"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://a.example",
        "https://a b",
        'https://a.example/"x',
        "a.example",
        "https://a/`x`",
    ],
)
def test_addresses(url: str) -> None:
    assert refused(Reference, REFERENCE + f"URL: '{url}'\n") == ["url-form"]


@pytest.mark.parametrize(
    "date", ["2026-13", "2026-1-1", "26", "2026-02-32", "2026/01/01", "2026-01-01T00:00", "２０２６"]
)
def test_dates(date: str) -> None:
    assert refused(Reference, f"{REFERENCE}URL: https://a.example\nissued: '{date}'\n") == ["date-form"]


def test_an_author_is_a_person_or_a_body() -> None:
    assert isinstance(read(Name, "literal: A Society\n"), Name)
    assert refused(Name, "given: A\n") == ["author-form"]
    assert refused(Name, "family: A\nliteral: B\n") == ["author-form"]


@pytest.mark.parametrize("file", ["../a.svg", "a/b.svg", "a.gif", "A.svg", "a.svg.html", "a.png.exe"])
def test_a_drawing_lies_in_its_folder(file: str) -> None:
    assert refused(Figure, f"file: {file}\ncredit: a\nlicence: CC0\n") == ["file-name"]


def test_what_a_term_may_be_shown_by() -> None:
    term = read(TermWords, "name: a\nsynonyms: [b]\nforms: [c]\ndiscouraged: [d]\ndefinition: |-\n  e\n")
    assert isinstance(term, TermWords)
    assert term.names == ("a", "b", "c")


def test_targets_of_a_step() -> None:
    node = read(FlowNode, "kind: decision\nphase: a\nsection: b\nexits:\n  x: c\n  y: d\n")
    assert isinstance(node, FlowNode)
    assert node.targets == ("c", "d")


def test_unknown_keys_and_kinds() -> None:
    assert refused(FlowNode, "kind: action\nphase: a\nsection: b\ncolour: red\n") == ["extra_forbidden"]
    assert refused(FlowNode, "kind: box\nphase: a\nsection: b\n") == ["literal_error"]
    assert "missing" in refused(Site, "url: https://a.example/\n")


def test_nothing_changes_after_reading(book: Content) -> None:
    with pytest.raises(ValidationError):
        book.site.version = book.site.url  # type: ignore[misc]


def test_sections_in_reading_order_with_depth(book: Content) -> None:
    topic = next(t for name, t in book.words["en"].topics.items() if name == "sample-topic")
    assert [(id_, depth) for id_, _, depth in topic.walk()] == [
        ("signs", 1),
        ("care", 1),
        ("dosing", 2),
        ("totals", 3),
    ]
    assert [id_ for id_, _ in topic.blocks()][:3] == ["lead-definition", "lead-scope", "signs-list"]
