"""The part of Markdown that the generator writes: an extension by which MkDocs reads the same pages sooner.

Python-Markdown tries every pattern that Markdown knows on every text. The pages hold few of them, and whether
a text can hold one shows in a character: that is looked at first. `tests/test_render.py` compares the HTML.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString

# Links and pictures whose address stands elsewhere on the page, and addresses that stand for themselves.
NEVER_WRITTEN = ("reference", "image_reference", "short_reference", "short_image_ref", "autolink", "automail")
# One or two characters, without any of which a pattern cannot match, by its name; others are always tried.
NEEDS = {
    "backtick": "`",
    "escape": "\\",
    "link": "[",
    "image_link": "!",
    "linebreak": "\n",
    "html": "<",
    "entity": "&",
    "em_strong": "*_",
}


class Written(Extension):
    """Leaves out what the generator never writes, and looks where the rest can be."""

    def extendMarkdown(self, md: Markdown) -> None:
        for name in NEVER_WRITTEN:
            md.inlinePatterns.deregister(name)
        md.treeprocessors.register(_Inline(md), "inline", 20)


class _Inline(InlineProcessor):
    """Python-Markdown's own, but for its loop over the patterns, which no public name stands for."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.patterns: list[tuple[Any, str, str]] = []

    def run(self, tree: Element, ancestors: list[str] | None = None) -> Element:
        known = self.inlinePatterns
        needed = {id(known[name]): (both[0], both[-1]) for name, both in NEEDS.items()}
        self.patterns = [(pattern, *needed.get(id(pattern), ("", ""))) for pattern in known]
        return super().run(tree, ancestors)

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:
        if isinstance(data, AtomicString):
            return data
        start, count = 0, len(self.patterns)
        while patternIndex < count:
            pattern, one, other = self.patterns[patternIndex]
            if one in data or other in data:
                data, matched, start = self._InlineProcessor__applyPattern(pattern, data, patternIndex, start)
                if matched:
                    continue
            start = 0
            patternIndex += 1
        return data
