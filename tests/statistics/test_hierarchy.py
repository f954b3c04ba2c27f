"""Seeds, languages and items at once."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from harness.metrics import percent_of_items
from harness.statistics.hierarchy import (
    OTHER_SEEDS_AND_ITEMS,
    Reselected,
    components,
    components_of,
    hierarchical_interval,
    weighted_interval,
)
from harness.statistics.intervals import OTHER_LANGUAGES, OTHER_SEEDS, Interval, t_interval
from harness.statistics.parts import Part
from harness.statistics.refusal import CannotConclude


def part(rows: np.ndarray) -> Part:
    return Part(statistics=np.asarray(rows, dtype=float)[:, None], value=percent_of_items, units=range(len(rows)))


def world(seeds: int, languages: int, items: int, *, spread: float, seed: int) -> list[list[Part]]:
    """Right or wrong with chance 70 %, give or take what an item and a seed make of it."""
    rng = np.random.default_rng(seed)
    easiness = rng.uniform(-0.15, 0.15, items)
    return [
        [part(rng.random(items) < 0.7 + easiness + luck) for _ in range(languages)]
        for luck in rng.normal(0, spread, seeds)
    ]


def width(interval: Interval) -> float:
    return interval.high - interval.low


def test_components_of_known_spreads() -> None:
    found = components([70.0, 60.0], [3.0, 6.0], [4.0, 8.0])
    assert (found.seed, found.item, found.both) == (4.5, 6.0, 7.5)
    assert found.language == pytest.approx(50**0.5)
    assert components([70.0], [3.0], [4.0]).language is None


def test_components_of_items() -> None:
    found = components_of(world(40, 3, 800, spread=0.03, seed=0))
    # A share of 0.7 of 800 items has a standard error of 1.62; seeds add theirs to the 3 points of their luck. Three
    # standard errors of 40 seeds are a third.
    assert found.item == pytest.approx(100 * (0.7 * 0.3 / 800) ** 0.5, rel=0.03)
    assert found.seed == pytest.approx((3.0**2 + 1.6**2) ** 0.5, rel=0.3)
    assert found.both > max(found.seed, found.item)


REUBEN = os.environ.get("XHARNESS_REUBEN", "")
"""A checkout of github.com/j0ma/reuben at 87a3126."""


@pytest.mark.skipif(not REUBEN, reason="XHARNESS_REUBEN names no checkout of j0ma/reuben, whose data are not ours")
@pytest.mark.parametrize(
    ("data", "columns", "model", "expected"),
    [
        # What its `variance_components_summary` prints, outliers as they are: seeds, items, both, tasks.
        (
            "ner",
            ("Model", "Mean", "SD (seed)", "SD (boot)"),
            "glot500-concat",
            (0.395618, 0.923108, 1.004311, 6.283574),
        ),
        (
            "ner",
            ("Model", "Mean", "SD (seed)", "SD (boot)"),
            "xlmr-no-concat",
            (0.565054, 1.318460, 1.434442, 7.094064),
        ),
        (
            "xquad",
            ("Model", "F1", "SD_seed", "SD_boot_avg"),
            "gemma-2-9b",
            (0.830141, 1.025248, 1.333163, 4.991923),
        ),
    ],
)
def test_components_of_published_runs(
    data: str, columns: tuple[str, str, str, str], model: str, expected: Sequence[float]
) -> None:
    path = Path(REUBEN) / "examples" / "experiments-for-paper" / data / "sd-cols" / "data.jsonl"
    name, score, seed, boot = columns
    rows = [row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()) if row[name] == model]
    found = components(*([row[column] for row in rows] for column in (score, seed, boot)))
    assert [found.seed, found.item, found.both, found.language] == pytest.approx(expected, abs=1e-6)


def test_over_seeds_alone_it_is_student_s_interval_of_their_means() -> None:
    seeds = world(4, 3, 200, spread=0.02, seed=1)
    means = [fmean(100 * float(np.mean(np.asarray(of.statistics))) for of in parts) for parts in seeds]
    found, expected = hierarchical_interval(seeds, items=False), t_interval(means)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.answers == OTHER_SEEDS


def test_more_sources_are_wider() -> None:
    seeds = world(8, 6, 150, spread=0.03, seed=2)
    over_seeds = hierarchical_interval(seeds, items=False)
    with_items = hierarchical_interval(seeds)
    assert width(with_items) > width(over_seeds)
    assert with_items.answers == OTHER_SEEDS_AND_ITEMS
    with_languages = hierarchical_interval(seeds, languages=True)
    assert OTHER_LANGUAGES in with_languages.answers


def test_seeds_and_languages_have_degrees_of_freedom_of_their_own() -> None:
    """Means of seeds are 60 and 80, of languages 60, 70 and 80; t is 12.706 of two seeds, 4.3027 of three languages."""
    shares = [(5, 6, 7), (7, 8, 9)]
    seeds = [[part(np.arange(10) < right) for right in own] for own in shares]
    found = hierarchical_interval(seeds, items=False, languages=True)
    half = (12.7062**2 * 200 / 2 + 4.30265**2 * 100 / 3) ** 0.5
    assert (found.low, found.high) == pytest.approx((70 - half, 70 + half), rel=1e-5)


def test_items_without_names_are_the_same_for_all_seeds() -> None:
    named = world(3, 2, 100, spread=0.0, seed=3)
    unnamed = [[Part(statistics=of.statistics, value=of.value) for of in parts] for parts in named]
    # Languages of their own items are independent, so the mean is known better than over parallel ones.
    assert width(hierarchical_interval(unnamed)) < width(hierarchical_interval(named))


def test_coverage_over_seeds_and_items() -> None:
    held = 0
    for trial in range(300):
        found = hierarchical_interval(world(4, 3, 120, spread=0.03, seed=trial))
        held += found.low <= 70 <= found.high
    # Nominal 95 %; 300 samples add 3.8 points of noise (three errors).
    assert 0.91 <= held / 300 <= 0.99


def test_what_items_make_of_single_seeds_counts_once() -> None:
    """The half width from an analysis of variance of seeds by items, one language."""
    rng = np.random.default_rng(5)
    easiness = rng.uniform(0.1, 0.9, 60)
    seeds = [[part(rng.random(60) < easiness)] for _ in range(4)]
    rows = 100 * np.array([np.asarray(of.statistics)[:, 0] for (of,) in seeds])
    of_seeds = rows.mean(axis=1).var(ddof=1) / 4
    of_items = rows.mean(axis=0).var(ddof=1) / 60
    # Sums of squares of the interaction, by seeds and items.
    alone = rows - rows.mean(axis=0) - rows.mean(axis=1, keepdims=True) + rows.mean()
    both = (alone**2).sum() / (3 * 59) / (4 * 60)
    half = ((3.182446**2) * of_seeds + 2.000995**2 * (of_items - both)) ** 0.5
    assert of_items > both
    assert width(hierarchical_interval(seeds)) / 2 == pytest.approx(half, rel=1e-5)


def test_items_that_seeds_answer_each_their_own_way_add_nothing() -> None:
    """Each seed draws its answers anew, which the spread over seeds has; more of it would be held to be the items'."""
    rng = np.random.default_rng(4)
    ratios = []
    for _ in range(20):
        seeds = [[part(rng.random(300) < 0.5)] for _ in range(10)]
        ratios.append(width(hierarchical_interval(seeds)) / width(hierarchical_interval(seeds, items=False)))
    # Taken twice, it would be the root of two.
    assert 1 <= fmean(ratios) < 1.1


def test_a_weighted_interval_is_that_of_the_same_sum() -> None:
    seeds = world(5, 3, 80, spread=0.03, seed=6)
    weights = [0.5, 0.75, -1.25]
    found = weighted_interval(seeds, [weights] * 5, level=0.9)
    expected = hierarchical_interval(seeds, lambda scores: scores @ np.array(weights), level=0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.answers == OTHER_SEEDS_AND_ITEMS


def test_seeds_may_sum_up_other_scores() -> None:
    """A seed whose two picks are one and the same adds a difference of 0, without any part."""
    seeds = world(4, 2, 80, spread=0.03, seed=7)
    picked = [*seeds[:3], []]
    found = weighted_interval(picked, [[1, -1], [1, -1], [-1, 1], []])
    shares = [[100 * float(np.mean(np.asarray(of.statistics))) for of in parts] for parts in seeds]
    middle = (shares[0][0] - shares[0][1] + shares[1][0] - shares[1][1] - shares[2][0] + shares[2][1]) / 4
    assert (found.low + found.high) / 2 == pytest.approx(middle)
    kept = weighted_interval(seeds, [[1, -1], [1, -1], [-1, 1], [0, 0]])
    assert (found.low, found.high) == pytest.approx((kept.low, kept.high))


def test_what_items_that_select_make_of_all_seeds_alike() -> None:
    """3 points alike and 8 points seed by seed, of which a mean over four seeds would have 4 more."""
    rng = np.random.default_rng(3)
    alike, single = rng.normal(0, 3, (20_000, 1)), rng.normal(0, 8, (20_000, 4))
    of_seeds = np.array([50.0, -20.0, 0.0, 7.0])
    square, degrees = Reselected(sums=of_seeds + alike + single, units=61).source()
    # The standard error of either variance is about a hundredth of 25.
    assert square == pytest.approx(9, abs=1)
    assert degrees == 60
    alone, _ = Reselected(sums=of_seeds + single, units=61).source()
    assert alone == pytest.approx(0, abs=1)
    assert Reselected(sums=np.tile(of_seeds, (10, 1)), units=61).source()[0] == 0


def test_other_items_that_select_widen_a_weighted_interval() -> None:
    seeds = world(5, 2, 80, spread=0.03, seed=6)
    weights = [[1.0, -1.0]] * 5
    given = weighted_interval(seeds, weights)
    changes = np.random.default_rng(0).normal(0, 2, (5000, 1)) + np.zeros((5000, 5))
    found = weighted_interval(seeds, weights, reselected=Reselected(sums=changes, units=1001))
    assert width(found) / 2 == pytest.approx(np.hypot(width(given) / 2, 1.962 * 2), rel=0.02)
    assert found.low + found.high == pytest.approx(given.low + given.high)
    surely = weighted_interval(seeds, weights, reselected=Reselected(sums=np.ones((10, 5)), units=1001))
    assert surely == given


def test_a_weighted_interval_needs_to_know_which_items_are_the_same() -> None:
    seeds = world(3, 2, 50, spread=0.02, seed=0)
    with pytest.raises(ValueError, match="one weight per part"):
        weighted_interval(seeds, [[1.0, -1.0], [1.0, -1.0], [1.0]])
    unnamed = [[Part(statistics=of.statistics, value=of.value) for of in parts] for parts in seeds]
    with pytest.raises(ValueError, match="units of its items"):
        weighted_interval(unnamed, [[1.0, -1.0]] * 3)
    with pytest.raises(CannotConclude, match="two or more"):
        weighted_interval(seeds[:1], [[1.0, -1.0]])
    with pytest.raises(CannotConclude, match="alike"):
        weighted_interval(seeds, [[0.0, 0.0]] * 3)


def test_what_cannot_be_concluded() -> None:
    seeds = world(3, 2, 50, spread=0.02, seed=0)
    with pytest.raises(CannotConclude, match="two or more"):
        hierarchical_interval(seeds[:1])
    with pytest.raises(CannotConclude, match="two or more"):
        components_of(seeds[:1])
    with pytest.raises(ValueError, match="same languages"):
        hierarchical_interval([seeds[0], seeds[1][:1]])
    with pytest.raises(CannotConclude, match="two languages or more"):
        hierarchical_interval([parts[:1] for parts in seeds], languages=True)
    with pytest.raises(CannotConclude, match="same value"):
        hierarchical_interval([seeds[0], seeds[0]], items=False)
    with pytest.raises(ValueError, match="for a mean"):
        hierarchical_interval(seeds, lambda scores: scores[:, 0], languages=True)
    with pytest.raises(ValueError, match="other numbers of languages"):
        components([1.0], [1.0, 2.0], [1.0])
