"""An `Edition` in; what Typst reads out: for each PDF a tree of nodes as JSON, its pictures and its template.

Author text stays data: it is a string of the tree, never markup. Blocks are named by `topic:id`; a link to
what the document does not hold is an address of the site.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import segno

from generator.diagnostic import display_width
from generator.markup import is_wide
from generator.model import (
    SHEET,
    BlockView,
    CitationGroup,
    Edition,
    FigureView,
    FlowView,
    Link,
    LocalView,
    Manuscript,
    OutputFile,
    Page,
    Pieces,
    Quantity,
    ReferenceView,
    Run,
    SectionView,
    Styled,
    TableView,
    plain,
    version_id,
)
from generator.render import local
from generator.render.drawing import figure_svg
from generator.render.figure_print import print_figure
from generator.render.flow_pages import flow_parts, whole_flow
from generator.render.flow_source import flow_sources, root_address
from generator.render.picture import figure_picture

Node = dict[str, Any]
Nodes = list[str | Node]

TEMPLATES = Path(__file__).parent / "typst"
PAPERS = ("a4", "letter")
# A fact of this many characters stays on one line.
SHORT_FACT = 16
# The section of a topic that its sheet prints.
KEY_POINTS = "key-points"
# A statement of fewer columns than this stays on one page with its side notes.
WHOLE = 900
# A drawing of ours takes this share of the width of the text, and this share of it in height.
DRAWING_WIDTH, DRAWING_HEIGHT = 0.5, 0.62
# Characters that a line of a table holds in all, and that the padding of a column takes.
TABLE_LINE, TABLE_PADDING = 100.0, 2.6


def manuscripts(
    edition: Edition, paper: str = "a4", style: str = "", share: Container[str] | None = None
) -> Iterator[Manuscript]:
    """Every PDF of one language, one at a time: each topic, its sheet where it has key points, and the book.

    paper: a4 or letter; style: the style sheet of the book's drawings, whose colors the print takes;
    share: the paths of the topics whose PDFs are wanted, and `book`, if not all.
    """
    for page in edition.topics:
        if share is not None and page.path not in share:
            continue
        yield _Setter(edition, paper, style, [page]).topic(page)
        if has_sheet(page):
            yield _Setter(edition, paper, style, [page], holds=False).sheet(page)
    if share is not None and "book" not in share:
        return
    back = [page for page in edition.pages if page.kind in ("glossary", "references", "figures")]
    yield _Setter(edition, paper, style, [*edition.topics, *back], book=True).whole_book(edition.topics, back)


def has_sheet(page: Page) -> bool:
    """Whether a topic has key points or a flow to be hung on a wall."""
    return page.kind == "topic" and (bool(_key_points(page)) or any(b.flow for b in page.blocks))


def _key_points(page: Page) -> list[BlockView]:
    """The blocks of the section of key points that are the book's own."""
    return [block for block in _of_key_points(page) if not block.local]


def _of_key_points(page: Page) -> list[BlockView]:
    return [block for section in page.sections if section.id == KEY_POINTS for block in section.blocks]


class _Setter:
    """Writes one document about `pages`.

    holds: whether it holds them whole, so that a link to one of them stays inside it, and sources are cited.
    """

    def __init__(
        self,
        edition: Edition,
        paper: str,
        style: str,
        pages: Sequence[Page],
        *,
        book: bool = False,
        holds: bool = True,
    ) -> None:
        self.edition, self.paper, self.style, self.book, self.holds = edition, paper, style, book, holds
        self.ui = edition.ui
        self.root = f"{root_address(edition)}/{edition.language}"
        # A page to the name of what holds it here: a list is printed whole, however many pages it has.
        self.inside = {page.path: page.whole for page in pages} if holds else {}
        self.page = pages[0]
        self.files: dict[str, OutputFile] = {}
        # In the book one list at its end holds every reference under one number.
        self.numbers = {r.id: r.number for p in pages if p.kind == "references" for r in p.references}
        self.flows = {source.view.id: source for source in flow_sources(edition)}

    # -- documents -------------------------------------------------------------------------------------------

    def topic(self, page: Page) -> Manuscript:
        tree = self.common(page.title, page.description, f"{self.root}/{page.path}/") | self.chapter(page)
        return self.manuscript(f"pdf/{self.edition.language}/{page.path}.pdf", "topic.typ", tree)

    def chapter(self, page: Page) -> Node:
        self.page = page
        patient = bool(page.counterpart and page.counterpart[0].kind == "professional")
        return {
            "id": page.path,
            "title": page.title,
            "description": page.description,
            "category": " › ".join(page.category),
            "keywords": list(page.category),
            "meta": self.meta(page),
            "notice": str(self.ui.labels["patient-notice"]) if patient else "",
            "local": self.local_notice(page),
            "lead": self.blocks(page.lead),
            "blocks": [*self.sections(page.sections), *self.back_matter(page)],
            "colophon": [] if self.book else self.colophon(page),
        }

    def sheet(self, page: Page) -> Manuscript:
        """What a ward hangs up: red flags, key points and the shortest flow on one page, not cited."""
        self.page = page
        labels = self.ui.labels
        blocks = page.blocks
        flags = [b for b in blocks if b.kind == "emergency"] or [b for b in blocks if b.kind == "warning"]
        points: list[Node] = []
        for node in self.blocks(_key_points(page)):
            points += node.get("items", [node])
        flows = sorted((b.flow for b in blocks if b.flow), key=lambda flow: len(flow.steps))
        tree = self.common(page.title, page.description, f"{self.root}/{page.path}/") | {
            "id": page.path,
            "keywords": list(page.category),
            "heads": {"flags": str(labels["red-flags"]), "points": str(labels["key-points"])},
            "flags": [{"id": self.here(b.id), "c": self.statement(b.id, b.pieces)} for b in flags],
            "points": points,
            "local": self.blocks(b for b in _of_key_points(page) if b.local),
            "flow": self.flow(flows[0], self.here("flow"), whole=True) if flows else None,
            "colophon": self.colophon(page),
        }
        return self.manuscript(f"pdf/{self.edition.language}/{page.path}{SHEET}.pdf", "sheet.typ", tree)

    def whole_book(self, topics: Sequence[Page], back: Sequence[Page]) -> Manuscript:
        labels, site = self.ui.labels, self.edition.site
        by_kind = {page.kind: page for page in back if page.path == page.whole}
        parts = [page for page in back if page.path != page.whole]
        tree = self.common(str(self.ui.site_name), str(self.ui.description), f"{self.root}/")
        tree |= {
            "id": "book",
            "keywords": [topic.title for topic in topics],
            "topics": [self.chapter(topic) for topic in topics],
            "glossary": self.glossary(_joined(by_kind["glossary"], parts)),
            "figures": self.figures(by_kind["figures"]),
        }
        self.page = _joined(by_kind["references"], parts)
        tree["references"] = {"title": self.page.title, "list": self.references(self.page)}
        colon = self.colon
        tree["colophon"] = {
            "title": str(labels["colophon"]),
            "lines": [
                str(self.ui.site_name),
                self.edition.publisher,
                f"{labels['version']}{colon}{site.version}",
                f"{labels['updated']}{colon}{site.updated}",
                str(labels["book-licence"]),
                str(labels["notice"]),
            ],
        }
        return self.manuscript(f"pdf/{self.edition.language}/book.pdf", "book.typ", tree)

    def glossary(self, page: Page) -> Node:
        self.page = page
        labels = self.ui.labels
        joiner = ", " if self.ui.spaced_words else "、"
        groups = []
        for name, terms in page.terms:
            entries = []
            for term in terms:
                also = joiner.join(term.synonyms)
                entries.append(
                    {
                        "id": self.here(term.id),
                        "name": term.name,
                        "others": [
                            {"lang": lang, "name": joiner.join((other, *more)) if lang == "en" else other}
                            for lang, other, more in term.others
                        ],
                        "also": f"{labels['also-called']}{self.colon}{also}" if also else "",
                        "c": self.inline(term.definition),
                        "codes": " · ".join(f"{system} {code}" for system, code in term.codes),
                        "uses": self.uses(term.uses),
                    }
                )
            groups.append({"title": name, "terms": entries})
        return {"title": page.title, "groups": groups}

    def uses(self, links: Iterable[Link]) -> list[str]:
        """The labels at which something is used, those of this document's topics."""
        topics = {page.path for page in self.edition.topics}
        return [f"{x.page}:{x.anchor or 'top'}" for x in links if x.page in topics]

    def figures(self, page: Page) -> Node:
        """The index of figures: every title, and where it stands."""
        return {
            "title": str(self.ui.labels["index-of-figures"]),
            "items": [
                {"id": f"figures:{figure.id}", "name": figure.title, "uses": self.uses(links)}
                for figure, links in page.figures
            ],
        }

    def common(self, title: str, description: str, url: str) -> Node:
        labels, site = self.ui.labels, self.edition.site
        version_url = f"{self.root}/versions/{version_id(site.version)}/"
        return {
            "lang": self.edition.language,
            "paper": self.paper,
            "book": self.book,
            "title": title,
            "description": description,
            "site": str(self.ui.site_name),
            "publisher": self.edition.publisher,
            "version": str(site.version),
            "updated": str(site.updated),
            "url": url,
            "qr": self.code(url),
            "version-url": version_url,
            "version-qr": self.code(version_url),
            "labels": {
                "contents": str(labels["contents"]),
                "version": str(labels["version"]),
                "page-of": str(labels["page-of"]),
                "on-page": str(labels["on-page"]),
                "outline": str(labels["skip-flow"]),
                "qr-alt": f"{labels['read-on-site']}{self.colon}{url}",
                "read-on-site": str(labels["read-on-site"]),
                "version-check": str(labels["version-check"]),
                "version-alt": f"{labels['version-check']} {version_url}",
                "colon": self.colon,
            },
        }

    def manuscript(self, path: str, template: str, tree: Node) -> Manuscript:
        # A column for side notes, where there is one.
        tree["aside"] = any(
            block.get("notes")
            for chapter in tree.get("topics", [tree])
            for block in (*chapter.get("lead", ()), *chapter.get("blocks", ()))
        )
        text = json.dumps(tree, ensure_ascii=False, sort_keys=True)
        templates = [
            OutputFile(name, (TEMPLATES / name).read_bytes())
            for name in dict.fromkeys(("base.typ", template))
        ]
        return Manuscript(path, template, text, (*templates, *self.files.values()))

    # -- parts of a document ---------------------------------------------------------------------------------

    @property
    def colon(self) -> str:
        return ": " if self.ui.spaced_words else "："

    def meta(self, page: Page) -> Nodes:
        labels = self.ui.labels
        reviewed = page.facts["reviewed"]
        said = f"{labels['reviewed']} {reviewed}" if reviewed else str(labels["not-reviewed"])
        url = f"{self.root}/{page.path}/"
        return [
            f"{labels['updated']} {page.facts['updated']} · {said}",
            " · ",
            {"t": "link", "url": url, "c": [url]},
        ]

    def sections(self, sections: Iterable[SectionView]) -> list[Node]:
        out: list[Node] = []
        for section in sections:
            out.append(
                {"t": "h", "level": section.depth, "id": self.here(section.id), "title": section.title}
            )
            out += self.blocks(section.blocks)
            if section.counted:
                joiner = ", " if self.ui.spaced_words else "、"
                text = str(self.ui.labels["counted"]).replace("{places}", joiner.join(section.counted))
                out.append({"t": "small", "c": [text]})
        return out

    def back_matter(self, page: Page) -> list[Node]:
        labels = self.ui.labels
        out: list[Node] = []
        for _, links in page.links:
            if links:
                out.append(self.heading("related-topics", str(labels["related"])))
                items = [{"id": self.here(f"related-{n}"), "c": [self.link(x)]} for n, x in enumerate(links)]
                out.append({"t": "ul", "id": self.here("related-list"), "items": items})
        if page.changes:
            out.append(self.heading("page-history", str(labels["history"])))
            for change in page.changes:
                head = f"{labels[change.kind]} · {change.date} · {labels['version']} {change.version}"
                out.append(
                    {
                        "t": "p",
                        "id": self.here(f"history-{change.id}"),
                        "c": [
                            {"t": "strong", "c": [head]},
                            self.colon,
                            *self.inline(change.what),
                            " ",
                            f"{labels['why']}{self.colon}",
                            *self.inline(change.why),
                        ],
                    }
                )
        if page.references and not self.book:
            out.append(self.heading("page-references", str(labels["cited-here"])))
            out.append(self.references(page))
        return out

    def heading(self, id_: str, title: str, level: int = 1) -> Node:
        return {"t": "h", "level": level, "id": self.here(id_), "title": title}

    def references(self, page: Page) -> Node:
        prefix = "" if self.book else "ref-"
        items = [
            {
                "id": self.here(f"{prefix}{r.id}"),
                "n": str(r.number),
                "lang": r.language,
                "c": [self.reference_part(r, place) for place in range(len(r.pieces))],
            }
            for r in page.references
        ]
        return {"t": "references", "items": items}

    def reference_part(self, reference: ReferenceView, place: int) -> Node | str:
        """A part of an entry: a link, words of the work or, after the first, of the reader's language."""
        text, url = reference.pieces[place]
        if url:
            return {"t": "link", "url": url, "c": [text]}
        if place and text.strip() and reference.language != self.edition.language:
            return {"t": "lang", "lang": self.edition.language, "c": [text]}
        return text

    def colophon(self, page: Page) -> list[Node]:
        labels, facts = self.ui.labels, page.facts
        codes = [f"{key[5:]} {code}" for key, code in facts.items() if key.startswith("code:")]
        first = [f"{labels['by']} {facts['authors']}", self.edition.publisher, *codes]
        return [
            {"t": "small", "c": [" · ".join(dict.fromkeys(first))]},
            {"t": "small", "c": [str(labels["book-licence"])]},
            {"t": "small", "c": [str(labels["notice"])]},
        ]

    # -- blocks ----------------------------------------------------------------------------------------------

    def here(self, id_: str) -> str:
        return f"{self.page.whole}:{id_}"

    def blocks(self, blocks: Iterable[BlockView]) -> list[Node]:
        return [self.block(block) for block in blocks]

    def block(self, block: BlockView) -> Node:
        id_ = self.here(block.id)
        if block.kind == "paragraph":
            words = self.statement(block.id, block.pieces)
            return {"t": "p", "id": id_, "c": words, **self.side_notes([block.pieces])}
        if block.kind in ("list", "steps"):
            items = [{"id": self.here(i), "c": self.statement(i, pieces)} for i, pieces in block.items]
            notes = self.side_notes([pieces for _, pieces in block.items])
            return {"t": "ol" if block.kind == "steps" else "ul", "id": id_, "items": items, **notes}
        if block.kind in ("note", "warning", "emergency"):
            return {
                "t": "callout",
                "kind": block.kind,
                "title": str(self.ui.labels[block.kind]),
                "id": id_,
                "c": self.statement(block.id, block.pieces),
                **self.side_notes([block.pieces]),
            }
        if block.local:
            return self.local_note(block.local, id_)
        if block.table:
            return self.table(block.table, id_)
        if block.flow:
            return self.flow(block.flow, id_)
        return {"t": "figures", "id": id_, "items": [self.figure(figure) for figure in block.figures]}

    def statement(self, id_: str, pieces: Pieces) -> Nodes:
        """A statement; where it was corrected or withdrawn, it says so in its place."""
        nodes, mark = self.inline(pieces), self.page.marks.get(id_)
        if mark is None:
            return nodes
        if mark.kind == "withdrawal":
            nodes = [{"t": "del", "c": nodes}]
        return [*nodes, " [", self.link(mark.link), "]"]

    # -- a hospital's own notes ------------------------------------------------------------------------------

    def local_note(self, note: LocalView, id_: str) -> Node:
        """A note in its frame: whose it is, its title and text in its language, and its dates."""
        labels, edition = self.ui.labels, self.edition
        lines: list[Nodes] = []
        only = self.spoken(local.only(note, edition))
        if note.phones:
            joiner = ", " if self.ui.spaced_words else "、"
            numbers: Nodes = []
            for number, phone in enumerate(note.phones):
                numbers += [joiner] if number else []
                numbers.append({"t": "link", "url": f"tel:{local.dialed(phone)}", "c": [phone]})
            lines.append([f"{labels['local-phone']}{self.colon}", *numbers])
        if note.url:
            lines.append([f"{labels['local-more']}{self.colon}", self.outward(note.url, note.url)])
        return {
            "t": "local",
            "id": id_,
            "mark": self.spoken(local.mark(note, edition)),
            "lang": note.language,
            "title": note.title,
            "blocks": self.blocks(note.blocks),
            "lines": lines,
            "dates": [*([*only, " "] if only else []), local.dates(note, edition)],
        }

    def local_notice(self, page: Page) -> Nodes:
        """What stands above a topic that holds such notes; nothing above others."""
        if not page.local_notes:
            return []
        view = page.local_notes[0].local
        assert view is not None
        source, out = view.source, self.spoken(local.notice(view.source, self.edition))
        if source.contact or source.url:
            out.append(f" {self.ui.labels['local-ask']}{self.colon}")
        if source.contact:
            out += self.spoken([(source.contact, source.language)])
        if source.url:
            out += [*([" · "] if source.contact else []), self.outward(source.url, source.url)]
        return out

    def spoken(self, parts: Iterable[str | local.Slot]) -> Nodes:
        """A sentence in which names may be of another language."""
        return [
            part
            if isinstance(part, str)
            else part[0]
            if part[1] == self.edition.language
            else {"t": "lang", "lang": part[1], "c": [part[0]]}
            for part in parts
        ]

    def side_notes(self, passages: Sequence[Pieces]) -> Node:
        """Who states the numbers of some passages, each source once, with its numbers in their order.

        What a source counted, and when, stands at its numbers where the facts have it.
        """
        if not self.holds:
            return {}
        cited = {r.id: r for r in self.page.references}
        stated: dict[tuple[tuple[str, ...], str], dict[str, None]] = {}
        for fact in dict.fromkeys(id_ for pieces in passages for id_ in facts_of(pieces)):
            source = self.edition.stated[fact]
            ids = tuple(id_ for id_ in source.cites if id_ in cited)
            stated.setdefault((ids, source.counted), {})[self.edition.printed[fact]] = None
        joiner = ", " if self.ui.spaced_words else "、"
        notes = []
        for (ids, counted), numbers in stated.items():
            sources: Nodes = []
            for id_ in ids:
                sources += ["; " if sources else "", cited[id_].short, " ", self.marker(id_)]
            words = joiner.join(text.replace(" ", "\u00a0") for text in numbers)
            notes.append({"numbers": words, "counted": counted, "c": sources})
        # The end of the notes alone on the next page reads badly.
        whole = sum(display_width(plain(pieces)) for pieces in passages) < WHOLE
        return {"notes": notes, "whole": whole} if notes else {}

    def marker(self, id_: str) -> Node:
        """The number of one reference, as a citation."""
        number = next(r.number for r in self.page.references if r.id == id_)
        return self.citations(CitationGroup(((number, id_),)))

    def numbered(self, name: str, number: int) -> str:
        return f"{self.ui.labels[name]}{' ' if self.ui.spaced_words else ''}{number}"

    def figure(self, figure: FigureView) -> Node:
        labels = self.ui.labels
        if figure.picture:
            picture = figure_picture(figure)
            file = picture.shown[-1][1] if picture.shown else picture.full
            src = self.asset(file.data, file.path.rpartition(".")[2])
            share = 1.0
            frame, bold = (0.0, 0.0, 1.0, 1.0), []
            credit: Nodes = [
                f"{labels['picture']}{self.colon}{figure.credit} · ",
                self.outward(figure.licence, figure.licence_url),
                f" · {labels['picture-source']}{self.colon}",
                self.outward(figure.source, figure.source_url),
            ]
        else:
            drawing = print_figure(figure_svg(figure), self.style)
            frame, bold = drawing.frame, drawing.labels
            share = round(min(DRAWING_WIDTH, DRAWING_HEIGHT * frame[2] / frame[3]), 3)
            src = self.asset(drawing.svg.encode("utf-8"), "svg")
            credit = [f"{labels['credit']}{self.colon}{figure.credit} · {figure.licence}"]
        return {
            "label": self.numbered("figure", figure.number),
            "title": figure.title,
            "src": src,
            "alt": figure.alt,
            "cap": self.inline(figure.caption),
            "credit": credit,
            "drawn": not figure.picture,
            "frame": frame,
            "bold": bold,
            "share": share,
        }

    def outward(self, words: str, url: str) -> str | Node:
        return {"t": "link", "url": url, "c": [words]} if url else words

    def table(self, table: TableView, id_: str) -> Node:
        return {
            "t": "table",
            "id": id_,
            "label": self.numbered("table", table.number),
            "cap": self.inline(table.caption),
            "widths": _widths(table),
            "head": [self.inline(column) for column in table.columns],
            "rows": [[self.inline(cell) for cell in cells] for _, cells in table.rows],
        }

    def flow(self, view: FlowView, id_: str, whole: bool = False) -> Node:
        source, lang = self.flows[view.id], self.edition.language
        cites = {step.id: step.cites for step in view.steps}
        sections = {step.id: step.section for step in view.steps}
        outline = source.outline
        phases = []
        for phase in outline.phases:
            steps = []
            for step in phase.steps:
                exits: list[Node] = [
                    {
                        "answer": way.answer or "",
                        "number": way.number,
                        "to": f"{id_}-{way.target}",
                        "c": [f"{way.number}. {way.text}"],
                    }
                    for way in step.exits
                ]
                if step.leads_to:
                    onward = source.goes_on[step.id]
                    exits.append(
                        {
                            "answer": "",
                            **self.place_of_flow(onward),
                            "c": [
                                f"{self.ui.labels['goes-on']}{self.colon}{self.flows[onward].outline.title}"
                            ],
                        }
                    )
                group = cites[step.id]
                section = Link("", self.page.path, sections[step.id], "section")
                steps.append(
                    {
                        "id": f"{id_}-{step.id}",
                        "n": step.number,
                        "kind": str(self.ui.flow_kinds[step.kind]),
                        "c": [
                            {"t": "term", **self.target(section), "c": [step.text]},
                            *([self.citations(group)] if group and self.holds else []),
                        ],
                        "exits": exits,
                    }
                )
            phases.append({"title": phase.title, "steps": steps})
        drawn = [whole_flow(source)] if whole else flow_parts(source)
        parts = []
        texts = {step.id: f"{step.number}. {step.text}" for phase in outline.phases for step in phase.steps}
        leads_on = source.goes_on
        for number, part in enumerate(drawn, 1):
            name = view.title[lang] if len(drawn) == 1 else f"{view.title[lang]} ({number}/{len(drawn)})"
            parts.append(
                {
                    "src": self.asset(part.svg.encode("utf-8"), "svg"),
                    "width": part.width,
                    "height": part.height,
                    "frame": (0.0, part.top, part.width / part.scale, part.height / part.scale),
                    "bold": part.labels,
                    "links": [
                        {
                            "box": part.boxes[step],
                            "says": says,
                            **(
                                self.place_of_flow(leads_on[step])
                                if step in leads_on
                                else self.target(Link("", self.page.path, sections[step], "section"))
                            ),
                        }
                        for step, says in texts.items()
                        if step in part.boxes
                    ],
                    "label": name,
                    "alt": f"{name}{self.colon}{view.description[lang]}",
                }
            )
        return {
            "t": "flow",
            "id": id_,
            "title": view.title[lang],
            "desc": [view.description[lang]],
            "parts": parts,
            "outline": phases,
        }

    def flow_title(self, flow: str) -> str:
        return self.flows[flow].outline.title

    def place_of_flow(self, flow: str) -> Node:
        source = self.flows[flow]
        anchor = source.home.rpartition("#")[2]
        return self.target(Link("", source.page.path, anchor, "flow"))

    # -- inline ----------------------------------------------------------------------------------------------

    def inline(self, pieces: Pieces) -> Nodes:
        out: Nodes = []
        for index, piece in enumerate(pieces):
            if isinstance(piece, Run):
                out.append(piece.text)
            elif isinstance(piece, Styled):
                out.append({"t": piece.style, "c": self.inline(piece.children)})
            elif isinstance(piece, Quantity):
                # A number keeps its unit on its line.
                text = re.sub(r"(?<=\d) (?=[A-Za-z%])", "\u00a0", piece.text)
                if len(text) > SHORT_FACT or not re.search(r"[^0-9A-Za-z.,%\u00a0]", text):
                    out.append(text)
                else:
                    # The line breaker sees no letters in it, so the gap between scripts is told to it.
                    before, after = plain(pieces[:index])[-1:], plain(pieces[index + 1 :])[:1]
                    gaps = [_scripts_meet(before, text[:1]), _scripts_meet(after, text[-1:])]
                    out.append({"t": "keep", "c": [text], "gaps": gaps})
            elif isinstance(piece, CitationGroup):
                if self.holds:
                    out.append(self.citations(piece))
            else:
                out.append(self.link(piece))
        return out

    def citations(self, group: CitationGroup) -> Node:
        items = []
        for number, id_ in sorted({(self.numbers.get(id_, number), id_) for number, id_ in group.items}):
            to = f"references:{id_}" if self.book else self.here(f"ref-{id_}")
            items.append({"n": str(number), "to": to})
        return {"t": "cite", "items": items}

    def link(self, link: Link) -> Node:
        node: Node = {"t": "term" if link.kind == "term" else "link", **self.target(link), "c": [link.text]}
        if "to" in node and link.page != self.page.path and link.kind in ("topic", "section", "flow"):
            node["paged"] = True
        return node

    def target(self, link: Link) -> Node:
        """Where a link leads: `to` a label of this document, or the `url` of a page of the site."""
        if link.page in self.inside:
            return {"to": f"{self.inside[link.page]}:{link.anchor or 'top'}"}
        page = "" if link.page == "index" else f"{link.page}/"
        return {"url": f"{self.root}/{page}" + (f"#{link.anchor}" if link.anchor else "")}

    # -- files -----------------------------------------------------------------------------------------------

    def asset(self, data: bytes, suffix: str) -> str:
        """Keeps a picture under a name made of its bytes. Returns the name."""
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{suffix}"
        self.files[name] = OutputFile(name, data)
        return name

    def code(self, url: str) -> str:
        """The address as a QR code, drawn as one path."""
        out = io.BytesIO()
        segno.make(url, error="m", micro=False).save(
            out, kind="svg", xmldecl=False, svgns=True, border=2, dark="#1a1a1a", light="#ffffff", nl=False
        )
        return self.asset(out.getvalue(), "svg")


def _joined(whole: Page, parts: Iterable[Page]) -> Page:
    """A list with what stands on its parts, if it has some."""
    own = [part for part in parts if part.whole == whole.path]
    terms = {name: list(members) for name, members in whole.terms}
    for part in own:
        for name, members in part.terms:
            terms[name] += members
    groups = tuple((name, tuple(members)) for name, members in terms.items() if members)
    references = tuple(r for page in (whole, *own) for r in page.references)
    return replace(whole, terms=groups, references=references)


def _scripts_meet(one: str, other: str) -> bool:
    """Whether an ideograph stands beside a Latin letter or a digit."""
    pair = (one, other) if is_wide(one or " ") else (other, one)
    return pair[0].isalpha() and is_wide(pair[0]) and pair[1].isascii() and pair[1].isalnum()


def facts_of(pieces: Pieces) -> Iterator[str]:
    """The facts that a passage prints, in their order."""
    for piece in pieces:
        if isinstance(piece, Quantity):
            yield piece.fact
        elif isinstance(piece, Styled):
            yield from facts_of(piece.children)


def _widths(table: TableView) -> list[float]:
    """How the columns share the width: a long text gets more, and none less than its longest word needs."""
    wanted, needed = [], []
    for index, column in enumerate(table.columns):
        texts = [plain(column), *(plain(cells[index]) for _, cells in table.rows)]
        words = max((display_width(w) for t in texts for w in re.findall(r"[\x21-\x7e]+|.", t)), default=1)
        needed.append(words * 1.12 + TABLE_PADDING)
        wanted.append(math.sqrt(max(display_width(t) for t in texts) + 8))
    free, shares = TABLE_LINE, [0.0] * len(wanted)
    open_ = set(range(len(wanted)))
    # Whoever would get less than needed takes just that, and the others share what is left.
    while open_:
        total = sum(wanted[i] for i in open_)
        short = {i for i in open_ if free * wanted[i] / total < needed[i]}
        for index in short or open_:
            shares[index] = needed[index] if short else free * wanted[index] / total
        if not short:
            break
        free = max(1.0, free - sum(needed[i] for i in short))
        open_ -= short
    return [round(share, 2) for share in shares]
