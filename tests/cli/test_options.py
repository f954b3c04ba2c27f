"""Every option of every command does something: one function an option, and a test that none is without."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from harness.cli.main import cli as program
from harness.hyper import resolve
from harness.registry import default_registry
from harness.training import launching

ROWS = r"(?: \(\d+ rows\))?"
"""Stands after a task in plans where a preset limits its rows."""

Check = Callable[["Stage"], None]
CHECKS: dict[tuple[str, str], Check] = {}


class Stage:
    """What the checks work with."""

    def __init__(self, request: pytest.FixtureRequest, call: Any, tmp_path: Path) -> None:
        self.call = call
        self.tmp = tmp_path
        self.get: Callable[[str], Any] = request.getfixturevalue
        self.tiny: list[str] = self.get("tiny")

    @property
    def runs(self) -> Path:
        return Path(self.get("runs"))

    @property
    def latest(self) -> Path:
        return Path(self.get("run_directory")(self.runs))

    def plan(self, *options: str | Path, target: str = "pawsx") -> str:
        done = self.call("train", "--target", target, *self.tiny, *options, "--plan", "--runs", self.tmp / "plans")
        assert done.code == 0, done.err
        return str(done.out)

    def eval(self, *options: str | Path) -> Any:
        return self.call("eval", *options, "--plan", "--runs", self.runs)

    def from_checkpoint(self, *options: str | Path) -> Any:
        model = next((self.runs / "store" / "model").glob("[!.]*"))  # no lock files
        return self.eval("--checkpoint", model, "--limit", "32", *options)


def check(command: str, option: str) -> Callable[[Check], Check]:
    def register(function: Check) -> Check:
        CHECKS[command, option] = function
        return function

    return register


def options(group: click.Group = program, prefix: str = "") -> list[tuple[str, str]]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found += [(f"{prefix}{name}", p.opts[0]) for p in command.params if isinstance(p, click.Option)]
        found += options(command, f"{prefix}{name} ") if isinstance(command, click.Group) else []
    return found


@pytest.mark.parametrize(("command", "option"), options())
def test_option_has_an_effect(
    command: str, option: str, request: pytest.FixtureRequest, cli: Any, tmp_path: Path
) -> None:
    assert (command, option) in CHECKS, f"no check shows what {option} of {command} does"
    CHECKS[command, option](Stage(request, cli, tmp_path))


def test_no_check_is_left_over() -> None:
    assert set(CHECKS) == set(options())


@check("train", "--intermediate")
def _(stage: Stage) -> None:
    assert not re.search(r"^ intermediate ", stage.plan(), re.MULTILINE)
    assert re.search(r"intermediate +anli, mnli, qqp,", stage.plan("--intermediate", "all"))
    assert not re.search(r"\bqqp\b", stage.plan("--intermediate", "all,-qqp"))


@check("train", "--target")
def _(stage: Stage) -> None:
    assert re.search(r"target +pawsx .*\n +target +qqp ", stage.plan(target="pawsx,qqp"))


@check("train", "--mode")
def _(stage: Stage) -> None:
    both = ("--intermediate", "mnli,qqp", "--no-baseline")
    assert re.search(rf"target +pawsx{ROWS} +mnli, qqp ", stage.plan(*both))
    assert re.search(rf"target +pawsx{ROWS} +mnli > qqp ", stage.plan(*both, "--mode", "sequential"))
    assert re.search(
        rf"target +pawsx{ROWS} +mnli .*\n.*\n +target +pawsx{ROWS} +qqp", stage.plan(*both, "--mode", "single")
    )


@check("train", "--baseline")
def _(stage: Stage) -> None:
    assert len(re.findall(r"target +pawsx", stage.plan("--intermediate", "qqp"))) == 2
    assert len(re.findall(r"target +pawsx", stage.plan("--intermediate", "qqp", "--baseline"))) == 2
    assert re.findall(rf"target +pawsx{ROWS} +(\S+)", stage.plan("--intermediate", "qqp", "--no-baseline")) == ["qqp"]


def launches(stage: Stage) -> list[tuple[object, int]]:
    """Words and number of the ranks that commands start from now on, as they would; each ends with 7."""
    started: list[tuple[object, int]] = []

    def launch(words: object, ranks: int) -> int:
        started.append((words, ranks))
        return 7

    stage.get("monkeypatch").setattr(launching, "launch", launch)
    return started


@check("train", "--ranks")
def _(stage: Stage) -> None:
    started = launches(stage)
    assert stage.call("train", "--target", "pawsx", "--ranks", "2").code == 7
    assert started == [(("train", "--target", "pawsx", "--ranks", "2"), 2)]
    assert stage.call("train", "--target", "pawsx", "--ranks", "0").code == 2


@check("eval", "--ranks")
def _(stage: Stage) -> None:
    started = launches(stage)
    assert stage.call("eval", "--tasks", "pawsx", "--ranks", "3", "--runs", stage.runs).code == 7
    assert [ranks for _, ranks in started] == [3]
    # A plan needs one process only.
    assert stage.eval("--tasks", "pawsx", "--ranks", "3").code == 0
    assert len(started) == 1


@check("train", "--config")
def _(stage: Stage) -> None:
    file = stage.tmp / "settings.toml"
    file.write_text('intermediate = ["qqp"]\nset.intermediate.steps = 9\n')
    assert re.search(
        r"intermediate +qqp +- +1 +9 ", stage.call("train", "--config", file, "--target", "mnli", "--plan").out
    )


@check("train", "--data")
def _(stage: Stage) -> None:
    pawsx = stage.get("pawsx")
    plan = stage.plan("--data", pawsx, "--model", "scratch")
    assert f"data: {pawsx}\n" in plan
    assert "2 predictions" in plan


@check("train", "--model")
def _(stage: Stage) -> None:
    model = next((stage.runs / "store" / "model").glob("[!.]*"))  # no lock files
    done = stage.call("train", "--target", "pawsx", "--model", model, "--plan")
    assert f"model {model} (given, 1 layers x 16," in done.out


def target_steps(preset: str, rows: int) -> int:
    """Steps of a target phase of a few rows, as the preset says."""
    hyper = resolve(default_registry().presets[preset].values, {}, model="mini", phase="target", kind="", task="")
    return math.ceil(hyper.epochs * rows / hyper.batch_size)


@check("train", "--preset")
def _(stage: Stage) -> None:
    stage.tiny = [*stage.get("tiny_model"), "--limit", "32"]
    steps = {name: target_steps(name, 32) for name in ("mini", "small-cpu")}
    assert steps["mini"] != steps["small-cpu"]
    assert re.search(rf"target +pawsx{ROWS} +- +1 +~{steps['mini']} ", stage.plan())
    assert re.search(rf"target +pawsx{ROWS} +- +1 +~{steps['small-cpu']} ", stage.plan("--preset", "small-cpu"))


@check("train", "--languages")
def _(stage: Stage) -> None:
    assert "6 predictions to score" in stage.plan()
    assert "2 predictions to score" in stage.plan("--languages", "en,qaa")


@check("train", "--limit")
def _(stage: Stage) -> None:
    assert "limited to the first 16 rows of each split" in stage.plan("--limit", "16")


@check("train", "--seeds")
def _(stage: Stage) -> None:
    assert re.findall(rf"target +pawsx{ROWS} +- +(\d+) ", stage.plan("--seeds", "3,5")) == ["3", "5"]


@check("train", "--trim-vocab")
def _(stage: Stage) -> None:
    said = "vocabulary trimmed to tokens of pawsx and the run"
    assert said in stage.plan("--trim-vocab", "pawsx")
    assert "vocabulary trimmed" not in stage.plan()


@check("train", "--strict")
def _(stage: Stage) -> None:
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
def _(stage: Stage) -> None:
    stage.get("monkeypatch").setenv("CUBLAS_WORKSPACE_CONFIG", ":0:0")
    options = ("train", "--target", "pawsx", *stage.tiny, "--languages", "en", "--runs", stage.tmp / "deterministic")
    refused = stage.call(*options, "--deterministic")
    assert refused.code == 2
    assert "CUBLAS_WORKSPACE_CONFIG is ':0:0'" in refused.err
    assert stage.call(*options).code == 0


@check("train", "--set")
def _(stage: Stage) -> None:
    assert re.search(rf"target +pawsx{ROWS} +- +1 +7 ", stage.plan("--set", "target.steps=7"))


def tracked(stage: Stage, command: str, *options: str) -> None:
    done = stage.call(command, *options, "--track", "tensorbord")
    assert done.code == 2
    assert "did you mean tensorboard?" in done.err


@check("train", "--track")
def _(stage: Stage) -> None:
    tracked(stage, "train", "--target", "pawsx", "--plan")
    pytest.importorskip("tensorboard")
    runs = stage.tmp / "tracked"
    assert stage.call("train", "--target", "tatoeba", *stage.tiny, "--track", "tensorboard", "--runs", runs).code == 0
    assert len(list(runs.glob("tensorboard/scores/*-tatoeba/none-seed1/events.*"))) == 5


@check("eval", "--track")
def _(stage: Stage) -> None:
    tracked(stage, "eval", "--tasks", "pawsx", "--runs", str(stage.runs), "--plan")
    pytest.importorskip("tensorboard")
    options = ("--tasks", "pawsx", "--languages", "qab", "--track", "tensorboard", "--runs", stage.runs)
    assert stage.call("eval", *options).code == 0
    assert list(stage.runs.glob("tensorboard/scores/*-pawsx/none-seed1/events.*"))


@check("train", "--plan")
def _(stage: Stage) -> None:
    stage.plan()
    assert not (stage.tmp / "plans" / "store" / "train").exists()


@check("train", "--runs")
def _(stage: Stage) -> None:
    stage.plan()
    assert (stage.tmp / "plans" / "store").is_dir()


@check("eval", "--tasks")
def _(stage: Stage) -> None:
    done = stage.eval("--tasks", "ccg")
    assert re.findall(r"target +(\w+)", done.out) == ["ccg", "ccg"]
    assert "2 predictions to score, 0 of them done" in done.out


@check("eval", "--suite")
def _(stage: Stage) -> None:
    done = stage.eval("--suite", "intermediate")
    assert re.search(rf"target +commonsenseqa{ROWS} +mnli, qqp ", done.out)


@check("eval", "--metric")
def _(stage: Stage) -> None:
    assert re.search(rf"target +squad{ROWS} +- .*\n(.*\n)*.* squad_v2{ROWS} ", stage.eval("--metric", "squad_f1").out)
    assert "squad_v2" not in stage.eval("--metric", "squad_exact_match", "--tasks", "squad").out
    assert set(re.findall(r"target +(\w+)", stage.eval("--metric", "qqp_f1").out)) == {"qqp"}


@check("eval", "--measure")
def _(stage: Stage) -> None:
    done = stage.eval("--tasks", "tatoeba,pawsx", "--measure", "anisotropy", "--measure", "loss")
    shown = " ".join(done.out.split())
    assert "measured: anisotropy of tatoeba test in 5 languages, " in shown
    assert re.search(r"loss of pawsx validation in 1 language \d training phase", shown)


@check("eval", "--run")
def _(stage: Stage) -> None:
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
def _(stage: Stage) -> None:
    assert "(given, 1 layers x 16" in stage.from_checkpoint("--tasks", "pawsx").out


@check("eval", "--no-train")
def _(stage: Stage) -> None:
    assert stage.eval("--tasks", "ccg").code == 0
    refused = stage.eval("--tasks", "ccg", "--no-train")
    assert refused.code == 2
    assert "target phase on ccg" in refused.err
    assert "leave out --no-train" in refused.err


@check("eval", "--config")
def _(stage: Stage) -> None:
    file = stage.tmp / "settings.toml"
    file.write_text("set.target.steps = 9\n")
    assert re.search(rf"target +ccg{ROWS} +- +1 +9 ", stage.from_checkpoint("--tasks", "ccg", "--config", file).out)


@check("eval", "--data")
def _(stage: Stage) -> None:
    assert (
        f"data: {stage.get('pawsx')}\n" in stage.from_checkpoint("--tasks", "pawsx", "--data", stage.get("pawsx")).out
    )


@check("eval", "--model")
def _(stage: Stage) -> None:
    refused = stage.from_checkpoint("--tasks", "pawsx", "--model", "scratch")
    assert refused.code == 2
    assert "--checkpoint or --model" in refused.err


@check("eval", "--preset")
def _(stage: Stage) -> None:
    for name in ("mini", "small-cpu"):
        done = stage.from_checkpoint("--tasks", "ccg", "--preset", name)
        assert re.search(rf"target +ccg{ROWS} +- +1 +~{target_steps(name, 32)} ", done.out)


@check("eval", "--languages")
def _(stage: Stage) -> None:
    assert "; 2 predictions to score, 2 of them done" in stage.eval("--tasks", "pawsx", "--languages", "qab").out


@check("eval", "--limit")
def _(stage: Stage) -> None:
    assert "first 16 rows" in stage.from_checkpoint("--tasks", "pawsx", "--limit", "16").out


@check("eval", "--seeds")
def _(stage: Stage) -> None:
    done = stage.from_checkpoint("--tasks", "ccg", "--seeds", "4,6")
    assert re.findall(rf"target +ccg{ROWS} +- +(\d+) ", done.out) == ["4", "6"]


@check("eval", "--trim-vocab")
def _(stage: Stage) -> None:
    assert (
        "vocabulary trimmed to tokens of xnli" in stage.from_checkpoint("--tasks", "pawsx", "--trim-vocab", "xnli").out
    )
    assert "--trim-vocab would change the phases" in stage.eval("--tasks", "pawsx", "--trim-vocab", "xnli").err


@check("eval", "--strict")
def _(stage: Stage) -> None:
    pawsx = stage.get("pawsx")
    with (pawsx / "x-final" / "en" / "train.tsv").open("a") as file:
        file.write("99\tone\ttwo\tmaybe\n")
    assert stage.from_checkpoint("--tasks", "pawsx", "--data", pawsx).code == 0
    assert stage.from_checkpoint("--tasks", "pawsx", "--data", pawsx, "--strict").code == 2


@check("eval", "--deterministic")
def _(stage: Stage) -> None:
    stage.get("monkeypatch").setenv("CUBLAS_WORKSPACE_CONFIG", ":0:0")
    refused = stage.call("eval", "--tasks", "pawsx", "--languages", "en", "--deterministic", "--runs", stage.runs)
    assert refused.code == 2
    assert "CUBLAS_WORKSPACE_CONFIG is ':0:0'" in refused.err


@check("eval", "--set")
def _(stage: Stage) -> None:
    done = stage.from_checkpoint("--tasks", "ccg", "--set", "target.steps=8")
    assert re.search(rf"target +ccg{ROWS} +- +1 +8 ", done.out)


@check("eval", "--plan")
def _(stage: Stage) -> None:
    before = sorted(stage.runs.iterdir())
    assert stage.eval("--tasks", "ccg").code == 0
    assert sorted(stage.runs.iterdir()) == before


@check("eval", "--runs")
def _(stage: Stage) -> None:
    assert stage.eval("--tasks", "pawsx").code == 0
    nothing = stage.call("eval", "--tasks", "pawsx", "--runs", stage.tmp / "nothing")
    assert nothing.code == 2
    assert "there is no run yet" in nothing.err


@check("ls", "--json")
def _(stage: Stage) -> None:
    tasks = json.loads(stage.call("ls", "--json").out)
    assert next(task for task in tasks if task["name"] == "pawsx")["languages"][:2] == ["en", "de"]


@check("ls", "--kind")
def _(stage: Stage) -> None:
    tasks = json.loads(stage.call("ls", "--json", "--kind", "question-answering").out)
    assert {task["name"] for task in tasks} == {"squad", "squad_v2", "xquad", "mlqa", "tydiqa"}
    metrics = json.loads(stage.call("ls", "metrics", "--json", "--kind", "question-answering").out)
    assert {metric["name"] for metric in metrics} == {
        *("squad_f1", "squad_exact_match"),
        *("squad_v2_f1", "squad_v2_exact_match"),
        *("mlqa_f1", "mlqa_exact_match"),
    }


@check("ls", "--suite")
def _(stage: Stage) -> None:
    tasks = json.loads(stage.call("ls", "--json", "--suite", "intermediate").out)
    assert len(tasks) == 9
    assert "pawsx" not in {task["name"] for task in tasks}


@check("ls", "--language")
def _(stage: Stage) -> None:
    def named(*languages: str) -> set[str]:
        tasks = json.loads(stage.call("ls", "--json", "--language", ",".join(languages)).out)
        return {task["name"] for task in tasks}

    assert {"tatoeba", "xnli", "tydiqa"} <= named("sw")
    assert not {"pawsx", "mlqa", "squad"} & named("sw")
    assert {"pawsx", "tydiqa"} <= named("ko", "en")
    assert not {"tatoeba", "squad", "xnli"} & named("ko", "en")


@check("show", "--data")
def _(stage: Stage) -> None:
    pawsx = stage.get("pawsx")
    out = stage.call("show", "pawsx", "--data", pawsx).out
    assert "train: en 12" in out
    assert "test: en 12, de 12" in out


@check("doctor", "--runs")
def _(stage: Stage) -> None:
    file = stage.tmp / "file"
    file.touch()
    well, wrong = stage.call("doctor", "--runs", stage.tmp), stage.call("doctor", "--runs", file / "runs")
    assert (well.code, wrong.code) == (0, 1)
    assert f"{file} cannot be written" in wrong.out


def board(stage: Stage, *options: str | Path) -> Any:
    """The leaderboard of the shared run; its rows are limited, and most tasks of XTREME are missing."""
    return stage.call("export", "leaderboard", "--allow", "limited,partial", "--runs", stage.runs, *options)


@check("export leaderboard", "--benchmark")
def _(stage: Stage) -> None:
    assert "none of these scores is of xtreme-r@mini\n" in board(stage, "--benchmark", "xtreme-r@mini").err
    assert "none of these scores is of xtreme\n" in board(stage, "--benchmark", "xtreme").err


@check("export leaderboard", "--format")
def _(stage: Stage) -> None:
    assert json.loads(board(stage).out) == json.loads(board(stage, "--format", "json").out)
    assert "| system | overall |" in board(stage, "--format", "markdown").out
    assert "parquet is not for the screen" in board(stage, "--format", "parquet").err


@check("export leaderboard", "--output")
def _(stage: Stage) -> None:
    file = stage.tmp / "boards" / "one.json"
    done = board(stage, "--output", file)
    assert done.out == f"xtreme@mini, 2 systems, 22 rows, marked limited, partial: {file}\n"
    assert file.read_text(encoding="utf-8") == board(stage).out
    # Added to itself it stays what it was.
    assert board(stage, file, stage.latest, "--output", file).code == 0
    assert [path.name for path in file.parent.iterdir()] == ["one.json"]
    assert file.read_text(encoding="utf-8") == board(stage).out


@check("export leaderboard", "--arm")
def _(stage: Stage) -> None:
    for arm in ("none", "mnli + qqp"):
        assert [system["arm"] for system in json.loads(board(stage, "--arm", arm).out)["systems"]] == [arm]
    assert "there is no arm 'mnli'" in board(stage, "--arm", "mnli").err


@check("export leaderboard", "--allow")
def _(stage: Stage) -> None:
    refused = stage.call("export", "leaderboard", "--allow", "partial", "--runs", stage.runs)
    assert refused.code == 2
    assert "does not take scores that are limited\n" in refused.err
    assert json.loads(board(stage).out)["marks"] == ["limited", "partial"]


@check("export leaderboard", "--runs")
def _(stage: Stage) -> None:
    assert "there is no run yet" in stage.call("export", "leaderboard").err
    assert json.loads(board(stage, stage.latest.name).out)["systems"]


@check("rescore", "--metric")
def _(stage: Stage) -> None:
    done = stage.call("rescore", "--metric", "duplicate_f1", "--runs", stage.runs)
    assert done.code == 0
    assert "pawsx: duplicate_f1, percent, after mnli + qqp" in done.out
    assert "tatoeba: " not in done.out


@check("rescore", "--output")
def _(stage: Stage) -> None:
    assert stage.call("rescore", "--output", stage.tmp / "again", "--runs", stage.runs).code == 0
    assert (stage.tmp / "again" / "records.jsonl").is_file()


@check("rescore", "--runs")
def _(stage: Stage) -> None:
    runs = stage.runs
    assert stage.call("rescore", "--runs", runs).code == 0
    assert len(list(runs.glob("*-rescored-*"))) == 1


@check("summary", "--runs")
def _(stage: Stage) -> None:
    moved = Path(shutil.move(stage.runs, stage.tmp / "moved"))
    assert str(moved) in stage.call("summary", "--runs", moved).out
    assert stage.call("summary").code == 2


@check("store ls", "--json")
def _(stage: Stage) -> None:
    rows = json.loads(stage.call("store", "ls", "--json", "--runs", stage.runs).out)
    assert {row["kind"] for row in rows} == {"model", "features", "train", "predict"}


@check("store ls", "--runs")
def _(stage: Stage) -> None:
    assert "finished: " in stage.call("store", "ls", "--runs", stage.runs).out
    none = stage.call("store", "ls")
    assert none.code == 2
    assert "there is no store yet" in none.err


@check("store verify", "--json")
def _(stage: Stage) -> None:
    rows = json.loads(stage.call("store", "verify", "--json", "--runs", stage.runs).out)
    assert {(*row["missing"], *row["changed"], *row["extra"]) for row in rows} == {()}


@check("store verify", "--runs")
def _(stage: Stage) -> None:
    assert stage.call("store", "verify", "--runs", stage.runs).code == 0
    assert stage.call("store", "verify").code == 2


def pruned(stage: Stage, *options: str) -> set[str]:
    """Kinds of what goes from a store in which each option finds something of its own."""
    store = stage.runs / "store"
    (store / "train" / "0123456789abcdef.work" / "step-5").mkdir(parents=True)
    next((store / "predict").glob("*/predictions.parquet")).unlink()
    before = {path for path in store.glob("*/*") if path.is_dir()}
    assert stage.call("store", "prune", *options, "--yes", "--runs", stage.runs).code == 0
    return {path.parent.name + path.suffix for path in before if not path.exists()}


@check("store prune", "--unused")
def _(stage: Stage) -> None:
    assert pruned(stage, "--unused", "--work") == {"train.work"}
    shutil.rmtree(stage.latest)
    assert pruned(stage, "--unused", "--work") == {"model", "features", "train", "train.work", "predict"}


@check("store prune", "--encoded")
def _(stage: Stage) -> None:
    assert pruned(stage, "--encoded") == {"features"}


@check("store prune", "--broken")
def _(stage: Stage) -> None:
    assert pruned(stage, "--broken") == {"predict"}


@check("store prune", "--work")
def _(stage: Stage) -> None:
    assert pruned(stage, "--work") == {"train.work"}


@check("store prune", "--yes")
def _(stage: Stage) -> None:
    features = stage.runs / "store" / "features"
    before = sorted(features.glob("[!.]*"))
    for option, left in (([], before), (["--yes"], [])):
        assert stage.call("store", "prune", "--encoded", *option, "--runs", stage.runs).code == 0
        assert sorted(features.glob("[!.]*")) == left


@check("store prune", "--runs")
def _(stage: Stage) -> None:
    assert "would go: 0 stages" in stage.call("store", "prune", "--work", "--runs", stage.runs).out
    assert stage.call("store", "prune", "--work").code == 2


@check("mini describe", "--json")
def _(stage: Stage) -> None:
    facts = json.loads(stage.call("mini", "describe", "--json").out)
    assert [language["code"] for language in facts["languages"]] == ["en", "qaa", "qab", "qac", "qad", "qae"]
    assert json.loads(stage.call("mini", "describe", "mlm", "--json").out)["name"] == "mlm"


def sampled(stage: Stage, *options: str) -> list[dict[str, Any]]:
    done = stage.call("mini", "sample", "panx", "--json", *options)
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


@check("mini sample", "--json")
def _(stage: Stage) -> None:
    assert set(sampled(stage)[0]) == {"id", "tokens", "tags"}


@check("mini sample", "--language")
def _(stage: Stage) -> None:
    english, georgian = sampled(stage)[0], sampled(stage, "--language", "qae")[0]
    assert all(token.isascii() for token in english["tokens"])
    assert not any(token.isascii() for token in georgian["tokens"][:-1])
    assert sorted(georgian["tags"])[:1] == sorted(english["tags"])[:1]


@check("mini sample", "--split")
def _(stage: Stage) -> None:
    assert [sampled(stage, *split)[0]["id"].split("/")[-2] for split in ([], ["--split", "train"])] == ["test", "train"]


@check("mini sample", "--count")
def _(stage: Stage) -> None:
    assert [len(sampled(stage, *count)) for count in ([], ["--count", "5"])] == [3, 5]
    assert stage.call("mini", "sample", "panx", "--count", "0").code == 2


@check("mini sample", "--world")
def _(stage: Stage) -> None:
    def labels(*world: str) -> list[str]:
        done = stage.call("mini", "sample", "qqp", "--count", "30", "--json", *world)
        return [json.loads(line)["label"] for line in done.out.splitlines()]

    assert labels() == labels("--world", "standard") != labels("--world", "unrelated")


@check("mini sample", "--seed")
def _(stage: Stage) -> None:
    assert sampled(stage) == sampled(stage, "--seed", "0") != sampled(stage, "--seed", "1")


PAWSX = ("de", "en", "es", "fr", "ja", "ko", "zh")


def folders(stage: Stage, task: str = "pawsx", *codes: str) -> list[str | Path]:
    """Options for a folder of predictions, one of two right in each language, and for one of labels."""
    for name, text in (("predictions", "0\n1\n"), ("labels", "0\n0\n")):
        for code in codes or PAWSX:
            file = stage.tmp / name / task / f"test-{code}.tsv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text if task == "pawsx" else text.replace("0", "O").replace("1", "B-PER"))
    return ["--predictions", stage.tmp / "predictions", "--labels", stage.tmp / "labels"]


@check("score", "--predictions")
def _(stage: Stage) -> None:
    done = stage.call("score", *folders(stage), "--partial")
    assert re.search(r"pawsx +accuracy 50\.00 +7 +50\.00", done.out)
    (stage.tmp / "predictions" / "pawsx" / "test-de.tsv").write_text("0\n0\n")
    options = ("--predictions", stage.tmp / "predictions", "--labels", stage.tmp / "labels", "--partial")
    assert "accuracy 57.14" in stage.call("score", *options).out


@check("score", "--labels")
def _(stage: Stage) -> None:
    folders(stage)
    same = stage.tmp / "predictions"
    done = stage.call("score", "--predictions", same, "--labels", same, "--partial")
    assert re.search(r"pawsx +accuracy 100\.00", done.out)


def model_of(stage: Stage, *options: str | Path, without: str = "") -> Any:
    """The baseline's pawsx of the shared run as transformers loads it; one option is left out."""
    given = {"--arm": ["--arm", "none"], "--task": ["--task", "pawsx"]}
    words = [word for option, words in given.items() if option != without for word in words]
    words += ["--output", str(stage.tmp / "model"), "--runs", str(stage.runs)]
    return stage.call("export", "model", *words, *options)


@check("export model", "--output")
def _(stage: Stage) -> None:
    done = model_of(stage)
    assert done.out == f"pawsx after 'none', seed 1, for AutoModelForSequenceClassification: {stage.tmp / 'model'}\n"
    assert (stage.tmp / "model" / "model.safetensors").is_file()


@check("export model", "--task")
def _(stage: Stage) -> None:
    assert "name one with --task: 'pawsx', 'tatoeba'" in model_of(stage, without="--task").err
    assert "the run has no --task 'xnli'" in model_of(stage, "--task", "xnli").err
    assert "tatoeba after 'none', seed 1, for AutoModel: " in model_of(stage, "--task", "tatoeba").out


@check("export model", "--arm")
def _(stage: Stage) -> None:
    assert "name one with --arm: 'none', 'mnli + qqp'" in model_of(stage, without="--arm").err
    assert "pawsx after 'mnli + qqp', seed 1" in model_of(stage, "--arm", "mnli + qqp").out


@check("export model", "--seed")
def _(stage: Stage) -> None:
    assert "the run has no --seed 7" in model_of(stage, "--seed", "7").err
    assert model_of(stage, "--seed", "1").code == 0


@check("export model", "--runs")
def _(stage: Stage) -> None:
    assert "there is no run yet" in stage.call("export", "model", "--output", stage.tmp / "model").err


@check("score", "--benchmark")
def _(stage: Stage) -> None:
    options = folders(stage, "panx", "en", "qu")
    assert re.search(r"panx +f1 .* 2/48 ", stage.call("score", *options, "--partial", "--benchmark", "xtreme-r").out)
    refused = stage.call("score", *options, "--partial")
    assert refused.code == 2
    assert "xtreme has no panx in language 'qu'" in refused.err
    assert "there is no benchmark 'xtrem'" in stage.call("score", *options, "--benchmark", "xtrem").err


@check("score", "--partial")
def _(stage: Stage) -> None:
    options = folders(stage)
    refused = stage.call("score", *options)
    assert refused.code == 2
    assert "files of xtreme are missing" in refused.err
    assert "missing: udpos" in stage.call("score", *options, "--partial").out


@check("score", "--output")
def _(stage: Stage) -> None:
    file = stage.tmp / "scores.json"
    done = stage.call("score", *folders(stage), "--partial", "--output", file)
    assert "accuracy 50.00" in done.out
    assert json.loads(file.read_text())["tasks"] == {"pawsx": {"accuracy": dict.fromkeys(PAWSX, 50.0)}}
    refused = stage.call("score", *folders(stage), "--partial", "--output", stage.tmp / "none" / "scores.json")
    assert refused.code == 2


@check("score", "--json")
def _(stage: Stage) -> None:
    scores = json.loads(stage.call("score", *folders(stage), "--partial", "--json").out)
    assert scores["aggregates"]["tasks"]["pawsx"]["score"] == {"value": 50.0, "n": 7, "of": 7}
    assert (scores["unit"], scores["missing"][0]) == ("percent", "xnli")


@check("check submission", "--benchmark")
def _(stage: Stage) -> None:
    folders(stage, "panx", "qu")
    found = [
        stage.call("check", "submission", stage.tmp / "predictions", "--benchmark", name).out
        for name in ("xtreme", "xtreme-r")
    ]
    assert ["language 'qu'" in out for out in found] == [True, False]


@check("check submission", "--labels")
def _(stage: Stage) -> None:
    folders(stage, "panx", "en")
    (stage.tmp / "labels" / "panx" / "test-en.tsv").write_text("O\n\nO\n")
    words = ("check", "submission", stage.tmp / "predictions")
    assert "1 sentences where the labels have 2" in stage.call(*words, "--labels", stage.tmp / "labels").out
    assert "sentences where" not in stage.call(*words).out


def exported(stage: Stage, *options: str | Path, without: str = "") -> Any:
    """The baseline's pawsx and tatoeba of the shared run, though its rows are limited; one option is left out."""
    given = {"--arm": ["--arm", "none"], "--partial": ["--partial"], "--unofficial": ["--unofficial"]}
    words = [word for option, words in given.items() if option != without for word in words]
    words += ["--benchmark", "xtreme@mini", "--output", str(stage.tmp / "out"), "--runs", str(stage.runs)]
    return stage.call("export", "submission", *words, *options)


@check("export submission", "--benchmark")
def _(stage: Stage) -> None:
    # Its tatoeba is another task, which comes after SQuAD.
    assert "the run has nothing of xtreme-r@mini" in exported(stage, "--benchmark", "xtreme-r@mini").err
    assert exported(stage).code == 0
    assert sorted(path.name for path in (stage.tmp / "out").iterdir()) == ["pawsx", "tatoeba"]


@check("export submission", "--output")
def _(stage: Stage) -> None:
    assert exported(stage).code == 0
    assert len((stage.tmp / "out" / "pawsx" / "test-qaa.tsv").read_text().splitlines()) == 32
    assert "something is there already" in exported(stage).err


@check("export submission", "--labels")
def _(stage: Stage) -> None:
    assert exported(stage, "--labels", stage.tmp / "gold").code == 0
    assert set((stage.tmp / "gold" / "pawsx" / "test-qaa.tsv").read_text().split()) == {"0", "1"}


@check("export submission", "--arm")
def _(stage: Stage) -> None:
    refused = exported(stage, without="--arm")
    assert refused.code == 2
    assert "name one with --arm: 'none', 'mnli + qqp'" in refused.err
    assert "of arm 'none', seed 1" in exported(stage).out


@check("export submission", "--seed")
def _(stage: Stage) -> None:
    assert "the run has no --seed 7" in exported(stage, "--seed", "7").err
    assert exported(stage, "--seed", "1").code == 0


@check("export submission", "--partial")
def _(stage: Stage) -> None:
    refused = exported(stage, without="--partial")
    assert refused.code == 2
    assert "the run has not all of xtreme@mini" in refused.err


@check("export submission", "--unofficial")
def _(stage: Stage) -> None:
    refused = exported(stage, without="--unofficial")
    assert refused.code == 2
    assert "limited to the first rows: pawsx en" in refused.err
    assert "unofficial: limited to the first rows: pawsx en" in exported(stage).out


@check("export submission", "--runs")
def _(stage: Stage) -> None:
    assert "there is no run yet" in stage.call("export", "submission", "--output", stage.tmp / "out").err
    assert exported(stage).code == 0


def validated(stage: Stage, *options: str | Path, task: str = "pawsx") -> dict[str, Any]:
    done = stage.call("validate", task, "--json", "--limit", "16", *options)
    (report,) = json.loads(done.out)
    assert done.code == (0 if report["ok"] else 1)
    return dict(report)


@check("validate", "--data")
def _(stage: Stage) -> None:
    report = validated(stage, "--data", stage.get("pawsx"))
    assert {code: facts["test"] for code, facts in report["languages"].items()} == {"en": 12, "de": 12}


@check("validate", "--model")
def _(stage: Stage) -> None:
    assert [validated(stage, *model, task="tatoeba")["model"] for model in ([], ["--model", "scratch"])] == [
        "mini",
        "scratch",
    ]


@check("validate", "--languages")
def _(stage: Stage) -> None:
    assert list(validated(stage, "--languages", "qab,qae", task="tatoeba")["languages"]) == ["qab", "qae"]
    refused = stage.call("validate", "tatoeba", "--languages", "xx")
    assert refused.code == 2
    assert "there is no language 'xx'" in refused.err


@check("validate", "--limit")
def _(stage: Stage) -> None:
    # Exchanged among four sentences, a translation is right by a multiple of 25 percent; among sixteen, of 6.25.
    report = validated(stage, "--limit", "4", task="tatoeba")
    assert report["limit"] == 4
    assert {facts["shuffled"]["retrieval_accuracy"] % 25 for facts in report["languages"].values()} == {0}
    assert {facts["test"] for facts in report["languages"].values()} == {600}


@check("validate", "--json")
def _(stage: Stage) -> None:
    assert validated(stage, task="tatoeba")["languages"]["qaa"]["gold"] == {"retrieval_accuracy": 100.0}


@check("new-task", "--kind")
def _(stage: Stage) -> None:
    assert stage.call("new-task", "one").code == 0
    assert stage.call("new-task", "two", "--kind", "question-answering").code == 0
    kinds = [Path(f"xharness-{name}/xharness_{name}.py").read_text().count("QuestionRow") for name in ("one", "two")]
    assert kinds == [0, 2]


@check("new-task", "--to")
def _(stage: Stage) -> None:
    assert stage.call("new-task", "one", "--to", stage.tmp / "there").code == 0
    assert (stage.tmp / "there" / "xharness-one" / "pyproject.toml").is_file()
    assert not Path("xharness-one").exists()


def fetched(stage: Stage, *options: str | Path) -> Any:
    stage.get("cached_pawsx")
    return stage.call("fetch", *options)


@check("fetch", "--suite")
def _(stage: Stage) -> None:
    assert "21/21" in fetched(stage, "--suite", "pawsx", "--to", stage.tmp / "fetched").out
    refused = stage.call("fetch", "--suite", "pawz", "--to", stage.tmp / "fetched")
    assert refused.code == 2
    assert "there is no task or suite 'pawz'" in refused.err


@check("fetch", "--to")
def _(stage: Stage) -> None:
    fetched(stage, "--suite", "pawsx", "--to", stage.tmp / "there")
    assert (stage.tmp / "there" / "fetched.json").is_file()
