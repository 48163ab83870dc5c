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
from base64 import b64encode
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from markupsafe import Markup

from generator.model import (
    BlockView,
    Edition,
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
from generator.render.blocks import Blocks
from generator.render.data import citations, passages
from generator.render.html import Href, escaped, inline, leaving, opened, page_href, templates
from generator.render.published import address, base, json_bytes
from generator.render.styles import compact

# The protocol between host.js and frame.js; a change that older scripts do not understand makes it v2.
ROOT = "embed/v1"
# What a frame may do: run its script, and open a link in a new window. It has no origin, so no storage.
SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox"
# The frame of a host that runs no script of ours, in CSS pixels.
WIDTH, HEIGHT = 720, 600
# Stands on both sides of what differs between the embeds of a topic, in HTML that is made once for all.
GAP = "\0"
# What each embed fills in its frame, embed.html.jinja.
GAPS = (
    *("root", "path", "words", "title", "page_path", "page_title", "reviewed", "updated"),
    *("full", "published", "main", "references"),
)
# Between the parts of a gap's name, where a link is to be: its classes, its page, its anchor.
BETWEEN = "\1"


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
        names: list[str] = []
        for page in edition.topics:
            within = _Within(page)
            for part in _parts(page, edition.language):
                names.append(part.name)
                ids = [section.id for section in part.sections if section.id != part.id]
                ids += within.ids(part)
                ids += [f"ref-{id_}" for id_ in within.cites(part)]
                out[f"embed/{edition.language}/{part.name}"] = tuple(ids)
        out[f"embed/{edition.language}"] = tuple(names)
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
    for block in page.blocks:
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


class _Within:
    """What the parts of one topic have in them. Each section is looked through once."""

    def __init__(self, page: Page) -> None:
        self.sections = {s.id: (list(_ids(s.blocks)), list(_cites(s.blocks))) for s in page.sections}

    def ids(self, part: Part) -> Iterator[str]:
        """The ids of blocks and list items."""
        return chain(_ids(part.blocks), *(self.sections[s.id][0] for s in part.sections))

    def cites(self, part: Part) -> dict[str, None]:
        """The ids of the references that a part cites, each once."""
        sections = (self.sections[s.id][1] for s in part.sections)
        return dict.fromkeys(chain(citations(part.title), _cites(part.blocks), *sections))


def _ids(blocks: Iterable[BlockView]) -> Iterator[str]:
    for block in blocks:
        yield block.id
        yield from (item for item, _ in block.items)


def _cites(blocks: Iterable[BlockView]) -> Iterator[str]:
    for block in blocks:
        texts = [text for _, text in passages(block)]
        if block.table:
            texts += block.table.columns
        if block.flow:
            texts += [(step.cites,) for step in block.flow.steps if step.cites]
        for text in texts:
            yield from citations(text)


def _gap(name: str) -> str:
    return f"{GAP}{name}{GAP}"


def _link_gap(classes: str, page: str, anchor: str) -> str:
    return _gap(f"{classes}{BETWEEN}{page}{BETWEEN}{anchor}")


class _Filled(dict[str, str]):
    """What stands in the gaps of one embed. Of links only the most common are known: others are made."""

    def __init__(self, page: str, out_of: Href, here: Container[str], **known: str) -> None:
        """page: the topic; out_of: where links lead that leave the embed; here: the ids in the embed."""
        super().__init__(known)
        self.page, self.here = page, here
        self.inward, self.outward = opened(lambda page, anchor: f"#{anchor}"), opened(out_of)

    def __missing__(self, gap: str) -> str:
        classes, page, anchor = gap.split(BETWEEN)
        is_here = anchor in self.here and page in ("", self.page)
        tag = self.inward(classes, page, anchor) if is_here else leaving(self.outward(classes, page, anchor))
        self[gap] = tag
        return tag

    def fill(self, html: str) -> str:
        """The HTML, all of whose gaps are filled."""
        parts = html.split(GAP)
        parts[1::2] = map(self.__getitem__, parts[1::2])
        return "".join(parts)


class _Topic:
    """Makes the embeds of one topic. A block is shown by several, so its HTML is made once, with gaps."""

    def __init__(self, writer: Writer, page: Page) -> None:
        self.writer, self.page, self.within = writer, page, _Within(page)
        self.blocks = writer.blocks.of(page)
        self.sections: dict[str, str] = {}

    def embed(self, part: Part) -> str:
        """One embed. Numbers of citations, figures and tables are those of the full page, to be quoted by."""
        edition, page = self.writer.edition, self.page
        # From this page to the root of the site: below embed/ and the language, as deep as its path.
        root = "../" * (2 + part.path.count("/"))
        out_of = page_href(root, edition.language, page.path)
        # On paper, where no link leads on.
        published = page_href(base(edition.site), edition.language, page.path)
        cites = self.within.cites(part)
        here = {f"ref-{id_}" for id_ in cites} | {s.id for s in part.sections} | set(self.within.ids(part))
        references = "".join(
            f'<li id="ref-{r.id}" value="{r.number}">{self.writer.reference(r)}</li>\n'
            for r in page.references
            if r.id in cites
        )
        gaps = _Filled(page.path, out_of, here, root=root)
        gaps |= {
            "path": escaped(part.path),
            "words": escaped(part.words),
            "title": gaps.fill(inline(part.title, _link_gap)),
            "page_path": escaped(page.path),
            "page_title": escaped(page.title),
            "reviewed": escaped(page.facts["reviewed"]),
            "updated": escaped(page.facts["updated"]),
            "full": escaped(out_of(part.home.page, part.home.anchor)),
            "published": escaped(published(part.home.page, part.home.anchor)),
            "main": gaps.fill(self.main(part)),
            "references": references,
        }
        return gaps.fill(
            self.writer.frame(
                is_whole=part.kind == "topic",
                is_reviewed=bool(page.facts["reviewed"]),
                is_citing=bool(references),
                is_for_patients=bool(page.counterpart) and page.counterpart[0].kind == "professional",
            )
        )

    def main(self, part: Part) -> str:
        """The blocks, with gaps."""
        is_alone = part.kind in ("figure", "table", "flow")
        out = [self.blocks.html(part.blocks, is_alone), "\n"]
        for section in part.sections:
            if section.id != part.id:
                level = min(section.depth - part.depth + 1, 6)
                out.append(f'<h{level} id="{section.id}">{escaped(section.title)}</h{level}>\n')
            out.append(self.section(section))
        return "".join(out)

    def section(self, section: SectionView) -> str:
        """A section without its heading and those below it, with gaps."""
        if section.id not in self.sections:
            ui = self.writer.edition.ui
            places = (", " if ui.spaced_words else "、").join(section.counted)
            counted = escaped(ui.labels["counted"].replace("{places}", places))
            self.sections[section.id] = f"{self.blocks.html(section.blocks)}\n" + (
                f'<p class="quiet">{counted}</p>\n' if places else ""
            )
        return self.sections[section.id]


class Writer:
    """Writes the pages of one language; they may be asked for in parts."""

    def __init__(self, edition: Edition, source: Path, pdfs: bool = False) -> None:
        """source: `site_config/embed`; pdfs: with links to the PDFs."""
        self.edition = edition
        self.host = (source / "host.js").read_bytes()
        self.blocks = Blocks(edition, _link_gap, _gap("root"))
        # A source is listed in every topic that cites it.
        self.references: dict[str, str] = {}
        self.frames: dict[tuple[tuple[str, bool], ...], str] = {}
        # One for all pages: to compile the templates takes longer than to fill them.
        self.environment = templates(
            edition=edition,
            ui=edition.ui,
            labels=edition.ui.labels,
            base=base(edition.site),
            version_id=version_id,
            pdfs=pdfs,
        )
        # Now, and not again in every process that writes a part.
        self.template = self.environment.get_template("embed.html.jinja")

    def files(self, topics: Iterable[Page], but: Container[str] = ()) -> Iterator[OutputFile]:
        """Every embed of some topics, and their oEmbed data; each made as it is asked for.

        but: the paths of those that are made already.
        """
        language = self.edition.language
        # A page of the site that is shown whole has its description: a topic, and the page of a flow.
        whole: dict[str, Part] = {}
        for page in topics:
            topic = _Topic(self, page)
            for part in _parts(page, language):
                if (path := f"embed/{language}/{part.path}index.html") not in but:
                    yield OutputFile(path, topic.embed(part).encode("utf-8"))
                if part.kind in ("topic", "flow"):
                    whole.setdefault(part.home.page, part)
        for name, part in whole.items():
            if (path := f"oembed/{language}/{name}.json") not in but:
                yield OutputFile(path, json_bytes(oembed(self.edition, part)))

    def frame(self, **chosen: bool) -> str:
        """An embed with gaps for all that differs: one of a few, as its topic and its part are."""
        key = tuple(chosen.items())
        if key not in self.frames:
            gaps = {name: Markup(_gap(name)) for name in GAPS}
            self.frames[key] = self.template.render(gaps, **chosen)
        return self.frames[key]

    def reference(self, view: ReferenceView) -> str:
        """A source as it is listed, its links leaving the embed."""
        if view.id not in self.references:
            foreign = f'<span lang="{view.language}">' if view.language != self.edition.language else ""
            self.references[view.id] = "".join(
                leaving(f'<a href="{escaped(url)}">{escaped(text)}</a>')
                if url
                else f"{foreign}{escaped(text)}</span>"
                if foreign
                else escaped(text)
                for text, url in view.pieces
            )
        return self.references[view.id]

    def index(self) -> OutputFile:
        """The page where a reader chooses what to embed."""
        edition, every = self.edition, parts(self.edition)
        root = base(edition.site)

        def link(part: Part, label: str) -> Markup:
            """A part in the list, with what the script needs to fill in the lines to copy."""
            published = page_href(root, edition.language, part.page.path)(part.home.page, part.home.anchor)
            said = {
                "id": part.name,
                "href": f"{part.path}index.html",
                "data-kind": part.kind,
                "data-topic": part.page.path,
                "data-id": part.id,
                "data-label": label,
                "data-title": part.words,
                "data-address": f"{root}embed/{edition.language}/{part.path}",
                "data-full": published,
            }
            attributes = " ".join(f'{name}="{escaped(value)}"' for name, value in said.items())
            return Markup(f"<a {attributes}>{escaped(label)}</a>")

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
        address=escaped(f"{base(edition.site)}embed/{edition.language}/{part.path}"),
        title=escaped(part.words),
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


def hashed_name(host: bytes) -> str:
    """The name under which a script is published for good."""
    return f"clinref.{hashlib.sha256(host).hexdigest()[:12]}.js"


def integrity(host: bytes) -> str:
    """What a browser compares a script with before it runs it."""
    return f"sha384-{b64encode(hashlib.sha384(host).digest()).decode('ascii')}"
