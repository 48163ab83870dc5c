"""Ten questions of a bedside on a phone: how many taps and how much scrolling lead to the answer."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from conftest import LANGUAGES, TOPIC, NewContext, ask
from playwright.sync_api import Page

PHONE = {"width": 360, "height": 740}
LINES = """() => { const said = document.querySelector(".clinref-search-said");
  return said.clientHeight / parseFloat(getComputedStyle(said).lineHeight); }"""
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


# What a reader would type for each: written from the questions alone, before any was tried.
QUERIES = {
    "which test first": ("suspected bone metastasis first test", "怀疑骨转移先做什么检查"),
    "when to call the spine team": ("when to call spine surgery", "什么时候请脊柱外科会诊"),
    "radiotherapy schedules": ("radiation dose and fractions bone mets", "骨转移放疗剂量分割"),
    "dose of zoledronic acid and denosumab": (
        "zoledronic acid denosumab dosing interval",
        "唑来膦酸和地舒单抗用量",
    ),
    "before denosumab": ("what to check before starting denosumab", "打地舒单抗前要查什么"),
    "teeth before a bone agent": ("dentist before zoledronate", "用骨改良药前看牙"),
    "treatment of hypercalcemia": ("how to treat high calcium", "血钙高怎么处理"),
    "when to fix by the Mirels score": ("Mirels score prophylactic fixation", "Mirels评分几分要预防性固定"),
    "which spine is unstable": ("spinal instability SINS cutoff", "怎么判断脊柱不稳定"),
    "tests where the primary is unknown": (
        "bone metastasis unknown primary workup",
        "原发灶不明骨转移查哪些",
    ),
}


# Search chooses among all sections and flows, and some questions are answered in more than one.
ALSO = {
    "which test first": {
        f"{TOPIC}/#decision-flow": "flow-work-up-narrow-work-up-radiographs",
        "flow/work-up/#": "flow-narrow-work-up-radiographs",
    },
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
    missed = {}
    for question, (section, answer) in QUESTIONS.items():
        page.goto(f"{http_site}{language}/")
        page.locator("header [data-search-open]").tap()
        query = QUERIES[question][0 if language == "en" else 1]
        ask(page, query)
        # What was searched besides takes two lines at most, none of them cut in half.
        assert page.evaluate(LINES) in (1, 2)
        good = {f"{TOPIC}/#{place}": answer for place in (section, answer)} | ALSO.get(question, {})
        # Of what is seen without scrolling, the first that answers.
        for link in page.locator("#clinref-search a").all():
            box, address = link.bounding_box(), urlsplit(str(link.get_attribute("href")))
            place = f"{address.path.partition(f'/{language}/')[2]}#{address.fragment}"
            if place in good and box and box["y"] < PHONE["height"]:
                break
        else:
            missed[question] = f"{query} shows none of {', '.join(good)}"
            continue
        link.tap()
        page.wait_for_url(f"**/{place.partition('#')[0]}*")
        page.wait_for_function(
            "id => !id || Math.abs(document.getElementById(id)?.getBoundingClientRect().top) < 200",
            arg=address.fragment,
        )
        screens[question] = screens_to(page, good[place])
    assert missed == {}
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
