from __future__ import annotations

import importlib.util
import io
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile, PngImagePlugin

from harness.imaging import decoding
from harness.imaging.decoding import NEAR_DUPLICATES, BadImage, decoded, image_hash
from tests.raising import raises_code

RED, GREEN, WHITE = (255, 0, 0), (0, 128, 0), (255, 255, 255)
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def written(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def photo(width: int = 96, height: int = 64, seed: int = 0) -> Image.Image:
    """Blots of colour, as smooth as those of a photograph."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    found = image.getcolors()
    assert found is not None
    return {colour for _, colour in found if isinstance(colour, tuple)}


def reason(content: bytes) -> str:
    with pytest.raises(BadImage) as raised:
        decoded(content)
    assert str(raised.value) == raised.value.reason
    assert "\n" not in raised.value.reason
    return raised.value.reason


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_that_is_named_is_read(form: str) -> None:
    image = decoded(written(photo(), form))
    assert (image.mode, image.size) == ("RGB", (96, 64))
    worst = np.abs(np.asarray(image).astype(int) - np.asarray(photo()).astype(int)).mean()
    assert worst < (16 if form == "GIF" else 8)
    assert form not in ("PNG", "BMP") or worst == 0


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9])
def test_what_is_cut_off_is_refused(form: str, share: float) -> None:
    content = written(photo(400, 300), form)
    assert reason(content[: int(len(content) * share)]) == f"a {form} image that is broken or cut off"


def test_what_is_cut_off_is_refused_whatever_other_libraries_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    content = written(photo(400, 300), "JPEG")
    assert "cut off" in reason(content[: len(content) // 2])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


@pytest.mark.parametrize("form", FORMATS)
def test_bytes_that_change_give_an_image_or_a_reason(form: str) -> None:
    """Every thing that Pillow may raise, and whatever it would print."""
    content = written(photo(), form)
    rng = np.random.default_rng(0)
    outcomes = set()
    for _ in range(300):
        damaged = bytearray(content)
        for place in rng.integers(0, min(len(content), 400), 4):
            damaged[place] = rng.integers(256)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                outcomes.add(decoded(bytes(damaged)).mode)
        except BadImage as error:
            outcomes.add(error.reason.split(",")[0][:12])
    # PNG has sums of most of its bytes.
    assert len(outcomes) > 1 or form == "PNG"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file"),
        (b"no image at all", "not an image; JPEG, PNG, WebP, GIF and BMP are read"),
        (b"\n\n <!DOCTYPE html><html>404</html>", "an HTML page; JPEG, PNG, WebP, GIF and BMP are read"),
        (b"\xef\xbb\xbf<HTML>", "an HTML page; "),
        (b"<?xml version='1.0'?>\n<svg width='1'/>", "an SVG drawing; "),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer instead of the file"),
        (b"%PDF-1.7\n", "a PDF document; "),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF image; "),
        (b"\0\0\0\x1cftypheic\0\0\0\0", "a HEIC image; "),
        (b"II*\0" + bytes(100), "a TIFF image; "),
        (b"BM and some words", "a BMP image that is broken or cut off"),
        (b"GIF89a", "a GIF image that is broken or cut off"),
        (b"RIFF\x04\0\0\0WEBP", "a WEBP image that is broken or cut off"),
        (b"RIFF\xff\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(200), "a WEBP image that is broken or cut off"),
    ],
)
def test_what_is_no_image_is_refused_by_name(content: bytes, said: str) -> None:
    assert reason(content).startswith(said)


@pytest.mark.parametrize("form", ["TIFF", "ICO", "JPEG2000"])
def test_images_of_other_formats_are_refused_by_name(form: str) -> None:
    assert reason(written(photo(64, 64), form)).endswith("; JPEG, PNG, WebP, GIF and BMP are read")


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"")


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (png_header(8001, 8000), "8,001 x 8,000"),
        (png_header(100_000, 1000), "100,000 x 1,000"),
        (b"GIF89a" + struct.pack("<HHBBB", 9000, 9000, 0, 0, 0) + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;", "9,000 x 9,000"),
        (b"RIFF\xff\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\x3f\0" * 2, "16,384 x 16,384"),
        (b"RIFF\xff\0\0\0WEBPVP8L\x0a\0\0\0\x2f\xff\xff\xff\x0f" + bytes(9), "16,384 x 16,384"),
        (b"RIFF\xff\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\1\x2a\xff\x3f\xff\x3f", "16,383 x 16,383"),
    ],
)
def test_what_has_too_many_pixels_is_refused_by_its_header(content: bytes, size: str) -> None:
    # None of them has pixels, so that unpacking any would be seen as a broken image.
    assert reason(content) == f"{size} pixels, where 64 million are the most; make it smaller"


@pytest.mark.parametrize("side", [9500, 13_000, 20_000, 60_000])
def test_bombs_are_refused_without_a_warning(side: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "64 million" in reason(png_header(side, side))


def test_as_many_pixels_as_are_allowed_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_PIXELS", 96 * 64)
    assert decoded(written(photo(), "PNG")).size == (96, 64)
    assert "pixels" in reason(written(photo(97), "PNG"))


def test_files_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = written(photo(), "PNG")
    monkeypatch.setattr(decoding, "MOST_BYTES", len(content))
    assert decoded(content).size == (96, 64)
    assert "are the most" in reason(content + b"\0")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_images_are_turned_as_their_camera_was_held(form: str, orientation: int) -> None:
    """The stored picture is what the camera saw, turned the other way round."""
    seen = photo()
    backwards = {2: [2], 3: [3], 4: [4], 5: [5], 6: [8], 7: [7], 8: [6]}
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    stored = seen
    for turn in backwards.get(orientation, []):
        stored = stored.transpose(turns[turn])
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decoded(written(stored, form, exif=exif, **({"quality": 95} if form != "PNG" else {})))
    assert image.size == seen.size
    assert np.abs(np.asarray(image).astype(int) - np.asarray(seen).astype(int)).mean() < 6


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0garbage",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x63\0\0\0",
    ],
)
def test_broken_exif_does_not_cost_the_image(exif: bytes) -> None:
    image = decoded(written(photo(), "JPEG", exif=exif))
    assert np.abs(np.asarray(image).astype(int) - np.asarray(photo()).astype(int)).mean() < 8


def test_cmyk_becomes_rgb() -> None:
    image = decoded(written(Image.new("RGB", (8, 8), RED).convert("CMYK"), "JPEG", quality=100))
    red, green, blue = np.asarray(image).astype(int).reshape(-1, 3).mean(0)
    assert red > 245
    assert max(green, blue) < 10


def test_palettes_become_rgb() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, *RED])
    for form in ("PNG", "GIF", "BMP"):
        assert colours(decoded(written(image, form))) == {RED}


def test_transparent_entries_of_a_palette_are_white() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, *RED])
    image.paste(0, (0, 0, 4, 8))
    for form in ("PNG", "GIF"):
        assert colours(decoded(written(image, form, transparency=0))) == {RED, WHITE}
    # Half transparent entries, which only PNG has.
    assert colours(decoded(written(image, "PNG", transparency=bytes([128, 255])))) == {RED, (127, 127, 127)}


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_transparency_is_on_white(form: str) -> None:
    image = Image.new("RGBA", (8, 8), (*GREEN, 0))
    image.paste((*GREEN, 255), (0, 0, 4, 8))
    assert colours(decoded(written(image, form, **({"lossless": True} if form == "WEBP" else {})))) == {GREEN, WHITE}


def test_grey_with_transparency() -> None:
    image = Image.new("LA", (8, 8), (100, 0))
    image.paste((100, 255), (0, 0, 4, 8))
    assert colours(decoded(written(image, "PNG"))) == {(100, 100, 100), WHITE}


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_one_transparent_colour_is_white(mode: str) -> None:
    image = Image.new(mode, (8, 8), 10 if mode == "L" else RED)
    image.paste(200 if mode == "L" else GREEN, (0, 0, 4, 8))
    content = written(image, "PNG", transparency=10 if mode == "L" else RED)
    assert colours(decoded(content)) == {WHITE, (200, 200, 200) if mode == "L" else GREEN}


def test_black_and_white() -> None:
    image = Image.new("1", (8, 8), 1)
    image.paste(0, (0, 0, 4, 8))
    assert colours(decoded(written(image, "PNG"))) == {(0, 0, 0), WHITE}


def test_sixteen_bits_of_grey_are_scaled_and_not_cut_off() -> None:
    values = np.array([[0, 255, 256, 32768, 65535]] * 2, np.uint16)
    found = np.asarray(decoded(written(Image.fromarray(values), "PNG")))
    assert found[0].tolist() == [[grey] * 3 for grey in (0, 0, 1, 128, 255)]


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_the_first_picture_of_an_animation_is_taken(form: str) -> None:
    pictures = [Image.new("RGB", (8, 8), colour) for colour in (RED, GREEN, WHITE)]
    options = {"lossless": True} if form == "WEBP" else {}
    content = written(pictures[0], form, save_all=True, append_images=pictures[1:], duration=100, **options)
    assert colours(decoded(content)) == {RED}


def test_compressed_texts_in_an_image_are_not_unpacked_without_limit() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("comment", "x" * 80_000_000, zip=True)
    content = written(photo(), "PNG", pnginfo=texts)
    assert len(content) < 200_000
    assert reason(content) == "a PNG image that is broken or cut off"


def test_what_warns_is_silent() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, *RED])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decoded(written(image, "PNG", transparency=bytes([128, 255])))
        decoded(written(photo(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\5" + bytes(40)))


def test_without_pillow_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with raises_code("package-missing") as raised:
        decoded(b"")
    assert raised.value.fix == 'pip install "xharness[images]"'


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "smaller": lambda image: image.resize((240, 160), Image.Resampling.LANCZOS),
    "larger": lambda image: image.resize((901, 611), Image.Resampling.BICUBIC),
    "compressed": lambda image: decoded(written(image, "JPEG", quality=30)),
    "brighter": lambda image: image.point(lambda value: min(255, value + 12)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_hashes_of_near_duplicates_differ_in_few_bits(change: str) -> None:
    for seed in range(10):
        image = photo(480, 320, seed)
        assert (image_hash(image) ^ image_hash(CHANGES[change](image))).bit_count() <= 4


def test_hashes_of_different_images_differ_in_many_bits() -> None:
    hashes = [image_hash(photo(480, 320, seed)) for seed in range(20)]
    assert min((a ^ b).bit_count() for i, a in enumerate(hashes) for b in hashes[:i]) > 12
    assert all(0 <= one < 2**64 for one in hashes)


def test_a_hash_is_of_differences_from_left_to_right() -> None:
    falling = Image.fromarray(np.tile(np.linspace(255, 0, 9, dtype=np.uint8), (8, 1))).convert("RGB")
    assert image_hash(falling) == 2**64 - 1
    assert image_hash(falling.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == 0
    assert image_hash(Image.new("RGB", (5, 5), RED)) == 0


def test_real_photographs_are_read_and_differ_in_their_hashes(shared: Path) -> None:
    files = sorted((shared / "data" / "flickr8k_images").rglob("*.jpg"))[:60]
    images = [decoded(file.read_bytes()) for file in files]
    assert {image.mode for image in images} == {"RGB"}
    hashes = [image_hash(image) for image in images]
    assert min((a ^ b).bit_count() for i, a in enumerate(hashes) for b in hashes[:i]) > NEAR_DUPLICATES
    again = [image_hash(decoded(written(image.resize((224, 224)), "JPEG", quality=70))) for image in images]
    near = [(a ^ b).bit_count() <= NEAR_DUPLICATES for a, b in zip(hashes, again, strict=True)]
    assert sum(near) >= 0.97 * len(near)
