"""One spoiled book per rule, and exactly what an editor then reads.

`fixtures/bad/<rule>/` (a second case of a rule is `<rule>--<what>`) holds `change.toml`, what is done to a
copy of the tiny book (where it names a file of `overlay/`, of a hospital's notes for it too), and
`expected.txt`, the findings as text. After a change of a message, renew them with `pytest --renew-golden`.
"""

from __future__ import annotations

import ast
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny import FIXTURES, OVERLAY, ROOT, edit, findings

from generator.checks import CHECKS, DATED_CHECKS, rule_name
from generator.cli import FINDINGS, main
from generator.diagnostic import as_text, ordered

CASES = sorted(path.name for path in (FIXTURES / "bad").iterdir())
# Rules that no content can break, each with the reason and the test that holds it instead.
NOT_BY_CONTENT = {
    "wrong-value": "stands in for a fault of pydantic that no type of ours raises today",
    "mkdocs": "what MkDocs warns of; a clean check leaves it nothing (test_build)",
    "zensical": "the same of Zensical (test_engines)",
}
# What the audit says of a built site is held by test_audit, what is wrong with a PDF by test_pdf,
# with the offline copy by test_bundle, with the parts of a build by test_shards.
AFTER_THE_CHECK = {"audit.py", "audit_bundle.py", "audit_pdf.py", "pdf.py", "shards.py"}
SAYS_RULE_FIRST = {"add", "refuse", "_fault", "Diagnostic", "MarkupError", "PictureError", "report", "Fault"}


def apply(change: dict[str, Any], book: Path) -> None:
    """Does one change of `change.toml` to a book."""
    path = book / change["file"]
    if change.get("delete"):
        if path.is_dir():
            for inner in sorted(path.rglob("*"), reverse=True):
                inner.rmdir() if inner.is_dir() else inner.unlink()
            path.rmdir()
        else:
            path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if "old" in change:
        edit(path, change["old"], change["new"])
    elif "append" in change:
        path.write_text(path.read_text(encoding="utf-8") + change["append"], encoding="utf-8")
    elif "bytes_hex" in change:
        path.write_bytes(bytes.fromhex(change["bytes_hex"]))
    elif "symlink" in change:
        path.symlink_to(change["symlink"])
    elif "folder" in change:
        path.mkdir()
    else:
        path.write_text(change["content"] * change.get("times", 1), encoding="utf-8")


def changes(case: str) -> list[dict[str, Any]]:
    text = (FIXTURES / "bad" / case / "change.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["change"])


@pytest.mark.parametrize("case", CASES)
def test_message(
    case: str,
    copy_of_book: Path,
    monkeypatch: pytest.MonkeyPatch,
    same_or_renewed: Callable[[str, Path], None],
) -> None:
    """A spoiled book is refused in exactly these words, and the rule that names the case is among them."""
    overlay = any(change["file"].split("/")[0] == "overlay" for change in changes(case))
    if overlay:
        shutil.copytree(OVERLAY, copy_of_book / "overlay")
    for change in changes(case):
        apply(change, copy_of_book)
    monkeypatch.chdir(copy_of_book)
    found = ordered(findings(Path(), Path("overlay") if overlay else None))
    assert case.partition("--")[0] in {d.rule for d in found}
    same_or_renewed(as_text(found), FIXTURES / "bad" / case / "expected.txt")


def test_a_comma_in_a_number_gives_one_finding(
    copy_of_book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The slip that the whole chain is built against: one finding, with place and hint, and exit code 1."""
    facts = copy_of_book / "shared" / "facts.yml"
    edit(facts, "value: 43250", "value: 43,250")
    assert main(["check", "--content", str(copy_of_book)]) == FINDINGS
    said = capsys.readouterr().out
    assert said.count("error[") == 1
    assert "error[number-form]" in said
    assert f"{facts.as_posix()}:2:10" in said
    assert "= help: write digits only" in said


def rules_in_code() -> dict[str, str]:
    """Every rule that the code can name, with the module that names it."""
    out = {rule_name(check): "checks" for check in (*CHECKS, *DATED_CHECKS)}
    for path in sorted((ROOT / "generator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            position = 0 if name in SAYS_RULE_FIRST else 2 if name == "_one_of_form" else None
            if position is None or len(node.args) < 2:
                continue
            said = node.args[position]
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                out.setdefault(said.value, path.name)
    return out


def test_collecting_rules_finds_them() -> None:
    """Guards the next two tests: a rule of each way of naming one is seen."""
    seen = rules_in_code()
    assert {
        "duplicate-key",
        "no-alias",
        "fact-form",
        "number-form",
        "stray-mark",
        "dead-link",
        "uncited",
    } <= set(seen)
    assert len(seen) > 60


def test_every_rule_has_a_bad_case() -> None:
    cases = {case.partition("--")[0] for case in CASES}
    by_content = {rule for rule, module in rules_in_code().items() if module not in AFTER_THE_CHECK}
    assert by_content - cases == set(NOT_BY_CONTENT)
    assert cases <= set(rules_in_code())


def documented() -> Iterator[str]:
    """The rules that docs/rules.md has a row for."""
    for line in (ROOT / "docs" / "rules.md").read_text(encoding="utf-8").splitlines():
        if row := re.match(r"\|\s*`([a-z-]+)`\s*\|", line):
            yield row[1]


def test_every_rule_is_documented() -> None:
    rows = list(documented())
    assert sorted(set(rules_in_code()) - set(rows)) == []
    assert sorted(set(rows) - set(rules_in_code())) == []
