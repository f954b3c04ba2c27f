"""How high the right candidates stand among the best twenty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

CUT = 20


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(MAP_AT_20)
    register(MRR_AT_20)


def average_precision(prediction: harness.Prediction) -> tuple[float, ...]:
    """(Average precision, from 0 to 1, of one query).

    The precision at each rank that holds a right candidate, summed up, and divided by how many right candidates there
    are, or by 20 where there are more. A candidate that was ranked before counts no second time.
    """
    gold = set(prediction["gold"])
    total = 0.0
    found: set[str] = set()
    for rank, key in enumerate(_ranked(prediction), start=1):
        if key in gold and key not in found:
            found.add(key)
            total += len(found) / rank
    return (total / min(len(gold), CUT),)


def reciprocal_rank(prediction: harness.Prediction) -> tuple[float, ...]:
    """(1 / rank of the first right candidate, 0 where none is among the best twenty)."""
    ranks = (rank for rank, key in enumerate(_ranked(prediction), start=1) if key in prediction["gold"])
    first = next(ranks, None)
    return (1.0 / first if first else 0.0,)


def _ranked(prediction: harness.Prediction) -> list[str]:
    return [candidate["key"] for candidate in prediction["candidates"][:CUT]]


MAP_AT_20 = harness.Metric(
    name="map_at_20",
    kinds=("text-retrieval",),
    statistics=average_precision,
    description="Mean average precision among the best 20 candidates, for queries with several right ones.",
    source="XTREME-R (Ruder et al. 2021), utils_lareqa.py: average_precision_at_k; LAReQA (Roy et al. 2020)",
)

MRR_AT_20 = harness.Metric(
    name="mrr_at_20",
    kinds=("text-retrieval",),
    statistics=reciprocal_rank,
    description="Mean reciprocal rank among the best 20 candidates, for queries with one right one; XTREME-R calls it "
    "map@20.",
    source="XTREME-R (Ruder et al. 2021), utils_mewslix.py: mean_reciprocal_rank",
)
