"""Pages that are kept: after any change the bytes are those of a clean build, and no fault is missed."""

from __future__ import annotations

import hashlib
import logging
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import edit

from generator import build, cli
from generator.pages import Notices, Pages

EDITS = 50
WORDS = {
    "en": ["steady", "bright", "quiet", "narrow", "gentle", "plain", "early", "distant"],
    "zh": ["稳定", "明亮", "安静", "狭窄", "温和", "平坦", "较早", "遥远"],
}
TOPIC = {
    "en": "title: The {0} topic\ndescription: A {1} page.\nsections:\n  {name}-part:\n"
    "    title: The {2} part\n    body:\n      {name}-text: |-\n"
    "        A {3} sample leads to [[topic:{link}]], a {4} one to "
    "[[term:glimmer]] [[cite:gamma-report]].\n",
    "zh": "title: {0}的主题\ndescription: {1}的一页。\nsections:\n  {name}-part:\n    title: {2}的部分\n"
    "    body:\n      {name}-text: |-\n        {3}的样本见[[topic:{link}]]，{4}的样本见[[term:glimmer]]"
    "[[cite:gamma-report]]。\n",
}


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class Editor:
    """Changes a copy of the tiny book at random, so that it stays a book without a fault."""

    def __init__(self, book: Path, seed: int) -> None:
        self.book, self.chance = book, random.Random(seed)
        self.own: dict[str, dict[str, list[str]]] = {}
        self.links: dict[str, str] = {}
        self.count = 0
        self.site = (book / "shared" / "site.yml").read_text(encoding="utf-8")

    def words(self) -> dict[str, list[str]]:
        return {lang: self.chance.choices(words, k=5) for lang, words in WORDS.items()}

    def add(self) -> None:
        self.count += 1
        name = f"own-{self.count}"
        self.links[name] = self.chance.choice(["sample-topic", "second-topic", *self.own])
        self.own[name] = self.words()

    def delete(self) -> None:
        gone = self.chance.choice(list(self.own))
        del self.own[gone], self.links[gone]
        self.links = {name: "sample-topic" if to == gone else to for name, to in self.links.items()}

    def rename(self) -> None:
        old = self.chance.choice(list(self.own))
        self.count += 1
        new = f"own-{self.count}"
        # In its old place among the topics.
        self.own = {new if name == old else name: words for name, words in self.own.items()}
        self.links = {
            new if name == old else name: new if to == old else to for name, to in self.links.items()
        }

    def reword(self) -> None:
        """One word of one language of a topic: of its title, description, section or text."""
        name, language = self.chance.choice(list(self.own)), self.chance.choice(list(WORDS))
        self.own[name][language][self.chance.randrange(5)] = self.chance.choice(WORDS[language])

    def term(self) -> None:
        """A term that nearly every topic shows has another name."""
        self.count += 1
        path = self.book / "en" / "terms.yml"
        text = path.read_text(encoding="utf-8")
        letters = chr(97 + self.count // 26) + chr(97 + self.count % 26)
        path.write_text(re.sub(r"name: spare term.*", f"name: spare term {letters}", text), encoding="utf-8")

    def number(self) -> None:
        path = self.book / "shared" / "facts.yml"
        text, number = path.read_text(encoding="utf-8"), self.chance.randrange(20000, 90000)
        text = re.sub(
            r"(?s)(sample-people:\n  value: )\d+(.*?source_value: about )[\d,]+",
            rf"\g<1>{number}\g<2>{number:,}",
            text,
        )
        path.write_text(text, encoding="utf-8")

    def change(self) -> str:
        """Makes one change and writes the book. Returns what it was."""
        own = [self.delete, self.rename, self.reword, self.reword] if self.own else []
        what = self.chance.choice([self.add, self.add, self.term, self.number, *own])
        what()
        for folder in ("en", "zh", "shared"):
            for path in (self.book / folder / "topics").glob("own-*.yml"):
                path.unlink()
        for name, words in self.own.items():
            for lang, text in TOPIC.items():
                page = text.format(*words[lang], name=name, link=self.links[name])
                (self.book / lang / "topics" / f"{name}.yml").write_text(page, encoding="utf-8")
            (self.book / "shared" / "topics" / f"{name}.yml").write_text(
                "category: samples\nupdated: 2026-01-30\nauthors: [sample-editors]\n", encoding="utf-8"
            )
        names = "".join(f"  - {name}\n" for name in self.own)
        site = self.site.replace("  - sample-patients\n", f"  - sample-patients\n{names}")
        (self.book / "shared" / "site.yml").write_text(site, encoding="utf-8")
        return what.__name__


class Workshop:
    """Generates a book and makes its pages in this process, with what was kept and without."""

    def __init__(self, folder: Path, book: Path) -> None:
        self.work, self.book = folder / "work" / "build", book
        self.notices = Notices()

    def generate(self) -> None:
        assert cli.main(["generate", "--no-pdf", "--content", str(self.book), "--work", str(self.work)]) == 0

    def make(self, language: str, site: Path | None = None) -> tuple[int, int]:
        """Makes the pages of a language, into `site` or where they were made before."""
        settings = self.work.parent / "site_config" / f"{language}.yml"
        cache = (site or self.work / "cache" / language).with_suffix(".pages")
        return Pages(settings, self.notices, site).build(cache)


@pytest.fixture
def workshop(copy_of_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    workshop = Workshop(tmp_path, copy_of_book)
    # What the theme's settings name is found from the folder above the work.
    workshop.work.mkdir(parents=True)
    monkeypatch.chdir(workshop.work.parent)
    workshop.generate()
    logging.getLogger("mkdocs").addHandler(workshop.notices)
    yield workshop
    logging.getLogger("mkdocs").removeHandler(workshop.notices)


def test_after_any_change_the_pages_are_those_of_a_clean_build(workshop: Workshop, tmp_path: Path) -> None:
    editor, done, kept = Editor(workshop.book, seed=7), list[str](), 0
    for number in range(EDITS):
        done.append(editor.change())
        workshop.generate()
        language = ("en", "zh")[number % 2]
        kept += workshop.make(language)[1]
        clean = tmp_path / "clean"
        assert workshop.make(language, clean)[1] == 0
        assert digests(workshop.work / "site" / language) == digests(clean), (number, done)
        shutil.rmtree(clean)
        clean.with_suffix(".pages").unlink()
    assert workshop.notices.said == []
    assert set(done) == {"add", "delete", "rename", "reword", "term", "number"}
    assert kept > EDITS  # or nothing was saved, and nothing shown


def test_only_what_depends_on_a_change_is_made_anew(workshop: Workshop) -> None:
    every = workshop.make("en")[0]
    before = digests(workshop.work / "site" / "en")
    assert workshop.make("en") == (0, every)
    edit(workshop.book / "en" / "topics" / "second-topic.yml", "Back to", "Once more back to")
    workshop.generate()
    assert workshop.make("en") == (1, every - 1)
    after = digests(workshop.work / "site" / "en")
    assert {name for name in after if after[name] != before[name]} == {"second-topic/index.html"}


def test_a_lost_target_is_reported_from_a_page_that_did_not_change(workshop: Workshop) -> None:
    docs = workshop.work / "docs" / "en"
    about = docs / "about.md"
    about.write_text(about.read_text("utf-8") + "\n[there](second-topic.md#start-here)\n", "utf-8")
    workshop.make("en")
    assert workshop.notices.said == []
    target = docs / "second-topic.md"
    text = target.read_text("utf-8")
    target.write_text(text.replace("start-here", "begin-here"), "utf-8")
    for _ in range(2):  # a fault that was said once is said again
        workshop.notices.said.clear()
        workshop.make("en")
        assert any("about.md" in said and "start-here" in said for said in workshop.notices.said)
    target.unlink()
    for _ in range(2):
        workshop.notices.said.clear()
        workshop.make("en")
        assert any("about.md" in said and "second-topic.md" in said for said in workshop.notices.said)
    workshop.notices.said.clear()
    target.write_text(text, "utf-8")
    workshop.make("en")
    assert workshop.notices.said == []


@pytest.mark.parametrize("where", ["entry", "seal", "page", "all"])
def test_what_was_spoiled_on_the_disk_is_made_anew(workshop: Workshop, where: str) -> None:
    every = workshop.make("en")[0]
    site, kept = workshop.work / "site" / "en", workshop.work / "cache" / "en.pages"
    before = digests(site)
    lines = kept.read_bytes().splitlines(keepends=True)
    if where == "entry":
        lines[3] = lines[3].replace(b'"anchors":["', b'"anchors":["x')
    elif where == "seal":
        lines[3] = b"\xff" + lines[3][1:]
    elif where == "all":
        lines = [b"\x00\xff" * 100]
    else:
        page = site / "about" / "index.html"
        page.write_bytes(page.read_bytes()[:-20])
    kept.write_bytes(b"".join(lines))
    assert workshop.make("en") == ((every, 0) if where == "all" else (1, every - 1))
    assert digests(site) == before


def test_what_all_pages_share_makes_all_anew(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    every = workshop.make("en")[0]
    edit(workshop.book / "en" / "ui.yml", "site_name: ", "site_name: New ")
    workshop.generate()
    assert workshop.make("en") == (every, 0)
    theme = workshop.work.parent / "site_config" / "theme" / "partials" / "palette.html"
    theme.write_text(theme.read_text("utf-8") + "{# changed #}", "utf-8")
    assert workshop.make("en") == (every, 0)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767312000")
    assert workshop.make("en") == (every, 0)
    assert workshop.make("en") == (0, every)


def test_a_build_that_was_killed_leaves_nothing_half(workshop: Workshop) -> None:
    """Pages newer than the record of them, a file that is no page, and a record that was not finished."""
    workshop.make("en")
    before = digests(workshop.work / "site" / "en")
    site, kept = workshop.work / "site" / "en", workshop.work / "cache" / "en.pages"
    (site / "about" / "index.html").write_bytes(b"<html>")
    (site / "gone").mkdir()
    (site / "gone" / "index.html").write_bytes(b"left over")
    kept.with_name("en.pages.new").write_bytes(b"half")
    workshop.make("en")
    assert digests(site) == before


def test_kept_entries_come_back_as_they_went(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "kept"
    assert build.read_kept(path) == {}
    entries = {"a": {"x": [1, "二", None]}, "b": "line\nbreak \u2028"}
    build.write_kept(path, entries)
    assert build.read_kept(path) == entries
    assert [p.name for p in path.parent.iterdir()] == ["kept"]
