"""Means over languages of one seed have intervals over items, whose translations are drawn together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from harness.item_scores import ItemScores, joint_parts
from harness.registry import Registry
from harness.results.comparison import Comparison, Mean, compare_arms
from harness.results.over_items import Drawn
from harness.results.scores import Row, Scores
from harness.statistics.intervals import Interval
from harness.statistics.joint import joint_gain, joint_interval
from tests.flat import flat_row

ACCURACY = Registry().metric("accuracy")
ITEMS = 200
LANGUAGES = ("en", "de", "fr", "sw")


def answers(seed: int, right: float, *, names: str = "", passages: int = 0) -> ItemScores:
    """Right and wrong items; those of equal seed are the same, whatever they are called."""
    drawn = np.random.default_rng(seed).random(ITEMS) < right
    clusters = np.arange(ITEMS, dtype=np.int64) % passages if passages else None
    return ItemScores(ACCURACY, drawn[:, None].astype(float), clusters, tuple(f"{names}{i}" for i in range(ITEMS)))


def compared(items: Mapping[tuple[str, str], ItemScores | None], **fields: Any) -> Comparison:
    """Arms by language; those without items have predictions that are gone."""
    rows = [
        flat_row(
            50.0 if found is None else found.value,
            **{"arm": arm, "language": language, "n": ITEMS, "predictions": f"{arm} {language}", **fields},
        )
        for (arm, language), found in items.items()
    ]

    def look(row: Row) -> ItemScores | None:
        return items[row["arm"], row["language"]]

    (comparison,) = compare_arms(Scores(rows, look))
    return comparison


def both(**changes: Any) -> dict[tuple[str, str], ItemScores | None]:
    return {
        (arm, language): answers(10 * place + number, 0.6 + 0.1 * number, **changes)
        for number, arm in enumerate(("none", "mnli"))
        for place, language in enumerate(LANGUAGES)
    }


def width(found: Mean | None) -> float:
    assert found is not None
    assert found.interval is not None
    return found.interval.high - found.interval.low


def interval(found: Mean | None) -> Interval:
    assert found is not None
    assert found.interval is not None
    return found.interval


def test_a_mean_and_a_gap_have_the_joint_interval_of_their_languages() -> None:
    items = both()
    comparison = compared(items)
    mine, base = ([items[arm, code] for code in LANGUAGES] for arm in ("mnli", "none"))
    parts, others = (joint_parts([one for one in side if one]) for side in (mine, base))
    assert interval(comparison.mean("score")) == joint_interval(parts, bounds=(0, 100))
    assert interval(comparison.mean("baseline")) == joint_interval(others, bounds=(0, 100))
    assert interval(comparison.mean("gain")) == joint_gain(parts, others, bounds=(-100, 100))
    without = joint_interval(parts[1:], bounds=(0, 100))
    assert interval(comparison.mean("score", english=False)) == without
    gap = joint_interval(parts, lambda scores: scores[:, 0] - scores[:, 1:].mean(axis=1), bounds=(-100, 100))
    assert interval(comparison.transfer_gap("score")) == gap
    # The gap is of English alone and of a mean, which is known better than English.
    assert width(comparison.transfer_gap("score")) > width(comparison.mean("score"))


def test_what_is_known_to_be_the_same_has_no_interval() -> None:
    items = both()
    alike = {key: items["none", key[1]] for key in items}
    comparison = compared(alike, predictions="of one checkpoint")
    for found in (comparison.mean("gain"), comparison.transfer_gap("gain"), *(line.gain for line in comparison.lines)):
        assert found is not None
        assert (found.value, found.interval) == (0.0, None)
    assert comparison.mean("score").interval  # type: ignore[union-attr]


def test_translations_of_an_item_do_not_count_as_further_items() -> None:
    alike = {(arm, code): answers(3, 0.7) for arm in ("none",) for code in LANGUAGES}
    apart = {("none", code): answers(3, 0.7, names=code) for code in LANGUAGES}
    together, separate = (compared(items).mean("score") for items in (alike, apart))
    # Four times the same answers say as much as one language; as items of their own they would say twice as much.
    assert width(together) == pytest.approx(2 * width(separate), rel=0.15)


def test_passages_are_drawn_whole() -> None:
    comparison = compared(both(passages=20))
    assert comparison.over_items is not None
    assert comparison.over_items.drawn("gain", LANGUAGES) == Drawn(20, "groups of items")
    alone = compared(both())
    assert alone.over_items is not None
    assert alone.over_items.drawn("gain", LANGUAGES) == Drawn(ITEMS, "items")


@pytest.mark.parametrize("gone", [("mnli", "fr"), ("none", "fr")])
def test_without_predictions_of_a_language_there_is_no_interval(gone: tuple[str, str]) -> None:
    comparison = compared(both() | {gone: None})
    assert comparison.mean("gain") is not None
    found = {column: comparison.mean(column) for column in ("score", "baseline", "gain")}
    known = {column for column, mean in found.items() if mean and mean.interval}
    assert known == {"baseline" if gone[0] == "mnli" else "score"}


def test_a_gain_of_other_items_has_no_interval() -> None:
    items = both() | {("none", "fr"): answers(7, 0.6, names="other")}
    assert interval(compared(items).mean("score"))
    gain = compared(items).mean("gain")
    assert gain is not None
    assert gain.interval is None


def test_several_seeds_answer_for_other_seeds() -> None:
    rows = [flat_row(50.0 + seed, language=code, seed=seed) for seed in (1, 2, 3) for code in LANGUAGES]
    (comparison,) = compare_arms(Scores(rows, lambda _: answers(1, 0.5)))
    assert comparison.over_items is None
    assert interval(comparison.mean("score")).method == "t"
