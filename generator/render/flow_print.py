"""A flow in; its wide drawing out as a file of its own: no class, no variable, so that any viewer draws it.

Browsers style the drawing on a page by `flow.css`. A PDF, a slide or an image viewer has no style sheet and
draws a CSS variable black, so here the style sheet's print colors are attributes of each element.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from lxml import etree

from generator import flowchart
from generator.flowchart.shapes import number
from generator.flowchart.textfit import text_width, wrap
from generator.render.drawing import whole_words
from generator.render.flow_source import FlowSource

SVG = "{http://www.w3.org/2000/svg}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
INK, MUTED, PAPER, EDGE = "#000000", "#404040", "#ffffff", "#a0a0a0"
FONT = (
    '"Helvetica Neue", Arial, "Liberation Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", '
    '"Noto Sans SC", sans-serif'
)
ROUND = {"stroke-linecap": "round", "stroke-linejoin": "round"}
BOLD = {"font-weight": "700"}
PHASE_SIZE, CREDIT_SIZE, CREDIT_LINE, MARGIN = 13, 11, 15, 14

TEXT = {"fill": INK, "font-family": FONT, "font-size": "14"}
# Class to attributes: what flow.css says for print. A test compares the two.
ATTRIBUTES: dict[str, dict[str, str]] = {
    "flow-drawing": {},
    "flow-broad": {},
    "flow-step": {},
    "flow-answer": {},
    "flow-text": {},
    "flow-band": {"fill": PAPER, "stroke": EDGE},
    "flow-line": {"fill": "none", "stroke": MUTED, **ROUND, "stroke-width": "1.6"},
    "flow-head": {"fill": MUTED},
    "flow-chip": {"fill": PAPER, "stroke": MUTED},
    "flow-badge": {"fill": PAPER, "stroke": MUTED},
    "flow-number": {"fill": MUTED, "font-size": "11"},
    "flow-phase": {"fill": MUTED, "font-size": str(PHASE_SIZE), **BOLD},
    "flow-answer-text": {"font-size": "12.5", **BOLD},
    "flow-note": {},
    "flow-mark": {"fill": INK, "stroke": INK},
    "flow-mark-number": {"fill": PAPER, "font-size": "12", **BOLD},
    "flow-shape": {"stroke-width": "1.5"},
    "flow-bars": {"fill": "none", "stroke": "#53358f", "stroke-width": "1.5"},
    "flow-bar": {"fill": "#155c37"},
    "flow-onward": {"fill": "none", "stroke": "#155c37", **ROUND, "stroke-width": "2"},
    "flow-icon": {"fill": "#8f1710", "fill-rule": "evenodd"},
}
# The same inside a step of one kind, over the above.
BY_KIND: dict[str, dict[str, dict[str, str]]] = {
    "start": {"flow-shape": {"fill": PAPER, "stroke": INK}, "flow-text": BOLD},
    "action": {"flow-shape": {"fill": PAPER, "stroke": MUTED}},
    "decision": {"flow-shape": {"fill": "#e8f0fd", "stroke": "#1f4a94"}, "flow-text": BOLD},
    "parallel": {"flow-shape": {"fill": "#f1ebfb", "stroke": "#53358f"}, "flow-text": BOLD},
    "outcome": {"flow-shape": {"fill": "#e6f4ec", "stroke": "#155c37"}},
    "alert": {"flow-shape": {"fill": "#fdecea", "stroke": "#8f1710", "stroke-width": "2.2"}},
}
KIND = "flow-is-"


def print_svg(source: FlowSource) -> str:
    """The drawing with its credit below it, as a whole XML file. Links are absolute."""
    edition = source.edition
    drawn = flowchart.wide_svg(
        source.graph,
        edition.language,
        whole_words(source.graph, edition),
        kind_names=edition.kind_names[edition.language],
        prefix="flow",
    )
    root = etree.fromstring(drawn)
    root.set(XML_LANG, edition.language)
    style(root)
    _finish(root, source)
    text: str = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def style(element: etree._Element, kind: str = "") -> None:
    """Attributes in the place of classes, here and below. Raises KeyError for a class not in the table."""
    classes = (element.get("class") or "").split()
    if classes:
        del element.attrib["class"]
    kind = next((name.removeprefix(KIND) for name in classes if name.startswith(KIND)), kind)
    if element.tag == f"{SVG}text":
        _set(element, TEXT)
    for name in classes:
        if not name.startswith(KIND):
            _set(element, ATTRIBUTES[name] | BY_KIND.get(kind, {}).get(name, {}))
    if "flow-phase" in classes:
        _cut_lines_behind(element)
    for child in list(element):
        if child.get("class") == "flow-ring":
            # Seen only when the keyboard has reached the step.
            element.remove(child)
        else:
            style(child, kind)


def _cut_lines_behind(title: etree._Element) -> None:
    """A piece of the band behind a phase's title.

    The page paints a stroke around the letters, below them, which not every viewer can.
    """
    width = text_width(title.text or "", PHASE_SIZE, bold=True)
    x, y = float(title.get("x", "0")), float(title.get("y", "0"))
    piece = etree.Element(f"{SVG}rect")
    _set(piece, _box(x - 3, y - PHASE_SIZE, width + 6, PHASE_SIZE + 5) | {"fill": PAPER})
    title.addprevious(piece)


def _finish(root: etree._Element, source: FlowSource) -> None:
    """White paper under the drawing, and its credit below it and in its description."""
    width, height = (float(root.get(side, "0")) for side in ("width", "height"))
    said, notice = f"{source.outline.title} · {source.credit}", str(source.edition.ui.labels["notice"])
    room = width - 2 * MARGIN
    lines = [*wrap(said, room, CREDIT_SIZE, keep_whole=said.split(" · ")), *wrap(notice, room, CREDIT_SIZE)]
    # An address cannot be broken: it may be broader than a small drawing.
    width = max(width, *(math.ceil(text_width(line, CREDIT_SIZE)) + 2 * MARGIN for line in lines))
    bottom = height + MARGIN + len(lines) * CREDIT_LINE
    _set(root, {"width": f"{width:g}", "height": f"{bottom:g}", "viewBox": f"0 0 {width:g} {bottom:g}"})
    desc = root.find(f"{SVG}desc")
    assert desc is not None
    desc.text = f"{desc.text}\n{source.credit}"
    paper = etree.Element(f"{SVG}rect")
    _set(paper, _box(0, 0, width, bottom) | {"fill": PAPER})
    desc.addnext(paper)
    for index, line in enumerate(lines):
        text = etree.SubElement(root, f"{SVG}text")
        at = {"x": f"{MARGIN}", "y": f"{height + MARGIN + 2 + index * CREDIT_LINE:g}"}
        _set(text, at | TEXT | {"fill": MUTED, "font-size": str(CREDIT_SIZE)})
        text.text = line


def _set(element: etree._Element, attributes: Mapping[str, str]) -> None:
    for name, value in attributes.items():
        element.set(name, value)


def _box(x: float, y: float, width: float, height: float) -> dict[str, str]:
    sides = {"x": x, "y": y, "width": width, "height": height}
    return {name: number(value) for name, value in sides.items()}
