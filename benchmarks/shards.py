"""Numbers of topics and shards in; what each shard, the merge and the whole build cost out, as a table.

Shards are made one after the other, each in an empty folder of its own, as machines that share nothing do.
The costliest of them and the merge are what a matrix takes in all. Every merged site is compared with the
whole one, byte by byte.

    python benchmarks/shards.py [--topics 100] [--shards 2 4] [--pdf]
"""

from __future__ import annotations

import argparse
import filecmp
import os
import sys
import tempfile
from pathlib import Path

import corpus

from build import Cost, Failed, machine, measure


def same(left: Path, right: Path) -> bool:
    """Whether two folders hold the same files with the same bytes."""
    names = [{p.relative_to(f).as_posix() for p in f.rglob("*") if p.is_file()} for f in (left, right)]
    return names[0] == names[1] and not any(filecmp.cmpfiles(left, right, names[0], shallow=False)[1:])


def run(folder: Path, *arguments: object) -> Cost:
    """What one command costs, with a temporary folder of its own. Raises Failed."""
    empty = folder / "empty"
    empty.mkdir(parents=True)
    environment = {**os.environ, "TMPDIR": str(empty), "NO_MKDOCS_2_WARNING": "1"}
    return measure([[sys.executable, "-m", "generator", *map(str, arguments)]], folder, environment)


def row(name: str, costs: list[Cost], size: float) -> str:
    """One line of the table; of several costs the most of each, and the sum of CPU."""
    most = [max(getattr(cost, what) for cost in costs) for what in ("wall", "cpu", "together")]
    every = sum(cost.cpu for cost in costs)
    return f"| {name} | {most[0]:.1f} | {most[1]:.1f} | {every:.1f} | {most[2]:.0f} | {size:.1f} |"


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures a build in shards. Linux only: it reads /proc.")
    parser.add_argument("--topics", type=int, default=100)
    parser.add_argument("--shards", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--pdf", action="store_true", help="with PDFs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clinref-shards-") as name:
        root = Path(name)
        book = root / "book"
        corpus.write(book, options.topics)
        common = ["--content", book, *([] if options.pdf else ["--no-pdf"])]
        try:
            whole = run(root / "whole", "build", *common, "--site", root / "whole" / "site")
            pdfs = "with" if options.pdf else "without"
            print(f"{options.topics} topics, {pdfs} PDFs; {machine()}\n")
            print("| what | wall, s | CPU, s | CPU of all, s | memory, MB | parts, MB |")
            print("|---|---:|---:|---:|---:|---:|")
            print(row("whole build", [whole], 0), flush=True)
            for count in options.shards:
                parts = [root / f"{count}" / f"{number}.zip" for number in range(1, count + 1)]
                costs = []
                for number, part in enumerate(parts, 1):
                    folder = root / f"{count}" / f"machine-{number}"
                    shard = ["--shard", f"{number}/{count}", "--site", folder / "site"]
                    costs.append(run(folder, "build", *common, *shard))
                    made = folder / "site.work" / "build" / "parts" / f"part-{number}-of-{count}.zip"
                    made.rename(part)
                site = root / f"{count}" / "merged" / "site"
                merge = run(site.parent, "merge", *common, "--site", site, *parts)
                if not same(root / "whole" / "site", site):
                    raise Failed(f"the site of {count} shards is not the whole one")
                size = sum(part.stat().st_size for part in parts) / 1e6
                print(row(f"the costliest of {count} shards", costs, size))
                print(row(f"merge of {count}", [merge], size))
                wall = (max(cost.wall for cost in costs) + merge.wall) / whole.wall
                cpu = (max(cost.cpu for cost in costs) + merge.cpu) / whole.cpu
                print(
                    f"| that shard and the merge to the whole | × {wall:.2f} | × {cpu:.2f} | | | |",
                    flush=True,
                )
        except Failed as error:
            print(f"a measured command failed:\n{error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
