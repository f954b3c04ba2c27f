#!/usr/bin/env python
"""Nearest neighbours in both directions, as bitext mining needs them, beside faiss's exact inner-product index.

Prints, for random and for clustered vectors, the seconds of both, how many times as fast as faiss ours is, the share of
neighbours that are right and the memory beyond the vectors. A neighbour is right if its similarity, computed in
float64, reaches the k-th best of faiss less a rounding error. Needs faiss: `pip install faiss-cpu`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.kinds.search.mining import NEIGHBOURS
from harness.kinds.search.retrieval import nearest_both

try:
    import faiss
except ImportError:
    sys.exit("faiss is not importable; install what is compared with: pip install faiss-cpu")

ROUNDING = 1e-6
"""How far two float32 cosines of the same pair may be apart."""
Vectors = NDArray[np.float32]
Found = list[NDArray[np.int64]]
"""Indices (vectors, k) of the neighbours of the one side and of the other."""


@dataclass(frozen=True)
class Measured:
    """One search: its time, its memory beyond what was there before, and what it found."""

    seconds: float
    megabytes: float
    found: Found


def main() -> None:
    arguments = parse_arguments()
    print(
        f"{arguments.size} x {arguments.size} x {arguments.dimension}, k = {NEIGHBOURS}, both directions; "
        f"{len(os.sched_getaffinity(0))} cores; {arguments.rounds} round(s)"
    )
    for name in arguments.vectors:
        sides = VECTORS[name](arguments.size, arguments.dimension)
        warm_up = [side[:2000] for side in sides]
        search_ours(*warm_up), search_faiss(*warm_up)
        ours, peers = [], []
        for _ in range(arguments.rounds):
            ours.append(measured(search_ours, sides))
            peers.append(measured(search_faiss, sides))
        ratios = [peer.seconds / own.seconds for own, peer in zip(ours, peers, strict=True)]
        spread = f" ({min(ratios):.2f} to {max(ratios):.2f})" if len(ratios) > 1 else ""
        print(
            f"{name:9}: ours {statistics.median(m.seconds for m in ours):.1f} s, "
            f"faiss {statistics.median(m.seconds for m in peers):.1f} s: "
            f"{statistics.median(ratios):.2f} times as fast{spread}; "
            f"recall {recall(sides, ours[-1].found, peers[-1].found):.6f}; beyond the vectors "
            f"{max(m.megabytes for m in ours):.0f} MB, faiss {max(m.megabytes for m in peers):.0f} MB",
            flush=True,
        )


def random_vectors(size: int, dimension: int) -> tuple[Vectors, Vectors]:
    """Independent directions."""
    generator = np.random.default_rng(1)
    first, second = (generator.standard_normal((size, dimension), dtype=np.float32) for _ in range(2))
    return unit(first), unit(second)


def clustered_vectors(size: int, dimension: int) -> tuple[Vectors, Vectors]:
    """As of a real encoder: a common direction and clusters of 500 sentences a side, one cluster after the other.

    Cosines are about 0.97 within a cluster, where all candidates are, and 0.78 between two of them.
    """
    generator = np.random.default_rng(2)
    common = generator.standard_normal(dimension, dtype=np.float32)
    centres = 2 * common + generator.standard_normal((max(1, size // 500), dimension), dtype=np.float32)
    clusters = np.sort(generator.integers(len(centres), size=size))
    sides = []
    for _ in range(2):
        side = generator.standard_normal((size, dimension), dtype=np.float32)
        side *= np.float32(0.4)
        side += centres[clusters]
        sides.append(unit(side))
    return sides[0], sides[1]


VECTORS = {"random": random_vectors, "clustered": clustered_vectors}


def unit(vectors: Vectors) -> Vectors:
    """Scale to length 1, in place."""
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def search_ours(sources: Vectors, targets: Vectors) -> Found:
    return [found.indices for found in nearest_both(sources, targets, NEIGHBOURS)]


def search_faiss(sources: Vectors, targets: Vectors) -> Found:
    return [flat_index(targets).search(sources, NEIGHBOURS)[1], flat_index(sources).search(targets, NEIGHBOURS)[1]]


def flat_index(vectors: Vectors) -> Any:
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return index


def measured(search: Callable[[Vectors, Vectors], Found], sides: tuple[Vectors, Vectors]) -> Measured:
    before = peak = resident()
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.005):
            peak = max(peak, resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    found = search(*sides)
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    return Measured(seconds, (peak - before) / 1e6, found)


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def recall(sides: tuple[Vectors, Vectors], ours: Found, peers: Found) -> float:
    """Share of our neighbours that are among the k best."""
    right = [
        reach(queries, candidates, own) >= reach(queries, candidates, peer).min(axis=1, keepdims=True) - ROUNDING
        for (queries, candidates), own, peer in zip((sides, sides[::-1]), ours, peers, strict=True)
    ]
    distinct = [np.diff(np.sort(own, axis=1), axis=1).all() for own in ours]
    assert all(distinct), "a neighbour was found twice"
    return float(np.mean(right))


def reach(queries: Vectors, candidates: Vectors, indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """Similarities (queries, k) of the candidates found, in float64."""
    blocks = [
        np.einsum("qd,qkd->qk", queries[i : i + 1000], candidates[indices[i : i + 1000]], dtype=np.float64)
        for i in range(0, len(queries), 1000)
    ]
    return np.concatenate(blocks)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000, help="vectors a side (default: %(default)s)")
    parser.add_argument("--dimension", type=int, default=512, help="of a vector (default: %(default)s)")
    parser.add_argument(
        "--vectors", nargs="+", default=list(VECTORS), choices=list(VECTORS), help="which kinds of them"
    )
    parser.add_argument("--rounds", type=int, default=3, help="the two in turn (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
