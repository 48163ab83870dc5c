"""A drawing of the book in, with the classes of figures.css; the same with attributes out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from generator.flowchart.textfit import text_width
from generator.model import Edition, OutputFile
from generator.render.bold_labels import take_bold_labels
from generator.render.drawing import SVG, figure_svg

# What Typst sets the plain labels in.
FONT = "Noto Sans SC"
_RULE = re.compile(r"^\.(fig[a-z-]*) \{([^}]*)\}", re.M)
_VARIABLE = re.compile(r"(--fig-[a-z-]+):\s*([^;]+);")


@lru_cache(maxsize=4)
def attributes(style: str) -> dict[str, dict[str, str]]:
    """Class to attributes, as the style sheet says them for light pages."""
    first = style.partition("}")[0]
    colors = dict(_VARIABLE.findall(first))
    out: dict[str, dict[str, str]] = {}
    for name, body in _RULE.findall(style):
        if name == "fig":
            continue
        pairs = (part.split(":", 1) for part in body.split(";") if ":" in part)
        rule = {
            key.strip(): re.sub(r"var\((--fig-[a-z-]+)\)", lambda m: colors[m[1]], value).strip()
            for key, value in pairs
        }
        if "font-family" in rule:
            rule["font-family"] = FONT
        out.setdefault(name, {}).update({k: v.removesuffix("px") for k, v in rule.items()})
    return out


class PrintFigure(NamedTuple):
    """A drawing as SVG, its frame as `left, top, width, height`, and the bold labels, which are not in it."""

    svg: str
    frame: tuple[float, float, float, float]
    labels: list[dict[str, str | float]]


def print_figure(svg: str, style: str) -> PrintFigure:
    """The drawing with attributes in the place of classes. A class without a rule is left out."""
    root = _with_attributes(svg, style)
    frame = _widen(root)
    labels = take_bold_labels(root)
    return PrintFigure(etree.tostring(root, encoding="unicode"), frame, labels)


def drawing_path(id_: str) -> str:
    """Where a drawing lies as a file of its own, in the folder of its language."""
    return f"assets/drawings/{id_}.svg"


def drawings(edition: Edition, style: str) -> list[OutputFile]:
    """Every drawing as a file that a browser shows by itself: what a reader without scripts enlarges.

    style: the text of figures.css. The colors are those of light pages, on a ground of their own.
    """
    found = {figure.id: figure for page in edition.pages for figure, _ in page.figures if not figure.picture}
    return [
        OutputFile(drawing_path(id_), _alone(figure_svg(figure), edition.language, style))
        for id_, figure in found.items()
    ]


def _alone(svg: str, language: str, style: str) -> bytes:
    root = _with_attributes(svg, style)
    left, top, width, height = _widen(root)
    ground = {"x": left, "y": top, "width": width, "height": height, "fill": "#ffffff"}
    paper = etree.Element(f"{SVG}rect", {name: str(value) for name, value in ground.items()})
    root.insert(0, paper)
    root.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    root.set("font-family", "sans-serif")
    for text in root.iter("{*}text"):
        text.attrib.pop("font-family", "")
    return etree.tostring(root, encoding="utf-8")


def _with_attributes(svg: str, style: str) -> etree._Element:
    table = attributes(style)
    root = etree.fromstring(svg)
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        name = element.tag.rpartition("}")[2]
        for class_ in str(element.attrib.pop("class", "")).split():
            for key, value in table.get(class_, {}).items():
                element.set(key, value)
        if name in ("path", "circle", "ellipse", "rect"):
            element.set("stroke-linecap", "round")
            element.set("stroke-linejoin", "round")
        for extra in ("data-label", "role", "aria-label"):
            element.attrib.pop(extra, "")
    return root


def _widen(root: etree._Element) -> tuple[float, float, float, float]:
    """Room for labels that stand out of the frame, which a page shows and print would cut off."""
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    right = left + width
    for text in root.iter("{*}text"):
        broad = text_width(text.text or "", float(text.get("font-size", "15")), bold=True)
        shift = {"middle": broad / 2, "end": broad}.get(text.get("text-anchor", "start"), 0.0)
        start = float(text.get("x", "0")) - shift
        left, right = min(left, start - 2), max(right, start + broad + 2)
    root.set("viewBox", f"{left:g} {top:g} {right - left:g} {height:g}")
    return left, top, right - left, height
