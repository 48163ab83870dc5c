"""`Edition`s in; the start page of the offline copy out: what it is, whether it is current, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from generator.model import Edition, OutputFile, plain, version_id
from generator.render.published import address
from generator.render.versions import versions

# Where the site lies in the offline copy, beside its start page.
FOLDER = "book"


def start_page(editions: Sequence[Edition], pdfs: bool) -> OutputFile:
    """`start.html`, every language on one page: who opens it may read any."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = templates.get_template("start.html.jinja").render(
        editions=editions,
        first=editions[0],
        book=FOLDER,
        pdfs=pdfs,
        versions={e.language: versions(e) for e in editions},
        version_address=_version_address,
        words=plain,
        colon=lambda edition: ": " if edition.ui.spaced_words else "：",
    )
    return OutputFile("start.html", html.encode("utf-8"))


def _version_address(edition: Edition) -> str:
    return address(edition.site, edition.language, f"versions/{version_id(edition.site.version)}")
