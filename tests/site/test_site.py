"""The real book in a real browser: what a reader sees, follows and types, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from conftest import LANGUAGES, PAGES, PROJECT, TOPIC, NewContext, address
from playwright.sync_api import ConsoleMessage, Page, Request, expect

BOTH_WAYS = pytest.mark.parametrize("base", ["http", "file"], indirect=True)
EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
OTHER = {"zh": "en", "en": "zh"}


def topic_words(lang: str) -> dict:
    """The topic as its author wrote it."""
    return yaml.safe_load((PROJECT / f"content/{lang}/topics/{TOPIC}.yml").read_text(encoding="utf-8"))


def sections(words: dict) -> Iterator[tuple[str, dict]]:
    for id_, section in words.get("sections", {}).items():
        yield id_, section
        yield from sections(section)


def statements(words: dict) -> Iterator[str]:
    """The ids of paragraphs and list items."""
    for id_, block in words.items():
        if isinstance(block, str):
            yield id_
        elif isinstance(block, dict):
            for items in (block.get("list", {}), block.get("steps", {})):
                yield from items


def every_page() -> list[str]:
    return [f"{lang}/{path}" for lang in LANGUAGES for path in PAGES.values()]


# -- what stands on the page --------------------------------------------------------------------------------


@EACH_LANGUAGE
def test_topic_shows_its_title_sections_and_statements(page: Page, http_site: str, lang: str) -> None:
    words = topic_words(lang)
    page.goto(f"{http_site}{lang}/{TOPIC}/")
    expect(page).to_have_title(f"{words['title']} - {page.evaluate('document.title').split(' - ', 1)[1]}")
    assert page.locator("html").get_attribute("lang") == lang
    assert shown(page, "h1") == words["title"]
    for id_, section in sections(words):
        assert shown(page, f"article :is(h2, h3, h4)#{id_}") == section["title"], id_
    wanted = list(statements(words["lead"]))
    for _, section in sections(words):
        wanted += list(statements(section.get("body", {})))[:2]
    assert len(wanted) > 20
    for id_ in wanted:
        assert page.locator(f"article [id='{id_}']").inner_text().strip(), f"{id_} is empty"


def shown(page: Page, selector: str) -> str:
    """The words of a heading without the mark of its permanent link."""
    return page.locator(selector).evaluate(
        "e => [...e.childNodes].filter(n => n.className !== 'headerlink')"
        ".map(n => n.textContent).join('').trim()"
    )


@EACH_LANGUAGE
def test_figures_are_named_and_foreign_words_say_so(page: Page, http_site: str, lang: str) -> None:
    page.goto(f"{http_site}{lang}/figures/")
    drawings = page.locator("article .drawing svg")
    written = yaml.safe_load((PROJECT / "content/shared/figures.yml").read_text(encoding="utf-8"))
    assert drawings.count() == len(written)
    for drawing in drawings.all():
        assert drawing.get_attribute("role") == "img"
        assert len(drawing.get_attribute("aria-label") or "") > 15
    page.goto(f"{http_site}{lang}/glossary/")
    names = yaml.safe_load((PROJECT / f"content/{OTHER[lang]}/terms.yml").read_text(encoding="utf-8"))
    # What lies out of sight is not laid out, but it is there.
    foreign = page.locator(f"article [lang={OTHER[lang]}]").all_text_contents()
    for id_, term in names.items():
        assert any(text.strip().startswith(term["name"]) for text in foreign), (
            f"{id_}: {term['name']} has no lang"
        )


@EACH_LANGUAGE
def test_article_carries_no_style_of_ours(page: Page, http_site: str, lang: str) -> None:
    for path in PAGES.values():
        page.goto(f"{http_site}{lang}/{path}")
        # Before the theme's script moves anything: as it was sent.
        found = page.evaluate(
            """async () => {
              const text = await (await fetch(location.href)).text();
              const sent = new DOMParser().parseFromString(text, "text/html");
              const styled = [...sent.querySelectorAll("article [style], article style")];
              return styled.map(e => e.outerHTML.slice(0, 120));
            }"""
        )
        assert found == [], path


@EACH_LANGUAGE
def test_alternates_name_each_other(page: Page, http_site: str, lang: str, sub_path: str) -> None:
    for path in [p for p in PAGES.values() if p != "404.html"]:
        page.goto(f"{http_site}{lang}/{path}")
        ours = alternates(page)
        assert set(ours) == set(LANGUAGES), path
        for code, target in ours.items():
            assert urlsplit(target).path == f"/{sub_path}/{code}/{path}"
        page.goto(f"{http_site}{OTHER[lang]}/{path}")
        assert alternates(page) == ours, path


def alternates(page: Page) -> dict[str, str]:
    return page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('link[rel~=alternate][hreflang]')]"
        ".map(e => [e.hreflang, e.getAttribute('href')]))"
    )


# -- what the browser does --------------------------------------------------------------------------------


@BOTH_WAYS
def test_nothing_is_asked_of_another_host_and_nothing_fails(new_context: NewContext, base: str) -> None:
    context = new_context()
    home = urlsplit(base)
    strangers: list[str] = []
    faults: list[str] = []

    def asked(request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and (url.scheme, url.netloc) != (home.scheme, home.netloc):
            strangers.append(request.url)

    context.on("request", asked)
    page = context.new_page()

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"{page.url}: {message.text} {message.location['url']}")

    page.on("console", said)
    page.on("pageerror", lambda e: faults.append(f"{page.url}: {e}"))
    asked_for: list[str] = []
    context.on("requestfinished", lambda r: asked_for.append(r.url))
    paths = [*every_page(), "index.html?choose"]
    if base.startswith("file:"):
        # Only a server shows this page, which therefore names its files from the server's root.
        paths = [path for path in paths if not path.endswith("404.html")]
    for path in paths:
        page.goto(address(base, path), wait_until="load")
        # What is fetched late is asked for by now.
        page.wait_for_load_state("networkidle")
    assert any(url.endswith(".css") for url in asked_for)
    assert strangers == []
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@EACH_LANGUAGE
def test_no_page_scrolls_sideways_on_a_phone(
    new_context: NewContext, http_site: str, lang: str, scheme: str
) -> None:
    page = new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme).new_page()
    for path in [*(f"{lang}/{p}" for p in PAGES.values()), "index.html?choose"]:
        page.goto(f"{http_site}{path}")
        if path.endswith(f"{TOPIC}/"):
            page.evaluate("document.querySelectorAll('article details').forEach(d => { d.open = true })")
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        assert wide <= 360, f"{path}: {wide} px, {wider_than_the_window(page)}"
        if "choose" not in path:
            used = page.evaluate("document.body.getAttribute('data-md-color-scheme')")
            assert used == ("slate" if scheme == "dark" else "default"), path


def wider_than_the_window(page: Page) -> list[str]:
    return page.evaluate(
        "[...document.querySelectorAll('body *')]"
        ".filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        ".slice(0, 5).map(e => e.outerHTML.slice(0, 90))"
    )


@EACH_LANGUAGE
def test_keyboard_reaches_search_and_the_language_switch(page: Page, http_site: str, lang: str) -> None:
    page.goto(f"{http_site}{lang}/{TOPIC}/")
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(e => e.matches('[data-search-open]') ? 'search'"
                " : e.matches('[data-language-switch]') ? 'language' : e.tagName)(document.activeElement)"
            )
        )
    assert "search" in reached, reached
    assert "language" in reached, reached


# -- one language and the other ------------------------------------------------------------------------------


@BOTH_WAYS
@EACH_LANGUAGE
def test_language_switch_keeps_the_page_and_the_place(page: Page, base: str, lang: str) -> None:
    page.goto(address(base, f"{lang}/{TOPIC}/") + "#treatment")
    page.locator("[data-language-switch]:visible").first.click()
    page.wait_for_url(lambda url: f"/{OTHER[lang]}/{TOPIC}/" in url)
    assert urlsplit(page.url).fragment == "treatment"
    assert shown(page, "#treatment") == topic_words(OTHER[lang])["sections"]["treatment"]["title"]
    expect(page.locator("#treatment")).to_be_in_viewport()


@BOTH_WAYS
def test_first_page_chooses_without_a_script(new_context: NewContext, base: str) -> None:
    for lang in LANGUAGES:
        page = new_context(java_script_enabled=False).new_page()
        page.goto(address(base, ""))
        page.locator(f"a[hreflang={lang}]").click()
        assert f"/{lang}/" in page.url
        assert page.locator("html").get_attribute("lang") == lang


@BOTH_WAYS
@pytest.mark.parametrize(("locale", "lang"), [("zh-CN", "zh"), ("en-GB", "en"), ("en-US", "en")])
def test_first_page_goes_to_the_language_of_the_browser(
    new_context: NewContext, base: str, locale: str, lang: str
) -> None:
    page = new_context(locale=locale).new_page()
    page.goto(address(base, ""))
    page.wait_for_url(lambda url: f"/{lang}/" in url)
    assert page.locator("html").get_attribute("lang") == lang


def test_first_page_goes_to_the_language_last_chosen(new_context: NewContext, http_site: str) -> None:
    page = new_context(locale="en-US").new_page()
    page.goto(f"{http_site}en/{TOPIC}/")
    page.locator("[data-language-switch]:visible").first.click()
    page.wait_for_url(lambda url: "/zh/" in url)
    page.goto(http_site)
    page.wait_for_url(lambda url: "/zh/" in url)


# -- flows --------------------------------------------------------------------------------


@EACH_LANGUAGE
def test_flow_leads_to_sections_and_fits_the_window(
    new_context: NewContext, http_site: str, lang: str
) -> None:
    page = new_context().new_page()
    page.goto(f"{http_site}{lang}/{TOPIC}/")
    flows = [
        block["flow"]
        for _, section in sections(topic_words(lang))
        for block in section["body"].values()
        if "flow" in block
    ]
    assert page.locator(".flow-figure").count() == len(flows) > 0
    for width, visible, hidden in ((1280, "wide", "narrow"), (360, "narrow", "wide")):
        page.set_viewport_size({"width": width, "height": 900})
        for figure in page.locator(".flow-figure").all():
            expect(figure.locator(f".flow-{visible}")).to_be_visible()
            expect(figure.locator(f".flow-{hidden}")).to_be_hidden()
    dead = page.evaluate(
        """() => [...document.querySelectorAll(".flow-figure svg a")].map(a => a.getAttribute("href"))
          .filter(h => !h.startsWith("#") || !document.getElementById(decodeURIComponent(h.slice(1))))"""
    )
    assert dead == []
    headings = {id_ for id_, _ in sections(topic_words(lang))}
    steps = page.locator(".flow-wide svg a.flow-step")
    assert steps.count() > 10
    onward = {page.locator(".flow-figure").nth(n).get_attribute("id") for n in range(len(flows))}
    for href in steps.evaluate_all("all => all.map(a => a.getAttribute('href').slice(1))"):
        assert href in headings | onward, href


@EACH_LANGUAGE
def test_a_step_of_the_flow_takes_the_reader_to_its_section(page: Page, http_site: str, lang: str) -> None:
    page.goto(f"{http_site}{lang}/{TOPIC}/#decision-flow")
    step = page.locator(".flow-wide svg a.flow-step").first
    target = step.get_attribute("href")
    step.click()
    page.wait_for_url(lambda url: url.endswith(str(target)))
    expect(page.locator(str(target))).to_be_in_viewport()


@EACH_LANGUAGE
def test_outline_of_the_flow_opens(page: Page, http_site: str, lang: str) -> None:
    page.goto(f"{http_site}{lang}/{TOPIC}/#decision-flow")
    outlines = page.locator("article details.abstract")
    assert outlines.count() == page.locator(".flow-figure").count()
    for number, outline in enumerate(outlines.all()):
        figure = page.locator(".flow-figure").nth(number)
        expect(outline.locator("li").first).to_be_hidden()
        outline.locator("summary").click()
        expect(outline.locator("li").first).to_be_visible()
        # Every step of the drawing stands in the outline.
        steps = figure.locator(".flow-wide a.flow-step").evaluate_all("all => all.map(a => a.dataset.step)")
        flow = figure.get_attribute("id")
        for step in steps:
            assert outline.locator(f"[id='{flow}-{step}']").count() == 1, step


# -- links between pages --------------------------------------------------------------------------------


@EACH_LANGUAGE
def test_citations_and_references_lead_to_each_other(page: Page, http_site: str, lang: str) -> None:
    page.goto(f"{http_site}{lang}/{TOPIC}/")
    citation = page.locator("article .statement a.cite").first
    href = str(citation.get_attribute("href"))
    assert href.startswith("#ref-")
    citation.click()
    page.locator(f".clinref-panel a[href='{href}']").click()
    expect(page.locator(href)).to_be_in_viewport()
    dead = page.evaluate(
        "[...document.querySelectorAll('a.cite')].map(a => a.getAttribute('href'))"
        ".filter(h => !document.getElementById(h.slice(1)))"
    )
    assert dead == []
    page.goto(f"{http_site}{lang}/references/#{href.removeprefix('#ref-')}")
    entry = page.locator(f"li[id='{href.removeprefix('#ref-')}']")
    back = entry.locator(f"a[href*='{TOPIC}/#']").first
    place = unquote(urlsplit(str(back.get_attribute("href"))).fragment)
    back.click()
    page.wait_for_url(lambda url: f"/{TOPIC}/#{place}" in url)
    expect(page.locator(f"[id='{place}']")).to_be_in_viewport()


@EACH_LANGUAGE
@pytest.mark.parametrize("path", ["glossary/", "references/", "figures/"])
def test_back_links_lead_to_places_that_exist(page: Page, http_site: str, lang: str, path: str) -> None:
    page.goto(f"{http_site}{lang}/{TOPIC}/")
    there = set(page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
    page.goto(f"{http_site}{lang}/{path}")
    links = page.locator(f"article .term-line a[href*='{TOPIC}/']").evaluate_all(
        "all => all.map(a => new URL(a.href).hash.slice(1))"
    )
    assert len(links) >= 5
    assert [link for link in links if link and link not in there] == []


@EACH_LANGUAGE
def test_a_term_leads_to_the_glossary_and_back(page: Page, http_site: str, lang: str) -> None:
    page.goto(f"{http_site}{lang}/{TOPIC}/")
    term = page.locator("article .statement a.ref-term").first
    id_ = urlsplit(str(term.get_attribute("href"))).fragment
    term.click()
    page.wait_for_url(lambda url: f"/glossary/#{id_}" in url)
    expect(page.locator(f"[id='{id_}']")).to_be_in_viewport()
    assert str(Path(urlsplit(page.url).path).name) == "glossary"
