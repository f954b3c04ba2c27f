"""F1 of mined pairs of sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(MINING_F1)


def count_pairs(prediction: harness.Prediction) -> tuple[float, ...]:
    """(right pairs, mined pairs, gold pairs) of a source sentence; a candidate below the threshold is not mined."""
    mined = prediction["prediction"] is not None and prediction["score"] >= prediction["threshold"]
    right = mined and prediction["prediction"] in prediction["gold"]
    return float(right), float(mined), float(len(prediction["gold"]))


MINING_F1 = harness.Metric(
    name="mining_f1",
    kinds=("bitext-mining",),
    statistics=count_pairs,
    value=harness.f1_from_counts,
    description="F1 of mined sentence pairs whose score reaches the threshold tuned on development rows.",
    source="XTREME (Hu et al. 2020), evaluate.py: bucc2018; Zweigenbaum et al. 2018",
)
