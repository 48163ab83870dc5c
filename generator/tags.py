"""The bytes of a page in; its tags out as they are written, each once, or nothing where it takes a parser.

A page of ours is written plainly, and most of its tags stand on other pages too: to find them with one
regular expression, and to take each apart once, costs a fraction of what a tree of every page costs. What a
parser could take for something else than it is written (a comment, a value without quotes, a tag in a script)
is not read here at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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


def taken_apart(tag: str) -> tuple[str, dict[str, str]] | None:
    """The name of a tag and its attributes; the name of one that ends an element begins with a slash."""
    parts = tag.split('"')
    shape = _shape('"'.join(parts[::2]))
    if shape is None or tag.find("<", 1) > 0 or "\0" in tag or "\r" in tag:
        return None
    name, keys, switches = shape
    values: Iterable[str] = parts[1::2]
    if "&" in tag:
        if _ODD.search(tag):
            return None
        values = map(unescape, values)
    attributes = dict(zip(keys, values, strict=False))
    return name, attributes | switches if switches else attributes


@lru_cache(1 << 12)
def _shape(text: str) -> tuple[str, list[str], dict[str, str]] | None:
    """The name of a tag, its attributes with a value, and those without, which is as if it were empty."""
    if not (match := _SHAPE.fullmatch(text)):
        return None
    name, written, end = match.groups()
    found = _ATTRIBUTE.findall(written or "")
    distinct = {key for key, _ in found}
    if len(distinct) < len(found) or name in _OTHER or (name in _FRAME and "id" in distinct):
        return None
    return name or end, [key for key, mark in found if mark], {key: "" for key, mark in found if not mark}
