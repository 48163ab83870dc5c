"""The offline copy of the real book, unpacked and opened from the disk with the network off."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import pytest
import yaml
from conftest import LANGUAGES, PAGES, PROJECT, TOPIC, NewContext
from lxml import html
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Route, expect

EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
OTHER = {"zh": "en", "en": "zh"}
NAME = "clinref-offline.zip"
QUESTION = {"zh": "脊髓压迫", "en": "cord compression"}


@pytest.fixture(scope="session")
def unpacked(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A folder with a blank and ideographs, as on a reader's desktop.
    folder = tmp_path_factory.mktemp("disk") / "离线 copy"
    with zipfile.ZipFile(site / "offline" / NAME) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def offline(new_context: NewContext) -> Iterator[Callable[..., BrowserContext]]:
    """Makes readers without a network; whatever asks for another host, or fails, is told at the end."""
    strangers: list[str] = []
    faults: list[str] = []

    def asked(request: Request) -> None:
        if urlsplit(request.url).scheme not in ("file", "data", "blob"):
            strangers.append(request.url)

    def guarded(route: Route) -> None:
        route.continue_() if route.request.url.startswith("file:") else route.abort()

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"{message.text} {message.location['url']}")

    def make(**settings: object) -> BrowserContext:
        context = new_context(offline=True, **settings)
        context.route("**/*", guarded)
        context.on("request", asked)
        context.on("console", said)
        context.on("weberror", lambda e: faults.append(str(e.error)))
        return context

    yield make
    assert strangers == []
    assert faults == []


def there(page: Page) -> Path:
    """The file that a page was opened from."""
    return Path(url2pathname(urlsplit(page.url).path))


def test_checksums_verify(site: Path, unpacked: Path) -> None:
    for folder in (site / "offline", unpacked):
        done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, capture_output=True)
        assert done.returncode == 0, done.stdout[-2000:]
    summed = (unpacked / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    files = [p for p in unpacked.rglob("*") if p.is_file()]
    assert len(summed) == len(files) - 1


@EACH_LANGUAGE
def test_the_site_offers_it_with_size_and_checksum(page: Page, http_site: str, site: Path, lang: str) -> None:
    data = (site / "offline" / NAME).read_bytes()
    page.goto(f"{http_site}{lang}/")
    page.locator(".page-tools a[href$='offline/']").click()
    page.wait_for_url(f"**/{lang}/offline/")
    facts = page.locator(".offline-facts")
    expect(facts).to_contain_text(hashlib.sha256(data).hexdigest())
    expect(facts).to_contain_text(f"{len(data) / 1e6:.1f} MB")
    with page.expect_download() as download:
        facts.locator("a[href$='.zip']").click()
    assert Path(download.value.path()).read_bytes() == data


def test_every_link_leads_to_a_file(unpacked: Path) -> None:
    """Without a script too: what stands in the files."""
    checked, dead = 0, []
    for path in sorted(unpacked.rglob("*.html")):
        tree = html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
        for element in tree.iter("a", "area", "link", "script", "img", "source", "iframe"):
            for address in filter(None, (element.get("href"), element.get("src"))):
                parts = urlsplit(address)
                if parts.scheme or parts.netloc or not parts.path:
                    continue
                checked += 1
                if not (path.parent / unquote(parts.path)).is_file():
                    dead.append(f"{path.relative_to(unpacked)}: {address}")
    assert dead == []
    assert checked > 1000


@EACH_LANGUAGE
@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_start_page_through_the_book(
    offline: Callable[..., BrowserContext], unpacked: Path, lang: str, scripts: bool
) -> None:
    page = offline(java_script_enabled=scripts).new_page()
    page.goto((unpacked / "start.html").as_uri())
    site = yaml.safe_load((PROJECT / "content/shared/site.yml").read_text(encoding="utf-8"))
    part = page.locator(f"section#{lang}")
    expect(part).to_contain_text(str(site["version"]))
    live = f"{site['url']}{lang}/versions/{str(site['version']).replace('.', '-')}/"
    expect(part.locator(f"a[href='{live}']")).to_have_text(live)
    paper = part.locator("a[href$='book.pdf']").get_attribute("href") or ""
    assert (unpacked / paper).read_bytes().startswith(b"%PDF")

    part.locator(f"a[href='book/{lang}/index.html']").click()
    assert there(page) == unpacked / "book" / lang / "index.html"
    assert page.locator("html").get_attribute("lang") == lang
    page.locator(f"article a[href='{TOPIC}/index.html']").first.click()
    assert there(page) == unpacked / "book" / lang / TOPIC / "index.html"
    for tool in page.locator(".page-tools a[href$='.pdf']").all():
        target = there(page).parent / (tool.get_attribute("href") or "")
        assert target.read_bytes().startswith(b"%PDF"), target
    assert page.locator(".page-tools a[href$='.pdf']").count() == 2
    page.locator("[data-language-switch]").first.click()
    assert there(page) == unpacked / "book" / OTHER[lang] / TOPIC / "index.html"


@EACH_LANGUAGE
def test_language_switch_keeps_the_place(
    offline: Callable[..., BrowserContext], unpacked: Path, lang: str
) -> None:
    page = offline().new_page()
    page.goto((unpacked / "book" / lang / TOPIC / "index.html").as_uri() + "#treatment")
    page.locator("[data-language-switch]:visible").first.click()
    page.wait_for_url(lambda url: f"/{OTHER[lang]}/{TOPIC}/" in url)
    assert there(page) == unpacked / "book" / OTHER[lang] / TOPIC / "index.html"
    assert urlsplit(page.url).fragment == "treatment"
    expect(page.locator("#treatment")).to_be_in_viewport()


@EACH_LANGUAGE
def test_a_flow_is_walked_and_its_place_can_be_kept(
    offline: Callable[..., BrowserContext], unpacked: Path, lang: str
) -> None:
    page = offline().new_page()
    page.goto((unpacked / "book" / lang / "flow" / "work-up" / "index.html").as_uri())
    panel = page.locator("#page-walk")
    first = panel.get_attribute("data-step")
    panel.locator("button", has_text=panel.get_attribute("data-walk-next") or "-").or_(
        panel.locator(".walk-answers button")
    ).first.click()
    second = panel.get_attribute("data-step")
    assert second != first
    place = urlsplit(page.url).fragment
    assert place.startswith("walk=work-up:")
    page.reload()
    assert panel.get_attribute("data-step") == second
    reading = panel.locator("a[href*='index.html#']").first
    expect(reading).to_be_visible()
    reading.click()
    page.wait_for_url("**/index.html#*")
    assert there(page).is_file()
    assert page.locator(f"[id='{urlsplit(page.url).fragment}']").count() == 1


@EACH_LANGUAGE
def test_search_answers_and_leads_to_a_file(
    offline: Callable[..., BrowserContext], unpacked: Path, lang: str
) -> None:
    page = offline().new_page()
    page.goto((unpacked / "book" / lang / TOPIC / "index.html").as_uri())
    page.keyboard.press("Control+k")
    page.locator("#clinref-search[open] input").fill(QUESTION[lang])
    answers = page.locator("#clinref-search[open] a[href*='malignant-spinal-cord-compression/']")
    expect(answers.first).to_be_visible()
    answers.first.click()
    page.wait_for_url("**/malignant-spinal-cord-compression/index.html*")
    assert there(page) == unpacked / "book" / lang / "malignant-spinal-cord-compression" / "index.html"


@EACH_LANGUAGE
def test_every_kind_of_page_opens(offline: Callable[..., BrowserContext], unpacked: Path, lang: str) -> None:
    page = offline().new_page()
    names = [f"{lang}/{path}index.html" for path in PAGES.values() if path != "404.html"]
    names += [f"{lang}/versions/index.html", "index.html", f"parallel/{TOPIC}/index.html"]
    for name in [*names, "infobutton/index.html"]:
        page.goto((unpacked / "book" / name).as_uri())
        page.wait_for_load_state("networkidle")
        assert page.locator("h1:visible, main > a:visible").first.inner_text().strip(), name
    assert not list(unpacked.rglob("404.html"))
    # A page that only the published site has is replaced by the start page.
    page.goto((unpacked / "book" / lang / "index.html").as_uri())
    page.locator(".page-tools a[href*='start.html']").click()
    assert there(page) == unpacked / "start.html"
    expect(page.locator(f"section#{lang}")).to_be_in_viewport()


@EACH_LANGUAGE
def test_an_answer_by_code_leads_to_a_file(
    offline: Callable[..., BrowserContext], unpacked: Path, lang: str
) -> None:
    page = offline().new_page()
    asked = "mainSearchCriteria.v.cs=2.16.840.1.113883.6.90&mainSearchCriteria.v.c=C79.51"
    start = (unpacked / "book" / "infobutton" / "index.html").as_uri()
    page.goto(f"{start}?{asked}&performer.languageCode.c={lang}")
    page.wait_for_url(f"**/{lang}/{TOPIC}/index.html*")
    assert there(page).is_file()


@EACH_LANGUAGE
def test_an_offline_version_page_does_not_speak_for_today(
    offline: Callable[..., BrowserContext], page: Page, http_site: str, unpacked: Path, lang: str
) -> None:
    reader = offline().new_page()
    reader.goto((unpacked / "book" / lang / "versions" / "index.html").as_uri())
    expect(reader.locator(".offline-only")).to_be_visible()
    expect(reader.locator(".offline-only a")).to_have_attribute("href", page_url(lang))
    page.goto(f"{http_site}{lang}/versions/")
    expect(page.locator(".offline-only")).to_be_hidden()


def page_url(lang: str) -> str:
    site = yaml.safe_load((PROJECT / "content/shared/site.yml").read_text(encoding="utf-8"))
    return f"{site['url']}{lang}/versions/"


@EACH_LANGUAGE
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_start_page_on_a_phone(
    offline: Callable[..., BrowserContext], unpacked: Path, lang: str, scheme: str
) -> None:
    page = offline(viewport={"width": 320, "height": 700}, color_scheme=scheme).new_page()
    page.goto((unpacked / "start.html").as_uri())
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320
    small = page.evaluate(
        "[...document.querySelectorAll('.open a')].filter(e => e.getBoundingClientRect().height < 24).length"
    )
    assert small == 0


# -- an embedded copy of a version that was withdrawn -------------------------------------------------------

HOST = """<!doctype html><html lang="{lang}"><head><meta charset="gbk">
<script src="{script}"{how}></script></head>
<body><p id="mine" data-clinref-version="{version}" hidden></p>
<p id="other" data-clinref-version="1.0" hidden></p></body></html>"""


@pytest.fixture(scope="session")
def tiny_scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of the tiny book, which has a withdrawn version."""
    from generator.load import load
    from generator.render import versions
    from generator.resolve import resolve

    content, found = load(PROJECT / "tests/fixtures/book")
    assert content is not None, found
    folder = tmp_path_factory.mktemp("scripts")
    for file in versions.files([resolve(content, lang) for lang in content.languages]):
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.path).write_bytes(file.data)
    return folder


@EACH_LANGUAGE
@pytest.mark.parametrize("how", ["", " defer", " async"])
@pytest.mark.parametrize(("version", "is_shown"), [("2025.12", True), ("2025.11", False), ("2026.1", False)])
def test_a_copy_of_a_withdrawn_version_says_so(
    page: Page, tiny_scripts: Path, lang: str, how: str, version: str, is_shown: bool
) -> None:
    script = f"embed/v1/versions/{version.replace('.', '-')}.js"
    host = tiny_scripts / f"host-{lang}.html"
    host.write_text(HOST.format(lang=lang, script=script, how=how, version=version), encoding="ascii")
    page.goto(host.as_uri())
    page.wait_for_function("window.clinrefVersion !== undefined")
    banner = page.locator("#mine")
    if is_shown:
        expect(banner).to_be_visible()
        expect(banner).to_contain_text({"zh": "已于2026-01-20撤回", "en": "Withdrawn on 2026-01-20"}[lang])
        expect(banner).to_have_attribute("role", "alert")
        url = f"https://books.example/tiny/{lang}/versions/{version.replace('.', '-')}/"
        expect(banner.locator("a")).to_have_attribute("href", url)
    else:
        expect(banner).to_be_hidden()
    expect(page.locator("#other")).to_be_hidden()


def test_versions_of_the_site_and_their_scripts(site: Path) -> None:
    told = json.loads((site / "api/v1/versions.json").read_text(encoding="utf-8"))
    for version in told["versions"]:
        assert (site / "embed/v1/versions" / f"{version['id']}.js").is_file()
        for lang in LANGUAGES:
            assert (site / lang / "versions" / version["id"] / "index.html").is_file()
