from __future__ import annotations

from typing import Any

from rich.console import Console

from harness.report.step_tables import step_tables
from harness.report.terminal import view
from harness.results.scores import Scores


def score(arm: str, language: str, value: float | None, seed: int = 1, **other: Any) -> dict[str, Any]:
    row = {"arm": arm, "language": language, "value": value, "seed": seed, "task": "t", "metric": "accuracy"}
    row |= {"unit": "percent", "perturbation": "", "split": "test", "n": 4, "low": 0.0, "high": 1.0, "interval": "i"}
    row |= {"status": "ok", "stand_in": False, "limited": False, "overlap": "[]", "n_skipped": 0, "truncated": 0}
    row |= {"constant": False, "role": "target", "selected_on": "[]", "unknown": 0.0}
    return {**row, "clean": not other.keys() & {"step", "perturbation"}, **other}


def shown(*rows: dict[str, Any]) -> list[str]:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(view(list(step_tables(Scores(rows)))))
    return [" ".join(line.split()) for line in capture.get().splitlines() if line.strip(" ─")]


def test_each_arm_has_its_means_by_step() -> None:
    rows = [
        score("none", "en", 10.0, step=1),
        score("none", "de", 20.0, step=1),
        score("none", "en", 30.0, seed=2, step=1),
        score("none", "de", 40.0, seed=2, step=1),
        score("none", "en", 60.0, step=2),
        score("none", "de", 80.0, step=2),
        score("none", "en", 50.0),
        score("none", "de", 60.0),
        score("mnli", "en", 50.0, step=2),
        score("mnli", "de", None, step=2, status="failed"),
        score("mnli", "en", 90.0),
        score("mnli", "en", 0.0, perturbation="typo:2"),
        score("frozen", "en", 20.0),
    ]
    assert shown(*rows) == [
        "t: accuracy, percent, by step; means over languages",
        "arm 1 2 kept",
        "none 25.0 70.0 55.0",
        "mnli - - 90.0 f",
        "frozen - - 20.0",
    ]


def test_scores_of_kept_checkpoints_alone_need_no_table() -> None:
    assert shown(score("none", "en", 10.0)) == []
