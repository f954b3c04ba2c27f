"""What the options of `train` do."""

from __future__ import annotations

import re

import pytest

from tests.cli.options.stage import ROWS, Stage, check, launches, target_steps, tracked


@check("train", "--intermediate")
def train_intermediate_adds_phases_before_the_target(stage: Stage) -> None:
    assert not re.search(r"^ intermediate ", stage.plan(), re.MULTILINE)
    assert re.search(r"intermediate +anli, mnli, qqp,", stage.plan("--intermediate", "all"))
    assert not re.search(r"intermediate .*\bqqp\b", stage.plan("--intermediate", "all,-qqp"))


@check("train", "--target")
def train_target_adds_a_phase_for_each_task(stage: Stage) -> None:
    assert re.search(r"target +pawsx .*\n +target +qqp ", stage.plan(target="pawsx,qqp"))


@check("train", "--mode")
def train_mode_mixes_tasks_or_trains_them_one_after_the_other(stage: Stage) -> None:
    both = ("--intermediate", "mnli,qqp", "--no-baseline")
    assert re.search(rf"target +pawsx{ROWS} +mnli, qqp ", stage.plan(*both))
    assert re.search(rf"target +pawsx{ROWS} +mnli > qqp ", stage.plan(*both, "--mode", "sequential"))
    assert re.search(
        rf"target +pawsx{ROWS} +mnli .*\n.*\n +target +pawsx{ROWS} +qqp", stage.plan(*both, "--mode", "single")
    )


@check("train", "--baseline")
def train_baseline_adds_the_arm_without_intermediate_tasks(stage: Stage) -> None:
    assert len(re.findall(r"target +pawsx", stage.plan("--intermediate", "qqp"))) == 2
    assert len(re.findall(r"target +pawsx", stage.plan("--intermediate", "qqp", "--baseline"))) == 2
    assert re.findall(rf"target +pawsx{ROWS} +(\S+)", stage.plan("--intermediate", "qqp", "--no-baseline")) == ["qqp"]


@check("train", "--arm")
def train_arm_adds_an_arm_by_text(stage: Stage) -> None:
    plan = stage.plan("--arm", "late: mnli{steps=9} > qqp", "--arm", "qqp > mnli")
    assert re.search(r"intermediate +mnli\{steps=9\} +- +1 +9 ", plan)
    assert re.search(rf"target +pawsx{ROWS} +mnli\{{steps=9\}} > qqp ", plan)
    assert re.search(rf"target +pawsx{ROWS} +qqp > mnli\{{steps=\d+\}} ", plan)
    refused = stage.call("train", "--target", "pawsx", "--arm", "mnli > qqqp")
    assert refused.code == 2
    assert "         mnli > qqqp\n                ^^^^\n" in refused.err


@check("train", "--against")
def train_against_chooses_what_gains_are_against(stage: Stage) -> None:
    arms = ("--intermediate", "mnli,qqp", "--mode", "single")
    assert "gains: against mnli\n" in stage.plan(*arms, "--against", "mnli")
    assert stage.call("train", "--target", "pawsx", *arms, "--against", "nobody").code == 2


@check("train", "--score-snapshots")
def train_score_snapshots_scores_steps_on_the_way(stage: Stage) -> None:
    kept = ("--set", "target.steps=4", "--languages", "en")
    assert "1 prediction to score" in stage.plan(*kept)
    assert "4 predictions to score" in stage.plan(*kept, "--score-snapshots")


@check("train", "--score-phases")
def train_score_phases_scores_what_is_trained_on_the_way(stage: Stage) -> None:
    asked = ("--intermediate", "mnli", "--languages", "en")
    assert "2 predictions to score" in stage.plan(*asked)
    plan = stage.plan(*asked, "--score-phases")
    assert "6 predictions to score" in plan
    assert "mnli in 1 language; 2 more predictions to make, 4 scores" in " ".join(plan.split())


@check("train", "--ranks")
def train_ranks_starts_processes(stage: Stage) -> None:
    started = launches(stage)
    assert stage.call("train", "--target", "pawsx", "--ranks", "2").code == 7
    assert started == [(("train", "--target", "pawsx", "--ranks", "2"), 2)]
    assert stage.call("train", "--target", "pawsx", "--ranks", "0").code == 2


@check("train", "--config")
def train_config_reads_settings_from_a_file(stage: Stage) -> None:
    file = stage.tmp / "settings.toml"
    file.write_text('intermediate = ["qqp"]\nset.intermediate.steps = 9\n')
    assert re.search(
        r"intermediate +qqp +- +1 +9 ", stage.call("train", "--config", file, "--target", "mnli", "--plan").out
    )


@check("train", "--data")
def train_data_names_where_rows_are_from(stage: Stage) -> None:
    pawsx = stage.get("pawsx")
    plan = stage.plan("--data", pawsx, "--model", "scratch")
    assert f"data: {pawsx}\n" in plan
    assert "2 predictions" in plan


@check("train", "--model")
def train_model_names_the_encoder(stage: Stage) -> None:
    model = next((stage.runs / "store" / "model").glob("[!.]*"))  # no lock files
    done = stage.call("train", "--target", "pawsx", "--model", model, "--plan")
    assert f"model {model} (given, 1 layers x 16," in done.out


@check("train", "--preset")
def train_preset_sets_the_steps(stage: Stage) -> None:
    stage.tiny = [*stage.get("tiny_model"), "--limit", "32"]
    steps = {name: target_steps(name, 32) for name in ("mini", "small-cpu")}
    assert steps["mini"] != steps["small-cpu"]
    assert re.search(rf"target +pawsx{ROWS} +- +1 +~{steps['mini']} ", stage.plan())
    assert re.search(rf"target +pawsx{ROWS} +- +1 +~{steps['small-cpu']} ", stage.plan("--preset", "small-cpu"))


@check("train", "--languages")
def train_languages_limits_what_is_scored(stage: Stage) -> None:
    assert "6 predictions to score" in stage.plan()
    assert "2 predictions to score" in stage.plan("--languages", "en,qaa")


@check("train", "--limit")
def train_limit_limits_rows(stage: Stage) -> None:
    assert "limited to the first 16 rows of each split" in stage.plan("--limit", "16")


@check("train", "--seeds")
def train_seeds_repeats_all_training(stage: Stage) -> None:
    assert re.findall(rf"target +pawsx{ROWS} +- +(\d+) ", stage.plan("--seeds", "3,5")) == ["3", "5"]


@check("train", "--trim-vocab")
def train_trim_vocab_makes_the_model_smaller(stage: Stage) -> None:
    said = "vocabulary trimmed to tokens of pawsx and the run"
    assert said in stage.plan("--trim-vocab", "pawsx")
    assert "vocabulary trimmed" not in stage.plan()


@check("train", "--keep")
def train_keep_lets_checkpoints_go(stage: Stage) -> None:
    said = "are let go when all is stored that is made from them"
    assert f"checkpoints, all of them, {said}" in stage.plan("--keep", "none")
    assert f"checkpoints, those of target phases, {said}" in stage.plan("--keep", "intermediate")
    assert said not in stage.plan("--keep", "all")


@check("train", "--keep-precision")
def train_keep_precision_rounds_checkpoints(stage: Stage) -> None:
    assert "checkpoint is rounded to bf16" in stage.plan("--keep-precision", "bf16")
    assert "rounded" not in stage.plan()
    refused = stage.call("train", "--target", "pawsx", "--keep-precision", "fp16", "--plan")
    assert "[unknown-value]" in refused.err


@check("train", "--strict")
def train_strict_refuses_bad_rows(stage: Stage) -> None:
    pawsx = stage.get("pawsx")
    with (pawsx / "x-final" / "en" / "train.tsv").open("a") as file:
        file.write("99\tone\ttwo\tmaybe\n")
    options = ("train", "--target", "pawsx", "--data", pawsx, *stage.tiny, "--plan")
    counted = stage.call(*options)
    assert counted.code == 0
    assert "bad rows left out: 1, the first: x-final/en/train.tsv:14: label 'maybe' is neither 0 nor 1" in counted.out
    refused = stage.call(*options, "--strict")
    assert refused.code == 2
    assert "x-final/en/train.tsv:14: label 'maybe' is neither 0 nor 1" in refused.err


@check("train", "--deterministic")
def train_deterministic_is_handed_to_torch(stage: Stage) -> None:
    stage.get("monkeypatch").setenv("CUBLAS_WORKSPACE_CONFIG", ":0:0")
    options = ("train", "--target", "pawsx", *stage.tiny, "--languages", "en", "--runs", stage.tmp / "deterministic")
    refused = stage.call(*options, "--deterministic")
    assert refused.code == 2
    assert "CUBLAS_WORKSPACE_CONFIG is ':0:0'" in refused.err
    assert stage.call(*options).code == 0


@check("train", "--set")
def train_set_changes_a_hyper_parameter(stage: Stage) -> None:
    assert re.search(rf"target +pawsx{ROWS} +- +1 +7 ", stage.plan("--set", "target.steps=7"))


@check("train", "--track")
def train_track_starts_a_tracker(stage: Stage) -> None:
    tracked(stage, "train", "--target", "pawsx", "--plan")
    pytest.importorskip("tensorboard")
    runs = stage.tmp / "tracked"
    assert stage.call("train", "--target", "tatoeba", *stage.tiny, "--track", "tensorboard", "--runs", runs).code == 0
    files = sorted(runs.glob("tensorboard/scores/*-tatoeba/*/events.*"))
    assert [file.parent.name for file in files] == ["none-seed1", "summary"]


@check("train", "--plan")
def train_plan_trains_nothing(stage: Stage) -> None:
    stage.plan()
    assert not (stage.tmp / "plans" / "store" / "train").exists()


@check("train", "--runs")
def train_runs_is_where_the_run_is_written(stage: Stage) -> None:
    runs = stage.tmp / "other"
    done = stage.call("train", "--target", "tatoeba", "--languages", "qab", *stage.tiny, "--runs", runs)
    assert done.code == 0
    assert (runs / "store").is_dir()


@check("train", "--name")
def train_name_is_what_the_run_is_found_by(stage: Stage) -> None:
    options = ("--target", "tatoeba", "--languages", "qab", *stage.tiny, "--runs", stage.runs)
    assert stage.call("train", *options, "--name", "qab-only").code == 0
    assert stage.latest.name.endswith("-qab-only")
    assert stage.call("summary", "qab-only", "--runs", stage.runs).err == f"run: {stage.latest}\n"


@check("train", "--resume")
def train_resume_takes_the_settings_of_a_run(stage: Stage) -> None:
    done = stage.call("train", "--resume", stage.latest.name, "--plan", "--runs", stage.runs)
    assert "3 training phases, 3 of them done; 22 predictions to score" in done.out
