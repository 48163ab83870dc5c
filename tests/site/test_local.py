"""A hospital's notes in a real browser: seen, heard and reached as local, in any light and on any screen."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from conftest import LANGUAGES, PROJECT, NewContext
from playwright.sync_api import Page, expect
from servers import served

FIXTURES = PROJECT / "tests" / "fixtures"
MARKS = {"zh": "本地内容：样例医院", "en": "Local: Sample Hospital"}
NAMES = {
    "zh": "本地内容：样例医院 · 联系方式：微光值班台（24小时）",
    "en": "Local: Sample Hospital · Contact: Glimmer desk, day and night",
}
EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
EACH_WIDTH = pytest.mark.parametrize("width", [360, 1280])
EACH_LIGHT = pytest.mark.parametrize("light", ["light", "dark"])

# Relative luminance and contrast as WCAG defines them; the ground is that of the nearest opaque parent.
CONTRAST = """(node) => {
  const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => rgb(c).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (n) => {
    for (; n; n = n.parentElement) {
      const c = getComputedStyle(n).backgroundColor;
      if ((rgb(c)[3] ?? 1) === 1) return c;
    }
    return "rgb(255, 255, 255)";
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const { color, borderTopColor } = getComputedStyle(node);
  return { text: ratio(color, ground(node)), edge: ratio(borderTopColor, ground(node.parentElement)) };
}"""


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the tiny book with a hospital's notes."""
    site = tmp_path_factory.mktemp("noted") / "site"
    command = [sys.executable, "-m", "generator", "build", "--no-pdf", "--content", str(FIXTURES / "book")]
    done = subprocess.run(
        [*command, "--overlay", str(FIXTURES / "overlay"), "--site", str(site)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with served(site) as here:
        yield here


def opened(new_context: NewContext, address: str, width: int, light: str = "light", **more: object) -> Page:
    view = {"width": width, "height": 800}
    page = new_context(viewport=view, color_scheme=light, **more).new_page()
    page.goto(address)
    return page


@EACH_LANGUAGE
@EACH_WIDTH
def test_a_note_is_heard_and_seen_as_local(
    new_context: NewContext, noted: str, lang: str, width: int
) -> None:
    page = opened(new_context, f"{noted}{lang}/sample-topic/", width)
    note = page.get_by_role("note", name=NAMES[lang], exact=True)
    expect(note).to_be_visible()
    assert note.get_attribute("id") == "local--glimmer-desk"
    notes = page.get_by_role("note", name=re.compile(f"^{re.escape(MARKS[lang])}"))
    expect(notes).to_have_count(3)
    for index in range(3):
        one = notes.nth(index)
        # The first words of the note, not a picture or a color.
        assert one.inner_text().startswith(MARKS[lang])
        frame = one.evaluate(
            "n => { const s = getComputedStyle(n); return ['Top', 'Right', 'Bottom', 'Left']"
            ".map(e => [s[`border${e}Style`], parseFloat(s[`border${e}Width`])]) }"
        )
        assert all(style == "dashed" and thick >= 2 for style, thick in frame)
        box = one.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Nothing of the book has a frame that could be taken for it.
    others = page.evaluate(
        "[...document.querySelectorAll('article *')].filter(n => !n.closest('.local-note, .local-banner')"
        " && !n.closest('svg') && getComputedStyle(n).borderTopStyle === 'dashed'"
        " && parseFloat(getComputedStyle(n).borderTopWidth)).length"
    )
    assert others == 0


@EACH_LANGUAGE
@EACH_WIDTH
@EACH_LIGHT
def test_contrast(new_context: NewContext, noted: str, lang: str, width: int, light: str) -> None:
    page = opened(new_context, f"{noted}{lang}/sample-topic/", width, light)
    words = page.locator(":is(.local-note, .local-banner) :is(p, li, a, time)")
    assert words.count() > 20
    for found in words.evaluate_all(f"nodes => nodes.map({CONTRAST})"):
        assert found["text"] >= 4.5
    for found in page.locator(".local-note, .local-banner").evaluate_all(f"nodes => nodes.map({CONTRAST})"):
        assert found["edge"] >= 3


@EACH_WIDTH
def test_forced_colors_leave_frame_and_words(new_context: NewContext, noted: str, width: int) -> None:
    page = opened(new_context, f"{noted}en/sample-topic/", width, forced_colors="active")
    note = page.locator("#local--glimmer-desk")
    assert note.evaluate("n => getComputedStyle(n).borderTopStyle") == "dashed"
    assert note.inner_text().startswith(MARKS["en"])


@EACH_LANGUAGE
@EACH_WIDTH
def test_the_notice_above_leads_to_every_note(
    new_context: NewContext, noted: str, lang: str, width: int
) -> None:
    page = opened(new_context, f"{noted}{lang}/sample-topic/", width)
    links = page.locator(".local-banner li a")
    ids = page.locator(".local-note").evaluate_all("nodes => nodes.map(n => n.id)")
    assert links.evaluate_all("nodes => nodes.map(n => n.hash.slice(1))") == ids
    first = page.locator("article :is(.local-banner, .statement)").first
    assert first.get_attribute("class") == "local-banner"
    links.nth(1).click()
    expect(page.locator("#local--glimmer-desk")).to_be_in_viewport()
    page.goto(f"{noted}{lang}/glossary/")
    expect(page.locator(".local-banner, .local-note")).to_have_count(0)


@EACH_WIDTH
def test_a_number_is_dialed_by_a_finger(new_context: NewContext, noted: str, width: int) -> None:
    page = opened(new_context, f"{noted}en/sample-topic/", width)
    phones = page.locator(".local-phone a")
    assert phones.evaluate_all("nodes => nodes.map(n => n.getAttribute('href'))") == [
        "tel:01055500142",
        "tel:4410",
    ]
    targets = page.locator(":is(.local-phone, .local-more) a, .local-banner li a")
    for index in range(targets.count()):
        box = targets.nth(index).bounding_box()
        assert box and box["height"] >= 24 and box["width"] >= 24


def test_a_note_in_the_other_language_is_spoken_in_it(new_context: NewContext, noted: str) -> None:
    page = opened(new_context, f"{noted}en/sample-patients/", 360)
    note = page.locator("#local--visiting")
    assert note.locator("text=每日15:00").evaluate("n => n.closest('[lang]').lang") == "zh"
    assert note.locator(".local-dates").evaluate("n => n.closest('[lang]').lang") == "en"
    expect(note).to_contain_text("Available only in 中文")


def test_print_keeps_the_mark(new_context: NewContext, noted: str) -> None:
    page = opened(new_context, f"{noted}en/sample-topic/", 1280, "dark")
    page.emulate_media(media="print")
    note = page.locator("#local--glimmer-desk")
    assert note.evaluate("n => getComputedStyle(n).borderTopStyle") == "dashed"
    for found in page.locator(".local-note p").evaluate_all(f"nodes => nodes.map({CONTRAST})"):
        assert found["text"] >= 4.5
