"""What an image encoder is: from decoded images to one vector each, by a network that is not trained here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image
    from torch import Tensor

GPU_BATCH = 64
"""Images that go through a network at once where there is a GPU."""


class OpenedImageEncoder(ABC):
    """An image encoder whose weights are loaded.

    Attributes:
        size: numbers in a vector.
    """

    size: int

    @abstractmethod
    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """A finite vector for each image, in order (N, size).

        What an image's vector is does not depend on the images beside it, but for rounding.

        Args:
            images: in mode RGB, of any sizes, at least one pixel wide and high.
        """


@dataclass(frozen=True, kw_only=True)
class ImageEncoder:
    """An image encoder by name; registered like tasks and metrics.

    Attributes:
        name: `--set image_encoder=NAME` uses it.
        description: one sentence for people: what a vector holds, of how many numbers.
        licence: of the weights, as the hub names licences.
        version: raised when the same image gets another vector.
        open: loads the weights.
        digest: what tells these weights and the way images are prepared for them from others. Quick: it loads no
            model. It raises `harness.UserError` where something is missing, such as a package.
    """

    name: str
    description: str
    licence: str = "not stated"
    version: int = 1
    open: Callable[[], OpenedImageEncoder]
    digest: Callable[[], str]


class NetworkEncoder(OpenedImageEncoder):
    """An image encoder that is a torch network.

    Args:
        size: numbers in a vector.
        prepared: an image as the network's input, float32 (3, height, width), of one size for all images.
        network: from a batch of them on the CPU (N, 3, height, width) to vectors (N, size) on any device.
        batch: images that go through it at once on a CPU. Where weights are large, several share the reading of them;
            where states are, more than one are slower, because they no longer fit in caches.
    """

    def __init__(
        self,
        size: int,
        prepared: Callable[[Image], NDArray[np.float32]],
        network: Callable[[Tensor], Tensor],
        *,
        batch: int = 8,
    ) -> None:
        self.size = size
        self._batch = batch
        self._prepared = prepared
        self._network = network

    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """A vector for each image, in order (N, size); without dropout or gradients."""
        import numpy as np
        import torch

        found = np.empty((len(images), self.size), np.float32)
        batch = GPU_BATCH if torch.cuda.is_available() else self._batch
        with torch.inference_mode():
            for start in range(0, len(images), batch):
                inputs = np.stack([self._prepared(image) for image in images[start : start + batch]])
                found[start : start + batch] = self._network(torch.from_numpy(inputs)).float().cpu().numpy()
        return found
