"""Training rows with their right answers exchanged at random: which phases get them, and what stays as it is."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from harness.planning.data import Data
from harness.planning.plan import Plan
from harness.sources.base import Split, open_source
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from tests.planning.conftest import Bench


@pytest.fixture
def data(bench: Bench) -> Data:
    return Data(bench.registry, open_source(bench.settings().data, bench.registry))


def labels_of(split: Split) -> list[str]:
    rows: list[Any] = list(split.rows)
    return [row.label for row in rows]


def digests(plan: Plan) -> dict[tuple[str, tuple[str, ...]], str]:
    return {(phase.phase, phase.names): phase.digest for phase in plan.phases}


def test_labels_go_to_other_rows_and_nothing_else_changes(data: Data) -> None:
    kind = data.registry.kind("text-classification")
    right, exchanged = data.training("mnli"), data.training("mnli", random_labels=True)
    assert exchanged.keys == right.keys
    texts = [[kind.texts(row) for row in split.rows] for split in (right, exchanged)]
    assert texts[0] == texts[1]
    labels = [labels_of(split) for split in (right, exchanged)]
    assert labels[0] != labels[1]
    assert Counter(labels[0]) == Counter(labels[1])
    assert exchanged.digest != right.digest
    assert data.training("mnli") == right


def test_the_exchange_is_the_same_in_every_process(bench: Bench, data: Data) -> None:
    other = Data(bench.registry, open_source(bench.settings().data, bench.registry))
    assert other.training("mnli", random_labels=True) == data.training("mnli", random_labels=True)


def test_only_the_rows_that_are_used_exchange_labels(data: Data) -> None:
    right, exchanged = data.training("mnli", 4), data.training("mnli", 4, random_labels=True)
    assert Counter(labels_of(exchanged)) == Counter(labels_of(right))


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("random_labels", {"intermediate", "target"}),
        ("intermediate.random_labels", {"intermediate"}),
        ("target.random_labels", {"target"}),
        ("tasks.mnli.random_labels", {"intermediate"}),
    ],
)
def test_it_holds_for_a_phase_a_task_or_all(bench: Bench, key: str, changed: set[str]) -> None:
    asked: dict[str, Any] = {"intermediate": ("qqp", "mnli"), "target": ("pawsx",)}
    before, after = (bench.plan(**asked, baseline=False, set=one) for one in ({}, {key: True}))
    rows = [{phase.phase: [one.digest for one in phase.tasks] for phase in plan.phases} for plan in (before, after)]
    assert {name for name in rows[0] if rows[0][name] != rows[1][name]} == changed
    if key == "tasks.mnli.random_labels":
        assert rows[0]["intermediate"][0] == rows[1]["intermediate"][0]
    assert digests(before)["intermediate", ("qqp", "mnli")] != digests(after)["intermediate", ("qqp", "mnli")] or (
        changed == {"target"}
    )
    # The model and the rows that are scored are the same.
    assert before.model.digest == after.model.digest
    assert [cell.stage.rows.digest for cell in before.cells] == [cell.stage.rows.digest for cell in after.cells]


def test_without_it_phases_are_what_they_were(bench: Bench) -> None:
    assert digests(bench.plan()) == digests(bench.plan(set={"random_labels": False}))


def test_a_phase_of_an_arm_may_have_them_alone(bench: Bench) -> None:
    plan = bench.plan(arms={"control": "qqp > mnli{random_labels=true}"}, baseline=False)
    labels = {phase.names: [one.hyper.random_labels for one in phase.tasks] for phase in plan.phases}
    assert labels == {("qqp",): [False], ("mnli",): [True], ("pawsx",): [False]}
    assert [phase.tasks[0].where for phase in plan.phases if phase.names == ("mnli",)] == [
        "mnli train in en, random labels"
    ]


def test_texts_without_labels_have_none_to_exchange(bench: Bench, tmp_path: Path) -> None:
    bench.map = shutil.copytree(bench.map.parent, tmp_path / "tiny") / "map.toml"
    bench.map.with_name("mlm.txt").write_text("the old cat sees a dog\n", encoding="utf-8")
    with bench.map.open("a") as file:
        file.write('[mlm.train]\nfile = "mlm.txt"\n')
    asked: dict[str, Any] = {"intermediate": ("mnli", "mlm"), "target": ("pawsx",)}
    with raises_code("no-labels-to-exchange", "fill-mask", "tasks.mnli.random_labels"):
        bench.plan(**asked, set={"intermediate.random_labels": True})
    bench.plan(**asked, set={"tasks.mnli.random_labels": True})


@pytest.mark.parametrize(
    ("key", "changes", "fix"),
    [
        ("intermediate.random_labels", {"intermediate": ()}, "set tasks.pawsx.random_labels"),
        ("tasks.tatoeba.random_labels", {"target": ("pawsx", "tatoeba")}, "set tasks."),
    ],
)
def test_without_effect_it_is_refused(bench: Bench, key: str, changes: dict[str, Any], fix: str) -> None:
    with raises_code("setting-without-effect", key, fix):
        bench.plan(**changes, set={key: True})


def test_records_say_which_tasks_had_them(bench: Bench) -> None:
    outcome = bench.run(intermediate=("qqp", "mnli"), baseline=False, set={"tasks.mnli.random_labels": True})
    assert not outcome.failures
    (model,) = bench.results(outcome, "model")
    assert [phase["hyper"].get("random_labels") for phase in model["phases"]] == [["mnli"], None]


def test_a_task_is_not_replayed_with_other_labels_than_it_had(bench: Bench) -> None:
    with raises_code("replayed-with-other-labels", "qqp"):
        bench.plan(arms={"control": "qqp{random_labels=true} > ccg{replay=0.2}"}, baseline=False)


@pytest.mark.parametrize(
    ("arm", "whole", "labels"),
    [
        ("qqp > ccg{replay=0.2,random_labels=true}", {}, {"qqp": False, "ccg": True}),
        ("qqp > ccg{replay=0.2}", {"intermediate.random_labels": True}, {"qqp": True, "ccg": True}),
        ("qqp{random_labels=true} > ccg", {}, {"ccg": False}),
    ],
)
def test_a_replayed_task_has_the_labels_that_it_had(
    bench: Bench, arm: str, whole: dict[str, Any], labels: dict[str, bool]
) -> None:
    plan = bench.plan(arms={"control": arm}, baseline=False, set=whole)
    (last,) = (phase for phase in plan.phases if phase.phase == "intermediate" and "ccg" in phase.names)
    assert {one.task: one.hyper.random_labels for one in last.tasks} == labels
