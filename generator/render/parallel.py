"""`Edition`s in; one page a topic out that shows every language side by side, statement by statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from generator import parity_lock
from generator.model import BlockView, Edition, OutputFile, Page
from generator.render.html import Opened, escaped, inline, opened, page_href, statement, templates

# From a topic's page here to the root of the site.
UP = "../../"
Digests = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Row:
    """One statement: its anchor here, its key in parity.lock, its place on the pages, its texts as HTML."""

    id: str
    key: str
    kind: str
    place: str
    texts: Mapping[str, str]
    state: str = "new"
    behind: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def pages(editions: list[Edition], now: Digests, accepted: Digests) -> Iterator[OutputFile]:
    """`parallel/<topic>/index.html` for each topic and a list of them; nothing for a book of one language.

    now: what `parity_lock.statements` gives; accepted: the lock as read. Each is made as it is asked for.
    """
    if len(editions) < 2:
        return
    environment = templates()
    template = environment.get_template("parallel.html.jinja")
    topics = [page.path for page in editions[0].topics]
    found = {e.language: {page.path: page for page in e.pages} for e in editions}
    every = {name: {language: of[name] for language, of in found.items()} for name in topics}
    index = environment.get_template("parallel-index.html.jinja").render(
        editions=editions, first=editions[0], topics=every, depth="../", path=""
    )
    yield OutputFile("parallel/index.html", index.encode("utf-8"))
    heads = {e.language: {str(k): str(v) for k, v in e.ui.labels.items()} for e in editions}
    for name in topics:
        rows = list(_rows(heads, every[name], now, accepted))
        html = template.render(
            editions=editions,
            first=editions[0],
            pages=every[name],
            rows=Markup(_table(editions, every[name], rows)),
            counts={state: sum(r.state == state for r in rows) for state in ("accepted", "new", "stale")},
            depth=UP,
            path=f"{name}/",
        )
        yield OutputFile(f"parallel/{name}/index.html", html.encode("utf-8"))


def anchors(editions: list[Edition]) -> dict[str, tuple[str, ...]]:
    """The ids that each page has to have: those of the topic's statements."""
    if len(editions) < 2:
        return {}
    return {
        f"parallel/{page.path}": tuple(
            id_ for block in page.blocks for id_ in ([i for i, _ in block.items] or [block.id])
        )
        for page in editions[0].topics
    }


def _table(editions: list[Edition], page: Mapping[str, Page], rows: list[Row]) -> str:
    """The rows as HTML. A link is called after the heading above it, and how far below it stands."""
    first = editions[0].language
    colons = {e.language: ": " if e.ui.spaced_words else "：" for e in editions}
    called = {e.language: escaped(e.ui.labels["embed-full"]) for e in editions}
    behind = {e.language: f'<p class="state">{escaped(e.ui.labels["behind"])}</p>' for e in editions}
    permalink = escaped(editions[0].ui.labels["permalink"])
    under, number = {lang: escaped(p.title) for lang, p in page.items()}, 0
    out = []
    for row in rows:
        is_heading = row.kind == "heading"
        number = 0 if is_heading else number + 1
        if is_heading and row.id != "top":
            under = dict(row.texts)
        counted = f" {number}" if number else ""
        anchor = f"#{row.place}" if row.place else ""
        out.append(
            f'<section id="{row.id}" class="row {row.kind} {row.state}">\n<a class="here" href="#{row.id}" '
            f'aria-label="{permalink}{colons[first]}{under[first]}{counted}">¶</a>\n'
        )
        if row.kind in ("emergency", "warning", "note"):
            key = " · ".join(
                f'<span lang="{lang}">{escaped(label)}</span>' for lang, label in row.labels.items()
            )
            out.append(f'<p class="key">{key}</p>\n')
        tag = "h2" if is_heading and row.id != "top" else "p"
        for lang, text in row.texts.items():
            is_behind = lang in row.behind
            out.append(
                f'<div lang="{lang}" class="text{" behind" if is_behind else ""}"><{tag}>{text}</{tag}>'
                f"{behind[lang] if is_behind else ''}"
                f'<a class="source" href="{UP}{lang}/{page[first].path}/{anchor}" '
                f'aria-label="{called[lang]}{colons[lang]}{under[lang]}{counted}">↗</a></div>\n'
            )
        out.append("</section>\n")
    return "".join(out)


def _rows(
    heads: Mapping[str, Mapping[str, str]], page: Mapping[str, Page], now: Digests, accepted: Digests
) -> Iterator[Row]:
    first = next(iter(heads))
    name = page[first].path
    links = {lang: opened(page_href(UP, lang, name)) for lang in page}

    def row(id_: str, key: str, kind: str, place: str, texts: Mapping[str, str]) -> Row:
        state, behind = parity_lock.state(now[key], accepted.get(key)) if key in now else ("new", ())
        labels = {lang: words[kind] for lang, words in heads.items() if kind in words}
        return Row(id_, key, kind, place, texts, state, behind, labels)

    title = {
        lang: f"<strong>{escaped(p.title)}</strong><br>{escaped(p.description)}" for lang, p in page.items()
    }
    yield row("top", f"{name}#{parity_lock.TOP}", "heading", "", title)
    groups = [("", {lang: p.lead for lang, p in page.items()})]
    for index, section in enumerate(page[first].sections):
        groups.append((section.id, {lang: p.sections[index].blocks for lang, p in page.items()}))
    titles = {lang: {s.id: s.title for s in p.sections} for lang, p in page.items()}
    for section_id, blocks in groups:
        if section_id:
            texts = {lang: escaped(titles[lang][section_id]) for lang in page}
            yield row(section_id, f"{name}#{section_id}", "heading", section_id, texts)
        for index, block in enumerate(blocks[first]):
            twins = {lang: blocks[lang][index] for lang in page}
            if block.pieces:
                texts = {
                    lang: statement(block.id, twin.pieces, page[lang].marks, links[lang])
                    for lang, twin in twins.items()
                }
                yield row(block.id, f"{name}#{block.id}", block.kind, block.id, texts)
            for number, (item, _) in enumerate(block.items):
                texts = {
                    lang: statement(item, twin.items[number][1], page[lang].marks, links[lang])
                    for lang, twin in twins.items()
                }
                yield row(item, f"{name}#{item}", block.kind, item, texts)
            for id_, key, texts in _exhibit_rows(twins, first, links):
                yield row(id_, key, block.kind, block.id, texts)


def _exhibit_rows(
    twins: Mapping[str, BlockView], first: str, links: Mapping[str, Opened]
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The rows of a table, figure or flow; the first of each carries the block's own id."""
    block = twins[first]
    anchor = iter([block.id])
    for number, figure in enumerate(block.figures):
        texts = {}
        for lang, twin in twins.items():
            view = twin.figures[number]
            labels = " · ".join(dict.fromkeys(view.labels.values()))
            texts[lang] = (
                f"<strong>{escaped(view.title)}</strong><br>{inline(view.caption, links[lang])}"
                f"<br><small>{escaped(view.alt)}<br>{escaped(labels)}</small>"
            )
        yield next(anchor, f"figure-{figure.id}"), f"figures#{figure.id}", texts
    if block.table:
        id_ = block.table.id
        views = {lang: twin.table for lang, twin in twins.items() if twin.table}
        heads = {
            lang: [f"<small>{inline(column, links[lang])}</small> " for column in view.columns]
            for lang, view in views.items()
        }
        captions = {
            lang: f"<strong>{inline(view.caption, links[lang])}</strong>" for lang, view in views.items()
        }
        yield block.id, f"tables/{id_}#{parity_lock.TOP}", captions
        for number, (row_id, _) in enumerate(block.table.rows):
            cells = {
                lang: "<br>".join(
                    head + inline(cell, links[lang])
                    for head, cell in zip(heads[lang], view.rows[number][1], strict=True)
                )
                for lang, view in views.items()
            }
            yield f"table-{id_}-{row_id}", f"tables/{id_}#{row_id}", cells
    if flow := block.flow:
        texts = {
            lang: f"<strong>{escaped(flow.title[lang])}</strong><br>{escaped(flow.description[lang])}"
            for lang in twins
        }
        yield block.id, f"flows/{flow.id}#{parity_lock.TOP}", texts
        for step in flow.steps:
            texts = {}
            for lang in twins:
                answers = [escaped(answer[lang]) for _, answer in step.exits if answer]
                ways = "".join(f"<br><small>→ {answer}</small>" for answer in answers)
                texts[lang] = escaped(step.text[lang]) + ways
            yield f"flow-{flow.id}-{step.id}", f"flows/{flow.id}#{step.id}", texts
