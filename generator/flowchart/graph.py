"""The decision flow as a plain graph: what the drawings and the outline are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

# Words by language code.
Words = Mapping[str, str]


@dataclass(frozen=True)
class FlowExit:
    """A way on from a step. Only the exits of a question carry an answer."""

    target: str
    answer: Words | None = None


@dataclass(frozen=True)
class FlowStep:
    """A box of the flow. `leads_to` is the address, by language, of the flow that an outcome goes on in."""

    id: str
    kind: str
    phase: str
    text: Words
    href: Words
    exits: tuple[FlowExit, ...] = ()
    leads_to: Words | None = None

    @property
    def asks(self) -> bool:
        """Whether the step has several ways on, each under an answer."""
        return self.kind in ("decision", "parallel")


@dataclass(frozen=True)
class FlowGraph:
    """A whole flow that has passed the content checks: known targets, no cycle, all reachable."""

    id: str
    title: Words
    description: Words
    phases: Mapping[str, Words]
    start: str
    steps: tuple[FlowStep, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages the flow is written in, in a fixed order."""
        return tuple(sorted(self.title))

    def step(self, step_id: str) -> FlowStep:
        """The step of this id."""
        return self._by_id[step_id]

    @cached_property
    def _by_id(self) -> Mapping[str, FlowStep]:
        return {step.id: step for step in self.steps}


def reading_order(graph: FlowGraph) -> dict[str, int]:
    """Number the steps from 1: phase by phase, none before a step that leads to it, branches as written."""
    steps = {step.id: step for step in graph.steps}
    phases = {phase: index for index, phase in enumerate(graph.phases)}
    waiting = dict.fromkeys(steps, 0)
    for step in graph.steps:
        for way in step.exits:
            waiting[way.target] += 1
    numbers: dict[str, int] = {}
    ready = [graph.start]
    while ready:
        # The earliest phase, and in it the branch that was opened last.
        chosen = min(reversed(range(len(ready))), key=lambda at: phases.get(steps[ready[at]].phase, 0))
        current = ready.pop(chosen)
        numbers[current] = len(numbers) + 1
        for way in reversed(steps[current].exits):
            waiting[way.target] -= 1
            if waiting[way.target] == 0:
                ready.append(way.target)
    return numbers
