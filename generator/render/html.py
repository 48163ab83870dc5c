"""Pieces and blocks of an edition in; HTML out, for the pages that are made without MkDocs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from generator.model import CitationGroup, Link, Mark, Pieces, Quantity, Run, Styled, plain

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
    out = Markup()
    for piece in pieces:
        if isinstance(piece, Run):
            out += escape(piece.text)
        elif isinstance(piece, Styled):
            out += Markup("<{0}>{1}</{0}>").format(piece.style, inline(piece.children, href))
        elif isinstance(piece, Quantity):
            out += Markup('<span class="fact">{}</span>').format(piece.text)
        elif isinstance(piece, CitationGroup):
            marks = [
                Markup('<a href="{}">{}</a>').format(href(Link(str(n), "", f"ref-{id_}", "cite")), n)
                for n, id_ in sorted(dict(piece.items).items())
            ]
            out += Markup('<sup class="cites">{}</sup>').format(Markup(",").join(marks))
        else:
            out += Markup('<a class="ref-{}" href="{}">{}</a>').format(piece.kind, href(piece), piece.text)
    return out


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
