"""Rows that are missing, torn or skipped, and labels that are not there: each is told."""

from __future__ import annotations

from harness.rows import ClassificationRow
from harness.validation.report import Finding, Outcome
from harness.validation.rows import labels, rows
from tests.validation.conftest import Maker


def problems(outcome: Outcome) -> list[Finding]:
    return [finding for finding in outcome.findings if finding.problem]


def test_rows_are_counted_by_language_and_split(make: Maker) -> None:
    outcome = rows(make())
    assert outcome.facts == {"en": {"train": 20, "test": 20, "skipped": 0}, "sw": {"test": 20, "skipped": 0}}
    assert problems(outcome) == []


def test_a_source_without_rows_is_named(make: Maker) -> None:
    (problem,) = problems(rows(make({})))
    assert problem.what == "given has no rows of handmade"
    assert "xharness show handmade" in problem.fix


def test_a_split_that_cannot_be_read_is_told_with_its_place_and_the_others_are_counted(make: Maker) -> None:
    outcome = rows(make(source=make.GivenRows(make.good_rows(), broken=[("validation", "sw")])))
    (problem,) = problems(outcome)
    assert (problem.what, problem.where) == ("the file is torn", "validation, sw; rows.txt")
    assert problem.fix == "copy it again"
    assert outcome.facts["sw"]["test"] == 20


def test_skipped_rows_are_counted_and_too_many_are_a_problem(make: Maker) -> None:
    # 1 of 21 rows is below 5 percent, 2 of 22 is above.
    few = rows(make(source=make.GivenRows(make.good_rows(), skipped=1)))
    assert problems(few) == []
    assert few.facts["en"]["skipped"] == 2
    assert few.findings[0].what == "1 of 21 train rows in en are skipped"
    assert few.findings[0].where == "rows.txt:1: no label"
    many = problems(rows(make(source=make.GivenRows(make.good_rows(), skipped=2))))
    assert many[0].what == "2 of 22 train rows in en are skipped"
    assert len(many) == 3


def test_rows_that_the_kind_refuses_count_as_skipped(make: Maker) -> None:
    bad = [ClassificationRow(text="?", label="perhaps")]
    outcome = rows(make({**make.good_rows(), ("test", "sw"): [*make.pairs("test"), *bad]}))
    assert outcome.facts["sw"] == {"test": 20, "skipped": 1}
    assert "unknown label 'perhaps'" in outcome.findings[0].where


def test_a_trained_task_without_training_rows_is_told(make: Maker) -> None:
    (problem,) = problems(rows(make({("test", "en"): make.pairs("test")})))
    assert problem.what == "no training rows of handmade in en"


def test_labels_are_told_with_those_that_are_missing(make: Maker) -> None:
    outcome = labels(make({**make.good_rows(), ("test", "sw"): make.pairs("test", labels=("yes",))}))
    assert [str(finding) for finding in outcome.findings] == [
        "ok: labels: seen: no yes",
        "ok: labels: missing: no in test sw",
    ]


def test_a_label_that_no_row_has_is_a_problem(make: Maker) -> None:
    (problem,) = problems(labels(make(labels=("no", "yes", "neutral"))))
    assert problem.what == "never seen: neutral"


def test_a_tag_that_few_rows_could_have_is_none(make: Maker) -> None:
    few = {("train", "en"): make.pairs("train", 4), ("test", "en"): make.pairs("test", 4)}
    outcome = labels(make(few, labels=("no", "yes", "neutral")))
    assert problems(outcome) == []
    assert outcome.findings[-1].what == "never seen in 8 rows: neutral"


def test_rows_that_all_have_one_label_are_a_problem(make: Maker) -> None:
    one = {("train", "en"): make.pairs("train", labels=("no",)), ("test", "en"): make.pairs("test", labels=("no",))}
    (problem,) = problems(labels(make(one)))
    assert problem.what == "every row has the label 'no'"
