"""The real book, built once; a server that shows it under its sub-path; one browser."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page, expect
from servers import served

PROJECT = Path(__file__).resolve().parents[2]
LANGUAGES = ("zh", "en")
TOPIC = "metastatic-bone-tumors"
# Milliseconds that a test waits for what a page is to show: three processes share two slow processors.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
# Every template of a language, by the address of one page made with it.
PAGES = {
    "home": "",
    "topic": f"{TOPIC}/",
    "glossary": "glossary/",
    "references": "references/",
    "figures": "figures/",
    "about": "about/",
    "flow": "flow/work-up/",
    "404": "404.html",
}


def ask(page: Page, query: str) -> None:
    """Types a question into the search that is open, and waits for its answer."""
    page.evaluate(
        """() => { window.answered = "";
          document.querySelector("#clinref-search").addEventListener(
            "clinref-found", event => { window.answered = event.detail; }); }"""
    )
    page.locator("#clinref-search input").fill(query)
    page.wait_for_function("query => window.answered === query", arg=query.strip())


def until(page: Page, true: Callable[[], object]) -> None:
    """Waits until something is true that the browser tells of, ten seconds at most."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "waited for ten seconds"
        page.wait_for_timeout(20)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The book as `clinref build` makes it, once for all processes that run tests."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    folder = shared / "book" / "site"
    folder.parent.mkdir(exist_ok=True)
    with (shared / "book.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            command = [sys.executable, "-m", "generator", "build", "--content", "content"]
            command += ["--site", str(folder)]
            done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
    return folder


def published_path() -> str:
    """The path of the address that the book is published under, as site.yml names it."""
    settings = yaml.safe_load((PROJECT / "content/shared/site.yml").read_text(encoding="utf-8"))
    return urlsplit(settings["url"]).path.strip("/")


@pytest.fixture(scope="session")
def sub_path() -> str:
    """The path of the address that the book is published under."""
    return published_path()


@pytest.fixture(scope="session")
def http_site(site: Path, sub_path: str) -> Iterator[str]:
    """The address of the site on this machine, below its sub-path."""
    with served(site, sub_path) as here:
        yield here


@pytest.fixture(scope="session")
def base(request: pytest.FixtureRequest, site: Path) -> str:
    """The address of the site, over http or from the disk."""
    if request.param == "http":
        return str(request.getfixturevalue("http_site"))
    return f"{site.as_uri()}/"


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Makes contexts (a reader with settings of his own) that end with the test."""
    made: list[BrowserContext] = []

    def make(**settings: object) -> BrowserContext:
        settings.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(**settings)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A wide window."""
    return new_context().new_page()


def address(base: str, path: str) -> str:
    """The address of a page; from the disk a folder's index has to be named."""
    folder = not path or path.endswith("/")
    return f"{base}{path}index.html" if folder and base.startswith("file:") else f"{base}{path}"
