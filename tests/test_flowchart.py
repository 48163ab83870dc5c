"""The drawings of a decision flow: everything is there, nothing overlaps, and the bytes never change."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from random_flows import random_flow

from generator.flowchart import (
    FlowExit,
    FlowGraph,
    FlowStep,
    known,
    layout,
    learn,
    narrow_svg,
    outline,
    reading_order,
    textfit,
    wide_svg,
)
from generator.flowchart.layout import (
    ANSWER_SIZE,
    TEXT_SIZE,
    Box,
    answer_lines,
    is_bold,
    lay_out,
    step_lines,
)
from generator.flowchart.svg import CARD_TEXT, NARROW_WIDTH, ROW_TEXT, lay_out_narrow
from generator.flowchart.textfit import text_width, wrap

ROOT = Path(__file__).parents[1]
FLOWS = sorted(path.stem for path in (ROOT / "content/shared/flows").glob("*.yml"))
LANGUAGES = ("en", "zh")
KEEP_WHOLE = ("骨显像", "椎体后凸成形术", "椎体成形术", "放射治疗", "双膦酸盐", "地舒单抗", "病理性骨折")
KINDS = {"start": "Start", "decision": "Question"}
# How the longest kind of fact reads, in place of the book's own numbers.
FACT = {"en": "30 Gy in 10 fractions", "zh": "30 Gy/10次"}


def read(path: str) -> dict[str, object]:
    return yaml.load((ROOT / path).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def plain(label: str, language: str) -> str:
    label = re.sub(r"\[\[fact:[^]]+\]\]", FACT[language], label)
    return re.sub(r"\[\[\w+:[^]|]+\|([^]]+)\]\]", r"\1", label)


def flow(flow_id: str) -> FlowGraph:
    shared = read(f"content/shared/flows/{flow_id}.yml")
    words = {language: read(f"content/{language}/flows/{flow_id}.yml") for language in LANGUAGES}
    steps = []
    for key, node in shared["nodes"].items():
        exits = [
            FlowExit(target, {language: words[language]["answers"][answer] for language in LANGUAGES})
            for answer, target in node.get("exits", {}).items()
        ]
        if "next" in node:
            exits.append(FlowExit(node["next"]))
        steps.append(
            FlowStep(
                id=key,
                kind=node["kind"],
                phase=node["phase"],
                text={language: plain(words[language]["nodes"][key], language) for language in LANGUAGES},
                href=dict.fromkeys(LANGUAGES, f"#{node['section']}"),
                exits=tuple(exits),
                leads_to=dict.fromkeys(LANGUAGES, f"#{node['flow']}") if "flow" in node else None,
            )
        )
    return FlowGraph(
        id=flow_id,
        title={language: words[language]["title"] for language in LANGUAGES},
        description={language: words[language]["description"] for language in LANGUAGES},
        phases={
            phase: {language: words[language]["phases"][phase] for language in LANGUAGES}
            for phase in shared["phases"]
        },
        start=shared["start"],
        steps=tuple(steps),
    )


@pytest.fixture(params=FLOWS)
def graph(request: pytest.FixtureRequest) -> FlowGraph:
    return flow(request.param)


def drawn_words(svg: str) -> str:
    root = etree.fromstring(svg.encode())
    return "".join(re.sub(r"\s", "", "".join(text.itertext())) for text in root.iter("{*}text"))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def segments(points: tuple[tuple[float, float], ...]) -> Iterator[Box]:
    for (ax, ay), (bx, by) in pairwise(points):
        yield Box(min(ax, bx), min(ay, by), abs(ax - bx), abs(ay - by))


def test_there_are_flows() -> None:
    assert {"work-up", "spine-emergency", "treatment"} <= set(FLOWS)


@pytest.mark.parametrize("draw", [wide_svg, narrow_svg])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_and_answer_is_drawn(graph: FlowGraph, language: str, draw: type[wide_svg]) -> None:
    words = drawn_words(draw(graph, language, KEEP_WHOLE))
    for step in graph.steps:
        assert squeezed(step.text[language]) in words
        for way in step.exits:
            if way.answer:
                assert squeezed(way.answer[language]) in words


@pytest.mark.parametrize("draw", [wide_svg, narrow_svg])
def test_markup_is_plain_and_linked(graph: FlowGraph, draw: type[wide_svg]) -> None:
    svg = draw(graph, "en", KEEP_WHOLE, kind_names=KINDS, prefix="p")
    root = etree.fromstring(svg.encode())
    assert root.get("role") == "group"
    assert root.get("aria-labelledby") == f"p-{graph.id}-title p-{graph.id}-desc"
    assert not root.xpath("//@style | //*[local-name()='style' or local-name()='script']")
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert all(value.startswith(f"p-{graph.id}-") for value in ids)
    order = reading_order(graph)
    assert root.xpath("//@data-step") == sorted(order, key=order.__getitem__)
    for link in root.iter("{*}a"):
        href = link.get("href")
        assert href and link.get("aria-label")
        if "flow-row" in link.get("class"):
            assert href.removeprefix("#") in ids
    edges = {f"{step.id}>{way.target}" for step in graph.steps for way in step.exits}
    assert set(root.xpath("//*[@class='flow-line']/@data-edge")) == edges
    assert set(root.xpath("//*[@class='flow-head']/@data-edge")) == edges


def test_nothing_overlaps(graph: FlowGraph) -> None:
    layout = lay_out(graph, KEEP_WHOLE)
    named = [*layout.steps.items()]
    named += [(f"{route.source}>{route.target}", route.answer) for route in layout.routes if route.answer]
    for (one, box), (other, second) in combinations(named, 2):
        assert not box.overlaps(second), f"{one} and {other}"
    frame = Box(0, 0, layout.width, layout.height)
    for name, box in named:
        inside = box.left >= 0 and box.top >= 0 and box.right <= frame.right and box.bottom <= frame.bottom
        assert inside, name


def test_no_line_runs_through_a_step_or_a_foreign_answer(graph: FlowGraph) -> None:
    layout = lay_out(graph, KEEP_WHOLE)
    for route in layout.routes:
        for run in segments(route.points):
            for step_id, box in layout.steps.items():
                if step_id not in (route.source, route.target):
                    assert not run.overlaps(box), f"{route.source}>{route.target} through {step_id}"
            for other in layout.routes:
                # Columns share their bus with the answers of their neighbors only above these.
                if other.answer and other is not route:
                    assert not run.overlaps(other.answer), f"{route.source}>{route.target} through an answer"


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_fits_its_box(graph: FlowGraph, language: str) -> None:
    layout = lay_out(graph, KEEP_WHOLE)
    for step in graph.steps:
        box = layout.steps[step.id]
        lines = step_lines(step, language, KEEP_WHOLE)
        assert max(text_width(line, TEXT_SIZE, is_bold(step)) for line in lines) <= box.width - 32
        assert len(lines) * TEXT_SIZE * 1.3 <= box.height - 10
    ways = [way for step in graph.steps for way in step.exits]
    for route, way in zip(layout.routes, ways, strict=True):
        if route.answer:
            for line in answer_lines(way, language, KEEP_WHOLE):
                assert text_width(line, ANSWER_SIZE, True) <= route.answer.width - 12
    for card in lay_out_narrow(graph, language, KEEP_WHOLE).cards:
        assert card.box.right <= NARROW_WIDTH
        for line in card.lines:
            assert text_width(line, CARD_TEXT, is_bold(card.step)) <= card.box.width - 40
        for row in card.rows:
            assert row.box.bottom <= card.box.bottom + 0.1
            assert all(text_width(line, ROW_TEXT, True) <= row.box.width - 70 for line in row.lines)


def test_one_geometry_for_all_languages(graph: FlowGraph) -> None:
    def shapes(language: str) -> list[str]:
        root = etree.fromstring(wide_svg(graph, language, KEEP_WHOLE).encode())
        return [root.get("viewBox"), *root.xpath("//*[local-name()='path']/@d")]

    assert shapes("en") == shapes("zh")


def test_a_kept_layout_is_that_of_the_words_not_of_the_addresses(graph: FlowGraph) -> None:
    first = lay_out(graph)
    elsewhere = [replace(step, href={"en": "../elsewhere/", "zh": "../elsewhere/"}) for step in graph.steps]
    assert lay_out(replace(graph, steps=tuple(elsewhere))) is first
    text = dict.fromkeys(graph.languages, "A much longer text than any step of this flow has. " * 4)
    longer = [replace(graph.steps[0], text=text), *graph.steps[1:]]
    assert lay_out(replace(graph, steps=tuple(longer))).height > first.height


def test_what_another_process_worked_out_is_not_done_again(
    graph: FlowGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = wide_svg(graph, "zh", KEEP_WHOLE), narrow_svg(graph, "zh", KEEP_WHOLE)
    theirs = pickle.loads(pickle.dumps(known()))
    monkeypatch.setattr(layout, "_LAID_OUT", {})
    monkeypatch.setattr(textfit, "LINES", {})
    monkeypatch.setattr(layout, "LINES", textfit.LINES)
    learn(theirs)
    monkeypatch.setattr(layout, "_Planner", None)
    monkeypatch.setattr(textfit, "_wrapped", None)
    assert (wide_svg(graph, "zh", KEEP_WHOLE), narrow_svg(graph, "zh", KEEP_WHOLE)) == drawn


@pytest.mark.parametrize("language", LANGUAGES)
def test_outline_names_every_step_and_answer(graph: FlowGraph, language: str) -> None:
    result = outline(graph, language)
    order = reading_order(graph)
    assert {step.id: step.number for step in result.steps} == order
    assert [step.number for step in result.steps] == sorted(order.values())
    for step in result.steps:
        source = graph.step(step.id)
        assert step.text == source.text[language]
        assert [(way.target, way.number) for way in step.exits] == [
            (way.target, order[way.target]) for way in source.exits
        ]
        assert [way.answer for way in step.exits] == [
            way.answer[language] if way.answer else None for way in source.exits
        ]


def test_reading_order_never_goes_back(graph: FlowGraph) -> None:
    order = reading_order(graph)
    assert sorted(order.values()) == list(range(1, len(graph.steps) + 1))
    assert order[graph.start] == 1
    assert all(order[step.id] < order[way.target] for step in graph.steps for way in step.exits)


def apart(named: list[tuple[str, Box]]) -> None:
    for (one, box), (other, second) in combinations(named, 2):
        assert not box.overlaps(second), f"{one} and {other}"


@settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.integers(5, 25), st.randoms(use_true_random=False))
def test_any_flow_is_drawn_whole(size: int, random: Random) -> None:
    graph = random_flow(size, random.randint)
    numbers = reading_order(graph)
    assert sorted(numbers.values()) == list(range(1, size + 1))
    edges = sorted(f"{step.id}>{way.target}" for step in graph.steps for way in step.exits)
    layout = lay_out(graph)
    answers = [route.answer for route in layout.routes if route.answer]
    assert len(answers) == sum(way.answer is not None for step in graph.steps for way in step.exits)
    named = [*layout.steps.items()]
    named += [(f"answer {at}", box) for at, box in enumerate(answers)]
    named += [(f"note {note.number}", note.box) for note in layout.notes]
    apart(named)
    assert all(
        box.left >= 0 and box.top >= 0 and box.right <= layout.width and box.bottom <= layout.height
        for _, box in named
    )
    # In reading order, each mark told once.
    marks = [route.mark for route in layout.routes if route.mark]
    assert sorted(marks) == [note.number for note in layout.notes]
    assert [numbers[note.edge[0]] for note in layout.notes] == sorted(
        numbers[note.edge[0]] for note in layout.notes
    )
    apart([(card.step.id, card.box) for card in lay_out_narrow(graph, "en").cards])
    for draw in (wide_svg, narrow_svg):
        root = etree.fromstring(draw(graph, "zh").encode())
        assert sorted(root.xpath("//@data-step")) == sorted(numbers)
        assert sorted(root.xpath("//*[@class='flow-line']/@data-edge")) == edges
        words = drawn_words(etree.tostring(root, encoding="unicode"))
        for step in graph.steps:
            assert squeezed(step.text["zh"]) in words
            assert all(squeezed(way.answer["zh"]) in words for way in step.exits if way.answer)


def test_same_bytes_under_any_hash_seed() -> None:
    program = (
        "import hashlib; from tests.test_flowchart import *; "
        "from random import Random; "
        "flows = [*map(flow, FLOWS), random_flow(20, Random(2).randint)]; "
        "assert lay_out(flows[-1]).notes; "
        "print(hashlib.sha256(''.join(draw(one, language, KEEP_WHOLE) for one in flows "
        "for language in LANGUAGES for draw in (wide_svg, narrow_svg)).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "4242")
        for _ in range(2)
    }
    assert len(digests) == 1


def test_wrap_keeps_terms_units_and_punctuation() -> None:
    text = "尽早给予双膦酸盐或地舒单抗（二者不同用），并予8 Gy放射治疗"
    for room in range(80, 300, 10):
        lines = wrap(text, room, 14, keep_whole=KEEP_WHOLE)
        assert squeezed("".join(lines)) == squeezed(text)
        for term in ("双膦酸盐", "地舒单抗", "放射治疗"):
            assert any(term in line for line in lines)
        assert any("8\u00a0Gy" in line for line in lines)
        assert not any(line[0] in "，）。" or line[-1] in "（" for line in lines)


def test_wrap_prefers_fewest_lines() -> None:
    assert wrap("short", 200, 14) == ("short",)
    assert len(wrap("Plain radiographs of the whole affected bone", 180, 14)) == 2


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", range(3), ids=["light", "dark", "print"])
def test_colors_can_be_told_apart(scheme: int) -> None:
    css = (ROOT / "site_config/theme/css/flow.css").read_text(encoding="utf-8")
    block = [part for part in css.split("}") if "--flow-ink: #" in part][scheme]
    color = dict(re.findall(r"--flow-([a-z-]+): (#[0-9a-f]{6});", block))
    for kind in ("action", "decision", "parallel", "outcome", "alert"):
        assert contrast(color["ink"], color[kind]) >= 4.5
        assert contrast(color["muted"], color[kind]) >= 4.5
        for ground in (kind, "band", "chip"):
            assert contrast(color[f"{kind}-edge"], color[ground]) >= 3, kind
    assert contrast(color["start-ink"], color["start"]) >= 4.5
    assert contrast(color["muted"], color["band"]) >= 4.5
    assert contrast(color["ink"], color["chip"]) >= 4.5
    assert contrast(color["line"], color["band"]) >= 3
