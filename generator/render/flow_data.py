"""`Edition`s in; every flow as files for programs out: drawing, Mermaid text, JSON, PlanDefinition.

They stand below `<language>/flow/<flow>/`; the JSON Schema is at `api/v1/schema/flow.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from generator.flowchart import OutlineStep
from generator.model import Edition, OutputFile
from generator.render.flow_fhir import plan_definition
from generator.render.flow_print import print_svg
from generator.render.flow_source import FlowSource, flow_sources, root_address
from generator.render.published import json_broken

SCHEMA = "api/v1/schema/flow.json"
# How Mermaid draws each kind; the text, in quotes, stands between the two.
SHAPES = {
    "start": ("([", "])"),
    "action": ("[", "]"),
    "decision": ("{{", "}}"),
    "parallel": ("[[", "]]"),
    "outcome": ("(", ")"),
    "alert": ("[/", "\\]"),
}
# What Mermaid could read as a quotation mark, an entity, a tag or Markdown inside a label; `1.` opens a list.
_SPECIAL = re.compile(r"[\"#&<>`*_~\\\[\]{}|]|^[-+]|(?<=\d)[.)](?=\s)")


def files(editions: Sequence[Edition]) -> Iterator[OutputFile]:
    """The files of every flow in every language, each made as it is asked for; nothing for a book without."""
    sources = {edition.language: {s.view.id: s for s in flow_sources(edition)} for edition in editions}
    for edition in editions:
        for id_, source in sources[edition.language].items():
            twins = {language: flows[id_] for language, flows in sources.items()}
            yield source.file("svg", print_svg(source))
            yield source.file("mmd", mermaid(source))
            yield source.file("json", json_broken(as_json(source)))
            yield source.file("plandefinition.json", json_broken(plan_definition(twins, edition.language)))
    if any(sources.values()):
        yield OutputFile(SCHEMA, json_broken(schema(editions[0])).encode("utf-8"))


# -- JSON ----------------------------------------------------------------------------------------------------


def schema(edition: Edition) -> dict[str, Any]:
    """The JSON Schema of `as_json`, under its address in this book."""
    stored = json.loads(Path(__file__).with_name("flow-schema.json").read_text(encoding="utf-8"))
    return {"$schema": stored.pop("$schema"), "$id": f"{root_address(edition)}/{SCHEMA}", **stored}


def as_json(source: FlowSource) -> dict[str, Any]:
    """The flow in one language as plain data; `flow-schema.json` says what each key means."""
    edition, site = source.edition, source.edition.site
    root = root_address(edition)
    outline = source.outline
    return {
        "$schema": f"{root}/{SCHEMA}",
        "id": source.view.id,
        "language": edition.language,
        "title": outline.title,
        "description": outline.description,
        "url": source.home,
        "publisher": edition.publisher,
        "version": str(site.version),
        "updated": source.page.facts["updated"],
        "reviewed": source.page.facts["reviewed"] or None,
        "notice": str(edition.ui.labels["notice"]),
        "translations": {
            lang: f"{root}/{lang}/flow/{source.view.id}/{source.view.id}.json"
            for lang in edition.languages
            if lang != edition.language
        },
        "start": source.view.start,
        "phases": [
            {"id": phase.id, "title": phase.title, "steps": [_step(source, step) for step in phase.steps]}
            for phase in outline.phases
        ],
        "references": {id_: {"text": text, "url": url} for id_, (text, url) in source.references.items()},
    }


def _step(source: FlowSource, step: OutlineStep) -> dict[str, Any]:
    return {
        "id": step.id,
        "number": step.number,
        "kind": step.kind,
        "text": step.text,
        "url": step.href,
        "cites": list(source.cites[step.id]),
        "exits": [{"answer": way.answer, "to": way.target} for way in step.exits],
        "goes_on_in": source.goes_on.get(step.id),
    }


# -- Mermaid -------------------------------------------------------------------------------------------------


def mermaid(source: FlowSource) -> str:
    """The flow as a Mermaid flowchart: a subgraph for each phase, every step a link to its section."""
    outline = source.outline
    out = [
        "---",
        f"title: {json.dumps(outline.title, ensure_ascii=False)}",
        "---",
        "flowchart TB",
        f"  %% {source.credit}",
        f"  accTitle: {_label(outline.title)}",
        f"  accDescr: {_label(outline.description)}",
    ]
    for phase in outline.phases:
        out.append(f'  subgraph phase-{phase.id}["{_label(phase.title)}"]')
        for step in phase.steps:
            before, after = SHAPES[step.kind]
            out.append(f'    {_node(step.id)}{before}"{_label(step.text)}"{after}')
        out.append("  end")
    for step in outline.steps:
        for way in step.exits:
            answer = f'|"{_label(way.answer)}"|' if way.answer else ""
            out.append(f"  {_node(step.id)} -->{answer} {_node(way.target)}")
    out += [f'  click {_node(step.id)} href "{step.leads_to or step.href}"' for step in outline.steps]
    return "\n".join(out) + "\n"


def _node(step_id: str) -> str:
    # `end`, `call`, `click` and others are words of Mermaid, even as the beginning of an id.
    return f"step-{step_id}"


def _label(text: str) -> str:
    """Text between quotation marks, with entity codes as Mermaid writes them: `#34;`."""
    return _SPECIAL.sub(lambda match: f"#{ord(match.group())};", text)
