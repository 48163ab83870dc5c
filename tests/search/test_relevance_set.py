"""The questions search is measured by: each answer is a place of the book, each kind keeps its promise."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import pytest
import reader
from tiny import ROOT, content_of

from generator.model import BlockView, Edition, plain
from generator.resolve import resolve

COLUMNS = ["lang", "kind", "split", "query", "expected"]
KINDS = {
    "zh": ("plain", "partial", "synonym", "crosslang", "typo", "traditional", "pinyin", "number"),
    "en": ("plain", "partial", "synonym", "crosslang", "typo", "number"),
}
LEAST = 30
LATIN = re.compile(r"[A-Za-z]+")
IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")
# A shorter word is not searched with an edit: too many words are one letter from it.
LONG_WORD = 6


@dataclass(frozen=True)
class Row:
    lang: str
    kind: str
    split: str
    query: str
    expected: tuple[str, ...]


def _rows() -> tuple[Row, ...]:
    with reader.RELEVANCE.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert lines[0] == COLUMNS
    assert [line for line in lines if len(line) != len(COLUMNS)] == []
    return tuple(Row(a, b, c, d, tuple(e.split("|"))) for a, b, c, d, e in lines[1:])


ROWS = _rows()
OWN = tuple(row for row in ROWS if row.split != "given")


@pytest.fixture(scope="module")
def editions() -> dict[str, Edition]:
    content = content_of(ROOT / "content")
    return {language: resolve(content, language) for language in content.languages}


def places(edition: Edition) -> set[str]:
    """What may be an answer: a page (its head, or a flow), a section, a term, a figure."""
    out = set()
    for page in edition.pages:
        out.add(page.path)
        out |= {f"{page.path}#{section.id}" for section in page.sections}
        out |= {f"{page.path}#{term.id}" for _, terms in page.terms for term in terms}
        out |= {f"{page.path}#{figure.id}" for figure, _ in page.figures}
    return out


def _block_text(block: BlockView, language: str) -> Iterator[str]:
    yield plain(block.pieces)
    yield from (plain(item) for _, item in block.items)
    for figure in block.figures:
        yield from (figure.title, plain(figure.caption), *figure.labels.values())
    if block.table:
        cells = (*block.table.columns, *(cell for _, row in block.table.rows for cell in row))
        yield from (plain(block.table.caption), *map(plain, cells))
    if block.flow:
        yield from (step.text[language] for step in block.flow.steps)


def text_of(edition: Edition) -> str:
    """What the pages say, and the names of every term in every language; without the list of references."""
    out: list[str] = []
    for page in edition.pages:
        out += (page.title, page.description, *(section.title for section in page.sections))
        out += (text for block in page.blocks for text in _block_text(block, edition.language))
        for _, terms in page.terms:
            for term in terms:
                names = (name for _, first, others in term.others for name in (first, *others))
                out += (term.name, *term.synonyms, *names, plain(term.definition))
    return "\n".join(out)


def latin_words(text: str) -> set[str]:
    return {word.casefold() for word in LATIN.findall(text)}


def one_edit(one: str, other: str) -> bool:
    """A letter too many, too few or wrong, or two neighbors swapped."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    same = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    if len(short) < len(long):
        return short[same:] == long[same + 1 :]
    swapped = short[:same] + short[same : same + 2][::-1] + short[same + 2 :]
    return short[same + 1 :] == long[same + 1 :] or swapped == long


def folded(query: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", query).casefold().split())


def likeness(one: str, other: str) -> float:
    """The share of pieces that two queries have in common: of three letters, or two where ideographs are."""

    def shingles(query: str) -> set[str]:
        text = folded(query)
        size = 2 if IDEOGRAPH.search(text) else 3
        return {text[i : i + size] for i in range(max(1, len(text) - size + 1))}

    a, b = shingles(one), shingles(other)
    return len(a & b) / len(a | b)


def of_kind(kind: str, lang: str = "") -> list[Row]:
    """The rows written for a kind; those given at first were sorted by another hand."""
    return [row for row in OWN if row.kind == kind and row.lang == (lang or row.lang)]


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ("mirels", "mirrels", True),
        ("mirels", "mirles", True),
        ("denosumab", "denosumap", True),
        ("denosumab", "denosumb", True),
        ("denosumab", "denosumab", False),
        ("cauda", "candu", False),
        ("mirels", "milers", False),
        ("biopsy", "biopsied", False),
    ],
)
def test_one_edit(one: str, other: str, answer: bool) -> None:
    assert one_edit(one, other) is answer
    assert one_edit(other, one) is answer


def test_columns_hold_known_words() -> None:
    assert {row.split for row in ROWS} == {"given", "tune", "held"}
    assert [row for row in ROWS if row.kind not in KINDS.get(row.lang, ())] == []
    assert [row for row in ROWS if row.query != " ".join(row.query.split()) or not row.query] == []


def test_every_answer_is_a_place(editions: dict[str, Edition]) -> None:
    known = {language: places(edition) for language, edition in editions.items()}
    lost = [(row.query, place) for row in ROWS for place in row.expected if place not in known[row.lang]]
    assert lost == []
    assert [row.query for row in ROWS if len(set(row.expected)) != len(row.expected)] == []


@pytest.mark.parametrize("lang", KINDS)
def test_enough_of_each_kind_and_half_set_aside(lang: str) -> None:
    for kind in KINDS[lang]:
        splits = [row.split for row in of_kind(kind, lang)]
        assert len(splits) >= LEAST, (kind, len(splits))
        turns = [("tune", "held")[i % 2] for i in range(len(splits))]
        assert splits == turns, kind


@pytest.mark.parametrize("lang", KINDS)
def test_no_query_twice(lang: str) -> None:
    counts = Counter(folded(row.query) for row in ROWS if row.lang == lang)
    assert [query for query, count in counts.items() if count > 1] == []


def test_no_near_duplicates_in_both_halves() -> None:
    """What is tuned on one half must not be known from the other, in either language."""
    pairs = [(a.query, b.query) for a, b in combinations(OWN, 2) if a.split != b.split]
    near = [pair for pair in pairs if likeness(*pair) >= 0.5]
    assert near == []


@pytest.mark.parametrize("lang", KINDS)
def test_every_section_answers_something(lang: str, editions: dict[str, Edition]) -> None:
    """Long sections do not take all questions; a heading over other sections only is no answer."""
    asked = {place for row in ROWS if row.lang == lang for place in row.expected}
    pages = editions[lang].pages
    topics = [f"{p.path}#{s.id}" for p in pages if p.kind == "topic" for s in p.sections if s.blocks]
    flows = [p.path for p in pages if p.kind == "flow"]
    figures = [f"{p.path}#{figure.id}" for p in pages for figure, _ in p.figures]
    assert [place for place in (*topics, *flows, *figures) if place not in asked] == []


@pytest.mark.parametrize("lang", KINDS)
def test_a_typo_is_one_edit_from_a_word_of_the_book(lang: str, editions: dict[str, Edition]) -> None:
    known = latin_words(text_of(editions[lang]))
    long = {word for word in known if len(word) >= LONG_WORD}
    for row in of_kind("typo", lang):
        if lang == "zh" and unicodedata.normalize("NFKC", row.query) != row.query:
            continue  # full-width letters and digits are the slip
        wrong = latin_words(row.query) - known
        assert [word for word in wrong if any(one_edit(word, right) for right in long)], row.query


def test_full_width_queries_are_common_enough() -> None:
    typos = of_kind("typo", "zh")
    wide = [row for row in typos if unicodedata.normalize("NFKC", row.query) != row.query]
    assert 10 <= len(wide) <= len(typos) - 10


def test_traditional_queries_hold_a_character_that_the_book_does_not(editions: dict[str, Edition]) -> None:
    simplified = set(text_of(editions["zh"]))
    known = [row.query for row in of_kind("traditional") if set(IDEOGRAPH.findall(row.query)) <= simplified]
    assert known == []


def test_pinyin_is_typed_in_latin_letters_for_a_term() -> None:
    for row in of_kind("pinyin"):
        assert re.fullmatch(r"[a-z]+(?: [a-z]+)*", row.query), row.query
        assert any(place.startswith("glossary#") for place in row.expected), row.query


def test_queries_across_languages_hold_the_other_script() -> None:
    assert [row.query for row in of_kind("crosslang", "en") if not IDEOGRAPH.search(row.query)] == []
    assert [row.query for row in of_kind("crosslang", "zh") if not LATIN.search(row.query)] == []


def test_numbers_are_numbers_or_latin_inside_chinese() -> None:
    assert [row.query for row in of_kind("number", "en") if not re.search(r"[0-9]", row.query)] == []
    assert [row.query for row in of_kind("number", "zh") if not re.search(r"[0-9A-Za-z]", row.query)] == []
