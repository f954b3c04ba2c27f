"""How an image becomes a network's input: by preprocessor_config.json of a model directory, without torchvision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import SettingsError
from harness.outside import read_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

FILES = {"preprocessor_config.json": "", "processor_config.json": "image_processor"}
"""Where the values are, and under which key; transformers writes the first up to version 4, the second from 5 on."""

WITHOUT = {"do_resize": False, "do_pad": True}
"""Values of steps that would leave images in different sizes or put something around them."""

SLENDER = 16
"""How many times as long as wide an image may be to be scaled as a whole."""


@dataclass(frozen=True)
class Preparation:
    """The steps in order: scale, cut out the middle, multiply, normalise.

    Attributes:
        shortest: pixels that the shorter side is scaled to; 0 if both are scaled to `height` and `width`.
        height, width: of the input, in pixels.
        resample: filter of Pillow, by its number.
        factor: that pixels (0 to 255) are multiplied by.
        mean, deviation: of red, green and blue, after that.
    """

    shortest: int
    height: int
    width: int
    resample: int
    factor: float
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def __call__(self, image: Image) -> NDArray[np.float32]:
        """An RGB image of any size as input (3, height, width)."""
        import numpy as np

        pixels = np.asarray(self._scaled(image), np.float32).transpose(2, 0, 1) * np.float32(self.factor)
        mean, deviation = (np.array(one, np.float32)[:, None, None] for one in (self.mean, self.deviation))
        found: NDArray[np.float32] = (pixels - mean) / deviation
        return found

    def _scaled(self, image: Image) -> Image:
        from PIL.Image import Resampling

        size, resample = (self.width, self.height), Resampling(self.resample)
        if not self.shortest:
            return image.resize(size, resample)
        image = _less_slender(image)
        scaled = [int(self.shortest * length / min(image.size)) for length in image.size]
        left, top = ((length - kept) // 2 for length, kept in zip(scaled, size, strict=True))
        whole = image.resize((scaled[0], scaled[1]), resample)
        return whole.crop((left, top, left + self.width, top + self.height))


def _less_slender(image: Image) -> Image:
    """The middle of a very slender image, most of which is cut off in any case."""
    # Scaled as a whole, one of 1 x 60,000,000 pixels would fill any memory.
    kept = [min(length, SLENDER * min(image.size)) for length in image.size]
    left, top = ((length - part) // 2 for length, part in zip(image.size, kept, strict=True))
    return image.crop((left, top, left + kept[0], top + kept[1]))


CLIP = {
    "size": {"shortest_edge": 224},
    "crop_size": {"height": 224, "width": 224},
    "do_center_crop": True,
    "resample": 3,
    "rescale_factor": 1 / 255,
    "image_mean": (0.48145466, 0.4578275, 0.40821073),
    "image_std": (0.26862954, 0.26130258, 0.27577711),
}
SIGLIP = CLIP | {
    "size": {"height": 224, "width": 224},
    "do_center_crop": False,
    "image_mean": (0.5, 0.5, 0.5),
    "image_std": (0.5, 0.5, 0.5),
}
"""What holds for these architectures where a file does not say it."""


def read_preparation(directory: Path, defaults: Mapping[str, Any]) -> Preparation:
    """The preparation that a model directory asks for.

    Raises:
        SettingsError: no file says it, or it has steps or values that are not known here.
    """
    file = next((directory / name for name in FILES if (directory / name).is_file()), None)
    if file is None:
        raise SettingsError(
            f"nothing says how images are prepared for the model: no {' and no '.join(FILES)}",
            code="no-image-preparation",
            where=str(directory),
            fix="fetch the model again, with all of its JSON files",
        )
    try:
        values = read_json(file)
        values = values[FILES[file.name]] if FILES[file.name] else values
        given = {name: value for name, value in values.items() if value is not None}
        if isinstance(given.get("size"), int):
            given["size"] = dict.fromkeys(defaults["size"], given["size"])
        return _preparation({**defaults, **given})
    except (ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError) as error:
        raise SettingsError(
            f"images cannot be prepared as the model asks for: {error}",
            code="unknown-image-preparation",
            where=str(file),
            fix="give a model that scales images, cuts out the middle and normalises colours, such as CLIP or SigLIP",
        ) from None


def _preparation(values: Mapping[str, Any]) -> Preparation:
    """The same of values that are all there.

    Raises:
        ValueError: the values are others than known here.
    """
    for step, value in WITHOUT.items():
        if values.get(step, not value) is value:
            raise ValueError(f"{step} is {str(value).lower()}")
    size, crop = values["size"], values["crop_size"] if values["do_center_crop"] else None
    if isinstance(crop, int):
        crop = {"height": crop, "width": crop}
    shortest = _whole(size, "shortest_edge") if "shortest_edge" in size else 0
    height, width = (_whole(crop or size, name) for name in ("height", "width"))
    if (shortest and max(height, width) > shortest) or (not shortest and crop not in (None, size)):
        raise ValueError(f"size is {size!r} and crop_size is {crop!r}")
    if values["resample"] not in range(6):
        raise ValueError(f"resample is {values['resample']!r}")
    normal = values.get("do_normalize", True)
    return Preparation(
        shortest=shortest,
        height=height,
        width=width,
        resample=int(values["resample"]),
        factor=float(values["rescale_factor"]) if values.get("do_rescale", True) else 1.0,
        mean=_three(values, "image_mean") if normal else (0.0, 0.0, 0.0),
        deviation=_three(values, "image_std") if normal else (1.0, 1.0, 1.0),
    )


def _whole(values: Mapping[str, Any], name: str) -> int:
    found = values.get(name)
    if not isinstance(found, int) or not 0 < found <= 4096:
        raise ValueError(f"{name} is {found!r}")
    return found


def _three(values: Mapping[str, Any], name: str) -> tuple[float, ...]:
    found = tuple(map(float, values[name]))
    if len(found) != 3 or (name == "image_std" and min(found) <= 0):
        raise ValueError(f"{name} is {values[name]!r}")
    return found
