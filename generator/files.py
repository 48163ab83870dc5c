"""A folder in; the files below it out. Of a site they are tens of thousands: path objects take long."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def below(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file below a folder, in no order: its path there, with slashes, and what the disk says of it.

    A link to a folder leads elsewhere and is not followed; a folder that is not there has no files.
    """
    if not folder.is_dir():
        return
    waiting = [("", str(folder))]
    for inside, place in waiting:
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{inside}{entry.name}/", entry.path))
                elif entry.is_file():
                    yield inside + entry.name, entry
