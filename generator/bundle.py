"""The built site in; the whole of it as one zip that opens from a disk, with its checksums, out.

From the disk the address of a folder shows a list of its files, so every link names the page itself. The zip
is the same bytes wherever it is made: names in order, one date, one mode. One file is in memory at a time.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

from generator.files import below
from generator.model import OutputFile

SUMS = "SHA256SUMS"
# Where the zip and its checksum lie in the site.
OFFLINE = "offline"
# A page that says where to get an offline copy; inside one, its start page takes that place.
_OFFERS = re.compile(r"[a-z-]+/offline/index\.html")
# No page leads there: an error page, and what a server sends packed.
_LEFT_OUT = re.compile(r"offline/.*|.*/404\.html|.*\.(?:gz|br)")
_TAG = re.compile(r"<(?:a|area|link|iframe)\b(?:\"[^\"]*\"|'[^']*'|[^'\">])*>", re.I)
_ADDRESS = re.compile(r"(?<=\s)((?:xlink:)?href|src)=(\"[^\"]*\"|'[^']*')", re.I)
# Of another scheme or host, a place on the page, or nothing.
_SPECIAL = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|$", re.I)
_FILE_MODE = 0o100644 << 16
_UNIX = 3


class BundleError(Exception):
    """The offline copy cannot be made, and the message says what to do."""


def make(site: Path, start: OutputFile, folder: str, name: str, url: str, epoch: int) -> None:
    """Writes `offline/<name>` into a site, its checksum beside it, and both into the pages that offer it.

    start: the page that is opened first; folder: where the site lies in the zip; url: the address the site is
    published under; epoch: the date of everything in the zip, in seconds. Raises BundleError where the site
    is larger than a plain zip can be.
    """
    path = site / OFFLINE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(path, _members(site, start, folder, url), epoch)
    except zipfile.LargeZipFile:
        raise BundleError(
            "the site is too large for a zip that every system unpacks (4 GB, 65,535 files): use --no-offline"
        ) from None
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    (path.parent / SUMS).write_bytes(f"{digest}  {name}\n".encode("ascii"))
    said = {"size": f"{path.stat().st_size / 1e6:.1f} MB", "sha256": digest}
    for page in sorted(site.glob("*/offline/index.html")):
        text = page.read_bytes().decode("utf-8")
        filled = re.sub(r'(data-bundle="(size|sha256)">)[^<]*', lambda m: m[1] + said[m[2]], text)
        # In one step: somebody may be reading it.
        fresh = page.with_name(f"{page.name}.new")
        fresh.write_bytes(filled.encode("utf-8"))
        fresh.replace(page)


def _members(site: Path, start: OutputFile, folder: str, url: str) -> Iterator[tuple[str, bytes]]:
    names = [name for name, _ in below(site)]
    offers = {name for name in names if _OFFERS.fullmatch(name)}
    kept = {name for name in names if not _LEFT_OUT.fullmatch(name)} - offers
    yield start.path, start.data
    for name in sorted(kept):
        data = (site / name).read_bytes()
        if name.endswith(".html"):
            up = posixpath.relpath(start.path, posixpath.join(folder, posixpath.dirname(name)))
            data = opened_from_disk(name, data.decode("utf-8"), kept, offers, up, url).encode("utf-8")
        yield f"{folder}/{name}", data


def opened_from_disk(page: str, html: str, files: set[str], offers: set[str], start: str, url: str) -> str:
    """A page as it stands in the zip: its links name files, and what is for offline readers is shown.

    page: its path below the site; files: all of the site that the zip holds; offers: pages that the start
    page replaces, which is at `start`, seen from this page. A link to what only the published site has
    becomes the whole address below `url`. Nothing else of the page changes.
    """

    # Many links of a page lead to places on a few others.
    ways: dict[str, str] = {}

    def address(match: re.Match[str]) -> str:
        old = unescape(match[2][1:-1])
        if _SPECIAL.match(old):
            return match[0]
        way, mark, place = old.partition("#")
        if way not in ways:
            ways[way] = _address(page, way, files, offers, start, url)
        new = ways[way] if "#" in ways[way] else ways[way] + mark + place
        return match[0] if new == old else f'{match[1]}="{escape(new)}"'

    html = _TAG.sub(lambda tag: _ADDRESS.sub(address, tag[0]), html)
    return re.sub(r'(class="[^"]*\boffline-only")\s+hidden(?:="[^"]*")?', r"\1", html)


def _address(page: str, href: str, files: set[str], offers: set[str], start: str, url: str) -> str:
    """Where an address without a fragment leads in the zip; to the start page with one."""
    folder = posixpath.dirname(page)
    parts = urlsplit(href)
    target = posixpath.normpath(posixpath.join(folder, unquote(parts.path) or posixpath.basename(page)))
    index = posixpath.normpath(f"{target}/index.html")
    if target in files:
        return href
    if target in offers or index in offers:
        return f"{start}#{target.split('/')[0]}"
    if index in files:
        return parts._replace(path=quote(posixpath.relpath(index, folder or "."))).geturl()
    return urljoin(urljoin(f"{url.rstrip('/')}/", page), href)


def _write(path: Path, members: Iterator[tuple[str, bytes]], epoch: int) -> None:
    # A zip holds no date before 1980.
    day = max(datetime.fromtimestamp(epoch, UTC), datetime(1980, 1, 1, tzinfo=UTC))
    sums = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=False) as archive:

        def add(name: str, data: bytes) -> None:
            entry = zipfile.ZipInfo(name, day.timetuple()[:6])
            entry.create_system, entry.external_attr = _UNIX, _FILE_MODE
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, compresslevel=9)

        for name, data in members:
            add(name, data)
            sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
        add(SUMS, "".join(sums).encode("utf-8"))
