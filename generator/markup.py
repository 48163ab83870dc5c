"""Prose in; a tuple of inline nodes out. The only place that knows `[[ ]]`.

Bold, emphasis, sub- and superscript are Markdown's; `[[kind:id]]` and `[[kind:id|shown]]` are ours. No HTML.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar, cast, dataclass_transform

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin

KINDS = ("section", "topic", "page", "term", "fact", "figure", "table", "flow", "cite")
# Their words are those of the book: no others may be shown.
NEVER_SHOWN = ("fact", "cite")
REFERENCE = re.compile(r"\[\[([a-z]+):([^\[\]|\n]+)(?:\|([^\[\]\n]+))?\]\]")
# What Markdown reads as more than itself: its marks, blanks beside a line break, and what may be HTML.
_MARKS = re.compile(r"[*_~^\t\r\0<&]| \n|\n ")
_UNMARKED = re.compile(rf"{REFERENCE.pattern}|\n")
_HTML = re.compile(r"<[A-Za-z/!?]|&#?[A-Za-z0-9]+;")


T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def value(kind: type[T]) -> type[T]:
    """A frozen dataclass, as far as the type checker sees to it, for what a book has a million of.

    One that Python itself watches over takes three times as long to make.
    """
    made: Any = dataclass(slots=True, unsafe_hash=True)(kind)
    # Of one field alone its value would come, and no tuple.
    every = attrgetter("__class__", *(field.name for field in fields(made)), "__class__")
    # To another process it goes without the names of its fields.
    made.__reduce__ = lambda self: (made, every(self)[1:-1])
    return cast("type[T]", made)


@value
class Text:
    text: str


@value
class Break:
    """A line break of the source: nothing beside Chinese, a space otherwise."""


@value
class Span:
    """Formatted text; `style` is strong, em, sub or sup."""

    style: str
    children: tuple[Inline, ...]


@value
class Ref:
    """`[[kind:id|shown]]`; `offset` is where it begins in the source text."""

    kind: str
    target: str
    shown: str
    offset: int


Inline: TypeAlias = Text | Break | Span | Ref


class MarkupError(ValueError):
    """What is wrong with a piece of prose. `rule` names the class of fault, `offset` counts characters."""

    def __init__(self, rule: str, message: str, offset: int, hint: str) -> None:
        super().__init__(message)
        self.rule, self.message, self.offset, self.hint = rule, message, offset, hint


def _reference(state: StateInline, silent: bool) -> bool:
    match = REFERENCE.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        token = state.push("reference", "", 0)
        token.meta = {"match": match}
    state.pos = match.end()
    return True


@lru_cache(1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero").enable(["emphasis", "newline"])
    parser.use(sub_plugin).use(superscript_plugin)
    parser.inline.ruler.before("emphasis", "reference", _reference)
    return parser


def parse(text: str) -> tuple[Inline, ...]:
    """The inline nodes of one paragraph. Raises MarkupError at the first fault."""
    if not _MARKS.search(text) and (unmarked := _unmarked(text)) is not None:
        return unmarked
    _refuse(text)
    nodes, _ = _nodes(_parser().parseInline(text)[0].children or [], 0, "")
    for node in flat(nodes):
        if isinstance(node, Text) and (stray := re.search(r"\*|\[\[|\]\]", node.text)):
            offset = _stray_at(text, stray.group())
            raise MarkupError(
                "stray-mark",
                f"{stray.group()} that opens or closes nothing",
                offset,
                "put punctuation outside the bold, leave no space inside the marks, close each [[ with ]]",
            )
    return nodes


def _unmarked(text: str) -> tuple[Inline, ...] | None:
    """The nodes of a text without Markdown, as most are; the parser would take twenty times as long.

    None where a reference is not as it should be.
    """
    out: list[Inline] = []
    end = count = 0
    for match in _UNMARKED.finditer(text):
        start = match.start()
        if start > end:
            out.append(Text(text[end:start]))
        end = match.end()
        kind, target, shown = match.groups("")
        if not kind:
            out.append(Break())
            continue
        if kind not in KINDS or (shown and kind in NEVER_SHOWN):
            return None
        out.append(Ref(kind, target, shown, start))
        count += 1
    if end < len(text):
        out.append(Text(text[end:]))
    return tuple(out) if text.count("[[") == text.count("]]") == count else None


def _stray_at(text: str, mark: str) -> int:
    """Where a mark stands that is part of no bold, no emphasis and no reference."""
    rest = re.sub(r"\*\*[^*]+\*\*|\*[^*]+\*", lambda m: " " * len(m.group()), without_references(text))
    return max(rest.find(mark), 0) if mark in rest else max(text.find(mark), 0)


def _refuse(text: str) -> None:
    if found := _HTML.search(text):
        raise MarkupError(
            "no-html",
            "HTML in prose",
            found.start(),
            "use **bold**, *emphasis*, ~sub~, ^super^ or [[kind:id]]",
        )
    for match in REFERENCE.finditer(text):
        if match.group(1) not in KINDS:
            raise MarkupError(
                "unknown-reference-kind",
                f'unknown kind "{match.group(1)}" in {match.group()}',
                match.start(),
                f"the kinds are {', '.join(KINDS)}",
            )
        if match.group(3) and match.group(1) in NEVER_SHOWN:
            raise MarkupError(
                "shown-text",
                f"a {match.group(1)} cannot be shown by other words",
                match.start(),
                f"write [[{match.group(1)}:{match.group(2)}]]",
            )
    rest = without_references(text)
    if (broken := rest.find("[[")) >= 0 or (broken := rest.find("]]")) >= 0:
        raise MarkupError(
            "broken-reference",
            "a reference that is not of the form [[kind:id]]",
            broken,
            "write [[kind:id]] or [[kind:id|shown text]] on one line",
        )


def _nodes(tokens: list[Token], index: int, until: str) -> tuple[tuple[Inline, ...], int]:
    out: list[Inline] = []
    while index < len(tokens):
        token = tokens[index]
        index += 1
        if token.type == until:
            break
        if token.type == "text":
            if token.content:
                out.append(Text(token.content))
        elif token.type in ("softbreak", "hardbreak"):
            out.append(Break())
        elif token.type == "reference":
            match = token.meta["match"]
            out.append(Ref(match.group(1), match.group(2), match.group(3) or "", match.start()))
        elif token.type.endswith("_open"):
            children, index = _nodes(tokens, index, token.type.replace("_open", "_close"))
            out.append(Span(token.tag, children))
        elif token.type in ("sub", "sup"):
            out.append(Span(token.type, (Text(token.content),)))
        else:
            out.append(Text(token.content))
    return tuple(out), index


def flat(nodes: tuple[Inline, ...]) -> Iterator[Inline]:
    """Every node, those inside spans too, in reading order."""
    for node in nodes:
        yield node
        if isinstance(node, Span):
            yield from flat(node.children)


def references(nodes: tuple[Inline, ...]) -> list[Ref]:
    """Every `[[…]]`, in reading order."""
    out: list[Ref] = []
    for node in nodes:
        if isinstance(node, Ref):
            out.append(node)
        elif isinstance(node, Span):
            out += references(node.children)
    return out


def without_references(text: str) -> str:
    """The text with each `[[…]]` blanked, so that offsets still hold; shown words of a link stay."""

    def blank(match: re.Match[str]) -> str:
        shown = match.group(3) or ""
        if not shown or match.group(1) == "term":
            return " " * len(match.group())
        return " " * (len(match.group()) - len(shown) - 2) + shown + "  "

    return REFERENCE.sub(blank, text)


def is_wide(char: str) -> bool:
    """Ideographs and full-width punctuation, which need no space beside them."""
    return unicodedata.east_asian_width(char) in "WF"


def joint(before: str, after: str) -> str:
    """What a line break between two texts becomes.

    Chinese is set without typed spaces, beside Latin letters and figures too (`PET-CT检查`), so one wide
    neighbor is enough to close the gap.
    """
    if not before or not after or is_wide(before[-1]) or is_wide(after[0]):
        return ""
    return " "
