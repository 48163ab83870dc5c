"""Rules on decision flows: a reader who follows one always arrives, and every answer leads somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.passages import Check, Finding
from generator.model import Content, Flow, FlowBlock
from generator.source import Scalar

BRANCHING = ("decision", "parallel")
# Above this many steps a drawing is no longer taken in at a glance, and many answers find no place on it.
MOST_STEPS = 25


def _each(content: Content) -> Iterator[tuple[str, Flow]]:
    yield from content.flows.items()


def flow_target(content: Content) -> Iterator[Finding]:
    """The start and every next and exit of a flow name a step of it."""
    for name, flow in _each(content):
        for target in (flow.start, *(t for node in flow.nodes.values() for t in node.targets)):
            if target not in flow.nodes:
                yield Finding(f'flow "{name}" has no step "{target}"', target.at, "name a step under nodes")
        if flow.start in flow.nodes and flow.nodes[flow.start].kind != "start":
            yield Finding(f'"{flow.start}" is no step of kind start', flow.start.at, "begin at the start")


def flow_reach(content: Content) -> Iterator[Finding]:
    """Every step can be reached from the start."""
    for _, flow in _each(content):
        if any(t not in flow.nodes for node in flow.nodes.values() for t in node.targets):
            continue  # one wrong target would be told again for every step behind it
        seen: set[str] = set()
        todo: list[str] = [flow.start]
        while todo:
            step = todo.pop()
            if step not in seen and step in flow.nodes:
                seen.add(step)
                todo += flow.nodes[_key(flow, step)].targets
        for id_ in flow.nodes:
            if id_ not in seen:
                yield Finding(
                    f'"{id_}" cannot be reached from "{flow.start}"', id_.at, "lead to it or delete it"
                )


def _key(flow: Flow, step: str) -> Scalar:
    return next(i for i in flow.nodes if i == step)


def flow_exits(content: Content) -> Iterator[Finding]:
    """An outcome ends; a decision and a parallel have two exits or more; every other step has one next."""
    for _, flow in _each(content):
        for id_, node in flow.nodes.items():
            count = len(node.targets)
            if node.kind == "outcome" and count:
                yield Finding(f'outcome "{id_}" has exits', id_.at, "make it an action, or delete the exits")
            elif node.kind in BRANCHING and (node.next or len(node.exits) < 2):
                yield Finding(
                    f'{node.kind} "{id_}" has {len(node.exits) or "no"} exit{"s" * (len(node.exits) != 1)}',
                    id_.at,
                    "give it two or more under exits",
                )
            elif node.kind not in (*BRANCHING, "outcome") and node.exits:
                yield Finding(
                    f'{node.kind} "{id_}" branches',
                    id_.at,
                    "give it one next, or make it a decision or parallel",
                )
            elif node.kind not in (*BRANCHING, "outcome") and not node.next:
                yield Finding(
                    f'{node.kind} "{id_}" leads nowhere', id_.at, "give it a next, or make it an outcome"
                )
            if node.flow and node.kind != "outcome":
                yield Finding(
                    f'"{id_}" goes on in another flow and is no outcome', id_.at, "make it an outcome"
                )


def flow_cycle(content: Content) -> Iterator[Finding]:
    """No step leads back to itself."""
    for _, flow in _each(content):
        done: set[str] = set()
        # The steps from the start to here, each with the ways on that are still to be followed. A loop, not a
        # recursion: a flow may be longer than Python's stack is deep.
        path: list[str] = []
        ways: list[list[Scalar]] = []
        if flow.start in flow.nodes:
            path, ways = [flow.start], [list(flow.nodes[_key(flow, flow.start)].targets)]
        while path:
            if not ways[-1]:
                done.add(path.pop())
                ways.pop()
                continue
            target = ways[-1].pop(0)
            if target in path:
                circle = path[path.index(target) :]
                yield Finding(f"circle: {' → '.join((*circle, target))}", target.at, "end it in an outcome")
            elif target not in done and target in flow.nodes:
                path.append(target)
                ways.append(list(flow.nodes[_key(flow, target)].targets))


def flow_answers(content: Content) -> Iterator[Finding]:
    """The answers of one question read differently and lead to different steps."""
    for flow in content.flows.values():
        for node in flow.nodes.values():
            goals: dict[str, Scalar] = {}
            for answer, target in node.exits.items():
                if target in goals:
                    yield Finding(
                        f'the answers "{goals[target]}" and "{answer}" lead to the same step',
                        target.at,
                        "make them one answer",
                    )
                goals.setdefault(str(target), answer)
    for words in content.words.values():
        for name, flow in _each(content):
            local = words.flows.get(name)
            for node in flow.nodes.values() if local else ():
                seen: dict[str, Scalar] = {}
                for answer in node.exits:
                    label = local.answers.get(answer) if local else None
                    if label is None:
                        continue
                    if str(label.source) in seen:
                        yield Finding(
                            f'the answers "{seen[str(label.source)]}" and "{answer}" '
                            "of one question read the same",
                            label.source.at,
                            "word them apart",
                        )
                    seen.setdefault(str(label.source), answer)


def flow_place(content: Content) -> Iterator[Finding]:
    """A flow stands in its own topic; every step belongs to a phase of it and to a section of that topic."""
    first = content.words[content.languages[0]]
    for name, words in first.topics.items():
        for _, block in words.blocks():
            placed = content.flows.get(block.flow) if isinstance(block, FlowBlock) else None
            if isinstance(block, FlowBlock) and placed and placed.topic != name:
                yield Finding(
                    f'flow "{block.flow}" belongs to the topic "{placed.topic}"',
                    block.flow.at,
                    "link to it with [[flow:id]]; its steps lead to sections of its own topic",
                )
    for _, flow in _each(content):
        topic = first.topics.get(flow.topic)
        sections = {str(i) for i, _, _ in topic.walk()} if topic else set()
        for node in flow.nodes.values():
            if node.phase not in flow.phases:
                yield Finding(
                    f'unknown phase "{node.phase}"', node.phase.at, f"the phases are {', '.join(flow.phases)}"
                )
            if topic and node.section not in sections:
                yield Finding(
                    f'unknown section "{node.section}"', node.section.at, "name a section of the flow's topic"
                )


def flow_size(content: Content) -> Iterator[Finding]:
    """A flow has few enough steps to be taken in as one drawing."""
    for name, flow in _each(content):
        steps = [id_ for id_, _ in flow.nodes.items()]
        if len(steps) > MOST_STEPS:
            yield Finding(
                f'flow "{name}" has {len(steps)} steps, above {MOST_STEPS}',
                steps[MOST_STEPS].at,
                "split it: end a part in an outcome whose `flow` names the next one",
                severity="warning",
            )


CHECKS: tuple[Check, ...] = (
    flow_target,
    flow_reach,
    flow_exits,
    flow_cycle,
    flow_answers,
    flow_place,
    flow_size,
)
