"""How high the right candidates stand, and how many of them are among the best."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CUT = 20
RANKING = "text-retrieval"
SIMILARITY = "sentence-similarity"
CUTS = {1: (RANKING, SIMILARITY), 5: (RANKING, SIMILARITY), 10: (RANKING, SIMILARITY), 20: (RANKING,)}
"""Cuts of recall, and the kinds that store as many candidates."""


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(MAP_AT_20)
    register(MRR_AT_20)
    for metric in RECALLS:
        register(metric)


def average_precision(predictions: harness.Predictions) -> list[float]:
    """Average precision, from 0 to 1, of each query.

    The precision at each rank that holds a right candidate, summed up, and divided by how many right candidates there
    are, or by 20 where there are more. A candidate that was ranked before counts no second time.
    """
    return [_average_precision(keys, set(gold)) for keys, gold in _ranked(predictions, CUT)]


def reciprocal_rank(predictions: harness.Predictions) -> list[float]:
    """1 / rank of each query's first right candidate, 0 where none is among the best twenty."""
    return [_reciprocal_rank(keys, gold) for keys, gold in _ranked(predictions, CUT)]


def recall(predictions: harness.Predictions, *, cut: int) -> list[float]:
    """Of each query, the share of its right candidates that are among the best ones; 0 where none is right."""
    return [
        len(set(gold).intersection(keys)) / len(set(gold)) if gold else 0.0 for keys, gold in _ranked(predictions, cut)
    ]


def _average_precision(keys: list[str], gold: set[str]) -> float:
    total = 0.0
    found: set[str] = set()
    for rank, key in enumerate(keys, start=1):
        if key in gold and key not in found:
            found.add(key)
            total += len(found) / rank
    return total / min(len(gold), CUT)


def _reciprocal_rank(keys: list[str], gold: list[str]) -> float:
    ranks = [keys.index(key) for key in gold if key in keys]
    return 1.0 / (min(ranks) + 1) if ranks else 0.0


def _ranked(predictions: harness.Predictions, cut: int) -> Iterator[tuple[list[str], list[str]]]:
    """Keys of the best candidates, best first, and of the right ones, of each query."""
    for keys, gold in zip(harness.field_of(predictions["candidates"], "key"), predictions["gold"], strict=True):
        yield keys[:cut], gold


MAP_AT_20 = harness.Metric(
    name="map_at_20",
    kinds=(RANKING,),
    statistics=average_precision,
    description="Mean average precision among the best 20 candidates, for queries with several right ones.",
    source="XTREME-R (Ruder et al. 2021), utils_lareqa.py: average_precision_at_k; LAReQA (Roy et al. 2020)",
)

MRR_AT_20 = harness.Metric(
    name="mrr_at_20",
    kinds=(RANKING,),
    statistics=reciprocal_rank,
    description="Mean reciprocal rank among the best 20 candidates, for queries with one right one; XTREME-R calls it "
    "map@20.",
    source="XTREME-R (Ruder et al. 2021), utils_mewslix.py: mean_reciprocal_rank",
)

RECALLS = tuple(
    harness.Metric(
        name=f"recall_at_{cut}",
        kinds=kinds,
        statistics=functools.partial(recall, cut=cut),
        description=f"Share of the right candidates that are among the best {cut}, averaged over queries."
        if cut > 1
        else "Share of the right candidates that are the best one, averaged over queries.",
        source="Manning, Raghavan and Schütze 2008, chapter 8: recall of the best k of a ranking",
    )
    for cut, kinds in CUTS.items()
)
