"""Embeds in the pages of other origins, in a real browser: height, messages, policies, what is asked for."""

from __future__ import annotations

import html
import http.server
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
import servers
import yaml
from conftest import LANGUAGES, PROJECT, TOPIC, NewContext
from lxml import html as lxml_html
from playwright.sync_api import BrowserContext, Frame, Page, Route, expect

CORD = "malignant-spinal-cord-compression"
FLOW = "spine-emergency"
# What a server may send with an embed: nothing but its own files. No frame-ancestors: even * would keep out a
# host that itself lies in a sandbox, whose origin is none.
EMBED_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
# Every script that a host may name, and its integrity.
PUBLISHED = dict(
    line.split()
    for line in (PROJECT / "site_config/embed/published.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)
HEIGHT = "e => e.getBoundingClientRect().height"
# Of a frame, without the border that a host may give it.
INNER = "e => e.clientHeight"
Headers = dict[str, str]


class Hosted(servers.Quiet):
    """Serves the site as the recipes ask: a script may be loaded by any origin, embeds carry their policy."""

    def end_headers(self) -> None:
        if "/embed/v1/" in self.path:
            self.send_header("Access-Control-Allow-Origin", "*")
        elif "/embed/" in self.path:
            self.send_header("Content-Security-Policy", EMBED_POLICY)
        super().end_headers()


class HostPages(http.server.BaseHTTPRequestHandler):
    """Serves what a test put under `pages`: path to headers and HTML."""

    pages: ClassVar[dict[str, tuple[Headers, str]]] = {}

    def do_GET(self) -> None:
        headers, text = self.pages.get(self.path, ({}, ""))
        self.send_response(200 if self.path in self.pages else 404)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode("utf-8"))

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def embeds(site: Path) -> Iterator[str]:
    """The site at an origin of its own."""
    with servers.served(site, handler=Hosted) as here:
        yield here


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """A hospital's server, at another origin."""
    with servers.listening(HostPages) as here:
        yield here


@dataclass
class Reader:
    """Opens pages of a host, and keeps what was asked for and refused."""

    context: BrowserContext
    host: str
    urls: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    @property
    def asked(self) -> set[str]:
        """The hosts that were asked for anything."""
        return {urlsplit(url).netloc for url in self.urls}

    def open(self, body: str, headers: Headers | None = None) -> Page:
        page = self.context.new_page()
        page.on("console", lambda m: self.refused.append(m.text) if "Content Security" in m.text else None)
        HostPages.pages["/"] = (headers or {}, f'<!doctype html><html lang="fr"><body><main>{body}</main>')
        page.goto(self.host)
        return page


@pytest.fixture
def reader(new_context: NewContext, host: str) -> Reader:
    context = new_context(viewport={"width": 900, "height": 700})
    made = Reader(context, host)
    context.on("request", lambda request: made.urls.add(request.url))
    return made


@pytest.fixture(scope="module")
def published() -> str:
    """The address that the lines to copy begin with."""
    settings = (PROJECT / "content/shared/site.yml").read_text(encoding="utf-8")
    return re.search(r"^url: (\S+)$", settings, re.M)[1]  # type: ignore[index]


@pytest.fixture(scope="module")
def lines(site: Path, embeds: str, published: str) -> Callable[..., str]:
    """The lines that the page "Embed" gives to copy, for a server on this machine."""

    def of(label: str, language: str, path: str, attributes: str = "") -> str:
        page = lxml_html.parse(str(site / "embed" / language / "index.html"))
        (area,) = page.xpath(f"//textarea[@id='{label}']")
        text = area.get("data-lines").replace(published, embeds)
        full = f"{embeds}{language}/{path}"
        known = {"attributes": attributes, "address": f"{embeds}embed/{language}/{path}", "full": full}
        for name, value in {**known, "title": "A title"}.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    return of


def framed(page: Page, embeds: str) -> Frame:
    """The frame of the embed, once it is there."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for frame in page.frames:
            if frame.url.startswith(f"{embeds}embed/") and frame.query_selector("#embed"):
                return frame
        page.wait_for_timeout(20)
    raise AssertionError(f"no embed among {[frame.url for frame in page.frames]}")


def fits(page: Page, frame: Frame) -> float:
    """Waits until the frame is as high as its content, within 1 px, and gives that height."""
    until = time.monotonic() + 10
    # The frame hears of its new height a moment after the host has set it.
    hidden = "document.documentElement.scrollHeight - document.documentElement.clientHeight"
    while True:
        content = frame.locator("#embed").evaluate(HEIGHT)
        shown = page.locator("iframe").first.evaluate(INNER)
        cut = frame.evaluate(hidden)
        if (0 <= shown - content <= 1 and cut <= 1) or time.monotonic() > until:
            break
        page.wait_for_timeout(20)
    assert 0 <= shown - content <= 1, f"{shown} px for {content} px"
    assert cut <= 1, f"{cut} px are cut off"
    return float(shown)


# -- the height ----------------------------------------------------------------------------------------------


def strict(embeds: str) -> Headers:
    """A host that allows no inline script and no inline style, and the site's files and frames alone."""
    origin = embeds.rstrip("/")
    return {"Content-Security-Policy": f"default-src 'none'; script-src {origin}; frame-src {origin}"}


# The host's headers, and the frame that it writes itself; where there is none, the script makes one.
COMBINATIONS: dict[str, tuple[str, str | None]] = {
    "the script's frame": ("", None),
    "the script's frame under a strict policy": ("strict", None),
    "the script's frame in a sandboxed host": ("sandbox", None),
    "the host's frame without a sandbox": ("", ""),
    "the host's frame in a sandbox": ("strict", ' sandbox="allow-scripts"'),
    "the host's frame in a sandbox of its own origin": (
        "isolated",
        ' sandbox="allow-same-origin allow-scripts"',
    ),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", COMBINATIONS)
def test_frame_grows_and_shrinks_with_its_content(
    reader: Reader, embeds: str, lines: Callable[..., str], name: str, lang: str
) -> None:
    policy, frame_attributes = COMBINATIONS[name]
    headers = {
        "": {},
        "strict": strict(embeds),
        "sandbox": {"Content-Security-Policy": "sandbox allow-scripts"},
        "isolated": {"Cross-Origin-Opener-Policy": "same-origin", "Referrer-Policy": "no-referrer"},
    }[policy]
    path = f"{TOPIC}/flow/{FLOW}/"
    text = lines("embed-script", lang, path, f' topic="{TOPIC}" flow="{FLOW}"')
    if frame_attributes is not None:
        own = f'<iframe src="{embeds}embed/{lang}/{path}" title="A flow"{frame_attributes}></iframe>'
        text = text.replace("</clinref-embed>", f"{own}</clinref-embed>")
    page = reader.open(text, headers)
    frame = framed(page, embeds)
    closed = fits(page, frame)
    frame.locator("summary").click()
    opened = fits(page, frame)
    assert opened > closed + 200
    frame.locator("summary").click()
    assert fits(page, frame) == closed
    page.set_viewport_size({"width": 420, "height": 700})
    if frame_attributes is None:
        # A frame of the script is as wide as its place; the drawing for phones is higher.
        page.wait_for_function("document.querySelector('iframe').clientWidth < 420")
        assert fits(page, frame) != closed
    frame.evaluate("document.querySelector('main').remove()")
    assert fits(page, frame) < closed - 200
    assert reader.refused == []
    assert reader.asked == {urlsplit(embeds).netloc, urlsplit(reader.host).netloc}
    assert reader.context.cookies() == []


def test_frame_below_the_fold_fits_once_it_is_seen(
    reader: Reader, embeds: str, lines: Callable[..., str]
) -> None:
    text = lines("embed-script", "en", f"{TOPIC}/", f' topic="{TOPIC}" section="key-points"')
    page = reader.open("<br>" * 400 + text)
    frame = framed(page, embeds)
    page.wait_for_timeout(500)
    assert page.locator("iframe").evaluate(INNER) < 5_000
    page.locator("iframe").scroll_into_view_if_needed()
    assert fits(page, frame) > 300


# -- messages ------------------------------------------------------------------------------------------------

GOOD = "{type: 'clinref-embed', v: 1, height: 777}"
# Name: who posts it to the host, and what.
FORGED = {
    "the host's own script": ("host", GOOD),
    "another frame of the same origin": ("sibling", GOOD),
    "another frame without an origin": ("sandboxed sibling", GOOD),
    "the frame, after it went to another origin": ("elsewhere", GOOD),
    "another type": ("embed", "{type: 'resize', v: 1, height: 777}"),
    "another version": ("embed", "{type: 'clinref-embed', v: 2, height: 777}"),
    "a version that only looks like it": ("embed", "{type: 'clinref-embed', v: '1', height: 777}"),
    "a height in words": ("embed", "{type: 'clinref-embed', v: 1, height: '777'}"),
    "a height that is none": ("embed", "{type: 'clinref-embed', v: 1, height: NaN}"),
    "a height without end": ("embed", "{type: 'clinref-embed', v: 1, height: Infinity}"),
    "no height": ("embed", "{type: 'clinref-embed', v: 1}"),
    "text": ("embed", "JSON.stringify({type: 'clinref-embed', v: 1, height: 777})"),
    "nothing": ("embed", "null"),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_message_is_ignored(
    reader: Reader, embeds: str, host: str, lines: Callable[..., str], name: str
) -> None:
    who, message = FORGED[name]
    path = f"{TOPIC}/key-points/"
    text = lines("embed-script", "en", path, f' topic="{TOPIC}" section="key-points"')
    sandbox = ' sandbox="allow-scripts"' if who == "sandboxed sibling" else ""
    sibling = f'<iframe name="sibling" src="{host}sibling"{sandbox}></iframe>'
    if who == "sibling":
        sibling = sibling.replace(f"{host}sibling", f"{embeds}en/404.html")
    if who == "elsewhere":
        own = f'<iframe src="{embeds}embed/en/{path}"></iframe>'
        text = text.replace("</clinref-embed>", f"{own}</clinref-embed>")
    HostPages.pages["/sibling"] = ({}, "<!doctype html><p>sibling</p>")
    page = reader.open(text + sibling)
    frame = framed(page, embeds)
    before = fits(page, frame)
    sender: Page | Frame = frame
    if who == "host":
        sender = page
    elif "sibling" in who:
        sender = page.frame(name="sibling")  # type: ignore[assignment]
    elif who == "elsewhere":
        frame.goto(f"{host}sibling")
    page.evaluate("window.heard = 0; addEventListener('message', () => window.heard++)")
    sender.evaluate(f"parent.postMessage({message}, '*')")
    page.wait_for_function("window.heard > 0")
    page.wait_for_timeout(50)
    assert page.locator("iframe").first.evaluate(INNER) == before
    # The same from where it should come does count: the test would see a height that was set.
    if who == "embed":
        frame.evaluate(f"parent.postMessage({GOOD}, '*')")
        page.wait_for_function("document.querySelector('iframe').clientHeight === 777")


@pytest.mark.parametrize(("told", "set_"), [(1e12, 100_000), (-5, 50), (0, 50), (60.2, 61)])
def test_height_is_kept_in_bounds(
    reader: Reader, embeds: str, lines: Callable[..., str], told: float, set_: int
) -> None:
    page = reader.open(lines("embed-script", "en", f"{TOPIC}/", f' topic="{TOPIC}" section="key-points"'))
    frame = framed(page, embeds)
    fits(page, frame)
    frame.evaluate(f"parent.postMessage({{type: 'clinref-embed', v: 1, height: {told}}}, '*')")
    page.wait_for_function(f"document.querySelector('iframe').clientHeight === {set_}")


@pytest.mark.parametrize("attributes", ['topic="../../evil"', 'topic="a" section="//b"', 'section="x"', ""])
def test_attributes_that_are_no_ids_make_no_frame(
    reader: Reader, embeds: str, lines: Callable[..., str], attributes: str
) -> None:
    page = reader.open(lines("embed-script", "en", f"{TOPIC}/", f" {attributes}"))
    page.wait_for_function("!!customElements.get('clinref-embed')")
    expect(page.get_by_role("link", name="A title")).to_be_visible()
    assert page.locator("iframe").count() == 0


# -- what stays where something is missing -------------------------------------------------------------------


def test_link_stays_where_the_frame_is_refused(
    reader: Reader, embeds: str, lines: Callable[..., str]
) -> None:
    policy = {"Content-Security-Policy": f"default-src 'none'; script-src {embeds.rstrip('/')}"}
    page = reader.open(lines("embed-script", "en", f"{TOPIC}/", f' topic="{TOPIC}"'), policy)
    page.wait_for_selector("iframe", state="attached")
    expect(page.get_by_role("link", name="A title")).to_be_visible()
    assert any("frame-src" in text or "default-src" in text for text in reader.refused)


def test_link_gives_way_to_the_embed(reader: Reader, embeds: str, lines: Callable[..., str]) -> None:
    page = reader.open(lines("embed-script", "en", f"{TOPIC}/", f' topic="{TOPIC}" section="key-points"'))
    fits(page, framed(page, embeds))
    expect(page.get_by_role("link", name="A title")).to_be_hidden()
    assert page.locator("iframe").get_attribute("title") == "A title"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_a_script(
    new_context: NewContext, host: str, embeds: str, lines: Callable[..., str], lang: str
) -> None:
    context = new_context(java_script_enabled=False, color_scheme="dark")
    path = f"{CORD}/immediate-actions/"
    text = lines("embed-script", lang, path, f' topic="{CORD}"') + lines("embed-frame", lang, path)
    HostPages.pages["/"] = ({}, f'<!doctype html><html lang="{lang}">{text}')
    page = context.new_page()
    page.goto(host)
    expect(page.get_by_role("link", name="A title")).to_be_visible()
    inside = page.frame_locator("iframe")
    expect(inside.locator("h1")).to_be_visible()
    expect(inside.locator(".state strong")).to_be_visible()
    assert inside.locator("footer li").count() > 3


def test_a_link_opens_beside_the_host(reader: Reader, embeds: str, lines: Callable[..., str]) -> None:
    page = reader.open(lines("embed-script", "en", f"{TOPIC}/", f' topic="{TOPIC}" section="key-points"'))
    frame = framed(page, embeds)
    fits(page, frame)
    with page.context.expect_page() as opened:
        frame.locator(".state a").first.click()
    opened.value.wait_for_url(f"{embeds}en/{TOPIC}/#key-points")
    # Out of the sandbox: the full page has its theme and its search.
    assert opened.value.evaluate("window.origin") == embeds.rstrip("/")
    assert page.url == reader.host
    assert frame.url == f"{embeds}embed/en/{TOPIC}/key-points/"


def test_the_other_language_stays_in_the_frame(
    reader: Reader, embeds: str, lines: Callable[..., str]
) -> None:
    attributes = f' topic="{TOPIC}" section="key-points" theme="dark"'
    page = reader.open(lines("embed-script", "en", f"{TOPIC}/", attributes))
    frame = framed(page, embeds)
    fits(page, frame)
    frame.locator("a.language").click()
    frame.wait_for_url(f"{embeds}embed/zh/{TOPIC}/key-points/?theme=dark")
    fits(page, frame)


def test_attributes_that_change_show_another_part(
    reader: Reader, embeds: str, lines: Callable[..., str]
) -> None:
    page = reader.open(lines("embed-script", "en", f"{TOPIC}/", f' topic="{TOPIC}" section="key-points"'))
    frame = framed(page, embeds)
    before = fits(page, frame)
    page.locator("clinref-embed").evaluate("e => e.setAttribute('section', 'team')")
    frame.wait_for_url(f"{embeds}embed/en/{TOPIC}/team/")
    assert fits(page, frame) != before


# -- the embeds themselves -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_emergencies_warnings_and_marks_are_those_of_the_page(site: Path, lang: str) -> None:
    for folder in sorted((site / "oembed" / lang).glob("*.json")):
        full = lxml_html.parse(str(site / lang / folder.stem / "index.html"))
        embed = lxml_html.parse(str(site / "embed" / lang / folder.stem / "index.html"))
        for kind, theirs in (("emergency", "danger"), ("warning", "warning"), ("note", "note")):
            wanted = full.xpath(f"//div[contains(@class, 'admonition {theirs}')]//p[@id]/@id")
            assert embed.xpath(f"//div[@class='callout {kind}']/p[@id]/@id") == wanted, folder.stem
        marks = full.xpath("count(//*[contains(@class, 'change-mark-')])")
        assert embed.xpath("count(//a[contains(@class, 'change-mark')])") == marks
        assert embed.xpath("//main//@id[. = 'mirels-cutoff']") == (
            ["mirels-cutoff"] if folder.stem == TOPIC else []
        )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_emergency_looks_like_one(new_context: NewContext, embeds: str, lang: str) -> None:
    for scheme in ("light", "dark"):
        page = new_context(color_scheme=scheme, viewport={"width": 360, "height": 700}).new_page()
        page.goto(f"{embeds}embed/{lang}/{TOPIC}/treatment/")
        label = page.locator(".emergency .label").first
        expect(label).to_be_visible()
        assert label.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(179, 38, 30)"
        assert label.evaluate("e => getComputedStyle(e).color") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_citation_has_its_source_under_its_number(site: Path, lang: str) -> None:
    seen = 0
    for path in sorted((site / "embed" / lang).rglob("index.html")):
        page = lxml_html.parse(str(path))
        cited = {(a.get("href"), a.text) for a in page.xpath("//sup[@class='cites']/a")}
        sources = {(f"#{li.get('id')}", li.get("value")) for li in page.xpath("//footer//ol/li")}
        assert cited == sources, path
        seen += len(cited)
    assert seen > 500


@pytest.mark.parametrize("lang", LANGUAGES)
def test_embed_says_where_it_comes_from(site: Path, lang: str) -> None:
    settings = (PROJECT / "content/shared/site.yml").read_text(encoding="utf-8")
    version = re.search(r"^version: (\S+)$", settings, re.M)[1]  # type: ignore[index]
    words = labels(lang)
    for path in sorted((site / "embed" / lang).glob("*/**/index.html")):
        page = lxml_html.parse(str(path))
        text = " ".join(page.xpath("//header//text()"))
        assert version in text and re.search(r"\d{4}-\d\d-\d\d", text), path
        assert words["reviewed"] in text or words["not-reviewed"] in text, path
        full = page.xpath("//p[@class='state']/a/@href")[0].partition("#")[0]
        assert (path.parent / full / "index.html").resolve().is_file(), path
        # One style sheet, one small script, and what became of its version.
        assert len(page.xpath("//link[@rel='stylesheet']")) == 1
        scripts = [script.rpartition("embed/v1/")[2] for script in page.xpath("//script/@src")]
        assert scripts == ["frame.js", f"versions/{version.replace('.', '-')}.js"], path
        assert not page.xpath("//style | //@style | //*[@onclick]"), path


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", ["current", "superseded", "withdrawn"])
def test_a_copy_of_a_withdrawn_version_says_so(
    reader: Reader, embeds: str, lines: Callable[..., str], lang: str, state: str
) -> None:
    """The page of an older version is kept somewhere; the script of that version is asked anew."""

    def answer(route: Route) -> None:
        text = route.fetch().text()
        changed = text.replace('"state": "current"', f'"state": "{state}"')
        assert state == "current" or changed != text
        route.fulfill(body=changed, content_type="text/javascript")

    reader.context.route("**/embed/v1/versions/*.js", answer)
    path = f"{TOPIC}/key-points/"
    page = reader.open(lines("embed-script", lang, path, f' topic="{TOPIC}" section="key-points"'))
    frame = framed(page, embeds)
    frame.wait_for_function("window.clinrefVersion")
    banner = frame.locator("[data-clinref-version]")
    assert banner.is_visible() == (state == "withdrawn")
    if state == "withdrawn":
        assert banner.get_attribute("role") == "alert"
        assert f"/{lang}/versions/" in str(banner.locator("a").get_attribute("href"))
        fits(page, frame)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_wider_than_the_frame(
    new_context: NewContext, embeds: str, site: Path, lang: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 700}).new_page()
    whole = [f"{path.stem}/" for path in sorted((site / "oembed" / lang).glob("*.json"))]
    folder = site / "embed" / lang
    exhibits = [f"{p.parent.relative_to(folder)}/" for p in sorted(folder.glob(f"{TOPIC}/*/*/index.html"))]
    assert len(exhibits) > 10
    for path in [*whole, *exhibits]:
        page.goto(f"{embeds}embed/{lang}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("#embed").evaluate("e => e.scrollWidth") <= width, path


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


LIGHT, DARK = "rgb(255, 255, 255)", "rgb(20, 24, 31)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_is_the_devices_or_the_hosts(new_context: NewContext, embeds: str, scheme: str) -> None:
    address = f"{embeds}embed/en/{TOPIC}/key-points/"
    page = new_context(color_scheme=scheme).new_page()
    for query, shown in (
        ("", LIGHT if scheme == "light" else DARK),
        ("?theme=dark", DARK),
        ("?theme=light", LIGHT),
        ("?theme=%22%3E", LIGHT if scheme == "light" else DARK),
    ):
        page.goto(address + query)
        assert background(page) == shown, query
    page.goto(f"{address}?theme=dark")
    page.emulate_media(media="print")
    assert background(page) == LIGHT


def test_style_sheet_and_scripts_are_small(site: Path) -> None:
    folder = site / "embed/v1"
    assert (folder / "embed.css").stat().st_size <= 10_000
    assert (folder / "frame.js").stat().st_size <= 2_000
    assert (folder / "clinref.js").stat().st_size <= 6_000
    (hashed,) = folder.glob("clinref.*.js")
    assert hashed.read_bytes() == (folder / "clinref.js").read_bytes()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_from_the_disk(new_context: NewContext, site: Path, lang: str) -> None:
    context = new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto((site / "embed" / lang / "index.html").as_uri())
    page.wait_for_function("(document.querySelector('#preview iframe') || {}).clientHeight > 300")
    assert all(url.startswith("file:") for url in asked)


# -- the page "Embed", and oEmbed ----------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_gives_the_lines_and_shows_them_at_work(
    reader: Reader, embeds: str, published: str, lang: str
) -> None:
    page = reader.context.new_page()
    page.on("console", lambda message: reader.refused.append(message.text))
    page.goto(f"{embeds}embed/{lang}/#{CORD}")
    assert CORD in page.locator("#embed-script").input_value()
    option = page.locator(f"#all a[data-topic='{TOPIC}'][data-kind='table']").first
    page.locator("select[name=part]").select_option(label=option.get_attribute("data-label"))
    page.locator("select[name=theme]").select_option("dark")
    table = option.get_attribute("data-id")
    text = page.locator("#embed-script").input_value()
    assert f'<clinref-embed lang="{lang}" topic="{TOPIC}" table="{table}" theme="dark">' in text
    address = f"embed/{lang}/{TOPIC}/table/{table}/?theme=dark"
    assert f'src="{published}{address}"' in page.locator("#embed-frame").input_value()
    frame = framed(page, embeds)
    assert frame.url == embeds + address
    page.locator("iframe").scroll_into_view_if_needed()
    fits(page, frame)
    # What was copied works at a host.
    other = reader.open(text.replace(published, embeds))
    fits(other, framed(other, embeds))
    assert reader.refused == []


# Over plain http from any name but this machine's own, a browser gives a page no clipboard.
INTRANET = "http://books.hospital/"


def labels(lang: str) -> dict[str, str]:
    text = (PROJECT / "content" / lang / "ui.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text)["labels"])


def served(context: BrowserContext, site: Path) -> None:
    """Shows the site at INTRANET."""

    def answer(route: Route) -> None:
        path = site / urlsplit(route.request.url).path.lstrip("/")
        route.fulfill(path=path / "index.html" if path.is_dir() else path)

    context.route(f"{INTRANET}**", answer)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("way", ["clipboard", "refused clipboard", "intranet", "disk"])
def test_button_copies_the_lines(
    new_context: NewContext, embeds: str, host: str, site: Path, way: str, lang: str
) -> None:
    context = new_context()
    served(context, site)
    # A page beside it, which may read what the other has copied.
    HostPages.pages["/"] = ({}, "<!doctype html><p>Paste here")
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=host.rstrip("/"))
    other = context.new_page()
    other.goto(host)
    other.evaluate("navigator.clipboard.writeText('before')")
    base = {"intranet": INTRANET, "disk": f"{site.as_uri()}/"}.get(way, embeds)
    page = context.new_page()
    if way == "refused clipboard":
        page.add_init_script("Clipboard.prototype.writeText = () => Promise.reject(new Error('refused'))")
    page.goto(f"{base}embed/{lang}/index.html#{TOPIC}/key-points")
    assert page.evaluate("!!navigator.clipboard") == (way != "intranet")
    for label in ("embed-script", "embed-frame", "embed-link"):
        button = page.locator(f"button[data-copies={label}]")
        told = page.locator(f"button[data-copies={label}] + [role=status]")
        expect(told).to_have_text("")
        page.bring_to_front()
        button.focus()
        page.keyboard.press("Enter")
        expect(told).to_have_text(labels(lang)["embed-copied"])
        expect(button).to_be_focused()
        other.bring_to_front()
        copied = other.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator(f"#{label}").input_value()
        assert f"{TOPIC}/key-points/" in copied or 'section="key-points"' in copied or "#key-points" in copied
        assert "{" not in copied
    page.bring_to_front()
    page.locator("select[name=theme]").select_option("light")
    expect(page.locator("[role=status]").first).to_have_text("")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_nothing_may_copy_the_lines_are_selected(
    new_context: NewContext, site: Path, lang: str
) -> None:
    context = new_context()
    served(context, site)
    page = context.new_page()
    page.add_init_script("Document.prototype.execCommand = () => false")
    page.goto(f"{INTRANET}embed/{lang}/")
    page.locator("button[data-copies=embed-frame]").click()
    expect(page.locator("button[data-copies=embed-frame] + [role=status]")).to_have_text(
        labels(lang)["embed-by-hand"]
    )
    area = page.locator("#embed-frame")
    expect(area).to_be_focused()
    assert area.evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd)") == area.input_value() != ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_part_is_filled_in_shown_and_shared_by_its_address(
    new_context: NewContext, embeds: str, site: Path, published: str, lang: str
) -> None:
    page = new_context().new_page()
    page.goto(f"{embeds}embed/{lang}/")
    folder = site / "embed" / lang
    every = {f"{p.parent.relative_to(folder)}" for p in folder.rglob("index.html")} - {"."}
    seen = set()
    for index in range(len(every)):
        page.locator("select[name=part]").select_option(value=str(index))
        name = urlsplit(page.url).fragment
        assert f'src="{published}embed/{lang}/{name}/"' in page.locator("#embed-frame").input_value()
        # The script makes of the attributes what the frame says.
        frame = page.locator("#preview iframe")
        assert frame.get_attribute("src") == f"{embeds}embed/{lang}/{name}/"
        full = re.search('href="([^"]+)"', page.locator("#embed-link").input_value())[1]  # type: ignore[index]
        assert (site / urlsplit(full.removeprefix(published)).path / "index.html").is_file()
        seen.add(name)
    assert seen == every
    # The address brings it back, in the other language too.
    page.reload()
    assert page.locator("#preview iframe").get_attribute("src") == f"{embeds}embed/{lang}/{name}/"
    page.locator("a.language").click()
    theirs = next(other for other in LANGUAGES if other != lang)
    expect(page.locator("#preview iframe")).to_have_attribute("src", f"{embeds}embed/{theirs}/{name}/")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", [f"{TOPIC}/", f"flow/{FLOW}/"])
def test_page_of_the_site_leads_to_its_lines(
    new_context: NewContext, embeds: str, path: str, lang: str
) -> None:
    page = new_context().new_page()
    page.goto(f"{embeds}{lang}/{path}")
    page.get_by_role("link", name=labels(lang)["embed"], exact=True).click()
    part = path if path.startswith(TOPIC) else f"{TOPIC}/{path}"
    expect(page.locator("#preview iframe")).to_have_attribute("src", f"{embeds}embed/{lang}/{part}")
    page.wait_for_load_state("networkidle")
    # The reader is at the choice, not somewhere down in the list.
    assert page.evaluate("scrollY") == 0
    expect(page.locator("select[name=part]")).to_be_in_viewport()
    assert page.evaluate("document.activeElement === document.body")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_a_script_the_address_leads_to_the_part_in_the_list(
    new_context: NewContext, embeds: str, lang: str
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{embeds}embed/{lang}/#{TOPIC}/flow/{FLOW}")
    expect(page.locator(f"#all a[data-id={FLOW}]")).to_be_in_viewport()


@pytest.mark.parametrize("name", PUBLISHED)
def test_script_of_every_edition_sizes_the_embeds_of_today(
    reader: Reader, embeds: str, lines: Callable[..., str], name: str
) -> None:
    text = lines("embed-script", "en", f"{TOPIC}/", f' topic="{TOPIC}" section="key-points"')
    text = re.sub(r'clinref\.\w+\.js" integrity="[^"]+"', f'{name}" integrity="{PUBLISHED[name]}"', text)
    page = reader.open(text, strict(embeds))
    fits(page, framed(page, embeds))
    assert f"/embed/v1/{name}" in {urlsplit(url).path for url in reader.urls}
    assert reader.refused == []


def test_script_that_was_changed_does_not_run(reader: Reader, embeds: str, lines: Callable[..., str]) -> None:
    """So a host that names the integrity is safe from what becomes of the server."""
    text = lines("embed-script", "en", f"{TOPIC}/", f' topic="{TOPIC}" section="key-points"')
    reader.context.route(
        "**/embed/v1/clinref.*.js",
        lambda route: route.fulfill(
            body="window.evil = 1",
            headers={"Access-Control-Allow-Origin": "*"},
            content_type="text/javascript",
        ),
    )
    page = reader.open(text)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.evil") is None
    expect(page.get_by_role("link", name="A title")).to_be_visible()
    assert page.locator("iframe").count() == 0


@pytest.mark.parametrize("crossorigin", ["", " crossorigin"])
def test_script_without_integrity_sizes_too(reader: Reader, embeds: str, crossorigin: str) -> None:
    page = reader.open(
        f'<script src="{embeds}embed/v1/clinref.js"{crossorigin}></script>'
        f'<clinref-embed lang="zh" topic="{TOPIC}" section="key-points"></clinref-embed>',
        strict(embeds),
    )
    fits(page, framed(page, embeds))
    assert reader.refused == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_fits_a_phone_and_lists_all_without_a_script(
    new_context: NewContext, embeds: str, site: Path, lang: str
) -> None:
    page = new_context(java_script_enabled=False, viewport={"width": 360, "height": 700}).new_page()
    page.goto(f"{embeds}embed/{lang}/")
    expect(page.locator("form")).to_be_hidden()
    links = page.locator("#all a").all()
    assert len(links) == len(list((site / "embed" / lang).rglob("index.html"))) - 1
    phone = new_context(viewport={"width": 360, "height": 700}).new_page()
    phone.goto(f"{embeds}embed/{lang}/")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_topic_and_flow_tells_how_it_is_embedded(site: Path, published: str, lang: str) -> None:
    folder = site / "oembed" / lang
    told = {str(path.relative_to(folder).with_suffix("")): path for path in folder.rglob("*.json")}
    built = {str(path.parent.relative_to(site / lang)): path for path in (site / lang).rglob("index.html")}
    # What can be embedded is told of by its page, and nothing else is.
    topics = {path.name for path in (site / "embed" / lang).iterdir() if path.is_dir()}
    flows = {name for name in built if name.startswith("flow/")}
    assert len(topics) >= 4 and len(flows) >= 3
    assert set(told) == topics | flows
    for name, path in built.items():
        links = lxml_html.parse(str(path)).xpath("//link[@type='application/json+oembed']")
        wanted = [f"{published}oembed/{lang}/{name}.json"] if name in told else []
        assert [link.get("href") for link in links] == wanted, name
        assert all(link.get("rel").split() == ["alternate"] for link in links)
    for name, path in told.items():
        data = json.loads(path.read_text(encoding="utf-8"))
        assert (data["version"], data["type"]) == ("1.0", "rich")
        frame = lxml_html.fromstring(data["html"])
        ending = f"{name}/"
        assert frame.get("src").startswith(f"{published}embed/{lang}/") and frame.get("src").endswith(ending)
        assert frame.get("title") == data["title"] == html.unescape(data["title"])
        assert (frame.get("width"), frame.get("height")) == (str(data["width"]), str(data["height"]))
        assert (site / frame.get("src").removeprefix(published) / "index.html").is_file()
