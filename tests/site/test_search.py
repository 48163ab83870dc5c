"""What a reader finds who types a question into the theme's search box."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from conftest import PROJECT, TOPIC
from playwright.sync_api import Browser, Page

# Questions of clinicians, one a row, with the section that answers each.
QUERIES = Path(__file__).parent / "queries.tsv"
# Measured with four topics: zh 5 of 9, en 8 of 9; with one topic 7 and 9. The theme counts words in common.
# One question may be lost to a change of wording, not two.
FLOOR = {"zh": 4 / 9, "en": 7 / 9}


class Found(NamedTuple):
    page: str
    anchor: str


class Searcher:
    """A reader at the search box of one language."""

    def __init__(self, page: Page, base: str, language: str) -> None:
        self.page, self.home = page, f"{base}{language}/"
        self.box = page.locator("[data-md-component=search-query]")
        page.goto(f"{self.home}{TOPIC}/")
        # Which section of the page each heading stands in.
        self.section = dict(
            page.evaluate(
                """() => { let parent = "";
                  const headings = [...document.querySelectorAll("article :is(h1, h2, h3, h4)[id]")];
                  return headings.map(h => {
                    if (/H[12]/.test(h.tagName)) parent = h.id;
                    return [h.id, parent];
                  }); }"""
            )
        )

    def type(self, words: str) -> None:
        """Words come in as from an input method; the theme looks at the box when a key is let go."""
        self.box.fill(words)
        self.box.press("End")

    def search(self, query: str) -> list[Found]:
        """The results from the top, with the sections that the dialog folds under "more on this page"."""
        items = self.page.locator(".md-search-result__item")
        self.box.click()
        self.type("")
        # Neither the last results nor their "none" may be taken for the next.
        self.page.wait_for_function(
            """() => !document.querySelector(".md-search-result__item") && !/没有找到|No matching/.test(
              document.querySelector(".md-search-result__meta").textContent)"""
        )
        self.type(query)
        # The line above the results counts them, or says that there are none.
        self.page.wait_for_function(
            """() => document.querySelector(".md-search-result__item")
              || /没有找到|No matching/.test(document.querySelector(".md-search-result__meta").textContent)"""
        )
        addresses = items.locator("a.md-search-result__link").evaluate_all("all => all.map(a => a.href)")
        urls = [urlsplit(address) for address in addresses]
        home = urlsplit(self.home).path
        return [Found(url.path.removeprefix(home), unquote(url.fragment)) for url in urls]

    def answers(self, result: Found, expected: str) -> bool:
        """Whether a result leads to the expected section; a subsection counts for its parent."""
        if expected == "glossary":
            return result.page == "glossary/"
        return result.page == f"{TOPIC}/" and self.section.get(result.anchor) == expected


@pytest.fixture(scope="module")
def searchers(browser: Browser, http_site: str) -> dict[str, Searcher]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    return {lang: Searcher(context.new_page(), http_site, lang) for lang in ("zh", "en")}


def questions() -> list[dict[str, str]]:
    with QUERIES.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["kind"] == "plain"]


def test_plain_questions_find_their_section(
    searchers: dict[str, Searcher], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = questions()
    assert {row["lang"] for row in rows} == set(FLOOR)
    hits: dict[tuple[str, str], list[bool]] = defaultdict(list)
    missed = []
    for row in rows:
        searcher, expected = searchers[row["lang"]], row["expected_section"]
        results = searcher.search(row["query"])[:3]
        hit = any(searcher.answers(result, expected) for result in results)
        hits[row["lang"], expected].append(hit)
        if not hit:
            first = [f"{result.page}#{result.anchor}" for result in results]
            missed.append(f"  {row['lang']} {row['query']} (wanted {expected}): {first}")
    lines = ["", "recall among the first 3 results", f"{'language':<10}{'section':<16}found"]
    recall = {}
    for (lang, section), found in sorted(hits.items()):
        lines.append(f"{lang:<10}{section:<16}{sum(found)}/{len(found)}")
    for lang in FLOOR:
        every = [hit for (language, _), found in hits.items() if language == lang for hit in found]
        recall[lang] = sum(every) / len(every)
        lines.append(f"{lang:<10}{'all':<16}{sum(every)}/{len(every)} = {recall[lang]:.2f}")
    report = "\n".join([*lines, *(["missed:", *missed] if missed else [])])
    with capsys.disabled():
        print(report)
    for lang, floor in FLOOR.items():
        assert recall[lang] >= floor - 1e-9, report


@pytest.mark.parametrize(
    ("lang", "query", "term"),
    [
        ("zh", "denosumab", "denosumab"),
        ("zh", "安加维", "denosumab"),
        ("zh", "地诺单抗", "denosumab"),
        ("en", "地舒单抗", "denosumab"),
        ("en", "安加维", "denosumab"),
        ("en", "Xgeva", "denosumab"),
    ],
)
def test_every_name_of_a_term_finds_the_pages_about_it(
    searchers: dict[str, Searcher], lang: str, query: str, term: str
) -> None:
    results = searchers[lang].search(query)
    assert Found("glossary/", term) in results, results
    assert any(result.page == f"{TOPIC}/" and result.anchor for result in results), results


def title(lang: str, *path: str) -> str:
    """The title of a section of the topic."""
    node = yaml.safe_load((PROJECT / f"content/{lang}/topics/{TOPIC}.yml").read_text(encoding="utf-8"))
    for id_ in path:
        node = node["sections"][id_]
    return node["title"]


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
    searchers: dict[str, Searcher], lang: str, path: tuple[str, ...], part: str
) -> None:
    whole = title(lang, *path)
    assert part in whole
    assert not whole.startswith(part), "the word must not begin the title"
    results = searchers[lang].search(part)
    assert Found(f"{TOPIC}/", path[-1]) in results, results


def test_a_character_of_no_sentence_does_not_hide_the_rest(searchers: dict[str, Searcher]) -> None:
    # 咋 stands in no sentence; the theme would take the whole run for one unknown word.
    plain, with_stranger = (searchers["zh"].search(query) for query in ("骨转移", "骨转移咋治疗"))
    assert plain
    assert any(result.page == f"{TOPIC}/" for result in with_stranger), with_stranger


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nonsense_finds_nothing(searchers: dict[str, Searcher], lang: str) -> None:
    assert searchers[lang].search("qqzzxxv") == []
