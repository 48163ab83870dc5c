"""`Edition`s in; what other sites show of the book out: `embed/<language>/<topic>/…`, and `oembed/`.

An embed is a page of its own, light and without the theme: a topic, one of its sections, or one exhibit. It
is made for a frame in a page of somebody else. `site_config/embed/` has its style sheet and its scripts:

- `host.js`, published as `embed/v1/clinref.js` and under a name that holds its hash, runs in the page of the
  host: it makes the frame and gives it the height of its content;
- `frame.js` runs in the embed and tells that height;
- `page.js` runs in `embed/<language>/`, where a reader chooses what to embed and copies the lines for it.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup, escape

from generator import flowchart
from generator.model import (
    BlockView,
    Edition,
    FlowView,
    Link,
    OutputFile,
    Page,
    Pieces,
    ReferenceView,
    Run,
    SectionView,
    plain,
    version_id,
)
from generator.render.data import citations, passages
from generator.render.drawing import figure_svg, flow_graph, flow_svgs
from generator.render.html import Href, inline, page_href, statement, templates
from generator.render.picture import figure_picture
from generator.render.published import address, base, json_bytes
from generator.render.styles import compact
from generator.render.writer import is_stacked

# The protocol between host.js and frame.js; a change that older scripts do not understand makes it v2.
ROOT = "embed/v1"
# What a frame may do: run its script, and open a link in a new window. It has no origin, so no storage.
SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox"
# The frame of a host that runs no script of ours, in CSS pixels.
WIDTH, HEIGHT = 720, 600
# A link that leaves the embed opens beside the host's page: the frame must not become the site.
_LEAVING = re.compile(r'<a (?=[^>]*?href="(?!#))')


@dataclass(frozen=True)
class Part:
    """What can be embedded: `kind` is topic, section, figure, table or flow; `home` its place in the book."""

    kind: str
    id: str
    title: Pieces
    home: Link
    page: Page
    blocks: tuple[BlockView, ...] = ()
    sections: tuple[SectionView, ...] = ()
    depth: int = 0

    @property
    def path(self) -> str:
        """The address below `embed/<language>/`."""
        below = {"topic": "", "section": f"{self.id}/"}.get(self.kind, f"{self.kind}/{self.id}/")
        return f"{self.page.path}/{below}"

    @property
    def name(self) -> str:
        """What the page "Embed" calls it, in its address too: `…/#topic/section`."""
        return self.path.rstrip("/")

    @property
    def words(self) -> str:
        """The title without citations."""
        return plain(self.title)

    @property
    def every_block(self) -> tuple[BlockView, ...]:
        return (*self.blocks, *(block for section in self.sections for block in section.blocks))


def scripts(source: Path) -> Iterator[OutputFile]:
    """The scripts and style sheets of every language. source: `site_config/embed`."""
    host = (source / "host.js").read_bytes()
    # What was once published under a hash stays, for pages of others name it: published.txt is the list.
    out = {path.name: path.read_bytes() for path in sorted((source / "published").glob("clinref.*.js"))}
    out |= {hashed_name(host): host, "clinref.js": host}
    out |= {name: (source / name).read_bytes() for name in ("frame.js", "page.js", "page.css")}
    out["embed.css"] = compact((source / "embed.css").read_text(encoding="utf-8")).encode("utf-8")
    for name, data in out.items():
        yield OutputFile(f"{ROOT}/{name}", data)


def anchors(editions: Sequence[Edition]) -> dict[str, tuple[str, ...]]:
    """The ids that each embed has to have: those of its sections, blocks and list items, and its sources."""
    out: dict[str, tuple[str, ...]] = {}
    for edition in editions:
        every = parts(edition)
        out[f"embed/{edition.language}"] = tuple(part.name for part in every)
        for part in every:
            ids = [section.id for section in part.sections if section.id != part.id]
            for block in part.every_block:
                ids += [block.id, *(item for item, _ in block.items)]
            ids += [f"ref-{id_}" for id_ in _cited(part)]
            out[f"embed/{edition.language}/{part.name}"] = tuple(ids)
    return out


def parts(edition: Edition) -> list[Part]:
    """All that can be embedded, topic by topic: the whole, its sections, its exhibits."""
    return [part for page in edition.topics for part in _parts(page, edition.language)]


def _parts(page: Page, language: str) -> Iterator[Part]:
    name = page.path
    whole = Part(
        "topic", "", (Run(page.title),), Link(page.title, name, "", "topic"), page, page.lead, page.sections
    )
    yield whole
    for index, section in enumerate(page.sections):
        # A section has those below it with it.
        within = [section]
        for other in page.sections[index + 1 :]:
            if other.depth <= section.depth:
                break
            within.append(other)
        home = Link(section.title, name, section.id, "section")
        title = (Run(section.title),)
        yield Part("section", section.id, title, home, page, (), tuple(within), section.depth)
    seen = set()
    for block in whole.every_block:
        for part in _exhibits(page, block, language):
            if (part.kind, part.id) not in seen:
                seen.add((part.kind, part.id))
                yield part


def _exhibits(page: Page, block: BlockView, language: str) -> Iterator[Part]:
    home = Link("", page.path, block.id, "section")
    for figure in block.figures:
        alone = replace(block, kind="figure", figures=(figure,))
        yield Part("figure", figure.id, (Run(figure.title),), home, page, (alone,))
    if block.table:
        yield Part("table", block.table.id, block.table.caption, home, page, (block,))
    if block.flow:
        # A flow has a page of its own, where it can be walked through.
        own = Link("", f"flow/{block.flow.id}", "", "flow")
        title = (Run(block.flow.title[language]),)
        yield Part("flow", block.flow.id, title, own, page, (block,))


def _cited(part: Part) -> dict[str, None]:
    """The ids of the references that a part cites, each once."""
    texts: list[Pieces] = [part.title]
    for block in part.every_block:
        texts += [text for _, text in passages(block)]
        if block.table:
            texts += block.table.columns
        if block.flow:
            texts += [(step.cites,) for step in block.flow.steps if step.cites]
    return dict.fromkeys(id_ for text in texts for id_ in citations(text))


class Writer:
    """Writes the pages of one language; they may be asked for in parts."""

    def __init__(self, edition: Edition, source: Path, pdfs: bool = False) -> None:
        """source: `site_config/embed`; pdfs: with links to the PDFs."""
        self.edition = edition
        self.host = (source / "host.js").read_bytes()
        # A source is listed in every embed that cites it.
        self.references: dict[str, Markup] = {}
        self.flows = {p.path.partition("/")[2]: p.path for p in edition.pages if p.kind == "flow"}
        # One for all pages: to compile the templates takes longer than to fill them.
        self.environment = templates(
            edition=edition,
            ui=edition.ui,
            labels=edition.ui.labels,
            base=base(edition.site),
            flow_titles={page.path: page.title for page in edition.pages if page.kind == "flow"},
            is_stacked=is_stacked,
            figure_svg=lambda figure: Markup(figure_svg(figure)),
            figure_picture=figure_picture,
            leaving=leaving,
            reference_text=self.reference,
            version_id=version_id,
            pdfs=pdfs,
        )
        # Now, and not again in every process that writes a part.
        self.template, _ = map(self.environment.get_template, ("embed.html.jinja", "blocks.html.jinja"))

    def files(self, topics: Iterable[Page], but: Container[str] = ()) -> Iterator[OutputFile]:
        """Every embed of some topics, and their oEmbed data; each made as it is asked for.

        but: the paths of those that are made already.
        """
        language = self.edition.language
        every = [part for page in topics for part in _parts(page, language)]
        for part in every:
            if (path := f"embed/{language}/{part.path}index.html") not in but:
                yield OutputFile(path, self.embed(part))
        # A page of the site that is shown whole has its description: a topic, and the page of a flow.
        whole = {part.page.path: part for part in every if part.kind == "topic"}
        for part in every:
            if part.kind == "flow":
                whole.setdefault(part.home.page, part)
        for name, part in whole.items():
            if (path := f"oembed/{language}/{name}.json") not in but:
                yield OutputFile(path, json_bytes(oembed(self.edition, part)))

    def embed(self, part: Part) -> bytes:
        """One embed. Numbers of citations, figures and tables are those of the full page, to be quoted by."""
        edition, page = self.edition, part.page
        # From this page to the root of the site: below embed/ and the language, as deep as its path.
        root = "../" * (2 + part.path.count("/"))
        out_of = page_href(root, edition.language, page.path)
        cited = _cited(part)
        here = {f"ref-{id_}" for id_ in cited} | {s.id for s in part.sections}
        here |= {id_ for b in part.every_block for id_ in (b.id, *(item for item, _ in b.items))}

        def href(link: Link) -> str:
            is_here = link.anchor in here and link.page in ("", page.path)
            return f"#{link.anchor}" if is_here else out_of(link)

        html = self.template.render(
            page=page,
            part=part,
            root=root,
            inline=lambda pieces: inline(pieces, href),
            statement=lambda id_, pieces: statement(id_, pieces, page.marks, href),
            flow=lambda view: self.flow(view, out_of),
            full=out_of(part.home),
            # On paper, where no link leads on.
            published=page_href(base(edition.site), edition.language, page.path)(part.home),
            references=[r for r in page.references if r.id in cited],
            patient=bool(page.counterpart) and page.counterpart[0].kind == "professional",
        )
        return html.encode("utf-8")

    def reference(self, view: ReferenceView) -> Markup:
        """A source as it is listed, its links leaving the embed."""
        if view.id not in self.references:
            foreign = view.language != self.edition.language
            link = Markup('<a target="_blank" rel="noopener" href="{}">{}</a>')
            span = Markup('<span lang="{}">{}</span>')
            self.references[view.id] = Markup("").join(
                link.format(url, text) if url else span.format(view.language, text) if foreign else text
                for text, url in view.pieces
            )
        return self.references[view.id]

    def flow(self, view: FlowView, out_of: Href) -> tuple[Markup, Markup, flowchart.Outline]:
        """The wide and the narrow drawing and the outline, whose links lead to the site."""
        goes_on = {step.goes_on for step in view.steps} & self.flows.keys()
        onward = {id_: out_of(Link("", self.flows[id_], "", "flow")) for id_ in goes_on}
        topic = out_of(Link("", view.topic, "", "topic"))
        graph = flow_graph(view, self.edition, onward, topic)
        wide, narrow = flow_svgs(graph, self.edition, f"flow-{view.id}")
        return Markup(wide), Markup(narrow), flowchart.outline(graph, self.edition.language)

    def index(self) -> OutputFile:
        """The page where a reader chooses what to embed."""
        edition, every = self.edition, parts(self.edition)
        root = base(edition.site)

        def link(part: Part, label: str) -> Markup:
            """A part in the list, with what the script needs to fill in the lines to copy."""
            published = page_href(root, edition.language, part.page.path)(part.home)
            return Markup(
                '<a id="{name}" href="{path}index.html" data-kind="{kind}" data-topic="{topic}" '
                'data-id="{id}" data-label="{label}" data-title="{title}" data-address="{address}" '
                'data-full="{full}">{label}</a>'
            ).format(
                name=part.name,
                path=part.path,
                kind=part.kind,
                topic=part.page.path,
                id=part.id,
                label=label,
                title=part.words,
                address=f"{root}embed/{edition.language}/{part.path}",
                full=published,
            )

        html = self.environment.get_template("embed-page.html.jinja").render(
            link=link, every=every, script=hashed_name(self.host), snippets=snippets(edition, self.host)
        )
        return OutputFile(f"embed/{edition.language}/index.html", html.encode("utf-8"))


# The lines that a host copies. In braces what the page fills in for the part that was chosen.
SCRIPT_LINES = """<script async src="{script}" integrity="{integrity}" crossorigin="anonymous"></script>
<clinref-embed lang="{language}"{attributes}><a href="{full}">{title}</a></clinref-embed>"""
FRAME_LINE = (
    '<iframe src="{address}" title="{title}" width="{width}" height="{height}" sandbox="{sandbox}" '
    'referrerpolicy="no-referrer"></iframe>'
)
LINK_LINE = '<a href="{full}">{title}</a>'


def snippets(edition: Edition, host: bytes) -> dict[str, str]:
    """Label to the lines to copy, with {attributes}, {address}, {full} and {title} left to fill in."""
    known = {
        "{script}": f"{base(edition.site)}{ROOT}/{hashed_name(host)}",
        "{integrity}": integrity(host),
        "{language}": edition.language,
        "{width}": str(WIDTH),
        "{height}": str(HEIGHT),
        "{sandbox}": SANDBOX,
    }
    out = {"embed-script": SCRIPT_LINES, "embed-frame": FRAME_LINE, "embed-link": LINK_LINE}
    for name, value in known.items():
        out = {label: lines.replace(name, value) for label, lines in out.items()}
    return out


def oembed(edition: Edition, part: Part) -> dict[str, str | int]:
    """The description of a page's embed that an editor's program asks for (oEmbed 1.0, type rich)."""
    frame = FRAME_LINE.format(
        address=escape(f"{base(edition.site)}embed/{edition.language}/{part.path}"),
        title=escape(part.words),
        width=WIDTH,
        height=HEIGHT,
        sandbox=SANDBOX,
    )
    return {
        "version": "1.0",
        "type": "rich",
        "title": part.words,
        "author_name": edition.publisher,
        "provider_name": str(edition.ui.site_name),
        "provider_url": address(edition.site, edition.language, "index"),
        "html": frame,
        "width": WIDTH,
        "height": HEIGHT,
    }


def leaving(html: Markup) -> Markup:
    """The same HTML, where a link that leaves the embed opens a window of its own."""
    return Markup(_LEAVING.sub('<a target="_blank" rel="noopener" ', html))


def hashed_name(host: bytes) -> str:
    """The name under which a script is published for good."""
    return f"clinref.{hashlib.sha256(host).hexdigest()[:12]}.js"


def integrity(host: bytes) -> str:
    """What a browser compares a script with before it runs it."""
    return f"sha384-{b64encode(hashlib.sha384(host).digest()).decode('ascii')}"
