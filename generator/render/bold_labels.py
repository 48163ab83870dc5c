"""An SVG in; its bold labels out, each with its place, taken from the drawing for Typst to set over it.

Text inside an SVG cannot say of which region it is, and the bold face then shows another region's ideographs.
Text of the document can.
"""

from __future__ import annotations

from lxml import etree

BOLD = "700"


def take_bold_labels(root: etree._Element) -> list[dict[str, str | float]]:
    """Removes the bold texts of a drawing. Returns them with `x`, `y` (baseline) and `size` in its units."""
    out: list[dict[str, str | float]] = []
    for text in list(root.iter("{*}text")):
        if text.get("font-weight") != BOLD:
            continue
        out.append(
            {
                "x": float(text.get("x", "0")),
                "y": float(text.get("y", "0")),
                "size": float(text.get("font-size", "14")),
                "fill": text.get("fill", "#000000"),
                "anchor": text.get("text-anchor", "start"),
                # The space at the end of a line is read, not drawn.
                "text": (text.text or "").strip(),
            }
        )
        parent = text.getparent()
        assert parent is not None
        parent.remove(text)
    return out
