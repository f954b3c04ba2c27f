"""`xharness study similarity`: trained small from plan to answer."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from harness_plugins.studies.similarity import PRIMARY

from tests.fixtures import Cli


@pytest.mark.loads_torch
def test_sources_are_trained_measured_and_ranked(cli: Cli) -> None:
    small = ("--targets", "udpos", "--seeds", "1", "--limit", "24", "--languages", "en,qad,qaf", "--tasks", "qqp,ccg")
    done = cli("study", "similarity", "--tier", "smoke", *small, "--further", "vocabulary-divergence")
    assert done.code == 0, done.err
    (folder,) = Path("runs/studies").iterdir()
    (found,) = json.loads((folder / "study.json").read_text(encoding="utf-8"))["findings"]
    assert (found["primary"]["reply"], found["primary"]["quantity"]) == ("cannot tell", "rank correlation")
    assert "ranks of 2 intermediate tasks" in found["primary"]["why"]
    with (folder / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    measured = {(row["metric"], row["other_task"], row["language"]) for row in rows if row["other_task"]}
    assert measured == {
        (measure, source, code)
        for measure in (PRIMARY, "vocabulary-divergence")
        for source in ("qqp", "ccg")
        for code in ("en", "qad", "qaf")
    }
    # Gains in the table are scores after less those before, by hand.
    (table,) = (one for one in found["tables"] if one["title"].startswith("Gains over none"))
    main = [row for row in rows if row["metric"] == "udpos_f1_xtreme" and row["language"] in ("qad", "qaf")]

    def mean(arm: str) -> float:
        return sum(float(row["value"]) for row in main if row["arm"] == arm) / 2

    assert {row[0]: row[1] for row in table["rows"]} == {
        source: f"{mean(f'{source} alone') - mean('none'):+.1f}" for source in ("qqp", "ccg")
    }
    # Rows that phases trained on are known from the records of models.
    (ranked,) = (one for one in found["tables"] if one["title"].startswith("Rank correlation"))
    assert [row[0] for row in ranked["rows"]][-1] == "training rows"
