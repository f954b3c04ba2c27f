"""What a metric is: statistics of each item, and a value computed from their sums.

Because a metric is written as sums over items, intervals, paired tests and averages need no model and no second
implementation: resampling items is resampling rows of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

from harness.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Predictions = Mapping[str, Any]
"""Stored predictions by column: the values of all items, in one order, as a list or an array, of `gold`, `prediction`,
`language` and what the kind adds (see docs/records.md)."""


class Records(Sequence[list[dict[str, Any]]]):
    """A column of lists of records, such as `candidates`, kept as a column of lists for each field.

    Records are made where they are looked at: all at once they are millions.
    """

    def __init__(self, fields: Mapping[str, Sequence[list[Any]]]) -> None:
        self.fields = fields

    def __len__(self) -> int:
        return len(next(iter(self.fields.values())))

    @overload
    def __getitem__(self, index: int) -> list[dict[str, Any]]: ...

    @overload
    def __getitem__(self, index: slice) -> Records: ...

    def __getitem__(self, index: int | slice) -> list[dict[str, Any]] | Records:
        if isinstance(index, slice):
            return Records({name: lists[index] for name, lists in self.fields.items()})
        values = zip(*(lists[index] for lists in self.fields.values()), strict=True)
        return [dict(zip(self.fields, record, strict=True)) for record in values]


def field_of(column: Sequence[list[dict[str, Any]]], name: str) -> Sequence[list[Any]]:
    """One field of the records in a column of lists of records: a list an item."""
    if isinstance(column, Records):
        return column.fields[name]
    return [[record[name] for record in records] for records in column]


def span_counts(
    predictions: Predictions, find: Callable[[Sequence[str]], Sequence[Hashable]]
) -> list[tuple[int, int, int]]:
    """(spans right, predicted spans, gold spans) of each sentence, from its tags.

    Args:
        find: the spans of a sentence's tags, all different.

    Raises:
        ValueError: predicted and gold tags of a sentence differ in number.
    """
    counts = []
    for tags, gold_tags in zip(predictions["prediction"], predictions["gold"], strict=True):
        if len(tags) != len(gold_tags):
            raise ValueError(f"{len(tags)} predicted tags for {len(gold_tags)} gold tags")
        predicted, gold = find(tags), find(gold_tags)
        counts.append((len(set(predicted).intersection(gold)), len(predicted), len(gold)))
    return counts


def answers_by_threshold(predictions: Predictions) -> list[str]:
    """The best span of each question, or "" where the null score exceeds the span's by more than the threshold.

    Raises:
        UserError: no threshold was tuned for the predictions.
    """
    if "threshold" not in predictions:
        raise UserError(
            "no threshold for unanswerable questions was tuned for these predictions",
            code="no-threshold",
            fix="name squad_v2_f1 among the task's metrics, so that it is tuned on validation rows, or score squad_f1",
        )
    columns = (predictions[name] for name in ("spans", "no_answer_score", "threshold"))
    return [
        spans[0]["text"] if spans and null_score - spans[0]["score"] <= threshold else ""
        for spans, null_score, threshold in zip(*columns, strict=True)
    ]


def percent_of_items(sums: Sequence[float], n: int) -> float:
    """The first statistic, averaged over items, in percent."""
    return 100.0 * sums[0] / n


def f1_from_counts(sums: Sequence[float], n: int) -> float:
    """F1 in percent from sums of true positives, predicted and gold; 0 where there is nothing to find or found."""
    del n
    true_positives, predicted, gold = sums
    return 200.0 * true_positives / _or_one(predicted + gold)


def precision_from_counts(sums: Sequence[float], n: int) -> float:
    """Precision in percent from sums of true positives, predicted and gold; 0 where nothing is predicted."""
    del n
    true_positives, predicted, _ = sums
    return 100.0 * true_positives / _or_one(predicted)


def recall_from_counts(sums: Sequence[float], n: int) -> float:
    """Recall in percent from sums of true positives, predicted and gold; 0 where there is nothing to find."""
    del n
    true_positives, _, gold = sums
    return 100.0 * true_positives / _or_one(gold)


def _or_one(count: float) -> float:
    """A count to divide by; 1 in the place of 0, above which stands 0, too. Arrays of counts are taken as well."""
    return count + (count == 0)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """How predictions are scored.

    Attributes:
        name: how users and tasks call it; its end also names a task's metric (`tydiqa_f1` is tydiqa's `squad_f1`).
        kinds: the kinds of task whose predictions it reads.
        statistics: numbers of each item, given all predictions: an array or a list of shape (items, numbers), or
            (items,) for one number an item. An item's numbers depend on that item alone.
        value: the score from the sums of these numbers over `n` items; the mean of the first by default.
        tuned: whether it reads what the kind tunes on validation rows, such as a threshold; it is tuned for tasks that
            have such a metric.
        interval: "wilson" where each item is right or wrong, "none" where resampling items says nothing, as of a
            median of coarse values; else "bootstrap".
        unit: of the value; leaderboards hold scores in percent alone, and wilson intervals are in percent.
        version: raised whenever a change of definition changes values.
        changed: whether an item of this gold may score otherwise by this version than by the one before; any may where
            none is given. What was selected or tuned on rows without such items stays valid.
        source: paper, section or program the definition comes from.
    """

    name: str
    kinds: tuple[str, ...]
    statistics: Callable[[Predictions], ArrayLike]
    value: Callable[[Sequence[float], int], float] = percent_of_items
    tuned: bool = False
    interval: Literal["wilson", "bootstrap", "none"] = "bootstrap"
    unit: str = "percent"
    version: int = 1
    changed: Callable[[Any], bool] | None = None
    higher_is_better: bool = True
    description: str = ""
    source: str = ""
