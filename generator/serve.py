"""The editing loop: shows the site on this machine, a saved page at once, and the whole site built again.

What a browser gets between a save and the end of the build is a preview: the page made from what is saved
now, by the same steps, in the memory of this program. The site's folder holds only what passed every check.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from generator import build
from generator.load import Memory, load
from generator.model import Edition
from generator.pages import Notices, Pages
from generator.render import markdown
from generator.resolve import resolve, resolve_page

# A build begins when the content has rested for this many seconds: editors save in bursts.
REST = 0.3
# Below this address a page learns that it was written anew. No page of a book begins like that.
OWN = "/-/"
# Seconds after which a waiting browser hears that the connection stands.
HEARTBEAT = 20
RELOAD = f'new EventSource("{OWN}changes").onmessage = () => location.reload();\n'


class Preview:
    """The book in memory: gives single pages as they are saved now, which no check has seen yet."""

    def __init__(
        self, content: Path, root: Path, pdfs: bool, offline: bool = False, overlay: Path | None = None
    ) -> None:
        """root: the folder above the one where the last build worked, whose settings are used."""
        self.content, self.overlay = content, overlay
        self.pdfs, self.offline = pdfs, offline
        self.settings = root / "build" / "config"
        self.state = build.inputs([self.settings])
        self.memory: Memory = {}
        self.folder = tempfile.TemporaryDirectory(prefix="clinref-preview-")
        self.languages: dict[str, tuple[Edition, Pages]] = {}
        book, _ = load(content, overlay, self.memory)
        if book is None:
            return
        day = build.epoch(book.site.updated)
        os.environ |= {"SOURCE_DATE_EPOCH": str(day), "NO_MKDOCS_2_WARNING": "1"}
        # What MkDocs has to say, the build says.
        logging.getLogger("mkdocs").addHandler(logging.NullHandler())
        for language in book.languages:
            settings = root / "site_config" / f"{language}.yml"
            site = Path(self.folder.name) / language
            self.languages[language] = (resolve(book, language), Pages(settings, Notices(), site))
            with contextlib.suppress(Exception):  # as in Loop.page
                # Templates are compiled now, not while an editor waits.
                self.page(f"{language}/{book.site.topics[0]}/")

    def is_outdated(self) -> bool:
        """Whether a build since then has other pages, or another frame around them."""
        return not self.languages or build.inputs([self.settings]) != self.state

    def page(self, path: str) -> bytes | None:
        """The page at `en/topic/` from what is saved now. None for what only a build can tell."""
        language, _, name = path.strip("/").partition("/")
        book = load(self.content, self.overlay, self.memory)[0] if language in self.languages else None
        if book is None:
            return None
        edition, pages = self.languages[language]
        page = resolve_page(book, language, name)
        if page is None:
            return None
        every = tuple(page if other.path == name else other for other in edition.pages)
        now = replace(edition, pages=every, ui=book.words[language].ui, site=book.site)
        text = markdown.Renderer(now, self.pdfs, self.offline).render(page)
        return pages.preview(f"{name}.md", text.encode("utf-8"))


class Loop(FileSystemEventHandler):
    """What was saved, built and shown: joins the watcher of the content, the builds and the browsers."""

    def __init__(self, build: Callable[[], int], warm: Callable[[], Preview]) -> None:
        self.build, self.warm = build, warm
        self.preview: Preview | None = None
        self.code = 0
        # Saves are counted. `tried` and `built`: the last that a build began with, and that the site shows.
        self.saved = self.tried = self.built = 0
        self.at = 0.0
        # Counts what browsers are told of: a page may look different now.
        self.news = 0
        self.changed = threading.Condition()
        self.rendering = threading.Lock()
        self.shown: dict[str, tuple[int, bytes | None]] = {}

    def on_any_event(self, event: FileSystemEvent) -> None:
        # `modified` comes while a file is being written, `closed` at the end of it.
        if event.event_type in ("created", "closed", "moved", "deleted") and not event.is_directory:
            with self.changed:
                self.saved, self.news, self.at = self.saved + 1, self.news + 1, time.monotonic()
                self.changed.notify_all()

    def page(self, path: str) -> bytes | None:
        """The preview of a page. None where the site's folder has it as it is saved, or there is none."""
        with self.rendering:
            saved, preview = self.saved, self.preview
            if preview is None or saved == self.built:
                return None
            if self.shown.get(path, (0, None))[0] != saved:
                try:
                    self.shown[path] = (saved, preview.page(path))
                except Exception:
                    # No check has seen this content: what it names may not exist. The build will say so.
                    self.shown[path] = (saved, None)
            return self.shown[path][1]

    def once(self) -> int:
        """Builds what is saved now. Returns the exit code."""
        saved = self.saved
        self.code = self.build()
        with self.changed:
            self.tried = saved
            if self.code == 0:
                self.built, self.news = saved, self.news + 1
                self.changed.notify_all()
        return self.code

    def get_ready(self) -> None:
        """Reads the book for previews, where the last one read has other pages or another frame."""
        if self.code == 0 and (self.preview is None or self.preview.is_outdated()):
            self.preview = self.warm()

    def run(self) -> None:
        """Builds whenever something was saved and the content has rested, until interrupted."""
        while True:
            self.get_ready()
            with self.changed:
                self.changed.wait_for(lambda: self.saved != self.tried)
                while (rest := self.at + REST - time.monotonic()) > 0:
                    self.changed.wait(rest)
            self.once()

    def wait(self, seen: int) -> int:
        """Returns the number of news when it is no longer `seen`, or after a while."""
        with self.changed:
            self.changed.wait_for(lambda: self.news != seen, timeout=HEARTBEAT)
            return self.news


class _Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, loop: Loop, **rest: Any) -> None:
        self.loop = loop
        super().__init__(*args, **rest)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: findings are what an editor looks for on this screen."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path == f"{OWN}changes":
            self.tell()
        elif path == f"{OWN}reload.js":
            self.answer(RELOAD.encode(), "text/javascript")
        elif (data := self.html(path)) is not None:
            self.answer(data + f'<script src="{OWN}reload.js"></script>\n'.encode(), "text/html")
        else:
            super().do_GET()

    def html(self, path: str) -> bytes | None:
        """A page that exists, as it is saved or as it was built."""
        path = path.removesuffix("index.html")
        if not path.endswith("/"):
            return None
        if (data := self.loop.page(path)) is not None:
            return data
        file = Path(self.translate_path(path)) / "index.html"
        try:
            return file.read_bytes()
        except OSError:
            return None

    def answer(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def tell(self) -> None:
        """Keeps the connection, and says each time that pages may look different."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        seen = self.loop.news
        try:
            while True:
                now = self.loop.wait(seen)
                # A comment tells whether the browser is still there.
                self.wfile.write(b"data: saved\n\n" if now != seen else b": waiting\n\n")
                seen = now
        except OSError:
            return


def listen(loop: Loop, watched: Iterable[Path], site: Path, port: int) -> http.server.ThreadingHTTPServer:
    """Watches the folders and answers browsers, both in the background. Port 0 takes a free one."""
    watcher = Observer()
    watcher.daemon = True
    for folder in watched:
        watcher.schedule(loop, str(folder), recursive=True)
    watcher.start()
    handler = functools.partial(_Handler, directory=str(site), loop=loop)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def serve(loop: Loop, watched: Iterable[Path], site: Path, port: int) -> int:
    """Builds, serves `site` on 127.0.0.1:port, and shows what is saved, until interrupted.

    Returns the last exit code.
    """
    with listen(loop, watched, site, port) as server:
        try:
            loop.once()
            print(f"http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)", flush=True)
            loop.run()
        except KeyboardInterrupt:
            server.shutdown()
    return loop.code
