"""A reference under its CSL names in; a line of a reference list out: Vancouver, or GB/T 7714 in Chinese."""

from __future__ import annotations

import unicodedata

from generator.model import Reference, Ui

Parts = tuple[tuple[str, str], ...]
# GB/T 7714 marks the kind of document in brackets; OL where it is read online.
_GB_TYPE = {
    "article-journal": "J",
    "report": "R",
    "webpage": "EB/OL",
    "book": "M",
    "chapter": "M",
    "guideline": "S",
}
LISTED_AUTHORS = 3


def _chinese(text: str) -> bool:
    return any(unicodedata.east_asian_width(char) == "W" for char in text)


def _authors(reference: Reference, et_al: str, upper: bool) -> str:
    names = []
    for author in reference.author[:LISTED_AUTHORS]:
        if author.literal:
            names.append(str(author.literal))
        else:
            family = str(author.family)
            given = str(author.given or "")
            if not _chinese(family):
                family, given = family.upper() if upper else family, f" {given}" if given else ""
            names.append(family + given)
    text = ", ".join(names)
    if text and (reference.more_authors or len(reference.author) > LISTED_AUTHORS):
        text += f", {et_al}"
    return text


def _locator(reference: Reference, chinese: bool) -> str:
    volume = f"{reference.volume or ''}" + (f"({reference.issue})" if reference.issue else "")
    year = (reference.issued or "")[:4]
    if chinese:
        head = ", ".join(part for part in (year, volume) if part)
        return head + (f": {reference.page}" if reference.page else "")
    head = ";".join(part for part in (year, volume) if part)
    return head + (f":{reference.page}" if reference.page else "")


def _joined(*sentences: str) -> str:
    """Sentences with one full stop each; a title that ends in its own mark keeps it."""
    out = [s.rstrip() for s in sentences if s.strip()]
    return " ".join(s if s.endswith((".", "?", "!", "？", "！", "。")) else f"{s}." for s in out)


def entry(reference: Reference, ui: Ui, gb: bool) -> Parts:
    """(text, url) parts of the entry; `gb` chooses GB/T 7714 over Vancouver."""
    labels = ui.labels
    title = str(reference.title)
    # Either style writes "et al" for a work in Latin script, and 等 for a Chinese one only in Chinese.
    authors = _authors(reference, str(labels["et-al"]) if _chinese(title) else "et al", upper=gb)
    if _chinese(title) and not gb:
        title += f" [{labels['in-chinese']}]"
    where = str(reference.container_title or reference.publisher or "")
    number = str(reference.number or "")
    journal = reference.type == "article-journal"
    date = str(reference.issued or "")
    if gb:
        mark = f"[{_GB_TYPE[reference.type]}]"
        tail = _locator(reference, True) if journal else ", ".join(p for p in (number, date) if p)
        text = _joined(authors, f"{title}{mark}", ", ".join(p for p in (where, tail) if p))
        accessed = f"[{reference.accessed}]. " if reference.accessed else ""
    else:
        tail = _locator(reference, False) if journal else "; ".join(p for p in (number, date) if p)
        text = _joined(authors, title, where, tail)
        accessed = f"{labels['accessed']} {reference.accessed}. " if reference.accessed else ""
        accessed = accessed[:1].upper() + accessed[1:]
    parts = [(f"{text} {accessed}", "")]
    if reference.DOI:
        parts.append((f"doi:{reference.DOI}", reference.url))
    elif reference.URL:
        parts.append(
            (str(reference.URL).removeprefix("https://").removeprefix("www.").rstrip("/"), reference.url)
        )
    if reference.PMID:
        url = f"https://pubmed.ncbi.nlm.nih.gov/{reference.PMID}/"
        parts += (
            [(" ", ""), (f"PMID {reference.PMID}", url)]
            if len(parts) > 1
            else [(f"PMID {reference.PMID}", url)]
        )
    return tuple(parts)


def short(reference: Reference) -> str:
    """The first author, or else where it appeared, and the year: what a side note has room for."""
    authors = reference.author
    if authors:
        name = str(authors[0].literal or authors[0].family)
        if len(authors) > 1 or reference.more_authors:
            name += "等" if _chinese(name) else " et al"
    else:
        name = str(reference.container_title or reference.publisher or reference.title)
    year = str(reference.issued or "")[:4]
    return f"{name}, {year}" if year else name


def sort_key(reference: Reference) -> str:
    """By first author, then year, then title."""
    first = reference.author[0] if reference.author else None
    name = (first.literal or first.family or "") if first else ""
    return f"{name or reference.title}\0{reference.issued or ''}\0{reference.title}".casefold()
