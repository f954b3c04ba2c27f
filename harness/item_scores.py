"""From predictions to a score with its interval, without any model."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import UserError, counted
from harness.metrics import Metric, Predictions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.statistics.intervals import Interval
    from harness.statistics.parts import Part


class ScoreError(UserError):
    """Predictions that a metric cannot score."""


PLACE = ":"
"""What names begin with that are places in a file, of items without an id."""


@dataclass(frozen=True)
class ItemScores:
    """A metric's numbers of each item.

    Attributes:
        statistics: float64 (items, numbers).
        clusters: which items are drawn together, such as the questions of a paragraph; None where each is its own.
        items: what each item is called, the same in every language of parallel data; None where predictions were
            stored before they said it.
    """

    metric: Metric
    statistics: NDArray[np.float64]
    clusters: NDArray[np.int64] | None
    items: tuple[str, ...] | None = None

    @property
    def value(self) -> float:
        """The score in percent."""
        return float(self.metric.value(self.statistics.sum(axis=0).tolist(), len(self.statistics)))

    def alone(self, place: int) -> float | None:
        """The metric of one item alone, in percent.

        Returns:
            None where it is no share of what is right, since the metric has another unit, is better when lower, or has
            no value for a single item.
        """
        if self.metric.unit != "percent" or not self.metric.higher_is_better:
            return None
        try:
            value = float(self.metric.value(self.statistics[place].tolist(), 1))
        except (ArithmeticError, ValueError):
            return None
        return value if math.isfinite(value) else None

    def interval(self) -> Interval | None:
        """The 95 % interval of this checkpoint's score over other items like these.

        None where the metric has none; and where all of them count alike, or there is but one, and nobody knows what
        others could, since the unit of the metric is another one than percent.
        """
        if self.metric.interval == "none":
            return None
        from harness.statistics.joint import AllAlike, joint_interval
        from harness.statistics.shares import share_interval

        if self._shares:
            return share_interval(float(self.statistics[:, 0].sum()), len(self.statistics))
        try:
            return joint_interval(joint_parts([self]), bounds=self._bounds)
        except AllAlike:
            return None

    def refuse_without_interval(self) -> None:
        """Refuse a metric of which items do not tell what others would give.

        Raises:
            CannotConclude: it is one.
        """
        from harness.statistics.refusal import CannotConclude

        if self.metric.interval == "none":
            raise CannotConclude(f"{self.metric.name} has no interval over items, since its value is coarse")

    @property
    def _shares(self) -> bool:
        """Whether items are right or wrong, and drawn by themselves."""
        return self.metric.interval == "wilson" and self.clusters is None

    @property
    def _bounds(self) -> tuple[float, float] | None:
        """What the score can be; None of other units than percent, of which that is not known."""
        return (0.0, 100.0) if self.metric.unit == "percent" else None

    def paired(self, other: ItemScores) -> tuple[ItemScores, ItemScores]:
        """The items that both have, in this one's order, on each side.

        Where one side does not say what its items are called, both must be of the same rows, and are paired by order.

        Raises:
            ValueError: that cannot be, since their numbers of items differ.
        """
        if self.items is None or other.items is None or self.items == other.items:
            if len(self.statistics) != len(other.statistics):
                raise ValueError(
                    f"{counted(len(self.statistics), 'item')} cannot be paired with {len(other.statistics)} by order"
                )
            return self, other
        places = {name: place for place, name in enumerate(other.items)}
        mine = [place for place, name in enumerate(self.items) if name in places]
        return self._at(mine), other._at([places[self.items[place]] for place in mine])

    def with_ids(self) -> ItemScores:
        """The items that are not called by their place in a file."""
        names = self.items or ()
        return self._at([place for place, name in enumerate(names) if not name.startswith(PLACE)])

    def some(self, wanted: NDArray[np.bool_]) -> ItemScores:
        """Some of the items."""
        return self._at([place for place, own in enumerate(wanted.tolist()) if own])

    def _at(self, places: Sequence[int]) -> ItemScores:
        """The items at some places."""
        return dataclasses.replace(
            self,
            statistics=self.statistics[list(places)],
            clusters=None if self.clusters is None else self.clusters[list(places)],
            items=None if self.items is None else tuple(self.items[place] for place in places),
        )

    def gain_interval(self, baseline: ItemScores) -> Interval:
        """The 95 % interval of this score minus another on the same items, in the same order.

        Raises:
            CannotConclude: in another unit than percent all items differ alike, or not at all; or the metric has no
                intervals.
        """
        from harness.statistics.joint import joint_gain
        from harness.statistics.shares import share_gain

        self.refuse_without_interval()

        if self._shares:
            differences = self.statistics[:, 0] - baseline.statistics[:, 0]
            return share_gain(int((differences > 0).sum()), int((differences < 0).sum()), len(differences))
        mine = joint_parts([self])
        theirs = [dataclasses.replace(mine[0], statistics=baseline.statistics)]
        return joint_gain(mine, theirs, bounds=(-100.0, 100.0) if self._bounds else None)


def joint_parts(scores: Sequence[ItemScores], population: Hashable = "") -> list[Part]:
    """Scores as `harness.statistics.joint` takes them, such as those of the languages of one task.

    Drawn together are items of one cluster in a language, and those of one name in several languages. Items without an
    id, which are called by their places, have the same place in parallel files and in other seeds; where these would
    link passages that have nothing to do with each other, they are not taken for the same. Languages that share
    nothing are drawn apart.

    Args:
        scores: of one checkpoint; on the same items for each side of a gain.
        population: differs between tasks, whose items are drawn apart.
    """
    from harness.statistics.parts import Part
    from harness.statistics.units import linked_units

    names = [found.items for found in scores if found.items is not None and found.clusters is None]
    units: Sequence[Iterable[Hashable]] = names
    if len(names) < len(scores):
        files = _files(scores)
        units = linked_units([list(_links(found, language, files[language])) for language, found in enumerate(scores)])
    # A language carries all its units, and languages with a unit in common are of one population.
    populations = [place for (place,) in linked_units([[list(own)] for own in units])]
    return [
        Part(statistics=found.statistics, value=found.metric.value, units=own, population=(population, place))
        for found, own, place in zip(scores, units, populations, strict=True)
    ]


LEFT_APART = 0.5
"""Share of passages that stay apart where places mean the same items; where they do not, nearly all are linked."""


def _files(scores: Sequence[ItemScores]) -> list[int]:
    """For each of several scores the first one whose places are its own, too: of another seed, or a parallel file."""
    from harness.statistics.units import linked_units

    files: list[int] = []
    for number, found in enumerate(scores):
        fitting = number
        for file in dict.fromkeys(files):
            both = (scores[file], found)
            units = linked_units([list(_links(one, language, 0)) for language, one in enumerate(both)])
            if len({unit for of in units for unit in of}) >= LEFT_APART * max(map(_passages, both)):
                fitting = file
                break
        files.append(fitting)
    return files


def _passages(scores: ItemScores) -> int:
    return len(scores.statistics if scores.clusters is None else set(scores.clusters.tolist()))


def _links(scores: ItemScores, language: int, file: int) -> Iterator[list[Hashable]]:
    """Of each item, what links it to others: its name in other languages, or its place in their files, its cluster."""
    clusters = [None] * len(scores.statistics) if scores.clusters is None else scores.clusters.tolist()
    names = scores.items or [None] * len(clusters)
    for name, cluster in zip(names, clusters, strict=True):
        of = file if name is not None and name.startswith(PLACE) else None
        named: list[Hashable] = [] if name is None else [("name", of, name)]
        yield named if cluster is None else [*named, ("cluster", language, cluster)]


def item_scores(metric: Metric, predictions: Predictions) -> ItemScores:
    """The metric's numbers of each prediction.

    Raises:
        ScoreError: there is nothing to score, all gold answers are alike, as where a benchmark hides its labels, or
            the metric does not give numbers for each item.
    """
    import numpy as np

    items = count(predictions)
    if not items:
        raise ScoreError("no predictions to score", code="no-predictions")
    _refuse_hidden_labels(predictions["gold"])
    statistics = np.ascontiguousarray(metric.statistics(predictions), dtype=np.float64)
    if statistics.ndim == 1:
        statistics = statistics[:, None]
    if statistics.ndim != 2 or len(statistics) != items:
        raise ScoreError(
            f"metric {metric.name} gives numbers of shape {statistics.shape} for {items} items",
            code="wrong-statistics-shape",
            fix="its statistics must be one row of numbers, or one number, an item",
        )
    names = tuple(predictions["item"]) if "item" in predictions else None
    return ItemScores(metric, statistics, _clusters(predictions), names)


def is_right(prediction: Any, gold: Any, value: float | None) -> bool:
    """Whether an item is answered as it should be.

    An answer that equals the gold one is right even where the metric of this item alone is 0, as F1 of spans is for a
    sentence that has none; one that differs is right where the metric gives all the same the full score.

    Args:
        prediction: of the item.
        gold: its right answer, or a list of accepted ones, unless the prediction is a list, too, such as of tags.
            Without gold answer, an empty prediction is right: None, "" or [].
        value: `ItemScores.alone` of it; None where equality alone decides.
    """
    return (value is not None and value >= 100) or _is_gold(prediction, gold)


def _is_gold(prediction: Any, gold: Any) -> bool:
    if _is_empty(prediction) and _is_empty(gold):
        return True
    if isinstance(gold, list | tuple) and not isinstance(prediction, list | tuple):
        return prediction in gold
    return bool(prediction == gold)


def _is_empty(answer: Any) -> bool:
    """Whether nothing is answered; the choice 0 is an answer."""
    return answer is None or (isinstance(answer, str | list | tuple) and not answer)


def count(predictions: Predictions) -> int:
    """How many items there are."""
    return len(predictions.get("gold", ()))


def is_constant(predictions: Predictions) -> bool:
    """Whether every item got the same prediction."""
    values = predictions["prediction"]
    return all(value == values[0] for value in values)


def _clusters(predictions: Predictions) -> NDArray[np.int64] | None:
    import numpy as np

    if "cluster" not in predictions:
        return None
    _, clusters = np.unique(list(predictions["cluster"]), return_inverse=True)
    return clusters.astype(np.int64)


def _refuse_hidden_labels(golds: Sequence[Any]) -> None:
    if len(golds) < 50 or isinstance(golds[0], list) or golds[0] != golds[-1]:
        return
    if all(gold == golds[0] for gold in golds):
        raise ScoreError(
            f"all {len(golds)} gold labels are {golds[0]!r}",
            code="placeholder-labels",
            fix="the benchmark hides its test labels and these are placeholders; score labelled rows instead",
        )
