"""How hard simulated items are, and how alike they are answered."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.testing.alike import FILE, alike, is_measured
from tests.raising import raises_code

MEASURED = json.loads(FILE.read_text(encoding="utf-8"))["tasks"]


def correlations(right: NDArray[np.float64]) -> Mapping[str, float]:
    """Mean correlation of pairs of answers over items, by what the pairs share."""
    arm, seed, language = (index.ravel() for index in np.indices(right.shape[:3]))
    found = np.asarray(np.corrcoef(right.reshape(len(arm), -1)))
    a, s, c = (one[:, None] == one[None, :] for one in (arm, seed, language))
    pairs = {"item": ~a & ~c, "language": ~a & c, "arm": a & ~s & ~c, "arm_language": a & ~s & c, "run": a & s & ~c}
    return {name: float(found[chosen].mean()) for name, chosen in pairs.items()}


@pytest.mark.parametrize("task", MEASURED)
def test_answers_are_as_alike_as_those_of_real_runs(task: str) -> None:
    items = alike(task)
    generator = np.random.default_rng(0)
    shape = (6, 3, 4, 2000)
    # Scores that differ as much as those of the runs.
    scores = np.clip(generator.normal(MEASURED[task]["score"], MEASURED[task]["deviation"], shape[:3]), 2, 98)
    difficulties = items.draw_difficulties(generator, (*shape[:2], 1, *shape[2:]), parallel=True)[:, :, 0]
    found = correlations((difficulties < items.thresholds(scores)[..., None]).astype(float))
    assert found == pytest.approx(MEASURED[task]["correlations"], abs=0.05)


@pytest.mark.parametrize("task", MEASURED)
def test_so_many_items_are_right_as_the_true_score_says(task: str) -> None:
    items = alike(task)
    generator = np.random.default_rng(1)
    difficulties = items.draw_difficulties(generator, (1, 1, 1, 1, 200_000), parallel=True).ravel()
    scores = np.array([0.5, 20.0, 50.0, 90.0, 99.5])
    right = [100 * (difficulties < threshold).mean() for threshold in items.thresholds(scores)]
    assert right == pytest.approx(scores, abs=0.4)
    assert 0 < items.alone < 1


def test_items_of_languages_that_are_not_parallel_have_nothing_in_common() -> None:
    items = alike("pawsx")
    found = {}
    for parallel in (True, False):
        drawn = items.draw_difficulties(np.random.default_rng(2), (3, 3, 1, 3, 4000), parallel=parallel)[:, :, 0]
        found[parallel] = correlations((drawn < 0).astype(float))
    assert found[True]["item"] > 0.1
    assert found[False]["item"] == pytest.approx(0.0, abs=0.02)
    assert found[False]["run"] == pytest.approx(0.0, abs=0.02)
    # Within a language they are as alike as before.
    assert found[False]["language"] == pytest.approx(found[True]["language"], abs=0.05)


def test_what_was_not_measured_is_not_known() -> None:
    assert is_measured("xnli")
    assert not is_measured("mnli")
    with raises_code("unknown-measured-items"):
        alike("mnli")
