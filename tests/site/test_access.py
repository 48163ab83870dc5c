"""What WCAG 2.2 AA asks of every template: with axe, the keyboard, and the tree that screen readers read.

One page load serves both color schemes and both widths: neither changes the page's HTML.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import LANGUAGES, PAGES, TOPIC, NewContext
from playwright.sync_api import Page, expect

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RUN = """async (only) => {
  const found = await axe.run(document, {
    runOnly: only, rules: {"target-size": {enabled: true}}, resultTypes: ["violations"], elementRef: false,
  });
  return found.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${node.target.join(" ")} | ${node.html.slice(0, 120)}`));
}"""
TAGS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# What depends on the colors; the other rules read the page's HTML, which no scheme changes.
COLORS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
SIZES = {360: 740, 1280: 900}
QUESTION = {"zh": "脊髓压迫", "en": "cord compression"}
OTHER = {"zh": "en", "en": "zh"}

Make = Callable[[Page], None]


def open_search(page: Page) -> None:
    page.locator("[data-search-open]").first.click()
    page.locator("#clinref-search input").fill(
        QUESTION[page.evaluate("document.documentElement.lang.slice(0, 2)")]
    )
    expect(page.locator(".clinref-search-link").first).to_be_visible()


def start_walk(page: Page) -> None:
    page.locator(".walk button:visible, [data-walk-start]:visible").first.click()


def open_drawer(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("[data-drawer]").click()
    expect(page.locator(".clinref-nav [aria-current]")).to_be_in_viewport()


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")


def first_entries(page: Page) -> None:
    """A long list of one kind of entry: its first show the template, laid out though out of sight."""
    page.add_style_tag(content="li.reference, .term { content-visibility: visible !important }")
    page.evaluate(
        "document.querySelectorAll('article :is(ul, ol, dl, tbody)').forEach("
        "list => [...list.children].slice(20).forEach(one => one.remove()))"
    )


LISTS = ("glossary", "references")
# Template: its address, and what is done before it is looked at.
STATES: dict[str, tuple[str, Make | None]] = {
    **{name: ("{lang}/" + path, None) for name, path in PAGES.items() if name not in ("topic", *LISTS)},
    **{name: ("{lang}/" + PAGES[name], first_entries) for name in LISTS},
    "topic, all of it unfolded": ("{lang}/" + f"{TOPIC}/", unfold),
    "for patients": ("{lang}/" + f"{TOPIC}-patients/", None),
    "what changed": ("{lang}/changes/", None),
    "versions": ("{lang}/versions/", None),
    "offline and print": ("{lang}/offline/", None),
    "data": ("{lang}/data/", None),
    "embed": ("embed/{lang}/malignant-spinal-cord-compression/", None),
    "embed this": ("embed/{lang}/", None),
    "search with results": ("{lang}/about/", open_search),
    "walk": ("{lang}/flow/spine-emergency/", start_walk),
    "drawer": ("{lang}/about/", open_drawer),
}
# Those of both languages at once.
SHARED: dict[str, tuple[str, Make | None]] = {
    "chooser": ("index.html?choose", None),
    "both languages side by side": (f"parallel/{TOPIC}/", None),
    "list of pages side by side": ("parallel/", None),
    "infobutton": ("infobutton/?mainSearchCriteria.v.dn=nothing", None),
}


def findings(page: Page) -> Iterator[str]:
    """What axe finds in both schemes and at both widths."""
    page.evaluate(AXE)
    first = page.viewport_size
    assert first is not None
    widths = [first["width"], *(width for width in SIZES if width != first["width"])]
    for width in widths if not page.locator(".clinref-drawer-open").count() else widths[:1]:
        page.set_viewport_size({"width": width, "height": SIZES[width]})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            rules = COLORS if scheme == "dark" else TAGS
            for finding in page.evaluate(RUN, rules):
                yield f"{scheme}, {width} px: {finding}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(new_context: NewContext, http_site: str, language: str) -> None:
    found: list[str] = []
    states = {**STATES, **(SHARED if language == LANGUAGES[0] else {})}
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    for name, (path, make) in states.items():
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(http_site + path.format(lang=language))
        if make:
            make(page)
        found += [f"{name}, {finding}" for finding in findings(page)]
    assert found == []


def test_axe_finds_nothing_on_the_start_page_of_the_offline_copy(
    new_context: NewContext, site: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(site / "offline" / "clinref-offline.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(("start.html", "/offline.css"))]
        archive.extractall(tmp_path, names)
    (start,) = tmp_path.rglob("start.html")
    page = new_context().new_page()
    page.goto(start.as_uri())
    assert page.evaluate("getComputedStyle(document.querySelector('main')).display") == "grid"
    assert list(findings(page)) == []


# -- the keyboard ------------------------------------------------------------------------------

# What has the focus: its name, whether any of it can be seen (not covered, not off the page), and its mark.
FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e);
  const boxes = [...e.getClientRects()].filter(b => b.width && b.height);
  const free = boxes.some(b => [0.1, 0.5, 0.9].some(x => [0.1, 0.5, 0.9].some(y => {
    const hit = document.elementFromPoint(b.left + b.width * x, b.top + b.height * y);
    return hit && (e === hit || e.contains(hit) || hit.contains(e));
  })));
  const mark = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1
    || !!e.querySelector(".flow-ring, .flow-row-area");
  const name = (e.getAttribute("aria-label") || e.textContent || e.title || "").trim().slice(0, 40);
  const text = `${e.tagName} ${name} ${(e.getAttribute("href") || "").slice(0, 40)}`;
  return {body: e === document.body, free, mark, text};
}"""


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keyboard_sees_where_it_is(
    new_context: NewContext, http_site: str, language: str, width: int
) -> None:
    """Forth and back: the start and the end of the topic page, all of a shorter one."""
    page = new_context(viewport={"width": width, "height": SIZES[width]}, reduced_motion="reduce").new_page()
    faults = []
    for path, most in ((f"{TOPIC}/", 40), ("malignant-spinal-cord-compression/", 80)):
        page.goto(f"{http_site}{language}/{path}")
        stops = 0
        for key in ("Tab", "Shift+Tab"):
            for _ in range(most):
                page.keyboard.press(key)
                at = page.evaluate(FOCUSED)
                if at["body"]:
                    break
                stops += 1
                if not (at["free"] and at["mark"]):
                    faults.append(f"{path} {key} {at}")
            if most == 40:
                # Back from the end of the long page: what comes from below is what the header could cover.
                page.evaluate("document.querySelector('footer').scrollIntoView()")
                page.evaluate("[...document.querySelectorAll('article a')].pop().focus()")
        assert stops > 40, path
    assert faults == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_skip_link_and_the_drawer(new_context: NewContext, http_site: str, language: str) -> None:
    page = new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce").new_page()
    page.goto(f"{http_site}{language}/{TOPIC}/")
    page.keyboard.press("Tab")
    skip = page.locator(".md-skip")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('article') !== null")
    menu = page.locator("[data-drawer]")
    menu.focus()
    expect(menu).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".clinref-nav [aria-current=page]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(menu).to_have_attribute("aria-expanded", "false")
    # What is closed cannot be reached.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.md-sidebar--primary')") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_contents_says_where_the_reader_is(
    new_context: NewContext, http_site: str, language: str
) -> None:
    page = new_context().new_page()
    page.goto(f"{http_site}{language}/{TOPIC}/#biopsy")
    here = page.locator(".md-sidebar--secondary a[aria-current]")
    expect(here).to_have_attribute("href", "#biopsy")
    expect(here).to_be_in_viewport()
    expect(page.locator("[data-header-title]")).to_have_class("md-header__title md-header__title--active")
    page.locator("#prognosis").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('prognosis').scrollIntoView()")
    expect(here).to_have_attribute("href", "#prognosis")
    page.mouse.wheel(0, -300)
    page.locator("[data-top]").click()
    page.wait_for_function("window.scrollY === 0")
    expect(here).to_have_count(0)


# -- the reader's own settings -----------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_moves_for_who_wants_no_motion(
    new_context: NewContext, http_site: str, language: str
) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    page.goto(f"{http_site}{language}/{TOPIC}/")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter(e => ["", "::before", "::after"].some(part => {
          const s = getComputedStyle(e, part || null);
          const times = s.transitionDuration.split(", ");
          return times.some(d => parseFloat(d) > 0) && s.transitionProperty !== "none"
            || s.animationName !== "none" || s.scrollBehavior === "smooth";
        })).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert moving == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_colors_of_the_readers_own_keep_controls_and_focus(
    new_context: NewContext, http_site: str, language: str
) -> None:
    page = new_context(forced_colors="active").new_page()
    page.goto(f"{http_site}{language}/{TOPIC}/")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    lost = page.evaluate(
        """() => [...document.querySelectorAll(".md-header :is(a, button, label)")]
          .filter(e => e.getClientRects().length).filter(e => {
            const icon = e.querySelector("svg path");
            const ink = getComputedStyle(icon && icon.getClientRects().length ? icon : e);
            const ground = getComputedStyle(document.querySelector(".md-header")).backgroundColor;
            return (icon ? ink.fill : ink.color) === ground;
          }).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert lost == []
    # Emergencies keep an edge where their ground is gone.
    assert page.evaluate(
        "[...document.querySelectorAll('.admonition.danger')]"
        ".every(e => parseFloat(getComputedStyle(e).borderTopWidth) >= 1)"
    )
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["mark"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_400_percent_nothing_scrolls_sideways(
    new_context: NewContext, http_site: str, language: str
) -> None:
    """320 px are 1,280 at 400 %. What is two-dimensional (a table, a drawing) may scroll in its own box."""
    page = new_context(viewport={"width": 320, "height": 256}).new_page()
    for name, (path, make) in {**STATES, **SHARED}.items():
        if make is open_drawer:
            continue
        page.goto(http_site + path.format(lang=language))
        if make is unfold:
            unfold(page)
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        assert wide <= 320, f"{name}: {wide} px"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_heading_of_any_length_leaves_room_for_its_mark(
    new_context: NewContext, http_site: str, language: str
) -> None:
    """The mark has no width, and stands beside a heading that fills its line: there it widens no page."""
    page = new_context(viewport={"width": 320, "height": 740}).new_page()
    found = []
    for path in PAGES.values():
        page.goto(f"{http_site}{language}/{path}")
        found += page.locator(".headerlink:not(.statement-link)").evaluate_all(
            """(marks, path) => marks.filter(mark => mark.checkVisibility()).map(mark => {
              const margin = parseFloat(getComputedStyle(mark).marginInlineStart);
              const end = mark.parentElement.getBoundingClientRect().right + margin + mark.scrollWidth;
              return [path, mark.getAttribute("href"), end];
            })""",
            path,
        )
    assert len(found) > 100
    assert [one for one in found if one[2] > 320] == []


# -- what is heard -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_topic_is_read_in_order(new_context: NewContext, http_site: str, language: str) -> None:
    """The accessibility tree, line by line: landmarks, headings, names."""
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(f"{http_site}{language}/{TOPIC}/")
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    heard: list[dict[str, Any]] = [
        {
            "role": node.get("role", {}).get("value"),
            "name": node.get("name", {}).get("value", "").strip(),
            "level": next(
                (p["value"]["value"] for p in node.get("properties", []) if p["name"] == "level"), 0
            ),
        }
        for node in tree
        if not node.get("ignored")
    ]

    def names(role: str) -> list[str]:
        return [node["name"] for node in heard if node["role"] == role]

    levels = [node["level"] for node in heard if node["role"] == "heading"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(names("main")) == len(names("banner")) == len(names("contentinfo")) == 1
    for role in ("navigation", "region", "complementary"):
        assert len(set(names(role))) == len(names(role)), f"{role}: {names(role)}"
    for role in ("link", "button", "img", "dialog", "heading", "navigation"):
        assert "" not in names(role), role
    # A mark alone says nothing.
    assert [name for name in names("link") if not re.search(r"\w", name)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_the_other_language_say_so(new_context: NewContext, http_site: str, language: str) -> None:
    """Ideographs on an English page, and English sentences on a Chinese one, are read by the right voice."""
    page = new_context().new_page()
    pattern = r"[\u4e00-\u9fff]" if language == "en" else r"(?:\b[a-z]{2,}\b[ ,]+){6,}"
    for path in (*PAGES.values(), "changes/", "versions/", "offline/"):
        page.goto(f"{http_site}{language}/{path}")
        unsaid = page.evaluate(
            """([pattern, lang]) => {
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
              while (walker.nextNode()) {
                const node = walker.currentNode, e = node.parentElement;
                if (e.closest("script, style")) continue;
                const said = e.closest("[lang]").getAttribute("lang").slice(0, 2);
                if (said !== lang || !new RegExp(pattern).test(node.data)) continue;
                found.push(node.data.trim().slice(0, 80));
              }
              return found;
            }""",
            [pattern, language],
        )
        assert unsaid == [], path
