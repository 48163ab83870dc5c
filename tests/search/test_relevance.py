"""How well search answers: recall among the first three and mean reciprocal rank, by kind, half and language.

Every question goes through the scripts that readers run, over the real index, in a browser. A hit is a place
that the set names (section, term, figure, flow, head of a page); direct answers count as what they lead to.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
import reader
from playwright.sync_api import Browser
from tiny import ROOT, content_of

from generator.model import Edition
from generator.resolve import resolve

FIRST = 3
# What a change of words or of the ranking may not fall below, by language: recall@3 and MRR.
FLOORS = {"zh": (0.965, 0.92), "en": (0.965, 0.915)}
ACROSS = 0.97  # recall@3 of questions in the other language


def sections(edition: Edition) -> dict[str, dict[str, str]]:
    """Page to anchor to the section that the anchor stands in."""
    out: dict[str, dict[str, str]] = {}
    for page in edition.pages:
        of = out.setdefault(page.path, {})
        for id_, blocks in (("", page.lead), *((s.id, s.blocks) for s in page.sections)):
            of[id_] = id_
            for block in blocks:
                of[block.id] = id_
                of |= {item: id_ for item, _ in block.items}
                if block.table:
                    of |= {f"table-{block.table.id}-{row}": id_ for row, _ in block.table.rows}
    return out


def place(found: dict[str, str], of: dict[str, dict[str, str]]) -> str:
    """What a result leads to, as the set names it."""
    page, anchor = found["page"], found["anchor"]
    if page.startswith("flow/"):
        return page
    section = of[page].get(anchor, anchor)
    return f"{page}#{section}" if section else page


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return reader.questions()


@pytest.fixture(scope="module")
def ranks(
    browser: Browser, rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> list[int]:
    """The rank of the first right answer of each row, 0 where there is none."""
    content = content_of(ROOT / "content")
    folder: Path = tmp_path_factory.mktemp("search")
    out = [0] * len(rows)
    with browser.new_page() as page:
        for language in content.languages:
            edition = resolve(content, language)
            of = sections(edition)
            reader.visit(page, reader.write(edition, folder / language))
            mine = [n for n, row in enumerate(rows) if row["lang"] == language]
            answers = page.evaluate(reader.ASK, [rows[n]["query"] for n in mine])
            for n, found in zip(mine, answers, strict=True):
                places = dict.fromkeys(place(one, of) for one in [*found["answers"], *found["results"]])
                wanted = rows[n]["expected"].split("|")
                out[n] = next((rank for rank, where in enumerate(places, 1) if where in wanted), 0)
    return out


def test_questions_find_their_answers(
    rows: list[dict[str, str]], ranks: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for row, rank in zip(rows, ranks, strict=True):
        language = row["lang"]
        groups[language, "kind", row["kind"]].append(rank)
        groups[language, "kind", f"{row['kind']} {row['split']}"].append(rank)
        groups[language, "split", row["split"]].append(rank)
        groups[language, "all", ""].append(rank)

    def recall(of: list[int]) -> float:
        return sum(0 < rank <= FIRST for rank in of) / len(of)

    def reciprocal(of: list[int]) -> float:
        return sum(1 / rank for rank in of if rank) / len(of)

    lines = ["", f"{'language':<10}{'questions':<24}{'number':>8}{'recall@3':>10}{'MRR':>8}"]
    for (language, what, name), of in sorted(groups.items()):
        label = f"{what} {name}".strip()
        lines.append(f"{language:<10}{label:<24}{len(of):>8}{recall(of):>10.3f}{reciprocal(of):>8.3f}")
    report = "\n".join(lines)
    with capsys.disabled():
        print(report)
    assert {language for language, _, _ in groups} == set(FLOORS)
    for language, (found, rank) in FLOORS.items():
        assert recall(groups[language, "all", ""]) >= found, report
        assert reciprocal(groups[language, "all", ""]) >= rank, report
        assert recall(groups[language, "kind", "crosslang"]) >= ACROSS, report
