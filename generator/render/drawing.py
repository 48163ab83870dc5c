"""Figures and flows in; their SVG out: words filled in, classes only, no style, no script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from generator import flowchart
from generator.model import Edition, FigureView, FlowView

SVG = "{http://www.w3.org/2000/svg}"
# What a drawing of ours needs; whatever else an SVG can do stays outside.
ELEMENTS = frozenset("svg g path rect circle ellipse line polyline polygon text tspan title desc".split())
ATTRIBUTES = frozenset(
    "class viewBox d x y x1 x2 y1 y2 cx cy r rx ry width height points transform text-anchor data-label "
    "fill-rule clip-rule stroke-linecap stroke-linejoin stroke-dasharray dominant-baseline".split()
)


WORDS = ("text", "tspan", "title", "desc")
_LABEL = re.compile(r"(?P<open><text\b[^>]*?data-label=\"(?P<label>[a-z0-9-]+)\"[^>]*?)\s*(?:/>|>\s*</text>)")
_COORDINATE = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DEPTH = 50


def _depth(element: Element) -> int:
    return 1 + max(map(_depth, element), default=0)


def drawing_faults(data: bytes) -> list[str]:
    """Why an SVG is refused, or nothing. Never raises for bad input."""
    try:
        text = data.decode("utf-8")
        root = fromstring(data, forbid_dtd=True)
        depth = _depth(root)
    except UnicodeDecodeError:
        return ["is not written in UTF-8"]
    except RecursionError:
        return ["is nested too deep"]
    except Exception as error:  # the parser's own and defusedxml's errors share no base
        return [f"is no well-formed SVG: {error}"]
    faults = []
    if depth > _DEPTH:
        faults.append(f"is nested {depth} deep; {_DEPTH} are enough")
    # Words are filled into the text as it is typed.
    if not re.match(r"\s*(<\?xml[^>]*\?>)?(\s*<!--.*?-->)*\s*<svg\s", text, re.S) or "<?" in text[5:]:
        faults.append("does not begin with <svg …>, or holds instructions to a program")
    if "<![CDATA[" in text:
        faults.append("holds a CDATA section")
    box = (root.get("viewBox") or "").split()
    if not (len(box) == 4 and all(map(_COORDINATE.fullmatch, box)) and min(map(float, box[2:])) > 0):
        faults.append('has no viewBox="x y width height"')
    if root.tag != f"{SVG}svg":
        faults.append("does not begin with <svg xmlns=…>")
    for element in root.iter():
        name = str(element.tag).removeprefix(SVG)
        if name not in ELEMENTS:
            faults.append(f"holds <{name}>, which a drawing does not need")
        faults += [
            f"holds the attribute {a} on <{name}>; use a class" for a in element.attrib if a not in ATTRIBUTES
        ]
        if name in WORDS and (element.text or "").strip():
            faults.append("holds words; name a data-label and put the words into figures.yml")
    labels = sum("data-label" in element.attrib for element in root.iter())
    if not faults and len(_LABEL.findall(text)) != labels:
        faults.append('holds a label that is not written <text … data-label="name"/>')
    return list(dict.fromkeys(faults))


def drawing_labels(data: bytes) -> set[str]:
    """The names of the labels that a drawing wants filled."""
    return {
        e.attrib["data-label"] for e in fromstring(data, forbid_dtd=True).iter() if "data-label" in e.attrib
    }


def figure_svg(figure: FigureView) -> str:
    """The drawing with its labels, named for those who do not see it."""

    def fill(match: re.Match[str]) -> str:
        words = escape(figure.labels.get(match["label"], ""))
        return f"{match['open']}>{words}</text>"

    svg = _LABEL.sub(fill, figure.svg)
    svg = re.sub(r"<\?xml[^>]*\?>|<!--.*?-->", "", svg, flags=re.S)
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(figure.alt)}" ', 1)
    return _one_line(svg)


def flow_graph(
    flow: FlowView, edition: Edition, pages: Mapping[str, str], topic: str = ""
) -> flowchart.FlowGraph:
    """The flow as the drawing wants it; every step leads to its section.

    pages: the address of each flow that it goes on in; topic: that of the page of the sections, empty where
    it is the same page.
    """
    steps = []
    for step in flow.steps:
        onward = pages.get(step.goes_on)
        steps.append(
            flowchart.FlowStep(
                id=step.id,
                kind=step.kind,
                phase=step.phase,
                text=step.text,
                href=dict.fromkeys(edition.languages, f"{topic}#{step.section}"),
                exits=tuple(flowchart.FlowExit(target, answer) for target, answer in step.exits),
                leads_to=dict.fromkeys(edition.languages, onward) if onward else None,
            )
        )
    return flowchart.FlowGraph(flow.id, flow.title, flow.description, flow.phases, flow.start, tuple(steps))


def whole_words(graph: flowchart.FlowGraph, edition: Edition) -> tuple[str, ...]:
    """The names that no line of the flow may break, the same for every language.

    Otherwise the boxes would move when the reader switches. Chinese only: English breaks at spaces, and a
    name of several words may well be broken there.
    """
    texts = "\n".join(text for step in graph.steps for text in step.text.values())
    texts += "\n".join(
        text for step in graph.steps for e in step.exits if e.answer for text in e.answer.values()
    )
    return tuple(word for word in edition.unbroken if word in texts)


def flow_svgs(graph: flowchart.FlowGraph, edition: Edition, anchor: str) -> tuple[str, str]:
    """The wide and the narrow drawing in the edition's language."""
    whole = whole_words(graph, edition)
    names = edition.kind_names[edition.language]
    wide = flowchart.wide_svg(graph, edition.language, whole, kind_names=names, prefix=f"{anchor}-wide")
    narrow = flowchart.narrow_svg(graph, edition.language, whole, kind_names=names, prefix=f"{anchor}-narrow")
    return _one_line(wide), _one_line(narrow)


def _one_line(svg: str) -> str:
    """Without line breaks and the blanks beside them: a blank line would end the raw block in Markdown."""
    svg = re.sub(r"<[^<>]*\n[^<>]*>", lambda tag: re.sub(r"\s*\n\s*", " ", tag[0]), svg)
    return "".join(map(str.strip, svg.split("\n")))
