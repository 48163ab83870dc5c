"""A drawing of the book in, with the classes of figures.css; the same with attributes out, for print."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

from generator.flowchart.textfit import text_width

# What Typst sets labels in. Bold is a stroke: SVG text cannot choose the mainland's glyphs of the bold face.
FONT = "Noto Sans SC"
BOLD_STROKE = "0.35"
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
        if rule.pop("font-weight", "") == "700":
            rule |= {"stroke": colors["--fig-label"], "stroke-width": BOLD_STROKE}
        out.setdefault(name, {}).update({k: v.removesuffix("px") for k, v in rule.items()})
    return out


def print_figure(svg: str, style: str) -> tuple[str, float]:
    """The drawing with attributes in the place of classes, and its width over its height.

    A class without a rule is left out.
    """
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
    width, height = _widen(root)
    text: str = etree.tostring(root, encoding="unicode")
    return text, width / height


def _widen(root: etree._Element) -> tuple[float, float]:
    """Room for labels that stand out of the frame, which a page shows and print would cut off."""
    left, top, width, height = map(float, root.get("viewBox", "0 0 360 360").split())
    right = left + width
    for text in root.iter("{*}text"):
        broad = text_width(text.text or "", float(text.get("font-size", "15")), bold=True)
        shift = {"middle": broad / 2, "end": broad}.get(text.get("text-anchor", "start"), 0.0)
        start = float(text.get("x", "0")) - shift
        left, right = min(left, start - 2), max(right, start + broad + 2)
    root.set("viewBox", f"{left:g} {top:g} {right - left:g} {height:g}")
    return right - left, height
