"""Flows as files for programs: each is valid in its own terms, and holds every step in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fhir.resources.R4B.plandefinition import PlanDefinition
from lxml import etree
from tiny import BOOK, ROOT, content_of, edit

from generator import build
from generator.flowchart.textfit import text_width
from generator.model import Content, Edition, OutputFile
from generator.render import flow_data
from generator.render.drawing import flow_graph, flow_svgs
from generator.render.flow_fhir import fhir_id
from generator.render.flow_print import ATTRIBUTES, BY_KIND
from generator.render.flow_source import FlowSource, flow_sources
from generator.resolve import resolve

LANGUAGES = ("zh", "en")
BOOKS = {"first": ROOT / "content", "tiny": BOOK}
Json = dict[str, Any]


def editions_of(content: Content) -> list[Edition]:
    return [resolve(content, language) for language in content.languages]


@pytest.fixture(scope="module", params=BOOKS)
def editions(request: pytest.FixtureRequest) -> list[Edition]:
    return editions_of(content_of(BOOKS[request.param]))


@pytest.fixture(scope="module")
def written(editions: list[Edition]) -> dict[str, bytes]:
    return {file.path: file.data for file in flow_data.files(editions)}


def sources(editions: list[Edition]) -> Iterator[FlowSource]:
    for edition in editions:
        yield from flow_sources(edition)


def text_of(written: dict[str, bytes], source: FlowSource, suffix: str) -> str:
    path = f"{source.edition.language}/flow/{source.view.id}/{source.view.id}.{suffix}"
    return written[path].decode("utf-8")


def edges(source: FlowSource) -> list[tuple[str, str]]:
    return [(step.id, target) for step in source.view.steps for target, _ in step.exits]


def test_every_flow_has_its_files_in_every_language(
    editions: list[Edition], written: dict[str, bytes]
) -> None:
    flows = {
        block.flow.id for page in editions[0].pages for s in page.sections for block in s.blocks if block.flow
    }
    suffixes = ("svg", "mmd", "json", "plandefinition.json")
    assert flows
    assert set(written) == {
        f"{language}/flow/{flow}/{flow}.{suffix}"
        for language in LANGUAGES
        for flow in flows
        for suffix in suffixes
    } | {"api/v1/schema/flow.json"}


def test_a_book_without_flows_has_no_files() -> None:
    assert list(flow_data.files([])) == []


# -- JSON ----------------------------------------------------------------------------------------------------


def test_json_follows_its_schema(editions: list[Edition], written: dict[str, bytes]) -> None:
    schema = json.loads(written["api/v1/schema/flow.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for source in sources(editions):
        data = json.loads(text_of(written, source, "json"))
        assert [error.message for error in validator.iter_errors(data)] == []
        assert data["$schema"] == schema["$id"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda flow, steps: steps["bright"].update(exits=steps["bright"]["exits"][:1]),
        lambda flow, steps: steps["bright"]["exits"][0].update(answer=None),
        lambda flow, steps: steps["go-on"].update(exits=[{"answer": None, "to": "rest"}]),
        lambda flow, steps: steps["begin"].update(kind="question"),
        lambda flow, steps: steps["begin"].update(goes_on_in="second-flow"),
        lambda flow, steps: flow.update(extra=1),
        lambda flow, steps: flow.pop("version"),
        lambda flow, steps: flow.update(url="/en/"),
    ],
)
def test_the_schema_refuses(book: Content, spoil: Callable[[Json, Json], object]) -> None:
    source = flow_sources(resolve(book, "en"))[0]
    data = flow_data.as_json(source)
    schema = flow_data.schema(source.edition)
    jsonschema.validate(data, schema)
    spoil(data, {step["id"]: step for phase in data["phases"] for step in phase["steps"]})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema)


def test_json_holds_the_whole_flow(editions: list[Edition], written: dict[str, bytes]) -> None:
    for source in sources(editions):
        language = source.edition.language
        data = json.loads(text_of(written, source, "json"))
        steps = {step["id"]: step for phase in data["phases"] for step in phase["steps"]}
        assert set(steps) == {step.id for step in source.view.steps}
        assert sorted(step["number"] for step in steps.values()) == list(range(1, len(steps) + 1))
        for view in source.view.steps:
            step = steps[view.id]
            assert step["text"] == view.text[language]
            assert [(e["to"], e["answer"]) for e in step["exits"]] == [
                (target, answer and answer[language]) for target, answer in view.exits
            ]
            assert step["url"].endswith(f"/{language}/{source.page.path}/#{view.section}")
            assert (
                set(step["cites"]) == {id_ for _, id_ in view.cites.items}
                if view.cites
                else not step["cites"]
            )
            assert set(step["cites"]) <= set(data["references"])


def test_both_languages_have_one_shape(editions: list[Edition], written: dict[str, bytes]) -> None:
    """Apart from words, addresses and the language itself, nothing differs."""

    def shape(data: Any) -> Any:
        if isinstance(data, dict):
            words = (
                "text",
                "title",
                "answer",
                "url",
                "description",
                "publisher",
                "notice",
                "language",
                "translations",
            )
            return {key: bool(value) if key in words else shape(value) for key, value in data.items()}
        return [shape(value) for value in data] if isinstance(data, list) else data

    for source in flow_sources(editions[0]):
        other = next(s for s in flow_sources(editions[1]) if s.view.id == source.view.id)
        assert shape(json.loads(text_of(written, source, "json"))) == shape(
            json.loads(text_of(written, other, "json"))
        )


# -- Mermaid -------------------------------------------------------------------------------------------------

ID = r"(?:step|phase)-[a-z0-9-]+"
# Between quotation marks: no mark, bracket or backslash that is not an entity code.
QUOTED = r'"((?:[^"#\[\]{}|<>`\\]|#\d+;)+)"'
LINES = {
    "subgraph": re.compile(rf"  subgraph ({ID})\[{QUOTED}\]"),
    "end": re.compile(r"  end"),
    "node": re.compile(
        rf"    ({ID})(?:\(\[{QUOTED}\]\)|\[{QUOTED}\]|\{{\{{{QUOTED}\}}\}}"
        rf"|\[\[{QUOTED}\]\]|\({QUOTED}\)|\[/{QUOTED}\\\])"
    ),
    "edge": re.compile(rf"  ({ID}) -->(?:\|{QUOTED}\|)? ({ID})"),
    "click": re.compile(rf'  click ({ID}) href "(https://[^"\s]+)"'),
    "comment": re.compile(r"  %% [^{].*"),
    "name": re.compile(r"  acc(?:Title|Descr): (?:[^\"#\[\]{}]|#\d+;)+"),
}


def parse_mermaid(text: str) -> dict[str, list[tuple[str, ...]]]:
    """The statements by kind. Raises AssertionError for a line that is none of those we write."""
    _, head, body = text.split("---\n", 2)
    assert re.fullmatch(r'title: ".*"\n', head)
    first, *lines = body.splitlines()
    assert first == "flowchart TB"
    out: dict[str, list[tuple[str, ...]]] = {kind: [] for kind in LINES}
    for line in lines:
        kind, match = next(((k, m) for k, form in LINES.items() if (m := form.fullmatch(line))), ("", None))
        assert match, f"no statement of Mermaid: {line}"
        out[kind].append(match.groups())
    return out


def test_mermaid_declares_every_step_once_and_joins_declared_steps(
    editions: list[Edition], written: dict[str, bytes]
) -> None:
    for source in sources(editions):
        found = parse_mermaid(text_of(written, source, "mmd"))
        nodes = [node[0] for node in found["node"]]
        steps = {f"step-{step.id}": step for step in source.view.steps}
        assert sorted(nodes) == sorted(steps)
        assert [group[0] for group in found["subgraph"]] == [f"phase-{phase}" for phase in source.view.phases]
        assert len(found["end"]) == len(found["subgraph"])
        drawn = [(edge[0], edge[-1]) for edge in found["edge"]]
        assert sorted(drawn) == sorted((f"step-{a}", f"step-{b}") for a, b in edges(source))
        assert sorted(click[0] for click in found["click"]) == sorted(nodes)


def test_mermaid_has_the_same_edges_in_both_languages(
    editions: list[Edition], written: dict[str, bytes]
) -> None:
    def joined(source: FlowSource) -> list[tuple[str, str]]:
        return [(e[0], e[-1]) for e in parse_mermaid(text_of(written, source, "mmd"))["edge"]]

    both = [{s.view.id: joined(s) for s in flow_sources(edition)} for edition in editions]
    assert both[0] == both[1]


@pytest.mark.parametrize(
    "label",
    ['say "now"', "a [b] {c} | d", "1. First", "- a dash", "#35; #quot;", "`code` *b* _c_ <b>", "\\", "end"],
)
def test_no_label_leaves_its_quotation_marks(label: str) -> None:
    written = flow_data._label(label)
    assert re.fullmatch(QUOTED, f'"{written}"')
    assert not re.match(r"\d+[.)]\s|[-+]", written), "Mermaid reads a list"
    assert re.sub(r"#(\d+);", lambda m: chr(int(m[1])), written) == label


@pytest.mark.parametrize(
    "line", ['    step-a["say "now""]', "    step-a[now]", "  end-a --> step-b", "  step-a -> step-b"]
)
def test_the_check_of_mermaid_finds_a_broken_line(line: str) -> None:
    with pytest.raises(AssertionError, match="no statement"):
        parse_mermaid(f'---\ntitle: "x"\n---\nflowchart TB\n{line}\n')


# -- FHIR ----------------------------------------------------------------------------------------------------

# http://hl7.org/fhir/R4/valueset-action-relationship-type.html and its neighbors.
CODES = {
    "relationship": set(
        "before-start before before-end concurrent-with-start concurrent concurrent-with-end "
        "after-start after after-end".split()
    ),
    "selectionBehavior": set("any all all-or-none exactly-one at-most-one one-or-more".split()),
    "groupingBehavior": set("visual-group logical-group sentence-group".split()),
    "priority": set("routine urgent asap stat".split()),
    "status": set("draft active retired unknown".split()),
    "kind": set("applicability start stop".split()),
}
ARTIFACT = set(
    "documentation justification citation predecessor successor derived-from depends-on composed-of".split()
)


def nodes_of(data: Any) -> Iterator[Json]:
    """Every object of a resource, at any depth."""
    if isinstance(data, dict):
        yield data
    for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from nodes_of(value)


def actions_of(data: Json) -> Iterator[Json]:
    for action in data.get("action", []):
        yield action
        yield from actions_of(action)


def plan_faults(plan: Json) -> list[str]:
    """What the model of fhir.resources does not see: dangling targets, unknown words, ids twice."""
    faults = []
    ids = [action["id"] for action in actions_of(plan)]
    faults += [f"id {id_} twice" for id_ in sorted(set(ids)) if ids.count(id_) > 1]
    faults += [
        f"id {id_} has a form that FHIR refuses"
        for id_ in ids
        if not re.fullmatch(r"[A-Za-z0-9.-]{1,64}", id_)
    ]
    for action in actions_of(plan):
        for related in action.get("relatedAction", []):
            if related["actionId"] not in ids:
                faults.append(f"{action['id']} leads to {related['actionId']}, which is no action")
    for node in nodes_of(plan):
        for key, allowed in CODES.items():
            if key in node and node[key] not in allowed:
                faults.append(f"{key} {node[key]}")
        for key in ("documentation", "relatedArtifact"):
            faults += [f"type {item['type']}" for item in node.get(key, []) if item["type"] not in ARTIFACT]
    if not re.fullmatch(r"[A-Z][A-Za-z0-9_]{0,254}", plan["name"]):
        faults.append(f"name {plan['name']}")
    return faults


@pytest.fixture
def plan(book: Content) -> Json:
    files = {f.path: f.data for f in flow_data.files(editions_of(book))}
    loaded: Json = json.loads(files["en/flow/first-flow/first-flow.plandefinition.json"])
    return loaded


def test_plan_definitions_are_valid(editions: list[Edition], written: dict[str, bytes]) -> None:
    for source in sources(editions):
        text = text_of(written, source, "plandefinition.json")
        # Unknown keys, missing keys and wrong types are refused.
        read = PlanDefinition.model_validate_json(text)
        assert json.loads(read.model_dump_json()) == json.loads(text)
        assert plan_faults(json.loads(text)) == []


def test_a_dangling_target_and_a_bogus_relationship_are_found(plan: Json) -> None:
    assert plan_faults(plan) == []
    spoilt = deepcopy(plan)
    begin = next(a for a in actions_of(spoilt) if a["id"] == "begin")
    begin["relatedAction"][0] |= {"actionId": "nowhere", "relationship": "next"}
    PlanDefinition.model_validate(spoilt)  # which is why there are checks of our own
    assert plan_faults(spoilt) == ["begin leads to nowhere, which is no action", "relationship next"]


def test_an_id_twice_and_a_foreign_code_are_found(plan: Json) -> None:
    step = next(a for a in actions_of(plan) if a["id"] == "rest")
    step |= {"id": "begin", "priority": "now"}
    assert plan_faults(plan)[0] == "id begin twice"
    assert "priority now" in plan_faults(plan)


def test_every_step_is_one_action_with_its_exits(editions: list[Edition], written: dict[str, bytes]) -> None:
    for source in sources(editions):
        data = json.loads(text_of(written, source, "plandefinition.json"))
        ids = [action["id"] for action in actions_of(data)]
        actions = {action["id"]: action for action in actions_of(data)}
        for step in source.view.steps:
            assert ids.count(step.id) == 1
            action = actions[step.id]
            targets = [target for target, _ in step.exits]
            assert action.get("priority") == ("stat" if step.kind == "alert" else None)
            cited = [d["label"] for d in action["documentation"] if d["type"] == "citation"]
            assert cited == ([id_ for _, id_ in step.cites.items] if step.cites else [])
            ways = action.get("action", [action])
            assert [r["actionId"] for way in ways for r in way.get("relatedAction", [])] == targets
            if step.kind in ("decision", "parallel"):
                assert (
                    action["selectionBehavior"] == {"decision": "exactly-one", "parallel": "any"}[step.kind]
                )
                assert all(way["condition"][0]["kind"] == "applicability" for way in ways)
                assert len(ways) == len(targets)
            else:
                assert "selectionBehavior" not in action


def test_a_plan_leads_on_to_the_next_plan(plan: Json, book: Content) -> None:
    files = {f.path: f.data for f in flow_data.files(editions_of(book))}
    following = json.loads(files["zh/flow/second-flow/second-flow.plandefinition.json"])
    go_on = next(a for a in actions_of(plan) if a["id"] == "go-on")
    assert go_on["definitionCanonical"] == f"{following['url']}|{following['version']}"


def test_both_files_of_a_plan_are_one_resource(editions: list[Edition], written: dict[str, bytes]) -> None:
    """The languages change places, all else stays: what one file says first, the other has as translation."""

    def turned(data: Any, language: str) -> Any:
        """With the translation into `language` in the place of the text."""
        if isinstance(data, list):
            return [turned(value, language) for value in data]
        if not isinstance(data, dict):
            return data
        out = {key: turned(value, language) for key, value in data.items() if not key.startswith("_")}
        for key, value in data.items():
            if key.startswith("_"):
                (translation,) = value["extension"]
                lang, content = translation["extension"]
                assert lang["valueCode"] == language
                out[key[1:]] = content["valueString"]
        return out

    def plain(data: Any) -> Any:
        """Without translations, and without what exists in one language only: addresses and citations."""
        if isinstance(data, list):
            return [plain(value) for value in data]
        if not isinstance(data, dict):
            return data
        return {key: plain(value) for key, value in data.items() if not key.startswith("_")}

    def core(data: Json) -> Json:
        for node in nodes_of(data):
            for key in ("documentation", "relatedArtifact"):
                node[key] = [item.get("label") for item in node.get(key, [])]
        return {key: value for key, value in data.items() if key != "language"}

    for source in flow_sources(editions[0]):
        other = next(s for s in flow_sources(editions[1]) if s.view.id == source.view.id)
        one, two = (json.loads(text_of(written, s, "plandefinition.json")) for s in (source, other))
        assert (one["language"], two["language"]) == tuple(e.language for e in editions)
        assert core(turned(one, two["language"])) == core(plain(two))


def test_a_plan_says_that_no_program_can_run_it(plan: Json, book: Content) -> None:
    assert str(book.words["en"].ui.labels["not-executable"]) in plan["description"]
    assert plan["status"] == "draft"
    languages = {n["expression"]["language"] for n in nodes_of(plan) if "expression" in n and "kind" in n}
    assert languages == {"text/plain"}


def test_a_long_id_is_cut_to_what_fhir_takes() -> None:
    long = "a-very-long-name-of-a-step-that-goes-on-and-on-and-on-until-nobody-reads-it"
    assert len(fhir_id(long)) == 64
    assert fhir_id(f"{long}.1") != fhir_id(f"{long}.2")
    assert fhir_id("short") == "short"


# -- SVG -----------------------------------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"
PAINT = {
    "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "fill-rule",
    "font-family", "font-size", "font-weight",
}  # fmt: skip


def test_the_drawing_stands_alone(editions: list[Edition], written: dict[str, bytes]) -> None:
    for source in sources(editions):
        text = text_of(written, source, "svg")
        root = etree.fromstring(text.encode())
        language = source.edition.language
        assert "var(" not in text and "url(" not in text
        assert root.xpath("//@class | //@style | //*[local-name()='style' or local-name()='script']") == []
        assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == language
        assert root.findtext(f"{SVG}title") == source.view.title[language]
        credit = f"{source.edition.publisher} · {source.edition.ui.site_name} · "
        assert credit in (root.findtext(f"{SVG}desc") or "")
        assert str(source.edition.site.version) in (root.findtext(f"{SVG}desc") or "")
        reviewed = "reviewed" if source.page.facts["reviewed"] else "not-reviewed"
        assert str(source.edition.ui.labels[reviewed]) in (root.findtext(f"{SVG}desc") or "")
        assert all(href.startswith("https://") for href in root.xpath("//@href"))
        assert set(root.xpath("//@aria-labelledby")[0].split()) <= set(root.xpath("//@id"))


def test_every_text_of_the_drawing_lies_on_its_paper(
    editions: list[Edition], written: dict[str, bytes]
) -> None:
    for source in sources(editions):
        root = etree.fromstring(text_of(written, source, "svg").encode())
        left, top, width, height = map(float, root.get("viewBox").split())
        assert (root.get("width"), root.get("height")) == (f"{width:g}", f"{height:g}")
        for text in root.iter(f"{SVG}text"):
            size = float(text.get("font-size"))
            long = text_width(text.text.strip(), size, text.get("font-weight") == "700")
            x = float(text.get("x")) - (long / 2 if text.get("text-anchor") == "middle" else 0)
            assert left <= x and x + long <= width, text.text
            assert top <= float(text.get("y")) - size and float(text.get("y")) + size * 0.3 <= height, (
                text.text
            )


def style_sheet() -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """(selector, declarations) of each plain rule of flow.css, with the colors that it has in print."""
    css = re.sub(
        r"/\*.*?\*/", "", (ROOT / "site_config/theme/css/flow.css").read_text(encoding="utf-8"), flags=re.S
    )
    head, _, rest = css.partition("@media print {")
    screen = re.sub(r"@container[^{]*\{(?:[^{}]*\{[^}]*\})*\s*\}", "", head)
    palette = dict(re.findall(r"(--flow-[a-z-]+):\s*([^;]+);", screen.split("}", 1)[0]))
    palette |= dict(re.findall(r"(--flow-[a-z-]+):\s*([^;]+);", rest.split("}", 1)[0]))
    rules = []
    for selectors, body in re.findall(r"([^{}]+)\{([^}]*)\}", screen):
        given = dict(re.findall(r"([a-z-]+):\s*([^;]+);", body))
        values = {
            name: re.sub(r"\s+", " ", re.sub(r"var\((.*?)\)", lambda m: palette[m[1]], value)).removesuffix(
                "px"
            )
            for name, value in given.items()
            if name in PAINT
        }
        for selector in selectors.split(","):
            if not re.search(r"[:\[>~]", selector) and values:
                rules.append((tuple(selector.split()), values))
    return rules


def matches(selector: tuple[str, ...], element: etree._Element) -> bool:
    def one(part: str, at: etree._Element) -> bool:
        if part.startswith("."):
            return part[1:] in (at.get("class") or "").split()
        return at.tag == f"{SVG}{part}"

    if not one(selector[-1], element):
        return False
    rest = list(selector[:-1])
    for ancestor in element.iterancestors():
        if rest and one(rest[-1], ancestor):
            rest.pop()
    # The page puts the drawing into these two.
    return not [part for part in rest if part not in (".flow-figure", ".flow-wide")]


def computed(element: etree._Element, rules: list[tuple[tuple[str, ...], dict[str, str]]]) -> dict[str, str]:
    """What the style sheet gives an element: more classes win, then the later rule."""
    found = [
        (sum(part.startswith(".") for part in selector), len(selector), order, values)
        for order, (selector, values) in enumerate(rules)
        if matches(selector, element)
    ]
    out: dict[str, str] = {}
    for *_, values in sorted(found, key=lambda item: item[:3]):
        out |= values
    return out


def place(element: etree._Element) -> tuple[str | None, ...]:
    """What is drawn and where: the same on the page and in the file."""
    sides = ("d", "x", "y", "cx", "cy", "width", "height")
    return (element.tag, element.text, *(element.get(side) for side in sides))


def test_the_drawing_has_the_colors_of_the_style_sheet(
    editions: list[Edition], written: dict[str, bytes]
) -> None:
    """Element by element, the file's attributes are what flow.css gives the drawing of the page in print."""
    rules = style_sheet()
    seen: set[str] = set()
    for source in sources(editions):
        onward = dict.fromkeys(source.goes_on.values(), "https://onward.example")
        page = etree.fromstring(
            flow_svgs(flow_graph(source.view, source.edition, onward), source.edition, "x")[0]
        )
        file = etree.fromstring(text_of(written, source, "svg").encode())
        here = {
            place(e): {key: value for key, value in e.attrib.items() if key in PAINT} for e in file.iter()
        }
        for element in page.iter():
            classes = element.get("class", "").split()
            want = computed(element, rules)
            if not want or element.tag == f"{SVG}svg" or "flow-ring" in classes:
                continue
            if "flow-phase" in classes:
                # On the page a stroke around the letters cuts the lines behind them; here a rectangle does.
                want = {key: value for key, value in want.items() if not key.startswith("stroke")}
            assert here[place(element)] == want, classes
            seen |= set(classes)
    assert {
        "flow-shape",
        "flow-line",
        "flow-head",
        "flow-text",
        "flow-number",
        "flow-bars",
        "flow-icon",
    } <= seen


def test_the_table_has_no_class_that_the_drawing_does_not_know() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "generator/flowchart").glob("*.py"))
    named = {*ATTRIBUTES, *(name for styles in BY_KIND.values() for name in styles)}
    assert sorted(name for name in named if name not in code) == []


# -- the files of the site -----------------------------------------------------------------------------------


def test_the_same_content_gives_the_same_bytes() -> None:
    once = list(flow_data.files(editions_of(content_of(BOOK))))
    again = list(flow_data.files(editions_of(content_of(BOOK))))
    assert once == again


def test_a_flow_that_goes_on_in_a_flow_nobody_shows_ends_there(copy_of_book: Path) -> None:
    edit(copy_of_book / "shared" / "flows" / "first-flow.yml", "    flow: second-flow\n", "")
    content = content_of(copy_of_book)
    source = next(s for s in flow_sources(resolve(content, "en")) if s.view.id == "first-flow")
    steps = [step for phase in flow_data.as_json(source)["phases"] for step in phase["steps"]]
    assert [step["goes_on_in"] for step in steps] == [None] * len(steps)


@pytest.mark.parametrize("pages_first", [True, False])
@pytest.mark.parametrize("path", ["en/index.html", "en/index.html/flow.json", "en", "assets/chooser.css"])
def test_a_file_in_the_place_of_another_stops_the_build(tmp_path: Path, path: str, pages_first: bool) -> None:
    for language in LANGUAGES:
        page = tmp_path / "work" / "site" / language / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("the page", encoding="utf-8")
    site = build.begin(tmp_path / "site", ROOT / "site_config" / "theme")
    # They are made side by side.
    steps = [
        *(partial(build.take, tmp_path / "work", language, 0, site) for language in LANGUAGES),
        partial(build.add, [OutputFile(path, b"another")], site),
    ]
    # The one that comes second is named.
    second = path if pages_first or path.startswith("assets/") else "en/index.html"
    with pytest.raises(build.BuildError, match=f"^{re.escape(second)} "):
        for step in steps if pages_first else reversed(steps):
            step()


def test_a_file_given_twice_stops_the_build(tmp_path: Path) -> None:
    files = [OutputFile("x.json", b"1"), OutputFile("x.json", b"2")]
    with pytest.raises(build.BuildError, match="written twice"):
        build.add(files, tmp_path / "site")
