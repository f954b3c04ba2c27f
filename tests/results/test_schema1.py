"""Records of schema 1, read as if they were of schema 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.results.records import FILE, as_json, read_records
from harness.results.schema import Measure, Score
from harness.results.scores import Scores

STORED = Path(__file__).parent / "schema1"


def lines_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (STORED / name / FILE).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("name", "arms"),
    [
        ("mixed", {"none": ("none", []), "mnli + qqp": ("multitask", [("mnli", "qqp")])}),
        ("sequence", {"none": ("none", []), "mnli > qqp": ("sequential", [("mnli",), ("qqp",)])}),
        ("single", {"none": ("none", []), "mnli": ("single", [("mnli",)]), "qqp": ("single", [("qqp",)])}),
    ],
)
def test_arms_are_those_of_the_models(name: str, arms: dict[str, tuple[str, list[tuple[str, ...]]]]) -> None:
    found = read_records(STORED / name).arms
    assert {label: (arm.mode, [phase.tasks for phase in arm.phases]) for label, arm in found.items()} == arms
    assert all(arm.text == label for label, arm in found.items())


def test_texts_of_arms_and_what_gains_are_against_are_those_of_the_settings(tmp_path: Path) -> None:
    run, *others = lines_of("single")
    for line in others:
        if line["record"] == "model" and line["result"]["arm"] == "mnli":
            line["result"]["arm"] = "early"
    arms = {"early": "mnli{steps=3}", "qqp": {"arm": "qqp{steps=4}", "set": {"target.lr": 1e-4}}}
    run["result"]["settings"] |= {"against": "qqp", "arms": arms}
    (tmp_path / FILE).write_text("".join(f"{json.dumps(line)}\n" for line in (run, *others)), encoding="utf-8")
    records = read_records(tmp_path)
    texts = {label: arm.text for label, arm in records.arms.items()}
    assert texts == {"none": "none", "early": "mnli{steps=3}", "qqp": "qqp{steps=4}"}
    assert records.run.result.against == "qqp"
    against = {(row["arm"], row["against"]) for row in Scores.of(records).rows}
    assert against == {("none", "qqp"), ("early", "qqp"), ("qqp", "")}
    # What settings without them say is what has always held.
    assert read_records(STORED / "single").run.result.against is None


def test_scores_and_measures_keep_every_number_and_stand_where_they_stood() -> None:
    old, new = lines_of("evaluated"), read_records(STORED / "evaluated")
    models = {line["result"]["digest"]: line["result"] for line in old if line["record"] == "model"}
    found_by_kind: dict[str, list[Score | Measure]] = {
        "score": [record.result for record in new.scores],
        "measure": [record.result for record in new.measures],
    }
    same = {"score": ("metric", "interval", "predictions", "unit", "main"), "measure": ("measure", "unit")}
    for kind, found in found_by_kind.items():
        before = [line["result"] for line in old if line["record"] == kind]
        assert len(before) == len(found) > 0
        for result, now in zip(before, found, strict=True):
            model = models[result["model"]]
            at = {"arm": model["arm"], "seed": model["seed"]}
            at |= {name: result[name] for name in ("task", "language", "split")}
            at |= {"perturbation": "typo:2"} if "perturbation" in result else {}
            assert now.at == at
            assert (now.value, now.n, now.data) == (
                result["value"],
                result["n"],
                result["data"],
            )
            assert {name: as_json(getattr(now, name)) for name in same[kind]} == {
                name: result[name] for name in same[kind]
            }
            assert now.model == (model["phases"][-1]["digest"] if model["phases"] else model["start"])
    changed = [line["result"]["perturbation"]["changed"] for line in old if "perturbation" in line["result"]]
    assert [score.result.n_changed for score in new.scores if not score.result.plain] == changed
    assert new.run.environment.command_line == tuple(old[0]["circumstance"]["command_line"])


def test_models_of_one_checkpoint_become_one_and_scores_stay_apart(tmp_path: Path) -> None:
    """As of a model without phases, which is the same with every seed."""
    run, *others = lines_of("mixed")
    models = [{**line, "result": {**line["result"], "phases": []}} for line in others if line["record"] == "model"]
    lines = [run, *models, *(line for line in others if line["record"] == "score")]
    (tmp_path / FILE).write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    records = read_records(tmp_path)
    assert len(models) == 4
    assert list(records.models) == [models[0]["result"]["start"]]
    assert {(row["arm"], row["seed"]) for row in Scores.of(records).rows} == {
        (arm, seed) for arm in ("none", "mnli + qqp") for seed in (1, 2)
    }


def test_files_that_hold_both_schemas_are_read(tmp_path: Path) -> None:
    from harness.evaluation.rescore import rescore
    from harness.registry import default_registry

    run = STORED / "evaluated"
    done = rescore(run, STORED / "store", default_registry(), output=tmp_path / "again").directory
    both = (run / FILE).read_bytes() + (done / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(both)
    records = read_records(tmp_path)
    # Of the same value, each counts once.
    assert len(records.scores) == len(read_records(run).scores)
    assert read_records(done).arms == read_records(run).arms == records.arms
    old, new = Scores.of(run), Scores.of(done)
    # Intervals are computed anew, by the methods of now.
    told = ("run_directory", "run", "low", "high", "interval")
    assert [{k: v for k, v in row.items() if k not in told} for row in old.rows] == [
        {k: v for k, v in row.items() if k not in told} for row in new.rows
    ]
