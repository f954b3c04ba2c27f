"""What the options of commands about finished runs and the store do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli.options.stage import Stage, check


def pruned(stage: Stage, *options: str) -> set[str]:
    """Kinds of what goes from a store in which each option finds something of its own."""
    store = stage.runs / "store"
    (store / "train" / "0123456789abcdef.work" / "step-5").mkdir(parents=True)
    next((store / "predict").glob("*/predictions.parquet")).unlink()
    before = {path for path in store.glob("*/*") if path.is_dir()}
    assert stage.call("store", "prune", *options, "--yes", "--runs", stage.runs).code == 0
    return {path.parent.name + path.suffix for path in before if not path.exists()}


@check("doctor", "--runs")
def doctor_runs_is_the_directory_that_is_checked(stage: Stage) -> None:
    file = stage.tmp / "file"
    file.touch()
    well, wrong = stage.call("doctor", "--runs", stage.tmp), stage.call("doctor", "--runs", file / "runs")
    assert (well.code, wrong.code) == (0, 1)
    assert f"{file} cannot be written" in wrong.out


@check("rescore", "--metric")
def rescore_metric_scores_by_another_metric(stage: Stage) -> None:
    done = stage.call("rescore", "--metric", "duplicate_f1", "--runs", stage.runs)
    assert done.code == 0
    assert "pawsx: duplicate_f1, percent, after mnli + qqp" in done.out
    assert "tatoeba: " not in done.out


@check("rescore", "--output")
def rescore_output_leaves_the_run_as_it_is(stage: Stage) -> None:
    assert stage.call("rescore", "--output", stage.tmp / "again", "--runs", stage.runs).code == 0
    assert (stage.tmp / "again" / "records.jsonl").is_file()


@check("rescore", "--runs")
def rescore_runs_is_where_the_run_is_looked_for(stage: Stage) -> None:
    runs = stage.runs
    assert stage.call("rescore", "--runs", runs).code == 0
    assert len(list(runs.glob("*-rescored"))) == 1


@check("summary", "--runs")
def summary_runs_is_where_the_run_is_looked_for(stage: Stage) -> None:
    moved = Path(shutil.move(stage.runs, stage.tmp / "moved"))
    assert str(moved) in stage.call("summary", "--runs", moved).err
    assert stage.call("summary").code == 2


@check("summary", "--against")
def summary_against_chooses_what_gains_are_against(stage: Stage) -> None:
    runs = stage.tmp / "arms"
    arms = ("--arm", "mnli", "--arm", "both: mnli + qqp", "--languages", "en")
    assert stage.call("train", "--target", "pawsx", *stage.tiny, *arms, "--runs", runs).code == 0
    title = "pawsx: accuracy, percent, after both"
    assert f"{title}\n" in stage.call("summary", "--runs", runs).out
    assert f"{title}, against mnli\n" in stage.call("summary", "--against", "mnli", "--runs", runs).out
    refused = stage.call("summary", "--against", "boht", "--runs", runs)
    assert (refused.code, "did you mean both?" in refused.err) == (2, True)


@check("summary", "--beside")
def summary_beside_reads_published_scores(stage: Stage) -> None:
    file = stage.tmp / "published.csv"
    file.write_text("source,protocol,model,task,metric,language,value\npaper,zero-shot,mBERT,pawsx,accuracy,en,94.0\n")
    # Generated rows are no others' rows.
    assert "published.csv: nothing stands beside" in stage.call("summary", "--beside", file, "--runs", stage.runs).out
    assert stage.call("summary", "--beside", stage.tmp / "absent.csv", "--runs", stage.runs).code == 2


@check("store ls", "--json")
def store_ls_json_is_machine_readable(stage: Stage) -> None:
    rows = json.loads(stage.call("store", "ls", "--json", "--runs", stage.runs).out)
    assert {row["kind"] for row in rows} == {"model", "features", "train", "predict"}


@check("store ls", "--runs")
def store_ls_runs_is_where_the_store_is(stage: Stage) -> None:
    assert "finished: " in stage.call("store", "ls", "--runs", stage.runs).out
    none = stage.call("store", "ls")
    assert none.code == 2
    assert "[no-store-yet]" in none.err


@check("store verify", "--json")
def store_verify_json_is_machine_readable(stage: Stage) -> None:
    rows = json.loads(stage.call("store", "verify", "--json", "--runs", stage.runs).out)
    assert {(*row["missing"], *row["changed"], *row["extra"]) for row in rows} == {()}


@check("store verify", "--runs")
def store_verify_runs_is_where_the_store_is(stage: Stage) -> None:
    assert stage.call("store", "verify", "--runs", stage.runs).code == 0
    assert stage.call("store", "verify").code == 2


@check("store prune", "--unused")
def store_prune_unused_removes_what_no_run_needs(stage: Stage) -> None:
    assert pruned(stage, "--unused", "--work") == {"train.work"}
    shutil.rmtree(stage.latest)
    assert pruned(stage, "--unused", "--work") == {"model", "features", "train", "train.work", "predict"}


@check("store prune", "--encoded")
def store_prune_encoded_removes_encoded_rows(stage: Stage) -> None:
    assert pruned(stage, "--encoded") == {"features"}


@check("store prune", "--broken")
def store_prune_broken_removes_what_is_broken(stage: Stage) -> None:
    assert pruned(stage, "--broken") == {"predict"}


@check("store prune", "--work")
def store_prune_work_removes_states_of_phases(stage: Stage) -> None:
    assert pruned(stage, "--work") == {"train.work"}


@check("store prune", "--yes")
def store_prune_yes_removes_without_asking(stage: Stage) -> None:
    features = stage.runs / "store" / "features"
    before = sorted(features.glob("[!.]*"))
    for option, left in (([], before), (["--yes"], [])):
        assert stage.call("store", "prune", "--encoded", *option, "--runs", stage.runs).code == 0
        assert sorted(features.glob("[!.]*")) == left


@check("store prune", "--runs")
def store_prune_runs_is_where_the_store_is(stage: Stage) -> None:
    assert "would go: 0 stages" in stage.call("store", "prune", "--work", "--runs", stage.runs).out
    assert stage.call("store", "prune", "--work").code == 2
