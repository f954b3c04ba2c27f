"""Every family of encoders, end to end: planned, trained, saved, read again, with the same scores."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from harness.config import settings_from
from harness.planning.models import given_model
from harness.planning.session import plan_evaluation, plan_training
from harness.registry import default_registry
from harness.results.runs import STORE
from tests.recorded import results

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.execute import Outcome
    from tests.encoders import FAMILIES, make_encoder
else:
    from encoders import FAMILIES, make_encoder

TARGETS = ("pawsx", "xquad", "panx", "tatoeba")


def scores(outcome: Outcome) -> dict[tuple[str, str, str], float]:
    found = results(outcome.directory, "score")
    assert {result["status"] for result in found} == {"ok"}
    return {(r["task"], r["language"], r["metric"]): r["value"] for r in found}


@pytest.mark.parametrize("family", FAMILIES)
def test_an_encoder_is_trained_saved_and_read_again(family: str, tmp_path: Path) -> None:
    registry = default_registry()
    model = make_encoder(family, tmp_path / "model")
    asked: dict[str, Any] = {
        "model": str(model),
        "target": TARGETS,
        "languages": ("en", "qaa", "qae"),
        "limit": 16,
        "set": {"target.steps": 2, "batch_size": 4, "lr": 1e-3, "max_length": 96, "dropout": 0.0},
    }
    settings = settings_from(registry, asked)
    session = plan_training(settings, registry, tmp_path / "runs")
    assert (session.plan.shape.hidden_size, session.plan.shape.layers, session.plan.shape.positions) == (32, 2, 96)
    outcome = session.execute()
    assert outcome.failures == []
    first = scores(outcome)
    assert {task for task, _, _ in first} == set(TARGETS)
    for phase in session.plan.phases:
        (task,) = phase.names
        copy = shutil.copytree(tmp_path / "runs" / STORE / "train" / phase.digest, tmp_path / task)
        (copy / "manifest.json").unlink()
        target = next(name for name in TARGETS if registry.task(name).trained_as == task)
        again = plan_evaluation(
            settings_from(registry, {**asked, "target": (target,), "model": str(copy)}),
            registry,
            tmp_path / "others",
            models={"": given_model(copy)},
            metrics=None,
            train=False,
            use_model_heads=True,
        ).execute()
        assert scores(again) == {key: value for key, value in first.items() if key[0] == target}
