"""Slips of the hand in copies of the real content: how many does `clinref check` see, and by which rule?

`python tests/mutations.py [NUMBER] [SEED]` prints the table; test_mutations.py holds its promises.
A mutation is one change in one copy; every lock is accepted again after it, so that none does the catching.
"""

from __future__ import annotations

import random
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tiny import ROOT

from generator.checks import check
from generator.cli import drawing_findings
from generator.load import load
from generator.parity_lock import statements

CONTENT = ROOT / "content"
TOTAL, SEED = 200, 20261122
WORKERS = 2
Files = dict[str, str]
Mutator = Callable[[random.Random, Files], "tuple[str, str] | None"]


@dataclass(frozen=True)
class Outcome:
    """One mutation: its class, where it was made, and the rules that saw it (none: it slipped through)."""

    kind: str
    file: str
    rules: tuple[str, ...]


# -- the text of a YAML file as entries ----------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A key with all that belongs to it: lines first..last (exclusive) of a file."""

    key: str
    indent: int
    first: int
    last: int
    rest: str  # what stands behind the colon


def entries(text: str) -> list[Entry]:
    lines = text.splitlines()
    heads = [
        (number, len(m[1]), m[2], m[3])
        for number, line in enumerate(lines)
        if (m := re.match(r'( *)"?([A-Za-z0-9-]+)"?:(?: (.*))?$', line))
    ]
    out = []
    for number, indent, key, rest in heads:
        last = next(
            (n for n in range(number + 1, len(lines)) if lines[n].strip() and _indent(lines[n]) <= indent),
            len(lines),
        )
        out.append(Entry(key, indent, number, last, rest or ""))
    # Lines inside prose may look like keys; an entry inside a |- block is none.
    prose = [(e.first, e.last) for e in out if e.rest == "|-"]
    return [e for e in out if not any(first < e.first < last for first, last in prose)]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _without(text: str, e: Entry) -> str:
    lines = text.splitlines()
    return "\n".join(lines[: e.first] + lines[e.last :]) + "\n"


def _twice(text: str, e: Entry, new_key: str) -> str:
    lines = text.splitlines()
    copy = lines[e.first : e.last]
    copy[0] = copy[0].replace(f"{e.key}:", f"{new_key}:", 1)
    return "\n".join(lines[: e.last] + copy + lines[e.last :]) + "\n"


def _swapped(text: str, a: Entry, b: Entry) -> str:
    lines = text.splitlines()
    return (
        "\n".join(
            lines[: a.first]
            + lines[b.first : b.last]
            + lines[a.last : b.first]
            + lines[a.first : a.last]
            + lines[b.last :]
        )
        + "\n"
    )


def _bodies_swapped(text: str, a: Entry, b: Entry) -> str:
    """The texts of two entries change places; their keys stay."""
    lines = text.splitlines()
    one, two = lines[a.first + 1 : a.last], lines[b.first + 1 : b.last]
    if one == two:
        return text
    return "\n".join(lines[: a.first + 1] + two + lines[a.last : b.first + 1] + one + lines[b.last :]) + "\n"


def _siblings(wanted: list[Entry]) -> list[tuple[Entry, Entry]]:
    return [(a, b) for a in wanted for b in wanted if b.first == a.last and b.indent == a.indent]


def _below(text: str, *parents: str) -> list[Entry]:
    """The entries that stand right below a key of one of these names."""
    all_ = entries(text)
    out = []
    for e in all_:
        above = [p for p in all_ if p.first < e.first < p.last and p.indent < e.indent]
        if above and above[-1].key in parents:
            out.append(e)
    return out


# -- choosing a place ----------------------------------------------------------------------------------------


def _topics(rng: random.Random, files: Files) -> tuple[str, str]:
    name = rng.choice(sorted(f for f in files if re.fullmatch(r"(en|zh)/topics/.*\.yml", f)))
    return name, files[name]


def _blocks(text: str) -> list[Entry]:
    return _below(text, "lead", "body")


def _items(text: str) -> list[Entry]:
    return _below(text, "list", "steps")


def _on_topic(change: Callable[[random.Random, str], str | None]) -> Mutator:
    def mutate(rng: random.Random, files: Files) -> tuple[str, str] | None:
        name, text = _topics(rng, files)
        new = change(rng, text)
        return None if new is None or new == text else (name, new)

    return mutate


def _on_file(pattern: str, change: Callable[[random.Random, str], str | None]) -> Mutator:
    def mutate(rng: random.Random, files: Files) -> tuple[str, str] | None:
        name = rng.choice(sorted(f for f in files if re.fullmatch(pattern, f)))
        new = change(rng, files[name])
        return None if new is None or new == files[name] else (name, new)

    return mutate


def _pick(rng: random.Random, choices: list[Entry]) -> Entry | None:
    return rng.choice(choices) if choices else None


def _replace_one(
    rng: random.Random, text: str, pattern: str, new: Callable[[re.Match[str]], str]
) -> str | None:
    found = list(re.finditer(pattern, text))
    if not found:
        return None
    match = rng.choice(found)
    return text[: match.start()] + new(match) + text[match.end() :]


def _known(files: Files, kind: str) -> list[str]:
    """The ids that a shared file defines."""
    name = {"cite": "references", "fact": "facts", "term": "terms", "figure": "figures"}[kind]
    return [e.key for e in entries(files[f"shared/{name}.yml"]) if e.indent == 0]


# -- classes: what an editor's hand does ---------------------------------------------------------------------


def block_deleted(rng: random.Random, text: str) -> str | None:
    e = _pick(rng, _blocks(text))
    return e and _without(text, e)


def block_duplicated(rng: random.Random, text: str) -> str | None:
    e = _pick(rng, _blocks(text))
    return e and _twice(text, e, rng.choice((e.key, f"{e.key}-copy")))


def block_swapped(rng: random.Random, text: str) -> str | None:
    pairs = _siblings(_blocks(text))
    return _swapped(text, *rng.choice(pairs)) if pairs else None


def block_texts_swapped(rng: random.Random, text: str) -> str | None:
    pairs = _siblings([b for b in _blocks(text) if b.rest == "|-"])
    return _bodies_swapped(text, *rng.choice(pairs)) if pairs else None


def item_deleted(rng: random.Random, text: str) -> str | None:
    e = _pick(rng, _items(text))
    return e and _without(text, e)


def item_swapped(rng: random.Random, text: str) -> str | None:
    pairs = _siblings(_items(text))
    return _swapped(text, *rng.choice(pairs)) if pairs else None


def below_deleted(*parents: str) -> Callable[[random.Random, str], str | None]:
    """Deletes an entry right below a key of one of these names."""

    def change(rng: random.Random, text: str) -> str | None:
        e = _pick(rng, _below(text, *parents))
        return e and _without(text, e)

    return change


def id_renamed(rng: random.Random, text: str) -> str | None:
    e = _pick(rng, [*_blocks(text), *_items(text)])
    if e is None:
        return None
    lines = text.splitlines()
    lines[e.first] = lines[e.first].replace(f"{e.key}:", f"{e.key[:-1]}x:", 1)
    return "\n".join(lines) + "\n"


def kind_changed(rng: random.Random, text: str) -> str | None:
    others = {
        "note": "warning",
        "warning": "emergency",
        "emergency": "note",
        "list": "steps",
        "steps": "list",
    }
    return _replace_one(
        rng, text, r"(?m)^( +)(note|warning|emergency|list|steps):", lambda m: f"{m[1]}{others[m[2]]}:"
    )


def reference_deleted(kind: str) -> Callable[[random.Random, str], str | None]:
    return lambda rng, text: _replace_one(rng, text, rf"\[\[{kind}:[^\]|]+\]\]", lambda m: "")


def reference_mistyped(rng: random.Random, text: str) -> str | None:
    return _replace_one(rng, text, r"\[\[([a-z]+):([a-z0-9-]+)", lambda m: f"[[{m[1]}:{m[2][:-1]}")


def reference_swapped(kind: str) -> Mutator:
    def mutate(rng: random.Random, files: Files) -> tuple[str, str] | None:
        name, text = _topics(rng, files)
        known = _known(files, kind)
        new = _replace_one(
            rng,
            text,
            rf"\[\[{kind}:([a-z0-9-]+)",
            lambda m: f"[[{kind}:{rng.choice([k for k in known if k != m[1]])}",
        )
        return None if new is None else (name, new)

    return mutate


def fact_twice(rng: random.Random, text: str) -> str | None:
    return _replace_one(rng, text, r"\[\[fact:[a-z0-9-]+\]\]", lambda m: f"{m[0]}, {m[0]}")


def number_changed(rng: random.Random, text: str) -> str | None:
    def other(match: re.Match[str]) -> str:
        digits = [i for i, c in enumerate(match[2]) if c.isdigit()]
        at = rng.choice(digits)
        digit = rng.choice([d for d in "123456789" if d != match[2][at]])
        return match[1] + match[2][:at] + digit + match[2][at + 1 :]

    names = "value|low|high|at_least|more_than|at_most|less_than|dose|fractions"
    return _replace_one(rng, text, rf"(?m)^(  (?:{names}): )([0-9.]+)$", other)


def number_transposed(rng: random.Random, text: str) -> str | None:
    return _replace_one(
        rng,
        text,
        r"(?m)^(  (?:value|low|high|at_least|at_most): [0-9.]*)([0-9])([0-9])",
        lambda m: m[0] if m[2] == m[3] else f"{m[1]}{m[3]}{m[2]}",
    )


def bounds_swapped(rng: random.Random, text: str) -> str | None:
    return _replace_one(
        rng, text, r"  low: ([0-9.]+)\n  high: ([0-9.]+)", lambda m: f"  low: {m[2]}\n  high: {m[1]}"
    )


def unit_changed(rng: random.Random, text: str) -> str | None:
    units = sorted(set(re.findall(r"(?m)^  unit: (\S+)$", text)))
    return _replace_one(
        rng, text, r"(?m)^  unit: (\S+)$", lambda m: f"  unit: {rng.choice([u for u in units if u != m[1]])}"
    )


def top_entry_deleted(rng: random.Random, text: str) -> str | None:
    e = _pick(rng, [e for e in entries(text) if e.indent == 0])
    return e and _without(text, e)


def cell_deleted(rng: random.Random, text: str) -> str | None:
    e = _pick(rng, [e for e in entries(text) if e.rest == "|-" and e.indent == 6])
    return e and _without(text, e)


def cell_fact_swapped(rng: random.Random, text: str) -> str | None:
    """Two facts of one column change places."""
    cells = _below(text, "facts")
    pairs = [
        (a, b) for a in cells for b in cells if a.first < b.first and a.key == b.key and a.rest != b.rest
    ]
    if not pairs:
        return None
    a, b = rng.choice(pairs)
    lines = text.splitlines()
    lines[a.first], lines[b.first] = lines[b.first], lines[a.first]
    return "\n".join(lines) + "\n"


def figure_changed(rng: random.Random, files: Files) -> tuple[str, str] | None:
    name, text = _topics(rng, files)
    known = _known(files, "figure")
    new = _replace_one(
        rng,
        text,
        r"(?m)^( +figure: |\[\[figure:|gallery: \[)([a-z0-9-]+)",
        lambda m: m[1] + rng.choice([k for k in known if k != m[2]]),
    )
    return None if new is None else (name, new)


def exit_deleted(rng: random.Random, text: str) -> str | None:
    exits = {*_below(text, "exits"), *(e for e in entries(text) if e.key == "next")}
    e = _pick(rng, sorted(exits, key=lambda e: e.first))
    return e and _without(text, e)


def digit_typed(rng: random.Random, text: str) -> str | None:
    return _replace_one(rng, text, r"(?<=[a-z一-鿿]) ?(?=\[\[cite:)", lambda m: rng.choice((" 7", " 24")))


def fact_source_changed(rng: random.Random, files: Files) -> tuple[str, str] | None:
    text = files["shared/facts.yml"]
    known = _known(files, "cite")
    new = _replace_one(
        rng,
        text,
        r"(?m)^(  cite: \[?)([a-z0-9-]+)(\]?)$",
        lambda m: m[1] + rng.choice([k for k in known if k != m[2]]) + m[3],
    )
    return None if new is None else ("shared/facts.yml", new)


# What no rule can see, since the book is as consistent after as before it: an editor's eye is left, which the
# lock on equal texts calls where one language alone was changed.


def both_entries_changed(rng: random.Random, text: str) -> str | None:
    def other(match: re.Match[str]) -> str:
        new = str(int(match[2]) + rng.choice((1, 2, 10)))
        return match[1] + new + match[3] + re.sub(rf"\b{match[2]}\b", new, match[4])

    return _replace_one(
        rng, text, r"(?m)^(  value: )([0-9]+)(\n(?:  (?!source).*\n)*)(  source_value: .*\b\2\b.*)$", other
    )


def negation_deleted(rng: random.Random, text: str) -> str | None:
    return _replace_one(rng, text, r"\bnot |\bNever |不(?=[一-鿿])", lambda m: "")


def exits_swapped(rng: random.Random, text: str) -> str | None:
    return _replace_one(
        rng,
        text,
        r'("yes": )([a-z-]+)(\n +"no": )([a-z-]+)',
        lambda m: f"{m[1]}{m[4]}{m[3]}{m[2]}",
    )


def words_swapped(parent: str) -> Callable[[random.Random, str], str | None]:
    """Two neighbors right below this key say each other's words; those that print facts or terms are left."""

    def change(rng: random.Random, text: str) -> str | None:
        pairs = [(a, b) for a, b in _siblings(_below(text, parent)) if "[[" not in a.rest + b.rest]
        if not pairs:
            return None
        a, b = rng.choice(pairs)
        lines = text.splitlines()
        lines[a.first] = lines[a.first].replace(a.rest, b.rest)
        lines[b.first] = lines[b.first].replace(b.rest, a.rest)
        return "\n".join(lines) + "\n"

    return change


TOPIC = r"(en|zh)/topics/.*\.yml"
STRUCTURAL: dict[str, Mutator] = {
    "block deleted": _on_topic(block_deleted),
    "block duplicated": _on_topic(block_duplicated),
    "blocks swapped": _on_topic(block_swapped),
    "texts of two blocks swapped": _on_topic(block_texts_swapped),
    "block of another kind": _on_topic(kind_changed),
    "section deleted": _on_topic(below_deleted("sections")),
    "id renamed": _on_topic(id_renamed),
    "list item deleted": _on_topic(item_deleted),
    "list items swapped": _on_topic(item_swapped),
    "citation deleted": _on_topic(reference_deleted("cite")),
    "citation swapped": reference_swapped("cite"),
    "id in a link mistyped": _on_topic(reference_mistyped),
    "fact deleted from a statement": _on_topic(reference_deleted("fact")),
    "fact swapped in a statement": reference_swapped("fact"),
    "fact twice in a statement": _on_topic(fact_twice),
    "number changed": _on_file(r"shared/facts\.yml", number_changed),
    "digits transposed": _on_file(r"shared/facts\.yml", number_transposed),
    "bounds swapped": _on_file(r"shared/facts\.yml", bounds_swapped),
    "unit changed": _on_file(r"shared/facts\.yml", unit_changed),
    "source of a fact changed": fact_source_changed,
    "fact deleted": _on_file(r"shared/facts\.yml", top_entry_deleted),
    "number typed into prose": _on_topic(digit_typed),
    "term swapped in a statement": reference_swapped("term"),
    "term deleted": _on_file(r"(shared|en|zh)/terms\.yml", top_entry_deleted),
    "reference deleted": _on_file(r"shared/references\.yml", top_entry_deleted),
    "table cell deleted": _on_file(r"(en|zh)/tables\.yml", cell_deleted),
    "table row deleted": _on_file(r"(shared|en|zh)/tables\.yml", below_deleted("rows")),
    "figure changed": figure_changed,
    "figure label deleted": _on_file(r"(en|zh)/figures\.yml", below_deleted("labels")),
    "flow step deleted": _on_file(r"(shared|en|zh)/flows/.*\.yml", below_deleted("nodes")),
    "flow exit deleted": _on_file(r"shared/flows/.*\.yml", exit_deleted),
}
# A consistent book that says something else.
OF_MEANING: dict[str, Mutator] = {
    "number and its source changed alike": _on_file(r"shared/facts\.yml", both_entries_changed),
    "negation deleted": _on_topic(negation_deleted),
    "yes and no of a flow swapped": _on_file(r"shared/flows/.*\.yml", exits_swapped),
    "words of two flow steps swapped": _on_file(r"(en|zh)/flows/.*\.yml", words_swapped("nodes")),
    "figure labels swapped": _on_file(r"(en|zh)/figures\.yml", words_swapped("labels")),
    "facts of two table rows swapped": _on_file(r"shared/tables\.yml", cell_fact_swapped),
}
CLASSES = STRUCTURAL | OF_MEANING


def _mutation(kind: str, seed: int, files: Files) -> tuple[str, str]:
    """A change of this class: the file, and its new text. The same seed makes the same change."""
    rng = random.Random(f"{kind} {seed}")
    for _ in range(100):
        if (made := CLASSES[kind](rng, files)) and made[1] != files[made[0]]:
            return made
    raise AssertionError(f"found no place for: {kind}")


def rules_that_see(book: Path) -> tuple[str, ...]:
    """The rules that report, were all that the book now says accepted as equal."""
    content, found = load(book)
    if content is not None:
        content = replace(content, accepted=statements(content))
        found = [*check(content), *drawing_findings(content)]
    return tuple(sorted({d.rule for d in found}))


def _run(jobs: list[tuple[str, int]]) -> list[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(CONTENT, Path(folder) / "content"))
        files = {p.relative_to(copy).as_posix(): p.read_text("utf-8") for p in copy.rglob("*.yml")}
        out = []
        for kind, seed in jobs:
            name, text = _mutation(kind, seed, files)
            (copy / name).write_text(text, encoding="utf-8")
            out.append(Outcome(kind, name, rules_that_see(copy)))
            (copy / name).write_text(files[name], encoding="utf-8")
    return out


def jobs(total: int, seed: int) -> Iterator[tuple[str, int]]:
    """Every class in turn, until there are enough."""
    for number in range(total):
        yield [*CLASSES][number % len(CLASSES)], seed + number


def outcomes(total: int = TOTAL, seed: int = SEED) -> list[Outcome]:
    """Makes the mutations, side by side."""
    every = list(jobs(total, seed))
    with ProcessPoolExecutor(WORKERS) as pool:
        return [o for part in pool.map(_run, [every[n::WORKERS] for n in range(WORKERS)]) for o in part]


def rate(found: list[Outcome]) -> float:
    return sum(bool(o.rules) for o in found) / len(found)


def table(found: list[Outcome]) -> str:
    """Caught of made by class, the rules that caught, and the classes that no rule sees."""
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        by_kind[outcome.kind].append(outcome)
    lines = []
    for title, classes in (("structure", STRUCTURAL), ("meaning", OF_MEANING)):
        group = [o for kind in classes for o in by_kind[kind]]
        lines.append(f"{title}: {sum(bool(o.rules) for o in group)} of {len(group)} caught")
        for kind in classes:
            made = by_kind[kind]
            rules = Counter(rule for o in made for rule in o.rules)
            said = ", ".join(f"{rule} {count}" for rule, count in rules.most_common())
            lines.append(f"  {kind:38} {sum(bool(o.rules) for o in made):3}/{len(made):<3} {said}")
    blind = [kind for kind in CLASSES if by_kind[kind] and not any(o.rules for o in by_kind[kind])]
    lines.append(f"seen by no rule: {'; '.join(blind) or 'none'}")
    return "\n".join(lines)


if __name__ == "__main__":
    numbers = [int(a) for a in sys.argv[1:]]
    print(table(outcomes(*numbers)))
