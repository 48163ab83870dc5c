"""Pages of MkDocs and its theme in; whole HTML pages out, what the theme puts around their texts made once.

The theme's templates take longer than the text of a page. Around pages of one folder and kind that stand in
no navigation they write the same but for a few words of each: a stand-in with marks for these is rendered
once, and the marks are filled in. What such a stand-in cannot say for a page is left to the templates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from copy import copy

from jinja2 import Environment
from mkdocs.commands.build import get_context
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents

# Marks that no filter of a template changes, and no page holds.
_NAME, _TITLE, _DESCRIPTION, _DATA, _TEXT, _ENTRY = (f"clinref{n}mark{n}frame" for n in range(6))
_MARK = re.compile(f"({'|'.join((_NAME, _TITLE, _DESCRIPTION, _DATA, _TEXT, _ENTRY))})")
# Words from the head of a page's Markdown, which templates print as they are.
_WORDS = {_DESCRIPTION: "description", _DATA: "json_ld"}
# What the templates write over the link behind a heading; it is seen in the text of the stand-in.
_PERMALINK = 'title="Permanent link"'
_TEXT_OF_STAND_IN = re.compile(f"<h1 ([^>]*)>{_TEXT}")
# A title that reads the same as text, as HTML and as an attribute.
_PLAIN = re.compile(r"""[^<>&"'\s]+(?: [^<>&"'\s]+)*""")


class Frames:
    """The frames of one language."""

    def __init__(self, config: MkDocsConfig, nav: Navigation, env: Environment) -> None:
        self.config, self.nav, self.env = config, nav, env
        self.listed = {id(page) for page in nav.pages}
        self.entry = env.get_template("partials/toc-item.html")
        # By what a frame depends on: its pieces, marks at odd places; the words of the link behind a heading.
        self.known: dict[tuple[object, ...], tuple[list[str], str] | None] = {}

    def page(self, page: Page) -> str | None:
        """The HTML of a page that was rendered; None where the templates have to make it."""
        title, toc = page.title or "", page.toc.items
        if id(page) in self.listed or not page.url.endswith("/") or not _PLAIN.fullmatch(title):
            return None
        if len(toc) != 1 or toc[0].url != "#top" or "<h1" not in (page.content or ""):
            return None
        folder, _, name = page.url[:-1].rpartition("/")
        own = {_NAME: name, _TITLE: title}
        rest = dict(page.meta)
        for mark, name in _WORDS.items():
            if value := rest.pop(name, ""):
                own[mark] = str(value)
        entries = toc[0].children
        key = (folder, bool(entries), frozenset(own), json.dumps(rest, sort_keys=True, default=str))
        if key not in self.known:
            self.known[key] = self.frame(page, folder, own, bool(entries))
        if not (frame := self.known[key]):
            return None
        pieces, permalink = frame
        own[_TEXT] = (page.content or "").replace(_PERMALINK, permalink)
        if _ENTRY in pieces:
            own[_ENTRY] = "".join(self.entry.render(toc_item=entry) for entry in entries)
        return "".join([own[p] if n % 2 else p for n, p in enumerate(pieces)])

    def frame(
        self, page: Page, folder: str, own: Iterable[str], has_entries: bool
    ) -> tuple[list[str], str] | None:
        """What stands around pages like this one."""
        other = copy(page)
        other.file = copy(page.file)
        other.file.url = f"{folder}/{_NAME}/" if folder else f"{_NAME}/"
        if page.canonical_url:
            other.canonical_url = page.canonical_url.removesuffix(page.url) + other.file.url
        top, entry = AnchorLink(_TITLE, "top", 1), AnchorLink(_ENTRY, _ENTRY, 2)
        top.children = [entry] if has_entries else []
        other.toc = TableOfContents([top])
        other.title, other.content, other.active = _TITLE, f"<h1 {_PERMALINK}>{_TEXT}", True
        other.meta = {**page.meta}
        other.meta |= {name: mark for mark, name in _WORDS.items() if mark in own}
        template = self.env.get_template("main.html")
        html = template.render(get_context(self.nav, [], self.config, other))
        drawn, text = self.entry.render(toc_item=entry), _TEXT_OF_STAND_IN.findall(html)
        # A page may hide its list of sections; one that shows it otherwise is none that can be filled in.
        entries = html.count(_ENTRY) // drawn.count(_ENTRY)
        if len(text) != 1 or html.count(drawn) != entries or entries > has_entries:
            return None
        html = _TEXT_OF_STAND_IN.sub(_TEXT, html).replace(drawn, _ENTRY)
        return _MARK.split(html), text[0]
