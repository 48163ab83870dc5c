"""One edition per language: numbers as it prints them, citations and exhibits numbered, links both ways."""

from __future__ import annotations

import pytest

from generator import bibliography
from generator.model import (
    CitationGroup,
    Content,
    Edition,
    Link,
    Page,
    Pieces,
    Quantity,
    Run,
    Styled,
    plain,
)
from generator.resolve import number_text, quantity, resolve

ENGLISH = {
    "sample-people": "about 43,250 people",
    "sample-year": "2020",
    "sample-share": "20% to 25.5%",
    "sample-stay": "2 to 4 weeks",
    "sample-score": "at least 8 points",
    "sample-size": "more than 2.5 cm",
    "sample-load": "at most 4 mg",
    "sample-delay": "less than 24 hours",
    "sample-dose": "8 Gy in 1 fraction",
    "long-dose": "30 Gy in 10 fractions",
    "sample-month": "1 month",
    "sample-balance": "−5",
    "sample-total": "1,060,600 people",
}
CHINESE = {
    "sample-people": "约43,250人",
    "sample-year": "2020年",
    "sample-share": "20%～25.5%",
    "sample-stay": "2～4周",
    "sample-score": "≥8分",
    "sample-size": "超过2.5 cm",
    "sample-load": "≤4 mg",
    "sample-delay": "不足24小时",
    "sample-dose": "8 Gy/1次",
    "long-dose": "30 Gy/10次",
    "sample-month": "1个月",
    "sample-balance": "−5",
    "sample-total": "1,060,600人",
}


@pytest.fixture(scope="module")
def english(book: Content) -> Edition:
    return resolve(book, "en")


@pytest.fixture(scope="module")
def chinese(book: Content) -> Edition:
    return resolve(book, "zh")


def page(edition: Edition, path: str) -> Page:
    return next(p for p in edition.pages if p.path == path)


def statement(page: Page, id_: str) -> Pieces:
    for block in (*page.lead, *(b for s in page.sections for b in s.blocks)):
        if block.id == id_:
            return block.pieces
        for item, pieces in block.items:
            if item == id_:
                return pieces
    raise KeyError(id_)


@pytest.mark.parametrize(("language", "printed"), [("en", ENGLISH), ("zh", CHINESE)])
def test_every_form_of_a_fact_in_each_language(book: Content, language: str, printed: dict[str, str]) -> None:
    ui = book.words[language].ui
    assert {str(id_): quantity(fact, ui) for id_, fact in book.facts.items()} == printed


@pytest.mark.parametrize(
    ("number", "printed"),
    [
        ("999", "999"),
        ("2020", "2020"),
        ("9999", "9999"),
        ("10000", "10,000"),
        ("43250", "43,250"),
        ("1234567.125", "1,234,567.125"),
        ("-12345", "−12,345"),
        ("0.0005", "0.0005"),
    ],
)
def test_thousands(book: Content, number: str, printed: str) -> None:
    assert number_text(number, book.words["en"].ui) == printed
    assert number_text(number, book.words["en"].ui, plain=True) == printed.replace(",", "")


def test_lines_join_with_a_space_in_english_and_without_in_chinese(
    english: Edition, chinese: Edition
) -> None:
    lead = plain(statement(page(english, "sample-topic"), "lead-definition"))
    assert lead == "A sample topic is about Glimmers in about 43,250 people. In 2020 it was new."
    lead = plain(statement(page(chinese, "sample-topic"), "lead-definition"))
    assert lead == "示例主题讲的是约43,250人中的微光。2020年首次出现。"


def test_citations_side_by_side_are_one_group_before_the_full_stop(english: Edition) -> None:
    pieces = statement(page(english, "sample-topic"), "lead-definition")
    groups = [i for i, p in enumerate(pieces) if isinstance(p, CitationGroup)]
    assert [pieces[i] for i in groups] == [
        CitationGroup(((1, "alpha-2020"), (2, "zhang-2019"))),
        CitationGroup(((1, "alpha-2020"),)),
    ]
    before, after = pieces[groups[0] - 1], pieces[groups[0] + 1]
    assert isinstance(before, Quantity)  # the typed line break between word and citation is no gap
    assert isinstance(after, Run) and after.text.startswith(". ")


def test_citations_are_numbered_anew_on_each_page_in_order_of_appearance(english: Edition) -> None:
    assert [(r.number, r.id) for r in page(english, "second-topic").references] == [
        (1, "gamma-report"),
        (2, "beta-2021"),
    ]
    assert [r.id for r in page(english, "sample-topic").references] == [
        "alpha-2020",
        "zhang-2019",
        "beta-2021",
        "gamma-report",
        "epsilon-book",
        "eta-chapter",
    ]


def test_both_languages_number_alike(english: Edition, chinese: Edition) -> None:
    for mine, its in zip(english.pages, chinese.pages, strict=True):
        assert mine.path == its.path
        assert mine.anchors == its.anchors
        if mine.kind == "topic":
            assert {r.id for r in mine.references} == {r.id for r in its.references}


def test_links_name_page_and_anchor(english: Edition) -> None:
    links = [p for p in statement(page(english, "sample-topic"), "aside") if isinstance(p, Link)]
    assert [(link.text, link.page, link.anchor) for link in links] == [
        ("Figure 1", "sample-topic", "signs-figure"),
        ("the ring", "sample-topic", "care-gallery"),
        ("Table 1", "sample-topic", "signs-table"),
        ("the plain table", "second-topic", "start-table"),
        ("From sign to care", "sample-topic", "care-flow"),
        ("the other flow", "second-topic", "start-flow"),
        ("Second topic", "second-topic", ""),
        ("the topic after it", "second-topic", ""),
        ("Start here", "second-topic", "start-here"),
    ]


def test_a_figure_of_another_page_is_named_by_its_title(english: Edition) -> None:
    links = [p for p in statement(page(english, "second-topic"), "start-text") if isinstance(p, Link)]
    assert [link.text for link in links] == ["Sample topic", "A box", "Samples and what they mean"]


def test_figures_are_numbered_in_the_order_of_the_page(english: Edition) -> None:
    blocks = [b for s in page(english, "sample-topic").sections for b in s.blocks]
    assert [(f.id, f.number) for b in blocks for f in b.figures] == [("box", 1), ("ring", 2), ("photo", 3)]


def test_terms_know_every_place_that_names_them(english: Edition) -> None:
    terms = {t.id: t for _, group in page(english, "glossary").terms for t in group}
    assert [(u.page, u.anchor) for u in terms["glimmer"].uses] == [
        ("sample-topic", ""),
        ("sample-topic", "signs"),
        ("sample-topic", "care"),
        ("about", "purpose"),
    ]
    assert ("glossary", "glimmer") in [(u.page, u.anchor) for u in terms["sample-marker"].uses]
    assert terms["unused-term"].uses == ()


def test_references_know_every_place_that_cites_them(english: Edition) -> None:
    uses = {r.id: [(u.page, u.anchor) for u in r.uses] for r in page(english, "references").references}
    assert uses["gamma-report"] == [("sample-topic", "signs"), ("second-topic", "start-here")]
    assert uses["zeta-page"] == [("about", "purpose")]
    assert all(uses.values())


def test_figures_know_where_they_stand(english: Edition) -> None:
    uses = {view.id: [u.anchor for u in links] for view, links in page(english, "figures").figures}
    assert uses == {
        "box": ["signs-figure"],
        "ring": ["care-gallery"],
        "photo": ["care-gallery", "start-photo"],
    }


def test_a_term_knows_its_names_in_every_language(english: Edition) -> None:
    terms = [term for _, terms in page(english, "glossary").terms for term in terms]
    names = next(term.every_name for term in terms if ("en", "glimmer") in term.every_name)
    assert {("en", "sample light"), ("zh", "微光"), ("zh", "样光")} <= set(names)


def test_the_reference_list_of_each_language(english: Edition, chinese: Edition) -> None:
    def entry(edition: Edition, id_: str) -> str:
        view = next(r for r in page(edition, "references").references if r.id == id_)
        return "".join(text for text, _ in view.pieces)

    assert entry(english, "alpha-2020") == (
        "Alpha A, Beta B, Gamma C, et al. A sample of samples: does it hold? "
        "Journal of Samples. 2020;7(2):10-19. doi:10.5555/sample.2020.1 PMID: 100"
    )
    assert entry(chinese, "alpha-2020") == (
        "ALPHA A, BETA B, GAMMA C, et al. A sample of samples: does it hold?[J]. "
        "Journal of Samples, 2020, 7(2): 10-19. DOI:10.5555/sample.2020.1 PMID: 100"
    )
    assert entry(chinese, "zhang-2019") == (
        "张三, 李四. 示例研究[J]. 示例杂志, 2019, 3(1): 1-5. PMID: 200（仅阅摘要）"
    )
    assert entry(english, "zhang-2019") == (
        "张三, 李四. 示例研究 [in Chinese]. 示例杂志. 2019;3(1):1-5. PMID: 200 (only the abstract was read)"
    )
    # A document that is no article: its publisher, its number, its day; read online, the day of reading.
    assert entry(english, "beta-2021") == (
        "Sample Society, et al. Guidance on samples [Internet]. G 1. Sample Press; 2021 "
        "[accessed 2026-01-15]. Available from: https://society.example/guidance"
    )
    assert entry(chinese, "beta-2021") == (
        "Sample Society, et al. Guidance on samples: G 1[S/OL]. Sample Press, 2021[2026-01-15]. "
        "https://society.example/guidance"
    )
    assert entry(chinese, "gamma-report") == (
        "Report on samples[R/OL]. Sample Office, 2018(2018-02-03). https://office.example/report/"
        "（据其他网站转载）"
    )
    assert entry(chinese, "zeta-page") == (
        "Sample Office. A page on samples[EB/OL]. [2026-01-20]. https://office.example/page"
    )
    assert entry(english, "eta-chapter") == (
        "Eta. A chapter on samples. In: The sample book [Internet]. Sample Press; 2017. p. 40-44. "
        "Available from: https://press.example/book/chapter"
    )
    assert entry(chinese, "eta-chapter") == (
        "ETA. A chapter on samples[M/OL]//The sample book. Sample Press, 2017: 40-44. "
        "https://press.example/book/chapter"
    )


def test_the_forms_of_an_entry(book: Content) -> None:
    def entry(gb: bool, **changes: str | None) -> str:
        ui = book.words["zh" if gb else "en"].ui
        about = {"title": "Guidance", "author": [], "container_title": "Journal", "seen": None, **changes}
        reference = book.references["zhang-2019"].model_copy(update=about)
        return "".join(text for text, _ in bibliography.entry(reference, ui, gb))

    # A guideline in a journal is an article; a DOI takes the place of the address and the day of reading.
    guideline = {
        "type": "guideline",
        "DOI": "10.5555/g",
        "URL": "https://g.example/",
        "accessed": "2026-01-02",
    }
    assert entry(False, **guideline) == "Guidance. Journal. 2019;3(1):1-5. doi:10.5555/g PMID: 200"
    assert entry(True, **guideline) == "Guidance[J]. Journal, 2019, 3(1): 1-5. DOI:10.5555/g PMID: 200"
    # An article read on a page: the day of reading stands with the year, in the other style after the pages.
    online = {"URL": "https://g.example/", "accessed": "2026-01-02", "PMID": None, "seen": "second-hand"}
    assert entry(False, **online) == (
        "Guidance. Journal [Internet]. 2019 [accessed 2026-01-02];3(1):1-5. "
        "Available from: https://g.example/ (not read; cited from other sources)"
    )
    assert entry(True, **online) == (
        "Guidance[J/OL]. Journal, 2019, 3(1): 1-5[2026-01-02]. https://g.example/（未见原文，转引自其他来源）"
    )
    # A page without a day of its own, and a document whose publisher is not named.
    web = {**online, "type": "webpage", "seen": None, "page": None}
    assert entry(False, **web, issued=None) == (
        "Guidance [Internet]. Journal; [accessed 2026-01-02]. Available from: https://g.example/"
    )
    assert entry(True, **web, issued=None) == "Guidance[EB/OL]. Journal[2026-01-02]. https://g.example/"
    bare = {**web, "type": "report", "container_title": None, "issued": "2019-03"}
    assert entry(False, **bare) == (
        "Guidance [Internet]. 2019-03 [accessed 2026-01-02]. Available from: https://g.example/"
    )
    assert entry(True, **bare) == "Guidance[R/OL]. (2019-03)[2026-01-02]. https://g.example/"


def test_formatting_survives(english: Edition) -> None:
    pieces = statement(page(english, "sample-topic"), "share")
    assert Styled("sub", (Run("a"),)) in pieces
    assert Styled("sup", (Run("a"),)) in pieces


def test_categories_from_the_top(english: Edition) -> None:
    assert page(english, "sample-topic").category == ("Everything", "Samples")
