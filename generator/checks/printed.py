"""A piece of text in; what the reader sees of it out, each character with its place in the file.

Rules on wording read print, not markup: `见[[figure:x]]` has no space, `CT[[cite:x]]。` ends in `CT。`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from weakref import ref

from generator import markup
from generator.checks.passages import all_texts, local_texts
from generator.diagnostic import Location
from generator.model import Content, TermWords
from generator.source import Scalar

# Stands for what a reference prints where its words are not known here: a number, a title, "Figure 1".
FILLED = "\ufffc"
_TOKEN = re.compile(rf"(?P<reference>{markup.REFERENCE.pattern})|(?P<break>\n)|(?P<mark>[*~^]+)")


@dataclass(frozen=True, slots=True)
class Printed:
    """A text as printed. `typed` is as long as `text`, with all that comes from elsewhere as FILLED."""

    language: str
    source: Scalar
    text: str
    typed: str
    runs: tuple[Sequence[int], ...]

    def offset(self, number: int) -> int:
        """Where a printed character stands in the text as typed."""
        for run in self.runs:
            if number < len(run):
                return run[number]
            number -= len(run)
        raise IndexError(number)

    def place(self, start: int, end: int) -> Location:
        """Where the characters from `start` up to `end` stand in the file, at most to the end of a line."""
        first, last = self.offset(start), self.offset(max(end - 1, start))
        line_end = self.source.find("\n", first)
        if line_end >= 0:
            last = min(last, line_end - 1)
        return self.source.place(first, max(last - first + 1, 1))

    def at(self, match: re.Match[str], group: int = 0) -> Location:
        return self.place(match.start(group), match.end(group))


class _Printer:
    def __init__(self) -> None:
        self.text: list[str] = []
        self.typed: list[str] = []
        self.runs: list[Sequence[int]] = []
        self.broken = -1

    def add(self, text: str, offsets: Sequence[int], typed: bool = True) -> None:
        if not text:
            return
        if self.broken >= 0:
            gap = markup.joint(self.text[-1][-1] if self.text else "", text)
            if gap:
                self.text.append(gap)
                self.typed.append(gap)
                self.runs.append((self.broken,))
            self.broken = -1
        self.text.append(text)
        self.typed.append(text if typed else FILLED * len(text))
        self.runs.append(offsets)

    def cite(self) -> None:
        """A citation stands right after the word before it, and is no part of the sentence."""
        self.broken = -1
        while self.text and self.text[-1].endswith(" "):
            self.text[-1] = self.text[-1][:-1]
            self.typed[-1] = self.typed[-1][:-1]
            self.runs[-1] = self.runs[-1][:-1]
            if not self.text[-1]:
                self.text.pop()
                self.typed.pop()
                self.runs.pop()


def print_text(language: str, source: Scalar, terms: dict[str, str]) -> Printed:
    """A text as printed; `terms` gives the name under which each term prints."""
    out = _Printer()
    end = 0
    for match in _TOKEN.finditer(source):
        start = match.start()
        out.add(source[end:start], range(end, start))
        end = match.end()
        if match["break"]:
            out.broken = start
        elif match["reference"]:
            kind, target, shown = match.group(2), match.group(3), match.group(4)
            if kind == "cite":
                out.cite()
            elif shown:
                out.add(shown, range(match.start(4), match.end(4)), typed=kind != "term")
            else:
                name = terms.get(target, FILLED) if kind == "term" else FILLED
                out.add(
                    name, [*[start] * (len(name) - 1), end - 1] if len(name) > 1 else [start], typed=False
                )
    out.add(source[end:], range(end, len(source)))
    return Printed(language, source, "".join(out.text), "".join(out.typed), tuple(out.runs))


def term_names(terms: dict[str, TermWords]) -> dict[str, str]:
    return {str(id_): str(term.name) for id_, term in terms.items()}


_Texts = tuple[Printed, ...]
# The book that was printed last, its texts and a hospital's: a dozen rules read them one after the other.
_last: tuple[Callable[[], Content | None], _Texts, _Texts] = (lambda: None, (), ())


def printed_texts(content: Content, local: bool = True) -> tuple[Printed, ...]:
    """All text of the book as printed, language by language; then that of a hospital's notes, if `local`."""
    global _last
    if _last[0]() is not content:
        names = {language: term_names(words.terms) for language, words in content.words.items()}

        def printed(texts: Iterable[tuple[str, Scalar]]) -> _Texts:
            return tuple(print_text(language, text, names[language]) for language, text in texts)

        _last = (ref(content), printed(all_texts(content)), printed(local_texts(content)))
    return (*_last[1], *_last[2]) if local else _last[1]


def forget() -> None:
    """Gives back the memory of the texts, which nothing after the rules asks for."""
    global _last
    _last = (lambda: None, (), ())
