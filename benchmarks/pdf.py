"""The book's topics in; what setting them with Typst and with WeasyPrint costs out, as Markdown tables.

Both engines set the same tree of nodes, with the same Chinese faces, tagged, with page numbers, running
heads, bookmarks and links; for WeasyPrint the tree is written as HTML with a style sheet for print. Each
engine has a process of its own, in which the topics of both languages are set again and again, each with its
number in the title, so that no cache helps. WeasyPrint comes with `pip install -e .[bench]`.

    python benchmarks/pdf.py [--topics 100] [--content content]
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from importlib.metadata import version
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

import pikepdf  # noqa: E402

from build import Failed, machine, measure  # noqa: E402
from generator import pdf  # noqa: E402
from generator.diagnostic import Location, SourceFile  # noqa: E402
from generator.load import load  # noqa: E402
from generator.model import Manuscript  # noqa: E402
from generator.render import typeset  # noqa: E402
from generator.resolve import resolve  # noqa: E402

ENGINES = ("typst", "weasyprint")
EPOCH = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
# Memory is noted after so many topics: it grows with them, or it does not.
NOTED = (10, 25, 50, 100, 200, 500, 1000)
PACKAGES = {"typst": ("typst", "pikepdf"), "weasyprint": ("weasyprint", "pydyf")}


# -- the same tree as HTML -----------------------------------------------------------------------------------

STYLE = """
@page { size: A4; margin: 25mm 17mm 22mm 24mm;
  @top-left { content: SITE; font: 7.8pt "Book Sans"; color: #595959 }
  @top-right { content: string(section); font: 7.8pt "Book Sans"; color: #595959 }
  @bottom-right { content: counter(page) " / " counter(pages); font: 7.8pt "Book Sans"; color: #595959 } }
@page :left { margin: 25mm 24mm 22mm 17mm }
@page :first { @top-left { content: none } @top-right { content: none } }
html { font: 10.2pt/1.45 "Book Serif"; text-align: justify }
h1, h2, h3, h4, b, strong, th { font-family: "Book Sans"; font-weight: 700; text-align: left }
h1 { font-size: 23pt; color: #1d4f6b; bookmark-level: 1 } h2, h3, h4 { color: #1d4f6b; break-after: avoid }
h2 { string-set: section content(); bookmark-level: 2 } h3 { bookmark-level: 3 }
a { color: #1d4f6b; text-decoration: none } sup { font-size: .68em; line-height: 0 }
table { width: 100%; border-collapse: collapse; font: .84em "Book Sans"; text-align: left }
td, th { border-bottom: .4pt solid #b8b8b8; padding: 4.5pt 5pt; vertical-align: top }
tr { break-inside: avoid }
caption { text-align: left } figure { break-inside: avoid; margin: 1.3em 0 }
.row { display: flex; gap: 6mm } .row > :first-child { flex: 1 }
aside { width: 37mm; font: 7.2pt/1.3 "Book Sans"; color: #595959; text-align: left }
.callout { border-left: 2.5pt solid #9c1c13; background: #fdeeec; padding: 8pt 10pt }
nav a::after { content: leader(".") target-counter(attr(href), page) } nav a { display: block }
.references { font-size: .84em; text-align: left } .small { font-size: .82em; color: #595959 }
"""


def inline(nodes: list[Any]) -> str:
    out = []
    for node in nodes:
        if isinstance(node, str):
            out.append(escape(node))
        elif node["t"] == "cite":
            marks = ",".join(f'<a href="#{escape(i["to"])}">{i["n"]}</a>' for i in node["items"])
            out.append(f"<sup>[{marks}]</sup>")
        elif node["t"] in ("link", "term"):
            target = f"#{node['to']}" if "to" in node else node["url"]
            out.append(f'<a href="{escape(target)}">{inline(node["c"])}</a>')
        elif node["t"] == "lang":
            out.append(f'<span lang="{node["lang"]}">{inline(node["c"])}</span>')
        else:
            tag = {"keep": "span"}.get(node["t"], node["t"])
            out.append(f"<{tag}>{inline(node['c'])}</{tag}>")
    return "".join(out)


def picture(figure: dict[str, Any], width: str) -> str:
    return f'<img src="{figure["src"]}" alt="{escape(figure["alt"])}" style="width: {width}">'


def items(nodes: list[Any]) -> str:
    return "".join(f'<li id="{escape(i["id"])}">{inline(i["c"])}</li>' for i in nodes)


def block(node: dict[str, Any], labels: dict[str, str]) -> str:
    kind, id_ = node["t"], escape(node.get("id", ""))
    if kind == "h":
        return f'<h{node["level"] + 1} id="{id_}">{escape(node["title"])}</h{node["level"] + 1}>'
    if kind == "table":
        head = "".join(f'<th scope="col">{inline(c)}</th>' for c in node["head"])
        rows = "".join(
            f'<tr><th scope="row">{inline(row[0])}</th>'
            + "".join(f"<td>{inline(c)}</td>" for c in row[1:])
            + "</tr>"
            for row in node["rows"]
        )
        caption = f"<b>{escape(node['label'])}</b> {inline(node['cap'])}"
        return (
            f'<table id="{id_}"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )
    if kind == "figures":
        drawn = "".join(
            f"<figure>{picture(f, '50%')}<figcaption><b>{escape(f['label'])} {escape(f['title'])}</b> "
            f"{inline(f['cap'])} {inline(f['credit'])}</figcaption></figure>"
            for f in node["items"]
        )
        return f'<div id="{id_}">{drawn}</div>'
    if kind == "flow":
        parts = "".join(f"<figure>{picture(p, str(p['width']) + 'pt')}</figure>" for p in node["parts"])
        steps = ""
        for phase in node["outline"]:
            steps += f"<p>{escape(phase['title'])}</p>"
            for step in phase["steps"]:
                ways = "".join(
                    f"<br>{escape(e['answer'])} → {inline([{'t': 'link', **e}])}" for e in step["exits"]
                )
                said = f"<b>{step['n']}.</b> {escape(step['kind'])}{labels['colon']}{inline(step['c'])}"
                steps += f'<p id="{escape(step["id"])}">{said}{ways}</p>'
        head = f"<p><b>{escape(node['title'])}</b></p><p>{inline(node['desc'])}</p>"
        return f'<section id="{id_}">{head}{parts}{steps}</section>'
    if kind == "references":
        return (
            '<div class="references">'
            + "".join(
                f'<p id="{escape(r["id"])}" lang="{r["lang"]}">{r["n"]}. {inline(r["c"])}</p>'
                for r in node["items"]
            )
            + "</div>"
        )
    if kind in ("ul", "ol"):
        body = f'<{kind} id="{id_}">{items(node["items"])}</{kind}>'
    elif kind == "callout":
        head = f"<p><b>{escape(node['title'])}</b></p>"
        body = f'<div class="callout" id="{id_}">{head}{inline(node["c"])}</div>'
    else:
        body = f'<p id="{id_}"{" class=small" if kind == "small" else ""}>{inline(node["c"])}</p>'
    notes = "".join(
        f"<p><b>{escape(n['numbers'])}</b> {escape(n['counted'])} {inline(n['c'])}</p>"
        for n in node.get("notes", [])
    )
    return f'<div class="row">{body}<aside>{notes}</aside></div>' if notes else body


def html_of(tree: dict[str, Any], faces: str) -> str:
    style = STYLE.replace("SITE", json.dumps(tree["site"], ensure_ascii=False))
    contents = "".join(
        f'<a href="#{escape(b["id"])}">{escape(b["title"])}</a>' for b in tree["blocks"] if b["t"] == "h"
    )
    body = "".join(block(b, tree["labels"]) for b in tree["lead"])
    rest = "".join(block(b, tree["labels"]) for b in (*tree["blocks"], *tree["colophon"]))
    code = f'<img src="{tree["qr"]}" alt="{escape(tree["labels"]["qr-alt"])}" style="width: 22mm">'
    title = escape(tree["title"])
    return (
        f'<!doctype html><html lang="{tree["lang"]}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<style>{faces}{style}</style></head><body><h1 id="{tree["id"]}:top">{title}</h1>'
        f"{code}<p>{escape(tree['description'])}</p><p>{inline(tree['meta'])}</p>{body}<nav>{contents}</nav>"
        f"{rest}</body></html>"
    )


def face_rules() -> str:
    """The faces of the packages; Libertinus Serif lies inside Typst, so Latin text is what the system has."""
    rules = []
    for module, name, weight, mark in (
        ("pylopdf_fonts_zh_cn", "Book Sans", 400, "sans"),
        ("pylopdf_fonts_zh_cn", "Book Serif", 400, "serif"),
        ("cvttf_NotoSansCJK_Bold", "Book Sans", 700, "bold"),
    ):
        folder = Path(str(find_spec(module).origin)).parent  # type: ignore[union-attr]
        files = [p for p in sorted(folder.rglob("*")) if p.suffix in (".ttf", ".otf")]
        path = next(p for p in files if mark in p.name.lower())
        rules.append(
            f'@font-face {{ font-family: "{name}"; src: url("{path.as_uri()}"); font-weight: {weight} }}'
        )
    return "\n".join(rules)


# -- one process, one engine ---------------------------------------------------------------------------------


def read(content: Path) -> list[Manuscript]:
    """Every topic of every language."""
    loaded, found = load(content)
    if loaded is None:
        raise Failed("\n".join(map(str, found)))
    style = (PROJECT / "site_config" / "theme" / "css" / "figures.css").read_text(encoding="utf-8")
    editions = [resolve(loaded, language) for language in loaded.languages]
    made = [m for e in editions for m in typeset.manuscripts(e, loaded.site.paper, style)]
    return [m for m in made if m.template == "topic.typ"]


def numbered(topics: list[Manuscript], count: int) -> Iterator[Manuscript]:
    for number, topic in enumerate(islice(cycle(topics), count), 1):
        tree = json.loads(topic.tree)
        tree["title"] = f"{tree['title']} {number}"
        path = f"{number}/{topic.path}"
        yield replace(topic, path=path, tree=json.dumps(tree, ensure_ascii=False, sort_keys=True))


def with_weasyprint(topic: Manuscript, faces: str, folder: Path) -> bytes:
    from weasyprint import HTML

    for file in topic.files:
        (folder / file.path).write_bytes(file.data)
    html = html_of(json.loads(topic.tree), faces)
    data = HTML(string=html, base_url=f"{folder.as_uri()}/").write_pdf(pdf_variant="pdf/ua-1")
    assert isinstance(data, bytes)
    return data


def peak() -> float:
    """Megabytes that this process held at most up to now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(engine: str, content: Path, count: int) -> None:
    """Sets topics and prints what each took as JSON: path, pages, wall and CPU seconds, bytes."""
    topics = read(content)
    rows, memory = [], {}
    faces = face_rules() if engine == "weasyprint" else ""
    with tempfile.TemporaryDirectory() as name:
        cache = Path(name)
        for number, topic in enumerate(numbered(topics, count), 1):
            folder = cache / str(number)
            folder.mkdir()
            begin, busy = time.perf_counter(), time.process_time()
            if engine == "typst":
                # Its inner part, which runs in this process: what is measured is what Typst takes here.
                made, found = pdf._typeset(
                    [topic], folder, EPOCH, lambda b: Location(SourceFile(b)), lambda path: None, None
                )
                if found:
                    raise Failed("\n".join(map(str, found)))
                data = made[0].data
            else:
                data = with_weasyprint(topic, faces, folder)
            seconds, cpu = time.perf_counter() - begin, time.process_time() - busy
            with pikepdf.open(io.BytesIO(data)) as document:
                pages = len(document.pages)
            rows.append((topic.path.partition("/")[2], pages, seconds, cpu, len(data)))
            if number in NOTED or number == count:
                memory[number] = peak()
    print(json.dumps({"rows": rows, "memory": memory}))


# -- all of them, and the tables -----------------------------------------------------------------------------


def run(engine: str, content: Path, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="clinref-benchmark-") as name:
        folder = Path(name)
        command = [sys.executable, str(Path(__file__).resolve()), "--engine", engine, "--topics", str(count)]
        command += ["--content", str(content)]
        cost = measure([command], folder, {**os.environ, "PYTHONWARNINGS": "ignore"})
        said = (folder / "benchmark.log").read_text(encoding="utf-8").splitlines()
    return {**json.loads(said[-1]), "largest": cost.largest}


def main() -> int:
    parser = argparse.ArgumentParser(description="Sets the same topics with Typst and with WeasyPrint.")
    parser.add_argument("--topics", type=int, default=100, help="how many in one process (default 100)")
    parser.add_argument("--content", type=Path, default=PROJECT / "content", metavar="DIR")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    content = options.content.resolve()
    if options.engine:
        child(options.engine, content, options.topics)
        return 0
    try:
        import weasyprint  # noqa: F401
    except ImportError as error:
        print(f"WeasyPrint is not installed: pip install -e .[bench] ({error})", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"WeasyPrint needs libpango-1.0-0 and libpangoft2-1.0-0: {error}", file=sys.stderr)
        return 1
    try:
        measured(content, options.topics)
    except Failed as error:
        print(f"a measured command failed:\n{error}", file=sys.stderr)
        return 1
    return 0


def measured(content: Path, count: int) -> None:
    packages = ", ".join(f"{name} {version(name)}" for names in PACKAGES.values() for name in names)
    print(f"{machine()}, {packages}\n")
    made = {engine: run(engine, content, count) for engine in ENGINES}
    print("One topic, medians of its times. The ratio is that to Typst.\n")
    print("| topic | engine | pages | wall, s | ratio | CPU, s | ratio | size, kB | ratio |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for name in dict.fromkeys(row[0] for row in made[ENGINES[0]]["rows"]):
        base: list[float] = []
        for engine in ENGINES:
            rows = [row for row in made[engine]["rows"] if row[0] == name]
            values = [median(row[k] for row in rows) for k in (2, 3)] + [rows[0][4] / 1000]
            base = base or values
            topic = name.removeprefix("pdf/").removesuffix(".pdf")
            print(f"| {topic} | {engine} | {rows[0][1]} | {cells(values, base, (2, 2, 0))} |")
    print(f"\n{count} topics one after the other in one process.\n")
    print("| engine | pages | wall, s | ratio | CPU, s | ratio | peak, MB | ratio | size, MB | ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    base = []
    for engine, said in made.items():
        pages, wall, cpu, size = (sum(row[k] for row in said["rows"]) for k in (1, 2, 3, 4))
        values = [wall, cpu, said["largest"], size / 1e6]
        base = base or values
        print(f"| {engine} | {pages} | {cells(values, base, (1, 1, 0, 1))} |")
    print("\nPeak memory after so many topics, MB.\n")
    steps = list(made[ENGINES[0]]["memory"])
    print(f"| engine | {' | '.join(steps)} |\n|---|{'---:|' * len(steps)}")
    for engine, said in made.items():
        print(f"| {engine} | {' | '.join(format(said['memory'][s], '.0f') for s in steps)} |")


def cells(values: list[float], base: list[float], digits: tuple[int, ...]) -> str:
    """Each value with its ratio to the first engine's."""
    return " | ".join(f"{v:.{d}f} | × {v / b:.1f}" for v, b, d in zip(values, base, digits, strict=True))


if __name__ == "__main__":
    sys.exit(main())
