"""Home, glossary, references, figures and the missing page in a real browser, also where no script runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from conftest import LANGUAGES, PROJECT, TOPIC, NewContext, address
from playwright.sync_api import Page, expect
from servers import Quiet, served
from tiny import content_of

from generator.checks.structure import RESERVED

BOTH_WAYS = pytest.mark.parametrize("base", ["http", "file"], indirect=True)
EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
OTHER = {"zh": "en", "en": "zh"}
PHONE = {"width": 360, "height": 740}


def read(path: str) -> dict:
    return yaml.safe_load((PROJECT / "content" / path).read_text(encoding="utf-8"))


# -- home ----------------------------------------------------------------------------------------------------


@BOTH_WAYS
@EACH_LANGUAGE
def test_home_on_a_phone_begins_with_search_and_a_topic(
    new_context: NewContext, base: str, lang: str
) -> None:
    page = new_context(viewport=PHONE).new_page()
    page.goto(address(base, f"{lang}/"))
    box = page.locator("article [data-search-open]")
    first = page.locator(".home-topics li a").first
    for locator in (box, first):
        place = locator.bounding_box()
        assert place is not None
        assert place["y"] + place["height"] < PHONE["height"], place
    assert box.bounding_box()["height"] >= 44  # type: ignore[index]
    title = read(f"{lang}/topics/{TOPIC}.yml")["title"]
    assert first.inner_text() == title
    first.click()
    page.wait_for_url(lambda url: TOPIC in url)


@BOTH_WAYS
@EACH_LANGUAGE
def test_the_box_of_home_opens_search(page: Page, base: str, lang: str) -> None:
    page.goto(address(base, f"{lang}/"))
    page.locator("article [data-search-open]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#clinref-search input")).to_be_focused()
    page.keyboard.type("denosumab")
    expect(page.locator("[data-search-output] a").first).to_be_visible()


@EACH_LANGUAGE
def test_home_names_every_topic_and_flow_once_and_what_is_new(page: Page, http_site: str, lang: str) -> None:
    page.goto(f"{http_site}{lang}/")
    site, changes = read("shared/site.yml"), read("shared/changes.yml")
    topics = page.locator(".home-topics li a").all_inner_texts()
    assert sorted(topics) == sorted(read(f"{lang}/topics/{name}.yml")["title"] for name in site["topics"])
    flows = page.locator(".home-flows li a").all_inner_texts()
    written = [path.stem for path in (PROJECT / "content/shared/flows").glob("*.yml")]
    assert sorted(flows) == sorted(read(f"{lang}/flows/{name}.yml")["title"] for name in written)
    news = page.locator(".home-new li")
    assert news.count() == min(4, len(changes))
    newest = next(iter(changes.values()))
    expect(news.first).to_contain_text(str(newest["date"]))
    expect(page.locator(".home-new")).to_contain_text(str(site["version"]))
    shelf = page.locator(".home-shelf").inner_text()
    for file in ("terms", "references", "figures"):
        assert str(len(read(f"shared/{file}.yml"))) in shelf
    assert page.locator(".home-shelf a[href*='pdf/']").count() == 1
    assert page.locator(".home-shelf a[href*='offline/']").count() == 1


@EACH_LANGUAGE
def test_without_a_script_home_leads_on_and_shows_no_dead_control(
    new_context: NewContext, http_site: str, lang: str
) -> None:
    page = new_context(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto(f"{http_site}{lang}/")
    assert page.locator("article button:visible").count() == 0
    expect(page.locator(".home-search")).to_be_hidden()
    page.locator(".home-flows li a").first.click()
    assert "/flow/" in page.url
    for path in ("glossary", "references", "figures"):
        page.goto(f"{http_site}{lang}/{path}/")
        assert page.locator("article :is(input, select, button):visible").count() == 0, path
        items = page.locator("[data-item]")
        file = "terms" if path == "glossary" else path
        assert items.count() == page.locator("[data-item]:visible").count() == len(read(f"shared/{file}.yml"))


# -- glossary ------------------------------------------------------------------------------------------------


def shown(page: Page) -> list[str]:
    return page.locator("[data-item]:visible").evaluate_all("all => all.map(e => e.id)")


@BOTH_WAYS
@pytest.mark.parametrize(
    ("lang", "typed", "wanted"),
    [
        ("zh", "椎体", "vertebral-body"),
        ("zh", "zhuiti", "vertebral-body"),
        ("zh", "dsdk", "denosumab"),
        ("zh", "DENOSUMAB", "denosumab"),
        ("zh", "Ｄｅｎｏｓｕｍａｂ", "denosumab"),
        ("en", "地舒单抗", "denosumab"),
        ("en", "dishudankang", "denosumab"),
        ("en", "c79.51", "metastatic-bone-tumor"),
        ("en", "metastases skeletal", "metastatic-bone-tumor"),
    ],
)
def test_the_glossary_narrows_while_typing(page: Page, base: str, lang: str, typed: str, wanted: str) -> None:
    page.goto(address(base, f"{lang}/glossary/"))
    every = len(shown(page))
    field = page.locator("#filter-text")
    field.fill(typed)
    left = shown(page)
    assert wanted in left
    assert len(left) < every / 4, left
    status = page.locator("[data-filter-status]").inner_text()
    assert str(len(left)) in status
    assert str(every) in status
    # No letter is offered that leads nowhere.
    for href in page.locator(".letters a:visible").evaluate_all("all => all.map(a => a.hash)"):
        expect(page.locator(f"h2{href}")).to_be_visible()
    page.locator("[data-filter-reset]").click()
    expect(field).to_be_focused()
    assert len(shown(page)) == every


@EACH_LANGUAGE
def test_what_the_glossary_lacks_is_looked_for_in_the_book(page: Page, http_site: str, lang: str) -> None:
    page.goto(f"{http_site}{lang}/glossary/")
    page.locator("#filter-text").fill("Akanda")
    assert shown(page) == []
    assert (
        page.locator("[data-filter-status]").inner_text() == read(f"{lang}/ui.yml")["labels"]["filter-none"]
    )
    page.locator("[data-filter-search]").click()
    expect(page.locator("#clinref-search input")).to_have_value("Akanda")
    expect(page.locator("[data-search-output] a").first).to_be_visible()


@EACH_LANGUAGE
def test_a_link_to_a_hidden_term_shows_it(page: Page, http_site: str, lang: str) -> None:
    page.goto(f"{http_site}{lang}/glossary/")
    page.locator("#filter-text").fill("xyz")
    assert shown(page) == []
    page.evaluate("window.location.hash = 'denosumab'")
    expect(page.locator("[id='denosumab']")).to_be_in_viewport()
    assert page.locator("#filter-text").input_value() == ""
    page.goto(f"{http_site}{lang}/figures/")
    page.goto(f"{http_site}{lang}/glossary/#category-drug")
    categories = read("shared/terms.yml")
    assert sorted(shown(page)) == sorted(i for i, term in categories.items() if term["category"] == "drug")


@EACH_LANGUAGE
def test_both_languages_stand_side_by_side(new_context: NewContext, http_site: str, lang: str) -> None:
    theirs = read(f"{OTHER[lang]}/terms.yml")
    for width in (1280, 360):
        page = new_context(viewport={"width": width, "height": 900}).new_page()
        page.goto(f"{http_site}{lang}/glossary/")
        for id_ in ("denosumab", "vertebral-body"):
            entry = page.locator(f"[id='{id_}']")
            own = entry.locator(".term-own").bounding_box()
            other = entry.locator(".term-other").bounding_box()
            assert own is not None
            assert other is not None
            assert (other["x"] > own["x"] + own["width"] - 1) == (width == 1280)
            assert (other["y"] >= own["y"] + own["height"] - 1) == (width == 360)
    for id_, term in theirs.items():
        other = page.locator(f"[id='{id_}'] .term-other[lang='{OTHER[lang]}']")
        assert term["name"] in str(other.text_content())
        assert len(str(other.text_content()).strip()) > len(term["name"]) + 8, id_


@EACH_LANGUAGE
def test_letters_lead_to_their_terms_in_order(page: Page, http_site: str, lang: str) -> None:
    page.goto(f"{http_site}{lang}/glossary/")
    letters = page.locator(".letters a").all_inner_texts()
    assert letters == sorted(letters)
    under = page.locator(".letter-group").evaluate_all(
        "all => all.map(g => [g.querySelector('h2').id,"
        " [...g.querySelectorAll('.term-name b')].map(b => b.textContent)])"
    )
    assert [f"letter-{letter.lower()}" for letter in letters] == [id_ for id_, _ in under]
    terms = {name: id_[-1] for id_, names in under for name in names}
    if lang == "en":
        assert all(name[0].lower() == letter for name, letter in terms.items())
        assert list(terms) == sorted(terms, key=str.lower)
    else:
        for name, letter in {"椎体": "z", "马尾综合征": "m", "X线平片": "x", "癌": "a"}.items():
            assert terms[name] == letter
    page.locator(".letters a").nth(5).click()
    expect(page.locator(f"#{under[5][0]}")).to_be_in_viewport()
    assert page.locator(".term-name").count() == page.get_by_role("heading", level=3).count()


# -- references ----------------------------------------------------------------------------------------------


@EACH_LANGUAGE
def test_references_narrow_by_topic_kind_and_year(page: Page, http_site: str, lang: str) -> None:
    written = read("shared/references.yml")
    page.goto(f"{http_site}{lang}/references/")
    numbers = page.locator("[data-item]").evaluate_all("all => all.map(e => [e.id, e.value])")
    assert [number for _, number in numbers] == list(range(1, len(written) + 1))
    page.locator("#filter-type").select_option("guideline")
    assert set(shown(page)) == {id_ for id_, r in written.items() if r["type"] == "guideline"}
    page.locator("#filter-year").select_option("2022")
    wanted = {
        i for i, r in written.items() if r["type"] == "guideline" and str(r.get("issued"))[:4] == "2022"
    }
    assert set(shown(page)) == wanted
    page.locator("[data-filter-reset]").click()
    expect(page.locator("[data-item]:visible")).to_have_count(len(written))
    page.locator("#filter-topics").select_option(TOPIC)
    left = shown(page)
    assert 20 < len(left) < len(written)
    for id_ in left[:5]:
        assert page.locator(f"[id='{id_}'] .term-line a[href*='{TOPIC}/']").count() > 0
    page.locator("[data-filter-reset]").click()
    # The fields are empty a moment later.
    expect(page.locator("[data-item]:visible")).to_have_count(len(written))


@EACH_LANGUAGE
def test_references_in_another_order_keep_their_numbers(page: Page, http_site: str, lang: str) -> None:
    page.goto(f"{http_site}{lang}/references/")
    state = "all => all.map(e => [e.value, e.dataset.year, Number(e.dataset.uses), e.id])"
    before = page.locator("[data-item]").evaluate_all(state)
    order = page.locator("#filter-order")
    order.select_option("year")
    years = [int(year or 0) for _, year, _, _ in page.locator("[data-item]").evaluate_all(state)]
    assert years == sorted(years, reverse=True)
    order.select_option("uses")
    after = page.locator("[data-item]").evaluate_all(state)
    assert [n for _, _, n, _ in after] == sorted((n for _, _, n, _ in before), reverse=True)
    assert sorted(after) == sorted(before)
    order.select_option("number")
    assert page.locator("[data-item]").evaluate_all(state) == before


@EACH_LANGUAGE
def test_controls_are_large_enough_and_named(new_context: NewContext, http_site: str, lang: str) -> None:
    page = new_context(viewport={"width": 320, "height": 700}).new_page()
    for path in ("", "glossary/", "references/", "figures/"):
        page.goto(f"{http_site}{lang}/{path}")
        if path:
            for field in page.locator("#filter-text").all():
                field.fill("bone")
        controls = page.locator("article :is(button, input, select, .letters a, .home-shelf li):visible")
        for control in controls.all():
            box = control.bounding_box()
            assert box is not None
            assert box["width"] >= 24, control.evaluate("e => e.outerHTML")
            assert box["height"] >= 24, control.evaluate("e => e.outerHTML")
        for field in page.locator("article :is(input, select)").all():
            assert field.evaluate("e => e.labels.length === 1 && e.labels[0].textContent.trim().length > 0")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 320, path


# -- figures -------------------------------------------------------------------------------------------------


@BOTH_WAYS
@EACH_LANGUAGE
def test_a_figure_of_the_gallery_leads_to_its_place(page: Page, base: str, lang: str) -> None:
    page.goto(address(base, f"{lang}/figures/"))
    cards = page.locator(".figure-card")
    assert cards.count() == len(read("shared/figures.yml"))
    places = cards.evaluate_all(
        "all => all.map(c => [c.querySelector('h2').firstChild.textContent,"
        " c.querySelector('.drawing-frame a').href])"
    )
    for title, href in places:
        page.goto(href)
        place = page.locator(f"[id='{href.partition('#')[2]}']")
        expect(place).to_contain_text(title)
        assert place.locator("svg, img").count() > 0


# -- the page that is missing --------------------------------------------------------------------------------


@pytest.fixture
def missing(site: Path, sub_path: str) -> Iterator[str]:
    """A server that shows the page of the language in place of one that is missing."""

    class Missing(Quiet):
        def send_error(self, *arguments: object, **more: object) -> None:
            lang = "zh" if "/zh/" in self.path else "en"
            body = (site / lang / "404.html").read_bytes()
            self.send_response(404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

    with served(site, sub_path, Missing) as here:
        yield here


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("en/bone-agents/denosumab.html", "denosumab"),
        ("en/a/b/c/spinal_cord-compression/", "spinal cord compression"),
        ("en/glossary/denosumab/index.html", "denosumab"),
        (f"zh/{quote('骨转移')}/", "骨转移"),
        (f"zh/x/{quote('<img src=q onerror=alert(1)>denosumab')}", "img src q onerror alert 1 denosumab"),
        ("zh/%E9%AA/denosumab", "denosumab"),
    ],
)
def test_the_missing_page_searches_for_the_words_of_its_address(
    page: Page, missing: str, path: str, words: str
) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{missing}{path}")
    lang = path[:2]
    button = page.locator("article [data-search-open]")
    expect(button).to_contain_text(words)
    button.click()
    expect(page.locator("#clinref-search input")).to_have_value(words)
    expect(page.locator("[data-search-output] a").first).to_be_visible()
    page.keyboard.press("Escape")
    titles = {read(f"{lang}/topics/{name}.yml")["title"] for name in read("shared/site.yml")["topics"]}
    assert titles <= set(page.locator("article li a").all_inner_texts())
    page.locator("article li a").first.click()
    expect(page.locator(".md-content h1")).to_be_visible()
    assert page.locator("[data-not-found]").count() == 0
    assert faults == []


def test_the_missing_page_without_words_offers_plain_search(page: Page, missing: str) -> None:
    for path in ("en/404.html", "en/--/"):
        page.goto(f"{missing}{path}")
        assert page.locator("[data-not-found]").inner_text() == read("en/ui.yml")["labels"]["search"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_that_the_machine_gives_is_reserved(site: Path, language: str) -> None:
    """What lies beside the topics is a topic, a page of words, or a name that no topic may have."""
    content = content_of(PROJECT / "content")
    given = {*content.topics, *content.words[language].pages}
    found = {path.name.partition(".")[0] for path in (site / language).iterdir()}
    assert "glossary" in found
    assert found - given - RESERVED == set()
