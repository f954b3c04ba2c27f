"""The interval of a gain over other seeds and other items at once.

Arms differ in which items they get right, whatever their seeds. An interval over seeds takes the items for given, so on
few items it finds such differences, too: `scripts/simulate_studies.py` says how often.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import NothingToShow
from harness.results.scores import Scores
from harness.studies.gains import RowPair, paired_rows

if TYPE_CHECKING:
    from harness.item_scores import ItemScores
    from harness.statistics.intervals import Interval
    from harness.statistics.parts import Floats, Part


def gain_interval(after: Scores, before: Scores, *, level: float = 0.95) -> Interval:
    """The interval of the mean of `gains`, over other seeds and items: what an answer takes as `interval`.

    An item is drawn with its translations, on both sides and in all seeds.

    Args:
        after, before: as of `gains`.
        level: of the interval.

    Raises:
        SettingsError: as of `gains`.
        NothingToShow: predictions are gone, or the sides are not of the same items.
        CannotConclude: fewer than two seeds, or items that say nothing of others.
    """
    import numpy as np

    from harness.statistics.hierarchy import hierarchical_interval

    by_seed = paired_rows(after, before)
    tasks = [pair.place[0] for pair in next(iter(by_seed.values()))]
    # The mean over languages of each task, and then over tasks, as `gains` has it.
    weights = np.array([1 / tasks.count(task) / len(set(tasks)) for task in tasks])
    signed = np.concatenate([weights, -weights])

    def gain(scores: Floats) -> Floats:
        return np.asarray(scores @ signed, np.float64)

    return hierarchical_interval([_parts(after, pairs) for pairs in by_seed.values()], gain, level=level)


def _parts(scores: Scores, pairs: Sequence[RowPair]) -> list[Part]:
    """What each place scores on one side, then on the other; items that are the same have the same units."""
    from harness.item_scores import joint_parts

    sides: list[list[Part]] = [[], []]
    for task, own in itertools.groupby(pairs, key=lambda pair: pair.place[0]):
        paired = [_items(scores, pair) for pair in own]
        found = joint_parts([items[side] for side in (0, 1) for items in paired], task)
        for side, parts in zip(sides, (found[: len(paired)], found[len(paired) :]), strict=True):
            side += parts
    return [*sides[0], *sides[1]]


def _items(scores: Scores, pair: RowPair) -> tuple[ItemScores, ItemScores]:
    found = scores.paired_whole(pair.after, pair.before)
    if found is None:
        raise NothingToShow(
            "an interval over items needs the predictions of both sides, of the same items",
            code="no-paired-items",
            where=f"{', '.join(pair.place)}: arms {pair.after['arm']} and {pair.before['arm']}",
            fix="repeat the run's command where predictions are gone; leave a language out where its items differ",
        )
    return found
