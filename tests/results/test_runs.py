"""What a run's directory says of it: its name, its state, and what runs of earlier versions say."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Timer
from types import SimpleNamespace
from typing import Any

import pytest

from harness.results import runs
from harness.results.runs import (
    Ending,
    MeanGains,
    RunInfo,
    at_work,
    begin,
    check_name,
    described,
    end,
    home_of,
    mean_gains,
    repeat,
    state,
)
from tests.flat import flat_row, scores_of
from tests.raising import raises_code

RUN = {
    "schema": 1,
    "record": "run",
    "result": {"digest": "0" * 16, "command": "train", "settings": {"model": "mini", "target": ["pawsx"]}},
    "circumstance": {"started": "2026-01-01T00:00:00.000+00:00", "planned": 12, "command_line": ["xharness", "train"]},
}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    info = RunInfo(
        command="eval",
        name="paws",
        of="run",
        asked="a",
        started="now",
        model="mini",
        arms=("none", "a + b"),
        targets=("pawsx",),
        planned=3,
        command_line=("xharness", "eval"),
        ending=Ending(seconds=1.5, scored=3, failed=0, gains={"a + b": 1.25}),
    )
    begin(tmp_path / "run", info)
    assert described(tmp_path / "run") == info
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.json"]


@pytest.mark.parametrize("name", ["a/b", "../a", "a\\b", "", ".a", "-a", "a b", "a\n", "ä", "a" * 81, "a:b", "store/"])
def test_names_that_cannot_be_part_of_a_path_are_refused(name: str) -> None:
    with raises_code("malformed-run-name", "--name"):
        check_name(name)


def test_names_that_look_like_directories_of_runs_are_refused(tmp_path: Path) -> None:
    with raises_code("malformed-run-name"):
        check_name(runs.new_directory(tmp_path, "pawsx").name)
    for name in ("a", "1", "after-mnli_2", "lr=1e-5", "mnli@translated", "20260101"):
        assert check_name(name) == name


def test_a_run_is_running_while_its_process_works_on_it(tmp_path: Path) -> None:
    begin(tmp_path, RunInfo(command="train"))
    assert state(tmp_path, described(tmp_path)) == "interrupted"
    code = "import sys; from pathlib import Path; from harness.results.runs import at_work\n"
    code += "with at_work(Path(sys.argv[1])):\n print(flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)
    )
    assert process.stdin
    assert process.stdout
    process.stdout.readline()
    assert state(tmp_path, described(tmp_path)) == "running"
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    assert state(tmp_path, described(tmp_path)) == "interrupted"


def test_a_glance_as_it_begins_does_not_hide_that_it_runs(tmp_path: Path) -> None:
    begin(tmp_path, RunInfo(command="train"))
    with (tmp_path / "run.json").open("rb") as glance:
        fcntl.flock(glance, fcntl.LOCK_SH)
        Timer(0.3, fcntl.flock, (glance, fcntl.LOCK_UN)).start()
        with at_work(tmp_path):
            assert state(tmp_path, described(tmp_path)) == "running"
    assert state(tmp_path, described(tmp_path)) == "interrupted"


@pytest.mark.parametrize(("failed", "expected"), [(0, "done"), (2, "failed")])
def test_a_run_that_has_ended_says_how(tmp_path: Path, failed: int, expected: str) -> None:
    info = RunInfo(command="train", ending=Ending(seconds=1.0, scored=1, failed=failed))
    begin(tmp_path, info)
    assert state(tmp_path, info) == expected


def test_earlier_versions_say_it_in_their_first_record(tmp_path: Path) -> None:
    def written(name: str, **result: Any) -> RunInfo:
        (tmp_path / name).mkdir()
        record = RUN | {"result": {**RUN["result"], **result}}  # type: ignore[dict-item]
        (tmp_path / name / "records.jsonl").write_text(json.dumps(record) + "\nnot JSON\n", encoding="utf-8")
        return described(tmp_path / name)

    trained = written("run")
    assert (trained.command, trained.of, trained.model, trained.targets) == ("train", None, "mini", ("pawsx",))
    assert (trained.planned, trained.started) == (12, "2026-01-01T00:00:00.000+00:00")
    rescored = written("run-rescored-20260102T000000.0")
    assert (rescored.command, rescored.of) == ("rescore", "run")
    assert (written("evaluated", command="eval").command, described(tmp_path / "evaluated").of) == ("eval", "")


def test_broken_files_are_no_obstacle(tmp_path: Path) -> None:
    for text in ("", "[]", "{", '{"command": "train", "colour": 1}'):
        (tmp_path / "run.json").write_text(text)
        assert described(tmp_path) == RunInfo(command="train")
    (tmp_path / "records.jsonl").write_text("{}\n")
    assert described(tmp_path) == RunInfo(command="train")


@pytest.mark.parametrize(
    "broken",
    [
        {"started": 5},
        {"started": None},
        {"arms": 5},
        {"arms": [5]},
        {"name": 7},
        {"of": 5},
        {"model": ["m"]},
        {"checkpoints": 5},
        {"planned": "x"},
        {"ending": 5},
        {"ending": {"seconds": 1, "scored": 1, "failed": 0, "gains": 5}},
        {"ending": {"seconds": 1, "scored": 1, "failed": 0, "gains": {"a": "x"}}},
    ],
)
def test_values_of_other_types_are_no_obstacle(broken: dict[str, Any], tmp_path: Path) -> None:
    values = {"command": "eval", "name": "mine", "started": "2026-01-01T00:00:00.000+00:00", "ending": None}
    (tmp_path / "run.json").write_text(json.dumps(values), encoding="utf-8")
    assert described(tmp_path).name == "mine"
    (tmp_path / "run.json").write_text(json.dumps(values | broken), encoding="utf-8")
    # Without records, nothing more is known.
    assert described(tmp_path) == RunInfo(command="train")


def test_a_run_belongs_to_the_store_beside_it(tmp_path: Path) -> None:
    assert home_of(tmp_path / "a" / "run", tmp_path / "b") == tmp_path / "b"
    (tmp_path / "a" / "store").mkdir(parents=True)
    assert home_of(tmp_path / "a" / "run", tmp_path / "b") == tmp_path / "a"


def test_the_end_of_a_run_counts_its_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def score(language: str, status: str, arm: str = "none") -> Any:
        result = SimpleNamespace(at={"arm": arm, "language": language}, status=status)
        return SimpleNamespace(result=result)

    # Two metrics of one prediction, and one prediction that two arms share.
    scores = [score("en", "ok"), score("en", "ok"), score("de", "failed"), score("en", "ok", arm="mnli")]
    found = SimpleNamespace(scores=scores, measures=[score("", "failed")])
    monkeypatch.setattr("harness.results.records.read_records", lambda _: found)
    monkeypatch.setattr(runs, "mean_gains", lambda _: MeanGains(gains={"mnli": 1.0}, not_averaged=("own",)))
    begin(tmp_path, RunInfo(command="train"))
    end(tmp_path, 2.5)
    assert described(tmp_path).ending == Ending(
        seconds=2.5, scored=2, failed=2, gains={"mnli": 1.0}, not_averaged=("own",)
    )


def test_the_command_that_resumes_a_run_names_it_as_short_as_it_can_be(tmp_path: Path) -> None:
    here = Path("runs") / "20260101T000000.0-pawsx"
    assert repeat(here, RunInfo(command="train")) == f"xharness train --resume {here.name}"
    assert repeat(here, RunInfo(command="train", name="paws")) == "xharness train --resume paws"
    assert (
        repeat(tmp_path / "a b", RunInfo(command="train", name="paws")) == f"xharness train --resume '{tmp_path}/a b'"
    )
    assert repeat(here, RunInfo(command="eval", command_line=("/bin/xharness", "eval", "--tasks", "a,b"))) == (
        "xharness eval --tasks a,b"
    )
    assert repeat(here, RunInfo(command="eval", command_line=("notebook.py",))) == "repeat its command"
    begin(tmp_path / "run", RunInfo(command="train"))
    rescored = RunInfo(command="rescore", of="run", command_line=("xharness", "rescore", "run"))
    assert repeat(tmp_path / "rescored", rescored) == f"xharness train --resume {tmp_path}/run"
    assert repeat(tmp_path / "elsewhere" / "rescored", rescored) == "xharness rescore run"


def test_mean_gains_are_over_targets_in_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [flat_row(value, arm=arm) for arm, value in (("none", 50.0), ("mnli", 60.0))]
    rows += [flat_row(value, arm=arm, task="own", unit="nats") for arm, value in (("none", 900.0), ("mnli", 400.0))]
    monkeypatch.setattr("harness.results.runs.Scores.of", lambda _: scores_of(rows))
    assert mean_gains(Path("run")) == MeanGains(gains={"mnli": 10.0}, not_averaged=("own",))
