"""What every rule needs: the form of a finding, and a walk over all prose of the book."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeAlias, TypeVar
from weakref import ref

from generator.diagnostic import Location, Related, Severity
from generator.markup import value
from generator.model import (
    Block,
    Callout,
    Content,
    Keyed,
    ListBlock,
    Paragraph,
    Prose,
    Section,
    TopicWords,
)
from generator.source import Scalar

T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """What is wrong and where; the runner adds the rule's name."""

    message: str
    location: Location
    hint: str = ""
    related: tuple[Related, ...] = ()
    severity: Severity = "error"


Check: TypeAlias = Callable[[Content], Iterator[Finding]]
# What was gathered of the book that was asked of last.
_gathered: dict[Callable[..., Any], tuple[Callable[[], Content | None], Any]] = {}


def once(gather: Callable[[Content], T]) -> Callable[[Content], T]:
    """What a dozen rules ask for, one after the other, is gathered of a book once."""

    @wraps(gather)
    def gathered(content: Content) -> T:
        of, known = _gathered.get(gather, (lambda: None, None))
        if of() is not content:
            known = gather(content)
            _gathered[gather] = (ref(content), known)
        out: T = known
        return out

    return gathered


def forget() -> None:
    """Gives back the memory of what was gathered, which nothing after the rules asks for."""
    _gathered.clear()


@value
class Passage:
    """A piece of prose: its language, the topic it stands in (or none), and its id there."""

    language: str
    prose: Prose
    topic: str = ""
    id: str = ""


def block_passages(blocks: Keyed[Scalar, Block]) -> Iterator[tuple[Scalar, Prose]]:
    """Every id that carries prose, with it: paragraphs, callouts, list items."""
    for id_, block in blocks.items():
        if isinstance(block, Paragraph | Callout):
            yield id_, block.prose
        elif isinstance(block, ListBlock):
            yield from block.items.items()


def block_ids(blocks: Iterable[tuple[Scalar, Block]]) -> Iterator[Scalar]:
    """Every id that is an anchor: of blocks and of list items."""
    for id_, block in blocks:
        yield id_
        if isinstance(block, ListBlock):
            yield from block.items


def topic_passages(topic: TopicWords) -> Iterator[tuple[Scalar, Prose]]:
    """As `block_passages`, over a whole topic, the lead first."""
    yield from block_passages(topic.lead)
    for _, section, _ in topic.walk():
        yield from block_passages(section.body)


@once
def passages_of_topics(content: Content) -> Mapping[str, Mapping[str, list[tuple[Scalar, Prose]]]]:
    """Language to topic to all of its `topic_passages`."""
    return {
        language: {name: list(topic_passages(topic)) for name, topic in words.topics.items()}
        for language, words in content.words.items()
    }


def _sections(sections: Keyed[Scalar, Section]) -> Iterator[tuple[Scalar, Prose]]:
    for section in sections.values():
        yield from block_passages(section.body)
        yield from _sections(section.sections)


@once
def all_passages(content: Content) -> list[Passage]:
    """All prose of the book: topics, glossary, captions, tables, flows, pages, history; each language."""
    return list(_all_passages(content))


def _all_passages(content: Content) -> Iterator[Passage]:
    for language, topics in passages_of_topics(content).items():
        words = content.words[language]
        for name, topic in topics.items():
            for id_, prose in topic:
                yield Passage(language, prose, name, id_)
        for id_, term in words.terms.items():
            yield Passage(language, term.definition, "", id_)
        for id_, figure in words.figures.items():
            yield Passage(language, figure.caption, "", id_)
        for id_, table in words.tables.items():
            yield Passage(language, table.caption, "", id_)
            for title in table.columns.values():
                yield Passage(language, title, "", id_)
            for row in table.rows.values():
                for cell in row.values():
                    yield Passage(language, cell, "", id_)
        for name, flow in words.flows.items():
            shared = content.flows.get(name)
            for id_, label in (*flow.nodes.items(), *flow.answers.items()):
                yield Passage(language, label, str(shared.topic) if shared else "", id_)
        for page in words.pages.values():
            for id_, prose in _sections(page.sections):
                yield Passage(language, prose, "", id_)
        for id_, change in words.changes.items():
            yield Passage(language, change.what, "", id_)
            yield Passage(language, change.why, "", id_)
        for id_, version in words.versions.items():
            yield Passage(language, version.why, "", id_)


def local_passages(content: Content) -> Iterator[Passage]:
    """The prose of the notes that a hospital added. A note whose place is unknown stands in no topic."""
    if local := content.local:
        for language, words in local.words.items():
            for name, note in words.notes.items():
                placed = local.overlay.notes.get(name)
                for id_, prose in block_passages(note.body):
                    yield Passage(language, prose, str(placed.topic) if placed else "", id_)


def local_texts(content: Content) -> Iterator[tuple[str, Scalar]]:
    """As `all_texts`, of a hospital's notes."""
    for passage in local_passages(content):
        yield passage.language, passage.prose.source
    for language, words in content.local.words.items() if content.local else ():
        yield from ((language, line) for line in (words.organization, words.contact) if line)
        yield from ((language, note.title) for note in words.notes.values())


def all_texts(content: Content) -> Iterator[tuple[str, Scalar]]:
    """Prose, and the titles, labels and one-liners around it, with their language."""
    for passage in all_passages(content):
        yield passage.language, passage.prose.source
    for language, words in content.words.items():
        for topic in words.topics.values():
            yield from ((language, line) for line in (topic.title, topic.description))
            yield from ((language, section.title) for _, section, _ in topic.walk())
        for figure in words.figures.values():
            yield from ((language, line) for line in (figure.title, figure.alt, *figure.labels.values()))
        for flow in words.flows.values():
            yield from ((language, line) for line in (flow.title, flow.description, *flow.phases.values()))
        for page in words.pages.values():
            yield from ((language, line) for line in (page.title, page.description))
            yield from ((language, section.title) for section in page.sections.values())
