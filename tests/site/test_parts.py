"""A glossary and references of more entries than one page holds: parts, and every way that leads to them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import LANGUAGES, PROJECT, NewContext, address
from playwright.sync_api import Page, expect
from servers import served, strict

from generator import resolve as resolver
from generator.cli import FINE, main
from generator.load import load
from generator.model import Content, Edition
from generator.render import server, typeset

BOOK = PROJECT / "tests" / "fixtures" / "book"
LIMIT = 2
LISTS = ("glossary", "references")
EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
EACH_LIST = pytest.mark.parametrize("name", LISTS)


@pytest.fixture(scope="module")
def book() -> Content:
    content, found = load(BOOK)
    assert content is not None, found
    return content


def split(content: Content, language: str) -> Edition:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resolver, "LIST_LIMIT", LIMIT)
        return resolver.resolve(content, language)


@pytest.fixture(scope="module")
def parted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny book as if it were a large one, PDFs and offline copy too; the audit is part of a build."""
    site = tmp_path_factory.mktemp("parted") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resolver, "LIST_LIMIT", LIMIT)
        assert main(["build", "--content", str(BOOK), "--site", str(site)]) == FINE
    return site


@pytest.fixture(scope="module", params=["http", "file"])
def base(request: pytest.FixtureRequest, parted: Path, book: Content) -> Iterator[str]:
    """The address of that site: over http, under the policy that servers are told to send, or on the disk."""
    if request.param == "file":
        yield f"{parted.as_uri()}/"
        return
    with served(parted, "some/book", strict(server.policy(book.site))) as here:
        yield here


def entries(content: Content, name: str) -> set[str]:
    return {str(id_) for id_ in (content.terms if name == "glossary" else content.references)}


def parts_of(site: Path, lang: str, name: str) -> dict[str, str]:
    """The parts of a list by their addresses, in order."""
    paths = sorted((site / lang / name).glob("*/index.html"))
    return {f"{lang}/{name}/{path.parent.name}/": path.read_text(encoding="utf-8") for path in paths}


def part_with(site: Path, lang: str, name: str, id_: str) -> str:
    (found,) = [path for path, html in parts_of(site, lang, name).items() if f'id="{id_}"' in html]
    return found


@EACH_LIST
@EACH_LANGUAGE
def test_every_entry_stands_on_one_part_and_none_on_the_overview(
    parted: Path, book: Content, lang: str, name: str
) -> None:
    wanted, parts = entries(book, name), parts_of(parted, lang, name)
    assert len(parts) == -(-len(wanted) // LIMIT) > 1
    shown = [id_ for html in parts.values() for id_ in wanted if f'id="{id_}"' in html]
    assert sorted(shown) == sorted(wanted)
    overview = (parted / lang / name / "index.html").read_text(encoding="utf-8")
    assert not [id_ for id_ in wanted if f'id="{id_}"' in overview]
    article = overview[overview.index("<article") :]
    for path in parts:
        assert re.search(rf'href="{path.split("/")[-2]}/(#[^"]*)?"', article)


@EACH_LIST
def test_a_part_leads_to_its_overview_and_its_neighbors(parted: Path, name: str) -> None:
    parts = list(parts_of(parted, "en", name).values())
    for number, html in enumerate(parts, 1):
        article = html[html.index("<article") :]
        ways = {"../"} | {f"../{n}/" for n in (number - 1, number + 1) if 1 <= n <= len(parts)}
        assert ways == set(re.findall(r'href="(\.\./(?:\d+/)?)"', article))


def test_names_are_in_order_from_part_to_part(book: Content) -> None:
    """What stands on an earlier part comes earlier by letters, and by pinyin in Chinese."""
    for lang in LANGUAGES:
        pages = [p for p in split(book, lang).pages if p.path != p.whole and p.kind == "glossary"]
        names = [[t.name for _, terms in page.terms for t in terms] for page in pages]
        keys = [[resolver.place(name) for name in part] for part in names]
        assert all(max(one) < min(other) for one, other in pairwise(keys))
        for page, part in zip(pages, names, strict=True):
            first, last = min(part, key=resolver.place), max(part, key=resolver.place)
            assert first in page.title and last in page.title


@EACH_LANGUAGE
def test_no_page_leads_to_an_entry_by_way_of_the_overview(parted: Path, book: Content, lang: str) -> None:
    old = re.compile(rf'href="(?:[^"]*/)?(?:{lang}/)?(?:{"|".join(LISTS)})/#')
    direct = 0
    for path in parted.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert not old.search(html), path
        direct += len(re.findall(r'href="[^"]*glossary/\d+/#[a-z]', html))
    assert direct > 10


@EACH_LANGUAGE
def test_search_knows_the_part_of_an_entry(book: Content, parted: Path, lang: str) -> None:
    every = (parted / lang).rglob("*.js*")
    files = "".join(path.read_text(encoding="utf-8") for path in every if "search" in str(path))
    for name in LISTS:
        for path in parts_of(parted, lang, name):
            assert f'"{path.removeprefix(f"{lang}/").rstrip("/")}"' in files


@EACH_LANGUAGE
def test_the_printed_book_has_the_lists_whole(book: Content, lang: str) -> None:
    """Split or not, paper holds the same entries, and every label that something leads to."""

    def printed(edition: Edition) -> dict[str, object]:
        (made,) = typeset.manuscripts(edition, share={"book"})
        return dict(json.loads(made.tree))

    one, other = printed(resolver.resolve(book, lang)), printed(split(book, lang))
    assert other["references"] == one["references"]
    assert other["topics"] == one["topics"]

    def terms(tree: dict[str, object]) -> dict[str, dict[str, object]]:
        groups: list[dict[str, list[dict[str, object]]]] = tree["glossary"]["groups"]  # type: ignore[index]
        return {str(t["id"]): {**t, "in": group["title"]} for group in groups for t in group["terms"]}

    assert terms(other) == terms(one)


@EACH_LANGUAGE
def test_a_list_that_fits_is_one_page(book: Content, lang: str) -> None:
    paths = {page.path for page in resolver.resolve(book, lang).pages}
    assert set(LISTS) <= paths
    assert not [path for path in paths if path.partition("/")[0] in LISTS and "/" in path]


# -- in a browser --------------------------------------------------------------------------------------------


def arrived(page: Page, base: str, path: str, id_: str) -> None:
    """The reader ends at an entry, which can be seen."""
    page.wait_for_url(f"{address(base, path)}#{id_}")
    expect(page.locator(f"[id='{id_}']")).to_be_in_viewport()
    assert page.evaluate("document.querySelector(':target').id") == id_


@EACH_LIST
@EACH_LANGUAGE
def test_an_old_address_leads_to_the_part(
    page: Page, base: str, parted: Path, book: Content, lang: str, name: str
) -> None:
    id_ = sorted(entries(book, name))[0]
    page.goto(f"{address(base, f'{lang}/{name}/')}#{id_}")
    arrived(page, base, part_with(parted, lang, name, id_), id_)


@EACH_LIST
def test_an_entry_that_moved_is_found_from_its_former_part(
    page: Page, base: str, parted: Path, book: Content, name: str
) -> None:
    id_ = sorted(entries(book, name))[0]
    to = part_with(parted, "en", name, id_)
    former = next(path for path in parts_of(parted, "en", name) if path != to)
    page.goto(address(base, former))
    page.evaluate("id => { window.location.hash = id; }", id_)
    arrived(page, base, to, id_)


@pytest.mark.parametrize("fragment", ["nothing-of-this-name", "%E0%A4%A", "constructor", "top"])
def test_an_unknown_place_leaves_the_reader_where_he_is(page: Page, base: str, fragment: str) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    at = f"{address(base, 'en/glossary/')}#{fragment}"
    page.goto(at, wait_until="networkidle")
    assert page.url == at and faults == []


def test_the_language_switch_keeps_the_entry(page: Page, base: str, parted: Path) -> None:
    page.goto(f"{address(base, part_with(parted, 'en', 'glossary', 'glimmer'))}#glimmer")
    page.locator("header [data-language-switch]").click()
    arrived(page, base, part_with(parted, "zh", "glossary", "glimmer"), "glimmer")


def test_a_term_of_a_topic_is_one_click_away(page: Page, base: str, parted: Path) -> None:
    page.goto(address(base, "en/sample-topic/"))
    link = page.locator("article a.ref-term").first
    id_ = urlsplit(link.get_attribute("href") or "").fragment
    link.click()
    arrived(page, base, part_with(parted, "en", "glossary", id_), id_)


@EACH_LANGUAGE
def test_without_scripts_letters_lead_on(new_context: NewContext, base: str, lang: str) -> None:
    page = new_context(java_script_enabled=False, viewport={"width": 320, "height": 700}).new_page()
    page.goto(address(base, f"{lang}/glossary/"))
    letters = page.locator(".letters a")
    names = letters.all_inner_texts()
    assert len(names) == len(set(names)) > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    to = letters.last.get_attribute("href") or ""
    # From the disk a folder opens as a list of its files, which only a script can mend.
    page.goto(address(base, f"{lang}/glossary/{to.partition('#')[0]}") + f"#{to.partition('#')[2]}")
    expect(page.locator(":target")).to_have_text(re.compile(f"^{re.escape(names[-1])}"))
