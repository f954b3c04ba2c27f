"""Runs: what fails is written down, the rest goes on; interrupted work is taken up where it was left."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

import harness
from harness.integrity import file_digests
from harness.planning import store
from harness.planning.execute import Outcome
from harness.planning.recording import Recorder
from harness.planning.stages.predicting import Predict
from harness.planning.stages.training import Trained
from harness.results import records
from harness.results.scores import load_records
from harness.training.determinism import SAME_BITS, WORKSPACE
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.planning.stages.base import Checkpoint, Stage
    from harness.planning.workbench import Workbench
    from harness.registry import Registry
    from tests.planning.conftest import Bench


def status(bench: Bench, outcome: Outcome) -> list[tuple[str, str, str, str, str]]:
    return [(r["arm"], r["task"], r["language"], r["metric"], r["status"]) for r in bench.results(outcome)]


def test_a_run_writes_a_score_for_every_arm_task_language_and_metric(finished: tuple[Bench, Outcome]) -> None:
    bench, outcome = finished
    assert outcome.failures == []
    expected = [(arm, "pawsx", code, "accuracy", "ok") for arm in ("none", "qqp + ccg") for code in ("en", "de", "fr")]
    expected += [
        (arm, "tatoeba", code, "retrieval_accuracy", "ok") for arm in ("none", "qqp + ccg") for code in ("de", "sw")
    ]
    assert sorted(status(bench, outcome)) == sorted(expected)
    assert outcome.scores == 10
    # One model, one intermediate phase, two target phases, ten predictions.
    assert (outcome.built, outcome.reused) == (14, 0)
    scores = bench.results(outcome)
    assert {(r["task"], r["n"], r["split"]) for r in scores} == {("pawsx", 8, "test"), ("tatoeba", 6, "test")}
    assert all(0 <= r["interval"]["low"] <= r["value"] <= r["interval"]["high"] <= 100 for r in scores)
    assert {r["role"] for r in scores} == {"target"}
    models = bench.results(outcome, "model")
    assert sorted(len(model["phases"]) for model in models) == [0, 1, 1, 2]
    (two,) = (model["phases"] for model in models if len(model["phases"]) == 2)
    assert [(p["phase"], p["tasks"], p["steps"], p["selection"]) for p in two] == [
        ("intermediate", ["qqp", "ccg"], 3, "last"),
        ("target", ["pawsx"], 2, "best accuracy on validation"),
    ]
    assert sorted(path.name for path in outcome.directory.iterdir()) == [
        "records.jsonl",
        "run.json",
        "settings.toml",
        "steps.jsonl",
    ]


def test_a_phase_that_development_rows_select_has_the_kept_checkpoint_s_score(bench: Bench) -> None:
    outcome = bench.run(set={"target.steps": 6, "eval_every": 1})
    (two,) = (model["phases"] for model in bench.results(outcome, "model") if len(model["phases"]) == 2)
    history = bench.store.manifest("train", two[1]["digest"])["facts"]["development"]
    assert len(history) == 6
    assert two[1]["development_score"] == max(entry["score"] for entry in history)
    assert two[1]["development_metric"] == "accuracy"
    assert (two[0]["development_score"], two[0]["development_metric"]) == (None, None)


def test_a_repeat_takes_everything_from_the_store_and_writes_the_same_results(finished: tuple[Bench, Outcome]) -> None:
    bench, outcome = finished
    again = bench.run(intermediate=("qqp", "ccg"), target=("pawsx", "tatoeba"))
    assert (again.built, again.reused, again.scores) == (0, 14, 10)
    for kind in ("run", "model", "score"):
        assert bench.results(again, kind) == bench.results(outcome, kind)
    assert not (again.directory / "steps.jsonl").exists()


def test_one_metric_that_fails_does_not_lose_the_score_of_the_other(
    bench: Bench, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(predictions: harness.Predictions) -> list[float]:
        raise KeyError("no such field")

    metric = harness.Metric(name="broken", kinds=("text-classification",), statistics=broken)
    nan = harness.Metric(
        name="not_a_number",
        kinds=("text-classification",),
        statistics=lambda predictions: [1.0] * len(predictions["gold"]),
        value=lambda sums, n: float("nan"),
    )
    task = dataclasses.replace(registry.task("qqp"), metrics=("broken", "accuracy", "not_a_number"))
    monkeypatch.setitem(registry.__dict__, "metrics", {**registry.metrics, "broken": metric, "not_a_number": nan})
    monkeypatch.setitem(registry.__dict__, "tasks", {**registry.tasks, "qqp": task})
    outcome = bench.run(intermediate=(), target=("qqp", "tatoeba"), languages=("en", "de"))
    assert status(bench, outcome) == [
        ("none", "qqp", "en", "broken", "failed"),
        ("none", "qqp", "en", "accuracy", "ok"),
        ("none", "qqp", "en", "not_a_number", "failed"),
        ("none", "tatoeba", "de", "retrieval_accuracy", "ok"),
    ]
    failed = bench.results(outcome)[0]
    assert failed["value"] is None
    assert failed["interval"] is None
    assert failed["error"] == "KeyError: 'no such field'"
    assert [failure.what for failure in outcome.failures] == [
        f"{name} of qqp in en after none, seed 1" for name in ("broken", "not_a_number")
    ]
    text = (outcome.directory / "failures.txt").read_text()
    assert "Traceback (most recent call last)" in text
    assert 'raise KeyError("no such field")' in text
    table = load_records(outcome.directory)
    assert table["value"].notna().tolist() == [False, True, False, True]


def failing(stages: Callable[[Trained], bool], error: Exception) -> tuple[Callable[..., None], list[str]]:
    """A replacement of Trained.build that fails for some stages, and the names of the phases it was called for."""
    real, called = Trained.build, list[str]()

    def train(self: Trained, bench: Workbench, out: store.Building) -> None:
        called.append(f"{self.phase} {'+'.join(self.names)}")
        if stages(self):
            raise error
        real(self, bench, out)

    return train, called


def test_every_score_has_the_record_of_its_model_though_one_could_not_be_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tried = Recorder._phases, []

    def phases(self: Recorder, checkpoint: Checkpoint, *made_from_it: Stage) -> Any:
        tried.append(checkpoint)
        if len(tried) == 1:
            raise KeyError("steps")
        return real(self, checkpoint, *made_from_it)

    monkeypatch.setattr(Recorder, "_phases", phases)
    outcome = bench.run(intermediate=())
    models = {model["digest"] for model in bench.results(outcome, "model")}
    assert {score["model"] for score in bench.results(outcome)} == models
    assert [score["status"] for score in bench.results(outcome)] == ["failed", "ok", "ok"]


def test_a_failed_intermediate_phase_fails_its_targets_once_and_leaves_the_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, called = failing(lambda stage: stage.names == ("ccg",), RuntimeError("out of luck"))
    monkeypatch.setattr(Trained, "build", train)
    outcome = bench.run(intermediate=("ccg", "qqp"), mode="single", target=("pawsx", "tatoeba"), languages=("en", "de"))
    assert status(bench, outcome) == [
        ("none", "pawsx", "en", "accuracy", "ok"),
        ("none", "pawsx", "de", "accuracy", "ok"),
        ("none", "tatoeba", "de", "retrieval_accuracy", "ok"),
        ("ccg", "pawsx", "en", "accuracy", "failed"),
        ("ccg", "pawsx", "de", "accuracy", "failed"),
        ("ccg", "tatoeba", "de", "retrieval_accuracy", "failed"),
        ("qqp", "pawsx", "en", "accuracy", "ok"),
        ("qqp", "pawsx", "de", "accuracy", "ok"),
        ("qqp", "tatoeba", "de", "retrieval_accuracy", "ok"),
    ]
    assert called == ["target pawsx", "intermediate ccg", "intermediate qqp", "target pawsx"]
    (failure,) = outcome.failures
    assert (failure.what, failure.error) == ("intermediate phase on ccg, seed 1", "RuntimeError: out of luck")
    assert {r["error"] for r in bench.results(outcome) if r["status"] == "failed"} == {failure.error}
    scores = bench.results(outcome)
    after_ccg = {score["model"] for score in scores if (score["arm"], score["task"]) == ("ccg", "pawsx")}
    (model,) = (m for m in bench.results(outcome, "model") if m["digest"] in after_ccg)
    assert [phase["steps"] for phase in model["phases"]] == [0, 0]

    # A repeat tries again what failed, and nothing else.
    monkeypatch.undo()
    train, called = failing(lambda _: False, RuntimeError())
    monkeypatch.setattr(Trained, "build", train)
    again = bench.run(intermediate=("ccg", "qqp"), mode="single", target=("pawsx", "tatoeba"), languages=("en", "de"))
    assert called == ["intermediate ccg", "target pawsx"]
    assert again.failures == []
    assert again.scores == 9


def test_a_loss_that_is_no_number_fails_its_phase_with_advice(bench: Bench) -> None:
    outcome = bench.run(set={"tasks.qqp.lr": 1e30, "tasks.qqp.max_grad_norm": 0.0, "tasks.qqp.steps": 30})
    assert [r["status"] for r in bench.results(outcome)] == ["ok"] * 3 + ["failed"] * 3
    (failure,) = outcome.failures
    assert failure.what == "intermediate phase on qqp, seed 1"
    assert "the loss of qqp is" in failure.error
    assert "lower lr (now 1e+30)" in failure.error


def test_a_model_that_cannot_be_built_fails_everything_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no room for a model")

    monkeypatch.setattr("harness.modeling.scratch.build", fails)
    outcome = bench.run(set={"model.vocabulary": 401})
    assert {r["status"] for r in bench.results(outcome)} == {"failed"}
    assert [failure.what for failure in outcome.failures] == ["scratch, built from texts of pawsx, qqp"]


def test_predictions_that_fail_fail_one_language(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Predict.build

    def predict(self: Predict, bench: Workbench, out: store.Building) -> None:
        if self.rows.language == "de":
            raise RuntimeError("no German")
        real(self, bench, out)

    monkeypatch.setattr(Predict, "build", predict)
    outcome = bench.run(baseline=False)
    assert [(r["language"], r["status"]) for r in bench.results(outcome)] == [
        ("en", "ok"),
        ("de", "failed"),
        ("fr", "ok"),
    ]


# --- the disk


def test_a_full_disk_ends_the_run_and_keeps_what_is_finished(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    train, called = failing(lambda stage: stage.phase == "intermediate", error)
    monkeypatch.setattr(Trained, "build", train)
    with raises_code("disk-full"):
        bench.run()
    assert called == ["target pawsx", "intermediate qqp"]
    (directory,) = bench.runs.glob("*-pawsx")
    lines = (directory / records.FILE).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["record"] for line in lines] == ["run", "model", "score", "score", "score"]
    monkeypatch.undo()
    again = bench.run()
    assert again.failures == []
    assert again.reused == 5  # the model, the baseline's phase, its three predictions


def test_a_disk_that_fills_up_in_mid_run(bench: Bench, small_disk: Path) -> None:
    bench.runs = small_disk / "runs"
    with raises_code("disk-full"):
        bench.run(set={"model.hidden_size": 256, "model.feed_forward": 256})
    finished = [path.parent.name for path in (small_disk / "runs" / "store" / "model").glob("*/manifest.json")]
    assert len(finished) == 1
    # With more room, the repeat goes on from there.
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    again = bench.run(set={"model.hidden_size": 256, "model.feed_forward": 256})
    assert again.failures == []
    assert again.reused >= 1


# --- interrupted phases


class Interrupt:
    """Stops a run at a step of a phase, as if its process were killed there."""

    def __init__(self, phase: str, step: int) -> None:
        self._phase, self._step, self._running = phase, step, ""

    @harness.hookimpl
    def phase_started(self, phase: Mapping[str, Any]) -> None:
        self._running = phase["name"]

    @harness.hookimpl
    def step_finished(self, step: Mapping[str, Any]) -> None:
        if (self._running, step["step"]) == (self._phase, self._step):
            raise KeyboardInterrupt


class Begins:
    """Remembers at which step each phase began."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int]] = []

    @harness.hookimpl
    def phase_started(self, phase: Mapping[str, Any]) -> None:
        self.steps.append((phase["name"], phase["step"]))


def test_a_phase_goes_on_from_its_last_checkpoint_with_the_same_results(bench: Bench, tmp_path: Path) -> None:
    lengths = {"intermediate.steps": 6, "target.steps": 6, "checkpoint_every": 2, "eval_every": 2}
    with pytest.raises(KeyboardInterrupt):
        bench.run(Interrupt("intermediate", 5), set=lengths, baseline=False)
    with pytest.raises(KeyboardInterrupt):
        bench.run(Interrupt("target", 5), set=lengths, baseline=False)
    begins = Begins()
    outcome = bench.run(begins, set=lengths, baseline=False)
    assert begins.steps == [("target", 4)]
    results = [bench.results(outcome, kind) for kind in ("run", "model", "score")]
    bench.runs = tmp_path / "undisturbed"
    begins = Begins()
    outcome = bench.run(begins, set=lengths, baseline=False)
    assert begins.steps == [("intermediate", 0), ("target", 0)]
    assert results == [bench.results(outcome, kind) for kind in ("run", "model", "score")]


def test_a_crash_between_training_and_manifest_does_not_lose_the_best_checkpoint(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best checkpoint is older than the state that a next attempt goes on from."""
    lengths = {"target.steps": 6, "checkpoint_every": 5, "eval_every": 1, "target.lr": 1e-12}
    real = file_digests

    def crash(directory: Path) -> dict[str, str]:
        if (directory / "heads.json").exists():
            raise KeyboardInterrupt
        return real(directory)

    with monkeypatch.context() as patch:
        patch.setattr(store, "file_digests", crash)
        with pytest.raises(KeyboardInterrupt):
            bench.run(set=lengths, intermediate=())
    begins = Begins()
    outcome = bench.run(begins, set=lengths, intermediate=())
    assert begins.steps == [("target", 5)]
    assert outcome.failures == []
    (model,) = bench.results(outcome, "model")
    assert model["phases"][0]["kept_step"] == 1
    (phase,) = bench.plan(set=lengths, intermediate=()).phases
    files = bench.store.manifest("train", phase.digest)["files"]
    assert {"config.json", "head-pawsx.safetensors", "heads.json", "tokenizer.json"} <= set(files)
    assert any(name.startswith("model") and name.endswith(".safetensors") for name in files)


# --- deterministic mode


class Looking:
    def __init__(self) -> None:
        self.seen: dict[str, tuple[bool, str | None]] = {}

    @harness.hookimpl
    def step_finished(self, step: dict[str, Any]) -> None:
        self.seen["training"] = mode()

    @harness.hookimpl
    def record_written(self, record: dict[str, Any]) -> None:
        self.seen["scoring"] = mode()


def mode() -> tuple[bool, str | None]:
    return torch.are_deterministic_algorithms_enabled(), os.environ.get(WORKSPACE)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_run_trains_and_scores_in_deterministic_mode_where_that_is_wanted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    monkeypatch.delenv(WORKSPACE, raising=False)
    looking = Looking()
    outcome = bench.run(looking, deterministic=wanted, intermediate=(), languages=("en",), seeds=(70 + wanted,))
    assert not outcome.failures
    expected = (True, SAME_BITS[0]) if wanted else (False, None)
    assert looking.seen == {"training": expected, "scoring": expected}
    assert mode() == (False, None)
    (phase,) = bench.plan(intermediate=(), languages=("en",), seeds=(70 + wanted,)).phases
    assert bench.store.manifest("train", phase.digest)["facts"]["deterministic"] is wanted


# --- plugins


def test_strict_mode_ends_the_run_where_a_plugin_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, registry: Registry
) -> None:
    from harness.plugins import Plugin

    class Tracker:
        @harness.hookimpl
        def step_finished(self, step: Mapping[str, Any]) -> None:
            raise ValueError("no network")

    plugin = Plugin(name="t/tracker", distribution="t", version="1", entry_point="tracker", built_in=False)
    tracker = Tracker()
    monkeypatch.setitem(registry.plugins, plugin.name, plugin)
    monkeypatch.setattr(registry, "problems", [])
    registry.manager.register(tracker, plugin.name)
    try:
        monkeypatch.setenv("XHARNESS_STRICT", "1")
        with raises_code("plugin-failed"):
            bench.run(intermediate=())
        monkeypatch.delenv("XHARNESS_STRICT")
        outcome = bench.run(intermediate=())
    finally:
        if registry.manager.is_registered(tracker):
            registry.manager.unregister(tracker)
    assert outcome.failures == []
    assert len(registry.problems) == 1
