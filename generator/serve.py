"""The editing loop: shows the site on this machine and builds again when a file of the book is saved."""

from __future__ import annotations

import functools
import http.server
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

# Looked at this often; editors save in bursts, so a change counts once it has rested for one look.
INTERVAL = 0.5


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Silent: findings are what an editor looks for on this screen."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


def snapshot(folders: Iterable[Path]) -> dict[str, tuple[int, int]]:
    """Time and size of every file below the folders."""
    out = {}
    for path in (path for folder in folders for path in folder.rglob("*")):
        if path.is_file():
            status = path.stat()
            out[path.as_posix()] = (status.st_mtime_ns, status.st_size)
    return out


def serve(watched: Sequence[Path], site: Path, port: int, build: Callable[[], int]) -> int:
    """Builds, serves `site` on 127.0.0.1:port, and builds again when a file below `watched` changes, until
    interrupted.

    Returns the last exit code.
    """
    code = build()
    site.mkdir(parents=True, exist_ok=True)
    handler = functools.partial(_Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)", flush=True)
        before = snapshot(watched)
        try:
            while True:
                time.sleep(INTERVAL)
                now = snapshot(watched)
                if now != before:
                    time.sleep(INTERVAL)
                    before = snapshot(watched)
                    code = build()
        except KeyboardInterrupt:
            server.shutdown()
    return code
