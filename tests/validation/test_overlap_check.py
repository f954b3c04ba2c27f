from __future__ import annotations

from harness.rows import ClassificationRow
from harness.validation.overlap import overlap
from tests.validation.conftest import Maker


def test_splits_that_have_nothing_in_common(make: Maker) -> None:
    (finding,) = overlap(make()).findings
    assert str(finding) == "ok: overlap: none between what is scored and what is trained or selected on"


def test_test_rows_among_the_training_rows_are_told_by_language(make: Maker) -> None:
    # Three of twenty, without ids; case and punctuation do not count.
    same = [ClassificationRow(text=f"{row.text.upper()}!", label="no") for row in make.pairs("train")[:3]]
    (problem,) = overlap(make({**make.good_rows(), ("test", "sw"): [*same, *make.pairs("test")[3:]]})).findings
    assert problem.problem
    assert problem.what == "of 20 test rows in sw, 3 have the texts and 0 the id of a row for training"
    assert problem.where == "handmade train (en), rows for training"


def test_test_rows_among_the_validation_rows_are_told(make: Maker) -> None:
    (english, swahili) = overlap(make({**make.good_rows(), ("validation", "en"): make.pairs("test")})).findings
    assert english.what == "of 20 test rows in en, 20 have the texts and 20 the id of a row for selection"
    assert "in sw" in swahili.what


def test_a_shared_text_beside_another_is_told_and_no_problem(make: Maker) -> None:
    def row(split: str, i: int) -> ClassificationRow:
        return ClassificationRow(text="a paragraph that both have", text_pair=f"{split} {i}", label="no")

    rows = {(split, "en"): [row(split, i) for i in range(4)] for split in ("train", "test")}
    (finding,) = overlap(make(rows)).findings
    assert (finding.problem, finding.what) == (False, "of 4 test rows in en, 4 share their longest text, not all")


def test_validation_rows_that_are_scored_are_not_compared_with_themselves(make: Maker) -> None:
    rows = {("train", "en"): make.pairs("train"), ("validation", "en"): make.pairs("validation")}
    assert [finding.problem for finding in overlap(make(rows)).findings] == [False]


def test_one_of_a_hundred_rows_is_told_and_no_problem(make: Maker) -> None:
    def row(text: str) -> ClassificationRow:
        return ClassificationRow(text=text, label="no")

    test = [row(f"the test sentence {i}") for i in range(99)]
    rows = {("train", "en"): [row("good day"), row("good night")], ("test", "en"): [*test, row("Good day!")]}
    (finding,) = overlap(make(rows)).findings
    assert (finding.problem, finding.what) == (
        False,
        "of 100 test rows in en, 1 have the texts and 0 the id of a row for training",
    )
    rows["test", "en"].append(row("Good night!"))
    (finding,) = overlap(make(rows)).findings
    assert finding.problem
