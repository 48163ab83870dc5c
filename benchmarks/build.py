"""The book in; the time and memory that reading, building and MkDocs alone take out, as a Markdown table.

Every run begins with an empty folder. MkDocs alone builds the Markdown that the build before it made, with
the same settings and both languages side by side: the ratio says what the generator, its checks and the audit
add.

    python benchmarks/build.py [--runs 5] [--content content]
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent
INTERVAL = 0.25
# How many times as long as a look at the memory took is waited for the next.
LEAST_PAUSE = 30
MEGABYTE = 1024 * 1024
PACKAGES = ("mkdocs", "mkdocs-material", "pydantic", "lxml")


@dataclass(frozen=True)
class Cost:
    """Seconds and megabytes of one run: `largest` is the peak of one process, `together` that of all."""

    wall: float
    cpu: float
    largest: float
    together: float


class Failed(Exception):
    """A measured command did not end well; its output is the message."""


def resident(process: int) -> int:
    """Bytes that a process and all below it hold now, 0 where it has ended; each its part of shared pages."""
    try:
        rows = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return 0
    own = sum(int(row.split()[1]) for row in rows if row.startswith("Pss:")) * 1024
    return own + sum(resident(int(child)) for child in children)


def measure(commands: list[list[str]], folder: Path, environment: dict[str, str]) -> Cost:
    """Runs commands side by side and waits for all. Raises Failed where one ends with another code than 0."""
    log = folder / "benchmark.log"
    peak = 0
    over = threading.Event()

    def watch(processes: list[int]) -> None:
        nonlocal peak
        pause = INTERVAL
        while not over.wait(pause):
            begun = time.perf_counter()
            peak = max(peak, sum(map(resident, processes)))
            # To look through the memory of a large process takes what that process would use.
            pause = max(INTERVAL, LEAST_PAUSE * (time.perf_counter() - begun))

    with log.open("wb") as output:
        start = time.perf_counter()
        processes = [
            subprocess.Popen(c, cwd=folder, env=environment, stdout=output, stderr=output).pid
            for c in commands
        ]
        watcher = threading.Thread(target=watch, args=(processes,))
        watcher.start()
        # What wait4 gives counts the processes that each of them started, too.
        ended = [os.wait4(process, 0) for process in processes]
        wall = time.perf_counter() - start
    over.set()
    watcher.join()
    if any(status for _, status, _ in ended):
        raise Failed(log.read_text(encoding="utf-8", errors="replace"))
    usages = [usage for _, _, usage in ended]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    largest = max(usage.ru_maxrss for usage in usages) * 1024 / MEGABYTE
    return Cost(wall, cpu, largest, max(peak / MEGABYTE, largest))


def run_once(content: Path) -> tuple[Cost, Cost, Cost]:
    """Reading and checking, the whole clean build, and MkDocs alone on what that build generated."""
    clinref = [sys.executable, "-m", "generator"]
    with tempfile.TemporaryDirectory(prefix="clinref-benchmark-") as name:
        folder = Path(name)
        # What a program keeps in the temporary folder would make every run but the first cheaper.
        empty = folder / "empty"
        empty.mkdir()
        environment = {**os.environ, "TMPDIR": str(empty), "NO_MKDOCS_2_WARNING": "1"}
        check = measure([[*clinref, "check", "--content", str(content)]], folder, environment)
        site = folder / "book" / "site"
        build = [*clinref, "build", "--content", str(content), "--site", str(site)]
        whole = measure([build], folder, environment)
        root = folder / "book" / "site.work"
        languages = sorted(path.name for path in (root / "build" / "docs").iterdir())
        mkdocs = [sys.executable, "-m", "mkdocs", "build", "--clean", "--quiet", "-f"]
        alone = [[*mkdocs, str(root / "site_config" / f"{language}.yml")] for language in languages]
        return check, whole, measure(alone, root, environment)


def machine() -> str:
    """What the numbers are of: cores, system, Python."""
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}"


def table(rows: dict[str, list[Cost]]) -> str:
    """The medians, with the least and the most of the wall clock."""
    out = [
        "| what | wall, s | least to most | CPU, s | largest process, MB | all processes, MB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, costs in rows.items():
        walls = [cost.wall for cost in costs]
        out.append(
            f"| {name} | {median(walls):.2f} | {min(walls):.2f} to {max(walls):.2f} "
            f"| {median(c.cpu for c in costs):.2f} | {median(c.largest for c in costs):.0f} "
            f"| {median(c.together for c in costs):.0f} |"
        )
    return "\n".join(out)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures a clean build. Linux only: it reads /proc.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--content", type=Path, default=PROJECT / "content", metavar="DIR")
    options = parser.parse_args()
    content = options.content.resolve()
    rows: dict[str, list[Cost]] = {"check": [], "whole clean build": [], "MkDocs alone": []}
    try:
        # Not counted: fills the disk cache and writes the bytecode.
        run_once(content)
        for number in range(options.runs):
            print(f"run {number + 1} of {options.runs}", file=sys.stderr)
            for costs, cost in zip(rows.values(), run_once(content), strict=True):
                costs.append(cost)
    except Failed as error:
        print(f"a measured command failed:\n{error}", file=sys.stderr)
        return 1
    _, whole, alone = rows.values()
    pairs = list(zip(whole, alone, strict=True))
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    print(f"{options.runs} runs, medians; {machine()}, {packages}\n")
    print(table(rows))
    print(
        f"\nwhole build to MkDocs alone: {median(w.wall / a.wall for w, a in pairs):.2f} in wall clock, "
        f"{median(w.cpu / a.cpu for w, a in pairs):.2f} in CPU"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
