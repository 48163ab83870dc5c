"""The real content: clean, and right where its sources were wrong."""

from __future__ import annotations

import re
from html import unescape

import pytest
from tiny import ROOT, content_of, findings

from generator.checks.passages import topic_passages
from generator.model import Content, FigureBlock, TopicWords
from generator.render.markdown import pages
from generator.resolve import quantity, resolve

TOPIC = "metastatic-bone-tumors"
CONTENT = ROOT / "content"


@pytest.fixture(scope="module")
def content() -> Content:
    return content_of(CONTENT)


@pytest.fixture(scope="module")
def printed(content: Content) -> dict[str, str]:
    """What each language says, in one line: the pages without links, marks and citations."""
    out = {}
    for language in content.languages:
        text = "\n".join(f.data.decode("utf-8") for f in pages(resolve(content, language)))
        text = re.sub(r"<sup class=\"cites\">.*?</sup>|\{:[^}]*\}", "", text)
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"<[^>]+>|\*", "", text))
        out[language] = " ".join(unescape(text).split())
    return out


def topic(content: Content, language: str) -> TopicWords:
    return next(words for id_, words in content.words[language].topics.items() if id_ == TOPIC)


def test_clean() -> None:
    assert [str(d.location) + " " + d.message for d in findings(CONTENT)] == []


def test_breast_cancer_deaths_are_the_corrected_number(content: Content, printed: dict[str, str]) -> None:
    """A widely copied slip gives two digits in the wrong order."""
    assert "43,250 deaths" in printed["en"]
    assert "43,250例死亡" in printed["zh"]
    wrong = re.compile(r"42[,\s\u2009]?350")
    texts = [*CONTENT.rglob("*.yml"), *CONTENT.rglob("*.svg")]
    assert [p for p in texts if wrong.search(p.read_text(encoding="utf-8"))] == []
    assert [language for language, text in printed.items() if wrong.search(text)] == []


def test_no_primary_is_said_to_be_the_commonest(printed: dict[str, str]) -> None:
    """Which cancer leads depends on the population counted."""
    assert "the order changes with the population counted" in printed["en"]
    assert "次序因统计人群而异" in printed["zh"]
    # What surgeons meet is another count, and says so; the list of corrections quotes the claim it corrects.
    flat = r"breast cancer (?:is|remains) the (?:most common|commonest) (?!primary in series)"
    assert not re.search(flat, printed["en"], re.I)
    assert not re.search(r"(?<!原网页称)乳腺癌是?最(?:常|多|易|容易)(?:见|发生|转移)", printed["zh"])


def test_ct_is_not_said_to_be_highly_sensitive(content: Content, printed: dict[str, str]) -> None:
    (sensitivity,) = [f for id_, f in content.facts.items() if id_ == "ct-patient-sensitivity"]
    assert quantity(sensitivity, content.words["en"].ui) == "72.9%"
    assert "CT is the least sensitive per patient" in printed["en"]
    assert "CT按患者计灵敏度最低" in printed["zh"]


def test_denosumab_does_not_replace_radiotherapy(printed: dict[str, str]) -> None:
    assert "denosumab may reduce or delay the need for radiotherapy; it does not" in printed["en"].lower()
    assert re.search("地舒单抗可减少或推迟对放射治疗的需要，但不能取代", printed["zh"])


def test_endocrine_therapy_is_not_hormone_replacement(content: Content, printed: dict[str, str]) -> None:
    """The mistranslation would give patients the opposite of their treatment: named only to be told apart."""
    for language, wrong in (("zh", "激素替代"), ("en", "hormone replacement")):
        words = content.words[language]
        typed = [str(p.source) for t in words.topics.values() for _, p in topic_passages(t)]
        typed += [str(label.source) for flow in words.flows.values() for label in flow.nodes.values()]
        assert [text for text in typed if wrong in text] == []
        naming = [
            id_ for id_, p in topic_passages(topic(content, language)) if "hormone-replacement" in p.source
        ]
        assert naming == ["treatment-endocrine"]
    assert "不是抗肿瘤治疗" in printed["zh"]
    assert "not a cancer treatment" in printed["en"]


def test_every_term_has_its_name_and_definition_in_both_languages(content: Content) -> None:
    assert len(content.terms) >= 129
    for language, words in content.words.items():
        assert set(words.terms) == set(content.terms)
        ideographs = re.compile(r"[\u4e00-\u9fff]")
        for id_, term in words.terms.items():
            assert bool(ideographs.search(term.definition.source)) == (language == "zh"), id_


def test_the_sections_of_a_disease(content: Content) -> None:
    ids = {id_ for id_, _, _ in topic(content, "en").walk()}
    assert {"symptoms", "diagnosis", "imaging", "biopsy", "fracture-workup", "treatment", "key-points"} <= ids


def test_every_figure_stands_in_the_topic_three_of_them_in_one_gallery(content: Content) -> None:
    assert len(content.figures) >= 5
    blocks = [b for _, b in topic(content, "en").blocks() if isinstance(b, FigureBlock)]
    assert any(b.kind == "gallery" and len(b.figures) == 3 for b in blocks)
    assert {str(f) for b in blocks for f in b.figures} == set(map(str, content.figures))


def test_british_spelling_is_a_synonym_only(content: Content) -> None:
    british = re.compile(r"\b(?:tumour|metastasis(?:e|ing)|oesoph|haem|localised|orthopaedic)\w*", re.I)
    wrong = [
        (id_, found.group())
        for id_, prose in topic_passages(topic(content, "en"))
        if (found := british.search(re.sub(r"\[\[.*?\]\]", "", prose.source)))
    ]
    assert wrong == []
