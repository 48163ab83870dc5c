"""Pictures from outside: what is refused, and that nothing but pixels is built.

The picture of the tiny book is `sample()`, written by `pytest --renew-golden`.
"""

from __future__ import annotations

import io
import pickle
import struct
import zlib
from pathlib import Path

import pytest
from lxml import html
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin
from tiny import BOOK, content_of, edit, findings

from generator.cli import FINE, main
from generator.model import PICTURE_BYTES, Content
from generator.render import picture
from generator.render.picture import (
    Picture,
    PictureError,
    check,
    known,
    learn,
    made,
    named,
    pictures,
)
from generator.resolve import resolve

SECRETS = (b"Sample Camera", b"SN-0000", b"Sample Patient", b"Sample comment", b"Sample profile")
PHOTO = BOOK / "shared" / "figures" / "photo.jpg"


def exif() -> Image.Exif:
    """Made-up metadata of every kind that a camera or a viewer writes; the picture lies on its side."""
    out = Image.Exif()
    out[0x0112] = 6  # orientation: turn right
    out[0x0110] = "Sample Camera"
    out[0x010E] = "Sample Patient"
    out.get_ifd(0x8769)[0xA431] = "SN-0000"
    out.get_ifd(0x8825).update({1: "N", 2: (1.0, 2.0, 3.0), 3: "E", 4: (4.0, 5.0, 6.0)})
    return out


def drawn(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """A few shapes: an upright picture has its bar at the top."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0], size[1] // 8), fill="black")
    draw.ellipse((size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2), fill="red")
    return image.convert(mode)


def saved(image: Image.Image, kind: str = "PNG", **settings: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **settings)
    return out.getvalue()


def sample() -> bytes:
    """A JPEG as it comes from outside: on its side, with EXIF, place, comment and XMP."""
    lying = drawn((800, 500)).transpose(Image.Transpose.ROTATE_90)
    extra = {"comment": b"Sample comment", "xmp": b"<x>Sample Patient</x>"}
    return saved(lying, "JPEG", quality=60, exif=exif(), **extra)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def widths(picture: Picture) -> list[int]:
    return [width for width, _ in picture.files]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it is `side` pixels wide and high."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def flashing() -> bytes:
    frames = [Image.new("L", (640, 9), shade) for shade in (0, 255)]
    return saved(frames[0], save_all=True, append_images=frames[1:])


PNG, JPEG = saved(drawn((700, 90))), saved(drawn((700, 90)), "JPEG")
REFUSED = {
    "nothing": ("a.png", b"", "picture-format"),
    "a web page": ("a.png", b"<!doctype html><html><body>photo</body></html>", "picture-format"),
    "a drawing named as a picture": ("a.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "picture-format"),
    "another kind of picture": ("a.png", saved(drawn((700, 90)), "GIF"), "picture-format"),
    "a JPEG named PNG": ("a.png", JPEG, "picture-format"),
    "a PNG named JPEG": ("a.jpeg", PNG, "picture-format"),
    "a JPEG cut short": ("a.jpg", JPEG[: len(JPEG) // 2], "picture-format"),
    "a PNG cut short": ("a.png", PNG[: len(PNG) // 2], "picture-format"),
    "the first bytes of a JPEG": ("a.jpg", JPEG[:20], "picture-format"),
    "a spoiled PNG": ("a.png", PNG[:60] + bytes(40) + PNG[100:], "picture-format"),
    "an animation": ("a.png", flashing(), "picture-format"),
    "two pictures in one JPEG": (
        "a.jpg",
        saved(drawn((700, 90)), "MPO", save_all=True, append_images=[drawn((700, 90))]),
        "picture-format",
    ),
    "a picture of no size": ("a.png", bomb(0), "picture-format"),
    "a bomb that Pillow warns of": ("a.png", bomb(10_000), "picture-size"),
    "a bomb that Pillow refuses": ("a.png", bomb(50_000), "picture-size"),
    "a bomb below Pillow's limits": ("a.png", bomb(6_400), "picture-size"),
    "a bomb in its text": (
        "a.png",
        PNG[:33] + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(5_000_000))) + PNG[33:],
        "picture-format",
    ),
    "too many bytes": ("a.png", PNG + bytes(PICTURE_BYTES), "picture-size"),
    "too narrow": ("a.png", saved(drawn((639, 640))), "picture-size"),
    "too narrow once upright": ("a.jpg", saved(drawn((800, 500)), "JPEG", exif=exif()), "picture-size"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_picture_is_refused(case: str, recwarn: pytest.WarningsRecorder) -> None:
    name, data, rule = REFUSED[case]
    with pytest.raises(PictureError) as error:
        check(name, data)
    assert (error.value.rule, "\n" in error.value.message) == (rule, False)
    assert error.value.hint
    assert list(recwarn) == []


@pytest.mark.parametrize("case", REFUSED)
def test_an_editor_reads_one_finding_at_the_line(copy_of_book: Path, case: str) -> None:
    name, data, rule = REFUSED[case]
    photo = copy_of_book / "shared" / "figures" / "photo.jpg"
    photo.unlink()
    photo.with_name(name).write_bytes(data)
    figures = copy_of_book / "shared" / "figures.yml"
    edit(figures, "photo.jpg", name)
    (found,) = findings(copy_of_book)
    assert found.rule == rule
    assert found.location.text == f"  file: {name}"


@pytest.mark.parametrize("length", range(0, len(JPEG), 97))
def test_a_file_cut_anywhere_raises_nothing_else(length: int) -> None:
    with pytest.raises(PictureError):
        check("a.jpg", JPEG[:length])


def test_the_picture_of_the_tiny_book(request: pytest.FixtureRequest) -> None:
    """It holds all that the built one must not."""
    if request.config.getoption("--renew-golden"):
        PHOTO.write_bytes(sample())
    data = PHOTO.read_bytes()
    assert [secret for secret in SECRETS[:4] if secret not in data] == []
    assert opened(data).getexif().get_ifd(0x8825)


def test_only_pixels_are_built(book: Content) -> None:
    files = pictures(resolve(book, "en"))
    assert [opened(f.data).size for f in files] == [(480, 300), (800, 500)]
    for file in files:
        image = opened(file.data)
        assert not image.getexif()
        # What is left is how a JPEG says that it is one.
        jfif = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert set(image.info) <= jfif | {"progressive", "progression"}
        for mark in (*SECRETS, b"Exif", b"http://ns.adobe.com", b"ICC_PROFILE", b"\xff\xfe"):
            assert mark not in file.data
        # Turned upright before it lost the mark that says so.
        assert image.convert("L").getpixel((400 if image.width > 480 else 240, 5)) < 40


def test_a_png_loses_text_profile_and_what_is_hidden() -> None:
    image = drawn((700, 90), "RGBA")
    image.putpixel((3, 80), (1, 2, 3, 0))
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "Sample comment")
    text.add_itxt("XML:com.adobe.xmp", "Sample Patient", zip=True)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(image, pnginfo=text, exif=exif(), icc_profile=profile, dpi=(72, 72))
    upright = made("a", data)
    assert (upright.width, upright.height) == (90, 700)
    built = upright.full.data
    kinds = []
    at = 8
    while at < len(built):
        (length,) = struct.unpack(">I", built[at : at + 4])
        kinds.append(built[at + 4 : at + 8])
        at += length + 12
    assert set(kinds) == {b"IHDR", b"IDAT", b"IEND"}
    shown = opened(built)
    assert (shown.mode, shown.info) == ("RGB", {})
    assert shown.getpixel((90 - 1 - 80, 3)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("width", "wanted"),
    [(640, [480, 640]), (960, [480, 960]), (1440, [480, 960, 1440]), (3001, [480, 960, 1440, 3001])],
)
def test_widths_are_never_enlarged(width: int, wanted: list[int]) -> None:
    picture = made("a", saved(drawn((width, 300))))
    assert widths(picture) == wanted
    assert [opened(f.data).size for w, f in picture.files] == [(w, round(300 * w / width)) for w in wanted]
    assert [w for w, _ in picture.shown] == [w for w in wanted if w <= 1440]
    assert len({f.path for _, f in picture.files}) == len(wanted)


def test_kinds_of_color() -> None:
    gray16 = Image.new("I;16", (640, 9), 40_000)
    assert opened(made("a", saved(gray16)).full.data).getpixel((0, 0)) == 156
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        full = opened(made("a", saved(drawn((640, 90), mode))).full.data)
        assert full.mode == ("L" if mode in ("1", "L", "LA") else "RGB")
        assert full.convert("L").getpixel((0, 0)) < 20 < 200 < full.convert("L").getpixel((0, 89))
    inks = opened(made("a", saved(drawn((640, 90), "CMYK"), "JPEG")).full.data)
    assert inks.mode == "RGB"
    red = inks.getpixel((200, 32))
    assert red[0] > 200 > 60 > red[1]


def test_a_profile_is_applied_and_a_broken_one_passed_over() -> None:
    plain = made("a", saved(drawn((640, 90)))).full.data
    other_space = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    for given in (other_space, b"Sample profile"):
        assert made("a", saved(drawn((640, 90)), icc_profile=given)).full.data == plain
    # A space whose red is the green of sRGB.
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for old, new in ((b"rXYZ", b"?XYZ"), (b"gXYZ", b"rXYZ"), (b"?XYZ", b"gXYZ")):
        swapped = swapped.replace(old, new)
    turned = opened(made("a", saved(drawn((640, 90)), icc_profile=swapped)).full.data)
    red, green, _ = turned.getpixel((200, 32))
    assert green > 200 > 60 > red


def test_the_same_picture_gives_the_same_bytes() -> None:
    data = sample()
    first = made("a", data)
    made.cache_clear()
    assert made("a", data) == first


def test_a_picture_is_named_without_its_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    (edition, *_) = [resolve(content_of(BOOK), "en")]
    (figure,) = {f.id: f for page in edition.pages for f, _ in page.figures if f.picture}.values()
    whole = made(figure.id, figure.picture)
    shown = named(figure)
    assert (shown.width, shown.height) == (whole.width, whole.height)
    assert shown.paths == tuple((width, file.path) for width, file in whole.files)
    theirs = pickle.loads(pickle.dumps(known()))
    monkeypatch.setattr(picture, "_NAMED", {})
    learn(theirs)
    monkeypatch.setattr(picture, "made", None)
    assert named(figure) == shown


def test_a_build_shows_it(tmp_path: Path) -> None:
    """Every address of the page is a file beside it, so that it works from a folder and below any path."""
    site = tmp_path / "site"
    assert main(["build", "--content", str(BOOK), "--site", str(site)]) == FINE
    for name in ("second-topic", "figures"):
        for language in ("en", "zh"):
            page = site / language / name / "index.html"
            tree = html.document_fromstring(page.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
            (image,) = tree.xpath('//img[@class="picture"]')
            sources = [candidate.split() for candidate in image.get("srcset").split(", ")]
            assert [width for _, width in sources] == ["480w", "800w"]
            for address, width in sources:
                assert f"{opened((page.parent / address).read_bytes()).width}w" == width
            assert image.get("src") == sources[-1][0]
            assert (image.get("width"), image.get("height")) == ("800", "500")
            assert (image.get("loading"), image.get("decoding")) == ("lazy", "async")
            assert image.get("alt")
            (figure,) = image.iterancestors("figure")
            hrefs = [a.get("href") for a in figure.iter("a")]
            assert "https://creativecommons.org/licenses/by/4.0/" in hrefs
            assert "https://books.example/photo?a=1&b=_2_" in hrefs
            assert sources[-1][0] in hrefs
    built = [path for path in site.rglob("*") if path.is_file()]
    assert [(p, s) for p in built for s in SECRETS if s in p.read_bytes()] == []
    assert [p for p in built if p.name == "photo.jpg"] == []


@pytest.mark.parametrize(
    ("licence", "shown"),
    [
        ("licence: public-domain", {"en": "Public domain", "zh": "公有领域"}),
        (
            "licence: permission\n  permission: A. Publisher, 2026",
            {"en": "With permission: A. Publisher, 2026", "zh": "经许可使用：A. Publisher, 2026"},
        ),
    ],
)
def test_other_rights(copy_of_book: Path, licence: str, shown: dict[str, str]) -> None:
    edit(copy_of_book / "shared" / "figures.yml", "licence: CC-BY-4.0\n  source", f"{licence}\n  source")
    assert findings(copy_of_book) == []
    for language, words in shown.items():
        edition = resolve(content_of(copy_of_book), language)
        (view,) = [v for page in edition.pages for v, _ in page.figures if v.id == "photo"]
        assert (view.licence, view.licence_url) == (words, "")


def test_a_drawing_is_as_it_was(book: Content) -> None:
    views = {v.id: v for page in resolve(book, "en").pages for v, _ in page.figures}
    assert (views["box"].picture, views["box"].licence_url) == (b"", "")
    assert (views["photo"].svg, views["photo"].picture) == ("", PHOTO.read_bytes())
