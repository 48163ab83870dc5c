"""The content folder in; `Content` out, or every reason why not."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from generator import parity_lock, processes
from generator.diagnostic import Collector, Diagnostic, Location, Related, SourceFile
from generator.model import (
    ID,
    PICTURE_BYTES,
    WINDOWS_DEVICE,
    Change,
    ChangeWords,
    Content,
    Fact,
    Figure,
    FigureWords,
    Flow,
    FlowWords,
    Id,
    Keyed,
    Local,
    Overlay,
    OverlayWords,
    PageWords,
    Person,
    PersonWords,
    Reference,
    Site,
    Table,
    TableWords,
    Term,
    TermWords,
    TopicShared,
    TopicWords,
    Ui,
    Version,
    VersionId,
    VersionWords,
    Words,
)
from generator.processes import Task
from generator.source import Map, Scalar, Seq, read

T = TypeVar("T")
# What a folder of content may hold; anything else is a slip of the editor's.
SHARED = {"site", "facts", "tables", "references", "terms", "people", "figures", "changes", "versions"}
WORDS = {"ui", "terms", "people", "figures", "tables", "pages", "changes", "versions"}
FOLDERS = {"topics", "flows"}
OVERLAY, NOTES = "overlay", "notes"
# What Finder and Explorer leave in every folder that they show.
LITTER = re.compile(r"\.DS_Store|\._.*|Thumbs\.db|desktop\.ini", re.I)
# One file each; any other may have parts beside it, facts.lung.yml beside facts.yml.
WHOLE = {"site", "ui", "pages", OVERLAY, NOTES}


# A file's path to its state on the disk, its beginning, and what was read.
Memory = dict[Path, tuple[tuple[int, ...], Location, Any]]


def load(
    root: Path, overlay: Path | None = None, memory: Memory | None = None
) -> tuple[Content | None, list[Diagnostic]]:
    """Reads the book under `root`, and a hospital's own notes under `overlay`; nothing else.

    memory: filled with what could be read, so that a program that runs on reads only what was written since.
    Returns the content, or None with all that is wrong.
    """
    memory = {} if memory is None else memory
    content, found = _Loader(root, memory).load()
    if overlay is None:
        return content, found
    # What is wrong with the notes is told even where the book cannot be read: they have another editor.
    languages = content.languages if content else ()
    local, more = _Loader(overlay, memory).local(languages)
    if content is None or local is None:
        return None, [*found, *more]
    return replace(content, local=local), found


class _Loader:
    def __init__(self, root: Path, memory: Memory) -> None:
        self.root, self.memory = root, memory
        self.found = Collector()
        self.at: dict[str, Location] = {}
        self.within: dict[Path, bool] = {}

    def load(self) -> tuple[Content | None, list[Diagnostic]]:
        shared = self.root / "shared"
        if not shared.is_dir():
            where = Location(SourceFile(str(self.root)))
            self.found.add(
                "no-content", "no folder shared/ here", where, "name the content folder with --content"
            )
            return None, self.found.found
        self.strangers(shared, SHARED, FOLDERS | {"figures"})
        is_first = not self.memory
        site = self.one(shared / "site.yml", Site)
        folders = [self.root / lang for lang in (site.languages if site else [])]
        # The words of the first language are read here, beside those of others, one on each processor.
        others = folders[1 : processes.processors()] if is_first else []
        aside = [Task(partial(_words_in, self.root, folder)) for folder in others]
        try:
            return self.book(shared, site, folders, aside)
        finally:
            for task in aside:
                task.stop()

    def book(
        self, shared: Path, site: Site | None, folders: Sequence[Path], aside: Sequence[Task[Memory]]
    ) -> tuple[Content | None, list[Diagnostic]]:
        """The rest of `load`. aside: gives what could be read of some languages, which is not read again."""
        facts = self.many(shared, "facts", Fact)
        references = self.many(shared, "references", Reference)
        terms = self.many(shared, "terms", Term)
        people = self.many(shared, "people", Person)
        before = len(self.found.found)
        figures = self.many(shared, "figures", Figure)
        figures_read = len(self.found.found) == before
        tables = self.many(shared, "tables", Table)
        changes = self.many(shared, "changes", Change)
        versions = self.many(shared, "versions", Version, VersionId)
        accepted = self.accepted()
        topics = self.folder(shared / "topics", TopicShared)
        flows = self.folder(shared / "flows", Flow)
        words = {folder.name: self.words(folder) for folder in folders[:1]}
        for task in aside:
            self.memory.update(task.result())
        words |= {folder.name: self.words(folder) for folder in folders[1:]}
        # Without figures.yml every drawing would seem to belong to no figure.
        drawings = self.drawings(shared / "figures", figures) if figures_read else {}
        if self.found.found or site is None:
            return None, self.found.found
        return Content(
            site=site,
            facts=facts,
            references=references,
            terms=terms,
            people=people,
            figures=figures,
            tables=tables,
            topics=topics,
            flows=flows,
            changes=changes,
            versions=versions,
            words={lang: w for lang, w in words.items() if w},
            drawings=drawings,
            accepted=accepted,
            at=self.at,
        ), []

    def local(self, languages: tuple[str, ...]) -> tuple[Local | None, list[Diagnostic]]:
        """The folder as an overlay; every folder in it is a language where the book names none."""
        if not (self.root / f"{OVERLAY}.yml").is_file():
            where = Location(SourceFile(str(self.root)))
            hint = "name the folder of your notes with --overlay, and add overlay.yml to it"
            self.found.add("no-overlay", "no file overlay.yml here", where, hint)
            return None, self.found.found
        # What a version control keeps here is its own matter.
        seen = [path for path in self.root.iterdir() if path.is_dir() and not path.name.startswith(".")]
        known = set(languages) or {path.name for path in seen}
        self.strangers(self.root, {OVERLAY}, known, hidden=True)
        overlay = self.one(self.root / f"{OVERLAY}.yml", Overlay)
        words = {}
        for language in sorted(known):
            folder = self.root / language
            if folder.is_dir():
                self.strangers(folder, {NOTES}, set())
                words[language] = self.one(folder / f"{NOTES}.yml", OverlayWords)
        if self.found.found or overlay is None:
            return None, self.found.found
        return Local(overlay, {lang: w for lang, w in words.items() if w}, self.at), []

    def accepted(self) -> dict[str, dict[str, str]]:
        """What an editor last accepted as equal: key to language to digest."""
        path = self.root / parity_lock.NAME
        if not os.path.lexists(path):
            return {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            lines = ["\ufffd"]
        except OSError as error:
            at = Location(SourceFile(self.shown(path)))
            self.found.add("unreadable", f"cannot be read: {error.strerror}", at, "it is a file of text")
            return {}
        entries, wrong = parity_lock.read(lines)
        file = SourceFile(self.shown(path), "\n".join(lines))
        for number in wrong:
            self.found.add(
                "lock-form",
                "this line is none that clinref accept writes",
                Location(file, number),
                "delete the line, then run clinref accept for what it named",
            )
        return entries

    def words(self, folder: Path) -> Words | None:
        if not folder.is_dir():
            self.found.add(
                "missing-language",
                f'site.yml names the language "{folder.name}", whose folder is missing',
                Location(SourceFile(self.shown(folder))),
                "add the folder or take the language out of site.yml",
            )
            return None
        self.strangers(folder, WORDS, FOLDERS)
        ui = self.one(folder / "ui.yml", Ui)
        terms = self.many(folder, "terms", TermWords)
        people = self.many(folder, "people", PersonWords)
        figures = self.many(folder, "figures", FigureWords)
        tables = self.many(folder, "tables", TableWords)
        pages = self.many(folder, "pages", PageWords)
        changes = self.many(folder, "changes", ChangeWords)
        versions = self.many(folder, "versions", VersionWords, VersionId)
        topics = self.folder(folder / "topics", TopicWords)
        flows = self.folder(folder / "flows", FlowWords)
        if ui is None:
            return None
        return Words(ui, terms, people, figures, tables, pages, changes, versions, topics, flows)

    def below(self, path: Path) -> str:
        """The name of a file below the content folder."""
        return path.as_posix().removeprefix(f"{self.root.as_posix()}/")

    def shown(self, path: Path) -> str:
        """How messages name a file: as the user named the content folder."""
        return path.as_posix()

    def strangers(self, folder: Path, files: set[str], folders: set[str], hidden: bool = False) -> None:
        """What does not belong into a folder; `hidden`: names that begin with a dot may stand there."""
        for path in _entries(folder):
            if hidden and path.name.startswith("."):
                continue
            name, dot, part = path.stem.partition(".")
            whole = not dot or (ID.fullmatch(part) and name not in WHOLE)
            known = (path.is_dir() and path.name in folders) or (
                path.suffix == ".yml" and name in files and whole
            )
            if not known and path.suffix != ".lock":
                self.found.add(
                    "unknown-file",
                    f"{path.name} is no file of a book",
                    Location(SourceFile(self.shown(path))),
                    "known here: "
                    + ", ".join([*sorted(f"{f}.yml" for f in files), *(f"{f}/" for f in sorted(folders))]),
                )

    def one(self, path: Path, kind: type[T]) -> T | None:
        """What a file holds: as it was read before, if no one has written it since."""
        try:
            status = path.stat()
            state = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        except OSError:
            state = (0, 0, 0, 0)
        before = self.memory.get(path)
        if before and before[0] == state:
            self.at[self.below(path)] = before[1]
            return cast(T, before[2])
        count = len(self.found.found)
        tree = self.tree(path)
        value = None if tree is None else cast("T | None", self.validate(tree, kind))
        # What is wrong with a file that can be read all the same is to be told each time.
        if tree is not None and value is not None and len(self.found.found) == count:
            self.memory[path] = (state, tree.at, value)
        return value

    def many(self, folder: Path, name: str, kind: type[T], key_kind: Any = Id) -> Keyed[Scalar, T]:
        """What maps ids to entries: `name`.yml, then its parts by their names; no file maps nothing."""
        paths = [folder / f"{name}.yml", *(sorted(folder.glob(f"{name}.*.yml")) if name not in WHOLE else ())]
        out: Keyed[Scalar, T] = Keyed()
        first: dict[str, Scalar] = {}
        for path in paths:
            # This type is made as the program runs, which a static check cannot follow.
            every: Any = Keyed[key_kind, kind]  # type: ignore[valid-type]
            entries: Keyed[Scalar, T] = (self.one(path, every) if os.path.lexists(path) else None) or Keyed()
            for key, entry in entries.items():
                if key in out:
                    self.found.add(
                        "duplicate-key",
                        f'"{key}" stands in two files',
                        key.at,
                        "keep one of them",
                        (Related(first[key].at, "first set here"),),
                    )
                else:
                    out[key] = entry
                    first[key] = key
        return out

    def folder(self, path: Path, kind: type[T]) -> Keyed[Scalar, T]:
        """A folder with one file per id."""
        out: Keyed[Scalar, T] = Keyed()
        for file in _entries(path) if path.is_dir() else ():
            if file.suffix != ".yml":
                self.found.add(
                    "unknown-file",
                    f"{file.name} is no YAML file",
                    Location(SourceFile(self.shown(file))),
                    "name it <id>.yml or move it out of the content",
                )
            elif not ID.fullmatch(file.stem) or WINDOWS_DEVICE.fullmatch(file.stem):
                self.found.add(
                    "id-form",
                    f'"{file.stem}" is not an id',
                    Location(SourceFile(self.shown(file))),
                    "name the file in lower case letters, digits and hyphens: spine-emergency.yml",
                )
            elif (entry := self.one(file, kind)) is not None:
                out[Scalar.make(file.stem, self.at[self.below(file)])] = entry
        return out

    def tree(self, path: Path) -> Map | None:
        shown = self.shown(path)
        if not os.path.lexists(path):
            self.found.add("missing-file", "the file is missing", Location(SourceFile(shown)), "add it")
            return None
        if not path.is_symlink() and not self.lies_within(path.parent):
            self.found.add("no-symlink", "lies outside the content folder", Location(SourceFile(shown)))
            return None
        tree = read(path, shown, self.found)
        if tree is not None:
            self.at[self.below(path)] = tree.at
        return tree

    def lies_within(self, folder: Path) -> bool:
        """Whether a folder is, whatever links lead to it, one of the content."""
        if folder not in self.within:
            self.within[folder] = folder.resolve().is_relative_to(self.root.resolve())
        return self.within[folder]

    def validate(self, tree: Map, kind: Any) -> Any:
        try:
            return _adapter(kind).validate_python(tree)
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                self.found.found.append(_diagnostic(fault, tree))
            return None

    def drawings(self, folder: Path, figures: Keyed[Scalar, Figure]) -> dict[str, bytes]:
        out = {}
        for figure in figures.values():
            path = folder / figure.file
            if path.is_symlink() or not path.is_file():
                self.found.add(
                    "missing-drawing",
                    f"no file {figure.file} in {self.shown(folder)}",
                    figure.file.at,
                    "add the drawing or correct the name",
                )
            else:
                # No more is read than tells that it is too large.
                with path.open("rb") as file:
                    out[str(figure.file)] = file.read(PICTURE_BYTES + 1)
        used = {str(figure.file) for figure in figures.values()}
        for path in _entries(folder) if folder.is_dir() else ():
            if path.name not in used:
                self.found.add(
                    "unknown-file",
                    f"{path.name} belongs to no figure",
                    Location(SourceFile(self.shown(path))),
                    "name it in figures.yml or delete it",
                )
        return out


def _words_in(root: Path, folder: Path) -> Memory:
    """What could be read of a language. What is wrong with a file is told when it is read again."""
    loader = _Loader(root, {})
    loader.words(folder)
    return loader.memory


# Made once for each kind, not for each of a thousand files.
@lru_cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _entries(folder: Path) -> list[Path]:
    """What an editor put into a folder, by name: not what Finder and Explorer leave there."""
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    return [path for path in paths if not LITTER.fullmatch(path.name)]


def _diagnostic(fault: Any, tree: Map) -> Diagnostic:
    """One of pydantic's faults as ours: the path to the value becomes a place in the file."""
    node: Map | Seq | Scalar = tree
    at, name = tree.at, ""
    for step in fault["loc"]:
        # Steps that pydantic adds (the kind in a union) are in no document: pass over them.
        if isinstance(node, Map) and step in node:
            at, name, node = node.key_at(step), str(step), node[step]
        elif isinstance(node, Seq) and isinstance(step, int) and step < len(node):
            node = node[step]
            at = node.at
    context = fault.get("ctx", {})
    if fault["type"] == "clinref":
        rule, message, hint = context["rule"], context["text"], context["hint"]
        if isinstance(node, Scalar) and rule not in ("empty-value",):
            at = node.at if context["offset"] is None else node.place(context["offset"])
        return Diagnostic(rule, message, at, hint)
    last = str(fault["loc"][-1]) if fault["loc"] else ""
    if fault["type"] == "extra_forbidden":
        return Diagnostic(
            "unknown-key", f'unknown key "{last}"', at, "check its spelling, and its indentation"
        )
    if fault["type"] == "missing":
        return Diagnostic(
            "missing-key", f'the key "{last}" is missing' + (f' under "{name}"' if name else ""), at, "add it"
        )
    if fault["type"] == "literal_error":
        return Diagnostic(
            "unknown-word",
            f'"{node}" is not known here',
            node.at,
            f"write one of {context.get('expected', '')}",
        )
    what = {"dict_type": "keys with values", "list_type": "a list", "model_type": "keys with values"}
    wanted = what.get(fault["type"])
    if wanted:
        return Diagnostic("wrong-kind", f"{wanted} belongs here", at, "check the indentation below this line")
    return Diagnostic("wrong-value", fault["msg"], at)
