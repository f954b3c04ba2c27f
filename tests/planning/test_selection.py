"""Which development rows and which metric select a checkpoint."""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from harness.evaluation import predictions
from harness.item_scores import item_scores
from harness.planning.stages.predicting import Predict
from harness.report.summary import summary_view
from harness.results.runs import STORE
from tests.raising import Refusal, raises_code
from tests.recorded import clean_rows

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.plan import Plan
    from harness.planning.stages.training import Development
    from tests.planning.conftest import Bench

ENGLISH_ONLY = '[pawsx.validation]\nfile = "pawsx/validation.tsv"\nformat = "xtreme"\n'
EVERY = (
    '[pawsx.validation]\nfile = "pawsx/validation-{language}.tsv"\nformat = "xtreme"\nlanguages = ["en", "de", "fr"]\n'
)


@pytest.fixture
def validated(bench: Bench, tmp_path: Path) -> Bench:
    """The bench with validation rows of pawsx in three languages."""
    data = tmp_path / "data"
    shutil.copytree(bench.map.parent, data)
    (data / "pawsx/validation.tsv").rename(data / "pawsx/validation-en.tsv")
    for code in ("de", "fr"):
        # As good as any: which rows they are matters to nobody.
        shutil.copy(data / f"pawsx/test-{code}.tsv", data / f"pawsx/validation-{code}.tsv")
    text = (data / "map.toml").read_text(encoding="utf-8")
    assert ENGLISH_ONLY in text
    (data / "map.toml").write_text(text.replace(ENGLISH_ONLY, EVERY), encoding="utf-8")
    return dataclasses.replace(bench, map=data / "map.toml", _data={})


def selected(plan: Plan, phase: str = "target") -> Development | None:
    (found,) = {one.digest: one.development for one in plan.phases if one.phase == phase}.values()
    return found


def rows(development: Development | None) -> tuple[str, list[str], str] | None:
    if development is None:
        return None
    return development.rows[0].task, [rows.language for rows in development.rows], development.metric


def test_rows_and_metric_are_those_asked_for(validated: Bench) -> None:
    def plan(target: str = "pawsx", **settings: Any) -> Plan:
        return validated.plan(intermediate=(), target=(target,), set={f"target.{k}": v for k, v in settings.items()})

    assert rows(selected(plan())) == ("pawsx", ["en"], "accuracy")
    assert rows(selected(plan(select_on="de+fr"))) == ("pawsx", ["de", "fr"], "accuracy")
    assert rows(selected(plan(select_on="pawsx:fr", select_metric="duplicate_f1"))) == ("pawsx", ["fr"], "duplicate_f1")
    # A task that keeps its last checkpoint keeps the best, if asked to; a metric alone means English rows.
    assert rows(selected(plan("squad"))) is None
    assert rows(selected(plan("squad", select_metric="squad_exact_match"))) == ("squad", ["en"], "squad_exact_match")
    assert rows(selected(plan("squad", select_on="en"))) == ("squad", ["en"], "squad_f1")


def test_what_is_the_default_in_other_words_is_the_same_phase(validated: Bench) -> None:
    plans = [validated.plan(set=settings) for settings in ({}, {"target.select_on": "en"}, {"target.select_on": "de"})]
    digests = [[phase.digest for phase in plan.phases] for plan in plans]
    assert digests[0] == digests[1]
    # The intermediate phase is none of its business.
    assert [one == other for one, other in zip(digests[0], digests[2], strict=True)].count(True) == 1


def test_intermediate_phases_keep_the_best_if_asked_to(validated: Bench) -> None:
    assert rows(selected(validated.plan(), "intermediate")) is None
    plan = validated.plan(baseline=False, set={"intermediate.select_on": "en"})
    assert rows(selected(plan, "intermediate")) == ("qqp", ["en"], "accuracy")
    assert rows(selected(plan)) == ("pawsx", ["en"], "accuracy")
    mixed = validated.plan(
        intermediate=("qqp", "pawsx"), target=("squad",), baseline=False, set={"intermediate.select_on": "pawsx:de+fr"}
    )
    assert rows(selected(mixed, "intermediate")) == ("pawsx", ["de", "fr"], "accuracy")


@pytest.mark.parametrize(
    ("changes", "settings", "refusal", "fix"),
    [
        ({}, {"target.select_on": "es"}, ("no-validation-rows", "es"), "it has them in en, de, fr"),
        ({}, {"target.select_on": "qqp:en"}, ("select-on-untrained-task", "pawsx", "qqp"), "rows of pawsx"),
        ({}, {"target.select_on": "pawsx:"}, ("select-on-no-language", "pawsx"), "de+es"),
        ({}, {"target.select_metric": "squad_f1"}, ("metric-does-not-fit-task", "squad_f1", "pawsx"), "accuracy"),
        (
            {"intermediate": ("qqp", "ccg")},
            {"select_on": "en"},
            ("select-on-no-task", "qqp, ccg"),
            "intermediate.select_on=qqp:en",
        ),
        (
            {"intermediate": ("qqp", "ccg")},
            {"intermediate.select_on": "pawsx:de"},
            ("select-on-untrained-task", "qqp, ccg", "pawsx"),
            "rows of ccg or qqp",
        ),
        (
            {"intermediate": ("mnli",)},
            {"intermediate.select_on": "en"},
            ("no-validation-rows", "mnli", "en"),
            "none of that",
        ),
        (
            {"target": ("tatoeba",)},
            {"target.select_on": "de"},
            ("setting-without-effect", "target.select_on"),
            "tasks.qqp.sel",
        ),
        (
            {},
            {"tasks.ccg.select_metric": "token_accuracy"},
            ("setting-without-effect", "tasks.ccg.select_metric"),
            "tasks.qqp.sel",
        ),
    ],
)
def test_what_no_phase_can_be_selected_by_is_refused(
    validated: Bench, changes: dict[str, Any], settings: dict[str, Any], refusal: Refusal, fix: str
) -> None:
    with raises_code(*refusal) as caught:
        validated.plan(**changes, set=settings)
    assert fix in (caught.value.fix or "")


def test_unknown_metrics_and_tasks_are_named(validated: Bench) -> None:
    with raises_code("unknown-metric", "accuracy"):
        validated.plan(set={"target.select_metric": "acuracy"})
    with raises_code("unknown-task", "pawsx"):
        validated.plan(set={"target.select_on": "pawsxx:de"})


def test_the_mean_over_languages_selects_and_records_say_so(validated: Bench) -> None:
    asked: dict[str, Any] = {"intermediate": (), "set": {"lr": 5e-3, "target.steps": 12, "eval_every": 1}}
    asked["set"] |= {"select_on": "de+fr", "checkpoint_every": 100}
    outcome = validated.run(**asked)
    assert not outcome.failures
    (model,) = validated.results(outcome, "model")
    (phase,) = model["phases"]
    assert phase["selection"] == "best accuracy on pawsx validation de+fr"
    facts = validated.store.manifest("train", phase["digest"])["facts"]
    best = max(entry["score"] for entry in facts["development"])
    assert phase["development_score"] == best
    assert phase["kept_step"] == next(entry["step"] for entry in facts["development"] if entry["score"] == best)
    wanted = [
        {"phase": "target", "task": "pawsx", "split": "validation", "language": code, "metric": "accuracy"}
        for code in ("de", "fr")
    ]
    assert all(score["selected_on"] == wanted for score in validated.results(outcome))
    rows = clean_rows(outcome.directory)
    assert json.loads(rows[0]["selected_on"]) == wanted
    console = Console(file=io.StringIO(), width=120, record=True)
    console.print(summary_view(outcome.directory, validated.runs / STORE))
    shown = console.export_text()
    assert "z  not zero-shot" in shown
    # The kept checkpoint, scored on those rows by itself, has the score that it was kept for.
    session = validated.session(**asked)
    stage = session.plan.phases[0]
    assert stage.development is not None
    values = []
    for data in stage.development.rows:
        found = Predict(checkpoint=stage, rows=data, precision="fp32").obtain(session.bench)
        metric = validated.registry.metric("accuracy")
        values.append(item_scores(metric, predictions.read_columns(found)).value)
    assert fmean(values) == pytest.approx(best)


def test_english_selection_is_zero_shot(validated: Bench) -> None:
    outcome = validated.run(intermediate=())
    (model,) = validated.results(outcome, "model")
    assert model["phases"][0]["selection"] == "best accuracy on validation"
    console = Console(file=io.StringIO(), width=120, record=True)
    console.print(summary_view(outcome.directory, validated.runs / STORE))
    assert "not zero-shot" not in console.export_text()
    unselected = validated.run(intermediate=(), target=("squad",))
    assert {json.dumps(score["selected_on"]) for score in validated.results(unselected)} == {"[]"}
