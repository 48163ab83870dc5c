"""Pictures of every template, language, color scheme and width: site/ in, build/screenshots/ out."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

from browser import arguments, find
from conftest import LANGUAGES, PAGES, PROJECT, address
from playwright.sync_api import sync_playwright

SCHEMES, WIDTHS = ("light", "dark"), (360, 1280)


def main(site: Path, out: Path) -> int:
    if not (site / "index.html").is_file():
        print(f"error: no site in {site}: run clinref build", file=sys.stderr)
        return 1
    out.mkdir(parents=True, exist_ok=True)
    pages = {f"{lang}-{name}": f"{lang}/{path}" for lang in LANGUAGES for name, path in PAGES.items()}
    pages["chooser"] = "index.html?choose"
    count = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=arguments())
        for scheme, width in product(SCHEMES, WIDTHS):
            settings = {"width": width, "height": 800}
            page = browser.new_context(viewport=settings, color_scheme=scheme).new_page()
            for name, path in pages.items():
                page.goto(address(f"{site.resolve().as_uri()}/", path))
                page.screenshot(path=out / f"{name}-{scheme}-{width}.png", full_page=True)
                count += 1
        browser.close()
    print(f"{count} pictures in {out}/")
    return 0


if __name__ == "__main__":
    sys.exit(main(PROJECT / "site", PROJECT / "build/screenshots"))
