"""An image encoder of three numbers: how much red, green and blue an image has."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


class Brightness(harness.OpenedImageEncoder):
    size = 3

    def vectors(self, images: Sequence["Image"]) -> "NDArray[np.float32]":
        import numpy as np

        return np.stack([np.asarray(image).mean((0, 1)) / 255 for image in images]).astype(np.float32)


@harness.hookimpl
def register_image_encoders(register: Callable[[harness.ImageEncoder], None]) -> None:
    about = "Mean red, green and blue, 3 numbers."
    register(harness.ImageEncoder(name="brightness", description=about, open=Brightness, digest=lambda: "mean"))
