"""Decision flows: a graph in; a wide drawing, a narrow one and an outline out."""

from .graph import FlowExit, FlowGraph, FlowStep, reading_order
from .layout import Known, known, learn
from .outline import Outline, OutlineExit, OutlinePhase, OutlineStep, outline
from .svg import narrow_svg, step_boxes, wide_svg

__all__ = [
    "FlowExit",
    "FlowGraph",
    "FlowStep",
    "Known",
    "Outline",
    "OutlineExit",
    "OutlinePhase",
    "OutlineStep",
    "known",
    "learn",
    "narrow_svg",
    "outline",
    "reading_order",
    "step_boxes",
    "wide_svg",
]
