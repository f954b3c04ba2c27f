"""The tables of measures: means over seeds of the checkpoints that runs keep."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from harness.report.measure_tables import measure_tables
from harness.report.terminal import view
from harness.results.records import Records
from harness.results.schema import Environment, Measure, MeasureRecord

MEASURE = {
    "run": "a" * 16,
    "model": "b" * 16,
    "measure": "anisotropy",
    "measure_version": 1,
    "unit": "",
    "n": 3,
    "task_version": 1,
    "data": "d",
    "limited": False,
    "source": "mini",
    "status": "ok",
}


def measured(value: float | None, *, arm: str = "none", seed: int = 1, step: int | None = None, **other: Any) -> Any:
    at = {"arm": arm, "seed": seed, "task": "pawsx", "language": "en", "split": "test"}
    at |= {} if step is None else {"step": step}
    return msgspec.convert({**MEASURE, "at": at, "value": value, **other}, Measure)


def shown(*measures: Measure) -> list[str]:
    records = [MeasureRecord(result=one, environment=Environment(), schema=2) for one in measures]
    found = Records(Path("run"), runs=(), models={}, scores=(), measures=tuple(records))
    console = Console(file=io.StringIO(), width=100, record=True)
    console.print(view(list(measure_tables(found))))
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def test_numbers_are_means_over_seeds_of_the_kept_checkpoint() -> None:
    snapshots = [measured(9.0, step=2), measured(8.0, step=4), measured(None, step=6, status="failed", error="broken")]
    lines = shown(measured(1.0), measured(2.0, seed=2), *snapshots)
    assert "en 1.5000" in lines
    assert "not shown: 3 measures by step; records.jsonl has them" in lines
    assert "failed: anisotropy of pawsx in en: broken" in lines
    assert not any(line.startswith("not shown") for line in shown(measured(1.0)))


def test_tasks_that_are_compared_stand_beside_each_other() -> None:
    def similar(value: float | None, language: str, other: str, **more: Any) -> Any:
        at = {"arm": "none", "seed": 1, "task": "pawsx", "language": language, "split": "test", "other_task": other}
        return msgspec.convert({**MEASURE, "measure": "mmd", "at": at, "value": value, **more}, Measure)

    values = [similar(0.25, "en", "mnli"), similar(0.5, "en", "qqp"), similar(0.75, "de", "mnli")]
    broken = similar(None, "de", "qqp", status="failed", error="one row")
    lines = shown(measured(1.0), *values, broken)
    assert "pawsx: mmd of test rows, with each intermediate task" in lines
    assert "language mnli qqp" in lines
    assert "en 0.2500 0.5000" in lines
    assert "de 0.7500 -" in lines
    assert "failed: mmd of pawsx in de and qqp: one row" in lines
    assert "en 1.0000" in lines
    assert not any(line.startswith("not shown") for line in lines)


def test_many_intermediate_tasks_stand_in_lines_where_they_do_not_fit_beside_each_other() -> None:
    def similar(other: str) -> Any:
        at = {"arm": "none", "seed": 1, "task": "pawsx", "language": "en", "split": "test", "other_task": other}
        return msgspec.convert({**MEASURE, "measure": "mmd", "at": at, "value": 0.5}, Measure)

    lines = shown(*map(similar, (f"intermediate-task-{number}" for number in range(8))))
    assert "task en" in lines
    assert "intermediate-task-7 0.5000" in lines
