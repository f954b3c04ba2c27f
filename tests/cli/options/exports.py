"""What the options of `export`, `score` and `check` do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.cli.options.stage import Stage, check

PAWSX = ("de", "en", "es", "fr", "ja", "ko", "zh")


def board(stage: Stage, *options: str | Path) -> Any:
    """The leaderboard of the shared run; its rows are limited, and most tasks of XTREME are missing."""
    return stage.call("export", "leaderboard", "--allow", "limited,partial", "--runs", stage.runs, *options)


def folders(stage: Stage, task: str = "pawsx", *codes: str) -> list[str | Path]:
    """Options for a folder of predictions, one of two right in each language, and for one of labels."""
    for name, text in (("predictions", "0\n1\n"), ("labels", "0\n0\n")):
        for code in codes or PAWSX:
            file = stage.tmp / name / task / f"test-{code}.tsv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text if task == "pawsx" else text.replace("0", "O").replace("1", "B-PER"))
    return ["--predictions", stage.tmp / "predictions", "--labels", stage.tmp / "labels"]


def model_of(stage: Stage, *options: str | Path, without: str = "") -> Any:
    """The baseline's pawsx of the shared run as transformers loads it, if options say nothing else."""
    given = {"--arm": ["--arm", "none"], "--task": ["--task", "pawsx"]}
    words = [word for option, words in given.items() if option not in (without, *options) for word in words]
    words += ["--output", str(stage.tmp / "model"), "--runs", str(stage.runs)]
    return stage.call("export", "model", *words, *options)


def exported(stage: Stage, *options: str | Path, without: str = "") -> Any:
    """The baseline's pawsx and tatoeba of the shared run, though its rows are limited, if options say nothing else."""
    given = {"--arm": ["--arm", "none"], "--partial": ["--partial"], "--unofficial": ["--unofficial"]}
    given |= {"--benchmark": ["--benchmark", "xtreme@mini"]}
    words = [word for option, words in given.items() if option not in (without, *options) for word in words]
    words += ["--output", str(stage.tmp / "out"), "--runs", str(stage.runs)]
    return stage.call("export", "submission", *words, *options)


@check("export leaderboard", "--benchmark")
def leaderboard_benchmark_decides_what_is_exported(stage: Stage) -> None:
    assert "xtreme-r@mini  [nothing-of-benchmark]" in board(stage, "--benchmark", "xtreme-r@mini").err
    assert "xtreme  [nothing-of-benchmark]" in board(stage, "--benchmark", "xtreme").err


@check("export leaderboard", "--format")
def leaderboard_format_decides_the_form(stage: Stage) -> None:
    assert json.loads(board(stage).out) == json.loads(board(stage, "--format", "json").out)
    assert "| system | overall |" in board(stage, "--format", "markdown").out
    assert "[parquet-to-screen]" in board(stage, "--format", "parquet").err


@check("export leaderboard", "--output")
def leaderboard_output_names_the_file(stage: Stage) -> None:
    file = stage.tmp / "boards" / "one.json"
    done = board(stage, "--output", file)
    assert done.out == f"xtreme@mini, 2 systems, 22 rows, marked limited, partial: {file}\n"
    assert file.read_text(encoding="utf-8") == board(stage).out
    # Added to itself it stays what it was.
    assert board(stage, file, stage.latest, "--output", file).code == 0
    assert [path.name for path in file.parent.iterdir()] == ["one.json"]
    assert file.read_text(encoding="utf-8") == board(stage).out


@check("export leaderboard", "--arm")
def leaderboard_arm_leaves_out_the_others(stage: Stage) -> None:
    for arm in ("none", "mnli + qqp"):
        assert [system["arm"] for system in json.loads(board(stage, "--arm", arm).out)["systems"]] == [arm]
    assert "'mnli'  [unknown-arm]" in board(stage, "--arm", "mnli").err


@check("export leaderboard", "--allow")
def leaderboard_allow_takes_in_and_marks(stage: Stage) -> None:
    refused = stage.call("export", "leaderboard", "--allow", "partial", "--runs", stage.runs)
    assert refused.code == 2
    assert "limited  [not-for-a-leaderboard]" in refused.err
    assert json.loads(board(stage).out)["marks"] == ["limited", "partial"]


@check("export leaderboard", "--beside")
def leaderboard_beside_is_for_tables(stage: Stage) -> None:
    file = stage.tmp / "published.csv"
    file.write_text("source,protocol,model,task,metric,language,value\npaper,zero-shot,mBERT,pawsx,accuracy,en,94.0\n")
    # Generated rows are no others' rows.
    assert "No published score is of" in board(stage, "--format", "markdown", "--beside", file).out
    assert "[beside-without-tables]" in board(stage, "--beside", file).err
    assert "[not-published-scores]" in board(stage, "--format", "latex", "--beside", stage.tmp / "absent.csv").err


@check("export leaderboard", "--runs")
def leaderboard_runs_is_where_runs_are_looked_for(stage: Stage) -> None:
    assert "[no-run-yet]" in stage.call("export", "leaderboard").err
    assert json.loads(board(stage, stage.latest.name).out)["systems"]


@check("score", "--predictions")
def score_predictions_are_scored(stage: Stage) -> None:
    done = stage.call("score", *folders(stage), "--partial")
    assert re.search(r"pawsx +accuracy 50\.00 +7 +50\.00", done.out)
    (stage.tmp / "predictions" / "pawsx" / "test-de.tsv").write_text("0\n0\n")
    options = ("--predictions", stage.tmp / "predictions", "--labels", stage.tmp / "labels", "--partial")
    assert "accuracy 57.14" in stage.call("score", *options).out


@check("score", "--labels")
def score_labels_are_what_they_are_scored_by(stage: Stage) -> None:
    folders(stage)
    same = stage.tmp / "predictions"
    done = stage.call("score", "--predictions", same, "--labels", same, "--partial")
    assert re.search(r"pawsx +accuracy 100\.00", done.out)


@check("export model", "--output")
def export_model_output_names_the_folder(stage: Stage) -> None:
    done = model_of(stage)
    assert done.out == f"pawsx after 'none', seed 1, for AutoModelForSequenceClassification: {stage.tmp / 'model'}\n"
    assert (stage.tmp / "model" / "model.safetensors").is_file()


@check("export model", "--task")
def export_model_task_chooses_the_model(stage: Stage) -> None:
    assert "--task: 'pawsx', 'tatoeba'" in model_of(stage, without="--task").err
    assert "--task 'xnli'  [not-in-run]" in model_of(stage, "--task", "xnli").err
    assert "tatoeba after 'none', seed 1, for AutoModel: " in model_of(stage, "--task", "tatoeba").out


@check("export model", "--arm")
def export_model_arm_chooses_the_model(stage: Stage) -> None:
    assert "--arm: 'none', 'mnli + qqp'" in model_of(stage, without="--arm").err
    assert "pawsx after 'mnli + qqp', seed 1" in model_of(stage, "--arm", "mnli + qqp").out


@check("export model", "--seed")
def export_model_seed_chooses_the_model(stage: Stage) -> None:
    assert "--seed 7  [not-in-run]" in model_of(stage, "--seed", "7").err
    assert model_of(stage, "--seed", "1").code == 0


@check("export model", "--runs")
def export_model_runs_is_where_the_run_is_looked_for(stage: Stage) -> None:
    assert "[no-run-yet]" in stage.call("export", "model", "--output", stage.tmp / "model").err


def documents(stage: Stage, *options: str | Path) -> list[Any]:
    """The documents for Every Eval Ever of the shared run."""
    done = stage.call("export", "eee", "--output", stage.tmp / "eee", "--runs", stage.runs, *options)
    assert done.code == 0, done.err
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((stage.tmp / "eee").rglob("*.json"))]


@check("export eee", "--output")
def export_eee_output_names_the_folder(stage: Stage) -> None:
    for one in documents(stage):
        assert (stage.tmp / "eee" / one["detailed_evaluation_results"]["file_path"]).is_file()


@check("export eee", "--arm")
def export_eee_arm_leaves_out_the_others(stage: Stage) -> None:
    arms = {one["model_info"]["additional_details"]["arm"] for one in documents(stage, "--arm", "mnli + qqp")}
    assert arms == {"mnli + qqp"}
    refused = stage.call("export", "eee", "--output", stage.tmp / "no", "--arm", "mnli", "--runs", stage.runs)
    assert "'mnli'  [unknown-arm]" in refused.err


@check("export eee", "--organization")
def export_eee_organization_says_who_scored(stage: Stage) -> None:
    found = {one["source_metadata"]["source_organization_name"] for one in documents(stage, "--organization", "Ours")}
    assert found == {"Ours"}


@check("export eee", "--no-items")
def export_eee_no_items_leaves_them_out(stage: Stage) -> None:
    assert all("detailed_evaluation_results" not in one for one in documents(stage, "--no-items"))
    assert not list((stage.tmp / "eee").rglob("*.jsonl"))


@check("export eee", "--runs")
def export_eee_runs_is_where_the_run_is_looked_for(stage: Stage) -> None:
    assert "[no-run-yet]" in stage.call("export", "eee", "--output", stage.tmp / "eee").err
    assert documents(stage)


@check("score", "--benchmark")
def score_benchmark_decides_what_is_scored(stage: Stage) -> None:
    options = folders(stage, "panx", "en", "qu")
    assert re.search(r"panx +f1 .* 2/48 ", stage.call("score", *options, "--partial", "--benchmark", "xtreme-r").out)
    refused = stage.call("score", *options, "--partial")
    assert refused.code == 1
    assert "'qu'  [not-of-benchmark]" in refused.err
    assert re.search(r"panx +f1 .* 1/40 ", refused.out)
    assert "'xtrem'  [unknown-benchmark]" in stage.call("score", *options, "--benchmark", "xtrem").err


@check("score", "--partial")
def score_partial_scores_what_there_is(stage: Stage) -> None:
    options = folders(stage)
    refused = stage.call("score", *options)
    assert refused.code == 2
    assert "[files-missing]" in refused.err
    assert "missing: udpos" in stage.call("score", *options, "--partial").out


@check("score", "--tasks")
def score_tasks_scores_these_alone(stage: Stage) -> None:
    options = folders(stage)
    assert "pawsx " in stage.call("score", *options, "--tasks", "pawsx").out
    refused = stage.call("score", *options, "--tasks", "pawsxx")
    assert (refused.code, "did you mean pawsx" in refused.err) == (2, True)


@check("score", "--output")
def score_output_names_the_file(stage: Stage) -> None:
    file = stage.tmp / "scores.json"
    done = stage.call("score", *folders(stage), "--partial", "--output", file)
    assert "accuracy 50.00" in done.out
    assert json.loads(file.read_text())["tasks"] == {"pawsx": {"accuracy": dict.fromkeys(PAWSX, 50.0)}}
    refused = stage.call("score", *folders(stage), "--partial", "--output", file / "scores.json")
    assert refused.code == 2
    assert "name another --output" in refused.err


@check("score", "--json")
def score_json_is_machine_readable(stage: Stage) -> None:
    scores = json.loads(stage.call("score", *folders(stage), "--partial", "--json").out)
    assert scores["aggregates"]["tasks"]["pawsx"]["score"] == {"value": 50.0, "n": 7, "of": 7}
    assert (scores["unit"], scores["missing"][0]) == ("percent", "xnli")


@check("check submission", "--benchmark")
def check_submission_benchmark_decides_what_is_checked(stage: Stage) -> None:
    folders(stage, "panx", "qu")
    found = [
        stage.call("check", "submission", stage.tmp / "predictions", "--benchmark", name).out
        for name in ("xtreme", "xtreme-r")
    ]
    assert ["language 'qu'" in out for out in found] == [True, False]


@check("check submission", "--labels")
def check_submission_labels_are_compared(stage: Stage) -> None:
    folders(stage, "panx", "en")
    (stage.tmp / "labels" / "panx" / "test-en.tsv").write_text("O\n\nO\n")
    words = ("check", "submission", stage.tmp / "predictions")
    assert "1 sentence where the labels have 2" in stage.call(*words, "--labels", stage.tmp / "labels").out
    assert "sentences where" not in stage.call(*words).out


@check("export submission", "--benchmark")
def export_submission_benchmark_decides_what_is_exported(stage: Stage) -> None:
    # Its tatoeba is another task, which comes after SQuAD.
    assert "xtreme-r@mini  [run-without-benchmark]" in exported(stage, "--benchmark", "xtreme-r@mini").err
    assert exported(stage).code == 0
    assert sorted(path.name for path in (stage.tmp / "out").iterdir()) == ["pawsx", "tatoeba"]


@check("export submission", "--output")
def export_submission_output_names_the_folder(stage: Stage) -> None:
    assert exported(stage).code == 0
    assert len((stage.tmp / "out" / "pawsx" / "test-qaa.tsv").read_text().splitlines()) == 32
    assert "[output-exists]" in exported(stage).err


@check("export submission", "--labels")
def export_submission_labels_writes_gold_labels(stage: Stage) -> None:
    assert exported(stage, "--labels", stage.tmp / "gold").code == 0
    assert set((stage.tmp / "gold" / "pawsx" / "test-qaa.tsv").read_text().split()) == {"0", "1"}


@check("export submission", "--arm")
def export_submission_arm_chooses_the_predictions(stage: Stage) -> None:
    refused = exported(stage, without="--arm")
    assert refused.code == 2
    assert "--arm: 'none', 'mnli + qqp'" in refused.err
    assert "of arm 'none', seed 1" in exported(stage).out


@check("export submission", "--seed")
def export_submission_seed_chooses_the_predictions(stage: Stage) -> None:
    assert "--seed 7  [not-in-run]" in exported(stage, "--seed", "7").err
    assert exported(stage, "--seed", "1").code == 0


@check("export submission", "--partial")
def export_submission_partial_writes_what_there_is(stage: Stage) -> None:
    refused = exported(stage, without="--partial")
    assert refused.code == 2
    assert "xtreme@mini  [run-incomplete]" in refused.err


@check("export submission", "--unofficial")
def export_submission_unofficial_takes_other_rows(stage: Stage) -> None:
    refused = exported(stage, without="--unofficial")
    assert refused.code == 2
    assert "[not-the-official-test-set]" in refused.err
    assert "unofficial: limited to the first rows: pawsx en" in exported(stage).out


@check("export submission", "--runs")
def export_submission_runs_is_where_the_run_is_looked_for(stage: Stage) -> None:
    assert "[no-run-yet]" in stage.call("export", "submission", "--output", stage.tmp / "out").err
    assert exported(stage).code == 0
