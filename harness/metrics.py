"""What a metric is: statistics of each item, and a value computed from their sums.

Because a metric is written as sums over items, intervals, paired tests and averages need no model and no second
implementation: resampling items is resampling rows of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Prediction = Mapping[str, Any]
"""A stored prediction: `gold`, `prediction`, `language` and what its kind adds (see docs/records.md)."""


def percent_of_items(sums: Sequence[float], n: int) -> float:
    """The first statistic, averaged over items, in percent."""
    return 100.0 * sums[0] / n


def f1_from_counts(sums: Sequence[float], n: int) -> float:
    """F1 in percent from sums of true positives, predicted and gold; 0 where there is nothing to find or found."""
    del n
    true_positives, predicted, gold = sums
    return 200.0 * true_positives / (predicted + gold) if predicted + gold else 0.0


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A score in percent.

    Attributes:
        name: how users and tasks call it; its end also names a task's metric (`tydiqa_f1` is tydiqa's `squad_f1`).
        kinds: the kinds of task whose predictions it reads.
        statistics: numbers of one item, given its stored prediction. Always the same count of numbers.
        value: the score from the sums of these numbers over `n` items; the mean of the first by default.
        interval: "wilson" where each item is right or wrong, else "bootstrap".
        version: raised whenever a change of definition changes values.
        source: paper, section or program the definition comes from.
    """

    name: str
    kinds: tuple[str, ...]
    statistics: Callable[[Prediction], tuple[float, ...]]
    value: Callable[[Sequence[float], int], float] = percent_of_items
    interval: Literal["wilson", "bootstrap"] = "bootstrap"
    version: int = 1
    higher_is_better: bool = True
    description: str = ""
    source: str = ""
