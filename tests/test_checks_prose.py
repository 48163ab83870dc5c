"""Rules on wording: what they find in a sentence, and real sentences in which they find nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import edit, findings

from generator.checks.printed import _Printer, _unformed, print_text
from generator.checks.prose import SYLLABLES, _syllables
from generator.diagnostic import Location, SourceFile
from generator.source import Scalar

SENTENCE = {"en": "The balance is", "zh": "余额为"}
DRUGS = {
    "shared": """
sampline:
  category: drug
sample-agents:
  category: drug
  several_names: yes
""",
    "en": """
sampline:
  name: sampline
  synonyms: [Samplex, sampline sodium, SPL]
  forms: [samplines]
  definition: |-
    A drug for tests.
sample-agents:
  name: sample agent
  synonyms: [tester]
  definition: |-
    A class of drugs.
""",
    "zh": """
sampline:
  name: 样药
  synonyms: [样灵, 样药钠, 双样膦酸]
  discouraged: [样磷铂]
  definition: |-
    检验用药。
sample-agents:
  name: 样剂
  synonyms: [检药]
  definition: |-
    一类药物。
""",
}


def rules(book: Path, language: str, beginning: str, drugs: bool = False) -> list[str]:
    """The rules that find something once a sentence of the tiny book begins otherwise."""
    if drugs:
        for name, text in DRUGS.items():
            path = book / name / "terms.yml"
            path.write_text(path.read_text(encoding="utf-8") + text.removeprefix("\n"), encoding="utf-8")
        for name, word in (("en", "Drugs"), ("zh", "药物")):
            edit(book / name / "ui.yml", "term_categories:\n", f"term_categories:\n  drug: {word}\n")
    old = SENTENCE[language]
    edit(book / language / "topics" / "sample-topic.yml", old, beginning + old)
    return [d.rule for d in findings(book) if not d.rule.startswith("parity-")]


@pytest.mark.parametrize(
    ("language", "beginning", "rule"),
    [
        ("zh", "合计。。", "doubled-punctuation"),
        ("zh", "合计，。", "doubled-punctuation"),
        ("zh", "合计！！", "doubled-punctuation"),
        ("zh", "合计，[[cite:gamma-report]]，", "doubled-punctuation"),
        ("en", "It is.. so. ", "doubled-punctuation"),
        ("en", "It is -- so. ", "doubled-punctuation"),
        ("en", "It is, ; so. ", "doubled-punctuation"),
        ("en", ". It is so. ", "stray-punctuation"),
        ("en", "It is so . ", "stray-punctuation"),
        ("en", "It is so (, that is). ", "stray-punctuation"),
        ("en", "It  is so. ", "stray-punctuation"),
        ("zh", "合计（如此、）。", "stray-punctuation"),
        ("zh", "合计 ，", "stray-punctuation"),
        ("zh", "合计;", "half-width-punctuation"),
        ("zh", "合计?", "half-width-punctuation"),
        ("zh", "做CT, 再", "half-width-punctuation"),
        ("zh", "做CT(见后)再", "half-width-punctuation"),
        ("zh", "[[fact:sample-balance]], [[fact:sample-balance]]，", "half-width-punctuation"),
        ("en", "It is so（of course）. ", "full-width-punctuation"),
        ("en", "It is so；", "full-width-punctuation"),
        ("zh", "“合计。", "unbalanced-brackets"),
        ("zh", "《合计》》，", "unbalanced-brackets"),
        ("zh", "【合计，", "unbalanced-brackets"),
        ("zh", "（合计)，", "unbalanced-brackets"),
        ("en", "It is “so. ", "unbalanced-brackets"),
        ("en", "It is [so. ", "unbalanced-brackets"),
        ("zh", '"合计"，', "straight-quote"),
        ("en", "It is 'so', in all. ", "straight-quote"),
        ("zh", "MRI 检查，", "mixed-spacing"),
        ("zh", "合计， ", "mixed-spacing"),
        ("zh", "合计 [[cite:gamma-report]]，", "mixed-spacing"),
        ("zh", "[[term:glimmer]] MRI，", "mixed-spacing"),
        ("zh", "**合计** MRI，", "mixed-spacing"),
        ("zh", "metastasis to the bone，", "untranslated-run"),
        ("en", "In 骨 it is so. ", "untranslated-run"),
        ("zh", "gǔzhuǎnyí，", "pinyin"),
        ("zh", "gu zhuan yi，", "pinyin"),
        ("zh", "Guzhuanyi，", "pinyin"),
        ("zh", "xi'an，", "pinyin"),
        ("en", "It had had it. ", "doubled-word"),
        ("en", "The glimmer [[term:glimmer]] is. ", "doubled-word"),
        ("zh", "看到了了它，", "doubled-word"),
        ("zh", "患者患者，", "doubled-word"),
        ("zh", "逐渐渐好转，", "doubled-word"),
        ("zh", "甲和和乙，", "doubled-word"),
        ("zh", "详见后文。", "see-without-link"),
        ("zh", "合计（见后文）。", "see-without-link"),
        ("zh", "合计，见下表。", "see-without-link"),
        ("en", "See also the other page. ", "see-without-link"),
        ("en", "Sum up (see below). ", "see-without-link"),
        ("en", "Sum up, see section two. ", "see-without-link"),
        ("en", "After carboplatin it grows. ", "drug-outside-glossary"),
        ("en", "After Denosumab it grows. ", "drug-outside-glossary"),
        ("en", "After ibandronate it grows. ", "drug-outside-glossary"),
        ("en", "After olaparib or paclitaxel it grows. ", "drug-outside-glossary"),
        ("en", "After morphine it grows. ", "drug-outside-glossary"),
        ("zh", "改用帕博利珠单抗后，", "drug-outside-glossary"),
        ("zh", "给予奥希替尼，", "drug-outside-glossary"),
        ("zh", "利塞膦酸可用，", "drug-outside-glossary"),
        ("zh", "与阿比特龙合用，", "drug-outside-glossary"),
    ],
)
def test_found(copy_of_book: Path, language: str, beginning: str, rule: str) -> None:
    assert rule in rules(copy_of_book, language, beginning)


@pytest.mark.parametrize(
    ("language", "beginning"),
    [
        # Real sentences of the book, with terms of the tiny one.
        ("zh", "既不是发病率或死亡率，也不是登记处的最终统计，且每年更新。"),
        ("zh", "以上各条为“或”的关系：具备其中**任何**条件即应怀疑，不必同时具备。"),
        ("zh", "较新的meta分析显示，[[term:glimmer]]的灵敏度高（见[[section:signs]]）[[cite:alpha-2020]]。"),
        ("zh", "本页以《默沙东诊疗手册》专业版的转移性骨肿瘤专题为起点。"),
        (
            "zh",
            "Roland–Morris功能障碍评分由[[fact:sample-balance]]降至[[fact:sample-balance]]，对照组则无变化。",
        ),
        ("zh", "全身[[term:sample-marker|T2标记]]\n          PET-CT现已常用，FDG PET的特异度高于骨显像。"),
        ("zh", "文字由American Society of Clinical Oncology发布。"),
        ("zh", "通常需要……做[[section:care|处理]]——取最易到达的病灶（见[[figure:box]]、[[figure:ring]]）。"),
        ("zh", "常常渐渐好转，目的的确定、为了了解、参与与否、股骨骨折、手术术后均不必改。"),
        ("zh", "外科所见的构成有所不同，以外生性病变最常见，可见于同一患者。"),
        ("zh", "Mirels评分和Xgeva、Prolia、PET、CT、SINS均可用。"),
        ("zh", "Smith等认为，RANK (CD)受体与e.g.所列少见。"),
        ("zh", "铂类药物、单抗类药物与膦酸类载体均可用。"),
        ("zh", "下行[[fact:sample-size]]的病灶，\n          [[fact:sample-balance]]者再查。"),
        ("en", "Surgeons see another mix; then see a dentist, and see the guidance [[cite:beta-2021]]. "),
        ("en", "It’s the patients’ choice, today's “first choice,” and the patients' own. "),
        ("en", "Smith et al., i.e., the U.S., led (see [[section:signs]] and [[figure:box]]). "),
        (
            "en",
            "Next steps: [[flow:first-flow]]; see also [[section:care]], see the [[table:sample-table]]. ",
        ),
        (
            "en",
            "They are neither rates nor final counts [[cite:zhang-2019]]\n          [[cite:alpha-2020]]. ",
        ),
        ("en", "In April the surgeon saw a spartan ward, thalamus and concept. "),
        ("en", "Why now?! Because [the first] (and the (second)) came. "),
    ],
)
def test_not_found(copy_of_book: Path, language: str, beginning: str) -> None:
    found = set(rules(copy_of_book, language, beginning))
    assert found - {"fact-source"} == set()


@pytest.mark.parametrize(
    ("language", "beginning", "found"),
    [
        ("en", "Sampline is good. Samplex is better. ", True),
        ("en", "[[term:sampline]] is good. [[term:sampline|Samplex]] is better. ", True),
        ("en", "Sampline (Samplex) is good. Samplex is better. ", False),  # introduced in brackets
        ("en", "Sampline sodium is good. Sampline is better, and samplines are. ", False),  # one name, longer
        ("en", "A sample agent is good. A tester is better. ", False),  # several_names
        ("en", "Samplexes are good. Sampline is better. ", False),  # another word
        ("zh", "样药好，样灵更好，", True),
        ("zh", "样药（样灵）好，样灵更好，", False),
        ("zh", "样药钠好，样药更好，检药与样剂亦然，", False),
    ],
)
def test_two_names_of_a_drug(copy_of_book: Path, language: str, beginning: str, found: bool) -> None:
    assert rules(copy_of_book, language, beginning, drugs=True) == ["two-drug-names"] * found


def test_a_drug_may_be_called_otherwise_in_another_topic(copy_of_book: Path) -> None:
    edit(copy_of_book / "en" / "topics" / "second-topic.yml", "Back to", "Samplex leads back to")
    assert rules(copy_of_book, "en", "Sampline is good. ", drugs=True) == []


def test_a_name_of_the_glossary_is_no_stray_drug(copy_of_book: Path) -> None:
    """Nor is a discouraged one, which has a rule of its own; a name of another language is told its term."""
    assert rules(copy_of_book, "zh", "双样膦酸好，样磷铂不好，", drugs=True) == ["discouraged-name"]


@pytest.mark.parametrize(
    ("language", "old", "new", "found"),
    [
        ("zh", "共[[", "死亡率为[[", True),
        ("zh", "共[[", "发病率约为[[", True),
        ("zh", "共[[", "死亡人数共[[", False),
        ("zh", "[[fact:sample-total]]", "[[fact:sample-total]]中缓解率高", False),  # a rate in a sample
        ("en", "In all [[", "A mortality of [[", True),
        ("en", "In all [[", "The rate is about [[", True),
        ("en", "In all [[", "Neither rates nor estimates, in all [[", False),
        ("en", "In all [[", "The response rate among [[", False),
    ],
)
def test_people_called_a_rate(copy_of_book: Path, language: str, old: str, new: str, found: bool) -> None:
    edit(copy_of_book / language / "topics" / "sample-topic.yml", old, new)
    assert [d.rule for d in findings(copy_of_book)] == ["count-called-rate"] * found


@pytest.mark.parametrize(
    ("language", "old", "new", "found"),
    [
        ("zh", "共[[fact:sample-total]]", "[[fact:sample-total]]的死亡率", True),
        ("zh", "共[[fact:sample-total]]", "发病率（[[fact:sample-total]]）", True),
        ("zh", "共[[fact:sample-total]]", "[[fact:sample-total]]，死亡率另计", False),
        ("en", "In all [[fact:sample-total]]", "The death rate ([[fact:sample-total]])", True),
        ("en", "In all [[fact:sample-total]]", "In all [[fact:sample-total]] mortality", True),
        (
            "en",
            "In all [[fact:sample-total]]",
            "In all [[fact:sample-total]], neither rates nor estimates",
            False,
        ),
    ],
)
def test_deaths_called_a_rate(copy_of_book: Path, language: str, old: str, new: str, found: bool) -> None:
    deaths(copy_of_book, dated=True)
    edit(copy_of_book / language / "topics" / "sample-topic.yml", old, new)
    assert [d.rule for d in findings(copy_of_book)] == ["count-called-rate"] * found


def deaths(book: Path, dated: bool) -> None:
    """Makes the total of the tiny book a number of deaths."""
    unit = "unit: deaths" + ("\n  as_of: 2019\n  where: US" if dated else "\n  where: US")
    edit(book / "shared" / "facts.yml", "value: 1060600\n  unit: people", f"value: 1060600\n  {unit}")
    for language, words in (("en", "{n} deaths"), ("zh", "{n}例死亡")):
        edit(book / language / "ui.yml", "  people:\n", f'  deaths:\n    other: "{words}"\n  people:\n')


@pytest.mark.parametrize("dated", [True, False])
def test_a_statistic_has_a_year_and_a_place(copy_of_book: Path, dated: bool) -> None:
    deaths(copy_of_book, dated)
    assert [d.rule for d in findings(copy_of_book)] == ["undated-statistic"] * (not dated)


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("[[fact:sample-load]]", 1),
        ("[[fact:sample-dose]]", 1),
        ("[[fact:sample-stay]]", 0),
        ("[[fact:sample-size]]", 0),
    ],
)
def test_patients_are_told_no_dose(copy_of_book: Path, what: str, found: int) -> None:
    for language, old in (("en", "Rest helps"), ("zh", "休息有帮助")):
        edit(
            copy_of_book / language / "topics" / "sample-patients.yml",
            old,
            f"{old}{' ' * (language == 'en')}{what}",
        )
    assert [d.rule for d in findings(copy_of_book) if d.severity == "error"].count(
        "patient-dose"
    ) == found * 2


def test_a_dose_reaches_patients_by_no_flow(copy_of_book: Path) -> None:
    """The flow of the tiny book prints a dose: a page for patients that shows it prints it too."""
    for language in ("en", "zh"):
        path = copy_of_book / language / "topics" / "sample-patients.yml"
        text = path.read_text(encoding="utf-8")
        path.write_text(
            f"{text.rstrip()}\n      patients-flow:\n        flow: first-flow\n", encoding="utf-8"
        )
    assert [d.rule for d in findings(copy_of_book)].count("patient-dose") == 2


def test_the_same_rules_hold_for_a_third_language(copy_of_book: Path) -> None:
    """What a language needs follows from spaced_words: with that changed, the English is all wrong."""
    edit(copy_of_book / "en" / "ui.yml", 'spaced_words: "yes"', 'spaced_words: "no"')
    assert {"half-width-punctuation", "untranslated-run"} <= {d.rule for d in findings(copy_of_book)}


def test_a_word_of_the_other_edition_is_no_pinyin(copy_of_book: Path) -> None:
    edit(copy_of_book / "en" / "pages.yml", "It tests", "Under the Apache license it tests")
    assert rules(copy_of_book, "zh", "按Apache许可证，") == []


# --- what is printed ----------------------------------------------------------------------------------------


def printed(text: str, language: str = "en") -> tuple[str, str]:
    source = Scalar.make(text, Location(SourceFile("a.yml", text)), "|")
    out = print_text(language, source, {"glimmer": "微光"})
    assert len(out.text) == len(out.typed) == sum(map(len, out.runs))
    return out.text, out.typed


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a [[cite:x]][[cite:y]].", "a."),
        ("a\n[[cite:x]]\nb", "a b"),
        ("骨\n转移\nCT", "骨转移CT"),
        ("CT\nMRI", "CT MRI"),
        ("**骨**[[term:glimmer]]H~a~O", "骨微光HaO"),
        ("[[term:glimmer|光]]和[[section:x|这里]]", "光和这里"),
        ("[[fact:x]]", "\ufffc"),
        ("", ""),
        ("[[cite:x]]。", "。"),
    ],
)
def test_what_is_printed(text: str, seen: str) -> None:
    assert printed(text)[0] == seen


@given(
    st.text(alphabet="ab骨 .[]|:", max_size=30).map(lambda text: f"a [[cite:x]]{text}[[term:glimmer|b]] c")
)
def test_a_text_of_references_alone_is_printed_as_any_other(text: str) -> None:
    names = {"glimmer": "微光"}
    out = _Printer().run(Scalar.make(text, Location(SourceFile("a.yml", text)), "|"), names)
    assert _unformed(text, names) == ("".join(out.text), "".join(out.typed))


def test_what_is_typed() -> None:
    assert printed("见[[term:glimmer|光]]和[[section:x|这里]]")[1] == "见\ufffc和这里"


def test_the_syllables_of_pinyin() -> None:
    assert 395 < len(SYLLABLES) < 420
    assert {"zhuang", "lve", "er", "a", "yuan", "xiong"} <= SYLLABLES
    counts = {
        "guzhuanyi": 3,
        "xian": 1,
        "xi'an": 2,
        "mirels": 0,
        "xgeva": 0,
        "pet": 0,
        "denosumab": 0,
        "lǜ": 1,
    }
    assert {word: _syllables(word) for word in counts} == counts
