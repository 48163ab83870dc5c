"""Imports run one way, so that each part can be read, and replaced, by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tiny import ROOT

BASE = {"diagnostic", "source", "markup", "model"}
ALL = {p.stem for p in (ROOT / "generator").iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()}
# What each part may import. A part that is not listed is an error: a new one has to find its place.
MAY_IMPORT = {
    "__init__": set(),
    "__main__": {"cli"},
    "diagnostic": set(),
    "markup": set(),
    "source": {"diagnostic"},
    "model": {"diagnostic", "source", "markup"},
    "bibliography": {"model"},
    "collation": set(),
    "parity_lock": {"model", "source"},
    "load": BASE | {"parity_lock", "processes"},
    "checks": BASE | {"parity_lock"},
    "resolve": BASE | {"bibliography", "collation"},
    "flowchart": BASE,
    "search": BASE,
    "files": set(),
    "tags": set(),
    "audit": BASE | {"files", "processes", "tags"},
    "audit_bundle": BASE,
    "audit_pdf": BASE,
    "render": BASE | {"collation", "flowchart", "parity_lock"},
    "build": {"diagnostic", "files", "model", "processes"},
    "processes": set(),
    "written": set(),
    "frames": set(),
    "pages": {"build", "frames", "written"},
    "engines": {"build", "diagnostic"},
    "pdf": {"diagnostic", "model", "processes"},
    "bundle": {"diagnostic", "files", "model"},
    "shards": {"build", "diagnostic", "model", "pdf"},
    "serve": ALL - {"cli", "edit"},
    "edit": ALL - {"cli", "serve"},
    "cli": ALL | {"__init__"},
}


def imports(path: Path) -> Iterator[str]:
    """The parts of the generator that a file imports; a relative import stays within its part."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("generator."))
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            first, *rest = node.module.split(".")
            if first == "generator":
                yield from rest[:1] or ("__init__" if a.name.startswith("_") else a.name for a in node.names)


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / "generator").rglob("*.py")):
        yield path.relative_to(ROOT / "generator").parts[0].removesuffix(".py"), path


def test_imports_run_one_way() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {other}"
        for part, path in modules()
        for other in imports(path)
        if other != part and other not in MAY_IMPORT[part]
    ]
    assert wrong == []


def test_only_the_build_starts_programs_and_only_the_command_line_prints() -> None:
    for part, path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        if part not in ("build", "engines", "pdf", "bundle", "edit"):
            assert "subprocess" not in names, path
        if part not in ("cli", "serve", "edit"):
            assert "print" not in names, path


def test_every_module_says_what_it_takes_and_gives() -> None:
    assert [
        path.name for _, path in modules() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ] == []
