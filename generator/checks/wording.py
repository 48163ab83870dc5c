"""Rules on what words claim: which drug is meant, what a number counts, who may read a dose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias

from generator import markup
from generator.checks.passages import Check, Finding, all_passages, topic_passages
from generator.checks.printed import FILLED, printed_texts
from generator.diagnostic import Location, Related
from generator.model import Content, FigureBlock, FlowBlock, Prose, TableBlock, TopicWords, Words

# --- drugs --------------------------------------------------------------------------------------------------

# A letter to what may follow it; "end" where a name may end.
_Tree: TypeAlias = dict[str, "_Tree"]


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Any of the names, the longest first; a Latin one as a whole word.

    Beginnings that names share stand once, so that a text is read in one go however many names there are.
    """
    tree: _Tree = {}
    for name in names:
        node = tree.setdefault("before" if name[0].isascii() else "", {})
        for letter in name.lower():
            node = node.setdefault(letter, {})
        node["end"] = {}

    def joined(node: _Tree, letter: str) -> str:
        ways = [re.escape(after) + joined(rest, after) for after, rest in node.items() if after != "end"]
        if "end" in node:
            ways.append("(?![A-Za-z])" if letter.isascii() else "")
        return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"

    edge = {"before": "(?<![A-Za-z])", "": ""}
    return re.compile("|".join(edge[key] + joined(node, "") for key, node in tree.items()) or r"(?!)", re.I)


def two_drug_names(content: Content) -> Iterator[Finding]:
    """A topic calls a drug by one name; another stands in brackets after it, unless `several_names`."""
    drugs = {id_: term for id_, term in content.terms.items() if term.category == "drug"}
    for language, words in content.words.items():
        # Forms are read too, so that a name within one of them is not taken for the name itself.
        owner = {
            str(name).lower(): (str(id_), name not in term.forms and not drugs[id_].several_names)
            for id_, term in words.terms.items()
            for name in term.names
            if id_ in drugs
        }
        pattern = _pattern(owner)
        seen: dict[tuple[str, str], dict[str, Location]] = {}
        # What is printed begins with all passages.
        for passage, text in zip(all_passages(content), printed_texts(content), strict=False):
            if passage.language != language or not passage.topic:
                continue
            last: tuple[str, int] = ("", 0)
            for match in pattern.finditer(text.text):
                name = match.group().lower()
                id_, counts = owner[name]
                before, last = last, (id_, match.end())
                if not counts:
                    continue
                known = seen.setdefault((passage.topic, id_), {})
                beside = before[0] == id_ and re.fullmatch(r"\s?[（(]", text.text[before[1] : match.start()])
                # A longer form of a name already used reads as the same name.
                if beside or not known or any(name in other or other in name for other in known):
                    known.setdefault(name, text.at(match))
                    continue
                first, at = next(iter(known.items()))
                yield Finding(
                    f'"{match.group()}" is another name for "{first}", which this topic uses',
                    text.at(match),
                    f'write "{first}", or put the other name in brackets right after it; for a class of '
                    f'drugs or for brands told apart: "several_names: yes" for "{id_}" in shared/terms.yml',
                    (Related(at, f'"{first}" here'),),
                )


# Ends of international nonproprietary names, as the WHO gives them, in Latin letters and in Chinese.
_STEMS = tuple(
    "mab nib dronate dronic parib taxel platin ciclib lutamide relin relix rubicin tecan trexed trexate "
    "limus lisib zomib lidomide setron prazole oxaban gatran parin vastatin cillin floxacin mycin "
    "conazole sartan olol dipine gliptin gliflozin glutide gabalin codone morphone fentanil coxib "
    "metasone methasone nisone nisolone caine thiazide lukast ciclovir cycline plase tidine trozole".split()
)
_HAN_STEMS = (
    "单抗 替尼 膦酸 帕利 紫杉醇 西他赛 卢胺 瑞林 加瑞克 铂 柔比星 替康 曲塞 莫司 佐米 度胺 司琼 拉唑 沙班 "
    "肝素 西林 沙星 霉素 康唑 沙坦 洛尔 格列净 列汀 鲁肽 噻嗪 鲁司特 昔布 米松 尼松 泼尼龙 昔芬 曲唑"
).split()
# What no stem tells, in use beside bone metastases.
_DRUGS = frozenset(
    "abiraterone tamoxifen exemestane fulvestrant leuprolide teriparatide cinacalcet morphine oxycodone "
    "fentanyl tramadol methadone paracetamol acetaminophen ibuprofen naproxen aspirin warfarin "
    "cyclophosphamide fluorouracil capecitabine gemcitabine temozolomide etoposide vincristine "
    "vinorelbine strontium samarium lutetium clodronate amitriptyline duloxetine furosemide".split()
)
_HAN_DRUGS = (
    "阿比特龙 依西美坦 氟维司群 亮丙瑞林 特立帕肽 西那卡塞 吗啡 羟考酮 芬太尼 曲马多 美沙酮 对乙酰氨基酚 "
    "布洛芬 萘普生 阿司匹林 华法林 环磷酰胺 氟尿嘧啶 卡培他滨 吉西他滨 替莫唑胺 依托泊苷 长春新碱 "
    "长春瑞滨 氯化锶 帕博西利 哌柏西利 阿贝西利 瑞波西利 达尔西利 利多卡因 阿米替林 度洛西汀 呋塞米"
).split()
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_HAN_DRUG = re.compile("|".join([*_HAN_DRUGS, *_HAN_STEMS]))
# Read backward from its stem, the name of a drug has begun after one of these.
_HAN_BEFORE = frozenset(
    "的与和或及用为给予加是在以联合并服口静脉注射滴于对如即含停换改比较从经已可应须需每次日前后类等药由该此因无"
)
_LONGEST_BEFORE_STEM = 5


@lru_cache(1 << 14)
def _is_drug(word: str) -> bool:
    lower = word.lower()
    return lower in _DRUGS or (len(lower) > 6 and lower.endswith(_STEMS))


def _drugs_in(text: str) -> Iterator[tuple[int, int]]:
    """Where the words stand that are names of drugs by their stem or by the list."""
    if any(map(_is_drug, _LATIN_WORD.findall(text))):
        yield from (word.span() for word in _LATIN_WORD.finditer(text) if _is_drug(word.group()))
    for match in _HAN_DRUG.finditer(text):
        start = match.start()
        if match.group() not in _HAN_DRUGS:
            while (
                start > max(0, match.start() - _LONGEST_BEFORE_STEM)
                and "\u4e00" <= text[start - 1] <= "\u9fff"
                and text[start - 1] not in _HAN_BEFORE
            ):
                start -= 1
            # A stem by itself is a class: 单抗, 铂类.
            if start == match.start() and len(match.group()) < len("紫杉醇"):
                continue
        yield start, match.end()


def drug_outside_glossary(content: Content) -> Iterator[Finding]:
    """A drug named in prose is a term of the glossary, called by one of its names."""
    every = {
        str(name).lower(): str(id_)
        for words in content.words.values()
        for id_, term in words.terms.items()
        for name in (*term.names, *term.discouraged)
    }
    # Discouraged names are told by a rule of their own.
    known = {
        language: [str(n).lower() for t in words.terms.values() for n in (*t.names, *t.discouraged)]
        for language, words in content.words.items()
    }
    # What else a hospital's formulary holds is its own matter.
    for text in printed_texts(content, local=False):
        for start, end in _drugs_in(text.typed):
            if not _part_of_name(text.typed.lower(), end - 1, known[text.language]):
                name = text.typed[start:end]
                id_ = every.get(name.lower())
                yield Finding(
                    f'"{name}" is a drug outside the glossary of this language',
                    text.place(start, end),
                    f"write [[term:{id_}]]" if id_ else "add it to terms.yml and write [[term:id]]",
                )


def _part_of_name(text: str, at: int, names: Iterable[str]) -> bool:
    """Whether the character at `at` belongs to one of the names."""
    return any(text.find(name, max(0, at - len(name) + 1), at + len(name)) >= 0 for name in names)


# --- numbers ------------------------------------------------------------------------------------------------

# Units of things counted in a population; of the others, those that also count the patients of a study.
_COUNTS = ("deaths", "cases", "new-cases")
_SAMPLES = ("patients", "people")
_RATE = r"(?:rates?|mortality|incidence|prevalence)"
_HAN_RATE = r"(?:发病|患病|死亡|病死|发生|生存)?率"
# A rate that has a number of its own behind it is no name for the count before.
_RATE_AFTER = re.compile(
    rf"\A(?:\s+(?:annual |yearly |crude |overall |cancer |death |mortality |incidence )*({_RATE})\b"
    rf"|的?(?:年|总|粗|癌症|肿瘤)?({_HAN_RATE})(?!先|领))(?!.{{0,8}}\ufffc)"
)
_RATE_IS = re.compile(
    rf"\b({_RATE})(?: (?:of|was|is|were|are|about|around|at|reached|to be))+:? ?\Z"
    rf"|({_HAN_RATE})(?:为|是|达|约|约为|高达|达到|：)?\Z",
    re.I,
)
_RATE_BESIDE = re.compile(rf"\b({_RATE}):? ?[(:]? ?\Z|({_HAN_RATE})[（：]?\Z", re.I)
_ANY_RATE = re.compile(rf"\b({_RATE})\b|({_HAN_RATE})", re.I)


def _counts(content: Content, fact: str, units: tuple[str, ...]) -> bool:
    known = content.facts.get(fact)
    return known is not None and str(known.unit) in units


def count_called_rate(content: Content) -> Iterator[Finding]:
    """A number that counts deaths, cases or people is not called a rate beside it or in its column."""
    hint = "a count is no rate: say deaths or cases (死亡人数、病例数), or print a fact that is a rate"
    for passage in all_passages(content):
        source = passage.prose.source
        for ref in passage.prose.references:
            if ref.kind != "fact" or not _counts(content, ref.target, _COUNTS + _SAMPLES):
                continue
            whole = markup.REFERENCE.match(source, ref.offset)
            before = _bare(source[: ref.offset])
            after = _bare(source[whole.end() :] if whole else "")
            strict = _counts(content, ref.target, _COUNTS)
            found = _RATE_IS.search(before) or (
                (_RATE_AFTER.match(after) or _RATE_BESIDE.search(before)) if strict else None
            )
            if found:
                word = found.group(1) or found.group(2)
                yield Finding(
                    f'the count "{ref.target}" is called "{word}"',
                    source.place(ref.offset, len(whole.group()) if whole else 1),
                    hint,
                )
    yield from _count_columns(content, hint)


def _bare(text: str) -> str:
    """Text without citations and marks, every other reference one character."""
    text = re.sub(r"\s*\[\[cite:[^\]]*\]\]", "", text)
    text = markup.REFERENCE.sub(lambda m: m.group(3) or FILLED, text)
    return re.sub(r"[*~^]", "", re.sub(r"\n", lambda m: " " if text.isascii() else "", text))


def _count_columns(content: Content, hint: str) -> Iterator[Finding]:
    for words in content.words.values():
        for name, table in content.tables.items():
            local = words.tables.get(name)
            for row_id, row in table.rows.items() if local else ():
                for column, fact in row.facts.items():
                    if not local or not _counts(content, fact, _COUNTS):
                        continue
                    title = local.columns.get(column)
                    first = local.rows[row_id].get(table.columns[0]) if row_id in local.rows else None
                    for prose in (title, first):
                        if prose and (rate := _ANY_RATE.search(markup.without_references(prose.source))):
                            yield Finding(
                                f'the count "{fact}" stands under "{rate.group()}"',
                                prose.source.place(rate.start(), len(rate.group())),
                                hint,
                                (Related(fact.at, "the cell"),),
                            )


# Units in which a drug or radiation is prescribed.
_DOSES = ("mg", "g", "Gy")


def patient_dose(content: Content) -> Iterator[Finding]:
    """A page for patients prints no dose: a number in mg, g or Gy is for those who prescribe."""

    def is_dose(fact: str) -> bool:
        known = content.facts.get(fact)
        return known is not None and (known.form == "dose" or str(known.unit) in _DOSES)

    for name, shared in content.topics.items():
        for words in content.words.values() if shared.patient_page_of is not None else ():
            if not (topic := words.topics.get(name)):
                continue
            found = [
                (ref.target, prose.source.place(ref.offset, len(f"[[fact:{ref.target}]]")))
                for prose in _page_prose(words, topic)
                for ref in prose.references
                if ref.kind == "fact" and is_dose(ref.target)
            ]
            for _, block in topic.blocks():
                if isinstance(block, TableBlock) and (table := content.tables.get(block.table)):
                    cells = [fact for row in table.rows.values() for fact in row.facts.values()]
                    found += [(str(fact), block.table.at) for fact in cells if is_dose(fact)]
            for fact, at in found:
                yield Finding(
                    f'the page for patients prints the dose "{fact}"',
                    at,
                    "say it without the number; the page for professionals has it",
                )


def _page_prose(words: Words, topic: TopicWords) -> Iterator[Prose]:
    """All prose of a topic, that of its tables, figures and flows too."""
    yield from (prose for _, prose in topic_passages(topic))
    for _, block in topic.blocks():
        if isinstance(block, TableBlock) and (table := words.tables.get(block.table)):
            yield from (table.caption, *table.columns.values())
            yield from (cell for row in table.rows.values() for cell in row.values())
        elif isinstance(block, FigureBlock):
            yield from (words.figures[f].caption for f in block.figures if f in words.figures)
        elif isinstance(block, FlowBlock) and (flow := words.flows.get(block.flow)):
            yield from (*flow.nodes.values(), *flow.answers.values())


def undated_statistic(content: Content) -> Iterator[Finding]:
    """A count of deaths or cases says its year (`as_of`) and place (`where`)."""
    for name, fact in content.facts.items():
        missing = [key for key, value in (("as_of", fact.as_of), ("where", fact.where)) if value is None]
        if missing and str(fact.unit) in _COUNTS:
            yield Finding(
                f'"{name}" counts {fact.unit} without {" and ".join(missing)}',
                name.at,
                "add the year and the place of the count; the patients of one study have the unit patients",
            )


CHECKS: tuple[Check, ...] = (
    two_drug_names,
    drug_outside_glossary,
    count_called_rate,
    patient_dose,
    undated_statistic,
)
