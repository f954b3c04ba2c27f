from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from harness.benchmarks.files import File
from harness.benchmarks.layouts import Scorable
from harness.benchmarks.layouts.sentence_similarity import LAYOUT
from tests.raising import raises_code

GOLD = "2\n0\n1\n"


@pytest.mark.parametrize("text", ["2\n1\n1", "2\n1\n1\n\n\n", " 2 \n1\n1\n", "2\r\n1\r\n1\r\n"])
def test_lines_are_put_beside_each_other(pair: Callable[..., Scorable], text: str) -> None:
    columns = pair("tatoeba", text, GOLD).columns
    assert {name: np.asarray(values).tolist() for name, values in columns.items()} == {
        "gold": [[2], [0], [1]],
        "prediction": [2, 1, 1],
        "language": ["en"] * 3,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[2]\n[0]\n[1]\n", "predictions-of-tatoeba:1 [not-a-row-number]"),
        ("2\n0.0\n1\n", "predictions-of-tatoeba:2 [not-a-row-number]"),
        ("2\n-1\n1\n", "predictions-of-tatoeba:2 [not-a-row-number]"),
        (f"2\n{'9' * 5000}\n1\n", "predictions-of-tatoeba:2 [not-a-row-number]"),
        ("2\n٣\n1\n", "predictions-of-tatoeba:2 [not-a-row-number]"),
        ("2\n\n1\n", "predictions-of-tatoeba:2 [blank-line]"),
        ("3\n1\n2\n", "predictions-of-tatoeba:1 [row-out-of-range]"),
        (
            "2\n0\n",
            "predictions-of-tatoeba [wrong-number-of-items]",
        ),
        ("\n", "predictions-of-tatoeba [empty-file]"),
    ],
    ids=["brackets", "decimal", "negative", "endless", "other digits", "blank", "range", "count", "empty"],
)
def test_a_mistake_is_refused_by_line(refusal: Callable[..., str], text: str, message: str) -> None:
    assert refusal("tatoeba", text, GOLD) == message


def test_rows_of_a_part_of_the_sentences_may_be_any(pair: Callable[..., Scorable]) -> None:
    assert pair("tatoeba", "970\n4\n", "936\n4\n").columns["prediction"].tolist() == [970, 4]


def test_hidden_labels_are_refused(refusal: Callable[..., str]) -> None:
    assert refusal("tatoeba", "0\n" * 60, "0\n" * 60) == "labels-of-tatoeba [placeholder-labels]"


def test_lines_follow_the_english_file_as_xtreme_sorts_it(make_file: Callable[..., File]) -> None:
    # Foreign file: row 0 "eins", row 1 "zwei", row 2 "drei", row 3 "vier". English file in its order: b, B, a, a.
    # Sorted by code points, stable: "B" (row 1), "a" (row 2, its blank taken off), "a" (row 3), "b" (row 0).
    rows = [stored(" b", "k0", "k1"), stored("B", "k1", "k1"), stored(" a", "k2", "k3"), stored("a", "k3", "k0")]
    assert LAYOUT.write_labels(rows) == "1\n2\n3\n0\n"
    assert LAYOUT.write_predictions(rows) == "1\n3\n0\n1\n"


def test_predictions_without_texts_have_no_order() -> None:
    rows = [{name: value for name, value in stored("a", "k0", "k0").items() if name != "text"}]
    with raises_code("predictions-too-old"):
        LAYOUT.write_predictions(rows)


def test_several_translations_of_a_sentence_have_no_row() -> None:
    with raises_code("no-one-to-one-translation"):
        LAYOUT.write_predictions([stored("a", "k0", "k0") | {"gold": ["k0", "k1"]}, stored("b", "k2", "k2")])


def stored(text: str, gold: str, prediction: str) -> dict[str, Any]:
    return {"key": f"file:{text}", "text": text, "gold": [gold], "prediction": prediction}
