"""`Edition`s in; site map, Atom feed of changes and llms.txt out: where the pages are, and what is new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree

from generator.model import ChangeView, Edition, OutputFile, Page, plain
from generator.render.published import FEED, address, base, stamp, tag

# No prefix is no string, which the stubs do not know.
_NO_PREFIX: Any = None
ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def files(editions: Sequence[Edition]) -> list[OutputFile]:
    """`sitemap.xml`, `llms.txt`, and `<language>/changes.atom` for a book with a history."""
    out = [
        OutputFile("sitemap.xml", sitemap(editions)),
        OutputFile("llms.txt", llms(editions).encode("utf-8")),
    ]
    for edition in editions:
        changes = next((p for p in edition.pages if p.kind == "changes"), None)
        if changes:
            out.append(OutputFile(f"{edition.language}/{FEED}", changes_feed(edition, changes)))
    return out


def xml_bytes(root: etree._Element) -> bytes:
    """An XML document."""
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8") + b"\n"


def atom_root() -> etree._Element:
    """An empty Atom feed."""
    return etree.Element(f"{{{ATOM}}}feed", nsmap={_NO_PREFIX: ATOM})


def sitemap(editions: Sequence[Edition]) -> bytes:
    """Every page of every language, each with its alternates."""
    site = editions[0].site
    root = etree.Element(f"{{{SITEMAP}}}urlset", nsmap={_NO_PREFIX: SITEMAP, "xhtml": XHTML})

    def url(location: str, day: str, alternates: dict[str, str]) -> None:
        entry = etree.SubElement(root, f"{{{SITEMAP}}}url")
        etree.SubElement(entry, f"{{{SITEMAP}}}loc").text = location
        etree.SubElement(entry, f"{{{SITEMAP}}}lastmod").text = day
        for language, href in alternates.items():
            etree.SubElement(entry, f"{{{XHTML}}}link", rel="alternate", hreflang=language, href=href)

    homes = {e.language: address(site, e.language, "index") for e in editions}
    url(base(site), str(site.updated), {**homes, "x-default": base(site)})
    for edition in editions:
        for page in edition.pages:
            twins = {e.language: address(site, e.language, page.path) for e in editions}
            url(twins[edition.language], page.facts.get("updated", str(site.updated)), twins)
    return xml_bytes(root)


def changes_feed(edition: Edition, page: Page) -> bytes:
    """The history of the book as an Atom feed. Ids and dates are the content's: the same at every build."""
    site, language = edition.site, edition.language
    home = address(site, language, page.path)
    root = atom_root()
    root.set(XML_LANG, language)
    add_text(root, "id", tag(site, f"{language}/changes"))
    add_text(root, "title", f"{edition.ui.site_name}: {page.title}")
    add_text(root, "subtitle", str(edition.ui.description))
    add_text(root, "updated", max((stamp(c.date) for c in page.changes), default=stamp(site.updated)))
    add_link(root, "self", f"{base(site)}{language}/{FEED}", "application/atom+xml", language)
    add_link(root, "alternate", home, "text/html", language)
    author = etree.SubElement(root, f"{{{ATOM}}}author")
    add_text(author, "name", edition.publisher)
    if site.license:
        add_link(root, "license", str(site.license))
    for change in page.changes:
        entry = etree.SubElement(root, f"{{{ATOM}}}entry")
        labels = edition.ui.labels
        about = f": {change.topic.text}" if change.topic else ""
        add_text(entry, "id", tag(site, f"{language}/changes/{change.id}"))
        add_text(entry, "title", f"{labels[change.kind]}{about}")
        add_text(entry, "updated", stamp(change.date))
        add_link(entry, "alternate", address(site, language, page.path, change.id), "text/html", language)
        etree.SubElement(entry, f"{{{ATOM}}}category", term=change.kind, label=str(labels[change.kind]))
        add_text(entry, "content", _told(change, edition))
    return xml_bytes(root)


def _told(change: ChangeView, edition: Edition) -> str:
    colon = ": " if edition.ui.spaced_words else "："
    return f"{plain(change.what)}\n{edition.ui.labels['why']}{colon}{plain(change.why)}"


def add_text(parent: etree._Element, name: str, text: str) -> None:
    """A child of the Atom namespace that holds plain text."""
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def add_link(parent: etree._Element, rel: str, href: str, type_: str = "", language: str = "") -> None:
    """An Atom link."""
    link = etree.SubElement(parent, f"{{{ATOM}}}link", rel=rel, href=href)
    if type_:
        link.set("type", type_)
    if language:
        link.set("hreflang", language)


def llms(editions: Sequence[Edition]) -> str:
    """What a language model should read first: the book in a few lines of Markdown, with its limits."""
    site, first = editions[0].site, editions[0]
    root = base(site)
    names = " / ".join(str(e.ui.site_name) for e in editions)
    lines = [f"# {names}", "", f"> {' / '.join(str(e.ui.description) for e in editions)}", ""]
    for edition in editions:
        labels = edition.ui.labels
        notes = f"{labels['notice']} {labels['version']} {site.version} · {site.updated}"
        lines += [notes, ""]
    if site.license:
        lines += [f"{first.ui.labels['licence']}: {site.license}", ""]
    for edition in editions:
        lines += [f"## {edition.ui.name}", ""]
        for page in edition.pages:
            if page.kind in ("topic", "glossary", "references", "changes") and page.path == page.whole:
                link = address(site, edition.language, page.path)
                note = ""
                if page.kind == "topic":
                    reviewed = page.facts["reviewed"]
                    label = edition.ui.labels["reviewed" if reviewed else "not-reviewed"]
                    note = f": {page.description} ({label}{reviewed and ' '}{reviewed})"
                lines.append(f"- [{_md(page.title)}]({link}){note}")
        lines.append("")
    lines += ["## JSON", ""]
    lines += [
        f"- [{name}]({root}api/v1/{name})"
        for name in ("index.json", "topics.json", "facts.json", "terms.json")
    ]
    return "\n".join(lines) + "\n"


def _md(text: str) -> str:
    """A title inside square brackets."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
