"""The files of the index: however finely they are cut, answers are the same, and a question loads little."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import reader
from playwright.sync_api import Browser
from tiny import ROOT, content_of

from generator import search
from generator.model import OutputFile
from generator.resolve import resolve
from generator.search import index, records, tokens

QUESTIONS = {
    "zh": ["地舒单抗 肾功能", "8 Gy", "C79.51", "denosumap", "膦", "脊髓受壓", "dsdk", "没有这个词"],
    "en": ["denosumab renal", "8 Gy", "C79.51", "denosumb", "osteocl", "颌骨坏死", "zzz", "a", "%"],
}
A_QUERY = 40_000  # bytes, compressed, with the texts of ten results
# What each question loads where nothing was loaded before.
PARTS = """async queries => {
  const load = clinrefLoader(new URL('./', location).href), out = [];
  for (const query of queries) {
    const names = [];
    await clinrefEngine(name => { names.push(name); return load(name); }).search(query);
    out.push(names);
  }
  return out;
}"""


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


@pytest.mark.parametrize("language", QUESTIONS)
def test_a_first_question_loads_little(language: str, browser: Browser, tmp_path: Path) -> None:
    files = search.files(resolve(content_of(ROOT / "content"), language))
    sizes = {file.path.removeprefix("search/"): len(gzip.compress(file.data, 6)) for file in files}
    queries = reader.tuned(language)
    with browser.new_page() as page:
        reader.visit(page, reader.write_files(files, tmp_path))
        loaded = page.evaluate(PARTS, queries)
    weights = {
        query: sum(sizes[f"{name}.js"] for name in names)
        for query, names in zip(queries, loaded, strict=True)
    }
    assert {query: weight for query, weight in weights.items() if weight > A_QUERY} == {}
    assert min(weights.values()) > 1000


def test_what_opens_with_search_does_not_grow_with_the_book() -> None:
    edition = resolve(content_of(ROOT / "content"), "zh")
    files = {file.path: file.data for file in search.files(edition)}
    postings = sum(path.startswith("search/p/") for path in files)
    assert postings > index.LISTED
    head = files["search/index.js"].decode()
    assert len(head.split('"p":[', 1)[1].split("]", 1)[0].split(",")) == -(-postings // index.LISTED)


@pytest.mark.parametrize("language", QUESTIONS)
def test_words_without_a_subject_are_not_looked_up_and_change_no_answer(
    language: str, browser: Browser, tmp_path: Path
) -> None:
    files = search.files(resolve(content_of(ROOT / "content"), language))
    stop, begin = (_list(files, name) for name in ("stop", "begin"))
    assert set(begin) < set(stop)
    was, every = (
        json.dumps(some, ensure_ascii=False, separators=(",", ":")).encode() for some in (begin, stop)
    )
    looked = [replace(file, data=file.data.replace(b'"begin":' + was, b'"begin":' + every)) for file in files]
    assert looked != files
    queries = [*reader.tuned(language), "什么是", "是什么意思", "what is", "is it"]
    answers, loaded = [], []
    for name, some in (("skipped", files), ("looked-up", looked)):
        with browser.new_page() as page:
            reader.visit(page, reader.write_files(some, tmp_path / name))
            answers.append(page.evaluate(reader.ASK, queries))
            loaded.append(sum(map(len, page.evaluate(PARTS, queries))))
    assert answers[0] == answers[1]
    assert loaded[0] < loaded[1]


def test_a_name_may_begin_with_a_word_without_a_subject(browser: Browser, tmp_path: Path) -> None:
    edition = resolve(content_of(ROOT / "content"), "zh")
    words = [*edition.ui.search_stop_words, "破骨细"]
    ui = edition.ui.model_copy(update={"search_stop_words": words})
    files = search.files(replace(edition, ui=ui))
    assert "破骨细" in _list(files, "begin")
    with browser.new_page() as page:
        reader.visit(page, reader.write_files(files, tmp_path))
        (found,) = page.evaluate(reader.ASK, ["破骨细胞的作用"])
    assert "osteoclast" in found["also"]


def _list(files: list[OutputFile], name: str) -> list[str]:
    """A list of words of what opens with search."""
    head = next(file.data for file in files if file.path == "search/index.js").decode()
    words: list[str] = json.loads(head.split(f'"{name}":', 1)[1].split("]", 1)[0] + "]")
    return words


def test_every_spelling_of_a_name_in_letters_finds_it(browser: Browser, tmp_path: Path) -> None:
    """The script looks letters up as pinyin only where they may be some: no spelling may be refused."""
    edition = resolve(content_of(ROOT / "content"), "zh")
    # Of two letters or fewer there are many of the same; a word of the book in the same letters comes first.
    spellings = {spelt: ids for spelt, ids in index.Names(edition).pinyin.items() if len(spelt) > 2}
    assert len(spellings) > 300
    with browser.new_page() as page:
        reader.visit(page, reader.write(edition, tmp_path))
        found = page.evaluate(reader.ASK, [*spellings])
    lost = [spelt for spelt, one in zip(spellings, found, strict=True) if not one["also"]]
    assert lost == []


@pytest.mark.parametrize("language", QUESTIONS)
def test_of_a_long_text_the_part_is_shown_that_has_the_word(
    language: str, browser: Browser, tmp_path: Path
) -> None:
    edition = resolve(content_of(ROOT / "content"), language)
    every = [record for page in edition.pages for record in records.of_page(page, edition)]
    places: dict[str, set[tuple[str, str, int]]] = {}
    for record in every:
        other = " ".join((record.title, record.lead, record.trail, *record.names))
        parts = [" ".join(part) for part in index.parts_of(record)]
        for number, text in enumerate([*parts, other]):
            where = (record.page, record.anchor, number if number < len(parts) and len(parts) > 1 else -1)
            for token in tokens.tokens(text):
                places.setdefault(token, set()).add(where)
    # Words, or pairs of ideographs, that one part of one text has, and that is not its first.
    kind = re.compile("[\u4e00-\u9fff]{2}" if language == "zh" else "[a-z]{7,}")
    alone = {
        token: place
        for token, at in places.items()
        if len(at) == 1 and (place := min(at))[2] > 0 and kind.fullmatch(token)
    }
    assert len(alone) > 20
    with browser.new_page() as page:
        reader.visit(page, reader.write(edition, tmp_path))
        found = page.evaluate(reader.ASK, [*alone])
    wrong = [
        token
        for (token, (path, anchor, _)), one in zip(alone.items(), found, strict=True)
        if not any(
            token in tokens.tokens(shown["text"])
            for shown in one["results"]
            if (shown["page"], shown["anchor"]) == (path, anchor)
        )
    ]
    assert wrong == []
