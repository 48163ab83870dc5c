"""Rules on what a hospital adds to its copy of the book: that its notes find their place, and still hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from typing import TypeAlias

from generator.checks.passages import Check, Finding, block_ids, local_passages
from generator.diagnostic import Related
from generator.model import Content
from generator.source import Scalar

# A rule whose answer depends on the day it is asked.
DatedCheck: TypeAlias = Callable[[Content, date], Iterator[Finding]]


def local_place(content: Content) -> Iterator[Finding]:
    """Every local note names a topic, a section of it and, after `after`, a block of that section."""
    topics = content.words[content.languages[0]].topics
    for note in content.local.overlay.notes.values() if content.local else ():
        if note.topic not in topics:
            yield _unknown("topic", note.topic, topics)
            continue
        sections = {str(id_): section for id_, section, _ in topics[note.topic].walk()}
        if note.section not in sections:
            yield _unknown("section", note.section, sections)
            continue
        body = sections[note.section].body
        if note.after is None or note.after in body:
            continue
        holder = next((id_ for id_, block in body.items() if note.after in block_ids([(id_, block)])), None)
        if holder is None:
            yield _unknown("block", note.after, body, f' of section "{note.section}"')
        else:
            yield Finding(
                f'"{note.after}" is an item of a list, not a block',
                note.after.at,
                f'a note stands after the whole list: write "{holder}"',
            )


def _unknown(kind: str, name: Scalar, known: Iterable[str], where: str = "") -> Finding:
    names = [str(id_) for id_ in known]
    close = get_close_matches(name, names, 1)
    hint = f'did you mean "{close[0]}"?' if close else f"known here: {', '.join(names) or 'none'}"
    return Finding(f'unknown {kind} "{name}"{where}', name.at, hint)


def local_words(content: Content) -> Iterator[Finding]:
    """Every note of overlay.yml has words in some language, and says something; no other note has words."""
    if not (local := content.local):
        return
    notes = local.overlay.notes
    for name, note in notes.items():
        spoken = [words.notes[name] for words in local.words.values() if name in words.notes]
        if not spoken:
            yield Finding(
                f'the note "{name}" has no words',
                name.at,
                f"add it under notes in notes.yml, in the folder {' or '.join(content.languages)}",
            )
        elif not (note.phone or note.url):
            for said in spoken:
                if not said.body:
                    yield Finding(
                        f'the note "{name}" says nothing',
                        said.title.at,
                        "give it a body, or a phone or url in overlay.yml",
                    )
    for words in local.words.values():
        for name in words.notes:
            if name not in notes:
                yield Finding(
                    f'the note "{name}" has no place',
                    name.at,
                    "add it under notes in overlay.yml: kind, topic and section",
                )


def local_source(content: Content) -> Iterator[Finding]:
    """A local note cites nothing: the numbers and the list of sources belong to the shared text."""
    for passage in local_passages(content):
        for ref in passage.prose.references:
            if ref.kind == "cite":
                source = passage.prose.source
                typed = f"[[cite:{ref.target}"
                at = ref.offset if source.startswith(typed, ref.offset) else max(source.find(typed), 0)
                yield Finding(
                    "a citation in a local note",
                    source.place(at, 2),
                    "name the source in words, or give the note a url",
                )


def local_contact(content: Content) -> Iterator[Finding]:
    """Readers are told whom to ask: `url` in overlay.yml, or `contact` in the notes of each language."""
    if not (local := content.local) or local.overlay.url:
        return
    for words in local.words.values():
        if not words.contact:
            yield Finding(
                "nobody to ask about these notes is named",
                words.organization.at,
                "add contact: here, or url: in overlay.yml",
            )


def local_dates(content: Content, today: date) -> Iterator[Finding]:
    """Local notes hold today: from `valid_from` on, not past `review_by`, which is the later of the two."""
    if not (local := content.local):
        return
    overlay = local.overlay
    every = [(overlay.valid_from, overlay.review_by)]
    every += [(n.valid_from or every[0][0], n.review_by or every[0][1]) for n in overlay.notes.values()]
    # Each pair once: most notes have the dates of the overlay.
    for start, end in {pair: pair for pair in every}.values():
        if end < start:
            yield Finding(
                f"to be reviewed by {end}, before it holds",
                end.at,
                "correct one of the two dates",
                (Related(start.at, "holds from here on"),),
            )
        elif end < today.isoformat():
            yield Finding(
                f"local notes were to be reviewed by {end}",
                end.at,
                "review them, then move the date; pages print it",
                severity="warning",
            )
        elif start > today.isoformat():
            yield Finding(
                f"local notes hold from {start} on, and are printed already",
                start.at,
                "publish them on that day, or correct the date",
                severity="warning",
            )


CHECKS: tuple[Check, ...] = (local_place, local_words, local_source, local_contact)
DATED: tuple[DatedCheck, ...] = (local_dates,)
