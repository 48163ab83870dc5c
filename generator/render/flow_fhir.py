"""A flow in every language in; a FHIR R4 PlanDefinition out, in one language with the others beside it.

https://hl7.org/fhir/R4/plandefinition.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from generator.flowchart import OutlineExit, OutlineStep
from generator.render.flow_source import FlowSource, root_address

Json = dict[str, Any]
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
# How FHIR calls the code systems; a code of another is left out rather than given a made-up name.
SYSTEMS = {
    "ICD-10": "http://hl7.org/fhir/sid/icd-10",
    "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD-11": "http://id.who.int/icd/release/11/mms",
    "SNOMED CT": "http://snomed.info/sct",
}
ID_LENGTH = 64


def plan_definition(sources: Mapping[str, FlowSource], language: str) -> Json:
    """The flow as a PlanDefinition in `language`.

    sources: the flow by language. Canonical address, version and structure are the same whichever language
    comes first; every text carries the other languages as translations.
    """
    return _Plan(sources, language).resource()


def canonical(source: FlowSource, flow_id: str) -> str:
    """The address by which other resources name this flow."""
    return f"{root_address(source.edition)}/fhir/PlanDefinition/{fhir_id(flow_id)}"


def fhir_id(text: str) -> str:
    """An id that FHIR accepts: a longer one is cut, and told apart by a digest of the whole."""
    if len(text) <= ID_LENGTH:
        return text
    return f"{text[: ID_LENGTH - 9]}.{hashlib.sha256(text.encode()).hexdigest()[:8]}"


class _Plan:
    def __init__(self, sources: Mapping[str, FlowSource], language: str) -> None:
        self.sources, self.language = sources, language
        self.source = sources[language]
        self.outlines = {lang: source.outline for lang, source in sources.items()}
        self.steps = {lang: {s.id: s for s in outline.steps} for lang, outline in self.outlines.items()}

    def texts(self, key: str, say: Callable[[str], str]) -> Json:
        """A text in the first language, and `_key` with the same in every other."""
        translations = [
            {"url": TRANSLATION, "extension": [
                {"url": "lang", "valueCode": lang},
                {"url": "content", "valueString": say(lang)},
            ]}
            for lang in self.sources
            if lang != self.language
        ]  # fmt: skip
        return {key: say(self.language)} | ({f"_{key}": {"extension": translations}} if translations else {})

    def resource(self) -> Json:
        source, flow = self.source, self.source.view
        editions = {lang: s.edition for lang, s in self.sources.items()}
        facts = source.page.facts
        return {
            "resourceType": "PlanDefinition",
            "id": fhir_id(flow.id),
            "language": self.language,
            "url": canonical(source, flow.id),
            "version": str(source.edition.site.version),
            # A name for programs: it begins with a capital letter, whatever the id begins with.
            "name": f"Flow{''.join(part.capitalize() for part in flow.id.split('-'))}"[:255],
            **self.texts("title", lambda lang: flow.title[lang]),
            "type": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/plan-definition-type",
                        "code": "clinical-protocol",
                    }
                ]
            },
            "status": "draft",
            "date": facts["updated"],
            **self.texts("publisher", lambda lang: editions[lang].publisher),
            **self.texts("description", self.description),
            "useContext": [
                {
                    "code": {
                        "system": "http://terminology.hl7.org/CodeSystem/usage-context-type",
                        "code": "focus",
                    },
                    "valueCodeableConcept": self.topic(),
                }
            ],
            **self.texts("copyright", self.copyright),
            **({"lastReviewDate": facts["reviewed"]} if facts["reviewed"] else {}),
            "relatedArtifact": [{"type": "documentation", "display": source.page.title, "url": source.home}],
            "action": [self.phase(index) for index in range(len(self.outlines[self.language].phases))],
        }

    def description(self, lang: str) -> str:
        """What the flow is for, and that its conditions are words: no program can decide by them."""
        labels = self.sources[lang].edition.ui.labels
        gap = " " if self.sources[lang].edition.ui.spaced_words else ""
        said = (self.outlines[lang].description, str(labels["not-executable"]), str(labels["notice"]))
        return gap.join(said)

    def copyright(self, lang: str) -> str:
        edition = self.sources[lang].edition
        about = edition.by_path["about"]
        colon = ": " if edition.ui.spaced_words else "："
        return f"© {edition.publisher} · {about.title}{colon}{root_address(edition)}/{lang}/about/"

    def topic(self) -> Json:
        """The condition that the flow is about."""
        codes = [
            {"system": SYSTEMS[system], "code": code}
            for key, value in self.source.page.facts.items()
            if (system := key.removeprefix("code:")) in SYSTEMS
            for code in re.split(r"\s*,\s*", value)
        ]
        text = self.texts("text", lambda lang: self.sources[lang].page.title)
        return ({"coding": codes} if codes else {}) | text

    def phase(self, index: int) -> Json:
        phases = {lang: outline.phases[index] for lang, outline in self.outlines.items()}
        phase = phases[self.language]
        # A step's id has no full stop in it, so that nothing can be called the same.
        return {
            "id": fhir_id(f"phase.{phase.id}"),
            **self.texts("title", lambda lang: phases[lang].title),
            "groupingBehavior": "visual-group",
            "action": [self.step(step) for step in phase.steps],
        }

    def step(self, step: OutlineStep) -> Json:
        twins = {lang: steps[step.id] for lang, steps in self.steps.items()}
        kinds = {lang: source.edition.kind_names[lang][step.kind] for lang, source in self.sources.items()}
        action: Json = {
            "id": fhir_id(step.id),
            "prefix": str(step.number),
            **self.texts("title", lambda lang: twins[lang].text),
            **self.texts(
                "textEquivalent",
                lambda lang: _in_words(twins[lang], kinds[lang], self.sources[lang].edition.ui.spaced_words),
            ),
        }
        if step.kind == "alert":
            action["priority"] = "stat"
        action["code"] = [self.texts("text", kinds.__getitem__)]
        action["documentation"] = self.documentation(step)
        if step.kind in ("decision", "parallel"):
            action["groupingBehavior"] = "logical-group"
            action["selectionBehavior"] = "exactly-one" if step.kind == "decision" else "any"
            action["action"] = [
                self.answer(step, {lang: twin.exits[number] for lang, twin in twins.items()}, number)
                for number in range(len(step.exits))
            ]
        elif step.exits:
            action["relatedAction"] = [_before(way.target) for way in step.exits]
        if onward := self.source.goes_on.get(step.id):
            version = self.source.edition.site.version
            action["definitionCanonical"] = f"{canonical(self.source, onward)}|{version}"
        return action

    def documentation(self, step: OutlineStep) -> list[Json]:
        titles = {section.id: section.title for section in self.source.page.sections}
        section = next(s.section for s in self.source.view.steps if s.id == step.id)
        texts = self.source.references
        return [{"type": "documentation", "display": titles[section], "url": step.href}] + [
            {"type": "citation", "label": id_, "citation": texts[id_][0].strip(), "url": texts[id_][1]}
            for id_ in self.source.cites[step.id]
        ]

    def answer(self, step: OutlineStep, ways: Mapping[str, OutlineExit], number: int) -> Json:
        """An answer of a question: it applies where the question is so answered, and leads to one step."""

        def condition(lang: str) -> str:
            return f"{self.steps[lang][step.id].text} → {ways[lang].answer}"

        return {
            "id": fhir_id(f"{step.id}.{number + 1}"),
            **self.texts("title", lambda lang: ways[lang].answer or ""),
            **self.texts("textEquivalent", lambda lang: f"→ {ways[lang].number}. {ways[lang].text}"),
            "condition": [
                {
                    "kind": "applicability",
                    "expression": {"language": "text/plain", **self.texts("expression", condition)},
                }
            ],
            "relatedAction": [_before(ways[self.language].target)],
        }


def _before(target: str) -> Json:
    return {"actionId": fhir_id(target), "relationship": "before-start"}


def _in_words(step: OutlineStep, kind: str, spaced_words: bool) -> str:
    """`2. Question: Is it bright? | Yes → 3; No → 7`, for a system that shows no branches."""
    colon, semicolon = (": ", "; ") if spaced_words else ("：", "；")
    ways = semicolon.join(f"{way.answer or ''} → {way.number}".strip() for way in step.exits)
    return f"{step.number}. {kind}{colon}{step.text}" + (f" | {ways}" if ways else "")
