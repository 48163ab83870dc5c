"""A name in; how an index files it out: its letter, its place, what is typed for a Chinese one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

Item = TypeVar("Item")
OTHER = "#"
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[a-z]")
# What medicine reads in its own way, by what is read so everywhere: 椎 is zhuī, 马尾 mǎwěi, 调强 tiáoqiáng.
_READ_AS = (("椎", "追"), ("马尾", "马伟"), ("调强", "条强"), ("长骨", "常骨"))


@lru_cache(maxsize=20_000)
def _syllables(name: str, has_tones: bool = True) -> tuple[str, ...]:
    """A syllable for each ideograph, runs of anything else as they are, in small letters without accents."""
    # Its dictionary takes a fifth of a second, which a build that finds nothing changed need not wait for.
    from pypinyin import Style, lazy_pinyin

    style = Style.TONE3 if has_tones else Style.NORMAL
    plain = unicodedata.normalize("NFKC", name)
    for phrase, like in _READ_AS:
        plain = plain.replace(phrase, like)
    bare = (unicodedata.normalize("NFKD", run).casefold() for run in lazy_pinyin(plain, style=style))
    return tuple("".join(c for c in run if not unicodedata.combining(c)) for run in bare)


def letter(name: str) -> str:
    """The letter under which an index has the name: `A` to `Z`, or `#` for what begins with neither."""
    first = next((c for c in "".join(_syllables(name)) if c.isalnum()), "")
    return first.upper() if _LETTER.fullmatch(first) else OTHER


def place(name: str) -> tuple[bool, tuple[str, ...], str]:
    """The key that sorts names as an index has them: by letters, Chinese by pinyin, the rest last."""
    return letter(name) == OTHER, _syllables(name), name


def spelt(name: str) -> tuple[str, ...]:
    """What a reader types for a Chinese name: its pinyin without tones, and its initials. Else nothing."""
    if not _HAN.search(name):
        return ()
    runs = _syllables(name, has_tones=False)
    return "".join(runs), "".join(run[0] for run in runs if run[0].isalnum())


def filed(items: Iterable[Item], name: Callable[[Item], str]) -> list[tuple[str, list[Item]]]:
    """Things by the letters of their names, in order."""
    out: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda item: place(name(item))):
        out.setdefault(letter(name(item)), []).append(item)
    return list(out.items())
