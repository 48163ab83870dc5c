"""Building: the new site whole or the old one untouched, one build at a time, the same bytes anywhere."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import BOOK, ROOT, edit

from generator import audit, build
from generator.cli import FINDINGS, FINE, USAGE, main
from generator.diagnostic import Diagnostic, Location, SourceFile
from generator.model import SITE_FOLDERS, OutputFile


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run(book: Path, site: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "generator", "build", "--content", str(book), "--site", str(site)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The site of the tiny book, built once. Tests that spoil it work on a copy."""
    site = tmp_path_factory.mktemp("first") / "site"
    done = run(BOOK, site, TZ="UTC", PYTHONHASHSEED="1", LC_ALL="C")
    assert done.returncode == FINE, done.stdout + done.stderr
    yield site


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "site"))


def test_what_is_built(built: Path) -> None:
    names = set(digests(built))
    topics = {
        f"{lang}/{page}/index.html" for lang in ("zh", "en") for page in ("sample-topic", "second-topic")
    }
    assert topics | {"index.html", "zh/index.html", "en/index.html", "en/glossary/index.html"} <= names
    assert {path.name for path in built.iterdir() if path.is_dir()} == {"zh", "en", *SITE_FOLDERS}
    assert list(built.parent.glob(".site*")) == []  # neither lock nor half a site is left beside it


def test_another_folder_time_zone_hash_seed_and_mask_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    book = Path(shutil.copytree(BOOK, tmp_path / "elsewhere" / "a book"))
    site = tmp_path / "elsewhere" / "deeper" / "site"
    done = run(book, site, TZ="Asia/Shanghai", PYTHONHASHSEED="2", LC_ALL="C.UTF-8")
    assert done.returncode == FINE, done.stdout + done.stderr
    assert digests(site) == digests(built)


def test_nothing_of_this_machine_is_in_the_site(built: Path) -> None:
    for path in built.rglob("*"):
        if path.is_file():
            assert str(ROOT).encode() not in path.read_bytes(), path


def test_a_book_with_findings_leaves_the_old_site(site: Path, copy_of_book: Path) -> None:
    before = digests(site)
    edit(copy_of_book / "shared" / "facts.yml", "value: 43250", "value: 42350")
    assert main(["build", "--content", str(copy_of_book), "--site", str(site)]) == FINDINGS
    assert digests(site) == before


def test_a_failing_audit_leaves_the_old_site(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digests(site)
    finding = Diagnostic("dead-link", "leads to nothing", Location(SourceFile("en/index.html")))
    monkeypatch.setattr(audit, "judge", lambda *_: [finding])
    assert main(["build", "--content", str(BOOK), "--site", str(site)]) == FINDINGS
    assert digests(site) == before
    out, err = capsys.readouterr()
    assert "error[dead-link]" in out
    assert "not replaced" in err


def test_every_page_is_read_by_its_tags_and_says_what_a_tree_says(built: Path) -> None:
    names = [path.relative_to(built).as_posix() for path in built.rglob("*.html")]
    assert len(names) > 50
    url = "https://books.example/tiny/"
    for name in names:
        data = (built / name).read_bytes()
        by_tags, (by_tree, ways) = audit._scanned(name, data, url), audit._parsed(name, data, url)
        # One that is not is no fault, but takes ten times as long.
        assert by_tags is not None, name
        assert by_tags.found == by_tree.found == []
        assert set(by_tags.ids) == set(by_tree.ids)
        assert by_tags.alternates == by_tree.alternates
        assert {path: set(wanted) for path, wanted in by_tags.leads.items()} == {
            path: {place for _, _, p, place in ways if p == path and place and not place.startswith("__")}
            for _, _, path, _ in ways
        }


def test_the_audit_of_a_spoiled_site(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["audit", "--content", str(BOOK), "--site", str(site)]
    assert main(arguments) == FINE
    shutil.rmtree(site / "en" / "second-topic")
    assert main(arguments) == FINDINGS
    assert {"missing-page", "dead-link"} <= {
        line[6 : line.index("]")]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("error[")
    }


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Runs a build without PDFs in this process: its code, its findings, what it says of its work."""
    capsys.readouterr()
    code = main(["build", "--no-pdf", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, " ".join(err.split())


def test_an_unchanged_book_is_not_built_again(
    copy_of_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site"
    arguments = ("--content", copy_of_book, "--site", site)
    assert " 0 kept" in said(capsys, *arguments)[2]
    every = len([*(tmp_path / "site.work" / "build" / "docs").rglob("*.md")])
    before, page = digests(site), site / "en" / "index.html"
    at = page.stat().st_ino
    assert "nothing changed" in said(capsys, *arguments)[2]
    assert page.stat().st_ino == at
    page.write_bytes(page.read_bytes() + b" ")  # someone spoiled the site
    assert f" 0 pages rendered, {every} kept" in said(capsys, *arguments)[2]
    assert digests(site) == before
    (site / "en" / "glossary" / "index.html").unlink()
    assert f" 0 pages rendered, {every} kept" in said(capsys, *arguments)[2]
    assert digests(site) == before
    for path in (tmp_path / "site.work" / "build" / "cache").iterdir():
        path.write_bytes(path.read_bytes()[:-9] + b"spoiled!\n")  # the record of it is no longer whole
    assert "nothing changed" not in said(capsys, *arguments)[2]
    assert digests(site) == before
    assert f" {every} pages rendered, 0 kept" in said(capsys, *arguments, "--clean")[2]
    assert digests(site) == before


def test_a_changed_book_gives_the_bytes_of_a_clean_build(
    copy_of_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pages, data, side by side, audit and publication together; every edit builds on the one before."""
    site = tmp_path / "site"
    arguments = ("--content", copy_of_book, "--site", site)
    assert said(capsys, *arguments)[0] == FINE
    topic, facts = copy_of_book / "en" / "topics" / "second-topic.yml", copy_of_book / "shared" / "facts.yml"
    for changes in (
        [(topic, "Back to", "Once more back to")],
        [(facts, "value: 43250", "value: 43251"), (facts, "about 43,250", "about 43,251")],
        [(topic, "title: Second topic", "title: Next topic")],
        [(copy_of_book / "en" / "terms.yml", "name: spare term", "name: other term")],
    ):
        for path, old, new in changes:
            edit(path, old, new)
        code, _, did = said(capsys, *arguments)
        assert code == FINE
        assert "nothing changed" not in did
    clean = tmp_path / "elsewhere" / "site"
    assert said(capsys, "--content", copy_of_book, "--site", clean)[0] == FINE
    assert digests(site) == digests(clean)


def test_warnings_are_said_again_of_an_unchanged_book(
    copy_of_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--content", copy_of_book, "--site", tmp_path / "site")
    assert main(["accept", "--all", "--content", str(copy_of_book)]) == FINE
    edit(copy_of_book / "en" / "topics" / "second-topic.yml", "Back to", "Once more back to")
    code, found, did = said(capsys, *arguments)
    assert (code, "warning[" in found, "finding" in did) == (FINE, True, True)
    again = said(capsys, *arguments)
    assert again[:2] == (code, found)
    assert "nothing changed" in again[2]
    assert "finding" in again[2]
    assert '"severity": "warning"' in said(capsys, *arguments, "--format", "json")[1]


def test_a_book_that_is_edited_while_it_is_built_is_built_again(
    copy_of_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("--content", copy_of_book, "--site", tmp_path / "site")
    file, publish = copy_of_book / "en" / "pages.yml", build.publish

    def late(new: Path, site: Path) -> None:
        text = file.read_bytes()
        file.write_bytes(text + b" ")
        file.write_bytes(text)  # and as it was before: no digest shows that anything happened
        publish(new, site)

    monkeypatch.setattr(build, "publish", late)
    assert said(capsys, *arguments)[0] == FINE
    monkeypatch.undo()
    assert "nothing changed" not in said(capsys, *arguments)[2]
    assert "nothing changed" in said(capsys, *arguments)[2]


def test_publishing_puts_the_new_in_the_place_of_the_old(tmp_path: Path) -> None:
    old, new = tmp_path / "site", tmp_path / ".site.new"
    for folder, name in ((old, "gone.html"), (new, "index.html")):
        folder.mkdir()
        (folder / name).write_text(name)
    build.publish(new, old)
    assert [path.name for path in old.iterdir()] == ["index.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_publishing_without_an_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that cannot exchange two folders in one step."""
    old, new = tmp_path / "site", tmp_path / ".site.new"
    for folder, name in ((old, "gone.html"), (new, "index.html")):
        folder.mkdir()
        (folder / name).write_text(name)
    monkeypatch.setattr(build.ctypes, "CDLL", lambda *_, **__: object())
    build.publish(new, old)
    assert [path.name for path in old.iterdir()] == ["index.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_one_build_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "site"
    with build.locked(site):
        assert main(["build", "--content", str(BOOK), "--site", str(site)]) == USAGE
        assert "another build" in capsys.readouterr().err
    with build.locked(site):
        pass


@pytest.mark.parametrize("command", ["build", "generate"])
def test_one_build_at_a_time_in_a_folder_to_work_in(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another would change the Markdown that MkDocs reads."""
    work, site = tmp_path / "work" / "build", tmp_path / "site"
    given = ["--content", str(BOOK), "--work", str(work)]
    given += ["--site", str(site)] if command == "build" else []
    with build.locked(work):
        assert main([command, *given]) == USAGE
        assert f"another build is writing {work}" in capsys.readouterr().err
    assert not site.exists()
    with build.locked(site, work):
        pass


def test_the_lock_is_free_again_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), build.locked(tmp_path / "site"):
        raise RuntimeError
    with build.locked(tmp_path / "site"):
        pass


def test_only_changed_files_are_rewritten(tmp_path: Path) -> None:
    files = [OutputFile("a/b.md", b"b"), OutputFile("c.md", b"c")]
    assert build.write(files, tmp_path) == 2
    at = (tmp_path / "c.md").stat().st_mtime_ns
    assert build.write([OutputFile("a/b.md", b"new"), files[1]], tmp_path) == 1
    assert (tmp_path / "c.md").stat().st_mtime_ns == at
    assert build.write(files[1:], tmp_path) == 0
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["c.md"]


@pytest.mark.parametrize("path", ["../a.md", "/etc/a.md", "a/../../b.md"])
def test_nothing_is_written_outside(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    with pytest.raises(build.BuildError):
        build.write([OutputFile(path, b"x")], folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_a_build_never_writes_into_a_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    with pytest.raises(build.BuildError):
        build.prepare(tmp_path / "build")
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]


@pytest.mark.parametrize("name", build.SETTINGS)
def test_settings_of_others_are_not_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(build.BuildError, match=f"{name} is not of a build"):
        build.prepare(tmp_path / "build")
    (tmp_path / name).rmdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / name).symlink_to(outside)
    with pytest.raises(build.BuildError, match=f"{name} is not of a build"):
        build.prepare(tmp_path / "build")
    assert not any(outside.iterdir())


def test_what_mkdocs_warns_of_is_a_finding(copy_of_book: Path, tmp_path: Path) -> None:
    """A link that only the built pages show to be dead stops the build."""
    work = tmp_path / "work" / "build"
    assert main(["generate", "--content", str(copy_of_book), "--work", str(work)]) == FINE
    page = work / "docs" / "en" / "about.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n[lost](nowhere.md)\n", encoding="utf-8")
    found = build.mkdocs(work.parent, work, {"en": None}, 0).found
    assert [d.rule for d in found] == ["mkdocs"]
    assert "nowhere.md" in found[0].message


def test_a_language_without_its_settings(tmp_path: Path) -> None:
    with pytest.raises(build.BuildError, match="fr"):
        build.mkdocs(tmp_path, tmp_path / "build", {"fr": None}, 0)


def test_a_spoilt_or_older_offline_copy_is_found(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["audit", "--content", str(BOOK), "--site", str(site)]
    archive = site / "offline" / "clinref-offline.zip"
    data = archive.read_bytes()
    archive.write_bytes(data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])
    assert main(arguments) == FINDINGS
    assert "error[bundle-checksum]" in capsys.readouterr().out
    archive.write_bytes(data)
    assert main(arguments) == FINE
    # Set again under another paper, the PDFs of the site are no longer those of the zip.
    paper = site / "pdf" / "en" / "book.pdf"
    paper.write_bytes((site / "pdf" / "zh" / "book.pdf").read_bytes())
    assert main(arguments) == FINDINGS
    assert "error[bundle-stale]: book/pdf/en/book.pdf" in capsys.readouterr().out


def test_pdfs_set_alone_reach_the_offline_copy(site: Path) -> None:
    """`clinref pdf` leaves a site that `clinref audit` has nothing against."""
    before = digests(site)
    (site / "pdf" / "en" / "book.pdf").write_bytes(b"older")
    command = ["--content", str(BOOK), "--site", str(site)]
    assert main(["pdf", *command, "--work", str(site.parent / "work")]) == FINE
    assert main(["audit", *command]) == FINE
    assert digests(site) == before


def test_a_site_without_an_offline_copy(tmp_path: Path) -> None:
    site = tmp_path / "site"
    command = ["--content", str(BOOK), "--site", str(site)]
    assert main(["build", *command, "--no-pdf", "--no-offline"]) == FINE
    assert not (site / "offline").exists()
    for lang in ("zh", "en"):
        page = (site / lang / "offline" / "index.html").read_text(encoding="utf-8")
        assert "clinref-offline.zip" not in page
        assert ".pdf" not in page
    assert main(["audit", *command]) == FINE


def test_a_page_that_is_kept_keeps_its_time(tmp_path: Path) -> None:
    """What a browser has of it need not be sent again."""
    page = tmp_path / "work" / "site" / "en" / "a" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("page")
    os.utime(page, ns=(10**18, 10**18 + 1))
    new = build.begin(tmp_path / "site", ROOT / "site_config" / "theme")
    build.take(tmp_path / "work", "en", 0, new)
    copy = new / "en" / "a" / "index.html"
    assert copy.read_text() == "page"
    assert copy.stat().st_mtime_ns == page.stat().st_mtime_ns
    assert not copy.samefile(page), "MkDocs would write into the published page"


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "a/../../out", "link/out", "out"])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, name: str) -> None:
    folder, elsewhere = tmp_path / "in" / "folder", tmp_path / "elsewhere"
    folder.mkdir(parents=True)
    elsewhere.mkdir()
    (folder / "link").symlink_to(elsewhere)
    (folder / "out").symlink_to(elsewhere / "out")
    with pytest.raises(build.BuildError, match="outside"):
        build.write([OutputFile("b", b""), OutputFile(name, b"x")], folder)
    assert list(elsewhere.iterdir()) == []


def test_only_what_differs_is_written_and_nothing_else_stays(tmp_path: Path) -> None:
    files = [OutputFile("a/b.md", b"1"), OutputFile("c.md", b"2")]
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old.md").write_text("")
    assert build.write(files, tmp_path) == 2
    assert build.write([files[0], OutputFile("c.md", b"3")], tmp_path) == 1
    assert {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == {
        "a/b.md": b"1",
        "c.md": b"3",
    }
