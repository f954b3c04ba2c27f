"""Which run is meant by a name, a path, the beginning of a name, or by none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.results.find import (
    belonging,
    find_run,
    known_runs,
    require_scores,
    root_of,
    shortest,
)
from harness.results.runs import RunInfo, at_work, begin
from tests.raising import raises_code

MODEL = {"record": "model"}
SCORE = {"record": "score"}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    (tmp_path / "runs" / "store" / "train").mkdir(parents=True)
    return tmp_path / "runs"


def add(runs: Path, place: str, *records: dict[str, Any], command: str = "train", **info: Any) -> Path:
    """A run that began on the day of its name and has come to some records."""
    directory = runs / place
    begin(directory, RunInfo(command=command, started=f"2026-01-{place[6:8]}", **info))
    lines = [json.dumps(record) + "\n" for record in ({"record": "run"}, *records)]
    (directory / "records.jsonl").write_text("".join(lines), encoding="utf-8")
    return directory


def test_a_run_is_found_by_directory_by_name_and_by_being_the_latest(runs: Path) -> None:
    with raises_code("no-run-yet"):
        find_run(runs, None)
    first = add(runs, "20260101T000000.0-pawsx", name="paws")
    second = add(runs, "20260102T000000.0-pawsx")
    assert find_run(runs, None) == second
    assert find_run(runs, first.name) == first
    assert find_run(runs, "paws") == first
    assert find_run(Path("elsewhere"), str(first)) == first
    for unknown in ("store", "nope", ""):
        with raises_code("unknown-run", repr(unknown), "paws", second.name):
            find_run(runs, unknown)


def test_the_slash_that_a_shell_completes_is_no_part_of_a_name(runs: Path) -> None:
    one = add(runs, "20260101T000000.0-pawsx", name="paws")
    for name in ("paws/", "paw/", f"{one.name}/", f"{one}/"):
        assert find_run(runs, name) == one


def test_the_path_of_its_records_names_a_run(runs: Path) -> None:
    one = add(runs, "20260101T000000.0-pawsx")
    assert find_run(runs, str(one / "records.jsonl")) == one
    with raises_code("unknown-run"):
        find_run(runs, str(runs / "nowhere" / "records.jsonl"))


def test_a_run_without_records_is_a_run(runs: Path) -> None:
    begun = runs / "20260101T000000.0-pawsx"
    begun.mkdir()
    assert known_runs(runs) == []
    (begun / "settings.toml").touch()
    assert find_run(runs, None) == find_run(runs, begun.name) == begun


def test_the_beginning_of_a_name_will_do_where_it_is_of_one_run(runs: Path) -> None:
    first = add(runs, "20260101T000000.0-pawsx", name="paws-one")
    second = add(runs, "20260102T000000.0-pawsx", name="paws-two")
    assert find_run(runs, "20260102") == second
    assert find_run(runs, "paws-o") == first
    with raises_code("ambiguous-run", "2 runs", "paws-one, paws-two"):
        find_run(runs, "paws")
    exact = add(runs, "20260103T000000.0-pawsx", name="paws")
    assert find_run(runs, "paws") == exact


def test_what_belongs_to_a_run_does_not_make_its_beginning_unclear(runs: Path) -> None:
    first = add(runs, "20260101T000000.0-pawsx", name="paws")
    add(runs, "20260102T000000.0-paws-rescored", command="rescore", of=first.name)
    evaluated = add(runs, "20260103T000000.0-paws-more", command="eval", of=first.name, name="paws-more")
    assert find_run(runs, "pa") == find_run(runs, "2026") == first
    assert find_run(runs, "paws-") == evaluated


def test_attempts_under_one_name_are_one_run_and_the_latest_is_meant(runs: Path) -> None:
    add(runs, "20260101T000000.0-paws", name="paws", asked="a")
    second = add(runs, "20260102T000000.0-paws", name="paws", asked="a")
    assert find_run(runs, "paws") == find_run(runs, "pa") == second


def test_many_runs_are_not_all_named(runs: Path) -> None:
    for day in range(1, 16):
        add(runs, f"202601{day:02}T000000.0-pawsx", name=f"n{day}")
    with raises_code("ambiguous-run", "n6, n7, n8, n9, n10, n11, n12, n13, n14, n15, and 5 older ones"):
        find_run(runs, "n")


def test_evaluations_and_rescored_runs_are_not_the_latest(runs: Path) -> None:
    first = add(runs, "20260101T000000.0-pawsx", MODEL, SCORE)
    evaluated = add(runs, "20260102T000000.0-tatoeba", MODEL, SCORE, command="eval", of=first.name)
    again = add(runs, "20260103T000000.0-tatoeba-rescored", MODEL, command="rescore", of=evaluated.name)
    assert find_run(runs, None) == find_run(runs, None, trained=True) == first
    assert root_of(again) == root_of(evaluated) == root_of(first) == first.name
    alone = add(runs, "20260104T000000.0-tatoeba", MODEL, SCORE, command="eval")
    assert (find_run(runs, None), find_run(runs, None, trained=True)) == (alone, first)


@pytest.mark.parametrize("records", [(), (MODEL,)])
def test_runs_without_a_score_are_passed_over_where_one_is_needed(
    runs: Path, records: tuple[dict[str, Any], ...]
) -> None:
    first = add(runs, "20260101T000000.0-pawsx", MODEL, SCORE)
    later = add(runs, "20260102T000000.0-pawsx", *records)
    assert (find_run(runs, None), find_run(runs, None, trained=True)) == (later, first)
    assert find_run(runs, later.name, trained=True) == later
    (first / "records.jsonl").unlink()
    assert find_run(runs, None, trained=True) == later


def test_a_run_without_scores_says_how_to_get_them(runs: Path) -> None:
    directory = add(runs, "20260101T000000.0-pawsx")
    with raises_code("run-without-scores", f"to resume it: xharness train --resume {directory}"):
        require_scores(directory)
    words = ("/bin/xharness", "eval", "--tasks", "a b")
    evaluated = add(runs, "20260102T000000.0-b", MODEL, command="eval", command_line=words)
    with raises_code("run-without-scores", "to resume it: xharness eval --tasks 'a b'"):
        require_scores(evaluated)
    with at_work(directory), raises_code("run-without-scores", "at work"):
        require_scores(directory)
    with (directory / "records.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"record": "sco')
    with raises_code("run-without-scores"):
        require_scores(directory)
    require_scores(add(runs, "20260103T000000.0-b", MODEL, {"record": "measure"}))


def test_what_belongs_to_one_attempt_belongs_to_the_run(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = add(runs, "20260101T000000.0-pawsx", asked="a")
    second = add(runs, "20260102T000000.0-pawsx", asked="a")
    other = add(runs, "20260103T000000.0-pawsx", asked="b")
    evaluated = add(runs, "20260104T000000.0-tatoeba", SCORE, command="eval", of=first.name)
    measured = add(runs, "20260105T000000.0-tatoeba", {"record": "measure"}, command="eval", of=second.name)
    rescored = add(runs, "20260106T000000.0-pawsx-rescored", SCORE, command="rescore", of=first.name)
    add(runs, "20260107T000000.0-tatoeba", command="eval", of=first.name)
    found = {run: [one.directory for one in belonging(run)] for run in (first, second, other)}
    assert found == {first: [evaluated, measured, rescored], second: [evaluated, measured, rescored], other: []}
    monkeypatch.chdir(first)
    assert [run.directory.name for run in belonging(Path())] == [evaluated.name, measured.name, rescored.name]


def test_short_names_are_understood(runs: Path) -> None:
    one = add(runs, "20260101T000000.1-pawsx")
    two = add(runs, "20260101T000000.2-pawsx")
    add(runs, "20260102T000000.0-paws", name="paws")
    add(runs, "20260103T000000.0-paws", name="paws")
    known = known_runs(runs)
    names = shortest(known)
    assert {find_run(runs, name) for name in names.values()} == {run.directory for run in known}
    assert (names[one], names[two]) == ("20260101T000000.1", "20260101T000000.2")
    assert sorted(names.values())[2:] == ["20260102T000000", "paws"]


def test_the_list_of_runs_reads_no_records(runs: Path) -> None:
    directory = add(runs, "20260101T000000.0-pawsx", name="paws")
    (directory / "records.jsonl").write_bytes(b"not JSON\n")
    (run,) = known_runs(runs)
    assert (run.called, run.info.started, run.stands_alone) == ("paws", "2026-01-01", True)
