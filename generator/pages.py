"""One language's Markdown and settings in; its HTML out, by MkDocs's own steps, made anew where it changed.

A page depends on its Markdown, on whether each page that it links to exists, and on what all pages share:
settings, navigation, theme, packages, clock. A page whose digest of these is that of its HTML on the disk is
kept. What belongs to no single page (copied files, 404, site map) is written each time.
`build` runs this as a program, one process a language.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any, cast

from markdown.extensions.toc import nest_toc_tokens
from mkdocs.commands.build import _build_page, _build_theme_template, _populate_page
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import MkDocsException
from mkdocs.structure import pages as structure
from mkdocs.structure.files import File, Files, get_files, set_exclusions
from mkdocs.structure.nav import get_navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc
from mkdocs.utils import get_build_date, write_file
from mkdocs.utils.yaml import yaml_load

from generator import build, frames, written
from generator.frames import Frames

Record = dict[str, Any]
# A link to a file as the generator writes it: nothing in it stands for something else.
_PLAIN_WAY = re.compile(r"[a-z0-9./-]*[a-z0-9]")
_IDS = re.compile(r"""\s(?:id|name)=(?:"([^"]*)"|'([^']*)')""")


class _Asked:
    """Stands before MkDocs's list of files, and notes which a page asks for and whether all were there."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.found: dict[str, None] = {}
        self.complete = True

    def get_file_from_path(self, path: str) -> File | None:
        file = self.files.get_file_from_path(path)
        self.complete &= file is not None
        self.found[path] = None
        return file


class Notices(logging.Handler):
    """What MkDocs warns of, as it says it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # A page that is read a second time is warned of again.
        if (message := record.getMessage()) not in self.said:
            self.said.append(message)


class _Links(structure._RelativePathTreeprocessor):
    """The addresses of a page's links, as MkDocs makes them; of the forms that abound, sooner."""

    def __init__(self, file: File, files: Files, config: MkDocsConfig) -> None:
        super().__init__(file, files, config)
        # Many links lead to a few files: each with its address.
        self.known: dict[str, tuple[File, str]] = {}

    def path_to_url(self, url: str) -> str:
        if url.startswith("https://"):
            return url
        path, mark, anchor = url.partition("#")
        if not path:
            target, address = self.file, ""
        elif path in self.known:
            target, address = self.known[path]
        else:
            found = self.files.get_file_from_path(self._target_uri(self.file.src_uri, path))
            is_shown = found is not None and not found.inclusion.is_excluded()  # type: ignore[no-untyped-call]
            if found is None or not is_shown or not _PLAIN_WAY.fullmatch(path):
                # Of these MkDocs has something to say.
                return super().path_to_url(url)
            target, address = self.known[path] = found, found.url_relative_to(self.file)
        if anchor:
            self.links_to_anchors.setdefault(target, {}).setdefault(anchor, url)
        return address + mark + anchor


_render_by_markdown = Page.render


def _render(page: Page, config: MkDocsConfig, files: Files) -> None:
    """In place of MkDocs's own step: by `written` what that knows, the rest as MkDocs does."""
    markdown = page.markdown or ""
    links = _Links(page.file, files, config)
    try:
        if {
            name: config.mdx_configs.get(name, {}) for name in config.markdown_extensions
        } != written.EXTENSIONS:
            raise written.Unknown("other extensions")
        read = written.read(markdown, cache(links.path_to_url))
    except written.Unknown:
        _render_by_markdown(page, config, files)
        return
    for _, id_, _ in read.headings:
        # The link behind each.
        links.path_to_url(f"#{id_}")
    page.content = read.text
    tokens = [
        {"level": level, "id": id_, "name": name}
        for level, id_, name in read.headings
        if level <= written.LISTED_LEVEL
    ]
    page.toc = get_toc(nest_toc_tokens(tokens))
    page._title_from_render = read.headings[0][2] if read.is_titled else None
    page.present_anchor_ids = read.ids | {a or b for a, b in _IDS.findall(markdown)}
    page.links_to_anchors = links.links_to_anchors


# MkDocs asks each page to render itself, and offers no other place for it.
Page.render = _render  # type: ignore[method-assign,assignment]


class Pages:
    """The pages of one language. Raises MkDocsException where the settings are wrong."""

    def __init__(self, settings: Path, notices: Notices, site: Path | None = None) -> None:
        """site: where the pages go, if not where the settings say."""
        self.notices = notices
        config = load_config(config_file=str(settings), **({"site_dir": str(site)} if site else {}))
        config.plugins.on_startup(command="build", dirty=False)
        config = config.plugins.on_config(config)
        config.plugins.on_pre_build(config=config)
        self.env = config.theme.get_env()
        files = get_files(config)
        files.add_files_from_theme(self.env, config)
        self.files = config.plugins.on_files(files, config=config)
        set_exclusions(self.files, config)
        self.config = config
        self.nav = config.plugins.on_nav(get_navigation(self.files, config), config=config, files=self.files)
        self.env = config.plugins.on_env(self.env, config=config, files=self.files)
        # A theme does not change while pages are made: each of its parts would be asked that on each page.
        self.env.auto_reload = False
        self.frames = Frames(config, self.nav, self.env)
        self.documents = list(self.files.documentation_pages())
        self.site = Path(config.site_dir)
        self.common = self._common()

    def _common(self) -> str:
        """The digest of all that every page depends on."""
        with Path(self.config.config_file_path).open("rb") as file:
            settings = yaml_load(file)
        untitled = [page.file.src_uri for page in self.nav.pages if page.title is None]
        if untitled:
            # Its title would come from its text, and every page would depend on that.
            raise MkDocsException(f"the navigation gives no title for {', '.join(untitled)}")
        theme = Path(self.config.theme.custom_dir or ".")
        return build.digest(
            json.dumps(settings, sort_keys=True, ensure_ascii=False, default=str).encode(),
            build.inputs([theme]).encode(),
            *(Path(name).read_bytes() for name in (__file__, frames.__file__, written.__file__)),
            get_build_date().encode(),
        )

    def build(self, kept_in: Path) -> tuple[int, int]:
        """Brings the folder of the site up to date. Returns the number of pages rendered, and kept."""
        known, records = build.read_kept(kept_in), dict[str, Record]()
        fitting = {file.src_uri for file in self.documents if self._fits(file, known.get(file.src_uri))}
        _remove_others(self.site, {Path(f.abs_dest_path) for f in self.documents if f.src_uri in fitting})
        self.files.copy_static_files()
        for template in self.config.theme.static_templates:
            _build_theme_template(template, self.env, self.files, self.config, self.nav)
        for file in self.documents:
            uri, page = file.src_uri, cast(Page, file.page)
            if uri in fitting:
                record: Record | None = known[uri]
                self._remember(page, known[uri])
            else:
                record = self.render(file)
            if record:
                records[uri] = record
        for file in self.documents:
            page = cast(Page, file.page)
            page.validate_anchor_links(files=self.files, log_level=self.config.validation.links.anchors)
        self.config.plugins.on_post_build(config=self.config)
        build.write_kept(kept_in, records)
        return len(self.documents) - len(fitting), len(fitting)

    def share(self, kept_in: Path, uris: set[str]) -> tuple[int, int]:
        """Renders these pages alone, for a build elsewhere, which checks their links to one another."""
        files = [file for file in self.documents if file.src_uri in uris]
        records = {file.src_uri: record for file in files if (record := self.render(file))}
        build.write_kept(kept_in, records)
        return len(files), 0

    def render(self, file: File) -> Record | None:
        """Writes one page. Returns what to keep of it: nothing where MkDocs had something to say."""
        page, asked = cast(Page, file.page), _Asked(self.files)
        notices = len(self.notices.said)
        key = self._key(file)
        _populate_page(page, self.config, cast(Files, asked))
        # Neither the list of all pages nor, after this page, its head and text are for other pages to see.
        if html := self.frames.page(page):
            write_file(html.encode("utf-8"), file.abs_dest_path)
        else:
            _build_page(page, self.config, [], self.nav, self.env)
        page.markdown, page.content, page.meta, page.toc = None, None, {}, cast(Any, [])
        # Markdown that was written meanwhile is not what the digest was made from.
        if not asked.complete or len(self.notices.said) > notices or key != self._key(file):
            return None
        return {
            "key": key,
            "path": file.dest_uri,
            "html": build.digest(Path(file.abs_dest_path).read_bytes()),
            "targets": sorted(asked.found),
            "anchors": sorted(page.present_anchor_ids or ()),
            "links": {target.src_uri: links for target, links in (page.links_to_anchors or {}).items()},
        }

    def preview(self, uri: str, markdown: bytes) -> bytes | None:
        """The HTML of a page that has this Markdown now. None for a page that was not there before."""
        file = self.files.get_file_from_path(uri)
        if file is None:
            return None
        file.content_bytes = markdown
        self.render(file)
        return Path(file.abs_dest_path).read_bytes()

    def _key(self, file: File) -> str:
        return build.digest(self.common.encode(), file.src_uri.encode(), file.content_bytes)

    def _fits(self, file: File, record: Record | None) -> bool:
        """Whether the page on the disk is the one that rendering it now would give."""
        path = Path(file.abs_dest_path)
        return (
            record is not None
            and record["key"] == self._key(file)
            and all(self.files.get_file_from_path(target) for target in record["targets"])
            and path.is_file()
            and build.digest(path.read_bytes()) == record["html"]
        )

    def _remember(self, page: Page, record: Record) -> None:
        """What MkDocs would know of a page after rendering it, so that links to its anchors are checked."""
        page.present_anchor_ids = set(record["anchors"])
        page.links_to_anchors = {
            cast(File, self.files.get_file_from_path(uri)): links for uri, links in record["links"].items()
        }


def _remove_others(folder: Path, kept: set[Path]) -> None:
    for path in folder.rglob("*"):
        if path not in kept and (path.is_file() or path.is_symlink()):
            path.unlink()


def main(settings: str, cache: str, share: str = "") -> None:
    """Builds one language, and says on standard output, as JSON, how it went.

    share: a file that names the only pages to make, one a line.
    """
    notices = Notices()
    logging.getLogger("mkdocs").addHandler(notices)
    rendered = kept = 0
    try:
        with build.alone(Path(cache)):
            pages = Pages(Path(settings), notices)
            if share:
                uris = Path(share).read_text(encoding="utf-8").splitlines()
                rendered, kept = pages.share(Path(cache), set(uris))
            else:
                rendered, kept = pages.build(Path(cache))
    except Exception as error:  # whatever MkDocs, a plugin or the theme's templates raise
        notices.said.append(f"{type(error).__name__}: {error}")
    sys.stdout.write(json.dumps({"notices": notices.said, "rendered": rendered, "kept": kept}))


if __name__ == "__main__":
    main(*sys.argv[1:])
