"""Outputs that are infinite or no numbers become no score: the score fails and says which rows they are of."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import safetensors.torch
import torch

from harness.config import settings_from
from harness.planning.session import plan_training
from harness.training import replica
from harness.training.predict import outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.planning.execute import Outcome
    from tests.planning.conftest import Bench

    Outputs = Callable[..., list[NDArray[np.float32]]]


def test_scores_of_a_model_with_an_embedding_that_is_no_number_fail(
    finished: tuple[Bench, Outcome], bench: Bench, tmp_path: Path
) -> None:
    (manifest,) = (finished[0].runs.with_name("alone") / "store" / "model").glob("*/manifest.json")
    model = shutil.copytree(manifest.parent, tmp_path / "model", ignore=shutil.ignore_patterns("manifest.json"))
    (file,) = model.glob("*.safetensors")
    weights = safetensors.torch.load_file(file)
    name = next(name for name in weights if name.endswith("word_embeddings.weight"))
    # The separator, which every row has.
    weights[name][2] = torch.nan
    safetensors.torch.save_file(weights, file, {"format": "pt"})
    asked = {"model": str(model), "target": ("tatoeba",), "data": str(bench.map)}
    outcome = plan_training(settings_from(bench.registry, asked), bench.registry, bench.runs).execute()
    assert outcome.scores == 0
    assert [failure.what for failure in outcome.failures] == [
        "tatoeba in de after none, seed 1",
        "tatoeba in sw after none, seed 1",
    ]
    for failure, language in zip(outcome.failures, ("de", "sw"), strict=True):
        assert "[not-finite]" in failure.error
        assert f"12 of 12 rows of tatoeba test in {language}" in failure.error
        assert "and 7 more" in failure.error
    scores = bench.results(outcome)
    assert {(score["status"], score["value"]) for score in scores} == {("failed", None)}
    assert all("[not-finite]" in score["error"] for score in scores)
    assert not any((bench.store.root / "predict").glob("*/*.parquet"))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_development_scores_are_of_numbers_only(bench: Bench, monkeypatch: pytest.MonkeyPatch, value: float) -> None:
    real: Outputs = outputs

    def spoilt(*arguments: object, **named: object) -> list[NDArray[np.float32]]:
        found = real(*arguments, **named)
        found[3][1] = value
        return found

    monkeypatch.setattr(replica, "outputs", spoilt)
    outcome = bench.run(intermediate=())
    (failure, *_) = outcome.failures
    assert failure.what == "target phase on pawsx, seed 1"
    assert "1 of 8 rows of pawsx validation in en" in failure.error
    assert "validation.tsv:4" in failure.error
    assert outcome.scores == 0
    assert {score["status"] for score in bench.results(outcome)} == {"failed"}
