"""The image encoder `pixels`: what colours and edges are where, without weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

CELLS = 4
"""Of the grid, each way."""
SIDE = 64
"""Pixels each way that an image is scaled to, whatever its shape."""
COLOURS = 8
"""The corners of the colour cube: black, blue, green, cyan, red, magenta, yellow, white."""
EDGES = 4
"""Directions in which brightness changes: across, down, and both diagonals."""
SIZE = CELLS * CELLS * (COLOURS + EDGES)
SHORT, LONG = 408, 985
"""Their ratio is the tangent of 22.5 degrees, where one direction ends and the next begins."""


class Pixels(harness.OpenedImageEncoder):
    """Counts in whole numbers, so that every processor gets the same bits from the same pixels."""

    size = SIZE

    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """Cell by cell, row by row: 8 shares of colours, then 4 amounts of edges, each as a square root."""
        import numpy as np

        return np.stack([_vector(image) for image in images]) if images else np.empty((0, SIZE), np.float32)


def _vector(image: Image) -> NDArray[np.float32]:
    import numpy as np
    from PIL.Image import Resampling

    pixels = np.asarray(image.resize((SIDE, SIDE), Resampling.BOX)).astype(np.int64)
    colours = _by_cell(_colours(pixels)) / (255**3 * (SIDE // CELLS) ** 2)
    edges = _by_cell(_edges(pixels)) / (255 * 3 * (SIDE // CELLS) ** 2)
    # Square roots, so that much of one colour does not drown the others, and what is even all over is near zero.
    found = np.concatenate([np.sqrt(colours) - np.sqrt(1 / COLOURS), np.sqrt(edges)], -1)
    return found.reshape(SIZE).astype(np.float32)


def _colours(pixels: NDArray[np.int64]) -> NDArray[np.int64]:
    """How near each pixel (H, W, 3) is to each corner of the colour cube (H, W, 8), 255 ** 3 in all."""
    import numpy as np

    red, green, blue = (np.stack([255 - pixels[..., i], pixels[..., i]], -1) for i in range(3))
    cube = red[..., :, None, None] * green[..., None, :, None] * blue[..., None, None, :]
    return cube.reshape(*pixels.shape[:2], COLOURS)


def _edges(pixels: NDArray[np.int64]) -> NDArray[np.int64]:
    """How much brighter each pixel's neighbours are on one side, in one of four directions (H, W, 4)."""
    import numpy as np

    grey = np.pad(pixels.sum(-1), 1, mode="edge")
    across, down = grey[1:-1, 2:] - grey[1:-1, :-2], grey[2:, 1:-1] - grey[:-2, 1:-1]
    level, steep = LONG * abs(down) < SHORT * abs(across), LONG * abs(across) < SHORT * abs(down)
    direction = np.where(level, 0, np.where(steep, 1, np.where(across * down >= 0, 2, 3)))
    strength = np.maximum(abs(across), abs(down))
    return np.where(direction[..., None] == np.arange(EDGES), strength[..., None], 0)


def _by_cell(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums of values (H, W, C) over the cells of the grid (cells, C)."""
    sums: NDArray[np.int64] = values.reshape(CELLS, SIDE // CELLS, CELLS, SIDE // CELLS, -1).sum((1, 3))
    return sums.reshape(CELLS * CELLS, -1)


@harness.hookimpl
def register_image_encoders(register: Callable[[harness.ImageEncoder], None]) -> None:
    """Register it."""
    register(
        harness.ImageEncoder(
            name="pixels",
            description="Colours and edges in each cell of a 4 x 4 grid, 192 numbers; no weights.",
            licence="apache-2.0",
            open=Pixels,
            digest=lambda: "pixels",
        )
    )
