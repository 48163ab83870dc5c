"""frames: what the theme puts around a page is the same, whether its templates made it or a stand-in did."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from tiny import ROOT, content_of

from generator import build
from generator.frames import Frames
from generator.model import OutputFile
from generator.pages import Notices, Pages
from generator.render.markdown import configuration, pages
from generator.resolve import resolve

sys.path.insert(0, str(ROOT / "benchmarks"))
import corpus


def files_of(site: Path) -> dict[str, bytes]:
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*.html")}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_framed_page_is_what_the_templates_make(
    tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus.write(tmp_path / "book", 70)
    edition = resolve(content_of(tmp_path / "book"), language)
    work = tmp_path / "out" / "build"
    root, docs = build.prepare(work), work / "docs" / language
    build.write(pages(edition), docs)
    build.write([OutputFile(f"{language}.yml", configuration(edition)[0].data)], work / "config")
    # Words that need an escape, no description and no sections, a page in a folder that the navigation names.
    odd = docs / "topic-0002.md"
    text = odd.read_text("utf-8")
    odd.write_text(text.replace(" {: #top }", " &#38; “it's” &#60;b&#62; {: #top }", 1), "utf-8")
    (docs / "bare.md").write_text("# Bare {: #top }\n\nA line.\n", "utf-8")
    (docs / "twice.md").write_text("# Twice {: #top }\n\n# Again {: #again }\n", "utf-8")
    (docs / "glossary").mkdir()
    (docs / "glossary" / "plain.md").write_text(
        "---\nkind: topic\n---\n\n# Plain {: #top }\n\n## S {: #s }\n", "utf-8"
    )

    settings, site = root / "site_config" / f"{language}.yml", work / "site" / language
    left: list[str] = []
    framed = Frames.page

    def noted(self: Frames, page: object) -> str | None:
        html = framed(self, page)  # type: ignore[arg-type]
        if html is None:
            left.append(page.file.src_uri)  # type: ignore[attr-defined]
        return html

    monkeypatch.setattr(Frames, "page", noted)
    made = Pages(settings, Notices())
    made.build(tmp_path / "kept")
    quick = files_of(site)
    shutil.rmtree(site)
    monkeypatch.setattr(Frames, "page", lambda *_: None)
    Pages(settings, Notices()).build(tmp_path / "kept-too")
    assert quick == files_of(site)
    # All but what stands in the navigation, has a title with marks of HTML, or two of them.
    listed = {page.file.src_uri for page in made.nav.pages}
    assert set(left) - listed == {"topic-0002.md", "twice.md"}
    assert len(left) < len(quick) / 5
