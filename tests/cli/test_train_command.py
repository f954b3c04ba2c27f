from __future__ import annotations

import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from harness.cli.display import show
from harness.modeling.shape import Shape
from harness.planning.store import Store
from harness.report import planned_costs
from harness.report.summary import summary_view
from harness.sources.mini.languages import CONSTRUCTED
from tests.fixtures import Cli, Install, Result, Results, RunDirectory


def row(table: str, name: str) -> str:
    """The first line of a table that begins with a name."""
    return next(line for line in table.splitlines() if line.split()[:1] == [name])


def test_summary_shows_targets_by_language_with_baseline_gain_and_interval(first: tuple[Path, Result]) -> None:
    out = first[1].out
    table = out[out.index("pawsx: accuracy, percent, after mnli + qqp (multitask)") :]
    assert table.splitlines()[2].split() == ["language", "baseline", "score", "gain", "n"]
    value, signed = r"\d+\.\d \[\d+\.\d,\d+\.\d\]", r"[+-]\d+\.\d \[[+-]\d+\.\d,[+-]\d+\.\d\]"
    for language in ("en", "qaa", "qab", "qac", "qad", "qae"):
        assert re.fullmatch(rf"\s*{language} +{value} +{value} +{signed} +32 +l[tc]*\s*", row(table, language))
    assert row(table, "mean").split()[-1] == "6/6"
    assert re.search(r"mean without en .* 5/5", table)
    gap = value.replace(r"\d+", r"-?\d+")
    assert re.search(rf"transfer gap +{gap} +{gap} +{signed}", table)
    assert re.search(r"^mean gain without en: .*known within ± \d+\.\d", table, re.MULTILINE)
    assert "tatoeba: retrieval_accuracy, percent" in table
    assert "l  limited" in table


def test_untrained_targets_have_no_phase(first: tuple[Path, Result]) -> None:
    assert ": target on pawsx (" in first[1].out
    assert ": target on tatoeba" not in first[1].out


def test_a_pipe_gets_no_escape_codes(first: tuple[Path, Result]) -> None:
    assert "\x1b" not in first[1].out + first[1].err


def test_summary_file_is_what_was_shown(first: tuple[Path, Result], run_directory: RunDirectory) -> None:
    runs, done = first
    summary = (run_directory(runs) / "summary.txt").read_text(encoding="utf-8")
    assert summary in done.out
    assert "pawsx: accuracy" in summary


def test_records_path_is_printed_in_one_piece(first: tuple[Path, Result], run_directory: RunDirectory) -> None:
    runs, done = first
    assert f"records: {run_directory(runs)}/records.jsonl" in done.out.splitlines()


def test_a_repeat_reuses_every_stage_and_writes_the_same_results(
    cli: Cli, first: tuple[Path, Result], runs: Path, tiny: list[str], run_directory: RunDirectory, results: Results
) -> None:
    before = run_directory(runs)
    again = cli("train", "--intermediate", "mnli,qqp", "--target", "pawsx,tatoeba", *tiny, "--runs", runs)
    assert again.code == 0
    assert "nothing to train" in again.out
    stages = re.search(r"(\d+) of (\d+) stages were in the store", again.out)
    assert stages
    assert stages[1] == stages[2]
    assert "phase: " not in again.out
    after = run_directory(runs)
    assert after != before
    for kind in ("run", "model", "score"):
        assert results(after, kind) == results(before, kind)


def test_the_settings_of_a_run_repeat_it(cli: Cli, runs: Path, run_directory: RunDirectory, results: Results) -> None:
    before = run_directory(runs)
    again = cli("train", "--config", before / "settings.toml", "--runs", runs)
    assert again.code == 0
    assert "nothing to train" in again.out
    assert results(run_directory(runs)) == results(before)


def test_flags_beat_the_settings_file(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    plan = cli("train", "--config", run_directory(runs) / "settings.toml", "--target", "qqp", "--plan", "--runs", runs)
    assert "qqp" in plan.out
    assert "pawsx" not in plan.out


def test_the_plan_says_what_sharing_saves(cli: Cli, tiny: list[str], tmp_path: Path) -> None:
    asked = ["--intermediate", "mnli", "--target", "xquad,mlqa,tatoeba", *tiny, "--runs", tmp_path]
    plan = cli("train", *asked, "--plan")
    # Two arms train squad's phase of 4 steps, which xquad and mlqa have in common, after 6 of mnli in one of them.
    # On its own, each of the three would train mnli's, and xquad and mlqa squad's in either arm: 3 * 6 + 4 * 4.
    assert "3 training phases, 0 of them done" in plan.out
    assert "14 optimiser steps; sharing no phase, 7 phases would take 34" in plan.out


def test_the_plan_trains_nothing_and_says_what_it_would_do(cli: Cli, tiny: list[str], tmp_path: Path) -> None:
    plan = cli("train", "--intermediate", "mnli", "--target", "pawsx", *tiny, "--plan", "--runs", tmp_path / "new")
    assert plan.code == 0
    assert "scores say nothing about real languages" in plan.out
    assert re.search(r"target +pawsx(?: .32 rows.)? +- +1 +4 +~[\d,]+ +32 +to do", plan.out)
    assert re.search(r"intermediate +mnli +- +1 +6 +~[\d,]+ +32 +to do", plan.out)
    assert re.search(r"target +pawsx(?: .32 rows.)? +mnli +1 +4 +~[\d,]+ +32 +to do", plan.out)
    assert "3 training phases, 0 of them done; 12 predictions to score, 0 of them done" in plan.out
    assert re.search(r"roughly \d+ s of training, \d+\.\d kB of checkpoints", plan.out)
    assert not (tmp_path / "new" / "store" / "train").exists()
    assert not list((tmp_path / "new").glob("*/records.jsonl"))


def test_the_plan_says_what_is_set_and_what_is_scored(cli: Cli, tiny: list[str], tmp_path: Path) -> None:
    asked = ("--target", "xnli,tatoeba", *tiny, "--set", "target.lr=1e-4,3e-4", "--runs", tmp_path)
    plan = cli("train", *asked, "--arm", "late: mnli > squad", "--against", "late", "--plan").out
    # Targets that train on another task's rows, or not at all, are in no row of the table.
    assert "scored: xnli in 6 languages, tatoeba in 5 languages\n" in plan
    (said,) = re.findall(r"^set: (.*?)^data: ", plan, re.MULTILINE | re.DOTALL)
    assert "target.lr = [0.0001, 0.0003]" in said
    assert "arms: none, target.lr=0.0001; none, target.lr=0.0003; late, target.lr=0.0001;" in " ".join(plan.split())
    assert "gains: against late\n" in plan


def test_a_run_that_was_interrupted_is_told_from_a_whole_one(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    assert "not finished" not in cli("summary", "--runs", runs).out
    directory = run_directory(runs)
    file = directory / "records.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    last = json.loads(lines[-1])["result"]["predictions"]
    file.write_text("".join(line for line in lines if last not in line))
    out = cli("summary", "--runs", runs).out
    assert f"not finished: 1 prediction not scored yet; to resume it: xharness train --resume {directory}" in " ".join(
        out.split()
    )


def test_the_plan_says_where_steps_are_estimated(cli: Cli, tiny: list[str], tmp_path: Path) -> None:
    asked = ("--intermediate", "squad", "--target", "xquad", *tiny, "--runs", tmp_path)
    by_epochs = ("--set", "target.steps=0", "--set", "target.epochs=3", "--set", "max_length=16", "--plan")
    plan = cli("train", *asked, *by_epochs)
    (steps,) = re.findall(r"target +squad(?: .32 rows.)? +- +1 +~(\d+) ", plan.out)
    assert re.search(r"intermediate +squad +- +1 +6 ", plan.out)
    closer = cli("train", *asked, *by_epochs, "--set", "doc_stride=4")
    (more,) = re.findall(r"target +squad(?: .32 rows.)? +- +1 +~(\d+) ", closer.out)
    assert int(more) > int(steps)


def test_the_plan_shows_how_many_rows_are_used(cli: Cli, tiny: list[str], tmp_path: Path) -> None:
    options = ("--intermediate", "mnli,qqp", "--target", "pawsx", *tiny, "--runs", tmp_path / "new")
    asked = ("--set", "tasks.mnli.examples=5", "--set", "target.examples=1000")
    plan = cli("train", *options, *asked, "--plan").out
    # 32 rows of each task are there: 5 + 32 of the intermediate tasks, and all of pawsx.
    assert re.search(r"target +pawsx \(32 rows\) +- .* 32 +to do", plan)
    assert re.search(r"intermediate +mnli \(5 rows\), qqp +- .* 37 +to do", plan)
    exchanged = cli("train", *options, *asked, "--set", "target.random_labels=true", "--plan").out
    assert re.search(r"target +pawsx \(32 rows, random labels\) +- ", exchanged)
    refused = cli("train", *options, "--set", "tasks.squad.examples=5", "--plan")
    assert refused.code == 2
    assert "[setting-without-effect]" in refused.err


def test_the_plan_names_languages_that_the_data_do_not_have(cli: Cli, tiny: list[str]) -> None:
    options = ("--target", "pawsx", *tiny, "--plan")
    assert "not scored: de, in which no target has rows" in cli("train", *options, "--languages", "en,de").out
    assert "not scored" not in cli("train", *options, "--languages", "en").out


def test_the_plan_shows_what_is_done(cli: Cli, runs: Path, tiny: list[str]) -> None:
    plan = cli("train", "--intermediate", "mnli", "--target", "pawsx,qqp", *tiny, "--plan", "--runs", runs)
    # The baseline's tokenizer is trained on other texts than that of the first run, so that nothing can be shared.
    assert "done; " in plan.out
    same = cli("train", "--intermediate", "mnli,qqp", "--target", "pawsx", *tiny, "--plan", "--runs", runs)
    assert "3 training phases, 3 of them done; 12 predictions to score, 12 of them done" in same.out


def test_seeds_give_a_spread_and_intervals_over_seeds(
    cli: Cli, tiny: list[str], tmp_path: Path, run_directory: RunDirectory, results: Results
) -> None:
    done = cli(
        *("train", "--intermediate", "qqp", "--target", "pawsx", "--languages", "en", "--seeds", "1,2"),
        *(*tiny, "--runs", tmp_path / "runs"),
    )
    assert done.code == 0
    assert "pawsx: accuracy, percent, after qqp, 2 seeds" in done.out
    scores = [s for s in results(run_directory(tmp_path / "runs")) if s["main"]]
    after = [s["value"] for s in scores if s["arm"] == "qqp"]
    assert sorted((s["arm"], s["seed"]) for s in scores) == [("none", 1), ("none", 2), ("qqp", 1), ("qqp", 2)]
    assert len({s["model"] for s in scores}) == 4
    mean, spread = sum(after) / 2, abs(after[0] - after[1]) / 2**0.5
    # Student's t with one degree of freedom; no interval where both seeds give the same.
    half = 12.706 * spread / 2**0.5
    interval = f" [{mean - half:.1f},{mean + half:.1f}]" if spread else " "
    assert f"{mean:.1f} ± {spread:.1f}{interval}" in done.out
    assert "Student's t" in done.out


def test_single_mode_compares_the_intermediate_tasks(cli: Cli, tiny: list[str], tmp_path: Path) -> None:
    done = cli(
        *("train", "--intermediate", "qqp,mnli", "--target", "pawsx", "--languages", "en,qaa", "--mode", "single"),
        *(*tiny, "--runs", tmp_path / "runs"),
    )
    assert done.code == 0
    assert "pawsx: accuracy, percent, after qqp" in done.out
    assert "pawsx: accuracy, percent, after mnli" in done.out
    overview = done.out[done.out.index("pawsx: accuracy by intermediate task") :]
    header = "intermediate mean mean without en transfer gap mean gain languages"
    assert " ".join(overview.splitlines()[2].split()) == header
    assert {row(overview, name).split()[-1] for name in ("qqp", "mnli")} == {"2/2"}


def test_several_values_of_a_hyper_parameter_stand_in_one_run(
    cli: Cli, tiny: list[str], tmp_path: Path, results: Results
) -> None:
    runs = tmp_path / "runs"
    done = cli("train", "--target", "pawsx", "--languages", "en", *tiny, "--set", "lr=1e-4,2e-4", "--runs", runs)
    assert done.code == 0
    (path,) = runs.glob("*/records.jsonl")
    models = results(path.parent, "model")
    assert [model["phases"][0]["hyper"]["lr"] for model in models] == [1e-4, 2e-4]


def test_a_value_that_cannot_be_planned_is_refused_before_another_trains(
    cli: Cli, tiny: list[str], tmp_path: Path
) -> None:
    done = cli("train", "--target", "pawsx", *tiny, "--set", "max_length=64,9999", "--runs", tmp_path / "runs")
    assert done.code == 2
    assert "max_length = 9999" in done.err
    assert not (tmp_path / "runs" / "store" / "train").exists()


def test_a_half_failed_run_keeps_the_rest(
    cli: Cli,
    install: Install,
    pawsx: Path,
    tiny: list[str],
    tmp_path: Path,
    run_directory: RunDirectory,
    results: Results,
) -> None:
    install("touchy", TOUCHY)
    runs = tmp_path / "runs"
    done = cli("train", "--target", "touchy,pawsx", "--data", pawsx, *tiny, "--runs", runs)
    assert done.code == 1
    assert "Traceback" not in done.out + done.err
    directory = run_directory(runs)
    status = {(s["task"], s["language"], s["metric"]): s["status"] for s in results(directory)}
    assert status == {
        ("touchy", "en", "touchiness"): "failed",
        ("touchy", "de", "touchiness"): "failed",
        ("touchy", "en", "accuracy"): "ok",
        ("touchy", "de", "accuracy"): "ok",
        ("pawsx", "en", "accuracy"): "ok",
        ("pawsx", "de", "accuracy"): "ok",
    }
    assert "Traceback" in (directory / "failures.txt").read_text(encoding="utf-8")
    reason = "failed: touchy en de without intermediate tasks, seed 1: .*: ValueError: cannot count to three"
    assert re.search(f"^{reason}", done.out, re.MULTILINE)
    assert re.search(r"mean +0/2|mean +- +", done.out)


TOUCHY = """
import harness

FILES = {"train": "train", "validation": "dev_2k", "test": "test_2k"}
FILES = {split: f"x-final/{{language}}/{name}.tsv" for split, name in FILES.items()}


def read(record):
    return harness.ClassificationRow(text=record["sentence1"], text_pair=record["sentence2"], label=record["label"])


def statistics(predictions):
    raise ValueError("cannot count to three")


@harness.hookimpl
def register_tasks(register):
    register(
        harness.Task(
            name="touchy",
            kind="text-classification",
            languages=("en", "de"),
            labels=("0", "1"),
            metrics=("touchiness", "accuracy"),
            formats={"tsv": harness.Format(reader="tsv", row=read, files=FILES)},
        )
    )


@harness.hookimpl
def register_metrics(register):
    register(harness.Metric(name="touchiness", kinds=("text-classification",), statistics=statistics))
"""


def test_a_narrow_terminal_stays_readable(first: tuple[Path, Result], run_directory: RunDirectory) -> None:
    runs = first[0]
    console = Console(width=80, file=io.StringIO(), record=True)
    show(console, summary_view(run_directory(runs), runs / "store"))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    # Every language stands in one line with its score, and no interval is broken.
    scored = [line.split()[0] for line in lines if line.count("[") > 1]
    assert [name for name in scored if name not in ("mean", "transfer")] == ["en", *CONSTRUCTED, *CONSTRUCTED]
    assert all(line.count("[") == line.count("]") for line in lines)


def test_time_is_estimated_by_the_weights_that_tokens_are_multiplied_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned_costs, "_flops", lambda: 600.0)
    (tmp_path / "train").mkdir()
    shape = Shape(hidden_size=2, layers=1, positions=8, parameters=30, vocabulary=10)
    session = SimpleNamespace(bench=SimpleNamespace(store=Store(tmp_path)), plan=SimpleNamespace(shape=shape))
    # Whatever lies there of other runs, broken or with less than is asked for, says nothing.
    for digest, manifest in {"a": "", "b": "[" * 100_000, "c": "{}", "d": '{"started": 1, "seconds": 1}'}.items():
        (tmp_path / "train" / digest).mkdir()
        (tmp_path / "train" / digest / "manifest.json").write_text(manifest)
    # Of 30 weights 20 are embeddings.
    found = planned_costs._tokens_per_second(session)  # type: ignore[arg-type]
    assert found == pytest.approx(planned_costs.REACHED * 600 / (6 * 10))


def test_a_task_that_gets_no_step_is_told_before_and_when_it_is_trained(
    cli: Cli, tiny: list[str], tmp_path: Path
) -> None:
    words = ["train", "--arm", "mnli{weight=400} + qqp{weight=1}", "--target", "pawsx", *tiny, "--no-baseline"]
    words += ["--runs", str(tmp_path / "runs")]
    planned = cli(*words, "--plan")
    # Of 6 steps none falls on a task with 1 / 401 of them in 98.5 % of all cases.
    assert "phase 1: none of 6 steps may fall on qqp (probability 99%)" in planned.out
    assert "mnli 100%, qqp 0.2%" in planned.out
    done = cli(*words)
    assert done.code == 0, done.err
    assert (
        "no step of the intermediate phase falls on qqp, whose share is 0.25 % of 6 steps: its head stays untrained"
        in done.out
    )
    even = cli(
        "train", "--arm", "mnli{weight=1} + qqp{weight=1}", *words[3:], "--set", "intermediate.steps=20", "--plan"
    )
    assert "may fall on" not in even.out
