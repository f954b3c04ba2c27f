"""Runs that begin with what reads texts in a model of texts and images: trained, read again, trimmed, exported."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from harness.config import settings_from
from harness.exporting.export import export_model
from harness.modeling.checkpoints import load_encoder
from harness.modeling.towers import tower_shape
from harness.planning.models import model_in
from harness.planning.session import models_of_run, plan_evaluation, plan_training
from harness.registry import default_registry
from harness.results.runs import STORE
from harness.sources.base import open_source
from harness.validation.subject import Subject
from tests.raising import raises_code
from tests.recorded import results

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.execute import Outcome
    from harness.planning.session import Session
    from tests.encoders import TWO_TOWERS, make_two_towers
else:
    from encoders import TWO_TOWERS, make_two_towers

TARGETS = ("pawsx", "xquad", "panx", "tatoeba")
REGISTRY = default_registry()


def asked(model: Path, **changes: Any) -> dict[str, Any]:
    return {
        "model": str(model),
        "target": TARGETS,
        "languages": ("en", "qaa", "qae"),
        "limit": 16,
        "set": {"target.steps": 2, "batch_size": 4, "lr": 1e-3, "max_length": 96, "dropout": 0.0},
        **changes,
    }


def planned(model: Path, runs: Path, **changes: Any) -> Session:
    return plan_training(settings_from(REGISTRY, asked(model, **changes)), REGISTRY, runs)


def scores(outcome: Outcome) -> dict[tuple[str, str, str], float]:
    found = results(outcome.directory, "score")
    assert {result["status"] for result in found} == {"ok"}
    return {(r["task"], r["language"], r["metric"]): r["value"] for r in found}


@pytest.mark.parametrize("kind", TWO_TOWERS)
def test_every_kind_of_task_is_trained_read_again_and_exported(kind: str, tmp_path: Path) -> None:
    runs, model = tmp_path / "runs", make_two_towers(kind, tmp_path / "model")
    session = planned(model, runs)
    shape = session.plan.shape
    assert (shape.hidden_size, shape.layers, shape.positions) == (32, 2, 96)
    outcome = session.execute()
    assert outcome.failures == []
    first = scores(outcome)
    assert {task for task, _, _ in first} == set(TARGETS)
    start = runs / STORE / "model" / session.plan.model.digest
    for phase in session.plan.phases:
        trained, before = (
            load_encoder(path)[0].state_dict() for path in (runs / STORE / "train" / phase.digest, start)
        )
        assert any(not trained[name].equal(before[name]) for name in before), "training changes the encoder"
    # The model may go once the store has its tower.
    shutil.move(model, tmp_path / "moved")
    again = plan_evaluation(
        settings_from(REGISTRY, asked(model)),
        REGISTRY,
        runs,
        models=models_of_run(outcome.directory, runs, REGISTRY),
        metrics=None,
        train=False,
    ).execute()
    assert scores(again) == first
    for task in ("pawsx", "tatoeba"):
        exported = tmp_path / f"exported-{task}"
        export_model(outcome.directory, runs, REGISTRY, output=exported, task=task)
        assert load_encoder(exported)[1].new == ()


def test_it_is_scored_as_it_is_without_training(tmp_path: Path) -> None:
    model = make_two_towers("altclip", tmp_path / "model")
    settings = settings_from(REGISTRY, asked(model, target=("tatoeba",), languages=("qaa",)))
    one = plan_evaluation(
        settings, REGISTRY, tmp_path / "runs", models={"": model_in(model)}, metrics=None, train=False
    ).execute()
    other = planned(model, tmp_path / "others", target=("tatoeba",), languages=("qaa",)).execute()
    assert scores(one) == scores(other)
    assert len(scores(one)) > 0


def test_its_vocabulary_can_be_trimmed(tmp_path: Path) -> None:
    model = make_two_towers("altclip", tmp_path / "model")
    whole = planned(model, tmp_path / "whole", target=("pawsx",)).execute()
    trimmed = planned(model, tmp_path / "runs", target=("pawsx",), trim_vocab="xtreme").execute()
    assert scores(trimmed) == scores(whole)
    export_model(trimmed.directory, tmp_path / "runs", REGISTRY, output=tmp_path / "exported", task="pawsx")
    encoder, _ = load_encoder(tmp_path / "exported")
    assert encoder.get_input_embeddings().num_embeddings == tower_shape(model).vocabulary


def test_what_needs_a_head_for_masked_tokens_is_refused(tmp_path: Path) -> None:
    model = make_two_towers("altclip", tmp_path / "model")
    (tmp_path / "map.toml").write_text('[mlm.validation]\nfile = "texts.txt"\n')
    (tmp_path / "texts.txt").write_text("the old house\n\na red dog\n")
    with raises_code("no-mask-head", "mlm", model):
        planned(model, tmp_path / "runs", target=("mlm",), languages=("en",), data=str(tmp_path / "map.toml"))


def test_data_are_checked_with_its_tokenizer(tmp_path: Path) -> None:
    model = make_two_towers("chinese_clip", tmp_path / "model")
    work = tmp_path / "work"
    work.mkdir()
    source = open_source("mini", REGISTRY)
    subject = Subject(REGISTRY.task("pawsx"), source, REGISTRY, limit=4, work=work, model=str(model), languages=("en",))
    assert subject.model().shape.positions == 96
    assert subject.model().architecture == "bert"
    assert subject.model() is subject.model()
