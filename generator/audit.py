"""The built site in; what a reader would stumble over out: dead links, other hosts, lost anchors."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from generator import files, processes, tags
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
# The elements that lead somewhere or show something; of the others only what all may have is looked at.
_LINKS = {"a", "area"}
_LOOKED_AT = {*FETCHES, *_LINKS, "form", "link", "meta", "svg"}
# Those that stand behind the end of the page, too, where a tree does not lead.
_EVERY = etree.XPath("//*")
# What `_code` may refuse in a drawing: most drawings have nothing of it.
_MAY_BE_CODE = etree.XPath(
    "//*[local-name() = 'style' or local-name() = 'script' or @style or @*[starts-with(name(), 'on')]]"
)
# A way within the site that means what it says: no scheme, no host, no query, nothing escaped.
_PLAIN = re.compile(r"(?!/)[A-Za-z0-9._/-]*")
_PLACE = re.compile("[A-Za-z0-9._-]*")
# An address that is whole; what begins otherwise than the site does is no part of it.
_FOREIGN = re.compile(r"https?://[!-~]*")
REFUSED_SCHEMES = {"javascript", "vbscript", "data", "file"}
# What opens another program.
NO_PAGES = {"mailto", "tel"}
# What is told of a page before all else, in this order.
_FIRST = ("no-language", "duplicate-anchor", "inline-code")
# Tags that are remembered, and ways: most pages have the same frame, and lead to the same places.
_MANY = 1 << 17
# Pages that one process reads after one another: neighbours say much the same.
_NEAR = 64


@dataclass
class Page:
    """What a page offers and where it leads: `leads` from paths of the site to the anchors it wants there."""

    path: str
    ids: list[str] = field(default_factory=list)
    leads: dict[str, list[str]] = field(default_factory=dict)
    alternates: dict[str, str] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)


class Reading(NamedTuple):
    """The pages of a site by their paths, the paths of all files, what is wrong with sheets and drawings."""

    pages: dict[str, Page]
    files: set[str]
    found: list[Diagnostic]


class Fault(NamedTuple):
    """What is wrong with an element: the rule, and a message."""

    rule: str
    message: str


class _Says(NamedTuple):
    """What an element says by itself, wherever it stands."""

    faults: list[Fault]
    id: str
    # A link may have a name, which is an anchor too.
    anchor: str
    links: Sequence[str]
    alternate: tuple[str, str] | None


# A link, its line, and where on the site it leads: path and fragment.
_Way = tuple[str, int, str, str]


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
) -> Reading:
    """Every page of `site`, every style sheet and drawing, with what is wrong with each alone.

    url: the address it will be published under, which may have a path; known: what an earlier audit read,
    which becomes what this one has read. A page of the same bytes is not taken apart again. only: the paths
    of the pages that are wanted, if not all.
    """
    every = set(only) if only is not None else {name for name, _ in files.below(site)}
    names = sorted(name for name in every if name.endswith((".html", ".css", ".svg")))
    shares = processes.processors()
    pages, found = dict[str, Page](), dict[str, list[Diagnostic]]()
    records, before = dict[str, Any](), known or {}
    for read_pages, read_files in processes.each(
        [
            partial(
                _read_share,
                site,
                [names[i] for i in range(len(names)) if i // _NEAR % shares == n],
                url,
                before,
            )
            for n in range(shares)
        ]
    ):
        for name, key, page in read_pages:
            if page is None:
                record = before[name]
                page = Page(name, record["ids"], record["leads"], record["alternates"])
            pages[name] = page
            # A page with a fault of its own is taken apart each time.
            if not page.found:
                records[name] = {
                    "key": key,
                    "ids": page.ids,
                    "leads": page.leads,
                    "alternates": page.alternates,
                }
        found |= read_files
    if known is not None:
        known.clear()
        known.update(records)
    return Reading(
        {name: pages[name] for name in names if name in pages},
        every,
        [d for name in names for d in found.get(name, ())],
    )


def judge(site: Path, url: str, read: Reading, anchors: Mapping[str, Iterable[str]]) -> list[Diagnostic]:
    """What is wrong with what `read` gave, one by one and together.

    anchors: page (as `en/topic`) to the ids that the content published there.
    """
    base, pages = _base(url), read.pages
    found = [d for page in pages.values() for d in page.found]
    # Many pages lead to the same few, so each of these is looked at once.
    wanted = defaultdict[str, set[str]](set)
    for page in pages.values():
        for path, places in page.leads.items():
            wanted[path].update(places)
    every = read.files
    if any(_file_of(path, every) is None for path in wanted):
        # It may have been made since, as the offline copy is.
        every = {name for name, _ in files.below(site)}
    dead = dict[str, set[str] | None]()
    for path, anchors_there in wanted.items():
        target = _file_of(path, every)
        if target is None:
            dead[path] = None
        elif target in pages and (lost := anchors_there.difference(pages[target].ids)):
            dead[path] = lost

    named = _named(pages, base)
    for page in pages.values():
        if any(_is_dead(path, page.leads[path], dead) for path in dead.keys() & page.leads.keys()):
            # Which link that is, and in which line, is not kept.
            _, ways = _parsed(page.path, (site / page.path).read_bytes(), base)
            found += _dead_links(page, ways, dead)
        found += _alternates(page, named)
    for name, ids in anchors.items():
        path = f"{name}/index.html" if not name.endswith("/index") else f"{name}.html"
        at = Location(SourceFile(path))
        if path not in pages:
            found.append(Diagnostic("missing-page", f"the page {path} was not built", at))
            continue
        lost = set(ids).difference(pages[path].ids)
        found += [
            Diagnostic("lost-anchor", f'the id "{id_}" of the content is no anchor of its page', at)
            for id_ in ids
            if id_ in lost
        ]
    return found + read.found


def _broken(name: str, why: str) -> Diagnostic:
    return Diagnostic("broken-file", f"{name} {why}", Location(SourceFile(name)), "copy or build it again")


def _base(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


def _read_share(
    site: Path, names: Iterable[str], url: str, known: Mapping[str, Any]
) -> tuple[list[tuple[str, str, Page | None]], dict[str, list[Diagnostic]]]:
    """The digest of each page, and the page, if it is another than the one that is known.

    And what is wrong with each style sheet and drawing.
    """
    base = _base(url)
    code = b"".join(Path(module).read_bytes() for module in (__file__, tags.__file__))
    tools = hashlib.sha256(code + repr((etree.LXML_VERSION, base)).encode())
    pages, found = [], dict[str, list[Diagnostic]]()
    for name in names:
        if not name.endswith(".html"):
            look = _stylesheet if name.endswith(".css") else _drawing
            found[name] = list(look(site / name, name))
            continue
        with open(f"{site}/{name}", "rb") as file:  # noqa: PTH123
            data = file.read()
        digest = tools.copy()
        digest.update(data)
        key, record = digest.hexdigest(), known.get(name)
        pages.append((name, key, None if record and record["key"] == key else _read(name, data, base)))
    return pages, found


def _read(name: str, data: bytes, base: str) -> Page:
    return _scanned(name, data, base) or _parsed(name, data, base)[0]


def _scanned(name: str, data: bytes, base: str) -> Page | None:
    """A page without faults, by its tags alone. None where it may have one, or is not to be read so."""
    found = tags.of(data)
    if found is None:
        return None
    page, anchors = Page(name), list[str]()
    ways = defaultdict[str, dict[str, None]](dict)
    for told in map(_of_tag.__getitem__, found.distinct):
        if told is _NOTHING:
            continue
        if told is None:
            return None
        id_, anchor, leads, alternate = told
        if id_:
            page.ids.append(id_)
        if anchor:
            anchors.append(anchor)
        for way, place in leads:
            ways[way][place] = None
        if alternate:
            if alternate[0] in page.alternates:
                return None  # The last of them counts, and that may be the text of an earlier one.
            page.alternates[alternate[0]] = alternate[1]
    # A tag that stands twice is here once, but the ids are counted.
    if len(set(page.ids)) != found.ids:
        return None
    page.ids += anchors
    folder = _address(name)
    for way, places in ways.items():
        if own := _own_path(folder, way, base):
            for place in places:
                _lead(page, own[0], place or own[1])
    return page


# What a tag without faults says: an id, a name of a link, ways as (page, place), another language.
_Told = tuple[str, str, Sequence[tuple[str, str]], tuple[str, str] | None]
_NOTHING: _Told = ("", "", (), None)


class _OfTag(dict[str, _Told | None]):
    """What a tag says; None where it may have a fault. Most tags of a page stand on other pages too."""

    def __missing__(self, tag: str) -> _Told | None:
        if len(self) > _MANY:
            self.clear()
        parts = tags.taken_apart(tag, _counts)
        # Whether a page says its language, its first tag tells.
        if parts and not (parts[0] == "html" and not parts[1].get("lang")):
            told = _told(_says(*parts))
        else:
            told = None
        self[tag] = told
        return told


_of_tag = _OfTag()


def _counts(tag: str, attributes: set[str]) -> Container[str]:
    """The attributes that `_says` looks at. Of most tags they are few, and most values need not be read."""
    if tag == "html" or (tag in _LOOKED_AT and tag not in _LINKS):
        return attributes
    return {name for name in attributes if name in ("id", "href", "name") or _is_code(name)}


def _told(says: _Says) -> _Told | None:
    if says is _SILENT:
        return _NOTHING
    if says.faults:
        return None
    ways = []
    for href in says.links:
        scheme, way, place = _cut(href)
        if scheme in REFUSED_SCHEMES:
            return None
        if scheme not in NO_PAGES:
            ways.append((way, place))
    return says.id, says.anchor, ways, says.alternate


def _parsed(name: str, data: bytes, base: str) -> tuple[Page, list[_Way]]:
    """A page, whatever is in it, and all its ways."""
    page, links, anchors = Page(name), dict[str, int](), list[str]()
    # The type that its stubs do not give: nothing for a file that is empty.
    tree: etree._Element | None = etree.fromstring(
        data, parser=etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True)
    )
    if tree is None:
        page.found.append(_broken(name, "is empty"))
        return page, []
    if not tree.get("lang"):
        at = _at(name, _line(tree))
        page.found.append(Diagnostic("no-language", "the page does not say its language", at))
    seen = dict[str, None]()
    for element in cast(list[etree._Element], _EVERY(tree)):
        says, line = _says(element.tag, dict(cast("list[tuple[str, str]]", element.items()))), _line(element)
        faults = says.faults
        if says.id in seen:
            faults = [*faults, Fault("duplicate-anchor", f'the id "{says.id}" stands twice')]
        page.found += [Diagnostic(rule, message, _at(name, line)) for rule, message in faults]
        if says.id:
            seen[says.id] = None
        if says.anchor:
            anchors.append(says.anchor)
        for href in says.links:
            links.setdefault(href, line)
        if says.alternate:
            page.alternates.update([says.alternate])
    page.ids = [*seen, *anchors]
    page.found.sort(key=lambda d: _FIRST.index(d.rule) if d.rule in _FIRST else len(_FIRST))
    folder, ways = _address(name), list[_Way]()
    for href, line in links.items():
        scheme, way, place = _cut(href)
        if scheme in REFUSED_SCHEMES:
            message = f"a link of scheme {scheme}: {href[:80]}"
            page.found.append(Diagnostic("refused-link", message, _at(name, line)))
        elif scheme not in NO_PAGES and (own := _own_path(folder, way, base)):
            ways.append((href, line, own[0], place or own[1]))
            _lead(page, own[0], place or own[1])
    return page, ways


_SILENT = _Says([], "", "", (), None)


def _says(tag: str, attributes: Mapping[str, str]) -> _Says:
    """What an element says. All rules that need no more than it are here, whoever read it."""
    faults, get = _code(tag, attributes), attributes.get
    id_ = get("id", "")
    if tag not in _LOOKED_AT:
        return _Says(faults, id_, "", (), None) if faults or id_ else _SILENT
    if tag in _LINKS:
        href = get("href")
        if href == "":
            faults.append(Fault("empty-link", "a link that leads nowhere"))
        return _Says(faults, id_, get("name", ""), () if href is None else (href,), None)
    links, alternate, fetched = list[str](), None, list[str]()
    if tag == "img" and get("alt") is None:
        faults.append(Fault("no-alt", f"a picture without alt text: {get('src', '')}"))
    if tag == "svg" and get("role") == "img" and not get("aria-label"):
        faults.append(Fault("no-alt", "a drawing without alt text"))
    if tag == "link":
        rel, target = set(get("rel", "").split()), get("href", "")
        if "alternate" in rel and get("hreflang"):
            alternate = (get("hreflang", ""), target)
        elif rel & FETCHING_RELS:
            fetched.append(target)
    for attribute in FETCHES.get(tag, ()):
        value = get(attribute, "")
        fetched += _CANDIDATE.findall(value) if attribute == "srcset" else filter(None, [value])
    for address in fetched:
        if urlsplit(address).netloc:
            faults.append(Fault("other-host", f"the page fetches {address}"))
        if tag == "link" or not address.startswith("data:"):
            links.append(address)
    if tag == "meta" and get("http-equiv", "").lower() == "refresh":
        links.append(get("content", "").partition("=")[2].strip("'\" "))
    if tag == "form" and urlsplit(get("action", "")).netloc:
        faults.append(Fault("other-host", f"a form sends to {get('action')}"))
    return _Says(faults, id_, "", links, alternate)


def _code(tag: str, attributes: Mapping[str, str]) -> list[Fault]:
    """What the policy that the site is served under refuses: it allows scripts and styles in files only."""
    if tag == "style":
        what = "a style element"
    elif tag == "script" and not attributes.get("src") and not _DATA.fullmatch(attributes.get("type", "")):
        what = "an inline script"
    else:
        for name in attributes:
            if _is_code(name):
                what = f"the attribute {name} of <{tag}>"
                break
        else:
            return []
    return [Fault("inline-code", f"{what}, which the site's policy refuses")]


def _is_code(attribute: str) -> bool:
    return attribute == "style" or attribute.startswith("on")


def _lead(page: Page, path: str, place: str) -> None:
    """Notes that a page leads there. Scripts make the anchors whose name begins with two low lines."""
    wanted = page.leads.setdefault(path, [])
    if place and not place.startswith("__"):
        wanted.append(place)


def _cut(href: str) -> tuple[str, str, str]:
    """The scheme of a link, if it says one, and the link cut in two before a place that is a plain one."""
    scheme = urlsplit(href).scheme.lower() if ":" in href else ""
    way, _, place = href.partition("#")
    return (scheme, way, place) if not place or _PLACE.fullmatch(place) else (scheme, href, "")


def _line(element: etree._Element) -> int:
    # The stubs do not know the type of this attribute.
    return cast("int | None", element.sourceline) or 1


def _at(path: str, line: int = 1) -> Location:
    return Location(SourceFile(path), line)


def _stylesheet(path: Path, name: str) -> Iterator[Diagnostic]:
    text = path.read_text(encoding="utf-8", errors="replace")
    for match in _ELSEWHERE.finditer(text):
        yield Diagnostic(
            "other-host",
            f"the style sheet fetches from another host: {match.group()}…",
            Location(SourceFile(name), text.count("\n", 0, match.start()) + 1),
        )


def _drawing(path: Path, name: str) -> Iterator[Diagnostic]:
    try:
        drawing = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        yield _broken(name, f"is no SVG: {error.msg}")
        return
    for element in cast(list[etree._Element], _MAY_BE_CODE(drawing)):
        attributes = {str(key): str(value) for key, value in element.items()}
        for rule, message in _code(etree.QName(element).localname, attributes):
            yield Diagnostic(rule, message, _at(name, _line(element)))


def _own_path(folder: str, href: str, base: str) -> tuple[str, str] | None:
    """(path below the site, fragment) of a link to this site; None for a link elsewhere.

    folder: the address of the page, below `base`.
    """
    up = "../" * folder.count("/")
    # A link that names the published address leads from there.
    if href.startswith(base):
        way = href[len(base) :] or "."
    elif _FOREIGN.fullmatch(href):
        return None
    elif up and href.startswith(up):
        way = href[len(up) :] or "."
    else:
        way = folder[: folder.rfind("/") + 1] + href if href else folder
    if not href.startswith("/") and _PLAIN.fullmatch(way):
        path = posixpath.normpath(way)
        if not path.startswith(".."):
            return path, ""
    address = urljoin(urljoin(base, folder), href)
    if not address.startswith(base):
        same_host = urlsplit(address).netloc == urlsplit(base).netloc and not urlsplit(href).netloc
        return (f"../{href}", "") if same_host else None
    rest = urlsplit(address[len(base) :])
    return posixpath.normpath(unquote(rest.path)) if rest.path else ".", unquote(rest.fragment)


def _address(path: str) -> str:
    # The 404 page is served at any depth, so its links are absolute; the others are relative to their folder.
    return path[: -len("index.html")] if path.endswith("index.html") else path


def _file_of(path: str, files: Container[str]) -> str | None:
    path = path.removeprefix("./")
    if path in (".", ""):
        path = "index.html"
    if path in files:
        return path
    return f"{path}/index.html" if f"{path}/index.html" in files else None


def _is_dead(path: str, places: Iterable[str], dead: Mapping[str, set[str] | None]) -> bool:
    lost = dead.get(path, set())
    return lost is None or not lost.isdisjoint(places)


def _dead_links(
    page: Page, ways: Iterable[_Way], dead: Mapping[str, set[str] | None]
) -> Iterator[Diagnostic]:
    for href, line, path, place in ways:
        if _is_dead(path, [place], dead):
            if dead[path] is None:
                yield Diagnostic("dead-link", f"{href} leads to nothing", _at(page.path, line))
            else:
                message = f"{href}: the page has no such anchor"
                yield Diagnostic("dead-anchor", message, _at(page.path, line))


def _named(pages: Mapping[str, Page], base: str) -> dict[str, dict[str, str | None]]:
    """The languages that each page names, each with its page there, if it is one of the site."""

    @cache
    def file_at(folder: str, target: str) -> str | None:
        own = _own_path(folder, target, base)
        return _file_of(own[0], pages) if own else None

    # A whole address is the same place from every page.
    return {
        path: {
            language: file_at("" if target.startswith(base) else _address(path), target)
            for language, target in page.alternates.items()
        }
        for path, page in pages.items()
    }


def _alternates(page: Page, named: Mapping[str, Mapping[str, str | None]]) -> Iterator[Diagnostic]:
    """Each language names the others, and they name it back, at the same page."""
    path = page.path
    if path.endswith("404.html"):
        return
    if path.split("/")[0] not in IN_EVERY_LANGUAGE and not page.alternates:
        yield Diagnostic("no-alternate", "the page names no other language", _at(path))
    for language, file in named[path].items():
        if file is None:
            message = f"hreflang {language}: {page.alternates[language]} is no page of the site"
            yield Diagnostic("dead-alternate", message, _at(path))
            continue
        is_for_all = path == "index.html" or language == "x-default" or file == "index.html"
        if not is_for_all and path not in named[file].values():
            yield Diagnostic("one-way-alternate", f"{file} does not name this page back", _at(path))
