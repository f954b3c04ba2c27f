"""What is trained when parts of the store are gone: nothing whose wanted results are all there."""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from harness.integrity import SEAL
from harness.planning.measurings import measurings
from harness.planning.missing import missing_checkpoints, missing_phases
from harness.planning.plan import Plan
from harness.planning.session import Session, models_of_run, plan_evaluation
from harness.planning.stages.encoding import Encode
from harness.planning.stages.measuring import Measurement
from harness.planning.stages.training import Trained
from harness.report.plan import plan_view
from tests.planning.conftest import Bench
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.config import Settings
    from harness.planning.execute import Outcome
    from harness.planning.plan import Cell
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench

ASKED: Mapping[str, Any] = {"intermediate": ("qqp", "ccg"), "target": ("pawsx", "tatoeba")}


@pytest.fixture
def stored(finished: tuple[Bench, Outcome], tmp_path: Path) -> tuple[Bench, Outcome]:
    """A finished run in a store of its own."""
    bench, outcome = finished
    shutil.copytree(bench.runs, tmp_path / "runs")
    return Bench(bench.registry, bench.map, tmp_path / "runs"), outcome


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The phases that are trained, as they are."""
    real, called = Trained.build, list[str]()

    def build(self: Trained, bench: Workbench, out: Building) -> None:
        called.append(self.phase)
        real(self, bench, out)

    monkeypatch.setattr(Trained, "build", build)
    return called


def delete(bench: Bench, *folders: str) -> None:
    for folder in folders:
        shutil.rmtree(bench.store.root / folder)


def delete_stages(session: Session, chosen: Callable[[Cell], bool]) -> int:
    """Delete predictions; how many."""
    gone = [one.stage for one in session.plan.cells if chosen(one)]
    for stage in gone:
        shutil.rmtree(session.bench.store.path(stage.folder, stage.digest))
    return len(gone)


def screen(session: Session) -> list[str]:
    console = Console(file=io.StringIO(), width=120)
    console.print(plan_view(session))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def same_results(bench: Bench, one: Outcome, other: Outcome) -> bool:
    return all(bench.results(one, kind) == bench.results(other, kind) for kind in ("run", "model", "score"))


@pytest.mark.parametrize("folders", [("train",), ("train", "features", "model")])
def test_nothing_is_made_where_all_predictions_are_stored(
    stored: tuple[Bench, Outcome], trained: list[str], folders: tuple[str, ...]
) -> None:
    bench, outcome = stored
    delete(bench, *folders)
    session = bench.session(**ASKED)
    lines = screen(session)
    assert sum(line.rstrip().endswith("not needed") for line in lines) == 3
    assert any("3 training phases, 0 of them done, 3 not needed" in line for line in lines)
    assert lines[-1].strip() == "nothing to train"
    again = session.execute()
    assert (trained, again.failures, again.built, again.scores) == ([], [], 0, 10)
    assert again.reused == (11 if len(folders) == 1 else 10)
    assert same_results(bench, outcome, again)
    assert [p["steps"] for model in bench.results(again, "model") for p in model["phases"]] == [2, 3, 2, 3]


def test_missing_predictions_have_only_their_own_phases_trained(
    stored: tuple[Bench, Outcome], trained: list[str]
) -> None:
    bench, outcome = stored
    delete(bench, "train", "features")
    session = bench.session(**ASKED)
    assert delete_stages(session, lambda one: (one.arm.label, one.task, one.language) == ("none", "pawsx", "de")) == 1
    assert [phase.phase for phase in missing_phases(session.plan, session.bench)] == ["target"]
    assert any("3 training phases, 0 of them done, 2 not needed" in line for line in screen(session))
    again = session.execute()
    assert trained == ["target"]
    assert (again.failures, again.built) == ([], 2)
    assert same_results(bench, outcome, again)


def test_a_stored_target_phase_knows_of_the_phase_before_it(stored: tuple[Bench, Outcome], trained: list[str]) -> None:
    bench, outcome = stored
    session = bench.session(**ASKED)
    intermediate = next(phase for phase in session.plan.phases if phase.phase == "intermediate")
    shutil.rmtree(session.bench.store.path(intermediate.folder, intermediate.digest))
    assert delete_stages(session, lambda one: one.arm.label != "none" and one.task == "pawsx") == 3
    again = session.execute()
    assert (trained, again.failures, again.built) == ([], [], 3)
    assert same_results(bench, outcome, again)


def test_phases_are_trained_of_which_older_predictions_say_nothing(
    stored: tuple[Bench, Outcome], trained: list[str]
) -> None:
    bench, outcome = stored
    for path in (bench.store.root / "predict").glob("*/manifest.json"):
        manifest = json.loads(path.read_text())
        del manifest["facts"]["phases"], manifest[SEAL]
        path.write_text(json.dumps(manifest))
    delete(bench, "train")
    session = bench.session(**ASKED)
    assert len(missing_phases(session.plan, session.bench)) == 3
    again = session.execute()
    assert sorted(trained) == ["intermediate", "target", "target"]
    assert same_results(bench, outcome, again)


def test_stored_predictions_are_scored_though_their_phase_fails(
    stored: tuple[Bench, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(self: Trained, bench: Workbench, out: Building) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(Trained, "build", build)
    bench, _ = stored
    delete(bench, "train", "features")
    session = bench.session(**ASKED)
    delete_stages(session, lambda one: (one.task, one.language) == ("pawsx", "de"))
    again = session.execute()
    failed = [(score["task"], score["language"]) for score in bench.results(again) if score["status"] == "failed"]
    assert failed == [("pawsx", "de")] * 2
    assert again.scores == 8


def measured(session: Session, measure: str) -> Session:
    """The session with a measure, computed beside its scores."""
    plan, bench = session.plan, session.bench
    found = measurings(plan.cells, [bench.registry.measure(measure)], bench.registry, bench.data)
    return dataclasses.replace(session, plan=dataclasses.replace(plan, measurings=found))


def test_a_measure_that_is_not_stored_takes_no_training_where_its_embeddings_are(
    stored: tuple[Bench, Outcome], trained: list[str]
) -> None:
    bench, _ = stored
    session = measured(bench.session(**ASKED), "anisotropy")
    first = session.execute()
    delete(bench, "train", "measure")
    assert missing_phases(session.plan, session.bench) == ()
    again = session.execute()
    assert (trained, again.failures) == ([], [])
    assert again.measured == first.measured > 0
    assert bench.results(again, "measure") == bench.results(first, "measure")
    delete(bench, "measure", "embed")
    assert {phase.phase for phase in missing_phases(session.plan, session.bench)} == {"intermediate", "target"}
    assert session.execute().failures == []
    assert sorted(trained) == ["intermediate", "target", "target"]


def test_planning_makes_no_model_to_learn_whether_a_measure_of_encoded_rows_is_stored(
    stored: tuple[Bench, Outcome],
) -> None:
    bench, _ = stored
    session = measured(bench.session(**ASKED), "anisotropy")
    delete(bench, "train", "model")
    one = session.plan.measurings[0]
    rows = Encode(one.rows, one.checkpoint.origin)
    stage = Measurement(one.measure, (("rows", rows),))
    plan = dataclasses.replace(session.plan, measurings=(dataclasses.replace(one, stage=stage),))
    assert list(missing_checkpoints(plan, session.bench).values()) == [plan.model]
    assert not session.bench.has(plan.model)


def test_an_evaluation_without_training_needs_no_phase_whose_predictions_are_stored(
    stored: tuple[Bench, Outcome], trained: list[str]
) -> None:
    bench, outcome = stored
    models = models_of_run(outcome.directory, bench.runs, bench.registry)
    delete(bench, "train")

    def evaluation(settings: Settings) -> Plan:
        return plan_evaluation(settings, bench.registry, bench.runs, models=models, metrics=None, train=False).plan

    assert len(evaluation(bench.settings(**ASKED)).cells) == 10
    with raises_code("phases-not-in-store", "target phase on ccg"):
        evaluation(bench.settings(**{**ASKED, "target": ("ccg",)}))
    assert trained == []
