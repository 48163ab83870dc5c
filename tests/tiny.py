"""Where the tiny book lies, and what is wrong with a book: shared by the tests, free of fixtures."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from generator.checks import check
from generator.cli import drawing_findings
from generator.diagnostic import Diagnostic
from generator.load import load
from generator.model import Content

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
BOOK = FIXTURES / "book"
OVERLAY = FIXTURES / "overlay"
# A day on which the notes of the overlay hold.
TODAY = date(2026, 2, 1)


def findings(book: Path, overlay: Path | None = None, today: date = TODAY) -> list[Diagnostic]:
    """All that `clinref check` finds in a book and a hospital's notes."""
    content, found = load(book, overlay)
    return found if content is None else [*check(content, today), *drawing_findings(content)]


def content_of(book: Path, overlay: Path | None = None) -> Content:
    """The content of a book that can be read."""
    content, found = load(book, overlay)
    assert content is not None, found
    return content


def edit(path: Path, old: str, new: str) -> None:
    """Replaces what stands exactly once in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")
