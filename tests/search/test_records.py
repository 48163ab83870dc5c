"""What search can show: nothing that was withdrawn, and a hospital's own notes."""

from __future__ import annotations

import pytest
from tiny import BOOK, OVERLAY, content_of

from generator.model import Edition
from generator.resolve import resolve
from generator.search.records import facts, of_page


def words(edition: Edition) -> str:
    records = [record for page in edition.pages for record in of_page(page, edition)] + [*facts(edition)]
    return "\n".join(text for record in records for text in (record.lead, *record.text))


@pytest.mark.parametrize(
    ("language", "withdrawn", "corrected"), [("en", "Never without", "Seen in"), ("zh", "不可没有", "见于")]
)
def test_a_withdrawn_statement_is_not_found(language: str, withdrawn: str, corrected: str) -> None:
    edition = resolve(content_of(BOOK), language)
    marks = next(page for page in edition.pages if page.path == "sample-topic").marks
    assert {id_: mark.kind for id_, mark in marks.items()} == {
        "care-warning": "withdrawal",
        "share": "correction",
    }
    assert withdrawn not in words(edition)
    assert corrected in words(edition)


def test_a_note_of_a_hospital_is_found() -> None:
    edition = resolve(content_of(BOOK, OVERLAY), "en")
    assert "A resident answers within 5 minutes." in words(edition)
    assert "Call the desk." in words(edition)
