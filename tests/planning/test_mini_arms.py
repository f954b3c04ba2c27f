"""Every arm runs on mini: text of all languages in any mix, translated tasks, the controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.config import settings_from
from harness.planning.session import Session, plan_training
from tests.recorded import results

if TYPE_CHECKING:
    from pathlib import Path

    from harness.registry import Registry

SMALL: dict[str, Any] = {"intermediate.steps": 3, "target.steps": 2, "batch_size": 8, "target.batch_size": 4}


def session(registry: Registry, runs: Path, *, set: dict[str, Any] | None = None, **asked: Any) -> Session:  # noqa: A002
    base: dict[str, Any] = {"target": ("pawsx",), "limit": 16, "languages": ("en", "qaa"), "baseline": False}
    settings = settings_from(registry, base | asked | {"set": {**SMALL, **(set or {})}})
    return plan_training(settings, registry, runs)


# Phases and their tasks before the target.
ARMS: dict[str, tuple[dict[str, Any], list[list[str]]]] = {
    "text alone": ({"intermediate": ("mlm",)}, [["mlm"]]),
    "text in a mix, by weight": (
        {"intermediate": ("mnli", "squad", "mlm"), "set": {"weight": 1.0, "tasks.mlm.weight": 2.0}},
        [["mnli", "squad", "mlm"]],
    ),
    "text after a task": ({"intermediate": ("mnli", "mlm"), "mode": "sequential"}, [["mnli"], ["mlm"]]),
    "text replayed": (
        {"intermediate": ("mlm", "mnli"), "mode": "sequential", "set": {"intermediate.replay": 0.5}},
        [["mlm"], ["mnli", "mlm"]],
    ),
    "translated": ({"intermediate": ("mnli@translated",)}, [["mnli@translated"]]),
    "English and translated": (
        {"intermediate": ("mnli", "mnli@translated"), "set": {"mixing": "temperature"}},
        [["mnli", "mnli@translated"]],
    ),
    "continued training": ({"intermediate": ("target-english",)}, [["pawsx"]]),
    "continued training beside text": ({"intermediate": ("target-english", "mlm")}, [["pawsx", "mlm"]]),
}


@pytest.mark.loads_torch
@pytest.mark.parametrize("name", ARMS)
def test_an_arm_runs(name: str, registry: Registry, tmp_path: Path) -> None:
    asked, phases = ARMS[name]
    outcome = session(registry, tmp_path, **asked).execute()
    assert (outcome.failures, outcome.scores) == ([], 2)
    (model,) = results(outcome.directory, "model")
    assert [phase["tasks"] for phase in model["phases"]] == [*phases, ["pawsx"]]
    assert [phase["steps"] for phase in model["phases"]] == [*[3] * len(phases), 2]
    if "mlm" in phases[-1]:
        # All six languages of its rows, 16 texts each.
        assert model["phases"][len(phases) - 1]["rows"]["mlm"] == 6 * 16


def test_arms_of_single_tasks_share_their_model_and_their_rows(registry: Registry, tmp_path: Path) -> None:
    plan = session(registry, tmp_path, intermediate=("mlm", "mnli@translated", "mnli"), mode="single").plan
    assert [cell.arm.label for cell in plan.cells[::2]] == ["mlm", "mnli@translated", "mnli"]
    assert {phase.start.digest for phase in plan.phases if phase.phase == "intermediate"} == {plan.model.digest}
    # mlm has rows in all languages, the translations in all but English.
    languages = {phase.names[0]: phase.tasks[0].language for phase in plan.phases}
    assert languages == {
        "mlm": "en+qaa+qab+qac+qad+qae",
        "mnli@translated": "qaa+qab+qac+qad+qae",
        "mnli": "en",
        "pawsx": "en",
    }


def test_a_checkpoint_is_selected_on_the_rows_of_a_task_with_the_same_head(registry: Registry, tmp_path: Path) -> None:
    settings = {"intermediate.select_on": "xquad:qaa+qab", "target.select_on": "qac", "intermediate.eval_every": 1}
    planned = session(registry, tmp_path, intermediate=("squad",), target=("mlqa",), set=settings)
    development = [phase.development for phase in planned.plan.phases]
    assert [[(data.task, data.language) for data in one.rows] for one in development if one] == [
        [("xquad", "qaa"), ("xquad", "qab")],
        [("mlqa", "qac")],
    ]
    outcome = planned.execute()
    assert not outcome.failures
    scores = results(outcome.directory, "score")
    assert [entry["language"] for entry in scores[0]["selected_on"]] == ["qaa", "qab", "qac"]
