"""The bytes of a page in; its tags out as they are written, each once, or nothing where it takes a parser.

A page of ours is written plainly, and most of its tags stand on other pages too: to find them with one
regular expression, and to take each apart once, costs a fraction of what a tree of every page costs. What a
parser could take for something else than it is written (a comment, a value without quotes, a tag in a script)
is not read here at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from functools import lru_cache
from html import unescape
from typing import NamedTuple

_ANY = re.compile(r"<[^>]*>")
_BEGIN = re.compile(r"[ \n]*<!doctype html>[ \n]*<html\b", re.I)
# A parser leaves out what follows.
_END = "</html>"
# Small letters, so that no attribute has a second spelling; but for those of drawings that have no other.
_NAME = r"(?:[a-z][a-z0-9:_.-]*|viewBox|preserveAspectRatio|marker(?:Width|Height|Units)|ref[XY])"
# A tag whose values are taken out, and of each the second quote; an attribute of such a tag.
_SHAPE = re.compile(rf'<([a-z][a-z0-9-]*)((?: {_NAME}(?:=")?)*) ?/?>|<(/[a-z][a-z0-9-]*)>')
_ATTRIBUTE = re.compile(r' ([^ ="]+)(=")?')
# What stands for something else, on which readers may differ: all but these names, and signs by number.
_ODD = re.compile("&(?!(?:amp|lt|gt|quot|#(?:3[2-9]|[4-9][0-9]|1[01][0-9])|#x[2-6][0-9a-f]);)")
# What stands in them is text, whatever it looks like; in the others it is so for some readers.
_TEXT = ("script", "title", "textarea")
_OTHER = {"iframe", "noembed", "noframes", "noscript", "plaintext", "style", "template", "xmp", "frameset"}
# Of these a page has one, and a parser drops a second.
_FRAME = {"html", "head", "body"}


# Of a tag, by its name and its attributes, those that count: most values need not be read.
Counts = Callable[[str, set[str]], Container[str]]


class Tags(NamedTuple):
    """The tags of a page, in the order in which they first stand there, and how many ids it gives."""

    distinct: list[str]
    ids: int


def of(html: bytes) -> Tags | None:
    """The tags of a page; None where it takes a parser to tell, as `taken_apart` may say of one tag."""
    try:
        text = html.decode()
    except UnicodeDecodeError:
        return None
    every = _ANY.findall(text)
    distinct = list(dict.fromkeys(every))
    is_plain = (
        _BEGIN.match(text)
        # Whatever stands behind the end stands before it, too.
        and every[-1] == distinct[-1] == _END
        and len(every) == text.count("<")
        and all(_holds_text(text, name) for name in _TEXT)
    )
    # The first says of what type the page is.
    return Tags(distinct[1:], text.count(' id="')) if is_plain else None


def _holds_text(text: str, name: str) -> bool:
    """Whether all elements of this name hold text alone, and end."""
    at = text.find(f"<{name}")
    while at >= 0:
        end = text.find("<", at + 1)
        if not text.startswith(f"</{name}>", end):
            return False
        at = text.find(f"<{name}", end)
    return True


def taken_apart(tag: str, counts: Counts) -> tuple[str, dict[str, str]] | None:
    """The name of a tag, and those of its attributes that count.

    None where it takes a parser to tell. The name of one that ends an element begins with a slash.
    """
    parts = tag.split('"')
    shape = _shape('"'.join(parts[::2]), counts)
    if shape is None or tag.find("<", 1) > 0 or "\0" in tag or "\r" in tag:
        return None
    name, places, switches = shape
    if "&" in tag:
        if _ODD.search(tag):
            return None
        parts = [unescape(part) for part in parts]
    attributes = {key: parts[place] for key, place in places}
    return name, attributes | switches if switches else attributes


@lru_cache(1 << 12)
def _shape(text: str, counts: Counts) -> tuple[str, list[tuple[str, int]], dict[str, str]] | None:
    """The name of a tag without its values, and what counts of it.

    That is its attributes, each with the place of its value between the quotes, and those without a value,
    which is as if it were empty.
    """
    if not (match := _SHAPE.fullmatch(text)):
        return None
    name, written, end = match.groups()
    found = _ATTRIBUTE.findall(written or "")
    distinct = {key for key, _ in found}
    if len(distinct) < len(found) or name in _OTHER or (name in _FRAME and "id" in distinct):
        return None
    counting = counts(name or end, distinct)
    quoted = [key for key, mark in found if mark]
    return (
        name or end,
        [(key, 2 * number + 1) for number, key in enumerate(quoted) if key in counting],
        {key: "" for key, mark in found if not mark and key in counting},
    )
