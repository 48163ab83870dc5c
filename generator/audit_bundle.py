"""The offline copy of a built site in; what would fail on a reader's disk out.

Names that some system cannot store, links that lead to no file, other hosts, bytes that are not those summed.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from lxml import etree

from generator.diagnostic import Diagnostic, Location, SourceFile
from generator.model import WINDOWS_DEVICE

SUMS = "SHA256SUMS"
# Windows takes paths of 260 characters, the folder that a reader unpacks into included.
PATH_LENGTH = 150
_SAFE = re.compile(r"[A-Za-z0-9._+()-]+")
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")
# What a browser fetches of itself: an address elsewhere would be asked for without a click.
_FETCHED = {"script", "img", "iframe", "source", "embed", "video", "audio", "use", "image"}
_LEADING = etree.XPath("//*[@href or @src]")
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)


def audit_bundle(site: Path) -> list[Diagnostic]:
    """Reads every zip below `offline/` of a site; nothing is wrong with a site that has none."""
    found: list[Diagnostic] = []
    for path in sorted((site / "offline").glob("*.zip")):
        at = Location(SourceFile(path.relative_to(site).as_posix()))
        found += _outside(site, path, at)
        try:
            with zipfile.ZipFile(path) as archive:
                found += _inside(archive, at)
                found += _stale(archive, site, at)
        except _UNREADABLE as error:
            found.append(Diagnostic("bundle-broken", f"the zip cannot be unpacked: {error}", at))
    return found


def _outside(site: Path, path: Path, at: Location) -> Iterator[Diagnostic]:
    """The checksum beside the zip and on the pages that offer it is the zip's own."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    sums = path.with_name(SUMS)
    lines = sums.read_text(encoding="ascii", errors="replace").splitlines() if sums.is_file() else []
    if f"{digest}  {path.name}" not in lines:
        yield Diagnostic("bundle-checksum", f"{SUMS} beside the zip does not hold its checksum", at)
    for page in sorted(site.glob("*/offline/index.html")):
        if digest not in page.read_text(encoding="utf-8", errors="replace"):
            where = Location(SourceFile(page.relative_to(site).as_posix()))
            yield Diagnostic("bundle-checksum", "the page does not print the checksum of the zip", where)


def _inside(archive: zipfile.ZipFile, at: Location) -> Iterator[Diagnostic]:
    names = archive.namelist()
    files = frozenset(names)
    for message in _names(names):
        yield Diagnostic("bundle-name", message, at)
    lines = archive.read(SUMS).decode("utf-8", "replace").splitlines() if SUMS in files else []
    sums = {match[2]: match[1] for match in map(_LINE.fullmatch, lines) if match}
    for name in sorted(sums.keys() - files):
        yield Diagnostic("bundle-checksum", f"{name} is missing in the zip", at)
    for name in sorted(files - {SUMS}):
        data = archive.read(name)
        if sums.get(name) != hashlib.sha256(data).hexdigest():
            yield Diagnostic("bundle-checksum", f"{name} is not what {SUMS} inside the zip says", at)
        if name.endswith(".html"):
            yield from _links(name, data, files)


def _stale(archive: zipfile.ZipFile, site: Path, at: Location) -> Iterator[Diagnostic]:
    """What the zip holds unchanged is what the site holds now."""
    for name in archive.namelist():
        _, _, inside = name.partition("/")
        if inside and not name.endswith(".html"):
            file = site / inside
            if not file.is_file() or file.read_bytes() != archive.read(name):
                yield Diagnostic("bundle-stale", f"{name} is another than that of the site", at)


def _names(names: list[str]) -> Iterator[str]:
    """What is wrong with names: every system has to be able to store them, each once whatever its case."""
    seen: dict[str, str] = {}
    for name in names:
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or not all(map(_SAFE.fullmatch, parts)):
            yield f"{name!r} is no safe name"
        elif any(WINDOWS_DEVICE.fullmatch(part.split(".")[0]) or part.endswith(".") for part in parts):
            yield f"{name} cannot be stored on Windows"
        if len(name) > PATH_LENGTH:
            yield f"{name} is longer than {PATH_LENGTH} characters"
        for depth in range(1, len(parts) + 1):
            piece = "/".join(parts[:depth])
            if (first := seen.setdefault(piece.lower(), piece)) != piece:
                yield f"{piece} and {first} differ in their case only"
    for name in sorted(name for name, count in Counter(names).items() if count > 1):
        yield f"{name} stands in the zip twice"


def _links(page: str, data: bytes, files: frozenset[str]) -> Iterator[Diagnostic]:
    tree = etree.fromstring(data, parser=etree.HTMLParser(encoding="utf-8", no_network=True))
    folder = posixpath.dirname(page)
    seen: set[str] = set()
    for element in cast(list[etree._Element], _LEADING(tree)):
        for href in {element.get("href"), element.get("src")} - {None, *seen}:
            parts = urlsplit(str(href))
            # The stubs do not know the type of this attribute.
            at = Location(SourceFile(page), cast("int | None", element.sourceline) or 1)
            if parts.scheme or parts.netloc:
                fetched = element.tag in _FETCHED or "stylesheet" in (element.get("rel") or "")
                if fetched and parts.scheme != "data":
                    yield Diagnostic("other-host", f"the offline page fetches {href}", at)
                continue
            seen.add(str(href))
            target = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
            if parts.path and target not in files:
                yield Diagnostic("bundle-link", f"{href} leads to no file of the offline copy", at)
