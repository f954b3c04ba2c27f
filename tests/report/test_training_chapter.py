"""How training went, from steps that a run wrote down."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.documents.figures import Curves
from harness.documents.parts import Illustration, Paragraph, Table
from harness.report.chapters.training import training
from harness.report.loaded import load_run
from harness.results.steplog import FILE
from harness.testing.simulated import simulate
from harness.testing.worlds import SimulatedTask, World
from harness.testing.written import write_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    tasks = (SimulatedTask(name="xnli", languages=("en", "de"), items=8),)
    world = World(arms=("none", "mnli + qqp"), tasks=tasks, seeds=1)
    return write_run(simulate(world, seed=1), tmp_path, "simulated")


def steps(digest: str) -> list[dict[str, object]]:
    """A hundred steps, a quarter of them on the second task, whose loss falls from 100 to 1."""
    return [
        {
            "event": "step",
            "phase": "intermediate",
            "digest": digest,
            "seed": 1,
            "step": step,
            "task": "qqp" if step % 4 == 0 else "mnli",
            "loss": float(101 - step),
        }
        for step in range(1, 101)
    ]


def test_curves_and_shares_are_those_of_the_steps(run: Path) -> None:
    loaded = load_run(run, run.parent / "store")
    phases = [phase for model in loaded.records.models.values() for phase in model.result.phases]
    (mixed,) = {phase.digest: phase for phase in phases if phase.phase == "intermediate"}.values()
    (run / FILE).write_text("".join(f"{json.dumps(line)}\n" for line in steps(mixed.digest)))
    curve, table = training(loaded)
    assert isinstance(curve, Illustration)
    assert isinstance(curve.figure, Curves)
    assert isinstance(table, Table)
    assert curve.table
    assert [cell.text for cell in curve.table.rows[0][2:]] == ["88.000", "63.000", "38.000", "13.000"]
    (line,) = (row for row in table.rows if row[2].text == mixed.digest[:8])
    assert [cell.text for cell in line[:5]] == [
        "mnli + qqp (multitask)",
        "1",
        mixed.digest[:8],
        "intermediate",
        "mnli 75 %, qqp 25 %",
    ]
    # An arm that is called as its tasks are is named once.
    assert [one.name for one in curve.figure.series] == ["mnli + qqp (multitask), seed 1"]
    assert line[-1].text == "here"
    others = {row[-1].text for row in table.rows if row[2].text != mixed.digest[:8]}
    assert others == {"earlier"}
    assert table.notes[0].startswith("Trained by an earlier run or attempt, and taken from the store: ")


def test_a_run_without_steps_has_no_curves(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "copy")
    (table,) = training(load_run(tmp_path / "copy", tmp_path / "store"))
    assert isinstance(table, Table)
    assert {row[-1].text for row in table.rows} == {"earlier"}


def test_phases_are_named_by_arms_and_those_without_curves_are_counted(tmp_path: Path) -> None:
    tasks = tuple(SimulatedTask(name=name, languages=("en", "de"), items=8) for name in ("xnli", "pawsx"))
    world = World(arms=("none", "early: mnli", "mnli > qqp"), tasks=tasks, seeds=2)
    run = write_run(simulate(world, seed=1), tmp_path, "simulated")
    loaded = load_run(run, run.parent / "store")
    phases = [phase for model in loaded.records.models.values() for phase in model.result.phases]
    wanted = {phase.digest: phase for phase in phases if phase.phase == "intermediate"}
    (first, *others) = wanted
    (run / FILE).write_text("".join(f"{json.dumps(line)}\n" for line in steps(first)))
    curve, said, table = training(loaded)
    assert isinstance(curve, Illustration)
    assert isinstance(curve.figure, Curves)
    assert isinstance(said, Paragraph)
    assert isinstance(table, Table)
    assert said.text.startswith(f"1 of {len(others) + 1} phases were trained by this run; the others")
    named = {(row[0].text, row[1].text, row[3].text, row[4].text) for row in table.rows}
    assert len(named) == len(table.rows)
    assert {("none", "1", "target", "xnli"), ("early", "2", "target", "pawsx")} <= named
    (drawn,) = curve.figure.series
    assert wanted[first].seed is not None
    assert drawn.name == f"early: mnli, seed {wanted[first].seed}"
