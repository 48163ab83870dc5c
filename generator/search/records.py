"""A page of an `Edition` in; the records that search can show out: sections, terms, figures, steps, facts.

A record depends on its page alone (a fact on those that print it), so that it can be kept between builds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from generator.model import (
    BlockView,
    Edition,
    FlowView,
    Page,
    Pieces,
    Quantity,
    Styled,
    TableView,
    no_break,
    plain,
)

# In the order of their numbers in the index. A fact is found by number only, in postings of its own.
KINDS = ("section", "patient", "flow", "page", "term", "figure", "table", "step", "code", "reference", "fact")
_SENTENCE_END = re.compile(r"[。！？]|[.!?](?=\s|$)")
_FACT_USES = 3


@dataclass(frozen=True)
class Record:
    """What search can show. `title`, `trail` (what it lies under), `lead` and `text` count by their weights.

    page: the path of its page below the language; extra: what only its kind has, for the direct answer.
    """

    kind: str
    page: str
    page_title: str
    anchor: str
    title: str
    text: tuple[str, ...]
    trail: str = ""
    lead: str = ""
    names: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


def standing(page: Page) -> Page:
    """The page without what was withdrawn: a snippet would show it as if it still held."""
    gone = {id_ for id_, mark in page.marks.items() if mark.kind == "withdrawal"}
    if not gone:
        return page

    def kept(blocks: tuple[BlockView, ...]) -> tuple[BlockView, ...]:
        left = (b for b in blocks if b.id not in gone)
        return tuple(replace(b, items=tuple(item for item in b.items if item[0] not in gone)) for b in left)

    sections = tuple(replace(section, blocks=kept(section.blocks)) for section in page.sections)
    return replace(page, lead=kept(page.lead), sections=sections)


def of_page(page: Page, edition: Edition) -> Iterator[Record]:
    """The records of a page, in reading order; of facts none."""
    page = standing(page)
    if page.kind == "topic":
        patient = page.counterpart and page.counterpart[0].kind == "professional"
        # Whom a page is for is asked for as well: "bone cement for patients".
        readers = (str(edition.ui.labels["for-patients"]),) if patient else ()
        yield from _sections("patient" if patient else "section", page, edition.language, readers)
        for system, code in page.facts.items():
            if system.startswith("code:"):
                yield Record("code", page.path, page.title, "", code, (), system[5:], extra=(system[5:],))
        yield from _tables(page)
    elif page.kind == "page":
        yield from _sections("page", page, edition.language)
    elif page.kind == "flow":
        flow = page.lead[0].flow
        assert flow is not None
        steps = tuple(step.text[edition.language] for step in flow.steps)
        yield Record("flow", page.path, page.title, "", page.title, steps, lead=page.description)
        yield from _steps(page, flow, edition)
    # A list on several pages has one name: a reader looks for the entry, not for "251 to 500".
    title = page.title if page.path == page.whole else str(edition.ui.labels[page.kind])
    for _, terms in page.terms:
        for term in terms:
            own = tuple(name for language, name in term.every_name if language == edition.language)
            other = tuple(name for language, name, _ in term.others)
            others = (n for _, name, names in term.others for n in (name, *names))
            shown = dict.fromkeys((*term.synonyms, *others))
            yield Record(
                "term",
                page.path,
                title,
                term.id,
                term.name,
                (plain(term.definition),),
                names=(*own[1:], *other),
                extra=(" · ".join(shown),),
            )
            for system, code in term.codes:
                yield Record("code", page.path, title, term.id, code, (term.name,), system, extra=(system,))
    for figure, _ in page.figures:
        text = (plain(figure.caption), figure.alt, *figure.labels.values())
        yield Record("figure", page.path, page.title, figure.id, figure.title, text)
    if page.kind == "references":
        for reference in page.references:
            whole = "".join(text for text, _ in reference.pieces)
            yield Record("reference", page.path, title, reference.id, "", (whole,))


def _sections(kind: str, page: Page, language: str, names: tuple[str, ...] = ()) -> Iterator[Record]:
    texts = [text for block in page.lead for text in block_texts(block, language)]
    if texts or page.description:
        yield Record(kind, page.path, page.title, "", page.title, tuple(texts), "", page.description, names)
    trail: list[str] = []
    for section in page.sections:
        trail[section.depth - 1 :] = [section.title]
        texts = [text for block in section.blocks for text in block_texts(block, language)]
        first = next((block for block in section.blocks if block.pieces or block.items), None)
        lead = "" if first is None else " ".join(block_texts(first, language))
        if strong := [text for block in section.blocks if block is not first for text in _strong(block)]:
            lead = " ".join((lead, *strong))
        yield Record(
            kind,
            page.path,
            page.title,
            section.id,
            section.title,
            tuple(texts),
            " › ".join((page.title, *trail[:-1])),
            lead,
            names,
        )


def _strong(block: BlockView) -> Iterator[str]:
    for pieces in (block.pieces, *(item for _, item in block.items)):
        yield from (plain(p.children) for p in pieces if isinstance(p, Styled) and p.style == "strong")


def block_texts(block: BlockView, language: str) -> Iterator[str]:
    """The words of a block, one text a paragraph, item, row or step."""
    if block.pieces:
        yield plain(block.pieces)
    yield from (plain(item) for _, item in block.items)
    for figure in block.figures:
        yield f"{figure.title} {plain(figure.caption)}"
    if block.table:
        yield plain(block.table.caption)
        yield from (_row(block.table, cells) for _, cells in block.table.rows)
    if block.flow:
        yield block.flow.title[language]
        yield block.flow.description[language]
        yield from (step.text[language] for step in block.flow.steps)


def _row(table: TableView, cells: tuple[Pieces, ...]) -> str:
    shown = [plain(cell) for cell in cells]
    heads = [plain(column) for column in table.columns]
    pairs = [f"{head}: {cell}" for head, cell in zip(heads[1:], shown[1:], strict=True) if cell]
    return " · ".join([shown[0], *pairs])


def _placed(page: Page) -> Iterator[tuple[str, BlockView]]:
    """Every block with the title of its section, in the lead none."""
    yield from (("", block) for block in page.lead)
    yield from ((section.title, block) for section in page.sections for block in section.blocks)


def _tables(page: Page) -> Iterator[Record]:
    for section, block in _placed(page):
        if block.table:
            rows = tuple(_row(block.table, cells) for _, cells in block.table.rows)
            caption = plain(block.table.caption)
            yield Record("table", page.path, page.title, block.id, caption, rows, section)


def _steps(page: Page, flow: FlowView, edition: Edition) -> Iterator[Record]:
    language = edition.language
    by_id = {step.id: step for step in flow.steps}
    for step in flow.steps:
        ways = tuple(
            f"{answer[language] if answer else ''} → {by_id[target].text[language]}".strip()
            for target, answer in step.exits
            if target in by_id
        )
        yield Record(
            "step",
            page.path,
            page.title,
            f"flow-{step.id}",
            step.text[language],
            ways,
            page.title,
            extra=(edition.kind_names[language][step.kind],),
        )


def facts(edition: Edition) -> Iterator[Record]:
    """Every fact that a topic prints: as printed, in its sentence, with its sources."""
    sources = {
        reference.id: "".join(text for text, _ in reference.pieces)
        for page in edition.pages
        if page.kind == "references"
        for reference in page.references
    }
    uses: dict[str, list[tuple[Page, str, str, str]]] = {}
    # What is written for professionals says more about a number.
    topics = sorted(map(standing, edition.topics), key=_late)
    for page in topics:
        for section, anchor, text, ids in _passages(page):
            for id_ in ids:
                uses.setdefault(id_, []).append((page, section, anchor, text))
    for id_, places in uses.items():
        page, section, anchor, text = places[0]
        printed = edition.printed[id_]
        cited = " ‖ ".join(sources[cite] for cite in edition.stated[id_].cites)
        sentence = _sentence(text, printed)
        also = tuple(_sentence(text, printed) for *_, text in places[1:_FACT_USES])
        yield Record(
            "fact",
            page.path,
            page.title,
            anchor,
            no_break(printed),
            (sentence, *also),
            section,
            extra=(cited, id_),
        )


def _late(page: Page) -> bool:
    return bool(page.counterpart and page.counterpart[0].kind == "professional")


def _passages(page: Page) -> Iterator[tuple[str, str, str, list[str]]]:
    """Each passage of a page that prints facts: its section, its anchor, its words, the facts' ids."""
    for section, block in _placed(page):
        for anchor, pieces in ((block.id, block.pieces), *block.items):
            if ids := list(_quantities(pieces)):
                yield section, anchor, plain(pieces), ids
        for row, cells in block.table.rows if block.table else ():
            if ids := [id_ for cell in cells for id_ in _quantities(cell)]:
                assert block.table is not None
                text = f"{plain(block.table.caption)} · {_row(block.table, cells)}"
                yield section, f"table-{block.table.id}-{row}", text, ids


def _quantities(pieces: Pieces) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, Quantity):
            yield piece.fact
        elif isinstance(piece, Styled):
            yield from _quantities(piece.children)


def _sentence(text: str, printed: str) -> str:
    """The sentence of a passage that prints a fact."""
    at = max(text.find(printed), 0)
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    start = max((end for end in ends if end <= at), default=0)
    return text[start : min((end for end in ends if end >= at + len(printed)), default=len(text))].strip()
