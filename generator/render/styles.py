"""The theme's style sheets and the book's own in; one style sheet out, without what no page can use.

The theme dresses many things that a book has none of: code, tabs, a blog, its own search. That is half of its
weight on a reader's phone. What is left out is named here, family by family; all else of the theme stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# Classes, by the beginning of their names, that neither a page nor a script of the book's writes.
FAMILIES = (
    *"arithmatex critic emojione gemoji giscus highlight key- keys linenodiv linenos mermaid mdx- tabbed- "
    "task-list twemoji".split(),
    *(
        f"md-{name}"
        for name in "annotation author banner clipboard code__ consent content--post content__button "
        "draft feedback footer__ input meta nav--integrated nav--lifted nav--primary nav__button "
        "nav__container nav__item--nested nav__item--section nav__source nav__toggle option pagination path "
        "pin post profile progress search select sidebar--post social source status tabs tag tooltip "
        "version".split()
    ),
)
_ABSENT = re.compile(
    rf"\.(?:{'|'.join(map(re.escape, FAMILIES))})"
    # The box of the theme's search; the colors that a book may choose are its own.
    r"|\[data-md-toggle=\"?search\"?\]|\[data-md-color-(?:primary|accent)=(?!\"?custom)"
)
# What may hold a brace, a comma or a semicolon that is none.
_OPAQUE = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|url\([^\"')]*\)|/\*.*?\*/"
_BRACE = re.compile(rf"{_OPAQUE}|[{{}};]", re.S)
# Rules that hold rules.
_NESTING = ("@media", "@supports", "@layer", "@container")


def joined(theme: Iterable[str], own: Iterable[str]) -> str:
    """One style sheet: the theme's, without what no page uses, then the book's own."""
    ours = compact("\n".join(own))
    kept = "".join(_trimmed("".join(theme)))
    return f"{_without_idle_properties(kept, ours)}\n{ours}"


def compact(css: str) -> str:
    """A style sheet without comments and without blanks that say nothing; `--name: ;` keeps its own."""
    return re.sub(r"/\*.*?\*/|(?<=[{};,])\s+|\s+(?=[{}])", "", css, flags=re.S).strip() + "\n"


def _trimmed(css: str) -> Iterator[str]:
    for prelude, body in _rules(re.sub(r"/\*.*?\*/|@charset[^;]*;", "", css, flags=re.S)):
        if prelude.startswith(_NESTING):
            inner = "".join(_trimmed(body))
            if inner:
                yield f"{prelude}{{{inner}}}"
        elif prelude.startswith("@"):
            yield f"{prelude}{{{body}}}"
        elif kept := [one for one in _split(prelude, ",") if not _is_absent(one)]:
            yield f"{','.join(kept)}{{{body}}}"


def _is_absent(selector: str) -> bool:
    """Whether no element of a page matches; what stands in parentheses may be one of several, or denied."""
    while (flat := re.sub(r"\([^()]*\)", "", selector)) != selector:
        selector = flat
    return bool(_ABSENT.search(selector))


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """What stands before each pair of braces, and within them."""
    depth = start = opened = 0
    for match in _BRACE.finditer(css):
        if match[0] == "{":
            if not depth:
                opened = match.end()
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if not depth:
                yield css[start : opened - 1].strip(), css[opened : match.start()]
                start = match.end()


def _split(text: str, mark: str) -> Iterator[str]:
    """The parts between marks that stand in no string, address or parentheses."""
    depth = start = 0
    for match in re.finditer(rf"{_OPAQUE}|[(){re.escape(mark)}]", text, re.S):
        if match[0] == "(":
            depth += 1
        elif match[0] == ")":
            depth -= 1
        elif match[0] == mark and not depth:
            yield text[start : match.start()]
            start = match.end()
    yield text[start:]


def _without_idle_properties(css: str, ours: str) -> str:
    """The sheet without the pictures and colors that it names and nothing asks for."""
    while True:
        asked = set(re.findall(r"var\(\s*(--[\w-]+)", css + ours))
        idle = [name for name in set(re.findall(r"(?<=[{;])(--[\w-]+)(?=:)", css)) if name not in asked]
        if not idle:
            return css
        named = "|".join(map(re.escape, sorted(idle, key=len, reverse=True)))
        css = re.sub(rf"(?<=[{{;])(?:{named}):(?:{_OPAQUE}|[^;{{}}\"'])*(?:;|(?=}}))", "", css, flags=re.S)
        css = re.sub(r"[^{}]+\{\}", "", css)
