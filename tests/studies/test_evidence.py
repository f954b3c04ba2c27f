"""What a study may rest on: cells that are there, of the same rows, by one version of everything."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import NothingToShow
from harness.results.scores import Scores
from harness.studies.evidence import Evidence, evidence_of
from tests.flat import flat_row
from tests.raising import raises_code


def made_of(rows: Sequence[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> dict[str, Evidence]:
    monkeypatch.setattr(Scores, "of", classmethod(lambda cls, *_, **__: cls(rows)))
    return evidence_of([], repeat="xharness study x")


ROWS = [flat_row(50.0 + seed, arm=arm, seed=seed) for arm in ("none", "mnli") for seed in (1, 2)]


def test_what_is_there_is_given() -> None:
    found = Evidence(Scores(ROWS)).require(arm=["mnli"], seed=(1, 2), task=["pawsx"])
    assert [row["value"] for row in found.rows] == [51.0, 52.0]


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        ({"arm": ["mnli", "squad"]}, "arm squad, task pawsx, language en"),
        ({"arm": ["mnli"], "seed": [1, 3]}, "arm mnli, seed 3, task pawsx, language en"),
        ({"task": ["xnli"], "seed": [1, 2]}, "task xnli, seed 1; task xnli, seed 2"),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_makes_it(asked: dict[str, Any], missing: str) -> None:
    with pytest.raises(NothingToShow) as told:
        Evidence(Scores(ROWS), repeat="xharness study x --tier small").require(**asked)
    assert told.value.code == "cells-missing"
    assert told.value.where == missing
    assert "xharness study x --tier small" in str(told.value)


def test_every_arm_needs_the_languages_that_any_has() -> None:
    more = [*ROWS, *(flat_row(60.0, arm="mnli", seed=seed, language="de") for seed in (1, 2))]
    with pytest.raises(NothingToShow, match="2 cells") as told:
        Evidence(Scores(more)).require(arm=["none", "mnli"], seed=(1, 2), task=["pawsx"])
    assert told.value.where == "arm none, seed 1, task pawsx, language de; arm none, seed 2, task pawsx, language de"
    assert len(Evidence(Scores(more)).require(arm=["none", "mnli"], seed=(1, 2), language=["en"]).rows) == 4


@pytest.mark.parametrize("further", [{"step": 4}, {"phase": 1}, {"perturbation": "typo:1"}])
def test_other_rows_and_checkpoints_are_no_substitute(further: dict[str, Any]) -> None:
    rows = [flat_row(50.0, clean=False, **further)]
    with raises_code("cells-missing"):
        Evidence(Scores(rows)).require(arm=["none"])
    (name,) = further
    found = Evidence(Scores([*ROWS, *rows])).require(arm=["none"], seed=(1,), **{name: [further[name]]})
    assert [row.get(name) for row in found.rows] == [further[name]]


def test_a_failed_score_is_missing() -> None:
    with raises_code("cells-missing"):
        Evidence(Scores([flat_row(None)])).require(arm=["none"])


def test_many_missing_cells_are_counted() -> None:
    with pytest.raises(NothingToShow, match="100 cells") as told:
        Evidence(Scores(ROWS)).require(seed=range(101, 201))
    assert "and 95 more" in str(told.value.where)


def test_measures_are_required_likewise() -> None:
    rows = [{"measure": "loss", "arm": "none", "seed": 1, "value": 1.0}]
    evidence = Evidence(Scores(ROWS), rows)
    assert evidence.require_measures("loss", arm=["none"]) == rows
    for measure, arm in (("loss", "mnli"), ("cka", "none")):
        with raises_code("cells-missing"):
            evidence.require_measures(measure, arm=[arm])


def test_models_are_apart_and_the_first_run_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        flat_row(50.0, run_directory="first"),
        flat_row(50.0, run_directory="second"),
        flat_row(60.0, model_name="other"),
        flat_row(51.0, step=4, clean=False),
        flat_row(52.0, step=8, clean=False),
    ]
    found = made_of(rows, monkeypatch)
    assert list(found) == ["mini", "other"]
    assert [(row["value"], row["run_directory"]) for row in found["mini"].scores.rows] == [
        (50.0, "first"),
        (51.0, "runs/a"),
        (52.0, "runs/a"),
    ]


@pytest.mark.parametrize("reverse", [False, True])
def test_two_values_of_a_place_are_refused_in_any_order(reverse: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [flat_row(50.0, run_directory="first"), flat_row(51.0, run_directory="second")]
    with raises_code("mixed-evidence", "first, second" if not reverse else "second, first"):
        made_of(rows[::-1] if reverse else rows, monkeypatch)


def test_a_score_that_failed_and_was_had_since_is_had(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made_of([flat_row(None), flat_row(51.0, run_directory="second")], monkeypatch)
    assert [row["value"] for row in found["mini"].scores.rows] == [51.0]


@pytest.mark.parametrize(
    "other", [{"data": "e"}, {"task_version": 2}, {"metric_version": 2}, {"data": "e", "arm": "mnli", "seed": 2}]
)
def test_scores_that_cannot_stand_together_are_refused(other: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    plain = {"task_version": 1, "metric_version": 1}
    with raises_code("mixed-evidence"):
        made_of([flat_row(50.0, **plain), flat_row(51.0, **{**plain, **other})], monkeypatch)


def test_other_rows_of_other_languages_are_no_mixture(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [flat_row(50.0), flat_row(51.0, language="de", data="e"), flat_row(49.0, perturbation="typo:1", data="d/t")]
    assert len(made_of(rows, monkeypatch)["mini"].scores.rows) == 3


def test_languages_that_are_named_are_there_in_some_task_and_in_each_that_has_them() -> None:
    wanted = {"arm": ("none",), "seed": (1,), "task": ("pawsx", "xcopa")}
    scored = {"pawsx": ("en", "de", "qaa"), "xcopa": ("en", "sw")}
    rows = [flat_row(50.0, seed=1, task=task, language=code) for task, codes in scored.items() for code in codes]
    own = Evidence(Scores(rows))

    def read(*languages: str) -> list[tuple[str, str]]:
        return [(row["task"], row["language"]) for row in own.require_in(languages, **wanted).rows]

    assert read("de", "sw", "qaa") == [("pawsx", "de"), ("pawsx", "qaa"), ("xcopa", "sw")]
    assert len(read()) == 5
    # English is what is trained on, and no study needs its scores.
    assert read("en", "de") == [("pawsx", "en"), ("pawsx", "de"), ("xcopa", "en")]
    for missing in ("my", "fr", "th"):
        with raises_code("cells-missing", f"language {missing}"):
            read("de", missing)
    with raises_code("cells-missing", "task xcopa", "language th"):
        Evidence(Scores([*rows, flat_row(50.0, seed=1, task="pawsx", language="th")])).require_in(("th",), **wanted)


def test_numbers_of_training_rows_that_runs_agree_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(**rows: int) -> Any:
        phases = [SimpleNamespace(phase="intermediate", rows=rows), SimpleNamespace(phase="target", rows={"xnli": 9})]
        model = SimpleNamespace(name=ROWS[0]["model_name"], phases=phases, start="")
        return SimpleNamespace(models={"m": SimpleNamespace(result=model)}, measures=(), directory="r")

    monkeypatch.setattr(Scores, "of", classmethod(lambda cls, *_, **__: cls(ROWS)))
    (found,) = evidence_of([run(mnli=100, squad=80), run(mnli=50, squad=80)]).values()
    assert found.training_rows == {"squad": 80}
