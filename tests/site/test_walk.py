"""The walk through a flow in a real browser: every way to its end, by hand, by address, without a script."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import LANGUAGES, PROJECT, TOPIC, NewContext, address
from lxml import html
from playwright.sync_api import Page, expect

EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
BOTH_WAYS = pytest.mark.parametrize("base", ["http", "file"], indirect=True)
OTHER = {"zh": "en", "en": "zh"}
FLOWS = sorted(path.stem for path in (PROJECT / "content/shared/flows").glob("*.yml"))
EACH_FLOW = pytest.mark.parametrize("flow", FLOWS)

# A way is a list of (step, answer id or "") from the start to an outcome.
Way = list[tuple[str, str]]
# In the page: goes back to the start, then leaves step after step by the answer given; tells what was shown.
# It presses what a reader would press; a checklist gets the one tick that this way needs.
WALK = """(way) => {
  const panel = document.querySelector("#page-walk"), shown = [];
  const buttons = () => [...panel.querySelectorAll("button")];
  const press = (words) => buttons().find((b) => b.textContent === words).click();
  const restart = buttons().find((b) => b.textContent === panel.dataset.walkRestart);
  if (restart) restart.click();
  for (const [step, answer] of way) {
    shown.push(panel.dataset.step);
    if (panel.dataset.kind === "parallel") {
      panel.querySelector(`input[value="${answer}"]`).click();
      press(panel.dataset.walkContinue);
    } else if (panel.dataset.kind === "decision") {
      const item = document.querySelector(`.flow-steps li[data-step="${step}"] li[data-answer="${answer}"]`);
      press(item.querySelector(".flow-answer-words").textContent);
    } else if (panel.dataset.kind !== "outcome") {
      press(panel.dataset.walkNext);
    }
  }
  return {
    shown, focus: document.activeElement.matches(".walk-step"),
    left: [...panel.querySelectorAll(".walk-answers button")].map((b) => b.textContent),
    onward: [...panel.querySelectorAll("a.walk-answer")].map((a) => a.getAttribute("href")),
    end: [...panel.querySelectorAll(".walk-end")].map((e) => e.textContent),
  };
}"""


def nodes(flow: str) -> dict[str, dict[str, Any]]:
    """The steps of a flow as its author wrote them."""
    path = PROJECT / f"content/shared/flows/{flow}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["nodes"]


def words(flow: str, lang: str) -> dict[str, Any]:
    return yaml.safe_load((PROJECT / f"content/{lang}/flows/{flow}.yml").read_text(encoding="utf-8"))


def start(flow: str) -> str:
    return next(id_ for id_, node in nodes(flow).items() if node["kind"] == "start")


def written_ways(flow: str, step: str = "") -> Iterator[Way]:
    """Every way on which no step stands twice, from the content."""
    step = step or start(flow)
    node = nodes(flow)[step]
    exits = node.get("exits") or ({"": node["next"]} if "next" in node else {})
    if not exits:
        yield [(step, "")]
    for answer, target in exits.items():
        for rest in written_ways(flow, target):
            yield [(step, answer), *rest]


def outline_ways(items: dict[str, Any], step: str) -> Iterator[Way]:
    """The same from the outline, as it was sent to the reader."""
    exits = [(li.get("data-answer", ""), li.get("data-target")) for li in items[step].iter("li")]
    exits = [(answer, target) for answer, target in exits if target]
    if not exits:
        yield [(step, "")]
    for answer, target in exits:
        for rest in outline_ways(items, target):
            yield [(step, answer), *rest]


def fragment(flow: str, way: Way) -> str:
    """The address of the place after these answers."""
    tokens = ".".join(f"{step}-{answer}" if answer else step for step, answer in way)
    return f"#walk={flow}:{tokens}" if tokens else f"#walk={flow}"


def step_shown(page: Page) -> str:
    return str(page.locator("#page-walk").get_attribute("data-step"))


def question(flow: str, kind: str) -> tuple[Way, str]:
    """The shortest way to the first step of a kind, and that step."""
    ways = [way for way in written_ways(flow) if any(nodes(flow)[step]["kind"] == kind for step, _ in way)]
    way = min(ways, key=lambda w: next(i for i, (s, _) in enumerate(w) if nodes(flow)[s]["kind"] == kind))
    at = next(i for i, (step, _) in enumerate(way) if nodes(flow)[step]["kind"] == kind)
    return way[:at], way[at][0]


# -- every way -----------------------------------------------------------------------------------------------


@EACH_FLOW
@EACH_LANGUAGE
def test_every_way_from_start_to_an_outcome_is_walked(
    page: Page, http_site: str, lang: str, flow: str
) -> None:
    page.goto(f"{http_site}{lang}/flow/{flow}/")
    sent = html.fromstring(page.request.get(page.url).text())
    items = {li.get("data-step"): li for li in sent.iter("li") if li.get("data-step")}
    ways = sorted(outline_ways(items, start(flow)))
    assert ways == sorted(written_ways(flow))
    assert len(ways) >= 5
    for way in ways:
        done = page.evaluate(WALK, way)
        assert done["shown"] == [step for step, _ in way]
        assert done["focus"], way
        assert done["left"] == [], f"{way}: an outcome with nothing else to do offers no way on"
        onward = nodes(flow)[way[-1][0]].get("flow")
        assert done["onward"] == ([f"../{onward}/"] if onward else []), way
        assert done["end"], way


@EACH_LANGUAGE
def test_all_that_is_ticked_is_followed_and_nothing_else(page: Page, http_site: str, lang: str) -> None:
    """Every choice of ticks in every checklist: each step that follows comes once, a meeting of ways last."""
    for flow in FLOWS:
        graph = nodes(flow)
        if not any(node["kind"] == "parallel" for node in graph.values()):
            continue
        page.goto(f"{http_site}{lang}/flow/{flow}/")
        way, step = question(flow, "parallel")
        exits = graph[step]["exits"]
        for count in range(1, len(exits) + 1):
            for ticks in combinations(exits, count):
                page.evaluate(WALK, way)
                shown = page.evaluate(
                    """([ticks]) => {
                      const panel = document.querySelector("#page-walk"), shown = [];
                      for (const t of ticks) panel.querySelector(`input[value="${t}"]`).click();
                      for (let more = true; more; ) {
                        // The first answer of every question; where nothing is left to press, the end.
                        const button = panel.querySelector(".walk-answers button");
                        if ((more = Boolean(button))) { button.click(); shown.push(panel.dataset.step); }
                      }
                      return shown;
                    }""",
                    [list(ticks)],
                )
                wanted: list[str] = []
                todo = [exits[t] for t in ticks]
                while todo:
                    at = todo.pop()
                    if at not in wanted:
                        wanted.append(at)
                        node = graph[at]
                        todo += [node["next"]] if "next" in node else [*node.get("exits", {}).values()][:1]
                assert len(shown) == len(set(shown)), (ticks, shown)
                assert set(shown) == set(wanted), ticks
                for at in shown:
                    for target in (graph[at].get("next"), *graph[at].get("exits", {}).values()):
                        assert target not in shown or shown.index(target) > shown.index(at), (ticks, shown)


# -- what the reader sees -----------------------------------------------------------------------------------


@EACH_LANGUAGE
def test_a_step_shows_its_words_answers_sources_and_section(page: Page, http_site: str, lang: str) -> None:
    flow = "work-up"
    page.goto(f"{http_site}{lang}/flow/{flow}/")
    panel = page.locator("#page-walk")
    own = words(flow, lang)
    for way in max(written_ways(flow), key=len), min(written_ways(flow), key=len):
        for count, (step, _) in enumerate(way):
            page.evaluate(WALK, way[:count])
            node = nodes(flow)[step]
            if "[[" not in own["nodes"][step]:
                assert str(own["nodes"][step]) in panel.locator("h3").inner_text()
            if "exits" in node:
                buttons = panel.locator(".walk-answer").all_inner_texts()
                assert buttons == [own["answers"][answer] for answer in node["exits"]]
            section = panel.locator("a.walk-read")
            assert section.get_attribute("href") == f"../../{TOPIC}/#{node['section']}"
            cited = panel.locator("a.cite").evaluate_all("all => all.map(a => a.getAttribute('href'))")
            assert sorted(cited) == sorted(f"#ref-{id_}" for id_ in node.get("cite", []))
            for href in cited:
                assert page.locator(href).count() == 1
            asked = [
                (own["nodes"][s], own["answers"][a])
                for s, a in way[:count]
                if nodes(flow)[s]["kind"] == "decision"
            ]
            trail = panel.locator(".walk-entry").all()
            assert len(trail) == len(asked)
            for entry, (text, answer) in zip(trail, asked, strict=True):
                assert entry.locator(".walk-question").inner_text() == text
                assert entry.locator("strong").inner_text() == answer


@EACH_LANGUAGE
def test_an_emergency_is_told_as_one(page: Page, http_site: str, lang: str) -> None:
    way, step = question("spine-emergency", "alert")
    page.goto(f"{http_site}{lang}/flow/spine-emergency/{fragment('spine-emergency', way)}")
    assert step_shown(page) == step
    panel = page.locator("#page-walk")
    assert panel.get_attribute("data-kind") == "alert"
    kinds = yaml.safe_load((PROJECT / f"content/{lang}/ui.yml").read_text(encoding="utf-8"))["flow_kinds"]
    assert panel.locator("h3").inner_text().startswith(kinds["alert"])


def test_of_the_ways_that_apply_an_emergency_comes_first(page: Page, tmp_path: Path) -> None:
    """The tiny book ticks a way that can wait above one that cannot."""
    options = ["--content", "tests/fixtures/book", "--site", str(tmp_path / "site")]
    command = [sys.executable, "-m", "generator", "build", *options]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    place = "#walk=first-flow:begin.bright-yes.both-warm+urgent"
    page.goto(f"{(tmp_path / 'site').as_uri()}/en/flow/first-flow/index.html{place}")
    shown = []
    for _ in range(3):
        shown.append(step_shown(page))
        page.locator("#page-walk .walk-answer").first.click()
    assert shown == ["call-now", "warm-up", "go-on"]


@EACH_LANGUAGE
def test_a_checklist_wants_a_tick_and_says_what_was_left_out(page: Page, http_site: str, lang: str) -> None:
    flow = "treatment"
    way, step = question(flow, "parallel")
    own, exits = words(flow, lang), nodes(flow)[step]["exits"]
    page.goto(f"{http_site}{lang}/flow/{flow}/{fragment(flow, way)}")
    panel = page.locator("#page-walk")
    boxes = panel.get_by_role("checkbox")
    assert boxes.count() == len(exits)
    assert not any(box.is_checked() for box in boxes.all())
    for answer in exits:
        expect(panel.get_by_label(own["answers"][answer], exact=True)).to_have_count(1)
    onward = panel.locator(".walk-answer")
    onward.click()
    expect(panel.get_by_role("status")).to_have_text(str(panel.get_attribute("data-walk-none")))
    assert step_shown(page) == step
    first, second, *rest = exits
    panel.get_by_label(own["answers"][first], exact=True).check()
    panel.get_by_label(own["answers"][second], exact=True).check()
    onward.click()
    assert step_shown(page) == exits[first]
    expect(panel.locator(".walk-waiting li")).to_have_count(1)
    entry = panel.locator(".walk-entry").last
    for answer in (first, second):
        assert own["answers"][answer] in entry.locator("strong").inner_text()
    for answer in rest:
        assert own["answers"][answer] in entry.locator(".walk-unticked").inner_text()
    # Back: what was ticked is still ticked.
    panel.locator(".walk-controls button").first.click()
    assert [box.is_checked() for box in boxes.all()] == [True, True, *(False for _ in rest)]
    panel.locator(".walk-checklist .walk-quiet").click()
    assert all(box.is_checked() for box in boxes.all())


def test_the_drawings_show_the_way_walked(page: Page, http_site: str) -> None:
    flow = "work-up"
    page.goto(f"{http_site}en/flow/{flow}/")
    way = max(written_ways(flow), key=len)
    page.evaluate(WALK, way)
    steps = [step for step, _ in way]
    for drawing in (".flow-wide", ".flow-narrow"):
        passed = page.locator(f"{drawing} a.walk-passed[data-step]").evaluate_all(
            "all => all.map(a => a.dataset.step)"
        )
        assert sorted(passed) == sorted(steps[:-1])
        here = page.locator(f"{drawing} a.walk-here").evaluate_all("all => all.map(a => a.dataset.step)")
        assert here == steps[-1:]
        lines = page.locator(f"{drawing} .flow-line.walk-passed").evaluate_all(
            "all => all.map(a => a.dataset.edge)"
        )
        assert sorted(lines) == sorted(f"{a}>{b}" for a, b in pairwise(steps))


# -- by hand -------------------------------------------------------------------------------------------------


@BOTH_WAYS
@EACH_LANGUAGE
def test_the_keyboard_alone_walks_to_an_outcome_and_back(page: Page, base: str, lang: str) -> None:
    flow = "treatment"
    page.goto(address(base, f"{lang}/flow/{flow}/"))
    way = min((w for w in written_ways(flow) if len(w) > 6), key=len)
    focus = "document.activeElement.closest('#page-walk') && document.activeElement.outerHTML"

    def press(name: str) -> None:
        """To the control of this name with the tab key, then as its kind wants it."""
        page.evaluate("document.querySelector('.walk-step').focus()")
        for _ in range(25):
            page.keyboard.press("Tab")
            label = "(e => (e.closest('label') || e).textContent)(document.activeElement)"
            if page.evaluate(label) == name:
                break
        else:
            raise AssertionError(f"no tab stop {name}")
        kind = page.evaluate("document.activeElement.type")
        page.keyboard.press("Space" if kind == "checkbox" else "Enter")

    panel = page.locator("#page-walk")
    said = {key: str(panel.get_attribute(f"data-walk-{key}")) for key in ("next", "continue", "back")}
    for step, answer in way[:-1]:
        assert step_shown(page) == step
        kind = nodes(flow)[step]["kind"]
        if answer:
            press(words(flow, lang)["answers"][answer])
        if kind != "decision":
            press(said["continue" if kind == "parallel" else "next"])
        assert "walk-step" in str(page.evaluate(focus)), "the focus is on the new step"
        expect(panel.locator(".walk-step")).to_be_in_viewport()
    assert step_shown(page) == way[-1][0]
    for step, _ in reversed(way[:-1]):
        press(said["back"])
        assert step_shown(page) == step
    assert panel.locator(".walk-controls button").count() == 0


@EACH_LANGUAGE
def test_on_a_phone_every_target_is_large_and_nothing_runs_off(
    new_context: NewContext, http_site: str, lang: str
) -> None:
    context = new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    page = context.new_page()
    for flow in FLOWS:
        page.goto(f"{http_site}{lang}/flow/{flow}/")
        for way in (max(written_ways(flow), key=len), *[question(flow, "decision")[0]]):
            for count in range(len(way) + 1):
                page.evaluate(WALK, way[:count])
                small = page.evaluate(
                    """() => [...document.querySelectorAll("#page-walk :is(a, button, label)")].filter(e => {
                      const box = e.getBoundingClientRect();
                      return box.height < 43.99 || box.width < 43.99 || box.right > innerWidth;
                    }).map(e => e.outerHTML)"""
                )
                assert small == []
                assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
    page.goto(f"{http_site}{lang}/flow/work-up/")
    page.locator("#page-walk .walk-answer").tap()
    assert step_shown(page) == nodes("work-up")[start("work-up")]["next"]


# -- by address ----------------------------------------------------------------------------------------------


@BOTH_WAYS
@EACH_FLOW
@EACH_LANGUAGE
def test_an_address_leads_back_to_its_place(page: Page, base: str, lang: str, flow: str) -> None:
    way = max(written_ways(flow), key=len)[:-1]
    page.goto(address(base, f"{lang}/flow/{flow}/"))
    page.evaluate(WALK, way)
    reached = step_shown(page)
    assert page.url.endswith(fragment(flow, way))
    shared = page.url
    page.goto("about:blank")
    page.goto(shared)
    assert step_shown(page) == reached
    assert page.evaluate("document.activeElement.matches('.walk-step')")
    expect(page.locator("#page-walk .walk-step")).to_be_in_viewport()
    # As some programs pass an address on.
    page.goto("about:blank")
    page.goto(shared.split("#")[0] + shared[shared.index("#") :].replace("+", "%2B").replace(":", "%3A"))
    assert step_shown(page) == reached
    # The other language has the same place.
    page.locator("[data-language-switch]:visible").first.click()
    page.wait_for_url(lambda url: f"/{OTHER[lang]}/" in url)
    assert step_shown(page) == reached


@BOTH_WAYS
def test_back_and_forward_go_along_the_way(page: Page, base: str) -> None:
    flow = "work-up"
    page.goto(address(base, f"en/flow/{flow}/"))
    steps = []
    way = max(written_ways(flow), key=len)[:4]
    for step, answer in way:
        steps.append(step_shown(page))
        assert steps[-1] == step
        text = words(flow, "en")["answers"][answer] if answer else "Next"
        page.locator("#page-walk").get_by_role("button", name=text, exact=True).click()
    steps.append(step_shown(page))
    for step in reversed(steps[:-1]):
        page.go_back()
        expect(page.locator("#page-walk")).to_have_attribute("data-step", step)
    for step in steps[1:]:
        page.go_forward()
        expect(page.locator("#page-walk")).to_have_attribute("data-step", step)
    # An entry of the trail leads to its question, and a source leaves the walk where it is.
    entry = page.locator(".walk-entry").first
    entry.click()
    asked = next(step for step, answer in way if answer)
    expect(page.locator("#page-walk")).to_have_attribute("data-step", asked)
    page.evaluate("location.hash = '#page-references'")
    page.wait_for_timeout(100)
    assert step_shown(page) == asked


@EACH_LANGUAGE
@pytest.mark.parametrize(
    "broken",
    [
        "#walk=work-up:suspicion.neurology-perhaps",
        "#walk=work-up:suspicion.neurology",
        "#walk=work-up:suspicion.neurology-yes+no",
        "#walk=work-up:neurology-no",
        "#walk=work-up:suspicion.neurology-yes.cord-alert.to-spine-emergency",
        "#walk=work-up:suspicion..",
        "#walk=work-up:suspicion:suspicion",
        "#walk=work-up:%E0%A4%A",
        "#walk=work-up:constructor",
        "#walk=no-such-flow:suspicion",
        "#walk=",
        "#walk=<img src=x onerror=alert(1)>",
    ],
)
def test_an_address_that_no_longer_fits_begins_again(
    page: Page, http_site: str, lang: str, broken: str
) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{http_site}{lang}/flow/work-up/{broken}")
    panel = page.locator("#page-walk")
    expect(panel.get_by_role("status")).to_have_text(str(panel.get_attribute("data-walk-lost")))
    assert step_shown(page) == start("work-up")
    page.wait_for_url(lambda url: url.endswith("#walk=work-up"))
    page.locator("#page-walk .walk-answer").click()
    expect(panel.get_by_role("status")).to_have_text("")
    assert step_shown(page) != start("work-up")
    assert faults == []


# -- around the walk -----------------------------------------------------------------------------------------


@BOTH_WAYS
@EACH_LANGUAGE
def test_an_outcome_goes_on_in_the_other_flow(page: Page, base: str, lang: str) -> None:
    way = min(written_ways("work-up"), key=len)
    onward = nodes("work-up")[way[-1][0]]["flow"]
    page.goto(address(base, f"{lang}/flow/work-up/"))
    page.evaluate(WALK, way)
    page.locator("#page-walk a.walk-answer").click()
    page.wait_for_url(lambda url: f"/{lang}/flow/{onward}/" in url)
    assert step_shown(page) == start(onward)


@BOTH_WAYS
@EACH_LANGUAGE
def test_topic_and_full_page_lead_to_each_other(page: Page, base: str, lang: str) -> None:
    page.goto(address(base, f"{lang}/{TOPIC}/"))
    links = page.locator("article .flow-page a")
    assert links.count() == len(FLOWS)
    links.first.click()
    page.wait_for_url(lambda url: f"/{lang}/flow/" in url)
    page.locator("#page-walk a.walk-read").click()
    page.wait_for_url(lambda url: f"/{lang}/{TOPIC}/" in url)
    expect(page.locator(f"[id='{page.url.split('#')[1]}']")).to_be_in_viewport()
    page.go_back()
    page.locator("article .page-tools a:not([href*='embed/'])").click()
    page.wait_for_url(lambda url: f"/{lang}/{TOPIC}/" in url)
    expect(page.locator(f"[id='{page.url.split('#')[1]}']")).to_be_in_viewport()


@EACH_FLOW
@EACH_LANGUAGE
def test_without_a_script_the_outline_stays_and_no_button_is_dead(
    new_context: NewContext, http_site: str, lang: str, flow: str
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{http_site}{lang}/flow/{flow}/{fragment(flow, max(written_ways(flow), key=len))}")
    expect(page.locator("#page-walk")).to_be_hidden()
    assert page.locator("article button").count() == 0
    for step in nodes(flow):
        item = page.locator(f".flow-steps > li[id='flow-{step}']")
        expect(item).to_be_visible()
        assert item.locator("li[data-target]").count() == len(nodes(flow)[step].get("exits", {})) or (
            "next" in nodes(flow)[step]
        )
    expect(page.locator(".flow-wide svg")).to_be_visible()


def test_the_walk_holds_under_a_strict_policy(new_context: NewContext, http_site: str) -> None:
    """No inline script or style, no eval: the walk needs nothing that a host's policy would refuse."""
    page = new_context().new_page()
    page.goto(f"{http_site}en/flow/work-up/")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"
    body = page.request.get(page.url).text()
    # The theme's own inline scripts are not of the walk: only ours is left on the page.
    tree = html.fromstring(body)
    for script in tree.xpath("//script[not(contains(@src, 'assets/flow-walk.js'))]"):
        script.drop_tree()
    page.route(
        "**/flow/work-up/",
        lambda route: route.fulfill(
            body=html.tostring(tree, encoding="unicode"),
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": policy},
        ),
    )
    page.reload()
    way = max(written_ways("work-up"), key=len)
    assert page.evaluate(WALK, way)["shown"] == [step for step, _ in way]
    assert [text for text in refused if "flow-walk" in text] == []
