"""What every output for machines shares: published addresses, code systems, JSON as bytes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from generator.model import Link, Site

# JSON stays on one line up to this width.
WIDTH = 160
# The feed of changes of a language, below its folder.
FEED = "changes.atom"
# The zip of the whole site, below offline/.
BUNDLE = "clinref-offline.zip"
# A day on which the address was held, as RFC 4151 asks. Ids hold it, so it never changes.
TAG_DATE = "2026-11-01"


def base(site: Site) -> str:
    """The address the book is published under, ending in a slash."""
    return f"{str(site.url).rstrip('/')}/"


def address(site: Site, language: str, page: str, anchor: str = "") -> str:
    """The published address of a page, or of a place on it."""
    folder = "" if page == "index" else f"{page}/"
    return f"{base(site)}{language}/{folder}" + (f"#{anchor}" if anchor else "")


def link_address(site: Site, language: str, link: Link, page: str) -> str:
    """The published address that a link on `page` leads to."""
    return address(site, language, link.page or page, link.anchor)


# Faster than a call of json.dumps for each.
_on_a_line = json.JSONEncoder(ensure_ascii=False).encode
_quoted = json.encoder.encode_basestring


def stamp(day: str) -> str:
    """A date of the content, which may be a year or a month, as the time that Atom wants."""
    year, month, day_ = [*day.split("-"), "01", "01"][:3]
    return f"{year}-{month}-{day_}T00:00:00Z"


def tag(site: Site, name: str) -> str:
    """An id that stays the same for good (RFC 4151): of the book's address and the content's own ids only."""
    parts = urlsplit(base(site))
    return f"tag:{parts.hostname},{TAG_DATE}:{quote(parts.path.strip('/') + '/' + name).lstrip('/')}"


def json_bytes(value: object) -> bytes:
    """JSON that people can read and compare too: what fits on a line stays on it. Always the same bytes."""
    return f"{_laid(value, '', ' ', WIDTH)}\n".encode()


def json_broken(value: object) -> str:
    """JSON with each value on a line of its own, as `json.dumps` with an indent of 2; much faster."""
    return f"{_laid(value, '', '  ', 0)}\n"


def _laid(value: object, indent: str, step: str, width: int) -> str:
    """The value as it is laid out at this indentation."""
    # Half of all values are strings: each is looked at where it stands, without a call of this.
    inward = indent + step
    if isinstance(value, dict):
        start, end = "{}"
        inner = [
            f"{_quoted(name)}: {_quoted(one) if isinstance(one, str) else _laid(one, inward, step, width)}"
            for name, one in value.items()
        ]
    elif isinstance(value, list):
        start, end = "[]"
        inner = [_quoted(one) if isinstance(one, str) else _laid(one, inward, step, width) for one in value]
    else:
        return _quoted(value) if isinstance(value, str) else _on_a_line(value)
    # Two brackets, and two characters between any two values.
    if not inner or sum(map(len, inner)) + 2 * len(inner) + len(indent) <= width:
        flat = ", ".join(inner)
        # What has something in it that takes several lines takes several itself.
        if "\n" not in flat:
            return f"{start}{flat}{end}"
    lines = f",\n{inward}".join(inner)
    return f"{start}\n{inward}{lines}\n{indent}{end}"


# -- code systems --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CodeSystem:
    """A classification: its name in the content and in addresses, its OID, its address in FHIR.

    `broader` names the system whose codes contain this one's: a national extension falls back on it.
    `is_hierarchical`: a code without its last character is a broader code.
    """

    name: str
    slug: str
    oid: str
    uri: str
    is_hierarchical: bool = False
    broader: str = ""


CODE_SYSTEMS = {
    system.name: system
    for system in (
        CodeSystem("ICD-10", "icd-10", "2.16.840.1.113883.6.3", "http://hl7.org/fhir/sid/icd-10", True),
        CodeSystem(
            "ICD-10-CM",
            "icd-10-cm",
            "2.16.840.1.113883.6.90",
            "http://hl7.org/fhir/sid/icd-10-cm",
            True,
            "icd-10",
        ),
        CodeSystem("ICD-11", "icd-11", "2.16.840.1.113883.6.347", "http://id.who.int/icd/release/11/mms"),
        CodeSystem("SNOMED CT", "snomed-ct", "2.16.840.1.113883.6.96", "http://snomed.info/sct"),
        CodeSystem("MeSH", "mesh", "2.16.840.1.113883.6.177", "https://id.nlm.nih.gov/mesh"),
        CodeSystem("ATC", "atc", "2.16.840.1.113883.6.73", "http://www.whocc.no/atc", True),
        CodeSystem(
            "RxNorm", "rxnorm", "2.16.840.1.113883.6.88", "http://www.nlm.nih.gov/research/umls/rxnorm"
        ),
        CodeSystem("LOINC", "loinc", "2.16.840.1.113883.6.1", "http://loinc.org"),
    )
}


def code_system(name: str) -> CodeSystem:
    """The system of that name; one that is not known has no OID, and its name makes its address."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return CODE_SYSTEMS.get(name, CodeSystem(name, slug, "", ""))


def split_codes(text: str) -> list[str]:
    """`C40, C41` as the content writes it: each code by itself."""
    return [code for code in re.split(r"[\s,，;；]+", text) if code]


def code_file(code: str) -> str:
    """A code as the name of a file."""
    return re.sub(r"[^A-Za-z0-9.+-]", "-", code)
