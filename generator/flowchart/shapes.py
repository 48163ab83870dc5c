"""Path data: the outlines of steps, lines with round corners, arrowheads and icons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from .layout import SLANT, Box, Point

CORNER = 9.0
ARROW_LENGTH, ARROW_HALF = 8.0, 4.5


# Many lines and boxes share a coordinate, in each language the same.
@lru_cache(1 << 14)
def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def outline_of(kind: str, box: Box, grow: float = 0.0) -> str:
    """The outline of a step: the shape tells its kind without color."""
    left, top = box.left - grow, box.top - grow
    right, bottom = box.right + grow, box.bottom + grow
    if kind in ("decision", "alert"):
        cut = min(SLANT, (bottom - top) / 2) if kind == "decision" else 12.0
        side = (bottom - top) / 2 if kind == "decision" else cut
        corners = [(left + cut, top), (right - cut, top), (right, top + side)]
        corners += [(right, bottom - side), (right - cut, bottom), (left + cut, bottom)]
        corners += [(left, bottom - side), (left, top + side)]
        points = list(dict.fromkeys(corners))
        return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + "Z"
    radius = min(26.0, (bottom - top) / 2) if kind == "start" else 8.0 if kind != "parallel" else 2.0
    r = number(radius)
    return (
        f"M{number(left + radius)} {number(top)}H{number(right - radius)}"
        f"A{r} {r} 0 0 1 {number(right)} {number(top + radius)}V{number(bottom - radius)}"
        f"A{r} {r} 0 0 1 {number(right - radius)} {number(bottom)}H{number(left + radius)}"
        f"A{r} {r} 0 0 1 {number(left)} {number(bottom - radius)}V{number(top + radius)}"
        f"A{r} {r} 0 0 1 {number(left + radius)} {number(top)}Z"
    )


def line(points: Sequence[Point]) -> str:
    """A line with round corners that stops short of its arrowhead."""
    (ax, ay), (bx, by) = points[-2:]
    length = math.dist(points[-2], points[-1]) or 1.0
    end = (bx - (bx - ax) / length * (ARROW_LENGTH - 1), by - (by - ay) / length * (ARROW_LENGTH - 1))
    path = [*points[:-1], end]
    data = f"M{number(path[0][0])} {number(path[0][1])}"
    for before, corner, after in zip(path, path[1:], path[2:], strict=False):
        radius = min(CORNER, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        enter, leave = _toward(corner, before, radius), _toward(corner, after, radius)
        data += f"L{number(enter[0])} {number(enter[1])}Q{number(corner[0])} {number(corner[1])} "
        data += f"{number(leave[0])} {number(leave[1])}"
    return data + f"L{number(path[-1][0])} {number(path[-1][1])}"


def arrowhead(points: Sequence[Point]) -> str:
    """The head at the end of a line, as a path: markers do not follow the color of their line everywhere."""
    tip = points[-1]
    back = _toward(tip, points[-2], ARROW_LENGTH)
    ux, uy = (tip[0] - back[0]) / ARROW_LENGTH, (tip[1] - back[1]) / ARROW_LENGTH
    wings = [(back[0] - uy * ARROW_HALF, back[1] + ux * ARROW_HALF)]
    wings += [(back[0] + uy * ARROW_HALF, back[1] - ux * ARROW_HALF)]
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in (tip, *wings)) + "Z"


def outcome_bar(box: Box) -> str:
    """The thick left edge of an outcome."""
    top, bottom, left = number(box.top + 8), number(box.bottom - 8), number(box.left)
    inner = number(box.left + 8)
    return (
        f"M{inner} {number(box.top)}A8 8 0 0 0 {left} {top}V{bottom}A8 8 0 0 0 {inner} {number(box.bottom)}Z"
    )


def parallel_bars(box: Box) -> str:
    """The two upright lines that mark a step whose exits all apply."""
    top, bottom = number(box.top), number(box.bottom)
    return f"M{number(box.left + 8)} {top}V{bottom}M{number(box.right - 8)} {top}V{bottom}"


def warning_sign(x: float, y: float) -> str:
    """A triangle with an exclamation mark, centered."""
    return (
        f"M{number(x)} {number(y - 9)}L{number(x + 10)} {number(y + 8.5)}H{number(x - 10)}Z"
        f"M{number(x - 1)} {number(y - 3)}V{number(y + 3)}H{number(x + 1)}V{number(y - 3)}Z"
        f"M{number(x - 1)} {number(y + 4.5)}V{number(y + 6.5)}H{number(x + 1)}V{number(y + 4.5)}Z"
    )


def onward_sign(x: float, y: float) -> str:
    """An arrow to the right, centered: the flow goes on in another one."""
    left, barb, right = number(x - 6), number(x + 1), number(x + 6)
    return f"M{left} {number(y)}H{right}M{barb} {number(y - 5)}L{right} {number(y)}L{barb} {number(y + 5)}"


def _toward(start: Point, goal: Point, distance: float) -> Point:
    length = math.dist(start, goal) or 1.0
    return (
        start[0] + (goal[0] - start[0]) / length * distance,
        start[1] + (goal[1] - start[1]) / length * distance,
    )
