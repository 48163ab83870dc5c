"""How findings are printed, for a person and for a machine."""

from __future__ import annotations

import json

import pytest

from generator.diagnostic import (
    FORMATS,
    SHOWN_ANNOTATIONS,
    Diagnostic,
    Location,
    Related,
    SourceFile,
    as_annotations,
    as_json,
    as_sarif,
    as_text,
    display_width,
    ordered,
)

FILE = SourceFile("zh/topic.yml", "标题: 骨转移\n骨转移多见于ＡＢ成人\n\tx\na\u202eb")


def finding(
    line: int = 2, column: int = 4, length: int = 2, message: str = "wrong", **more: object
) -> Diagnostic:
    return Diagnostic("some-rule", message, Location(FILE, line, column, length), **more)  # type: ignore[arg-type]


def test_the_caret_stands_under_ideographs() -> None:
    related = (Related(Location(FILE, 1, 1), "said here"),)
    assert as_text([finding(hint="mend it", related=related)]) == (
        "error[some-rule]: wrong\n"
        "  --> zh/topic.yml:2:4\n"
        "2 | 骨转移多见于ＡＢ成人\n"
        "  |       ^^^^\n"
        "   = see zh/topic.yml:1:1: said here\n"
        "   = help: mend it\n"
    )


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("ab", 2), ("骨转", 4), ("Ａ", 2), ("e\u0301", 1), ("，", 2)]
)
def test_width(text: str, width: int) -> None:
    assert display_width(text) == width


def test_a_caret_after_a_tab() -> None:
    assert "3 |  x\n  |  ^\n" in as_text([finding(3, 2, 1)])


def test_no_character_of_the_file_turns_the_screen_around() -> None:
    assert "\u202e" not in as_text([finding(4, 2, 1)])


def test_of_a_long_line_the_part_about_the_fault_is_shown() -> None:
    file = SourceFile("a.yml", "x" * 5000 + "FAULT" + "y" * 5000)
    said = as_text([Diagnostic("some-rule", "wrong", Location(file, 1, 5001, 5))])
    excerpt, carets = said.splitlines()[2:4]
    assert len(excerpt) < 300
    assert excerpt[carets.index("^") : carets.rindex("^") + 1] == "FAULT"


def test_a_place_beyond_the_text_prints_no_excerpt() -> None:
    assert as_text([Diagnostic("some-rule", "wrong", Location(SourceFile("a.bin")))]) == (
        "error[some-rule]: wrong\n  --> a.bin:1:1\n"
    )


def test_order_is_that_of_the_file_and_each_is_said_once() -> None:
    late, early = finding(2, 9), finding(2, 1)
    assert ordered([late, early, late]) == [early, late]


def test_json() -> None:
    assert as_json([]) == "[]"
    assert json.loads(as_json([finding(hint="mend it", related=(Related(Location(FILE), "here"),))])) == [
        {
            "rule": "some-rule",
            "severity": "error",
            "message": "wrong",
            "path": "zh/topic.yml",
            "line": 2,
            "column": 4,
            "hint": "mend it",
            "related": [{"path": "zh/topic.yml", "line": 1, "column": 1, "message": "here"}],
        }
    ]


def test_sarif() -> None:
    log = json.loads(
        as_sarif([finding(hint="mend it", related=(Related(Location(FILE), "here"),)), finding(1, 1)])
    )
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"] == {"name": "clinref", "rules": [{"id": "some-rule"}]}
    first, second = run["results"]
    assert first["ruleId"] == "some-rule"
    assert first["level"] == "error"
    assert first["message"] == {"text": "wrong. mend it"}
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "zh/topic.yml"},
        "region": {"startLine": 2, "startColumn": 4, "endColumn": 6},
    }
    assert first["relatedLocations"][0]["message"] == {"text": "here"}
    assert second["relatedLocations"] == []
    assert json.loads(as_sarif([]))["runs"][0]["results"] == []


def test_annotations_beyond_the_tenth_are_text_and_a_count() -> None:
    many = [finding(2, 1, 1, f"wrong {n}") for n in range(SHOWN_ANNOTATIONS + 3)]
    said = as_annotations(many)
    assert said.count("::error file=zh/topic.yml,line=2,col=1,title=some-rule::") == SHOWN_ANNOTATIONS
    assert said.count("error[some-rule]") == 3
    assert said.endswith("13 findings in all")
    assert "findings in all" not in as_annotations(many[:SHOWN_ANNOTATIONS])


def test_an_annotation_is_one_line() -> None:
    assert as_annotations([finding(message="50%\nwrong")]) == (
        "::error file=zh/topic.yml,line=2,col=4,title=some-rule::50%25%0Awrong"
    )


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_every_format_takes_nothing_and_something(form: str) -> None:
    assert "some-rule" in FORMATS[form]([finding()])
    assert "some-rule" not in FORMATS[form]([])
