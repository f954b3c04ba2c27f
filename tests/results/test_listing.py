"""The list of runs: order, states, what is read of records and what is not."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.results import records
from harness.results.listing import ListedRun, listed_runs
from harness.results.runs import Ending, MeanGains, RunInfo, at_work, begin

GAINS = {"mnli": 1.25, "squad": -3.0}


def add(runs: Path, place: str, command: str = "train", **info: Any) -> Path:
    directory = runs / place
    begin(directory, RunInfo(command=command, started=f"2026-01-{place[6:8]}T10:00:00+00:00", planned=4, **info))
    return directory


def ending(failed: int = 0) -> Ending:
    return Ending(seconds=2.0, scored=4 - failed, failed=failed, gains=GAINS)


def test_finished_runs_are_listed_without_their_records(tmp_path: Path) -> None:
    directory = add(
        tmp_path, "20260101T000000.0-a", name="a", arms=("none", "mnli"), targets=("pawsx",), ending=ending()
    )
    (directory / "records.jsonl").write_bytes(b"not JSON\n")
    (run,) = listed_runs(tmp_path)
    assert (run.name, run.state, run.scored, run.mean_gain, run.resumed) == ("a", "done", 4, 1.25, False)
    values = json.loads(json.dumps(run.values()))
    assert (values["arms"], values["gains"], values["seconds"]) == (["none", "mnli"], GAINS, 2.0)


def test_what_belongs_to_a_run_stands_below_it(tmp_path: Path) -> None:
    first = add(tmp_path, "20260101T000000.0-a", ending=ending())
    add(tmp_path, "20260102T000000.0-b", ending=ending())
    evaluated = add(tmp_path, "20260103T000000.0-c", "eval", of=first.name, ending=ending())
    add(tmp_path, "20260104T000000.0-c-rescored", "rescore", of=evaluated.name, ending=ending())
    add(tmp_path, "20260105T000000.0-d", "eval", of="gone", ending=ending())
    add(tmp_path, "20260106T000000.0-e", "eval", of="", ending=ending())
    assert [run.name[6:8] for run in listed_runs(tmp_path)] == ["01", "03", "04", "02", "05", "06"]


def test_states(tmp_path: Path) -> None:
    add(tmp_path, "20260101T000000.0-a", ending=ending(failed=1))
    add(tmp_path, "20260102T000000.0-a")
    broken = add(tmp_path, "20260103T000000.0-a")
    (broken / "records.jsonl").write_bytes(b"not JSON\n\n")
    with at_work(add(tmp_path, "20260104T000000.0-a")):
        found = [(run.state, run.scored) for run in listed_runs(tmp_path)]
    assert found == [("failed", 3), ("interrupted", 0), ("unreadable", None), ("running", 0)]


def test_interrupted_attempts_that_were_taken_up_again_are_marked(tmp_path: Path) -> None:
    add(tmp_path, "20260101T000000.0-a", asked="a")
    add(tmp_path, "20260102T000000.0-a", asked="b")
    add(tmp_path, "20260103T000000.0-a", asked="a", ending=ending())
    add(tmp_path, "20260104T000000.0-a", asked="a")
    found = listed_runs(tmp_path)
    assert [run.resumed for run in found] == [True, False, False, False]
    # The latest stands for it, though another one before that has ended.
    assert [run.shown_by for run in found] == ["20260104T000000", "", "", ""]


def test_a_run_that_was_repeated_under_its_name_is_one(tmp_path: Path) -> None:
    for day, asked, name, ended in (
        ("01", "a", "mine", True),
        ("02", "a", "mine", False),
        ("03", "a", "", True),
        ("04", "a", "other", True),
        ("05", "b", "mine", True),
        ("06", "a", "mine", True),
        ("07", "a", "mine", False),
    ):
        add(tmp_path, f"202601{day}T000000.0-a", asked=asked, name=name, ending=ending() if ended else None)
    found = {run.directory.name[6:8]: run for run in listed_runs(tmp_path)}
    shown = {day: run.shown_by for day, run in found.items() if run.shown_by}
    # 06 has ended, and 07 has taken up what was interrupted.
    assert shown == {"01": found["06"].name, "02": "mine"}
    assert found["07"].name == "mine"


def test_what_belongs_to_an_attempt_stands_below_the_latest(tmp_path: Path) -> None:
    first = add(tmp_path, "20260101T000000.0-a", asked="a")
    add(tmp_path, "20260102T000000.0-b", "eval", of=first.name, ending=ending())
    add(tmp_path, "20260103T000000.0-a", asked="a", ending=ending())
    assert [run.name[6:8] for run in listed_runs(tmp_path)] == ["01", "03", "02"]


def listed(tmp_path: Path, *, planned: int, described: bool, cut: bool, monkeypatch: pytest.MonkeyPatch) -> ListedRun:
    """A run of three scores, two of them of one prediction, which says nothing of its end."""
    directory = add(tmp_path, "20260101T000000.0-a")
    environment = {"started": "2026-01-01T10:00:00+00:00", "planned": planned, "command_line": ["xharness", "train"]}
    asked = {"command": "train", "settings": {"model": "mini", "target": ["pawsx"]}}
    line = {"schema": 1, "record": "run", "result": asked, "circumstance": environment}
    (directory / "records.jsonl").write_text(json.dumps(line) + "\n")
    if not described:
        (directory / "run.json").unlink()
    rows = [("1", "none"), ("1", "none"), ("2", "mnli")]
    scores = tuple(
        SimpleNamespace(result=SimpleNamespace(predictions=p, status="ok", at={"arm": arm})) for p, arm in rows
    )
    found = SimpleNamespace(scores=scores, clean=scores, measures=(), unscored=planned - 2, cut=cut)
    monkeypatch.setattr(records, "read_records", lambda _: found)
    monkeypatch.setattr("harness.results.runs.mean_gains", lambda _: MeanGains(gains=GAINS))
    (run,) = listed_runs(tmp_path)
    return run


@pytest.mark.parametrize(
    ("planned", "described", "cut", "state", "gain"),
    [
        (2, True, False, "interrupted", None),
        (2, False, False, "done", 1.25),
        (2, False, True, "interrupted", None),
        (3, False, False, "interrupted", None),
    ],
)
def test_runs_that_do_not_say_how_they_ended_are_counted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    planned: int,
    described: bool,
    cut: bool,
    state: str,
    gain: float | None,
) -> None:
    run = listed(tmp_path, planned=planned, described=described, cut=cut, monkeypatch=monkeypatch)
    assert (run.scored, run.info.arms, run.state, run.mean_gain) == (2, ("none", "mnli"), state, gain)


def test_no_runs_are_an_empty_list(tmp_path: Path) -> None:
    assert listed_runs(tmp_path / "none") == []
