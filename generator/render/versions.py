"""`Edition`s in; for every version of the book a small script out that tells an embedded copy of it to stop.

A live page is always current. A copy that somebody saved, framed or keeps in a cache asks the script of its
own version, whose answer may have changed since: docs/data.md tells how.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from generator.model import Edition, OutputFile, VersionView, plain
from generator.render.published import address

FOLDER = "embed/v1/versions"


def files(editions: Sequence[Edition]) -> list[OutputFile]:
    """`embed/v1/versions/<id>.js` for every version: classic scripts that need no CORS and no other file."""
    code = (Path(__file__).parent / "templates" / "version-state.js").read_text(encoding="utf-8")
    listed = {e.language: versions(e) for e in editions}
    out = []
    for place, first in enumerate(listed[editions[0].language]):
        state = {
            "version": first.version,
            "date": first.date,
            "state": first.state,
            "text": {e.language: told(e, listed[e.language][place]) for e in editions},
            "link": {e.language: f"{e.ui.labels['version']} {first.version}" for e in editions},
            "url": {e.language: address(e.site, e.language, f"versions/{first.id}") for e in editions},
        }
        # ASCII only: the page that loads it may be in any encoding.
        script = code.replace("STATE", json.dumps(state, indent=1))
        out.append(OutputFile(f"{FOLDER}/{first.id}.js", script.encode("ascii")))
    return out


def versions(edition: Edition) -> tuple[VersionView, ...]:
    """Every version of the book, newest first."""
    return next(page.versions for page in edition.pages if page.kind == "versions")


def told(edition: Edition, version: VersionView) -> str:
    """What became of a version, in one sentence or three: its state, why, and what to use instead."""
    labels, values = edition.ui.labels, _values(edition, version)
    stop, gap = (".", " ") if edition.ui.spaced_words else ("。", "")
    parts = [filled(str(labels[f"version-{version.state}"]), values) + stop]
    if version.why:
        parts.append(plain(version.why).strip())
    if version.successor:
        parts.append(filled(str(labels["version-use"]), values))
    return gap.join(parts)


def filled(label: str, values: dict[str, str]) -> str:
    """A label with its date and version filled in."""
    for name, value in values.items():
        label = label.replace(f"{{{name}}}", value)
    return label


def _values(edition: Edition, version: VersionView) -> dict[str, str]:
    return {
        "date": version.ended or str(edition.site.updated),
        "version": version.successor.text if version.successor else "",
    }


def state_words(edition: Edition, version: VersionView) -> str:
    """Whether a version is current, superseded or withdrawn, and since when."""
    return filled(str(edition.ui.labels[f"version-{version.state}"]), _values(edition, version))
