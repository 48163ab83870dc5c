"""What a first visit of a topic asks for: bytes, requests, and nothing that moves once it is drawn."""

from __future__ import annotations

import gzip
import re
import time
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import LANGUAGES, PAGES, PROJECT, TOPIC, NewContext
from lxml import html
from playwright.sync_api import Response
from servers import Quiet, served

from generator.render import styles

LIMIT = 150_000
SIZES = {360: 740, 1280: 900}
SHIFTS = """window.shifts = [];
new PerformanceObserver(list => list.getEntries().forEach(entry => {
  if (!entry.hadRecentInput) window.shifts.push([entry.value, ...entry.sources.map(
    s => s.node && s.node.outerHTML ? s.node.outerHTML.slice(0, 80) : "")]);
})).observe({type: "layout-shift", buffered: true});"""


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_first_visit_is_light_and_nothing_moves(
    new_context: NewContext, http_site: str, language: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": SIZES[width]}).new_page()
    page.add_init_script(SHIFTS)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{http_site}{language}/{TOPIC}/", wait_until="networkidle")
    # As the settings for nginx send it without Brotli, which browsers take over https alone.
    sizes = {urlsplit(one.url).path: len(gzip.compress(one.body(), 9)) for one in answers}
    kinds = {one.request.resource_type for one in answers}
    for path, size in sizes.items():
        print(f"{size:8,} {path}")
    total = sum(sizes.values())
    print(f"{total:8,} in all, {language}, {width} px")
    assert len(sizes) > 3
    assert total <= LIMIT
    assert kinds <= {"document", "stylesheet", "script", "image", "other"}, kinds
    images = [one for one in answers if one.request.resource_type == "image"]
    shown = page.evaluate(
        "[...document.images].filter(i => i.getClientRects().length).map(i => i.currentSrc)"
    )
    # The icon of the tab is the browser's, not the page's.
    assert [one.url for one in images if one.url not in shown and "favicon" not in one.url] == []
    # A reader's way down: whatever comes late would push what is read.
    for _ in range(12):
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(40)
    assert page.evaluate("window.shifts") == []


class Piecemeal(Quiet):
    """Sends the head of an article tag by tag, as a slow line does: the browser draws it half come."""

    def do_GET(self) -> None:
        if not self.path.endswith(f"/{TOPIC}/"):
            super().do_GET()
            return
        text = Path(self.translate_path(self.path), "index.html").read_text(encoding="utf-8")
        start = text.index("<h1")
        tags = [start + one.start() for one in re.finditer("<", text[start : start + 14_000])][:120]
        assert any(text.startswith("<summary", place) for place in tags), "no head of an article"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        for first, last in pairwise([0, *tags, len(text)]):
            self.wfile.write(text[first:last].encode())
            self.wfile.flush()
            time.sleep(0.04)


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_moves_while_a_page_comes_in(
    new_context: NewContext, site: Path, language: str, width: int
) -> None:
    with served(site, handler=Piecemeal) as here:
        page = new_context(viewport={"width": width, "height": SIZES[width]}).new_page()
        page.add_init_script(SHIFTS)
        page.goto(f"{here}{language}/{TOPIC}/", wait_until="networkidle")
        assert page.evaluate("window.shifts") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_that_a_page_names_is_used(new_context: NewContext, http_site: str, language: str) -> None:
    """A script that is loaded runs something here; no file of the theme's own is asked for."""
    page = new_context().new_page()
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")
    session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": True})
    page.goto(f"{http_site}{language}/{TOPIC}/", wait_until="networkidle")
    scripts = [one for one in session.send("Profiler.takePreciseCoverage")["result"] if one["url"]]
    named = page.evaluate("[...document.scripts].filter(s => s.src).map(s => s.src)")
    names = {Path(urlsplit(url).path).name for url in named}
    assert {"base.js", "palette.js", "frame.js"} <= names
    idle = [one["url"] for one in scripts if not any(f["ranges"][0]["count"] for f in one["functions"])]
    assert idle == []
    assert not any("bundle" in name for name in names)


def test_no_page_uses_what_the_style_sheet_leaves_out(site: Path) -> None:
    """Neither a page nor a script names a class of the families that are taken from the theme's sheet."""
    family = re.compile("|".join(f"(?:{re.escape(name)})" for name in styles.FAMILIES))
    used: set[str] = set()
    for language in LANGUAGES:
        for path in PAGES.values():
            file = (
                site / language / path / "index.html"
                if not path.endswith(".html")
                else site / language / path
            )
            for element in html.parse(str(file)).iter():
                used |= set((element.get("class") or "").split()) if isinstance(element.tag, str) else set()
    assert len(used) > 60
    assert sorted(name for name in used if family.match(name)) == []
    for script in (PROJECT / "site_config/theme/assets").rglob("*.js"):
        named = set(re.findall(r"\bmd-[\w-]+", script.read_text(encoding="utf-8")))
        assert sorted(name for name in named if family.match(name)) == [], script.name
