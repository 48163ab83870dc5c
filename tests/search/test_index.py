"""The files of the index: however finely they are cut, a question gets the same answer and loads few of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import reader
from playwright.sync_api import Browser
from tiny import ROOT, content_of

from generator import search
from generator.resolve import resolve
from generator.search import index

QUESTIONS = {
    "zh": ["地舒单抗 肾功能", "8 Gy", "C79.51", "denosumap", "膦", "脊髓受壓", "dsdk", "没有这个词"],
    "en": ["denosumab renal", "8 Gy", "C79.51", "denosumb", "osteocl", "颌骨坏死", "zzz", "a", "%"],
}


@pytest.mark.parametrize("language", QUESTIONS)
def test_lists_of_any_length_lead_to_the_same_answers(
    language: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = resolve(content_of(ROOT / "content"), language)
    answers = []
    for length in (1, 3, 10_000):
        monkeypatch.setattr(index, "LISTED", length)
        files = search.files(edition)
        folder = tmp_path / str(length)
        for kind in "pfw":
            parts = sum(file.path.startswith(f"search/{kind}/") for file in files)
            lists = sum(file.path.startswith(f"search/l/{kind}") for file in files)
            assert lists == -(-parts // length), kind
        with browser.new_page() as page:
            reader.visit(page, reader.write_files(files, folder))
            answers.append(page.evaluate(reader.ASK, QUESTIONS[language]))
    assert answers[0] == answers[1] == answers[2]
    assert [bool(found["answers"] or found["results"]) for found in answers[0]].count(True) >= 6


def test_what_opens_with_search_does_not_grow_with_the_book() -> None:
    edition = resolve(content_of(ROOT / "content"), "zh")
    files = {file.path: file.data for file in search.files(edition)}
    postings = sum(path.startswith("search/p/") for path in files)
    assert postings > index.LISTED
    head = files["search/index.js"].decode()
    assert len(head.split('"p":[', 1)[1].split("]", 1)[0].split(",")) == -(-postings // index.LISTED)
