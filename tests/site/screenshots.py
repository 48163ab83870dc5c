"""Pictures of every template, language, color scheme and width: site/ in, build/screenshots/ out.

index.html there shows them all, a row for each template.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from html import escape
from itertools import product
from pathlib import Path

from browser import started
from conftest import LANGUAGES, PAGES, PROJECT, TOPIC, address, published_path
from playwright.sync_api import Page
from servers import served

SCHEMES, WIDTHS = ("light", "dark"), (360, 1280)
QUESTION = {"zh": "脊髓压迫", "en": "cord compression"}
STYLE = """body { margin: 1rem; font: 1rem/1.4 sans-serif }
section { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start }
figure { margin: 0 } img { height: 26rem; border: 1px solid #888; object-fit: cover; object-position: top }
img[src*="-360"] { width: 13rem } img[src*="-1280"] { width: 38rem }"""


def search(page: Page) -> None:
    page.locator("[data-search-open]").first.click()
    language = page.evaluate("document.documentElement.lang.slice(0, 2)")
    page.locator("#clinref-search input").fill(QUESTION[language])
    page.locator(".clinref-search-link").first.wait_for()


def walk(page: Page) -> None:
    page.locator(".walk button:visible, [data-walk-start]:visible").first.click()


def drawer(page: Page) -> None:
    menu = page.locator("[data-drawer]")
    if menu.is_visible():
        menu.click()
        page.wait_for_timeout(400)


# Template: its address, and what is done before it is looked at, in the window alone then.
EXTRA: dict[str, tuple[str, Callable[[Page], None] | None]] = {
    "patients": (f"{{lang}}/{TOPIC}-patients/", None),
    "changes": ("{lang}/changes/", None),
    "versions": ("{lang}/versions/", None),
    "offline": ("{lang}/offline/", None),
    "data": ("{lang}/data/", None),
    "notices": ("{lang}/notices/", None),
    "embed": (f"embed/{{lang}}/{TOPIC}/treatment/", None),
    "embed-this": ("embed/{lang}/", None),
    "parallel": (f"parallel/{TOPIC}/", None),
    "infobutton": ("infobutton/?mainSearchCriteria.v.dn=nothing", None),
    "chooser": ("index.html?choose", None),
    "search": ("{lang}/about/", search),
    "walk": ("{lang}/flow/spine-emergency/", walk),
    "drawer": (f"{{lang}}/{TOPIC}/", drawer),
}


def index(names: list[str]) -> str:
    """One page that shows all pictures, each a link to itself in full."""
    rows = []
    for name in names:
        shown = "".join(
            f'<figure><a href="{file}"><img src="{file}" alt="{escape(file)}" loading="lazy"></a>'
            f"<figcaption>{scheme}, {width} px</figcaption></figure>"
            for scheme, width in product(SCHEMES, WIDTHS)
            for file in [f"{name}-{scheme}-{width}.png"]
        )
        rows.append(f'<h2 id="{name}">{name}</h2><section>{shown}</section>')
    contents = " · ".join(f'<a href="#{name}">{name}</a>' for name in names)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Every template</title>'
        f"<style>{STYLE}</style>"
        f"<h1>Every template</h1><p>{contents}</p>{''.join(rows)}</html>\n"
    )


def main(site: Path, out: Path) -> int:
    if not (site / "index.html").is_file():
        print(f"error: no site in {site}: run clinref build", file=sys.stderr)
        return 1
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.png"):
        old.unlink()
    states = {name: (f"{{lang}}/{path}", None) for name, path in PAGES.items()} | EXTRA
    pages = {
        (f"{lang}-{name}" if "{lang}" in path else name): (path.format(lang=lang), make)
        for (name, (path, make)), lang in product(states.items(), LANGUAGES)
    }

    # Below the path of its address, which the links of the 404 page name.
    with served(site, published_path()) as base, started() as browser:
        for scheme, width in product(SCHEMES, WIDTHS):
            window = {"width": width, "height": 800}
            page = browser.new_context(
                viewport=window, color_scheme=scheme, reduced_motion="reduce"
            ).new_page()
            for name, (path, make) in pages.items():
                page.goto(address(base, path))
                if make:
                    make(page)
                page.screenshot(path=out / f"{name}-{scheme}-{width}.png", full_page=not make)
            page.context.close()
    (out / "index.html").write_text(index(list(pages)), encoding="utf-8")
    print(f"{len(pages) * len(SCHEMES) * len(WIDTHS)} pictures in {out}/, all in {out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(PROJECT / "site", PROJECT / "build/screenshots"))
