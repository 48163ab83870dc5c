"""Random decision flows that pass the content checks, of any size, in two languages."""

from __future__ import annotations

from collections.abc import Callable

from generator.flowchart import FlowExit, FlowGraph, FlowStep

TEXTS = (
    ("Assess", "评估"),
    ("Plain radiographs of the whole bone", "患骨全长X线平片"),
    ("Is the spine unstable (SINS 13 or more)?", "脊柱是否不稳定（SINS评分不低于13分）？"),
    (
        "Radiotherapy, 30 Gy in 10 fractions, within two weeks after the operation",
        "术后两周内予放射治疗，30 Gy/10次",
    ),
)
ANSWERS = (
    ("Yes", "是"),
    ("No", "否"),
    ("Not known after biopsy", "活检后仍不明确"),
    ("Lesion larger than two thirds of the diameter of the bone", "病灶超过骨直径的三分之二"),
)


def words(pair: tuple[str, str], number: int) -> dict[str, str]:
    return {"en": f"{pair[0]} {number}", "zh": f"{pair[1]}{number}"}


def random_flow(size: int, pick: Callable[[int, int], int]) -> FlowGraph:
    """A valid flow of `size` steps; `pick(low, high)` chooses a number between two, both included.

    Steps are written from the start on. Each takes in some of the ends left open before it: several make a
    join. No more ends are opened than steps are left to close them, and the last step closes all.
    """
    exits: dict[int, list[FlowExit]] = {number: [] for number in range(size)}
    kinds = ["start"]
    # The step that an open end leaves, and the answer it carries.
    open_ends: list[tuple[int, dict[str, str] | None]] = [(0, None)]
    for number in range(1, size):
        left = size - 1 - number
        taken = len(open_ends) if not left else pick(1, min(3, len(open_ends)))
        for _ in range(taken):
            source, answer = open_ends.pop(pick(0, len(open_ends) - 1))
            exits[source].append(FlowExit(f"s{number}", answer))
        kind = "outcome"
        if left:
            room = left - len(open_ends)
            choices = ["action", "alert"] + (["decision", "decision", "parallel"] if room > 1 else [])
            # An outcome closes its ends: another must be open, or the steps left could not be reached.
            choices += ["outcome"] if open_ends else []
            kind = choices[pick(0, len(choices) - 1)]
        if kind in ("decision", "parallel"):
            count = pick(2, min(4, room))
            open_ends += [(number, words(ANSWERS[pick(0, 3)], index + 1)) for index in range(count)]
        elif kind != "outcome":
            open_ends.append((number, None))
        kinds.append(kind)
    phase_count = pick(1, 3)
    steps = tuple(
        FlowStep(
            id=f"s{number}",
            kind=kind,
            phase=f"p{number * phase_count // size}",
            text=words(TEXTS[pick(0, 3)], number),
            href={"en": "#here", "zh": "#here"},
            exits=tuple(exits[number]),
        )
        for number, kind in enumerate(kinds)
    )
    phases = {f"p{number}": words(("Phase", "阶段"), number) for number in range(phase_count)}
    title = {"en": "A flow", "zh": "流程"}
    return FlowGraph("random", title, title, phases, "s0", steps)
