"""A hospital's own note and the words of a language in; what its mark, its dates and its notice say out.

One place for the site and the PDFs, so that a note is marked in the same words wherever it is printed.
"""

from __future__ import annotations

from generator.model import Edition, LocalSource, LocalView

# The name that a sentence has room for: its place, and the text and language that stand there.
Slot = tuple[str, str]


def mark(note: LocalView, edition: Edition) -> list[str | Slot]:
    """`Local: Sample Hospital · Contact`."""
    labels = edition.ui.labels
    said = _filled(labels["local-mark"], "organization", (note.source.name, note.source.language))
    return [*said, f" · {labels[f'local-{note.kind}']}"]


def notice(source: LocalSource, edition: Edition) -> list[str | Slot]:
    """That a page holds notes which are not the book's."""
    return _filled(edition.ui.labels["local-banner"], "organization", (source.name, source.language))


def only(note: LocalView, edition: Edition) -> list[str | Slot]:
    """That a note is written in another language than the page; nothing where it is not."""
    if note.language == edition.language:
        return []
    name = edition.language_names[note.language]
    return _filled(edition.ui.labels["local-only"], "language", (name, note.language))


def dates(note: LocalView, edition: Edition) -> str:
    """From when on a note holds, and until when it has to be reviewed."""
    words = str(edition.ui.labels["local-dates"])
    return words.replace("{from}", note.valid_from).replace("{until}", note.review_by)


def text(parts: list[str | Slot]) -> str:
    """The words alone."""
    return "".join(part if isinstance(part, str) else part[0] for part in parts)


def dialed(phone: str) -> str:
    """A number as a telephone takes it: without spaces, hyphens and brackets; a # as addresses write it."""
    return "".join(c for c in phone if c in "+0123456789*#").replace("#", "%23")


def _filled(pattern: str, name: str, slot: Slot) -> list[str | Slot]:
    """A sentence with `{name}` in it replaced by a text of some language."""
    before, found, after = pattern.partition(f"{{{name}}}")
    return [part for part in (before, slot if found else "", after) if part]
