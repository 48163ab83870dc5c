"""An `Edition` in; each of its flows out with the page it stands on, its addresses and its sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from generator import flowchart
from generator.model import BlockView, Edition, FlowView, OutputFile, Page
from generator.render.drawing import flow_graph


@dataclass(frozen=True)
class FlowSource:
    """A flow of one language as its data files need it. All addresses are absolute.

    home: where the page shows the flow; graph: every step leads to its section there.
    """

    edition: Edition
    page: Page
    view: FlowView
    home: str
    graph: flowchart.FlowGraph

    @cached_property
    def outline(self) -> flowchart.Outline:
        """The numbered steps, phase by phase."""
        return flowchart.outline(self.graph, self.edition.language)

    @cached_property
    def goes_on(self) -> dict[str, str]:
        """The flow in which an outcome goes on, by step, where the book shows that flow."""
        return {s.id: s.goes_on for s in self.view.steps if s.goes_on and self.graph.step(s.id).leads_to}

    @cached_property
    def cites(self) -> dict[str, tuple[str, ...]]:
        """The references of each step, each once."""
        return {
            s.id: tuple(dict.fromkeys(id_ for _, id_ in s.cites.items)) if s.cites else ()
            for s in self.view.steps
        }

    @cached_property
    def references(self) -> dict[str, tuple[str, str]]:
        """Text and address of each reference that the flow cites, in order of citation."""
        texts = {
            r.id: ("".join(text for text, _ in r.pieces), next((url for _, url in r.pieces if url), ""))
            for r in self.page.references
        }
        return {id_: texts[id_] for ids in self.cites.values() for id_ in ids}

    @property
    def credit(self) -> str:
        """Who answers for the flow, its version, whether a clinician reviewed it, and where it is read."""
        ui, site, facts = self.edition.ui, self.edition.site, self.page.facts
        reviewed = (
            f"{ui.labels['reviewed']} {facts['reviewed']}" if facts["reviewed"] else ui.labels["not-reviewed"]
        )
        return (
            f"{self.edition.publisher} · {ui.site_name} · {ui.labels['version']} {site.version}"
            f" · {facts['updated']} · {reviewed} · {self.home}"
        )

    def file(self, suffix: str, text: str) -> OutputFile:
        """`<language>/flow/<flow>/<flow>.<suffix>`."""
        path = f"{self.edition.language}/flow/{self.view.id}/{self.view.id}.{suffix}"
        return OutputFile(path, text.encode("utf-8"))


def root_address(edition: Edition) -> str:
    """The address that the whole site is published under, without a slash at its end."""
    return str(edition.site.url).rstrip("/")


def flow_sources(edition: Edition) -> list[FlowSource]:
    """Every flow that stands on a page, at its first place, in reading order."""
    root = f"{root_address(edition)}/{edition.language}"
    found: dict[str, tuple[Page, BlockView, FlowView]] = {}
    for page in edition.pages:
        for block in page.blocks:
            if block.flow:
                found.setdefault(block.flow.id, (page, block, block.flow))
    homes = {id_: f"{root}/{page.path}/#{block.id}" for id_, (page, block, _) in found.items()}
    out = []
    for id_, (page, _, view) in found.items():
        graph = flow_graph(view, edition, homes)
        # On a page a step leads to `#section`; outside it, to the whole address.
        steps = tuple(
            replace(step, href={lang: f"{root}/{page.path}/{at}" for lang, at in step.href.items()})
            for step in graph.steps
        )
        out.append(FlowSource(edition, page, view, homes[id_], replace(graph, steps=steps)))
    return out
