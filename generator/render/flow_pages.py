"""A flow in; its drawing out, cut between phases where one page could not hold it in readable letters.

The bold labels come apart from the drawing, and so does the place of each step, for a link over it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from itertools import combinations, pairwise

from lxml import etree

from generator import flowchart
from generator.flowchart import step_boxes
from generator.render.bold_labels import take_bold_labels
from generator.render.drawing import whole_words
from generator.render.flow_print import SVG, style
from generator.render.flow_source import FlowSource

# The type area in points, less the title above the drawing; the same for every paper the book is printed on.
WIDTH, HEIGHT = 468.0, 596.0
# Points of the page for a unit of the drawing, whose letters are 14 units high.
LARGEST, SMALLEST = 0.66, 0.47
FACE = "Noto Sans SC"


@dataclass(frozen=True)
class FlowPart:
    """A strip of the drawing as SVG, and its width and height on paper in points.

    top: its upper edge in the whole drawing; scale: points for a unit of the drawing; `labels` and
    the `boxes` of the steps (left, top, width, height) are in those units.
    """

    svg: str
    width: float
    height: float
    top: float
    scale: float
    labels: list[dict[str, str | float]]
    boxes: dict[str, tuple[float, float, float, float]]


def flow_parts(source: FlowSource, width: float = WIDTH, height: float = HEIGHT) -> list[FlowPart]:
    """The drawing in as few strips as readable letters allow; each begins with a phase."""
    drawn, bands = _drawing(source)
    broad, high = float(drawn.get("width", "0")), float(drawn.get("height", "0"))
    gaps = [(above[1] + below[0]) / 2 for above, below in pairwise(bands)]
    scale, edges = _cut(gaps, broad, high, width, height)
    return [_part(source, _strip(drawn, broad, top, bottom), scale, top) for top, bottom in pairwise(edges)]


def whole_flow(source: FlowSource) -> FlowPart:
    """The drawing in one piece, at the largest size it is printed in."""
    return _part(source, _drawing(source)[0], LARGEST)


def _drawing(source: FlowSource) -> tuple[etree._Element, list[tuple[float, float]]]:
    """The drawing in print colors, and the upper and lower edge of each phase."""
    edition = source.edition
    drawn = etree.fromstring(
        flowchart.wide_svg(
            source.graph,
            edition.language,
            whole_words(source.graph, edition),
            kind_names=edition.kind_names[edition.language],
            prefix="flow",
        )
    )
    edges = [
        tuple(float(band.get(side, "0")) for side in ("y", "height"))
        for band in drawn.iter(f"{SVG}rect")
        if band.get("class") == "flow-band"
    ]
    style(drawn)
    for text in drawn.iter(f"{SVG}text"):
        text.set("font-family", FACE)
    return drawn, sorted((top, top + high) for top, high in edges)


def _part(source: FlowSource, drawn: etree._Element, scale: float, top: float = 0.0) -> FlowPart:
    labels = take_bold_labels(drawn)
    broad, high = (float(drawn.get(side, "0")) for side in ("width", "height"))
    boxes = {
        step: (box.left, box.top, box.width, box.height)
        for step, box in step_boxes(source.graph, whole_words(source.graph, source.edition)).items()
        if top <= box.middle[1] < top + high
    }
    text: str = etree.tostring(drawn, encoding="unicode")
    return FlowPart(text, round(broad * scale, 2), round(high * scale, 2), top, scale, labels, boxes)


def _cut(
    gaps: list[float], broad: float, high: float, width: float, height: float
) -> tuple[float, list[float]]:
    """The scale and the edges of the strips, from the top of the drawing to its foot."""
    best = (0.0, [0.0, high])
    for count in range(len(gaps) + 1):
        for chosen in combinations(gaps, count):
            edges = [0.0, *chosen, high]
            tallest = max(b - a for a, b in pairwise(edges))
            scale = min(LARGEST, width / broad, height / tallest)
            if scale > best[0] + 1e-9:
                best = (scale, edges)
        if best[0] >= min(SMALLEST, width / broad):
            break
    return best


def _strip(drawn: etree._Element, broad: float, top: float, bottom: float) -> etree._Element:
    """The drawing between two heights. Letters outside are left out, or they would be found when copied."""
    root = copy.deepcopy(drawn)
    root.set("viewBox", f"0 {top:g} {broad:g} {bottom - top:g}")
    root.set("width", f"{broad:g}")
    root.set("height", f"{bottom - top:g}")
    for element in list(root.iter(f"{SVG}text", f"{SVG}rect", f"{SVG}circle")):
        y = float(element.get("y", element.get("cy", "0")))
        if not top - 1 <= y <= bottom + 1:
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)
    return root
