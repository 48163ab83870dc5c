"""How search scales: `python benchmarks/search.py [topics]` repeats the real topics and measures queries.

The real topics and flows are repeated under other addresses until there are as many topics as asked for, so
that every word of the book is common: the hardest case for the lists that a query loads. Of each copy some
sections are left out, chosen by seed: lists that repeat would be packed smaller than those of a real book.
Prints the processor time to make the index; the files and their size; and, in Chromium, over http and from
the disk, what questions load (gzip, kB) and the seconds from the question to its first results, nothing
loaded before.
"""

from __future__ import annotations

import dataclasses
import gzip
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT / "tests" / name) for name in ("", "site", "search")]

import reader  # noqa: E402
from servers import served  # noqa: E402

from generator import search  # noqa: E402
from generator.load import load  # noqa: E402
from generator.model import Edition, FlowView, Page, Quantity  # noqa: E402
from generator.resolve import resolve  # noqa: E402

TOPICS = (4, 1000)
KEPT = 0.7  # share of the sections of a copied topic


def repeated(edition: Edition, topics: int) -> Edition:
    """The edition with its topics, flows and facts again and again, each time under other ids."""
    real = [page for page in edition.pages if page.kind in ("topic", "flow")]
    count = sum(page.kind == "topic" for page in real)
    pages, printed, cites = list(edition.pages), dict(edition.printed), dict(edition.stated)
    for n in range(1, -(-topics // count)):
        pages += [_renamed(page, f"-{n}") for page in real]
        printed |= {f"{id_}-{n}": text for id_, text in edition.printed.items()}
        cites |= {f"{id_}-{n}": ids for id_, ids in edition.stated.items()}
    return dataclasses.replace(edition, pages=tuple(pages), printed=printed, stated=cites)


def _renamed(value: Any, end: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_renamed(one, end) for one in value)
    if isinstance(value, Quantity):
        return dataclasses.replace(value, fact=value.fact + end)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _renamed(getattr(value, f.name), end) for f in dataclasses.fields(value)}
        if isinstance(value, Page):
            chance = random.Random(value.path + end)
            sections = tuple(section for section in changed["sections"] if chance.random() < KEPT)
            changed |= {"path": value.path + end, "title": f"{value.title} {end[1:]}", "sections": sections}
        elif isinstance(value, FlowView):
            changed |= {"id": value.id + end}
        return dataclasses.replace(value, **changed)
    return value


def ask(page: reader.Page, address: str, query: str) -> float:
    """Seconds from the question to its first results, nothing loaded before."""
    page.goto(address)
    return float(
        page.evaluate(
            """async query => {
              const start = performance.now();
              await clinrefEngine(clinrefLoader(new URL('./', location.href).href)).search(query);
              return (performance.now() - start) / 1000;
            }""",
            query,
        )
    )


def main() -> None:
    wanted = [int(argument) for argument in sys.argv[1:]] or TOPICS
    content, _ = load(PROJECT / "content")
    assert content is not None
    columns = "topics lang index-s files MB-gzip opened-kB query-kB most http-s most disk-s most".split()
    print(" ".join(f"{column:>9}" for column in columns))
    for topics in wanted:
        for language in content.languages:
            edition = repeated(resolve(content, language), topics)
            start = time.process_time()
            files = search.files(edition)
            seconds = time.process_time() - start
            sizes = {f"/{f.path}": len(gzip.compress(f.data, 6)) for f in files}
            with tempfile.TemporaryDirectory() as name, reader.opened() as page:
                folder = Path(name)
                start_page = reader.write_files(files, folder)
                loaded: list[str] = []
                page.on("request", lambda request, loaded=loaded: loaded.append(request.url))
                weights, times = [], {"http": [], "disk": []}
                with served(folder) as address:
                    for query in reader.tuned(language):
                        loaded.clear()
                        times["http"].append(ask(page, f"{address}index.html", query))
                        paths = [url.removeprefix(address.rstrip("/")) for url in loaded]
                        weights.append(sum(sizes[path] for path in paths if path in sizes) / 1000)
                        times["disk"].append(ask(page, start_page.as_uri(), query))
            row = [f"{seconds:.1f}", len(files), f"{sum(sizes.values()) / 1e6:.2f}"]
            row += [
                f"{value:.1f}" for value in (sizes["/search/index.js"] / 1000, median(weights), max(weights))
            ]
            row += [f"{value:.2f}" for of in times.values() for value in (median(of), max(of))]
            print(" ".join(f"{value:>9}" for value in [topics, language, *row]), flush=True)


if __name__ == "__main__":
    main()
