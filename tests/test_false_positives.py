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
from harness.statistics import distributions, intervals, seeds, shares

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


def test_few_differences_are_claimed_on_items(script: ModuleType) -> None:
    draw = np.random.default_rng(3)
    found = [script.claimed_on_items(models, 100, 60, draw) for models in script.MODELS.values()]
    # 60 draws each: three standard errors of 180 of 5 % are 4.9 points.
    assert fmean(found) <= 9.9, found


def test_models_differ_on_as_many_items_as_is_said(script: ModuleType) -> None:
    draw = np.random.default_rng(6)
    for models, percent in ((script.right_or_wrong, 8.4), (script.spans, 20.5)):
        (pair,) = models(draw, 50_000).pairs
        differ = 100 * (pair.left.statistics != pair.right.statistics).any(axis=1).mean()
        # Three standard errors of 50,000 are 0.4 and 0.5 points.
        assert differ == pytest.approx(percent, abs=0.6)
        assert f"{percent} %" in models.__doc__


def test_parallel_languages_are_five_in_which_the_same_items_are_hard(script: ModuleType) -> None:
    pairs = script.parallel_languages(np.random.default_rng(7), 20_000).pairs
    assert len({pair.language for pair in pairs}) == len(pairs) == 5
    assert len({pair.left.items for pair in pairs}) == 1
    for side in ("left", "right"):
        alike = np.corrcoef([getattr(pair, side).statistics[:, 0] for pair in pairs])[np.triu_indices(5, 1)]
        # The chances' variance is 0.035, the answers' 0.234; answers of one language twice would give 1.
        assert alike == pytest.approx(0.15, abs=0.03)


def test_models_on_items_are_equally_good_and_not_the_same(script: ModuleType) -> None:
    draw = np.random.default_rng(4)
    for models in script.MODELS.values():
        sides = models(draw, 20_000).pairs[0]
        assert sides.left.value == pytest.approx(sides.right.value, abs=1.5)
        assert (sides.left.statistics != sides.right.statistics).any()


def test_an_interval_and_a_test_that_are_too_sure_are_found_on_items(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "normal_quantile", lambda _: 1.0)
    monkeypatch.setattr(shares, "chi_square_tail", lambda *_: 0.0)
    monkeypatch.setattr(shares, "fair_coin_tails", lambda *_: 0.0)
    assert script.claimed_on_items(script.right_or_wrong, 300, 100, np.random.default_rng(5)) > 3 * script.MOST


def test_either_a_run_or_items_are_asked_for(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in ([], ["run", "--items"]):
        monkeypatch.setattr(sys, "argv", ["false_positives.py", *words])
        with pytest.raises(SystemExit, match="2"):
            script.main()


def test_what_cannot_be_drawn_is_told(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="run has no arm with 6 seeds or more"):
        called(script, monkeypatch, table(seeds=5))
    with pytest.raises(SystemExit, match="xnli after arm 0: some seeds have other languages than others"):
        called(script, monkeypatch, table().iloc[1:])
