"""The index of names: letters and order in both languages, and what a reader types for a Chinese name."""

from __future__ import annotations

import pytest

from generator.collation import filed, letter, place, spelt


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("metastasis", "M"),
        ("Mirels score", "M"),
        ("Étude", "E"),
        ("（骨）痛", "G"),
        ("骨肉瘤", "G"),
        ("X线平片", "X"),
        ("锝-99m", "D"),
        # Read otherwise in medicine than in general.
        ("椎体", "Z"),
        ("马尾综合征", "M"),
        ("调强放疗", "T"),
        ("长骨", "C"),
        ("18F-FDG", "#"),
        ("κB", "#"),
        ("", "#"),
    ],
)
def test_letter(name: str, wanted: str) -> None:
    assert letter(name) == wanted


def test_order_is_that_of_pinyin_with_tones_and_the_rest_comes_last() -> None:
    names = ["18F-FDG", "骨转移", "椎体", "肺癌", "骨痛", "CT脊髓造影", "乳腺癌", "Apple", "apple pie"]
    assert sorted(names, key=place) == [
        "Apple",
        "apple pie",
        "CT脊髓造影",
        "肺癌",
        "骨痛",
        "骨转移",
        "乳腺癌",
        "椎体",
        "18F-FDG",
    ]


def test_filed_keeps_every_item_under_its_letter() -> None:
    names = ["beta", "Alpha", "alpha", "9", "骨", "gamma"]
    groups = filed(names, str)
    assert [key for key, _ in groups] == ["A", "B", "G", "#"]
    assert sorted(name for _, members in groups for name in members) == sorted(names)


def test_spelt() -> None:
    assert spelt("骨转移") == ("guzhuanyi", "gzy")
    assert spelt("T2标记") == ("t2biaoji", "tbj")
    assert spelt("X线平片") == ("xxianpingpian", "xxpp")
    assert spelt("氟[18F]脱氧葡糖")[1] == "ftypt"
    assert spelt("metastasis") == ()
