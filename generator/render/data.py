"""`Content` and its `Edition`s in; the book as JSON out, below `api/v1/`, a JSON Schema beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from generator.model import (
    ALL_NUMBERS,
    BlockView,
    CitationGroup,
    Content,
    Edition,
    FigureView,
    Page,
    Pieces,
    Quantity,
    Reference,
    Run,
    Styled,
    TableView,
    plain,
)
from generator.model import OutputFile as File
from generator.render.published import address, base, code_system, json_bytes, link_address, split_codes
from generator.render.versions import FOLDER, versions

ROOT = "api/v1"
SCHEMAS = Path(__file__).with_name("schemas")
# File to the schema that it holds to; a topic's own file and an answer to an infobutton request follow.
FILES = ("index", "topics", "facts", "terms", "references", "changes", "versions", "flows")
# CSL knows no guidelines.
CSL_TYPES = {"guideline": "report"}
Json = dict[str, Any]


def files(content: Content, editions: Sequence[Edition]) -> Iterator[File]:
    """Every JSON file of the book but those of flows and of codes, and the schemas of all but flows.

    Each is made as it is asked for.
    """
    book = _Book(content, editions)
    for name in FILES:
        yield File(f"{ROOT}/{name}.json", json_bytes(getattr(book, name)()))
    for edition in editions:
        for page in edition.topics:
            path = f"{ROOT}/topics/{edition.language}/{page.path}.json"
            yield File(path, json_bytes(book.topic(edition, page)))
    for schema in sorted(SCHEMAS.glob("*.json")):
        yield File(f"{ROOT}/schema/{schema.name}", json_bytes(_schema(schema, base(content.site))))


def _schema(path: Path, root: str) -> Json:
    """A schema under its address in this book."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {"$schema": stored.pop("$schema"), "$id": f"{root}{ROOT}/schema/{path.name}", **stored}


def code_list(codes: Mapping[Any, Any]) -> list[Json]:
    """Codes as the content names them (system to one code or several), with the system's OID and address."""
    out = []
    for name, text in codes.items():
        system = code_system(str(name))
        for code in split_codes(str(text)):
            known = {"oid": system.oid, "uri": system.uri} if system.oid else {}
            out.append({"system": system.name, **known, "code": code})
    return out


def quantities(pieces: Pieces) -> list[str]:
    """The ids of the facts printed, in order."""
    out: list[str] = []
    for piece in pieces:
        if isinstance(piece, Quantity):
            out.append(piece.fact)
        elif isinstance(piece, Styled):
            out += quantities(piece.children)
    return out


def citations(pieces: Pieces) -> list[str]:
    """The ids of the references cited, in order."""
    out: list[str] = []
    for piece in pieces:
        if isinstance(piece, CitationGroup):
            out += [id_ for _, id_ in piece.items]
        elif isinstance(piece, Styled):
            out += citations(piece.children)
    return out


def passages(block: BlockView) -> Iterator[tuple[str, Pieces]]:
    """Every text of a block with the id nearest to it: the statement's, or the block's own."""
    if block.pieces:
        yield block.id, block.pieces
    yield from block.items
    for figure in block.figures:
        yield block.id, figure.caption
    if block.table:
        yield block.id, block.table.caption
        for _, cells in block.table.rows:
            for cell in cells:
                yield block.id, cell


def _present(**fields: object) -> Json:
    """Only the fields that say something."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


class _Book:
    def __init__(self, content: Content, editions: Sequence[Edition]) -> None:
        self.content, self.editions = content, editions
        self.site = content.site
        self.root = base(content.site)

    # -- what the files share --------------------------------------------------------------------------------

    def head(self, schema: str, **more: object) -> Json:
        return {
            "$schema": f"{self.root}{ROOT}/schema/{schema}.json",
            "version": str(self.site.version),
            **more,
        }

    def everywhere(self, page: str, anchor: str = "") -> dict[str, str]:
        """The addresses of one place in every language."""
        return {e.language: address(self.site, e.language, page, anchor) for e in self.editions}

    # -- the files -------------------------------------------------------------------------------------------

    def index(self) -> Json:
        names = [f"{name}.json" for name in FILES[1:]]
        return self.head(
            "index",
            name={e.language: str(e.ui.site_name) for e in self.editions},
            description={e.language: str(e.ui.description) for e in self.editions},
            notice={e.language: str(e.ui.labels["notice"]) for e in self.editions},
            url=self.root,
            updated=str(self.site.updated),
            languages=[e.language for e in self.editions],
            publisher={e.language: e.publisher for e in self.editions},
            **_present(license=str(self.site.license or "")),
            files={
                name.removesuffix(".json"): {
                    "url": f"{self.root}{ROOT}/{name}",
                    "schema": f"{self.root}{ROOT}/schema/{name}",
                }
                for name in names
            },
            topics={
                e.language: {p.path: self.topic_url(e.language, p.path) for p in e.topics}
                for e in self.editions
            },
        )

    def topic_url(self, language: str, topic: str) -> str:
        return f"{self.root}{ROOT}/topics/{language}/{topic}.json"

    def about_topic(self, name: str) -> Json:
        """What is the same in every language."""
        shared = self.content.topics[name]
        of = shared.patient_page_of
        codes = self.content.topics[of].codes if of else shared.codes
        return {
            "updated": str(shared.updated),
            **_present(reviewed=str(shared.reviewed or "")),
            "audience": "patient" if of else "professional",
            **_present(patient_page_of=str(of or "")),
            "codes": code_list(codes),
            "related": [str(t) for t in shared.related],
        }

    def topics(self) -> Json:
        pages = {e.language: {page.path: page for page in e.topics} for e in self.editions}
        out = []
        for page in self.editions[0].topics:
            twins = {language: of[page.path] for language, of in pages.items()}
            out.append(
                {
                    "id": page.path,
                    "title": {lang: p.title for lang, p in twins.items()},
                    "description": {lang: p.description for lang, p in twins.items()},
                    **self.about_topic(page.path),
                    "url": self.everywhere(page.path),
                    "data": {lang: self.topic_url(lang, page.path) for lang in twins},
                }
            )
        return self.head("topics", topics=out)

    def topic(self, edition: Edition, page: Page) -> Json:
        def blocks(views: Sequence[BlockView]) -> list[Json]:
            return [self.block(edition, page, view) for view in views]

        return self.head(
            "topic",
            id=page.path,
            language=edition.language,
            title=page.title,
            description=page.description,
            url=address(self.site, edition.language, page.path),
            translations={
                lang: self.topic_url(lang, page.path)
                for lang in edition.languages
                if lang != edition.language
            },
            publisher=edition.publisher,
            authors=[
                str(self.content.words[edition.language].people[p].name)
                for p in self.content.topics[page.path].authors
            ],
            **_present(license=str(self.site.license or "")),
            **self.about_topic(page.path),
            lead=blocks(page.lead),
            sections=[
                {
                    "id": section.id,
                    "title": section.title,
                    "depth": section.depth,
                    "url": address(self.site, edition.language, page.path, section.id),
                    "blocks": blocks(section.blocks),
                }
                for section in page.sections
            ],
            references=[
                {"number": r.number, "id": r.id, "text": "".join(text for text, _ in r.pieces).strip()}
                for r in page.references
            ],
        )

    def block(self, edition: Edition, page: Page, block: BlockView) -> Json:
        own = [(block.id, block.pieces)] if block.pieces else block.items
        out: Json = {"id": block.id, "kind": block.kind}
        if own:
            out["statements"] = [self.statement(edition, page, id_, pieces) for id_, pieces in own]
        if block.figures:
            out["figures"] = [self.figure(edition, page, figure) for figure in block.figures]
        if block.table:
            out["table"] = self.table(edition, page, block.table)
        if block.flow:
            out["flow"] = {
                "id": block.flow.id,
                "title": block.flow.title[edition.language],
                "data": self.flow_url(edition.language, block.flow.id),
            }
        return out

    def passage(self, edition: Edition, page: Page, pieces: Pieces) -> Json:
        return {
            "text": plain(pieces),
            "pieces": self.pieces(edition, page, pieces),
            "facts": list(dict.fromkeys(quantities(pieces))),
            "cites": list(dict.fromkeys(citations(pieces))),
        }

    def statement(self, edition: Edition, page: Page, id_: str, pieces: Pieces) -> Json:
        mark = page.marks.get(id_)
        return {
            "id": id_,
            **_present(mark=mark and {"kind": mark.kind, "date": mark.date, "change": mark.link.anchor}),
            **self.passage(edition, page, pieces),
        }

    def pieces(self, edition: Edition, page: Page, pieces: Pieces) -> list[Json]:
        out: list[Json] = []
        for piece in pieces:
            if isinstance(piece, Run):
                if out and out[-1]["type"] == "text":
                    out[-1]["text"] += piece.text
                else:
                    out.append({"type": "text", "text": piece.text})
            elif isinstance(piece, Styled):
                inner = self.pieces(edition, page, piece.children)
                out.append({"type": "styled", "style": piece.style, "pieces": inner})
            elif isinstance(piece, Quantity):
                out.append({"type": "fact", "text": piece.text, "fact": piece.fact})
            elif isinstance(piece, CitationGroup):
                out.append({"type": "cite", "cites": [id_ for _, id_ in piece.items]})
            else:
                url = link_address(self.site, edition.language, piece, page.path)
                out.append({"type": "link", "text": piece.text, "kind": piece.kind, "url": url})
        return out

    def figure(self, edition: Edition, page: Page, figure: FigureView) -> Json:
        return {
            "id": figure.id,
            "number": figure.number,
            "title": figure.title,
            "alt": figure.alt,
            "caption": self.passage(edition, page, figure.caption),
            "credit": figure.credit,
            "license": figure.licence,
            **_present(source=figure.source),
        }

    def table(self, edition: Edition, page: Page, table: TableView) -> Json:
        return {
            "id": table.id,
            "number": table.number,
            "caption": self.passage(edition, page, table.caption),
            "columns": [plain(column) for column in table.columns],
            "rows": [
                {"id": id_, "cells": [self.passage(edition, page, cell) for cell in cells]}
                for id_, cells in table.rows
            ],
        }

    def facts(self) -> Json:
        used: dict[str, dict[str, None]] = {}
        for page in self.editions[0].topics:
            for block in page.blocks:
                for id_, pieces in passages(block):
                    for printed in quantities(pieces):
                        used.setdefault(printed, {})[f"{page.path}#{id_}"] = None
        out = []
        for key, fact in self.content.facts.items():
            name: str = str(key)
            numbers = {n: str(getattr(fact, n)) for n in ALL_NUMBERS if getattr(fact, n) is not None}
            out.append(
                {
                    "id": name,
                    "form": fact.form,
                    "numbers": numbers,
                    "approximate": fact.approximate,
                    **_present(
                        unit=str(fact.unit or ""), as_of=str(fact.as_of or ""), where=str(fact.where or "")
                    ),
                    "text": {e.language: e.printed[name] for e in self.editions},
                    "cites": [str(c) for c in fact.cite],
                    "source_value": str(fact.source_value),
                    "used_in": list(used.get(name, ())),
                }
            )
        return self.head("facts", facts=out)

    def terms(self) -> Json:
        views = {
            e.language: {v.id: v for p in e.pages for _, group in p.terms for v in group}
            for e in self.editions
        }
        out = []
        for key, term in self.content.terms.items():
            name = str(key)
            words = {lang: w.terms[name] for lang, w in self.content.words.items()}
            out.append(
                {
                    "id": name,
                    "category": str(term.category),
                    "names": {
                        lang: {
                            "name": str(w.name),
                            "synonyms": [str(s) for s in w.synonyms],
                            "forms": [str(f) for f in w.forms],
                        }
                        for lang, w in words.items()
                    },
                    "definition": {lang: plain(views[lang][name].definition) for lang in views},
                    "cites": [str(c) for c in term.cite],
                    "codes": code_list(term.codes),
                    "url": self.everywhere("glossary", name),
                }
            )
        return self.head("terms", terms=out)

    def references(self) -> list[Json]:
        """CSL-JSON, which is a bare list: a reference manager reads it as it is."""
        return [csl(str(id_), reference) for id_, reference in self.content.references.items()]

    def changes(self) -> Json:
        views = {
            e.language: {change.id: change for p in e.pages if p.kind == "changes" for change in p.changes}
            for e in self.editions
        }
        out = []
        for key, change in self.content.changes.items():
            name = str(key)
            first = views[self.editions[0].language][name]
            out.append(
                {
                    "id": name,
                    "date": str(change.date),
                    "kind": change.kind,
                    "version": str(change.version),
                    **_present(topic=str(change.topic or "")),
                    "statements": [str(s) for s in change.statements],
                    "what": {lang: plain(view[name].what) for lang, view in views.items()},
                    "why": {lang: plain(view[name].why) for lang, view in views.items()},
                    "cites": list(dict.fromkeys((*citations(first.what), *citations(first.why)))),
                    "url": self.everywhere("changes", name),
                }
            )
        return self.head("changes", changes=out)

    def versions(self) -> Json:
        views = {e.language: versions(e) for e in self.editions}
        out = []
        for place, first in enumerate(views[self.editions[0].language]):
            why = {lang: plain(each[place].why) for lang, each in views.items()} if first.why else {}
            since = (*first.marked_since, *first.other_since)
            out.append(
                {
                    "id": first.id,
                    "version": first.version,
                    "date": first.date,
                    "state": first.state,
                    **_present(ended=first.ended, successor=first.successor and first.successor.text),
                    **_present(why=why, cites=list(citations(first.why))),
                    "brought": [change.id for change in first.brought],
                    "since": [change.id for change in since],
                    "url": self.everywhere(f"versions/{first.id}"),
                    "script": f"{self.root}{FOLDER}/{first.id}.js",
                }
            )
        return self.head("versions", versions=out)

    def flow_url(self, language: str, flow: str) -> str:
        return f"{self.root}{language}/flow/{flow}/{flow}.json"

    def flows(self) -> Json:
        out: dict[str, Json] = {}
        for page in self.editions[0].topics:
            for block in page.blocks:
                if block.flow and block.flow.id not in out:
                    out[block.flow.id] = {
                        "id": block.flow.id,
                        "title": dict(block.flow.title),
                        "description": dict(block.flow.description),
                        "topic": page.path,
                        "url": self.everywhere(page.path, block.id),
                        "data": {e.language: self.flow_url(e.language, block.flow.id) for e in self.editions},
                    }
        return self.head("flows", flows=list(out.values()))


def csl(id_: str, reference: Reference) -> Json:
    """A reference in CSL-JSON. What CSL has no field for stands under `custom`."""

    def date(text: str | None) -> Json | None:
        return {"date-parts": [[int(part) for part in text.split("-")]]} if text else None

    out = {"id": id_, "type": CSL_TYPES.get(reference.type, reference.type), "title": str(reference.title)}
    if reference.type in CSL_TYPES:
        out["genre"] = reference.type
    authors = [
        {
            name: str(value)
            for name, value in (("family", a.family), ("given", a.given), ("literal", a.literal))
            if value
        }
        for a in reference.author
    ]
    custom: Json = {"more-authors": True} if reference.more_authors else {}
    custom |= {"seen": str(reference.seen)} if reference.seen else {}
    fields = {
        "author": authors,
        "container-title": reference.container_title,
        "publisher": reference.publisher,
        "issued": date(reference.issued),
        "accessed": date(reference.accessed),
        "volume": reference.volume,
        "issue": reference.issue,
        "page": reference.page,
        "number": reference.number,
        "DOI": reference.DOI,
        "PMID": reference.PMID,
        "URL": reference.URL,
        "language": reference.language,
        "note": reference.note,
        "custom": custom,
    }
    return out | {name: str(v) if isinstance(v, str) else v for name, v in fields.items() if v}
