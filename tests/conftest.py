"""What the tests share: the tiny book, read once, and the option that renews what is compared exactly."""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser
from tiny import BOOK, ROOT, content_of

from generator import cli
from generator.model import Content

sys.path.insert(0, str(ROOT / "tests" / "site"))
import browser as chromium

# A busy machine is no fault of the text that is drawn.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
# As the program does itself, which most tests call by its parts.
gc.set_threshold(*cli.GARBAGE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-golden",
        action="store_true",
        help="write what the generator says now into tests/fixtures, to be read before it is committed",
    )


@pytest.fixture(scope="session")
def book() -> Content:
    """The tiny book. Frozen, so that one serves all tests."""
    return content_of(BOOK)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser of a process: Playwright cannot be started twice in it."""
    with chromium.started() as browser:
        yield browser


@pytest.fixture
def same_or_renewed(request: pytest.FixtureRequest) -> Callable[[str, Path], None]:
    """Compares text with a stored file, or stores it under `--renew-golden`."""

    def compare(text: str, stored: Path) -> None:
        if request.config.getoption("--renew-golden"):
            stored.parent.mkdir(parents=True, exist_ok=True)
            stored.write_text(text, encoding="utf-8")
        assert text == stored.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def copy_of_book(tmp_path: Path) -> Path:
    """A copy of the tiny book that a test may spoil."""
    return Path(shutil.copytree(BOOK, tmp_path / "book"))
