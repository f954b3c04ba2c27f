"""`xharness compare` on runs that were trained here."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import Cli, RunDirectory
from tests.raising import raises_code
from tests.recorded import clean_rows


@pytest.fixture
def both(cli: Cli, runs: Path, tiny: list[str]) -> Path:
    """A directory of runs with one of two arms, called first, and one of another learning rate, called second."""
    words = ["--intermediate", "mnli,qqp", "--target", "pawsx", *tiny, "--runs", runs]
    done = cli("train", *words, "--set", "target.lr=0.3", "--name", "second")
    assert done.code == 0, done.err
    return runs


def compared(cli: Cli, runs: Path, *words: object) -> Any:
    done = cli("compare", *words, "--json", "--runs", runs)
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_two_arms_of_a_run_are_compared_by_what_records_say(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    directory = run_directory(runs)
    found = compared(cli, runs, f"{directory}:mnli + qqp", ":none", "--by", "language")
    values = {(row["arm"], row["task"], row["language"]): row["value"] for row in clean_rows(directory) if row["main"]}
    for task in found["tasks"]:
        gains = {}
        for language in task["languages"]:
            place = (task["task"], language["language"])
            gains[language["language"]] = values["mnli + qqp", *place] - values["none", *place]
            assert language["found"]["value"] == gains[language["language"]]
        assert task["found"]["value"] == pytest.approx(sum(gains.values()) / len(gains))
        assert task["found"]["interval"]["low"] <= task["found"]["value"] <= task["found"]["interval"]["high"]
    assert {task["task"] for task in found["tasks"]} == {"pawsx", "tatoeba"}
    (differences,) = found["differences"]
    assert [stage["left"] for stage in differences["differences"]["stages"]] == ["intermediate phase 1"]
    assert found["of_tasks"]["looked_at"] == 2


def test_two_runs_are_compared_arm_by_arm(cli: Cli, both: Path, run_directory: RunDirectory) -> None:
    first = sorted(path.name for path in both.glob("*/records.jsonl") for path in [path.parent])[0]
    found = compared(cli, both, first, "second")
    arms = [(task["of"]["left_arm"], task["of"]["right_arm"]) for task in found["tasks"]]
    assert arms == [("none", "none"), ("mnli + qqp", "mnli + qqp")]
    for one in found["differences"]:
        (stage,) = one["differences"]["stages"]
        assert (stage["left"], stage["right"]) == ("target phase", "target phase")
        assert [fact["name"] for fact in stage["facts"]] == ["lr"]
        assert stage["facts"][0]["right"] == 0.3
    # The other run has not scored it.
    assert {(one["refused"]["task"], one["refused"]["code"]) for one in found["refused"]} == {
        ("tatoeba", "one-side-only")
    }


def test_scores_of_evaluations_are_those_of_their_run(cli: Cli, both: Path) -> None:
    first = sorted(path.parent for path in both.glob("*/records.jsonl"))[0]
    done = cli("eval", "--run", "second", "--tasks", "tatoeba", "--runs", both)
    assert done.code == 0, done.err
    found = compared(cli, both, first, "second")
    assert {task["task"] for task in found["tasks"]} == {"pawsx", "tatoeba"}
    assert found["refused"] == []


def test_all_comparisons_that_were_looked_at_are_corrected_for(cli: Cli, both: Path) -> None:
    from harness.statistics.multiple import holm

    first = sorted(path.parent for path in both.glob("*/records.jsonl"))[0]
    found = compared(cli, both, "second:none", f"{first}:none", f"{first}:mnli + qqp")
    tested = [task["found"] for task in found["tasks"] if task["found"]["test"]]
    assert found["of_tasks"]["looked_at"] == 2
    assert [one["p"] for one in tested] == list(holm([one["test"]["p"] for one in tested]).p)
    assert [task["of"]["side"] for task in found["tasks"]] == [f"{first.name}:none", f"{first.name}:mnli + qqp"]


def test_an_arm_without_a_run_is_one_of_the_latest(cli: Cli, both: Path) -> None:
    found = compared(cli, both, ":mnli + qqp", ":none")
    assert (found["left"], found["right"]) == ("second:mnli + qqp", ["second:none"])
    assert found == compared(cli, both, "second:scratch:mnli + qqp", "second:none") | {"left": "second:mnli + qqp"}


def test_the_screen_names_the_question_the_correction_and_the_verdict(cli: Cli, both: Path) -> None:
    done = cli("compare", "second:mnli + qqp", ":none", "--runs", both)
    assert done.code == 0, done.err
    text = " ".join(done.out.split())
    assert "second:mnli + qqp minus second:none" in text
    assert "these checkpoints on other items like these, paired by item" in text
    assert "first differing stage" in text
    assert "(seed 1)" in text


def test_items_that_flipped_are_those_that_predictions_say(cli: Cli, both: Path) -> None:
    from harness.evaluation import predictions

    first, second = sorted(path.parent for path in both.glob("*/records.jsonl"))
    done = cli("compare", f"{second}:none", f"{first}:none", "--items", "--format", "csv", "--runs", both)
    assert done.code == 0, done.err
    listed = {(row["task"], row["language"], row["key"]): row for row in csv.DictReader(io.StringIO(done.out))}
    sides: dict[tuple[str, str], dict[Path, str]] = {}
    for directory in (first, second):
        for row in clean_rows(directory):
            if row["main"] and row["task"] == "pawsx" and row["arm"] == "none":
                sides.setdefault((row["task"], row["language"]), {})[directory] = row["predictions"]
    expected = set()
    for place, made in sides.items():
        stored = {side: predictions.read(both / "store" / "predict" / digest) for side, digest in made.items()}
        for mine, theirs in zip(stored[second], stored[first], strict=True):
            right = [_is_right(side) for side in (mine, theirs)]
            if right[0] != right[1]:
                expected.add((*place, mine["key"]))
                row = listed[(*place, mine["key"])]
                assert float(row["gain"]) == (100.0 if right[0] else -100.0)
                assert json.loads(row["left_answers"]) == [mine["prediction"]]
                assert json.loads(row["right_answers"]) == [theirs["prediction"]]
    assert set(listed) == expected
    assert expected


def _is_right(row: dict[str, Any]) -> bool:
    gold = row["gold"]
    return bool(row["prediction"] in gold if isinstance(gold, list) else row["prediction"] == gold)


def test_a_checkpoint_is_a_side_by_its_digest_and_by_its_directory(
    cli: Cli, runs: Path, run_directory: RunDirectory
) -> None:
    rows = [row for row in clean_rows(run_directory(runs)) if row["task"] == "pawsx"]
    digests = {row["arm"]: row["model"] for row in rows}
    place = runs / "store" / "train" / digests["none"]
    found = compared(cli, runs, digests["mnli + qqp"][:10], place)
    (task,) = found["tasks"]
    assert (task["of"]["left_arm"], task["of"]["right_arm"], task["task"]) == ("mnli + qqp", "none", "pawsx")


def test_a_leaderboard_document_is_a_side_without_items(cli: Cli, runs: Path, tmp_path: Path) -> None:
    board = tmp_path / "board.json"
    done = cli("export", "leaderboard", "--allow", "limited,partial", "--output", board, "--runs", runs)
    assert done.code == 0, done.err
    found = compared(cli, runs, f"{board}:mnli + qqp", ":none")
    for task in found["tasks"]:
        assert "a leaderboard document has no predictions" in task["found"]["why"]
        assert task["found"]["verdict"] == "cannot tell"
    done = cli("compare", f"{board}:mnli + qqp", ":none", "--items", "--runs", runs)
    assert done.code == 2
    assert "[no-items-to-show]" in done.err
    whole = compared(cli, runs, f"{board}:mnli + qqp", f"{board}:scratch:none")
    assert [task["found"]["value"] for task in whole["tasks"]] == [task["found"]["value"] for task in found["tasks"]]


def test_a_checkpoint_that_several_models_were_trained_from_is_refused(cli: Cli, both: Path) -> None:
    phases = [path.name for path in (both / "store" / "train").iterdir() if path.is_dir()]
    shared = [
        phase
        for phase in phases
        if len({row["model"] for row in _all_rows(both) if phase in row["phases"] and row["task"] == "pawsx"}) > 1
    ]
    assert shared
    done = cli("compare", shared[0], "second:none", "--runs", both)
    assert done.code == 2
    assert "[several-models-of-a-checkpoint]" in done.err
    found = compared(cli, both, f"second:{shared[0]}", "second:none")
    assert [task["task"] for task in found["tasks"]] == ["pawsx"]


def _all_rows(runs: Path) -> list[dict[str, Any]]:
    from harness.results.records import read_records

    found = []
    for path in runs.glob("*/records.jsonl"):
        records = read_records(path.parent)
        for row in clean_rows(path.parent):
            phases = [phase.digest for phase in records.model(row["model"]).phases]
            found.append({**row, "phases": phases})
    return found


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nowhere", "second"], "unknown-side"),
        (["second", "second"], "compared-with-itself"),
        (["second:none", ":none"], "compared-with-itself"),
        (["second:nobody", ":none"], "unknown-arm"),
        (["second:none", ":mnli + qqp", "--margin", "0"], "margin-not-positive"),
        (["second:none", ":mnli + qqp", "--margin", "nan"], "margin-not-positive"),
        (["second:none", ":mnli + qqp", "--question", "seeds"], "nothing-to-compare"),
        (["second:none", ":mnli + qqp", "--tasks", "xnli"], "unknown-task"),
        (["second:none", ":mnli + qqp", "--languages", "fr"], "unknown-language"),
        (["second:none", ":mnli + qqp", "--json", "--format", "csv"], "options-exclude-each-other"),
        (["none.json", "second"], "unknown-side"),
        (["second:none", ":mnli + qqp", ":mnli + qqp"], "side-named-twice"),
    ],
)
def test_what_cannot_be_compared_is_refused(cli: Cli, both: Path, words: list[str], code: str) -> None:
    done = cli("compare", *words, "--runs", both)
    assert done.code == 2
    assert f"[{code}]" in done.err


def test_a_side_without_what_was_chosen_is_named(cli: Cli, both: Path) -> None:
    first = sorted(path.parent for path in both.glob("*/records.jsonl"))[0]
    done = cli("compare", first, "second", "--tasks", "tatoeba", "--runs", both)
    assert done.code == 2
    assert "[nothing-chosen]" in done.err
    assert "second (right) has no score of --tasks=tatoeba" in " ".join(done.err.split())


def test_a_seed_that_one_side_alone_has_is_named(cli: Cli, both: Path, tiny: list[str], tmp_path: Path) -> None:
    words = ["--intermediate", "mnli,qqp", "--target", "pawsx", *tiny, "--runs", both, "--seeds", "1,2"]
    done = cli("train", *words, "--name", "seeds")
    assert done.code == 0, done.err
    shown = " ".join(cli("compare", "second", "seeds", "--runs", both).out.split())
    assert "not compared: pawsx, seed 2: only the right side has it" in shown
    assert "(seed 1)" in shown
    board = tmp_path / "board.json"
    words = ["--allow", "limited,partial", "--output", board, "--runs", both]
    done = cli("export", "leaderboard", "seeds", *words)
    assert done.code == 0, done.err
    shown = " ".join(cli("compare", "second", board, "--runs", both).out.split())
    assert "not compared: pawsx, seed 2: only the right side has it" in shown
    assert "Without an interval: pawsx (seed 1)." in shown
    copy = tmp_path / "copy.json"
    copy.write_bytes(board.read_bytes())
    for one in compared(cli, both, board, copy)["tasks"]:
        assert one["seeds"] == [1, 2]
        assert (one["found"]["why"], one["found"]["verdict"]) == ("the predictions are the same", "the same")


def test_arms_without_a_counterpart_are_listed_as_they_can_be_typed(cli: Cli, both: Path, tiny: list[str]) -> None:
    words = ["--intermediate", "mnli,qqp", "--target", "pawsx", *tiny, "--runs", both, "--set", "target.lr=0.01,0.02"]
    done = cli("train", *words, "--name", "var")
    assert done.code == 0, done.err
    done = cli("compare", "var", "second", "--runs", both)
    assert done.code == 2
    assert "[no-arm-in-common]" in done.err
    text = " ".join(done.err.split())
    assert "left: 'var:none, target.lr=0.01', 'var:none, target.lr=0.02', " in text
    assert "right: second:none, 'second:mnli + qqp'" in text
    assert compared(cli, both, "var:none, target.lr=0.01", "second:none")["tasks"]


def test_python_gives_the_same_values(cli: Cli, both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import harness

    monkeypatch.chdir(both.parent)
    found = harness.compare("second:mnli + qqp", ":none", runs=both, by_language=True, items=True)
    told = compared(cli, both, "second:mnli + qqp", ":none", "--by", "language", "--items")
    assert json.loads(json.dumps(found.to_dict())) == told
    (task,) = found.tasks.to_dict("records")
    assert task["difference"] == told["tasks"][0]["found"]["value"]
    assert list(found.languages["language"]) == [one["language"] for one in told["tasks"][0]["languages"]]
    assert list(found.items["item"]) == [one["item"] for one in told["flips"]]
    assert "second:mnli + qqp minus second:none" in str(found)
    with raises_code("nothing-to-compare-with", "something to compare with"):
        harness.compare("second", runs=both)
    with raises_code("unknown-question"):
        harness.compare("second:none", ":mnli + qqp", runs=both, question="rows")  # type: ignore[arg-type]
