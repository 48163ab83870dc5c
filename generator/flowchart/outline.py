"""The flow in words: numbered steps by phase, each answer with the number of the step it leads to."""

from __future__ import annotations

from dataclasses import dataclass

from .graph import FlowGraph, FlowStep, reading_order


@dataclass(frozen=True)
class OutlineExit:
    """A way on: the answer if the step asks, and the step it leads to."""

    number: int
    target: str
    text: str
    answer: str | None


@dataclass(frozen=True)
class OutlineStep:
    """One numbered step."""

    number: int
    id: str
    kind: str
    text: str
    href: str
    leads_to: str | None
    exits: tuple[OutlineExit, ...]


@dataclass(frozen=True)
class OutlinePhase:
    """The steps of one phase, in reading order."""

    id: str
    title: str
    steps: tuple[OutlineStep, ...]


@dataclass(frozen=True)
class Outline:
    """A flow in one language, as nested lists want it."""

    id: str
    title: str
    description: str
    phases: tuple[OutlinePhase, ...]

    @property
    def steps(self) -> tuple[OutlineStep, ...]:
        """All steps, phase by phase."""
        return tuple(step for phase in self.phases for step in phase.steps)


def outline(graph: FlowGraph, language: str) -> Outline:
    """The outline of a flow in one language."""
    numbers = reading_order(graph)

    def entry(step: FlowStep) -> OutlineStep:
        exits = tuple(
            OutlineExit(
                number=numbers[way.target],
                target=way.target,
                text=graph.step(way.target).text[language],
                answer=way.answer[language] if way.answer else None,
            )
            for way in step.exits
        )
        leads_to = step.leads_to[language] if step.leads_to else None
        href = step.href[language]
        return OutlineStep(numbers[step.id], step.id, step.kind, step.text[language], href, leads_to, exits)

    steps = sorted(graph.steps, key=lambda step: numbers[step.id])
    phases = tuple(
        OutlinePhase(phase, words[language], tuple(entry(step) for step in steps if step.phase == phase))
        for phase, words in graph.phases.items()
    )
    return Outline(graph.id, graph.title[language], graph.description[language], phases)
