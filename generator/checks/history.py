"""Rules on the book's history: each change names what it changed, and dates agree."""

from __future__ import annotations

from collections.abc import Iterator

from generator import parity_lock
from generator.checks.passages import Check, Finding, block_ids
from generator.diagnostic import Location, Related
from generator.model import MARKED, Content, TopicWords
from generator.source import Scalar


def _statements(topic: TopicWords) -> dict[str, Scalar]:
    return {str(id_): id_ for id_ in block_ids(topic.blocks())}


def change_target(content: Content) -> Iterator[Finding]:
    """A change names a topic and statements that exist; a correction or withdrawal names at least one."""
    first = content.words[content.languages[0]]
    for name, change in content.changes.items():
        if change.topic is not None and change.topic not in content.topics:
            yield Finding(f'unknown topic "{change.topic}"', change.topic.at, "name an id of site.yml")
            continue
        if change.kind in MARKED and not (change.topic and change.statements):
            yield Finding(
                f'the {change.kind} "{name}" names no statement',
                name.at,
                "add topic: and statements:, so that the page can mark them",
            )
        topic = first.topics.get(change.topic) if change.topic else None
        known = _statements(topic) if topic else {}
        for id_ in change.statements:
            if id_ not in known:
                yield Finding(
                    f'"{id_}" is no statement of {change.topic or "a topic"}',
                    id_.at,
                    "name an id of its topic; a withdrawn statement keeps its id and its text",
                )


def change_date(content: Content) -> Iterator[Finding]:
    """Changes stand newest first, none is later than the book, no topic is older than its newest change."""
    later: tuple[str, Scalar] | None = None
    for name, change in content.changes.items():
        if change.date > content.site.updated:
            yield Finding(
                f"the change of {change.date} is later than the book",
                change.date.at,
                "set updated: in site.yml",
                (Related(content.site.updated.at, "updated here"),),
            )
        if later and change.date > later[1]:
            yield Finding(
                f'"{name}" is newer than "{later[0]}" above it',
                change.date.at,
                "newest first",
                (Related(later[1].at, "above"),),
            )
        later = (str(name), change.date)
        topic = content.topics.get(change.topic) if change.topic else None
        if topic and topic.updated < change.date:
            yield Finding(
                f"{change.topic} says it was updated on {topic.updated}, before this change",
                topic.updated.at,
                f"write {change.date}",
                (Related(change.date.at, "the change"),),
            )


def stale_translation(content: Content) -> Iterator[Finding]:
    """A statement of which one language changed since both were accepted waits for the other."""
    for key, now in parity_lock.statements(content).items():
        state, behind = parity_lock.state(now, content.accepted.get(key))
        if state == "stale":
            changed = [language for language in now if language not in behind]
            yield Finding(
                f'"{key}" changed in {", ".join(changed)}, not in {", ".join(behind)}',
                _place(content, behind[0], key),
                f"bring {', '.join(behind)} in line where needed, then run: clinref accept {key}",
                severity="warning",
            )


def _place(content: Content, language: str, key: str) -> Location:
    """Where the statement of a key stands, or the file it stands in."""
    name, _, id_ = key.partition("#")
    words = content.words[language]
    if topic := words.topics.get(name):
        known = _statements(topic) | {str(i): i for i, _, _ in topic.walk()}
        if id_ in known:
            return known[id_].at
        return content.at[f"{language}/topics/{name}.yml"]
    keys = {"terms": words.terms.keys(), "figures": words.figures.keys(), "changes": words.changes.keys()}
    for entry in keys.get(name, ()):
        if entry == id_:
            return entry.at
    kind, _, inner = name.partition("/")
    for table in words.tables:
        if kind == "tables" and table == inner:
            return table.at
    return content.at[f"{language}/{name if kind == 'flows' else kind}.yml"]


CHECKS: tuple[Check, ...] = (change_target, change_date, stale_translation)
