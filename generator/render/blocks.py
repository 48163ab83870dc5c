"""The blocks of a page in; their HTML out, as an embed shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import partial

from generator import flowchart
from generator.flowchart import OutlineStep
from generator.model import BlockView, Edition, FigureView, FlowView, Mark, Page, StepView, TableView, plain
from generator.render.drawing import figure_svg, flow_graph, flow_svgs
from generator.render.html import Opened, escaped, inline, leaving, page_href, statement
from generator.render.picture import named
from generator.render.writer import is_stacked

# The widest form of a picture that an embed shows, in pixels.
PICTURE_WIDTH = 960


class Blocks:
    """Writes the blocks of one page of an edition after the other; see `of`."""

    def __init__(self, edition: Edition, open_: Opened, root: str) -> None:
        """open_: writes the links in texts; root: the way to the site's root, for all other links."""
        self.edition, self.open, self.root = edition, open_, root
        self.href = page_href(root, edition.language, "")
        self.flows = {page.path: page.title for page in edition.pages if page.kind == "flow"}
        self.labels = {str(name): escaped(label) for name, label in edition.ui.labels.items()}
        self.colon = ": " if edition.ui.spaced_words else "："
        self.marks: Mapping[str, Mark] = {}
        self.exhibits: dict[str, tuple[str, str, str]] = {}

    def of(self, page: Page) -> Blocks:
        """The same for the blocks of a page."""
        out = copy(self)
        out.marks, out.exhibits = page.marks, {}
        return out

    def html(self, blocks: Iterable[BlockView], alone: bool = False) -> str:
        """alone: the exhibit is all there is, and its title stands above it."""
        return "".join(self._block(block, alone) for block in blocks)

    def _block(self, block: BlockView, alone: bool) -> str:
        kind, id_ = block.kind, block.id
        if kind == "paragraph":
            return self._paragraph(block)
        if kind in ("list", "steps"):
            tag = "ol" if kind == "steps" else "ul"
            items = "".join(
                f'<li id="{item}">{statement(item, pieces, self.marks, self.open)}</li>\n'
                for item, pieces in block.items
            )
            return f'<{tag} id="{id_}">\n{items}</{tag}>\n'
        if kind in ("note", "warning", "emergency"):
            label = f'<p class="label">{self.labels[kind]}</p>'
            return f'<div class="callout {kind}" role="note">\n{label}\n{self._paragraph(block)}</div>\n'
        if kind in ("figure", "gallery"):
            figures = "".join(
                self._exhibit(f"{id_} {figure.id}", partial(self._figure, figure), alone)
                for figure in block.figures
            )
            return f'<div id="{id_}">\n{figures}</div>\n'
        if block.table:
            return self._exhibit(id_, partial(self._table, block.table, id_), alone)
        if block.flow:
            return self._exhibit(id_, partial(self._flow, block.flow, id_), alone)
        return ""

    def _exhibit(self, name: str, make: Callable[[], tuple[str, str, str]], alone: bool) -> str:
        """An exhibit with its title or without, made once for both in three: above the title, it, below."""
        if name not in self.exhibits:
            self.exhibits[name] = make()
        above, title, below = self.exhibits[name]
        return f"{above}{below}\n" if alone else f"{above}{title}{below}\n"

    def _paragraph(self, block: BlockView) -> str:
        return f'<p id="{block.id}">{statement(block.id, block.pieces, self.marks, self.open)}</p>\n'

    def _numbered(self, kind: str, number: int) -> str:
        gap = " " if self.edition.ui.spaced_words else ""
        return f"<strong>{self.labels[kind]}{gap}{number}</strong>"

    # -- figures ---------------------------------------------------------------------------------------------

    def _figure(self, figure: FigureView) -> tuple[str, str, str]:
        labels, colon = self.labels, self.colon
        image = self._image(figure) if figure.picture else figure_svg(figure)
        title = f"<p>{self._numbered('figure', figure.number)} {escaped(figure.title)}</p>\n"
        credit = f"{labels['picture' if figure.picture else 'credit']}{colon}{escaped(figure.credit)}"
        credit += f" · {_out(figure.licence, figure.licence_url)}"
        if figure.source:
            credit += f" · {labels['picture-source']}{colon}{_out(figure.source, figure.source_url)}"
        caption = f'<p>{inline(figure.caption, self.open)}</p>\n<p class="quiet">{credit}</p>\n'
        return f"<figure>\n{image}\n<figcaption>\n", title, f"{caption}</figcaption>\n</figure>\n"

    def _image(self, figure: FigureView) -> str:
        picture = named(figure)
        path = [path for width, path in picture.paths if width <= PICTURE_WIDTH][-1]
        return (
            f'<img src="{self.root}{self.edition.language}/{path}" width="{picture.width}" '
            f'height="{picture.height}" alt="{escaped(figure.alt)}">'
        )

    # -- tables ----------------------------------------------------------------------------------------------

    def _table(self, table: TableView, id_: str) -> tuple[str, str, str]:
        caption = inline(table.caption, self.open)
        numbered = f"<caption>{self._numbered('table', table.number)} {caption}</caption>\n"
        heads = "".join(f'<th scope="col">{inline(column, self.open)}</th>' for column in table.columns)
        stacked = ' class="stacked"' if is_stacked(table) else ""
        # On a phone each cell says which column it is of.
        says = [f'<td data-label="{escaped(plain(column))}">' for column in table.columns]
        rows = []
        for row_id, cells in table.rows:
            first, *others = [inline(cell, self.open) for cell in cells]
            row = "".join(f"{say}{cell}</td>" for say, cell in zip(says[1:], others, strict=False))
            rows.append(f'<tr id="table-{table.id}-{row_id}"><th scope="row">{first}</th>{row}</tr>\n')
        return (
            f'<div id="{id_}" class="table" role="region" tabindex="0" '
            f'aria-label="{escaped(plain(table.caption))}">\n<table{stacked}>\n',
            numbered,
            f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table>\n</div>\n",
        )

    # -- flows -----------------------------------------------------------------------------------------------

    def _flow(self, flow: FlowView, id_: str) -> tuple[str, str, str]:
        """The wide and the narrow drawing, and the outline; their links lead to the site."""
        language = self.edition.language
        goes_on = {step.goes_on for step in flow.steps if f"flow/{step.goes_on}" in self.flows}
        onward = {name: self.href(f"flow/{name}", "") for name in goes_on}
        graph = flow_graph(flow, self.edition, onward, self.href(flow.topic, ""))
        wide, narrow = map(leaving, flow_svgs(graph, self.edition, f"flow-{flow.id}"))
        steps = {step.id: step for step in flow.steps}
        phases = "".join(
            f'<p class="label">{escaped(phase.title)}</p>\n<ol>\n'
            f"{''.join(self._step(step, steps[step.id], id_) for step in phase.steps)}</ol>\n"
            for phase in flowchart.outline(graph, language).phases
        )
        broad = " broad" if "flow-broad" in wide else ""
        return (
            f'<div id="{id_}" class="flow{broad}">\n',
            f"<p><strong>{escaped(flow.title[language])}</strong></p>\n",
            f"<p>{escaped(flow.description[language])}</p>\n"
            f'<div class="flow-wide">{wide}</div>\n<div class="flow-narrow">{narrow}</div>\n'
            f"<details>\n<summary>{self.labels['skip-flow']}</summary>\n{phases}</details>\n</div>\n",
        )

    def _step(self, step: OutlineStep, view: StepView, flow: str) -> str:
        ways = [
            f"<li>{f'<strong>{escaped(way.answer)}</strong> ' if way.answer else ''}→ "
            f'<a href="#{flow}-{way.target}">{way.number}. {escaped(way.text)}</a></li>\n'
            for way in step.exits
        ]
        if step.leads_to:
            title = self.flows[f"flow/{view.goes_on}"]
            ways.append(f"<li>{self.labels['goes-on']}{self.colon}{_out(title, step.leads_to)}</li>\n")
        kind = escaped(str(self.edition.ui.flow_kinds[step.kind]))
        cites = inline((view.cites,), self.open) if view.cites else ""
        listed = f"<ul>\n{''.join(ways)}</ul>\n" if ways else ""
        return (
            f'<li id="{flow}-{step.id}" value="{step.number}"><em>{kind}</em>{self.colon}'
            f"{_out(step.text, step.href)}{cites}{listed}</li>\n"
        )


def _out(words: str, url: str) -> str:
    """Words that lead out of the embed, if they lead anywhere."""
    return leaving(f'<a href="{escaped(url)}">{escaped(words)}</a>') if url else escaped(words)
