"""The topic page in a browser: what opens in place, by pointer, keyboard, finger, and without a script."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import brotli
import pytest
import yaml
from conftest import LANGUAGES, PROJECT, TOPIC, NewContext, address
from playwright.sync_api import Locator, Page, Request, expect

EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
BOTH_WAYS = pytest.mark.parametrize("base", ["http", "file"], indirect=True)
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
# A first visit, packed as a server sends it.
WEIGHT = 150_000
PANEL = ".clinref-panel"


def words(lang: str, name: str) -> dict:
    return yaml.safe_load((PROJECT / f"content/{lang}/{name}.yml").read_text(encoding="utf-8"))


def target(link: Locator) -> str:
    return unquote(urlsplit(str(link.get_attribute("href"))).fragment)


def opened(page: Page, base: str, lang: str, anchor: str = "") -> Page:
    page.goto(address(base, f"{lang}/{TOPIC}/") + anchor)
    return page


# -- the row under the title ---------------------------------------------------------------------------------


@EACH_LANGUAGE
def test_row_says_what_the_page_is_and_cites_it(new_context: NewContext, http_site: str, lang: str) -> None:
    context = new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = opened(context.new_page(), http_site, lang)
    site = yaml.safe_load((PROJECT / "content/shared/site.yml").read_text(encoding="utf-8"))
    row = page.locator(".page-row")
    assert site["version"] in row.inner_text()
    other = next(code for code in LANGUAGES if code != lang)
    expect(row.locator(f"a[hreflang={other}]")).to_have_attribute("lang", other)
    expect(page.locator("#page-citation")).to_be_hidden()
    row.locator("summary").click()
    cited = page.locator("#page-citation").inner_text()
    title = words(lang, f"topics/{TOPIC}")["title"]
    for part in (title, str(site["version"]), f"{site['url']}{lang}/{TOPIC}/"):
        assert part in cited
    assert ("[EB/OL]" if lang == "zh" else "[Internet]") in cited
    today = page.evaluate("new Date().toLocaleDateString('sv')")
    assert today in cited and "0000" not in cited
    row.locator("[data-copy]").click()
    expect(row.locator("[data-copy] + [role=status]")).not_to_be_empty()
    assert page.evaluate("navigator.clipboard.readText()") == cited


def test_share_copies_the_address_or_hands_it_to_the_device(new_context: NewContext, http_site: str) -> None:
    context = new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.add_init_script("delete Navigator.prototype.share")
    opened(page, http_site, "en", "?h=bone#treatment")
    page.locator("[data-share]").click()
    expect(page.locator("[data-share] + [role=status]")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{http_site}en/{TOPIC}/#treatment"
    page = context.new_page()
    page.add_init_script(
        "Navigator.prototype.share = function (what) { window.given = what; return Promise.resolve(); }"
    )
    opened(page, http_site, "en").locator("[data-share]").click()
    assert page.evaluate("window.given.url") == f"{http_site}en/{TOPIC}/"


def test_from_the_disk_a_link_is_the_published_one(new_context: NewContext, site: Path) -> None:
    page = new_context().new_page()
    page.add_init_script("delete Navigator.prototype.share; delete Navigator.prototype.clipboard")
    opened(page, f"{site.as_uri()}/", "en")
    page.locator("[data-share]").click()
    # No clipboard: the text stands there, selected.
    book = yaml.safe_load((PROJECT / "content/shared/site.yml").read_text(encoding="utf-8"))
    assert page.locator(".clinref-panel-text").input_value() == f"{book['url']}en/{TOPIC}/"
    assert page.evaluate("document.activeElement.selectionEnd") > 10


# -- terms ---------------------------------------------------------------------------------------------------


@BOTH_WAYS
@EACH_LANGUAGE
def test_a_term_says_what_it_means_to_a_pointer(page: Page, base: str, lang: str) -> None:
    term = opened(page, base, lang).locator("#key-cord a.ref-term").first
    said = words(lang, "terms")[target(term)]
    term.hover()
    panel = page.locator(PANEL)
    expect(panel).to_be_visible()
    assert said["name"] in panel.inner_text()
    other = next(code for code in LANGUAGES if code != lang)
    assert panel.locator(f"[lang={other}]").inner_text() == words(other, "terms")[target(term)]["name"]
    # It stays while the pointer is on it, and goes with Escape without the pointer being moved.
    box = panel.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
    page.wait_for_timeout(600)
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    term.hover()
    expect(panel).to_be_visible()
    page.mouse.move(5, 5)
    expect(panel).to_be_hidden()


@EACH_LANGUAGE
def test_a_term_says_what_it_means_to_the_keyboard(page: Page, http_site: str, lang: str) -> None:
    term = opened(page, http_site, lang).locator("#key-cord a.ref-term").first
    page.locator("#lead-scope a.statement-link").focus()
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.matches('a.ref-term')"):
        page.keyboard.press("Tab")
    expect(term).to_be_focused()
    expect(page.locator(PANEL)).to_be_visible()
    described = page.locator(f"#{term.get_attribute('aria-describedby')}")
    assert words(lang, "terms")[target(term)]["name"] in described.inner_text()
    page.keyboard.press("Escape")
    expect(page.locator(PANEL)).to_be_hidden()
    expect(term).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary/#*")


@EACH_LANGUAGE
def test_a_finger_opens_and_closes_a_term(new_context: NewContext, http_site: str, lang: str) -> None:
    page = opened(new_context(**PHONE).new_page(), http_site, lang)
    term = page.locator("#key-cord a.ref-term").first
    term.tap()
    panel = page.locator(PANEL)
    expect(panel).to_be_visible()
    assert TOPIC in page.url
    box = panel.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 360
    page.locator("h1").tap(force=True)
    expect(panel).to_be_hidden()
    term.tap()
    panel.locator("a").tap()
    page.wait_for_url("**/glossary/#*")


def test_a_definition_that_cannot_be_fetched_leaves_the_link(new_context: NewContext, http_site: str) -> None:
    context = new_context(**PHONE)
    context.route("**/assets/terms/*", lambda route: route.abort())
    page = opened(context.new_page(), http_site, "en")
    page.locator("#key-cord a.ref-term").first.tap()
    page.wait_for_url("**/glossary/#*")


# -- citations -----------------------------------------------------------------------------------------------


@EACH_LANGUAGE
@pytest.mark.parametrize("by", ["mouse", "keyboard", "finger"])
def test_a_citation_opens_in_place_and_gives_the_focus_back(
    new_context: NewContext, http_site: str, lang: str, by: str
) -> None:
    page = opened(new_context(**(PHONE if by == "finger" else {})).new_page(), http_site, lang)
    cite = page.locator("#key-cord a.cite").first
    cite.scroll_into_view_if_needed()
    if by == "keyboard":
        cite.focus()
        page.keyboard.press("Enter")
    else:
        cite.tap() if by == "finger" else cite.click()
    panel = page.get_by_role("dialog", name=str(cite.get_attribute("aria-label")))
    expect(panel).to_be_visible()
    entry = page.locator(f"[id='{target(cite)}']").inner_text()
    assert entry[:60] in panel.inner_text()
    expect(panel).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.activeElement.id") == "clinref-panel"
    page.keyboard.press("Escape")
    expect(page.locator(PANEL)).to_be_hidden()
    expect(cite).to_be_focused()
    # Past its last control one is back in the text.
    page.keyboard.press("Enter")
    for _ in range(panel.locator("a[href], button").count() + 1):
        page.keyboard.press("Tab")
    expect(page.locator(PANEL)).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('#key-cord') !== null")
    cite.focus()
    page.keyboard.press("Enter")
    panel.locator(f"a[href$='#{target(cite)}']").click()
    expect(page.locator(f"[id='{target(cite)}']")).to_be_in_viewport()
    expect(page.locator(PANEL)).to_be_hidden()


@EACH_LANGUAGE
def test_without_a_script_everything_is_a_link_that_leads_there_and_back(
    new_context: NewContext, http_site: str, lang: str
) -> None:
    page = opened(new_context(java_script_enabled=False).new_page(), http_site, lang)
    cite = page.locator("#key-cord a.cite").first
    cite.click()
    entry = page.locator(f"li:has([id='{target(cite)}'])").last
    expect(entry).to_be_in_viewport()
    back = entry.locator(".term-line a").first
    place = target(back)
    back.click()
    expect(page.locator(f"[id='{place}']").first).to_be_in_viewport()
    page.locator("#key-cord a.statement-link").click()
    assert page.url.endswith("#key-cord")
    assert page.locator("[data-share]:visible, [data-copy]:visible").count() == 0
    page.locator(".page-cite summary").click()
    expect(page.locator("#page-citation")).to_be_visible()
    assert "0000" not in page.locator("#page-citation").inner_text()
    page.locator("#key-cord a.ref-term").first.click()
    assert "/glossary/#" in page.url
    page.go_back()
    labels = set(page.locator("article figure.drawing").first.locator("svg text").all_text_contents())
    page.locator("figure.drawing .enlarge").first.click()
    page.wait_for_url("**/assets/drawings/*.svg")
    assert page.evaluate("document.documentElement.tagName") == "svg"
    assert labels == set(page.locator("text").all_text_contents()) and labels


# -- statements ----------------------------------------------------------------------------------------------


@EACH_LANGUAGE
def test_every_statement_has_a_link_to_itself(page: Page, http_site: str, lang: str) -> None:
    opened(page, http_site, lang)
    wrong = page.evaluate(
        """() => [...document.querySelectorAll("article .statement")]
          .filter(s => s.querySelectorAll(".statement-link").length !== 1
            || s.querySelector(".statement-link").getAttribute("href") !== "#" + s.id)
          .map(s => s.id)"""
    )
    assert wrong == []
    assert page.locator("article .statement").count() > 100


@EACH_LANGUAGE
@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "finger"])
def test_link_to_a_statement_is_quiet_and_copied(
    new_context: NewContext, http_site: str, lang: str, touch: bool
) -> None:
    context = new_context(**(PHONE if touch else {}))
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = opened(context.new_page(), http_site, lang)
    link = page.locator("#key-suspect a.statement-link")
    link.scroll_into_view_if_needed()
    if not touch:
        page.mouse.move(2, 300)
        expect(link).to_have_css("opacity", "0")
        page.locator("#key-suspect").hover()
    # A finger sees it without hovering.
    expect(link).to_have_css("opacity", "1")
    box = link.bounding_box()
    assert box is not None and box["width"] >= 24 and box["height"] >= 24
    link.tap() if touch else link.click()
    assert page.url.endswith("#key-suspect")
    page.locator(f"{PANEL} button").first.click()
    expect(page.locator(f"{PANEL} [role=status]")).not_to_be_empty()
    assert page.evaluate("navigator.clipboard.readText()") == f"{http_site}{lang}/{TOPIC}/#key-suspect"
    # This book names no place for reports, so it offers none.
    assert page.locator(f"{PANEL} a, .page-report").count() == 0


@pytest.mark.parametrize(
    ("pattern", "subject", "body"),
    [
        ("mailto:editors@books.example?subject={subject}&body={report}", "subject", "body"),
        ("https://tracker.example/new?title={subject}&text={report}", "title", "text"),
    ],
)
@EACH_LANGUAGE
def test_report_of_a_problem_carries_the_place_the_version_and_the_words(
    page: Page, http_site: str, lang: str, pattern: str, subject: str, body: str
) -> None:
    page.add_init_script(
        "document.addEventListener('readystatechange', () => {"
        "  const words = document.getElementById('clinref-words');"
        f"  if (words) words.dataset.report = {pattern!r};"
        "});"
        "new MutationObserver(() => {"
        "  const words = document.getElementById('clinref-words');"
        f"  if (words) words.dataset.report = {pattern!r};"
        "}).observe(document, {childList: true, subtree: true});"
    )
    opened(page, http_site, lang)
    page.locator("#key-cord").hover()
    page.locator("#key-cord a.statement-link").click()
    href = str(page.locator(f"{PANEL} a").get_attribute("href"))
    assert href.startswith(pattern.partition("?")[0])
    asked = parse_qs(urlsplit(href).query, strict_parsing=True)
    version = yaml.safe_load((PROJECT / "content/shared/site.yml").read_text(encoding="utf-8"))["version"]
    title = words(lang, f"topics/{TOPIC}")["title"]
    assert title in asked[subject][0] and str(version) in asked[subject][0]
    (text,) = asked[body]
    assert f"{http_site}{lang}/{TOPIC}/#key-cord" in text
    assert str(version) in text
    said = page.locator("#key-cord").evaluate(
        "e => { e = e.cloneNode(true);"
        " e.querySelectorAll('.cites, .headerlink').forEach(n => n.remove());"
        " return e.textContent.replace(/\\s+/g, ' ').trim(); }"
    )
    assert said[:120] in text and len(said) > 40


# -- figures -------------------------------------------------------------------------------------------------


@EACH_LANGUAGE
@pytest.mark.parametrize("width", [360, 1280])
def test_figures_in_large_by_keyboard(new_context: NewContext, http_site: str, lang: str, width: int) -> None:
    page = opened(new_context(viewport={"width": width, "height": 740}).new_page(), http_site, lang)
    figures = page.locator("article figure.drawing")
    button = figures.nth(1).locator(".enlarge")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog.clinref-lightbox[open]")
    expect(dialog).to_be_visible()
    title = figures.nth(1).locator(".exhibit-title").inner_text()
    expect(dialog.locator(".clinref-lightbox-title")).to_have_text(title)
    picture = dialog.locator(".clinref-lightbox-stage > *")
    small = picture.bounding_box()
    stage = dialog.locator(".clinref-lightbox-stage").bounding_box()
    assert small and stage and small["width"] <= stage["width"] + 1 and small["height"] <= stage["height"] + 1
    page.keyboard.press("ArrowRight")
    expect(dialog.locator(".clinref-lightbox-title")).to_have_text(
        figures.nth(2).locator(".exhibit-title").inner_text()
    )
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("+")
    page.keyboard.press("+")
    large = picture.bounding_box()
    assert large is not None and large["width"] > small["width"] * 1.9
    # Enlarged, the arrows move it, and it is still the same figure.
    before = dialog.locator(".clinref-lightbox-stage").evaluate("e => [e.scrollLeft, e.scrollTop]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    stage_now = dialog.locator(".clinref-lightbox-stage")
    page.wait_for_function(
        "([e, was]) => e.scrollLeft !== was[0] || e.scrollTop !== was[1]",
        arg=[stage_now.element_handle(), before],
    )
    expect(dialog.locator(".clinref-lightbox-title")).to_have_text(title)
    page.keyboard.press("-")
    page.keyboard.press("-")
    again = picture.bounding_box()
    assert again is not None and abs(again["width"] - small["width"]) < 2
    # The ends are ends, and the keyboard is not lost at them.
    for _ in range(figures.count() + 1):
        page.keyboard.press("ArrowRight")
    expect(dialog.locator("button").nth(1)).to_be_disabled()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


# -- where one is --------------------------------------------------------------------------------------------


@EACH_LANGUAGE
def test_list_of_sections_stays_in_reach_on_a_phone(
    new_context: NewContext, http_site: str, lang: str
) -> None:
    page = opened(new_context(**PHONE).new_page(), http_site, lang)
    sections = words(lang, f"topics/{TOPIC}")["sections"]
    bar, header = page.locator(".page-contents"), page.locator(".md-header")
    page.evaluate("document.getElementById('diagnosis').scrollIntoView()")
    expect(bar.locator("summary")).to_contain_text(sections["diagnosis"]["title"])
    box, top = bar.bounding_box(), header.bounding_box()
    heading = page.locator("#diagnosis").bounding_box()
    assert box and top and heading
    assert abs(box["y"] - (top["y"] + top["height"])) <= 1, "the bar lies under the header"
    assert heading["y"] >= box["y"] + box["height"] - 1, "and over no heading that was jumped to"
    assert box["height"] <= 48
    # Where a finger would: Playwright's own tap scrolls what lies within the scroll padding first.
    page.touchscreen.tap(box["x"] + 60, box["y"] + box["height"] / 2)
    expect(bar).to_have_attribute("open", "")
    assert page.locator("#diagnosis").bounding_box() == heading, "the text stays where it was"
    expect(bar.locator("a[aria-current]")).to_have_attribute("href", "#diagnosis")
    link = bar.locator("a[href='#treatment']")
    link.tap()
    expect(bar).not_to_have_attribute("open", "")
    page.wait_for_function(
        "() => { const y = document.getElementById('treatment').getBoundingClientRect().top;"
        " return y > 60 && y < 200; }"
    )
    expect(bar.locator("summary")).to_contain_text(sections["treatment"]["title"])
    bar.locator("summary").tap()
    page.keyboard.press("Escape")
    expect(bar).not_to_have_attribute("open", "")


@EACH_LANGUAGE
def test_a_desk_sees_where_it_is_beside_the_text(page: Page, http_site: str, lang: str) -> None:
    opened(page, http_site, lang)
    page.evaluate("document.getElementById('radiotherapy').scrollIntoView()")
    page.mouse.wheel(0, 40)
    active = page.locator(".md-sidebar--secondary .md-nav__link--active[href$='#radiotherapy']")
    expect(active).to_be_in_viewport()


@EACH_LANGUAGE
@pytest.mark.parametrize("width", [360, 1280])
def test_no_focus_is_hidden_under_what_stays(
    new_context: NewContext, http_site: str, lang: str, width: int
) -> None:
    page = opened(new_context(viewport={"width": width, "height": 740}).new_page(), http_site, lang)
    page.locator("#rt-schedules").scroll_into_view_if_needed()
    page.locator("#surgery a").last.focus()
    hidden = []
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        hidden += page.evaluate(
            """() => {
              const e = document.activeElement, box = e.getClientRects()[0];
              const x = box.left + box.width / 2, y = box.top + box.height / 2;
              const over = document.elementFromPoint(x, y);
              const covered = over && over.closest(".md-header, .page-contents");
              return e.closest("article") && covered && !covered.contains(e) ? [e.outerHTML] : [];
            }"""
        )
    assert hidden == []


def test_no_single_letter_does_anything(page: Page, http_site: str) -> None:
    opened(page, http_site, "en")
    for key in ("/", "f", "s", "p", "n", ",", "."):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert f"/en/{TOPIC}/" in page.url
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("Control+k")
    expect(page.locator("#clinref-search")).to_be_visible()


# -- weight, paper, forced colors ----------------------------------------------------------------------------


@EACH_LANGUAGE
@pytest.mark.parametrize("width", [360, 1280])
def test_first_visit_is_light(
    new_context: NewContext, site: Path, http_site: str, sub_path: str, lang: str, width: int
) -> None:
    """Every file that a first visit asks for, packed as the server would send it."""
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    asked: list[Request] = []
    page.on("requestfinished", lambda request: asked.append(request))
    page.goto(f"{http_site}{lang}/{TOPIC}/", wait_until="networkidle")
    sizes = {}
    for request in asked:
        path = unquote(urlsplit(request.url).path).removeprefix(f"/{sub_path}/")
        file = site / path / "index.html" if path.endswith("/") else site / path
        data = file.read_bytes()
        sizes[path] = min(len(data), len(brotli.compress(data)))
    for path, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{size:8} {path}")
    print(f"{sum(sizes.values()):8} {lang}, {width} px")
    assert not [path for path in sizes if path.endswith((".woff", ".woff2", ".ttf"))]
    assert sum(sizes.values()) <= WEIGHT


@EACH_LANGUAGE
def test_paper_has_no_tools_and_the_page_still_says_its_version(
    page: Page, http_site: str, lang: str
) -> None:
    opened(page, http_site, lang)
    page.emulate_media(media="print")
    for part in (".page-tools", ".page-contents", ".enlarge", ".statement-link", ".md-header"):
        assert page.locator(part).first.is_hidden(), part
    expect(page.locator(".page-status")).to_be_visible()


@EACH_LANGUAGE
def test_lines_are_as_long_as_an_eye_follows(page: Page, http_site: str, lang: str) -> None:
    """34 ideographs or 66 letters, measured on the text itself."""
    opened(page, http_site, lang)
    longest = page.locator("#lead-definition").evaluate(
        """e => {
          const range = document.createRange(), lines = new Map();
          const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const node = walker.currentNode;
            if (node.parentElement.closest("sup, .headerlink")) continue;
            for (let i = 0; i < node.length; i++) {
              range.setStart(node, i); range.setEnd(node, i + 1);
              const y = Math.round(range.getBoundingClientRect().bottom / 8);
              lines.set(y, (lines.get(y) || 0) + 1);
            }
          }
          return Math.max(...lines.values());
        }"""
    )
    assert (30 <= longest <= 38) if lang == "zh" else (55 <= longest <= 75), longest
