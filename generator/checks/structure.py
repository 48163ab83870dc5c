"""Rules on what a book must hold: ids, files, and the words that the machine says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from generator.checks.passages import Check, Finding, block_ids
from generator.diagnostic import Related
from generator.model import CATEGORY_PAGE, SHEET, Content
from generator.source import Scalar

# What the templates say; each language has to say it.
LABELS = tuple(
    "home topics glossary references figures about key-points emergency warning note also-called "
    "other-language codes used-in figure table schematic credit licence updated reviewed not-reviewed "
    "version by et-al accessed available in-chinese flow goes-on on-this-page "
    "notice cited-here choose-language skip-flow sources-of-table for-patients related "
    "for-professionals side-by-side changes changed-statement patient-notice history correction update "
    "addition withdrawal why counted permalink "
    "share copy-link link-copied cite report report-statement report-subject report-place report-said "
    "report-wrong close see-glossary see-references reference-number enlarge zoom-in zoom-out "
    "figure-previous figure-next "
    "infobutton-title infobutton-intro infobutton-search infobutton-found infobutton-broader "
    "infobutton-none infobutton-empty infobutton-codes "
    "accepted-equal not-accepted behind picture picture-source permission public-domain full-size "
    "not-executable flow-of whole-flow other-flows full-page walk walk-next walk-back walk-restart walk-read "
    "walk-trail walk-tick walk-tick-all walk-continue walk-none walk-unticked walk-waiting walk-other-way "
    "walk-end walk-lost contents page-of on-page read-on-site book-licence print print-sheet red-flags "
    "book-pdf index-of-figures colophon "
    "local-mark local-contact local-formulary local-pathway local-note local-dates local-only local-banner "
    "local-phone local-more local-ask "
    "embed embed-intro embed-part embed-topic embed-theme embed-auto embed-light "
    "embed-dark embed-script embed-frame embed-link embed-copy embed-copied embed-by-hand embed-preview "
    "embed-all embed-full "
    "versions versions-intro version-date version-state "
    "version-current version-superseded version-withdrawn version-use version-ask version-marked-since "
    "version-none-marked version-other-since version-brought version-check offline offline-intro "
    "offline-copy offline-what offline-none offline-file offline-size offline-sum offline-steps "
    "offline-verify offline-unpack offline-open offline-current offline-pdfs offline-book "
    "offline-languages offline-inside offline-changed "
    "categories topics-index letters part-range home-flows home-new home-shelf filter filter-glossary "
    "filter-references filter-figures filter-topics filter-category filter-topic filter-type "
    "filter-year filter-all filter-order filter-shown filter-none filter-search filter-reset "
    "order-author order-year order-uses source-article-journal source-guideline source-report "
    "source-webpage source-book source-chapter "
    "search search-placeholder search-close search-hint search-answers "
    "search-results search-count search-one search-none search-also search-more search-error search-marked "
    "search-unmark search-source search-fact search-code search-step".split()
)
# What the machine itself writes beside the topics of a language, its PDFs or its embeds.
RESERVED = frozenset(
    "404 assets book changes css figures flow glossary index licenses offline references search sitemap "
    "topics versions".split()
)
# What a number may be written with, as far as this book's languages go.
DECIMAL_MARKS = (".", ",")
THOUSANDS_MARKS = (",", ".", "\u2009", "\u202f")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|[{}]")
_FIGURE_BESIDE = re.compile(r"[0-9][.,]?\{|\}[.,]?[0-9]")
FLOW_KINDS = ("start", "action", "decision", "parallel", "outcome", "alert")


def duplicate_id(content: Content) -> Iterator[Finding]:
    """Within a topic or local note every section, block and list item has an id of its own, its anchor."""
    for words in content.words.values():
        for topic in words.topics.values():
            ids = [*block_ids(topic.lead.items())]
            for id_, section, _ in topic.walk():
                ids += [id_, *block_ids(section.body.items())]
            yield from _twice(ids, "topic")
    for local in content.local.words.values() if content.local else ():
        for note in local.notes.values():
            yield from _twice(block_ids(note.body.items()), "note")


def _twice(ids: Iterable[Scalar], where: str) -> Iterator[Finding]:
    seen: dict[str, Scalar] = {}
    for id_ in ids:
        if first := seen.get(id_):
            yield Finding(
                f'the id "{id_}" is used twice in this {where}',
                id_.at,
                "give one of them another id",
                (Related(first.at, "first used here"),),
            )
        seen.setdefault(id_, id_)


def reserved_name(content: Content) -> Iterator[Finding]:
    """No topic or page has the name of a page or file that the machine writes, and no two have one name."""
    pages = {str(page): page.at for words in content.words.values() for page in words.pages}
    topics = {str(name): content.at[f"shared/topics/{name}.yml"] for name in content.topics}
    for name, at in (pages | topics).items():
        sheet_of = name.removesuffix(SHEET)
        if name in RESERVED or name.startswith(CATEGORY_PAGE):
            yield Finding(f'"{name}" is the name of a page or file of every book', at, "choose another name")
        elif name != sheet_of and sheet_of in content.topics:
            yield Finding(
                f'"{name}" is the name of the key-points sheet of "{sheet_of}"', at, "choose another name"
            )
        if name in topics and name in pages:
            yield Finding(
                f'"{name}" is the name of a topic and of a page',
                at,
                "rename one of them",
                (Related(pages[name], "the page"),),
            )


def unlisted_topic(content: Content) -> Iterator[Finding]:
    """site.yml lists exactly the topics that have a file in content/shared/topics/."""
    for topic in content.site.topics:
        if topic not in content.topics:
            yield Finding(
                f'topic "{topic}" has no file shared/topics/{topic}.yml',
                topic.at,
                "add the file or take it out",
            )
    listed = set(content.site.topics)
    for name in content.topics:
        if name not in listed:
            at = content.at[f"shared/topics/{name}.yml"]
            yield Finding(f'topic "{name}" is not listed in site.yml', at, "list it under topics")


def unknown_id(content: Content) -> Iterator[Finding]:
    """Categories, people and topics that shared files name exist."""
    categories, people = content.site.categories, content.people
    for name, category in categories.items():
        parent, path = category.within, [str(name)]
        while parent is not None:
            if parent not in categories:
                yield Finding(
                    f'unknown category "{parent}"', parent.at, "name it under categories in site.yml"
                )
                break
            if parent in path:
                yield Finding(f'category "{name}" lies within itself', parent.at, "remove the circle")
                break
            path.append(str(parent))
            parent = categories[parent].within
    for topic in content.topics.values():
        if topic.category not in categories:
            yield Finding(
                f'unknown category "{topic.category}"',
                topic.category.at,
                "name it under categories in site.yml",
            )
        if (of := topic.patient_page_of) is not None and (
            of not in content.topics or content.topics[of].patient_page_of is not None
        ):
            yield Finding(f'unknown topic "{of}"', of.at, "patient_page_of names the topic for professionals")
        for person in (*topic.authors, *topic.reviewers):
            if person not in people:
                yield Finding(f'unknown person "{person}"', person.at, "add them to shared/people.yml")
        for other in topic.related:
            if other not in content.topics:
                yield Finding(f'unknown topic "{other}"', other.at, "related names ids of topics")
    for figure in content.figures.values():
        if figure.credit not in people:
            yield Finding(
                f'unknown person "{figure.credit}"', figure.credit.at, "add them to shared/people.yml"
            )
    if content.site.publisher not in people:
        yield Finding(
            f'unknown person "{content.site.publisher}"',
            content.site.publisher.at,
            "add them to shared/people.yml",
        )


def missing_words(content: Content) -> Iterator[Finding]:
    """Each language names every category, kind, unit and place in use, and all that the machine says."""
    units = {f.unit: f.unit for f in content.facts.values() if f.unit}
    places = {f.where: f.where for f in content.facts.values() if f.where}
    seen = sorted({f"seen-{r.seen}" for r in content.references.values() if r.seen})
    for language, words in content.words.items():
        at = content.at[f"{language}/ui.yml"]
        for page in ("home", "about"):
            if page not in words.pages:
                yield Finding(
                    f'the page "{page}" has no words in {language}',
                    content.at.get(f"{language}/pages.yml", at),
                    f"add it to content/{language}/pages.yml",
                )
        wanted: tuple[tuple[str, Iterable[str], Iterable[str]], ...] = (
            ("categories", content.site.categories, words.ui.categories),
            (
                "term_categories",
                sorted({str(t.category) for t in content.terms.values()}),
                words.ui.term_categories,
            ),
            ("flow_kinds", FLOW_KINDS, words.ui.flow_kinds),
            ("labels", (*LABELS, *seen), words.ui.labels),
            ("units", units, words.ui.units),
            ("places", places, words.ui.places),
            (
                "facts",
                ("range", "at-least", "more-than", "at-most", "less-than", "approximate"),
                words.ui.facts,
            ),
        )
        for where, names, known in wanted:
            for name in names:
                if name not in known:
                    related = (Related(name.at, "used here"),) if isinstance(name, Scalar) else ()
                    yield Finding(f'ui.yml has no words for "{name}"', at, f"add it under {where}", related)


def table_cells(content: Content) -> Iterator[Finding]:
    """Every cell of a table is filled once: by a fact in shared or by prose in each language."""
    for name, table in content.tables.items():
        for row in table.rows.values():
            for column in row.facts:
                if column not in table.columns:
                    yield Finding(
                        f'unknown column "{column}"', column.at, f"the columns are {', '.join(table.columns)}"
                    )
        for words in content.words.values():
            if not (local := words.tables.get(name)):
                continue
            for row_name, cells in local.rows.items():
                if not (shared := table.rows.get(row_name)):
                    continue
                for column in cells:
                    if column not in table.columns:
                        yield Finding(
                            f'unknown column "{column}"',
                            column.at,
                            f"the columns are {', '.join(table.columns)}",
                        )
                    elif column in shared.facts:
                        yield Finding(
                            f'the cell "{column}" is a fact in shared/tables.yml', column.at, "delete it here"
                        )
                for column in table.columns:
                    if column not in cells and column not in shared.facts:
                        yield Finding(
                            f'the cell "{column}" of row "{row_name}" is empty', row_name.at, "fill it"
                        )


def number_pattern(content: Content) -> Iterator[Finding]:
    """A pattern that numbers are printed by holds each of them once, and no figure of its own beside it."""
    for words in content.words.values():
        ui = words.ui
        for name, line in ui.facts.items():
            yield from _pattern(line, *(("{low}", "{high}") if name == "range" else ("{q}",)))
        for line in (ui.dose.one, ui.dose.other):
            yield from _pattern(line, "{q}", "{fractions}")
        for unit in ui.units.values():
            for line in filter(None, (unit.one, unit.other)):
                yield from _pattern(line, "{n}")
            if unit.range:
                yield from _pattern(unit.range, "{low}", "{high}")
        thousands, point = ui.number.thousands, ui.number.decimal
        if point not in DECIMAL_MARKS:
            yield Finding(
                f'"{point}" is no decimal mark', point.at, f"write one of {' '.join(DECIMAL_MARKS)}"
            )
        if thousands is not None and (thousands not in THOUSANDS_MARKS or thousands == point):
            yield Finding(
                f'"{thousands}" cannot stand between thousands here',
                thousands.at,
                "write a comma, a point or a thin space, another than the decimal mark",
            )


def _pattern(line: Scalar, *wanted: str) -> Iterator[Finding]:
    found = _PLACEHOLDER.findall(line)
    if (*found,) != wanted or _FIGURE_BESIDE.search(line):
        yield Finding(
            f'"{line}" does not print {" and ".join(wanted)} once, in this order, with no figure beside it',
            line.at,
            "write the words around it, and what stands in braces as it is",
        )


def label_pattern(content: Content) -> Iterator[Finding]:
    """What a label leaves to be filled in is the same in every language."""
    first, *others = content.languages
    for name, label in content.words[first].ui.labels.items():
        wanted = sorted(_PLACEHOLDER.findall(label))
        for other in others:
            twin = content.words[other].ui.labels.get(name)
            if twin is not None and sorted(_PLACEHOLDER.findall(twin)) != wanted:
                yield Finding(
                    f'in {first} "{name}" leaves {" and ".join(wanted) or "nothing"} to be filled in',
                    twin.at,
                    "write the same in braces here",
                    (Related(label.at, f"{first} has it here"),),
                )


CHECKS: tuple[Check, ...] = (
    duplicate_id,
    reserved_name,
    unlisted_topic,
    unknown_id,
    missing_words,
    number_pattern,
    label_pattern,
    table_cells,
)
