"""The words of every language in; digests out that tell what changed since an editor accepted it as equal."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Literal

from generator.model import (
    Block,
    Callout,
    Content,
    Keyed,
    ListBlock,
    PageWords,
    Paragraph,
    Section,
    TopicWords,
    Words,
)
from generator.source import Scalar

NAME = "parity.lock"
# The key of a topic's or page's own title and description: the anchor of its heading.
TOP = "top"
_LINE = re.compile(r"(?P<key>[a-z0-9/-]+#[a-z0-9-]+)(?P<digests>(?: [a-z-]+=[0-9a-f]{16})+)")
State = Literal["accepted", "new", "stale"]


def digest(text: str) -> str:
    """Sixteen hexadecimal digits of the text; how its lines are broken does not count."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8")).hexdigest()[:16]


def read(lines: Iterable[str]) -> tuple[dict[str, dict[str, str]], list[int]]:
    """A lock file's entries, and the numbers of the lines that are none."""
    entries: dict[str, dict[str, str]] = {}
    wrong = []
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match and match["key"] not in entries:
            pairs = (pair.split("=") for pair in match["digests"].split())
            entries[match["key"]] = {pair[0]: pair[1] for pair in pairs}
        elif line and not line.startswith("# "):
            wrong.append(number)
    return entries, wrong


def written(entries: Mapping[str, Mapping[str, str]]) -> str:
    """The lock file: one line a statement, in order, so that two editors' changes merge."""
    head = "# Written by clinref accept: the texts that an editor last found equal in every language.\n"
    return head + "".join(
        f"{key} {' '.join(f'{language}={value}' for language, value in sorted(digests.items()))}\n"
        for key, digests in sorted(entries.items())
    )


def statements(content: Content, of: Container[str] | None = None) -> dict[str, dict[str, str]]:
    """Key to language to digest, for every text that is in all languages. of: the keys wanted, if not all."""
    out: dict[str, dict[str, str]] = {}
    for language, words in content.words.items():
        for key, text in _texts(words):
            if of is None or key in of:
                out.setdefault(key, {})[language] = digest(text)
    return {key: digests for key, digests in out.items() if len(digests) == len(content.words)}


def state(now: Mapping[str, str], accepted: Mapping[str, str] | None) -> tuple[State, tuple[str, ...]]:
    """How a statement stands, and the languages that did not follow when another changed."""
    if accepted is None or set(accepted) != set(now):
        return "new", ()
    behind = tuple(language for language in now if now[language] == accepted[language])
    if len(behind) == len(now):
        return "accepted", ()
    return ("stale", behind) if behind else ("new", ())


def _texts(words: Words) -> Iterator[tuple[str, str]]:
    for name, topic in words.topics.items():
        yield from ((f"{name}#{id_}", text) for id_, text in _topic(topic))
    for name, page in words.pages.items():
        yield from ((f"pages/{name}#{id_}", text) for id_, text in _page(page))
    for name, flow in words.flows.items():
        yield f"flows/{name}#{TOP}", f"{flow.title}\n{flow.description}"
        yield from ((f"flows/{name}#phase-{id_}", str(text)) for id_, text in flow.phases.items())
        yield from ((f"flows/{name}#answer-{id_}", str(text.source)) for id_, text in flow.answers.items())
        yield from ((f"flows/{name}#{id_}", str(text.source)) for id_, text in flow.nodes.items())
    for name, table in words.tables.items():
        heads = "\n".join(str(text.source) for text in table.columns.values())
        yield f"tables/{name}#{TOP}", f"{table.caption.source}\n{heads}"
        for row, cells in table.rows.items():
            yield f"tables/{name}#{row}", "\n".join(str(cell.source) for cell in cells.values())
    for id_, figure in words.figures.items():
        labels = "\n".join(figure.labels.values())
        yield f"figures#{id_}", f"{figure.title}\n{figure.caption.source}\n{figure.alt}\n{labels}"
    for id_, term in words.terms.items():
        names = "\n".join((*term.names, *term.discouraged))
        yield f"terms#{id_}", f"{names}\n{term.definition.source}"
    for id_, change in words.changes.items():
        yield f"changes#{id_}", f"{change.what.source}\n{change.why.source}"
    for id_, version in words.versions.items():
        yield f"versions#{id_}", str(version.why.source)


def _topic(topic: TopicWords) -> Iterator[tuple[str, str]]:
    yield TOP, f"{topic.title}\n{topic.description}"
    yield from _blocks(topic.lead)
    for id_, section in topic.sections.items():
        yield from _section(id_, section)


def _page(page: PageWords) -> Iterator[tuple[str, str]]:
    yield TOP, f"{page.title}\n{page.description}"
    for id_, section in page.sections.items():
        yield from _section(id_, section)


def _section(id_: str, section: Section) -> Iterator[tuple[str, str]]:
    yield str(id_), str(section.title)
    yield from _blocks(section.body)
    for inner_id, inner in section.sections.items():
        yield from _section(inner_id, inner)


def _blocks(blocks: Keyed[Scalar, Block]) -> Iterator[tuple[str, str]]:
    for id_, block in blocks.items():
        if isinstance(block, Paragraph | Callout):
            yield str(id_), str(block.prose.source)
        elif isinstance(block, ListBlock):
            yield from ((str(item), str(prose.source)) for item, prose in block.items.items())
