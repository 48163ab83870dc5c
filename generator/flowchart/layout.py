"""Where everything of the wide drawing stands: a graph in, one geometry for all its languages out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import graphlay

from .graph import FlowExit, FlowGraph, FlowStep, reading_order
from .textfit import LINES, NO_BREAK, text_width, wrap

Point = tuple[float, float]
Edge = tuple[str, int]  # a step and the place of the exit among its exits

TEXT_SIZE, LINE = 14.0, 19.0
ANSWER_SIZE, ANSWER_LINE = 12.5, 16.0
STEP_WIDTH, STEP_PAD = 216.0, 17.0
# Slanted sides, signs and bars take room from the text.
PAD_BY_KIND = {"start": 17.0, "decision": 25.0, "parallel": 21.0, "outcome": 21.0, "alert": 36.0}
ONWARD_PAD = 32.0
MIN_HEIGHT, VERTICAL_PAD = 48.0, 13.0
ANSWER_WIDTH = 140.0
SLANT = 18.0
NUMBER_RADIUS, NUMBER_INSET = 9.5, 26.0
# An answer that finds no place is a numbered mark on its line, told below the drawing.
MARK = 20.0
LEGEND_LINE, LEGEND_GAP, LEGEND_INDENT = 22.0, 10.0, 28.0

# Questions with many exclusive ways on become columns under one bus, in rows no broader than this.
FAN_WIDTH, COLUMN_GAP, BUS_DROP, ROW_GAP, RAIL = 730.0, 24.0, 20.0, 30.0, 22.0
ARROW_ROOM = 24.0
LAYER_GAP = 34.0
STRETCH = 14.0
BAND_TOP, BAND_BOTTOM, BAND_SIDE = 34.0, 18.0, 22.0


@dataclass(frozen=True)
class Box:
    """An upright rectangle."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def middle(self) -> Point:
        return (self.left + self.width / 2, self.top + self.height / 2)

    def moved(self, dx: float, dy: float) -> Box:
        """The same box elsewhere."""
        return replace(self, left=self.left + dx, top=self.top + dy)

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any area."""
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and self.top < other.top + other.height
            and other.top < self.top + self.height
        )


@dataclass(frozen=True)
class Route:
    """The line from a step to the next, with the place of its answer, or of the mark that stands for it."""

    source: str
    target: str
    points: tuple[Point, ...]
    answer: Box | None = None
    mark: int | None = None


@dataclass(frozen=True)
class Note:
    """An answer told below the drawing: its mark's number, its exit, and a place that fits every language."""

    number: int
    edge: Edge
    box: Box


@dataclass(frozen=True)
class Band:
    """The strip behind the steps of one phase."""

    phase: str
    box: Box


@dataclass(frozen=True)
class Layout:
    """The finished geometry. Routes stand in the order of the steps and their exits."""

    width: float
    height: float
    steps: Mapping[str, Box]
    routes: tuple[Route, ...]
    bands: tuple[Band, ...]
    notes: tuple[Note, ...] = ()


@dataclass
class _Block:
    """A part of the drawing with its own origin at the top left."""

    width: float
    height: float
    steps: dict[str, Box] = field(default_factory=dict)
    lines: dict[Edge, list[Point]] = field(default_factory=dict)
    answers: dict[Edge, Box] = field(default_factory=dict)
    marked: list[Edge] = field(default_factory=list)

    def take(self, other: _Block, dx: float, dy: float) -> None:
        """Take in another block, moved."""
        self.steps |= {key: box.moved(dx, dy) for key, box in other.steps.items()}
        self.lines |= {key: [(x + dx, y + dy) for x, y in line] for key, line in other.lines.items()}
        self.answers |= {key: box.moved(dx, dy) for key, box in other.answers.items()}
        self.marked += other.marked


def number_circle(box: Box) -> Box:
    """The place of a step's number, in a circle on its upper edge."""
    x, y = box.left + NUMBER_INSET, box.top
    return Box(x - NUMBER_RADIUS, y - NUMBER_RADIUS, 2 * NUMBER_RADIUS, 2 * NUMBER_RADIUS)


def is_bold(step: FlowStep) -> bool:
    """Questions and the start are set in bold."""
    return step.kind in ("start", "decision", "parallel")


def step_lines(step: FlowStep, language: str, keep_whole: Sequence[str] = ()) -> tuple[str, ...]:
    """The lines of a step's box in one language."""
    pad = ONWARD_PAD if step.leads_to else PAD_BY_KIND.get(step.kind, STEP_PAD)
    room = STEP_WIDTH - 2 * pad
    return wrap(step.text[language], room, TEXT_SIZE, is_bold(step), keep_whole)


def answer_lines(way: FlowExit, language: str, keep_whole: Sequence[str] = ()) -> tuple[str, ...]:
    """The lines of an answer in one language."""
    return wrap(way.answer[language], ANSWER_WIDTH, ANSWER_SIZE, True, keep_whole) if way.answer else ()


def note_lines(
    graph: FlowGraph, edge: Edge, language: str, room: float, keep_whole: Sequence[str] = ()
) -> tuple[str, ...]:
    """The lines of an answer below the drawing, with the numbers of the steps it leads from and to."""
    numbers = reading_order(graph)
    way = graph.step(edge[0]).exits[edge[1]]
    answer = way.answer[language] if way.answer else ""
    ends = f"({numbers[edge[0]]}{NO_BREAK}→{NO_BREAK}{numbers[way.target]})"
    return wrap(f"{answer} {ends}", room - LEGEND_INDENT, ANSWER_SIZE, True, [*keep_whole, ends])


# A flow is drawn many times: in its topic, on its page, in embeds and files, and in each language.
_LAID_OUT: dict[tuple[object, ...], Layout] = {}
# Columns of steps by the sizes of these and of the answers between them.
_COLUMNS: dict[tuple[object, ...], tuple[Sequence[str], _Block]] = {}


@dataclass(frozen=True)
class Known:
    """What a process has worked out of flows: layouts, and how texts break into lines."""

    layouts: Mapping[tuple[object, ...], Layout]
    lines: Mapping[tuple[str, float, float, bool, tuple[str, ...]], tuple[str, ...]]


def known() -> Known:
    """What this process knows, for others that draw the same flows."""
    return Known(_LAID_OUT, LINES)


def learn(from_another: Known) -> None:
    """Takes what another process has worked out, so that it is not done again."""
    _LAID_OUT.update(from_another.layouts)
    LINES.update(from_another.lines)


def lay_out(graph: FlowGraph, keep_whole: Sequence[str] = ()) -> Layout:
    """Place a flow. Boxes fit every language, so that nothing moves when the reader switches."""
    # Where its links lead moves no box, nor do its title and description.
    key = (
        graph.start,
        (*graph.phases,),
        (*keep_whole,),
        *((s.id, s.kind, s.phase, s.leads_to is None, *s.text.items()) for s in graph.steps),
        *((e.target, *(e.answer or {}).items()) for s in graph.steps for e in s.exits),
        *(len(s.exits) for s in graph.steps),
    )
    if key not in _LAID_OUT:
        planner = _Planner(graph, keep_whole)
        block = planner.arrange([step.id for step in graph.steps])
        _LAID_OUT[key] = _finish(graph, block, keep_whole)
    return _LAID_OUT[key]


class _Planner:
    """Places the steps of one flow; fans inside fans are placed first and then treated as one box."""

    def __init__(self, graph: FlowGraph, keep_whole: Sequence[str]) -> None:
        self.graph = graph
        self.by_id = {step.id: step for step in graph.steps}
        self.heights = {
            step.id: max(
                MIN_HEIGHT,
                max(len(step_lines(step, language, keep_whole)) for language in graph.languages) * LINE
                + 2 * VERTICAL_PAD,
            )
            for step in graph.steps
        }
        self.answer_sizes = dict(self._measure_answers(keep_whole))
        self.entries = {step.id: 0 for step in graph.steps}
        for step in graph.steps:
            for way in step.exits:
                self.entries[way.target] += 1
        self.fans: dict[str, list[list[str]]] = {}
        self.joins: dict[str, str] = {}
        for step in graph.steps:
            if len(step.exits) > 2:
                self._find_fan(step)

    def _measure_answers(self, keep_whole: Sequence[str]) -> Iterator[tuple[Edge, tuple[float, float]]]:
        for step in self.graph.steps:
            for index, way in enumerate(step.exits):
                if way.answer:
                    texts = [answer_lines(way, language, keep_whole) for language in self.graph.languages]
                    widest = max(text_width(line, ANSWER_SIZE, True) for lines in texts for line in lines)
                    tallest = max(map(len, texts))
                    yield (step.id, index), (widest + 16, tallest * ANSWER_LINE + 6)

    def _find_fan(self, step: FlowStep) -> None:
        """Note a question whose branches share nothing but, at most, the step in which they all end."""
        branches, ends = zip(*(self._own_branch(way.target) for way in step.exits), strict=True)
        if not all(branches):
            return
        joins = set(ends)
        if joins == {None}:
            self.fans[step.id] = list(branches)
        # A branch that forks again would send its lines to the join through its own steps.
        elif (
            len(joins) == 1
            and self.entries[ends[0]] == len(branches)
            and all(len(self.by_id[step_id].exits) == 1 for branch in branches for step_id in branch)
        ):
            self.fans[step.id] = list(branches)
            self.joins[step.id] = ends[0]

    def _own_branch(self, root: str) -> tuple[list[str], str | None]:
        """The steps below this one that no other branch leads into, and the shared step they lead to."""
        branch: list[str] = []
        ends: set[str] = set()
        waiting = [root]
        while waiting:
            current = waiting.pop()
            if self.entries[current] != 1:
                ends.add(current)
                continue
            branch.append(current)
            waiting += [way.target for way in self.by_id[current].exits]
        if len(ends) > 1:
            return [], None
        return branch, next(iter(ends), None)

    def arrange(self, members: Sequence[str]) -> _Block:
        """Place these steps and the lines among them."""
        inside: set[str] = set()
        fans: dict[str, _Block] = {}
        for step_id in members:
            if step_id in self.fans and step_id not in inside:
                fans[step_id] = self._fan(step_id)
                inside.update(step for branch in self.fans[step_id] for step in branch)
        visible = [step_id for step_id in members if step_id not in inside]
        edges = [
            (step_id, index)
            for step_id in visible
            for index, way in enumerate(self.by_id[step_id].exits)
            if way.target in visible
        ]
        if not fans and [(edge[0], self.target(edge)) for edge in edges] == [*pairwise(visible)]:
            return self._column(visible, edges)
        return self._arranged(visible, edges, fans)

    def _column(self, members: Sequence[str], edges: Sequence[Edge]) -> _Block:
        """Steps that each lead to the next, as in most branches: alike wherever their sizes are."""
        key = (
            *(self.heights[step_id] for step_id in members),
            *((index, self.answer_sizes.get((step_id, index))) for step_id, index in edges),
        )
        if key not in _COLUMNS:
            _COLUMNS[key] = members, self._arranged(members, edges, {})
        known, block = _COLUMNS[key]
        ids = dict(zip(known, members, strict=True))
        return _Block(
            block.width,
            block.height,
            {ids[step_id]: box for step_id, box in block.steps.items()},
            {(ids[step_id], index): [*line] for (step_id, index), line in block.lines.items()},
            {(ids[step_id], index): box for (step_id, index), box in block.answers.items()},
            [(ids[step_id], index) for step_id, index in block.marked],
        )

    def _arranged(self, visible: Sequence[str], edges: Sequence[Edge], fans: Mapping[str, _Block]) -> _Block:
        """The best of several ways to place these steps and fans."""
        sizes = {step_id: (STEP_WIDTH, self.heights[step_id]) for step_id in visible}
        sizes |= {_fan_key(step_id): (fan.width, fan.height) for step_id, fan in fans.items()}
        # The step in which the branches of a fan meet again hangs below the fan.
        links = [(step_id, _fan_key(step_id)) for step_id in fans]
        links += [(_fan_key(step_id), self.joins[step_id]) for step_id in fans if step_id in self.joins]
        drawn = self._engine(sizes, edges, links)
        best: tuple[float, _Block] | None = None
        for result in drawn:
            block = self._block(result, sizes, edges, len(links))
            # Mostly the engine has but one answer, and nothing is to be chosen.
            score = self._score(block, result) if len(drawn) > 1 else 0.0
            if best is None or score < best[0] - 1e-6:
                best = (score, block)
        assert best is not None
        self._answers(best[1])
        return self._insert_fans(best[1], fans)

    def _score(self, block: _Block, result: graphlay.Layout) -> float:
        """How bad a drawing is."""
        unplaced = sum(self._place_answers(block).values())
        metrics = result.metrics()
        faults = float(metrics["crossings"] * 200 + metrics["node_edge_hits"] * 500)
        score = unplaced * 150 + faults + (block.height + block.width) / 20
        return score + sum(len(line) - 2 for line in block.lines.values()) * 4 + _cramped(block, self) * 30

    def _engine(
        self,
        sizes: Mapping[str, tuple[float, float]],
        edges: Sequence[Edge],
        links: Sequence[tuple[str, str]],
    ) -> list[graphlay.Layout]:
        """The only place that asks the layout engine: boxes and edges in, its different answers out."""
        drawing = graphlay.Graph()
        for key, (width, height) in sizes.items():
            drawing.node(key, width=width, height=height)
        for upper, lower in links:
            drawing.edge(upper, lower, weight=4.0)
        for edge in edges:
            label = self.answer_sizes.get(edge)
            size = {"width": label[0], "height": label[1]} if label else None
            drawing.edge(edge[0], self.target(edge), label_size=size)
        # The seed breaks ties of order, and one below the other leaves nothing to order.
        pairs = [*links, *((edge[0], self.target(edge)) for edge in edges)]
        is_chain = len(pairs) < len(sizes) and all(
            len(set(ends)) == len(pairs) for ends in zip(*pairs, strict=True)
        )
        out: list[graphlay.Layout] = []
        for ports in ("any", "facing_preferred"):
            for seed in range(1 if is_chain else 3):
                result = graphlay.layout(
                    drawing,
                    preset="layered",
                    options={
                        "direction": "topbottom",
                        "effort": "thorough",
                        "seed": seed,
                        "spacing": {
                            "layer_gap": LAYER_GAP,
                            "node_gap": 28,
                            "port_gap": 26,
                            "edge_label_margin": 8,
                            "stub": 16,
                        },
                        "routing": {"merge_edges": "none", "port_sides": ports, "centre_ports": "all"},
                        "labels": {"reservation": "always"},
                        "coords": {"branch_style": "straight_main"},
                    },
                )
                if all(result.raw != other.raw for other in out):
                    out.append(result)
        return out

    def _block(
        self,
        result: graphlay.Layout,
        sizes: Mapping[str, tuple[float, float]],
        edges: Sequence[Edge],
        links: int,
    ) -> _Block:
        """An answer of the engine, put right. links: how many lines it has that are not drawn, the first."""
        left, top = result.bounds["min"]["x"], result.bounds["min"]["y"]
        block = _Block(result.bounds["max"]["x"] - left, result.bounds["max"]["y"] - top)
        for key, node in zip(sizes, result.nodes, strict=True):
            width, height = sizes[key]
            x, y = node["center"]["x"] - left, node["center"]["y"] - top
            block.steps[key] = Box(x - width / 2, y - height / 2, width, height)
        for edge, drawn in zip(edges, result.edges[links:], strict=True):
            points = [(point["x"] - left, point["y"] - top) for point in drawn["points"]]
            block.lines[edge] = _straightened(points)
        self._relieve_sides(block)
        self._share_arrowheads(block)
        return block

    def target(self, edge: Edge) -> str:
        """The step an edge leads to."""
        return self.by_id[edge[0]].exits[edge[1]].target

    def _relieve_sides(self, block: _Block) -> None:
        """Where a side of a step takes several lines, lead those that arrive from above in at the top."""
        for edge, line in block.lines.items():
            step_id = self.target(edge)
            box = block.steps[step_id]
            if len(line) < 3 or not _shared_side(block, self, step_id, line[-1]):
                continue
            x, y = line[-2][0], box.top - LAYER_GAP / 2
            run = _segment_box((x, y), (box.middle[0], y))
            if line[-3][0] != x or line[-3][1] > y or any(map(run.overlaps, block.steps.values())):
                continue
            block.lines[edge] = [*line[:-2], (x, y), (box.middle[0], y), (box.middle[0], box.top)]
        # A line that now has a side to itself leaves at its middle.
        for edge, line in block.lines.items():
            box = block.steps[edge[0]]
            y = box.middle[1]
            alone = _side(box, line[0]) and not _shared_side(block, self, edge[0], line[0])
            if alone and len(line) > 2 and line[2][1] > y:
                line[:2] = [(line[0][0], y), (line[1][0], y)]

    def _share_arrowheads(self, block: _Block) -> None:
        """Lines that come down on the same step end in one arrowhead."""
        for step_id, box in block.steps.items():
            arriving = [
                edge
                for edge, line in block.lines.items()
                if self.target(edge) == step_id
                and abs(line[-1][1] - box.top) < 1
                and abs(line[-1][0] - line[-2][0]) < 1
            ]
            if len(arriving) < 2:
                continue
            ends = [
                (len(block.lines[edge]), abs(block.lines[edge][-1][0] - box.middle[0]), edge)
                for edge in arriving
            ]
            straightest = min(ends)[2]
            x = block.lines[straightest][-1][0]
            others = [other for key, other in block.steps.items() if key != step_id]
            for edge in arriving:
                line = block.lines[edge]
                if len(line) > 2:
                    moved = [line[-3], (x, line[-2][1]), (x, line[-1][1])]
                    runs = [_segment_box(a, b) for a, b in pairwise(moved[1:])]
                    if not any(run.overlaps(other) for run in runs for other in others):
                        line[-3:] = moved

    def _answers(self, block: _Block) -> None:
        """Place the answers; open the drawing where one finds no room, or mark it."""
        faults = self._place_answers(block)
        fewest, idle = sum(faults.values()), 0
        while fewest and idle < 3:
            worst = max(faults, key=lambda edge: faults[edge])
            _open_below(block, block.lines[worst][0][1] + 0.5)
            faults = self._place_answers(block)
            idle = idle + 1 if sum(faults.values()) >= fewest else 0
            fewest = min(fewest, sum(faults.values()))
        self._place_marks(block, [edge for edge in faults if faults[edge]])

    def _place_marks(self, block: _Block, edges: Sequence[Edge]) -> None:
        """Mark the lines of answers without a good place; open the drawing where a mark has none either."""
        for edge in edges:
            del block.answers[edge]
        block.marked = list(edges)
        for edge in edges:
            best = self._mark(block, edge)
            for _ in range(12):
                if not best[0]:
                    break
                _open_below(block, block.lines[edge][0][1] + 0.5)
                best = self._mark(block, edge)
            block.answers[edge] = best[2]

    def _mark(self, block: _Block, edge: Edge) -> tuple[int, int, Box]:
        """The best place of a mark, after how many boxes it would touch and how many lines it would hide."""
        line = block.lines[edge]
        obstacles, strangers = _near(block, edge, MARK, MARK)
        options = []
        for number, (a, b) in enumerate(pairwise(line)):
            length = abs(b[0] - a[0]) + abs(b[1] - a[1])
            # The arrowhead stays free.
            room = length - MARK / 2 - (10 if number == len(line) - 2 else 0)
            for at in range(int(MARK / 2) + 1, max(int(MARK / 2) + 2, int(room)), 3):
                x, y = a[0] + (b[0] - a[0]) * at / length, a[1] + (b[1] - a[1]) * at / length
                box = Box(x - MARK / 2, y - MARK / 2, MARK, MARK)
                options.append((sum(map(box.overlaps, obstacles)), sum(map(box.overlaps, strangers)), box))
        return min(options, key=lambda option: option[:2])

    def _place_answers(self, block: _Block) -> dict[Edge, int]:
        """Put each answer as near its question as it goes without touching anything; count the touches."""
        block.answers.clear()
        faults = {}
        for edge, line in block.lines.items():
            if edge not in self.answer_sizes:
                continue
            width, height = self.answer_sizes[edge]
            obstacles, strangers = _near(block, edge, width, height)
            best: tuple[int, Box] | None = None
            for x, y in _spots(line, width, height):
                box = Box(x - width / 2, y - height / 2, width, height)
                aura = Box(box.left - 3, box.top - 2, width + 6, height + 4)
                touched = 3 * sum(map(aura.overlaps, obstacles)) + sum(map(aura.overlaps, strangers))
                if best is None or touched < best[0]:
                    best = (touched, box)
                if touched == 0:
                    break
            if best is None:
                x, y = line[len(line) // 2]
                best = (9, Box(x - width / 2, y - height / 2, width, height))
            faults[edge], block.answers[edge] = best
        return faults

    def _fan(self, step_id: str) -> _Block:
        """The branches of a question as columns, the bus over each row of them at the top of the block."""
        columns = [self.arrange(branch) for branch in self.fans[step_id]]
        answers = [self.answer_sizes.get((step_id, index), (0.0, 0.0)) for index in range(len(columns))]
        widths = [max(column.width, answer[0]) for column, answer in zip(columns, answers, strict=True)]
        per_row = max(1, int((FAN_WIDTH + COLUMN_GAP) // (max(widths) + COLUMN_GAP)))
        row_count = -(-len(columns) // per_row)
        per_row = -(-len(columns) // row_count)
        rail = RAIL if row_count > 1 else 0.0
        fan = _Block(0.0, 0.0)
        bus = 0.0
        for first in range(0, len(columns), per_row):
            row = range(first, min(first + per_row, len(columns)))
            tallest_answer = max(answers[index][1] for index in row)
            left, top = rail, bus + BUS_DROP + tallest_answer + ARROW_ROOM
            for index in row:
                column = columns[index]
                root = self.fans[step_id][index][0]
                fan.take(column, left + (widths[index] - column.width) / 2, top)
                x, _ = fan.steps[root].middle
                start = [(0.0, bus), (x, bus)] if first else [(x, bus)]
                fan.lines[step_id, index] = [*start, (x, fan.steps[root].top)]
                width, height = answers[index]
                if width:
                    box_top = bus + BUS_DROP - 4 + (tallest_answer - height) / 2
                    fan.answers[step_id, index] = Box(x - width / 2, box_top, width, height)
                left += widths[index] + COLUMN_GAP
            # Room for the rail on both sides keeps the middle column under the question.
            fan.width = max(fan.width, left - COLUMN_GAP + rail)
            fan.height = top + max(columns[index].height for index in row)
            bus = fan.height + ROW_GAP
        return fan

    def _insert_fans(self, block: _Block, fans: Mapping[str, _Block]) -> _Block:
        """Put the columns in the place kept for them, and join each to its question."""
        for step_id, fan in fans.items():
            kept = block.steps.pop(_fan_key(step_id))
            box = block.steps[step_id]
            x, bus = box.middle[0], kept.top - LAYER_GAP / 2
            block.take(fan, kept.left, bus)
            foot = kept.bottom
            for index, branch in enumerate(self.fans[step_id]):
                self._join_again(block, step_id, branch, foot)
                line = block.lines[step_id, index]
                block.lines[step_id, index] = _straightened(
                    [(x, box.bottom), (x, bus), (line[0][0], bus), *line]
                )
        return block

    def _join_again(self, block: _Block, step_id: str, branch: Sequence[str], foot: float) -> None:
        """Lead the ends of a branch down to a second bus and from there into the step that follows."""
        if step_id not in self.joins:
            return
        join = block.steps[self.joins[step_id]]
        for last in branch:
            for index, way in enumerate(self.by_id[last].exits):
                if way.target == self.joins[step_id]:
                    x, y = block.steps[last].middle[0], block.steps[last].bottom
                    goal = join.middle[0]
                    block.lines[last, index] = _straightened(
                        [(x, y), (x, foot), (goal, foot), (goal, join.top)]
                    )


def _fan_key(step_id: str) -> str:
    # A colon cannot stand in the id of a step.
    return f"fan:{step_id}"


def _straightened(points: Sequence[Point]) -> list[Point]:
    """The same line without points that lie on top of each other or on a straight run."""
    line: list[Point] = []
    for x, y in points:
        if line and abs(line[-1][0] - x) + abs(line[-1][1] - y) < 0.6:
            continue
        if len(line) > 1:
            (ax, ay), (bx, by) = line[-2:]
            if (abs(ax - bx) < 0.6 and abs(bx - x) < 0.6) or (abs(ay - by) < 0.6 and abs(by - y) < 0.6):
                line[-1] = (x, y)
                continue
        line.append((x, y))
    return line


def _segment_box(a: Point, b: Point) -> Box:
    return Box(min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]) + 0.1, abs(a[1] - b[1]) + 0.1)


def _near(block: _Block, edge: Edge, width: float, height: float) -> tuple[list[Box], list[Box]]:
    """What a box of this size could touch anywhere on a line: steps and answers, and lines of other exits."""
    xs, ys = zip(*block.lines[edge], strict=True)
    left, top = min(xs) - width, min(ys) - height
    reach = Box(left, top, max(xs) + width - left, max(ys) + height - top)
    numbers = [number_circle(box) for box in block.steps.values()]
    boxes = [*block.steps.values(), *numbers, *block.answers.values()]
    boxes = [box for box in boxes if box.overlaps(reach)]
    lines = []
    for other, points in block.lines.items():
        if other != edge:
            runs = (_segment_box(a, b) for a, b in pairwise(points))
            lines += [run for run in runs if run.overlaps(reach)]
    return boxes, lines


def _spots(line: Sequence[Point], width: float, height: float) -> Iterator[Point]:
    """Places for an answer on its line, from the question on, clear of corners and the arrowhead."""
    last = len(line) - 2
    for number, (a, b) in enumerate(pairwise(line)):
        length = abs(b[0] - a[0]) + abs(b[1] - a[1])
        upright = abs(b[1] - a[1]) > abs(b[0] - a[0])
        half = (height if upright else width) / 2
        at = half + (11 if number else 4 if upright else 8)
        end = length - half - (13 if number == last else 11)
        while at <= end + 0.1:
            yield (a[0] + (b[0] - a[0]) * at / length, a[1] + (b[1] - a[1]) * at / length)
            at += 5


def _open_below(block: _Block, y: float) -> None:
    """Move everything below this height down, at a height that cuts through no box."""
    while cut := [box.bottom for box in block.steps.values() if box.top < y < box.bottom]:
        y = max(cut) + 0.5
    for key, box in block.steps.items():
        if box.top > y:
            block.steps[key] = box.moved(0, STRETCH)
    for edge, box in block.answers.items():
        if box.middle[1] > y:
            block.answers[edge] = box.moved(0, STRETCH)
    for edge, line in block.lines.items():
        block.lines[edge] = [(px, py + STRETCH if py > y else py) for px, py in line]
    block.height += STRETCH


def _ends(block: _Block, planner: _Planner) -> Iterator[tuple[str, Point]]:
    for edge, line in block.lines.items():
        yield edge[0], line[0]
        yield planner.target(edge), line[-1]


def _side(box: Box, point: Point) -> str:
    """The upright side of a box that a point lies on, if it does."""
    return "left" if abs(point[0] - box.left) < 1 else "right" if abs(point[0] - box.right) < 1 else ""


def _shared_side(block: _Block, planner: _Planner, step_id: str, point: Point) -> bool:
    box = block.steps[step_id]
    side = _side(box, point)
    return (
        bool(side)
        and sum(key == step_id and _side(box, end) == side for key, end in _ends(block, planner)) > 1
    )


def _cramped(block: _Block, planner: _Planner) -> int:
    """How many ends of lines share the left or right side of a step."""
    return sum(_shared_side(block, planner, step_id, point) for step_id, point in _ends(block, planner))


def _on_outline(step: FlowStep, box: Box, point: Point) -> Point:
    """Pull the end of a line from the side of the box onto the slanted side of a question."""
    x, y = point
    middle = box.middle
    if step.kind != "decision" or abs(abs(x - middle[0]) - box.width / 2) > 1:
        return point
    inward = min(SLANT, box.height / 2) * abs(y - middle[1]) / (box.height / 2)
    return (x - inward if x > middle[0] else x + inward, y)


def _finish(graph: FlowGraph, block: _Block, keep_whole: Sequence[str]) -> Layout:
    """Move the drawing to its margins; add the bands of the phases and the answers told below."""
    spans: dict[str, tuple[float, float]] = {}
    for step in graph.steps:
        box = block.steps[step.id]
        top, bottom = spans.get(step.phase, (box.top, box.bottom))
        spans[step.phase] = (min(top, box.top), max(bottom, box.bottom))
    # Answers and lines may reach out further than the steps.
    xs = [x for line in block.lines.values() for x, _ in line]
    xs += [x for box in (*block.steps.values(), *block.answers.values()) for x in (box.left, box.right)]
    bottom = max(box.bottom for box in block.steps.values())
    phases = sorted(spans, key=lambda phase: spans[phase])
    banded = len(phases) > 1 and all(spans[a][1] < spans[b][0] for a, b in pairwise(phases))
    dx, dy = BAND_SIDE - min(xs), BAND_TOP if banded else BAND_BOTTOM
    width = max(xs) - min(xs) + 2 * BAND_SIDE
    bands: list[Band] = []
    if banded:
        middles = [(spans[a][1] + spans[b][0]) / 2 for a, b in pairwise(phases)]
        edges = [-BAND_TOP, *middles, bottom + BAND_BOTTOM]
        for phase, (top, low) in zip(phases, pairwise(edges), strict=True):
            bands.append(Band(phase, Box(1, top + dy + 2, width - 2, low - top - 4)))
    moved = _Block(width, bottom + dy + BAND_BOTTOM)
    moved.take(block, dx, dy)
    notes = _notes(graph, moved, width, keep_whole)
    marks = {note.edge: note.number for note in notes}
    routes = []
    for step in graph.steps:
        for index, way in enumerate(step.exits):
            line = moved.lines[step.id, index]
            source, target = moved.steps[step.id], moved.steps[way.target]
            line[0] = _on_outline(step, source, line[0])
            line[-1] = _on_outline(graph.step(way.target), target, line[-1])
            edge = (step.id, index)
            routes.append(Route(step.id, way.target, tuple(line), moved.answers.get(edge), marks.get(edge)))
    height = notes[-1].box.bottom + LEGEND_GAP if notes else moved.height
    return Layout(width, height, moved.steps, tuple(routes), tuple(bands), notes)


def _notes(graph: FlowGraph, block: _Block, width: float, keep_whole: Sequence[str]) -> tuple[Note, ...]:
    """The answers told below the drawing, in reading order."""
    order = reading_order(graph)
    room = width - 2 * BAND_SIDE
    y = block.height + LEGEND_GAP
    notes = []
    for number, edge in enumerate(sorted(block.marked, key=lambda e: (order[e[0]], e[1])), 1):
        count = max(len(note_lines(graph, edge, language, room, keep_whole)) for language in graph.languages)
        height = LEGEND_LINE + (count - 1) * ANSWER_LINE
        notes.append(Note(number, edge, Box(BAND_SIDE, y, room, height)))
        y += height
    return tuple(notes)
