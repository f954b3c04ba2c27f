"""The loss of a step does not depend on how it is cut into micro-batches, nor on padding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from harness.kinds.encoding import log_softmax
from harness.training.batching import collate, cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kinds.features import Features
    from harness.modeling.model import TaskModel

KINDS = ("text-classification", "multiple-choice", "token-classification", "question-answering")
CPU = torch.device("cpu")


def loss_and_gradients(
    model: TaskModel, features: Features, batches: list[Any]
) -> tuple[float, dict[str, torch.Tensor]]:
    model.zero_grad()
    count = int(features.weights.sum())
    total = 0.0
    for units in batches:
        loss = model("t", collate(features, units, 1, CPU)) / count
        loss.backward()
        total += float(loss.detach())
    return total, {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("kind", KINDS)
def test_every_cut_gives_the_same_loss_and_gradients(
    kind: str, make_model: Callable[..., TaskModel], features_of: Callable[..., Features]
) -> None:
    model, features = make_model(t=kind), features_of(kind)
    units = np.arange(len(features))
    wanted, gradients = loss_and_gradients(model, features, [units])
    assert len(gradients) == len(list(model.parameters()))
    for budget, fewest in ((1, len(features)), (70, 5), (400, 2)):
        batches = [batch.units for batch in cut(features, units, budget, 32)]
        assert len(batches) >= fewest
        loss, found = loss_and_gradients(model, features, batches)
        assert loss == pytest.approx(wanted, rel=1e-5)
        for name, gradient in gradients.items():
            torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=2e-7, msg=name)


@pytest.mark.parametrize("kind", ["text-classification", "multiple-choice", "question-answering"])
def test_the_loss_is_the_mean_surprise_of_the_right_answers(
    kind: str, make_model: Callable[..., TaskModel], features_of: Callable[..., Features]
) -> None:
    model, features = make_model(t=kind), features_of(kind)
    batch = collate(features, np.arange(len(features)), 1, CPU)
    with torch.no_grad():
        loss = float(model("t", batch)) / len(features)
        outputs = model.head("t").outputs(model("t", batch, scores=True), batch)
    columns = features.unit_columns
    surprises = []
    for unit, scores in enumerate(outputs):
        if kind == "question-answering":
            gold = (columns["start"][unit], columns["end"][unit])
            assert scores.shape == (2, features.lengths[unit])
            surprises.append(-sum(log_softmax(row)[at] for row, at in zip(scores, gold, strict=True)) / 2)
        else:
            surprises.append(-log_softmax(scores)[columns["label"][unit]])
    assert loss == pytest.approx(np.mean(surprises), rel=1e-5)


def test_the_loss_of_tags_is_a_mean_over_words(
    make_model: Callable[..., TaskModel], features_of: Callable[..., Features]
) -> None:
    model, features = make_model(t="token-classification"), features_of("token-classification")
    loss, _ = loss_and_gradients(model, features, [np.arange(len(features))])
    surprises = []
    with torch.no_grad():
        for unit in range(len(features)):
            (scores,) = model("t", collate(features, np.asarray([unit]), 1, CPU), scores=True).numpy()
            tags = features.token_columns["tag"][features.offsets[unit] : features.offsets[unit + 1]]
            surprises += [-log_softmax(s)[tag] for s, tag in zip(scores, tags, strict=True) if tag >= 0]
    assert loss == pytest.approx(np.mean(surprises), rel=1e-5)
