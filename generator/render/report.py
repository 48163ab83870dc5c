"""The book's settings and a page in; the address that reports a problem with it out, its text filled in."""

from __future__ import annotations

from urllib.parse import quote

from generator.model import Edition, Page, Site
from generator.render.published import address


def pattern(site: Site) -> str:
    """The address with {subject} and {report} where the words go; empty where the book names none."""
    place = str(site.report or "")
    return f"mailto:{place}?subject={{subject}}&body={{report}}" if place and "://" not in place else place


def address_of(edition: Edition, page: Page) -> str:
    """The address for a whole page: it carries the page's title and address and the version of the book.

    A script adds the statement, in the same words: `report` in site_config/theme/assets/topic.js.
    """
    labels, version = edition.ui.labels, str(edition.site.version)
    colon = ": " if edition.ui.spaced_words else "："
    subject = labels["report-subject"].replace("{title}", page.title).replace("{version}", version)
    lines = [
        f"{labels['report-place']}{colon}{address(edition.site, edition.language, page.path)}",
        f"{labels['version']}{colon}{version}",
        "",
        f"{labels['report-wrong']}{colon}",
    ]
    filled = pattern(edition.site).replace("{subject}", quote(subject, safe=""))
    return filled.replace("{report}", quote("\r\n".join(lines), safe=""))
