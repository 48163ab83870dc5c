"""Finds the Chromium that the tests drive; run as a program, installs Debian's where there is none.

Installs pdftotext too, which the tests of the PDFs read them with, and nginx with its module for Brotli.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

# First the one without windows of its own: the same engine, and the tests take a quarter less time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The first that the system has. Fonts too, or Chinese would be drawn as empty boxes.
BROWSERS = ("chromium-headless-shell", "chromium")
FONTS = "fonts-noto-cjk"
PDF_READER, READER_PACKAGE = "pdftotext", "poppler-utils"
SERVER_PACKAGES = ("nginx-light", "libnginx-mod-http-brotli-static")
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends")
UPDATE = ("apt-get", "update", "--quiet")


class NoBrowserError(Exception):
    """There is no browser, and the message says what to do."""


def find() -> str:
    """The path of the browser: the environment's CHROMIUM, else the first known name on PATH."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        path = shutil.which(named)
        if not path:
            raise NoBrowserError(f"CHROMIUM={named} is no program that can be run")
        return path
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise NoBrowserError("no Chromium found: install it, or name one: make test CHROMIUM=/path/to/chromium")


def server() -> str | None:
    """The path of nginx, where its module for Brotli is there too; None where one is missing."""
    # Not on the PATH of an ordinary user.
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") if BROTLI.exists() else None


def arguments() -> list[str]:
    """What every start needs: root has no sandbox, and the browser itself asks no other host."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [*sandbox, "--disable-background-networking", "--disable-component-update"]


@contextmanager
def started() -> Iterator[Browser]:
    """The browser, closed at the end. Playwright cannot be started twice in one process at once."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=arguments())
        yield browser
        browser.close()


def is_ubuntu() -> bool:
    """Ubuntu's package chromium only fetches a snap, which a headless test cannot drive."""
    return "ID=ubuntu" in Path("/etc/os-release").read_text(encoding="utf-8").splitlines()


def install(*packages: str) -> None:
    """Installs Debian's packages, as root or through sudo where that asks no password."""
    if not (Path("/etc/debian_version").exists() and shutil.which("apt-get")):
        return
    prefix: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
            return
        prefix = ["sudo", "-n"]
    print(f"Installing with apt-get: {' '.join(packages)}", flush=True)
    environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    # The lists come first: a fresh machine has none.
    for command in (UPDATE, (*INSTALL, *packages)):
        quiet = subprocess.run(
            [*environment, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if quiet.returncode:
            print(quiet.stdout.decode(errors="replace")[-2000:], file=sys.stderr)


def main() -> int:
    if not shutil.which(PDF_READER):
        install(READER_PACKAGE)
    if not shutil.which(PDF_READER):
        print(f"error: no {PDF_READER} found: install {READER_PACKAGE}", file=sys.stderr)
        return 1
    if not server():
        install(*SERVER_PACKAGES)
    if not server():
        print(f"error: no nginx with {BROTLI}: install {' and '.join(SERVER_PACKAGES)}", file=sys.stderr)
        return 1
    try:
        find()
        return 0
    except NoBrowserError:
        wanted = BROWSERS if not os.environ.get("CHROMIUM") and not is_ubuntu() else ()
        for package in wanted:
            if not any(map(shutil.which, NAMES)):
                install(package, FONTS)
    try:
        print(f"Chromium: {find()}")
        return 0
    except NoBrowserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
