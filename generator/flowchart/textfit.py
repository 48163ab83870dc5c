"""Measures and breaks lines of text without a browser or a font: words and a width in, lines out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from math import inf
from pathlib import Path

import budoux

from generator.markup import is_wide

# Readers have other fonts than the table was made from; Latin letters vary most.
LATIN_SLACK = 1.06
UNLISTED = 600
NO_BREAK = "\u00a0"
NO_START = frozenset("，。、；：？！）】》」』〉〕…—～％℃·,.;:?!)]}%/”’次")
NO_END = frozenset("（【《「『〈〔“‘([{/")
PAUSES = frozenset("，；：。、？！")

# What a break costs, against an uneven line: half the square of its distance from the ideal, in characters.
AFTER_PAUSE, BEFORE_BRACKET, AFTER_COMMA = 0.0, 1.0, 2.0
AFTER_WORD, AFTER_PHRASE, INSIDE_PHRASE = 5.0, 7.0, 60.0
ONE_MORE_LINE = 22.0
TOO_WIDE = 50.0

# What was asked for, and its lines: every drawing of a flow asks for the same.
LINES: dict[tuple[str, float, float, bool, tuple[str, ...]], tuple[str, ...]] = {}


class _Widths(dict[str, float]):
    """The width of each character, in thousandths of the font size; filled as they are asked for."""

    def __init__(self, bold: bool) -> None:
        table = json.loads(Path(__file__).with_name("widths.json").read_text(encoding="utf-8"))
        groups: dict[str, str] = table["bold" if bold else "regular"]
        self.listed = {char: int(width) for width, chars in groups.items() for char in chars}

    def __missing__(self, char: str) -> float:
        self[char] = 1000 if is_wide(char) else self.listed.get(char, UNLISTED) * LATIN_SLACK
        return self[char]


_widths = cache(_Widths)


class _Wide(dict[str, bool]):
    """Whether a character is wide; filled as they are asked for."""

    def __missing__(self, char: str) -> bool:
        self[char] = is_wide(char)
        return self[char]


_WIDE = _Wide()


# It reads its model from the disk each time it is asked for.
_parser = cache(budoux.load_default_simplified_chinese_parser)


@cache
def _phrases(text: str) -> frozenset[int]:
    """Offsets at which a Chinese phrase ends."""
    ends, at = set(), 0
    for phrase in _parser().parse(text):
        at += len(phrase)
        ends.add(at)
    return frozenset(ends)


@lru_cache(maxsize=1 << 14)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width of one line in pixels at this font size."""
    return sum(map(_widths(bold).__getitem__, text)) * size / 1000


def _bind(text: str) -> str:
    """Tie a number to its unit, so that `8 Gy` never breaks."""
    return re.sub(r"(?<=\d) (?=\S)", NO_BREAK, text)


def _kept(text: str, keep_whole: Iterable[str]) -> list[tuple[int, int]]:
    spans = []
    for word in keep_whole:
        if len(word) > 1:
            bound, end = _bind(word), 0
            while (start := text.find(bound, end)) >= 0:
                end = start + len(bound)
                spans.append((start, end))
    return spans


# Both drawings of a flow ask, each for its own width.
@lru_cache(maxsize=1 << 12)
def _breaks(text: str, keep_whole: tuple[str, ...]) -> dict[int, float]:
    """The offsets before which a line may end, and what each costs."""
    kept = _kept(text, keep_whole)
    edges = {edge for span in kept for edge in span}
    inside = {at for start, end in kept for at in range(start + 1, end)}
    wide = [*map(_WIDE.__getitem__, text)]
    phrases = _phrases(text) if any(wide) else frozenset()
    costs: dict[int, float] = {}
    for at, (before, after) in enumerate(pairwise(text), 1):
        if at in inside:
            continue
        if after in NO_START or before in NO_END or after == " " or NO_BREAK in (before, after):
            continue
        if wide[at] and before.isdigit():
            # 24小时 is one word as much as 24 hours is.
            continue
        if before == " ":
            costs[at] = AFTER_COMMA if text[at - 2] in ",;:" else AFTER_WORD
        elif not (wide[at - 1] or wide[at]):
            continue
        elif before in PAUSES:
            costs[at] = AFTER_PAUSE
        elif after == "（":
            costs[at] = BEFORE_BRACKET
        else:
            costs[at] = AFTER_PHRASE if at in phrases or at in edges else INSIDE_PHRASE
    return costs


def wrap(
    text: str, width: float, size: float, bold: bool = False, keep_whole: Sequence[str] = ()
) -> tuple[str, ...]:
    """Break text into few, even lines that fit the width and end where a reader would pause."""
    asked = (text, width, size, bold, tuple(keep_whole))
    if asked not in LINES:
        LINES[asked] = _wrapped(*asked)
    return LINES[asked]


def _wrapped(
    text: str, width: float, size: float, bold: bool, keep_whole: tuple[str, ...]
) -> tuple[str, ...]:
    text = _bind(text)
    costs = _breaks(text, keep_whole)
    stops = [0, *sorted(costs), len(text)]
    widths = [*map(_widths(bold).__getitem__, text)]
    total = sum(widths) * size / 1000
    ideal = total / max(1, -(-total // width))
    # A line has no blanks at its ends.
    begins = [len(text) - len(text[stop:].lstrip(" ")) for stop in stops]
    ends = [len(text[:stop].rstrip(" ")) for stop in stops]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(stops)):
        stop, least, found = ends[end], inf, 0
        fixed = costs.get(stops[end], 0.0)
        for start in range(end - 1, -1, -1):
            line = sum(widths[begins[start] : stop]) * size / 1000
            if line > width and end - start > 1:
                # And so is every longer one.
                break
            cost = best[start][0] + ONE_MORE_LINE + fixed
            cost += ((line - ideal) / size) ** 2 / 2 + max(0.0, line - width) * TOO_WIDE
            if cost <= least:
                least, found = cost, start
        best.append((least, found))
    lines: list[str] = []
    end = len(stops) - 1
    while end > 0:
        start = best[end][1]
        lines.append(text[stops[start] : stops[end]].strip(" "))
        end = start
    return tuple(reversed(lines))
