"""A folder, or what answers, in; its address on this machine out, while it is needed."""

from __future__ import annotations

import functools
import http.server
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Answers with the files of a folder and keeps no log."""

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def strict(policy: str) -> type[Quiet]:
    """The same, each answer under this Content-Security-Policy."""

    class Strict(Quiet):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", policy)
            super().end_headers()

    return Strict


@contextmanager
def listening(handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server that answers so."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def served(folder: Path, sub_path: str = "", handler: type[Quiet] = Quiet) -> Iterator[str]:
    """The address of a folder, below a path if one is given; nothing stands above it or beside."""
    with tempfile.TemporaryDirectory() as above:
        if sub_path:
            place = Path(above, sub_path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(folder.resolve())
        root = above if sub_path else str(folder)
        with listening(functools.partial(handler, directory=root)) as host:
            yield f"{host}{sub_path}/" if sub_path else host
