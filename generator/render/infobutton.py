"""`Content` and its `Edition`s in; answers to infobutton requests out: a feed a code, a page that resolves.

HL7 Context-Aware Knowledge Retrieval, URL-based. A static site cannot look at a request, so every answer lies
ready under `infobutton/<system>/<code>`, and `infobutton/index.html` reads a request in the reader's browser.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from generator.model import Content, Edition, Link, OutputFile, TermView, plain
from generator.render.feeds import ATOM, XML_BASE, XML_LANG, add_link, add_text, atom_root, xml_bytes
from generator.render.html import templates
from generator.render.published import (
    CODE_SYSTEMS,
    CodeSystem,
    address,
    base,
    code_file,
    code_system,
    json_bytes,
    split_codes,
    stamp,
    tag,
)

FOLDER = "infobutton"
# What a request asks about (HL7's sub-topics, by their MeSH codes), and the ids of sections that tell it: the
# first that a topic has counts.
SUBTOPICS = {
    "Q000175": ("diagnosis", "work-up", "recognition"),
    "Q000628": ("treatment", "definitive-treatment", "immediate-actions"),
    "Q000188": ("treatment", "definitive-treatment"),
    "Q000601": ("surgery", "treatment", "definitive-treatment"),
    "Q000532": ("radiotherapy", "definitive-treatment", "treatment"),
    "Q000000981": ("imaging", "diagnosis"),
    "Q000209": ("etiology", "who-gets-it", "overview", "classification"),
    "Q000453": ("epidemiology", "statistics", "overview"),
    "Q000150": ("complications", "fracture-workup"),
    "Q000473": ("pathology", "radiographic-pattern"),
    "Q000503": ("physiopathology", "overview"),
    "D011379": ("prognosis",),
    "D012816": ("symptoms", "presentation", "recognition"),
    "D012017": ("when-to-refer",),
}
# Names of systems that senders use beside the OID, the FHIR address and the name itself.
ALIASES = {
    "icd-10": ("icd10", "i10"),
    "icd-10-cm": ("icd10cm", "icd10-cm", "i10c", "http://hl7.org/fhir/sid/icd-10-cm/"),
    "icd-11": ("icd11", "http://id.who.int/icd/release/11"),
    "snomed-ct": ("snomedct", "snomed", "sct"),
    "mesh": ("msh", "http://id.nlm.nih.gov/mesh", "http://www.nlm.nih.gov/mesh"),
    "atc": ("http://www.whocc.no/atc/",),
    "loinc": ("ln",),
}


@dataclass
class Answer:
    """What the book has under one code: topics of that code, and glossary entries."""

    system: CodeSystem
    code: str
    topics: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)


def files(content: Content, editions: Sequence[Edition]) -> list[OutputFile]:
    """The feeds, the page, and the index that its script reads."""
    found, shelves = answers(content), [_Shelf(edition) for edition in editions]
    out = []
    for answer in found:
        name = f"{FOLDER}/{answer.system.slug}/{code_file(answer.code)}"
        feed = _feed(content, shelves, answer)
        out += [OutputFile(f"{name}.json", json_bytes(feed)), OutputFile(f"{name}.atom", _atom(feed))]
    # What a server answers where there is no feed: found nothing, in the form that was asked for.
    nothing = _feed(content, shelves, None)
    out += [
        OutputFile(f"{FOLDER}/nothing.json", json_bytes(nothing)),
        OutputFile(f"{FOLDER}/nothing.atom", _atom(nothing)),
        OutputFile(f"{FOLDER}/codes.js", _script(_index(content, shelves, found))),
        OutputFile(f"{FOLDER}/index.html", _page(shelves, found)),
    ]
    return out


def answers(content: Content) -> list[Answer]:
    """Every code of the book, by system in the order of CODE_SYSTEMS, then by code."""
    out: dict[tuple[str, str], Answer] = {}

    def at(system: str, code: str) -> Answer:
        known = code_system(system)
        return out.setdefault((known.slug, code), Answer(known, code))

    for name in content.site.topics:
        for system, text in content.topics[name].codes.items():
            for code in split_codes(str(text)):
                at(str(system), code).topics.append(str(name))
    for key, term in content.terms.items():
        for system, text in term.codes.items():
            for code in split_codes(str(text)):
                at(str(system), code).terms.append(str(key))
    rank = {name: number for number, name in enumerate(CODE_SYSTEMS)}
    return sorted(out.values(), key=lambda a: (rank.get(a.system.name, len(rank)), a.system.name, a.code))


# -- what the book has ---------------------------------------------------------------------------------------


class _Shelf:
    """One language of the book, where a topic or a term is found by its id."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.topics = {page.path: page for page in edition.topics}
        self.terms = {v.id: v for page in edition.pages for _, group in page.terms for v in group}
        # The page of each entry: a large glossary has several.
        self.parts = {id_: page.path for page in edition.pages if page.terms for id_ in page.anchors}

    def uses(self, term: TermView, without: Sequence[str]) -> list[Link]:
        """The first place of each topic that names a term."""
        first: dict[str, Link] = {}
        for link in term.uses:
            if link.page in self.topics and link.page not in without:
                first.setdefault(link.page, link)
        return list(first.values())


@dataclass(frozen=True)
class _Place:
    title: str
    summary: str
    page: str
    anchor: str
    updated: str
    part: str  # the page itself; of a glossary on several, where an entry may move, the one that has it now


def _places(shelf: _Shelf, answer: Answer) -> Iterator[_Place]:
    """Where a reader should look, the best first, each place once."""
    seen: set[tuple[str, str]] = set()

    def place(
        title: str, summary: str, page: str, anchor: str, updated: str, part: str = ""
    ) -> Iterator[_Place]:
        if (page, anchor) not in seen:
            seen.add((page, anchor))
            yield _Place(title, summary, page, anchor, updated, part or page)

    edition = shelf.edition
    for name in answer.topics:
        page = shelf.topics[name]
        yield from place(page.title, page.description, name, "", page.facts["updated"])
    of_book, colon = str(edition.site.updated), ": " if edition.ui.spaced_words else "："
    for name in answer.terms:
        term = shelf.terms[name]
        yield from place(term.name, plain(term.definition), "glossary", name, of_book, shelf.parts[name])
    for name in answer.terms:
        for link in shelf.uses(shelf.terms[name], answer.topics):
            page = shelf.topics[link.page]
            title = page.title if link.text == page.title else f"{page.title}{colon}{link.text}"
            yield from place(title, page.description, link.page, link.anchor, page.facts["updated"])


# -- the feeds -----------------------------------------------------------------------------------------------


def _feed(content: Content, shelves: Sequence[_Shelf], answer: Answer | None) -> dict[str, Any]:
    """The knowledge response in JSON: an entry for each place in each language."""
    editions = [shelf.edition for shelf in shelves]
    site, first = content.site, editions[0]
    name = f"{answer.system.slug}/{answer.code}" if answer else "nothing"

    def value(text: str, type_: str = "text") -> dict[str, str]:
        return {"_value": text, "type": type_}

    def entry(edition: Edition, place: _Place) -> dict[str, Any]:
        href = address(site, edition.language, place.page, place.anchor)
        link = {"href": href, "hreflang": edition.language, "rel": "alternate", "title": place.title}
        id_ = f"{FOLDER}/{name}/{edition.language}/{place.page}" + (
            f"/{place.anchor}" if place.anchor else ""
        )
        return {
            "lang": edition.language,
            "title": value(place.title),
            "link": [{**link, "type": "html"}],
            "id": {"_value": tag(site, id_)},
            "updated": {"_value": stamp(place.updated)},
            "summary": value(_as_html(place.summary), "html"),
            "category": [],
        }

    category = []
    if answer:
        category = [
            {"scheme": "mainSearchCriteria.v.c", "term": answer.code},
            {"scheme": "mainSearchCriteria.v.cs", "term": answer.system.oid or answer.system.name},
        ]
    entries = [entry(s.edition, place) for s in shelves for place in (_places(s, answer) if answer else ())]
    shown = f" · {answer.system.name} {answer.code}" if answer else ""
    return {
        "feed": {
            "base": base(site),
            "lang": first.language,
            "title": value(" / ".join(str(e.ui.site_name) for e in editions) + shown),
            "subtitle": value(" ".join(str(e.ui.labels["notice"]) for e in editions)),
            "author": {"name": {"_value": first.publisher}, "uri": {"_value": base(site)}},
            "updated": {"_value": stamp(str(site.updated))},
            "id": {"_value": tag(site, f"{FOLDER}/{name}")},
            "category": category,
            "entry": entries,
        }
    }


def _as_html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _atom(response: dict[str, Any]) -> bytes:
    """The same response in Atom."""
    feed = response["feed"]
    root = atom_root()
    root.set(XML_BASE, feed["base"])
    _common(root, feed)
    add_text(root, "subtitle", feed["subtitle"]["_value"])
    author = etree.SubElement(root, f"{{{ATOM}}}author")
    add_text(author, "name", feed["author"]["name"]["_value"])
    add_text(author, "uri", feed["author"]["uri"]["_value"])
    for entry in feed["entry"]:
        child = etree.SubElement(root, f"{{{ATOM}}}entry")
        _common(child, entry)
        for link in entry["link"]:
            add_link(child, link["rel"], link["href"], "text/html", link["hreflang"])
        add_text(child, "summary", entry["summary"]["_value"])
        child[-1].set("type", "html")
    return xml_bytes(root)


def _common(element: etree._Element, fields: dict[str, Any]) -> None:
    element.set(XML_LANG, fields["lang"])
    add_text(element, "id", fields["id"]["_value"])
    add_text(element, "title", fields["title"]["_value"])
    add_text(element, "updated", fields["updated"]["_value"])
    for category in fields["category"]:
        etree.SubElement(element, f"{{{ATOM}}}category", scheme=category["scheme"], term=category["term"])


# -- the page ------------------------------------------------------------------------------------------------


def _plain_code(code: str) -> str:
    """A code as it is compared: senders leave out the point and mix the case."""
    return code.replace(".", "").upper()


def _index(content: Content, shelves: Sequence[_Shelf], found: Sequence[Answer]) -> dict[str, Any]:
    """What the script needs to answer any request: systems, codes, names, topics with their sections."""
    editions = [shelf.edition for shelf in shelves]
    first = editions[0]
    systems: dict[str, str] = {}
    codes: dict[str, dict[str, Any]] = {}
    for answer in found:
        system = answer.system
        for name in (system.oid, system.uri, system.name, system.slug, *ALIASES.get(system.slug, ())):
            if name:
                systems[name.lower()] = system.slug
        codes.setdefault(system.slug, {})[_plain_code(answer.code)] = {
            "code": answer.code,
            "topics": answer.topics,
            "terms": answer.terms,
        }
    # A national code may be asked for where the book has the international one only.
    for system in CODE_SYSTEMS.values():
        if system.broader in codes:
            codes.setdefault(system.slug, {})
            for name in (system.oid, system.uri, system.name, *ALIASES.get(system.slug, ())):
                systems.setdefault(name.lower(), system.slug)
    patients = {str(t.patient_page_of): str(name) for name, t in content.topics.items() if t.patient_page_of}
    topics: dict[str, dict[str, Any]] = {}
    for page in first.topics:
        ids = {section.id for section in page.sections}
        sections = {
            code: next(name for name in names if name in ids)
            for code, names in SUBTOPICS.items()
            if ids & set(names)
        }
        twins = {s.edition.language: s.topics[page.path] for s in shelves}
        topics[page.path] = {
            "title": {lang: twin.title for lang, twin in twins.items()},
            "description": {lang: twin.description for lang, twin in twins.items()},
            "sections": sections,
            "patients": patients.get(page.path, ""),
            "places": {},
        }
    terms = {}
    for key in content.terms:
        views = {s.edition.language: s.terms[str(key)] for s in shelves}
        links = {s.edition.language: s.uses(s.terms[str(key)], ()) for s in shelves}
        terms[str(key)] = {
            "title": {lang: view.name for lang, view in views.items()},
            "description": {lang: plain(view.definition) for lang, view in views.items()},
            "uses": [[link.page, link.anchor] for link in links[first.language]],
        }
        for lang, found_links in links.items():
            for link in found_links:
                if link.anchor:
                    topics[link.page]["places"].setdefault(link.anchor, {})[lang] = link.text
    names: dict[str, list[str]] = {}
    for key in content.terms:
        for words in content.words.values():
            for word in words.terms[key].names:
                names.setdefault(_plain_name(str(word)), ["term", str(key)])
    for path, topic in topics.items():
        for title in topic["title"].values():
            # A title says more than a term of the same name.
            names[_plain_name(title)] = ["topic", path]
    labels = ("found", "broader", "none", "empty")
    return {
        "languages": [e.language for e in editions],
        "systems": systems,
        "broader": {s.slug: s.broader for s in CODE_SYSTEMS.values() if s.broader in codes},
        "hierarchical": [s.slug for s in CODE_SYSTEMS.values() if s.is_hierarchical],
        "codes": codes,
        "topics": topics,
        "terms": terms,
        "names": names,
        "labels": {
            e.language: {
                **{name: str(e.ui.labels[f"infobutton-{name}"]) for name in labels},
                "home": e.ui.labels["infobutton-search"].replace("{book}", e.ui.site_name),
                "colon": ": " if e.ui.spaced_words else "：",
            }
            for e in editions
        },
    }


def _plain_name(text: str) -> str:
    return " ".join(text.lower().split())


def _script(index: dict[str, Any]) -> bytes:
    """The index as a classic script: a page on a disk may not read a file in any other way."""
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    return f"window.clinrefCodes = {text};\n".encode()


def _page(shelves: Sequence[_Shelf], found: Sequence[Answer]) -> bytes:
    """The page that resolves; without a script it lists what the book has under every code."""
    editions = [shelf.edition for shelf in shelves]
    rows = [(answer, {s.edition.language: list(_places(s, answer)) for s in shelves}) for answer in found]
    html = (
        templates()
        .get_template("infobutton.html.jinja")
        .render(editions=editions, first=editions[0], rows=rows, code_file=code_file)
    )
    return html.encode("utf-8")
