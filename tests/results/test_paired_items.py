from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from harness.item_scores import ItemScores
from harness.registry import default_registry
from harness.results.paired_items import ItemCounts, ItemPair, PairedItems, item_gains
from harness.statistics.refusal import CannotConclude


def items(right: list[float], metric: str = "accuracy", names: str = "i", clusters: int = 0) -> ItemScores:
    statistics = np.array(right, dtype=float)[:, None]
    place = range(len(right))
    grouped = np.array([one // clusters for one in place]) if clusters else None
    called = tuple(f"{names}{one}" for one in place) if names else None
    return ItemScores(default_registry().metric(metric), statistics, grouped, called)


def paired(left: list[float], right: list[float], language: str = "en", **other: object) -> ItemPair:
    return ItemPair(language, items(left, **other), items(right, **other))  # type: ignore[arg-type]


def test_right_and_wrong_items_of_one_language_are_tested_by_mcnemar() -> None:
    found = PairedItems((paired([1.0] * 6 + [0.0] * 14, [0.0] * 5 + [1.0] * 3 + [0.0] * 12),))
    test = found.test()
    # Five only on the left, two only on the right: a coin thrown seven times.
    assert (test.method, test.n) == ("mcnemar exact", 7)
    assert test.p == pytest.approx(scipy.stats.binomtest(5, 7).pvalue)
    assert found.counts() == ItemCounts(wins=5, losses=2, ties=13)


def test_shares_of_items_and_clusters_are_tested_by_sign_flips() -> None:
    left, right = [1.0, 0.5, 0.2, 0.0] * 3, [0.0] * 12
    assert PairedItems((paired(left, right, metric="squad_f1"),)).test().method.startswith("sign flips")
    grouped = PairedItems((paired([1.0] * 12, right, clusters=4),)).test()
    # Three passages, all to one side: 2 of 2^3 signs are as far out.
    assert grouped.p == pytest.approx(0.25)


def test_items_that_are_alike_have_no_test_but_an_interval() -> None:
    found = PairedItems((paired([1.0, 0.0] * 50, [1.0, 0.0] * 50),))
    with pytest.raises(CannotConclude):
        found.test()
    interval = found.interval()
    assert interval.low < 0 < interval.high
    assert interval.high - interval.low < 10


def test_a_mean_over_languages_of_the_same_items_is_as_sure_as_one_language() -> None:
    generator = np.random.default_rng(0)
    left, right = (generator.integers(2, size=300).astype(float).tolist() for _ in range(2))
    alone = PairedItems((paired(left, right),)).interval()
    codes = ("en", "de", "fr", "ja", "ko", "zh")
    parallel = PairedItems(tuple(paired(left, right, code) for code in codes)).interval()
    apart = PairedItems(tuple(paired(left, right, code, names=code) for code in codes)).interval()
    widths = [one.high - one.low for one in (alone, parallel, apart)]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)
    # Six times as many items that have nothing to do with each other: 1 / sqrt(6) of the width.
    assert widths[2] == pytest.approx(widths[0] / np.sqrt(6), rel=0.15)


def test_items_without_names_are_the_same_in_every_seed_of_a_language() -> None:
    generator = np.random.default_rng(0)
    left, right = (generator.integers(2, size=300).astype(float).tolist() for _ in range(2))
    alone = PairedItems((paired(left, right, names=""),)).interval()
    seeds = PairedItems(tuple(paired(left, right, names="") for _ in range(4))).interval()
    assert seeds.high - seeds.low == pytest.approx(alone.high - alone.low, rel=0.1)


@pytest.mark.parametrize("codes", [("en", "de", "fr", "ja"), ("en", "en", "en", "en")])
def test_places_mean_the_same_items_in_parallel_files_and_in_other_seeds(codes: tuple[str, ...]) -> None:
    """Groups of three hypotheses of a premise, whose rows have no ids: four files say as much as one."""
    generator = np.random.default_rng(0)
    left, right = (generator.integers(2, size=300).astype(float).tolist() for _ in range(2))

    def width(names: str, languages: tuple[str, ...]) -> float:
        pairs = tuple(paired(left, right, code, names=names, clusters=3) for code in languages)
        found = PairedItems(pairs).interval()
        return found.high - found.low

    assert width(":", codes) == pytest.approx(width("id", codes))
    assert width(":", codes) == pytest.approx(width(":", ("en",)), rel=0.1)


def test_places_of_other_files_do_not_chain_passages_together() -> None:
    """By places alone, passages of five and of four items would all be one."""
    left = [float(one % 7 < 4) for one in range(60)]
    right = [float(one % 5 < 2) for one in range(60)]
    pairs = (paired(left, right, "en", names=":", clusters=5), paired(left, right, "de", names=":", clusters=4))
    test = PairedItems(pairs).test()
    assert test.n > 10


def test_what_an_item_gains_is_the_mean_over_seeds() -> None:
    pairs = [paired([1.0, 0.0, 1.0], [0.0, 0.0, 1.0]), paired([1.0, 0.0, 0.0], [0.0, 0.0, 1.0])]
    assert item_gains(pairs).tolist() == [100.0, 0.0, -50.0]
