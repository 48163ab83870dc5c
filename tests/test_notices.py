"""What ships from others has its license text beside it, and its line on the page of notices.

Reads the theme as installed, never the network: what its bundles are made of stands in their source maps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path

import pytest
from tiny import ROOT, content_of

from generator import build, pdf
from generator.checks.passages import block_passages
from generator.model import Content

THEME = Path(str(files("material"))) / "templates"
OURS = ROOT / "site_config" / "theme" / "assets"
LICENSES = ROOT / "site_config" / "theme" / "licenses"
# Package or icon set as the theme names it: the name of its license text, and of its line on the page.
TEXTS = {
    "fontawesome": "font-awesome-free",
    "material": "material-design-icons",
    "material-design-color": "material-color",
    "mkdocs-material": "material-for-mkdocs",
    "octicons": "octicons",
    "opencc": "opencc",
    "snowball": "snowball",
    "Libertinus Serif": "libertinus-serif",
    "Noto Sans CJK TC": "noto-cjk",
    "Noto Sans SC": "noto-cjk",
    "Noto Serif SC": "noto-cjk",
}
# The theme's own scripts, which the build leaves out.
NOT_SHIPPED = {"javascripts"}
# A code system as the shared files name it: its entry on the page.
SYSTEMS = {
    "ATC": "notices-atc",
    "ICD-10": "notices-icd",
    "ICD-10-CM": "notices-icd-cm",
    "MeSH": "notices-mesh",
    "SNOMED CT": "notices-snomed",
}


@pytest.fixture(scope="module")
def content() -> Content:
    return content_of(ROOT / "content")


def text(name: str) -> str:
    return (LICENSES / f"{name}.txt").read_text(encoding="utf-8")


def notices(content: Content, language: str) -> dict[str, str]:
    page = next(page for name, page in content.words[language].pages.items() if name == "notices")
    return {
        str(id_): str(prose.source)
        for section in page.sections.values()
        for id_, prose in block_passages(section.body)
    }


def bundled() -> set[str]:
    """The packages in the theme's scripts and style sheets, by their source maps, as far as they ship."""
    found = set()
    for path in (THEME / "assets").rglob("*.map"):
        if NOT_SHIPPED & set(path.parts):
            continue
        for source in json.loads(path.read_text(encoding="utf-8"))["sources"]:
            if package := re.search(r"node_modules/((?:@[^/]+/)?[^/]+)", source):
                found.add(package[1])
    return found


def inlined() -> set[str]:
    """The icon sets of which a shape stands in a style sheet, or an icon is named in the settings."""
    shapes = {
        shape: icon.relative_to(THEME / ".icons").parts[0]
        for icon in (THEME / ".icons").rglob("*.svg")
        for shape in re.findall(r' d="([^"]+)"', icon.read_text(encoding="utf-8"))
    }
    found = set()
    for style in (THEME / "assets" / "stylesheets").glob("*.css"):
        for shape in re.findall(r"\bd='([^']+)'", style.read_text(encoding="utf-8")):
            found.add(shapes.get(shape, f"unknown shape {shape[:30]}"))
    settings = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("mkdocs.yml", *config()))
    found |= set(re.findall(r"(?<!fav)icon: (\w+)/", settings))
    return found


def config() -> Iterator[str]:
    yield from (f"site_config/{path.name}" for path in (ROOT / "site_config").glob("*.yml"))


def test_the_source_maps_and_the_style_sheets_are_understood() -> None:
    assert "material-design-color" in bundled()
    assert "material" in inlined()


def test_every_part_that_ships_has_its_license_text() -> None:
    ships = {"mkdocs-material", "opencc", "snowball"} | bundled() | inlined() | pdf.FAMILIES
    assert sorted(ships - set(TEXTS)) == [], "add the license text to site_config/theme/licenses"
    assert sorted(TEXTS[name] for name in ships if not (LICENSES / f"{TEXTS[name]}.txt").is_file()) == []


def test_no_text_is_left_over() -> None:
    assert {path.stem for path in LICENSES.iterdir()} == set(TEXTS.values())


def test_every_banner_in_a_script_names_a_part_that_is_known() -> None:
    known = re.compile(r"Snowball", re.I)
    banners = [
        banner
        for path in (*(THEME / "assets").rglob("*.js"), *OURS.rglob("*.js"))
        if not NOT_SHIPPED & set(path.parts)
        for banner in re.findall(
            r"/\*!.*?\*/|/\*\*?(?:(?!\*/).)*@license.*?\*/", path.read_text(encoding="utf-8"), re.S
        )
    ]
    assert banners
    assert [banner for banner in banners if not known.search(banner)] == []


def test_the_texts_are_those_of_the_installed_theme() -> None:
    theme = distribution("mkdocs-material").read_text("licenses/LICENSE")
    assert text("material-for-mkdocs") == theme
    for icons, name in (("octicons", "LICENSE"), ("material", "LICENSE"), ("fontawesome", "LICENSE.txt")):
        assert text(TEXTS[icons]).startswith((THEME / ".icons" / icons / name).read_text(encoding="utf-8"))


def test_the_license_of_the_fonts_is_whole_and_names_who_holds_them() -> None:
    for name, holder in (("noto-cjk", "Adobe"), ("libertinus-serif", "The Libertinus Project Authors")):
        assert holder in text(name).partition("SIL OPEN FONT LICENSE Version 1.1")[0]
        assert "OTHER DEALINGS IN THE FONT SOFTWARE" in text(name)


def test_a_text_that_only_points_to_a_license_carries_it() -> None:
    assert "END OF TERMS AND CONDITIONS" in text("material-design-icons")
    assert "Section 8 -- Interpretation" in text("font-awesome-free")
    assert "END OF TERMS AND CONDITIONS" in text("opencc")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_lists_each_text_and_nothing_else(content: Content, language: str) -> None:
    said = notices(content, language)
    head = re.compile(r"\*\*([^*]+)\*\*[:：]")
    software = list(said)[: list(said).index("notices-build-tools")]
    named = {match[1].lower().replace(" ", "-") for id_ in software if (match := head.match(said[id_]))}
    assert named == set(TEXTS.values())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_code_system_that_is_named_is_on_the_page(content: Content, language: str) -> None:
    holders = (*content.terms.values(), *content.topics.values())
    systems = {str(system) for holder in holders for system in (holder.codes or {})}
    assert sorted(systems - set(SYSTEMS)) == [], "say on the page of notices whose codes these are"
    assert {SYSTEMS[system] for system in systems} <= set(notices(content, language))
    assert {id_ for id_ in SYSTEMS.values() if id_ in notices(content, language)} == {
        SYSTEMS[system] for system in systems
    }


def test_the_themes_own_scripts_and_style_sheets_do_not_ship(tmp_path: Path) -> None:
    """Nobody loads them, and the scripts bundle packages whose license texts are not here."""
    for language in ("en", "zh"):
        for name in ("javascripts/lunr/wordcut.js", "javascripts/bundle.min.js", "stylesheets/main.min.css"):
            path = tmp_path / "work" / "site" / language / "assets" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("", encoding="utf-8")
        (tmp_path / "work" / "site" / language / "assets" / "clinref.css").write_text("", encoding="utf-8")
    theme = ROOT / "site_config" / "theme"
    new = build.begin(tmp_path / "site", theme)
    for language in ("en", "zh"):
        build.take(tmp_path / "work", language, 0, new)
    shipped = {path.relative_to(new).as_posix() for path in new.rglob("*") if path.parts[-2] != "assets"}
    assert {path for path in shipped if path.endswith((".js", ".css"))} == set()
    assert (new / "en" / "assets" / "clinref.css").is_file()
