"""Pieces of an edition in; HTML out, for the pages that are made without MkDocs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from generator.model import (
    CitationGroup,
    Link,
    Mark,
    Pieces,
    Quantity,
    Run,
    Styled,
    fact_class,
    no_break,
    plain,
)

# A page and an anchor in, either empty; the address out.
Href = Callable[[str, str], str]
# The classes of a link, its page and its anchor in; its tag out, `<a class="…" href="…">`.
Opened = Callable[[str, str, str], str]

# A link that leaves an embed opens beside the host's page: the frame must not become the site.
_LEAVING = re.compile(r'<a (?=[^>]*?href="(?!#))')


def templates(**names: object) -> Environment:
    """The templates of HTML pages: every text is escaped; `names` are known in all of them."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        # A template does not change while pages are made: it would be asked that for each.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["words"] = plain
    environment.globals.update(names)
    return environment


def escaped(text: str) -> str:
    """Text as HTML, in an element or in an attribute between quotes.

    What runs for each phrase of the book is put together from plain strings: the templates' own, which carry
    a mark that they are safe, take five times as long. So there every text is escaped where it is written.
    """
    if "&" in text:
        text = text.replace("&", "&amp;")
    return text.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace("'", "&#39;")


def page_href(root: str, language: str, page: str) -> Href:
    """Places links on the pages of a language. root: the way to the site's root; page: what `#…` is on."""

    def href(to: str, anchor: str) -> str:
        target = to or page
        folder = "" if target == "index" else f"{target}/"
        return f"{root}{language}/{folder}" + (f"#{anchor}" if anchor else "")

    return href


def opened(href: Href) -> Opened:
    """Links that lead where `href` says."""

    def tag(classes: str, page: str, anchor: str) -> str:
        named = f'class="{classes}" ' if classes else ""
        return f'<a {named}href="{escaped(href(page, anchor))}">'

    return tag


def leaving(html: str) -> str:
    """The same HTML, where a link that leaves the page opens a window of its own."""
    return _LEAVING.sub('<a target="_blank" rel="noopener" ', html)


def inline(pieces: Pieces, open_: Opened) -> str:
    """Pieces as HTML. A citation is a link to `ref-<id>` on its page."""
    out: list[str] = []
    for piece in pieces:
        if isinstance(piece, Run):
            out.append(escaped(piece.text))
        elif isinstance(piece, Styled):
            out.append(f"<{piece.style}>{inline(piece.children, open_)}</{piece.style}>")
        elif isinstance(piece, Quantity):
            out.append(f'<span class="{fact_class(piece.text)}">{no_break(escaped(piece.text))}</span>')
        elif isinstance(piece, CitationGroup):
            marks = [f"{open_('', '', f'ref-{id_}')}{n}</a>" for n, id_ in sorted(dict(piece.items).items())]
            out.append(f'<sup class="cites">{",".join(marks)}</sup>')
        else:
            out.append(f"{open_(f'ref-{piece.kind}', piece.page, piece.anchor)}{escaped(piece.text)}</a>")
    return "".join(out)


def statement(id_: str, pieces: Pieces, marks: Mapping[str, Mark], open_: Opened) -> str:
    """A statement's text; where it was corrected or withdrawn, it says so in its place."""
    text, mark = inline(pieces, open_), marks.get(id_)
    if mark is None:
        return text
    if mark.kind == "withdrawal":
        text = f"<del>{text}</del>"
    link: Link = mark.link
    return f"{text} {open_(f'change-mark {mark.kind}', link.page, link.anchor)}{escaped(link.text)}</a>"
