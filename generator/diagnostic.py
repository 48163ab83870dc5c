"""What is wrong, where, and what to do about it: findings in; text, JSON, SARIF or CI annotations out."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# A CI step shows ten annotations of a kind; the rest is only counted.
SHOWN_ANNOTATIONS = 10
# Of a longer line only the part about the fault is shown.
SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A text file as read: its path as the editor knows it, and its text for the excerpt under a message.

    Every line ends in a line feed alone. A book has as many lines as strings, so they are cut when asked for.
    """

    path: str
    text: str = ""

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n") if self.text else []


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file. Line and column count from 1; `length` is in characters."""

    file: SourceFile
    line: int = 1
    column: int = 1
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file.path}:{self.line}:{self.column}"

    @property
    def text(self) -> str:
        """The line, or nothing where the file is not text."""
        lines = self.file.lines
        return lines[self.line - 1] if self.line <= len(lines) else ""


@dataclass(frozen=True)
class Related:
    """A second place that explains the first: where it was defined, what it clashes with."""

    location: Location
    message: str


@dataclass(frozen=True)
class Diagnostic:
    """One thing that is wrong, by the name of the rule that found it."""

    rule: str
    message: str
    location: Location
    hint: str = ""
    related: tuple[Related, ...] = ()
    severity: Severity = "error"

    def sort_key(self) -> tuple[str, int, int, str, str]:
        at = self.location
        return (at.file.path, at.line, at.column, self.rule, self.message)


@dataclass
class Collector:
    """Gathers every error of a run, so that an editor mends them all at once."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(
        self, rule: str, message: str, location: Location, hint: str = "", related: tuple[Related, ...] = ()
    ) -> None:
        self.found.append(Diagnostic(rule, message, location, hint, related))


def ordered(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by file, line and column; the same finding said twice is said once."""
    return sorted(set(diagnostics), key=Diagnostic.sort_key)


def display_width(text: str) -> int:
    """Columns that a terminal gives to `text`: an ideograph takes two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def as_text(diagnostics: Sequence[Diagnostic]) -> str:
    """The form a person reads, after rustc: rule, place, the line, a caret under the fault, a hint."""
    return "\n".join(_one_as_text(d) for d in diagnostics)


def _one_as_text(diagnostic: Diagnostic) -> str:
    at = diagnostic.location
    out = [f"{diagnostic.severity}[{diagnostic.rule}]: {diagnostic.message}", f"  --> {at}"]
    if at.text:
        first = max(0, at.column - 1 - SHOWN_CHARACTERS // 2) if len(at.text) > SHOWN_CHARACTERS else 0
        shown = at.text[first : first + SHOWN_CHARACTERS].replace("\t", " ")
        # A character that a terminal would obey, bidi marks above all, is shown as a replacement.
        line = "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf") else c for c in shown)
        column = at.column - 1 - first
        before, fault = line[:column], line[column : column + max(at.length, 1)]
        number = str(at.line)
        out.append(f"{number} | {line}")
        out.append(f"{' ' * len(number)} | {' ' * display_width(before)}{'^' * max(display_width(fault), 1)}")
    out += [f"   = see {r.location}: {r.message}" for r in diagnostic.related]
    if diagnostic.hint:
        out.append(f"   = help: {diagnostic.hint}")
    return "\n".join(out) + "\n"


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A list of objects, empty when nothing is wrong."""
    return json.dumps([_as_dict(d) for d in diagnostics], ensure_ascii=False, indent=2)


def _as_dict(diagnostic: Diagnostic) -> dict[str, object]:
    at = diagnostic.location
    return {
        "rule": diagnostic.rule,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "path": at.file.path,
        "line": at.line,
        "column": at.column,
        "hint": diagnostic.hint,
        "related": [
            {
                "path": r.location.file.path,
                "line": r.location.line,
                "column": r.location.column,
                "message": r.message,
            }
            for r in diagnostic.related
        ],
    }


def as_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """SARIF 2.1.0, which code hosts show beside the changed lines."""

    def place(at: Location) -> dict[str, object]:
        return {
            "physicalLocation": {
                "artifactLocation": {"uri": at.file.path},
                "region": {
                    "startLine": at.line,
                    "startColumn": at.column,
                    "endColumn": at.column + max(at.length, 1),
                },
            }
        }

    run = {
        "tool": {
            "driver": {"name": "clinref", "rules": [{"id": r} for r in sorted({d.rule for d in diagnostics})]}
        },
        "results": [
            {
                "ruleId": d.rule,
                "level": d.severity,
                "message": {"text": f"{d.message}. {d.hint}" if d.hint else d.message},
                "locations": [place(d.location)],
                "relatedLocations": [
                    {**place(r.location), "message": {"text": r.message}} for r in d.related
                ],
            }
            for d in diagnostics
        ],
    }
    return json.dumps(
        {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2
    )


def as_annotations(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands that a CI run turns into notes on the lines, then the rest as text and a count."""

    def escape(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    out = [
        f"::{d.severity} file={d.location.file.path},line={d.location.line},col={d.location.column},"
        f"title={d.rule}::{escape(d.message + (' — ' + d.hint if d.hint else ''))}"
        for d in diagnostics[:SHOWN_ANNOTATIONS]
    ]
    rest = diagnostics[SHOWN_ANNOTATIONS:]
    if rest:
        out += [as_text(rest), f"{len(diagnostics)} findings in all"]
    return "\n".join(out)


FORMATS = {"text": as_text, "json": as_json, "sarif": as_sarif, "github": as_annotations}
