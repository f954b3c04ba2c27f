"""What the options of `eval` do."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.cli.options.stage import ROWS, Stage, check, launches, target_steps, tracked


@check("eval", "--ranks")
def eval_ranks_starts_processes(stage: Stage) -> None:
    started = launches(stage)
    assert stage.call("eval", "--tasks", "pawsx", "--ranks", "3", "--runs", stage.runs).code == 7
    assert [ranks for _, ranks in started] == [3]
    # A plan needs one process only.
    assert stage.eval("--tasks", "pawsx", "--ranks", "3").code == 0
    assert len(started) == 1


@check("eval", "--track")
def eval_track_starts_a_tracker(stage: Stage) -> None:
    tracked(stage, "eval", "--tasks", "pawsx", "--runs", str(stage.runs), "--plan")
    pytest.importorskip("tensorboard")
    options = ("--tasks", "pawsx", "--languages", "qab", "--track", "tensorboard", "--runs", stage.runs)
    assert stage.call("eval", *options).code == 0
    assert list(stage.runs.glob("tensorboard/scores/*-pawsx/none-seed1/events.*"))


@check("eval", "--tasks")
def eval_tasks_are_scored(stage: Stage) -> None:
    done = stage.eval("--tasks", "ccg")
    assert re.findall(r"target +(\w+)", done.out) == ["ccg", "ccg"]
    assert "2 predictions to score, 0 of them done" in done.out


@check("eval", "--suite")
def eval_suite_is_scored(stage: Stage) -> None:
    done = stage.eval("--suite", "intermediate")
    assert re.search(rf"target +commonsenseqa{ROWS} +mnli, qqp ", done.out)


@check("eval", "--metric")
def eval_metric_scores_every_task_that_reports_it(stage: Stage) -> None:
    assert re.search(rf"target +squad{ROWS} +- .*\n(.*\n)*.* squad_v2{ROWS} ", stage.eval("--metric", "squad_f1").out)
    assert "squad_v2" not in stage.eval("--metric", "squad_exact_match", "--tasks", "squad").out
    assert set(re.findall(r"target +(\w+)", stage.eval("--metric", "qqp_f1").out)) == {"qqp"}


@check("eval", "--measure")
def eval_measure_adds_numbers_about_stages(stage: Stage) -> None:
    done = stage.eval("--tasks", "tatoeba,pawsx", "--measure", "anisotropy", "--measure", "loss")
    shown = " ".join(done.out.split())
    assert "measured: anisotropy of tatoeba test in 5 languages, " in shown
    assert re.search(r"loss of pawsx validation in 1 language \d training phase", shown)
    compared = " ".join(stage.eval("--tasks", "tatoeba", "--measure", "mmd", "--measure", "text-embedding").out.split())
    assert "compared: mnli, qqp with tatoeba by mmd, text-embedding" in compared


@check("eval", "--perturb")
def eval_perturb_scores_changed_rows_too(stage: Stage) -> None:
    done = stage.eval("--tasks", "pawsx", "--perturb", "typo:2", "--perturb", "typo:1+case:2", "--perturb", "typo:2")
    shown = " ".join(done.out.split())
    assert "perturbed: all of them with typo:2, with typo:1+case:2, too" in shown
    assert "36 predictions to score" in shown


@check("eval", "--run")
def eval_run_names_the_run(stage: Stage) -> None:
    first = stage.latest
    runs = stage.tmp / "copied"
    shutil.copytree(stage.runs, runs)
    alone = ("--intermediate", "mnli,qqp", "--target", "pawsx", "--no-baseline")
    assert stage.call("train", *alone, *stage.tiny, "--runs", runs).code == 0
    # The latest run has one arm, the first one two.
    assert "; 5 predictions to score" in stage.call("eval", "--tasks", "tatoeba", "--plan", "--runs", runs).out
    for run in (first.name, first):
        done = stage.call("eval", "--tasks", "tatoeba", "--run", run, "--plan", "--runs", runs)
        assert "; 10 predictions to score" in done.out
    unknown = stage.eval("--tasks", "pawsx", "--run", "nonsense")
    assert unknown.code == 2
    assert first.name in unknown.err


@check("eval", "--checkpoint")
def eval_checkpoint_takes_the_place_of_a_run(stage: Stage) -> None:
    assert "(given, 1 layers x 16" in stage.from_checkpoint("--tasks", "pawsx").out


@check("eval", "--no-train")
def eval_no_train_refuses_what_has_to_be_trained(stage: Stage) -> None:
    assert stage.eval("--tasks", "ccg").code == 0
    refused = stage.eval("--tasks", "ccg", "--no-train")
    assert refused.code == 2
    assert "target phase on ccg  [phases-not-in-store]" in refused.err
    assert "--no-train" in refused.err


@check("eval", "--config")
def eval_config_reads_settings_from_a_file(stage: Stage) -> None:
    file = stage.tmp / "settings.toml"
    file.write_text('against = "late"\nset.target.steps = 9\narms.late = "mnli > qqp"\n')
    plan = stage.from_checkpoint("--tasks", "ccg", "--config", file).out
    assert re.search(rf"target +ccg{ROWS} +- +1 +9 ", plan)
    # The file's arms would train further what is to be scored.
    assert "arms: none\n" in plan


@check("eval", "--data")
def eval_data_names_where_rows_are_from(stage: Stage) -> None:
    assert (
        f"data: {stage.get('pawsx')}\n" in stage.from_checkpoint("--tasks", "pawsx", "--data", stage.get("pawsx")).out
    )


@check("eval", "--model")
def eval_model_names_the_encoder(stage: Stage) -> None:
    refused = stage.from_checkpoint("--tasks", "pawsx", "--model", "scratch")
    assert refused.code == 2
    assert "--checkpoint or --model" in refused.err


@check("eval", "--preset")
def eval_preset_sets_the_steps(stage: Stage) -> None:
    for name in ("mini", "small-cpu"):
        done = stage.from_checkpoint("--tasks", "ccg", "--preset", name)
        assert re.search(rf"target +ccg{ROWS} +- +1 +~{target_steps(name, 32)} ", done.out)


@check("eval", "--languages")
def eval_languages_limits_what_is_scored(stage: Stage) -> None:
    assert "; 2 predictions to score, 2 of them done" in stage.eval("--tasks", "pawsx", "--languages", "qab").out


@check("eval", "--limit")
def eval_limit_limits_rows(stage: Stage) -> None:
    assert "first 16 rows" in stage.from_checkpoint("--tasks", "pawsx", "--limit", "16").out


@check("eval", "--seeds")
def eval_seeds_repeats_all_training(stage: Stage) -> None:
    done = stage.from_checkpoint("--tasks", "ccg", "--seeds", "4,6")
    assert re.findall(rf"target +ccg{ROWS} +- +(\d+) ", done.out) == ["4", "6"]


@check("eval", "--trim-vocab")
def eval_trim_vocab_makes_the_model_smaller(stage: Stage) -> None:
    assert (
        "vocabulary trimmed to tokens of xnli" in stage.from_checkpoint("--tasks", "pawsx", "--trim-vocab", "xnli").out
    )
    assert "[phases-would-change]" in stage.eval("--tasks", "pawsx", "--trim-vocab", "xnli").err


@check("eval", "--keep")
def eval_keep_lets_checkpoints_go(stage: Stage) -> None:
    said = "checkpoints, all of them, are let go when all is stored that is made from them"
    assert said in stage.eval("--tasks", "pawsx", "--keep", "none").out
    assert said not in stage.eval("--tasks", "pawsx").out


@check("eval", "--keep-precision")
def eval_keep_precision_rounds_checkpoints(stage: Stage) -> None:
    done = stage.from_checkpoint("--tasks", "pawsx", "--keep-precision", "bf16")
    assert "checkpoint is rounded to bf16" in done.out
    assert "[phases-would-change]" in stage.eval("--tasks", "pawsx", "--keep-precision", "bf16").err


@check("eval", "--strict")
def eval_strict_refuses_bad_rows(stage: Stage) -> None:
    pawsx = stage.get("pawsx")
    with (pawsx / "x-final" / "en" / "train.tsv").open("a") as file:
        file.write("99\tone\ttwo\tmaybe\n")
    assert stage.from_checkpoint("--tasks", "pawsx", "--data", pawsx).code == 0
    assert stage.from_checkpoint("--tasks", "pawsx", "--data", pawsx, "--strict").code == 2


@check("eval", "--deterministic")
def eval_deterministic_is_handed_to_torch(stage: Stage) -> None:
    stage.get("monkeypatch").setenv("CUBLAS_WORKSPACE_CONFIG", ":0:0")
    refused = stage.call("eval", "--tasks", "pawsx", "--languages", "en", "--deterministic", "--runs", stage.runs)
    assert refused.code == 2
    assert "CUBLAS_WORKSPACE_CONFIG is ':0:0'" in refused.err


@check("eval", "--set")
def eval_set_changes_a_hyper_parameter(stage: Stage) -> None:
    done = stage.from_checkpoint("--tasks", "ccg", "--set", "target.steps=8")
    assert re.search(rf"target +ccg{ROWS} +- +1 +8 ", done.out)


@check("eval", "--plan")
def eval_plan_scores_nothing(stage: Stage) -> None:
    before = sorted(stage.runs.iterdir())
    assert stage.eval("--tasks", "ccg").code == 0
    assert sorted(stage.runs.iterdir()) == before


@check("eval", "--runs")
def eval_runs_is_where_the_run_is_looked_for(stage: Stage) -> None:
    assert stage.eval("--tasks", "pawsx").code == 0
    nothing = stage.call("eval", "--tasks", "pawsx", "--runs", stage.tmp / "nothing")
    assert nothing.code == 2
    assert "[no-run-yet]" in nothing.err


@check("eval", "--name")
def eval_name_is_what_the_run_is_found_by(stage: Stage) -> None:
    options = ("--tasks", "pawsx", "--languages", "qab", "--no-train", "--runs", stage.runs)
    assert stage.call("eval", *options, "--name", "qab-only").code == 0
    assert stage.call("summary", "qab-only", "--runs", stage.runs).err.startswith(f"run: {stage.runs}/")
