from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.benchmarks.files import File
from harness.benchmarks.layouts import Scorable
from harness.benchmarks.layouts.text_classification import LAYOUT

GOLD = "0\n1\n1\n"


def test_lines_are_put_beside_each_other(pair: Callable[..., Scorable]) -> None:
    columns = pair("pawsx", "0\n0\n1\n", GOLD).columns
    assert {name: list(values) for name, values in columns.items()} == {
        "gold": ["0", "1", "1"],
        "prediction": ["0", "0", "1"],
        "language": ["en"] * 3,
    }


@pytest.mark.parametrize(
    "text",
    ["0\n0\n1", "0\n0\n1\n", "0\n0\n1\n\n", "0\n0\n1\n\n \n\n", " 0\n0\t\n1 \n", "0\r\n0\r\n1\r\n"],
    ids=["no end", "end", "blank line", "blank lines", "blanks around labels", "Windows"],
)
def test_what_does_not_change_a_label_is_read(pair: Callable[..., Scorable], text: str) -> None:
    assert list(pair("pawsx", text, GOLD).columns["prediction"]) == ["0", "0", "1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "0\n1\tone text\tanother\n1\n",
            "predictions-of-pawsx:2 [too-many-columns]",
        ),
        ("0\n\n1\n", "predictions-of-pawsx:2 [blank-line]"),
        ("0\n1\n2\n", "predictions-of-pawsx:3 [unknown-label]"),
        ("", "predictions-of-pawsx [empty-file]"),
        (
            "0\n1\n",
            "predictions-of-pawsx [wrong-number-of-items]",
        ),
    ],
    ids=["extra columns", "blank", "unknown", "empty", "count"],
)
def test_a_mistake_is_refused_by_line(refusal: Callable[..., str], text: str, message: str) -> None:
    assert refusal("pawsx", text, GOLD) == message


def test_labels_of_another_task_are_unknown(refusal: Callable[..., str]) -> None:
    assert refusal("xnli", "contradictory\n", "neutral\n") == "predictions-of-xnli:1 [unknown-label]"


def test_fifty_labels_that_are_all_alike_are_placeholders(
    refusal: Callable[..., str], pair: Callable[..., Scorable]
) -> None:
    assert refusal("xnli", "neutral\n" * 50, "neutral\n" * 50) == ("labels-of-xnli [placeholder-labels]")
    assert len(pair("xnli", "neutral\n" * 49, "neutral\n" * 49).columns["gold"]) == 49


def test_all_problems_are_listed_for_a_check(make_file: Callable[..., File]) -> None:
    file = make_file("pawsx", "0\nx\n1\ty\n\n1\n\n", listing=True)
    LAYOUT.predictions(file)
    assert file.found is not None
    assert [(error.where or "").rpartition(":")[2] for error in file.found] == ["6", "2", "3", "4"]
    assert file.found[0].what == "a blank line at the end, which XTREME's scorer counts as an item"


def test_predictions_and_labels_are_written_one_a_line() -> None:
    rows = [{"prediction": "1", "gold": "0"}, {"prediction": "0", "gold": "0"}]
    assert (LAYOUT.write_predictions(rows), LAYOUT.write_labels(rows)) == ("1\n0\n", "0\n0\n")
