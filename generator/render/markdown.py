"""`Edition` in; the Markdown pages and the settings that MkDocs reads out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from html import escape as html_escape
from importlib.resources import files
from pathlib import Path

import yaml
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from generator.collation import filed, spelt
from generator.model import (
    READ_ON,
    SHEET,
    Edition,
    FlowView,
    Link,
    OutputFile,
    Page,
    TermView,
    Ui,
    plain,
    version_id,
)
from generator.render import data, local, report, styles, typeset
from generator.render.drawing import figure_svg, flow_svgs
from generator.render.figure_print import drawing_path
from generator.render.picture import figure_picture
from generator.render.published import BUNDLE, FEED, address
from generator.render.schema_org import json_ld
from generator.render.versions import state_words
from generator.render.writer import Writer, escape

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A list with more entries than this can be filtered.
MANY = 12
# So many categories every page may name in its navigation: each takes some 400 bytes of it.
MOST_CATEGORIES = 24
# What the walk through a flow says; its script finds the words on the page.
WALK_LABELS = (
    "walk walk-next walk-back walk-restart walk-read walk-trail walk-tick walk-tick-all walk-continue "
    "walk-none walk-unticked walk-waiting walk-other-way walk-end walk-lost"
).split()
# What the scripts of a page say: popovers, the figures in large, links to a statement.
PAGE_LABELS = (
    "permalink copy-link link-copied embed-copied embed-by-hand report-statement report-subject report-place "
    "report-said report-wrong version close see-glossary see-references reference-number zoom-in zoom-out "
    "figure-previous figure-next"
).split()
# What the dialog of search says.
SEARCH_LABELS = (
    "placeholder close hint answers results count one none also more error marked unmark "
    "source fact code step"
).split()


class _Compiled(BytecodeCache):
    """Templates compiled once in a process, however many renderers it makes: each preview needs one."""

    def __init__(self) -> None:
        self.code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self.code.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class Renderer(Writer):
    """Writes one edition: its pages, as the templates lay them out."""

    def __init__(self, edition: Edition, pdfs: bool = False, bundle: bool = False) -> None:
        super().__init__(edition)
        self.pdfs, self.bundle = pdfs, bundle
        folder = Path(__file__).parent / "templates"
        self.templates = Environment(
            loader=FileSystemLoader(folder),
            bytecode_cache=_COMPILED,
            auto_reload=False,
            undefined=StrictUndefined,
            autoescape=False,  # the output is Markdown: every text passes through `text` or `inline`
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.templates.filters.update(
            text=escape,
            inline=self.inline,
            words=plain,
            attribute=html_escape,
            citations=self.citations,
            foreign=self.foreign,
            dialed=local.dialed,
        )
        self.templates.globals.update(
            edition=edition,
            ui=edition.ui,
            labels=edition.ui.labels,
            link=self.link,
            href=self.href,
            statements=self.statements,
            table=self.table,
            cited_as=self.cited_as,
            references=self.references,
            listed=self.listed,
            tools=self.tools,
            version_path=self.version_path,
            report_page=self.report_page,
            book_pdf=self.book_pdf,
            embed_flow=lambda id_: self.embed_link(f"{self.flow_pages[id_][0]}/flow/{id_}"),
            pdf_list=self.pdf_list,
            has_bundle=bundle,
            bundle_name=BUNDLE,
            offline_note=self.offline_note,
            version_state=state_words,
            colon=self.colon,
            links=self.links,
            link_list=self.link_list,
            figure_svg=figure_svg,
            figure_picture=figure_picture,
            drawing_path=drawing_path,
            flow=self.flow,
            flow_list=self.flow_list,
            source=self.source,
            walk_labels=WALK_LABELS,
            json_ld=self.json_ld,
            folder=self.folder,
            paths=self.by_path,
            many=MANY,
            filed_links=lambda links: filed(links, lambda link: link.text),
            filed_terms=filed_terms,
            letter_id=lambda letter: f"letter-{letter.lower() if letter.isalpha() else 'other'}",
            spelt=lambda name: " ".join(spelt(name)),
            unseen_names=unseen_names,
            part_letters=self.part_letters,
            term_categories=lambda page: [(terms[0].category, name) for name, terms in page.terms],
            here=self.here,
            uses=self.uses,
            category_path=self.category_path,
            shelf=self.shelf,
            cited_in=self.cited_in,
            source_types=self.source_types,
            source_years=source_years,
            data_files=self.data_files,
            local_mark=lambda note: local.text(local.mark(note, edition)),
            local_marked=lambda note: self.spoken(local.mark(note, edition)),
            local_said=lambda source: self.spoken(local.notice(source, edition)),
            local_only=lambda note: self.spoken(local.only(note, edition)),
            # A date that breaks at its hyphens reads as two numbers.
            local_dates=lambda note: _DAY.sub(r"<time>\g<0></time>", escape(local.dates(note, edition))),
        )

    def files(self, only: Container[str] | None = None) -> Iterator[OutputFile]:
        """Every Markdown page, or those of the paths wanted, made as it is asked for."""
        for page in self.edition.pages:
            if only is not None and page.path not in only:
                continue
            yield OutputFile(f"{page.path}.md", self.render(page).encode("utf-8"))

    def compile(self) -> None:
        """Compiles every template, for all renderers of this process and of those forked from it."""
        for name in self.templates.list_templates(filter_func=_is_of_pages):
            self.templates.get_template(name)

    def render(self, page: Page) -> str:
        self.page = page
        text = self.templates.get_template(f"{page.kind}.md.jinja").render(page=page)
        while "\n\n\n" in text:
            text = text.replace("\n\n\n", "\n\n")
        return text.strip() + "\n"

    def cited_as(self, page: Page) -> str:
        """The page as a reference; the day of reading is hidden until a script that knows it fills it in."""
        out = "".join(text for text, _ in page.citation)
        before, day, after = re.split(rf"( ?\[[^\[\]]*{READ_ON}\])", html_escape(out), maxsplit=1)
        return f"{before}<span data-read-on hidden>{day.replace(READ_ON, '<time></time>')}</span>{after}"

    def version_path(self) -> str:
        """The page of this version of the book, where there is one."""
        path = f"versions/{version_id(str(self.edition.site.version))}"
        return self.folder(path) if path in self.by_path else ""

    def report_page(self, page: Page) -> str:
        """The address that reports a problem with the page; empty where the book names none."""
        return report.address_of(self.edition, page)

    def data_files(self) -> dict[str, list[str]]:
        """Section of the page `data` to the files that it tells of, paths relative to the site."""
        edition = self.edition
        topics = [f"{data.ROOT}/topics/{edition.language}/{page.path}.json" for page in edition.topics]
        out = {
            f"data-{name}": [f"{data.ROOT}/{name}.json", f"{data.ROOT}/schema/{name}.json"]
            for name in data.FILES
        }
        if self.flow_pages:
            out["data-flows"].append(f"{data.ROOT}/schema/flow.json")
        out["data-topics"] += [f"{data.ROOT}/schema/topic.json", *topics]
        if any(page.kind == "changes" for page in edition.pages):
            out["data-changes"].append(f"{edition.language}/{FEED}")
        out["data-changes"].append("sitemap.xml")
        out["data-infobutton"] = ["infobutton/index.html", f"{data.ROOT}/schema/infobutton.json"]
        return out

    def json_ld(self, page: Page) -> str:
        """The page's description for machines, quoted for the front matter."""
        return json.dumps(json_ld(self.edition, page), ensure_ascii=False)

    def tools(self, page: Page) -> list[str]:
        """The links of the row under a topic's title, as HTML: other readers, languages, PDFs, embed."""
        out, labels = [], self.edition.ui.labels
        if page.counterpart:
            other, *sections = page.counterpart
            shared = " ".join(s.anchor for s in sections)
            out.append(
                f'<a class="audience" href="{self.folder(other.page)}" data-sections="{shared}">'
                f"{html_escape(other.text)}</a>"
            )
        for code in self.edition.languages:
            if code != self.edition.language:
                name = html_escape(self.edition.language_names[code])
                out.append(
                    f'<a href="../../{code}/{page.path}/" hreflang="{code}" lang="{code}" '
                    f"data-language-switch>{name}</a>"
                )
        if len(self.edition.languages) > 1:
            words = html_escape(str(labels["side-by-side"]))
            out.append(f'<a href="../../parallel/{page.path}/">{words}</a>')
        if self.pdfs:
            out.append(self.pdf_link(f"../../pdf/{self.edition.language}/{page.path}.pdf", labels["print"]))
            if typeset.has_sheet(page):
                out.append(
                    self.pdf_link(
                        f"../../pdf/{self.edition.language}/{page.path}{SHEET}.pdf", labels["print-sheet"]
                    )
                )
        out.append(self.embed_link(page.path))
        return out

    def embed_link(self, part: str) -> str:
        """The way to the lines that show a part in another site. part: its path below `embed/<language>/`."""
        words = html_escape(str(self.edition.ui.labels["embed"]))
        # A page stands as deep as its path, below the language.
        up = "../" * (self.page.path.count("/") + 2)
        return f'<a href="{up}embed/{self.edition.language}/#{part}">{words}</a>'

    def pdf_link(self, path: str, text: str) -> str:
        # Raw HTML: MkDocs looks for the target of a Markdown link among its own files.
        words = html_escape(str(text))
        return f'<a href="{path}" type="application/pdf">{words}</a>'

    def book_pdf(self) -> str:
        """The line on the home page that leads to the whole book on paper, and without a network."""
        labels = self.edition.ui.labels
        paper = f"../pdf/{self.edition.language}/book.pdf"
        links = [self.pdf_link(paper, labels["book-pdf"])] if self.pdfs else []
        links.append(f"[{escape(str(labels['offline']))}](offline.md)")
        return " · ".join(links) + "\n{: .page-tools }"

    def pdf_list(self) -> list[str]:
        """A line for each PDF of this language: the book, then every topic with its sheet."""
        if not self.pdfs:
            return []
        folder, labels = f"../../pdf/{self.edition.language}", self.edition.ui.labels
        out = [self.pdf_link(f"{folder}/book.pdf", labels["book-pdf"])]
        for page in self.edition.topics:
            links = [self.pdf_link(f"{folder}/{page.path}.pdf", page.title)]
            if typeset.has_sheet(page):
                links.append(self.pdf_link(f"{folder}/{page.path}{SHEET}.pdf", labels["print-sheet"]))
            out.append(" · ".join(links))
        return out

    def offline_note(self, page: Page) -> str:
        """Where a copy of this page asks for the state of today; the bundle shows it, the site does not."""
        url = html_escape(address(self.edition.site, self.edition.language, page.path))
        words = html_escape(str(self.edition.ui.labels["version-ask"]))
        return f'<p class="notice offline-only" hidden>{words} <a href="{url}">{url}</a></p>'

    def spoken(self, parts: Iterable[str | tuple[str, str]]) -> str:
        """A sentence in which names may be of another language."""
        return "".join(escape(p) if isinstance(p, str) else self.foreign(*p) for p in parts)

    # -- lists -----------------------------------------------------------------------------------------------

    def uses(self, links: Iterable[Link]) -> str:
        """Where something is used: the sections of each page in brackets behind the page's name."""
        spaced = self.edition.ui.spaced_words
        joiner, brackets, between = (", ", " ({})", "; ") if spaced else ("、", "（{}）", "；")
        by_page: dict[str, list[Link]] = {}
        for link in links:
            by_page.setdefault(link.page, []).append(link)
        out = []
        for path, places in by_page.items():
            whole = next((link for link in places if not link.anchor), None)
            parts = joiner.join(self.link(link) for link in places if link.anchor)
            if self.by_path[path].whole == self.page.whole:
                out.append(parts)
                continue
            name = self.link(whole or Link(self.by_path[path].title, path, "", "page"))
            out.append(name + brackets.format(parts) if parts else name)
        return between.join(out)

    def here(self, id_: str) -> str:
        """The mark of an entry's own address, as headings have it."""
        words = html_escape(str(self.edition.ui.labels["permalink"]))
        return f'<a class="headerlink" href="#{id_}" title="{words}">¶</a>'

    def category_path(self, page: Page) -> str:
        """Where a page belongs; in a large book, links to the pages of its categories."""
        if not page.category_pages:
            return " › ".join(map(escape, page.category))
        pairs = zip(page.category, page.category_pages, strict=True)
        return " › ".join(self.link(Link(name, path, "", "category")) for name, path in pairs)

    def shelf(self) -> list[tuple[Page, int]]:
        """What is looked up, not read: the page, and how many entries it has."""
        out = []
        for page in self.edition.pages:
            entries = len(page.figures)
            if page.kind in ("glossary", "references"):
                entries = sum(len(p.anchors) for p in self.edition.pages if p.whole == page.path)
            if page.kind in ("glossary", "references", "figures", "page") and (
                entries or page.kind == "page"
            ):
                out.append((page, entries))
        return out

    def part_letters(self, page: Page) -> list[tuple[str, str]]:
        """Each letter of a glossary on several pages, and the page on which it begins."""
        out: dict[str, str] = {}
        for link in dict(page.links)["parts"]:
            for letter, _ in filed_terms(self.by_path[link.page]):
                out.setdefault(letter, link.page)
        return list(out.items())

    def cited_in(self, page: Page) -> list[tuple[str, str]]:
        """The topics that cite, by name; none in a large book, where the list would be longer than useful."""
        cited = {link.page for reference in page.references for link in reference.uses}
        topics = [page for page in self.edition.topics if page.path in cited]
        return [] if "topics" in self.by_path else [(topic.path, topic.title) for topic in topics]

    def source_types(self, page: Page) -> list[tuple[str, str]]:
        """The kinds of sources in the list, those with the most first."""
        counts = Counter(reference.type for reference in page.references)
        return [(kind, str(self.edition.ui.labels[f"source-{kind}"])) for kind, _ in counts.most_common()]

    # -- flows -----------------------------------------------------------------------------------------------

    def flow(self, flow: FlowView, anchor: str) -> tuple[str, str]:
        return flow_svgs(self.flow_graph(flow, self.folder), self.edition, anchor)


def _is_of_pages(template: str) -> bool:
    return not template.endswith(".html.jinja") and template.endswith(".jinja")


def filed_terms(page: Page) -> list[tuple[str, list[tuple[str, TermView]]]]:
    """The terms of a glossary by letter, each with the name of its category."""
    return filed([(name, term) for name, terms in page.terms for term in terms], lambda pair: pair[1].name)


def unseen_names(term: TermView) -> str:
    """By what else a reader looks for a term than by what its entry shows: pinyin, forms, names to avoid."""
    others = (n for _, name, more in term.others for n in (name, *more))
    shown = " ".join((term.name, *term.synonyms, *others)).casefold()
    names = [name for _, name in term.every_name if name.casefold() not in shown]
    typed = [form for _, name in term.every_name for form in spelt(name)]
    return " ".join(dict.fromkeys((*names, *typed)))


def source_years(page: Page) -> list[tuple[str, str]]:
    """The years of the sources in the list, the newest first."""
    return [(year, year) for year in sorted({r.year for r in page.references if r.year}, reverse=True)]


def pages(
    edition: Edition, pdfs: bool = False, bundle: bool = False, only: Container[str] | None = None
) -> Iterator[OutputFile]:
    """The Markdown of one language, paths relative to its docs folder.

    pdfs, bundle: with links to the PDFs, to the offline copy; only: the paths of the pages wanted.
    """
    return Renderer(edition, pdfs, bundle).files(only)


def configuration(edition: Edition) -> list[OutputFile]:
    """`config/<lang>.yml`, which site_config/<lang>.yml inherits."""
    lang, site, ui = edition.language, edition.site, edition.ui
    by_path = edition.by_path
    nav: list[object] = [{str(ui.labels["home"]): "index.md"}]
    flows = [page for page in edition.pages if page.kind == "flow"]
    if not any(page.kind == "category" for page in edition.pages):
        groups: dict[str, list[object]] = {}
        for page in edition.topics:
            patient = page.counterpart and page.counterpart[0].kind == "professional"
            group = str(ui.labels["for-patients"]) if patient else page.category[-1]
            groups.setdefault(group, []).append({page.title: f"{page.path}.md"})
        nav += [{name: members} for name, members in groups.items()]
        if flows:
            nav.append({str(ui.labels["flow"]): [{page.title: f"{page.path}.md"} for page in flows]})
    else:
        # The list of all topics, which names the categories; the widest of them too where they are few.
        indexes = [p for p in edition.pages if p.kind == "category"]
        shown = [p for p in indexes if not p.category]
        shown = shown if len(shown) <= MOST_CATEGORIES else shown[:1]
        nav.append({str(ui.labels["topics"]): [{p.title: f"{p.path}.md"} for p in shown]})
    wanted = ("glossary", "references", "figures", "changes", "versions", "offline")
    support = [p for p in wanted if p in by_path]
    nav += [{by_path[p].title: f"{p}.md"} for p in support]
    nav += [{page.title: f"{page.path}.md"} for page in edition.pages if page.kind == "page"]
    base = str(site.url).rstrip("/")
    config: dict[str, object] = {
        "INHERIT": "../../mkdocs.yml",
        "site_name": str(ui.site_name),
        "site_description": str(ui.description),
        "site_author": edition.publisher,
        "site_url": f"{base}/{lang}/",
        "copyright": html_escape(
            f"{edition.publisher} · {ui.labels['version']} {site.version} · {ui.labels['notice']}"
        ),
        "docs_dir": f"../build/docs/{lang}",
        "site_dir": f"../build/site/{lang}",
        "nav": nav,
        "extra": {
            "alternate": [
                {"name": edition.language_names[code], "link": f"{base}/{code}/", "lang": code}
                for code in edition.languages
            ],
            "notice": str(ui.labels["notice"]),
            "search": _search_words(ui),
            "page": {name: str(ui.labels[name]) for name in PAGE_LABELS}
            | {
                "report": report.pattern(site),
                "release": str(site.version),
                "colon": ": " if ui.spaced_words else "：",
            },
            "feed": {"title": by_path["changes"].title, "path": FEED} if "changes" in by_path else None,
        },
    }
    return [
        OutputFile(
            f"config/{lang}.yml", yaml.safe_dump(config, allow_unicode=True, sort_keys=False).encode("utf-8")
        ),
    ]


def _search_words(ui: Ui) -> dict[str, str]:
    """What the dialog of search says, under the names by which its scripts ask."""
    labels = ui.labels
    words = {"title": str(labels["search"]), "comma": ", " if ui.spaced_words else "、"}
    words |= {name: str(labels[f"search-{name}"]) for name in SEARCH_LABELS}
    kinds = {kind: str(labels[kind]) for kind in ("figure", "table", "flow")}
    return words | kinds | {"term": str(labels["glossary"]), "reference": str(labels["references"])}


def chooser(editions: list[Edition]) -> list[OutputFile]:
    """`index.html` of the whole site: chooses a language, with and without a script."""
    first = editions[0]
    folder = Path(__file__).parent / "templates"
    templates = Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=True)
    html = templates.get_template("chooser.html.jinja").render(editions=editions, first=first)
    return [OutputFile("index.html", html.encode("utf-8"))]


def assets(theme: Path) -> list[OutputFile]:
    """The style sheet of the pages, one file: what they use of the installed theme, then the parts of ours.

    The parts are those in `theme`, in the order of their names.
    """
    installed = Path(str(files("material"))) / "templates" / "assets" / "stylesheets"
    sheets = [*installed.glob("main.*.min.css"), *installed.glob("palette.*.min.css")]
    ours = sorted((theme / "css").glob("*.css"))
    parts = ([path.read_text(encoding="utf-8") for path in paths] for paths in (sheets, ours))
    return [OutputFile("assets/clinref.css", styles.joined(*parts).encode("utf-8"))]
