"""Arguments in; the pipeline run, its findings printed, an exit code out: 0 fine, 1 findings, 2 usage."""

from __future__ import annotations

import argparse
import gc
import io
import os
import shutil
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from generator import (
    __version__,
    audit,
    build,
    bundle,
    edit,
    engines,
    flowchart,
    parity_lock,
    pdf,
    processes,
    search,
    shards,
)
from generator.audit_bundle import audit_bundle
from generator.audit_pdf import audit_pdfs
from generator.checks import check
from generator.checks.passages import block_ids
from generator.diagnostic import FORMATS, Diagnostic, Location, ordered
from generator.load import load
from generator.model import Content, Edition, OutputFile, Page, Site
from generator.processes import Task
from generator.render import (
    data,
    definitions,
    drawing,
    embed,
    feeds,
    figure_print,
    flow_data,
    infobutton,
    markdown,
    offline,
    parallel,
    parts,
    picture,
    server,
    typeset,
    versions,
)
from generator.render.published import BUNDLE
from generator.resolve import resolve

FINE, FINDINGS, USAGE = 0, 1, 2
# Topics whose embeds one process makes; and where their style sheet and scripts lie.
TOPICS, EMBED = 600, build.PROJECT / "site_config" / "embed"
# Files that are made when asked for, in whatever process asks.
_Group = Callable[[], Iterable[OutputFile]]
# The ids that the content published on each page, by its path as `en/topic`.
_Anchors = Mapping[str, tuple[str, ...]]
# After how many new objects Python looks for cycles; and of how many such looks one goes further back.
GARBAGE = (100_000, 1_000, 1_000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns the exit code."""
    options = _parser().parse_args(arguments)
    # What a link leads to is replaced, not the link: a server goes on showing what it leads to.
    if getattr(options, "site", None) and options.site.is_symlink():
        options.site = options.site.resolve()
    # A book is millions of small objects that live to the end: to look through them again and again for
    # cycles takes a quarter of the time.
    gc.set_threshold(*GARBAGE)
    try:
        # A terminal of few characters shows the others by their numbers.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except (build.BuildError, bundle.BundleError, pdf.FontError, processes.Ended) as error:
        print(f"clinref: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("clinref: stopped; the old site is as it was", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        # Who read the output has had enough; what is left to print has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE
    except OSError as error:
        # Of many files that could not be copied, the first tells why.
        is_many = isinstance(error, shutil.Error) and isinstance(error.args[0], list)
        why = error.args[0][0][2] if is_many else error.strerror or error
        print(f"clinref: {error.filename or options.command}: {why}", file=sys.stderr)
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clinref",
        description="Builds a bilingual clinical reference from YAML. Exit: 0 fine, 1 findings, 2 usage.",
    )
    parser.add_argument("--version", action="version", version=f"clinref {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, run, text in (
        ("check", run_check, "read and check the content"),
        ("generate", run_generate, "check, then write the Markdown and the settings of MkDocs into build/"),
        (
            "build",
            run_build,
            "all of it: check, generate, MkDocs, PDFs, audit; then replace the site whole, or leave it",
        ),
        (
            "merge",
            run_build,
            "build the site from the parts that `clinref build --shard` made, with the same options as they",
        ),
        ("pdf", run_pdf, "the PDFs alone, into the built site: every topic, its sheet, the book"),
        ("audit", run_audit, "check a built site"),
        ("serve", run_serve, "build, show the site on this machine, and build again when a file is saved"),
    ):
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        command.set_defaults(run=run)
        command.add_argument(
            "--content", type=Path, default=Path("content"), metavar="DIR", help="the book (content/)"
        )
        command.add_argument(
            "--overlay", type=Path, default=None, metavar="DIR", help="a hospital's own notes, shown as local"
        )
        command.add_argument("--format", choices=FORMATS, default="text", help="how findings are printed")
        if name != "check":
            command.add_argument(
                "--site", type=Path, default=Path("site"), metavar="DIR", help="the built site (site/)"
            )
            command.add_argument(
                "--work", type=Path, default=None, metavar="DIR", help="where the build works (build/)"
            )
        if name == "serve":
            command.set_defaults(compress=False, offline=False)
            command.add_argument("--pdf", action="store_true", help="with PDFs, which takes longer")
        elif name in ("generate", "build", "merge"):
            command.add_argument(
                "--no-pdf", dest="pdf", action="store_false", help="without PDFs and links to them"
            )
            command.add_argument(
                "--no-offline", dest="offline", action="store_false", help="without the offline copy"
            )
        if name in ("build", "merge", "pdf", "serve"):
            command.add_argument(
                "--fonts", type=Path, default=None, metavar="DIR", help="where the PDFs' fonts lie"
            )
        command.set_defaults(clean=False, compress=False, engine="mkdocs", shard=None, parts=[])
        if name == "build":
            command.add_argument(
                "--engine", choices=engines.ENGINES, help="what makes the pages (mkdocs); see docs/engines.md"
            )
            command.add_argument(
                "--clean", action="store_true", help="make everything anew, without what earlier builds kept"
            )
            command.add_argument(
                "--shard",
                type=_shard,
                metavar="I/N",
                help="make the pages and PDFs of the I-th of N shares alone, for `clinref merge`",
            )
        if name == "merge":
            command.add_argument("parts", nargs="+", type=Path, metavar="PART", help="part-I-of-N.zip, each")
        if name in ("build", "merge"):
            command.add_argument(
                "--compress", action="store_true", help="with gzip and Brotli forms beside the files"
            )
        if name == "serve":
            command.add_argument("--port", type=_port, default=8000)
    accept = commands.add_parser(
        "accept",
        help="record that statements say the same in every language",
        description="Records in parity.lock that the languages say the same, after an editor compared them. "
        "From then on clinref check tells when one of them changes and the other does not.",
    )
    accept.set_defaults(run=run_accept, overlay=None)
    accept.add_argument(
        "what",
        nargs="*",
        metavar="TOPIC[#ID]",
        help="a topic, one of its statements, or terms, figures, flows/…, tables/…, pages/…, changes, "
        "versions; nothing lists what waits",
    )
    accept.add_argument("--all", action="store_true", help="everything")
    accept.add_argument(
        "--content", type=Path, default=Path("content"), metavar="DIR", help="the book (content/)"
    )
    accept.add_argument("--format", choices=FORMATS, default="text", help="how findings are printed")
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: write a number up to 65535, 0 for a free one")
    return int(text)


def _shard(text: str) -> shards.Shard:
    try:
        return shards.shard(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _said(found: Sequence[Diagnostic]) -> tuple[dict[str, str], str]:
    """The findings in every form, and how many they are; each is empty where nothing was found."""
    found = ordered(found)
    files = len({d.location.file.path for d in found})
    summary = f"{len(found)} finding{'s' * (len(found) != 1)} in {files} file{'s' * (files != 1)}"
    return {name: form(found) for name, form in FORMATS.items()}, summary if found else ""


def _print(said: Mapping[str, str], summary: str, options: argparse.Namespace) -> None:
    """Prints the findings. JSON and SARIF go to standard output even when there are none."""
    if options.format in ("json", "sarif") or summary:
        print(said[options.format])
    if summary and options.format == "text":
        print(summary, file=sys.stderr)


def _report(found: Sequence[Diagnostic], options: argparse.Namespace) -> int:
    _print(*_said(found), options)
    return FINDINGS if any(d.severity == "error" for d in found) else FINE


def _checked(options: argparse.Namespace) -> tuple[Content | None, list[Diagnostic]]:
    content, found = load(options.content, options.overlay)
    if content is not None:
        found = _findings(content)
    return (None if _is_refused(found) else content), found


def _findings(content: Content) -> list[Diagnostic]:
    return [*check(content, date.today()), *drawing_findings(content)]


def _is_refused(found: Iterable[Diagnostic]) -> bool:
    return any(d.severity == "error" for d in found)


def drawing_findings(content: Content) -> list[Diagnostic]:
    """Drawings and pictures that cannot be shown, and labels without words or words without a label."""
    found = []
    for name, figure in content.figures.items():
        data = content.drawings[str(figure.file)]
        if figure.is_picture:
            try:
                picture.check(str(figure.file), data)
            except picture.PictureError as error:
                found.append(Diagnostic(error.rule, error.message, figure.file.at, error.hint))
        faults = [] if figure.is_picture else drawing.drawing_faults(data)
        found += [
            Diagnostic(
                "drawing-form",
                f"{figure.file} {fault}",
                figure.file.at,
                "draw with shapes, classes and labels only",
            )
            for fault in faults
        ]
        if faults:
            continue
        wanted = set() if figure.is_picture else drawing.drawing_labels(data)
        for language, words in content.words.items():
            if name not in words.figures:
                continue
            given = words.figures[name].labels
            at = next(key.at for key in words.figures if key == name)
            found += [
                Diagnostic(
                    "drawing-label",
                    f'label "{label}" of {figure.file} has no words in {language}',
                    at,
                    "add it under labels",
                )
                for label in sorted(wanted - set(map(str, given)))
            ]
            found += [
                Diagnostic(
                    "drawing-label", f'{figure.file} has no label "{label}"', label.at, "correct or delete it"
                )
                for label in given
                if label not in wanted
            ]
    return found


def run_check(options: argparse.Namespace) -> int:
    return _report(_checked(options)[1], options)


def _work(options: argparse.Namespace) -> Path:
    if options.work:
        # MkDocs finds its folders under the name `build`.
        given = Path(options.work)
        return given if given.name == "build" else given / "build"
    if options.site.resolve() == (build.PROJECT / "site").resolve():
        return build.PROJECT / "build"
    return Path(options.site).parent / f"{options.site.name}.work" / "build"


# What one process writes of each language: the paths, and how many of the files are new.
_Paths = dict[str, tuple[set[str], int]]


def _write_markdown(
    editions: Sequence[Edition], work: Path, pdfs: bool, offline: bool, share: Container[str], is_first: bool
) -> tuple[_Paths, flowchart.Known, Mapping[str, picture.Named]]:
    """Writes a share of the pages that MkDocs reads; the first share with all that they load.

    Returns what was written, and what was worked out of flows and pictures.
    """
    written = {}
    for edition in editions:
        # Written one by one, as the files of `_common` are.
        files: Iterable[OutputFile] = markdown.pages(edition, pdfs, offline, share)
        if is_first:
            files = chain(
                files,
                markdown.assets(build.PROJECT / "site_config" / "theme"),
                picture.pictures(edition),
                figure_print.drawings(edition, _drawing_style()),
                definitions.files(edition),
                parts.files(edition),
            )
        written[edition.language] = build.write_some(files, work / "docs" / edition.language)
    return written, flowchart.known(), picture.known()


def _shares(edition: Edition, count: int) -> list[set[str]]:
    """The paths of all pages in shares that cost about the same to write.

    One geometry serves a flow wherever it is drawn, and a picture is read once in a process: so a topic and
    its flows are of one share, and pages with pictures of the first, which writes the pictures too.
    """
    alone = {"topic": 1, "flow": 2, "glossary": 20, "references": 11, "category": 5}
    costs: dict[str, int] = {}
    members: dict[str, list[str]] = {}
    pictured: dict[str, bool] = {}
    for page in edition.pages:
        flows = [block.flow for block in page.blocks if block.flow]
        home = flows[0].topic if page.kind == "flow" else page.path
        members.setdefault(home, []).append(page.path)
        drawn = 5 * len(flows) if page.kind == "topic" else 0
        costs[home] = costs.get(home, 0) + alone.get(page.kind, 1) + drawn
        figures = [*(f for f, _ in page.figures), *(f for block in page.blocks for f in block.figures)]
        pictured[home] = pictured.get(home, False) or any(figure.picture for figure in figures)
    # What the pages load costs a tenth of them.
    total = sum(costs.values())
    before, total = total // 10, total + total // 10
    out: list[set[str]] = [set() for _ in range(count)]
    for home in sorted(members, key=lambda home: not pictured[home]):
        out[(2 * before + costs[home]) * count // (2 * total)].update(members[home])
        before += costs[home]
    return out


def _drawing_style() -> str:
    """The style sheet of the book's drawings, whose colors their files and the PDFs take."""
    return (build.PROJECT / "site_config" / "theme" / "css" / "figures.css").read_text(encoding="utf-8")


def _under(file: OutputFile, prefix: str) -> OutputFile:
    return OutputFile(file.path.removeprefix(prefix), file.data)


def run_generate(options: argparse.Namespace) -> int:
    work = _work(options)
    with build.locked(work):
        generated, found = _generated(options, work)
    if generated is None:
        return _report(found, options)
    editions, written = generated.editions, generated.written
    pages = f"{sum(len(e.pages) for e in editions)} pages in {len(editions)} languages"
    print(f"{pages} below {work}; {written} files written", file=sys.stderr)
    return FINE


class _Steps:
    """The running step on the screen, with its time."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self.progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=self.console
        )

    def __enter__(self) -> _Steps:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done()
        self.progress.stop()

    def __call__(self, text: str) -> None:
        self.done()
        self.progress.add_task(text, total=None)

    def done(self) -> None:
        for task in self.progress.tasks:
            self.progress.update(task.id, total=1, completed=1)

    def rename(self, text: str) -> None:
        """The same step, at its next file."""
        self.progress.update(self.progress.task_ids[-1], description=text)

    def hear(self, said: tuple[bool, str]) -> None:
        """A step of another process, or its next file."""
        is_new, text = said
        if is_new:
            self(text)
        else:
            self.rename(text)


class _Told(_Steps):
    """The steps of this process, told to the one that shows them."""

    def __init__(self, say: Callable[[tuple[bool, str]], None]) -> None:
        self.say = say

    def __call__(self, text: str) -> None:
        self.say((True, text))

    def rename(self, text: str) -> None:
        self.say((False, text))


def _books(options: argparse.Namespace) -> list[Path]:
    """The content, and a hospital's notes."""
    return [path for path in (options.content, options.overlay) if path]


def _given(options: argparse.Namespace) -> list[Path]:
    """What the reader of the options named: the content, notes and fonts."""
    return [*_books(options), *([options.fonts] if options.fonts else [])]


def _own() -> list[Path]:
    return [build.PROJECT / "generator", *(build.PROJECT / name for name in build.SETTINGS)]


def _chosen(options: argparse.Namespace) -> str:
    chosen = {name: bool(getattr(options, name)) for name in ("pdf", "offline", "overlay", "fonts")}
    return " ".join(f"{name}: {'yes' if is_chosen else 'no'}" for name, is_chosen in chosen.items())


def run_build(options: argparse.Namespace) -> int:
    if options.shard:
        if options.engine != "mkdocs":
            raise build.BuildError("--shard is made by MkDocs: leave out --engine, or build the whole")
        return _run_shard(options)
    work, site = _work(options), Path(options.site)
    kept = work / build.CACHE
    sources = [*_given(options), *_own()]
    build.may_replace(site, _books(options), _given(options))
    with _Steps() as step, build.locked(site, work):
        if options.clean:
            build.forget(work)
        if options.parts:
            step("lay out the parts")
            faults = shards.lay(options.parts, work, _made_from(options))
            if faults:
                code = _report(faults, options)
                step.console.print("the site was not replaced")
                return code
        step("look for changes")
        # The day is one of them: rules look at it.
        said_by = f"{site.resolve()} {_chosen(options)} {options.engine} {options.compress} {date.today()}"
        # Were it written during the build, no one could say which of its states the site was made from.
        before = build.state(sources)
        looking = Task(partial(build.inputs, sources, said_by))
        made_from = cache(looking.result)
        try:
            last = build.read_kept(kept / "site").get("site", {})
            # A first build need not wait for what the next is compared with.
            if last and last.get("inputs") == made_from() and last.get("state") == build.state([site]):
                _print(last["said"], last["summary"], options)
                step.console.print(f"nothing changed: {site}/ is what a build would give")
                return FINE
            found, made, state = _build(options, step, work, site, made_from)
        except OSError:
            # Half a site would fill what is left of the disk.
            shutil.rmtree(build.fresh(site), ignore_errors=True)
            raise
        finally:
            looking.stop()
        if made is None or any(d.severity == "error" for d in found):
            code = _report(found, options)
            step.console.print("the site was not replaced")
            return code
        if build.state(sources) == before:
            said, summary = _said(found)
            now = {"inputs": made_from(), "state": state, "said": said, "summary": summary}
            build.write_kept(kept / "site", {"site": now})
    code = _report(found, options)
    step.console.print(
        f"{made.rendered} pages rendered, {made.kept} kept\n{site}/ is new; open {site}/index.html"
    )
    step.console.print(f"{work}/deploy/ has the settings of servers that host it")
    return code


def _made_from(options: argparse.Namespace) -> dict[str, str]:
    return shards.made_from(_given(options), _own(), _chosen(options))


def _run_shard(options: argparse.Namespace) -> int:
    work, mine = _work(options), options.shard
    made_from = _made_from(options)
    with _Steps() as step, build.locked(Path(options.site), work):
        step("check and generate")
        generated, found = _generated(options, work)
        if generated is None:
            return _report(found, options)
        content, editions, root = generated.content, generated.editions, generated.root
        mine_of = shards.share(editions, mine, options.pdf)
        pages = {language: names - {shards.BOOK} for language, names in mine_of.items() if names}
        step(f"mkdocs ({', '.join(pages)})")
        made = build.mkdocs(root, work, pages, build.epoch(content.site.updated))
        faults = made.found
        pdfs: list[pdf.Typeset] = []
        if not faults and options.pdf:
            pdfs, faults = _typeset(content, editions, options, step, mine_of)
        if not faults:
            step("embeds")
            for name in shards.EMBEDS:
                shutil.rmtree(work / "site" / name, ignore_errors=True)
            groups: list[_Group] = []
            for book in _shared(content, editions):
                topics = [page for page in book.topics if page.path in pages.get(book.language, ())]
                groups += _embeds(embed.Writer(book, EMBED, options.pdf), topics)
            processes.each([partial(_add_group, work / "site", group) for group in groups])
            step("pack")
            audited = partial(_kept_of, work / "site", content.site.url)
            part = shards.pack(work, audited, pages, pdfs, mine, made_from)
    code = _report([*found, *faults], options)
    if not faults:
        step.console.print(f"{made.rendered} pages and {len(pdfs)} PDFs are in {part}")
    return code


def _kept_of(site: Path, url: str, names: Iterable[str]) -> dict[str, Any]:
    """What an audit keeps of some pages for the next."""
    known: dict[str, Any] = {}
    audit.read(site, url, known, names)
    return known


@dataclass
class _Generated:
    """The content, what it was made to, the folder for MkDocs, and how many files below it are new."""

    content: Content
    editions: list[Edition]
    root: Path
    written: int


def _generated(options: argparse.Namespace, work: Path) -> tuple[_Generated | None, list[Diagnostic]]:
    """Checks the content and writes its Markdown, side by side.

    Nothing where the content has errors; and what was found.
    """
    content, found = load(options.content, options.overlay)
    if content is None:
        return None, found
    root = build.prepare(work)
    checking = Task(partial(_findings, content))
    writing: list[Task[tuple[_Paths, flowchart.Known, Mapping[str, picture.Named]]]] = []
    fault: Exception | None = None
    editions: list[Edition] = []
    try:
        # What no rule has passed may end in any way, which is nobody's concern if one refuses it.
        try:
            editions += (resolve(content, language) for language in content.languages)
            # Once, for all processes that write.
            markdown.Renderer(editions[0]).compile()
            # The check has a processor of its own. When it ends, the first of its shares is soon written.
            shares = [
                partial(_write_markdown, editions, work, options.pdf, options.offline, share, number == 0)
                for number, share in enumerate(_shares(editions[0], processes.processors() + 1))
            ]
            writing += map(Task, shares[:-2])
        except Exception as error:
            fault = error
        found = checking.result()
        if _is_refused(found):
            return None, found
        if fault:
            raise fault
        writing += map(Task, shares[-2:])
        written = []
        for task in writing:
            paths, of_flows, of_pictures = task.result()
            written.append(paths)
            # Embeds and data show the same.
            flowchart.learn(of_flows)
            picture.learn(of_pictures)
    finally:
        checking.stop()
        for task in writing:
            task.stop()
    count = 0
    for edition in editions:
        named, counts = zip(*(some[edition.language] for some in written), strict=True)
        build.keep(set().union(*named), work / "docs" / edition.language)
        count += sum(counts)
    settings = (_under(file, "config/") for edition in editions for file in markdown.configuration(edition))
    count += build.write(settings, work / "config")
    return _Generated(content, editions, root, count), found


@dataclass
class _Made:
    """What was found, how many pages are new; of a book without faults, its site and what remains to do."""

    found: list[Diagnostic]
    pages: build.Rendered | None = None
    new: Path | None = None
    book: Site | None = None
    anchors: _Anchors = field(default_factory=dict)
    start: OutputFile | None = None


def _build(
    options: argparse.Namespace, step: _Steps, work: Path, site: Path, made_from: Callable[[], str]
) -> tuple[list[Diagnostic], build.Rendered | None, str]:
    """Builds and publishes. Returns what was found; what was made, if the content allowed it; its state.

    made_from: raises OSError where something that a site is made from cannot be read.
    """
    # The book in memory goes with the process that read it: with all that the audit reads, it would be the
    # most that a build holds.
    made = processes.apart(lambda say: _make(options, _Told(say), work, site), step.hear)
    if not (made.new and made.book and made.start):
        return made.found, made.pages, ""
    made_from()
    step("audit and offline copy" if options.offline else "audit")
    copy = [partial(_bundle, made.new, made.book, made.start)] if options.offline else []
    faults, state = _audited(made.new, made.book.url, made.anchors, work / build.CACHE, copy)
    if not faults:
        if options.compress:
            step("compress")
            build.compress(made.new)
            state = build.state([made.new])
        step("publish")
        build.publish(made.new, site)
        deploy = build.PROJECT / "site_config" / "deploy"
        build.write(server.files(made.book, deploy), work / "deploy")
    return [*made.found, *faults], made.pages, state


def _make(options: argparse.Namespace, step: _Steps, work: Path, site: Path) -> _Made:
    """Everything but the audit and what follows it, into a folder beside `site`."""
    step("check and generate")
    generated, found = _generated(options, work)
    if generated is None:
        return _Made(found)
    content, editions, root = generated.content, generated.editions, generated.root
    step(f"{options.engine}, data, embeds, search")
    shared = _shared(content, editions)
    new = build.begin(site, build.PROJECT / "site_config" / "theme")
    embeds = shards.move_embeds(work, new) if options.parts else set()
    epoch = build.epoch(content.site.updated)

    def pages_of(language: str) -> build.Rendered:
        made = engines.ENGINES[options.engine](root, work, {language: None}, epoch)
        if not made.found:
            build.take(work, language, epoch, new)
        return made

    groups = _common(content, editions, shared, options.pdf, embeds)
    pages, anchors = _side_by_side(
        [partial(pages_of, language) for language in content.languages],
        [partial(_add_group, new, group) for group in groups],
        partial(_anchors, editions, shared),
    )
    found += pages.found
    if not pages.found and options.parts and pages.rendered:
        found.append(shards.unfit(pages.rendered))
    if not _is_refused(found) and options.pdf:
        pdfs, faults = _typeset(content, editions, options, step)
        found += faults
        build.add((made.file() for made in pdfs), new)
    if _is_refused(found):
        return _Made(found, pages)
    start = offline.start_page(editions, options.pdf)
    return _Made(found, pages, new, content.site, anchors, start)


def _side_by_side(
    pages: Sequence[Callable[[], build.Rendered]],
    groups: Sequence[Callable[[], None]],
    anchors: Callable[[], _Anchors],
) -> tuple[build.Rendered, _Anchors]:
    """Neither do pages wait for what is made without the engine, nor that for them."""
    results = processes.each([*pages, anchors, *groups])
    rendered = cast("list[build.Rendered]", results[: len(pages)])
    return sum(rendered, build.Rendered([], 0, 0)), cast(_Anchors, results[len(pages)])


def _common(
    content: Content,
    editions: Sequence[Edition],
    shared: Sequence[Edition],
    pdfs: bool,
    embeds: Container[str],
) -> Iterator[_Group]:
    """All that is made without MkDocs, in groups that can be made side by side.

    A process copies what it looks at of the book, which takes time and memory. So what looks at all of it is
    made by one process; and not beside a search, for these two hold the most, nor last, for it takes long.
    embeds: the paths of those that are made already.
    """
    books = list(shared)
    yield from (partial(_search_files, edition) for edition in editions)
    yield partial(flow_data.files, books)
    writers = [embed.Writer(book, EMBED, pdfs) for book in books]
    yield from (partial(_one, writer.index) for writer in writers)
    yield lambda: chain(
        data.files(content, books),
        parallel.pages(books, parity_lock.statements(content), content.accepted),
        embed.scripts(EMBED),
        markdown.chooser(books),
        feeds.files(books),
        versions.files(books),
        infobutton.files(content, books),
    )
    for writer in writers:
        yield from _embeds(writer, writer.edition.topics, embeds)


def _embeds(writer: embed.Writer, topics: Sequence[Page], but: Container[str] = ()) -> Iterator[_Group]:
    """The embeds of some topics, in groups. but: the paths of those that are made already."""
    for start in range(0, len(topics), TOPICS):
        yield partial(writer.files, topics[start : start + TOPICS], but)


def _one(make: Callable[[], OutputFile]) -> Iterator[OutputFile]:
    yield make()


def _add_group(site: Path, group: _Group) -> None:
    """Makes a group, and writes it into a site."""
    build.add(group(), site)


def _search_files(edition: Edition) -> Iterator[OutputFile]:
    return (OutputFile(f"{edition.language}/{f.path}", f.data) for f in search.files(edition))


def run_pdf(options: argparse.Namespace) -> int:
    files: list[pdf.Typeset] = []
    site = Path(options.site)
    build.may_write(site, _books(options), _given(options))
    with _Steps() as step:
        step("check")
        content, found = _checked(options)
        if content is not None:
            editions = [resolve(content, language) for language in content.languages]
            with build.locked(site, _work(options)):
                files, faults = _typeset(content, editions, options, step)
                if not faults:
                    build.write((_under(made.file(), "pdf/") for made in files), site / "pdf")
                    if (site / bundle.OFFLINE / BUNDLE).is_file():
                        step("offline copy")
                        _bundle(site, content.site, offline.start_page(editions, True))
                    step("audit")
                    faults = [*audit_pdfs(site / "pdf"), *audit_bundle(site)]
            found += faults
    code = _report(found, options)
    if code == FINE:
        step.console.print(f"{len(files)} PDFs below {options.site}/pdf/")
    return code


def _bundle(site: Path, book: Site, start: OutputFile) -> None:
    """The offline copy of a site, into the site. start: the page that is opened first."""
    bundle.make(site, start, offline.FOLDER, BUNDLE, book.url, build.epoch(book.updated))


def _typeset(
    content: Content,
    editions: Sequence[Edition],
    options: argparse.Namespace,
    step: _Steps,
    share: Mapping[str, Container[str]] | None = None,
) -> tuple[list[pdf.Typeset], list[Diagnostic]]:
    """Every PDF, or those of a share, at its place below the site; or what could not be set."""
    style = _drawing_style()
    epoch = build.epoch(content.site.updated)
    out: list[pdf.Typeset] = []
    found: list[Diagnostic] = []
    for edition in editions:
        language = edition.language
        step(f"pdf ({language})")
        files, faults = pdf.typeset(
            typeset.manuscripts(edition, content.site.paper, style, share[language] if share else None),
            _work(options) / "pdf" / language,
            epoch,
            _places(content, language),
            lambda path: step.rename(f"pdf ({path})"),
            options.fonts,
        )
        out += files
        found += faults
    return out, found


def _places(content: Content, language: str) -> pdf.Places:
    """Where a block named `page:id` stands in the content: the innermost known, else the book itself."""
    words = content.words[language]
    known: dict[str, Location] = {f"glossary:{id_}": id_.at for id_ in words.terms}
    for name, topic in words.topics.items():
        known[name] = content.at[f"{language}/topics/{name}.yml"]
        known |= {f"{name}:{id_}": id_.at for id_, _, _ in topic.walk()}
        known |= {f"{name}:{i}": i.at for i in block_ids(topic.blocks())}
    if content.local:
        for id_, note in content.local.overlay.notes.items():
            known[f"{note.topic}:local--{id_}"] = id_.at

    def place(block: str) -> Location:
        # A step of a flow is named `topic:flow-step`, which leads up to its flow.
        while block and block not in known:
            block = block[: max(block.rfind("-"), block.rfind(":"), 0)]
        return known.get(block, content.at["shared/site.yml"])

    return place


def _shared(content: Content, editions: Sequence[Edition]) -> list[Edition]:
    """The editions without a hospital's notes: what programs read, and what compares the languages."""
    return [resolve(content.shared, e.language) for e in editions] if content.local else list(editions)


def _anchors(editions: Sequence[Edition], shared: Sequence[Edition]) -> _Anchors:
    pages = {f"{e.language}/{page.path}": page.anchors for e in editions for page in e.pages}
    every = pages | parallel.anchors(list(shared)) | embed.anchors(shared)
    # From process to process they go without the files in which they stand.
    return {page: tuple(map(str, ids)) for page, ids in every.items()}


def run_audit(options: argparse.Namespace) -> int:
    if not (options.site / "index.html").is_file():
        raise build.BuildError(f"no site in {options.site}: run clinref build")
    content, found = _checked(options)
    if content is None:
        return _report(found, options)
    editions = [resolve(content, language) for language in content.languages]
    shared = _shared(content, editions)
    return _report(_audited(options.site, content.site.url, _anchors(editions, shared))[0], options)


def _audited(
    site: Path,
    url: str,
    anchors: _Anchors,
    cache: Path | None = None,
    before: Iterable[Callable[[], None]] = (),
) -> tuple[list[Diagnostic], str]:
    """What is wrong with a site, and its state.

    cache: the folder of what an earlier audit read, which need not be read again; before: what is still to be
    done, and adds no page, style sheet or drawing.
    """
    pages, papers = (build.read_kept(cache / n) if cache else {} for n in ("audit", "audit-pdf"))
    adding = [Task(work) for work in before]
    try:
        read = audit.read(site, url, pages)
        for task in adding:
            task.result()
    finally:
        for task in adding:
            task.stop()
    copied = Task(partial(audit_bundle, site))
    # What was read of the pages is as it is, whatever is judged of them together.
    keeping = [Task(partial(build.write_kept, cache / "audit", pages))] if cache else []
    state = Task(partial(build.state, [site]))
    try:
        found = audit.judge(site, url, read, anchors)
        found += audit_pdfs(site / "pdf", papers)
        if cache:
            build.write_kept(cache / "audit-pdf", papers)
        for task in keeping:
            task.result()
        return [*found, *copied.result()], state.result()
    finally:
        copied.stop()
        state.stop()
        for task in keeping:
            task.stop()


def run_accept(options: argparse.Namespace) -> int:
    content, found = _checked(options)
    if content is None:
        return _report(found, options)
    if not options.what and not options.all:
        waiting = edit.waiting(content)
        for key, state in waiting.items():
            print(f"{key}  {state}")
        print(f"{len(waiting)} statements wait to be accepted", file=sys.stderr)
        return FINE
    unknown, count = edit.accept(options.content, content, [""] if options.all else options.what)
    for name in unknown:
        print(f"clinref: nothing is called {name}; clinref accept alone lists what waits", file=sys.stderr)
    if not unknown:
        print(f"{count} entries of {options.content / parity_lock.NAME} changed", file=sys.stderr)
    return USAGE if unknown else FINE


def run_serve(options: argparse.Namespace) -> int:
    # It loads MkDocs and a watcher of files, for which no other command needs to wait.
    from generator import serve

    # A build of its own process leaves this one free to answer.
    arguments = ["build", "--content", str(options.content), "--site", str(options.site)]
    arguments += ["--format", options.format, *([] if options.pdf else ["--no-pdf"])]
    arguments += ["--work", str(options.work)] if options.work else []
    arguments += ["--fonts", str(options.fonts)] if options.fonts else []
    arguments += ["--overlay", str(options.overlay)] if options.overlay else []
    arguments += [] if options.offline else ["--no-offline"]
    root = _work(options).parent
    loop = serve.Loop(
        lambda: build.program(arguments),
        lambda: serve.Preview(options.content, root, options.pdf, options.offline, options.overlay),
    )
    return serve.serve(loop, _books(options), options.site, options.port)
