"""Runs stored by earlier versions give the tables of then, but for intervals that are computed from predictions."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from harness.benchmarks.leaderboard.document import leaderboard
from harness.benchmarks.leaderboard.formats import render
from harness.registry import default_registry
from harness.report.summary import summary_view

STORED = Path(__file__).parent / "schema1"
"""Runs of schema 1, with the predictions of two of them and what the program of then printed."""

RUNS = ("mixed", "sequence", "single", "evaluated", "failed")


def printed(run: Path, store: Path) -> str:
    file = io.StringIO()
    Console(file=file, width=100).print(summary_view(run, store))
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


@pytest.mark.parametrize("name", RUNS)
def test_a_stored_run_is_summarised_as_it_was_then(name: str) -> None:
    assert printed(STORED / name, STORED / "store") == (STORED / name / "summary.txt").read_text(encoding="utf-8")


def test_stored_runs_make_the_leaderboard_that_they_made_then() -> None:
    sources = [STORED / name for name in ("mixed", "sequence", "single", "failed")]
    made = leaderboard(sources, default_registry(), allow=["limited", "partial", "mixed", "failed"])
    assert render(made.document, "markdown").decode() == (STORED / "leaderboard.md").read_text(encoding="utf-8")
