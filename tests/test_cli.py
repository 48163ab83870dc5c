"""The command line: exit codes, formats, and that a run tells all it found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import BOOK, ROOT, edit

from generator import build
from generator.cli import FINDINGS, FINE, USAGE, main


def test_a_clean_book_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--content", str(BOOK)]) == FINE
    assert capsys.readouterr() == ("", "")


def test_json_of_a_clean_book_is_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--content", str(BOOK), "--format", "json"]) == FINE
    assert capsys.readouterr().out == "[]\n"


def spoil(book: Path) -> None:
    """Three faults in three files, of two stages that run one after the other once the files can be read."""
    edit(book / "shared" / "facts.yml", "value: 43250", "value: 42350")
    edit(book / "zh" / "topics" / "sample-topic.yml", "余额为", "3处余额为")
    edit(book / "en" / "figures.yml", "corner: Corner & edge", "edge: Edge")


def test_all_findings_of_a_run_and_their_number(
    copy_of_book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(copy_of_book)
    assert main(["check", "--content", str(copy_of_book)]) == FINDINGS
    out, err = capsys.readouterr()
    said = [line for line in out.splitlines() if line.startswith("error[")]
    assert {line[6 : line.index("]")] for line in said} == {
        "double-entry",
        "number-in-prose",
        "drawing-label",
        "missing-twin",
    }
    assert err == f"{len(said)} findings in 3 files\n"


def test_one_finding_is_no_plural(copy_of_book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(copy_of_book / "shared" / "facts.yml", "value: 43250", "value: 42350")
    main(["check", "--content", str(copy_of_book)])
    assert capsys.readouterr().err == "1 finding in 1 file\n"


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_other_formats_leave_with_the_same_code(
    copy_of_book: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    spoil(copy_of_book)
    assert main(["check", "--content", str(copy_of_book), "--format", form]) == FINDINGS
    out, err = capsys.readouterr()
    assert "double-entry" in out
    assert err == ""
    if form != "github":
        json.loads(out)


@pytest.mark.parametrize(
    "arguments",
    [[], ["chekc"], ["check", "--format", "xml"], ["check", "--site", "x"], ["check", "--content"]],
)
def test_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == USAGE
    assert "usage: clinref" in capsys.readouterr().err


def test_audit_of_no_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--content", str(BOOK), "--site", str(tmp_path / "none")]) == USAGE
    assert "run clinref build" in capsys.readouterr().err


def test_no_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--content", str(tmp_path)]) == FINDINGS
    assert "error[no-content]" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "generate", "build", "audit", "serve"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == FINE
    assert "--content" in capsys.readouterr().out


def test_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "generator", "check", "--content", str(BOOK), "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (FINE, "[]\n", "")


def test_generate_writes_only_what_changed(
    copy_of_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["generate", "--content", str(copy_of_book), "--work", str(tmp_path / "work" / "build")]
    assert main(command) == FINE
    pages = tmp_path / "work" / "build" / "docs"
    before = {path: path.stat().st_mtime_ns for path in pages.rglob("*.md")}
    assert len(before) == 34
    capsys.readouterr()
    assert main(command) == FINE
    assert "; 0 files written" in capsys.readouterr().err
    edit(copy_of_book / "en" / "topics" / "second-topic.yml", "title: Start here", "title: Begin here")
    assert main(command) == FINE
    changed = {path.name for path, at in before.items() if path.stat().st_mtime_ns != at}
    assert changed == {
        "second-topic.md",
        "sample-topic.md",
        "second-flow.md",
        "references.md",
        "figures.md",
    }


def test_generate_removes_what_is_gone(copy_of_book: Path, tmp_path: Path) -> None:
    command = ["generate", "--content", str(copy_of_book), "--work", str(tmp_path / "work" / "build")]
    page = tmp_path / "work" / "build" / "docs" / "en" / "old-topic.md"
    assert main(command) == FINE
    page.write_text("left over")
    assert main(command) == FINE
    assert not page.exists()


# -- what is not clinref's ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["build", "--no-pdf", "--no-offline"], ["pdf"]])
@pytest.mark.parametrize("what", ["folder", "file", "book", "inside the book", "around the book"])
def test_nothing_is_replaced_but_a_site(
    copy_of_book: Path, capsys: pytest.CaptureFixture[str], command: list[str], what: str
) -> None:
    root = copy_of_book.parent
    (root / "docs").mkdir()
    (root / "docs" / "thesis.txt").write_text("years of work", encoding="utf-8")
    (root / "notes").write_text("more", encoding="utf-8")
    places = {
        "folder": "docs",
        "file": "notes",
        "book": "book",
        "inside the book": "book/en",
        "around the book": ".",
    }
    before = {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    site = root / places.get(what, ".")
    assert main([*command, "--content", str(copy_of_book), "--site", str(site)]) == USAGE
    assert "name another --site" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()} == before


def test_a_link_to_the_site_stays_one(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    (tmp_path / "site").symlink_to(tmp_path / "served")
    for _ in range(2):
        command = [
            "build",
            "--content",
            str(BOOK),
            "--site",
            str(tmp_path / "site"),
            "--no-pdf",
            "--no-offline",
        ]
        assert main(command) == FINE
    assert (tmp_path / "site").is_symlink()
    assert (tmp_path / "served" / "index.html").is_file()


def test_what_the_system_refuses_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    command = ["build", "--content", str(BOOK), "--site", str(tmp_path / "file" / "site"), "--no-pdf"]
    assert main(command) == USAGE
    assert capsys.readouterr().err.strip() == f"clinref: {tmp_path / 'file'}: File exists"


@pytest.mark.parametrize("port", ["65536", "-1", "", "eighty"])
def test_a_port_that_is_none(capsys: pytest.CaptureFixture[str], port: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(["serve", f"--port={port}"])
    assert end.value.code == USAGE
    assert "is no port" in capsys.readouterr().err


def test_of_many_files_that_cannot_be_copied_the_first_tells_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that is full, where half a site must not stay."""

    def full(new: Path, *_: object) -> None:
        (tmp_path / ".site.new").mkdir()
        raise shutil.Error([("a", "b", "No space left on device"), ("c", "d", "No space left on device")])

    monkeypatch.setattr(build, "begin", full)
    command = ["build", "--content", str(BOOK), "--site", str(tmp_path / "site"), "--no-pdf", "--no-offline"]
    assert main(command) == USAGE
    assert capsys.readouterr().err.endswith("clinref: build: No space left on device\n")
    assert not (tmp_path / ".site.new").exists()


def test_a_reader_of_the_output_may_leave(copy_of_book: Path) -> None:
    edit(copy_of_book / "shared" / "facts.yml", "value: 43250", "value: 42350")
    command = [sys.executable, "-m", "generator", "check", "--content", str(copy_of_book)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout
        assert run.stderr
        run.stdout.close()
        assert "Traceback" not in run.stderr.read()
    assert run.returncode == USAGE


def test_a_screen_of_few_characters_shows_the_rest_by_number(copy_of_book: Path) -> None:
    edit(copy_of_book / "zh" / "topics" / "sample-topic.yml", "余额为", "3处余额为")
    command = [sys.executable, "-m", "generator", "check", "--content", str(copy_of_book)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert done.returncode == FINDINGS
    assert "\\u4f59" in done.stdout
