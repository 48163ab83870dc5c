"""What a reader meets at the dialog of search in the real site: keyboard, phone, disk, policy, marks."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from conftest import LANGUAGES, PROJECT, TOPIC, NewContext, address, ask
from playwright.sync_api import Page, Request, expect
from servers import served, strict

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'"
)
EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
EACH_WAY = pytest.mark.parametrize("base", ["http", "file"], indirect=True)
OPEN = "#clinref-search[open]"
BEFORE_SEARCH, A_QUERY = 8_000, 40_000  # bytes, compressed


def search(page: Page, query: str) -> list[str]:
    """Types a question; the places that the answer leads to, from the top: page#anchor below the language."""
    if not page.locator(OPEN).count():
        page.keyboard.press("Control+k")
    page.locator(OPEN).wait_for()
    ask(page, query)
    links = page.locator(f"{OPEN} a").evaluate_all("all => all.map(a => a.href)")
    return [place(link) for link in links]


def place(link: str) -> str:
    url = urlsplit(link)
    path = re.split(r"/(?:zh|en)/", url.path, maxsplit=1)[1].removesuffix("index.html").rstrip("/")
    return f"{path}#{unquote(url.fragment)}".removesuffix("#")


def visit(page: Page, base: str, lang: str, path: str = f"{TOPIC}/") -> None:
    page.goto(address(base, f"{lang}/{path}"))


@EACH_WAY
@EACH_LANGUAGE
def test_a_question_is_answered_marked_and_opened_at_its_section(page: Page, base: str, lang: str) -> None:
    strangers: list[str] = []
    faults: list[str] = []
    own = urlsplit(base)[:2]

    def asked(request: Request) -> None:
        if urlsplit(request.url)[:2] != own:
            strangers.append(request.url)

    page.on("request", asked)
    page.on("pageerror", lambda error: faults.append(str(error)))
    visit(page, base, lang, "about/")
    found = search(page, {"zh": "后凸成形术", "en": "kyphoplasty"}[lang])
    assert found[0] == "glossary#kyphoplasty"
    target = f"{TOPIC}#vertebral-augmentation"
    assert target in found
    page.locator(f"{OPEN} a").nth(found.index(target)).click()
    page.wait_for_url("**#vertebral-augmentation")
    page.locator("mark.clinref-mark").first.wait_for()
    assert 0 <= page.locator("#vertebral-augmentation").bounding_box()["y"] < 200  # type: ignore[index]
    assert strangers == []
    assert faults == []


@EACH_LANGUAGE
def test_marks_can_be_taken_away(page: Page, http_site: str, lang: str) -> None:
    visit(page, http_site, lang)
    before = page.locator("article").inner_text()
    page.goto(f"{http_site}{lang}/{TOPIC}/?h=Mirels&h=MRI#fracture-risk")
    page.locator("mark.clinref-mark").first.wait_for()
    words = {text.lower() for text in page.locator("mark.clinref-mark").all_text_contents()}
    assert words == {"mirels", "mri"}
    assert page.locator("article").inner_text() == before
    bar = page.locator(".clinref-marked")
    assert bar.get_attribute("role") == "status"
    bar.get_by_role("button").click()
    assert page.locator("mark.clinref-mark").count() == 0
    assert bar.count() == 0
    assert page.url == f"{http_site}{lang}/{TOPIC}/#fracture-risk"
    assert page.locator("article").inner_text() == before


@pytest.mark.parametrize(
    ("lang", "query", "wanted"),
    [
        ("zh", "denosumab", "glossary#denosumab"),
        ("zh", "安加维", "glossary#denosumab"),
        ("zh", "地诺单抗", f"{TOPIC}#bone-modifying-agents"),
        ("en", "地舒单抗", f"{TOPIC}#bone-modifying-agents"),
        ("en", "Xgeva", "glossary#denosumab"),
    ],
)
def test_every_name_of_a_term_finds_it_and_says_what_else_was_searched(
    page: Page, http_site: str, lang: str, query: str, wanted: str
) -> None:
    visit(page, http_site, lang)
    assert wanted in search(page, query)
    also = page.locator(f"{OPEN} [data-search-also]").inner_text()
    assert {"zh": "地舒单抗", "en": "denosumab"}[lang] in also
    assert query not in also


def title(lang: str, *path: str) -> str:
    """The title of a section of the topic."""
    node = yaml.safe_load((PROJECT / f"content/{lang}/topics/{TOPIC}.yml").read_text(encoding="utf-8"))
    for id_ in path:
        node = node["sections"][id_]
    return str(node["title"])


@pytest.mark.parametrize(
    ("lang", "path", "part"),
    [
        # Cut out of the middle, with no space or punctuation to tell where the word begins.
        ("zh", ("diagnosis", "when-to-suspect"), "怀疑"),
        ("zh", ("overview", "who-gets-it"), "容易转移"),
        ("zh", ("fracture-workup",), "评估"),
        ("en", ("diagnosis", "when-to-suspect"), "suspect"),
        ("en", ("fracture-workup",), "work-up"),
    ],
)
def test_a_word_from_the_middle_of_a_title_finds_it(
    page: Page, http_site: str, lang: str, path: tuple[str, ...], part: str
) -> None:
    whole = title(lang, *path)
    assert part in whole
    assert not whole.startswith(part), "the word must not begin the title"
    visit(page, http_site, lang)
    assert f"{TOPIC}#{path[-1]}" in search(page, part)


@EACH_LANGUAGE
def test_a_number_is_printed_as_the_page_prints_it(page: Page, http_site: str, lang: str) -> None:
    visit(page, http_site, lang)
    facts = page.locator("article .fact").evaluate_all("all => all.map(a => a.textContent)")
    checked = 0
    for query in ("8 Gy", "120 mg", "43,250", "24 Gy", "14 mg/dL"):
        search(page, query)
        shown = page.locator(f"{OPEN} .clinref-search-fact").all_text_contents()
        assert shown, query
        number = query.split()[0]
        for text in shown:
            assert re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d.])", text), (query, text)
            checked += text in facts
        assert page.locator(f"{OPEN} .clinref-search-source").first.inner_text().strip()
    assert checked >= 5


@EACH_LANGUAGE
def test_a_code_and_a_step_are_answered(page: Page, http_site: str, lang: str) -> None:
    visit(page, http_site, lang)
    found = search(page, "C79.51")
    assert found[:2] == [TOPIC, "glossary#metastatic-bone-tumor"]
    assert "C79.51" in page.locator(f"{OPEN} .clinref-search-answer").first.inner_text()


@EACH_LANGUAGE
def test_a_quoted_phrase_is_found_word_for_word(page: Page, http_site: str, lang: str) -> None:
    phrase, scattered = {
        "zh": ("不可并用", "并用不可"),
        "en": ("mechanical pain", "pain mechanical"),
    }[lang]
    visit(page, http_site, lang)
    assert search(page, f'"{phrase}"')
    assert search(page, f"“{scattered}”") == []


@EACH_LANGUAGE
def test_nonsense_finds_nothing_and_says_so(page: Page, http_site: str, lang: str) -> None:
    visit(page, http_site, lang)
    assert search(page, "qqzzxxv") == []
    status = page.locator(f"{OPEN} [role=status]").inner_text()
    assert status == {"zh": "未找到相关内容", "en": "Nothing found"}[lang]


@EACH_LANGUAGE
def test_search_by_keyboard_alone(page: Page, http_site: str, lang: str) -> None:
    visit(page, http_site, lang, "about/")
    for key in ("Control+k", "Meta+k"):
        page.keyboard.press(key)
        page.locator(OPEN).wait_for()
        assert page.evaluate("document.activeElement.closest('dialog') !== null"), key
        page.keyboard.press("Escape")
        page.locator(OPEN).wait_for(state="detached")
    button = page.locator("[data-search-open]")
    button.focus()
    page.keyboard.press("Enter")
    found = search(page, "denosumab")
    assert found
    focused = "document.activeElement.href || document.activeElement.tagName"
    page.keyboard.press("ArrowDown")
    assert place(page.evaluate(focused)) == found[0]
    page.keyboard.press("ArrowDown")
    assert place(page.evaluate(focused)) == found[1]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == "INPUT"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.hasAttribute('data-search-open')")
    page.keyboard.press("Enter")
    search(page, "denosumab ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary/**", wait_until="load")
    # A letter is a letter.
    page.keyboard.press("Control+k")
    page.locator(f"{OPEN} input").fill("")
    page.keyboard.type("fs/")
    assert page.locator(f"{OPEN} input").input_value() == "fs/"


@EACH_LANGUAGE
def test_what_is_typed_never_runs(page: Page, http_site: str, lang: str) -> None:
    ran: list[str] = []
    page.expose_function("ran", lambda: ran.append("ran"))
    visit(page, http_site, lang)
    for query in (
        '<img src=x onerror="ran()">denosumab',
        "<script>ran()</script>",
        "\"'><svg/onload=ran()>",
        "__proto__ constructor toString",
        "(.*)+$ [ \\ \u0000 \t",
        "=denosumab",
        "骨" * 200,
        "&lt;b&gt; %00 %2e%2e/",
    ):
        page.keyboard.press("Control+k")
        page.locator(f"{OPEN} input").fill(query)
        page.wait_for_timeout(400)
        assert page.locator(f"{OPEN} [data-search-output] :is(img, script, svg)").count() == 0, query
        error = {"zh": "搜索未能加载", "en": "could not be loaded"}[lang]
        assert error not in page.locator(f"{OPEN} [role=status]").inner_text(), query
    page.goto(
        f"{http_site}{lang}/{TOPIC}/?h=%3Cimg%20src%3Dx%20onerror%3Dran()%3E&q=%3Cimg%20src=x%20onerror=ran()%3E"
    )
    expect(page.locator(f"{OPEN} input")).to_have_value("<img src=x onerror=ran()>")
    page.wait_for_timeout(300)
    assert ran == []


@EACH_LANGUAGE
def test_nothing_is_stored_and_little_is_loaded(
    new_context: NewContext, http_site: str, site: Path, lang: str
) -> None:
    context = new_context()
    page = context.new_page()
    loaded: list[str] = []

    def weigh(request: Request) -> None:
        name = urlsplit(request.url).path.partition(f"/{lang}/")[2]
        if "search/" in name:
            loaded.append(name)

    context.on("request", weigh)
    visit(page, http_site, lang)
    page.wait_for_load_state("networkidle")

    def bytes_of(names: list[str]) -> int:
        return sum(len(gzip.compress((site / lang / name).read_bytes())) for name in names)

    assert loaded == ["assets/search/open.js"]
    assert bytes_of(loaded) < BEFORE_SEARCH
    search(page, "denosumab")
    parts = [name for name in loaded if name.startswith("search/")]
    assert "search/index.js" in parts
    assert bytes_of(parts) < A_QUERY
    assert len(loaded) == len(set(loaded)), "a part is loaded once"
    stored = page.evaluate(
        "async () => [Object.keys(sessionStorage), Object.keys(localStorage).filter(k => !/palette/.test(k)),"
        " document.cookie, (await indexedDB.databases()).length]"
    )
    assert stored == [[], [], "", 0]
    assert "denosumab" not in page.url


@pytest.fixture
def strict_site(site: Path) -> Iterator[str]:
    """The site under a policy that allows its own files only, below two folders."""
    with served(site, "a/b", strict(POLICY)) as here:
        yield here


@EACH_LANGUAGE
def test_search_works_under_a_strict_policy(page: Page, strict_site: str, lang: str) -> None:
    faults: list[str] = []
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    visit(page, strict_site, lang)
    faults.clear()  # What the theme itself has inline is not the concern here.
    assert "glossary#denosumab" in search(page, "denosumab")
    page.locator(f"{OPEN} a").nth(1).click()
    page.locator("mark.clinref-mark").first.wait_for()
    assert [fault for fault in faults if "search" in fault] == []


@pytest.mark.parametrize("width", [320, 360])
@EACH_LANGUAGE
def test_the_dialog_fits_a_phone(new_context: NewContext, http_site: str, lang: str, width: int) -> None:
    page = new_context(viewport={"width": width, "height": 640}).new_page()
    visit(page, http_site, lang)
    page.locator("[data-search-open]").click()
    search(page, "8 Gy")
    for what in ("document.documentElement", "document.querySelector('[data-search-output]')"):
        wide = page.evaluate(f"[{what}.scrollWidth, {what}.clientWidth]")
        assert wide[0] <= wide[1], what
    small = page.locator(f"{OPEN} :is(a, button, input)").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).filter(r => r.width < 24 || r.height < 24).length"
    )
    assert small == 0
    page.locator(f"{OPEN} .clinref-search-close").click()
    assert page.locator(OPEN).count() == 0


@EACH_LANGUAGE
def test_more_results_follow_on_demand(page: Page, http_site: str, lang: str) -> None:
    visit(page, http_site, lang)
    first = search(page, {"zh": "转移", "en": "bone"}[lang])
    page.locator(f"{OPEN} .clinref-search-more").click()
    page.wait_for_function(
        "count => document.querySelectorAll('#clinref-search a').length > count", arg=len(first)
    )
    links = page.locator(f"{OPEN} a").evaluate_all("all => all.map(a => a.href)")
    assert [place(link) for link in links][: len(first)] == first
    assert len(set(links)) == len(links)
    assert page.evaluate("document.activeElement.tagName") == "A"


def test_a_search_that_cannot_load_says_so_and_can_be_tried_again(page: Page, http_site: str) -> None:
    page.route("**/search/index.js", lambda route: route.abort())
    visit(page, http_site, "en")
    page.keyboard.press("Control+k")
    page.locator(f"{OPEN} input").fill("denosumab")
    page.wait_for_function(
        "() => /could not/.test(document.querySelector('#clinref-search [role=status]').textContent)"
    )
    page.unroute("**/search/index.js")
    assert "glossary#denosumab" in search(page, "denosumab")
