"""The interval of a gain over other seeds and other items at once: what the primary answers of studies rest on.

Arms differ in which items they get right, whatever their seeds. An interval over seeds takes the items for given, so on
few items, or with many seeds, it finds such differences, too: `scripts/simulate_studies.py` says how often.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import NothingToShow
from harness.results.schema import LANGUAGE, TASK
from harness.results.scores import Row, Scores
from harness.statistics.answer import POINTS, Answer, Question, Reply, answer
from harness.statistics.refusal import CannotConclude
from harness.studies.gains import Weighted, differences, weighted_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.item_scores import ItemScores
    from harness.statistics.hierarchy import Reselected
    from harness.statistics.intervals import Interval
    from harness.statistics.parts import Part


def answer_gain(after: Scores, before: Scores, question: Question, *, margin: float) -> Answer:
    """Answer a question of `gains` for other seeds on other items: the primary answer of a study.

    It cannot be told without the predictions of all items.

    Args:
        after, before: as of `gains`.
        margin: points below which a difference does not matter.

    Raises:
        SettingsError: as of `gains`.
    """
    return answer_weighted(after, weighted_rows(after, before), question, margin=margin)


def answer_weighted(
    scores: Scores,
    weighted: Weighted,
    question: Question,
    *,
    margin: float,
    reselected: Callable[[], Reselected] | None = None,
    quantity: str = POINTS,
) -> Answer:
    """The same of any weighted sums of scores, such as of the checkpoints that were picked in each seed.

    Args:
        scores: that know the items behind the rows.
        weighted: by seed; the weights of a seed add up to 0 where it is a difference that is asked about.
        margin: as of `answer_gain`.
        reselected: makes the sums where other items select what is summed; none where no items have.
        quantity: what the sums and the margin are in.
    """
    by_seed = list(differences(weighted).values())
    over_seeds = answer(by_seed, question, margin=margin, quantity=quantity)
    if over_seeds.interval is None:
        return over_seeds
    try:
        interval = weighted_gain_interval(scores, weighted, reselected=reselected() if reselected else None)
    except CannotConclude as error:
        return cannot_tell(over_seeds, str(error))
    except NothingToShow as error:
        return cannot_tell(over_seeds, f"{error.what}; {error.fix}")
    return answer(by_seed, question, margin=margin, interval=interval, quantity=quantity)


def cannot_tell(found: Answer, why: str) -> Answer:
    """An answer that is withdrawn: of what it said only the mean stays."""
    return replace(found, reply=Reply.CANNOT_TELL, why=why, material=False, by=None, interval=None, p=None, needed=None)


def weighted_gain_interval(
    scores: Scores, weighted: Weighted, *, reselected: Reselected | None = None, level: float = 0.95
) -> Interval:
    """The interval of the mean over seeds of weighted sums of scores, over other seeds and items.

    An item is drawn with its translations, in all arms and in all seeds.

    Args:
        scores: that know the items behind the rows.
        weighted: by seed.
        reselected: the sums where other items select what is summed; none where no items have.
        level: of the interval.

    Raises:
        NothingToShow: predictions are gone, or scores of a task and language are not of the same items.
        CannotConclude: fewer than two seeds, or items that say nothing of others.
    """
    from harness.statistics.hierarchy import FEW_SEEDS, weighted_interval

    if len(weighted) < 2:
        raise CannotConclude(FEW_SEEDS)
    rows = [one.row for own in weighted.values() for one in own]
    parts = iter(_parts(scores, rows))
    return weighted_interval(
        [list(itertools.islice(parts, len(own))) for own in weighted.values()],
        [[one.weight for one in own] for own in weighted.values()],
        reselected=reselected,
        level=level,
    )


@dataclass(frozen=True, eq=False)
class Redrawn:
    """Scores of other items like those behind some rows.

    Attributes:
        scores: (samples, rows). A sample has the same items in all rows of a task; nan of a row that it leaves without.
        units: how many items, or passages with their questions, are drawn, of the population with the fewest.
    """

    scores: NDArray[np.float64]
    units: int


def redrawn_scores(scores: Scores) -> Redrawn:
    """Scores of items drawn anew, with their translations, in all arms and in all seeds.

    Args:
        scores: that know the items behind their rows.

    Raises:
        NothingToShow: predictions are gone, or scores of a task and language are not of the same items.
        CannotConclude: all items of a population are one passage, or so few that drawing them anew often leaves none.
    """
    from harness.statistics.joint import check_several
    from harness.statistics.joint import redrawn_scores as redrawn
    from harness.statistics.parts import Parts

    parts = Parts.of(_parts(scores, scores.rows))
    units = min(len(one.table) for one in parts.populations)
    check_several(units)
    return Redrawn(redrawn(parts), units)


def _parts(scores: Scores, rows: Sequence[Row]) -> list[Part]:
    """What the items behind each row score; items that are the same have the same units."""
    from harness.item_scores import joint_parts

    # The first row of each task and language says what its items are.
    first: dict[str, dict[str, Row]] = {}
    for row in rows:
        first.setdefault(row[TASK], {}).setdefault(row[LANGUAGE], row)
    units: dict[tuple[str, str], Part] = {}
    for task, languages in first.items():
        found = joint_parts([_items(scores, row, row) for row in languages.values()], task)
        units |= {(task, language): part for language, part in zip(languages, found, strict=True)}
    parts = []
    for row in rows:
        own = _items(scores, first[row[TASK]][row[LANGUAGE]], row)
        part = units[row[TASK], row[LANGUAGE]]
        parts.append(replace(part, statistics=own.statistics, value=own.metric.value))
    return parts


def _items(scores: Scores, first: Row, row: Row) -> ItemScores:
    """The items behind a row, in the order of those of the first one."""
    found = scores.paired_whole(first, row)
    if found is None:
        raise NothingToShow(
            "an interval over items needs the predictions of all arms and seeds, of the same items",
            code="no-paired-items",
            where=f"{row[TASK]}, {row[LANGUAGE]}: arm {row['arm']}, seed {row['seed']}",
            fix="repeat the run's command where predictions are gone; leave a language out where its items differ",
        )
    return found[1]
