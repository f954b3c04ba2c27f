"""Phases and predictions that fail: the rows of the step by name, settings that help, and where a repeat goes on."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import harness
from harness.training.engine import Engine, StepResult
from harness.training.predict import Predictor

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from tests.planning.conftest import Bench

STEPS: Mapping[str, Any] = {"intermediate.steps": 6, "intermediate.checkpoint_every": 2}


class Heard:
    """Remembers what hooks say of phases."""

    def __init__(self) -> None:
        self.planned: list[str] = []
        self.started: list[Mapping[str, Any]] = []
        self.finished: list[Mapping[str, Any]] = []
        self.failed: list[Mapping[str, Any]] = []

    @harness.hookimpl
    def run_started(self, run: Mapping[str, Any]) -> None:
        self.planned = run["phases"]

    @harness.hookimpl
    def phase_started(self, phase: Mapping[str, Any]) -> None:
        self.started.append(phase)

    @harness.hookimpl
    def phase_finished(self, phase: Mapping[str, Any]) -> None:
        self.finished.append(phase)

    @harness.hookimpl
    def phase_failed(self, phase: Mapping[str, Any]) -> None:
        self.failed.append(phase)


def test_hooks_know_a_phase_by_its_digest_in_plan_store_and_records(bench: Bench) -> None:
    heard = Heard()
    outcome = bench.run(heard, intermediate=("qqp", "ccg"), set={"cap": 6})
    digests = [phase["digest"] for phase in heard.started]
    assert digests == [phase["digest"] for phase in heard.finished] == heard.planned
    assert [phase["name"] for phase in heard.started] == ["target", "intermediate", "target"]
    assert all(bench.store.has("train", digest) for digest in digests)
    models = bench.results(outcome, "model")
    assert {phase["digest"] for model in models for phase in model["phases"]} == set(digests)
    assert heard.started[1]["shares"] == {"qqp": 0.5, "ccg": 0.5}
    assert heard.started[2]["shares"] == {"pawsx": 1.0}
    assert (heard.started[1]["steps"], heard.started[1]["batch_size"]) == (3, 4)
    assert heard.failed == []


def test_a_phase_that_diverged_names_its_rows_and_is_taken_up_at_its_checkpoint(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, count = Engine.step, [0]

    def step(self: Engine, task: str, *arguments: Any, **named: Any) -> StepResult:
        result = real(self, task, *arguments, **named)
        count[0] += task == "qqp"
        return StepResult(float("nan"), result.gradient_norm) if count[0] == 5 else result

    monkeypatch.setattr(Engine, "step", step)
    heard = Heard()
    outcome = bench.run(heard, set=STEPS)
    # The baseline's target phase does not suffer.
    assert [r["status"] for r in bench.results(outcome)] == ["ok"] * 3 + ["failed"] * 3
    (failure,) = outcome.failures
    assert failure.error.startswith("the loss of qqp is nan at step 5 of the intermediate phase")
    # Four rows of a file whose first line is a head; ids of qqp are the numbers of its rows.
    found = re.findall(r"qqp/train.tsv:(\d+) \(id (\d+)\)", failure.error)
    assert len(set(found)) == 4
    assert all(int(line) == int(number) + 2 for line, number in found)
    assert [(phase["name"], phase["error"]) for phase in heard.failed] == [("intermediate", failure.error)]
    log = [json.loads(line) for line in (outcome.directory / "steps.jsonl").read_text().splitlines()]
    assert [line["error"] for line in log if line["event"] == "phase_failed"] == [failure.error]
    monkeypatch.undo()
    again = Heard()
    assert bench.run(again, set=STEPS).failures == []
    assert [(phase["name"], phase["step"]) for phase in again.started] == [("intermediate", 4), ("target", 0)]


def test_predictions_without_enough_memory_fail_one_language_with_advice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = Predictor.outputs, [0]

    def outputs(self: Predictor, *arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] == 2:  # German
            raise MemoryError("Unable to allocate 9 GiB")
        return real(self, *arguments)

    monkeypatch.setattr(Predictor, "outputs", outputs)
    outcome = bench.run(intermediate=())
    assert [(r["language"], r["status"]) for r in bench.results(outcome)] == [
        ("en", "ok"), ("de", "failed"), ("fr", "ok")
    ]  # fmt: skip
    (failure,) = outcome.failures
    assert failure.error.startswith("not enough memory while predicting pawsx test in de: Unable to allocate 9 GiB")
    assert "--set token_budget=2048 (now 4096)" in failure.error
    assert "gradient_checkpointing" not in failure.error
