"""Ten questions of a bedside on a phone: how many taps and how much scrolling lead to the answer."""

from __future__ import annotations

import pytest
from conftest import LANGUAGES, TOPIC, NewContext

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


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_taps_and_a_screen_lead_to_the_answer(
    new_context: NewContext, http_site: str, language: str
) -> None:
    """Open the list of sections, choose one: the answer begins no more than a screen below."""
    page = new_context(viewport=PHONE, has_touch=True).new_page()
    rows, late = [], []
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
        begins = page.locator(f"#{answer}").first.bounding_box()
        assert begins is not None
        screens = max(0.0, begins["y"] / PHONE["height"] - 1)
        rows.append(f"{question:40} {2:2} taps {screens:4.1f} screens")
        if screens > 1:
            late.append(rows[-1])
    print("\n".join(rows))
    assert late == []


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
