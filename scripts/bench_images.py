#!/usr/bin/env python
"""Vectors of images by the encoder efficientnet-lite0, beside plain loops over the same decoded images.

Prints images per second of `vectors`, of the same network called with one image after the other, and of the network of
the package efficientnet-lite-pytorch called so (each in turn, some images at a time), how far their vectors are apart,
and the memory of each beyond what the first images took. Decoding is timed apart. Needs that package,
`xharness[images]` and a folder of images.
"""

from __future__ import annotations

import os

# Threads that wait for each other in a spin take the cores from what is measured.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from harness_plugins.image_encoders import efficientnet_lite0 as lite
from numpy.typing import NDArray
from PIL.Image import Image

from harness.imaging.decoding import decoded

try:
    from efficientnet_lite_pytorch import EfficientNet
except ImportError:
    sys.exit("the peer is not importable; install it with: pip install efficientnet-lite-pytorch==0.1.0")

CHUNK = 25
"""Images that each way computes before the next one's turn, so that other programs slow all of them alike."""
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Measured:
    """One pass over some images: its time, its memory beyond what was there before, and the vectors."""

    seconds: float
    megabytes: float
    vectors: Vectors


def main() -> None:
    arguments = parse_arguments()
    files = sorted(arguments.images.rglob("*.jpg"))[: arguments.limit]
    started = time.perf_counter()
    images = [decoded(file.read_bytes()) for file in files]
    seconds = time.perf_counter() - started
    width, height = images[0].size
    print(
        f"{len(images)} images, the first of {width} x {height} pixels; {torch.get_num_threads()} thread(s); "
        f"decoded: {len(images) / seconds:.0f} a second"
    )
    encoder = lite.opened()
    own, package = own_network(), package_network()
    ways: dict[str, Callable[[Sequence[Image]], Vectors]] = {
        "vectors": encoder.vectors,
        "plain loop": lambda images: np.stack([own(lite.prepared(one)) for one in images]),
        "plain loop, the package's network": lambda images: np.stack([package(lite.prepared(one)) for one in images]),
    }
    for way in ways.values():
        way(images[:8])
    found: dict[str, list[Measured]] = {name: [] for name in ways}
    for start in range(0, len(images), CHUNK):
        for name, way in ways.items():
            found[name].append(measured(way, images[start : start + CHUNK]))
    print(f"{resident() / 1e6:.0f} MB in all, with torch, both networks and the images")
    first = found["vectors"]
    for name, chunks in found.items():
        ratios = [ours.seconds / one.seconds for ours, one in zip(first, chunks, strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        apart = max(np.abs(ours.vectors - one.vectors).max() for ours, one in zip(first, chunks, strict=True))
        print(
            f"{name}: {len(images) / sum(one.seconds for one in chunks):.1f} images a second, "
            f"{middle:.2f} times as fast as `vectors` (middle half of chunks {low:.2f} to {high:.2f}); "
            f"{max(one.megabytes for one in chunks):.0f} MB; vectors apart by {apart:.1e} at most"
        )


def own_network() -> Callable[[Vectors], Vectors]:
    """From one prepared image (3, 224, 224) to its vector, without anything around the network."""
    network = lite.network(torch.load(lite.weights_file(), weights_only=True), torch.device("cpu"))

    def vector(image: Vectors) -> Vectors:
        with torch.inference_mode():
            found: Vectors = network(torch.from_numpy(image)[None])[0].numpy()
        return found

    return vector


def package_network() -> Callable[[Vectors], Vectors]:
    """From one prepared image (3, 224, 224) to its vector, by the package's own code."""
    network: Any = EfficientNet.from_name(lite.NAME)
    network.load_state_dict(torch.load(lite.weights_file(), weights_only=True))
    network.eval()

    def vector(image: Vectors) -> Vectors:
        with torch.inference_mode():
            found: Vectors = network.extract_features(torch.from_numpy(image)[None]).mean((2, 3))[0].numpy()
        return found

    return vector


def measured(way: Callable[[Sequence[Image]], Vectors], images: Sequence[Image]) -> Measured:
    before = peak = resident()
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.005):
            peak = max(peak, resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    vectors = way(images)
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    return Measured(seconds, (peak - before) / 1e6, vectors)


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, help="a folder of .jpg files")
    parser.add_argument("--limit", type=int, default=800, help="images at most (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
