"""What an eye meets first: where lines break, tables on a phone, sheets of paper."""

from __future__ import annotations

import markdown
import pytest
from conftest import LANGUAGES, TOPIC, NewContext, address
from playwright.sync_api import Page, ViewportSize

EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
# What a sheet leaves between margins of 18 mm, in CSS pixels.
SHEETS = {"A4": ViewportSize(width=657, height=986), "Letter": ViewportSize(width=680, height=920)}
FLOWS = ("work-up", "spine-emergency", "treatment")


def on_paper(page: Page, sheet: str, address_: str) -> Page:
    page.set_viewport_size(SHEETS[sheet])
    page.emulate_media(media="print")
    page.goto(address_)
    return page


@EACH_LANGUAGE
@pytest.mark.parametrize("width", [320, 360, 768])
@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "finger"])
def test_the_mark_of_a_statement_never_has_a_line_of_its_own(
    new_context: NewContext, http_site: str, lang: str, width: int, touch: bool
) -> None:
    page = new_context(viewport={"width": width, "height": 740}, has_touch=touch, is_mobile=touch).new_page()
    page.goto(address(http_site, f"{lang}/{TOPIC}/"))
    alone, count = page.evaluate(
        """() => {
          const marks = [...document.querySelectorAll("article .statement > .statement-link")];
          return [marks.filter(mark => {
            const words = document.createRange();
            words.selectNodeContents(mark.parentElement);
            words.setEndBefore(mark);
            const last = [...words.getClientRects()].filter(r => r.width > 0).at(-1);
            const [box] = mark.getClientRects();
            return box.top + box.height / 2 > last.bottom + 8;
          }).map(mark => mark.hash), marks.length];
        }"""
    )
    assert count > 100
    assert alone == []


def test_a_chinese_title_breaks_at_its_punctuation(new_context: NewContext, http_site: str) -> None:
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(address(http_site, f"zh/{TOPIC}-patients/"))
    lines = page.locator("h1").evaluate(
        """e => {
          const text = e.firstChild, range = document.createRange(), lines = new Map();
          for (let i = 0; i < text.length; i++) {
            range.setStart(text, i); range.setEnd(text, i + 1);
            const y = Math.round(range.getBoundingClientRect().top);
            lines.set(y, (lines.get(y) || "") + text.data[i]);
          }
          return [...lines.values()];
        }"""
    )
    assert lines == ["癌症转移到骨头", "（骨转移）"]


@EACH_LANGUAGE
def test_on_a_phone_a_cell_stands_beside_its_column_and_no_dose_is_cut(
    new_context: NewContext, http_site: str, lang: str
) -> None:
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(address(http_site, f"{lang}/{TOPIC}/"))
    cut, beside, count = page.evaluate(
        """() => {
          const lines = e => {
            const range = document.createRange();
            range.selectNodeContents(e);
            return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size;
          };
          const facts = [...document.querySelectorAll(".table-stacked td .fact")];
          const cells = [...document.querySelectorAll(".table-stacked td")].filter(c => c.firstChild);
          return [
            facts.filter(f => lines(f) > 1).map(f => f.textContent),
            cells.every(cell => {
              const range = document.createRange();
              range.selectNodeContents(cell);
              const [first] = range.getClientRects(), box = cell.getBoundingClientRect();
              return first.left > box.left + box.width / 3 && first.top - box.top < first.height;
            }),
            facts.length,
          ];
        }"""
    )
    assert count > 20
    assert cut == []
    assert beside


@EACH_LANGUAGE
def test_a_list_of_one_source_has_its_number(page: Page, http_site: str, lang: str) -> None:
    """As Markdown writes it: the class stands at the item, not at a paragraph in it as in a longer list."""
    page.goto(address(http_site, f"{lang}/changes/"))
    one = markdown.markdown("1.  A source\n    {: .reference }", extensions=["attr_list"])
    page.locator("article").evaluate("(e, html) => e.insertAdjacentHTML('beforeend', html)", one)
    source = page.locator("article ol > li").last
    assert source.evaluate("e => e.matches('.reference') && getComputedStyle(e).listStyleType") == "decimal"


@EACH_LANGUAGE
@pytest.mark.parametrize("sheet", SHEETS)
def test_a_printed_flow_stands_on_one_sheet_with_its_title(
    page: Page, http_site: str, lang: str, sheet: str
) -> None:
    for flow in FLOWS:
        on_paper(page, sheet, address(http_site, f"{lang}/flow/{flow}/"))
        bottom = page.locator(".flow-wide svg").evaluate("e => e.getBoundingClientRect().bottom + scrollY")
        assert bottom <= SHEETS[sheet]["height"], flow
    page.goto(address(http_site, f"{lang}/{TOPIC}/"))
    heights = page.locator(".flow-figure").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().height)"
    )
    assert len(heights) == len(FLOWS) and max(heights) <= SHEETS[sheet]["height"]


def test_both_languages_stand_side_by_side_on_paper(page: Page, http_site: str) -> None:
    on_paper(page, "A4", address(http_site, f"parallel/{TOPIC}/"))
    askew = page.evaluate(
        """() => [...document.querySelectorAll(".row")].filter(row => {
          const [zh, en] = [...row.querySelectorAll(":scope > .text")].map(e => e.getBoundingClientRect());
          return Math.abs(zh.top - en.top) > 1 || en.left < zh.right;
        }).map(row => row.id)"""
    )
    assert askew == []
