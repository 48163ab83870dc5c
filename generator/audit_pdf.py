"""The finished PDFs in; what a reader with a screen reader, or an archive, would miss in them out.

It looks at what a broken template would lose. Whether a file conforms to PDF/UA-1 and PDF/A-2a as a whole, a
full validator says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, Name

from generator.diagnostic import Diagnostic, Location, SourceFile

PDFUA, PDFA = "http://www.aiim.org/pdfua/ns/id/", "http://www.aiim.org/pdfa/ns/id/"


class Fault(NamedTuple):
    """The rule that a file breaks, and what is wrong with it."""

    rule: str
    message: str


def audit_pdfs(folder: Path, known: MutableMapping[str, Any] | None = None) -> list[Diagnostic]:
    """Reads every PDF below `folder`, whose subfolders are named for languages.

    known: the digests of the PDFs that an earlier audit found good, which become those of this one.
    """
    found: list[Diagnostic] = []
    before, good = dict(known or {}), dict[str, str]()
    tools = hashlib.sha256(Path(__file__).read_bytes() + pikepdf.__version__.encode())
    for path in sorted(folder.rglob("*.pdf")):
        name = path.relative_to(folder.parent).as_posix()
        digest = tools.copy()
        digest.update(path.read_bytes())
        good[name] = digest.hexdigest()
        if before.get(name) == good[name]:
            continue
        language = path.relative_to(folder).parts[0]
        try:
            with pikepdf.open(path) as document:
                faults = list(_faults(document, language))
        except pikepdf.PdfError as error:
            faults = [Fault("pdf-broken", f"cannot be read: {error}")]
        at = Location(SourceFile(name))
        found += [Diagnostic(f.rule, f"{name} {f.message}", at) for f in faults]
        if faults:
            del good[name]
    if known is not None:
        known.clear()
        known.update(good)
    return found


def _faults(document: pikepdf.Pdf, language: str) -> Iterator[Fault]:
    root = document.Root
    marked = root.get("/MarkInfo", Dictionary()).get("/Marked", False)
    if "/StructTreeRoot" not in root or not marked:
        yield Fault("pdf-tags", "is not tagged: a screen reader finds no headings, lists or tables")
        return
    if str(root.get("/Lang", "")).split("-")[0] != language:
        yield Fault("pdf-language", f"says {root.get('/Lang', 'no language')}, not {language}")
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        viewer = root.get("/ViewerPreferences", Dictionary())
        if not metadata.get("dc:title") or not viewer.get("/DisplayDocTitle"):
            yield Fault("pdf-title", "does not show a title")
        if metadata.get(f"{{{PDFUA}}}part") != "1" or (
            metadata.get(f"{{{PDFA}}}part"),
            metadata.get(f"{{{PDFA}}}conformance"),
        ) != ("2", "A"):
            yield Fault("pdf-standard", "does not declare PDF/UA-1 and PDF/A-2a")
    if "/First" not in root.get("/Outlines", Dictionary()):
        yield Fault("pdf-bookmarks", "has no bookmarks")
    yield from _structure(root.StructTreeRoot)
    yield from _links(document)
    yield from _fonts(document)


def _structure(tree: Any) -> Iterator[Fault]:
    """Figures without words, tables without heads."""
    waiting = [tree.get("/K")]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Array):
            waiting.extend(node)
        elif isinstance(node, Dictionary):
            kind = node.get("/S")
            if kind == Name.Figure and not str(node.get("/Alt", "")).strip():
                yield Fault("pdf-picture", "holds a picture without words for those who do not see it")
            if kind == Name.TBody:
                for row in node.K if isinstance(node.K, Array) else [node.K]:
                    first = row.K[0] if isinstance(row.K, Array) else row.K
                    if first.get("/S") != Name.TH or first.get("/A", Dictionary()).get("/Scope") != Name.Row:
                        yield Fault("pdf-table", "holds a table row without a head")
                        break
            if "/K" in node:
                waiting.append(node.K)


def _links(document: pikepdf.Pdf) -> Iterator[Fault]:
    pages = {page.objgen for page in document.pages}
    names = set()
    if "/Names" in document.Root and "/Dests" in document.Root.Names:
        names = {str(key) for key in pikepdf.NameTree(document.Root.Names.Dests)}
    for number, page in enumerate(document.pages, 1):
        for note in page.get("/Annots", []):
            if note.get("/Subtype") != Name.Link:
                continue
            target = note.get("/Dest") or note.get("/A", Dictionary()).get("/D")
            if isinstance(target, Array):
                lost = target[0].objgen not in pages
            elif target is not None:
                lost = str(target).removeprefix("/") not in names
            else:
                lost = "/URI" not in note.get("/A", Dictionary())
            if lost:
                yield Fault("pdf-dead-link", f"has a link on page {number} that leads to nothing")
            if not str(note.get("/Contents", "")).strip() or "/StructParent" not in note:
                yield Fault("pdf-tags", f"has a link on page {number} that a screen reader does not find")


def _fonts(document: pikepdf.Pdf) -> Iterator[Fault]:
    seen: set[str] = set()
    for page in document.pages:
        for font in page.get("/Resources", Dictionary()).get("/Font", Dictionary()).values():
            name = str(font.get("/BaseFont", "a font"))
            if name in seen:
                continue
            seen.add(name)
            inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            described = inner.get("/FontDescriptor", Dictionary())
            embedded = any(key in described for key in ("/FontFile", "/FontFile2", "/FontFile3"))
            # A subset is named by six capitals and a plus sign.
            if not embedded or "+" not in name:
                yield Fault("pdf-font", f"does not carry its own part of the font {name}")
            if "/ToUnicode" not in font:
                yield Fault("pdf-font", f"cannot be searched or copied where it is set in {name}")
