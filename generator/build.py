"""Output files in; a built, audited and published site out: the new one whole, or the old one untouched.

The only module, with pdf, bundle and edit, that writes or starts a program.
"""

from __future__ import annotations

import ctypes
import fcntl
import gzip
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import brotli

from generator.diagnostic import Diagnostic, Location, SourceFile
from generator.model import OutputFile

PROJECT = Path(__file__).resolve().parent.parent
# Where MkDocs reads its settings from; copied beside another book's build, so that relative paths hold there.
SETTINGS = ("mkdocs.yml", "site_config")
# Endings of files that are worth compressing; the others are compressed already.
TEXT = {".atom", ".css", ".html", ".js", ".json", ".map", ".mmd", ".svg", ".txt", ".webmanifest", ".xml"}
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_NOTICE = re.compile(r"^(WARNING|ERROR)\s+-\s+(.*)$")


class BuildError(Exception):
    """The build cannot go on, for a reason outside the content."""


def write(files: Iterable[OutputFile], folder: Path) -> int:
    """Writes files below `folder`, only those that differ; removes what is no longer among them.

    Returns the number written.
    """
    wanted = set()
    count = 0
    for file in files:
        path = folder / file.path
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BuildError(f"{file.path} would be written outside {folder}")
        wanted.add(path)
        if not path.is_file() or path.read_bytes() != file.data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
            count += 1
    if folder.is_dir():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path not in wanted:
                path.unlink()
    return count


def prepare(work: Path) -> Path:
    """The folder where MkDocs runs, above `work`: the project's root, or a copy of its settings."""
    if work.resolve() == (PROJECT / "build").resolve():
        return PROJECT
    root = work.resolve().parent
    if (root / "pyproject.toml").exists():
        raise BuildError(f"{work} would put settings into a project's root: choose a deeper --work")
    root.mkdir(parents=True, exist_ok=True)
    for name in SETTINGS:
        source, target = PROJECT / name, root / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    return root


def mkdocs(root: Path, work: Path, languages: Iterable[str], epoch: int) -> list[Diagnostic]:
    """Runs MkDocs once per language, side by side. Returns what it warned of."""
    temporary = work / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(epoch),
        "TMPDIR": str(temporary),
        "NO_MKDOCS_2_WARNING": "1",
    }
    running = {}
    for language in languages:
        config = root / "site_config" / f"{language}.yml"
        if not config.is_file():
            raise BuildError(f"the language {language} has no {config.relative_to(root)}")
        command = [sys.executable, "-m", "mkdocs", "build", "--clean", "-f", str(config.relative_to(root))]
        log = (temporary / f"{language}.log").open("w+", encoding="utf-8")
        process = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=subprocess.STDOUT)
        running[language] = (process, log)
    found = []
    for language, (process, log) in running.items():
        code = process.wait()
        log.seek(0)
        output = log.read()
        log.close()
        at = Location(SourceFile(f"site_config/{language}.yml"))
        notices = [m for m in map(_NOTICE.match, output.splitlines()) if m]
        found += [Diagnostic("mkdocs", m[2], at) for m in notices if "Material for MkDocs" not in m[2]]
        if code and not notices:
            found.append(Diagnostic("mkdocs", f"MkDocs ended with {code}: {output.strip()[-1500:]}", at))
    return found


def copy_assets(theme: Path, site: Path) -> None:
    """The files that the pages outside the languages need."""
    (site / "assets").mkdir(parents=True, exist_ok=True)
    for name in (
        "chooser.css",
        "chooser.js",
        "infobutton.css",
        "infobutton.js",
        "offline.css",
        "parallel.css",
    ):
        shutil.copyfile(theme / "assets" / name, site / "assets" / name)


def stamp_archives(site: Path, epoch: int) -> None:
    """The one compressed file that MkDocs writes carries the time of the build; written anew without it."""
    for path in sorted(site.rglob("sitemap.xml")):
        packed = path.with_suffix(".xml.gz")
        with packed.open("wb") as out, gzip.GzipFile("sitemap.xml", "wb", 9, out, mtime=epoch) as archive:
            archive.write(path.read_bytes())


def compress(site: Path) -> None:
    """Lays gzip and Brotli forms beside every file of text, where they are smaller."""
    for path in sorted(site.rglob("*")):
        if path.suffix not in TEXT or not path.is_file():
            continue
        data = path.read_bytes()
        for suffix, packed in (
            (".gz", gzip.compress(data, 9, mtime=0)),
            (".br", brotli.compress(data, mode=brotli.MODE_TEXT)),
        ):
            if len(packed) < len(data):
                path.with_name(path.name + suffix).write_bytes(packed)


@contextmanager
def locked(site: Path) -> Iterator[None]:
    """One build at a time into one folder. Raises BuildError where another holds it."""
    site.parent.mkdir(parents=True, exist_ok=True)
    path = site.parent / f".{site.name}.lock"
    while True:
        lock = path.open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise BuildError(f"another build is writing {site}; wait for it to end") from None
        # The file may have been removed between opening and locking: a lock without a name locks nothing.
        if path.exists() and os.path.samestat(os.fstat(lock.fileno()), path.stat()):
            break
        lock.close()
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        lock.close()


def publish(new: Path, site: Path) -> None:
    """Puts `new` in the place of `site` in one step, then removes the old one."""
    if not site.exists():
        new.rename(site)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    exchange = getattr(libc, "renameat2", None)
    if exchange is None or exchange(
        _AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(site), _RENAME_EXCHANGE
    ):
        # No exchange on this system: two renames, a moment apart.
        old = site.parent / f".{site.name}.old"
        shutil.rmtree(old, ignore_errors=True)
        site.rename(old)
        new.rename(site)
        shutil.rmtree(old)
        return
    shutil.rmtree(new)


def _themes_search(folder: str, names: list[str]) -> set[str]:
    """The scripts with which the theme would search: no page loads them, search is the book's own."""
    return {"lunr", "workers"} & set(names) if Path(folder).name == "javascripts" else set()


def assemble(
    work: Path, site: Path, languages: Iterable[str], root_files: Iterable[OutputFile], theme: Path
) -> Path:
    """The whole site in a folder beside `site`, ready to be checked and put in its place.

    root_files: what is made without MkDocs, paths relative to the site. Raises BuildError where one would lie
    over a file that is there already.
    """
    new = site.parent / f".{site.name}.new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for language in languages:
        built = work / "site" / language
        if not built.is_dir():
            raise BuildError(
                f"MkDocs wrote no {built}: does site_config/{language}.yml inherit {language}.yml?"
            )
        shutil.copytree(built, new / language, ignore=_themes_search)
    copy_assets(theme, new)
    for file in root_files:
        path = new / file.path
        if path.exists():
            raise BuildError(
                f"{file.path} would be written twice: rename the topic, page or flow of that name"
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise BuildError(f"{file.path} needs a folder where a file is: rename one of them") from None
        path.write_bytes(file.data)
    return new
