from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.fixtures import Cli, Install, Results, RunDirectory


def test_an_intermediate_task_is_scored_with_the_head_it_has(
    cli: Cli, runs: Path, tmp_path: Path, run_directory: RunDirectory, results: Results
) -> None:
    trained = cli(
        *("train", "--config", run_directory(runs) / "settings.toml", "--target", "pawsx", "--no-baseline"),
        *("--runs", runs),
    )
    assert trained.code == 0
    done = cli("eval", "--tasks", "qqp", "--no-train", "--runs", runs)
    assert done.code == 0, done.err
    assert "nothing to train" in done.out
    scores = results(run_directory(runs))
    assert {(s["task"], s["role"], s["metric"]) for s in scores} == {
        ("qqp", "intermediate", "accuracy"),
        ("qqp", "intermediate", "duplicate_f1"),
    }
    (model,) = results(run_directory(runs), "model")
    assert [phase["tasks"] for phase in model["phases"]] == [["mnli", "qqp"]]


def test_a_task_without_head_is_trained_from_the_encoders_of_the_run(
    cli: Cli, runs: Path, run_directory: RunDirectory, results: Results
) -> None:
    done = cli("eval", "--tasks", "commonsenseqa", "--runs", runs)
    assert done.code == 0, done.err
    assert ": target on commonsenseqa (" in done.out
    assert ": intermediate on" not in done.out
    assert "commonsenseqa: accuracy, percent, after mnli + qqp" in done.out
    models = results(run_directory(runs), "model")
    assert [[phase["tasks"] for phase in model["phases"]] for model in models] == [
        [["commonsenseqa"]],
        [["mnli", "qqp"], ["commonsenseqa"]],
    ]


def test_one_metric_is_scored_alone(cli: Cli, runs: Path, run_directory: RunDirectory, results: Results) -> None:
    done = cli("eval", "--metric", "qqp_f1", "--runs", runs)
    assert done.code == 0
    assert {(s["task"], s["metric"]) for s in results(run_directory(runs))} == {("qqp", "duplicate_f1")}
    assert "qqp: duplicate_f1, percent" in done.out


def test_a_trained_stage_of_the_store_is_scored_with_its_head(
    cli: Cli, runs: Path, run_directory: RunDirectory, results: Results
) -> None:
    before = results(run_directory(runs))
    models = {model["digest"]: model for model in results(run_directory(runs), "model")}
    after = [s for s in before if s["task"] == "pawsx" and s["arm"] == "mnli + qqp"]
    checkpoint = runs / "store" / "train" / models[after[0]["model"]]["phases"][-1]["digest"]
    done = cli("eval", "--tasks", "pawsx", "--checkpoint", checkpoint, "--limit", "32", "--no-train", "--runs", runs)
    assert done.code == 0, done.err
    scores = results(run_directory(runs))
    assert [(s["language"], s["value"]) for s in scores] == [(s["language"], s["value"]) for s in after]


def test_a_plain_model_directory_is_trained_on_the_target(
    cli: Cli, runs: Path, tmp_path: Path, run_directory: RunDirectory, results: Results
) -> None:
    model = Path(shutil.copytree(next((runs / "store" / "model").glob("[!.]*")), tmp_path / "model"))
    (model / "manifest.json").unlink()
    options = ("eval", "--tasks", "qqp", "--checkpoint", model, "--limit", "32", "--runs", tmp_path / "new")
    refused = cli(*options, "--no-train")
    assert refused.code == 2
    assert "target phase on qqp" in refused.err
    done = cli(*options, "--set", "target.steps=4")
    assert done.code == 0, done.err
    (trained,) = results(run_directory(tmp_path / "new"), "model")
    assert trained["name"] == str(model)
    assert [phase["tasks"] for phase in trained["phases"]] == [["qqp"]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--limit", "8"], "--limit would change the phases"),
        (["--seeds", "2"], "--seeds would change the phases"),
        (["--set", "target.steps=9"], "--set target.steps would change the phases"),
        (["--set", "n_best=3"], "n_best has no effect"),
        (["--data", "mini", "--preset", "mini"], "--data, --preset would change the phases"),
        (["--config", "settings.toml"], "--config would change the phases"),
        (["--suite", "intermediate"], "--tasks or --suite, not both"),
        (["--checkpoint", ".", "--run", "x"], "--checkpoint or --run, not both"),
        (["--metric", "squad_f1"], "squad_f1 does not score pawsx"),
    ],
)
def test_what_cannot_go_together_is_refused(cli: Cli, runs: Path, options: list[str], said: str) -> None:
    done = cli("eval", "--tasks", "pawsx", *options, "--runs", runs)
    assert done.code == 2
    assert said in done.err


def test_a_suite_with_tasks_that_the_metric_does_not_score_is_refused(cli: Cli, runs: Path) -> None:
    done = cli("eval", "--suite", "intermediate", "--metric", "accuracy", "--runs", runs)
    assert done.code == 2
    assert "squad, squad_v2, ccg  [metric-scores-nothing]" in done.err
    assert "it scores anli," in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "give --tasks, --suite or --metric"),
        (["--suite", "pawsx"], "there is no suite 'pawsx'"),
        (["--metric", "qqp_f2"], "did you mean qqp_f1"),
        (["--tasks", "pawxs"], "did you mean pawsx"),
    ],
)
def test_what_cannot_be_scored_is_refused(cli: Cli, runs: Path, options: list[str], said: str) -> None:
    done = cli("eval", *options, "--runs", runs)
    assert done.code == 2
    assert said in done.err


LONELY = """
import harness


@harness.hookimpl
def register_metrics(register):
    register(harness.Metric(name="lonely", kinds=("text-classification",), statistics=lambda p: [0.0] * len(p["gold"])))
"""


def test_a_metric_that_no_task_has_is_refused(cli: Cli, runs: Path, install: Install) -> None:
    install("lonely", LONELY)
    done = cli("eval", "--metric", "lonely", "--runs", runs)
    assert done.code == 2
    assert "[metric-scores-nothing]" in done.err


def test_a_run_given_as_a_path_brings_its_own_store(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    done = cli("eval", "--tasks", "tatoeba", "--run", run_directory(runs))
    assert done.code == 0, done.err
    assert "11 of 11 stages were in the store" in done.out
    assert f"records: {runs}/" in done.out


def test_an_interrupted_run_without_scores_says_so(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    records = run_directory(runs) / "records.jsonl"
    records.write_text(records.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")
    for command in (["eval", "--tasks", "pawsx"], ["summary"], ["rescore"]):
        done = cli(*command, "--runs", runs)
        assert done.code == 2
        assert "[run-without-scores]" in done.err or "[run-without-models]" in done.err


def test_scores_of_a_rescored_run_can_be_evaluated_like_the_run(cli: Cli, runs: Path) -> None:
    assert cli("rescore", "--runs", runs).code == 0
    done = cli("eval", "--tasks", "tatoeba", "--runs", runs)
    assert done.code == 0, done.err
    assert "11 of 11 stages were in the store" in done.out


def test_languages_of_the_run_do_not_limit_other_tasks(cli: Cli, tiny: list[str], tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    assert cli("train", "--target", "pawsx", "--languages", "en", *tiny, "--runs", runs).code == 0
    done = cli("eval", "--tasks", "tatoeba", "--plan", "--runs", runs)
    assert done.code == 0, done.err
    # Tatoeba has English against each of five languages.
    assert "5 predictions to score" in done.out


@pytest.fixture
def questions(pawsx: Path) -> Path:
    """The data of `pawsx`, and questions of TyDi QA in English and Korean."""
    for name in ("train/tydiqa.goldp.en.train", "dev/tydiqa.goldp.en.dev", "dev/tydiqa.goldp.ko.dev"):
        answers = [{"text": f"number {i}", "answer_start": len("It is ")} for i in range(4)]
        asked = [{"id": str(i), "question": f"What is {i}?", "answers": [a]} for i, a in enumerate(answers)]
        paragraphs = [{"context": f"It is number {i}.", "qas": [question]} for i, question in enumerate(asked)]
        file = pawsx / "tydiqa" / f"tydiqa-goldp-v1.1-{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}), encoding="utf-8")
    return pawsx


def test_a_metric_of_one_task_is_found_by_its_name_and_tasks_without_rows_are_left_out(
    cli: Cli, tiny: list[str], questions: Path, tmp_path: Path, run_directory: RunDirectory, results: Results
) -> None:
    runs = tmp_path / "runs"
    trained = cli("train", "--target", "pawsx", "--data", questions, *tiny, "--runs", runs)
    assert trained.code == 0, trained.err
    done = cli("eval", "--metric", "tydiqa_f1", "--runs", runs)
    assert done.code == 0, done.err
    scores = results(run_directory(runs))
    assert [(s["task"], s["language"], s["metric"]) for s in scores] == [
        ("tydiqa", "en", "squad_f1"),
        ("tydiqa", "ko", "squad_f1"),
    ]
    done = cli("eval", "--metric", "squad_f1", "--plan", "--runs", runs)
    assert done.code == 0, done.err
    assert f"left out, no rows in {questions}: squad, squad_v2, xquad" in done.err
    assert "2 predictions to score, 2 of them done" in done.out
    refused = cli("eval", "--metric", "mlqa_f1", "--runs", runs)
    assert refused.code == 2
    assert "[no-rows-to-score]" in refused.err
    # Who names a task means it.
    refused = cli("eval", "--tasks", "xquad", "--runs", runs)
    assert refused.code == 2
    assert "[no-rows]" in refused.err


def test_a_run_may_be_predicted_in_another_way(
    cli: Cli, runs: Path, run_directory: RunDirectory, results: Results
) -> None:
    done = cli("eval", "--tasks", "tatoeba", "--set", "pooling=cls", "--runs", runs)
    assert done.code == 0
    assert "nothing to train" in done.out
    scores = results(run_directory(runs))
    assert {score["hyper"]["pooling"] for score in scores} == {"cls"}
    before = {score["predictions"] for path in runs.glob("*/records.jsonl") for score in results(path.parent)}
    assert len(before) > len({score["predictions"] for score in scores})
