"""The promise of the checks, measured on the real content: a slip that breaks its structure is seen."""

from __future__ import annotations

import pytest
from mutations import CLASSES, CONTENT, OF_MEANING, STRUCTURAL, TOTAL, Outcome, outcomes, rate, table
from tiny import findings

AT_LEAST = 0.98


@pytest.fixture(scope="module")
def found() -> list[Outcome]:
    return outcomes()


def test_the_unchanged_content_is_clean() -> None:
    assert findings(CONTENT) == []


def test_slips_of_structure_are_caught(found: list[Outcome]) -> None:
    print(table(found))
    assert len(found) == TOTAL
    assert {o.kind for o in found} == set(CLASSES)
    missed = [o for o in found if o.kind in STRUCTURAL and not o.rules]
    assert rate([o for o in found if o.kind in STRUCTURAL]) >= AT_LEAST, missed


def test_what_no_rule_sees_is_known(found: list[Outcome]) -> None:
    """Should a rule see one of these one day, it moves to the classes of structure."""
    caught = {kind for kind in OF_MEANING if all(o.rules for o in found if o.kind == kind)}
    assert caught == set()
