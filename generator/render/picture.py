"""A picture from outside in; its pixels in several widths out, and of all else that its file held nothing."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from generator.model import PICTURE_BYTES, Edition, FigureView, OutputFile

MAX_PIXELS = 40_000_000
MIN_WIDTH = 640
# Shown in the page at one of these widths, or at its own where that is smaller; never enlarged.
WIDTHS = (480, 960, 1440)
FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG"}
SUFFIXES = {"PNG": "png", "JPEG": "jpg"}
# Fixed, so that the same picture gives the same bytes.
SETTINGS: dict[str, dict[str, object]] = {
    "PNG": {"optimize": True},
    "JPEG": {"quality": 85, "progressive": True, "optimize": True},
}
_PLAIN = "save it anew as a plain PNG or JPEG"


class PictureError(Exception):
    """Why a picture is refused: the rule, what is wrong, what to do."""

    def __init__(self, rule: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.rule, self.message, self.hint = rule, message, hint


@dataclass(frozen=True)
class Picture:
    """The files of a picture by width. The last is the full size; `shown` are those that a page needs."""

    width: int
    height: int
    files: tuple[tuple[int, OutputFile], ...]

    @property
    def shown(self) -> tuple[tuple[int, OutputFile], ...]:
        return tuple(f for f in self.files if f[0] <= WIDTHS[-1])

    @property
    def full(self) -> OutputFile:
        return self.files[-1][1]


@dataclass(frozen=True)
class Named:
    """A picture without its pixels: its full size, and by width the names of its files."""

    width: int
    height: int
    paths: tuple[tuple[int, str], ...]


# The names hold digests: to make them, a picture is scaled and packed, which takes longer than a whole page.
_NAMED: dict[str, Named] = {}


def check(name: str, data: bytes) -> None:
    """Raises PictureError for what is no picture of the kind that its name says, or none to be shown."""
    format_, image = _read(data, name)
    if format_ != FORMATS[name.rpartition(".")[2]]:
        raise PictureError("picture-format", f"{name} holds a {format_}", "give it the ending of its kind")
    if image.width < MIN_WIDTH:
        message = f"{name} is {image.width} by {image.height} pixels"
        hint = f"at least {MIN_WIDTH} wide; enlarging it would add nothing"
        raise PictureError("picture-size", message, hint)


@lru_cache(maxsize=64)
def made(id_: str, data: bytes) -> Picture:
    """The picture in each width that it fills. The data has passed `check`."""
    format_, image = _read(data)
    width, height = image.size
    files = []
    for wide in (*(w for w in WIDTHS if w < width), width):
        high = max(1, round(height * wide / width))
        scaled = image if wide == width else image.resize((wide, high), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        scaled.save(out, format_, **SETTINGS[format_])
        digest = hashlib.sha256(out.getvalue()).hexdigest()[:8]
        path = f"assets/pictures/{id_}-{wide}.{digest}.{SUFFIXES[format_]}"
        files.append((wide, OutputFile(path, out.getvalue())))
    _NAMED[_key(id_, data)] = Named(width, height, tuple((wide, file.path) for wide, file in files))
    return Picture(width, height, tuple(files))


def figure_picture(figure: FigureView) -> Picture:
    """The picture of a figure that is one."""
    return made(figure.id, figure.picture)


def _key(id_: str, data: bytes) -> str:
    return f"{id_} {hashlib.sha256(data).hexdigest()}"


def named(figure: FigureView) -> Named:
    """The picture of a figure that is one, for who shows its files and does not make them."""
    if (key := _key(figure.id, figure.picture)) not in _NAMED:
        made(figure.id, figure.picture)
    return _NAMED[key]


def known() -> Mapping[str, Named]:
    """The pictures that this process has made, for others that show them."""
    return _NAMED


def learn(from_another: Mapping[str, Named]) -> None:
    """Takes what another process has made, so that it is not made again only to be named."""
    _NAMED.update(from_another)


def pictures(edition: Edition) -> list[OutputFile]:
    """Every file of every picture; the page of all figures knows them."""
    figures = (figure for page in edition.pages for figure, _ in page.figures if figure.picture)
    return [file for figure in figures for _, file in figure_picture(figure).files]


def _read(data: bytes, name: str = "the file") -> tuple[str, Image.Image]:
    """The format of a file, and its pixels. Raises PictureError, nothing else, whatever the file holds."""
    if len(data) > PICTURE_BYTES:
        message = f"{name} is larger than {PICTURE_BYTES // 1_000_000} MB"
        raise PictureError("picture-size", message, "save it smaller")
    try:
        with warnings.catch_warnings():
            # Pillow warns of what it makes no sense of, and goes on; what it goes on with is looked at here.
            warnings.simplefilter("ignore")
            image: Image.Image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            if getattr(image, "n_frames", 1) > 1:
                raise PictureError("picture-format", f"{name} holds more than one picture", _PLAIN)
            format_ = str(image.format)
            image.load()
            return format_, _pixels(image)
    except UnidentifiedImageError:
        raise PictureError("picture-format", f"{name} holds neither a PNG nor a JPEG", _PLAIN) from None
    except Image.DecompressionBombError:
        message = f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels"
        raise PictureError("picture-size", message, "save it smaller") from None
    except PictureError:
        raise
    except Exception as error:  # a broken file: the decoders' errors share no base
        message = f"{name} is broken or cut short: {' '.join(str(error).split())}"
        raise PictureError("picture-format", message, _PLAIN) from None


def _pixels(image: Image.Image) -> Image.Image:
    """Upright, opaque, gray or sRGB, and without anything that is no pixel."""
    try:
        image = ImageOps.exif_transpose(image)
    except Exception:  # a broken EXIF block turns nothing
        image = image.copy()
    gray = image.mode in ("1", "L", "LA") or image.mode.startswith("I")
    if image.mode.startswith("I"):
        # Sixteen bits of gray; a plain conversion would cut off instead of scaling.
        image = image.point(lambda value: value / 256, "L")
    if image.has_transparency_data:
        # What lies under transparent pixels is not seen, and may be what somebody meant to hide.
        layer = image.convert("RGBA")
        image = Image.new("RGBA", image.size, "white")
        image.info.update(layer.info)
        image.alpha_composite(layer)
        image = image.convert("RGB")
    image = _standard_colors(image)
    image = image.convert("L" if gray else "RGB")
    return Image.frombytes(image.mode, image.size, image.tobytes())


def _standard_colors(image: Image.Image) -> Image.Image:
    """The same colors without a profile, where the file names one that can be read."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("L", "RGB", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return converted or image
