"""Ten questions of a bedside on a phone: how many taps and how much scrolling lead to the answer."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from conftest import LANGUAGES, TOPIC, NewContext, ask
from playwright.sync_api import Page

PHONE = {"width": 360, "height": 740}
# The question, the section that a reader would choose, and the statement or table that answers.
QUESTIONS = {
    "which test first": ("diagnosis", "dx-radiograph"),
    "when to call the spine team": ("key-points", "key-cord"),
    "radiotherapy schedules": ("radiotherapy", "rt-schedules"),
    "dose of zoledronic acid and denosumab": ("bone-modifying-agents", "bma-doses"),
    "before denosumab": ("bone-modifying-agents", "bma-calcium-warning"),
    "teeth before a bone agent": ("jaw-osteonecrosis", "bma-dental"),
    "treatment of hypercalcemia": ("hypercalcemia", "bma-hypercalcemia"),
    "when to fix by the Mirels score": ("fracture-risk", "surgery-mirels"),
    "which spine is unstable": ("spinal-stability", "surgery-sins"),
    "tests where the primary is unknown": ("primary-search", "search-steps"),
}


def screens_to(page: Page, answer: str) -> float:
    """How many screens below what the phone shows an answer begins."""
    begins = page.locator(f"#{answer}").first.bounding_box()
    assert begins is not None
    return max(0.0, begins["y"] / PHONE["height"] - 1)


def no_further_than_a_screen(screens: dict[str, float]) -> None:
    """screens: of each question."""
    rows = {question: f"{question:40}  2 taps {far:4.1f} screens" for question, far in screens.items()}
    print("\n".join(rows.values()))
    assert [rows[question] for question, far in screens.items() if far > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_taps_and_a_screen_lead_to_the_answer(
    new_context: NewContext, http_site: str, language: str
) -> None:
    """Open the list of sections, choose one: the answer begins no more than a screen below."""
    page = new_context(viewport=PHONE, has_touch=True).new_page()
    screens: dict[str, float] = {}
    for question, (section, answer) in QUESTIONS.items():
        page.goto(f"{http_site}{language}/{TOPIC}/")
        page.locator(".page-contents summary").tap()
        link = page.locator(f'.page-contents a[href="#{section}"]')
        box = link.bounding_box()
        assert box is not None and box["height"] >= 24
        link.tap()
        page.wait_for_url(f"**#{section}")
        page.wait_for_function(
            "id => document.getElementById(id).getBoundingClientRect().top < 200", arg=section
        )
        heading = page.locator(f"#{section}").bounding_box()
        header = page.locator(".md-header").bounding_box()
        # No heading hides under the header, which stays in place.
        assert heading and header and heading["y"] >= header["height"] - 1
        screens[question] = screens_to(page, answer)
    no_further_than_a_screen(screens)


# What a reader would type for each, in either language.
QUERIES = {
    "which test first": ("diagnosis of bone metastasis", "骨转移 诊断"),
    "when to call the spine team": ("cord compression call spine team", "脊髓压迫 联系脊柱团队"),
    "radiotherapy schedules": ("radiotherapy schedules", "放疗方案"),
    "dose of zoledronic acid and denosumab": ("zoledronic acid dose", "唑来膦酸 剂量"),
    "before denosumab": ("before denosumab calcium", "地舒单抗 血钙"),
    "teeth before a bone agent": ("dental check before bone agent", "用药前口腔检查"),
    "treatment of hypercalcemia": ("hypercalcemia treatment", "高钙血症 治疗"),
    "when to fix by the Mirels score": ("Mirels score", "Mirels 评分"),
    "which spine is unstable": ("SINS unstable", "SINS 脊柱不稳"),
    "tests where the primary is unknown": ("unknown primary tests", "原发灶不明 检查"),
}


# Search chooses among all sections, and some questions are answered in more than one.
ALSO = {
    "when to call the spine team": {
        f"{TOPIC}/#symptoms": "symptoms-emergency",
        "malignant-spinal-cord-compression/#immediate-actions": "action-call",
    },
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_taps_lead_from_search_to_the_answer(
    new_context: NewContext, http_site: str, language: str
) -> None:
    """Tap search, type, tap one of the results that the screen shows: the answer begins within a screen."""
    page = new_context(viewport=PHONE, has_touch=True).new_page()
    screens: dict[str, float] = {}
    missed = []
    for question, (section, answer) in QUESTIONS.items():
        page.goto(f"{http_site}{language}/")
        page.locator("header [data-search-open]").tap()
        query = QUERIES[question][0 if language == "en" else 1]
        ask(page, query)
        good = {f"{TOPIC}/#{place}": answer for place in (section, answer)} | ALSO.get(question, {})
        # Of what is seen without scrolling, the first that answers.
        for link in page.locator("#clinref-search a").all():
            box, address = link.bounding_box(), urlsplit(str(link.get_attribute("href")))
            place = f"{address.path.partition(f'/{language}/')[2]}#{address.fragment}"
            if place in good and box and box["y"] < PHONE["height"]:
                break
        else:
            missed.append(f"{question}: {query} shows none of {', '.join(good)}")
            continue
        link.tap()
        page.wait_for_url(f"**/{place.partition('#')[0]}*")
        page.wait_for_function(
            "id => Math.abs(document.getElementById(id)?.getBoundingClientRect().top) < 200",
            arg=address.fragment,
        )
        screens[question] = screens_to(page, good[place])
    assert missed == []
    no_further_than_a_screen(screens)


def test_key_points_come_first_and_a_desk_has_the_list_beside_the_text(
    new_context: NewContext, http_site: str
) -> None:
    page = new_context(viewport=PHONE).new_page()
    page.goto(f"{http_site}en/{TOPIC}/")
    assert page.locator(".page-contents a").first.get_attribute("href") == "#key-points"
    assert page.locator("article h2").first.get_attribute("id") == "key-points"
    page.set_viewport_size({"width": 1280, "height": 900})
    assert not page.locator(".page-contents").is_visible()
    assert page.locator(".md-sidebar--secondary").is_visible()
