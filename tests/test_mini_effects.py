"""What docs/mini.md says intermediate training does on mini, held on the stored scores of scripts/mini_effects.py."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.armtext import parse_arm
from harness.registry import default_registry
from harness.sources.mini import encoder
from harness.sources.mini.vocabulary import GENERATOR_VERSION
from harness.statistics.intervals import Interval, t_interval

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mini_effects", ROOT / "scripts" / "mini_effects.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mini_effects"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "docs" / "mini_effects.json").read_text(encoding="utf-8"))
    return loaded


def test_the_scores_were_measured_on_what_is_shipped(measured: dict[str, Any]) -> None:
    sealed = json.loads((encoder.DIRECTORY / encoder.SEAL).read_text(encoding="utf-8"))
    assert measured["generator_version"] == GENERATOR_VERSION
    assert measured["encoder"] == sealed["sha256"]


def test_the_tables_are_those_of_the_scores(script: ModuleType, measured: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "mini.md").read_text(encoding="utf-8")
    between = text.partition(script.BEGIN)[2].partition(script.END)[0]
    assert between.strip() == script.tables(measured["scores"]).strip()


def gain(script: ModuleType, arms: dict[str, Any], target: str, language: str) -> Interval:
    """Of all nine tasks together, over seeds."""
    interval: Interval = t_interval(script.gains(arms["all"][target], arms["none"][target], language))
    return interval


def test_nine_tasks_together_help_at_least_three_targets(script: ModuleType, measured: dict[str, Any]) -> None:
    arms = measured["scores"]["mini"]
    assert len([target for target in script.TARGETS if gain(script, arms, target, "mean without en").low > 0]) >= 3


def test_the_demonstration_has_an_effect_and_its_limit(script: ModuleType, measured: dict[str, Any]) -> None:
    arms = measured["scores"]["mini"]
    gains = {code: gain(script, arms, "pawsx", code) for code in arms["none"]["pawsx"]}
    assert min(gains["en"].low, gains["qaa"].low) > 0
    assert gains["qae"].low < 0 < gains["qae"].high


def test_retrieval_is_harmed(script: ModuleType, measured: dict[str, Any]) -> None:
    assert gain(script, measured["scores"]["mini"], "tatoeba", "mean without en").high < 0


@pytest.mark.parametrize(("target", "language"), [("xnli", "mean without en"), ("xquad", "en")])
def test_the_effect_is_not_one_encoders_luck(
    script: ModuleType, measured: dict[str, Any], target: str, language: str
) -> None:
    others = [arms for name, arms in measured["scores"].items() if name != "mini"]
    assert len(others) >= 2
    assert all(gain(script, arms, target, language).low > 0 for arms in others)


def test_gains_by_hand(script: ModuleType) -> None:
    base = {"en": {"1": 50.0, "2": 52.0, "3": 50.0}, "qaa": {"1": 40.0, "2": 40.0, "3": 40.0}}
    after = {"en": {"1": 60.0, "2": 64.0, "3": 61.0}, "qaa": {"1": 41.0, "2": 43.0, "3": 42.0}}
    assert script.gains(after, base, "en") == [10, 12, 11]
    assert script.gains(after, base, "mean without en") == [1, 3, 2]
    # Mean 11, standard deviation 1, t(0.975, 2) = 4.3027, so 4.3027 / sqrt(3) = 2.4842.
    assert (script.shown([10, 12, 11]), script.shown([-1, 1, 0])) == ("**+11.0 ± 2.5**", "+0.0 ± 2.5")


def test_its_arms_are_those_of_the_stored_scores(script: ModuleType, measured: dict[str, Any]) -> None:
    """Each is called by its text, so that scores are found by it, and trains what the tables say."""
    arms = {**script.TOGETHER, **script.FURTHER}
    assert ["none", *arms] == list(measured["scores"]["mini"])
    parsed = {name: parse_arm(text, default_registry()) for name, text in arms.items()}
    assert {name: arm.label for name, arm in parsed.items()} == arms
    assert parsed["all, with multilingual mlm"].phases[0].tasks == (*parsed["all"].phases[0].tasks, "mlm")
    assert {name: arm.intermediate for name, arm in parsed.items() if len(arm.intermediate) == 1} == {
        name: (name,) for name in script.ALONE
    }
