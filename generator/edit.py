"""The commands that write into the content folder: a book and what an editor decided in; its lock out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from generator import parity_lock
from generator.model import Content


def waiting(content: Content) -> dict[str, str]:
    """Each statement not accepted as it stands now, and why: `new`, or which language is behind."""
    out = {}
    for key, now in parity_lock.statements(content).items():
        state, behind = parity_lock.state(now, content.accepted.get(key))
        if state != "accepted":
            out[key] = (
                f"{', '.join(behind)} did not change" if behind else "new, or changed in every language"
            )
    return out


def accept(root: Path, content: Content, what: Iterable[str]) -> tuple[list[str], int]:
    """Records statements as equal in every language, and forgets those that are gone.

    what: keys (`topic#id`), or what stands before the `#`; an empty name is everything.
    Returns the names that are none, in which case nothing is written, and the number of entries that changed.
    """
    now = parity_lock.statements(content)
    chosen: set[str] = set()
    unknown = []
    for name in what:
        named = {key for key in now if not name or key == name or key.partition("#")[0] == name}
        chosen |= named
        if not named:
            unknown.append(name)
    if unknown:
        return unknown, 0
    kept = {key: dict(digests) for key, digests in content.accepted.items() if key in now}
    entries = kept | {key: now[key] for key in chosen}
    changed = sum(entries.get(k) != content.accepted.get(k) for k in {*entries, *content.accepted})
    path = root / parity_lock.NAME
    if changed:
        # Beside, then in its place: an interrupted run leaves the old lock.
        fresh = path.with_suffix(".lock.new")
        fresh.write_text(parity_lock.written(entries), encoding="utf-8")
        fresh.replace(path)
    return [], changed
