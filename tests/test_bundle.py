"""The offline copy: links name files, the same bytes anywhere, and each way of spoiling it is seen."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import bundle
from generator.audit_bundle import PATH_LENGTH, audit_bundle
from generator.model import OutputFile

URL = "https://books.example/tiny/"
NAME = "copy.zip"
START = OutputFile(
    "start.html", b'<!doctype html><html lang="en"><body><a href="book/en/index.html">book</a></body></html>'
)
HOME = """<!doctype html>
<html lang="en"><head><link rel="canonical" href="https://books.example/tiny/en/">
<link rel="stylesheet" href="../assets/a.css"></head><body>
<a href="a/">a</a> <a href='a/#one'>one</a> <a href="offline/">offline</a> <a href="../pdf/a.pdf">paper</a>
<svg viewBox="0 0 1 1"><a href="a/?x=1&amp;y=2#two"><rect width="1" height="1"/></a></svg>
<p class="notice offline-only" hidden>an old copy</p><p class="other" hidden>stays hidden</p>
</body></html>
"""
INNER = """<!doctype html>
<html lang="en"><body><a href="..">home</a> <a href="../">home</a> <a href=".">here</a> <a href="#one">one</a>
<a href="https://doi.org/10.5555/a">source</a> <a href="../../zh/a/">zh</a> <a href="mailto:a@b.example">m</a>
<a href="../404.html">lost</a></body></html>
"""
OFFER = """<!doctype html>
<html lang="en"><body><a href="../../offline/copy.zip">zip</a>
<dd data-bundle="size">…</dd><code data-bundle="sha256">…</code></body></html>
"""


def made(folder: Path, epoch: int = 1_700_000_000) -> Path:
    files = {
        "index.html": '<html lang="en"><body><a href="en/">en</a></body></html>',
        "assets/a.css": "a{color:red}",
        "pdf/a.pdf": "%PDF",
        "en/index.html": HOME,
        "en/a/index.html": INNER,
        "zh/a/index.html": INNER.replace("../../zh/", "../../en/"),
        "zh/index.html": HOME,
        "en/404.html": '<html lang="en"></html>',
        "zh/404.html": '<html lang="zh"></html>',
        "en/offline/index.html": OFFER,
        "zh/offline/index.html": OFFER,
        "en/sitemap.xml.gz": "packed",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    bundle.make(folder, START, "book", NAME, URL, epoch)
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return made(tmp_path / "site")


def read(site: Path, name: str) -> str:
    with zipfile.ZipFile(site / "offline" / NAME) as archive:
        return archive.read(name).decode("utf-8")


def rules(site: Path) -> set[str]:
    return {d.rule for d in audit_bundle(site)}


def test_what_the_zip_holds(site: Path) -> None:
    with zipfile.ZipFile(site / "offline" / NAME) as archive:
        names = archive.namelist()
        modes = {entry.external_attr >> 16 for entry in archive.infolist()}
    assert names == [
        "start.html",
        "book/assets/a.css",
        "book/en/a/index.html",
        "book/en/index.html",
        "book/index.html",
        "book/pdf/a.pdf",
        "book/zh/a/index.html",
        "book/zh/index.html",
        "SHA256SUMS",
    ]
    assert modes == {0o100644}
    assert audit_bundle(site) == []


def test_links_name_files_and_nothing_else_changes(site: Path) -> None:
    wanted = HOME
    for old, new in (
        ('href="a/"', 'href="a/index.html"'),
        ("href='a/#one'", 'href="a/index.html#one"'),
        ('href="offline/"', 'href="../../start.html#en"'),
        ('href="a/?x=1&amp;y=2#two"', 'href="a/index.html?x=1&amp;y=2#two"'),
        ('offline-only" hidden', 'offline-only"'),
    ):
        assert wanted.count(old) == 1
        wanted = wanted.replace(old, new)
    assert read(site, "book/en/index.html") == wanted
    inner = read(site, "book/en/a/index.html")
    assert inner.count('href="../index.html"') == 2
    for kept in ('href="#one"', 'href="https://doi.org/10.5555/a"', 'href="mailto:a@b.example"'):
        assert kept in inner
    assert 'href="index.html"' in inner
    assert 'href="../../zh/a/index.html"' in inner
    assert f'href="{URL}en/404.html"' in inner  # only the published site has it


def test_the_page_that_offers_it_prints_its_size_and_checksum(site: Path) -> None:
    data = (site / "offline" / NAME).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    for lang in ("zh", "en"):
        page = (site / lang / "offline" / "index.html").read_text(encoding="utf-8")
        assert f'<code data-bundle="sha256">{digest}</code>' in page
        assert f'<dd data-bundle="size">{len(data) / 1e6:.1f} MB</dd>' in page


def test_checksums_verify_with_the_usual_program(site: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(site / "offline" / NAME) as archive:
        archive.extractall(unpacked)
    for folder in (site / "offline", unpacked):
        done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, capture_output=True)
        assert done.returncode == 0, done.stdout
    (unpacked / "book" / "pdf" / "a.pdf").write_text("%PDX")
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=unpacked, capture_output=True)
    assert done.returncode == 1


def test_same_bytes_from_another_folder_zone_mask_and_day(site: Path, tmp_path: Path) -> None:
    before, mask = os.environ.get("TZ"), os.umask(0o077)
    os.environ["TZ"] = "Pacific/Auckland"
    try:
        elsewhere = made(tmp_path / "a folder" / "site")
        for path in elsewhere.rglob("*.css"):
            os.utime(path, (0, 0))
        bundle.make(elsewhere, START, "book", NAME, URL, 1_700_000_000)
    finally:
        os.umask(mask)
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    assert (elsewhere / "offline" / NAME).read_bytes() == (site / "offline" / NAME).read_bytes()


def test_a_book_from_before_zips(tmp_path: Path) -> None:
    assert audit_bundle(made(tmp_path / "site", epoch=0)) == []


def test_a_site_too_large_for_a_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
    with pytest.raises(bundle.BundleError, match="--no-offline"):
        made(tmp_path / "site")


def test_a_site_without_an_offline_copy(site: Path) -> None:
    shutil.rmtree(site / "offline")
    assert audit_bundle(site) == []


# -- spoilt ------------------------------------------------------------------------------------------------


def flip(site: Path) -> None:
    """One bit in the middle of the zip, as a bad disk does it."""
    path = site / "offline" / NAME
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(bytes(data))


def cut(site: Path) -> None:
    path = site / "offline" / NAME
    path.write_bytes(path.read_bytes()[:-30])


def no_sums(site: Path) -> None:
    (site / "offline" / "SHA256SUMS").unlink()


def page_says_other(site: Path) -> None:
    (site / "en" / "offline" / "index.html").write_text("0" * 64)


def pdf_set_again(site: Path) -> None:
    (site / "pdf" / "a.pdf").write_text("%PDF new")


def packed(change: Callable[[dict[str, bytes]], None]) -> Callable[[Path], None]:
    """A zip with other members, all checksums outside it right."""

    def spoil(site: Path) -> None:
        path = site / "offline" / NAME
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        old = hashlib.sha256(path.read_bytes()).hexdigest()
        change(members)
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        new = hashlib.sha256(path.read_bytes()).hexdigest()
        for said in (path.with_name("SHA256SUMS"), *site.glob("*/offline/index.html")):
            said.write_text(said.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return spoil


def add(name: str, data: bytes = b"", also_site: bool = True) -> Callable[[Path], None]:
    """One more member, summed like the others."""

    def change(members: dict[str, bytes]) -> None:
        members[name] = data
        members["SHA256SUMS"] += f"{hashlib.sha256(data).hexdigest()}  {name}\n".encode()

    def spoil(site: Path) -> None:
        packed(change)(site)
        if also_site and name.startswith("book/"):
            (site / name[5:]).parent.mkdir(parents=True, exist_ok=True)
            (site / name[5:]).write_bytes(data)

    return spoil


def swap(members: dict[str, bytes]) -> None:
    members["start.html"] = members["start.html"].replace(b"book</a>", b"boot</a>")


def drop(members: dict[str, bytes]) -> None:
    del members["book/en/a/index.html"]


PAGE = '<html lang="en"><body>{}</body></html>'
SPOILT: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "one bit": (flip, {"bundle-checksum", "bundle-broken"}),
    "cut short": (cut, {"bundle-checksum", "bundle-broken"}),
    "checksum beside it lost": (no_sums, {"bundle-checksum"}),
    "page prints another checksum": (page_says_other, {"bundle-checksum"}),
    "a member changed": (packed(swap), {"bundle-checksum"}),
    "a member lost": (packed(drop), {"bundle-checksum", "bundle-link"}),
    "sums inside lost": (packed(lambda m: m.pop("SHA256SUMS") and None), {"bundle-checksum"}),
    "site went on": (pdf_set_again, {"bundle-stale"}),
    "only in the zip": (add("book/x.txt", also_site=False), {"bundle-stale"}),
    "same name in another case": (add("book/EN/x.txt"), {"bundle-name"}),
    "out of its folder": (add("../x.html", PAGE.format("").encode()), {"bundle-name"}),
    "from the root": (add("/etc/x.html", PAGE.format("").encode()), {"bundle-name"}),
    "Chinese name": (add("book/骨.txt"), {"bundle-name"}),
    "a device of Windows": (add("book/aux.txt"), {"bundle-name"}),
    "too long for Windows": (add(f"book/{'x' * (PATH_LENGTH - 4)}"), {"bundle-name"}),
    "a link to a folder": (add("book/x.html", PAGE.format('<a href="en/">x</a>').encode()), {"bundle-link"}),
    "a dead link": (add("book/x.html", PAGE.format('<a href="y.html">x</a>').encode()), {"bundle-link"}),
    "another host": (
        add("book/x.html", PAGE.format('<script src="https://cdn.example/a.js"></script>').encode()),
        {"other-host"},
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_copy_is_seen(site: Path, what: str) -> None:
    spoil, wanted = SPOILT[what]
    assert rules(site) == set()
    spoil(site)
    assert rules(site) == wanted
