"""The settings of a book in; the configuration of the web servers that can host its site out.

What a server has to send stands here once: the policy, how long a file is kept, the types. The templates in
site_config/deploy/ say it in each server's own words.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from generator.model import OutputFile, Site

# Files of the site alone, and no code in a page: what a mark-up slip or a hostile text could do ends here.
DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
)
# On every answer. No referrer: an address may name a code, which is nobody else's business.
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
# Asked for again each time, and answered with 304 while it is the same: a correction is seen at once.
REVALIDATED = "no-cache"
# Its name changes with its content.
KEPT = "public, max-age=31536000, immutable"
KEPT_NAMES = r"\.[0-9a-f]{8,64}\.(?:min\.)?(?:js|css)(?:\.map)?$"
# Below the site: what scripts of other sites may read.
SHARED = r"(?:api/|embed/v1/[^/]+\.js$)"
TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "map": "application/json",
    "webmanifest": "application/manifest+json",
    "atom": "application/atom+xml",
    "xml": "application/xml",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "txt": "text/plain; charset=utf-8",
    "mmd": "text/plain; charset=utf-8",
    "sha256": "text/plain; charset=utf-8",
    "gz": "application/gzip",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
FHIR_NAMES, FHIR_TYPE = ".plandefinition.json", "application/fhir+json"
# The templates that are filled in, and headers.json, for a content delivery network.
NAMES = ("nginx.conf", "Containerfile", "Caddyfile", "apache.conf", "web.config")


def path_of(site: Site) -> str:
    """The path of the site's address, with a slash at both ends."""
    path = urlsplit(str(site.url)).path.strip("/")
    return f"/{path}/" if path else "/"


def policy(site: Site, embed: bool = False) -> str:
    """The Content-Security-Policy of the pages, or of those made to be embedded.

    Without `embed_hosts` any page may hold an embed. The directive is then left out: `*` would refuse a page
    that is itself sandboxed.
    """
    if embed and site.embed_hosts is None:
        return "; ".join(DIRECTIVES)
    return "; ".join((*DIRECTIVES, " ".join(("frame-ancestors 'self'", *map(str, site.embed_hosts or ())))))


def files(site: Site, templates: Path) -> list[OutputFile]:
    """The configuration for each server. templates: the folder site_config/deploy/."""
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=lambda name: name == "web.config",
    )
    environment.filters["regex"] = re.escape
    words: dict[str, Any] = {
        "path": path_of(site),
        "folder": path_of(site).rstrip("/"),
        "languages": [str(language) for language in site.languages],
        "policy": policy(site),
        "embed_policy": policy(site, embed=True),
        "headers": HEADERS,
        "revalidated": REVALIDATED,
        "kept": KEPT,
        "kept_names": KEPT_NAMES,
        "shared": SHARED,
        "types": TYPES,
        "fhir_names": FHIR_NAMES,
        "fhir_type": FHIR_TYPE,
    }
    made = {name: environment.get_template(name).render(words) for name in NAMES}
    made["headers.json"] = json.dumps(_rules(site), indent=2, ensure_ascii=False) + "\n"
    return [OutputFile(name, text.encode("utf-8")) for name, text in made.items()]


def _rules(site: Site) -> list[dict[str, Any]]:
    """For a network in front of a store: paths and their headers; a later rule replaces an earlier."""
    path = re.escape(path_of(site))
    return [
        {
            "paths": f"^{path}",
            "headers": {
                "Content-Security-Policy": policy(site),
                **HEADERS,
                "Cache-Control": REVALIDATED,
            },
        },
        {
            "paths": f"^{path}embed/",
            "headers": {"Content-Security-Policy": policy(site, embed=True)},
        },
        {"paths": KEPT_NAMES, "headers": {"Cache-Control": KEPT}},
        {"paths": f"^{path}{SHARED}", "headers": {"Access-Control-Allow-Origin": "*"}},
        *({"paths": rf"\.{ending}$", "headers": {"Content-Type": type_}} for ending, type_ in TYPES.items()),
        {"paths": f"{re.escape(FHIR_NAMES)}$", "headers": {"Content-Type": FHIR_TYPE}},
    ]
