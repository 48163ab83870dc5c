"""A reference under its CSL names in; a line of a reference list out: Vancouver, or GB/T 7714 in Chinese."""

from __future__ import annotations

import unicodedata

from generator.model import Reference, Ui

Parts = tuple[tuple[str, str], ...]
# GB/T 7714 marks the kind of document in brackets; /OL where it is read online.
_GB_TYPE = {
    "article-journal": "J",
    "report": "R",
    "webpage": "EB",
    "book": "M",
    "chapter": "M",
    "guideline": "S",
}
LISTED_AUTHORS = 3


def _chinese(text: str) -> bool:
    return not text.isascii() and any(unicodedata.east_asian_width(char) == "W" for char in text)


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


def _periodical(reference: Reference) -> bool:
    """Whether the work stands in a journal; many guidelines do."""
    if reference.type == "guideline":
        return bool(reference.container_title and (reference.volume or reference.DOI or reference.PMID))
    return reference.type == "article-journal"


def _joined(*sentences: str) -> str:
    """Sentences with one full stop each; a title that ends in its own mark keeps it."""
    out = [s.strip() for s in sentences if s.strip()]
    return " ".join(s if s.endswith((".", "?", "!", "？", "！", "。")) else f"{s}." for s in out)


def _listed(separator: str, *parts: str | None) -> str:
    return separator.join(str(part) for part in parts if part)


def _vancouver(reference: Reference, ui: Ui, authors: str, online: bool) -> str:
    title, container = str(reference.title), str(reference.container_title or "")
    date, page = str(reference.issued or ""), str(reference.page or "")
    volume = f"{reference.volume or ''}" + (f"({reference.issue})" if reference.issue else "")
    # What was read online says so after the name of the whole: the journal, the book, or the document itself.
    internet = " [Internet]" if online else ""
    accessed = f"[{ui.labels['accessed']} {reference.accessed}]" if online and reference.accessed else ""
    if _chinese(title):
        title += f" [{ui.labels['in-chinese']}]"
    if _periodical(reference):
        place = _listed(";", _listed(" ", date[:4], accessed), volume) + (f":{page}" if page else "")
        return _joined(authors, title, container + internet, place)
    pages, when = f"p. {page}" if page else "", _listed(" ", date, accessed)
    if reference.type == "chapter":
        whole = f"In: {container}{internet}" if container else ""
        return _joined(authors, title, whole, _listed("; ", reference.publisher, when), pages)
    where = _listed("; ", _listed(", ", container, reference.publisher), when)
    return _joined(authors, title + internet, str(reference.number or ""), where, pages)


def _gb(reference: Reference, authors: str, online: bool) -> str:
    container, date = str(reference.container_title or ""), str(reference.issued or "")
    volume = f"{reference.volume or ''}" + (f"({reference.issue})" if reference.issue else "")
    page = f": {reference.page}" if reference.page else ""
    kind = "J" if _periodical(reference) else _GB_TYPE[reference.type]
    # The number of a document is part of its title.
    title = str(reference.title) + (f": {reference.number}" if reference.number else "")
    title += f"[{kind}{'/OL' if online or kind == 'EB' else ''}]"
    accessed = f"[{reference.accessed}]" if online and reference.accessed else ""
    if kind == "J":
        return _joined(authors, title, _listed(", ", container, date[:4], volume) + page + accessed)
    if reference.type == "chapter":
        title, container = title + (f"//{container}" if container else ""), ""
    publisher = _listed(", ", container, reference.publisher)
    # A date that is more than a year is the day of the version, in round brackets; the year stands with the
    # publisher, and alone where no day is known.
    day = f"({date})" if len(date) > 4 else ""
    where = _listed(", ", publisher, date[:4] if publisher or not day else "")
    return _joined(authors, title, where + page + day + accessed)


def entry(reference: Reference, ui: Ui, gb: bool) -> Parts:
    """(text, url) parts of the entry; `gb` chooses GB/T 7714 over Vancouver.

    The first part is in the language of the work, the others without an address are in the reader's.
    """
    labels = ui.labels
    # Either style writes "et al" for a work in Latin script, and 等 for a Chinese one only in Chinese.
    et_al = str(labels["et-al"]) if _chinese(str(reference.title)) else "et al"
    authors = _authors(reference, et_al, upper=gb)
    # The day of reading belongs to the page that was read; a DOI needs none.
    online = bool(reference.URL and not reference.DOI)
    parts = [(_gb(reference, authors, online) if gb else _vancouver(reference, ui, authors, online), "")]
    if reference.DOI:
        parts += [(" ", ""), (f"{'DOI' if gb else 'doi'}:{reference.DOI}", reference.url)]
    elif reference.URL:
        parts += [(" " if gb else f" {labels['available']}: ", ""), (str(reference.URL), reference.url)]
    if reference.PMID:
        parts.append((" ", ""))
        parts.append((f"PMID: {reference.PMID}", f"https://pubmed.ncbi.nlm.nih.gov/{reference.PMID}/"))
    if reference.seen:
        words = str(labels[f"seen-{reference.seen}"])
        # A full-width bracket brings its own space.
        parts.append((words if words.startswith("（") else f" {words}", ""))
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
