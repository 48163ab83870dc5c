"""Both languages side by side, and the lock that tells which statements an editor found equal."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import html
from tiny import BOOK, FIXTURES, content_of, edit

from generator import parity_lock
from generator.cli import FINE, USAGE, main
from generator.model import Content
from generator.render import parallel
from generator.render.markdown import pages
from generator.resolve import resolve


def built(content: Content) -> dict[str, str]:
    editions = [resolve(content, language) for language in content.languages]
    now = parity_lock.statements(content)
    return {f.path: f.data.decode("utf-8") for f in parallel.pages(editions, now, content.accepted)}


def row(page: str, id_: str) -> html.HtmlElement:
    (found,) = html.document_fromstring(page).xpath(f"//section[@id='{id_}']")
    return found


def test_golden(book: Content, same_or_renewed: Callable[[str, Path], None]) -> None:
    page = built(book)["parallel/sample-topic/index.html"]
    same_or_renewed(page, FIXTURES / "golden" / "parallel" / "sample-topic.html")


def test_every_statement_stands_once_in_both_languages(book: Content) -> None:
    pages = built(book)
    editions = [resolve(book, language) for language in book.languages]
    for path, ids in parallel.anchors(editions).items():
        tree = html.document_fromstring(pages[f"{path}/index.html"])
        seen = tree.xpath("//@id")
        assert len(seen) == len(set(seen))
        assert set(ids) <= set(seen)
        for section in tree.xpath("//section"):
            texts = {div.get("lang"): div.text_content().strip("↗ \n") for div in section.findall("div")}
            assert set(texts) == {"zh", "en"}
            assert all(texts.values()), section.get("id")


def test_links_lead_to_the_statement_in_its_language(book: Content) -> None:
    page = built(book)["parallel/sample-topic/index.html"]
    zh, en = (a.get("href") for a in row(page, "step-rest").xpath(".//a[@class='source']"))
    assert (zh, en) == ("../../zh/sample-topic/#step-rest", "../../en/sample-topic/#step-rest")


def test_a_reader_meets_no_id(book: Content) -> None:
    """A link is named after the heading above it and its place below that."""
    page = built(book)["parallel/sample-topic/index.html"]
    for section in html.document_fromstring(page).xpath("//section"):
        said = section.text_content() + " ".join(section.xpath(".//@aria-label"))
        assert "-" not in section.get("id") or section.get("id") not in said
    rest = row(page, "step-rest")
    here, zh, en = (a.get("aria-label") for a in rest.xpath(".//a[@class='here' or @class='source']"))
    assert (here, zh) == ("此处的链接：处理 3", "阅读完整页面：处理 3")
    assert en == "Read the full page: Care 3"


def test_a_language_that_did_not_follow_is_marked(copy_of_book: Path) -> None:
    edit(copy_of_book / "zh" / "topics" / "sample-patients.yml", "休息有帮助", "务必休息")
    content = content_of(copy_of_book)
    marked = row(built(content)["parallel/sample-patients/index.html"], "patients-care")
    assert "stale" in marked.get("class")
    behind = {div.get("lang"): "behind" in div.get("class") for div in marked.findall("div")}
    assert behind == {"en": True, "zh": False}
    assert "accepted" in row(
        built(content_of(BOOK))["parallel/sample-patients/index.html"], "patients-care"
    ).get("class")


def test_a_book_of_one_language_has_no_other_side(book: Content) -> None:
    assert list(parallel.pages([resolve(book, "en")], {}, {})) == []


# -- the lock ------------------------------------------------------------------------------------------------


def test_what_an_editor_accepts_is_quiet_until_one_side_changes(
    copy_of_book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--content", str(copy_of_book)]
    assert main(["accept", "sample-topic", *place]) == FINE
    assert main(["check", *place]) == FINE
    assert "stale-translation" not in capsys.readouterr().out
    # Where a line is broken is no change of the words.
    topic = copy_of_book / "en" / "topics" / "sample-topic.yml"
    edit(topic, "[[section:signs]] and [[section:care|", "[[section:signs]]\n    and [[section:care|")
    assert main(["check", *place]) == FINE
    assert "stale-translation" not in capsys.readouterr().out
    edit(topic, "Rest for", "Rest well for")
    assert main(["check", *place]) == FINE  # a warning: the book still builds
    said = capsys.readouterr().out
    assert said.count("warning[stale-translation]") == 1
    assert "clinref accept sample-topic#step-rest" in said
    assert main(["accept", "sample-topic#step-rest", *place]) == FINE
    capsys.readouterr()
    assert main(["check", *place]) == FINE
    assert capsys.readouterr().out == ""


def test_both_sides_changed_waits_without_a_warning(
    copy_of_book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(copy_of_book / "zh" / "topics" / "sample-patients.yml", "休息有帮助", "务必休息")
    edit(copy_of_book / "en" / "topics" / "sample-patients.yml", "Rest helps", "Do rest")
    place = ["--content", str(copy_of_book)]
    assert main(["check", *place]) == FINE
    assert capsys.readouterr().out == ""
    assert main(["accept", *place]) == FINE
    assert "sample-patients#patients-care  new, or changed in every language" in capsys.readouterr().out


def test_accept_forgets_what_is_gone_and_refuses_what_is_not(
    copy_of_book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--content", str(copy_of_book)]
    lock = copy_of_book / "parity.lock"
    lock.write_text(lock.read_text("utf-8") + f"gone#long-ago en={'0' * 16} zh={'0' * 16}\n", "utf-8")
    before = lock.read_bytes()
    assert main(["accept", "sample-topic#share", "sample-tropic", *place]) == USAGE
    assert "nothing is called sample-tropic" in capsys.readouterr().err
    assert lock.read_bytes() == before
    assert main(["accept", "sample-topic#share", *place]) == FINE
    keys = [line.split()[0] for line in lock.read_text("utf-8").splitlines()[1:]]
    assert keys == ["sample-patients#patients-care", "sample-topic#share", "terms#sample-marker"]


def test_accept_all_leaves_nothing_waiting(copy_of_book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--content", str(copy_of_book)]
    assert main(["accept", "--all", *place]) == FINE
    assert main(["accept", *place]) == FINE
    assert "0 statements wait" in capsys.readouterr().err
    # Every kind of text is under the lock.
    text = (copy_of_book / "parity.lock").read_text("utf-8")
    for key in (
        "pages/about#",
        "flows/first-flow#",
        "tables/sample-table#",
        "figures#box",
        "changes#book-begun",
    ):
        assert re.search(rf"^{key}", text, re.M), key


# -- history -------------------------------------------------------------------------------------------------


def test_corrected_and_withdrawn_are_marked_in_their_place(book: Content) -> None:
    files = {f.path: f.data.decode("utf-8") for f in pages(resolve(book, "en"))}
    topic = files["sample-topic.md"]
    share = next(line for line in topic.splitlines() if "Seen in" in line)
    assert "[Corrected 2026-01-31](changes.md#share-corrected)" in share
    assert "<del>" not in share
    withdrawn = next(line for line in topic.splitlines() if "Never without" in line)
    assert "<del>Never without" in withdrawn
    assert "[Withdrawn 2026-01-20](changes.md#warning-withdrawn)" in withdrawn
    assert "The book begins" in files["changes.md"]


def test_professional_and_patient_pages_lead_to_each_other(book: Content) -> None:
    for_all = {page.path: page for page in resolve(book, "en").pages}
    there, *sections = for_all["sample-topic"].counterpart
    assert (there.page, [s.anchor for s in sections]) == ("sample-patients", ["care"])
    back, *_ = for_all["sample-patients"].counterpart
    assert back.page == "sample-topic"
    assert for_all["second-topic"].counterpart == ()
