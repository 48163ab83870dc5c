"""One edition in; each term's definition as a small script out, fetched when a reader asks what a word means.

A script, not JSON: it loads from the disk too, and under a policy of `script-src 'self'`.
"""

from __future__ import annotations

import json

from generator.model import Edition, OutputFile, TermView, plain

FOLDER = "assets/terms"


def files(edition: Edition) -> list[OutputFile]:
    """`assets/terms/<id>.js` for every entry of the glossary, paths relative to the language's folder."""
    return [
        OutputFile(f"{FOLDER}/{term.id}.js", _script(term))
        for page in edition.pages
        for _, terms in page.terms
        for term in terms
    ]


def _script(term: TermView) -> bytes:
    said = {
        "name": term.name,
        "text": plain(term.definition),
        "others": [[language, name] for language, name, _ in term.others],
    }
    # In ASCII, whatever the server says of its scripts; and no text can end the element that holds it.
    return f"clinrefTerm({json.dumps(term.id)},{json.dumps(said)});\n".replace("<", "\\u003c").encode("ascii")
