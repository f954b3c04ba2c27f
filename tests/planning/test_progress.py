"""What hooks are told of work beside training: stages that are made, how far they are, and scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import harness
from harness.training.predict import Predictor

if TYPE_CHECKING:
    import pytest

    from tests.planning.conftest import Bench


class Heard:
    """Remembers what hooks say."""

    def __init__(self) -> None:
        self.predictions: list[str] = []
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.scores: list[Mapping[str, Any]] = []

    @harness.hookimpl
    def run_started(self, run: Mapping[str, Any]) -> None:
        self.predictions = run["predictions"]

    @harness.hookimpl
    def stage_started(self, stage: Mapping[str, Any]) -> None:
        self.told.append(("started", stage))

    @harness.hookimpl
    def stage_advanced(self, stage: Mapping[str, Any]) -> None:
        self.told.append(("advanced", stage))

    @harness.hookimpl
    def stage_finished(self, stage: Mapping[str, Any]) -> None:
        self.told.append(("finished", stage))

    @harness.hookimpl
    def stage_failed(self, stage: Mapping[str, Any]) -> None:
        self.told.append(("failed", stage))

    @harness.hookimpl
    def score_started(self, score: Mapping[str, Any]) -> None:
        self.scores.append(score)

    def of(self, what: str, kind: str) -> list[Mapping[str, Any]]:
        return [stage for told, stage in self.told if (told, stage["kind"]) == (what, kind)]


def test_every_stage_is_told_from_its_start_to_its_end(bench: Bench) -> None:
    heard = Heard()
    outcome = bench.run(heard, intermediate=())
    for kind, count in (("train", 1), ("predict", 3)):
        started, finished = heard.of("started", kind), heard.of("finished", kind)
        assert len(started) == len(finished) == count
        assert [stage["digest"] for stage in started] == [stage["digest"] for stage in finished]
        assert all(bench.store.has(kind, stage["digest"]) for stage in finished)
        assert all(stage["seconds"] > 0 for stage in finished)
    assert [stage["about"] for stage in heard.of("started", "predict")] == [
        f"pawsx test, {c}" for c in ("en", "de", "fr")
    ]
    assert [stage["digest"] for stage in heard.of("finished", "predict")] == heard.predictions
    # All rows are encoded before the first prediction.
    kinds = [stage["kind"] for what, stage in heard.told if what == "started"]
    assert len(heard.of("finished", "encode")) >= 4
    assert kinds.index("predict") > max(number for number, kind in enumerate(kinds) if kind == "encode")
    assert heard.of("failed", "predict") == []
    assert [(score["task"], score["language"], score["n"]) for score in heard.scores] == [
        ("pawsx", result["language"], result["n"]) for result in bench.results(outcome)
    ]


def test_predictions_tell_how_far_they_are_in_tokens(bench: Bench) -> None:
    heard = Heard()
    bench.run(heard, intermediate=(), languages=("de",), set={"token_budget": 24})
    told = heard.of("advanced", "predict")
    assert len(told) > 2
    done = [stage["done"] for stage in told]
    assert done == sorted(set(done))
    assert done[0] > 0
    assert {stage["total"] for stage in told} == {done[-1]}
    assert {stage["digest"] for stage in told} == set(heard.predictions)


def test_what_is_in_the_store_is_not_told(bench: Bench) -> None:
    bench.run(intermediate=())
    heard = Heard()
    bench.run(heard, intermediate=())
    assert heard.told == []
    assert len(heard.predictions) == len(heard.scores) == 3


def test_a_stage_that_fails_says_why(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def outputs(self: Predictor, *arguments: Any) -> Any:
        raise ValueError("no such luck")

    monkeypatch.setattr(Predictor, "outputs", outputs)
    heard = Heard()
    bench.run(heard, intermediate=(), languages=("de",))
    (failed,) = heard.of("failed", "predict")
    assert failed["error"] == "ValueError: no such luck"
    assert failed["digest"] in heard.predictions
    assert heard.of("finished", "predict") == []
    assert heard.scores == []
