"""The reader's own scripts over the index of a book, in a page without a theme, for the tests of search."""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page
from tiny import ROOT

from generator import search
from generator.model import Edition, OutputFile

sys.path.insert(0, str(ROOT / "tests" / "site"))
import browser as chromium

RELEVANCE = ROOT / "tests" / "search" / "relevance.tsv"
SCRIPTS = ROOT / "site_config" / "theme" / "assets" / "search"
ORDER = ("snowball", "words", "load", "engine")


def questions() -> list[dict[str, str]]:
    """The questions that search is measured by, column to text."""
    with RELEVANCE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def tuned(language: str) -> list[str]:
    """Those of a language that the ranking may be tuned by."""
    return [row["query"] for row in questions() if (row["lang"], row["split"]) == (language, "tune")]


def write(edition: Edition, folder: Path) -> Path:
    """The index and the scripts as a site has them, and a page that loads them. Returns the page."""
    return write_files(search.files(edition), folder)


def write_files(files: list[OutputFile], folder: Path) -> Path:
    """The same, of an index that is made."""
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    shutil.copytree(SCRIPTS, folder / "assets" / "search", dirs_exist_ok=True)
    tags = "".join(f'<script src="assets/search/{name}.js"></script>' for name in ORDER)
    page = folder / "index.html"
    page.write_text(f'<!doctype html><meta charset="utf-8"><title>search</title>{tags}', encoding="utf-8")
    return page


@contextmanager
def opened() -> Iterator[Page]:
    """A page of the browser."""
    with chromium.started() as browser:
        yield browser.new_page()


def visit(page: Page, address: Path) -> None:
    """Opens the page that `write` made, from the disk, its engine at hand as `engine`."""
    page.goto(address.as_uri())
    page.evaluate("() => { window.engine = clinrefEngine(clinrefLoader(new URL('./', location).href)); }")


ASK = """async queries => {
  const out = [];
  for (const query of queries) {
    const found = await engine.search(query);
    const place = ({kind, page, anchor, title, text}) => ({kind, page, anchor, title, text});
    const {answers, results, total, also} = found;
    out.push({answers: answers.map(place), results: results.map(place), total, also});
  }
  return out;
}"""
