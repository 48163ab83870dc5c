"""`Content` and a language in; an `Edition` out: facts filled, citations and figures numbered, links placed.

Cannot fail after a clean check.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Any

from generator import markup
from generator.bibliography import entry, short, sort_key
from generator.collation import place
from generator.model import (
    CATEGORY_PAGE,
    MARKED,
    PICTURE_LICENCES,
    READ_ON,
    URL,
    Block,
    BlockView,
    Callout,
    ChangeView,
    CitationGroup,
    Content,
    Edition,
    Fact,
    FactSource,
    FigureBlock,
    FigureView,
    FlowBlock,
    FlowView,
    Link,
    ListBlock,
    LocalSource,
    LocalView,
    Mark,
    Name,
    Page,
    Paragraph,
    Piece,
    Pieces,
    Prose,
    Quantity,
    Reference,
    ReferenceView,
    Run,
    Section,
    SectionView,
    StepView,
    Styled,
    TableBlock,
    TableView,
    TermView,
    Ui,
    VersionView,
    plain,
    version_id,
    version_name,
)

# From this many digits on, thousands are set apart.
GROUPED_FROM = 5
# Topics stand in the navigation up to this many; a larger book has category pages instead.
NAVIGATION_LIMIT = 60
# A glossary or references of more entries stand on several pages, of some 300 kB at most.
LIST_LIMIT = 250
# So many changes are told on the home page.
NEWS = 4


def number_text(number: str, ui: Ui, plain: bool = False) -> str:
    """A bare number as the language prints it: 43250 becomes 43,250."""
    sign, bare = ("−", number[1:]) if number.startswith("-") else ("", number)
    whole, _, rest = bare.partition(".")
    if not plain and ui.number.thousands and len(whole) >= GROUPED_FROM:
        groups = []
        while whole:
            groups.append(whole[-3:])
            whole = whole[:-3]
        whole = str(ui.number.thousands).join(reversed(groups))
    return sign + whole + (f"{ui.number.decimal}{rest}" if rest else "")


def quantity(fact: Fact, ui: Ui) -> str:
    """A fact as the language prints it, unit and all: `8 Gy in 1 fraction`, `约80%`."""
    unit = ui.units.get(fact.unit) if fact.unit else None
    plain = bool(unit and unit.plain)
    numbers = [number_text(n, ui, plain) for n in fact.numbers]

    def with_unit(text: str, value: Decimal | None) -> str:
        if unit is None:
            return text
        pattern = unit.one if unit.one and value == 1 else unit.other
        return pattern.replace("{n}", text)

    if fact.form == "dose":
        fractions = fact.numbers[1]
        pattern = ui.dose.one if Decimal(fractions) == 1 else ui.dose.other
        text = pattern.replace("{q}", with_unit(numbers[0], None)).replace("{fractions}", numbers[1])
    elif fact.form == "range":
        if unit and unit.range:
            text = unit.range.replace("{low}", numbers[0]).replace("{high}", numbers[1])
        else:
            both = ui.facts["range"].replace("{low}", numbers[0]).replace("{high}", numbers[1])
            text = with_unit(both, None)
    else:
        text = with_unit(numbers[0], Decimal(fact.numbers[0]))
        if fact.form != "value":
            text = ui.facts[fact.form].replace("{q}", text)
    return ui.facts["approximate"].replace("{q}", text) if fact.approximate else text


def resolve(content: Content, language: str) -> Edition:
    """One language of the book."""
    return _Resolver(content, language).edition()


def resolve_page(content: Content, language: str, path: str) -> Page | None:
    """One topic, flow or page of words alone. None for what can be known only from the whole book."""
    resolver = _Resolver(content, language)
    if path in content.site.topics:
        return resolver.topic_page(path)
    if path.removeprefix("flow/") in content.flows and path.startswith("flow/"):
        return resolver.flow_page(path.removeprefix("flow/"))
    return resolver.words_page(path) if path in resolver.words.pages and path != "home" else None


class _Resolver:
    def __init__(self, content: Content, language: str) -> None:
        self.content, self.language = content, language
        self.words = content.words[language]
        self.ui = self.words.ui
        self.used: dict[tuple[str, str], dict[tuple[str, str], Link]] = {}
        self.numbers: dict[str, int] = {}
        # Kind to id to number.
        self.exhibits: dict[str, dict[str, int]] = {"figure": {}, "table": {}}
        self.place = Link("", "", "", "section")
        self.page = ""
        self.topic = ""
        self.counted_here: dict[str, None] = {}
        self.sources: dict[str, tuple[tuple[str, str], ...]] = {}
        self.facts: dict[str, str] = {}

    # -- what is looked up for many pages, gathered once -----------------------------------------------------

    @cached_property
    def readers(self) -> dict[str, _Resolver]:
        """One for each language, apart from this: whatever they read is no use of a term or a source."""
        return {language: _Resolver(self.content, language) for language in self.content.words}

    @cached_property
    def homes(self) -> dict[tuple[str, str], dict[str, str]]:
        """Kind and id of a figure, table or flow to topic to anchor, in the order of the topics."""
        out: dict[tuple[str, str], dict[str, str]] = {}
        # A preview may be asked for while a new topic has no words yet.
        for topic in filter(self.words.topics.__contains__, self.content.site.topics):
            for anchor, block in self.words.topics[topic].blocks():
                kind, named = "", tuple[str, ...]()
                if isinstance(block, FigureBlock):
                    kind, named = "figure", tuple(block.figures)
                elif isinstance(block, TableBlock):
                    kind, named = "table", (block.table,)
                elif isinstance(block, FlowBlock):
                    kind, named = "flow", (block.flow,)
                for id_ in named:
                    out.setdefault((kind, str(id_)), {}).setdefault(str(topic), str(anchor))
        return out

    @cached_property
    def patient_pages(self) -> dict[str, str]:
        """A professional topic to its page for patients."""
        out: dict[str, str] = {}
        for topic, shared in self.content.topics.items():
            if shared.patient_page_of:
                out.setdefault(str(shared.patient_page_of), str(topic))
        return out

    @cached_property
    def changes_of(self) -> dict[str, list[str]]:
        """A topic to the changes that name it."""
        out: dict[str, list[str]] = {}
        for id_, change in self.content.changes.items():
            if change.topic:
                out.setdefault(str(change.topic), []).append(id_)
        return out

    @cached_property
    def term_parts(self) -> dict[str, list[str]]:
        """The pages of the glossary to their terms. In a large book these go by name; each language has as
        many pages, so that every one has a twin."""
        # A preview may be asked for while a new term has no words yet.
        ids = [str(id_) for id_ in self.content.terms if id_ in self.words.terms]
        if len(ids) > LIST_LIMIT:
            ids.sort(key=lambda id_: place(str(self.words.terms[id_].name)))
        return _parts("glossary", ids)

    @cached_property
    def term_pages(self) -> dict[str, str]:
        """A term to the page that has its entry."""
        return {id_: path for path, ids in self.term_parts.items() for id_ in ids}

    @cached_property
    def flow_order(self) -> tuple[str, ...]:
        """Every flow: as they stand in the topics, then those that no topic shows."""
        placed = [id_ for kind, id_ in self.homes if kind == "flow"]
        return tuple(dict.fromkeys([*placed, *map(str, self.content.flows)]))

    @cached_property
    def flows_by_category(self) -> dict[str, list[str]]:
        """The flows of each category: that of their topics."""
        out: dict[str, list[str]] = {}
        for id_ in self.flow_order:
            out.setdefault(self.content.topics[self.content.flows[id_].topic].category, []).append(id_)
        return out

    @property
    def all_topics(self) -> tuple[Link, ...]:
        """The list of every topic and flow; a small book has none, since each page names them all."""
        title = str(self.ui.labels["topics-index"])
        return (Link(title, "topics", "", "category"),) if self.is_large else ()

    # -- the whole -------------------------------------------------------------------------------------------

    def edition(self) -> Edition:
        content = self.content
        topics = [self.topic_page(name) for name in content.site.topics]
        about = [self.words_page(name) for name in self.words.pages if name != "home"]
        figures = self.figures_page()
        changes = self.changes_page() if content.changes else None
        versions = self.version_pages()
        # Last, so that they know every use.
        glossary = self.glossary_pages()
        pages = [self.home_page(topics), *topics, *map(self.flow_page, self.flow_order)]
        if self.is_large:
            pages += self.index_pages()
        pages += [*glossary, *self.references_pages(), figures, *([changes] if changes else [])]
        pages += [*versions, self.offline_page(), *about]
        return Edition(
            language=self.language,
            languages=content.languages,
            ui=self.ui,
            site=content.site,
            publisher=str(self.words.people[content.site.publisher].name),
            pages=tuple(pages),
            whole_words={
                lang: tuple(sorted({str(n) for t in words.terms.values() for n in t.names}))
                for lang, words in content.words.items()
            },
            kind_names={
                lang: {str(k): str(v) for k, v in words.ui.flow_kinds.items()}
                for lang, words in content.words.items()
            },
            language_names={lang: str(words.ui.name) for lang, words in content.words.items()},
            printed={str(id_): self.printed(id_) for id_ in content.facts},
            stated={
                str(id_): FactSource(tuple(map(str, fact.cite)), self.counted(fact))
                for id_, fact in content.facts.items()
            },
        )

    def begin(self, page: str, topic: str = "") -> None:
        """A new page numbers its citations, figures and tables anew."""
        self.page, self.topic = page, topic
        self.numbers, self.exhibits = {}, {"figure": {}, "table": {}}
        self.place = Link("", page, "", "section")

    def topic_page(self, name: str) -> Page:
        words, shared = self.words.topics[name], self.content.topics[name]
        self.begin(name, name)
        for _, block in words.blocks():
            # Numbered before the text is read, so that a link may point forward.
            if isinstance(block, FigureBlock):
                for figure in block.figures:
                    self.exhibit("figure", figure)
            elif isinstance(block, TableBlock):
                self.exhibit("table", block.table)
        self.place = Link(str(words.title), name, "", "topic")
        lead = tuple(self.blocks(words.lead))
        sections = tuple(self.section(id_, section, depth) for id_, section, depth in words.walk())
        history = tuple(map(self.change, self.changes_of.get(name, ())))
        path = list(self.category_path(shared.category))
        people = [str(self.words.people[p].name) for p in shared.authors]
        facts = {
            "authors": ", ".join(people),
            "reviewers": "\n".join(str(self.words.people[p].name) for p in shared.reviewers),
            "updated": str(shared.updated),
            "reviewed": str(shared.reviewed or ""),
        }
        facts |= {f"code:{system}": str(code) for system, code in shared.codes.items()}
        return Page(
            kind="topic",
            path=name,
            title=str(words.title),
            description=str(words.description),
            lead=lead,
            sections=sections,
            references=self.page_references(),
            category=tuple(str(self.ui.categories[c]) for c in path),
            category_pages=tuple(f"{CATEGORY_PAGE}{c}" for c in path) if self.is_large else (),
            links=(("related", tuple(self.topic_link(t) for t in shared.related)),),
            counterpart=self.counterpart(name),
            changes=history,
            citation=self.citation(name, people),
            marks=self.marks(name),
            facts=facts,
            anchors=tuple(_anchors(lead, sections)),
        )

    @property
    def is_large(self) -> bool:
        """Whether the navigation names categories instead of topics."""
        return len(self.content.site.topics) > NAVIGATION_LIMIT

    def category_path(self, id_: str) -> tuple[str, ...]:
        """The ids of a category and of those that it lies within, the widest first."""
        within = self.content.site.categories[id_].within
        return (*(self.category_path(within) if within else ()), str(id_))

    def citation(self, name: str, authors: list[str]) -> tuple[tuple[str, str], ...]:
        """How a reader cites a topic of this version, in the style of the book's own references."""
        site, labels = self.content.site, self.ui.labels
        # It begins the entry, so "the editors" are "The editors".
        named = [author[:1].upper() + author[1:] if self.ui.spaced_words else author for author in authors]
        fields: dict[str, Any] = {
            "type": "webpage",
            "title": self.words.topics[name].title,
            "author": [Name.model_construct(**dict[str, Any](literal=author)) for author in named],
            "number": f"{labels['version']} {site.version}",
            "container_title": self.ui.site_name,
            "issued": self.content.topics[name].updated,
            "URL": f"{str(site.url).rstrip('/')}/{self.language}/{name}/",
            "accessed": READ_ON,
        }
        page = Reference.model_construct(**fields)
        return entry(page, self.ui, gb=self.ui.reference_style == "gb-t-7714")

    def counterpart(self, name: str) -> tuple[Link, ...]:
        """From a professional topic to its page for patients, or back; then the sections that both have."""
        of = self.content.topics[name].patient_page_of
        other = of or self.patient_pages.get(name)
        if other is None:
            return ()
        label = str(self.ui.labels["for-professionals" if of else "for-patients"])
        own = {str(id_) for id_, _, _ in self.words.topics[name].walk()}
        both = [(str(id_), section) for id_, section, _ in self.words.topics[other].walk() if id_ in own]
        kind = "professional" if of else "patient"
        return (
            Link(label, str(other), "", kind, str(self.words.topics[other].title)),
            *(Link(str(section.title), str(other), id_, kind) for id_, section in both),
        )

    def change(self, id_: str) -> ChangeView:
        shared, words = self.content.changes[id_], self.words.changes[id_]
        topic = shared.topic
        return ChangeView(
            id=str(id_),
            kind=shared.kind,
            date=str(shared.date),
            version=str(shared.version),
            topic=self.topic_link(topic) if topic else None,
            what=self.pieces(words.what),
            why=self.pieces(words.why),
            statements=tuple(Link(str(s), str(topic), str(s), "section") for s in shared.statements),
        )

    def marks(self, topic: str) -> dict[str, Mark]:
        """The statements of a topic that were corrected or withdrawn; the newest change counts."""
        out: dict[str, Mark] = {}
        for id_ in self.changes_of.get(topic, ()):
            change = self.content.changes[id_]
            if change.kind in MARKED:
                label = f"{self.ui.labels[change.kind]} {change.date}"
                for statement in change.statements:
                    link = Link(label, "changes", str(id_), "change")
                    out.setdefault(str(statement), Mark(change.kind, str(change.date), link))
        return out

    def flow_page(self, id_: str) -> Page:
        """A flow on a page of its own. Its words and sources are used in its topic, so no use is noted."""
        words, path = self.words.flows[id_], f"flow/{id_}"
        self.begin(path)
        flow = self.flow(id_)
        topic, anchor = self.home_of("flow", id_)
        home = replace(self.topic_link(flow.topic), anchor=anchor if topic == flow.topic else "")
        # Of a large book those of the same category: a page that lists all of them grows with each.
        category = self.content.topics[flow.topic].category
        near = self.flows_by_category[category] if self.is_large else self.flow_order
        others = tuple(self.flow_link(other) for other in near if other != id_)
        return Page(
            kind="flow",
            path=path,
            title=str(words.title),
            description=str(words.description),
            lead=(BlockView("flow", "flow", flow=flow),),
            references=self.page_references(),
            links=(("topic", (home,)), ("flow", others), ("category", self.all_topics)),
            anchors=("flow", *(f"flow-{step.id}" for step in flow.steps)),
        )

    def changes_page(self) -> Page:
        self.begin("changes")
        changes = tuple(self.change(id_) for id_ in self.content.changes)
        labels = self.ui.labels
        return Page(
            "changes",
            "changes",
            str(labels["changes"]),
            f"{labels['changes']}: {self.ui.site_name}",
            changes=changes,
            references=self.page_references(),
            anchors=tuple(change.id for change in changes),
        )

    def version_pages(self) -> list[Page]:
        """The list of all versions, and a page for each, which says whether it still holds."""
        labels = self.ui.labels
        self.begin("versions")
        every = tuple(self.version(key) for key in self.content.versions)
        out = [
            Page(
                "versions",
                "versions",
                str(labels["versions"]),
                f"{labels['versions']}: {self.ui.site_name}",
                versions=every,
            )
        ]
        for key in self.content.versions:
            path = f"versions/{key}"
            self.begin(path)
            view = self.version(key)
            changes = (*view.brought, *view.marked_since, *view.other_since)
            title = f"{labels['version']} {view.version}"
            out.append(
                Page(
                    "version",
                    path,
                    title,
                    f"{title}: {self.ui.site_name}",
                    versions=(view,),
                    references=self.page_references(),
                    anchors=tuple(change.id for change in changes),
                )
            )
        return out

    def version(self, key: str) -> VersionView:
        versions = self.content.versions
        newer = [*versions][: [*versions].index(key)]
        shared, words = versions[key], self.words.versions.get(key)
        # The next that may be used; what was withdrawn takes nobody's place.
        successor = next((k for k in reversed(newer) if not versions[k].withdrawn), None)
        ended = shared.withdrawn or (versions[successor].date if successor else "")
        why = self.pieces(words.why) if words else ()
        brought = [i for i, c in self.content.changes.items() if version_id(c.version) == key]
        since = [i for i, c in self.content.changes.items() if version_id(c.version) in newer]
        marked = [i for i in since if self.content.changes[i].kind in MARKED]
        return VersionView(
            id=str(key),
            version=version_name(key),
            date=str(shared.date),
            state="withdrawn" if shared.withdrawn else "superseded" if successor else "current",
            ended=str(ended),
            successor=Link(version_name(successor), f"versions/{successor}", "", "version")
            if successor
            else None,
            why=why,
            marked_since=tuple(map(self.change, marked)),
            other_since=tuple(self.change(i) for i in since if i not in marked),
            brought=tuple(map(self.change, brought)),
        )

    def offline_page(self) -> Page:
        """The book without a network: the zip and the PDFs. Its words are the machine's."""
        title = str(self.ui.labels["offline"])
        return Page("offline", "offline", title, f"{title}: {self.ui.site_name}")

    def words_page(self, name: str) -> Page:
        words = self.words.pages[name]
        self.begin(name)
        self.place = Link(str(words.title), name, "", "page")
        sections = tuple(self.section(id_, section, 1) for id_, section in words.sections.items())
        return Page(
            kind="page",
            path=name,
            title=str(words.title),
            description=str(words.description),
            sections=sections,
            references=self.page_references(),
            anchors=tuple(_anchors((), sections)),
        )

    def home_page(self, topics: list[Page]) -> Page:
        """What a reader may open first: topics by category, of a large book its categories; flows; what is
        new."""
        words = self.words.pages["home"]
        groups: dict[str, list[Link]] = {}
        for page in [] if self.is_large else topics:
            patient = self.content.topics[page.path].patient_page_of
            group = str(self.ui.labels["for-patients"]) if patient else page.category[-1]
            groups.setdefault(group, []).append(Link(page.title, page.path, "", "topic", page.description))
        links = [(group, tuple(members)) for group, members in groups.items()]
        if self.is_large:
            categories = tuple(map(self.category_link, self.subcategories(None)))
            links.append((str(self.ui.labels["topics"]), categories))
        if flows := tuple(map(self.flow_link, self.flow_order)):
            links.append((str(self.ui.labels["flow"]), flows))
        self.begin("index")
        return Page(
            "home",
            "index",
            str(words.title),
            str(words.description),
            links=tuple(links),
            changes=tuple(self.change(id_) for id_ in islice(self.content.changes, NEWS)),
        )

    @cached_property
    def in_category(self) -> Counter[str]:
        """How many topics lie in each category, those of the categories within it too."""
        topics = self.content.topics.values()
        return Counter(c for shared in topics for c in self.category_path(shared.category))

    def subcategories(self, parent: str | None) -> list[str]:
        """The categories directly within another, or within none; those without a topic stay out."""
        every = self.content.site.categories.items()
        return [str(id_) for id_, category in every if category.within == parent and self.in_category[id_]]

    def category_link(self, id_: str) -> Link:
        """A category, with the number of its topics."""
        name, count = str(self.ui.categories[id_]), str(self.in_category[id_])
        return Link(name, f"{CATEGORY_PAGE}{id_}", "", "category", count)

    def index_pages(self) -> list[Page]:
        """Of a large book: every topic and flow in one list, then a page for each category.

        Their links are of the kinds category, topic, patient (a page for patients) and flow.
        """
        inside: dict[str, list[Link]] = {}
        for name in self.content.site.topics:
            topic = self.content.topics[name]
            kind = "patient" if topic.patient_page_of else "topic"
            inside.setdefault(topic.category, []).append(replace(self.topic_link(name), kind=kind))
        flows = {id_: [*map(self.flow_link, ids)] for id_, ids in self.flows_by_category.items()}
        title, site = str(self.ui.labels["topics-index"]), self.ui.site_name
        every = (
            *map(self.category_link, self.subcategories(None)),
            *(link for links in (*inside.values(), *flows.values()) for link in links),
        )
        out = [Page("category", "topics", title, f"{title}: {site}", links=((title, every),))]
        for id_ in filter(self.in_category.__getitem__, self.content.site.categories):
            *above, own = self.category_path(id_)
            title = str(self.ui.categories[own])
            links = (
                *map(self.category_link, self.subcategories(own)),
                *inside.get(own, ()),
                *flows.get(own, ()),
            )
            out.append(
                Page(
                    "category",
                    f"{CATEGORY_PAGE}{own}",
                    title,
                    f"{title}: {site}",
                    category=tuple(str(self.ui.categories[c]) for c in above),
                    category_pages=tuple(f"{CATEGORY_PAGE}{c}" for c in above),
                    links=((title, links),),
                )
            )
        return out

    def glossary_pages(self) -> list[Page]:
        """The glossary on one page, or its overview and parts."""
        pages = []
        for path, ids in self.term_parts.items():
            self.begin(path)
            views = [self.term(id_) for id_ in ids]
            pages.append((path, views, self.page_references()))
        # Definitions link to one another, so uses are known only now.
        out, ways = [], []
        for path, views, references in pages:
            groups: dict[str, list[TermView]] = {str(t.category): [] for t in self.content.terms.values()}
            for view in views:
                groups[view.category].append(replace(view, uses=self.uses("term", view.id)))
            out.append(
                self.list_page(
                    "glossary",
                    path,
                    terms=tuple(
                        (str(self.ui.term_categories[category]), tuple(members))
                        for category, members in groups.items()
                        if members
                    ),
                    references=references,
                    anchors=tuple(view.id for view in views),
                )
            )
            ways.append(self.span(path, [view.name for view in views]))
        whole = self.list_page(
            "glossary",
            "glossary",
            terms=tuple((str(name), ()) for name in self.ui.term_categories.values()),
        )
        return self.in_parts(whole, out, ways)

    def term(self, id_: str) -> TermView:
        """An entry of the glossary, as yet without its uses."""
        shared, term = self.content.terms[id_], self.words.terms[id_]
        self.place = Link(str(term.name), self.page, id_, "term")
        definition = self.pieces(term.definition)
        if shared.cite:
            definition = _cited(definition, self.cites(shared.cite))
        every = self.content.words.items()
        return TermView(
            id=id_,
            name=str(term.name),
            category=str(shared.category),
            definition=definition,
            synonyms=tuple(map(str, term.synonyms)),
            others=tuple(
                (lang, str(words.terms[id_].name), tuple(map(str, words.terms[id_].synonyms)))
                for lang, words in every
                if lang != self.language
            ),
            codes=tuple((str(s), str(c)) for s, c in shared.codes.items()),
            uses=(),
            every_name=tuple(
                (lang, str(name))
                for lang, words in every
                for name in (*words.terms[id_].names, *words.terms[id_].discouraged)
            ),
            defined=tuple(
                (lang, plain(reader.pieces(reader.words.terms[id_].definition)))
                for lang, reader in self.readers.items()
                if lang != self.language
            ),
        )

    def references_pages(self) -> list[Page]:
        """All references on one page, or its overview and parts."""
        ordered = sorted(self.content.references.items(), key=lambda item: sort_key(item[1]))
        views = {
            str(id_): ReferenceView(
                str(id_),
                number,
                self.reference_parts(id_),
                str(reference.language),
                self.uses("cite", id_),
                short(reference),
                reference.type,
                str(reference.issued or "")[:4],
            )
            for number, (id_, reference) in enumerate(ordered, 1)
        }
        out, ways = [], []
        for path, ids in _parts("references", [*views]).items():
            references = tuple(views[id_] for id_ in ids)
            out.append(self.list_page("references", path, references=references, anchors=tuple(ids)))
            edges = references[:1] + references[-1:]
            ways.append(self.span(path, [str(r.number) for r in edges], [r.short for r in edges]))
        return self.in_parts(self.list_page("references", "references"), out, ways)

    def list_page(self, name: str, path: str, **fields: Any) -> Page:
        title = str(self.ui.labels[name])
        return Page(name, path, title, f"{title}: {self.ui.site_name}", **fields)

    def span(self, path: str, names: list[str], about: Sequence[str] = ()) -> Link:
        """A part of a list, called by its first entry and its last."""

        def reach(ends: Sequence[str]) -> str:
            pattern = str(self.ui.labels["part-range"])
            return pattern.replace("{first}", ends[0]).replace("{last}", ends[-1]) if ends else ""

        return Link(reach(names), path, "", "part", reach(about))

    def in_parts(self, whole: Page, pages: list[Page], ways: list[Link]) -> list[Page]:
        """A list that one page holds; else `whole`, which leads to its parts, and they."""
        if len(pages) == 1:
            return pages
        colon = ": " if self.ui.spaced_words else "："
        out = [replace(whole, links=(("parts", tuple(ways)),))]
        for n, (page, way) in enumerate(zip(pages, ways, strict=True)):
            title = f"{whole.title}{colon}{way.text}"
            links = (
                ("whole", (Link(whole.title, whole.path, "", "page"),)),
                ("previous", tuple(ways[:n][-1:])),
                ("next", tuple(ways[n + 1 : n + 2])),
            )
            description = f"{title}: {self.ui.site_name}"
            out.append(replace(page, title=title, description=description, links=links))
        return out

    def figures_page(self) -> Page:
        self.begin("figures")
        views = []
        for number, id_ in enumerate(self.content.figures, 1):
            self.place = Link(str(self.words.figures[id_].title), "figures", str(id_), "figure")
            self.exhibits["figure"][str(id_)] = number
            views.append((self.figure(id_), self.uses("figure", id_)))
        labels = self.ui.labels
        return Page(
            "figures",
            "figures",
            str(labels["figures"]),
            f"{labels['figures']}: {self.ui.site_name}",
            figures=tuple(views),
            references=self.page_references(),
            anchors=tuple(str(f) for f in self.content.figures),
        )

    # -- sections and blocks ---------------------------------------------------------------------------------

    def section(self, id_: str, section: Section, depth: int) -> SectionView:
        self.place = Link(str(section.title), self.page, str(id_), "section")
        self.counted_here = {}
        blocks = self.with_notes(id_, tuple(self.blocks(section.body)))
        return SectionView(str(id_), str(section.title), depth, blocks, tuple(self.counted_here))

    def blocks(self, blocks: Mapping[str, Block]) -> Iterator[BlockView]:
        for key, block in blocks.items():
            id_ = str(key)
            if isinstance(block, Paragraph | Callout):
                yield BlockView(block.kind, id_, pieces=self.pieces(block.prose))
            elif isinstance(block, ListBlock):
                yield BlockView(
                    block.kind,
                    id_,
                    items=tuple((str(i), self.pieces(prose)) for i, prose in block.items.items()),
                )
            elif isinstance(block, FigureBlock):
                for figure in block.figures:
                    self.use("figure", figure, Link(self.place.text, self.page, id_, "section"))
                yield BlockView(block.kind, id_, figures=tuple(self.figure(f) for f in block.figures))
            elif isinstance(block, TableBlock):
                yield BlockView(block.kind, id_, table=self.table(block.table))
            else:
                yield BlockView(block.kind, id_, flow=self.flow(block.flow))

    def with_notes(self, section: str, blocks: tuple[BlockView, ...]) -> tuple[BlockView, ...]:
        """The blocks of a section and, behind those they name or at its end, a hospital's own notes."""
        notes = self.content.local.overlay.notes if self.content.local else {}
        here = {i: n for i, n in notes.items() if (n.topic, n.section) == (self.topic, section)}
        out: list[BlockView] = []
        for block in blocks:
            out += [block, *(self.note(i) for i, note in here.items() if note.after == block.id)]
        return (*out, *(self.note(i) for i, note in here.items() if note.after is None))

    def note(self, id_: str) -> BlockView:
        """A note in this language, or in the first that it has. Whatever it names, the book's own text keeps
        its numbers and its lists of uses: the note is resolved apart."""
        local = self.content.local
        assert local is not None
        note = local.overlay.notes[id_]
        spoken = [self.language, *self.content.languages]
        language = next(x for x in spoken if x in local.words and id_ in local.words[x].notes)
        words = local.words[language].notes[id_]
        apart = _Resolver(self.content, language)
        apart.begin(self.page, self.topic)
        apart.exhibits = {kind: dict(numbers) for kind, numbers in self.exhibits.items()}
        # No id of the book holds two hyphens in a row, so no anchor of a note can be one of the book's.
        name = f"local--{id_}"
        blocks = tuple(
            replace(
                block,
                id=f"{name}--{block.id}",
                items=tuple((f"{name}--{item}", pieces) for item, pieces in block.items),
            )
            for block in apart.blocks(words.body)
        )
        overlay = local.overlay
        view = LocalView(
            source=self.local_source(),
            kind=note.kind,
            title=str(words.title),
            language=language,
            blocks=blocks,
            phones=tuple(map(str, note.phone)),
            url=str(note.url or ""),
            valid_from=str(note.valid_from or overlay.valid_from),
            review_by=str(note.review_by or overlay.review_by),
        )
        statements = [s for b in blocks for s in (b.items or ((b.id, b.pieces),))]
        return BlockView("local", name, items=tuple(statements), local=view)

    def local_source(self) -> LocalSource:
        """Who added notes, named in this language, or in the first in which there is a name."""
        local = self.content.local
        assert local is not None
        language = next(x for x in (self.language, *self.content.languages) if x in local.words)
        words, overlay = local.words[language], local.overlay
        return LocalSource(
            id=str(overlay.organization),
            name=str(words.organization),
            language=language,
            contact=str(words.contact or ""),
            url=str(overlay.url or ""),
        )

    def exhibit(self, kind: str, id_: str) -> int:
        """The number of a figure or table on this page, in order of appearance."""
        known = self.exhibits[kind]
        return known.setdefault(str(id_), len(known) + 1)

    def figure(self, id_: str) -> FigureView:
        shared, words = self.content.figures[id_], self.words.figures[id_]
        caption = self.pieces(words.caption)
        data = self.content.drawings[str(shared.file)]
        licence, source = str(shared.licence), str(shared.source or "")
        if shared.permission:
            colon = ": " if self.ui.spaced_words else "："
            licence = f"{self.ui.labels['permission']}{colon}{shared.permission}"
        elif licence == "public-domain":
            licence = str(self.ui.labels[licence])
        return FigureView(
            id=str(id_),
            number=self.exhibit("figure", id_),
            title=str(words.title),
            caption=_cited(caption, self.cites(shared.cite)) if shared.cite else caption,
            alt=str(words.alt),
            svg="" if shared.is_picture else data.decode("utf-8"),
            labels={str(k): str(v) for k, v in words.labels.items()},
            credit=str(self.words.people[shared.credit].name),
            licence=licence,
            licence_url=PICTURE_LICENCES.get(licence, "") if shared.is_picture else "",
            source=source,
            source_url=source if URL.fullmatch(source) else "",
            picture=data if shared.is_picture else b"",
        )

    def table(self, id_: str) -> TableView:
        shared, words = self.content.tables[id_], self.words.tables[id_]
        number = self.exhibit("table", id_)
        caption = self.pieces(words.caption)
        sourced = any(row.cite or row.facts for row in shared.rows.values())
        columns = [self.pieces(words.columns[c]) for c in shared.columns]
        rows = []
        for row_id, row in shared.rows.items():
            cells: list[Pieces] = []
            for column in shared.columns:
                if column in row.facts:
                    cells.append((self.quantity(row.facts[column]),))
                else:
                    cells.append(self.pieces(words.rows[row_id][column]))
            if sourced:
                facts = [self.content.facts[f] for f in row.facts.values()]
                cites = dict.fromkeys(row.cite or (c for f in facts for c in f.cite))
                cells.append((self.cites(cites),) if cites else ())
            rows.append((str(row_id), tuple(cells)))
        if sourced:
            columns.append((Run(str(self.ui.labels["sources-of-table"])),))
        sources = {cells[-1] for _, cells in rows} if sourced else set()
        if len(sources) == 1 and (only := next(iter(sources))):
            # Said once, at the head of the table, not in every row.
            columns, rows = columns[:-1], [(row, cells[:-1]) for row, cells in rows]
            caption = (*caption, *only)
        return TableView(str(id_), number, caption, tuple(columns), tuple(rows))

    def flow(self, id_: str) -> FlowView:
        shared = self.content.flows[id_]
        every = {lang: words.flows[id_] for lang, words in self.content.words.items()}
        # The words of every language are wanted, but only this one's steps count as uses of a term.
        readers = self.readers
        steps = []
        for name, node in shared.nodes.items():
            text = {
                lang: plain((self if lang == self.language else readers[lang]).pieces(words.nodes[name]))
                for lang, words in every.items()
            }
            exits: list[tuple[str, Mapping[str, str] | None]] = [
                (
                    str(target),
                    {lang: plain(readers[lang].pieces(w.answers[answer])) for lang, w in every.items()},
                )
                for answer, target in node.exits.items()
            ]
            if node.next:
                exits.append((str(node.next), None))
            cites = self.cites(node.cite) if node.cite else None
            steps.append(
                StepView(
                    str(name),
                    node.kind,
                    str(node.phase),
                    str(node.section),
                    text,
                    cites,
                    tuple(exits),
                    str(node.flow or ""),
                    tuple(map(str, node.exits)),
                )
            )
        return FlowView(
            id=str(id_),
            title={lang: str(words.title) for lang, words in every.items()},
            description={lang: str(words.description) for lang, words in every.items()},
            phases={
                str(p): {lang: str(words.phases[p]) for lang, words in every.items()} for p in shared.phases
            },
            start=str(shared.start),
            steps=tuple(steps),
            topic=str(shared.topic),
        )

    # -- inline ----------------------------------------------------------------------------------------------

    def pieces(self, prose: Prose) -> Pieces:
        return tuple([p for p in self.inline(prose.nodes) if not isinstance(p, Run) or p.text])

    def inline(self, nodes: tuple[markup.Inline, ...]) -> list[Piece]:
        out: list[Piece] = []
        broken = False
        for node in nodes:
            if isinstance(node, markup.Text) and not broken:
                out.append(Run(node.text))
                continue
            if isinstance(node, markup.Break):
                broken = True
                continue
            piece = self.piece(node)
            if isinstance(piece, CitationGroup):
                # A citation stands right after the word or the citation before it, whatever lies between.
                if out and isinstance(out[-1], Run) and not (kept := out[-1].text.rstrip(" ")):
                    out.pop()
                elif out and isinstance(out[-1], Run):
                    out[-1] = Run(kept)
                if out and isinstance(out[-1], CitationGroup):
                    out[-1] = CitationGroup((*out[-1].items, *piece.items))
                    continue
            elif broken and out:
                # After a citation the gap is the one that the word before it would have.
                out.append(Run(markup.joint(plain(out), plain([piece]))))
            out.append(piece)
            broken = False
        return out

    def piece(self, node: markup.Inline) -> Piece:
        if isinstance(node, markup.Text):
            return Run(node.text)
        if isinstance(node, markup.Span):
            return Styled(node.style, tuple(self.inline(node.children)))
        assert isinstance(node, markup.Ref)
        return self.reference(node)

    def reference(self, ref: markup.Ref) -> Piece:
        words = self.words
        if ref.kind == "cite":
            return self.cites([ref.target])
        if ref.kind == "fact":
            return self.quantity(ref.target)
        if ref.kind == "term":
            self.use("term", ref.target, self.place)
            term = words.terms[ref.target]
            return Link(ref.shown or str(term.name), self.term_pages[ref.target], ref.target, "term")
        if ref.kind == "section":
            topic, _, section = ref.target.rpartition("#")
            topic = topic or self.topic
            title = next(s.title for id_, s, _ in words.topics[topic].walk() if id_ == section)
            return Link(ref.shown or str(title), topic, section, "section")
        if ref.kind == "topic":
            link = self.topic_link(ref.target)
            return Link(ref.shown or link.text, link.page, "", "topic")
        if ref.kind == "page":
            page = "index" if ref.target == "home" else ref.target
            return Link(ref.shown or str(words.pages[ref.target].title), page, "", "page")
        page, anchor = self.home_of(ref.kind, ref.target)
        if ref.kind == "flow":
            return Link(ref.shown or str(words.flows[ref.target].title), page, anchor, "flow")
        number = self.exhibits[ref.kind].get(ref.target)
        name = str(self.ui.labels[ref.kind])
        shown = (
            f"{name}{' ' if self.ui.spaced_words else ''}{number}"
            if number and page == self.page
            else (
                str(words.figures[ref.target].title)
                if ref.kind == "figure"
                else plain(self.pieces(words.tables[ref.target].caption))
            )
        )
        return Link(ref.shown or shown, page, anchor, ref.kind)

    def home_of(self, kind: str, target: str) -> tuple[str, str]:
        """Page and anchor of a figure, table or flow: in this topic first, then in the first that has it."""
        if places := self.homes.get((kind, target)):
            topic = self.topic if self.topic in places else next(iter(places))
            return str(topic), places[topic]
        return ("figures", target) if kind == "figure" else (self.page, "")

    def topic_link(self, name: str) -> Link:
        topic = self.words.topics[name]
        return Link(str(topic.title), str(name), "", "topic", str(topic.description))

    def flow_link(self, name: str) -> Link:
        flow = self.words.flows[name]
        return Link(str(flow.title), f"flow/{name}", "", "flow", str(flow.description))

    def quantity(self, id_: str) -> Quantity:
        fact = self.content.facts[id_]
        if fact.as_of and fact.where:
            self.counted_here[self.counted(fact)] = None
        return Quantity(self.printed(id_), str(id_))

    def printed(self, id_: str) -> str:
        """A fact as this language prints it."""
        if id_ not in self.facts:
            self.facts[id_] = quantity(self.content.facts[id_], self.ui)
        return self.facts[id_]

    def counted(self, fact: Fact) -> str:
        """Place and year of a statistic, as far as the fact has them."""
        pattern = self.ui.units["year"].other if "year" in self.ui.units else "{n}"
        year = pattern.replace("{n}", str(fact.as_of)) if fact.as_of else ""
        place = str(self.ui.places[fact.where]) if fact.where else ""
        return (" " if self.ui.spaced_words else "").join(part for part in (place, year) if part)

    def cites(self, ids: Iterable[str]) -> CitationGroup:
        items, numbers = [], self.numbers
        for id_ in map(str, ids):
            items.append((numbers.setdefault(id_, len(numbers) + 1), id_))
            self.use("cite", id_, self.place)
        return CitationGroup(tuple(items))

    def use(self, kind: str, id_: str, where: Link) -> None:
        if where.text and (kind == "term" or where.kind not in ("term", "figure")):
            uses = self.used.get((kind, id_))
            if uses is None:
                uses = self.used[kind, str(id_)] = {}
            uses.setdefault((where.page, where.anchor), where)

    def uses(self, kind: str, id_: str) -> tuple[Link, ...]:
        own = (self.term_pages.get(id_, ""), id_)
        return tuple(link for key, link in self.used.get((kind, str(id_)), {}).items() if key != own)

    def page_references(self) -> tuple[ReferenceView, ...]:
        return tuple(
            ReferenceView(
                id_, number, self.reference_parts(id_), str(reference.language), short=short(reference)
            )
            for id_, number in self.numbers.items()
            for reference in (self.content.references[id_],)
        )

    def reference_parts(self, id_: str) -> tuple[tuple[str, str], ...]:
        """A source as it is listed, the same one on all pages that cite it."""
        if id_ not in self.sources:
            gb = self.ui.reference_style == "gb-t-7714"
            self.sources[id_] = entry(self.content.references[id_], self.ui, gb=gb)
        return self.sources[id_]


def _parts(name: str, ids: list[str]) -> dict[str, list[str]]:
    """Pages of a list to the entries on each: the whole on one, or parts of much the same length."""
    count = max(1, -(-len(ids) // LIST_LIMIT))
    size = -(-len(ids) // count)
    if count == 1:
        return {name: ids}
    return {f"{name}/{n + 1}": ids[n * size : (n + 1) * size] for n in range(count)}


def _cited(pieces: Pieces, citations: CitationGroup) -> Pieces:
    """A citation for the whole text stands before its last full stop, as one that is typed does."""
    last = pieces[-1] if pieces else None
    if isinstance(last, Run) and last.text[-1:] in (".", "。"):
        return (*pieces[:-1], Run(last.text[:-1]), citations, Run(last.text[-1]))
    return (*pieces, citations)


def _anchors(lead: tuple[BlockView, ...], sections: tuple[SectionView, ...]) -> Iterator[str]:
    for blocks in (lead, *(s.blocks for s in sections)):
        for block in blocks:
            yield block.id
            yield from (item for item, _ in block.items)
    yield from (s.id for s in sections)
