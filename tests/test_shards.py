"""A site built in shares, on machines that share nothing, is the site of one build, byte for byte."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from test_build import digests
from tiny import BOOK, ROOT, edit

from generator import audit, cli
from generator.build import digest
from generator.load import load
from generator.render import embed
from generator.resolve import resolve
from generator.shards import Shard, shard, share

CORPUS_TOPICS = 24


def clinref(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "generator", *map(str, arguments)]
    # A screen of its own width would break the lines that are looked for.
    environment = {**os.environ, "COLUMNS": "500"}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)


def parts_of(book: Path, count: int, folder: Path, *options: object) -> list[Path]:
    """The parts of a book, each made in a folder of its own that is gone before the next."""
    out = []
    for number in range(1, count + 1):
        own = folder / f"machine-{number}"
        done = clinref(
            "build", "--shard", f"{number}/{count}", "--content", book, "--site", own / "site", *options
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert not (own / "site").exists()
        part = folder / f"part-{number}-of-{count}.zip"
        shutil.move(own / "site.work" / "build" / "parts" / part.name, part)
        shutil.rmtree(own)
        out.append(part)
    return out


def merge(book: Path, parts: list[Path], site: Path, *options: object) -> subprocess.CompletedProcess[str]:
    return clinref("merge", *parts, "--content", book, "--site", site, *options)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus") / "content"
    command = [
        sys.executable,
        "benchmarks/corpus.py",
        str(folder),
        "--topics",
        str(CORPUS_TOPICS),
        "--seed",
        "7",
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> dict[str, dict[str, str]]:
    """The sites of one build: of the tiny book with everything, of the corpus without PDFs."""
    out = {}
    for name, book, options in (("tiny", BOOK, ()), ("corpus", corpus, ("--no-pdf", "--no-offline"))):
        site = tmp_path_factory.mktemp(name) / "site"
        done = clinref("build", "--content", book, "--site", site, *options)
        assert done.returncode == 0, done.stdout + done.stderr
        out[name] = digests(site)
    return out


@pytest.mark.parametrize("count", [1, 2, 5])
def test_merged_parts_are_the_whole_site(
    tmp_path: Path, whole: dict[str, dict[str, str]], count: int
) -> None:
    parts = parts_of(BOOK, count, tmp_path)
    # In any order.
    done = merge(BOOK, parts[::-1], tmp_path / "site")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b0 pages rendered, [1-9]", done.stderr), done.stderr
    assert digests(tmp_path / "site") == whole["tiny"]


def test_a_larger_book_in_three(tmp_path: Path, corpus: Path, whole: dict[str, dict[str, str]]) -> None:
    options = ("--no-pdf", "--no-offline")
    parts = parts_of(corpus, 3, tmp_path, *options)
    assert max(p.stat().st_size for p in parts) < 2 * min(p.stat().st_size for p in parts)
    done = merge(corpus, parts, tmp_path / "site", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b0 pages rendered, [1-9]", done.stderr), done.stderr
    assert digests(tmp_path / "site") == whole["corpus"]


@pytest.mark.parametrize("of", [1, 2, 3, 7, 40, 500])
@pytest.mark.parametrize("pdfs", [True, False])
def test_every_page_is_in_one_share(of: int, pdfs: bool) -> None:
    content, _ = load(BOOK)
    assert content is not None
    editions = [resolve(content, language) for language in content.languages]
    made = [
        (language, name)
        for number in range(1, of + 1)
        for language, names in share(editions, Shard(number, of), pdfs).items()
        for name in names
    ]
    wanted = [(e.language, page.path) for e in editions for page in e.pages]
    wanted += [(e.language, "book") for e in editions if pdfs]
    assert sorted(made) == sorted(wanted)


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "1/0", "-1/2", "a/b", "1/2/3", "", "٢/٣"])
def test_a_share_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="2/4"):
        shard(text)
    done = clinref("build", f"--shard={text}", "--content", BOOK)
    assert done.returncode == 2
    assert "2/4" in done.stderr
    assert "Traceback" not in done.stderr


# -- parts that are no good ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return parts_of(BOOK, 2, tmp_path_factory.mktemp("two"), "--no-pdf")


def repacked(part: Path, out: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(part) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out


def spoilt_page(files: dict[str, bytes]) -> None:
    name = next(n for n in files if n.endswith(".html"))
    files[name] = files[name].replace(b"5", b"6")


def stranger(files: dict[str, bytes]) -> None:
    files["pages/en/more.html"] = b"more"


def climbing(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    files["pages/en/../../../../out.html"] = b"out"
    manifest["files"]["pages/en/../../../../out.html"] = digest(b"out")
    files["manifest.json"] = json.dumps(manifest).encode()


def no_manifest(files: dict[str, bytes]) -> None:
    del files["manifest.json"]


def odd_manifest(files: dict[str, bytes]) -> None:
    files["manifest.json"] = b"[1, 2]"


def no_numbers(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    files["manifest.json"] = json.dumps({**manifest, "shard": "9", "of": 2}).encode()


def climbing_list(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    manifest["pages"]["../../../out.html"] = {}
    files["manifest.json"] = json.dumps(manifest).encode()


def words_for_numbers(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    files["manifest.json"] = json.dumps({**manifest, "of": "2"}).encode()


def deep(files: dict[str, bytes]) -> None:
    files["manifest.json"] = b"[" * 200_000


def lost_page(files: dict[str, bytes]) -> None:
    del files[next(n for n in files if n.endswith(".html"))]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (spoilt_page, "was changed after it was written"),
        (stranger, "was changed after it was written: pages/en/more.html"),
        (climbing, "was changed after it was written"),
        (no_manifest, "is no whole part"),
        (odd_manifest, "is no whole part"),
        (no_numbers, "is no whole part"),
        (words_for_numbers, "is no whole part"),
        (deep, "is no whole part"),
        (climbing_list, "was changed after it was written"),
        (lost_page, "is no whole part"),
    ],
)
def test_a_spoilt_part_is_refused(
    tmp_path: Path, two: list[Path], change: Callable[[dict[str, bytes]], None], says: str
) -> None:
    bad = repacked(two[0], tmp_path / "bad.zip", change)
    done = merge(BOOK, [bad, two[1]], tmp_path / "site", "--no-pdf")
    assert done.returncode == 1
    assert says in done.stdout
    assert "bad.zip" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "site").exists()
    assert not list(tmp_path.rglob("out.html"))


def test_bytes_that_flipped_are_found(tmp_path: Path, two: list[Path]) -> None:
    data = bytearray(two[0].read_bytes())
    for at in range(len(data) // 4, len(data) // 2, 997):
        data[at] ^= 0xFF
    bad = tmp_path / "bad.zip"
    bad.write_bytes(data)
    done = merge(BOOK, [bad, two[1]], tmp_path / "site", "--no-pdf")
    assert done.returncode == 1
    assert "bad.zip" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def other_page(files: dict[str, bytes]) -> None:
    """Whole by its own digests, but rendered from something else."""
    manifest = json.loads(files["manifest.json"])
    records = next(iter(manifest["pages"].values()))
    next(iter(records.values()))["key"] = "0" * 64
    files["manifest.json"] = json.dumps(manifest).encode()


def test_a_page_that_was_rendered_from_something_else_is_refused(tmp_path: Path, two: list[Path]) -> None:
    odd = repacked(two[0], tmp_path / "odd.zip", other_page)
    done = merge(BOOK, [odd, two[1]], tmp_path / "site", "--no-pdf")
    assert done.returncode == 1
    assert "1 pages in the parts are not those" in done.stdout
    assert not (tmp_path / "site").exists()


def files_of(part: Path) -> set[str]:
    with zipfile.ZipFile(part) as archive:
        return set(archive.namelist())


def test_what_the_parts_hold_is_neither_made_nor_read_again(
    tmp_path: Path, two: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = {name.removeprefix("pages/") for part in two for name in files_of(part)}
    assert {f"embed/{language}/sample-topic/index.html" for language in ("en", "zh")} <= held
    read = audit._read

    def new_alone(name: str, data: bytes, base: str) -> audit.Page:
        assert name not in held
        return read(name, data, base)

    def none(*_: object) -> bytes:
        raise AssertionError("an embed is made again")

    # What the processes of the merge inherit.
    monkeypatch.setattr(audit, "_read", new_alone)
    monkeypatch.setattr(embed._Topic, "embed", none)
    site = tmp_path / "site"
    assert cli.main(["merge", *map(str, two), "--content", str(BOOK), "--site", str(site), "--no-pdf"]) == 0
    assert {name for name in held if "embed/" in name} <= digests(site).keys()


def test_embeds_that_the_parts_lack_are_made(tmp_path: Path, two: list[Path]) -> None:
    def lost(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        for name in [name for name in files if name.startswith(("embed/", "oembed/"))][::2]:
            del files[name], manifest["files"][name]
        files["manifest.json"] = json.dumps(manifest).encode()

    thin = repacked(two[0], tmp_path / "thin.zip", lost)
    assert len(files_of(thin)) < len(files_of(two[0]))
    for parts, site in (([thin, two[1]], tmp_path / "thin"), (two, tmp_path / "full")):
        done = merge(BOOK, parts, site, "--no-pdf")
        assert done.returncode == 0, done.stdout + done.stderr
    assert digests(tmp_path / "thin") == digests(tmp_path / "full")


def test_all_that_is_wrong_with_parts_is_said_at_once(tmp_path: Path, two: list[Path]) -> None:
    (tmp_path / "text.zip").write_text("no archive")
    done = merge(BOOK, [tmp_path / "text.zip", tmp_path / "none.zip"], tmp_path / "site", "--no-pdf")
    assert done.returncode == 1
    assert "text.zip" in done.stdout
    assert "none.zip" in done.stdout
    assert "cannot be read" in done.stdout
    for parts, says in (
        ([two[0]], "parts 2 of 2 are missing"),
        ([two[0], two[0]], "is part 1, as"),
    ):
        done = merge(BOOK, parts, tmp_path / "site", "--no-pdf")
        assert done.returncode == 1
        assert says in done.stdout, done.stdout


def test_parts_of_another_book_or_with_other_options_are_refused(
    tmp_path: Path, two: list[Path], copy_of_book: Path
) -> None:
    done = merge(BOOK, two, tmp_path / "site")
    assert done.returncode == 1
    assert done.stdout.count("was made from another choice of options") == 2
    edit(copy_of_book / "shared/facts.yml", "value: 43250", "value: 43251")
    done = merge(copy_of_book, two, tmp_path / "site", "--no-pdf")
    assert done.returncode == 1
    assert done.stdout.count("was made from another content") == 2
    assert "43250" not in done.stdout
    assert not (tmp_path / "site").exists()


def test_what_a_shard_may_not_make_is_said(tmp_path: Path, copy_of_book: Path) -> None:
    edit(copy_of_book / "shared/facts.yml", "value: 43250", "value: many")
    done = clinref("build", "--shard", "1/2", "--content", copy_of_book, "--site", tmp_path / "site")
    assert done.returncode == 1
    assert "facts.yml" in done.stdout
    assert not list(tmp_path.rglob("part-*.zip"))
