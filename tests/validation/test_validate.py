"""Whole tasks: a few of mini's at once, all of them and all real rows as a campaign."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.registry import Registry, default_registry
from harness.rows import ClassificationRow
from harness.validation.report import TaskReport
from harness.validation.validate import CHECKS, report_on, validate
from tests.raising import raises_code
from tests.validation.conftest import Maker

REAL_ROWS = Path(__file__).parent.parent / "real_rows.toml"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return default_registry()


def suites(registry: Registry) -> list[str]:
    """Tasks of all suites but that with images, of which neither mini nor the shared data have many."""
    found = dict.fromkeys(task for suite in registry.suites.values() for task in suite.tasks)
    return [task for task in found if task not in registry.suites["vision-language"].tasks]


def by_task(reports: Any) -> dict[str, TaskReport]:
    return {report.task: report for report in reports}


def test_tasks_of_three_kinds_are_right_on_mini(registry: Registry) -> None:
    reports = by_task(validate(registry, ["pawsx", "panx", "bucc2018"], languages=["qaa", "qae"], limit=40))
    assert {name: report.problems for name, report in reports.items()} == {"pawsx": [], "panx": [], "bucc2018": []}
    assert list(reports["panx"].languages) == ["en", "qaa", "qae"]
    assert reports["pawsx"].languages["en"]["train"] == 2000
    for report in reports.values():
        facts = report.languages["qae"]
        assert set(facts["gold"].values()) == {100.0}
        assert max(facts["shuffled"].values()) < 80


def test_every_check_has_something_to_say_of_a_good_task(make: Maker) -> None:
    report = report_on(make(), "given")
    assert [finding for finding in report.findings if finding.problem] == []
    assert list(dict.fromkeys(finding.check for finding in report.findings)) == list(CHECKS)
    assert report.to_json()["ok"] is True


def test_a_task_without_rows_has_one_problem(make: Maker) -> None:
    report = report_on(make({}), "given")
    assert [finding.what for finding in report.findings] == ["given has no rows of handmade"]
    assert report.to_json()["ok"] is False


def test_a_check_that_fails_does_not_hide_the_others(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.kinds.text_classification import TextClassification

    def gold_predictions(*_: Any) -> Any:
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr(TextClassification, "gold_predictions", gold_predictions)
    report = report_on(make(), "given")
    assert [(problem.check, problem.what) for problem in report.problems] == [
        ("gold", "ZeroDivisionError: nothing to divide by")
    ]
    assert report.findings[-1].check == "overlap"


def test_a_model_that_is_not_there_is_no_fault_of_the_task(make: Maker) -> None:
    with raises_code("unknown-model"):
        report_on(make(model="nonsense"), "given")


def test_scratch_stands_in_for_a_model_that_is_not_at_hand(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.modeling import hub

    monkeypatch.setattr(hub, "cached", lambda _: None)
    subject = make({("train", "en"): [ClassificationRow(text="a", label="no")]}, model="")
    assert subject.model_name == "scratch"
    monkeypatch.setattr(hub, "cached", lambda _: Path("somewhere"))
    assert subject.model_name == "xlm-r-base"


@pytest.mark.full
def test_every_task_of_every_suite_is_right_on_mini(registry: Registry) -> None:
    reports = by_task(validate(registry, suites(registry)))
    assert {name: report.problems for name, report in reports.items() if report.problems} == {}
    assert len(reports) >= 20


@pytest.mark.full
def test_every_task_of_every_suite_on_real_rows(
    registry: Registry, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XHARNESS_SHARED", str(shared))
    reports = by_task(validate(registry, suites(registry), data=str(REAL_ROWS), model="scratch"))
    problems = {name: [problem.what for problem in report.problems] for name, report in reports.items()}
    # The English test rows are a stand-in, and the same as the validation rows (tests/real_rows.toml).
    assert problems.pop("pawsx") == ["of 200 test rows in en, 200 have the texts and 0 the id of a row for selection"]
    assert problems.pop("mewslix") == ["files has no rows of mewslix"]
    assert {name: some for name, some in problems.items() if some} == {}
    # As data files of the same names say: 2,000 of 5,010 rows in each of fifteen languages.
    assert [facts["test"] for facts in reports["xnli"].languages.values()] == [2000] * 15
