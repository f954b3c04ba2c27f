"""Intervals hold the true value as often as they say, in the experiments of scripts/simulate_coverage.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from harness.statistics.intervals import OTHER_ITEMS, Interval

ROOT = Path(__file__).parent.parent


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("simulate_coverage", ROOT / "scripts" / "simulate_coverage.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["simulate_coverage"] = module
    spec.loader.exec_module(module)
    return module


SCRIPT = load()
FEW = {experiment.name: experiment for experiment in SCRIPT.experiments(300, sizes=(100,))}
ALL = {experiment.name: experiment for experiment in SCRIPT.experiments()}


def check(experiment: Any) -> None:
    """300 experiments know a coverage of 95 % within 3.8 points (three standard errors)."""
    found = SCRIPT.run(experiment, 300)
    if experiment.least:
        assert found.held >= 91, found
        assert found.held <= 98 or experiment.most == 1, found


@pytest.mark.parametrize("name", FEW)
def test_coverage_with_a_hundred_items_and_over_seeds(name: str) -> None:
    check(FEW[name])


@pytest.mark.full
@pytest.mark.parametrize("name", ALL)
def test_coverage_everywhere(name: str) -> None:
    check(ALL[name])


def test_coverage_of_shares_is_exact() -> None:
    # Exact intervals of none, one and two of four right items end at 60.2, 80.6 and 93.2 %: all hold a half.
    found = SCRIPT.run(SCRIPT.Experiment("half of four", 50.0, SCRIPT.outcomes_of_share(0.5, 4)), 1)
    assert found.held == pytest.approx(100)
    assert found.width == pytest.approx((2 * 60.24 + 8 * 79.96 + 6 * 86.48) / 16, abs=0.02)
    # Of six items none and all exclude it (0 to 45.9 %), each with a chance of 1 in 64.
    found = SCRIPT.run(SCRIPT.Experiment("half of six", 50.0, SCRIPT.outcomes_of_share(0.5, 6)), 1)
    assert (found.below, found.above) == pytest.approx((100 / 64, 100 / 64))
    assert found.held == pytest.approx(100 * 62 / 64)


def test_intervals_that_are_too_narrow_or_too_wide_are_seen() -> None:
    def mean_of(factor: float) -> Any:
        def interval(draw: np.random.Generator, _: int) -> Interval:
            middle, half = float(draw.normal(70, 1)), factor * 1.96
            return Interval(low=middle - half, high=middle + half, level=0.95, method="z", answers=OTHER_ITEMS)

        return SCRIPT.Experiment(f"mean, {factor}", 70.0, interval)

    check(mean_of(1.0))
    for factor in (0.75, 1.5):
        with pytest.raises(AssertionError):
            check(mean_of(factor))
    found = SCRIPT.run(mean_of(0.8), 2000)
    assert found.held == pytest.approx(88.3, abs=2.2)
    assert found.below == pytest.approx(found.above, abs=2.5)
    assert found.width == pytest.approx(2 * 0.8 * 1.96)
