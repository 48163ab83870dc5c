"""Pieces and blocks of an edition in; HTML out, for the pages that are made without MkDocs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

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

Href = Callable[[Link], str]


def templates(**names: object) -> Environment:
    """The templates of HTML pages: every text is escaped; `names` are known in all of them."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["words"] = plain
    environment.globals.update(names)
    return environment


def page_href(root: str, language: str, page: str) -> Href:
    """Places links on the pages of a language. root: the way to the site's root; page: what `#…` is on."""

    def href(link: Link) -> str:
        target = link.page or page
        folder = "" if target == "index" else f"{target}/"
        return f"{root}{language}/{folder}" + (f"#{link.anchor}" if link.anchor else "")

    return href


def inline(pieces: Pieces, href: Href) -> Markup:
    """Pieces as HTML; `href` places a link, a citation being a link of kind `cite` to `ref-<id>`."""
    # Plain strings with every text escaped, since this runs for each phrase of the book: Markup that is put
    # together piece by piece takes five times as long.
    out: list[str] = []
    for piece in pieces:
        if isinstance(piece, Run):
            out.append(escape(piece.text))
        elif isinstance(piece, Styled):
            out.append(f"<{piece.style}>{inline(piece.children, href)}</{piece.style}>")
        elif isinstance(piece, Quantity):
            out.append(f'<span class="{fact_class(piece.text)}">{no_break(escape(piece.text))}</span>')
        elif isinstance(piece, CitationGroup):
            marks = [
                f'<a href="{escape(href(Link(str(n), "", f"ref-{id_}", "cite")))}">{n}</a>'
                for n, id_ in sorted(dict(piece.items).items())
            ]
            out.append(f'<sup class="cites">{",".join(marks)}</sup>')
        else:
            out.append(f'<a class="ref-{piece.kind}" href="{escape(href(piece))}">{escape(piece.text)}</a>')
    return Markup("".join(out))


def statement(id_: str, pieces: Pieces, marks: Mapping[str, Mark], href: Href) -> Markup:
    """A statement's text; where it was corrected or withdrawn, it says so in its place."""
    text, mark = inline(pieces, href), marks.get(id_)
    if mark is None:
        return text
    if mark.kind == "withdrawal":
        text = Markup("<del>{}</del>").format(text)
    return Markup('{} <a class="change-mark {}" href="{}">{}</a>').format(
        text, mark.kind, href(mark.link), mark.link.text
    )
