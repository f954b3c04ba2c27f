"""What the options of `study` do: those of all studies by one of them, and each study's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cli.options.stage import Stage, check

FIRST_AID = Path(__file__).parents[2] / "plugin_package" / "xharness_first_aid.py"
SMALL = ("--tier", "smoke")


def plan(stage: Stage, *options: object, study: str = "mini-effects") -> str:
    done = stage.call("study", study, *SMALL, *options, "--plan", "--runs", stage.tmp / "plans")
    assert done.code == 0, done.err
    return " ".join(str(done.out).split())


def steps_of(found: str) -> int:
    """Optimiser steps of all runs."""
    return int(found.partition(" of them done, ")[2].partition(" steps")[0].replace(",", ""))


def refused(stage: Stage, *options: object) -> str:
    done = stage.call("study", "mini-effects", *SMALL, *options, "--plan", "--runs", stage.tmp / "plans")
    assert done.code == 2
    return str(done.err)


@check("study NAME", "--tier")
def study_tier_decides_how_much(stage: Stage) -> None:
    assert "2 seeds, targets pawsx," in plan(stage)
    done = stage.call("study", "mini-effects", "--tier", "tiny", "--plan")
    assert done.code == 2
    assert "'smoke', 'small'" in done.err


@check("study NAME", "--data")
def study_data_are_where_rows_come_from(stage: Stage) -> None:
    assert "[unknown-world]" in refused(stage, "--data", "mini:nowhere")


@check("study NAME", "--models")
def study_models_are_asked_each(stage: Stage) -> None:
    found = plan(stage, "--models", "mini,scratch")
    assert found.count(" on mini, ") == found.count(" on scratch, ") == 1


@check("study NAME", "--preset")
def study_preset_has_other_hyper_parameters(stage: Stage) -> None:
    # Its batches and epochs are others, and its texts are too long for mini's encoder.
    other = plan(stage, "--preset", "small-cpu", "--set", "max_length=64")
    assert steps_of(other) != steps_of(plan(stage, "--set", "max_length=64"))
    assert "[unknown-preset]" in refused(stage, "--preset", "none-such")


@check("study NAME", "--seeds")
def study_seeds_train_anew(stage: Stage) -> None:
    assert "3 seeds, targets pawsx," in plan(stage, "--seeds", "1,2", "--seeds", "3")


@check("study NAME", "--languages")
def study_languages_are_scored(stage: Stage) -> None:
    assert "pawsx, 24 predictions" in plan(stage)
    assert "pawsx, 8 predictions" in plan(stage, "--languages", "en,qaa")


@check("study NAME", "--limit")
def study_limit_leaves_rows_out(stage: Stage) -> None:
    assert steps_of(plan(stage, "--limit", "8")) < steps_of(plan(stage))


@check("study NAME", "--margin")
def study_margin_is_stated(stage: Stage) -> None:
    assert "margin: 5 points" in plan(stage)
    assert "margin: 2.5 points" in plan(stage, "--margin", "2.5")
    # A study may have one of its own.
    assert "margin: 10 percent" in robust(stage)
    assert "margin: 2 percent" in robust(stage, "--margin", "2")


@check("study NAME", "--set")
def study_set_is_of_all_runs(stage: Stage) -> None:
    three, four = (plan(stage, "--set", f"target.steps={steps}") for steps in (3, 4))
    # One step more of both arms' target, for two seeds.
    assert steps_of(four) - steps_of(three) == 4
    assert "[unknown-hyper-parameter]" in refused(stage, "--set", "target.stepps=3")


@check("study NAME", "--plan")
def study_plan_trains_nothing(stage: Stage) -> None:
    plan(stage)
    assert not (stage.tmp / "plans").exists()


def analysed(stage: Stage, *options: object) -> Any:
    """The smoke tier of mini-effects on a run that has none of its arms but `none`."""
    return stage.call("study", "mini-effects", "--analyse-only", stage.latest, "--runs", stage.runs, *options)


@check("study NAME", "--analyse-only")
def study_analyse_only_reads_records(stage: Stage) -> None:
    done = analysed(stage)
    assert done.code == 2
    assert "[cells-missing]" in done.err
    assert "arm none, task pawsx, seed 2" in done.err


@check("study NAME", "--runs")
def study_runs_are_found_there(stage: Stage) -> None:
    done = stage.call("study", "mini-effects", "--analyse-only", stage.latest.name, "--runs", stage.tmp / "elsewhere")
    assert "[unknown-run]" in done.err
    assert "[cells-missing]" in analysed(stage).err


@check("study NAME", "--output")
def study_output_is_the_folder(stage: Stage) -> None:
    stage.get("install")("xharness_first_aid", FIRST_AID.read_text(encoding="utf-8"))
    asked = ("--task", "mnli + qqp", "--seeds", "1", "--analyse-only", stage.latest, "--runs", stage.runs)
    done = stage.call("study", "first-aid", *asked, "--output", stage.tmp / "answer")
    assert done.code == 0, done.err
    assert {path.name for path in (stage.tmp / "answer").iterdir()} == {
        *("README.md", "study.html", "study.json", "scores.csv", "figure-1-1.svg"),
    }
    assert not (stage.runs / "studies").exists()


@check("study mini-effects", "--targets")
def mini_effects_targets_are_of_every_arm(stage: Stage) -> None:
    assert plan(stage, "--others", "--targets", "xnli,tatoeba").count("targets xnli, tatoeba,") == 2


@check("study mini-effects", "--more")
def mini_effects_more_are_of_nine_tasks(stage: Stage) -> None:
    found = plan(stage, "--others", "--more", "tatoeba")
    assert found.count("targets pawsx, tatoeba,") == found.count("targets pawsx,") - 1 == 1


@check("study mini-effects", "--others")
def mini_effects_others_are_arms_of_their_own(stage: Stage) -> None:
    assert "run 2: 12 arms (anli alone;" in plan(stage, "--others")
    assert "run 2:" not in plan(stage)


@check("study selection", "--tasks")
def selection_tasks_are_candidates(stage: Stage) -> None:
    assert "5 arms (none; qqp{steps=1}; qqp{steps=2}; ccg{steps=1}; ccg{steps=2})" in plan(
        stage, "--tasks", "qqp,ccg", study="selection"
    )
    done = stage.call("study", "selection", *SMALL, "--tasks", "qqp", "--plan")
    assert "[candidates-of-selection]" in done.err


@check("study selection", "--steps")
def selection_steps_are_lengths_of_each(stage: Stage) -> None:
    found = plan(stage, "--tasks", "qqp", "--steps", "1,3,4", study="selection")
    assert "4 arms (none; qqp{steps=1}; qqp{steps=3}; qqp{steps=4})" in found


@check("study selection", "--outcomes")
def selection_outcomes_are_targets_beside_those_of_criteria(stage: Stage) -> None:
    assert "targets xnli, tydiqa, mlqa," in plan(stage, "--outcomes", "mlqa", study="selection")
    done = stage.call("study", "selection", *SMALL, "--outcomes", "mlqa,xnli", "--plan")
    assert "[criterion-among-outcomes]" in done.err


@check("study selection", "--development")
def selection_development_selects_within_intermediate_training(stage: Stage) -> None:
    asked = ("--tasks", "qqp", "--steps", "1,2,3", "--outcomes", "tatoeba", "--set", "intermediate.eval_every=1")
    plan(stage, *asked, "--development", study="selection")
    done = stage.call("study", "selection", *SMALL, *asked, "--plan", "--runs", stage.tmp / "plans")
    # Nothing is evaluated where the last checkpoint is kept.
    assert "[setting-without-effect]" in done.err


CHAINS = ("--languages", "en,qad")


def chains(stage: Stage, *options: object) -> str:
    """What the smoke tier of sequential would do."""
    return plan(stage, *CHAINS, *options, study="sequential")


@check("study sequential", "--tasks")
def sequential_tasks_are_chained(stage: Stage) -> None:
    found = chains(stage, "--tasks", "qqp,ccg")
    assert "qqp alone; ccg alone; qqp longer; ccg longer; qqp then ccg; ccg then qqp; mixture" in found
    done = stage.call("study", "sequential", "--tasks", "qqp", "--plan")
    assert "[tasks-of-chains]" in done.err


@check("study sequential", "--targets")
def sequential_targets_are_of_every_arm(stage: Stage) -> None:
    assert "targets pawsx, tatoeba," in chains(stage, "--targets", "pawsx,tatoeba")


@check("study sequential", "--probe")
def sequential_probe_is_scored_after_phases(stage: Stage) -> None:
    found = chains(stage, "--probe", "bucc2018", "--targets", "udpos")
    assert "targets udpos," in found
    assert "targets bucc2018," in found


@check("study sequential", "--steps")
def sequential_steps_are_those_of_a_phase(stage: Stage) -> None:
    few, more = (chains(stage, "--steps", steps) for steps in (2, 3))
    # Two seeds of two single tasks, two of twice as many, two chains' second phases, and a mixture.
    assert steps_of(more) - steps_of(few) == 2 * (2 + 2 * 2 + 2 + 2)


@check("study sequential", "--regimes")
def sequential_regimes_are_further_arms(stage: Stage) -> None:
    found = chains(stage, "--regimes", "frozen,mlm")
    assert "mnli then squad with frozen embeddings" in found
    assert "squad then mnli with mlm" in found
    assert "mixture" not in found.partition("run 1")[2]


@check("study sequential", "--long")
def sequential_long_names_the_tasks(stage: Stage) -> None:
    assert "squad longer" in chains(stage)
    assert "squad longer" not in chains(stage, "--long", "mnli")


@check("study sequential", "--rates")
def sequential_rates_are_tried_of_every_arm(stage: Stage) -> None:
    found = chains(stage, "--rates", "1e-3,1e-4")
    assert "mixture, intermediate.lr=0.001" in found
    assert "mixture, intermediate.lr=0.0001" in found


@check("study sequential", "--phases")
def sequential_phases_are_scored_by_a_run_of_their_own(stage: Stage) -> None:
    assert "run 2: " in chains(stage)
    assert "run 2: " not in chains(stage, "--no-phases")


@check("study sequential", "--drift")
def sequential_drift_is_a_measure(stage: Stage) -> None:
    assert " measures " in chains(stage)
    assert " measures " not in chains(stage, "--no-drift")


def robust(stage: Stage, *options: object) -> str:
    """What the smoke tier of robustness would do."""
    return plan(stage, "--languages", "en,qaa", *options, study="robustness")


@check("study robustness", "--arms")
def robustness_arms_are_against_none(stage: Stage) -> None:
    found = robust(stage, "--arms", "late: qqp{steps=1} > ccg{steps=1},squad{steps=2}")
    assert "3 arms (none; late; squad{steps=2})" in found
    done = stage.call("study", "robustness", *SMALL, "--arms", "", "--plan")
    assert "[arms-of-robustness]" in done.err


@check("study robustness", "--targets")
def robustness_targets_are_of_every_arm(stage: Stage) -> None:
    assert robust(stage, "--targets", "pawsx").count("targets pawsx,") == 2


@check("study robustness", "--perturbations")
def robustness_perturbations_are_conditions(stage: Stage) -> None:
    assert "with typo:2, case:1" in robust(stage, "--perturbations", "typo,case:1")
    done = stage.call("study", "robustness", *SMALL, "--perturbations", "hypothesis-only", "--plan")
    assert "[all-diagnostic]" in done.err


@check("study robustness", "--severities")
def robustness_severities_are_of_perturbations_without_one(stage: Stage) -> None:
    assert "with typo:1, typo:3, case:2" in robust(stage, "--perturbations", "typo,case:2", "--severities", "1,3")


@check("study robustness", "--baselines")
def robustness_baselines_are_further_arms_without_intermediate_training(stage: Stage) -> None:
    found = robust(stage, "--baselines", "target.lr=1e-4,target.lr=1e-3+target.batch_size=8")
    assert "2 arms (baseline 1; baseline 2)" in found
    assert "baseline" not in robust(stage)


@check("study robustness", "--fertility")
def robustness_fertility_is_a_measure(stage: Stage) -> None:
    assert " measures " in robust(stage)
    assert " measures " not in robust(stage, "--no-fertility")


def captions(stage: Stage, *options: object) -> str:
    """What the smoke tier of vision-language would do."""
    return plan(stage, *options, study="vision-language")


@check("study vision-language", "--captions")
def vision_language_captions_have_images(stage: Stage) -> None:
    done = stage.call("study", "vision-language", *SMALL, "--captions", "mnli", "--plan")
    assert "[study-without-images]" in done.err
    # multi30k has one caption of each picture, so that its captions make no pairs.
    done = stage.call("study", "vision-language", *SMALL, "--captions", "multi30k", "--plan")
    assert "[no-two-captions]" in done.err


@check("study vision-language", "--targets")
def vision_language_targets_are_of_every_arm(stage: Stage) -> None:
    assert "targets bucc2018, tatoeba," in captions(stage, "--targets", "bucc2018,tatoeba")


@check("study vision-language", "--further")
def vision_language_further_arms_are_chosen(stage: Stage) -> None:
    assert "(none; captions; text; random; nli; nli then captions)" in captions(stage, "--further", "random,nli")


@check("study vision-language", "--nli")
def vision_language_nli_is_the_task_of_inference(stage: Stage) -> None:
    assert steps_of(captions(stage, "--further", "nli", "--nli", "snli")) > steps_of(captions(stage))
    done = stage.call("study", "vision-language", *SMALL, "--further", "nli", "--nli", "snlo", "--plan")
    assert "[unknown-task]" in done.err


@check("study vision-language", "--steps")
def vision_language_steps_are_those_of_a_phase(stage: Stage) -> None:
    few, more = (captions(stage, "--steps", steps) for steps in (2, 3))
    # Two seeds of captions, text and shuffled images.
    assert steps_of(more) - steps_of(few) == 2 * 3


@check("study vision-language", "--batch")
def vision_language_batch_is_captions_of_a_step(stage: Stage) -> None:
    done = stage.call("study", "vision-language", *SMALL, "--batch", "9", "--plan")
    assert "[odd-batch]" in done.err
    assert "captions; text; shuffled" in captions(stage, "--batch", "10")


@check("study vision-language", "--layers")
def vision_language_layers_are_scored_too(stage: Stage) -> None:
    found = captions(stage, "--layers", "1,3")
    assert "none layer 1; captions layer 1; text layer 1; none layer 3" in found
    assert "none layer 3" not in captions(stage)


@check("study vision-language", "--retrieval")
def vision_language_retrieval_is_the_control(stage: Stage) -> None:
    assert "(pictures; pictures shuffled)" in captions(stage)
    assert "pictures" not in captions(stage, "--retrieval", "")


@check("study vision-language", "--retrieval-steps")
def vision_language_retrieval_steps_are_those_of_the_control(stage: Stage) -> None:
    few, more = (captions(stage, "--retrieval-steps", steps) for steps in (2, 3))
    assert steps_of(more) - steps_of(few) == 2 * 2


@check("study reproduce", "--tasks")
def reproduce_tasks_are_arms(stage: Stage) -> None:
    found = plan(stage, "--tasks", "qqp,ccg", study="reproduce")
    assert "4 arms (none; qqp alone; ccg alone; together)" in found
    done = stage.call("study", "reproduce", *SMALL, "--tasks", "qqp", "--plan")
    assert "[tasks-to-reproduce]" in done.err


@check("study reproduce", "--targets")
def reproduce_targets_are_of_every_arm(stage: Stage) -> None:
    assert "targets udpos, bucc2018," in plan(stage, "--targets", "udpos,bucc2018", study="reproduce")


@check("study reproduce", "--translated")
def reproduce_translated_tasks_are_arms(stage: Stage) -> None:
    assert "mnli translated alone" in plan(stage, "--translated", "mnli@translated", study="reproduce")


@check("study reproduce", "--mlm")
def reproduce_mlm_is_mixed_in(stage: Stage) -> None:
    assert "together with mlm" in plan(stage, "--mlm", study="reproduce")
    assert "together with mlm" not in plan(stage, study="reproduce")


@check("study reproduce", "--steps")
def reproduce_steps_are_those_of_a_task_alone(stage: Stage) -> None:
    few, more = (steps_of(plan(stage, "--steps", steps, study="reproduce")) for steps in (5, 6))
    # Two seeds of two tasks.
    assert more - few == 4


@check("study reproduce", "--mlm-steps")
def reproduce_steps_with_mlm_are_their_own(stage: Stage) -> None:
    few, more = (steps_of(plan(stage, "--mlm", "--mlm-steps", steps, study="reproduce")) for steps in (5, 6))
    assert more - few == 2


@check("study reproduce", "--published")
def reproduce_published_is_read_before_anything_runs(stage: Stage) -> None:
    path = stage.tmp / "table.csv"
    path.write_text("arm,task,value\nnone,pawsx,high\n", encoding="utf-8")
    done = stage.call("study", "reproduce", *SMALL, "--published", path, "--plan")
    assert done.code == 2
    assert f"{path}:2" in done.err


def alike(stage: Stage, *options: object) -> str:
    """What the smoke tier of similarity would do."""
    return plan(stage, *options, study="similarity")


@check("study similarity", "--tasks")
def similarity_tasks_are_ranked(stage: Stage) -> None:
    found = alike(stage, "--tasks", "mnli,hellaswag")
    assert "3 arms (none; mnli alone; hellaswag alone)" in found
    done = stage.call("study", "similarity", *SMALL, "--tasks", "mnli", "--plan")
    assert "[tasks-of-similarity]" in done.err


@check("study similarity", "--targets")
def similarity_targets_are_of_every_arm(stage: Stage) -> None:
    assert "targets xcopa, tydiqa," in alike(stage, "--targets", "xcopa,tydiqa")


@check("study similarity", "--steps")
def similarity_steps_are_those_of_each_task(stage: Stage) -> None:
    few, more = (alike(stage, "--steps", steps) for steps in (2, 5))
    # Three intermediate tasks in two seeds.
    assert steps_of(more) - steps_of(few) == 3 * 2 * 3


@check("study similarity", "--further")
def similarity_further_are_measured(stage: Stage) -> None:
    few, more = (alike(stage, "--further", names) for names in ("mmd", "mmd,text-embedding"))
    assert few != more
    done = stage.call("study", "similarity", *SMALL, "--further", "hubness", "--plan")
    assert "[unknown-value]" in done.err


def ranked_file(stage: Stage, *options: object) -> Any:
    """The example's gains, ranked."""
    file = Path(__file__).parents[3] / "docs" / "studies" / "similarity-gains.csv"
    return stage.call("study", "similarity", "--gains", file, "--output", stage.tmp / "ranked", *options)


@check("study similarity", "--gains")
def similarity_gains_are_ranked_without_a_run(stage: Stage) -> None:
    done = ranked_file(stage)
    assert done.code == 0, done.err
    assert "by what the other targets say" in done.out
    assert (stage.tmp / "ranked" / "README.md").is_file()
    assert "nothing to run" in ranked_file(stage, "--plan").out
    idle = ranked_file(stage, "--seeds", "1", "--tasks", "mnli,squad")
    assert (idle.code, "--seeds, --tasks have no effect" in idle.err) == (2, True)
    for tier in ("small", "full"):
        idle = ranked_file(stage, "--tier", tier)
        assert (idle.code, "--tier has no effect" in idle.err) == (2, True)


@check("study similarity", "--negligible")
def similarity_negligible_is_the_margin_of_its_answers(stage: Stage) -> None:
    from json import loads

    assert ranked_file(stage, "--negligible", "0.45").code == 0
    document = loads((stage.tmp / "ranked" / "study.json").read_text(encoding="utf-8"))
    assert document["findings"][0]["primary"]["margin"] == 0.45
    assert stage.call("study", "similarity", "--negligible", "1", "--plan").code == 2


@check("study similarity", "--covariates")
def similarity_covariates_are_read_before_anything_is_run(stage: Stage) -> None:
    file = stage.tmp / "features.csv"
    file.write_text("language,distance\nqad,near\n", encoding="utf-8")
    done = stage.call("study", "similarity", *SMALL, "--covariates", file, "--plan")
    assert "[bad-study-file]" in done.err
    assert "line 2" in done.err


@check("study similarity", "--mixed")
def similarity_mixed_needs_an_extra(stage: Stage) -> None:
    # The tests have it; tests/plugins/studies/test_similarity.py says what becomes of it.
    assert alike(stage, "--mixed") == alike(stage)
