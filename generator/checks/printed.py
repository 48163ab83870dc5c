"""A piece of text in; what the reader sees of it out, each character with its place in the file.

Rules on wording read print, not markup: `见[[figure:x]]` has no space, `CT[[cite:x]]。` ends in `CT。`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from generator import markup
from generator.checks.passages import all_texts, local_texts, once
from generator.diagnostic import Location
from generator.model import Content, TermWords
from generator.source import Scalar

# Stands for what a reference prints where its words are not known here: a number, a title, "Figure 1".
FILLED = "\ufffc"
# What is more than references: marks of Markdown, and breaks of lines.
_FORM = re.compile(r"[*~^\n]")
_TOKEN = re.compile(rf"(?P<reference>{markup.REFERENCE.pattern})|(?P<break>\n)|(?P<mark>[*~^]+)")


@markup.value
class Printed:
    """A text as printed. `typed` is as long as `text`, with all that comes from elsewhere as FILLED.

    names: by which each term prints.
    """

    language: str
    source: Scalar
    text: str
    typed: str
    names: dict[str, str]

    @property
    def runs(self) -> list[Sequence[int]]:
        """Where each printed character stands in the text as typed."""
        return _Printer().run(self.source, self.names).runs

    def offset(self, number: int) -> int:
        """Where one printed character stands in the text as typed."""
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

    def run(self, source: Scalar, names: dict[str, str]) -> _Printer:
        """The same, having printed a text."""
        end = 0
        for match in _TOKEN.finditer(source):
            start = match.start()
            self.add(source[end:start], range(end, start))
            end = match.end()
            if match["break"]:
                self.broken = start
            elif match["reference"]:
                kind, target, shown = match.group(2), match.group(3), match.group(4)
                if kind == "cite":
                    self.cite()
                elif shown:
                    self.add(shown, range(match.start(4), match.end(4)), typed=kind != "term")
                else:
                    name = names.get(target, FILLED) if kind == "term" else FILLED
                    places = [*[start] * (len(name) - 1), end - 1] if len(name) > 1 else [start]
                    self.add(name, places, typed=False)
        self.add(source[end:], range(end, len(source)))
        return self


def print_text(language: str, source: Scalar, names: dict[str, str]) -> Printed:
    """A text as printed; `names` gives the name under which each term prints."""
    if not _FORM.search(source):
        return Printed(language, source, *_unformed(source, names), names)
    out = _Printer().run(source, names)
    return Printed(language, source, "".join(out.text), "".join(out.typed), names)


def _unformed(source: str, names: dict[str, str]) -> tuple[str, str]:
    """What a text prints, and what of it was typed, where it has nothing but references, as most have.

    To note where each character comes from takes five times as long, and next to none is asked for.
    """
    first, *rest = markup.REFERENCE.split(source)
    text = typed = first
    for at in range(0, len(rest), 4):
        kind, target, shown, after = rest[at : at + 4]
        if kind == "cite":
            text = text.rstrip(" ")
            typed = typed[: len(text)]
        elif shown and kind != "term":
            text += shown
            typed += shown
        else:
            name = shown or (names.get(target, FILLED) if kind == "term" else FILLED)
            text += name
            typed += FILLED * len(name)
        text += after
        typed += after
    return text, typed


def term_names(terms: dict[str, TermWords]) -> dict[str, str]:
    return {str(id_): str(term.name) for id_, term in terms.items()}


def printed_texts(content: Content, local: bool = True) -> list[Printed]:
    """All text of the book as printed, language by language; then that of a hospital's notes, if `local`."""
    own, notes = _printed(content)
    return own + notes if local and notes else own


@once
def _printed(content: Content) -> tuple[list[Printed], list[Printed]]:
    names = {language: term_names(words.terms) for language, words in content.words.items()}

    def printed(texts: Iterable[tuple[str, Scalar]]) -> list[Printed]:
        return [print_text(language, text, names[language]) for language, text in texts]

    return printed(all_texts(content)), printed(local_texts(content))
