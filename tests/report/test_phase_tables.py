from __future__ import annotations

from typing import Any

from rich.console import Console

from harness.report.phase_tables import phase_tables
from harness.report.step_tables import step_tables
from harness.report.terminal import view
from harness.results.scores import Scores
from tests.report.test_step_tables import score


def lines(*parts: Any) -> list[str]:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(view(parts))
    return [" ".join(line.split()) for line in capture.get().splitlines() if line.strip(" ─")]


def test_each_chain_has_its_means_by_phase() -> None:
    rows = [
        score("mnli", "en", 10.0, phase=0),
        score("mnli", "de", 20.0, phase=0),
        score("mnli", "en", 30.0, phase=1),
        score("mnli", "de", 40.0, phase=1),
        score("mnli", "en", 60.0, phase=2, target="pawsx", truncated=3, constant=True),
        score("mnli", "de", 80.0, phase=2, target="pawsx"),
        score("mnli", "en", 50.0, phase=2, target="xnli"),
        score("mnli", "de", None, phase=2, target="xnli", status="failed"),
        score("none", "en", 10.0, phase=0),
        score("mnli", "sw", 99.0, phase=1),
        score("mnli", "en", 99.0),
        score("mnli", "en", 98.0, step=1),
        score("mnli", "en", 0.0, phase=1, perturbation="typo:2"),
    ]
    rows = [row | {"clean": not {"phase", "step"} & row.keys()} for row in rows]
    assert lines(*phase_tables(Scores(rows))) == [
        "t: accuracy, percent, by phase; means over common languages",
        "chain 0 1 2",
        "mnli, then pawsx 15.0 35.0 70.0 tc",
        "mnli, then xnli 15.0 35.0 - f",
        "none 10.0 - -",
    ]
    assert lines(*step_tables(Scores(rows))) == [
        "t: accuracy, percent, by step; means over languages",
        "arm 1 kept",
        "mnli 98.0 99.0",
    ]


def test_scores_at_the_end_of_chains_alone_need_no_table() -> None:
    assert lines(*phase_tables(Scores([score("none", "en", 10.0, phase=1), score("mnli", "en", 10.0, phase=2)]))) == []
