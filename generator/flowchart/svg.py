"""The two drawings of a flow as SVG: classes only, as a strict content security policy wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType

from generator.markup import is_wide

from . import shapes
from .graph import FlowExit, FlowGraph, FlowStep, reading_order
from .layout import (
    ANSWER_LINE,
    ANSWER_SIZE,
    LEGEND_INDENT,
    LEGEND_LINE,
    LINE,
    MARK,
    NUMBER_RADIUS,
    TEXT_SIZE,
    Box,
    Edge,
    Layout,
    answer_lines,
    is_bold,
    lay_out,
    note_lines,
    number_circle,
    step_lines,
)
from .shapes import number as n
from .textfit import text_width, wrap

NO_NAMES: Mapping[str, str] = MappingProxyType({})
# The baseline of a line, below the middle of its letters.
BASELINE = 0.36
# A drawing broader than this wants a broader column; the style sheet knows it by its class.
BROAD = 820.0


def wide_svg(
    graph: FlowGraph,
    language: str,
    keep_whole: Sequence[str] = (),
    *,
    kind_names: Mapping[str, str] = NO_NAMES,
    prefix: str = "flow-wide",
) -> str:
    """Draw the flow for a broad column. Give every language the same `keep_whole`, or its boxes differ."""
    layout = lay_out(graph, keep_whole)
    numbers = reading_order(graph)
    out = _Svg(graph, language, kind_names, numbers, prefix)
    broad = " flow-broad" if layout.width > BROAD else ""
    out.open(f"flow-drawing{broad}", layout.width, layout.height)
    for band in layout.bands:
        out.add(f'<rect class="flow-band" rx="12" {_frame(band.box)}/>')
    out.add('<g aria-hidden="true">')
    _wide_lines(out, layout)
    _wide_answers(out, layout, keep_whole)
    _wide_notes(out, layout, keep_whole)
    out.add("</g>")
    for band in layout.bands:
        title = escape(graph.phases[band.phase][language])
        x, y = band.box.left + 14, band.box.top + 20
        out.add(f'<text class="flow-phase" x="{n(x)}" y="{n(y)}">{title}</text>')
    for step_id in sorted(numbers, key=numbers.__getitem__):
        step, box = graph.step(step_id), layout.steps[step_id]
        out.open_step(step, box)
        lines = step_lines(step, language, keep_whole)
        x, y = box.middle
        x += {"alert": 9.0, "outcome": 3.0}.get(step.kind, 0.0)
        y += TEXT_SIZE * BASELINE - (len(lines) - 1) * LINE / 2
        badge, _ = number_circle(box).middle
        out.add(f'<circle class="flow-badge" cx="{n(badge)}" cy="{n(box.top)}" r="{n(NUMBER_RADIUS)}"/>')
        out.text("flow-number", badge, box.top + 4, str(numbers[step_id]), "middle")
        for index, text in enumerate(lines):
            out.text("flow-text", x, y + index * LINE, text, "middle")
        if step.kind == "alert":
            out.add(f'<path class="flow-icon" d="{shapes.warning_sign(box.left + 20, box.middle[1])}"/>')
        if step.leads_to:
            out.add(f'<path class="flow-onward" d="{shapes.onward_sign(box.right - 15, box.middle[1])}"/>')
        out.add("</a>")
    return out.close()


def step_boxes(graph: FlowGraph, keep_whole: Sequence[str] = ()) -> Mapping[str, Box]:
    """Where each step stands in the wide drawing."""
    return lay_out(graph, keep_whole).steps


def _wide_lines(out: _Svg, layout: Layout) -> None:
    for route in layout.routes:
        edge = escape(f"{route.source}>{route.target}")
        out.add(f'<path class="flow-line" data-edge="{edge}" d="{shapes.line(route.points)}"/>')
    # Heads lie over lines: some are shared.
    for route in layout.routes:
        edge = escape(f"{route.source}>{route.target}")
        out.add(f'<path class="flow-head" data-edge="{edge}" d="{shapes.arrowhead(route.points)}"/>')


def _wide_answers(out: _Svg, layout: Layout, keep_whole: Sequence[str]) -> None:
    ways = [way for step in out.graph.steps for way in step.exits]
    for route, way in zip(layout.routes, ways, strict=True):
        if route.answer is None:
            continue
        box = route.answer
        edge = escape(f"{route.source}>{route.target}")
        out.add(f'<g class="flow-answer" data-edge="{edge}">')
        if route.mark:
            out.mark(route.mark, *box.middle)
            out.add("</g>")
            continue
        lines = answer_lines(way, out.language, keep_whole)
        x, y = box.middle
        # The place is kept for the longest language; the chip fits its own.
        width = max(text_width(text, ANSWER_SIZE, True) for text in lines) + 16
        height = len(lines) * ANSWER_LINE + 6
        chip = Box(x - width / 2, y - height / 2, width, height)
        out.add(f'<rect class="flow-chip" rx="11" {_frame(chip)}/>')
        y += ANSWER_SIZE * BASELINE - (len(lines) - 1) * ANSWER_LINE / 2
        for index, text in enumerate(lines):
            out.text("flow-answer-text", x, y + index * ANSWER_LINE, text, "middle")
        out.add("</g>")


def _wide_notes(out: _Svg, layout: Layout, keep_whole: Sequence[str]) -> None:
    """The answers that found no place on their lines, below the drawing in reading order."""
    for note in layout.notes:
        out.add('<g class="flow-note">')
        y = note.box.top + LEGEND_LINE / 2
        out.mark(note.number, note.box.left + MARK / 2, y)
        lines = note_lines(out.graph, note.edge, out.language, note.box.width, keep_whole)
        for index, text in enumerate(lines):
            x, baseline = note.box.left + LEGEND_INDENT, y + ANSWER_SIZE * BASELINE + index * ANSWER_LINE
            out.text("flow-answer-text", x, baseline, text)
        out.add("</g>")


# The narrow drawing: one column of cards, as broad as a small phone.
NARROW_WIDTH, NARROW_LEFT = 360.0, 8.0
CARD_TEXT, CARD_LINE, CARD_GAP = 15.0, 22.0, 20.0
CARD_TOP, CARD_BOTTOM, CARD_SIDE = 13.0, 11.0, 16.0
NUMBER_ROOM = 30.0
ROW_TEXT, ROW_LINE, ROW_MIN, ROW_TARGET_ROOM = 14.0, 19.0, 44.0, 56.0
PHASE_ROOM = 30.0
LANE_STEP, LANE_FIRST = 11.0, 12.0


@dataclass(frozen=True)
class _Row:
    """An answer inside a card."""

    way: FlowExit
    box: Box
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Card:
    """A step of the narrow drawing."""

    step: FlowStep
    box: Box
    lines: tuple[str, ...]
    rows: tuple[_Row, ...] = ()
    phase_at: float | None = None


@dataclass(frozen=True)
class NarrowLayout:
    """The cards of a flow from top to bottom, and the lane of each step that is jumped to."""

    height: float
    cards: tuple[_Card, ...]
    lanes: Mapping[str, int]


def lay_out_narrow(graph: FlowGraph, language: str, keep_whole: Sequence[str] = ()) -> NarrowLayout:
    """Stack the steps in reading order."""
    numbers = reading_order(graph)
    order = sorted(numbers, key=numbers.__getitem__)
    lanes = _lanes(graph, numbers)
    lane_count = max(lanes.values(), default=-1) + 1
    width = NARROW_WIDTH - NARROW_LEFT - 8 - lane_count * LANE_STEP
    cards: list[_Card] = []
    y, phase = 4.0, ""
    for step_id in order:
        step = graph.step(step_id)
        phase_at = None
        if step.phase != phase:
            y += PHASE_ROOM - (0 if phase else 6)
            phase_at, phase = y - 12, step.phase
        card = _card(step, language, Box(NARROW_LEFT, y, width, 0), keep_whole, phase_at)
        cards.append(card)
        y = card.box.bottom + CARD_GAP
    return NarrowLayout(y - CARD_GAP + 4, tuple(cards), lanes)


def _text_left(step: FlowStep) -> float:
    return {"alert": 40.0, "outcome": 20.0, "parallel": 20.0}.get(step.kind, CARD_SIDE)


def _card(
    step: FlowStep, language: str, place: Box, keep_whole: Sequence[str], phase_at: float | None
) -> _Card:
    room = place.width - _text_left(step) - NUMBER_ROOM - (18 if step.leads_to else 0)
    lines = wrap(step.text[language], room, CARD_TEXT, is_bold(step), keep_whole)
    y = place.top + CARD_TOP + len(lines) * CARD_LINE + CARD_BOTTOM
    rows = []
    for way in step.exits if step.asks else ():
        answer = way.answer[language] if way.answer else ""
        texts = wrap(answer, place.width - 20 - ROW_TARGET_ROOM, ROW_TEXT, True, keep_whole)
        height = max(ROW_MIN, len(texts) * ROW_LINE + 16)
        rows.append(_Row(way, Box(place.left, y, place.width, height), texts))
        y += height
    # An arrow that leads on stands below the number.
    height = max(y - place.top, 58.0 if step.leads_to else 0.0)
    box = Box(place.left, place.top, place.width, height)
    return _Card(step, box, lines, tuple(rows), phase_at)


def _straight_on(graph: FlowGraph, numbers: Mapping[str, int], edge: Edge) -> bool:
    """Whether an exit needs no lane: it leaves the foot of the card and enters the next one."""
    step = graph.step(edge[0])
    last = edge[1] == len(step.exits) - 1
    return last and numbers[step.exits[edge[1]].target] == numbers[step.id] + 1


def _lanes(graph: FlowGraph, numbers: Mapping[str, int]) -> dict[str, int]:
    """Give every target of a jump a lane in which no other jump runs at that height."""
    first: dict[str, int] = {}
    for step in graph.steps:
        for index, way in enumerate(step.exits):
            if not _straight_on(graph, numbers, (step.id, index)):
                first[way.target] = min(first.get(way.target, numbers[way.target]), numbers[step.id])
    taken: list[list[tuple[int, int]]] = []
    lanes: dict[str, int] = {}
    for target in sorted(first, key=lambda key: (numbers[key] - first[key], numbers[key])):
        start, end = first[target], numbers[target]
        lane = 0
        while lane < len(taken) and any(start < b and a < end for a, b in taken[lane]):
            lane += 1
        if lane == len(taken):
            taken.append([])
        taken[lane].append((start, end))
        lanes[target] = lane
    return lanes


def narrow_svg(
    graph: FlowGraph,
    language: str,
    keep_whole: Sequence[str] = (),
    *,
    kind_names: Mapping[str, str] = NO_NAMES,
    prefix: str = "flow-narrow",
) -> str:
    """Draw the flow for a phone: cards one under the other, jumps in lanes at the right."""
    numbers = reading_order(graph)
    layout = lay_out_narrow(graph, language, keep_whole)
    out = _Svg(graph, language, kind_names, numbers, prefix)
    out.open("flow-drawing flow-cards", NARROW_WIDTH, layout.height)
    _narrow_lines(out, layout)
    for card in layout.cards:
        if card.phase_at is not None:
            title = escape(graph.phases[card.step.phase][language])
            # Beside the arrow that comes down from the card above.
            x = NARROW_LEFT + (4 if card is layout.cards[0] else 34)
            out.add(f'<text class="flow-phase" x="{n(x)}" y="{n(card.phase_at + 3)}">{title}</text>')
        _narrow_card(out, card)
    return out.close()


def _narrow_card(out: _Svg, card: _Card) -> None:
    step, box = card.step, card.box
    shape = "card" if step.kind in ("decision", "start") else step.kind
    target = escape(f"{out.prefix}-{out.graph.id}-{step.id}")
    out.add(f'<g class="flow-card flow-is-{step.kind}" id="{target}">')
    out.open_step(step, box, shape)
    left = box.left + _text_left(step)
    top = box.top + CARD_TOP
    if not card.rows:
        top = box.middle[1] - len(card.lines) * CARD_LINE / 2
    out.text("flow-number", box.right - 12, box.top + 19, str(out.numbers[step.id]), "end")
    for index, text in enumerate(card.lines):
        out.text("flow-text", left, top + 16 + index * CARD_LINE, text)
    if step.kind == "alert":
        y = box.top + CARD_TOP + len(card.lines) * CARD_LINE / 2
        out.add(f'<path class="flow-icon" d="{shapes.warning_sign(box.left + 22, y)}"/>')
    if step.leads_to:
        out.add(f'<path class="flow-onward" d="{shapes.onward_sign(box.right - 18, box.bottom - 18)}"/>')
    out.add("</a>")
    for row in card.rows:
        x, y = row.box.left, row.box.top
        goal = out.graph.step(row.way.target)
        href = escape(f"#{out.prefix}-{out.graph.id}-{goal.id}")
        answer = row.way.answer[out.language] if row.way.answer else ""
        label = escape(f"{answer} → {out.numbers[goal.id]}. {goal.text[out.language]}")
        edge = escape(f"{step.id}>{goal.id}")
        out.add(f'<a class="flow-row" href="{href}" data-edge="{edge}" aria-label="{label}">')
        area = Box(x + 3, y + 2, row.box.width - 6, row.box.height - 5)
        out.add(f'<rect class="flow-row-area" rx="7" {_frame(area)}/>')
        out.add(f'<path class="flow-rule" d="M{n(x + 12)} {n(y)}H{n(row.box.right - 12)}"/>')
        baseline = row.box.middle[1] - (len(row.lines) - 1) * ROW_LINE / 2 + ROW_TEXT * BASELINE
        for index, text in enumerate(row.lines):
            out.text("flow-answer-text", x + 20, baseline + index * ROW_LINE, text)
        out.text("flow-goal", row.box.right - 14, row.box.middle[1] + 5, f"→ {out.numbers[goal.id]}", "end")
        out.add("</a>")
    out.add("</g>")


def _narrow_lines(out: _Svg, layout: NarrowLayout) -> None:
    cards = {card.step.id: card for card in layout.cards}
    out.add('<g aria-hidden="true">')
    for card in layout.cards:
        for index, way in enumerate(card.step.exits):
            goal = cards[way.target].box
            if _straight_on(out.graph, out.numbers, (card.step.id, index)):
                x = card.box.left + 20
                points = [(x, card.box.bottom), (x, goal.top)]
            else:
                x = card.box.right + LANE_FIRST + layout.lanes[way.target] * LANE_STEP
                start = card.rows[index].box.middle[1] if card.rows else card.box.bottom - 12
                # Arrive high and leave low, so that the two never meet on one card.
                end = goal.top + min(24.0, goal.height / 3 + 2)
                points = [(card.box.right, start), (x, start), (x, end), (card.box.right, end)]
            edge = escape(f"{card.step.id}>{way.target}")
            out.add(f'<path class="flow-line" data-edge="{edge}" d="{shapes.line(points)}"/>')
            out.add(f'<path class="flow-head" data-edge="{edge}" d="{shapes.arrowhead(points)}"/>')
    out.add("</g>")


def _frame(box: Box) -> str:
    return f'x="{n(box.left)}" y="{n(box.top)}" width="{n(box.width)}" height="{n(box.height)}"'


@dataclass
class _Svg:
    """A drawing being written."""

    graph: FlowGraph
    language: str
    kind_names: Mapping[str, str]
    numbers: Mapping[str, int]
    prefix: str
    parts: list[str] = field(default_factory=list)

    def add(self, markup: str) -> None:
        self.parts.append(markup)

    def open(self, classes: str, width: float, height: float) -> None:
        """The root element, with the name and description that a screen reader says."""
        base = escape(f"{self.prefix}-{self.graph.id}")
        self.add(
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{classes}" lang="{escape(self.language)}"'
            f' viewBox="0 0 {n(width)} {n(height)}" width="{n(width)}" height="{n(height)}"'
            f' role="group" aria-labelledby="{base}-title {base}-desc">'
        )
        self.add(f'<title id="{base}-title">{escape(self.graph.title[self.language])}</title>')
        self.add(f'<desc id="{base}-desc">{escape(self.graph.description[self.language])}</desc>')

    def open_step(self, step: FlowStep, box: Box, shape: str = "") -> None:
        """The link around a step, and its outline. The box of an outcome that goes on leads there."""
        shape = shape or step.kind
        href = (step.leads_to or step.href)[self.language]
        kind = self.kind_names.get(step.kind)
        text = step.text[self.language]
        # Begins with the words that are seen, so that who speaks them reaches the link (WCAG 2.5.3).
        label = f"{self.numbers[step.id]} {text}" + (f" ({kind})" if kind else "")
        self.add(
            f'<a class="flow-step flow-is-{step.kind}" data-step="{escape(step.id)}"'
            f' href="{escape(href)}" aria-label="{escape(label)}">'
        )
        self.add(f'<path class="flow-ring" d="{shapes.outline_of(shape, box, 4)}"/>')
        self.add(f'<path class="flow-shape" d="{shapes.outline_of(shape, box)}"/>')
        if step.kind == "outcome":
            self.add(f'<path class="flow-bar" d="{shapes.outcome_bar(box)}"/>')
        if step.kind == "parallel":
            self.add(f'<path class="flow-bars" d="{shapes.parallel_bars(box)}"/>')

    def mark(self, number: int, x: float, y: float) -> None:
        """The mark of an answer that is told below the drawing; a square, as circles number the steps."""
        box = Box(x - MARK / 2, y - MARK / 2, MARK, MARK)
        self.add(f'<rect class="flow-mark" rx="4" {_frame(box)}/>')
        self.text("flow-mark-number", x, y + 4, str(number), "middle")

    def text(self, css_class: str, x: float, y: float, text: str, anchor: str = "") -> None:
        """One line of text."""
        anchored = f' text-anchor="{anchor}"' if anchor else ""
        # The space that the line break took; at the end of a line it is not drawn, but it is read.
        space = "" if is_wide(text[-1]) else " "
        self.add(f'<text class="{css_class}" x="{n(x)}" y="{n(y)}"{anchored}>{escape(text)}{space}</text>')

    def close(self) -> str:
        """The finished drawing."""
        return "".join([*self.parts, "</svg>"])
