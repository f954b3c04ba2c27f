"""A run as named curves, for whatever tool keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import NothingToShow
from harness.outputs import portable_name
from harness.tracking.follower import Continued, RunFollower, needs_extra
from harness.tracking.summary import RunSummary
from tests.plugins.trackers.follow import step
from tests.raising import raises_code


class Kept:
    """A curve in memory."""

    def __init__(self, done: int | None) -> None:
        self.done = done
        self.values: list[tuple[int, Mapping[str, float]]] = []
        self.closed = 0

    def write(self, values: Mapping[str, float], step: int) -> None:
        assert not self.closed
        self.values.append((step, values))

    def show(self, summary: RunSummary) -> None:
        raise AssertionError("without scores there is no summary")

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def kept() -> dict[str, list[Kept]]:
    """Curves by name, each as often as it was opened."""
    return {}


@pytest.fixture
def follower(kept: dict[str, list[Kept]]) -> RunFollower:
    def open_curve(name: str, done: int | None) -> Kept:
        kept.setdefault(name, []).append(Kept(done))
        return kept[name][-1]

    return RunFollower(open_curve)


def phase(digest: str, step: int = 0) -> dict[str, Any]:
    return {"name": "target", "digest": digest * 16, "tasks": ["pawsx"], "seed": 1, "step": step, "steps": 9}


def score(arm: str, language: str, value: float, **further: str) -> dict[str, Any]:
    at = {"arm": arm, "seed": 1, "task": "pawsx", "language": language, "split": "test", **further}
    return {"record": "score", "result": {"status": "ok", "at": at, "metric": "f1", "value": value, "model": "m"}}


MODEL = {"record": "model", "result": {"digest": "m", "phases": [{"kept_step": 3}, {"kept_step": 7}]}}


def test_a_phase_tells_how_many_of_its_steps_stay(follower: RunFollower, kept: dict[str, list[Kept]]) -> None:
    follower.phase_started(phase=phase("a"))
    follower.step_finished(step=step(1, 0.5))
    follower.phase_failed()
    follower.step_finished(step=step(2, 0.5))
    follower.phase_started(phase=phase("a", step=4))
    follower.phase_finished()
    first, again = kept["phases/target-pawsx-seed1-aaaaaaaa"]
    assert (first.done, again.done, [at for at, _ in first.values], again.values) == (0, 4, [1], [])
    assert (first.closed, again.closed) == (1, 1)


def test_steps_that_a_tool_has_are_not_written_again() -> None:
    kept = Kept(3)
    curve = Continued(kept, {"loss/mnli": 5, "loss/qqp": 4, "learning_rate": 5})
    for number, task in ((4, "qqp"), (5, "mnli"), (6, "qqp"), (7, "new")):
        curve.write({f"loss/{task}": 0.5, "learning_rate": 1.0}, number)
    assert kept.values == [
        (6, {"loss/qqp": 0.5, "learning_rate": 1.0}),
        (7, {"loss/new": 0.5, "learning_rate": 1.0}),
    ]
    # Half of a step was written when the process was killed.
    curve.write({"loss/mnli": 0.5, "loss/qqp": 0.25}, 5)
    assert kept.values[2:] == [(5, {"loss/qqp": 0.25})]
    curve.close()
    assert kept.closed == 1


def test_scores_of_an_arm_are_one_curve_until_the_run_ends(
    follower: RunFollower, kept: dict[str, list[Kept]], tmp_path: Path
) -> None:
    follower.run_started(run={"directory": str(tmp_path / "first")})
    follower.record_written(record=MODEL)
    for record in (score("mnli + qqp", "en", 51.0), score("none", "en", 50.0), score("mnli + qqp", "de", 49.0)):
        follower.record_written(record=record)
    follower.record_written(record=score("none", "en", 40.0, perturbation="typo:2"))
    assert list(kept) == [f"scores/first/{portable_name('mnli + qqp-seed1')}", "scores/first/none-seed1"]
    (mixed,), (alone,) = kept.values()
    assert mixed.values == [(7, {"pawsx/f1/en": 51.0}), (7, {"pawsx/f1/de": 49.0})]
    assert alone.values == [(7, {"pawsx/f1/en": 50.0}), (7, {f"pawsx/f1/en/{portable_name('typo:2')}": 40.0})]
    assert (mixed.done, mixed.closed) == (None, 0)
    follower.run_finished(run={"directory": str(tmp_path / "first"), "ok": 0})
    assert (mixed.closed, alone.closed) == (1, 1)


def test_arms_of_the_same_tasks_trained_otherwise_are_curves_of_their_own(
    follower: RunFollower, kept: dict[str, list[Kept]], tmp_path: Path
) -> None:
    follower.run_started(run={"directory": str(tmp_path / "first")})
    follower.record_written(record=MODEL)
    for arm in ("mnli > squad", "mnli, squad", "mnli + squad"):
        follower.record_written(record=score(arm, "en", 51.0))
    assert [len(curves) for curves in kept.values()] == [1, 1, 1]
    for name in kept:
        assert re.fullmatch(r"scores/first/mnli-squad-seed1_[0-9a-f]+", name)


def test_what_an_interrupted_run_left_open_is_closed_by_the_next(
    follower: RunFollower, kept: dict[str, list[Kept]], tmp_path: Path
) -> None:
    follower.run_started(run={"directory": str(tmp_path / "first")})
    follower.record_written(record=MODEL)
    follower.record_written(record=score("none", "en", 51.0))
    follower.phase_started(phase=phase("a"))
    follower.run_started(run={"directory": str(tmp_path / "second")})
    assert [curve.closed for curves in kept.values() for curve in curves] == [1, 1]


def test_curves_are_closed_where_the_summary_fails(
    follower: RunFollower, kept: dict[str, list[Kept]], tmp_path: Path
) -> None:
    follower.run_started(run={"directory": str(tmp_path / "first")})
    follower.record_written(record=MODEL)
    follower.record_written(record=score("none", "en", 51.0))
    with pytest.raises(NothingToShow):
        follower.run_finished(run={"directory": str(tmp_path / "first"), "ok": 1})
    assert [curve.closed for curves in kept.values() for curve in curves] == [1, 1]


def test_a_failed_score_is_no_point_of_a_curve(
    follower: RunFollower, kept: dict[str, list[Kept]], tmp_path: Path
) -> None:
    follower.run_started(run={"directory": str(tmp_path / "first")})
    failed = score("none", "en", 0.0)
    failed["result"]["status"] = "failed"
    follower.record_written(record=failed)
    assert kept == {}


def test_only_what_is_not_installed_is_said_to_be_missing() -> None:
    with raises_code("package-missing") as raised, needs_extra("The tool", "tool"):
        import no_such_module_at_all  # type: ignore[import-not-found]  # noqa: F401
    assert raised.value.fix == "pip install 'xharness[tool]'"
    with pytest.raises(ZeroDivisionError), needs_extra("The tool", "tool"):
        _ = 1 / 0
