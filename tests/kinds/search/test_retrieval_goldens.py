"""Retrieval without fine-tuning against the results of XTREME's own programs on made-up vectors and rankings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.kinds.features import FeatureBuilder
from harness.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = Registry()


@pytest.fixture(scope="module")
def goldens(shared: Path) -> Path:
    return shared / "goldens" / "mining"


@pytest.mark.parametrize("split", ["dev", "test"])
def test_tatoeba_is_as_accurate_as_in_the_reference(split: str, goldens: Path) -> None:
    expected: dict[str, Any] = json.loads((goldens / "expected.json").read_text())[split]["tatoeba"]
    english, foreign = (np.load(goldens / split / f"tatoeba_{side}.npy") for side in ("eng", "foreign"))
    rows = [
        harness.SentenceRow(text=str(i), side="source", key=str(i), matches=(str(gold),))
        for i, gold in enumerate(expected["gold"])
    ]
    rows += [harness.SentenceRow(text=str(i), side="target", key=str(i)) for i in range(len(foreign))]
    task = DecodeTask(task=REGISTRY.task("tatoeba"), labels=(), hyper=Hyper())
    decoded = REGISTRY.kind("sentence-similarity").decode([*english, *foreign], FeatureBuilder().build(), rows, task)
    predictions = {name: [fields[name] for _, fields in decoded] for name in ("gold", "prediction")}
    metric = REGISTRY.metric("retrieval_accuracy")
    right = int(np.sum(metric.statistics(predictions)))
    assert metric.value([right], len(decoded)) == expected["accuracy"]


def test_average_precision_is_that_of_the_reference(goldens: Path) -> None:
    cases = json.loads((goldens / "expected.json").read_text())["average_precision"]
    predictions: dict[str, list[Any]] = {
        "gold": [[str(key) for key in case["targets"]] for case in cases],
        "candidates": [[{"key": str(key)} for key in case["ranking"]] for case in cases],
    }
    found = REGISTRY.metric("map_at_20").statistics(predictions)
    assert found == pytest.approx([case["ap@20"] for case in cases], rel=1e-14)
