"""Manuscripts in; finished PDFs out, set by Typst: PDF/UA-1 and PDF/A-2a in one, the same bytes anywhere.

What was set once is kept below the work folder under a name made of all that it was set from.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import pikepdf
import typst
from pikepdf import Array, Dictionary, Name

from generator import processes
from generator.diagnostic import Diagnostic, Location
from generator.model import Manuscript, OutputFile

STANDARDS: list[Literal["ua-1", "a-2a"]] = ["ua-1", "a-2a"]
# The packages that carry the faces; Libertinus Serif comes with Typst itself.
FONT_PACKAGES = {
    "pylopdf_fonts_zh_cn": "pylopdf-fonts-zh-cn",
    "cvttf_NotoSansCJK_Bold": "cvttf-notosanscjk-bold",
}
FAMILIES = {"Libertinus Serif", "Noto Serif SC", "Noto Sans SC", "Noto Sans CJK TC"}
# Those a named folder must hold.
NAMED_FAMILIES = FAMILIES - {"Libertinus Serif"}
_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.S)
_LABEL = re.compile(r"label `<(.+?)>` does not exist")

# Gives the place in the content of a block, by `topic:id`, and of anything else.
Places = Callable[[str], Location]


class FontError(Exception):
    """A face that the templates name is not installed."""


@dataclass(frozen=True)
class Typeset:
    """A finished PDF: its path below the site, and where the cache keeps it; it is read when wanted."""

    path: str
    stored: Path

    @property
    def data(self) -> bytes:
        return self.stored.read_bytes()

    def file(self) -> OutputFile:
        return OutputFile(self.path, self.data)


@dataclass(frozen=True)
class Fault:
    """Why a manuscript cannot be set: the rule, what is wrong, what to do, the `topic:id` of the block."""

    rule: str
    message: str
    hint: str
    block: str


def fonts(folder: Path | None = None) -> typst.Fonts:
    """The faces, from the installed packages or from one folder. Raises FontError for one that is missing."""
    if folder is None:
        paths = []
        for module, package in FONT_PACKAGES.items():
            spec = find_spec(module)
            if spec is None or spec.origin is None:
                raise FontError(f"the fonts of the PDFs are missing: install {package}, or name a folder")
            paths.append(str(Path(spec.origin).parent))
    elif folder.is_dir():
        paths = [str(folder)]
    else:
        raise FontError(f"{folder} is not a folder: name one that holds {', '.join(sorted(NAMED_FAMILIES))}")
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=paths)
    missing = sorted(FAMILIES - set(found.families()))
    if missing:
        raise FontError(f"{', '.join(paths)} has no readable {', '.join(missing)}")
    return found


def typeset(
    manuscripts: Iterable[Manuscript],
    work: Path,
    epoch: int,
    places: Places,
    progress: Callable[[str], None] = lambda path: None,
    folder: Path | None = None,
) -> tuple[list[Typeset], list[Diagnostic]]:
    """Sets every manuscript, one at a time: memory stays flat, and Typst uses every core by itself.

    In a process of its own: Typst begins threads for good, and what is forked from a process with such cannot
    use Typst.

    work: the cache, of which only what this run needs is kept; epoch: the clock of the documents in seconds;
    folder: where the fonts lie, if not in the packages. Returns the PDFs, and what could not be set.
    """
    return processes.apart(lambda say: _typeset(manuscripts, work, epoch, places, say, folder), progress)


def _typeset(
    manuscripts: Iterable[Manuscript],
    work: Path,
    epoch: int,
    places: Places,
    progress: Callable[[str], None],
    folder: Path | None,
) -> tuple[list[Typeset], list[Diagnostic]]:
    faces = fonts(folder)
    tools = _tools(folder)
    work.mkdir(parents=True, exist_ok=True)
    out, found, kept = [], [], set[Path]()
    for manuscript in manuscripts:
        progress(manuscript.path)
        stored = work / f"{_key(manuscript, epoch, tools)}.pdf"
        kept.add(stored)
        if not stored.is_file():
            try:
                data = finish(compiled(manuscript, faces, epoch), json.loads(manuscript.tree))
            except typst.TypstError as error:
                fault = explain(str(error.message), json.loads(manuscript.tree))
                found.append(Diagnostic(fault.rule, fault.message, places(fault.block), fault.hint))
                continue
            fresh = stored.with_suffix(".new")
            fresh.write_bytes(data)
            fresh.replace(stored)
        out.append(Typeset(manuscript.path, stored))
    for path in sorted(work.iterdir()):
        if path not in kept and not found:
            path.unlink()
    return out, found


def _tools(folder: Path | None) -> str:
    packages = ["typst", "pikepdf", *FONT_PACKAGES.values()]
    said = []
    for package in packages:
        try:
            said.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            said.append(package)
    if folder is not None:
        said += [hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()]
    said.append(hashlib.sha256(Path(__file__).read_bytes()).hexdigest())
    return "\n".join(said)


def _key(manuscript: Manuscript, epoch: int, tools: str) -> str:
    digest = hashlib.sha256(f"{tools}\n{epoch}\n{manuscript.template}\n{manuscript.tree}".encode())
    for file in sorted(manuscript.files, key=lambda f: f.path):
        digest.update(f"\n{file.path} {len(file.data)}\n".encode())
        digest.update(file.data)
    return digest.hexdigest()[:32]


def compiled(manuscript: Manuscript, faces: typst.Fonts, epoch: int) -> bytes:
    """The PDF as Typst writes it. Raises typst.TypstError."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for file in (*manuscript.files, OutputFile("tree.json", manuscript.tree.encode("utf-8"))):
            (root / file.path).write_bytes(file.data)
        compiler = typst.Compiler(
            input=str(root / manuscript.template),
            root=str(root),
            font_paths=faces,
            sys_inputs={"tree": "tree.json"},
        )
        data = compiler.compile(format="pdf", pdf_standards=[*STANDARDS], timestamp=epoch)
    assert isinstance(data, bytes)  # several pages of an image format would be a list
    return data


def explain(message: str, tree: Any) -> Fault:
    """What Typst said, as a fault of the block that caused it."""
    if match := _GLYPH.search(message):
        text = match[1]
        return Fault(
            "pdf-glyph",
            f'no face of the PDF has a glyph for "{text}" (U+{ord(text[0]):04X})',
            "write it with other characters",
            _block_with(tree, lambda node: isinstance(node, str) and text in node),
        )
    if match := _LABEL.search(message):
        target = match[1]
        return Fault(
            "pdf-link",
            f'a link to "{target}", which the PDF does not hold',
            "correct the link",
            _block_with(tree, lambda node: isinstance(node, dict) and node.get("to") == target),
        )
    if "missing alt text" in message:
        return Fault(
            "pdf-alt",
            "a picture or drawing without words for those who do not see it",
            "fill its alt",
            _block_with(tree, lambda node: isinstance(node, dict) and "src" in node and not node.get("alt")),
        )
    if "does not fit on one page" in message:
        return Fault(
            "pdf-sheet",
            "the sheet does not fit on one page",
            "shorten the key points, the emergencies or the flow",
            str(tree.get("id", "")),
        )
    return Fault("pdf", f"Typst: {message}", "", str(tree.get("id", "")))


def _block_with(tree: Any, wanted: Callable[[Any], bool]) -> str:
    """The innermost id around the first node that is wanted."""

    def walk(node: Any, id_: str) -> Iterator[str]:
        if isinstance(node, dict):
            id_ = str(node.get("id", id_))
        if wanted(node):
            yield id_
        values = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        for value in values:
            yield from walk(value, id_)

    return next(walk(tree, ""), str(tree.get("id", "")))


def finish(data: bytes, tree: Any) -> bytes:
    """Heads of rows as such and words for links over a drawing, which Typst cannot say yet; then packed.

    tree: what the manuscript set, whose links over drawings say their words in order.
    """
    document = pikepdf.open(io.BytesIO(data))
    for row in _body_rows(document.Root.StructTreeRoot.K):
        cells = row.K if isinstance(row.K, Array) else [row.K]
        first = cells[0]
        if first.S == Name.TD:
            first.S = Name.TH
            first.A = Dictionary(O=Name.Table, Scope=Name.Row)
    areas = list(_empty_links(document.Root.StructTreeRoot.K))
    # A sheet may say its flow in words instead of drawing it.
    if areas:
        for link, words in zip(areas, _link_words(tree), strict=True):
            link.Alt = link.K[0].Obj.Contents = pikepdf.String(words)
    # Optional, and false; some viewers complain of it.
    if "/Suspects" in document.Root.MarkInfo:
        del document.Root.MarkInfo.Suspects
    out = io.BytesIO()
    document.save(
        out,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        recompress_flate=True,
        deterministic_id=True,
        fix_metadata_version=False,
    )
    return out.getvalue()


def _elements(node: Any, kind: Name) -> Iterator[Any]:
    """The structure elements of a kind below a node, in reading order."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Array):
            waiting += reversed(list(current))
        elif isinstance(current, Dictionary) and "/S" in current:
            if kind == current.S:
                yield current
            elif "/K" in current:
                waiting.append(current.K)


def _body_rows(node: Any) -> Iterator[Any]:
    for body in _elements(node, Name.TBody):
        yield from body.K


def _empty_links(node: Any) -> Iterator[Any]:
    """Links around nothing but an area of the page: those over a drawing."""
    for link in _elements(node, Name.Link):
        if len(link.K) == 1 and isinstance(link.K[0], Dictionary) and link.K[0].get("/Type") == Name.OBJR:
            yield link


def _link_words(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "box" in node:
            yield str(node["says"])
        # In the order in which the template sets them.
        for key in ("topics", "lead", "blocks", "flow", "parts", "links"):
            yield from _link_words(node.get(key, []))
    elif isinstance(node, list):
        for child in node:
            yield from _link_words(child)
