"""Versions of the book: which still holds, what changed since, and how an older copy learns of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import html
from tiny import ROOT, content_of, edit

from generator.model import Content, Edition, Page, VersionView, plain, version_id, version_name
from generator.render import data, offline, versions
from generator.render.markdown import pages
from generator.resolve import resolve

LANGUAGES = ("zh", "en")


def view(edition: Edition, id_: str) -> VersionView:
    return next(v for v in versions.versions(edition) if v.id == id_)


def page(edition: Edition, path: str) -> Page:
    return next(p for p in edition.pages if p.path == path)


def markdown(edition: Edition, path: str, **settings: bool) -> str:
    return next(f for f in pages(edition, **settings) if f.path == f"{path}.md").data.decode("utf-8")


@pytest.fixture(scope="module", params=LANGUAGES)
def edition(request: pytest.FixtureRequest, book: Content) -> Edition:
    return resolve(book, request.param)


def test_id_and_name_of_a_version() -> None:
    assert version_id("2026.11.1") == "2026-11-1"
    assert version_name("2026-11-1") == "2026.11.1"


def test_the_state_of_each_version(edition: Edition) -> None:
    assert [(v.version, v.date, v.state, v.ended) for v in versions.versions(edition)] == [
        ("2026.1", "2026-01-31", "current", ""),
        ("2025.12", "2025-12-15", "withdrawn", "2026-01-20"),
        # The next version was withdrawn, so the one after it takes its place.
        ("2025.11", "2025-11-03", "superseded", "2026-01-31"),
    ]
    successor = view(edition, "2025-11").successor
    assert successor is not None
    assert (successor.text, successor.page) == ("2026.1", "versions/2026-1")
    assert view(edition, "2026-1").successor is None


def test_what_came_with_a_version_and_what_changed_since(edition: Edition) -> None:
    now, old = view(edition, "2026-1"), view(edition, "2025-11")
    assert [c.id for c in now.brought] == ["share-corrected", "warning-withdrawn", "book-begun"]
    assert (now.marked_since, now.other_since) == ((), ())
    assert [c.id for c in old.marked_since] == ["share-corrected", "warning-withdrawn"]
    assert [c.id for c in old.other_since] == ["book-begun"]
    assert old.brought == ()


def test_the_reason_is_told_with_its_number_and_source(book: Content) -> None:
    edition = resolve(book, "en")
    withdrawn = page(edition, "versions/2025-12")
    assert plain(withdrawn.versions[0].why).startswith("The share printed in it was wrong: it is")
    assert withdrawn.references[0].id == "alpha-2020"
    text = markdown(edition, "versions/2025-12")
    assert "**Withdrawn on 2026-01-20: do not use it**" in text
    assert "[Use version 2026.1 instead.](2026-1.md)" in text
    assert "{: .version-state .version-withdrawn }" in text


def test_a_copy_is_told_where_the_state_of_today_stands(edition: Edition) -> None:
    url = f"https://books.example/tiny/{edition.language}/versions/2026-1/"
    note = next(x for x in markdown(edition, "versions/2026-1").splitlines() if "offline-only" in x)
    assert html.fromstring(note).get("hidden") is not None
    assert html.fromstring(note).xpath("a/@href") == [url]


@pytest.mark.parametrize("bundle", [True, False])
@pytest.mark.parametrize("pdfs", [True, False])
def test_the_offline_page_offers_what_there_is(edition: Edition, pdfs: bool, bundle: bool) -> None:
    text = markdown(edition, "offline", pdfs=pdfs, bundle=bundle)
    assert ("../../offline/clinref-offline.zip" in text) is bundle
    assert ("offline/SHA256SUMS" in text) is bundle
    assert (str(edition.ui.labels["offline-none"]) in text) is not bundle
    assert (f"../../pdf/{edition.language}/book.pdf" in text) is pdfs


def test_versions_as_data(book: Content) -> None:
    files = {f.path: f.data for f in data.files(book, [resolve(book, lang) for lang in LANGUAGES])}
    told = json.loads(files["api/v1/versions.json"])
    assert told["version"] == "2026.1"
    current, withdrawn, superseded = told["versions"]
    assert (current["state"], "ended" in current, "successor" in current) == ("current", False, False)
    assert (withdrawn["state"], withdrawn["ended"], withdrawn["successor"]) == (
        "withdrawn",
        "2026-01-20",
        "2026.1",
    )
    assert set(withdrawn["why"]) == {"zh", "en"}
    assert withdrawn["cites"] == ["alpha-2020"]
    assert superseded["since"] == ["share-corrected", "warning-withdrawn", "book-begun"]
    assert superseded["script"] == "https://books.example/tiny/embed/v1/versions/2025-11.js"


def test_the_scripts_are_ascii_and_one_for_each_version(book: Content) -> None:
    files = versions.files([resolve(book, lang) for lang in LANGUAGES])
    assert [f.path for f in files] == [
        f"embed/v1/versions/{id_}.js" for id_ in ("2026-1", "2025-12", "2025-11")
    ]
    for file in files:
        text = file.data.decode("ascii")
        state = json.loads(text[text.rindex("})(") + 3 : text.rindex(");")])
        assert set(state["text"]) == set(state["url"]) == {"zh", "en"}


def test_what_a_withdrawn_copy_is_told(book: Content) -> None:
    edition = resolve(book, "en")
    text = versions.told(edition, view(edition, "2025-12"))
    assert text.startswith("Withdrawn on 2026-01-20: do not use it. The share printed in it was wrong")
    assert text.endswith(" Use version 2026.1 instead.")
    chinese = versions.told(resolve(book, "zh"), view(resolve(book, "zh"), "2025-12"))
    assert chinese.startswith("已于2026-01-20撤回，请勿使用。该版所载的比例有误")
    assert chinese.endswith("。请改用2026.1版。")


@pytest.mark.parametrize("pdfs", [True, False])
def test_the_start_page_of_the_offline_copy(book: Content, pdfs: bool) -> None:
    editions = [resolve(book, lang) for lang in LANGUAGES]
    tree = html.fromstring(offline.start_page(editions, pdfs).data)
    for edition in editions:
        (part,) = tree.xpath(f"//section[@id='{edition.language}'][@lang='{edition.language}']")
        words = part.text_content()
        assert "2026.1" in words
        assert "2026-01-31" in words
        links = part.xpath(".//a/@href")
        assert f"book/{edition.language}/index.html" in links
        assert (f"book/pdf/{edition.language}/book.pdf" in links) is pdfs
        assert f"https://books.example/tiny/{edition.language}/versions/2026-1/" in links
        for change in view(edition, "2026-1").brought:
            assert plain(change.what) in words
            assert plain(change.why) in words


def test_a_topic_name_cannot_break_the_start_page(copy_of_book: Path) -> None:
    edit(copy_of_book / "en" / "ui.yml", "  offline-book: Open the book", '  offline-book: Open "it" & go')
    page_ = offline.start_page([resolve(content_of(copy_of_book), "en")], True).data.decode("utf-8")
    assert "Open &#34;it&#34; &amp; go" in page_


def test_the_real_book_lists_every_version_it_ever_named() -> None:
    """Taken from its history: site.yml has named these two, and no others."""
    content = content_of(ROOT / "content")
    assert {version_id(c.version) for c in content.changes.values()} <= set(content.versions)
    assert [*content.versions][-2:] == ["2026-11-1", "2026-11"]
