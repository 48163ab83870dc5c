"""Random flows in; the milliseconds that drawing one takes out, by its number of steps, as a Markdown table.

Of each size the same flows are drawn every time, wide and narrow, in one language: the wide drawing measures
every language anyway. The growth tells how many times longer a flow takes than one of the size before.

    python benchmarks/flow.py [--flows 8]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from random import Random
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests")]

from random_flows import random_flow  # noqa: E402

from generator.flowchart import FlowGraph, narrow_svg, wide_svg  # noqa: E402

SIZES = (5, 10, 20, 40, 60)


def milliseconds(graph: FlowGraph) -> tuple[float, float]:
    """The processor time of the wide and of the narrow drawing."""
    begin = time.process_time()
    wide_svg(graph, "zh")
    middle = time.process_time()
    narrow_svg(graph, "zh")
    return (middle - begin) * 1000, (time.process_time() - middle) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flows", type=int, default=8, help="how many flows of each size (default 8)")
    count = parser.parse_args().flows
    # The first drawing loads the table of widths and the model that breaks Chinese lines.
    milliseconds(random_flow(5, Random(0).randint))
    print("| Steps | Wide, ms | Growth | Narrow, ms | Growth |\n|---:|---:|---:|---:|---:|")
    before: tuple[float, float] | None = None
    for size in SIZES:
        taken = [milliseconds(random_flow(size, Random(seed).randint)) for seed in range(count)]
        now = median(wide for wide, _ in taken), median(narrow for _, narrow in taken)
        growth = [f"× {a / b:.1f}" for a, b in zip(now, before, strict=True)] if before else ["", ""]
        print(f"| {size} | {now[0]:.1f} | {growth[0]} | {now[1]:.1f} | {growth[1]} |")
        before = now
    return 0


if __name__ == "__main__":
    sys.exit(main())
