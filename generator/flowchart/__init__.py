"""Decision flows: a graph in; a wide drawing, a narrow one and an outline out."""

from .graph import FlowExit, FlowGraph, FlowStep, reading_order
from .outline import Outline, OutlineExit, OutlinePhase, OutlineStep, outline
from .svg import narrow_svg, step_boxes, wide_svg

__all__ = [
    "FlowExit",
    "FlowGraph",
    "FlowStep",
    "Outline",
    "OutlineExit",
    "OutlinePhase",
    "OutlineStep",
    "narrow_svg",
    "outline",
    "reading_order",
    "step_boxes",
    "wide_svg",
]
