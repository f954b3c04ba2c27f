"""Published scores beside a run's, read as text."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from harness.registry import default_registry
from harness.report.published_tables import published_tables
from harness.report.terminal import view
from tests.flat import flat_row

HEAD = "source,protocol,model,task,metric,language,value\n"


def shown(tmp_path: Path, rows: list[dict[str, Any]], lines: str, width: int = 80) -> list[str]:
    file = tmp_path / "published.csv"
    file.write_text(HEAD + lines)
    console = Console(file=io.StringIO(), width=width, record=True)
    console.print(view(published_tables(rows, file, default_registry())))
    return [line.rstrip() for line in console.export_text().split("\n")]


def row(language: str, value: float, arm: str = "none", **other: Any) -> dict[str, Any]:
    own = {"task": "xnli", "metric": "accuracy", "seed": 1, "source": "files", "limited": False, "stand_in": False}
    return flat_row(value, arm=arm, language=language, **{**own, **other})


def test_each_published_score_has_its_protocol_and_the_difference(tmp_path: Path) -> None:
    lines = "paper A,test,mBERT,xnli,accuracy,de,71.1\npaper B,dev,XLM-R [large],xnli,accuracy,de,80\n"
    found = shown(tmp_path, [row("de", 60.0), row("de", 72.0, "mnli")], lines)
    assert found[0] == "xnli: accuracy, percent, beside published.csv"
    cells = [line.split() for line in found if "[1]" in line or "[2]" in line]
    assert cells[:4] == [
        ["mBERT", "de", "none", "71.1", "60.0", "-11.1", "[1]"],
        ["mBERT", "de", "mnli", "71.1", "72.0", "+0.9", "[1]"],
        ["XLM-R", "[large]", "de", "none", "80.0", "60.0", "-20.0", "[2]"],
        ["XLM-R", "[large]", "de", "mnli", "80.0", "72.0", "-8.0", "[2]"],
    ]
    assert "[1] test (paper A)" in found
    assert "[2] dev (paper B)" in found
    assert not any("of part of the rows" in line for line in found)


def test_a_mean_over_some_languages_is_not_compared(tmp_path: Path) -> None:
    found = shown(tmp_path, [row("de", 60.0, limited=True)], "paper,test,mBERT,xnli,accuracy,mean,66\n")
    assert ["mBERT", "mean", "66.0", "-", "(1/15)", "-", "[1]"] in [line.split() for line in found]
    assert any("so no mean stands" in line for line in found)
    assert any("of part of the rows" in line for line in found)


def test_generated_rows_and_other_tasks_have_nothing_beside_them(tmp_path: Path) -> None:
    line = "paper,test,mBERT,xnli,accuracy,de,66\n"
    assert "nothing stands beside" in shown(tmp_path, [row("de", 60.0, source="mini")], line)[0]
    assert "none of 1 published score" in shown(tmp_path, [row("fr", 60.0)], line)[0]
