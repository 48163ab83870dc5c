"""Rules on the book's history: each change names what it changed, versions are listed, and dates agree."""

from __future__ import annotations

from collections.abc import Iterator

from generator import parity_lock
from generator.checks.passages import Check, Finding, block_ids
from generator.diagnostic import Location, Related
from generator.model import MARKED, Content, TopicWords, version_id, version_name
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


def current_version(content: Content) -> Iterator[Finding]:
    """The version of site.yml is the first of versions.yml, of the day of its update, and not withdrawn."""
    site, key = content.site, version_id(content.site.version)
    version = content.versions.get(key)
    if version is None:
        yield Finding(
            f"version {site.version} is not in shared/versions.yml",
            site.version.at,
            f"put it at the top: {key}: with date: {site.updated}",
        )
        return
    at = next(k for k in content.versions if k == key).at
    here = (Related(site.version.at, "the version of this book"),)
    if (first := next(iter(content.versions))) != key:
        yield Finding(
            f"{version_name(first)} stands above the current version {site.version}",
            first.at,
            "set version: in site.yml, or correct the order",
            here,
        )
    if version.date != site.updated:
        yield Finding(
            f"the current version is of {version.date}, the book of {site.updated}",
            version.date.at,
            "a new version has a new number and the date of updated: in site.yml",
            (Related(site.updated.at, "updated here"),),
        )
    if version.withdrawn:
        yield Finding(
            f"the current version {site.version} is withdrawn",
            at,
            "correct the book under a new version, then withdraw this one",
            here,
        )


def version_order(content: Content) -> Iterator[Finding]:
    """Versions stand newest first, in number and date; none is withdrawn before it came or after the book."""
    above: tuple[Scalar, Scalar] | None = None
    for key, version in content.versions.items():
        if above and _numbers(key) >= _numbers(above[0]):
            yield Finding(
                f"version {version_name(key)} stands below {version_name(above[0])}, which is not newer",
                key.at,
                "newest first, each number once",
                (Related(above[0].at, "above"),),
            )
        elif above and version.date > above[1]:
            yield Finding(
                f"version {version_name(key)} is of a later day than {version_name(above[0])}",
                version.date.at,
                "correct one of the dates",
                (Related(above[1].at, "above"),),
            )
        above = (key, version.date)
        day = version.withdrawn
        if day and not version.date <= day <= content.site.updated:
            yield Finding(
                f"version {version_name(key)} of {version.date} cannot be withdrawn on {day}",
                day.at,
                f"write a day from {version.date} to {content.site.updated}, when the book was updated",
                (Related(version.date.at, "its date"),),
            )


def unknown_version(content: Content) -> Iterator[Finding]:
    """A change names a version of versions.yml, and is not later than it."""
    for name, change in content.changes.items():
        version = content.versions.get(version_id(change.version))
        if version is None:
            yield Finding(
                f'"{name}" came with version {change.version}, which is not in shared/versions.yml',
                change.version.at,
                "correct the version, or list it",
            )
        elif change.date > version.date:
            yield Finding(
                f'"{name}" of {change.date} is later than the version {change.version} that brought it',
                change.date.at,
                "name the version that brought it",
                (Related(version.date.at, "the version's date"),),
            )


def withdrawn_version(content: Content) -> Iterator[Finding]:
    """A withdrawn version says why in every language; no other version has words."""
    for language, words in content.words.items():
        for key, version in content.versions.items():
            if version.withdrawn and key not in words.versions:
                yield Finding(
                    f"version {version_name(key)} is withdrawn, and no words say why in {language}",
                    version.withdrawn.at,
                    f"add {key}: with why: to content/{language}/versions.yml",
                )
        for key in words.versions:
            known = content.versions.get(key)
            if known is None or not known.withdrawn:
                yield Finding(
                    f"version {version_name(key)} is not withdrawn",
                    key.at,
                    "delete these words, or add withdrawn: to it in shared/versions.yml",
                )


def _numbers(key: str) -> tuple[int, ...]:
    return tuple(map(int, key.split("-")))


def stale_translation(content: Content) -> Iterator[Finding]:
    """A statement of which one language changed since both were accepted waits for the other."""
    for key, now in parity_lock.statements(content, content.accepted).items():
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
    kind, _, inner = name.partition("/")
    keys = {
        "terms": words.terms.keys(),
        "figures": words.figures.keys(),
        "changes": words.changes.keys(),
        "versions": words.versions.keys(),
        "tables": words.tables.keys(),
    }
    # The key of a table is in its name, `tables/<table>`; behind the # stands a row of it.
    for entry in keys.get(kind, ()):
        if entry == (inner or id_):
            return entry.at
    return content.at[f"{language}/{name if kind == 'flows' else kind}.yml"]


CHECKS: tuple[Check, ...] = (
    change_target,
    change_date,
    current_version,
    version_order,
    unknown_version,
    withdrawn_version,
    stale_translation,
)
