"""Rules that guard what a clinician acts on: numbers, names of drugs, and the source of every statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from generator import markup
from generator.checks.passages import Check, Finding, all_texts, local_texts, passages_of_topics
from generator.diagnostic import Related
from generator.model import Content, FigureBlock, TableBlock, Ui
from generator.source import Scalar

# Any digit that Unicode knows, with the raised, lowered and circled ones that \d leaves out.
DIGIT = re.compile(r"[\d²³¹⁰⁴-⁹₀-₉①-⑳½¼¾]+")
# A reference whose words, if it has any, are no prose.
_UNSHOWN = re.compile(r"\[\[(?:term:[^\[\]|\n]+(?:\|[^\[\]\n]+)?|[a-z]+:[^\[\]|\n]+)\]\]")
_SPELLED = {
    word: value
    for value, words in enumerate(
        "zero;one single;two;three;four;five;six;seven;eight;nine;ten;eleven;twelve".split(";")
    )
    for word in words.split()
}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "万": 10**4, "亿": 10**8}
_FIGURE = re.compile(
    r"(?P<digits>\d{1,3}(?:[,\u2009\u202f\u00a0 ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s*(?P<scale>thousand|million|billion|万|亿))?|\b(?P<word>" + "|".join(_SPELLED) + r")\b",
    re.I,
)


def numbers_in(text: str) -> list[Decimal]:
    """The numbers in a source's words, in order, unsigned: `43,250`, `1.06 million`, `106万`, `single`."""
    out = []
    for match in _FIGURE.finditer(text):
        if match["word"]:
            out.append(Decimal(_SPELLED[match["word"].lower()]))
        else:
            bare = re.sub(r"[,\u2009\u202f\u00a0 ]", "", match["digits"])
            out.append(Decimal(bare) * _SCALES.get((match["scale"] or "").lower(), 1))
    return out


def double_entry(content: Content) -> Iterator[Finding]:
    """A fact's numbers are those of its source_value, in the same order: a slip of a finger is seen."""
    for name, fact in content.facts.items():
        mine = [abs(Decimal(n)) for n in fact.numbers]
        printed = numbers_in(fact.source_value)
        if mine != printed:
            yield Finding(
                f'fact "{name}" says {" and ".join(fact.numbers)}, '
                f'its source_value says "{fact.source_value}"',
                fact.source_value.at,
                "look at the source and correct one of them",
                (Related(fact.numbers[0].at, "the fact's number"),),
            )


_UNIT_WORD = re.compile(r"%|[A-Za-z]+(?:/[A-Za-z]+)?|[\u4e00-\u9fff]+")
# Units that a source always prints; what is counted (patients, deaths) it may leave to a column's head.
MEASURES = frozenset(
    "Gy mg g kDa cm L mg-dl mmol-l ml-min percent minutes hours days weeks months years years-old".split()
)
# How sources write a unit otherwise than a reader of this book sees it.
_SHORT = {
    "percent": "percent",
    "h": "hours",
    "min": "minutes",
    "d": "days",
    "wk": "weeks",
    "mo": "months",
    "yr": "years",
    "yrs": "years",
    "age": "years-old",
    "aged": "years-old",
    "ages": "years-old",
}


def _unit_names(content: Content) -> dict[str, set[str]]:
    """Lower-case word to the units that it names, in any language."""
    out: dict[str, set[str]] = {word: {unit} for word, unit in _SHORT.items()}
    for words in content.words.values():
        for id_, unit in words.ui.units.items():
            for pattern in (unit.one, unit.other, unit.range):
                bare = re.sub(r"\{\w+\}", " ", pattern or "")
                for word in _UNIT_WORD.findall(bare):
                    out.setdefault(word.lower(), set()).add(str(id_))
    return out


def unit_entry(content: Content) -> Iterator[Finding]:
    """The unit that a source prints is that of the fact: milligrams do not become grams."""
    names = _unit_names(content)
    for name, fact in content.facts.items():
        at = fact.unit.at if fact.unit else name.at
        said = [word.lower() for word in _UNIT_WORD.findall(fact.source_value)]
        if any(str(fact.unit) in names.get(word, ()) for word in said):
            continue
        behind = re.findall(rf"\d\s*-?\s*({_UNIT_WORD.pattern})", fact.source_value)
        if any(word.lower() in names for word in behind):
            yield Finding(
                f'fact "{name}" is in {fact.unit or "no unit"}, its source_value says "{fact.source_value}"',
                fact.source_value.at,
                "look at the source and correct one of them",
                (Related(at, "the fact's unit"),),
            )
        elif fact.unit in MEASURES:
            yield Finding(
                f'the source_value of "{name}" prints no {fact.unit}',
                fact.source_value.at,
                "add the unit as the source prints it, in the text or at the head of its column",
                (Related(at, "the fact's unit"),),
            )


def row_fact(content: Content) -> Iterator[Finding]:
    """A fact that is named after another row of its table stands in the wrong row."""
    for table in content.tables.values():
        for row_id, row in table.rows.items():
            for fact_id in row.facts.values():
                padded = f"-{fact_id}-"
                others = [r for r in table.rows if r != row_id and f"-{r}-" in padded]
                if others and f"-{row_id}-" not in padded:
                    yield Finding(
                        f'fact "{fact_id}" stands in the row "{row_id}", its name says "{others[0]}"',
                        fact_id.at,
                        "put it into its row, or name the fact for what it is",
                    )


def number_in_prose(content: Content) -> Iterator[Finding]:
    """No digit and no number word before a unit is typed into prose: it is a fact, or part of a term."""
    words_of_number = {language: _number_words(words.ui) for language, words in content.words.items()}
    for language, text in all_texts(content):
        # Most texts have neither, which a blank in the place of each reference shows sooner.
        bare = _UNSHOWN.sub(" ", text)
        if not ("[[" in bare or DIGIT.search(bare) or words_of_number[language].search(bare)):
            continue
        rest = markup.without_references(text)
        for match in DIGIT.finditer(rest):
            yield Finding(
                f'"{match.group()}" typed into prose',
                text.place(match.start(), len(match.group())),
                "make it a fact and write [[fact:id]]; "
                "a digit in a name belongs to a term: [[term:id|Tc-99m]]",
            )
        for match in words_of_number[language].finditer(rest):
            yield Finding(
                f'"{match.group()}" is a number typed into prose',
                text.place(match.start(), len(match.group())),
                "make it a fact and write [[fact:id]]",
            )


def _number_words(ui: Ui) -> re.Pattern[str]:
    numbers = "|".join(map(re.escape, sorted(ui.number_words, key=len, reverse=True)))
    units = "|".join(map(re.escape, sorted(ui.unit_words, key=len, reverse=True)))
    if not numbers or not units:
        return re.compile(r"(?!)")
    if ui.spaced_words:
        # It begins with one set of letters, so that Python passes over all other characters at once.
        first = re.escape("".join({case for n in ui.number_words for case in (n[0].lower(), n[0].upper())}))
        words = "|".join(f"(?<={re.escape(n[0])}){re.escape(n[1:])}" for n in ui.number_words)
        return re.compile(rf"[{first}](?<!\w.)(?i:(?:{words})[\s-]+(?:{units})\b)")
    # Not an ordinal (第三周), nor one of the exceptions.
    free = "|".join(map(re.escape, ui.number_exceptions)) or "(?!)"
    return re.compile(rf"(?<!第)(?!{free})(?:{numbers})+(?:{units})")


def discouraged_name(content: Content) -> Iterator[Finding]:
    """A discouraged variant of a term is not typed into prose; the message names the preferred one."""
    for language, words in content.words.items():
        variants = {bad: term.name for term in words.terms.values() for bad in term.discouraged}
        if not variants:
            continue
        good = [n for term in words.terms.values() for n in term.names]
        edge = r"\b" if words.ui.spaced_words else ""
        # Longest first, correct names among them: a bad form inside a longer correct name is no fault.
        both = sorted({*variants, *good}, key=len, reverse=True)
        pattern = re.compile("|".join(f"{edge}{re.escape(n)}{edge}" for n in both), re.I if edge else 0)
        preferred = {bad.lower(): name for bad, name in variants.items()}
        for spoken, text in (*all_texts(content), *local_texts(content)):
            if spoken != language:
                continue
            # Looking for a bad name alone is quick; only then are the correct ones looked for too.
            lower = text.lower()
            if not any(bad in lower for bad in preferred):
                continue
            for match in pattern.finditer(markup.without_references(text)):
                name = preferred.get(match.group().lower())
                if name and match.group() != name:
                    yield Finding(
                        f'"{match.group()}" is a discouraged name',
                        text.place(match.start(), len(match.group())),
                        f'write "{name}"',
                    )


def name_collision(content: Content) -> Iterator[Finding]:
    """Within a language one name means one term, and a discouraged name is no correct one."""
    for words in content.words.values():
        seen: dict[str, Scalar] = {}
        for id_, term in words.terms.items():
            for name in dict.fromkeys(str(n) for n in term.names):
                if (other := seen.get(name)) is not None:
                    yield Finding(
                        f'"{name}" names both "{other}" and "{id_}"',
                        id_.at,
                        "keep it with one",
                        (Related(other.at, "the other"),),
                    )
                seen.setdefault(name, id_)
        for term in words.terms.values():
            for bad in term.discouraged:
                if (other := seen.get(str(bad))) is not None:
                    yield Finding(
                        f'"{bad}" is discouraged here and correct for "{other}"', bad.at, "keep one of them"
                    )


def uncited(content: Content) -> Iterator[Finding]:
    """Every paragraph, list item, table row, figure and step of a flow cites, or says why not."""
    tables = content.tables
    for topics in passages_of_topics(content).values():
        for name, topic in topics.items():
            exempt = content.topics[name].uncited if name in content.topics else {}
            for id_, prose in topic:
                if not prose.cites and id_ not in exempt:
                    yield Finding(
                        f'"{id_}" cites no reference',
                        id_.at,
                        "add [[cite:id]], or name it under uncited in "
                        f"shared/topics/{name}.yml with the reason",
                    )
    for table in tables.values():
        for row_id, row in table.rows.items():
            if not row.cite and not row.facts:
                yield Finding(f'row "{row_id}" cites no reference', row_id.at, "add cite: [id]")
    for figure_id, figure in content.figures.items():
        if not figure.cite and not figure.uncited:
            yield Finding(
                f'figure "{figure_id}" cites no reference',
                figure_id.at,
                "add cite: [id], or uncited: the reason",
            )
    for flow in content.flows.values():
        for node_id, node in flow.nodes.items():
            if not node.cite:
                yield Finding(f'step "{node_id}" cites no reference', node_id.at, "add cite: [id]")


def needless_exemption(content: Content) -> Iterator[Finding]:
    """An exemption from citing that no longer applies is taken back."""
    for name, shared in content.topics.items():
        cited: dict[str, bool] = {}
        for topics in passages_of_topics(content).values() if shared.uncited else ():
            for id_, prose in topics.get(name, ()):
                cited[id_] = cited.get(id_, False) or bool(prose.cites)
        for id_ in shared.uncited:
            if id_ not in cited:
                yield Finding(
                    f'uncited names "{id_}", which is no paragraph or item of this topic',
                    id_.at,
                    "delete the line",
                )
            elif cited[id_]:
                yield Finding(f'"{id_}" cites a reference and needs no exemption', id_.at, "delete the line")
    for figure_id, figure in content.figures.items():
        if figure.cite and figure.uncited:
            yield Finding(
                f'figure "{figure_id}" cites and says why it does not', figure_id.at, "delete uncited"
            )


def fact_source(content: Content) -> Iterator[Finding]:
    """A statement or a table row that prints a fact cites a reference of that fact."""
    for table in content.tables.values():
        for row_id, row in table.rows.items():
            for fact_id in row.facts.values():
                fact = content.facts.get(fact_id)
                if fact and row.cite and not set(fact.cite) & set(row.cite):
                    yield Finding(
                        f'row "{row_id}" prints the fact "{fact_id}" and cites none of its sources',
                        row_id.at,
                        f"add {fact.cite[0]} to cite",
                    )
    for topics in passages_of_topics(content).values():
        for name, topic in topics.items():
            exempt = content.topics[name].uncited if name in content.topics else {}
            for id_, prose in topic:
                if id_ in exempt:
                    continue
                for ref in prose.references:
                    fact = content.facts.get(ref.target) if ref.kind == "fact" else None
                    if fact and not set(fact.cite) & set(prose.cites):
                        yield Finding(
                            f'"{id_}" prints the fact "{ref.target}" and cites none of its sources',
                            id_.at,
                            f"add [[cite:{fact.cite[0]}]]",
                        )


def repeated_exhibit(content: Content) -> Iterator[Finding]:
    """A table or a figure stands once in a topic: a reader who meets it again looks for a difference."""
    words = content.words[content.languages[0]]
    for topic in words.topics.values():
        seen: dict[tuple[str, str], Scalar] = {}
        for _, block in topic.blocks():
            kind, names = "table", [block.table] if isinstance(block, TableBlock) else []
            if isinstance(block, FigureBlock):
                kind, names = "figure", block.figures
            for name in names:
                if first := seen.get((kind, name)):
                    yield Finding(
                        f'{kind} "{name}" stands twice',
                        name.at,
                        f"link to it with [[{kind}:id]]",
                        (Related(first.at, "first here"),),
                    )
                seen.setdefault((kind, name), name)


CHECKS: tuple[Check, ...] = (
    double_entry,
    unit_entry,
    row_fact,
    number_in_prose,
    discouraged_name,
    name_collision,
    uncited,
    needless_exemption,
    fact_source,
    repeated_exhibit,
)
