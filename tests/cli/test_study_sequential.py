"""`xharness study sequential`: trained small from plan to answer, and asked of simulated records."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from harness_plugins.studies.sequential import Options, arms_of

from harness.registry import default_registry
from harness.testing.simulated import simulate
from harness.testing.worlds import Place, SimulatedTask, Spread, World
from harness.testing.written import write_run
from tests.fixtures import Cli

ASKED = ("study", "sequential", "--tier", "smoke")


def findings(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    return told


def answer() -> Path:
    """The folder that the study wrote, which there is one of."""
    (folder,) = Path("runs/studies").iterdir()
    return folder


@pytest.mark.loads_torch
def test_chains_are_trained_scored_phase_by_phase_and_asked_about(cli: Cli) -> None:
    asked = ("--regimes", "mixture", "--long", "mnli", "--targets", "udpos,tatoeba")
    # The last reaches the run with the targets alone.
    small = ("--languages", "en,qad", "--limit", "24", "--set", "target.steps=2", "--set", "target.examples=16")
    done = cli(*ASKED, *asked, *small)
    assert done.code == 0, done.err
    told = findings(answer())
    (found,) = told["findings"]
    assert found["primary"]["question"] == "loss"
    assert found["primary"]["n"] == 2
    with (answer() / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    after = {(row["phase"], row["task"]) for row in rows if row["arm"] == "mnli then squad" and row["phase"]}
    assert after >= {*((str(phase), "tatoeba") for phase in range(3)), ("1", "mnli"), ("2", "mnli"), ("2", "squad")}
    cka = [float(row["value"]) for row in rows if row["metric"] == "cka" and row["phase"] == "0"]
    assert cka == pytest.approx([1.0] * len(cka))
    registry = default_registry()
    assert {row["task"] for row in rows if row["metric"] == "cka"} == {"tatoeba"}
    # Target by target: chains against single tasks, by hand.
    ends = [row for row in rows if not row["phase"] and row["language"] == "qad" and row["metric"] != "cka"]
    main = [row for row in ends if row["metric"] in (registry.task("udpos").metrics[0], "retrieval_accuracy")]
    assert {row["task"] for row in main} == {"udpos", "tatoeba"}

    def mean(arms: tuple[str, str]) -> float:
        return sum(float(row["value"]) for row in main if row["arm"] in arms) / 8

    expected = mean(("mnli then squad", "squad then mnli")) - mean(("mnli alone", "squad alone"))
    assert found["primary"]["mean"] == pytest.approx(expected)

    again = cli(*ASKED, *asked, "--analyse-only", *told["runs"], "--output", "again")
    assert again.code == 0, again.err
    assert findings(Path("again"))["findings"] == told["findings"]
    half = cli(*ASKED, *asked, "--analyse-only", told["runs"][0])
    assert half.code == 2
    assert "phase 0" in half.err
    assert "xharness study sequential --tier smoke" in half.err


def test_simulated_records_are_asked_as_those_of_runs(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    arms = [arm for own in arms_of(Options(regimes=())).values() for arm in own]
    chains = {arm.label for arm in arms if " then " in arm.label}

    def effect(place: Place) -> float:
        return -15.0 if place.arm in chains and place.language == "qad" else 0.0

    world = World(
        arms=("none", *(f"{arm.label}: {arm.text}" for arm in arms)),
        tasks=(
            SimulatedTask(name="tatoeba", languages=("qaa", "qad")),
            *(SimulatedTask(name=name, languages=("en",)) for name in ("mnli", "squad")),
        ),
        seeds=2,
        effect=effect,
        spread=Spread(task=0.2, language=0.1),
        further=({}, *({"phase": phase} for phase in range(3))),
    )
    write_run(simulate(world, seed=1), Path("runs"), "drawn")
    asked = ("--targets", "tatoeba", "--regimes", "", "--no-drift")
    monkeypatch.setenv("COLUMNS", "80")
    done = cli(*ASKED, *asked, "--analyse-only", "drawn")
    assert done.code == 0, done.err
    assert [line for line in done.out.splitlines() if len(line) > 80] == []
    primary = findings(answer())["findings"][0]["primary"]
    assert (primary["reply"], primary["material"]) == ("yes", True)
    assert primary["mean"] == pytest.approx(-15, abs=4)
    assert "chains against single tasks, low-resource languages: yes" in " ".join(done.out.split())
    refused = cli(*ASKED, *asked, "--analyse-only", "drawn", "--tasks", "mnli,ccg")
    assert refused.code == 2
    assert "arm ccg alone" in refused.err
