from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.benchmarks.files import File
from harness.benchmarks.layouts import Scorable
from harness.benchmarks.layouts.token_classification import LAYOUT

GOLD = "B-PER\nI-PER\nO\n\nO\nB-LOC\n"


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n\n\n"])
def test_a_blank_line_ends_a_sentence(pair: Callable[..., Scorable], end: str) -> None:
    columns = pair("panx", "O\nO\nO\n\nO\nB-LOC" + end, GOLD).columns
    assert columns["prediction"] == [["O", "O", "O"], ["O", "B-LOC"]]
    assert columns["gold"] == [["B-PER", "I-PER", "O"], ["O", "B-LOC"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # The reference scores this pair 100 % F1 in the first sentence, and shifts every span after it.
        (
            "B-PER\nI-PER\n\nO\nB-LOC\n",
            "predictions-of-panx:1 [wrong-number-of-tags]",
        ),
        (
            "B-PER\nI-PER\nO\n\nO\nB-LOC\nO\n",
            "predictions-of-panx:5 [wrong-number-of-tags]",
        ),
        (
            "B-PER\nI-PER\nO\n\n\nO\nB-LOC\n",
            "predictions-of-panx:5 [blank-line]",
        ),
        (
            "\nB-PER\nI-PER\nO\n\nO\nB-LOC\n",
            "predictions-of-panx:1 [blank-line]",
        ),
        (
            "B-PER\nI-PER\nO\n",
            "predictions-of-panx [wrong-number-of-items]",
        ),
        (
            "Ann\tB-PER\nLee\tI-PER\nis\tO\n\nin\tO\nRome\tB-LOC\n",
            "predictions-of-panx:1 [not-a-tag]",
        ),
        (
            "B-PER\nI-PRE\nO\n\nO\nB-LOC\n",
            "predictions-of-panx:2 [not-a-tag]",
        ),
        ("\n\n", "predictions-of-panx [empty-file]"),
    ],
    ids=["too few tags", "too many", "two blank lines", "first line", "sentences", "words", "unknown", "empty"],
)
def test_a_mistake_is_refused_by_line(refusal: Callable[..., str], text: str, message: str) -> None:
    assert refusal("panx", text, GOLD) == message


def test_blanks_around_tags_do_not_count(pair: Callable[..., Scorable]) -> None:
    assert pair("panx", " O\nO \nO\n \nO\nB-LOC\n", GOLD).columns["prediction"] == [["O"] * 3, ["O", "B-LOC"]]


def test_blanked_tags_are_placeholders(refusal: Callable[..., str]) -> None:
    blanked = "O\nO\n\n" * 50
    assert refusal("panx", blanked, blanked) == "labels-of-panx [placeholder-labels]"


def test_a_check_wants_one_blank_line_at_the_end_at_most(make_file: Callable[..., File]) -> None:
    for end, lines in (("\n", []), ("\n\n", []), ("\n\n\n", [8])):
        file = make_file("panx", GOLD.rstrip("\n") + end, listing=True)
        LAYOUT.predictions(file)
        assert [int((error.where or "").rpartition(":")[2]) for error in file.found or ()] == lines


def test_sentences_are_written_in_full() -> None:
    rows = [{"prediction": ["O", "X"], "gold": ["X", "X"]}, {"prediction": ["O"], "gold": ["O"]}]
    assert LAYOUT.write_predictions(rows) == "O\nX\n\nO\n\n"
    assert LAYOUT.write_labels(rows) == "X\nX\n\nO\n\n"
