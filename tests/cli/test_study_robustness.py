"""`xharness study robustness` asked of simulated records: the answer, its files, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.testing.simulated import simulate
from harness.testing.worlds import Place, SimulatedTask, Spread, World
from harness.testing.written import write_run
from tests.fixtures import Cli

CONDITIONS = ("typo:2", "typo:3", "local-order:2")
ASKED = ("study", "robustness", "--arms", "mnli", "--targets", "xnli,pawsx", "--seeds", "1,2,3")
UNDER = ("--perturbations", "typo,local-order:2", "--severities", "2,3", "--languages", "")
ABOVE = {"xnli": 40.0, "pawsx": 30.0}


def write_world(name: str, kept: float, **changes: Any) -> None:
    """Records of an arm that loses half of what is above chance under typing errors, less what it keeps more."""

    def effect(place: Place) -> float:
        lost = {"typo:2": 0.5, "typo:3": 0.5, "local-order:2": 0.9}.get(str(place.further.get("perturbation")), 0.0)
        return -ABOVE[place.task] * (lost - (kept if lost and place.arm == "mnli" else 0.0))

    world = World(
        **{
            "arms": ("none", "mnli"),
            "tasks": tuple(SimulatedTask(name=task, languages=("en", "qaa", "qad"), items=400) for task in ABOVE),
            "seeds": 3,
            "base": lambda place: ABOVE[place.task] + (100 / 3 if place.task == "xnli" else 50.0),
            "effect": effect,
            "spread": Spread(task=0.2, language=0.1),
            "further": ({}, *({"perturbation": condition} for condition in CONDITIONS)),
            **changes,
        }
    )
    write_run(simulate(world, seed=1), Path("runs"), name)


def findings(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    (found,) = told["findings"]
    return dict(found)


def test_records_are_asked_and_every_screen_is_narrow_enough(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    write_world("drawn", kept=0.3)
    monkeypatch.setenv("COLUMNS", "80")
    done = cli(*ASKED, *UNDER, "--analyse-only", "drawn", "--output", "told")
    assert done.code == 0, done.err
    assert [line for line in done.out.splitlines() if len(line) > 80] == []
    found = findings(Path("told"))
    primary = found["primary"]
    assert (primary["reply"], primary["material"], primary["margin"], primary["n"]) == ("yes", True, 10.0, 3)
    assert primary["mean"] == pytest.approx(30, abs=8)
    assert [one["asked"] for one in found["others"]][:2] == [
        "mnli against none, typo",
        "mnli against none, local-order",
    ]
    titles = [table["title"].partition(":")[0] for table in found["tables"]]
    assert titles[-1] == "Diagnostic, never pooled"
    (row,) = found["tables"][-1]["rows"]
    assert row[:2] == ["pawsx", "local-order:2"]
    assert "labels of pawsx need not survive local-order:2: never pooled" in found["caveats"]
    stated = cli(*ASKED, *UNDER, "--analyse-only", "drawn", "--margin", "60", "--output", "wide")
    assert findings(Path("wide"))["primary"]["margin"] == 60.0, stated.err


def test_what_is_missing_or_of_another_model_is_told(cli: Cli) -> None:
    write_world("drawn", kept=0.0)
    for more, told in (
        (("--arms", "squad"), "arm squad"),
        (("--seeds", "1,4"), "seed 4"),
        (("--severities", "1"), "perturbation typo:1"),
        (("--targets", "xcopa"), "task xcopa"),
    ):
        given = dict(zip((*ASKED[2::2], *UNDER[::2]), (*ASKED[3::2], *UNDER[1::2]), strict=True)) | dict([more])
        words = [word for pair in given.items() for word in pair]
        refused = cli("study", "robustness", *words, "--analyse-only", "drawn")
        assert refused.code == 2
        assert "[cells-missing]" in refused.err
        assert told in " ".join(refused.err.split())
    guessed = cli(*ASKED, *UNDER, "--analyse-only", "drawn", "--languages", "en")
    assert "[no-other-language]" in guessed.err
    write_world("low", kept=0.0, base=lambda place: 60.0 if place.task == "pawsx" else 40.0, effect=lambda _: 0.0)
    low = cli(*ASKED, *UNDER, "--analyse-only", "low", "--output", "low")
    assert low.code == 0, low.err
    assert findings(Path("low"))["primary"]["reply"] == "cannot tell"
