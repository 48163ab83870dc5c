"""What the bad cases cannot show: that rules stay silent where nothing is wrong, and how numbers are read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from tiny import edit, findings

from generator.checks import CHECKS, rule_name
from generator.checks.clinical import numbers_in


@pytest.mark.parametrize(
    ("printed", "numbers"),
    [
        ("43,250", ["43250"]),
        ("1.0606 million", ["1060600"]),
        ("106.06万", ["1060600"]),
        ("1.2亿", ["120000000"]),
        ("8 Gy in 1 fraction", ["8", "1"]),
        ("a single fraction", ["1"]),
        ("Twelve weeks", ["12"]),
        ("20%–25%", ["20", "25"]),
        ("20-25", ["20", "25"]),
        ("0.84", ["0.84"]),
        ("10 000", ["10000"]),
        ("10\u202f000", ["10000"]),
        ("someone alone", []),
        ("", []),
    ],
)
def test_numbers_that_a_source_prints(printed: str, numbers: list[str]) -> None:
    assert numbers_in(printed) == [Decimal(n) for n in numbers]


def test_every_rule_says_what_it_holds() -> None:
    assert [rule_name(c) for c in CHECKS if not (c.__doc__ or "").strip()] == []
    assert len({rule_name(c) for c in CHECKS}) == len(CHECKS)


PROSE = "The balance is"
ZH_PROSE = "余额为"


def beside_parity(book: Path) -> list[str]:
    """The rules that report, but for the one that wants the same terms in the other language."""
    return [d.rule for d in findings(book) if d.rule != "parity-links"]


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("en", PROSE, "In one of them, the balance is"),  # a number word without a unit
        ("en", PROSE, "Once a dayless balance is"),
        ("en", PROSE, "The [[term:sample-marker|T2 marker]] is"),  # a digit that belongs to a name
        ("en", PROSE, "The spare term is"),
        ("zh", ZH_PROSE, "第三周的余额为"),  # an ordinal
        ("zh", ZH_PROSE, "三分之一的余额为"),  # a fraction
        ("zh", ZH_PROSE, "一般余额为"),
        ("zh", ZH_PROSE, "[[term:sample-marker]]为"),
        ("zh", ZH_PROSE, "微光的余额为"),
    ],
)
def test_no_false_alarm(copy_of_book: Path, language: str, old: str, new: str) -> None:
    edit(copy_of_book / language / "topics" / "sample-topic.yml", old, new)
    assert beside_parity(copy_of_book) == []


def test_a_discouraged_name_inside_a_longer_correct_one_is_no_fault(copy_of_book: Path) -> None:
    edit(
        copy_of_book / "en" / "terms.yml",
        "synonyms: [sample light]",
        "synonyms: [sample light, shimmer lamp]",
    )
    topic = copy_of_book / "en" / "topics" / "sample-topic.yml"
    edit(topic, PROSE, "The shimmer lamp is")
    assert findings(copy_of_book) == []
    edit(topic, "The shimmer lamp is", "The shimmer lamp and the shimmer are")
    assert [(d.rule, d.location.column) for d in findings(copy_of_book)] == [("discouraged-name", 36)]


def test_both_cases_of_the_first_letter_may_be_shown(copy_of_book: Path) -> None:
    edit(copy_of_book / "en" / "topics" / "sample-topic.yml", PROSE, "[[term:glimmer|Sample light]] is")
    assert beside_parity(copy_of_book) == []


@pytest.mark.parametrize(
    "path", ["en/figures.yml", "en/tables.yml", "en/terms.yml", "en/pages.yml", "en/flows/first-flow.yml"]
)
def test_a_number_is_found_wherever_prose_stands(copy_of_book: Path, path: str) -> None:
    places = {
        "en/figures.yml": ("A box of", "7 boxes of"),
        "en/tables.yml": ("unknown", "about 7"),
        "en/terms.yml": ("A term that no page names", "A term that 7 pages name"),
        "en/pages.yml": ("It tests the generator", "It tests 7 generators"),
        "en/flows/first-flow.yml": ("bright: Is it bright?", "bright: Are 7 bright?"),
    }
    edit(copy_of_book / path, *places[path])
    assert [d.rule for d in findings(copy_of_book)] == ["number-in-prose"]


def test_another_language_is_held_to_the_first(copy_of_book: Path) -> None:
    """Parity reaches glossary, captions, tables and pages, not topics alone."""
    edit(copy_of_book / "zh" / "terms.yml", "可见于[[fact:sample-share]]", "可见")
    edit(copy_of_book / "zh" / "tables.yml", "甲|乙，[[fact:sample-score]]", "甲|乙")
    edit(copy_of_book / "zh" / "figures.yml", "[[fact:sample-size]]的方框", "方框")
    edit(copy_of_book / "zh" / "pages.yml", "[[cite:zeta-page]]", "")
    edit(copy_of_book / "zh" / "flows" / "first-flow.yml", "热身，[[fact:sample-dose]]", "热身")
    assert sorted(d.rule for d in findings(copy_of_book)) == ["parity-cites", *["parity-facts"] * 4]
