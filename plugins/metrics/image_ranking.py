"""How high the image of a caption stands among all images, and the captions of an image among all captions."""

from __future__ import annotations

import functools
import itertools
import math
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

KINDS = ("image-text-retrieval",)
CUTS = (1, 5, 10)
DEPTH = 10
"""Of nDCG."""
EXACT, STEP, FURTHEST = 100, 1.02, 10_000_000
"""Median ranks are exact up to this one; above it, within this factor, up to the last one."""
PLACES: list[float] = [
    *range(1, EXACT + 1),
    *itertools.takewhile(lambda rank: rank < FURTHEST, (EXACT * STEP**n for n in itertools.count(0.5))),
]
"""The ranks that medians tell apart: behind the exact ones, the middles of ranges that are each 2 % wide."""


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    for metric in METRICS:
        register(metric)


def image_hit(predictions: harness.Predictions, *, cut: int) -> list[bool]:
    """Of each caption, whether its image is among the best ones."""
    return [rank <= cut for rank in predictions["rank"]]


def caption_hit(predictions: harness.Predictions, *, cut: int) -> list[tuple[bool, bool]]:
    """Of each image, on the line of its first caption, whether one of its captions is among the best ones."""
    return [(min(ranks, default=cut + 1) <= cut, bool(len(ranks))) for ranks in predictions["caption_ranks"]]


def caption_recall(predictions: harness.Predictions, *, cut: int) -> list[tuple[float, bool]]:
    """Of each image likewise, the share of its captions that are among the best ones."""
    shares = (sum(rank <= cut for rank in ranks) / max(1, len(ranks)) for ranks in predictions["caption_ranks"])
    return [(share, bool(len(ranks))) for share, ranks in zip(shares, predictions["caption_ranks"], strict=True)]


def image_gain(predictions: harness.Predictions) -> list[float]:
    """Of each caption, the nDCG of the best ten images."""
    return [_gain([rank]) for rank in predictions["rank"]]


def caption_gain(predictions: harness.Predictions) -> list[tuple[float, bool]]:
    """Of each image, on the line of its first caption, the nDCG of the best ten captions."""
    return [(_gain(ranks), bool(len(ranks))) for ranks in predictions["caption_ranks"]]


def image_place(predictions: harness.Predictions) -> ArrayLike:
    """Of each caption, which of `PLACES` the rank of its image is."""
    return _one_of_places([[rank] for rank in predictions["rank"]])


def caption_place(predictions: harness.Predictions) -> ArrayLike:
    """Of each image, on the line of its first caption, which of `PLACES` its best caption's rank is."""
    return _one_of_places(predictions["caption_ranks"])


def mean_over_images(sums: Sequence[float], n: int) -> float:
    """In percent; n counts captions."""
    mean: float = harness.recall_from_counts((sums[0], 0.0, sums[1]), n)
    return mean


def median_place(sums: Sequence[float], n: int) -> float:
    """The median rank, of an even number the mean of the two in the middle."""
    del n
    total = sum(sums)
    if not total:
        return math.nan
    reached = list(itertools.accumulate(sums))
    low = next(place for place, so_far in zip(PLACES, reached, strict=True) if so_far >= total / 2 - 1e-9)
    high = next(place for place, so_far in zip(PLACES, reached, strict=True) if so_far > total / 2 + 1e-9)
    return (low + high) / 2


def _gain(ranks: Sequence[int]) -> float:
    """Discounted gain of right candidates at some ranks, by the best that there can be."""
    ideal = sum(1 / math.log2(1 + rank) for rank in range(1, min(len(ranks), DEPTH) + 1))
    return sum(1 / math.log2(1 + rank) for rank in ranks if rank <= DEPTH) / ideal if ideal else 0.0


def _place(rank: int) -> int:
    """Where in `PLACES` a rank counts."""
    return min(rank - 1 if rank <= EXACT else EXACT + int(math.log(rank / EXACT, STEP)), len(PLACES) - 1)


def _one_of_places(ranks: Sequence[Sequence[int]]) -> ArrayLike:
    import numpy as np

    rows = np.zeros((len(ranks), len(PLACES)))
    for row, own in zip(rows, ranks, strict=True):
        if len(own):
            row[_place(min(own))] = 1
    return rows


TREC = "Järvelin and Kekäläinen 2002; trec_eval's ndcg_cut_10"
CLIP = "Radford et al. 2021, section 3.1.2; one right answer among the best k is enough"

METRICS = (
    *(
        harness.Metric(
            name=f"hit_rate_at_{cut}",
            kinds=KINDS,
            statistics=functools.partial(image_hit, cut=cut),
            interval="wilson",
            description=f"Share of captions whose image is among the best {cut}."
            if cut > 1
            else "Share of captions whose image is the best one.",
            source=CLIP,
        )
        for cut in CUTS
    ),
    *(
        harness.Metric(
            name=f"caption_hit_rate_at_{cut}",
            kinds=KINDS,
            statistics=functools.partial(caption_hit, cut=cut),
            value=mean_over_images,
            description=f"Share of images of which a caption is among the best {cut}."
            if cut > 1
            else "Share of images of which a caption is the best one.",
            source=CLIP,
        )
        for cut in CUTS
    ),
    *(
        harness.Metric(
            name=f"caption_recall_at_{cut}",
            kinds=KINDS,
            statistics=functools.partial(caption_recall, cut=cut),
            value=mean_over_images,
            description=f"Share of an image's captions that are among the best {cut}, averaged over images.",
            source="Manning, Raghavan and Schütze 2008, chapter 8",
        )
        for cut in CUTS
    ),
    harness.Metric(
        name="ndcg_at_10",
        kinds=KINDS,
        statistics=image_gain,
        description="nDCG of the ten best images of each caption, one of which is right.",
        source=TREC,
    ),
    harness.Metric(
        name="caption_ndcg_at_10",
        kinds=KINDS,
        statistics=caption_gain,
        value=mean_over_images,
        description="nDCG of the ten best captions of each image.",
        source=TREC,
    ),
    harness.Metric(
        name="median_rank",
        kinds=KINDS,
        statistics=image_place,
        value=median_place,
        interval="none",
        unit="rank",
        higher_is_better=False,
        description="Median rank of the image of a caption: exact up to 100, above within 1 %.",
        source="Bugliarello et al. 2022 (IGLUE), volta/eval_retrieval.py",
    ),
    harness.Metric(
        name="caption_median_rank",
        kinds=KINDS,
        statistics=caption_place,
        value=median_place,
        interval="none",
        unit="rank",
        higher_is_better=False,
        description="Median rank of an image's best caption: exact up to 100, above within 1 %.",
        source="Bugliarello et al. 2022 (IGLUE), volta/eval_retrieval.py",
    ),
)
