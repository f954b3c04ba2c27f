"""`xharness study`: a third party's study from plan to answer, from records alone, and what is refused."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.registry import default_registry
from harness.studies.asked import asked_of
from harness.studies.document import COLUMNS, descriptions, json_schema
from tests.fixtures import Cli, Install

MODULE = Path(__file__).parents[1] / "plugin_package" / "xharness_first_aid.py"
TINY = {
    "model.hidden_size": 16,
    "model.layers": 1,
    "model.heads": 2,
    "model.feed_forward": 32,
    "model.vocabulary": 400,
    "intermediate.steps": 2,
    "target.steps": 2,
}
SETS = [part for name, value in TINY.items() for part in ("--set", f"{name}={value}")]
OPTIONS = ["--models", "scratch", "--limit", "32", "--languages", "en,qaa", *SETS]


@pytest.fixture
def study(cli: Cli, install: Install) -> Cli:
    """Asks the third party's study."""
    install("xharness_first_aid", MODULE.read_text(encoding="utf-8"))
    return lambda *words: cli("study", "first-aid", *words)


def test_a_plan_writes_nothing(study: Cli) -> None:
    done = study("--plan", *OPTIONS)
    assert done.code == 0, done.err
    assert "run 1: 2 arms (none; qqp) on scratch, 5 seeds, targets pawsx, 20 predictions" in done.out
    assert "15 training phases, 0 of them done, 30 steps" in done.out
    assert not Path("runs").exists()


def nobody_reads(*_: object) -> None:
    """What happens to a program whose output goes to `| head`, which has seen enough."""
    raise BrokenPipeError


@pytest.mark.loads_torch
def test_a_question_is_answered_and_answered_again_from_records(study: Cli) -> None:
    done = study("--seeds", "1,2", *OPTIONS)
    assert done.code == 0, done.err
    (folder,) = Path("runs/studies").glob("first-aid-small-*")
    told = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    (found,) = told["findings"]
    with (folder / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 2 * 2 * 2
    by_seed = {seed: [r for r in rows if r["seed"] == seed] for seed in ("1", "2")}
    gains = [
        sum((1 if row["arm"] == "qqp" else -1) * float(row["value"]) / 2 for row in own) for own in by_seed.values()
    ]
    assert found["primary"]["mean"] == pytest.approx(sum(gains) / 2)
    assert (found["primary"]["n"], found["primary"]["margin"]) == (2, 5.0)
    assert found["primary"]["reply"] in " ".join(done.out.split())
    page = (folder / "README.md").read_text(encoding="utf-8")
    whole = (folder / "study.html").read_text(encoding="utf-8")
    assert whole.startswith("<!doctype html>")
    assert whole.count("<svg ") == len(list(folder.glob("figure-*.svg")))
    assert f"![pawsx after qqp]({found['figures'][0]})" in page
    assert (folder / found["figures"][0]).read_text(encoding="utf-8").startswith("<svg")

    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "figure-1-9.svg").write_text("of an earlier version")
    (run,) = told["runs"]
    again = study("--analyse-only", run, "--seeds", "1,2", "--models", "scratch", "--output", folder)
    assert again.code == 0, again.err
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert after.keys() == before.keys()
    assert all(after[name] == before[name] for name in ("scores.csv", "figure-1-1.svg"))
    reread = json.loads(after["study.json"])
    assert (reread["findings"], reread["options"]["limit"], reread["options"]["models"]) == (
        *(told["findings"], 32),
        ["scratch"],
    )
    assert reread["command"].endswith(f"--analyse-only {run}")
    assert "overlap" not in told["remarks"]
    assert any("limited" in line or "first rows" in line for line in told["remarks"])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("harness.cli.studying.show", nobody_reads)
        with pytest.raises(BrokenPipeError):
            study("--analyse-only", run, "--seeds", "1,2", "--models", "scratch", "--output", "kept")
    assert {path.name for path in Path("kept").iterdir()} == after.keys()

    others = study("--analyse-only", run, "--models", "mini")
    assert "[no-scores-of-model]" in others.err
    idle = study("--analyse-only", run, "--limit", "8")
    assert "--limit cannot change runs that there are" in idle.err
    idle = study("--analyse-only", run, "--set", "target.steps=3")
    assert "--set cannot change runs" in idle.err
    idle = study("--analyse-only", run, "--languages", "en")
    assert "--languages cannot change runs that there are" in idle.err
    partly = study("--analyse-only", run, "--seeds", "1,2", "--models", "scratch,mini")
    assert "the runs have no scores of mini" in partly.err

    one = study("--analyse-only", run, "--seeds", "2", "--models", "scratch", "--output", "one")
    assert one.code == 0, one.err
    shown = " ".join(one.out.split())
    assert "4 scores of 1 run" in shown
    assert re.search(r"\b4 of 4 scores: ", shown)
    with Path("one/scores.csv").open(encoding="utf-8", newline="") as file:
        assert {row["seed"] for row in csv.DictReader(file)} == {"2"}
    for name in ("README.md", "study.html"):
        told_there = Path("one", name).read_text(encoding="utf-8")
        assert "seeds 2 (1, 2, 3, 4, 5)" in told_there
        assert "there before the question was asked so" in told_there
        assert "fixed beforehand" not in told_there
    assert "there before the question was asked so" in shown
    assert json.loads(Path("one/study.json").read_text(encoding="utf-8"))["afterwards"]
    # Of runs of its own a study cannot say whether they were seen before it was asked otherwise.
    assert (told["afterwards"], "fixed beforehand" in page) == (False, False)
    assert "Records do not say whether it was asked so before" in page
    assert "seeds 1, 2 (1, 2, 3, 4, 5)" in page

    assert "replaced there" not in again.out + one.out
    two = study("--analyse-only", run, "--seeds", "1", "--models", "scratch", "--output", "one")
    replaced = " ".join(two.out.split()).partition("replaced there: the answer to other options, of ")[2]
    assert shlex.split(replaced)[:3] == ["xharness", "study", "first-aid"]
    assert "--models scratch --seeds 2 --analyse-only" in replaced

    missing = study("--analyse-only", run, "--models", "scratch")
    assert missing.code == 2
    assert "cells that the study needs are missing" in missing.err
    assert "seed 3" in missing.err
    (fix,) = (line for line in missing.err.splitlines() if "run what makes them" in line)
    assert "xharness study first-aid --tier small --models scratch; with --plan" in fix
    Path("runs").rename("elsewhere")
    missing = study("--analyse-only", run, "--models", "scratch", "--runs", "elsewhere")
    assert "--models scratch --runs elsewhere; with --plan" in missing.err
    Path("elsewhere").rename("runs")

    from_python = harness.study("first-aid", analyse=run, seeds=[1, 2], models="scratch")
    assert from_python.findings["scratch"].primary.answer.mean == pytest.approx(sum(gains) / 2)
    assert len(from_python.records) == len(rows)
    assert "pawsx after qqp against none" in str(from_python)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--tier", "huge"], "'huge' is not one of"),
        (["RUN"], "runs are read with --analyse-only alone"),
        (["--analyse-only"], "--analyse-only needs the runs to read"),
        (["--analyse-only", "--plan", "RUN"], "exclude each other"),
        (["--analyse-only", "no-such-run"], "there is no run"),
        (["--seeds", "1,1"], "a study needs seeds, each once"),
        (["--seeds", "x"], "not a list of whole numbers"),
        (["--seeds", "1,-1"], "seeds = -1 must not be below 0"),
        (["--models", "mini,mini"], "names an encoder twice"),
        (["--models", "no-such-model", "--plan"], "no-such-model"),
        (["--margin", "nan"], "must be a finite number"),
        (["--margin", "-1"], "must be from 0 to 100"),
        (["--margin", "1e308"], "must be from 0 to 100"),
        (["--output", ""], "the folder is the current one, or none"),
        (["--output", "."], "the folder is the current one, or none"),
        (["--task", "no-such-task", "--plan"], "there is no task"),
        (["--data", "no-such-place", "--plan"], "no-such-place"),
        (["--set", "target.lr"], "cannot read --set"),
        (["--set", "target.no=1", "--plan"], "target.no"),
        (["--such"], "No such option"),
    ],
)
def test_what_cannot_be_is_said(study: Cli, words: list[str], told: str) -> None:
    done = study(*words)
    assert done.code == 2, done.out
    assert told in done.err
    assert "Traceback" not in done.err
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["mini-effects", "--languages", "en"], "pawsx is scored in English alone"),
        (["robustness", "--targets", "xnli,qqp", "--perturbations", "typo"], "qqp is scored in English alone"),
        (["selection", "--outcomes", "xquad,squad"], "squad is scored in English alone"),
        (["selection", "--outcomes", "xquad", "--languages", "en"], "xnli is scored in English alone"),
        (["sequential", "--targets", "squad", "--languages", ""], "none of en is a low-resource language"),
        (["similarity", "--targets", "pawsx,qqp"], "qqp is scored in English alone"),
        (["vision-language", "--retrieval", "flickr8k"], "flickr8k is scored in English alone"),
        (["vision-language", "--targets", "tatoeba,qqp"], "qqp is scored in English alone"),
    ],
)
def test_what_would_be_scored_in_english_alone_is_refused_before_training(
    cli: Cli, words: list[str], told: str
) -> None:
    done = cli("study", *words, "--tier", "smoke", "--plan")
    assert (done.code, done.out) == (2, ""), done.out
    assert told in done.err


def test_the_command_is_told_as_it_can_be_repeated(cli: Cli) -> None:
    study = default_registry().study("mini-effects")
    rates = [1e-4, 0.00012345678]
    given = {"others": False, "seeds": range(1, 3), "margin": 2.5, "models": ("a b", "c"), "set": {"lr": rates}}
    asked = asked_of(study, default_registry(), "smoke", given)
    words = shlex.split(asked.command)
    assert words[:3] == ["xharness", "study", "mini-effects"]
    done = cli(*words[1:], "--plan")
    assert "there is no model" in done.err
    assert (words[5:9], words[-2:]) == (
        ["--no-others", "--seeds", "1,2", "--margin"],
        ["--set", "lr=0.0001,0.00012345678"],
    )


def test_nothing_else_is_overwritten_and_nothing_trained_for_it(study: Cli) -> None:
    Path("mine").mkdir()
    Path("mine/README.md").write_text("my notes", encoding="utf-8")
    Path("file").write_text("", encoding="utf-8")
    assert "name another --runs" in study("--plan", "--runs", "file", *OPTIONS).err
    for name in ("mine", "file"):
        done = study("--plan", "--output", name, *OPTIONS)
        assert done.code == 2
        assert "[study-output-taken]" in done.err
    assert Path("mine/README.md").read_text(encoding="utf-8") == "my notes"


@pytest.mark.parametrize("name", ["/proc/none", "file/below", "n" * 300])
def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(
    study: Cli, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.cli.studying.plan_study", lambda *_: pytest.fail("planned"))
    Path("file").write_text("", encoding="utf-8")
    for words in (OPTIONS, ["--analyse-only", "RUN"]):
        done = study("--output", name, *words)
        assert done.code == 2
        assert "[cannot-write]" in done.err, done.err
    assert sorted(path.name for path in Path().iterdir()) == ["file"]


def test_a_study_with_the_name_of_a_suite_is_shown_too(cli: Cli) -> None:
    shown = cli("show", "vision-language").out
    assert "one name, which can be given for them" in shown
    assert "Do English captions with images" in " ".join(shown.split()) or "primary" in shown
    assert shown.index("suite") < shown.index("primary")


def test_languages_of_a_tier_are_those_that_the_targets_have(cli: Cli) -> None:
    """Tatoeba has none in English, which the tier names; whoever names it himself is told."""
    words = ("study", "robustness", "--tier", "smoke", "--targets", "tatoeba", "--perturbations", "typo", "--plan")
    assert cli(*words).code == 0
    assert "there is no language 'en'" in cli(*words, "--languages", "en,qaa").err


def test_an_unknown_study_is_named(cli: Cli) -> None:
    done = cli("study", "sequentail", "--plan")
    assert done.code == 2
    assert "there is no study 'sequentail'" in done.err


def test_studies_are_listed_and_described(study: Cli, cli: Cli) -> None:
    del study
    assert "Does one intermediate task help one target?" in " ".join(cli("ls", "studies").out.split())
    shown = cli("show", "first-aid").out
    for what in ("primary", "yes", "no", "cannot tell", "corrected for", "smoke: seeds = 1,2", "margin = 5"):
        assert what in shown
    # What is not limited, and the margin of whatever data there are, are no settings.
    assert "limit = 0" not in shown
    assert "margin = 0" not in shown
    # Hyper-parameters that a tier sets are some.
    assert "target.steps = 2" in cli("show", "sequential").out


BAD = """
from dataclasses import dataclass

import harness
from harness.studykit import Study, StudyOptions, StudyRun

@dataclass(frozen=True, kw_only=True)
class Options(StudyOptions):
    pass

def runs(options):
    {runs}

@harness.hookimpl
def register_studies(register):
    words = dict.fromkeys(("question", "primary", "yes", "no", "cannot_tell", "corrected_for"), "x")
    register(Study(name="bad", tiers={tiers}, runs=runs, analyse=lambda evidence, options: None, **words))
"""
TIERS = '{"smoke": Options(), "small": Options()}'


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ({"runs": "1 / 0", "tiers": TIERS}, "the study bad fails"),
        ({"runs": "return [StudyRun(settings={'no': 1})]", "tiers": TIERS}, "there is no setting 'no'"),
        ({"runs": "return []", "tiers": '{"small": Options()}'}, "there is no study 'bad'"),
        ({"runs": "return []", "tiers": TIERS}, "asks for no runs"),
    ],
)
def test_a_broken_study_is_its_authors_fault(code: dict[str, str], told: str, cli: Cli, install: Install) -> None:
    install("bad_study", BAD.replace("{runs}", code["runs"]).replace("{tiers}", code["tiers"]))
    done = cli("study", "bad", "--plan")
    assert done.code == 2
    assert told in done.err
    assert "Traceback" not in done.err


IDLE = "return [StudyRun(settings={'target': ['tatoeba'], 'set': {'tasks.tatoeba.epochs': 3}})]"


def test_a_study_says_that_a_setting_without_effect_is_its_own(cli: Cli, install: Install) -> None:
    install("bad_study", BAD.replace("{runs}", IDLE).replace("{tiers}", TIERS))
    done = cli("study", "bad", "--plan")
    assert (done.code, "study bad, which sets it itself" in done.err) == (2, True), done.err
    assert "tasks.tatoeba.epochs has no effect" in done.err


def test_settings_of_a_tier_that_nothing_uses_are_dropped_and_given_ones_refused(cli: Cli) -> None:
    asked = ("study", "reproduce", "--tier", "smoke", "--targets", "lareqa", "--plan")
    done = cli(*asked)
    assert done.code == 0, done.err
    assert "targets lareqa" in done.out
    given = cli(*asked, "--set", "target.eval_every=1")
    assert given.code == 2
    assert "target.eval_every has no effect" in given.err


def test_study_json_has_a_schema_with_every_field_described() -> None:
    parts: dict[str, Any] = json_schema()["$defs"]
    for part, own in parts.items():
        for name in own["properties"]:
            assert f"{part}.{name}" in descriptions()


def test_built_in_studies_have_other_tiers_than_those_of_others() -> None:
    for study in default_registry().studies.values():
        assert {"smoke", "small"} <= study.tiers.keys()
