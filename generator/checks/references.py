"""Rules on links: whatever is named exists, and whatever exists is named somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from generator import markup
from generator.checks.passages import Check, Finding, all_passages, local_passages
from generator.model import Content, FigureBlock, FlowBlock, TableBlock
from generator.source import Scalar


def _near(name: str, known: Iterable[str], otherwise: str) -> str:
    close = get_close_matches(name, list(known), 1)
    return f'did you mean "{close[0]}"?' if close else otherwise


def _sections(content: Content, topic: str) -> set[str]:
    words = content.words[content.languages[0]].topics.get(topic)
    return {str(id_) for id_, _, _ in words.walk()} if words else set()


def unknown_reference(content: Content) -> Iterator[Finding]:
    """Every [[kind:id]] and every id in a `cite`, `facts`, `table`, `figure` or `flow` names something."""
    known: dict[str, Iterable[str]] = {
        "term": content.terms,
        "fact": content.facts,
        "figure": content.figures,
        "table": content.tables,
        "flow": content.flows,
        "cite": content.references,
        "topic": content.topics,
        "page": content.words[content.languages[0]].pages,
    }
    sections = {str(topic): _sections(content, topic) for topic in content.topics}
    for passage in (*all_passages(content), *local_passages(content)):
        for ref in passage.prose.references:
            fault = None
            if ref.kind == "section":
                topic, _, section = ref.target.rpartition("#")
                topic = topic or passage.topic
                if not topic:
                    fault = f'"{ref.target}" names no topic', "write [[section:topic#section]] here"
                elif topic not in sections:
                    fault = f'unknown topic "{topic}"', _near(topic, sections, "name an id of a topic")
                elif section not in sections[topic]:
                    near = _near(section, sections[topic], "name an id of a section")
                    fault = f'unknown section "{section}"', near
            elif ref.target not in known[ref.kind]:
                kind = "reference" if ref.kind == "cite" else ref.kind
                near = _near(ref.target, known[ref.kind], f"define it in {_home(ref.kind)}")
                fault = f'unknown {kind} "{ref.target}"', near
            if fault:
                source = passage.prose.source
                yield Finding(fault[0], source.place(_find(source, ref), 2), fault[1])
    for kind, name in _named_in_shared(content):
        if name not in known[kind]:
            yield Finding(
                f'unknown {"reference" if kind == "cite" else kind} "{name}"',
                name.at,
                _near(name, known[kind], f"define it in {_home(kind)}"),
            )


def _find(source: Scalar, ref: markup.Ref) -> int:
    # The parser's offset is exact at the top level; inside bold it counts from the span's own text.
    plain = f"[[{ref.kind}:{ref.target}"
    return ref.offset if source.startswith(plain, ref.offset) else max(source.find(plain), 0)


def _home(kind: str) -> str:
    if kind == "page":
        return "pages.yml of each language"
    file = {"cite": "references.yml", "topic": "topics/", "flow": "flows/"}.get(kind, f"{kind}s.yml")
    return f"content/shared/{file}"


def _named_in_shared(content: Content) -> Iterator[tuple[str, Scalar]]:
    """Every id that a file names outside prose, with the kind of thing it names."""
    cites = [f.cite for f in content.facts.values()] + [t.cite for t in content.terms.values()]
    cites += [f.cite for f in content.figures.values()]
    for table in content.tables.values():
        for row in table.rows.values():
            cites.append(row.cite)
            yield from (("fact", fact) for fact in row.facts.values())
    for flow in content.flows.values():
        yield "topic", flow.topic
        for node in flow.nodes.values():
            cites.append(node.cite)
            if node.flow:
                yield "flow", node.flow
    yield from (("cite", id_) for ids in cites for id_ in ids)
    for words in content.words.values():
        for topic in words.topics.values():
            for _, block in topic.blocks():
                if isinstance(block, TableBlock):
                    yield "table", block.table
                elif isinstance(block, FigureBlock):
                    yield from (("figure", figure) for figure in block.figures)
                elif isinstance(block, FlowBlock):
                    yield "flow", block.flow


def unused(content: Content) -> Iterator[Finding]:
    """Nothing but a glossary term is defined and never used."""
    used: dict[str, set[str]] = {kind: set() for kind in ("fact", "figure", "table", "flow", "cite")}
    for passage in all_passages(content):
        for ref in passage.prose.references:
            if ref.kind in used:
                used[ref.kind].add(ref.target)
    for kind, name in _named_in_shared(content):
        if kind in used:
            used[kind].add(name)
    homes: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("fact", "fact", content.facts),
        ("figure", "figure", content.figures),
        ("table", "table", content.tables),
        ("cite", "reference", content.references),
    )
    for kind, what, names in homes:
        for defined in names:
            if defined not in used[kind] and isinstance(defined, Scalar):
                yield Finding(f'{what} "{defined}" is used nowhere', defined.at, "use it or delete it")
    for flow in content.flows:
        if flow not in used["flow"]:
            yield Finding(f'flow "{flow}" is used nowhere', flow.at, "place it with `flow:` or delete it")


def shown_name(content: Content) -> Iterator[Finding]:
    """A term is shown only by its name, a synonym or a form; the first letter may be of either case."""
    for passage in (*all_passages(content), *local_passages(content)):
        terms = content.words[passage.language].terms
        for ref in passage.prose.references:
            if ref.kind != "term" or not ref.shown or ref.target not in terms:
                continue
            names = terms[ref.target].names
            if ref.shown not in names and _other_case(ref.shown) not in names:
                yield Finding(
                    f'"{ref.shown}" is no name of "{ref.target}"',
                    passage.prose.source.place(_find(passage.prose.source, ref), 2),
                    f"show {', '.join(names[:6])}, or add it to its forms",
                )


def _other_case(text: str) -> str:
    return text[0].swapcase() + text[1:]


CHECKS: tuple[Check, ...] = (unknown_reference, unused, shown_name)
