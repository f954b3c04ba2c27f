"""Runs by name, the model and settings they had, and what an evaluation takes from them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from harness.config import settings_from
from harness.errors import StoreError
from harness.integrity import MANIFEST
from harness.planning import session
from harness.planning.digests import digest_of_directory
from harness.planning.models import given_model, named_model
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.planning.execute import Outcome
    from harness.planning.session import Session
    from harness.registry import Registry
    from tests.planning.conftest import Bench


def evaluation(finished: tuple[Bench, Outcome], *targets: str, train: bool = True, **changes: Any) -> Session:
    bench, outcome = finished
    settings = session.settings_of_run(outcome.directory, bench.registry, {"target": targets, **changes})
    models = session.models_of_run(outcome.directory, bench.runs, bench.registry)
    return session.plan_evaluation(settings, bench.registry, bench.runs, models=models, metrics=None, train=train)


# --- runs


def test_a_run_knows_its_settings_and_its_model(finished: tuple[Bench, Outcome]) -> None:
    bench, outcome = finished
    asked = bench.settings(intermediate=("qqp", "ccg"), target=("pawsx", "tatoeba"))
    assert session.settings_of_run(outcome.directory, bench.registry, {}) == asked
    changed = session.settings_of_run(outcome.directory, bench.registry, {"languages": ("de",)})
    assert changed.languages == ("de",)
    model = session.models_of_run(outcome.directory, bench.runs, bench.registry)["none"]
    plan = bench.plan(intermediate=("qqp", "ccg"), target=("pawsx", "tatoeba"))
    assert (model.digest, model.path.name) == (plan.model.digest, plan.model.digest)
    assert model.shape == plan.shape or model.shape.positions == plan.shape.positions


def test_a_run_without_scores_has_no_model(tmp_path: Path, registry: Registry) -> None:
    (tmp_path / "records.jsonl").touch()
    with raises_code("run-without-models"):
        session.models_of_run(tmp_path, tmp_path, registry)


def test_a_model_that_is_gone_is_said(finished: tuple[Bench, Outcome], tmp_path: Path) -> None:
    bench, outcome = finished
    with raises_code("model-gone", "scratch"):
        session.models_of_run(outcome.directory, tmp_path, bench.registry)


# --- evaluation


def test_an_evaluation_takes_the_runs_phases_from_the_store(finished: tuple[Bench, Outcome]) -> None:
    bench, _ = finished
    planned = evaluation(finished, "squad", "tatoeba")
    by_phase = [(phase.phase, phase.names, bench.store.has("train", phase.digest)) for phase in planned.plan.phases]
    assert by_phase == [
        ("target", ("squad",), False),
        ("intermediate", ("qqp", "ccg"), True),
        ("target", ("squad",), False),
    ]
    assert planned.command == "eval"


def test_an_intermediate_task_is_scored_with_the_head_it_has(finished: tuple[Bench, Outcome]) -> None:
    bench, _ = finished
    planned = evaluation(finished, "ccg", train=False, baseline=False)
    assert [(phase.phase, phase.names) for phase in planned.plan.phases] == [("intermediate", ("qqp", "ccg"))]
    outcome = planned.execute()
    assert outcome.failures == []
    assert outcome.built == 1
    (score,) = bench.results(outcome)
    assert (score["task"], score["role"], score["status"]) == ("ccg", "intermediate", "ok")


def test_without_training_what_is_missing_is_named(finished: tuple[Bench, Outcome]) -> None:
    with pytest.raises(StoreError) as caught:
        evaluation(finished, "squad", "pawsx", "ccg", train=False)
    assert caught.value.what == ("3 training phases are not in the store: target phase on ccg; target phase on squad")
    assert evaluation(finished, "pawsx", "tatoeba", train=False).plan.targets == ("pawsx", "tatoeba")


# --- models


def encoder(directory: Path, **config: Any) -> Path:
    import json

    directory.mkdir()
    values = {"hidden_size": 16, "num_hidden_layers": 2, "max_position_embeddings": 514, "model_type": "xlm-roberta"}
    (directory / "config.json").write_text(json.dumps(values | {"pad_token_id": 1} | config))
    save_file({"weight": np.zeros(3, np.float32)}, directory / "model.safetensors")
    (directory / "tokenizer.json").write_text("{}")
    return directory


def test_a_directory_is_a_model(tmp_path: Path, registry: Registry) -> None:
    directory = encoder(tmp_path / "model")
    model = named_model(str(directory), registry)
    assert (model.path, model.digest) == (directory, digest_of_directory(directory))
    assert model.shape.positions == 512
    bert = encoder(tmp_path / "bert", model_type="bert", max_position_embeddings=512)
    assert given_model(bert).shape.positions == 512


def test_another_model_gives_another_plan(tmp_path: Path, bench: Bench) -> None:
    first, second = encoder(tmp_path / "a"), encoder(tmp_path / "b")
    save_file({"weight": np.ones(3, np.float32)}, second / "model.safetensors")
    settings = [
        settings_from(bench.registry, {"model": str(path), "data": str(bench.map), "target": ("pawsx",)})
        for path in (first, second)
    ]
    plans = [session.plan_training(each, bench.registry, bench.runs).plan for each in settings]
    digests = [{phase.digest for phase in plan.phases} for plan in plans]
    assert digests[0].isdisjoint(digests[1])
    assert [plan.model.digest for plan in plans] == [given_model(first).digest, given_model(second).digest]


def test_directories_that_are_no_models_are_refused(tmp_path: Path, registry: Registry) -> None:
    with raises_code("not-a-model-directory"):
        named_model(str(tmp_path), registry)
    with raises_code("unknown-model", "xlm-r-bas", "xlm-r-base"):
        named_model("xlm-r-bas", registry)
    odd = encoder(tmp_path / "odd")
    (odd / "config.json").write_text('{"width": 768, "n_layers": 6, "model_type": "distilbert"}')
    with raises_code("config-incomplete", "config.json", "hidden_size"):
        _ = given_model(odd).shape
    (odd / "config.json").write_text("{")
    with raises_code("not-json") as caught:
        _ = given_model(odd).shape
    assert caught.value.where == str(odd / "config.json")
    (encoder(tmp_path / "mute") / "tokenizer.json").unlink()
    with raises_code("no-tokenizer-files"):
        given_model(tmp_path / "mute")


def test_a_result_of_the_store_that_was_changed_is_another_model(
    finished: tuple[Bench, Outcome], tmp_path: Path
) -> None:
    bench, outcome = finished
    model = session.models_of_run(outcome.directory, bench.runs, bench.registry)["none"]
    copy = tmp_path / "store" / "model" / model.digest
    shutil.copytree(model.path, copy)
    assert given_model(copy).digest == model.digest
    save_file({"weight": np.ones(3, np.float32)}, copy / "model.safetensors")
    assert given_model(copy).digest != model.digest
    with raises_code("damaged-stage", copy):
        session.models_of_run(outcome.directory, tmp_path, bench.registry)
    (copy / MANIFEST).unlink()
    with raises_code("model-changed", copy):
        session.models_of_run(outcome.directory, tmp_path, bench.registry)


def test_a_run_on_a_given_directory_is_evaluated_from_there(finished: tuple[Bench, Outcome], bench: Bench) -> None:
    of_finished, outcome = finished
    built = session.models_of_run(outcome.directory, of_finished.runs, bench.registry)["none"]
    directory = bench.runs.parent / "given"
    shutil.copytree(built.path, directory)
    (directory / "manifest.json").unlink()
    small = {"target.steps": 2, "batch_size": 4}
    asked = settings_from(
        bench.registry,
        {"data": str(bench.map), "model": str(directory), "target": ("tatoeba",), "languages": ("de",), "set": small},
    )
    run = session.plan_training(asked, bench.registry, bench.runs).execute()
    assert run.failures == []
    model = session.models_of_run(run.directory, bench.runs, bench.registry)["none"]
    assert (model.path, model.digest) == (directory, digest_of_directory(directory))
