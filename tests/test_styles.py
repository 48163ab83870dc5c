"""The theme's style sheets without what no page uses, and nothing else changed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from generator.render import styles

SHEETS = Path(str(files("material"))) / "templates" / "assets" / "stylesheets"


def test_what_no_page_uses_is_left_out_and_the_rest_stays() -> None:
    theme = (
        '@charset "utf-8";:root{--md-used:red;--md-idle:url("data:image/svg+xml,<svg>{;}</svg>")}'
        ".md-search__form,.md-header{color:var(--md-used)}.md-tooltip{top:0}"
        '@media print{.md-tabs{display:none}.md-top{content:"{,}"}}@media screen{.md-search{top:0}}'
        ".md-header:not(.md-search){top:0}.a:is(.md-tabs,.b){top:1px}[data-md-toggle=search]:checked~p{top:0}"
        "@keyframes fade{0%{opacity:0}to{opacity:1}}[data-md-color-primary=red]{--md-used:blue}/* .x{} */"
    )
    assert styles.joined([theme], ["/* Ours. */\np {\n  top: 0;\n}\n"]) == (
        ":root{--md-used:red;}.md-header{color:var(--md-used)}"
        '@media print{.md-top{content:"{,}"}}'
        ".md-header:not(.md-search){top:0}.a:is(.md-tabs,.b){top:1px}"
        "@keyframes fade{0%{opacity:0}to{opacity:1}}\np{top: 0;}\n"
    )


def test_a_color_that_only_the_book_asks_for_stays() -> None:
    assert "--md-x:red" in styles.joined([":root{--md-x:red}"], ["p { color: var(--md-x); }"])


def test_the_installed_theme_is_understood_to_its_end() -> None:
    """Braces stay in pairs, no rule is empty, and half of it goes."""
    (sheet,) = SHEETS.glob("main.*.min.css")
    whole = sheet.read_text(encoding="utf-8")
    kept = styles.joined([whole], [""])
    assert kept.count("{") - kept.count("}") == whole.count("{") - whole.count("}")
    assert "{}" not in kept
    assert 0.3 < len(kept) / len(whole) < 0.6
    for part in (".md-header__inner", ".md-sidebar--secondary", ".md-typeset details", "@media print"):
        assert part in kept
