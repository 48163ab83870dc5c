"""One edition in; for each list on several pages a small script out that says which page has an entry.

A script, not JSON: it loads from the disk too, and under a policy of `script-src 'self'`.
"""

from __future__ import annotations

import json

from generator.model import Edition, OutputFile

FOLDER = "assets/parts"


def files(edition: Edition) -> list[OutputFile]:
    """`assets/parts/<list>.js`, paths relative to the language's folder; nothing for a list of one page."""
    parts: dict[str, dict[str, str]] = {}
    for page in edition.pages:
        if page.path != page.whole:
            places = parts.setdefault(page.whole, {})
            places |= dict.fromkeys(page.anchors, page.path.removeprefix(f"{page.whole}/"))
    return [
        OutputFile(f"{FOLDER}/{name}.js", f"clinrefParts({json.dumps(places)});\n".encode("ascii"))
        for name, places in parts.items()
    ]
