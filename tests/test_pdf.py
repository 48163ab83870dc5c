"""The PDFs: what a reader finds in them, on paper, on a screen and by ear; what is said when one fails."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import segno
from pikepdf import Array, Dictionary, Name
from tiny import BOOK, ROOT, content_of, edit

from generator import pdf
from generator.audit_pdf import audit_pdfs
from generator.cli import FINDINGS, FINE, USAGE, main
from generator.diagnostic import Location, SourceFile
from generator.model import Content, Edition, Manuscript, OutputFile, plain
from generator.render import figure_print, flow_pages, markdown, typeset
from generator.render.drawing import figure_svg
from generator.render.flow_source import flow_sources
from generator.resolve import resolve

STYLE = (ROOT / "site_config" / "theme" / "css" / "figures.css").read_text(encoding="utf-8")
EPOCH = 1_769_817_600
LANGUAGES = ("zh", "en")
TOPICS = ("sample-patients", "sample-topic", "second-topic")
NAMES = ("book", *TOPICS, "sample-topic-sheet", "second-topic-sheet")
# Radicals that look like ideographs: a search for the word does not find them.
RADICALS = re.compile("[\u2e80-\u2fdf]")


def place(block: str) -> Location:
    return Location(SourceFile(block))


def edition_of(content: Content, language: str) -> Edition:
    return resolve(content, language)


def manuscripts(content: Content, language: str, paper: str = "a4") -> dict[str, Manuscript]:
    """By the name of the file, without its ending."""
    made = typeset.manuscripts(edition_of(content, language), paper, STYLE)
    return {Path(m.path).stem: m for m in made}


@pytest.fixture(scope="module")
def folder(book: Content, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The PDFs of the tiny book. Tests that spoil one work on a copy."""
    root = tmp_path_factory.mktemp("pdfs")
    for language in LANGUAGES:
        files, found = pdf.typeset(manuscripts(book, language).values(), root / "cache", EPOCH, place)
        assert found == []
        for file in files:
            path = root / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
    return root / "pdf"


def words_of(path: Path, *options: str) -> str:
    """The text as it is copied out."""
    reader = shutil.which("pdftotext")
    assert reader, "install poppler-utils"
    done = subprocess.run([reader, *options, str(path), "-"], capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def packed(text: str) -> str:
    """Letters alone: line breaks, spaces and soft hyphens fall out of the comparison."""
    return re.sub(r"[\s\u00ad\u200b-]+", "", unicodedata.normalize("NFC", text))


# -- what stands in them -------------------------------------------------------------------------------------


def test_every_topic_its_sheet_and_the_book(folder: Path) -> None:
    made = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.pdf"))
    assert made == sorted(f"{language}/{name}.pdf" for language in LANGUAGES for name in NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_statement_can_be_copied_out_of_topic_and_book(
    book: Content, folder: Path, language: str
) -> None:
    topics = [page for page in edition_of(book, language).pages if page.kind == "topic"]
    whole = packed(words_of(folder / language / "book.pdf"))
    for topic in topics:
        alone = packed(words_of(folder / language / f"{topic.path}.pdf"))
        blocks = [*topic.lead, *(b for s in topic.sections for b in s.blocks)]
        for pieces in [p for b in blocks for p in (b.pieces, *(i for _, i in b.items))]:
            for run in pieces:
                words = packed(plain([run])).strip(".,，。")
                if len(words) > 3:
                    assert words in alone, (topic.path, words)
                    assert words in whole, (topic.path, words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_radical_stands_for_an_ideograph(folder: Path, language: str) -> None:
    for path in (folder / language).glob("*.pdf"):
        assert not RADICALS.search(words_of(path)), path
    assert RADICALS.search("⻣")  # what a faulty font table makes of 骨


def test_pages_are_numbered_n_of_m_and_headed(folder: Path) -> None:
    path = folder / "en" / "sample-topic.pdf"
    count = len(pikepdf.open(path).pages)
    assert count > 1
    for number in range(1, count + 1):
        page = words_of(path, "-f", str(number), "-l", str(number))
        assert f"Page {number} of {count}" in page
        assert "Sample topic" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_is_one_page(book: Content, folder: Path, language: str) -> None:
    path = folder / language / "sample-topic-sheet.pdf"
    assert len(pikepdf.open(path).pages) == 1
    text = packed(words_of(path))
    labels = book.words[language].ui.labels
    assert packed(labels["red-flags"]) in text
    topic = next(p for p in edition_of(book, language).pages if p.path == "sample-topic")
    emergency = next(b for s in topic.sections for b in s.blocks if b.kind == "emergency")
    assert packed(plain(emergency.pieces)).strip(".。") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_book_has_all_its_parts(book: Content, folder: Path, language: str) -> None:
    labels = book.words[language].ui.labels
    document = pikepdf.open(folder / language / "book.pdf")
    with document.open_outline() as outline:
        parts = [item.title for item in outline.root]
    topics = [str(book.words[language].topics[t].title) for t in book.site.topics]
    back = [str(labels[x]) for x in ("glossary", "references", "index-of-figures", "colophon")]
    assert [p for p in parts if p != labels["contents"]] == [*topics, *back]
    text = words_of(folder / language / "book.pdf")
    assert str(book.site.version) in text
    assert str(book.site.updated) in text


def test_the_book_numbers_every_reference_once(book: Content) -> None:
    tree = json.loads(manuscripts(book, "en")["book"].tree)
    listed = {item["id"]: item["n"] for item in tree["references"]["list"]["items"]}
    cited = [node for node in every_node(tree["topics"]) if node.get("t") == "cite"]
    assert cited
    for node in cited:
        for item in node["items"]:
            assert listed[item["to"]] == item["n"]


def every_node(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from every_node(child)


PAGE, VERSION = (
    "https://books.example/tiny/en/sample-topic/",
    "https://books.example/tiny/en/versions/2026-1/",
)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("sample-topic", PAGE),
        ("sample-topic", VERSION),
        ("sample-topic-sheet", PAGE),
        ("sample-topic-sheet", VERSION),
        ("book", VERSION),
    ],
)
def test_paper_leads_back_to_the_page_and_to_its_version(
    book: Content, folder: Path, name: str, address: str
) -> None:
    document = pikepdf.open(folder / "en" / f"{name}.pdf")
    links = {
        str(note.A.URI)
        for page in document.pages
        for note in page.get("/Annots", [])
        if "/URI" in note.get("/A", Dictionary())
    }
    assert address in links
    wanted = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        wanted, kind="svg", xmldecl=False, border=2, dark="#1a1a1a", light="#ffffff", nl=False
    )
    assert wanted.getvalue() in [f.data for f in manuscripts(book, "en")[name].files]


@pytest.mark.parametrize("name", ["sample-topic", "sample-topic-sheet", "book"])
def test_a_loose_page_names_its_version_and_where_to_look_it_up(folder: Path, name: str) -> None:
    pages = words_of(folder / "en" / f"{name}.pdf").split("\f")
    last = packed(pages[-2])
    assert packed(f"Version 2026.1 · 2026-01-31 · {VERSION}") in last


@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_paper(book: Content, tmp_path: Path, paper: str, size: tuple[int, int]) -> None:
    made = manuscripts(book, "zh", paper)
    files, found = pdf.typeset([made["sample-topic"], made["sample-topic-sheet"]], tmp_path, EPOCH, place)
    assert found == []
    for file in files:
        for page in pikepdf.open(io.BytesIO(file.data)).pages:
            assert (round(float(page.MediaBox[2])), round(float(page.MediaBox[3]))) == size


def fonts_of(path: Path) -> set[str]:
    return {
        str(font.BaseFont).rpartition("+")[2]
        for page in pikepdf.open(path).pages
        for font in page.Resources.get("/Font", Dictionary()).values()
    }


def test_chinese_is_bold_in_a_bold_face_and_never_slanted(folder: Path) -> None:
    used = fonts_of(folder / "zh" / "sample-topic.pdf")
    assert any("NotoSansCJKtc-Bold" in name for name in used)
    assert any("NotoSerifSC" in name for name in used)
    assert not [name for name in used if "Italic" in name]
    # The English of the same paragraph is.
    assert any("Italic" in name for name in fonts_of(folder / "en" / "sample-topic.pdf"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_bold_labels_are_set_in_a_bold_face_over_the_drawing(language: str) -> None:
    for source in flow_sources(edition_of(content_of(ROOT / "content"), language)):
        drawn = flow_pages.flow_parts(source)
        assert all(part.labels for part in drawn)
        for part in drawn:
            assert "font-weight" not in part.svg
            for label in part.labels:
                assert part.top <= float(label["y"]) <= part.top + part.height / part.scale
        said = packed("".join(str(label["text"]) for part in drawn for label in part.labels))
        for step in source.graph.steps:
            if step.kind in ("start", "decision", "parallel"):
                assert packed(step.text[language]) in said


def areas(document: pikepdf.Pdf) -> list[Any]:
    """The links around no words: those over a drawing."""
    return [
        link
        for link in elements(document, "Link")
        if len(link.K) == 1 and isinstance(link.K[0], Dictionary) and link.K[0].get("/Type") == Name.OBJR
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["sample-topic", "book"])
def test_every_box_of_a_flow_leads_to_its_section(
    book: Content, folder: Path, language: str, name: str
) -> None:
    page = next(p for p in edition_of(book, language).pages if p.path == "sample-topic")
    flow = next(b.flow for b in page.blocks if b.flow)
    document = pikepdf.open(folder / language / f"{name}.pdf")
    found = {str(area.Alt): area.K[0].Obj for area in areas(document)}
    source = next(s for s in flow_sources(edition_of(book, language)) if s.view.id == flow.id)
    words = {s.id: f"{s.number}. {s.text}" for phase in source.outline.phases for s in phase.steps}
    for step in flow.steps:
        note = found[words[step.id]]
        assert str(note.Contents) == words[step.id]
        left, bottom, right, top = map(float, note.Rect)
        assert right - left > 40
        assert top - bottom > 12
        if step.id not in source.goes_on:
            assert str(note.Dest) == f"sample-topic:{step.section}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_boxes_of_a_sheet_lead_to_the_site(book: Content, tmp_path: Path, language: str) -> None:
    def short(tree: dict[str, Any]) -> None:
        tree["points"] = tree["points"][:1]

    sheet = changed(manuscripts(book, language)["sample-topic-sheet"], short)
    (made,), found = pdf.typeset([sheet], tmp_path, EPOCH, place)
    assert found == []
    document = pikepdf.open(io.BytesIO(made.data))
    boxes = areas(document)
    assert boxes
    for box in boxes:
        page, _, anchor = str(box.K[0].Obj.A.URI).partition("#")
        root = f"https://books.example/tiny/{language}"
        assert page in (f"{root}/sample-topic/", f"{root}/second-topic/")
        assert anchor


@pytest.mark.parametrize("language", LANGUAGES)
def test_side_notes_name_the_source_of_every_number(book: Content, language: str) -> None:
    edition = edition_of(book, language)
    tree = json.loads(manuscripts(book, language)["sample-topic"].tree)
    page = next(p for p in edition.pages if p.path == "sample-topic")
    shorts = {r.id: r.short for r in page.references}
    noted = {node["id"]: node["notes"] for node in every_node(tree) if node.get("notes")}
    seen = 0
    for block in page.blocks:
        if block.kind not in ("paragraph", "list", "steps", "note", "warning", "emergency"):
            continue
        passages = [block.pieces, *(pieces for _, pieces in block.items)]
        for fact in {fact for pieces in passages for fact in typeset.facts_of(pieces)}:
            seen += 1
            said = packed(json.dumps(noted[f"sample-topic:{block.id}"], ensure_ascii=False))
            source = edition.stated[fact]
            assert packed(edition.printed[fact]) in said
            assert packed(source.counted) in said
            assert any(packed(shorts[id_]) in said for id_ in source.cites if id_ in shorts)
    assert seen


def test_side_notes_stand_beside_the_text_and_are_tagged(book: Content, folder: Path) -> None:
    tree = json.loads(manuscripts(book, "en")["sample-topic"].tree)
    note = next(node["notes"][0] for node in every_node(tree) if node.get("notes"))
    word = note["numbers"].replace("\u00a0", " ").split()[-1].rstrip(",")
    boxes = re.findall(
        r'<word xMin="([\d.]+)"[^>]*>([^<]*)</word>', words_of(folder / "en" / "sample-topic.pdf", "-bbox")
    )
    assert any(float(x) > 595 * 0.7 and text.startswith(word) for x, text in boxes)


def test_a_page_without_numbers_keeps_no_room_for_notes(book: Content) -> None:
    trees = {name: json.loads(m.tree) for name, m in manuscripts(book, "en").items()}
    assert trees["sample-topic"]["aside"]
    assert not trees["sample-patients"]["aside"]


# -- what the audit of the files finds -----------------------------------------------------------------------


def test_a_clean_file_has_no_fault(folder: Path) -> None:
    assert audit_pdfs(folder) == []


def elements(document: pikepdf.Pdf, kind: str) -> list[Any]:
    out, waiting = [], [document.Root.StructTreeRoot.K]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Array):
            waiting += list(node)
        elif isinstance(node, Dictionary):
            if node.get("/S") == Name(f"/{kind}"):
                out.append(node)
            if "/K" in node:
                waiting.append(node.K)
    return out


def first_font(document: pikepdf.Pdf) -> Any:
    return next(f for page in document.pages for f in page.Resources.get("/Font", Dictionary()).values())


def spoil_title(document: pikepdf.Pdf) -> None:
    document.Root.ViewerPreferences.DisplayDocTitle = False


def spoil_standard(document: pikepdf.Pdf) -> None:
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        del metadata["pdfuaid:part"]


def spoil_table(document: pikepdf.Pdf) -> None:
    for row in elements(document, "TBody")[0].K:
        row.K[0].S = Name.TD


def spoil_link(document: pikepdf.Pdf) -> None:
    for page in document.pages:
        for note in page.get("/Annots", []):
            if "/URI" not in note.get("/A", Dictionary()):
                note.Dest = pikepdf.String("nowhere")
                return


def first_link(document: pikepdf.Pdf) -> Any:
    return next(note for page in document.pages for note in page.get("/Annots", []))


def spoil_area(document: pikepdf.Pdf) -> None:
    del areas(document)[0].K[0].Obj["/Contents"]


def spoil_archive(document: pikepdf.Pdf) -> None:
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["pdfaid:conformance"] = "B"


def spoil_name(document: pikepdf.Pdf) -> None:
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        del metadata["dc:title"]


def spoil_address(document: pikepdf.Pdf) -> None:
    for page in document.pages:
        for note in page.get("/Annots", []):
            if "/URI" in note.get("/A", Dictionary()):
                del note.A["/URI"]
                return


def spoil_font(document: pikepdf.Pdf) -> None:
    del first_font(document).DescendantFonts[0].FontDescriptor["/FontFile3"]


SPOILT: dict[str, tuple[Callable[[pikepdf.Pdf], object], str]] = {
    "no structure": (lambda d: d.Root.__delitem__("/StructTreeRoot"), "pdf-tags"),
    "not marked": (lambda d: d.Root.MarkInfo.__setitem__("/Marked", False), "pdf-tags"),
    "wrong language": (lambda d: d.Root.__setitem__("/Lang", pikepdf.String("en")), "pdf-language"),
    "title not shown": (spoil_title, "pdf-title"),
    "no standard": (spoil_standard, "pdf-standard"),
    "no bookmarks": (lambda d: d.Root.__delitem__("/Outlines"), "pdf-bookmarks"),
    "no alt": (lambda d: elements(d, "Figure")[0].__delitem__("/Alt"), "pdf-picture"),
    "no row heads": (spoil_table, "pdf-table"),
    "dead link": (spoil_link, "pdf-dead-link"),
    "address lost": (spoil_address, "pdf-dead-link"),
    "box of a flow without words": (spoil_area, "pdf-tags"),
    "link out of the structure": (lambda d: first_link(d).__delitem__("/StructParent"), "pdf-tags"),
    "another level of archive": (spoil_archive, "pdf-standard"),
    "no title": (spoil_name, "pdf-title"),
    "whole font": (lambda d: first_font(d).__setitem__("/BaseFont", Name.Whole), "pdf-font"),
    "font left out": (spoil_font, "pdf-font"),
    "no text of a font": (lambda d: first_font(d).__delitem__("/ToUnicode"), "pdf-font"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_each_fault_is_found(folder: Path, tmp_path: Path, case: str) -> None:
    spoil, rule = SPOILT[case]
    document = pikepdf.open(folder / "zh" / "sample-topic.pdf")
    spoil(document)
    (tmp_path / "pdf" / "zh").mkdir(parents=True)
    document.save(tmp_path / "pdf" / "zh" / "spoilt.pdf")
    assert {d.rule for d in audit_pdfs(tmp_path / "pdf")} == {rule}


def test_half_a_file_is_found(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pdf" / "en").mkdir(parents=True)
    (tmp_path / "pdf" / "en" / "cut.pdf").write_bytes(b"%PDF-1.7\nhalf")
    assert [d.rule for d in audit_pdfs(tmp_path / "pdf")] == ["pdf-broken"]


def test_a_file_that_was_good_is_read_again_only_when_it_changed(folder: Path, tmp_path: Path) -> None:
    papers = Path(shutil.copytree(folder, tmp_path / "pdf"))
    known: dict[str, Any] = {}
    assert audit_pdfs(papers, known) == []
    assert known.keys() == {f"pdf/{path.relative_to(papers).as_posix()}" for path in papers.rglob("*.pdf")}
    spoilt = min(papers.rglob("*.pdf"))
    spoilt.write_bytes(spoilt.read_bytes()[:-900])
    for _ in range(2):
        assert {d.location.file.path for d in audit_pdfs(papers, known)} == {
            spoilt.relative_to(tmp_path).as_posix()
        }


# -- what is said when one cannot be set ---------------------------------------------------------------------


def changed(manuscript: Manuscript, change: Callable[[dict[str, Any]], None]) -> Manuscript:
    tree = json.loads(manuscript.tree)
    change(tree)
    return replace(manuscript, tree=json.dumps(tree, ensure_ascii=False))


def first(tree: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(node for node in every_node(tree["blocks"]) if node.get("t") == kind)


def no_alt(tree: dict[str, Any]) -> None:
    first(tree, "figures")["items"][0]["alt"] = None


def dangling(tree: dict[str, Any]) -> None:
    first(tree, "callout")["c"] = [{"t": "link", "to": "sample-topic:gone", "c": ["gone"]}]


def unknown(tree: dict[str, Any]) -> None:
    first(tree, "p")["t"] = "poem"


def glyph(tree: dict[str, Any]) -> None:
    first(tree, "ul")["items"][1]["c"] = ["a \U0001f9b4 bone"]


@pytest.mark.parametrize(
    ("spoil", "rule", "block"),
    [
        (glyph, "pdf-glyph", "sample-topic:score"),
        (no_alt, "pdf-alt", "sample-topic:signs-figure"),
        (dangling, "pdf-link", "sample-topic:signs-note"),
        (unknown, "pdf", "sample-topic"),
    ],
)
def test_a_fault_names_its_block(
    book: Content, tmp_path: Path, spoil: Callable[[dict[str, Any]], None], rule: str, block: str
) -> None:
    files, found = pdf.typeset(
        [changed(manuscripts(book, "en")["sample-topic"], spoil)], tmp_path, EPOCH, place
    )
    assert files == []
    assert [(d.rule, d.location.file.path) for d in found] == [(rule, block)]


def test_a_sheet_that_overflows_says_so(book: Content, tmp_path: Path) -> None:
    def longer(tree: dict[str, Any]) -> None:
        tree["points"] = [{"id": f"x:{n}", "c": ["many words " * 30]} for n in range(60)]

    sheet = changed(manuscripts(book, "en")["sample-topic-sheet"], longer)
    _, found = pdf.typeset([sheet], tmp_path, EPOCH, place)
    assert [d.rule for d in found] == ["pdf-sheet"]


def test_a_missing_glyph_is_found_in_its_line(
    copy_of_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = copy_of_book / "en" / "topics" / "sample-topic.yml"
    edit(topic, "The balance is", "The ꙮ balance is")
    command = ["pdf", "--content", str(copy_of_book), "--site", str(tmp_path / "site")]
    assert main([*command, "--work", str(tmp_path / "work")]) == FINDINGS
    said = capsys.readouterr().out
    line = topic.read_text(encoding="utf-8").splitlines().index("      signs-note:") + 1
    assert "error[pdf-glyph]" in said
    assert f"sample-topic.yml:{line}:7" in said
    assert not (tmp_path / "site" / "pdf").exists()


def test_without_fonts_one_line_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["pdf", "--content", str(BOOK), "--site", str(tmp_path / "site"), "--fonts", str(tmp_path)]
    assert main([*command, "--work", str(tmp_path / "work")]) == USAGE
    said = capsys.readouterr().err
    assert f"{tmp_path} has no readable Noto Sans CJK TC, Noto Sans SC, Noto Serif SC" in said


@pytest.mark.parametrize("case", ["absent", "file", "broken"])
def test_a_folder_without_usable_fonts_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    fonts = tmp_path / "fonts"
    if case == "file":
        fonts.write_text("no folder", encoding="utf-8")
    elif case == "broken":
        fonts.mkdir()
        (fonts / "NotoSansSC-Regular.otf").write_bytes(b"OTTO" + bytes(200))
    command = ["pdf", "--content", str(BOOK), "--site", str(tmp_path / "site"), "--fonts", str(fonts)]
    assert main([*command, "--work", str(tmp_path / "work")]) == USAGE
    lines = [line for line in capsys.readouterr().err.splitlines() if str(fonts) in line]
    assert len(lines) == 1
    assert ("is not a folder" in lines[0]) == (case != "broken")


def test_fonts_of_a_named_folder_set_the_same_bytes(book: Content, folder: Path, tmp_path: Path) -> None:
    fonts = tmp_path / "fonts" / "deeper"
    fonts.mkdir(parents=True)
    for module in pdf.FONT_PACKAGES:
        spec = find_spec(module)
        assert spec is not None
        assert spec.origin is not None
        for path in Path(spec.origin).parent.glob("*.otf"):
            shutil.copy(path, fonts / path.name)
    made = [manuscripts(book, "zh")["second-topic"]]
    files, found = pdf.typeset(made, tmp_path / "cache", EPOCH, place, folder=tmp_path / "fonts")
    assert found == []
    assert files[0].data == (folder / "zh" / "second-topic.pdf").read_bytes()


# -- setting again -------------------------------------------------------------------------------------------


def test_what_did_not_change_is_not_set_again(
    book: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = manuscripts(book, "en")
    few = [made["second-topic"], made["sample-patients"]]
    cache, log = tmp_path / "cache", tmp_path / "log"
    before, _ = pdf.typeset(few, cache, EPOCH, place)
    real = pdf.compiled

    def counted(manuscript: Manuscript, *rest: Any) -> bytes:
        # In a file, since another process sets them.
        with log.open("a") as out:
            out.write(f"{manuscript.path}\n")
        return real(manuscript, *rest)

    monkeypatch.setattr(pdf, "compiled", counted)
    assert pdf.typeset(few, cache, EPOCH, place)[0] == before
    assert not log.exists()
    few[0] = changed(few[0], lambda tree: tree.update(description="Another one."))
    after, _ = pdf.typeset(few, cache, EPOCH, place)
    assert log.read_text().splitlines() == [few[0].path]
    assert after[1] == before[1]
    assert len(list(cache.iterdir())) == 2, "the old one is thrown away"
    few[1] = replace(few[1], files=(*few[1].files, OutputFile("unused.svg", b"x")))
    pdf.typeset(few, cache, EPOCH, place)
    pdf.typeset(few, cache, EPOCH + 86_400, place)
    assert len(log.read_text().splitlines()) == 4, "a picture and the date count too"


def test_the_command_writes_them_into_the_site(tmp_path: Path, folder: Path) -> None:
    site = tmp_path / "deeper" / "site"
    (site / "pdf" / "en").mkdir(parents=True)
    (site / "pdf" / "en" / "old.pdf").write_bytes(b"gone")
    (site / "assets").mkdir()
    (site / "assets" / "chooser.css").touch()
    (site / "index.html").write_text("stays", encoding="utf-8")
    command = ["pdf", "--content", str(BOOK), "--site", str(site), "--work", str(tmp_path / "work")]
    assert main(command) == FINE
    for path in folder.rglob("*.pdf"):
        assert (site / "pdf" / path.relative_to(folder)).read_bytes() == path.read_bytes(), path
    assert not (site / "pdf" / "en" / "old.pdf").exists()
    assert (site / "index.html").read_text(encoding="utf-8") == "stays"


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_link_to_what_is_made(book: Content, folder: Path, language: str) -> None:
    edition = edition_of(book, language)
    for file in markdown.pages(edition, pdfs=True):
        page = Path(file.path).stem
        linked = set(re.findall(r'href="(?:\.\./)+pdf/([^"]+)"', file.data.decode("utf-8")))
        wanted = {f"{language}/{n}.pdf" for n in (page, f"{page}-sheet") if n in NAMES}
        if page in ("index", "offline"):
            wanted = {f"{language}/book.pdf"}
        if page == "offline":
            wanted |= {f"{language}/{n}.pdf" for n in NAMES}
        assert linked == wanted, page
    assert all(b"/pdf/" not in file.data for file in markdown.pages(edition))


# -- drawings ------------------------------------------------------------------------------------------------


def test_drawings_take_the_colors_of_the_style_sheet() -> None:
    content = content_of(ROOT / "content")
    figures = next(p for p in edition_of(content, "en").pages if p.kind == "figures").figures
    drawn = [figure for figure, _ in figures if figure.svg]
    assert drawn
    for figure in drawn:
        svg, _, bold = figure_print.print_figure(figure_svg(figure), STYLE)
        assert "class=" not in svg
        assert "var(" not in svg
        for label in figure.labels.values():
            set_bold = [packed(str(b["text"])) for b in bold]
            assert packed(label) in set_bold or packed(label) in packed(svg.replace("&amp;", "&"))
        # A shape without a color would be black.
        for shape in re.findall(r"<(?:path|circle|rect|ellipse)\b[^>]*>", svg):
            assert " fill=" in shape, shape
    assert "#f0b4a8" in "".join(figure_print.print_figure(figure_svg(f), STYLE).svg for f in drawn)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_flow_keeps_readable_letters_and_every_step_once(language: str) -> None:
    sources = flow_sources(edition_of(content_of(ROOT / "content"), language))
    parts = {source.view.id: flow_pages.flow_parts(source) for source in sources}
    assert max(map(len, parts.values())) > 1, "one flow at least is longer than a page"
    for source in sources:
        drawn = parts[source.view.id]
        for part in drawn:
            assert part.width <= flow_pages.WIDTH + 0.1
            assert part.height <= flow_pages.HEIGHT + 0.1
            broad = float(re.search(r'viewBox="0 [\d.]+ ([\d.]+)', part.svg)[1])
            # Letters are fourteen units high: more than six points.
            assert 14 * part.width / broad > 6
        numbers = re.findall(r">(\d+) ?</text>", "".join(part.svg for part in drawn))
        assert sorted(map(int, numbers)) == list(range(1, len(source.view.steps) + 1))
