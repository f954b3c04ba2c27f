"""scripts/false_positives.py: tests over seeds claim few differences that are not there, and a broken test is found."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from statistics import fmean
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import harness
from harness.statistics import distributions, intervals, seeds

SCRIPT = Path(__file__).parent.parent / "scripts" / "false_positives.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("false_positives", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["false_positives"] = module
    spec.loader.exec_module(module)
    return module


def table(arms: int = 4, seeds: int = 20) -> pd.DataFrame:
    """What arms that do not differ score in two languages."""
    draw = np.random.default_rng(1)
    rows = [
        {"arm": f"arm {arm}", "task": "xnli", "seed": seed, "language": language, "value": draw.normal(70, 1.3)}
        for arm in range(arms)
        for seed in range(seeds)
        for language in ("de", "sw")
    ]
    return pd.DataFrame(rows).assign(main=True, clean=True, unit="percent")


def called(script: ModuleType, monkeypatch: pytest.MonkeyPatch, rows: pd.DataFrame, *options: str) -> None:
    monkeypatch.setattr(harness, "load_records", lambda _: rows)
    monkeypatch.setattr(sys, "argv", ["false_positives.py", "run", "--draws", "200", "--samples", "0", *options])
    script.main()


def test_few_differences_are_claimed_where_there_are_none(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called(script, monkeypatch, table(), "--samples", "4")
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in told[::2]] == [
        f"{test}, {size} seeds a set" for test in ("paired t", "Welch's t") for size in (3, 5, 8, 10)
    ]
    assert all("; of normal scores " in line for line in told[::2])
    assert all("xnli after arm 0 " in line and "xnli after arm 3 " in line for line in told[1::2])


@pytest.mark.parametrize("size", [3, 8])
def test_as_many_are_claimed_as_the_level_allows(script: ModuleType, size: int) -> None:
    draw = np.random.default_rng(2)
    samples = [draw.normal(50, 1, 20).tolist() for _ in range(20)]
    for claim, least in ((script.paired, 3.5), (script.welch, 2.0)):
        found = fmean(script.claimed(scores, size, claim, 150, draw) for scores in samples)
        assert least <= found <= script.MOST, (claim, found)


def test_differences_that_are_there_are_claimed(script: ModuleType) -> None:
    for claim in (script.paired, script.welch):
        assert claim([71.0, 72.5, 71.8], [60.0, 61.5, 60.2])
        assert claim([60.0, 61.5, 60.2], [71.0, 72.5, 71.8])
        assert not claim([70.0, 70.0, 70.0], [70.0, 70.0, 70.0])


def test_normal_quantiles_in_place_of_student_s_are_found(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "t_quantile", lambda p, _: distributions.normal_quantile(p))
    monkeypatch.setattr(seeds, "t_tails", lambda t, _: 2 * distributions.normal_share(-abs(t)))
    intervals.spread_and_interval.cache_clear()
    try:
        with pytest.raises(SystemExit, match="more than 6 % of differences that are not there are claimed"):
            called(script, monkeypatch, table())
    finally:
        intervals.spread_and_interval.cache_clear()


def test_what_cannot_be_drawn_is_told(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="run has no arm with 6 seeds or more"):
        called(script, monkeypatch, table(seeds=5))
    with pytest.raises(SystemExit, match="xnli after arm 0: some seeds have other languages than others"):
        called(script, monkeypatch, table().iloc[1:])
