"""A drawing of the book in, with the classes of figures.css; the same with attributes out, for print."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from generator.flowchart.textfit import text_width
from generator.render.bold_labels import take_bold_labels

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
    frame = _widen(root)
    labels = take_bold_labels(root)
    return PrintFigure(etree.tostring(root, encoding="unicode"), frame, labels)


def _widen(root: etree._Element) -> tuple[float, float, float, float]:
    """Room for labels that stand out of the frame, which a page shows and print would cut off."""
    left, top, width, height = map(float, root.get("viewBox", "0 0 360 360").split())
    right = left + width
    for text in root.iter("{*}text"):
        broad = text_width(text.text or "", float(text.get("font-size", "15")), bold=True)
        shift = {"middle": broad / 2, "end": broad}.get(text.get("text-anchor", "start"), 0.0)
        start = float(text.get("x", "0")) - shift
        left, right = min(left, start - 2), max(right, start + broad + 2)
    root.set("viewBox", f"{left:g} {top:g} {right - left:g} {height:g}")
    return left, top, right - left, height
