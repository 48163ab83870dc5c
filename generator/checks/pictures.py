"""Rules on pictures from outside: where from, by what right they are printed, and that they show nobody."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.passages import Check, Finding
from generator.model import PICTURE_LICENCES, Content


def picture_declaration(content: Content) -> Iterator[Finding]:
    """A picture says where it comes from and that nobody can be identified; a drawing says neither."""
    for figure in content.figures.values():
        at = figure.file.at
        if not figure.is_picture:
            for key in ("source", "permission", "nobody_identifiable"):
                if getattr(figure, key) is not None:
                    yield Finding(f"{figure.file} is a drawing and carries {key}", at, f"delete {key}")
            continue
        if figure.source is None:
            yield Finding(
                f"{figure.file} does not say where it comes from",
                at,
                "add source: a web address, or a line that names it",
            )
        if figure.nobody_identifiable is None:
            yield Finding(
                f"nobody has declared that {figure.file} shows no one who can be identified",
                at,
                "look for faces, names, numbers, dates; where there are none, add nobody_identifiable: yes",
            )
        elif not figure.nobody_identifiable:
            yield Finding(
                f"{figure.file} shows somebody who can be identified", at, "take the picture out of the book"
            )


def picture_licence(content: Content) -> Iterator[Finding]:
    """A picture from outside has a licence that lets others print it, or the text of a permission."""
    for figure in content.figures.values():
        if not figure.is_picture:
            continue
        if figure.licence not in PICTURE_LICENCES:
            yield Finding(
                f'"{figure.licence}" is no licence under which {figure.file} may be printed',
                figure.licence.at,
                f"one of {', '.join(PICTURE_LICENCES)}",
            )
        elif figure.licence == "permission" and figure.permission is None:
            yield Finding(
                f"{figure.file} is printed with a permission that is not given",
                figure.licence.at,
                "add permission: who allowed what, and when",
            )
        elif figure.licence != "permission" and figure.permission is not None:
            yield Finding(
                f"{figure.file} has a licence and a permission",
                figure.permission.at,
                "delete permission, or write licence: permission",
            )


CHECKS: tuple[Check, ...] = (picture_declaration, picture_licence)
