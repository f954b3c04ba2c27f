"""The masked-LM loss of a model's own head on a later encoder, beside what transformers makes of the same weights."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

import harness
from harness.config import settings_from
from harness.planning.session import plan_training
from harness.planning.stages.masked import MaskedLoss
from harness.training.batching import collate
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.session import Session
    from harness.planning.stages.base import Checkpoint
    from tests.planning.conftest import Bench


def on_mini(bench: Bench, **changes: Any) -> Session:
    """A session on mini's own encoder, which has a masked-LM head."""
    torch.set_num_threads(1)
    asked = {"model": "mini", "preset": "mini", "intermediate": ("mnli",), "target": ("pawsx",), "languages": ("qaa",)}
    steps = {"intermediate.steps": 3, "target.steps": 2, "batch_size": 4}
    settings = settings_from(bench.registry, {**asked, "limit": 12, "set": steps, **changes})
    return plan_training(settings, bench.registry, bench.runs)


@pytest.fixture
def session(bench: Bench) -> Session:
    return on_mini(bench)


def theirs(origin: Path, checkpoint: Path, features: Any) -> float:
    """The loss as transformers computes it, with the encoder of one directory and the head of another."""
    from transformers import AutoModel, AutoModelForMaskedLM

    model = AutoModelForMaskedLM.from_pretrained(origin, dtype=torch.float32)
    encoder = AutoModel.from_pretrained(checkpoint, add_pooling_layer=False, dtype=torch.float32).state_dict()
    model.base_model.load_state_dict(encoder)
    # The output matrix is the later encoder's, whatever the configuration says of sharing.
    model.get_output_embeddings().weight = model.get_input_embeddings().weight
    model.eval()
    total = 0.0
    for unit in range(len(features)):
        batch = collate(features, np.array([unit]), model.config.pad_token_id, torch.device("cpu"))
        with torch.no_grad():
            mean = model(batch["input_ids"], attention_mask=batch["attention_mask"], labels=batch["target"]).loss
        total += float(mean) * int((batch["target"] != -100).sum())
    return total


def test_the_head_of_the_start_is_read_on_a_later_encoder(session: Session) -> None:
    bench, cell = session.bench, session.plan.cells[-1]
    rows, later = cell.stage.rows, cell.stage.checkpoint
    found: dict[Checkpoint, float] = {}
    for checkpoint in (later, later.origin):
        stage = MaskedLoss(checkpoint=checkpoint, rows=rows, sample=5)
        total, targets = harness.read_loss(stage.obtain(bench))
        features = stage._features(bench).drawn(5)
        assert len(features) == 5
        expected = theirs(later.origin.obtain(bench), checkpoint.obtain(bench), features)
        assert total == pytest.approx(expected, rel=1e-3)
        assert targets == int(features.weights.sum())
        found[checkpoint] = total
    assert found[later] != found[later.origin]


def test_each_different_text_counts_once(session: Session) -> None:
    stage = MaskedLoss(checkpoint=session.plan.model, rows=session.plan.cells[0].stage.rows, sample=5)
    rows = session.bench.data.of(stage.rows).rows
    texts = {text for row in rows for text in session.bench.kind("pawsx").texts(row)}
    assert len(stage._features(session.bench)) == len(texts)
    assert stage.digest != dataclasses.replace(stage, sample=6).digest
    later = dataclasses.replace(stage, checkpoint=session.plan.cells[-1].stage.checkpoint)
    assert stage.digest != later.digest


def test_a_model_without_such_a_head_is_told(bench: Bench) -> None:
    outcome = bench.session(intermediate=(), target=("pawsx",), measures=["masked-lm-loss"]).execute()
    rows = bench.results(outcome, "measure")
    assert {row["status"] for row in rows} == {"failed"}
    assert all("no-mask-head" in row["error"] for row in rows)
    with raises_code("measure-of-nothing", "masked-lm-loss"):
        bench.session(intermediate=(), target=("tatoeba",), measures=["masked-lm-loss"])


def test_texts_of_a_trimmed_model_have_its_own_ids(bench: Bench) -> None:
    targets, totals = [], []
    for trim in ("", "pawsx"):
        session = on_mini(bench, trim_vocab=trim)
        cell = session.plan.cells[0]
        stage = MaskedLoss(checkpoint=cell.stage.checkpoint.origin, rows=cell.stage.rows, sample=9)
        total, count = harness.read_loss(stage.obtain(session.bench))
        targets.append(count)
        totals.append(total / count)
    assert targets[0] == targets[1]
    # With a wrong numbering the head would guess at random, at the logarithm of some hundred tokens.
    assert totals[1] < totals[0] + 0.3
