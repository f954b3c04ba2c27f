from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.kinds.text_classification import TextClassification
from harness.rows import SentenceRow
from harness.sources.mini.encoder import directory as mini_encoder
from harness.validation.training import training
from tests.validation.conftest import Maker


def test_two_steps_and_predictions(make: Maker) -> None:
    first, second = training(make()).findings
    # Two labels and a fresh head: about ln 2.
    losses = [float(part) for part in first.what.removeprefix("2 steps, loss ").split(" then ")]
    assert losses == pytest.approx([math.log(2)] * 2, abs=0.2)
    assert second.what == "predictions of test rows in en can be scored"


def test_a_loss_that_is_no_number_is_told(make: Maker, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(mini_encoder(), broken)
    for file in broken.glob("*.safetensors"):
        weights = {name: torch.full_like(tensor, math.nan) for name, tensor in load_file(file).items()}
        save_file(weights, file, metadata={"format": "pt"})
    (problem,) = training(make(model=str(broken))).findings
    assert problem.problem
    assert problem.what.startswith("the loss of handmade is nan at step 1")


def test_predictions_that_the_kind_cannot_decode_are_told(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_: Any) -> Any:
        raise IndexError("list index out of range")

    monkeypatch.setattr(TextClassification, "decode", decode)
    problem = training(make()).findings[-1]
    assert problem.problem
    assert (problem.what, problem.where) == ("IndexError: list index out of range", "predicting test rows in en")


def sentences(count: int) -> list[SentenceRow]:
    return [
        SentenceRow(text=f"anna sees {i}", side=side, key=str(i), matches=(str(i),))
        for side in ("source", "target")
        for i in range(count)
    ]


def test_kinds_without_training_predict(make: Maker) -> None:
    subject = make(
        {("test", "sw"): sentences(5)}, kind="sentence-similarity", languages=("sw",), metrics=("retrieval_accuracy",)
    )
    assert [str(finding) for finding in training(subject).findings] == [
        "ok: training: predictions of test rows in sw can be scored"
    ]


def test_a_tuned_metric_without_validation_rows_is_told(make: Maker) -> None:
    subject = make({("test", "sw"): sentences(5)}, kind="bitext-mining", languages=("sw",), metrics=("mining_f1",))
    (problem,) = training(subject).findings
    assert problem.what == "no validation rows in sw"


def test_nothing_is_trained_without_training_rows(make: Maker) -> None:
    rows = make.good_rows()
    del rows["train", "en"]
    assert training(make(rows)).findings == []
