"""A hospital's own notes: marked wherever they are printed, and no shared text changed by them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from test_build import digests
from test_pdf import EPOCH, packed, place, words_of
from tiny import BOOK, OVERLAY, ROOT, TODAY, content_of, edit, findings

from generator import pdf, serve
from generator.audit_pdf import audit_pdfs
from generator.checks import check
from generator.cli import FINDINGS, FINE, main
from generator.load import load
from generator.model import Content, Edition, LocalView, Page
from generator.render import local, markdown, typeset
from generator.resolve import resolve

LANGUAGES = ("zh", "en")
MARKS = {"zh": "本地内容：样例医院", "en": "Local: Sample Hospital"}
NOTED = ("sample-topic", "sample-patients", "second-topic")


@pytest.fixture(scope="module")
def noted() -> Content:
    return content_of(BOOK, OVERLAY)


def copies(tmp_path: Path) -> tuple[Path, Path]:
    """A book and notes for it that a test may change."""
    return (
        Path(shutil.copytree(BOOK, tmp_path / "book")),
        Path(shutil.copytree(OVERLAY, tmp_path / "overlay")),
    )


def page(content: Content, language: str, path: str) -> Page:
    return next(p for p in resolve(content, language).pages if p.path == path)


def note(content: Content, language: str, path: str, id_: str) -> LocalView:
    found = next(b.local for b in page(content, language, path).local_notes if b.id == f"local--{id_}")
    assert found
    return found


# -- where they stand, and in which language ----------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_notes_stand_behind_the_block_they_name_or_at_the_end(noted: Content, language: str) -> None:
    sections = {s.id: [b.id for b in s.blocks] for s in page(noted, language, "sample-topic").sections}
    assert sections["signs"][-1] == "local--transfer"
    assert sections["care"][:3] == ["care-now", "local--glimmer-desk", "care-steps"]
    assert sections["dosing"][-1] == "local--warm-water"


def test_notes_at_one_place_keep_the_order_of_the_file(tmp_path: Path) -> None:
    book, overlay = copies(tmp_path)
    edit(overlay / "overlay.yml", "section: dosing", "section: care\n    after: care-now")
    care = page(content_of(book, overlay), "en", "sample-topic").sections[1]
    assert [b.id for b in care.blocks][:3] == ["care-now", "local--glimmer-desk", "local--warm-water"]


def test_a_note_in_one_language_shows_in_it_everywhere(noted: Content) -> None:
    assert note(noted, "en", "sample-patients", "visiting").language == "zh"
    assert note(noted, "zh", "sample-topic", "transfer").language == "en"
    text = rendered(noted, "en")["sample-patients"]
    assert 'Available only in <span lang="zh">中文</span>' in text
    assert '<p class="local-title" lang="zh" markdown="span">探视时间</p>' in text
    assert "Available only" not in rendered(noted, "en")["sample-topic"]


def test_an_organization_named_in_one_language_only(tmp_path: Path) -> None:
    book, overlay = copies(tmp_path)
    shutil.rmtree(overlay / "en")
    edit(overlay / "overlay.yml", "  transfer:\n    kind: pathway\n", "  transfer:\n    kind: note\n")
    assert [d.rule for d in findings(book, overlay)] == ["local-words"]
    (overlay / "overlay.yml").write_text(
        re.sub(r"  transfer:\n(    .*\n)+", "", (overlay / "overlay.yml").read_text("utf-8")), "utf-8"
    )
    assert findings(book, overlay) == []
    text = rendered(content_of(book, overlay), "en")["sample-topic"]
    assert 'Local: <span lang="zh">样例医院</span> · Contact' in text


def test_dates_are_those_of_the_note_before_those_of_the_overlay(noted: Content) -> None:
    assert note(noted, "en", "sample-topic", "warm-water").review_by == "2098-07-01"
    assert note(noted, "en", "sample-topic", "transfer").review_by == "2099-01-05"


def test_a_fact_in_a_note_prints_as_in_the_book(noted: Content) -> None:
    assert "less than 24 hours" in rendered(noted, "en")["sample-topic"].partition("local--transfer--")[2]


def test_whatever_is_typed_stays_text(tmp_path: Path) -> None:
    book, overlay = copies(tmp_path)
    edit(overlay / "en" / "notes.yml", "organization: Sample Hospital", "organization: A & B_c_ {d}")
    edit(overlay / "en" / "notes.yml", "title: Glimmer desk, day", "title: '“Desk” {#x} *day*'\n#")
    text = rendered(content_of(book, overlay), "en")["sample-topic"]
    assert 'aria-label="Local: A &amp; B_c_ {d} · Contact: “Desk” {#x} *day*"' in text
    assert "Local: A &#38; B&#95;c&#95; &#123;d&#125; · Contact" in text


@pytest.mark.parametrize(
    ("phone", "to"), [("010-5550 0142", "01055500142"), ("+86 (10) 5550", "+86105550"), ("*9#", "*9%23")]
)
def test_a_number_is_dialed_without_what_makes_it_readable(phone: str, to: str) -> None:
    assert local.dialed(phone) == to


# -- the shared text -----------------------------------------------------------------------------------------


def without_notes(edition: Edition) -> Edition:
    """The edition with every local block cut out, and the anchors of those blocks."""
    pages = []
    for p in edition.pages:
        sections = tuple(
            replace(s, blocks=tuple(b for b in s.blocks if b.kind != "local")) for s in p.sections
        )
        anchors = tuple(a for a in p.anchors if not a.startswith("local--"))
        pages.append(replace(p, sections=sections, anchors=anchors))
    return replace(edition, pages=tuple(pages))


def rendered(content: Content, language: str) -> dict[str, str]:
    files = markdown.pages(resolve(content, language), pdfs=True)
    return {f.path.removesuffix(".md"): f.data.decode("utf-8") for f in files}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edition_without_its_notes_is_the_shared_edition(
    noted: Content, book: Content, language: str
) -> None:
    """Numbers of citations and figures, uses of terms, places of counts: all as if there were no notes."""
    edition = resolve(noted, language)
    assert edition != resolve(book, language)
    assert without_notes(edition) == resolve(book, language)
    assert resolve(noted.shared, language) == resolve(book, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_byte_of_the_shared_text_stays(noted: Content, book: Content, language: str) -> None:
    plain, with_notes = rendered(book, language), rendered(noted, language)
    assert {path for path in plain if plain[path] != with_notes[path]} == set(NOTED)
    note_ = r'<div id="local--[^\n]*\n(?s:.*?)<p class="local-dates"[^\n]*\n</div>\n\n'
    banner = r'<div class="local-banner"(?s:.*?)\n</div>\n\n'
    for path in NOTED:
        assert re.sub(f"{note_}|{banner}", "", with_notes[path]) == plain[path]


def pruned(node: Any) -> Any:
    """A manuscript's tree without notes and notices."""
    if isinstance(node, dict):
        return {k: pruned(v) for k, v in node.items() if k != "local"}
    if isinstance(node, list):
        return [pruned(n) for n in node if not (isinstance(n, dict) and n.get("t") == "local")]
    return node


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pdf_keeps_the_shared_text(noted: Content, book: Content, language: str) -> None:
    with_notes = list(typeset.manuscripts(resolve(noted, language)))
    plain = list(typeset.manuscripts(resolve(book, language)))
    assert len(plain) == len(with_notes) > 3
    for a, b in zip(with_notes, plain, strict=True):
        assert a.path == b.path
        assert pruned(json.loads(a.tree)) == pruned(json.loads(b.tree))
    changed = {a.path.split("/")[-1] for a, b in zip(with_notes, plain, strict=True) if a.tree != b.tree}
    assert changed == {"book.pdf", *(f"{topic}.pdf" for topic in NOTED)}


def built(folder: Path, seed: str, *options: str) -> Path:
    command = [sys.executable, "-m", "generator", "build", "--no-pdf", "--no-offline", "--content", str(BOOK)]
    done = subprocess.run(
        [*command, "--site", str(folder / "site"), *options],
        cwd=ROOT,
        env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == FINE, done.stdout + done.stderr
    return folder / "site"


def article(path: Path) -> str:
    """A page's text without what is local, its blank lines aside."""
    tree = html.fromstring(path.read_text("utf-8")).xpath("//article")[0]
    for node in tree.xpath('.//*[contains(@class, "local-note") or contains(@class, "local-banner")]'):
        node.drop_tree()
    return re.sub(r"\s*\n\s*", "\n", html.tostring(tree, encoding="unicode"))


def test_the_site_is_the_shared_site_but_for_the_marked_notes(tmp_path: Path) -> None:
    """What programs read, the feeds and the pages in both languages do not differ by a byte."""
    plain = built(tmp_path / "plain", "1")
    noted = built(tmp_path / "noted", "2", "--overlay", str(OVERLAY))
    again = built(tmp_path / "again", "3", "--overlay", str(OVERLAY))
    assert digests(noted) == digests(again)
    a, b = digests(plain), digests(noted)
    pages = {f"{lang}/{topic}/index.html" for lang in LANGUAGES for topic in NOTED}
    # Search finds the notes: its files may be more of them.
    a, b = ({path: one for path, one in of.items() if "/search/" not in path} for of in (a, b))
    assert set(a) == set(b)
    assert {path for path in a if a[path] != b[path]} == pages
    assert {p.split("/")[0] for p in a} >= {"api", "infobutton", "parallel"}
    for path in pages:
        assert article(noted / path) == article(plain / path)
        assert "local--" in (noted / path).read_text("utf-8")
    # The audit knows the anchors of the notes: a site without them is told.
    audit = ["audit", "--content", str(BOOK), "--overlay", str(OVERLAY), "--site"]
    assert main([*audit, str(noted)]) == FINE
    assert main([*audit, str(plain)]) == FINDINGS


# -- on paper ------------------------------------------------------------------------------------------------


def set_pdfs(content: Content, folder: Path, language: str = "en") -> Path:
    files, found = pdf.typeset(typeset.manuscripts(resolve(content, language)), folder / "c", EPOCH, place)
    assert found == []
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    assert audit_pdfs(folder / "pdf") == []
    return folder / "pdf" / language


@pytest.mark.parametrize("language", LANGUAGES)
def test_pdfs_mark_every_note(noted: Content, tmp_path: Path, language: str) -> None:
    folder = set_pdfs(noted, tmp_path, language)
    mark = packed(MARKS[language])
    topic = packed(words_of(folder / "sample-topic.pdf"))
    assert topic.count(mark) == 3
    assert packed("2098-07-01") in topic
    assert packed("010-5550-0142") in topic
    assert packed(words_of(folder / "book.pdf")).count(mark) == 5
    assert mark not in packed(words_of(folder / "sample-topic-sheet.pdf"))


def test_a_long_note_is_marked_on_each_of_its_pages(tmp_path: Path) -> None:
    book, overlay = copies(tmp_path)
    filler = "".join(f"      more-{n}: |-\n        {'Walk on to the next ward. ' * 9}\n" for n in range(40))
    edit(
        overlay / "en" / "notes.yml",
        "    body:\n      transfer-steps:",
        "    body:\n" + filler.replace(". \n", ".\n") + "      transfer-steps:",
    )
    path = set_pdfs(content_of(book, overlay), tmp_path) / "sample-topic.pdf"
    pages = words_of(path).split("\f")
    walked = [text for text in pages if "Walk on to the next ward" in text]
    assert len(walked) > 2
    assert all(MARKS["en"] in text for text in walked)


@pytest.fixture
def with_key_points(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """The second topic with key points, and the desk's number beside them."""
    book, overlay = copies(tmp_path)
    for lang, words in (("en", "Rest."), ("zh", "休息。")):
        topic = book / lang / "topics" / "second-topic.yml"
        section = f"  key-points:\n    title: Key\n    body:\n      rest: |-\n        {words}\n"
        edit(topic, "sections:\n", f"sections:\n{section}")
    edit(overlay / "overlay.yml", "section: start-here\n    after: start-text", "section: key-points")
    yield book, overlay


def test_a_sheet_prints_and_marks_the_notes_of_the_key_points(
    with_key_points: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = set_pdfs(content_of(*with_key_points), tmp_path)
    text = words_of(folder / "second-topic-sheet.pdf")
    assert MARKS["en"] in text
    assert "Phone: 4410" in text
    assert text.index("Rest.") < text.index(MARKS["en"])


# -- checking and serving ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["check", "generate", "build", "pdf", "audit", "serve"])
def test_every_command_that_reads_the_book_takes_notes(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert "--overlay DIR" in capsys.readouterr().out


def test_good_notes_say_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Digits, drugs the glossary does not hold and names are the hospital's own."""
    assert findings(BOOK, OVERLAY) == []
    assert main(["check", "--content", str(BOOK), "--overlay", str(OVERLAY)]) == FINE
    assert capsys.readouterr() == ("", "")


def test_a_past_review_warns_and_lets_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, overlay = copies(tmp_path)
    edit(overlay / "overlay.yml", "2098-07-01", "2026-01-06")
    assert main(["check", "--content", str(book), "--overlay", str(overlay)]) == FINE
    assert "warning[local-dates]" in capsys.readouterr().out
    content = content_of(book, overlay)
    assert [d.rule for d in check(content, TODAY)] == ["local-dates"]
    assert list(check(content)) == []


def test_faults_of_book_and_notes_are_told_in_one_run(tmp_path: Path) -> None:
    book, overlay = copies(tmp_path)
    edit(book / "shared" / "facts.yml", "value: 43250", "value: 43,250")
    edit(overlay / "overlay.yml", "kind: pathway", "kind: way")
    content, found = load(book, overlay)
    assert content is None
    assert {d.rule for d in found} == {"number-form", "unknown-word"}


def test_what_a_version_control_keeps_is_passed_over(tmp_path: Path) -> None:
    book, overlay = copies(tmp_path)
    (overlay / ".git").mkdir()
    (overlay / ".gitignore").write_text("x")
    assert findings(book, overlay) == []
    (overlay / "fr").mkdir()
    assert [d.rule for d in findings(book, overlay)] == ["unknown-file"]


def test_serving_looks_at_both_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, overlay = copies(tmp_path)
    (site := tmp_path / "site").mkdir()

    def served(loop: serve.Loop, watched: list[Path], folder: Path, port: int) -> int:
        with serve.listen(loop, watched, folder, port) as server:
            for saved in (book / "en" / "terms.yml", overlay / "en" / "notes.yml"):
                before = loop.saved
                saved.write_text("organization: Another\n", encoding="utf-8")
                with loop.changed:
                    assert loop.changed.wait_for(lambda before=before: loop.saved > before, timeout=30), saved
            server.shutdown()
        return FINE

    monkeypatch.setattr(serve, "serve", served)
    arguments = ["--content", str(book), "--overlay", str(overlay), "--site", str(site), "--port", "0"]
    assert main(["serve", *arguments]) == FINE


def test_the_worked_example_is_that_of_the_tests() -> None:
    """docs/overlay.md shows parts of the files that all the tests here read, so that it stays true."""
    text = (ROOT / "docs" / "overlay.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n# (\S+)\n(.*?)```", text, re.S)
    assert [name for name, _ in blocks] == ["overlay.yml", "zh/notes.yml", "en/notes.yml"]
    for name, lines in blocks:
        whole = (OVERLAY / name).read_text(encoding="utf-8")
        for part in lines.split("  # …\n"):
            assert part in whole, name
