"""The browser and the generator cut words in the same way, or what is indexed could not be found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import reader
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page
from tiny import ROOT, content_of

from generator.model import Edition
from generator.resolve import resolve
from generator.search import records, tokens

CUT = "texts => texts.map(t => [clinrefWords.normalize(t), clinrefWords.tokens(t), clinrefWords.key(t)])"
CLINICAL = st.sampled_from("膦癌骨转移症 8Gy25.,-–/'’%％Ｇｙ８PETctx线～γéİß²\u200b\u00ad\u0301「」")
ANY = st.characters(max_codepoint=0xFFFF, exclude_categories=("Cs", "Cn", "Co"))


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory, book_edition: Edition) -> Iterator[Page]:
    folder: Path = tmp_path_factory.mktemp("words")
    with browser.new_page() as opened:
        reader.visit(opened, reader.write(book_edition, folder))
        yield opened


@pytest.fixture(scope="module")
def book_edition() -> Edition:
    return resolve(content_of(ROOT / "tests" / "fixtures" / "book"), "zh")


def cut(texts: list[str]) -> list[list[object]]:
    return [[tokens.normalize(t), tokens.tokens(t), tokens.key(t)] for t in texts]


def test_the_whole_book_is_cut_alike(page: Page) -> None:
    content = content_of(ROOT / "content")
    texts: list[str] = []
    for language in content.languages:
        edition = resolve(content, language)
        every = [r for p in edition.pages for r in records.of_page(p, edition)] + [*records.facts(edition)]
        for record in every:
            texts += (record.title, record.trail, record.lead, *record.text, *record.names)
    assert len(texts) > 3000
    for ours, theirs, text in zip(cut(texts), page.evaluate(CUT, texts), texts, strict=True):
        assert theirs == ours, text


@settings(max_examples=150)
@given(texts=st.lists(st.text(st.one_of(CLINICAL, CLINICAL, ANY), max_size=30), min_size=1, max_size=20))
def test_any_text_is_cut_alike(page: Page, texts: list[str]) -> None:
    assert page.evaluate(CUT, texts) == cut(texts)


@pytest.mark.parametrize(
    ("text", "found_by"),
    [
        ("镭-223", {"镭", "223", "镭223"}),
        ("8 Gy/1次", {"8gy", "8", "gy"}),
        ("8Gy", {"8gy", "8", "gy"}),
        ("８　Ｇｙ", {"8gy"}),
        ("PET/CT", {"pet", "ct", "petct"}),
        ("Codman三角", {"codman", "codman三", "三角"}),
        ("C79.51", {"c7951"}),
        ("43,250 deaths", {"43250", "death"}),
        ("0.5 cm", {"0.5", "0.5cm"} - {"0.5cm"}),
        ("唑来膦酸", {"唑来", "来膦", "膦酸", "膦"}),
        ("Mirels’s score", {"mirel", "score"}),
    ],
)
def test_names_and_numbers_are_kept_whole_and_in_parts(text: str, found_by: set[str]) -> None:
    assert found_by <= set(tokens.tokens(text))


def test_words_of_one_stem_are_one() -> None:
    assert tokens.tokens("fractures") == tokens.tokens("fracture") == tokens.tokens("Fractured")
