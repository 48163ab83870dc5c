"""Pieces of an edition in; HTML out, for the pages that are made without MkDocs."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup, escape

from generator.model import CitationGroup, Link, Pieces, Quantity, Run, Styled


def inline(pieces: Pieces, href: Callable[[Link], str]) -> Markup:
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
