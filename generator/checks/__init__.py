"""`Content` in; everything wrong with it out. A rule yields findings; its docstring is the rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from generator.checks import (
    clinical,
    flows,
    history,
    local,
    parity,
    pictures,
    prose,
    references,
    structure,
    wording,
)
from generator.checks.local import DatedCheck
from generator.checks.passages import Check, forget
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
    *local.CHECKS,
)
DATED_CHECKS: tuple[DatedCheck, ...] = local.DATED


def rule_name(check: Check | DatedCheck) -> str:
    """The name under which a rule reports: its function's, in kebab-case."""
    return check.__name__.replace("_", "-")


def check(content: Content, today: date | None = None) -> Iterator[Diagnostic]:
    """Runs every rule over the book; those that depend on the day only where `today` is given."""
    runs = [(rule_name(rule), rule(content)) for rule in CHECKS]
    if today:
        runs += [(rule_name(rule), rule(content, today)) for rule in DATED_CHECKS]
    for name, findings in runs:
        for finding in findings:
            yield Diagnostic(
                name,
                finding.message,
                finding.location,
                finding.hint,
                finding.related,
                finding.severity,
            )
    forget()
