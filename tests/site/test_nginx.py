"""The site as a hospital serves it: Debian's nginx with the generated settings, read in a real browser."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import brotli
import browser as chromium
import pytest
from conftest import LANGUAGES, PAGES, PROJECT, TOPIC, NewContext, until
from playwright.sync_api import Page, expect

from generator import build
from generator.load import load
from generator.render import server

CM = "mainSearchCriteria.v.cs=2.16.840.1.113883.6.90&mainSearchCriteria.v.c="
MAIN = """
load_module {module};
daemon off;
pid {work}/nginx.pid;
error_log {work}/error.log info;
{user}
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log {work}/access.log;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    include {work}/clinref.conf;
}}
"""


@dataclass
class Served:
    """nginx at work. Times of two logs are not compared: only what is in them."""

    port: int
    path: str
    work: Path
    command: list[str]
    policy: str
    files: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    def get(
        self, path: str, method: str = "GET", whole: bool = False, **headers: str
    ) -> tuple[HTTPResponse, bytes]:
        """An answer and its bytes as they came. whole: the path is from the root of the host."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path if whole else self.path + path, headers=names)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body


@pytest.fixture(scope="module")
def nginx(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """nginx with the generated file, on a port of its own, and the site below /srv/clinref's place."""
    program = chromium.server()
    assert program, f"no nginx with {chromium.BROTLI}: make browser installs {chromium.SERVER_PACKAGES}"
    content, _ = load(PROJECT / "content")
    assert content is not None
    work = tmp_path_factory.mktemp("nginx")
    path = server.path_of(content.site)
    files = work / "root" / path.strip("/")
    shutil.copytree(site, files)
    build.compress(files)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The file that the build wrote, not one made for the test.
    text = (site.parent / "site.work/build/deploy/nginx.conf").read_text(encoding="utf-8")
    for old, new in (
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
        ("root /srv/clinref;", f"root {work}/root;"),
        ("# brotli_static on;", "brotli_static on;"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (work / "clinref.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    main = work / "main.conf"
    main.write_text(MAIN.format(module=chromium.BROTLI, work=work, user=user), encoding="utf-8")
    command = [program, "-p", str(work), "-e", str(work / "error.log"), "-c", str(main)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        for _ in range(200):
            assert process.poll() is None, process.stdout.read() if process.stdout else ""
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.05)
        else:
            raise AssertionError("nginx does not answer")
        yield Served(port, path, work, command, server.policy(content.site), files)
    finally:
        process.terminate()
        process.wait(20)


def test_nginx_finds_no_fault_in_the_file(nginx: Served) -> None:
    done = subprocess.run([*nginx.command, "-t"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


KEPT = "public, max-age=31536000, immutable"
KINDS = {
    "html": ("en/index.html", "text/html; charset=utf-8", "no-cache"),
    "folder": (f"zh/{TOPIC}/", "text/html; charset=utf-8", "no-cache"),
    "style": ("en/assets/clinref.css", "text/css; charset=utf-8", "no-cache"),
    "script": ("zh/assets/clinref.js", "text/javascript; charset=utf-8", "no-cache"),
    "svg": ("en/assets/favicon.svg", "image/svg+xml", "no-cache"),
    "png": ("en/assets/images/favicon.png", "image/png", "no-cache"),
    "json": ("api/v1/index.json", "application/json", "no-cache"),
    "feed": ("en/changes.atom", "application/atom+xml", "no-cache"),
    "answer": ("infobutton/nothing.json", "application/json", "no-cache"),
    "fhir": ("en/flow/work-up/work-up.plandefinition.json", "application/fhir+json", "no-cache"),
    "map": ("sitemap.xml", "application/xml", "no-cache"),
    "pdf": (f"pdf/en/{TOPIC}.pdf", "application/pdf", "no-cache"),
    "text": ("llms.txt", "text/plain; charset=utf-8", "no-cache"),
}


def bare(served: Served, answer: HTTPResponse, name: str = "") -> None:
    """What every answer carries, and what none does. An embed may stand in a frame anywhere."""
    policy = served.policy
    if name.startswith("embed/"):
        policy = policy.removesuffix("; frame-ancestors 'self'")
        assert policy != served.policy
    assert answer.headers.get_all("Content-Security-Policy") == [policy]
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers.get_all("Referrer-Policy") == ["no-referrer"]
    assert len(answer.headers.get_all("Cache-Control") or []) == 1
    assert answer.headers["Set-Cookie"] is None
    assert answer.headers["X-Frame-Options"] is None
    assert answer.headers["Server"] == "nginx"


@pytest.mark.parametrize("kind", KINDS)
def test_headers(nginx: Served, kind: str) -> None:
    path, type_, cache = KINDS[kind]
    answer, body = nginx.get(path)
    assert answer.status == 200
    bare(nginx, answer)
    assert answer.headers["Content-Type"] == type_
    assert answer.headers["Cache-Control"] == cache
    assert answer.headers["Access-Control-Allow-Origin"] == ("*" if path.startswith("api/") else None)
    file = nginx.files / path / "index.html" if path.endswith("/") else nginx.files / path
    assert body == file.read_bytes()
    again, nothing = nginx.get(path, If_None_Match=answer.headers["ETag"])
    assert (again.status, nothing) == (304, b"")


def test_a_file_whose_name_changes_with_it_is_kept(nginx: Served) -> None:
    file = next((nginx.files / "embed/v1").glob("clinref.*.js"))
    answer, _ = nginx.get(f"embed/v1/{file.name}")
    bare(nginx, answer, f"embed/v1/{file.name}")
    assert answer.headers["Cache-Control"] == KEPT
    gone, _ = nginx.get("embed/v1/clinref.000000000000.js")
    assert gone.status == 404
    assert gone.headers["Cache-Control"] == "no-cache"


def test_a_changed_file_is_sent_again(nginx: Served) -> None:
    file = nginx.files / "en" / "again.html"
    file.write_text("5 mg", encoding="utf-8")
    tag = nginx.get("en/again.html")[0].headers["ETag"]
    file.write_text("6 mg", encoding="utf-8")
    os.utime(file, (time.time() + 2, time.time() + 2))
    answer, body = nginx.get("en/again.html", If_None_Match=tag)
    file.unlink()
    assert (answer.status, body) == (200, b"6 mg")


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_compressed_answers_are_the_files(nginx: Served, coding: str) -> None:
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress}[coding]
    packed = 0
    for file in sorted(nginx.files.rglob("*")):
        name = file.relative_to(nginx.files).as_posix()
        if not file.is_file() or file.suffix not in build.TEXT or name == "infobutton/index.html":
            continue
        answer, body = nginx.get(name, Accept_Encoding=coding)
        assert answer.status == 200, name
        if answer.headers["Content-Encoding"]:
            assert answer.headers["Content-Encoding"] == coding
            assert answer.headers["Vary"] == "Accept-Encoding"
            bare(nginx, answer, name)
            packed += 1
            assert len(body) < file.stat().st_size
            body = unpack(body)
        assert body == file.read_bytes(), name
    assert packed > 100


def test_no_folder_is_listed_and_what_is_not_there_is_told_in_its_language(nginx: Served) -> None:
    for path, language in (
        ("en/nothing/", "en"),
        ("zh/nothing.html", "zh"),
        ("en/assets/", "en"),
        ("api/", "zh"),
        ("nothing", "zh"),
        ("en/../../../etc/passwd", None),
        ("en/%2e%2e/%2e%2e/%2e%2e/etc/passwd", None),
    ):
        answer, body = nginx.get(path)
        if language is None:
            assert answer.status in (400, 404), path
            assert b"root:" not in body
            continue
        assert answer.status == 404, path
        assert body == (nginx.files / language / "404.html").read_bytes(), path
        bare(nginx, answer)


def test_the_way_into_the_path(nginx: Served) -> None:
    assert nginx.path.count("/") == 2, "the book lies under a path"
    for whole, target, status in (
        ("/", nginx.path, 302),
        (nginx.path.rstrip("/"), nginx.path, 308),
        (f"{nginx.path}en", f"{nginx.path}en/", 301),
    ):
        answer, _ = nginx.get(whole, whole=True)
        assert (answer.status, answer.headers["Location"]) == (status, target)
    assert nginx.get("/elsewhere", whole=True)[0].status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
def test_nothing_is_taken(nginx: Served, method: str) -> None:
    assert nginx.get("en/", method=method)[0].status == 405


@pytest.mark.parametrize(
    ("query", "accept", "file"),
    [
        (f"{CM}C79.51&knowledgeResponseType=application/json", "*/*", "icd-10-cm/C79.51.json"),
        (f"{CM}C79.51", "*/*", "icd-10-cm/C79.51.atom"),
        (f"{CM}C79.51&age.v.v=61", "application/atom+xml", "icd-10-cm/C79.51.atom"),
        (f"{CM}A00.0&knowledgeResponseType=application%2Fjson", "*/*", "nothing.json"),
        (f"{CM}..%2F..%2Fen%2Findex", "*/*", "nothing.atom"),
        (f"{CM}C79.51", "text/html,application/xhtml+xml", "index.html"),
    ],
)
def test_infobutton_answers_programs(nginx: Served, query: str, accept: str, file: str) -> None:
    answer, body = nginx.get(f"infobutton/?{query}", Accept=accept)
    assert answer.status == 200
    bare(nginx, answer)
    assert body == (nginx.files / "infobutton" / file).read_bytes()
    assert answer.headers["Content-Type"] == server.TYPES[file.rpartition(".")[2]]


def test_the_page_of_the_infobutton_is_compressed_too(nginx: Served) -> None:
    answer, body = nginx.get(f"infobutton/?{CM}C79.51", Accept="text/html", Accept_Encoding="br")
    assert brotli.decompress(body) == (nginx.files / "infobutton/index.html").read_bytes()
    bare(nginx, answer)


def test_no_log_tells_of_a_patient(nginx: Served, new_context: NewContext) -> None:
    secret = "patientPerson.administrativeGenderCode.c=F&age.v.v=61.777"
    for path in (
        f"infobutton?{CM}C79.51&{secret}",
        f"infobutton/?{CM}C79.51&{secret}",
        f"infobutton/?{CM}A00.0&{secret}",
        f"infobutton/index.html?{CM}C79.51&{secret}",
        f"infobutton/nothing/here?{secret}",
        f"infobutton/icd-10?{secret}",
    ):
        nginx.get(path)
        nginx.get(path, Accept="text/html")
        nginx.get(path, method="POST")
    page = new_context(locale="en-US").new_page()
    page.goto(f"{nginx.base}infobutton/?{CM}C79.51&{secret}")
    page.wait_for_url(f"{nginx.base}en/{TOPIC}/")
    nginx.get("en/?said=aloud")
    until = time.monotonic() + 10
    while "said=aloud" not in (nginx.work / "access.log").read_text(encoding="utf-8"):
        assert time.monotonic() < until, "the log is written"
        time.sleep(0.05)
    logs = [(nginx.work / name).read_text(encoding="utf-8") for name in ("access.log", "error.log")]
    for log in logs:
        assert "61.777" not in log
        assert "mainSearch" not in log


# -- the policy, in a browser --------------------------------------------------------------------------------


@dataclass
class Watched:
    """A reader's page, and everything that the policy or the page itself found wrong."""

    page: Page
    faults: list[str] = field(default_factory=list)


@pytest.fixture
def watched(new_context: NewContext) -> Watched:
    context = new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    out = Watched(context.new_page())
    context.expose_function("refused", lambda fault: out.faults.append(fault))
    context.add_init_script(
        "addEventListener('securitypolicyviolation', e =>"
        " refused([e.violatedDirective, e.blockedURI, e.sample, e.sourceFile, e.lineNumber].join(' ')))"
    )
    out.page.on("pageerror", lambda error: out.faults.append(str(error)))
    # A drawing opened by itself names no icon, so the browser asks the root of the host for one.
    out.page.on(
        "console",
        lambda message: (
            out.faults.append(message.text)
            if message.type in ("error", "warning") and not message.location["url"].endswith("/favicon.ico")
            else None
        ),
    )
    return out


def settle(watched: Watched) -> None:
    watched.page.wait_for_load_state("networkidle")
    watched.page.wait_for_timeout(150)


def test_the_policy_is_in_force(watched: Watched, nginx: Served) -> None:
    """Else the silence of the other tests would say nothing."""
    watched.page.goto(f"{nginx.base}en/")
    settle(watched)
    assert watched.faults == []
    watched.page.evaluate("document.body.setAttribute('style', 'color: red')")
    watched.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'x'}))"
    )
    kinds = ("style-src", "script-src")
    until(watched.page, lambda: all(any(f.startswith(k) for f in watched.faults) for k in kinds))


def every_page(files: Path) -> list[str]:
    return sorted(path.relative_to(files).as_posix() for path in files.rglob("*.html"))


def test_no_page_is_refused_anything(watched: Watched, nginx: Served) -> None:
    pages = every_page(nginx.files)
    assert len(pages) > 30
    for path in pages:
        watched.page.goto(f"{nginx.base}{path}{'?choose' if path == 'index.html' else ''}")
        watched.page.wait_for_load_state("load")
    settle(watched)
    assert watched.faults == []


def test_drawings_by_themselves(watched: Watched, nginx: Served) -> None:
    for path in sorted(nginx.files.rglob("*.svg")):
        watched.page.goto(f"{nginx.base}{path.relative_to(nginx.files).as_posix()}")
    settle(watched)
    assert watched.faults == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_colors_are_remembered(watched: Watched, nginx: Served, language: str) -> None:
    """On the next page, in the other language, and from the first paint on."""
    page = watched.page
    page.goto(f"{nginx.base}{language}/{PAGES['topic']}")
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.locator("[data-palette]").click()
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.locator("[data-language-switch]").first.click()
    page.wait_for_url(lambda url: f"/{language}/" not in url)
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.locator("[data-palette]").click()
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    settle(watched)
    assert watched.faults == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_and_its_result(watched: Watched, nginx: Served, language: str) -> None:
    page = watched.page
    page.goto(f"{nginx.base}{language}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("denosumab" if language == "en" else "地舒单抗", delay=20)
    result = page.locator("#clinref-search[open] a[href]").first
    expect(result).to_be_visible()
    result.click()
    expect(page.locator("h1").first).to_be_visible()
    settle(watched)
    assert watched.faults == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_a_walk_through_a_flow(watched: Watched, nginx: Served, language: str, width: int) -> None:
    page = watched.page
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{nginx.base}{language}/{PAGES['flow']}")
    panel = page.locator("#page-walk")
    for _ in range(3):
        before = page.url
        boxes = panel.locator("input[type=checkbox]")
        if boxes.count():
            boxes.first.check()
        panel.locator("button:visible").first.click()
        page.wait_for_function("before => location.href !== before", arg=before)
    settle(watched)
    assert "#walk=" in page.url
    assert watched.faults == []


def test_the_infobutton_and_the_chooser(watched: Watched, nginx: Served) -> None:
    page = watched.page
    page.goto(f"{nginx.base}infobutton/?mainSearchCriteria.v.dn=denosumab&performer.languageCode.c=en")
    expect(page.locator("#answer a").first).to_be_visible()
    page.goto(nginx.base)
    page.wait_for_url(re.compile(f"{re.escape(nginx.base)}en/"))
    settle(watched)
    assert watched.faults == []


def test_only_the_site_itself_may_frame_a_page(watched: Watched, nginx: Served) -> None:
    """127.0.0.1 and localhost are two sites to a browser."""
    page = watched.page

    def framed(host: str) -> str:
        page.route("**/framing.html", lambda route: route.fulfill(content_type="text/html", body=frame))
        page.goto(f"http://{host}:{nginx.port}/framing.html")
        # A frame that is refused has an address, too.
        until(page, lambda: page.frames[1:] and page.frames[1].url not in ("", "about:blank"))
        return page.frames[1].url

    frame = f'<!doctype html><html lang="en"><title>f</title><iframe src="{nginx.base}en/about/"></iframe>'
    assert framed("127.0.0.1") == f"{nginx.base}en/about/"
    assert watched.faults == []
    assert framed("localhost") == "chrome-error://chromewebdata/"
