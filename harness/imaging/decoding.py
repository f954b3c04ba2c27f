"""From the bytes of an image file to its pixels, whatever the file is: RGB, upright, or a reason why not."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import struct
import warnings
from typing import TYPE_CHECKING

from harness.errors import UserError
from harness.kinds.pictured import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

MOST_PIXELS = 64_000_000
"""Of an image, by its header: nothing larger is unpacked."""

READ = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "BMP": (b"BM",),
}
"""What files of the formats that are read begin with; WebP beside them."""

REFUSED = {
    "a TIFF image": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "a JPEG 2000 image": (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
    "a JPEG XL image": (b"\xff\x0a", b"\0\0\0\x0cJXL "),
    "an icon": (b"\0\0\x01\0",),
    "a Photoshop image": (b"8BPS",),
    "a PDF document": (b"%PDF",),
    "a ZIP archive": (b"PK\x03\x04",),
    "compressed by gzip": (b"\x1f\x8b",),
    "a Git LFS pointer instead of the file (`git lfs pull` fetches it)": (b"version https://git-lfs",),
}
"""What else such files turn out to be."""
BRANDS = {b"avif": "an AVIF image", b"avis": "an AVIF image", b"heic": "a HEIC image", b"mif1": "a HEIC image"}
"""What files of boxes are, by their brand."""
TEXTS = {"an SVG drawing": (b"<svg",), "an HTML page": (b"<!doctype html", b"<html", b"<head", b"<body")}
"""What begins so, after spaces and in any case."""

FORMATS = "JPEG, PNG, WebP, GIF and BMP are read"

NEAR_DUPLICATES = 5
"""Bits of `image_hash` that near-duplicates differ in at most. Of 800 photographs of Flickr, 99 % are so near to their
copies that were squeezed to 224 x 224 pixels and compressed again. Of the 319,600 pairs of different ones none is
nearer than 11 bits; pairs double with each bit, so that of Flickr30k's 31,783 some hundred will count as near."""

ORIENTATION = 0x0112
"""The tag of EXIF that says how a camera was held."""


class BadImage(ValueError):
    """An image that cannot be used.

    Attributes:
        reason: why, in words that continue "the image is left out: ".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_pillow() -> None:
    """Refuse a machine that cannot decode images.

    Raises:
        UserError: Pillow is not installed.
    """
    if importlib.util.find_spec("PIL") is None:
        raise UserError(
            "images are decoded by the package Pillow, which is not installed",
            code="package-missing",
            fix='pip install "xharness[images]"',
        )


def decoded(content: bytes) -> Image:
    """The image of a file: of an animation its first picture, transparency on white, turned as its camera was held.

    Colours are taken as sRGB, whatever profile a file names.

    Args:
        content: of the file; its name does not count.

    Raises:
        BadImage: it is no image of a format that is read, is broken or cut off, or is too large.
        UserError: Pillow is not installed.
    """
    check_pillow()
    if len(content) > MOST_BYTES:
        raise BadImage(f"{len(content) / 1e6:,.1f} MB, where {MOST_BYTES / 1e6:.0f} MB are the most")
    form = _format(content)
    if form == "WEBP":
        # Pillow makes room for all pixels of a WebP file before it says how many there are.
        _check_size(*_webp_size(content))
    with _undisturbed():
        image = _opened(content, form)
        _check_size(*image.size)
        try:
            image.load()
            return _in_rgb(_upright(image))
        except MemoryError:
            raise
        except Exception as error:  # of many kinds: whatever a decoder stumbles over
            raise BadImage(f"a {form} image that is broken or cut off") from error


def image_hash(image: Image) -> int:
    """A number of 64 bits that is nearly the same for near-duplicates: brightness differences of a grid (dHash).

    Copies that were scaled, or compressed again, differ in up to `NEAR_DUPLICATES` bits; count them with
    `(a ^ b).bit_count()`. Images of one colour all have 0.

    Args:
        image: decoded, in mode RGB.
    """
    from PIL.Image import Resampling

    grey = image.convert("L").resize((9, 8), Resampling.BOX).tobytes()
    bits = [grey[9 * y + x] > grey[9 * y + x + 1] for y in range(8) for x in range(8)]
    return sum(1 << place for place, bit in enumerate(bits) if bit)


def _format(content: bytes) -> str:
    """The format that a file is of, as Pillow calls it.

    Raises:
        BadImage: none that is read.
    """
    if not content:
        raise BadImage("an empty file")
    for form, starts in READ.items():
        if content.startswith(starts):
            return form
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    boxed = BRANDS.get(content[8:12]) if content[4:8] == b"ftyp" else None
    start = content[:1000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    named = [what for what, starts in REFUSED.items() if content.startswith(starts)]
    named += [what for what, starts in TEXTS.items() if start.startswith(starts)]
    if not named and start.startswith(b"<?xml") and b"<svg" in start:
        named = ["an SVG drawing"]
    what = boxed or next(iter(named), "not an image")
    raise BadImage(f"{what}; {FORMATS}")


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise BadImage(
            f"{width:,} x {height:,} pixels, where {MOST_PIXELS / 1e6:.0f} million are the most; make it smaller"
        )
    if width * height < 1:
        raise BadImage("no pixels")


def _webp_size(content: bytes) -> tuple[int, int]:
    """Width and height by the header."""
    kind, body = content[12:16], content[20:30]
    try:
        if kind == b"VP8X":
            return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
        if kind == b"VP8L":
            (bits,) = struct.unpack("<I", body[1:5])
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        width, height = struct.unpack("<HH", body[6:10])
    except struct.error:
        raise BadImage("a WEBP image that is broken or cut off") from None
    return width & 0x3FFF, height & 0x3FFF


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep Pillow's warnings off the screen, and have it refuse what is cut off, whatever other libraries told it."""
    from PIL import ImageFile

    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _opened(content: bytes, form: str) -> Image:
    """The image with its header read.

    Raises:
        BadImage: its header is broken, or of more pixels than Pillow takes.
    """
    from PIL import Image

    try:
        return Image.open(io.BytesIO(content), formats=[form])
    except MemoryError:
        raise
    except Image.DecompressionBombError:
        raise BadImage(f"more than {MOST_PIXELS / 1e6:.0f} million pixels; make it smaller") from None
    except Exception as error:  # of many kinds: whatever a decoder stumbles over
        raise BadImage(f"a {form} image that is broken or cut off") from error


def _upright(image: Image) -> Image:
    """The image as it was seen, by its EXIF data; where those are broken, as it is."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    try:
        orientation = image.getexif().get(ORIENTATION)
    except Exception:  # noqa: BLE001  (of many kinds, and the pixels are sound)
        return image
    return image.transpose(turns[orientation]) if orientation in turns else image


def _in_rgb(image: Image) -> Image:
    """Eight bits a colour, on white where it is transparent."""
    from PIL import Image

    if image.mode.startswith("I"):
        import numpy as np

        # Pillow cuts such numbers off at 255 instead of scaling them.
        return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)).convert("RGB")
    if "transparency" not in image.info and image.mode not in ("LA", "PA", "RGBA"):
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    ground.alpha_composite(layer)
    return ground.convert("RGB")
