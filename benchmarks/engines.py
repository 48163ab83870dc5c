"""A number of topics in; what their pages cost with MkDocs and with Zensical, over one generated tree.

    python benchmarks/engines.py [--topics 100] [--runs 3]

Each run gives each engine an empty work folder with the same Markdown; both languages are made side by side.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median

from build import PROJECT, Cost, Failed, machine, measure, table

ENGINES = ("mkdocs", "zensical")
# Runs one engine in a process of its own, as the build does, without what comes before and after it.
PROGRAM = """
import sys
from pathlib import Path
from generator.engines import ENGINES
root, engine = Path(sys.argv[1]), sys.argv[2]
made = ENGINES[engine](root, root / "build", {"zh": None, "en": None}, 0)
sys.exit("\\n".join(d.message for d in made.found) if made.found else 0)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures both engines over the same Markdown.")
    parser.add_argument("--topics", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rows: dict[str, list[Cost]] = {engine: [] for engine in ENGINES}
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with tempfile.TemporaryDirectory(prefix="clinref-benchmark-") as name:
        folder = Path(name)
        clinref = [
            sys.executable,
            "-m",
            "generator",
            "generate",
            "--no-pdf",
            "--content",
            str(folder / "book"),
        ]
        corpus = [sys.executable, str(PROJECT / "benchmarks" / "corpus.py"), str(folder / "book")]
        try:
            measure([[*corpus, "--topics", str(options.topics)]], folder, environment)
            measure([[*clinref, "--work", str(folder / "whole" / "build")]], folder, environment)
            pages = sum(1 for _ in (folder / "whole").rglob("*.md"))
            for number in range(options.runs):
                print(f"run {number + 1} of {options.runs}", file=sys.stderr)
                for engine in ENGINES if number % 2 == 0 else reversed(ENGINES):
                    root = folder / "run"
                    shutil.copytree(folder / "whole", root)
                    command = [sys.executable, "-c", PROGRAM, str(root), engine]
                    rows[engine].append(measure([command], folder, environment))
                    shutil.rmtree(root)
        except Failed as error:
            print(f"a measured command failed:\n{error}", file=sys.stderr)
            return 1
    packages = ", ".join(
        f"{package} {version(package)}" for package in ("mkdocs", "mkdocs-material", "zensical")
    )
    print(
        f"{options.topics} topics, {pages} pages in two languages, {options.runs} runs, medians; "
        f"{machine()}, {packages}\n"
    )
    print(table(rows))
    ours, other = ([cost.cpu for cost in rows[engine]] for engine in ENGINES)
    print(f"\nZensical to MkDocs: {median(other) / median(ours):.2f} in CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main())
