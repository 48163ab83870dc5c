"""The built site in; what a reader would stumble over out: dead links, other hosts, lost anchors."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from generator import processes
from generator.diagnostic import Diagnostic, Location, SourceFile

# Attributes by which a page makes the browser fetch something, and those that only lead somewhere.
FETCHES = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "use": ("href",),
    "image": ("href",),
}
FETCHING_RELS = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "modulepreload",
    "manifest",
    "preconnect",
    "dns-prefetch",
}
_ELSEWHERE = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*(?:https?:)?//[^"')\s]{0,60}""", re.I)
# Pages in every language at once have no other language to name.
IN_EVERY_LANGUAGE = ("index.html", "parallel", "infobutton")
# An address of a srcset: up to a blank, or to a comma at its end; then a width or density, up to a comma.
_CANDIDATE = re.compile(r"[\s,]*(\S*[^\s,])(?:,|[^,]*(?:,|$))")
# Scripts that are data: no browser runs them.
_DATA = re.compile(r"application/(?:[a-z.+-]+\+)?json", re.I)
# The elements that a page is judged by; most others only hold text, and there are many of them.
_LOOKED_AT = tuple(sorted({*FETCHES, "a", "area", "form", "link", "meta", "style", "svg"}))
_IDS = etree.XPath("//@id", smart_strings=False)
# The elements that the policy may refuse: code, and those with an attribute that holds some.
_CODE = etree.XPath("//script | //style | //@*[name()='style' or starts-with(name(), 'on')]/..")
# A way within the site that means what it says: no scheme, no host, no query, nothing escaped.
_SIMPLE = re.compile(r"(?!/)([A-Za-z0-9._/-]*)(?:#([A-Za-z0-9._-]*))?")
# An address that is whole; what begins otherwise than the site does is no part of it.
_FOREIGN = re.compile(r"https?://[!-~]*")
REFUSED_SCHEMES = {"javascript", "vbscript", "data", "file"}


@dataclass
class Page:
    """What a page offers and where it leads: `ways` are its own links as (href, line, path, fragment)."""

    path: str
    ids: set[str] = field(default_factory=set)
    links: dict[str, int] = field(default_factory=dict)
    ways: list[tuple[str, int, str, str]] = field(default_factory=list)
    alternates: dict[str, str] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)


def audit(
    site: Path,
    url: str,
    anchors: Mapping[str, Iterable[str]] | None = None,
    known: MutableMapping[str, Any] | None = None,
) -> list[Diagnostic]:
    """Reads every page of `site`, and judges them together: what is wrong, nothing when all is well."""
    return judge(site, url, read(site, url, known), anchors or {})


def read(
    site: Path,
    url: str,
    known: MutableMapping[str, Any] | None = None,
    only: Iterable[str] | None = None,
) -> dict[str, Page]:
    """Every page of `site`, by its path there, with what is wrong with it alone.

    url: the address it will be published under, which may have a path; known: what an earlier audit read,
    which becomes what this one has read. A page of the same bytes is not taken apart again. only: the paths
    of the pages that are wanted, if not all.
    """
    every = (path.relative_to(site).as_posix() for path in site.rglob("*.html") if path.is_file())
    names = sorted(every if only is None else only)
    shares = processes.processors()
    pages, records = dict[str, Page](), dict[str, Any]()
    for part in processes.each(
        [partial(_read_share, site, names[n::shares], url, known or {}) for n in range(shares)]
    ):
        for page, record in part:
            pages[page.path] = page
            # A page with a fault of its own is taken apart each time.
            if not page.found:
                records[page.path] = record
    if known is not None:
        known.clear()
        known.update(records)
    return {name: pages[name] for name in names}


def judge(
    site: Path, url: str, pages: Mapping[str, Page], anchors: Mapping[str, Iterable[str]]
) -> list[Diagnostic]:
    """What is wrong with pages that `read` gave, one by one and together, and with the files between them.

    anchors: page (as `en/topic`) to the ids that the content published there.
    """
    base = _base(url)
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    found = [d for page in pages.values() for d in page.found]
    for page in pages.values():
        found += _links(page, pages, files)
        found += _alternates(page, pages, base)
    for name, ids in anchors.items():
        path = f"{name}/index.html" if not name.endswith("/index") else f"{name}.html"
        at = Location(SourceFile(path))
        if path not in pages:
            found.append(Diagnostic("missing-page", f"the page {path} was not built", at))
            continue
        found += [
            Diagnostic("lost-anchor", f'the id "{id_}" of the content is no anchor of its page', at)
            for id_ in ids
            if id_ not in pages[path].ids
        ]
    for name in sorted(files):
        if name.endswith(".css"):
            found += _stylesheet(site / name, name)
        if name.endswith(".svg"):
            try:
                drawing = etree.parse(site / name, etree.XMLParser(resolve_entities=False, no_network=True))
            except etree.XMLSyntaxError as error:
                found.append(_broken(name, f"is no SVG: {error.msg}"))
                continue
            found += [d for e in drawing.iter() if isinstance(e.tag, str) for d in _inline(e, Page(name))]
    return found


def _broken(name: str, why: str) -> Diagnostic:
    return Diagnostic("broken-file", f"{name} {why}", Location(SourceFile(name)), "copy or build it again")


def _base(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


def _read_share(
    site: Path, names: Iterable[str], url: str, known: Mapping[str, Any]
) -> list[tuple[Page, dict[str, Any]]]:
    """Pages, and what is kept of each."""
    base = _base(url)
    tools = hashlib.sha256(Path(__file__).read_bytes() + repr((etree.LXML_VERSION, base)).encode())
    out = []
    for name in names:
        data = (site / name).read_bytes()
        digest = tools.copy()
        digest.update(data)
        key, record = digest.hexdigest(), known.get(name)
        if record and record["key"] == key:
            page = Page(name, set(record["ids"]), ways=record["ways"], alternates=record["alternates"])
        else:
            page = _read(name, data, base)
            record = {"key": key, "ids": sorted(page.ids), "ways": page.ways, "alternates": page.alternates}
        out.append((page, record))
    return out


def _read(name: str, data: bytes, base: str) -> Page:
    page = Page(name)
    # The type that its stubs do not give: nothing for a file that is empty.
    tree: etree._Element | None = etree.fromstring(
        data, parser=etree.HTMLParser(encoding="utf-8", no_network=True)
    )
    if tree is None:
        page.found.append(_broken(name, "is empty"))
        return page

    def report(rule: str, message: str, element: etree._Element) -> None:
        page.found.append(Diagnostic(rule, message, _at(page, _line(element))))

    if not tree.get("lang"):
        report("no-language", "the page does not say its language", tree)
    ids = list(filter(None, cast(list[str], _IDS(tree))))
    page.ids = set(ids)
    if len(ids) > len(page.ids):
        seen = set[str]()
        for element in tree.iter():
            if (id_ := element.get("id")) and id_ in seen:
                report("duplicate-anchor", f'the id "{id_}" stands twice', element)
            seen.add(id_ or "")
    for element in cast(list[etree._Element], _CODE(tree)):
        page.found += _inline(element, page)
    for element in tree.iter(*_LOOKED_AT):
        tag = element.tag
        if tag in ("a", "area"):
            if anchor := element.get("name"):
                page.ids.add(anchor)
            href = element.get("href")
            if href is not None and href not in page.links:
                page.links[href] = _line(element)
            if href == "":
                report("empty-link", "a link that leads nowhere", element)
            continue
        line = _line(element)
        if tag == "img" and element.get("alt") is None:
            report("no-alt", f"a picture without alt text: {element.get('src', '')}", element)
        if tag == "svg" and element.get("role") == "img" and not element.get("aria-label"):
            report("no-alt", "a drawing without alt text", element)
        if tag == "link":
            rel = set((element.get("rel") or "").split())
            target = element.get("href") or ""
            if "alternate" in rel and element.get("hreflang"):
                page.alternates[element.get("hreflang") or ""] = target
            elif rel & FETCHING_RELS:
                _fetched(page, target, line)
                page.links.setdefault(target, line)
        for attribute in FETCHES.get(tag, ()):
            value = element.get(attribute) or ""
            for address in _CANDIDATE.findall(value) if attribute == "srcset" else filter(None, [value]):
                _fetched(page, address, line)
                if not address.startswith("data:"):
                    page.links.setdefault(address, line)
        if tag == "meta" and (element.get("http-equiv") or "").lower() == "refresh":
            target = (element.get("content") or "").partition("=")[2].strip("'\" ")
            page.links.setdefault(target, line)
        if tag == "form" and urlsplit(element.get("action") or "").netloc:
            report("other-host", f"a form sends to {element.get('action')}", element)
    folder = _address(name)
    for href, line in page.links.items():
        # Most links; taking an address apart by all rules costs more than everything else of the audit.
        scheme = "" if _SIMPLE.fullmatch(href) else urlsplit(href).scheme.lower()
        if scheme in REFUSED_SCHEMES:
            page.found.append(
                Diagnostic("refused-link", f"a link of scheme {scheme}: {href[:80]}", _at(page, line))
            )
        elif scheme not in ("mailto", "tel") and (own := _own_path(folder, href, base)):
            page.ways.append((href, line, *own))
    return page


def _inline(element: etree._Element, page: Page) -> Iterator[Diagnostic]:
    """What the policy that the site is served under refuses: it allows scripts and styles in files only."""
    tag = etree.QName(element).localname
    if tag == "style":
        what = "a style element"
    elif tag == "script" and not element.get("src") and not _DATA.fullmatch(element.get("type") or ""):
        what = "an inline script"
    else:
        names = map(str, element.keys())
        wrong = next((name for name in names if name == "style" or name.startswith("on")), None)
        if wrong is None:
            return
        what = f"the attribute {wrong} of <{tag}>"
    yield Diagnostic("inline-code", f"{what}, which the site's policy refuses", _at(page, _line(element)))


def _line(element: etree._Element) -> int:
    # The stubs do not know the type of this attribute.
    return cast("int | None", element.sourceline) or 1


def _at(page: Page, line: int = 1) -> Location:
    return Location(SourceFile(page.path), line)


def _fetched(page: Page, target: str, line: int) -> None:
    if urlsplit(target).netloc:
        page.found.append(Diagnostic("other-host", f"the page fetches {target}", _at(page, line)))


def _stylesheet(path: Path, name: str) -> Iterator[Diagnostic]:
    text = path.read_text(encoding="utf-8", errors="replace")
    for match in _ELSEWHERE.finditer(text):
        yield Diagnostic(
            "other-host",
            f"the style sheet fetches from another host: {match.group()}…",
            Location(SourceFile(name), text.count("\n", 0, match.start()) + 1),
        )


def _own_path(folder: str, href: str, base: str) -> tuple[str, str] | None:
    """(path below the site, fragment) of a link to this site; None for a link elsewhere.

    folder: the address of the page, below `base`.
    """
    if _FOREIGN.fullmatch(href) and not href.startswith(base):
        return None
    # A link that names the published address leads from there.
    start, way = ("", href.removeprefix(base) or ".") if href.startswith(base) else (folder, href)
    if simple := _SIMPLE.fullmatch(way):
        path = posixpath.normpath(
            f"{start.rpartition('/')[0]}/{simple[1]}".lstrip("/") if simple[1] else start
        )
        if not path.startswith(".."):
            return path, simple[2] or ""
    address = urljoin(urljoin(base, folder), href)
    if not address.startswith(base):
        same_host = urlsplit(address).netloc == urlsplit(base).netloc and not urlsplit(href).netloc
        return (f"../{href}", "") if same_host else None
    rest = urlsplit(address[len(base) :])
    return posixpath.normpath(unquote(rest.path)) if rest.path else ".", unquote(rest.fragment)


def _address(path: str) -> str:
    # The 404 page is served at any depth, so its links are absolute; the others are relative to their folder.
    return path[: -len("index.html")] if path.endswith("index.html") else path


def _file_of(path: str, files: Iterable[str]) -> str | None:
    path = path.removeprefix("./")
    if path in (".", ""):
        path = "index.html"
    if path in files:
        return path
    return f"{path}/index.html" if f"{path}/index.html" in files else None


def _links(page: Page, pages: Mapping[str, Page], files: set[str]) -> Iterator[Diagnostic]:
    for href, line, path, fragment in page.ways:
        target = _file_of(path, files)
        if target is None:
            yield Diagnostic("dead-link", f"{href} leads to nothing", _at(page, line))
        elif (
            fragment
            and target in pages
            and fragment not in pages[target].ids
            and not fragment.startswith("__")
        ):
            yield Diagnostic("dead-anchor", f"{href}: the page has no such anchor", _at(page, line))


def _alternates(page: Page, pages: Mapping[str, Page], base: str) -> Iterator[Diagnostic]:
    """Each language names the others, and they name it back, at the same page."""
    if page.path.endswith("404.html"):
        return
    if page.path.split("/")[0] not in IN_EVERY_LANGUAGE and not page.alternates:
        yield Diagnostic("no-alternate", "the page names no other language", _at(page))
    for language, target in page.alternates.items():
        own = _own_path(_address(page.path), target, base)
        file = _file_of(own[0], pages) if own else None
        if file is None:
            yield Diagnostic(
                "dead-alternate", f"hreflang {language}: {target} is no page of the site", _at(page)
            )
        elif page.path != "index.html" and language != "x-default" and file != "index.html":
            back = (_own_path(_address(file), way, base) for way in pages[file].alternates.values())
            if page.path not in {_file_of(own[0], pages) for own in back if own}:
                yield Diagnostic("one-way-alternate", f"{file} does not name this page back", _at(page))
