"""The tables of measures: means over seeds of the checkpoints that runs keep."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console, Group

from harness.report.measure_tables import measure_tables
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
    console.print(Group(*measure_tables(found)))
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def test_numbers_are_means_over_seeds_of_the_kept_checkpoint() -> None:
    snapshots = [measured(9.0, step=2), measured(8.0, step=4), measured(None, step=6, status="failed", error="broken")]
    lines = shown(measured(1.0), measured(2.0, seed=2), *snapshots)
    assert "en 1.5000" in lines
    assert "not shown: 3 measures by step; records.jsonl has them" in lines
    assert "failed: anisotropy of pawsx in en: broken" in lines
    assert not any(line.startswith("not shown") for line in shown(measured(1.0)))
