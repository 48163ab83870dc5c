"""One YAML file in; its strings, lists and maps with their places out. What no document needs is refused.

YAML's own types turn `NO` into false, `010` into 8 and the second of two equal keys into the only one. In a
clinical text each of these is an error, so scalars stay the strings they are; pydantic gives types later.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISLNK
from typing import Any, NoReturn, TypeAlias

import yaml

from generator.diagnostic import Collector, Location, Related, SourceFile

MAX_BYTES = 512 * 1024
MAX_DEPTH = 20
MAX_NODES = 50_000
SPLIT = "cut it into parts: facts.lung.yml beside facts.yml"
KEY = re.compile(r"[A-Za-z0-9]+(?:[-_ ][A-Za-z0-9]+)*")
# Keys of this form that were met: a book has a hundred times as many keys as different ones.
_known_keys: set[str] = set()
# Characters that change how a line reads without being seen: bidi marks, zero-width, controls, soft hyphen,
# fillers; U+FFFD, which stands for one that was lost on the way; and those of private use, as which a word
# processor's symbol font leaves its ≥ and its arrows.
INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ue000-\uf8ff\ufff9-\uffff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
# A file of these bytes alone has none of them, and that is found out ten times faster.
PLAIN = bytes((0x09, 0x0A, *range(0x20, 0x7F)))
# A Cyrillic letter in a Latin word looks right and is found by no search.
LOOK_ALIKE = re.compile("[A-Za-z][\u0400-\u052f]|[\u0400-\u052f][A-Za-z]")
CYRILLIC = re.compile("[\u0400-\u052f]")
# What git writes into a file that two people changed; and a tab among the blanks that a line begins with.
LINE_MARKS = ("<<<<<<< ", "||||||| ", ">>>>>>> ", "\t")
LINE_FAULT = re.compile(r"^(?:(?:<{7}|\|{7}|>{7}) |[^\S\t\n]*(?P<tab>\t))", re.M)


class Scalar(str):
    """A string of the document with its place. `style` is `|` for a `|-` scalar, the style of prose."""

    # Of the hundred thousands of them in a book few are ever asked where they stand.
    __slots__ = ("column", "file", "length", "line", "style")
    file: SourceFile
    line: int
    column: int
    length: int
    style: str

    @staticmethod
    def make(text: str, at: Location, style: str = "") -> Scalar:
        return _scalar(text, at.file, at.line, at.column, at.length, style)

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process it goes without the names of its fields."""
        return _scalar, (str(self), self.file, self.line, self.column, self.length, self.style)

    @property
    def at(self) -> Location:
        """Where it begins in the file."""
        return Location(self.file, self.line, self.column, self.length)

    def place(self, offset: int, length: int = 1) -> Location:
        """Where the character at `offset` stands in the file."""
        if self.style == "|":
            line = self.count("\n", 0, offset)
            column = offset - (self.rfind("\n", 0, offset) + 1)
            first = next((body for body in self.file.lines[self.line :] if body.strip()), "")
            indent = len(first) - len(first.lstrip(" "))
            return Location(self.file, self.line + 1 + line, indent + column + 1, length)
        quote = 1 if self.style in "'\"" and self.style else 0
        return Location(self.file, self.line, self.column + quote + offset, length)


def _scalar(text: str, file: SourceFile, line: int, column: int, length: int, style: str) -> Scalar:
    scalar = Scalar(text)
    scalar.file, scalar.line, scalar.column, scalar.length, scalar.style = file, line, column, length, style
    return scalar


class _Holder:
    """A list or map, which knows where it begins in its file."""

    __slots__ = ()
    file: SourceFile
    line: int
    column: int

    @property
    def at(self) -> Location:
        """Where it begins in the file."""
        return Location(self.file, self.line, self.column)


class Seq(_Holder, list["Node"]):
    """A list with its place."""

    __slots__ = ("column", "file", "line")


class Map(_Holder, dict[str, "Node"]):
    """A map with its place; its keys are Scalars, so each key has a place too."""

    __slots__ = ("column", "file", "line")

    def key_at(self, key: str) -> Location:
        return next((k.at for k in self if k == key and isinstance(k, Scalar)), self.at)


Node: TypeAlias = Scalar | Seq | Map


class Refused(Exception):
    """The file cannot be read at all; the collector holds why."""


@dataclass
class _Reader:
    """Reads one document. `next`: the next event of the YAML library.

    is_clean: no character of the file is one that `characters` looks for; lines: those of a file in which a
    comment may stand behind a single space. Most files are clean and have no such comment, and their strings
    need not be asked one by one.
    """

    file: SourceFile
    found: Collector
    next: Callable[[], Any]
    is_clean: bool
    lines: list[str]

    def at(self, mark: Any) -> Location:
        return Location(self.file, mark.line + 1, mark.column + 1)

    def refuse(self, rule: str, message: str, mark: Any, hint: str) -> None:
        self.found.add(rule, message, self.at(mark), hint)

    def node(self, event: Any) -> Node:
        """What begins with `event`, with all that it holds.

        One loop without a call for each value, of which a book has half a million.
        """
        following, file, is_clean, has_comment = self.next, self.file, self.is_clean, bool(self.lines)
        holder: Seq | Map | None = None  # the list or map that is being filled
        key: Node | None = None  # what stands in it before a value that is still to come
        around: list[tuple[Seq | Map | None, Node | None]] = []  # the same of those that it stands in
        count = 0
        while True:
            kind = event.__class__
            value: Node
            if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                assert holder is not None
                value = holder
                holder, key = around.pop()
            else:
                count += 1
                if count > MAX_NODES or len(around) >= MAX_DEPTH:
                    self.too_much(event, len(around))
                start = event.start_mark
                line, column = start.line + 1, start.column + 1
                # An alias holds the name of an anchor too.
                if event.anchor or event.tag:
                    self.anchor_or_tag(event)
                if kind is yaml.ScalarEvent:
                    value = text = Scalar(event.value)
                    end, style = event.end_mark, event.style
                    text.file, text.line, text.column, text.style = file, line, column, style or ""
                    length = end.column + 1 - column
                    text.length = length if end.line + 1 == line and length > 0 else 1
                    if not is_clean:
                        self.characters(text)
                    if has_comment and not style:
                        self.comment(end)
                elif kind is yaml.AliasEvent:
                    value = Scalar.make("", Location(file, line, column))
                else:
                    around.append((holder, key))
                    holder, key = (Map() if kind is yaml.MappingStartEvent else Seq()), None
                    holder.file, holder.line, holder.column = file, line, column
                    event = following()
                    continue
            if holder is None:
                return value
            if isinstance(holder, Seq):
                holder.append(value)
            elif key is None:
                key = value
            else:
                if isinstance(key, Scalar) and key not in holder and _is_key(key):
                    holder[key] = value
                else:
                    self.wrong_key(key, holder)
                key = None
            event = following()

    def too_much(self, event: Any, depth: int) -> NoReturn:
        if depth >= MAX_DEPTH:
            self.refuse("too-deep", f"more than {MAX_DEPTH} levels", event.start_mark, "flatten the document")
        else:
            self.refuse("too-large", f"more than {MAX_NODES} values in one file", event.start_mark, SPLIT)
        raise Refused

    def anchor_or_tag(self, event: Any) -> None:
        if event.__class__ is yaml.AliasEvent:
            hint = "write the value out where it is needed"
            self.refuse("no-alias", f"alias *{event.anchor}", event.start_mark, hint)
            return
        if event.anchor:
            self.refuse("no-alias", f"anchor &{event.anchor}", event.start_mark, "remove the anchor")
        if event.tag:
            hint = "remove the tag: every value is a string"
            self.refuse("no-tag", f"tag {event.tag}", event.start_mark, hint)

    def comment(self, end: Any) -> None:
        """Tells of a comment after a plain string and a single space: it may be meant as text."""
        rest = self.lines[end.line][end.column :] if end.line < len(self.lines) else ""
        if rest.startswith(" #"):
            self.found.add(
                "text-or-comment",
                f'YAML drops what follows: "{rest.strip()[:60]}"',
                Location(self.file, end.line + 1, end.column + 2),
                "if it is text, put the whole text in quotes; before a comment put two spaces",
            )

    def characters(self, text: Scalar) -> None:
        # Looked for again after YAML's own escapes: "\u202e" in quotes is six harmless characters before.
        if hidden := INVISIBLE.search(text):
            self.found.add(
                "invisible-character",
                f"invisible character {_character(hidden.group())}",
                text.place(hidden.start()),
                "delete it; retype the word if it came from elsewhere",
            )
        elif text.isascii():
            return
        elif odd := LOOK_ALIKE.search(text):
            cyrillic = next(char for char in odd.group() if not char.isascii())
            self.found.add(
                "look-alike",
                f'"{cyrillic}" is {_character(cyrillic)} inside a Latin word',
                text.place(odd.start() + odd.group().index(cyrillic)),
                "type the word anew",
            )
        elif not unicodedata.is_normalized("NFC", text):
            self.found.add(
                "not-nfc",
                "characters in decomposed form",
                text.at,
                f'write it composed: "{unicodedata.normalize("NFC", text)[:60]}"',
            )

    def wrong_key(self, key: Node, known: Map) -> None:
        at = Location(self.file, key.line, key.column)
        if not isinstance(key, Scalar):
            self.found.add("key-form", "a list or map as a key", at, "a key is one word in kebab-case")
        elif key == "<<":
            self.found.add("no-alias", "merge key <<", at, "write the values out")
        elif not _is_key(key):
            self.found.add(
                "key-form",
                f'key "{key}" is not made of ASCII letters, digits and hyphens',
                key.at,
                "write ids in ASCII kebab-case; after a key comes an ASCII colon and a space",
            )
        else:
            self.found.add(
                "duplicate-key",
                f'duplicate key "{key}"',
                key.at,
                "keep one value",
                (Related(known.key_at(key), "first set here"),),
            )


def read(path: Path, shown: str, found: Collector) -> Map | None:
    """Reads one file.

    path: the file; shown: how messages name it; found: takes what is wrong. Returns the map at the top of the
    document, or None when the file cannot be used; never raises for bad input.
    """
    try:
        status = path.lstat()
        if S_ISLNK(status.st_mode):
            found.add(
                "no-symlink", "a symbolic link", Location(SourceFile(shown)), "put the file itself here"
            )
            return None
        with path.open("rb") as file:
            # One more than is allowed tells that it is too large. To make room for so much each time is slow.
            wanted = min(status.st_size, MAX_BYTES)
            data = file.read(wanted + 1)
            if len(data) > wanted:
                # The disk does not say of every file how long it is.
                data += file.read(MAX_BYTES - wanted)
    except OSError as error:
        found.add("unreadable", f"cannot be read: {error.strerror}", Location(SourceFile(shown)))
        return None
    return parse(data, shown, found)


def parse(data: bytes, shown: str, found: Collector) -> Map | None:
    """As `read`, from bytes."""
    text = _decode(data, shown, found)
    if text is None:
        return None
    file = SourceFile(shown, text.replace("\r\n", "\n").removesuffix("\n"))
    suspect = any(mark in text for mark in LINE_MARKS)
    if suspect and (line_fault := LINE_FAULT.search(file.text)):
        number = file.text.count("\n", 0, line_fault.start()) + 1
        if line_fault["tab"]:
            column = line_fault.start("tab") - line_fault.start() + 1
            hint = "indent with two spaces"
            found.add("tab", "a tab in the indentation", Location(file, number, column), hint)
        else:
            found.add(
                "conflict-marker",
                "two versions of the text stand here, as git left them",
                Location(file, number),
                "keep one of them and delete the lines of <, = and >",
            )
        return None
    before = len(found.found)
    # An escape may stand for any character, and joins those beside it.
    is_clean = text.isascii() or (not CYRILLIC.search(text) and unicodedata.is_normalized("NFC", text))
    try:
        events = yaml.CSafeLoader(text).get_event
        lines = file.lines if " #" in text else []
        return _document(_Reader(file, found, events, is_clean and "\\" not in text, lines))
    except (Refused, RecursionError):
        return None
    except yaml.MarkedYAMLError as error:
        if len(found.found) == before:
            _syntax(error, file, found)
        return None
    except yaml.YAMLError as error:
        found.add("yaml-syntax", f"cannot be read as YAML: {error}", Location(file))
        return None


def _is_key(text: str) -> bool:
    if text in _known_keys:
        return True
    if not KEY.fullmatch(text):
        return False
    _known_keys.add(str(text))
    return True


def _character(char: str) -> str:
    return unicodedata.name(char, f"U+{ord(char):04X}")


def _decode(data: bytes, shown: str, found: Collector) -> str | None:
    where = Location(SourceFile(shown))
    if len(data) > MAX_BYTES:
        found.add("too-large", f"larger than {MAX_BYTES // 1024} kB", where, SPLIT)
    elif data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        found.add("encoding", "begins with a byte order mark", where, 'save as "UTF-8", not "UTF-8 with BOM"')
    elif b"\0" in data[:2]:
        found.add("encoding", "is UTF-16, not UTF-8", where, "save the file as UTF-8")
    elif b"\r" in data and b"\n" not in data:
        hint = "save it with line ends LF or CRLF"
        found.add("encoding", "its lines end as on an old Macintosh", where, hint)
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
            found.add(
                "encoding",
                "is not UTF-8",
                Location(SourceFile(shown), line, column),
                "save the file as UTF-8",
            )
            return None
        # The YAML library stops at a control character without a line number.
        clean = text.replace("\r\n", "\n")
        if data.translate(None, PLAIN) and (hidden := INVISIBLE.search(clean)):
            line = clean.count("\n", 0, hidden.start()) + 1
            column = hidden.start() - clean.rfind("\n", 0, hidden.start())
            found.add(
                "invisible-character",
                f"invisible character {_character(hidden.group())}",
                Location(SourceFile(shown, clean), line, column),
                "delete it; retype the word if it came from elsewhere",
            )
            return None
        return text
    return None


def _document(reader: _Reader) -> Map | None:
    """Exactly one document, and it is a map."""
    result: Map | None = None
    other: Node | None = None
    documents = 0
    while (event := reader.next()).__class__ is not yaml.StreamEndEvent:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if event.version or event.tags:
                reader.refuse("no-directive", "a YAML directive", event.start_mark, "remove the line")
            if documents > 1:
                reader.refuse(
                    "one-document",
                    "a second document",
                    event.start_mark,
                    "remove the line ---: one file holds one document",
                )
                return None
            node = reader.node(reader.next())
            if isinstance(node, Map):
                result = node
            else:
                other = node
    if other is not None:
        # Told last: where the YAML is broken further on, that is the reason, and this would mislead.
        reader.found.add(
            "not-a-map", "the file must hold keys and values", other.at, "begin with `key: value`"
        )
    if documents == 0:
        reader.found.add("empty-file", "the file is empty", Location(reader.file), "fill or delete it")
    return result


def _syntax(error: yaml.MarkedYAMLError, file: SourceFile, found: Collector) -> None:
    # For an unclosed quote or a full-width colon the library points to where it gave up;
    # where the trouble began is the context.
    problem = error.problem or "not valid YAML"
    late = "quoted scalar" in (error.context or "") or "simple key" in (error.context or "")
    mark = (error.context_mark if late and error.context_mark else None) or error.problem_mark
    at = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
    if (
        "mapping values" in problem
        and mark
        and mark.line
        and (key := re.match(r"\s*[\w-]+(?=：)", file.lines[mark.line - 1]))
    ):
        # `key：value` reads as text that goes on below, so the fault shows a line late.
        at = Location(file, mark.line, key.end() + 1)
    hint = "check the quotes, the colon and the space after it, and the indentation"
    if "：" in at.text:
        hint = "a key ends in an ASCII colon and a space, not in ："
    elif "could not find expected" in problem or "block mapping" in (error.context or ""):
        hint = "prose needs `key: |-` and an indented line below; a key needs a colon and a space"
    found.add("yaml-syntax", f"cannot be read as YAML: {problem}", at, hint)
