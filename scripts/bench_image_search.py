#!/usr/bin/env python
"""Search of images by captions and of captions by images, beside faiss's exact inner-product index.

Prints the processor seconds of both and how many times as long as faiss ours takes, and checks that the same neighbours
are found: of each caption the ten best images, and the rank of each caption for its image where faiss has it among ten.
Ours also ranks each right one among all, which faiss does not. Needs faiss: `pip install faiss-cpu`. Run it with
`OMP_NUM_THREADS=1`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.kinds.search.both_ways import Ranked, ranked_both

try:
    import faiss
except ImportError:
    sys.exit("faiss is not importable; install what is compared with: pip install faiss-cpu")

BEST = 10
"""Neighbours of each caption and each image."""
ROUNDING = 1e-6
"""How far two float32 cosines of the same pair may be apart."""
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Collection:
    """Images and captions as vectors of length 1; `per_image` captions of each image, one image after the other."""

    images: Vectors
    captions: Vectors
    per_image: int

    @property
    def right(self) -> NDArray[np.int64]:
        """Of each caption, its image."""
        return np.arange(len(self.captions)) // self.per_image


def main() -> None:
    arguments = parse_arguments()
    print(
        f"{arguments.images:,} images, {arguments.images * arguments.per_image:,} captions, "
        f"{arguments.dimension} dimensions; {arguments.rounds} round(s)",
        flush=True,
    )
    warm_up, own = collection(1000, arguments), collection(arguments.images, arguments)
    search_ours(warm_up), search_faiss(warm_up)
    ours, theirs = [], []
    for _ in range(arguments.rounds):
        found, seconds = timed(search_ours, own)
        ours.append(seconds)
        expected, seconds = timed(search_faiss, own)
        theirs.append(seconds)
        check_same(own, found, expected)
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    print(
        f"processor seconds: ours {statistics.median(ours):.1f}, faiss {statistics.median(theirs):.1f}; "
        f"{statistics.median(ratios):.2f} times as long ({min(ratios):.2f} to {max(ratios):.2f}); the same neighbours"
    )


def collection(images: int, arguments: argparse.Namespace) -> Collection:
    """Captions around their images, so that the right one is often but not always the best."""
    generator = np.random.default_rng(1)
    shape = images * arguments.per_image, arguments.dimension
    shown = unit(generator.standard_normal((images, arguments.dimension), dtype=np.float32))
    noise = unit(generator.standard_normal(shape, dtype=np.float32))
    return Collection(shown, unit(shown.repeat(arguments.per_image, 0) + 4 * noise), arguments.per_image)


def unit(vectors: Vectors) -> Vectors:
    """Scale to length 1, in place."""
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def search_ours(own: Collection) -> Ranked:
    """The best images of each caption, and the ranks of right ones both ways, as image-text-retrieval decodes."""
    return ranked_both(own.captions, own.images, own.right, BEST)


def search_faiss(own: Collection) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The best images of each caption, and the best captions of each image."""
    return flat_search(own.captions, own.images), flat_search(own.images, own.captions)


def flat_search(queries: Vectors, candidates: Vectors) -> NDArray[np.int64]:
    index: Any = faiss.IndexFlatIP(candidates.shape[1])
    index.add(candidates)
    found: NDArray[np.int64] = index.search(queries, BEST)[1]
    return found


def timed(search: Callable[[Collection], Any], own: Collection) -> tuple[Any, float]:
    """What a search finds, and the processor seconds that it takes."""
    started = time.process_time()
    found = search(own)
    return found, time.process_time() - started


def check_same(own: Collection, found: Ranked, expected: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
    """Refuse neighbours and ranks that rounding does not explain."""
    images, captions = expected
    for row, place in np.argwhere(found.neighbours.indices != images).tolist():
        pair = (one[row, place] for one in (found.neighbours.indices, images))
        mine, other = (float(own.captions[row] @ own.images[image]) for image in pair)
        assert abs(mine - other) < ROUNDING, f"caption {row}: another image at rank {place + 1}"
    for row, (rank, best, image) in enumerate(zip(found.ranks, images, own.right, strict=True)):
        assert min(rank, BEST + 1) == place_in(best, image), f"caption {row}: another rank than in faiss"
    for row, (rank, image) in enumerate(zip(found.back, own.right, strict=True)):
        assert min(rank, BEST + 1) == place_in(captions[image], row), f"caption {row}: another rank of its image"


def place_in(best: NDArray[np.int64], one: int) -> int:
    """The rank of one among the best, from 1; behind them if it is not there."""
    (places,) = np.nonzero(best == one)
    return int(places[0]) + 1 if len(places) else BEST + 1


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=31_783, help="as in Flickr30k (default: %(default)s)")
    parser.add_argument("--per-image", type=int, default=5, help="captions of each (default: %(default)s)")
    parser.add_argument("--dimension", type=int, default=512, help="of a vector (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=1, help="the two in turn (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
