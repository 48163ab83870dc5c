"""The types that the whole pipeline speaks: frozen, checked by pydantic as they are read, and nothing else.

Strings are `Scalar`s, so that every rule can say file, line and column.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from generator import markup
from generator.diagnostic import Location
from generator.source import Map, Scalar, Seq

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# What stands beside the folders of the languages in a site.
SITE_FOLDERS = frozenset("api assets embed infobutton oembed offline parallel pdf".split())
# An id becomes the name of a file or folder, in the offline copy on whatever machine it is unpacked.
WINDOWS_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.I)
_USUAL_ID = re.compile(rf"(?!{WINDOWS_DEVICE.pattern}\Z){ID.pattern}")
_known_ids: set[str] = set()  # ids of that form that were met
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")
DATE = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
PICTURE_BYTES = 8_000_000
# What begins the name of a category's page, and what ends that of a topic's sheet of key points.
CATEGORY_PAGE, SHEET = "category-", "-sheet"
# What a picture from outside may be printed under, and where that licence is read. Those that forbid changes
# or sale (ND, NC) are left out: this book may be reused as a whole.
PICTURE_LICENCES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-2.0": "https://creativecommons.org/licenses/by/2.0/",
    "CC-BY-2.5": "https://creativecommons.org/licenses/by/2.5/",
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-2.0": "https://creativecommons.org/licenses/by-sa/2.0/",
    "CC-BY-SA-2.5": "https://creativecommons.org/licenses/by-sa/2.5/",
    "CC-BY-SA-3.0": "https://creativecommons.org/licenses/by-sa/3.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "public-domain": "",
    "permission": "",
}
URL = re.compile(r"https?://[^\s<>\"'`\\{}|^]+")

# As it is dialed, an extension, or an emergency number.
PHONE = re.compile(r"\+?[0-9*#](?:[ ()/.-]{0,2}[0-9*#])*")

K = TypeVar("K", bound=Scalar)
V = TypeVar("V")
if TYPE_CHECKING:
    from _collections_abc import dict_items, dict_keys

    class Keyed(dict[str, V], Generic[K, V]):
        """A dict looked up by any string, whose own keys are Scalars: each knows its place in the file."""

        def __iter__(self) -> Iterator[K]: ...
        def keys(self) -> dict_keys[K, V]: ...
        def items(self) -> dict_items[K, V]: ...

else:
    # What pydantic reads and makes. A string hashes alike whichever its class, so the two kinds of key meet.
    Keyed = dict


def _fault(rule: str, message: str, hint: str = "", offset: int | None = None) -> PydanticCustomError:
    # Braces would be read as placeholders by pydantic's own formatting.
    context = {"rule": rule, "text": message, "hint": hint, "offset": offset}
    return PydanticCustomError("clinref", "{text}", context)


def _scalar(value: object, what: str) -> Scalar:
    if not isinstance(value, Scalar):
        kind = "a list" if isinstance(value, Seq) else "keys"
        raise _fault(
            "wrong-kind",
            f"{what} belongs here, not {kind}",
            "a line that begins with [ or { needs quotes; prose needs |-",
        )
    if not value or value.isspace():
        raise _fault("empty-value", f"{what} is missing here", "fill it or delete the key")
    return value


def _one_of_form(form: re.Pattern[str], what: str, rule: str, hint: str) -> Callable[[object], Scalar]:
    def check(value: object) -> Scalar:
        # No form lets nothing, or blanks, pass.
        if isinstance(value, Scalar) and form.fullmatch(value):
            return value
        scalar = _scalar(value, what)
        if not form.fullmatch(scalar):
            raise _fault(rule, f'"{scalar[:60]}" is not {what}', hint)
        return scalar

    return check


def _quoted(value: object) -> Scalar:
    scalar = _scalar(value, "one line of text")
    if "\n" in scalar or scalar.style in ("|", ">"):
        raise _fault("one-line", "this is a single line", "write it on one line, plain or in quotes")
    if scalar != scalar.strip():
        raise _fault("one-line", "spaces at the edge of the text", "delete them")
    return scalar


def _line(value: object) -> Scalar:
    scalar = _quoted(value)
    if "<" in scalar or ">" in scalar:
        raise _fault("no-html", "angle brackets in a title or label", "write it in words")
    return scalar


@markup.value
class Prose:
    """A paragraph: the text as typed, with its place, its nodes, and every `[[…]]` among them."""

    source: Scalar
    nodes: tuple[markup.Inline, ...]
    references: tuple[markup.Ref, ...]
    cites: tuple[str, ...]  # the reference ids cited, in order, each once


def _parsed(scalar: Scalar) -> Prose:
    try:
        nodes = markup.parse(scalar)
    except markup.MarkupError as error:
        raise _fault(error.rule, error.message, error.hint, error.offset) from None
    references = markup.references(nodes)
    cites = dict.fromkeys([ref.target for ref in references if ref.kind == "cite"])
    return Prose(scalar, nodes, tuple(references), tuple(cites))


def _prose(value: object) -> Prose:
    scalar = _scalar(value, "prose")
    if scalar.style != "|":
        shown = " ".join(scalar.split())[:50]
        hint = f"write the key, `|-`, and below it, indented: {shown}"
        raise _fault("prose-block", "prose is a |- block", hint)
    if scalar.endswith("\n"):
        raise _fault("prose-block", "the block ends in a line break", "write |- instead of |")
    if "\n" in scalar or scalar[0] in " \t" or scalar[-1] in " \t":
        _lines(scalar)
    return _parsed(scalar)


def _lines(scalar: Scalar) -> None:
    """Refuses what stands between the lines of prose, and at their edges."""
    if re.search(r"\n[ ]*\n", scalar):
        raise _fault(
            "blank-line",
            "a blank line inside a paragraph",
            "a second paragraph is a second id",
            scalar.index("\n", 0) if "\n\n" not in scalar else scalar.index("\n\n") + 1,
        )
    if found := re.search(r"^[ \t]+|[ \t]+$", scalar, re.M):
        raise _fault("blank-edge", "spaces at the edge of a line", "delete them", found.start())


def _label(value: object) -> Prose:
    return _parsed(_line(value))


def _yes(value: object) -> bool:
    scalar = _scalar(value, "yes or no")
    if scalar not in ("yes", "no"):
        raise _fault("yes-or-no", f'"{scalar}" is neither yes nor no', "write yes or no")
    return scalar == "yes"


def _day(value: object) -> Scalar:
    scalar = _scalar(value, "a day")
    try:
        # Python reads more forms than one; the one that pages print is ten characters long.
        good = date.fromisoformat(scalar).isoformat() == scalar
    except ValueError:
        good = False
    if not good:
        raise _fault("date-form", f'"{scalar[:60]}" is not a day', "write YYYY-MM-DD")
    return scalar


def _many(value: object) -> object:
    """One id or a list of them."""
    return [value] if isinstance(value, Scalar) else value


def _some(ids: list[Scalar]) -> list[Scalar]:
    if not ids:
        raise _fault("empty-value", "a list with nothing in it", "name at least one")
    return ids


def _once(ids: list[Scalar]) -> list[Scalar]:
    counts = Counter(map(str, ids))
    if twice := [id_ for id_, count in counts.items() if count > 1]:
        raise _fault("listed-twice", f'"{", ".join(twice)}" is listed twice', "keep one of each")
    return ids


def _scalar_key(value: object) -> Scalar:
    return _scalar(value, "a key")


_in_id_form = _one_of_form(
    ID, "an id", "id-form", "ids are ASCII kebab-case: lower case letters, digits, hyphens"
)


def _is_id(value: object) -> Scalar:
    # Every key is asked, and most ids stand in many places, so the usual answer is given at once.
    if isinstance(value, Scalar):
        if value in _known_ids:
            return value
        if _USUAL_ID.fullmatch(value):
            _known_ids.add(str(value))
            return value
    scalar = _in_id_form(value)
    if WINDOWS_DEVICE.fullmatch(scalar):
        raise _fault("id-form", f'Windows stores no file with the name "{scalar}"', "choose another id")
    return scalar


def _is_language(value: object) -> Scalar:
    scalar = _is_id(value)
    if scalar in SITE_FOLDERS:
        raise _fault("reserved-name", f'"{scalar}" is the name of a folder of every site', "write zh, en, fr")
    return scalar


_is_number = _one_of_form(
    NUMBER,
    "a bare number",
    "number-form",
    "write digits only, with at most one decimal point: 43250, not 43,250",
)
_in_date_form = _one_of_form(DATE, "a date", "date-form", "write YYYY, YYYY-MM or YYYY-MM-DD")


def _is_date(value: object) -> Scalar:
    scalar = _in_date_form(value)
    try:
        date(*[*map(int, scalar.split("-")), 1, 1][:3])
    except ValueError:
        raise _fault("date-form", f'"{scalar}" is no day of the calendar', "write YYYY-MM-DD") from None
    return scalar


_in_url_form = _one_of_form(URL, "a web address", "url-form", "write it whole, from https://")


def _is_url(value: object) -> Scalar:
    scalar = _in_url_form(value)
    try:
        parts = urlsplit(scalar)
        known = parts.hostname and parts.port != 0
    except ValueError:
        known = None
    if not known:
        raise _fault("url-form", f'"{scalar[:60]}" names no host', "write it whole, from https://")
    return scalar


def _is_site_url(value: object) -> Scalar:
    scalar = _is_url(value)
    if "?" in scalar or "#" in scalar:
        raise _fault("url-form", "pages stand below this address, so it has no ? and no #", "cut it there")
    return scalar


_is_doi = _one_of_form(
    re.compile(r"10\.[0-9]{4,9}/\S+"),
    "a DOI",
    "identifier-form",
    "write it from 10. on, without https://doi.org/",
)
_is_pmid = _one_of_form(
    re.compile("[1-9][0-9]{0,8}"), "the number of a source in PubMed", "identifier-form", "write digits only"
)
_is_origin = _one_of_form(
    re.compile(r"https?://(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?"),
    "the origin of a site",
    "origin-form",
    "write scheme and host in small letters, without a path: https://intranet.example; all below it: https://*.example",
)
_is_report_address = _one_of_form(
    re.compile(
        r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
        r"|(?=\S*\{report\})https?://[^\s\"'<>{}/]+/(?:[^\s\"'<>{}]|\{report\}|\{subject\})*"
    ),
    "a place that takes reports",
    "report-form",
    "write a mail address, or a web address with {report} where the text goes and, if it has one, {subject}: "
    "https://tracker.example/new?title={subject}&body={report}",
)
_is_figure_file = _one_of_form(
    re.compile(r"[a-z0-9-]+\.(?:svg|png|jpe?g)"),
    "the name of an SVG, PNG or JPEG file",
    "file-name",
    "write a name such as lesion.svg or lesion.jpg in content/shared/figures/",
)
_is_phone = _one_of_form(
    PHONE,
    "a telephone number",
    "phone-form",
    "write digits with spaces, hyphens or brackets between them; words belong into the body",
)
Id = Annotated[Scalar, PlainValidator(_is_id)]
Language = Annotated[Scalar, PlainValidator(_is_language)]
Phone = Annotated[Scalar, PlainValidator(_is_phone)]
# A whole date: what begins or ends on it does so on a day, not in a year.
Day = Annotated[Scalar, PlainValidator(_day)]
_is_version = _one_of_form(
    VERSION, "a version", "version-form", "write numbers between dots, such as 2026.11.1"
)
_is_version_id = _one_of_form(
    re.compile(VERSION.pattern.replace(r"\.", "-")),
    "the id of a version",
    "version-form",
    "write a hyphen for each dot of the version: 2026-11-1 for 2026.11.1",
)
VersionId = Annotated[Scalar, PlainValidator(_is_version_id)]
VersionName = Annotated[Scalar, PlainValidator(_is_version)]
Number = Annotated[Scalar, PlainValidator(_is_number)]
Date = Annotated[Scalar, PlainValidator(_is_date)]
Url = Annotated[Scalar, PlainValidator(_is_url)]
SiteUrl = Annotated[Scalar, PlainValidator(_is_site_url)]
Doi = Annotated[Scalar, PlainValidator(_is_doi)]
Pmid = Annotated[Scalar, PlainValidator(_is_pmid)]
Origin = Annotated[Scalar, PlainValidator(_is_origin)]
ReportAddress = Annotated[Scalar, PlainValidator(_is_report_address)]
FigureFile = Annotated[Scalar, PlainValidator(_is_figure_file)]
Line = Annotated[Scalar, PlainValidator(_line)]
# As a source prints it, `<5%` too; never shown as markup.
Quoted = Annotated[Scalar, PlainValidator(_quoted)]
Key = Annotated[Scalar, PlainValidator(_scalar_key)]
ProseField = Annotated[Prose, PlainValidator(_prose)]
Label = Annotated[Prose, PlainValidator(_label)]
Yes = Annotated[bool, PlainValidator(_yes)]
Ids = Annotated[list[Id], BeforeValidator(_many)]
# At least one; and each but once.
SomeIds = Annotated[list[Id], BeforeValidator(_many), AfterValidator(_some)]
OnceIds = Annotated[list[Id], AfterValidator(_once)]
Phones = Annotated[list[Phone], BeforeValidator(_many)]


class Entry(BaseModel):
    """Base of what is read: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


# --- shared: what must never differ between languages -------------------------------------------------------


class Category(Entry):
    within: Id | None = None


class Site(Entry):
    """site.yml: the book as a whole. `url`: where it is published; `license`: its terms; `paper` of PDFs.

    embed_hosts: the origins that may show the site in a frame. None: no other site may,
    but any may show an embed. report: where readers report a problem; None: pages offer no such link.
    """

    url: SiteUrl
    paper: Literal["a4", "letter"] = "a4"
    embed_hosts: list[Origin] | None = None
    report: ReportAddress | None = None
    version: VersionName
    updated: Date
    languages: Annotated[list[Language], AfterValidator(_once), AfterValidator(_some)]
    publisher: Id
    license: Url | None = None
    categories: Keyed[Id, Category]
    topics: OnceIds


class Fact(Entry):
    """One clinical number with the figure as its source prints it (the double entry)."""

    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    at_least: Number | None = None
    more_than: Number | None = None
    at_most: Number | None = None
    less_than: Number | None = None
    dose: Number | None = None
    fractions: Number | None = None
    unit: Id | Key | None = None
    approximate: Yes = False
    as_of: Date | None = None
    where: Line | None = None
    cite: SomeIds
    source_value: Quoted

    @cached_property
    def form(self) -> str:
        given = {name for name in ALL_NUMBERS if getattr(self, name) is not None}
        return next((form for form, names in FACT_FORMS.items() if set(names) == given), "")

    @property
    def numbers(self) -> tuple[Scalar, ...]:
        """The figures in the order in which a source prints them."""
        return tuple(getattr(self, name) for name in FACT_FORMS[self.form])

    @model_validator(mode="after")
    def _one_form(self) -> Fact:
        if not self.form:
            raise _fault(
                "fact-form",
                "a fact holds exactly one of value; low and high; at_least; more_than; at_most; less_than; "
                "dose and fractions",
                "keep one form",
            )
        if self.form == "range" and self.low and self.high and Decimal(self.low) >= Decimal(self.high):
            raise _fault("fact-form", f"low {self.low} is not below high {self.high}", "swap or correct them")
        return self


FACT_FORMS: dict[str, tuple[str, ...]] = {
    "value": ("value",),
    "range": ("low", "high"),
    "at-least": ("at_least",),
    "more-than": ("more_than",),
    "at-most": ("at_most",),
    "less-than": ("less_than",),
    "dose": ("dose", "fractions"),
}
ALL_NUMBERS = tuple(name for names in FACT_FORMS.values() for name in names)


class Name(Entry):
    """An author of a reference: family and given, or literal for a body."""

    family: Line | None = None
    given: Line | None = None
    literal: Line | None = None

    @model_validator(mode="after")
    def _named(self) -> Name:
        if bool(self.family) == bool(self.literal):
            raise _fault(
                "author-form", "an author has either family (and given) or literal", "keep one of them"
            )
        return self


class Reference(Entry):
    """A source under its CSL field names."""

    type: Literal["article-journal", "report", "webpage", "book", "chapter", "guideline"]
    title: Line
    author: list[Name] = []
    more_authors: Yes = False
    container_title: Line | None = Field(default=None, alias="container-title")
    publisher: Line | None = None
    issued: Date | None = None
    volume: Line | None = None
    issue: Line | None = None
    page: Line | None = None
    number: Line | None = None
    DOI: Doi | None = None
    PMID: Pmid | None = None
    URL: Url | None = None
    accessed: Date | None = None
    language: Id
    # How much of the work was read, where that was less than the whole at its own place: printed in the list.
    seen: Literal["abstract", "copy", "excerpt", "second-hand"] | None = None
    # For editors and for the data: printed nowhere.
    note: Line | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Reference:
        if not (self.DOI or self.PMID or self.URL):
            raise _fault("reference-address", "a reference needs a DOI, a PMID or a URL", "add one")
        return self

    @property
    def url(self) -> str:
        """Where the source is read: by DOI, else PubMed, else the page."""
        if self.DOI:
            return f"https://doi.org/{self.DOI}"
        return str(self.URL) if self.URL else f"https://pubmed.ncbi.nlm.nih.gov/{self.PMID}/"


class Term(Entry):
    """`several_names`: a class of drugs, or brands to be told apart: a topic may use several of them."""

    category: Id
    several_names: Yes = False
    cite: Ids = []
    codes: Keyed[Key, Line] = Field(default_factory=Keyed)


class Person(Entry):
    url: Url | None = None


class Figure(Entry):
    """A drawing of ours (SVG), or a picture from outside (PNG, JPEG) with all that it has to declare."""

    file: FigureFile
    credit: Id
    licence: Line
    source: Line | None = None
    permission: Line | None = None
    nobody_identifiable: Yes | None = None
    cite: Ids = []
    uncited: Line | None = None

    @property
    def is_picture(self) -> bool:
        return not self.file.endswith(".svg")


class TableRow(Entry):
    cite: Ids = []
    facts: Keyed[Id, Id] = Field(default_factory=Keyed)


class Table(Entry):
    columns: list[Id]
    rows: Keyed[Id, TableRow]


class TopicShared(Entry):
    category: Id
    updated: Date
    reviewed: Date | None = None
    authors: list[Id]
    reviewers: list[Id] = []
    codes: Keyed[Key, Line] = Field(default_factory=Keyed)
    related: list[Id] = []
    patient_page_of: Id | None = None
    uncited: Keyed[Id, Line] = Field(default_factory=Keyed)


FlowKind = Literal["start", "action", "decision", "parallel", "outcome", "alert"]


class FlowNode(Entry):
    kind: FlowKind
    phase: Id
    section: Id
    cite: Ids = []
    next: Id | None = None
    exits: Keyed[Id, Id] = Field(default_factory=Keyed)
    flow: Id | None = None

    @property
    def targets(self) -> tuple[Scalar, ...]:
        return (*((self.next,) if self.next else ()), *self.exits.values())


# Kinds of change that are told beside the statement, so they have to name it.
MARKED = ("correction", "withdrawal")


class Change(Entry):
    """One entry of the history. `statements` are ids of the topic: a correction or withdrawal marks them."""

    date: Date
    kind: Literal["correction", "update", "addition", "withdrawal"]
    version: VersionName
    topic: Id | None = None
    statements: list[Id] = []


class Version(Entry):
    """One version of the book, and the day from which nobody should use it, if there is one."""

    date: Date
    withdrawn: Date | None = None


def version_id(version: str) -> str:
    """The key and the address of a version: 2026-11-1 for 2026.11.1; a dot would look like an ending."""
    return version.replace(".", "-")


def version_name(id_: str) -> str:
    """The version of a key: 2026.11.1 for 2026-11-1."""
    return id_.replace("-", ".")


class Flow(Entry):
    topic: Id
    start: Id
    phases: list[Id]
    nodes: Keyed[Id, FlowNode]


# --- per language: the words --------------------------------------------------------------------------------


class Paragraph(Entry):
    kind: Literal["paragraph"]
    prose: ProseField


class ListBlock(Entry):
    kind: Literal["list", "steps"]
    items: Keyed[Id, ProseField]


class Callout(Entry):
    kind: Literal["note", "warning", "emergency"]
    prose: ProseField


class TableBlock(Entry):
    kind: Literal["table"]
    table: Id


class FigureBlock(Entry):
    kind: Literal["figure", "gallery"]
    figures: list[Id]


class FlowBlock(Entry):
    kind: Literal["flow"]
    flow: Id


# How each kind is typed, and the field that takes what stands behind the word.
BLOCK_FIELDS = {
    "list": "items",
    "steps": "items",
    "note": "prose",
    "warning": "prose",
    "emergency": "prose",
    "table": "table",
    "figure": "figures",
    "gallery": "figures",
    "flow": "flow",
}


# What a hospital's note may hold: no callout of its own, no figure or table that would take a number.
LOCAL_FIELDS = ("list", "steps")


def _block(value: object, fields: Iterable[str] = BLOCK_FIELDS) -> object:
    if isinstance(value, Scalar):
        return {"kind": "paragraph", "prose": value}
    if not isinstance(value, Map):
        return _scalar(value, "a block")
    if len(value) != 1 or next(iter(value)) not in fields:
        raise _fault(
            "unknown-block",
            f"a block says its kind in one word; found {', '.join(value) or 'nothing'}",
            f"write prose with |-, or one of {', '.join(fields)}",
        )
    kind, content = next(iter(value.items()))
    return {"kind": str(kind), BLOCK_FIELDS[kind]: [content] if kind == "figure" else content}


Block: TypeAlias = Paragraph | ListBlock | Callout | TableBlock | FigureBlock | FlowBlock
Blocks = Keyed[
    Id,
    Annotated[Annotated[Block, Field(discriminator="kind")], BeforeValidator(_block)],
]


LocalBlocks = Keyed[
    Id,
    Annotated[
        Annotated[Block, Field(discriminator="kind")],
        BeforeValidator(lambda value: _block(value, LOCAL_FIELDS)),
    ],
]


class Section(Entry):
    title: Line
    body: Blocks = Field(default_factory=Keyed)
    sections: Keyed[Id, Section] = Field(default_factory=Keyed)


def walk(sections: Keyed[Scalar, Section], depth: int = 1) -> Iterator[tuple[Scalar, Section, int]]:
    """Every section with its id and depth (1 is the top), in reading order."""
    for id_, section in sections.items():
        yield id_, section, depth
        yield from walk(section.sections, depth + 1)


class TopicWords(Entry):
    title: Line
    description: Line
    lead: Blocks = Field(default_factory=Keyed)
    sections: Keyed[Id, Section]

    def walk(self) -> Iterator[tuple[Scalar, Section, int]]:
        """Every section with its id and depth (1 is the top), in reading order."""
        return walk(self.sections)

    def blocks(self) -> Iterator[tuple[Scalar, Block]]:
        """Every block with its id, the lead first."""
        yield from self.lead.items()
        for _, section, _ in self.walk():
            yield from section.body.items()


class TermWords(Entry):
    name: Line
    synonyms: list[Line] = []
    forms: list[Line] = []
    discouraged: list[Line] = []
    definition: ProseField

    @property
    def names(self) -> tuple[Scalar, ...]:
        """All by which the term may be shown."""
        return (self.name, *self.synonyms, *self.forms)


class PersonWords(Entry):
    name: Line
    role: Line | None = None


class ChangeWords(Entry):
    what: ProseField
    why: ProseField


class VersionWords(Entry):
    """Why a version was withdrawn."""

    why: ProseField


class FigureWords(Entry):
    title: Line
    caption: ProseField
    alt: Line
    labels: Keyed[Id, Line] = Field(default_factory=Keyed)


class TableWords(Entry):
    caption: Label
    columns: Keyed[Id, Label]
    rows: Keyed[Id, Keyed[Id, ProseField]]


class FlowWords(Entry):
    title: Line
    description: Line
    phases: Keyed[Id, Line]
    answers: Keyed[Id, Label] = Field(default_factory=Keyed)
    nodes: Keyed[Id, Label]


class Unit(Entry):
    """How a unit reads: `{n}` is the number; `one` for exactly one, `range` where the unit stands twice."""

    one: Line | None = None
    other: Line
    range: Line | None = None
    plain: Yes = False


class NumberStyle(Entry):
    thousands: Line | None = None
    decimal: Line


class DoseStyle(Entry):
    one: Line
    other: Line


class Ui(Entry):
    """ui.yml: what the machine says in a language, and how its numbers read."""

    name: Line
    site_name: Line
    description: Line
    number: NumberStyle
    facts: Keyed[Id, Line]
    dose: DoseStyle
    units: Keyed[Key, Unit]
    places: Keyed[Key, Line] = Field(default_factory=Keyed)
    number_words: list[Line] = []
    unit_words: list[Line] = []
    # Words of a question that say nothing of its subject: what, how, which.
    search_stop_words: list[Line] = []
    # Words that hold a number and a unit and state no quantity, such as a third of the bone.
    number_exceptions: list[Line] = []
    spaced_words: Yes
    reference_style: Literal["vancouver", "gb-t-7714"]
    categories: Keyed[Id, Line]
    term_categories: Keyed[Id, Line]
    flow_kinds: Keyed[Id, Line]
    labels: Keyed[Id, Line]


class PageWords(Entry):
    title: Line
    description: Line
    sections: Keyed[Id, Section] = Field(default_factory=Keyed)


@dataclass(frozen=True)
class Words:
    """All of one language."""

    ui: Ui
    terms: Keyed[Scalar, TermWords]
    people: Keyed[Scalar, PersonWords]
    figures: Keyed[Scalar, FigureWords]
    tables: Keyed[Scalar, TableWords]
    pages: Keyed[Scalar, PageWords]
    changes: Keyed[Scalar, ChangeWords]
    versions: Keyed[Scalar, VersionWords]
    topics: Keyed[Scalar, TopicWords]
    flows: Keyed[Scalar, FlowWords]


# --- an overlay: what one hospital adds to its copy of the book ---------------------------------------------


class LocalNote(Entry):
    """Where a note stands and what it is, in overlay.yml; dates where they differ from the overlay's."""

    kind: Literal["contact", "formulary", "pathway", "note"]
    topic: Id
    section: Id
    after: Id | None = None
    phone: Phones = []
    url: Url | None = None
    valid_from: Day | None = None
    review_by: Day | None = None


class Overlay(Entry):
    """overlay.yml: who adds notes, from when on they hold and until when they have to be reviewed."""

    organization: Id
    url: Url | None = None
    valid_from: Day
    review_by: Day
    notes: Keyed[Id, LocalNote]


class LocalNoteWords(Entry):
    title: Line
    body: LocalBlocks = Field(default_factory=Keyed)


class OverlayWords(Entry):
    """notes.yml of one language: the organization's name, whom to ask, and the words of its notes."""

    organization: Line
    contact: Line | None = None
    notes: Keyed[Id, LocalNoteWords] = Field(default_factory=Keyed)


@dataclass(frozen=True)
class Local:
    """An overlay as read. A language that it does not speak is not among `words`."""

    overlay: Overlay
    words: Mapping[str, OverlayWords]
    at: Mapping[str, Location]


@dataclass(frozen=True)
class Content:
    """The whole book as read: what is shared once, the words per language, the bytes of the figures."""

    site: Site
    facts: Keyed[Scalar, Fact]
    references: Keyed[Scalar, Reference]
    terms: Keyed[Scalar, Term]
    people: Keyed[Scalar, Person]
    figures: Keyed[Scalar, Figure]
    tables: Keyed[Scalar, Table]
    topics: Keyed[Scalar, TopicShared]
    flows: Keyed[Scalar, Flow]
    changes: Keyed[Scalar, Change]
    versions: Keyed[Scalar, Version]
    words: Mapping[str, Words]
    drawings: Mapping[str, bytes]
    # parity.lock: key to language to digest.
    accepted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    at: Mapping[str, Location] = field(default_factory=dict)
    local: Local | None = None

    @property
    def shared(self) -> Content:
        """The book without what a hospital added."""
        return replace(self, local=None)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(map(str, self.site.languages))


# --- resolved: one edition per language, every number filled, every link a place ----------------------------

# Stands in a citation of a page for the day on which it was read, which only the reader knows.
READ_ON = "0000-00-00"


@markup.value
class Run:
    text: str


@markup.value
class Styled:
    """Formatted pieces; `style` is strong, em, sub or sup."""

    style: str
    children: tuple[Piece, ...]


@markup.value
class Link:
    """A link to `anchor` of the page `page` of this edition. `kind` is that of the reference."""

    text: str
    page: str
    anchor: str
    kind: str
    title: str = ""


@markup.value
class Quantity:
    """A fact as printed, with its id, so that data and search can find the number again."""

    text: str
    fact: str


@markup.value
class CitationGroup:
    """Citations side by side: (number on this page, reference id)."""

    items: tuple[tuple[int, str], ...]


Piece: TypeAlias = Run | Styled | Link | Quantity | CitationGroup
Pieces: TypeAlias = tuple[Piece, ...]


def plain(pieces: Iterable[Piece]) -> str:
    """The words alone, without citations."""
    out = ""
    for piece in pieces:
        if isinstance(piece, Styled):
            out += plain(piece.children)
        elif not isinstance(piece, CitationGroup):
            out += piece.text
    return out


# A fact of this many characters stays on one line; a longer one may break, or narrow columns have holes.
SHORT_FACT = 12


def fact_class(text: str) -> str:
    """The classes of a printed fact in HTML."""
    return "fact fact-long" if len(text) > SHORT_FACT else "fact"


def no_break(text: str) -> str:
    """A number keeps its unit on its line."""
    return re.sub(r"(?<=\d) (?=[A-Za-z%])", "\u00a0", text)


@dataclass(frozen=True)
class FigureView:
    """A drawing, with its `svg`, or a picture from outside, with `picture`: its file as it was given."""

    id: str
    number: int
    title: str
    caption: Pieces
    alt: str
    svg: str
    labels: Mapping[str, str]
    credit: str
    licence: str
    licence_url: str = ""
    source: str = ""
    source_url: str = ""
    picture: bytes = b""


@dataclass(frozen=True)
class TableView:
    id: str
    number: int
    caption: Pieces
    columns: tuple[Pieces, ...]
    rows: tuple[tuple[str, tuple[Pieces, ...]], ...]


@dataclass(frozen=True)
class StepView:
    id: str
    kind: str
    phase: str
    section: str
    text: Mapping[str, str]
    cites: CitationGroup | None
    exits: tuple[tuple[str, Mapping[str, str] | None], ...]
    goes_on: str
    answers: tuple[str, ...] = ()  # the id of each exit's answer, for a step that asks


@dataclass(frozen=True)
class FlowView:
    """A flow with its words in every language, since one geometry serves all."""

    id: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    phases: Mapping[str, Mapping[str, str]]
    start: str
    steps: tuple[StepView, ...]
    topic: str


@dataclass(frozen=True)
class Mark:
    """What became of a statement: corrected or withdrawn, when, and where the history says why."""

    kind: str
    date: str
    link: Link


@dataclass(frozen=True)
class ChangeView:
    id: str
    kind: str
    date: str
    version: str
    topic: Link | None
    what: Pieces
    why: Pieces
    statements: tuple[Link, ...]


@dataclass(frozen=True)
class LocalSource:
    """Who added notes of its own, and whom to ask about them. `language` is that of name and contact."""

    id: str
    name: str
    language: str
    contact: str
    url: str


@dataclass(frozen=True)
class LocalView:
    """A hospital's own note. `language` is that of its title and blocks, not always the page's."""

    source: LocalSource
    kind: str
    title: str
    language: str
    blocks: tuple[BlockView, ...]
    phones: tuple[str, ...]
    url: str
    valid_from: str
    review_by: str


@dataclass(frozen=True)
class VersionView:
    """A version of the book as its page tells of it.

    state: current, superseded or withdrawn; ended: the day on which another took its place, or on which it
    was withdrawn; successor: the version to use instead; why: the reason of a withdrawal. `brought` came with
    it; `marked_since` are the corrections and withdrawals after it, `other_since` the other changes after it.
    """

    id: str
    version: str
    date: str
    state: str
    ended: str
    successor: Link | None
    why: Pieces
    brought: tuple[ChangeView, ...]
    marked_since: tuple[ChangeView, ...]
    other_since: tuple[ChangeView, ...]


@markup.value
class BlockView:
    """A block with its anchor; which field is filled depends on its kind.

    Of a `local` block, `items` are the statements of its note: whoever reads every statement reads them too.
    """

    kind: str
    id: str
    pieces: Pieces = ()
    items: tuple[tuple[str, Pieces], ...] = ()
    figures: tuple[FigureView, ...] = ()
    table: TableView | None = None
    flow: FlowView | None = None
    local: LocalView | None = None


@dataclass(frozen=True)
class SectionView:
    id: str
    title: str
    depth: int
    blocks: tuple[BlockView, ...]
    counted: tuple[str, ...] = ()  # where and when the statistics it prints were counted


@dataclass(frozen=True)
class ReferenceView:
    id: str
    number: int
    pieces: tuple[tuple[str, str], ...]  # (text, url or "")
    language: str
    uses: tuple[Link, ...] = ()
    short: str = ""  # author and year
    type: str = ""
    year: str = ""


@dataclass(frozen=True)
class FactSource:
    """Who states a fact, and what it was counted in: place and year, each where the fact has it."""

    cites: tuple[str, ...]
    counted: str


@dataclass(frozen=True)
class TermView:
    id: str
    name: str
    category: str
    definition: Pieces
    synonyms: tuple[str, ...]
    others: tuple[tuple[str, str, tuple[str, ...]], ...]  # (language, name, synonyms)
    codes: tuple[tuple[str, str], ...]
    uses: tuple[Link, ...]
    every_name: tuple[tuple[str, str], ...]  # (language, name), forms and discouraged variants too
    defined: tuple[tuple[str, str], ...] = ()  # (language, definition) in the other languages


@dataclass(frozen=True)
class Page:
    """One page of an edition. `kind` names its template; `path` its address below the language."""

    kind: str
    path: str
    title: str
    description: str
    lead: tuple[BlockView, ...] = ()
    sections: tuple[SectionView, ...] = ()
    references: tuple[ReferenceView, ...] = ()
    terms: tuple[tuple[str, tuple[TermView, ...]], ...] = ()
    figures: tuple[tuple[FigureView, tuple[Link, ...]], ...] = ()
    links: tuple[tuple[str, tuple[Link, ...]], ...] = ()
    category: tuple[str, ...] = ()
    category_pages: tuple[str, ...] = ()  # in a large book, the page of each category in `category`
    counterpart: tuple[Link, ...] = ()  # the page for the other readers, and the sections that both have
    changes: tuple[ChangeView, ...] = ()
    versions: tuple[VersionView, ...] = ()
    citation: tuple[tuple[str, str], ...] = ()  # how to cite the page, (text, url or ""); see READ_ON
    marks: Mapping[str, Mark] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    anchors: tuple[str, ...] = ()

    @property
    def blocks(self) -> tuple[BlockView, ...]:
        """Every block in reading order, the lead first."""
        return (*self.lead, *(block for section in self.sections for block in section.blocks))

    @property
    def whole(self) -> str:
        """The path of the list that the page is a part of; of any other page, its own."""
        is_list = self.kind in ("glossary", "references")
        return self.path.partition("/")[0] if is_list else self.path

    @property
    def local_notes(self) -> tuple[BlockView, ...]:
        """The blocks that are a hospital's own notes, in reading order."""
        return tuple(block for block in self.blocks if block.local)


@dataclass(frozen=True)
class Edition:
    """One language of the book, ready to be written in any form."""

    language: str
    languages: tuple[str, ...]
    ui: Ui
    site: Site
    publisher: str
    pages: tuple[Page, ...]
    whole_words: Mapping[str, tuple[str, ...]]
    kind_names: Mapping[str, Mapping[str, str]]
    language_names: Mapping[str, str]
    printed: Mapping[str, str]  # fact id to the fact as this language prints it
    stated: Mapping[str, FactSource]  # fact id to who states it

    @cached_property
    def unbroken(self) -> Mapping[str, tuple[tuple[int, str], ...]]:
        """The whole words that are not ASCII by the two characters that they begin with, each with its place
        among all of them, language by language."""
        out: dict[str, list[tuple[int, str]]] = {}
        words = (word for lang in sorted(self.whole_words) for word in self.whole_words[lang])
        for place, word in enumerate(dict.fromkeys(word for word in words if not word.isascii())):
            out.setdefault(word[:2], []).append((place, word))
        return {beginning: tuple(found) for beginning, found in out.items()}

    @cached_property
    def by_path(self) -> Mapping[str, Page]:
        return {page.path: page for page in self.pages}

    @cached_property
    def topics(self) -> tuple[Page, ...]:
        """The pages of topics, those for patients among them."""
        return tuple(page for page in self.pages if page.kind == "topic")


@markup.value
class OutputFile:
    """A file to be written, its path relative to the output folder."""

    path: str
    data: bytes


@dataclass(frozen=True)
class Manuscript:
    """What is set as one PDF. `path` is that of the PDF, below the site.

    tree: its nodes as JSON; files: its templates and pictures, by the names that the tree gives them.
    """

    path: str
    template: str
    tree: str
    files: tuple[OutputFile, ...]
