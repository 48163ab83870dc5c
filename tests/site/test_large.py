"""A book of many topics: one is found by category, letter and word, and no page carries the names of all."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import LANGUAGES, PROJECT, NewContext, address
from playwright.sync_api import Page, expect

sys.path.insert(0, str(PROJECT / "benchmarks"))
import corpus

EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
# So many categories has a book of a thousand topics; what the frame of a page holds depends on them alone.
TOPICS, IN_CATEGORY, CATEGORIES = 80, 2, 40
MAX_FRAME = 30_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The content and the built site. The second category lies in the first, that in one without topics
    of its own; another has none at all."""
    folder = tmp_path_factory.mktemp("large")
    book, site = folder / "book", folder / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "CATEGORY", IN_CATEGORY)
        corpus.write(book, TOPICS)
    settings = yaml.safe_load((book / "shared/site.yml").read_text(encoding="utf-8"))
    assert len(settings["categories"]) == CATEGORIES
    settings["categories"]["category-001"] = {"within": "category-000"}
    settings["categories"]["category-000"] = {"within": "top"}
    settings["categories"] |= {"top": {}, "without-topics": {}}
    (book / "shared/site.yml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    for lang in LANGUAGES:
        path = book / lang / "ui.yml"
        ui = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
        ui["categories"] |= {"top": "Top", "without-topics": "Nothing"}
        path.write_text(yaml.safe_dump(ui, allow_unicode=True, sort_keys=False), encoding="utf-8")
    command = [sys.executable, "-m", "generator", "build", "--no-pdf", "--no-offline"]
    command += ["--content", str(book), "--site", str(site)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return book, site


def titles(book: Path, lang: str) -> dict[str, str]:
    """The title of every topic."""
    return {
        path.stem: yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)["title"]
        for path in (book / lang / "topics").glob("*.yml")
    }


@EACH_LANGUAGE
def test_the_frame_of_every_page_stays_small(large: tuple[Path, Path], lang: str) -> None:
    _, site = large
    pages = sorted((site / lang).glob("topic-*/index.html"))
    assert len(pages) > TOPICS
    for path in [*pages, site / lang / "index.html", site / lang / "topics/index.html"]:
        html = path.read_text(encoding="utf-8")
        frame = re.sub(r"<article.*</article>", "", html, flags=re.S)
        assert "<article" in html
        assert len(frame.encode("utf-8")) <= MAX_FRAME, path


@EACH_LANGUAGE
def test_every_topic_and_flow_stands_in_the_index_and_in_its_category(
    large: tuple[Path, Path], page: Page, lang: str
) -> None:
    book, site = large
    wanted = titles(book, lang)
    base = f"{site.as_uri()}/"
    page.goto(address(base, f"{lang}/topics/"))
    names = page.locator(".letter-group li > a.ref-topic, .letter-group li > a.ref-patient").all_inner_texts()
    assert sorted(names) == sorted(wanted.values())
    flows = page.locator("#flows ~ ul a.ref-flow")
    assert flows.count() == len(list((book / "shared/flows").glob("*.yml")))
    if lang == "en":
        under = page.locator(".letter-group:has(h2[id^=letter-])").evaluate_all(
            "all => all.map(g => [g.querySelector('h2').id.slice(-1),"
            " [...g.querySelectorAll('li > a')].map(a => a.textContent)])"
        )
        assert all(name[0].lower() == letter for letter, group in under for name in group)
    links = page.locator(".category-list a").evaluate_all("all => all.map(a => a.href)")
    # Those within another stand on its page, those without a topic nowhere.
    assert len(links) == CATEGORIES - 2 + 1
    seen: list[str] = []
    while links:
        page.goto(links.pop())
        seen += page.locator("article li > a.ref-topic, article li > a.ref-patient").all_inner_texts()
        links += page.locator("article .category-list a").evaluate_all("all => all.map(a => a.href)")
    assert sorted(seen) == sorted(wanted.values())


@EACH_LANGUAGE
def test_from_home_to_a_topic_and_back_up(large: tuple[Path, Path], page: Page, lang: str) -> None:
    book, site = large
    page.goto(address(f"{site.as_uri()}/", f"{lang}/"))
    assert page.locator(".home-topics li").count() == CATEGORIES - 2 + 1
    page.get_by_role("link", name="Top", exact=True).click()
    expect(page.locator("article .category-list .count")).to_have_text(str(counted(book, "000", "001")))
    page.locator("article .category-list a").click()
    page.locator("article .category-list a").click()
    expect(page.locator("article .category-path a").nth(1)).to_have_text("Top")
    topic = page.locator("article li > a.ref-topic").first
    name = topic.inner_text()
    topic.click()
    assert page.locator("h1").inner_text().startswith(name)
    path = page.locator("article .category-path a")
    assert path.count() == 3
    path.first.click()
    assert page.locator("h1").inner_text().startswith("Top")


def counted(book: Path, *numbers: str) -> int:
    shared = [path.read_text(encoding="utf-8") for path in (book / "shared/topics").glob("*.yml")]
    return sum(f"category: category-{number}\n" in text for text in shared for number in numbers)


@EACH_LANGUAGE
def test_the_index_narrows_by_a_word_and_by_pinyin(
    large: tuple[Path, Path], new_context: NewContext, lang: str
) -> None:
    book, site = large
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(address(f"{site.as_uri()}/", f"{lang}/topics/"))
    title = titles(book, lang)["topic-0042"]
    page.locator("#filter-text").fill(title)
    left = page.locator("[data-item]:visible > a").all_inner_texts()
    assert title in left
    assert len(left) < 8
    if lang == "zh":
        entry = page.locator("[data-item]:visible", has_text=title).first
        typed = str(entry.get_attribute("data-find")).split()[0]
        page.locator("#filter-text").fill(typed)
        assert title in page.locator("[data-item]:visible > a").all_inner_texts()
    page.locator("#filter-text").fill("")
    assert page.locator("[data-item]:visible").count() == page.locator("[data-item]").count()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
