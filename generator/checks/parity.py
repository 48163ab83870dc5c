"""Rules that keep the languages one book: the same ids in the same order, the same sources and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from generator.checks.passages import Check, Finding, block_passages, once, passages_of_topics
from generator.diagnostic import Location, Related
from generator.model import (
    Block,
    Content,
    FigureBlock,
    FlowBlock,
    Keyed,
    ListBlock,
    PageWords,
    Prose,
    TableBlock,
    TopicWords,
    walk,
)
from generator.source import Scalar


def _first_at(ids: Iterable[str], otherwise: Location) -> Location:
    return next((i.at for i in ids if isinstance(i, Scalar)), otherwise)


def missing_twin(content: Content) -> Iterator[Finding]:
    """What shared names has its words in every language, and no language has words for anything else."""
    for language, words in content.words.items():
        pairs: tuple[tuple[str, Mapping[str, object], Mapping[str, object]], ...] = (
            ("terms", content.terms, words.terms),
            ("people", content.people, words.people),
            ("figures", content.figures, words.figures),
            ("tables", content.tables, words.tables),
            ("changes", content.changes, words.changes),
            ("topics", content.topics, words.topics),
            ("flows", content.flows, words.flows),
        )
        for what, shared, local in pairs:
            folder = what in ("topics", "flows")
            for name in shared:
                if name not in local:
                    at = (
                        content.at[f"shared/{what}/{name}.yml"]
                        if folder
                        else _first_at([name], _any(content))
                    )
                    yield Finding(
                        f'{what}: "{name}" has no words in {language}',
                        at,
                        f"add it to content/{language}/{what}",
                    )
            for name in local:
                if name not in shared:
                    at = (
                        content.at[f"{language}/{what}/{name}.yml"]
                        if folder
                        else _first_at([name], _any(content))
                    )
                    yield Finding(
                        f'{what}: "{name}" is not known in shared',
                        at,
                        f"add it to content/shared/{what} or delete it",
                    )
        yield from _inner_twins(content, language)


def _any(content: Content) -> Location:
    return content.at["shared/site.yml"]


def _compare(what: str, wanted: Iterable[str], given: Iterable[str], at: Location) -> Iterator[Finding]:
    wanted, given = list(wanted), list(given)
    for name in wanted:
        if name not in given:
            yield Finding(f'{what}: "{name}" is missing', at, "add it", _seen(name))
    for name in given:
        if name not in wanted:
            yield Finding(
                f'{what}: "{name}" is not known in shared', _first_at([name], at), "correct or delete it"
            )


def _seen(name: str) -> tuple[Related, ...]:
    return (Related(name.at, "named here"),) if isinstance(name, Scalar) else ()


def _inner_twins(content: Content, language: str) -> Iterator[Finding]:
    words = content.words[language]
    # A key looked up by itself is the one that stands in the file.
    tables, figures = ({key: key for key in found} for found in (words.tables, words.figures))
    for name, table in content.tables.items():
        if local := words.tables.get(name):
            at = tables[name].at
            yield from _compare(f"columns of table {name}", table.columns, local.columns, at)
            yield from _compare(f"rows of table {name}", table.rows, local.rows, at)
    for name, flow in content.flows.items():
        if flow_words := words.flows.get(name):
            at = content.at[f"{language}/flows/{name}.yml"]
            answers = dict.fromkeys(a for node in flow.nodes.values() for a in node.exits)
            yield from _compare(f"nodes of flow {name}", flow.nodes, flow_words.nodes, at)
            yield from _compare(f"phases of flow {name}", flow.phases, flow_words.phases, at)
            yield from _compare(f"answers of flow {name}", answers, flow_words.answers, at)
    first, *others = content.languages
    if language in others and first in content.words:
        page_at = content.at.get(f"{language}/pages.yml", _any(content))
        yield from _compare("pages", content.words[first].pages, words.pages, page_at)
        for figure, figure_words in content.words[first].figures.items():
            if twin := words.figures.get(figure):
                at = figures[figure].at
                yield from _compare(f"labels of figure {figure}", figure_words.labels, twin.labels, at)


def _shape(block: Block) -> str:
    if isinstance(block, TableBlock):
        return f"table {block.table}"
    if isinstance(block, FigureBlock):
        return f"{block.kind} {', '.join(block.figures)}"
    if isinstance(block, FlowBlock):
        return f"flow {block.flow}"
    return block.kind


def _outline(words: TopicWords | PageWords) -> list[tuple[Scalar, str]]:
    out: list[tuple[Scalar, str]] = []

    def add(blocks: Keyed[Scalar, Block]) -> None:
        for id_, block in blocks.items():
            out.append((id_, _shape(block)))
            if isinstance(block, ListBlock):
                out.extend((item, f"item of {id_}") for item in block.items)

    if isinstance(words, TopicWords):
        add(words.lead)
    for id_, section, depth in walk(words.sections):
        out.append((id_, f"section of level {depth}"))
        add(section.body)
    return out


def parity_order(content: Content) -> Iterator[Finding]:
    """A topic or page has the same sections, blocks, kinds and list items, in one order, in each language."""
    first, *others = content.languages
    for other in others:
        ours, theirs = content.words[first], content.words[other]
        pairs: list[tuple[TopicWords | PageWords, TopicWords | PageWords, Location]] = [
            (topic, theirs.topics[name], content.at[f"{other}/topics/{name}.yml"])
            for name, topic in ours.topics.items()
            if name in theirs.topics
        ]
        pairs += [(ours.pages[key], page, key.at) for key, page in theirs.pages.items() if key in ours.pages]
        for one, twin, at in pairs:
            here, there = _outline(one), _outline(twin)
            known, given = dict(here), dict(there)
            missing = [i for i in known if i not in given]
            extra = [i for i in given if i not in known]
            for id_ in missing:
                yield Finding(
                    f'"{id_}" ({known[id_]}) is missing in {other}',
                    at,
                    "translate it",
                    (Related(id_.at, f"{first} has it here"),),
                )
            for id_ in extra:
                yield Finding(
                    f'"{id_}" ({given[id_]}) is not in {first}', id_.at, f"add it to {first} or delete it"
                )
            both = [i for i, _ in here if i in given]
            twins = [i for i, _ in there if i in known]
            for id_ in both:
                if known[id_] != given[id_]:
                    spot = next(i for i in twins if i == id_)
                    yield Finding(
                        f'"{id_}" is {given[id_]} here and {known[id_]} in {first}',
                        spot.at,
                        "make them the same",
                        (Related(id_.at, f"in {first}"),),
                    )
            for mine, its in zip(both, twins, strict=False):
                if mine != its:
                    yield Finding(
                        f'"{its}" stands where {first} has "{mine}"',
                        its.at,
                        "put them in the same order",
                        (Related(mine.at, f"in {first}"),),
                    )
                    break


# Languages, ids and prose.
_Pair: TypeAlias = tuple[str, str, Scalar, Prose, Scalar, Prose]


@once
def _pairs(content: Content) -> list[_Pair]:
    """Every passage of the first language with its twin in each other."""
    return list(_every_pair(content))


def _every_pair(content: Content) -> Iterator[_Pair]:
    first, *others = content.languages
    topics = passages_of_topics(content)
    for other in others:
        mine, its = content.words[first], content.words[other]
        groups: list[tuple[Iterable[tuple[Scalar, Prose]], Iterable[tuple[Scalar, Prose]]]] = [
            (topic, twins[name])
            for twins in (topics[other],)
            for name, topic in topics[first].items()
            if name in twins
        ]
        groups += [
            (
                ((i, w.definition) for i, w in mine.terms.items()),
                ((i, w.definition) for i, w in its.terms.items()),
            ),
            (
                ((i, w.caption) for i, w in mine.figures.items()),
                ((i, w.caption) for i, w in its.figures.items()),
            ),
            (((i, c.what) for i, c in mine.changes.items()), ((i, c.what) for i, c in its.changes.items())),
            (((i, c.why) for i, c in mine.changes.items()), ((i, c.why) for i, c in its.changes.items())),
            (((i, v.why) for i, v in mine.versions.items()), ((i, v.why) for i, v in its.versions.items())),
        ]
        groups += [
            (flow.nodes.items(), its.flows[name].nodes.items())
            for name, flow in mine.flows.items()
            if name in its.flows
        ]
        for name, page in mine.pages.items():
            if twin := its.pages.get(name):
                groups += [
                    (block_passages(section.body), block_passages(twin.sections[id_].body))
                    for id_, section in page.sections.items()
                    if id_ in twin.sections
                ]
        groups += [
            (table.columns.items(), its.tables[name].columns.items())
            for name, table in mine.tables.items()
            if name in its.tables
        ]
        for left, right in groups:
            twins = {id_: (id_, prose) for id_, prose in right}
            for id_, prose in left:
                if id_ in twins:
                    yield first, other, id_, prose, *twins[id_]
        for name, table in mine.tables.items():
            for row, cells in table.rows.items():
                for column, cell in cells.items():
                    twin_cells = its.tables[name].rows.get(row) if name in its.tables else None
                    for its_column, its_cell in twin_cells.items() if twin_cells else ():
                        if its_column == column:
                            yield first, other, column, cell, its_column, its_cell


def parity_cites(content: Content) -> Iterator[Finding]:
    """A statement cites the same set of references in every language."""
    for first, other, id_, mine, its_id, its in _pairs(content):
        # Most have the same in the same order, which is seen at once; so below.
        if mine.cites != its.cites and set(mine.cites) != set(its.cites):
            only_first = sorted(set(mine.cites) - set(its.cites))
            only_other = sorted(set(its.cites) - set(mine.cites))
            said = [
                f"only {lang} cites {', '.join(names)}"
                for lang, names in ((first, only_first), (other, only_other))
                if names
            ]
            yield Finding(
                f'"{id_}": {"; ".join(said)}',
                its_id.at,
                "cite the same references in both",
                (Related(id_.at, f"in {first}"),),
            )


def parity_facts(content: Content) -> Iterator[Finding]:
    """A statement uses the same facts, as often, in every language."""

    def facts(prose: Prose) -> list[str]:
        return [r.target for r in prose.references if r.kind == "fact"]

    for first, other, id_, mine, its_id, its in _pairs(content):
        ours, theirs = facts(mine), facts(its)
        if ours != theirs and (here := Counter(ours)) != (there := Counter(theirs)):
            more, less = sorted((here - there).elements()), sorted((there - here).elements())
            said = [
                f"only {lang} has {', '.join(names)}"
                for lang, names in ((first, more), (other, less))
                if names
            ]
            yield Finding(
                f'"{id_}": {"; ".join(said)}',
                its_id.at,
                "use the same facts in both",
                (Related(id_.at, f"in {first}"),),
            )


def parity_links(content: Content) -> Iterator[Finding]:
    """A statement names the same terms, and leads to the same places, in every language."""

    def links(prose: Prose) -> list[str]:
        return [f"{r.kind}:{r.target}" for r in prose.references if r.kind not in ("cite", "fact")]

    for first, other, id_, mine, its_id, its in _pairs(content):
        ours, theirs = links(mine), links(its)
        if ours == theirs:
            continue
        here, there = set(ours), set(theirs)
        said = [
            f"only {lang} has {', '.join(sorted(names))}"
            for lang, names in ((first, here - there), (other, there - here))
            if names
        ]
        if said:
            yield Finding(
                f'"{id_}": {"; ".join(said)}',
                its_id.at,
                "name the same terms and links in both",
                (Related(id_.at, f"in {first}"),),
            )


CHECKS: tuple[Check, ...] = (missing_twin, parity_order, parity_cites, parity_facts, parity_links)
