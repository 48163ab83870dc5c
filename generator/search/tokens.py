"""Text in; what it is found by out. `words.js` does the same in the browser, and a test compares the two.

Ideographs give single characters and pairs; words in letters their Snowball stems; hyphenated names and
numbers are kept whole and in parts; where the two scripts touch (镭-223, X线) the neighbors make a pair.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

# Nothing the reader sees, and the many forms of hyphen and apostrophe.
_ODD = re.compile("[\u00ad\u0300-\u036f\u200b-\u200f\u2060\ufeff\u2010-\u2015\u2212\u2018\u2019\u02bc]")
_PLAIN = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-") | dict.fromkeys(
    "\u2018\u2019\u02bc", "'"
)
_POSSESSIVE = re.compile("'s?(?![a-z0-9])")
_THOUSANDS = re.compile(r"([0-9]),(?=[0-9]{3}(?![0-9]))")
LETTER = "0-9a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u04ff%"
# An ideograph comes after every letter: a run is of ideographs if it is not less than this.
FIRST_HAN = "\u3007"
HAN = f"{FIRST_HAN}\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(f"([{HAN}]+|[{LETTER}]+(?:[-./+'][{LETTER}]+)*)")
_PART = re.compile(f"[{LETTER}]+")
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+%?")
_NUMERIC = re.compile(r"[0-9.%]+")
_MEASURE = re.compile(r"([0-9]+)([a-z%]{1,6})")
_PLAIN_WORD = re.compile("[a-z]+")
_STEMMED_FROM = 4  # letters


def normalize(text: str) -> str:
    """Without the differences that nobody means: case, width, accents, kinds of hyphen, thousands marks."""
    if text.isascii():
        text = text.lower()
    else:
        text = unicodedata.normalize("NFKD", text).lower()
        text = _ODD.sub(_plain, text)
    if "'" in text:
        text = _POSSESSIVE.sub("", text)
    return _THOUSANDS.sub(r"\1", text) if "," in text else text


def _plain(odd: re.Match[str]) -> str:
    return _PLAIN.get(odd.group(), "")


def cut(text: str) -> list[str]:
    """A text that is already normalized, cut: gaps and runs by turns, a gap first and last.

    A run is of ideographs, or a word with its hyphens.
    """
    return _RUN.split(text)


def is_han(run: str) -> bool:
    """Whether a run is of ideographs."""
    return run >= FIRST_HAN


@cache
def stem(word: str) -> str:
    """The stem of an English word of letters; anything else as it is."""
    if len(word) < _STEMMED_FROM or not _PLAIN_WORD.fullmatch(word):
        return word
    return str(_english().stemWord(word))


@cache
def _english() -> Any:
    # Every language of it is loaded: not before a build begins, which looks for changes first.
    import snowballstemmer

    return snowballstemmer.stemmer("english")


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
    """All that a text is found by, in order of the runs, repeated as often as it stands there."""
    return tokens_of(cut(normalize(text)))


def tokens_of(pieces: list[str]) -> list[str]:
    """The same, of a text that is cut."""
    out: list[str] = []
    for run in pieces[1::2]:
        if run >= FIRST_HAN:
            out += run
            out += map(str.__add__, run, run[1:])
        else:
            out += word_tokens(run)
    out += _pairs(pieces)
    return out


def _pairs(pieces: list[str]) -> Iterator[str]:
    for before, gap, after in zip(pieces[1::2], pieces[2::2], pieces[3::2], strict=False):
        # Most neighbors are two words, and no number is the first.
        if (before[-1] in "0123456789.%" if gap == " " else gap in ("", "-")) and (
            pair := touching(before, gap, after)
        ):
            yield pair


def touching(before: str, gap: str, after: str) -> str:
    """The token of two neighbors of different scripts, or of a number and its unit; else nothing."""
    if is_han(before) != is_han(after):
        if gap not in ("", "-"):
            return ""
        return before[-1] + joined(after) if is_han(before) else joined(before) + after[0]
    if is_han(after) or gap != " ":
        return ""
    measure = joined(before) + parts(after)[0]
    return measure if _MEASURE.fullmatch(measure) and _NUMERIC.fullmatch(before) else ""


def key(text: str, whole: bool = False) -> str:
    """A name as it is compared with a query: stems and runs, a space between.

    whole: hyphenated words as one, so that a name is found typed either way.
    """
    runs = cut(normalize(text))[1::2]
    return " ".join(run if is_han(run) else stem(joined(run)) if whole else word_key(run) for run in runs)


@cache
def word_key(word: str) -> str:
    """The stems of the parts of a word, a space between."""
    return " ".join(map(stem, parts(word)))
