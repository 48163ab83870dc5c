"""The real book with its pages by Zensical in a real browser: search, colors, flows, languages, policy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import LANGUAGES, PAGES, PROJECT, TOPIC, NewContext, address, until
from playwright.sync_api import Page
from servers import served, strict

from generator.load import load
from generator.render import server

EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
EACH_WAY = pytest.mark.parametrize("place", ["http", "file"], indirect=True)
OTHER = {"zh": "en", "en": "zh"}
# What a policy refuses is an event of the page, which goes with it: kept where the test can ask for it.
WATCH = """
addEventListener("securitypolicyviolation", e => refused(`${e.violatedDirective} ${e.blockedURI}`))
"""


@pytest.fixture(scope="module")
def by_zensical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book as `clinref build --engine zensical` makes it, with the offline copy."""
    site = tmp_path_factory.mktemp("zensical") / "site"
    command = [sys.executable, "-m", "generator", "build", "--content", "content", "--site", str(site)]
    done = subprocess.run(
        [*command, "--engine", "zensical", "--no-pdf"], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return site


@pytest.fixture
def place(request: pytest.FixtureRequest, by_zensical: Path) -> Iterator[str]:
    """The address of the site: below a path of a server that sends our policy, or on the disk."""
    if request.param == "file":
        yield f"{by_zensical.as_uri()}/"
        return
    content, _ = load(PROJECT / "content")
    assert content is not None
    with served(by_zensical, "site", strict(server.policy(content.site))) as here:
        yield here


@pytest.fixture
def faults(page: Page, place: str) -> list[str]:
    """All that went wrong on the page of this test: errors, refusals, requests to others, missing files."""
    out: list[str] = []
    own = urlsplit(place)[:2]
    page.expose_function("refused", lambda what: out.append(f"refused: {what}"))
    page.add_init_script(WATCH)
    page.on("pageerror", lambda error: out.append(f"error: {error}"))
    # The icon of the tab is given up where the next page is asked for first.
    page.on("requestfailed", lambda r: "favicon" in r.url or out.append(f"failed: {r.url}"))
    page.on("request", lambda r: out.append(f"stranger: {r.url}") if urlsplit(r.url)[:2] != own else None)
    page.on("response", lambda r: out.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    return out


@EACH_WAY
@EACH_LANGUAGE
def test_every_kind_of_page_opens_without_a_fault(
    page: Page, place: str, faults: list[str], lang: str
) -> None:
    for path in PAGES.values():
        # The 404 page is served at any depth: its links name the address the book is published under.
        if path != "404.html":
            page.goto(address(place, f"{lang}/{path}"))
            assert page.locator("article h1").count() == 1, path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert faults == []


@pytest.mark.parametrize("place", ["http"], indirect=True)
def test_what_the_policy_refuses_would_be_seen(page: Page, place: str, faults: list[str]) -> None:
    page.goto(f"{place}en/")
    page.evaluate(
        "document.head.append(Object.assign(document.createElement('style'), {textContent: 'a{}'}))"
    )
    until(page, lambda: any(fault.startswith("refused: style-src") for fault in faults))


@EACH_WAY
@EACH_LANGUAGE
def test_search_opens_by_its_key_and_answers(page: Page, place: str, faults: list[str], lang: str) -> None:
    page.goto(address(place, f"{lang}/about/"))
    page.keyboard.press("Control+k")
    page.locator("#clinref-search[open] input").fill("denosumab")
    link = page.locator("#clinref-search[open] a").first
    link.wait_for()
    assert str(link.get_attribute("href")).endswith("#denosumab")
    link.click()
    page.wait_for_url("**#denosumab")
    page.locator("mark.clinref-mark").first.wait_for()
    assert faults == []


@EACH_WAY
@EACH_LANGUAGE
def test_colors_stay_in_the_other_language_and_the_switch_keeps_the_page(
    page: Page, place: str, faults: list[str], lang: str
) -> None:
    page.goto(address(place, f"{lang}/{TOPIC}/"))
    page.locator("[data-palette]").click()
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
    page.locator("header [data-language-switch]").click()
    page.wait_for_url(f"**/{OTHER[lang]}/{TOPIC}/**")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
    assert faults == []


@EACH_WAY
@EACH_LANGUAGE
def test_a_flow_is_walked(page: Page, place: str, faults: list[str], lang: str) -> None:
    page.goto(address(place, f"{lang}/flow/treatment/"))
    panel = page.locator("#page-walk")
    first = panel.get_attribute("data-step")
    panel.locator("button:visible").last.click()
    assert panel.get_attribute("data-step") not in (first, None)
    assert faults == []


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("place", ["http"], indirect=True)
@EACH_LANGUAGE
def test_the_header_fits_a_phone(new_context: NewContext, place: str, lang: str, width: int) -> None:
    page = new_context(viewport={"width": width, "height": 700}).new_page()
    page.goto(f"{place}{lang}/{TOPIC}/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    buttons = page.locator("header [data-search-open], header [data-language-switch]")
    for number in range(2):
        box = buttons.nth(number).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width
        assert min(box["width"], box["height"]) >= 24
    # The room for a repository, which no book names, is not kept.
    assert page.locator(".md-header__source:visible").count() == 0
