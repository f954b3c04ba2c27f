from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from harness.registry import default_registry

CORNERS = ("black", "blue", "lime", "cyan", "red", "magenta", "yellow", "white")

GOLDEN = "397b6933bbcf8be8bc87db4fbc12f2a1ba97ae143b26f13abb0d3c7b3cfa007a3e7be0c03e8b02493e81c15a3e874b9d"
"""Twelve numbers of 32 bits."""


def vector(image: Image.Image) -> NDArray[np.float32]:
    """By cell (16, 12)."""
    encoder = default_registry().image_encoder("pixels").open()
    found = encoder.vectors([image])
    assert found.shape == (1, encoder.size) == (1, 192)
    assert found.dtype == np.float32
    cells: NDArray[np.float32] = found.reshape(16, 12)
    return cells


@pytest.mark.parametrize("colour", CORNERS)
def test_each_corner_of_the_colour_cube_has_a_place(colour: str) -> None:
    cells = vector(Image.new("RGB", (50, 30), colour))
    shares = (cells[:, :8] + np.sqrt(1 / 8)) ** 2
    assert np.allclose(shares, np.eye(8)[CORNERS.index(colour)], atol=1e-6)
    assert not cells[:, 8:].any()


def test_grey_is_even_and_so_is_zero() -> None:
    cells = vector(Image.new("RGB", (50, 30), (128, 128, 128)))
    assert np.abs(cells).max() < 0.01


def test_cells_are_in_rows() -> None:
    image = Image.new("RGB", (400, 200), "black")
    ImageDraw.Draw(image).rectangle((300, 50, 399, 99), fill="red")
    shares = (vector(image)[:, CORNERS.index("red")] + np.sqrt(1 / 8)) ** 2
    assert np.allclose(shares, np.eye(16)[4 * 1 + 3], atol=1e-6)


@pytest.mark.parametrize(("direction", "ends"), [(0, (1, 0)), (1, (0, 1)), (2, (1, 1)), (3, (1, -1))])
def test_edges_are_told_by_their_direction(direction: int, ends: tuple[int, int]) -> None:
    x, y = np.meshgrid(np.arange(64), np.arange(64))
    bright = np.where((ends[0] * x + ends[1] * y) % 16 < 8, 40, 200).astype(np.uint8)
    edges = vector(Image.fromarray(bright).convert("RGB"))[:, 8:].mean(0)
    assert edges.argmax() == direction
    assert edges[direction] > 5 * np.delete(edges, direction).max()


def test_vectors_do_not_depend_on_the_images_beside() -> None:
    encoder = default_registry().image_encoder("pixels").open()
    images = [Image.new("RGB", size, colour) for size in ((1, 1), (3, 900), (64, 64)) for colour in CORNERS]
    together = encoder.vectors(images)
    assert np.isfinite(together).all()
    assert np.array_equal(together, np.concatenate([encoder.vectors([image]) for image in images]))
    assert encoder.vectors([]).shape == (0, 192)


def test_the_same_pixels_give_the_same_bits_everywhere() -> None:
    noise = Image.fromarray(np.random.default_rng(7).integers(0, 256, (48, 80, 3), dtype=np.uint8))
    found = vector(noise)
    assert found[5].astype(">f4").tobytes().hex() == GOLDEN
