"""Corrections for several comparisons."""

from __future__ import annotations

import pytest
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from harness.statistics.multiple import benjamini_hochberg, holm
from harness.statistics.refusal import CannotConclude

# Benjamini and Hochberg 1995, table 1: fifteen tests of a trial of thrombolysis, of which their procedure rejects four.
PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip


def test_both_are_statsmodels() -> None:
    shuffled = PUBLISHED[::2] + PUBLISHED[1::2]
    for ours, method in [(holm, "holm"), (benjamini_hochberg, "fdr_bh")]:
        assert ours(shuffled).p == pytest.approx(multipletests(shuffled, method=method)[1])
    assert benjamini_hochberg(shuffled).p == pytest.approx(false_discovery_control(shuffled))


def test_the_published_example() -> None:
    assert sum(p <= 0.05 for p in benjamini_hochberg(PUBLISHED).p) == 4
    assert sum(p <= 0.05 for p in holm(PUBLISHED).p) == 3


def test_one_test_needs_no_correction() -> None:
    assert holm([0.04]).p == benjamini_hochberg([0.04]).p == (0.04,)


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
@pytest.mark.parametrize("p", [[], [0.1, float("nan")], [0.1, 1.2], [-0.1]])
def test_what_cannot_be_corrected(correct: object, p: list[float]) -> None:
    assert callable(correct)
    with pytest.raises(CannotConclude):
        correct(p)
