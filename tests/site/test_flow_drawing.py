"""The drawings of the real book's flows in a real browser: nothing overlaps, and all can be read."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from conftest import LANGUAGES, PROJECT, TOPIC, NewContext
from playwright.sync_api import Page

WIDTHS, SCHEMES = (1280, 360), ("light", "dark")
FLOWS = sorted(path.stem for path in (PROJECT / "content/shared/flows").glob("*.yml"))
EVERY_VIEW = pytest.mark.parametrize(
    ("lang", "width", "scheme"), list(product(LANGUAGES, WIDTHS, SCHEMES)), ids=lambda value: str(value)
)
EVERY_LOOK = pytest.mark.parametrize(
    "look",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"media": "print"}],
    ids=["light", "dark", "print"],
)

# What is seen of every drawing on the page: the boxes on the screen, and the colors that were computed.
MEASURE = """() => {
  const box = element => {
    const b = element.getBoundingClientRect();
    return {left: b.left, top: b.top, right: b.right, bottom: b.bottom};
  };
  const seen = element => element.getBoundingClientRect().width > 0;
  const paint = element => {
    const style = getComputedStyle(element);
    return {fill: style.fill, stroke: style.stroke, width: style.strokeWidth};
  };
  const texts = element => [...element.querySelectorAll("text")].map(text => ({
    words: text.textContent.trim(), box: box(text), color: getComputedStyle(text).fill,
    visible: getComputedStyle(text).visibility, name: text.getAttribute("class"),
  }));
  const page = getComputedStyle(document.body).backgroundColor;
  return [...document.querySelectorAll(".flow-figure svg.flow-drawing")].filter(seen).map(svg => ({
    id: svg.querySelector("title").id,
    frame: box(svg),
    page: page,
    steps: [...svg.querySelectorAll(".flow-step")].map(step => ({
      id: step.dataset.step, kind: step.getAttribute("class"), box: box(step.querySelector(".flow-shape")),
      paint: paint(step.querySelector(".flow-shape")), texts: texts(step),
      number: step.querySelector(".flow-badge") && paint(step.querySelector(".flow-badge")),
    })),
    answers: [...svg.querySelectorAll(".flow-answer")].map(answer => ({
      edge: answer.dataset.edge, box: box(answer.querySelector(".flow-chip")),
      paint: paint(answer.querySelector(".flow-chip")), texts: texts(answer),
    })),
    rows: [...svg.querySelectorAll(".flow-row")].map(row => ({
      edge: row.dataset.edge, box: box(row.querySelector(".flow-row-area")), texts: texts(row),
      kind: row.parentNode.getAttribute("class"),
      step: row.parentNode.querySelector(".flow-step").dataset.step,
    })),
    legend: [...svg.querySelectorAll(".flow-legend")].flatMap(texts),
    phases: [...svg.querySelectorAll(".flow-phase")].map(phase => ({
      words: phase.textContent, box: box(phase), color: getComputedStyle(phase).fill,
    })),
    bands: [...svg.querySelectorAll(".flow-band")].map(paint),
    lines: [...svg.querySelectorAll(".flow-line")].map(paint),
    heads: [...svg.querySelectorAll(".flow-head")].map(paint),
    order: [...svg.querySelectorAll("a")].map(link =>
      link.dataset.step || link.dataset.edge.split(">")[0] + " " + link.dataset.edge),
  }));
}"""

Drawing = dict[str, Any]
Frame = dict[str, float]


def drawings(page: Page, http_site: str, lang: str) -> list[Drawing]:
    """The drawing of every flow, the one of the two that is shown in this window."""
    page.goto(f"{http_site}{lang}/{TOPIC}/")
    found: list[Drawing] = page.evaluate(MEASURE)
    assert len(found) == len(FLOWS) > 0
    return found


def overlap(one: Frame, other: Frame) -> bool:
    """Whether two boxes share more than the half pixel that rounding makes."""
    return (
        min(one["right"], other["right"]) - max(one["left"], other["left"]) > 0.5
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 0.5
    )


def within(inner: Frame, outer: Frame, slack: float = 0.5) -> bool:
    return (
        inner["left"] >= outer["left"] - slack
        and inner["right"] <= outer["right"] + slack
        and inner["top"] >= outer["top"] - slack
        and inner["bottom"] <= outer["bottom"] + slack
    )


def rgb(color: str) -> tuple[float, float, float]:
    """The channels of a computed color; it must be opaque, or its contrast is not known."""
    assert color.startswith("rgb("), color
    red, green, blue = (float(part) for part in color[4:-1].split(","))
    return red, green, blue


def luminance(color: str) -> float:
    linear = []
    for part in rgb(color):
        part /= 255
        linear.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@EVERY_VIEW
def test_no_text_leaves_its_box_and_nothing_overlaps(
    new_context: NewContext, http_site: str, lang: str, width: int, scheme: str
) -> None:
    page = new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    for drawing in drawings(page, http_site, lang):
        rows: dict[str, float] = {}
        for row in drawing["rows"]:
            top = row["box"]["top"]
            rows[row["step"]] = min(top, rows.get(row["step"], top))
        for step in drawing["steps"]:
            inner = [text for text in step["texts"] if text["name"] == "flow-text"]
            assert inner, step["id"]
            for text in inner:
                assert within(text["box"], step["box"], 0), (step["id"], text["words"])
                # The words of a card end above its answers.
                assert text["box"]["bottom"] <= rows.get(step["id"], 1e9) + 4, (step["id"], text["words"])
        for place in (*drawing["answers"], *drawing["rows"]):
            for text in place["texts"]:
                assert within(text["box"], place["box"], 0.5), (place["edge"], text["words"])
        for row in drawing["rows"]:
            answers = [text for text in row["texts"] if text["name"] == "flow-answer-text"]
            (goal,) = (text for text in row["texts"] if text["name"] == "flow-goal")
            assert not any(overlap(text["box"], goal["box"]) for text in answers), row["edge"]
        apart = [(step["id"], step["box"]) for step in drawing["steps"]]
        apart += [(answer["edge"], answer["box"]) for answer in drawing["answers"]]
        apart += [(phase["words"], phase["box"]) for phase in drawing["phases"]]
        apart += [(text["words"], text["box"]) for text in drawing["legend"]]
        for at, (name, box) in enumerate(apart):
            assert within(box, drawing["frame"], 1), name
            for other, second in apart[at + 1 :]:
                assert not overlap(box, second), f"{drawing['id']}: {name} and {other}"
        assert within(drawing["frame"], {"left": 0, "top": -1e9, "right": width, "bottom": 1e9})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("lang", "width"), list(product(LANGUAGES, WIDTHS)))
def test_the_tab_key_goes_in_reading_order(
    new_context: NewContext, http_site: str, lang: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 900}).new_page()
    now = (
        "() => { const link = document.activeElement; const svg = link.closest('svg');"
        "return [svg && svg.querySelector('title').id,"
        "link.dataset.step || `${(link.dataset.edge || '').split('>')[0]} ${link.dataset.edge}`]; }"
    )
    for drawing in drawings(page, http_site, lang):
        page.evaluate(
            "id => document.getElementById(id).parentNode.querySelector('a').focus()", drawing["id"]
        )
        met = []
        for _ in drawing["order"]:
            svg, name = page.evaluate(now)
            assert svg == drawing["id"], name
            met.append(name)
            page.keyboard.press("Tab")
        assert page.evaluate(now)[0] != drawing["id"]
        # Each step once, by its number, and the answers of a card after it.
        numbers = {
            step["id"]: int(text["words"])
            for step in drawing["steps"]
            for text in step["texts"]
            if text["name"] == "flow-number"
        }
        owner = ""
        order = []
        for name in met:
            step, _, answer = name.partition(" ")
            if answer:
                assert step == owner
            else:
                owner = step
                order.append(numbers[step])
        assert order == list(range(1, len(drawing["steps"]) + 1))
        assert len(met) == len(order) + len(drawing["rows"])


@EVERY_LOOK
@pytest.mark.parametrize("width", WIDTHS)
def test_text_and_borders_stand_out(
    new_context: NewContext, http_site: str, width: int, look: dict[str, str]
) -> None:
    page = new_context(viewport={"width": width, "height": 900}).new_page()
    page.emulate_media(**look)  # type: ignore[arg-type]
    for drawing in drawings(page, http_site, "zh"):
        grounds = {band["fill"] for band in drawing["bands"]} or {drawing["page"]}
        if drawing["rows"]:
            grounds = {drawing["page"]}
        for step in drawing["steps"]:
            paint = step["paint"]
            for ground in grounds:
                assert contrast(paint["stroke"], ground) >= 3, (drawing["id"], step["id"])
            if paint["stroke"] != paint["fill"]:
                assert contrast(paint["stroke"], paint["fill"]) >= 3, step["id"]
            for text in step["texts"]:
                badge = step["number"] if text["name"] == "flow-number" else None
                ground = badge["fill"] if badge else paint["fill"]
                assert contrast(text["color"], ground) >= 4.5, (step["id"], text["words"])
        fills = {step["id"]: step["paint"]["fill"] for step in drawing["steps"]}
        for row in drawing["rows"]:
            for text in row["texts"]:
                assert contrast(text["color"], fills[row["step"]]) >= 4.5, text["words"]
        for answer in drawing["answers"]:
            for ground in grounds:
                assert contrast(answer["paint"]["stroke"], ground) >= 3
            for text in answer["texts"]:
                assert contrast(text["color"], answer["paint"]["fill"]) >= 4.5
        for ground in grounds:
            for text in (*drawing["phases"], *drawing["legend"]):
                assert contrast(text["color"], ground) >= 4.5, text["words"]
            assert all(contrast(line["stroke"], ground) >= 3 for line in drawing["lines"])
            assert all(contrast(head["fill"], ground) >= 3 for head in drawing["heads"])


@pytest.mark.parametrize(("width", "scheme"), list(product(WIDTHS, SCHEMES)))
def test_forced_colors_leave_boxes_and_text_visible(
    new_context: NewContext, http_site: str, width: int, scheme: str
) -> None:
    context = new_context(
        viewport={"width": width, "height": 900}, forced_colors="active", color_scheme=scheme
    )
    page = context.new_page()
    for drawing in drawings(page, http_site, "en"):
        for step in drawing["steps"]:
            paint = step["paint"]
            assert float(paint["width"].removesuffix("px")) > 0
            assert contrast(paint["stroke"], paint["fill"]) >= 3, step["id"]
            assert contrast(paint["stroke"], drawing["page"]) >= 3, step["id"]
            for text in step["texts"]:
                assert text["visible"] == "visible"
                assert contrast(text["color"], paint["fill"]) >= 4.5, (step["id"], text["words"])
        for answer in drawing["answers"]:
            assert contrast(answer["paint"]["stroke"], answer["paint"]["fill"]) >= 3
            for text in answer["texts"]:
                assert contrast(text["color"], answer["paint"]["fill"]) >= 4.5
        assert all(contrast(line["stroke"], drawing["page"]) >= 3 for line in drawing["lines"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_on_a_phone_leads_to_its_card(new_context: NewContext, http_site: str, lang: str) -> None:
    page = new_context(viewport={"width": 360, "height": 700}).new_page()
    page.goto(f"{http_site}{lang}/{TOPIC}/")
    rows = page.locator(".flow-cards .flow-row").all()
    assert rows
    for row in rows:
        goal = (row.get_attribute("data-edge") or "").partition(">")[2]
        row.click()
        # The browser follows a link to the same page a moment after the click.
        page.wait_for_function(
            """goal => { const card = document.querySelector(".flow-card:target");
              if (!card || card.querySelector(".flow-step").dataset.step !== goal) return false;
              const top = card.getBoundingClientRect().top;
              return top >= 0 && top < 700; }""",
            arg=goal,
        )
