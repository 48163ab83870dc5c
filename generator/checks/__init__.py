"""`Content` in; everything wrong with it out. A rule yields findings; its docstring is the rule."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks import clinical, flows, history, parity, pictures, prose, references, structure, wording
from generator.checks.passages import Check
from generator.diagnostic import Diagnostic
from generator.model import Content

# Explicit, in the order in which an editor would want to read them.
CHECKS: tuple[Check, ...] = (
    *structure.CHECKS,
    *parity.CHECKS,
    *references.CHECKS,
    *clinical.CHECKS,
    *prose.CHECKS,
    *wording.CHECKS,
    *flows.CHECKS,
    *history.CHECKS,
    *pictures.CHECKS,
)


def rule_name(check: Check) -> str:
    """The name under which a rule reports: its function's, in kebab-case."""
    return check.__name__.replace("_", "-")


def check(content: Content) -> Iterator[Diagnostic]:
    """Runs every rule over the book."""
    for rule in CHECKS:
        for finding in rule(content):
            yield Diagnostic(
                rule_name(rule),
                finding.message,
                finding.location,
                finding.hint,
                finding.related,
                finding.severity,
            )
