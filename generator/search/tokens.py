"""Text in; what it is found by out. `words.js` does the same in the browser, and a test compares the two.

Ideographs give single characters and pairs; words in letters their Snowball stems; hyphenated names and
numbers are kept whole and in parts; where the two scripts touch (镭-223, X线) the neighbors make a pair.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

import snowballstemmer

# Nothing the reader sees, and the many forms of hyphen and apostrophe.
_INVISIBLE = re.compile("[\u00ad\u0300-\u036f\u200b-\u200f\u2060\ufeff]")
_HYPHENS = re.compile("[\u2010-\u2015\u2212]")
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc]")
_POSSESSIVE = re.compile("'s?(?![a-z0-9])")
_THOUSANDS = re.compile(r"([0-9]),(?=[0-9]{3}(?![0-9]))")
LETTER = "0-9a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u04ff%"
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
_SEGMENT = re.compile(f"[{HAN}]+|[{LETTER}]+(?:[-./+'][{LETTER}]+)*")
_PART = re.compile(f"[{LETTER}]+")
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+%?")
_NUMERIC = re.compile(r"[0-9.%]+")
_MEASURE = re.compile(r"([0-9]+)([a-z%]{1,6})")
_PLAIN_WORD = re.compile("[a-z]+")
_STEMMED_FROM = 4  # letters
_english = snowballstemmer.stemmer("english")


class Segment(NamedTuple):
    """A run of ideographs, or a word with its hyphens; `gap` stands between it and the one before."""

    text: str
    is_han: bool
    gap: str


def normalize(text: str) -> str:
    """Without the differences that nobody means: case, width, accents, kinds of hyphen, thousands marks."""
    text = unicodedata.normalize("NFKD", text).lower()
    text = _INVISIBLE.sub("", text)
    text = _APOSTROPHES.sub("'", _HYPHENS.sub("-", text))
    return _THOUSANDS.sub(r"\1", _POSSESSIVE.sub("", text))


def segments(text: str) -> list[Segment]:
    """The runs of a text that is already normalized."""
    out = []
    end = 0
    for match in _SEGMENT.finditer(text):
        run = match.group()
        out.append(Segment(run, run[0] >= "\u3007", text[end : match.start()]))
        end = match.end()
    return out


@cache
def stem(word: str) -> str:
    """The stem of an English word of letters; anything else as it is."""
    if len(word) < _STEMMED_FROM or not _PLAIN_WORD.fullmatch(word):
        return word
    return str(_english.stemWord(word))


def parts(word: str) -> list[str]:
    """The parts between the hyphens of a word, not stemmed; a decimal number is one part."""
    return [word] if _DECIMAL.fullmatch(word) else _PART.findall(word)


def joined(word: str) -> str:
    """A word without its hyphens: PET-CT and PET/CT are found by PETCT."""
    return word if _DECIMAL.fullmatch(word) else "".join(_PART.findall(word))


@cache
def word_tokens(word: str) -> tuple[str, ...]:
    """What one word is found by: its parts, and the whole where that says more."""
    pieces = parts(word)
    out = [stem(piece) for piece in pieces]
    if len(pieces) > 1:
        if not all(map(_NUMERIC.fullmatch, pieces)):
            out.append(stem("".join(pieces)))
    elif measure := _MEASURE.fullmatch(word):
        out += measure.groups()
    return tuple(out)


def tokens(text: str) -> list[str]:
    """All that a text is found by, in order, repeated as often as it stands there."""
    return tokens_of(segments(normalize(text)))


def tokens_of(runs: list[Segment]) -> list[str]:
    """The same, of runs."""
    out: list[str] = []
    before: Segment | None = None
    for segment in runs:
        run = segment.text
        if segment.is_han:
            out += run
            out += map(str.__add__, run, run[1:])
        else:
            out += word_tokens(run)
        if before is not None and (pair := touching(before, segment)):
            out.append(pair)
        before = segment
    return out


def touching(before: Segment, after: Segment) -> str:
    """The token of two neighbors of different scripts, or of a number and its unit; else nothing."""
    if before.is_han != after.is_han:
        if after.gap not in ("", "-"):
            return ""
        return before.text[-1] + joined(after.text) if before.is_han else joined(before.text) + after.text[0]
    if after.is_han or after.gap != " ":
        return ""
    measure = joined(before.text) + parts(after.text)[0]
    return measure if _MEASURE.fullmatch(measure) and _NUMERIC.fullmatch(before.text) else ""


def key(text: str, whole: bool = False) -> str:
    """A name as it is compared with a query: stems and runs, a space between.

    whole: hyphenated words as one, so that a name is found typed either way.
    """
    return key_of(segments(normalize(text)), whole)


def key_of(runs: list[Segment], whole: bool = False) -> str:
    """The same, of runs."""
    out: list[str] = []
    for segment in runs:
        if segment.is_han:
            out.append(segment.text)
        elif whole:
            out.append(stem(joined(segment.text)))
        else:
            out += map(stem, parts(segment.text))
    return " ".join(out)
