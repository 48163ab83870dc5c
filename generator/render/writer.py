"""What stands on pages of one edition in; its Markdown out: statements, tables, steps of flows, sources.

Of these a book has a hundred thousand, so they are put together here; templates lay the pages out around.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from html import escape as html_escape

from generator import flowchart
from generator.diagnostic import display_width
from generator.model import (
    BlockView,
    CitationGroup,
    Edition,
    FlowView,
    Link,
    Page,
    Pieces,
    Quantity,
    ReferenceView,
    Run,
    TableView,
    fact_class,
    no_break,
    plain,
)
from generator.render.data import citations
from generator.render.drawing import flow_graph

# Characters that Markdown could take for its own anywhere, and those that matter only where a line begins.
_MARKED = "\\`*_{}[]<>&#=+~^|$@\"'"
_ALWAYS = str.maketrans({char: f"&#{ord(char)};" for char in _MARKED})
# Most texts have none of them, which is found out faster than all characters are looked up.
_ANY = re.compile(f"[{re.escape(_MARKED)}]")
_AT_START = re.compile(r"(\s*\d*)([-.:!?)(;%/,]+)")
_MARKS = {"strong": ("**", "**"), "em": ("*", "*"), "sub": ("<sub>", "</sub>"), "sup": ("<sup>", "</sup>")}
# Callouts by the name that Markdown's extension has for them.
_CALLOUTS = {"note": "note", "warning": "warning", "emergency": "danger"}
# A table with more columns than this, or wider cells (in columns of a terminal), is stacked on a phone.
STACKED_COLUMNS, STACKED_WIDTH = 3, 44


def escape(text: str) -> str:
    """Plain text that no Markdown extension can read as more: punctuation becomes a character reference."""
    if _ANY.search(text):
        text = text.translate(_ALWAYS)
    if text[:1].isalpha():
        return text
    # `1.` and `-` open a list only at the beginning.
    if opening := _AT_START.match(text):
        marks = "".join(f"&#{ord(c)};" for c in opening[2])
        return f"{opening[1]}{marks}{text[opening.end() :]}"
    return text


def is_stacked(table: TableView) -> bool:
    """Whether a phone shows each row as a card: many columns or long cells would run off its edge."""
    if len(table.columns) > STACKED_COLUMNS:
        return True
    texts = (plain(cell) for _, cells in table.rows for cell in cells)
    # No character takes more than two columns.
    return any(display_width(text) > STACKED_WIDTH for text in texts if 2 * len(text) > STACKED_WIDTH)


class Writer:
    """Writes what stands on the page `page`. Links are relative paths between .md files, so that MkDocs
    checks every one."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.page = edition.pages[0]
        self.by_path = edition.by_path
        self.flow_pages: dict[str, tuple[str, str]] = {}
        for page in edition.pages:
            for block in page.blocks:
                if block.flow:
                    self.flow_pages.setdefault(block.flow.id, (page.path, block.id))
        spaced = edition.ui.spaced_words
        self.colon, self.gap = (": ", " ") if spaced else ("：", "")
        permalink = html_escape(str(edition.ui.labels["permalink"]))
        self.permalink_label = f'" aria-label="{permalink}"></a>'
        # What is said of a citation, before its number and behind it.
        self.reference_label = _attribute(str(edition.ui.labels["reference-number"])).split("&#123;n&#125;")
        self.reference_texts: dict[str, str] = {}

    # -- links -----------------------------------------------------------------------------------------------

    def href(self, link: Link) -> str:
        if link.anchor and link.page == self.page.path:
            return f"#{link.anchor}"
        return _href_from(link, _folder_of(self.page.path))

    def source(self, page: str) -> str:
        """The .md file of a page, seen from that of this one."""
        return _relative(f"{page}.md", _folder_of(self.page.path))

    def folder(self, page: str) -> str:
        """The address of a page, seen from this one; MkDocs leaves links in raw HTML as they are."""
        return f"{_relative(page, self.page.path)}/"

    def link(self, link: Link) -> str:
        if link.anchor and link.page == self.page.path:
            return _link(link, f"#{link.anchor}")
        return _link_from(link, _folder_of(self.page.path))

    def links(self, links: Iterable[Link]) -> str:
        joiner = ", " if self.edition.ui.spaced_words else "、"
        return joiner.join(map(self.link, links))

    def link_list(self, links: Iterable[Link]) -> str:
        return "".join(f"-   {self.link(link)}\n" for link in links)

    # -- inline ----------------------------------------------------------------------------------------------

    def inline(self, pieces: Pieces) -> str:
        out = []
        for piece in pieces:
            if isinstance(piece, Run):
                out.append(escape(piece.text))
            elif isinstance(piece, CitationGroup):
                out.append(self.citations(piece))
            elif isinstance(piece, Link):
                out.append(self.link(piece))
            elif isinstance(piece, Quantity):
                shown, kind = no_break(escape(piece.text)), fact_class(piece.text)
                out.append(f'<span class="{kind}" data-fact="{piece.fact}">{shown}</span>')
            else:
                before, after = _MARKS[piece.style]
                out.append(before + self.inline(piece.children) + after)
        return "".join(out)

    def citations(self, group: CitationGroup) -> str:
        unique = group.items if len(group.items) == 1 else sorted(dict(group.items).items())
        marks = [
            f'[{n}](#ref-{id_}){{: .cite aria-label="{str(n).join(self.reference_label)}" }}'
            for n, id_ in unique
        ]
        return f'<sup class="cites">{",".join(marks)}</sup>'

    def foreign(self, text: str, language: str) -> str:
        """A fragment in another language says so, for screen readers and fonts."""
        if language == self.edition.language or not text.strip():
            return escape(text)
        return f'<span lang="{language}">{escape(text)}</span>'

    # -- statements ------------------------------------------------------------------------------------------

    def statement(self, id_: str, pieces: Pieces, indent: str = "") -> str:
        """A statement with the quiet link behind it, to itself, whose mark is drawn, so nobody copies it.

        Where it was corrected or withdrawn, it says so in its place. indent: of the lines after the first.
        """
        text, mark = self.inline(pieces), self.page.marks.get(id_)
        if mark is not None:
            if mark.kind == "withdrawal":
                text = f"<del>{text}</del>"
            text = f'{text} <span class="change-mark change-mark-{mark.kind}">{self.link(mark.link)}</span>'
        return (
            f'{text}<a class="headerlink statement-link" href="#{id_}{self.permalink_label}\n'
            f"{indent}{{: #{id_} .statement }}\n"
        )

    def statements(self, block: BlockView) -> str:
        """A paragraph, a list or a callout; nothing for a block of another kind."""
        if block.kind == "paragraph":
            return self.statement(block.id, block.pieces)
        if block.kind in ("list", "steps"):
            mark = "1.   " if block.kind == "steps" else "-   "
            items = [f"{mark}{self.statement(id_, pieces, '    ')}\n" for id_, pieces in block.items]
            return f'<div id="{block.id}" class="statements" markdown="1">\n\n{"".join(items)}\n</div>\n'
        if block.kind in _CALLOUTS:
            title = escape(self.edition.ui.labels[block.kind])
            text = self.statement(block.id, block.pieces, "    ")
            return f'!!! {_CALLOUTS[block.kind]} "{title}"\n\n    {text}'
        return ""

    def table(self, table: TableView, id_: str) -> str:
        names = [html_escape(plain(column)) for column in table.columns]
        heads = "".join(
            f'<th scope="col" markdown="span">{self.inline(column)}</th>' for column in table.columns
        )
        rows = []
        above: Pieces | None = None
        for row, cells in table.rows:
            written = ""
            for number, cell in enumerate(cells):
                text = self.inline(cell)
                if number:
                    written += f'<td data-label="{names[number]}" markdown="span">{text}</td>'
                elif cell == above:
                    written += f'<th scope="row" class="repeated" markdown="span"><span>{text}</span></th>'
                else:
                    written += f'<th scope="row" markdown="span">{text}</th>'
            rows.append(f'<tr id="table-{table.id}-{row}" markdown="1">{written}</tr>\n')
            above = cells[0] if cells else None
        label, stacked = escape(self.edition.ui.labels["table"]), " table-stacked" * is_stacked(table)
        return (
            f"**{label}{self.gap}{table.number}** {self.inline(table.caption)}\n"
            f"{{: #{id_} .exhibit-title .table-title }}\n\n"
            f'<div class="table-block{stacked}" markdown="1">\n'
            '<div class="md-typeset__scrollwrap" markdown="1"><div class="md-typeset__table" markdown="1">\n'
            '<table markdown="1">\n'
            f'<thead markdown="1"><tr markdown="1">{heads}</tr></thead>\n'
            f'<tbody markdown="1">\n{"".join(rows)}</tbody>\n'
            "</table>\n</div></div>\n</div>\n\n"
        )

    # -- sources ---------------------------------------------------------------------------------------------

    def listed(self, reference: ReferenceView) -> str:
        """A source as it is listed, the same wherever it is."""
        if reference.id not in self.reference_texts:
            out = [
                f'[{escape(text)}]({url}){{: rel="noopener" }}'
                if url
                else escape(text)
                if number
                else self.foreign(text, reference.language)
                for number, (text, url) in enumerate(reference.pieces)
            ]
            self.reference_texts[reference.id] = "".join(out)
        return self.reference_texts[reference.id]

    def references(self, page: Page, is_led_back: bool = False) -> str:
        """The sources that a page cites; is_led_back: with the ways back to what cites each."""
        uses = self.cited_from(page) if is_led_back else {}
        used_in = f"    {escape(self.edition.ui.labels['used-in'])}{self.colon}"
        out = []
        for reference in page.references:
            out.append(f"1.  {self.listed(reference)}\n    {{: #ref-{reference.id} .reference }}\n\n")
            if reference.id in uses:
                out.append(f"{used_in}{self.links(uses[reference.id])}\n    {{: .term-line }}\n\n")
        return "".join(out)

    def cited_from(self, page: Page) -> dict[str, list[Link]]:
        """Reference to the first place in each section that cites it: the ways back from the list."""
        out: dict[str, list[Link]] = {}
        parts = [(page.title, page.lead), *((section.title, section.blocks) for section in page.sections)]
        for title, blocks in parts:
            seen: set[str] = set()
            for place, pieces in _places(blocks):
                for id_ in citations(pieces):
                    if id_ not in seen:
                        seen.add(id_)
                        out.setdefault(id_, []).append(Link(title, page.path, place, "section"))
        return out

    # -- flows -----------------------------------------------------------------------------------------------

    def flow_graph(self, flow: FlowView, address: Callable[[str], str]) -> flowchart.FlowGraph:
        """The flow with its links as this page needs them.

        address: `folder` or `source`. From a page of its own a flow goes on to such a page, from a topic to
        its place in a topic.
        """
        alone = self.page.kind == "flow"
        places = {step.goes_on: self.flow_pages.get(step.goes_on) for step in flow.steps}
        onward = {
            id_: address(f"flow/{id_}")
            if alone
            else f"#{place[1]}"
            if place[0] == self.page.path
            else f"{address(place[0])}#{place[1]}"
            for id_, place in places.items()
            if place
        }
        topic = "" if flow.topic == self.page.path else address(flow.topic)
        return flow_graph(flow, self.edition, onward, topic)

    def flow_list(self, flow: FlowView, id_: str) -> str:
        """The flow as nested lists. The walk reads them too: its data-* say what a program needs beside the
        words."""
        ui, sources = self.edition.ui, {step.id: step for step in flow.steps}
        titles = {section.id: section.title for section in self.by_path[flow.topic].sections}
        out = []
        for phase in flowchart.outline(self.flow_graph(flow, self.source), self.edition.language).phases:
            out.append(f'<p class="flow-phase-title">{escape(phase.title)}</p>\n\n')
            out.append('<ol class="flow-steps" markdown="1">\n')
            for step in phase.steps:
                source = sources[step.id]
                cites = self.citations(source.cites) if source.cites else ""
                out.append(
                    f'<li id="{id_}-{step.id}" value="{step.number}" data-step="{step.id}" '
                    f'data-kind="{step.kind}" data-phase="{html_escape(phase.title)}" '
                    f'data-section="{html_escape(titles[source.section])}" markdown="1">\n'
                    '<p class="flow-step-line" markdown="span">'
                    f'<span class="flow-kind">{escape(ui.flow_kinds[step.kind])}{self.colon}</span>'
                    f"[{escape(step.text)}]({step.href}){{: .flow-step-text }}{cites}</p>\n"
                )
                ways = []
                for number, way in enumerate(step.exits):
                    answer = words = ""
                    if way.answer:
                        answer = f' data-answer="{source.answers[number]}"'
                        words = f'<span class="flow-answer-words">{escape(way.answer)}</span> '
                    ways.append(
                        f'<li data-target="{way.target}"{answer} markdown="span">{words}→ '
                        f"[{way.number}&#46; {escape(way.text)}](#{id_}-{way.target})</li>\n"
                    )
                if step.leads_to:
                    title = escape(self.by_path[f"flow/{source.goes_on}"].title)
                    ways.append(
                        f'<li markdown="span">{escape(ui.labels["goes-on"])}{self.colon}'
                        f"[{title}]({step.leads_to}){{: .flow-goes-on }}</li>\n"
                    )
                if ways:
                    out.append(f'<ul markdown="1">\n{"".join(ways)}</ul>\n')
                out.append("</li>\n")
            out.append("</ol>\n\n")
        return "".join(out)


def _places(blocks: Iterable[BlockView]) -> Iterator[tuple[str, Pieces]]:
    """(anchor, words) of all that blocks print."""
    for block in blocks:
        yield block.id, block.pieces
        yield from block.items
        for figure in block.figures:
            yield block.id, figure.caption
        if block.table:
            yield block.id, block.table.caption
            for row, cells in block.table.rows:
                for cell in cells:
                    yield f"table-{block.table.id}-{row}", cell
        if block.flow:
            # The steps lie in a part that is folded.
            yield block.id, tuple(step.cites for step in block.flow.steps if step.cites)


# Pages link to the same few dozen others again and again.
@lru_cache(1 << 14)
def _relative(path: str, folder: str) -> str:
    # From the root of the site: a path that begins nowhere would be looked up in the working folder.
    return posixpath.relpath(f"/{path}", f"/{folder}")


def _href_from(link: Link, folder: str) -> str:
    anchor = f"#{link.anchor}" if link.anchor else ""
    return f"{_relative(f'{link.page}.md', folder)}{anchor}"


def _link(link: Link, href: str) -> str:
    return f"[{escape(link.text)}]({href}){{: .ref-{link.kind} }}"


# Pages of one folder have most of their links in common: terms, and the flows beside a flow.
@lru_cache(1 << 14)
def _link_from(link: Link, folder: str) -> str:
    return _link(link, _href_from(link, folder))


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _attribute(text: str) -> str:
    # attr_list ends at a quote or a brace, and Markdown reads inside it; character references pass.
    return re.sub(r"[\"{}\[\]()<>&*_`|\\]", lambda m: f"&#{ord(m.group())};", text)
