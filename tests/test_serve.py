"""The editing loop: a saved page is shown before it is built, and the site's folder waits for the checks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import ROOT, edit

from generator import cli, serve

TITLE, PAGE = "title: Start here", "en/second-topic/"


class Desk:
    """An editor at work: a copy of the tiny book, built and served; builds run only when the test says so."""

    def __init__(self, book: Path) -> None:
        self.book, self.site = book, book.parent / "site"
        arguments = ["build", "--no-pdf", "--content", str(book), "--site", str(self.site)]
        root = self.site.parent / "site.work"
        self.loop = serve.Loop(lambda: cli.main(arguments), lambda: serve.Preview(book, root, False))
        self.server = serve.listen(self.loop, [book], self.site, 0)
        assert self.loop.once() == cli.FINE
        self.loop.get_ready()

    def open(self, path: str) -> str:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.server.server_port}/{path}", timeout=60
        ) as answer:
            return str(answer.read().decode("utf-8"))

    def save(self, path: str, old: str, new: str) -> None:
        """Saves a file, and waits until the program has heard of it."""
        before = self.loop.saved
        edit(self.book / path, old, new)
        deadline = time.monotonic() + 30
        while self.loop.saved == before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert self.loop.saved > before


@pytest.fixture
def desk(copy_of_book: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", os.environ.get("SOURCE_DATE_EPOCH", "0"))
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    desk = Desk(copy_of_book)
    yield desk
    desk.server.shutdown()
    desk.server.server_close()


def test_a_saved_page_is_shown_before_it_is_built_and_then_as_built(desk: Desk) -> None:
    page = desk.site / PAGE / "index.html"
    built = page.read_bytes()
    assert desk.open(PAGE).startswith(built.decode("utf-8"))
    desk.save("en/topics/second-topic.yml", TITLE, "title: Begin here")
    shown = desk.open(PAGE)
    assert "Begin here" in shown
    assert "Begin here" not in desk.open("zh/second-topic/")
    assert page.read_bytes() == built
    desk.save("en/topics/second-topic.yml", "title: Begin here", "title: Go on here")
    assert "Go on here" in desk.open(PAGE)
    assert desk.loop.once() == cli.FINE
    desk.loop.get_ready()
    assert desk.open(PAGE).startswith(page.read_text(encoding="utf-8"))
    assert "Go on here" in page.read_text(encoding="utf-8")


def test_the_preview_is_the_page_that_a_build_makes(desk: Desk) -> None:
    """A changed number changes a page that was not saved itself."""
    desk.save("shared/facts.yml", "value: 43250", "value: 43251")
    desk.save("shared/facts.yml", "about 43,250", "about 43,251")
    previews = {
        path: desk.open(path) for path in ("en/sample-topic/", "zh/sample-topic/", "en/flow/second-flow/")
    }
    assert "43,251" in previews["en/sample-topic/"]
    assert desk.loop.once() == cli.FINE
    for path, preview in previews.items():
        assert preview.startswith((desk.site / path / "index.html").read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    "spoiled",
    ["title: [", "title: Begin here\nnonsense: 1"],
    ids=["no YAML", "unknown key"],
)
def test_what_cannot_be_read_leaves_the_page_as_it_was(desk: Desk, spoiled: str) -> None:
    desk.save("en/topics/second-topic.yml", TITLE, spoiled)
    assert "Start here" in desk.open(PAGE)
    assert desk.loop.once() == cli.FINDINGS
    assert "Start here" in desk.open(PAGE)
    desk.save("en/topics/second-topic.yml", spoiled, "title: Mended")
    assert "Mended" in desk.open(PAGE)


def test_what_a_check_refuses_is_shown_but_not_published(desk: Desk) -> None:
    before = (desk.site / PAGE / "index.html").read_bytes()
    desk.save("en/topics/second-topic.yml", TITLE, "title: Only in English, 7 mg")
    desk.save(
        "en/topics/second-topic.yml",
        "title: Only in English, 7 mg",
        "title: Ünfinished\nlead: {a: {table: lost}}",
    )
    assert "Start here" in desk.open(PAGE) or "Ünfinished" in desk.open(PAGE)
    assert desk.loop.once() == cli.FINDINGS
    assert (desk.site / PAGE / "index.html").read_bytes() == before


def test_the_command_serves_until_it_is_stopped(copy_of_book: Path) -> None:
    site = copy_of_book.parent / "site"
    command = [sys.executable, "-m", "generator", "serve", "--port", "0", "--content", str(copy_of_book)]
    with subprocess.Popen(
        [*command, "--site", str(site)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        # What a shell starts in the background is deaf to it, and so is what that starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        try:
            assert running.stdout
            address = running.stdout.readline().split()[0]
            page = site / "en" / "second-topic" / "index.html"
            with urllib.request.urlopen(f"{address}{PAGE}", timeout=60) as answer:
                assert answer.read().startswith(page.read_bytes())
            edit(copy_of_book / "en" / "topics" / "second-topic.yml", TITLE, "title: Begin here")
            deadline = time.monotonic() + 120
            while b"Begin here" not in page.read_bytes() and time.monotonic() < deadline:
                time.sleep(0.2)
            assert b"Begin here" in page.read_bytes()
            running.send_signal(signal.SIGINT)
            assert running.wait(60) == cli.FINE
        finally:
            running.kill()


def test_a_browser_hears_of_a_save(desk: Desk) -> None:
    assert f"{serve.OWN}changes" in desk.open(f"{serve.OWN}reload.js".lstrip("/"))
    heard: list[bytes] = []
    address = f"http://127.0.0.1:{desk.server.server_port}{serve.OWN}changes"
    answer = urllib.request.urlopen(address, timeout=30)
    listener = threading.Thread(target=lambda: heard.append(answer.readline()))
    listener.start()
    desk.save("en/topics/second-topic.yml", TITLE, "title: Begin here")
    listener.join(30)
    answer.close()
    assert heard == [b"data: saved\n"]
