"""What servers are told to send: one policy in every server's words, as the book's settings want it."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import brotli
import pytest
from lxml import etree
from tiny import ROOT, content_of, edit

from generator import build
from generator.model import Content
from generator.render import server

TEMPLATES = ROOT / "site_config" / "deploy"
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "object-src 'none'"
)


def made(content: Content) -> dict[str, str]:
    return {file.path: file.data.decode() for file in server.files(content.site, TEMPLATES)}


def hosts(book: Path, line: str) -> Content:
    edit(book / "shared" / "site.yml", "languages:", f"{line}\nlanguages:")
    return content_of(book)


def policies(text: str) -> set[str]:
    """Every policy in a file; in XML the quotes may be written as entities."""
    plain = text.replace("&#39;", "'")
    return set(re.findall(r"default-src [^\"]*(?<!\\)", plain))


SERVERS = ("nginx.conf", "Caddyfile", "apache.conf", "web.config", "headers.json")


@pytest.mark.parametrize(
    ("line", "site", "embed"),
    [
        ("", f"{STRICT}; frame-ancestors 'self'", STRICT),
        ("embed_hosts: []", f"{STRICT}; frame-ancestors 'self'", f"{STRICT}; frame-ancestors 'self'"),
        (
            'embed_hosts: ["https://ward.example", "http://*.intranet.example:8080"]',
            f"{STRICT}; frame-ancestors 'self' https://ward.example http://*.intranet.example:8080",
            f"{STRICT}; frame-ancestors 'self' https://ward.example http://*.intranet.example:8080",
        ),
    ],
)
def test_every_server_sends_the_one_policy(copy_of_book: Path, line: str, site: str, embed: str) -> None:
    files = made(hosts(copy_of_book, line) if line else content_of(copy_of_book))
    for name in SERVERS:
        assert policies(files[name]) == {site, embed}, name


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_sends_the_other_headers(book: Content, name: str) -> None:
    text = made(book)[name]
    for word in ("nosniff", "no-referrer", "no-cache", "Access-Control-Allow-Origin"):
        assert word in text, word
    assert ("immutable" in text) == (name != "web.config")
    for type_ in server.TYPES.values():
        assert type_ in text, type_
    # X-Frame-Options knows no list of hosts, and old values of it would shut out the embeds.
    assert "X-Frame-Options" not in text


def test_the_file_for_iis_is_well_formed(book: Content) -> None:
    tree = etree.fromstring(made(book)["web.config"].encode())
    (first, *others) = [
        header.get("value") for header in tree.iter("add") if header.get("name") == "Content-Security-Policy"
    ]
    assert first == server.policy(book.site)
    assert others == [server.policy(book.site, embed=True)]
    mapped = {item.get("fileExtension"): item.get("mimeType") for item in tree.iter("mimeMap")}
    assert mapped == {f".{ending}": type_ for ending, type_ in server.TYPES.items()}
    # IIS refuses a second value under the same name.
    for headers in tree.iter("customHeaders"):
        names = [header.get("name") for header in headers.iter("add")]
        assert len(names) == len(set(names))


def test_braces_close(book: Content) -> None:
    for name in ("nginx.conf", "Caddyfile"):
        text = re.sub(r"\{\d+,?\d*\}|#.*", "", made(book)[name])
        assert text.count("{") == text.count("}") > 2, name


def test_a_book_at_the_root_of_its_host(copy_of_book: Path) -> None:
    shared = copy_of_book / "shared" / "site.yml"
    url = str(content_of(copy_of_book).site.url)
    edit(shared, f"url: {url}", "url: https://books.example")
    for name, text in made(content_of(copy_of_book)).items():
        assert "//404" not in text and "srv/clinref//" not in text, name
        assert "= {" not in text.replace("location = /infobutton {", ""), name
    assert "location ^~ / {" in made(content_of(copy_of_book))["nginx.conf"]


def test_a_rule_for_a_network_replaces_the_one_before(book: Content) -> None:
    rules = json.loads(made(book)["headers.json"])
    path = server.path_of(book.site)

    def headers(address: str) -> dict[str, str]:
        out: dict[str, str] = {}
        for rule in rules:
            if re.search(rule["paths"], address):
                out |= rule["headers"]
        return out

    page = headers(f"{path}en/index.html")
    assert page["Cache-Control"] == "no-cache"
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert "Access-Control-Allow-Origin" not in page
    assert headers(f"{path}embed/v1/clinref.0123abcd.js")["Access-Control-Allow-Origin"] == "*"
    assert headers(f"{path}embed/v1/clinref.0123abcd.js")["Cache-Control"].endswith("immutable")
    assert headers(f"{path}embed/v1/clinref.js")["Cache-Control"] == "no-cache"
    assert headers(f"{path}infobutton/snomed-ct/94222008.json")["Cache-Control"] == "no-cache"
    assert headers(f"{path}en/flow/a/a.plandefinition.json")["Content-Type"] == "application/fhir+json"


def test_compressed_forms_are_the_same_bytes_anywhere(tmp_path: Path) -> None:
    text = ("转移 " * 500).encode()
    for name in ("one", "two"):
        folder = tmp_path / name
        (folder / "en").mkdir(parents=True)
        for file in ("en/index.html", "a.pdf", "a.png"):
            (folder / file).write_bytes(text)
        (folder / "short.txt").write_bytes(b"a")
        build.compress(folder)
        assert sorted(p.name for p in folder.rglob("*.*")) == [
            "a.pdf",
            "a.png",
            "index.html",
            "index.html.br",
            "index.html.gz",
            "short.txt",
        ]
        assert gzip.decompress((folder / "en/index.html.gz").read_bytes()) == text
        assert brotli.decompress((folder / "en/index.html.br").read_bytes()) == text
    for ending in ("br", "gz"):
        one, two = ((tmp_path / n / f"en/index.html.{ending}").read_bytes() for n in ("one", "two"))
        assert one == two


def test_the_hosting_page_names_every_file(book: Content) -> None:
    page = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
    assert [name for name in made(book) if f"`{name}`" not in page] == []
    assert STRICT in page
