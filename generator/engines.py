"""Markdown and settings below the work folder in; the pages of every language out, by the engine asked for.

MkDocs is the default and keeps pages from build to build (`pages`). Zensical, which the authors of the theme
write as its successor, makes every page anew; docs/engines.md says what it cannot do yet.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

import yaml

from generator import build
from generator.diagnostic import Diagnostic, Location, SourceFile

Languages = Mapping[str, Iterable[str] | None]
Engine = Callable[[Path, Path, Languages, int], build.Rendered]
# The version that the tests compare with MkDocs; pyproject.toml pins it.
ZENSICAL = "0.0.73"
# What Zensical writes for a search that is not ours, and for the look that we do not use.
UNUSED = ("search.json", "assets/stylesheets/modern", "assets/javascripts/workers")
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
# A tag of HTML in Markdown; its attributes that hold addresses; an address that leads elsewhere on the site.
_TAG = re.compile(r"""<[a-z](?:"[^"]*"|'[^']*'|[^<>"'])*>""", re.I)
_ADDRESSES = re.compile(r'(?<=\s)(href|src|srcset)="([^"]*)"', re.I)
_RELATIVE = re.compile(r"(?![a-z][a-z0-9+.-]*:|[/#?])\S+", re.I)
# `Warning: page does not exist`, and under it the place: `[ about.md:50:5 ]`.
_ISSUE = re.compile(r"^(?:Warning|Error): (.+)\n\W*\[ (.+):(\d+):(\d+) \]", re.M)


def zensical(root: Path, work: Path, languages: Languages, epoch: int) -> build.Rendered:
    """The pages by Zensical and the same theme, in the shape that it calls classic.

    Each language has a folder of its own, made anew: Zensical refuses documents outside the folder of its
    settings, and what it keeps from an earlier build is not for us to trust. Every page of a language is
    made, no share of them. Raises BuildError where Zensical is not installed.
    """
    if find_spec("zensical") is None:
        raise build.BuildError(f"--engine zensical needs Zensical: pip install zensical=={ZENSICAL}")
    places = {language: work.resolve() / "zensical" / language for language in languages}
    running = {}
    for language, place in places.items():
        settings = root / "site_config" / f"{language}.yml"
        if not settings.is_file():
            raise build.BuildError(f"the language {language} has no {settings.relative_to(root)}")
        shutil.rmtree(place, ignore_errors=True)
        _lay_documents(work / "docs" / language, place / "docs")
        (place / "zensical.yml").write_text(
            yaml.safe_dump(zensical_settings(settings), sort_keys=False), encoding="utf-8"
        )
        log = (place / "log").open("w+", encoding="utf-8")
        command = [sys.executable, "-P", "-m", "zensical", "build", "--strict", "-f", "zensical.yml"]
        running[language] = (
            subprocess.Popen(
                command,
                cwd=place,
                env=build.child_environment(SOURCE_DATE_EPOCH=str(epoch)),
                stdout=log,
                stderr=subprocess.STDOUT,
            ),
            log,
        )
    found, count = [], 0
    for language, (process, log) in running.items():
        code = process.wait()
        with log:
            log.seek(0)
            said = issues(log.read(), code, language)
        found += said
        if not said:
            count += _take(places[language], work / "site" / language)
    return build.Rendered(found, count, 0)


def zensical_settings(settings: Path) -> dict[str, object]:
    """What Zensical reads in place of the settings of a language, which it inherits.

    Lists are appended to those of the inherited file, mappings are merged into them.
    """
    return {
        "INHERIT": str(settings.resolve()),
        "docs_dir": "docs",
        "site_dir": "site",
        "theme": {"variant": "classic", "custom_dir": str(settings.resolve().parent / "theme")},
        # Search is the generator's own; without this line Zensical adds its dialog to every page.
        "plugins": [{"search": {"enabled": False}}],
    }


def addressed_from_source(markdown: str, name: str) -> str:
    """Markdown whose tags of HTML name their targets as seen from the file `name`, not from its page.

    MkDocs leaves such an address alone, so the generator writes it for the page `name/`; Zensical takes it
    for one that leads from the file, and sets `../` before it.
    """
    if posixpath.basename(name) == "index.md":
        return markdown
    folder = posixpath.basename(name).removesuffix(".md")

    def moved(way: str) -> str:
        if not _RELATIVE.fullmatch(way):
            return way
        return (way[3:] or "./") if way.startswith("../") else f"{folder}/{way}"

    def attribute(match: re.Match[str]) -> str:
        name, value = match.groups()
        # In a srcset each address is followed by a width, and the next stands after a comma.
        parts = [part.partition(" ") for part in value.split(", ")] if name == "srcset" else [(value, "", "")]
        return f'{name}="{", ".join(moved(way) + space + rest for way, space, rest in parts)}"'

    start = markdown.find("\n---\n") if markdown.startswith("---\n") else 0
    text = _TAG.sub(lambda tag: _ADDRESSES.sub(attribute, tag[0]), markdown[start:])
    return markdown[:start] + text


def _lay_documents(documents: Path, target: Path) -> None:
    shutil.copytree(documents, target)
    for path in target.rglob("*.md"):
        name = path.relative_to(target).as_posix()
        path.write_text(addressed_from_source(path.read_text("utf-8"), name), encoding="utf-8")


def issues(log: str, code: int, language: str) -> list[Diagnostic]:
    """What Zensical said that is a fault: each warning with its place, else why it ended."""
    text = _COLORS.sub("", log)
    found = [
        Diagnostic(
            "zensical", message, Location(SourceFile(f"build/docs/{language}/{name}"), int(line), int(column))
        )
        for message, name, line, column in _ISSUE.findall(text)
    ]
    if code and not found:
        # The last line of a traceback is the reason.
        reason = ([line.strip() for line in text.splitlines() if line.strip()] or ["nothing said"])[-1]
        at = Location(SourceFile(f"site_config/{language}.yml"))
        found.append(Diagnostic("zensical", f"ended with {code}: {reason}", at))
    return found


def _take(place: Path, site: Path) -> int:
    """Puts what Zensical wrote where the rest of the build looks for it. Returns the number of pages."""
    built = place / "site"
    for name in UNUSED:
        path = built / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    # An empty address leads nowhere for some readers' tools; MkDocs writes the folder itself.
    home = built / "index.html"
    home.write_text(home.read_text("utf-8").replace(' href=""', ' href="."'), encoding="utf-8")
    # Its templates and scripts ship with the pages, so their licence does.
    notice = distribution("zensical").read_text("licenses/LICENSE.md")
    (built / "licenses" / "zensical.txt").write_text(notice or "", encoding="utf-8")
    shutil.rmtree(site, ignore_errors=True)
    site.parent.mkdir(parents=True, exist_ok=True)
    built.rename(site)
    count = sum(1 for _ in (place / "docs").rglob("*.md"))
    shutil.rmtree(place)
    return count


ENGINES: Mapping[str, Engine] = {"mkdocs": build.mkdocs, "zensical": zensical}
