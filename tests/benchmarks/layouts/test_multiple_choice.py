from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.benchmarks.files import File
from harness.benchmarks.layouts import Scorable
from harness.benchmarks.layouts.multiple_choice import LAYOUT

GOLD = '{"label": 0}\n{"label": 1}\n'


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_lines_are_put_beside_each_other(pair: Callable[..., Scorable], end: str) -> None:
    columns = pair("xcopa", '{"idx": 7, "label": 1}\n{"premise": "a,b", "label": 1}' + end, GOLD).columns
    assert columns == {"gold": [0, 1], "prediction": [1, 1], "language": ["en", "en"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"label": 0}\n{"label": "1"}\n',
            "predictions-of-xcopa:2 [not-a-label]",
        ),
        (
            '{"label": 0}\n{"label": true}\n',
            "predictions-of-xcopa:2 [not-a-label]",
        ),
        (
            '{"label": 0}\n{"label": -1}\n',
            "predictions-of-xcopa:2 [not-a-label]",
        ),
        ('{"label": 0}\n{"answer": 1}\n', "predictions-of-xcopa:2 [not-a-label]"),
        ("0\n1\n", "predictions-of-xcopa:1 [not-a-label]"),
        ('{"label": 0}\n\n{"label": 1}\n', "predictions-of-xcopa:2 [blank-line]"),
        (
            '{"label": 0}\n{"label": 1\n',
            "predictions-of-xcopa:2 [not-json]",
        ),
        # One line is JSON by itself, and two rows with a comma between them: still no row.
        (
            '{"label": 0}, {"label": 1}\n{"label": 1}\n',
            "predictions-of-xcopa:1 [not-json]",
        ),
        # As many objects as lines, but not one a line.
        ('{"label": 0}{"label": 1}\n\n', "predictions-of-xcopa:1 [not-json]"),
        ('{"label": 0}{"label": 1}\n{"label":\n1}\n', "predictions-of-xcopa:1 [not-json]"),
        ('{"label":\n0} {"label": 1}\n', "predictions-of-xcopa:1 [not-json]"),
        ('{"label": 0,\n"a": {}}{"label": 1}\n', "predictions-of-xcopa:1 [not-json]"),
        # These end the process of a reader that is told the columns.
        ("null\n", "predictions-of-xcopa:1 [not-a-label]"),
        ('null\n{"label": 0}\n', "predictions-of-xcopa:1 [not-a-label]"),
        ('{"label": 0}\n{"label": 1, "x": ' + "[" * 100_000 + "\n", "predictions-of-xcopa:2 [not-json]"),
        ('{"label": 0}\n{"label": ' + "1" * 5000 + "}\n", "predictions-of-xcopa:2 [not-json]"),
        ('{"label": 0}\n{"label": 2}\n', "predictions-of-xcopa:2 [label-out-of-range]"),
        (
            '{"label": 0}\n',
            "predictions-of-xcopa [wrong-number-of-items]",
        ),
        ("", "predictions-of-xcopa [empty-file]"),
    ],
    ids=[
        *("text", "bool", "below 0", "no label", "bare", "blank", "no JSON", "two a line", "both on one line"),
        *("three lines", "across", "nested", "null", "null first", "deep", "long", "range", "count", "empty"),
    ],
)
def test_a_mistake_is_refused_by_line(refusal: Callable[..., str], text: str, message: str) -> None:
    assert refusal("xcopa", text, GOLD) == message


def test_a_choice_may_be_right_nowhere(pair: Callable[..., Scorable], refusal: Callable[..., str]) -> None:
    """Files of labels do not say how many choices there are; the second is one of any."""
    first = '{"label": 0}\n{"label": 0}\n'
    assert pair("xcopa", GOLD, first).columns["prediction"] == [0, 1]
    assert refusal("xcopa", '{"label": 0}\n{"label": 2}\n', first) == "predictions-of-xcopa:2 [label-out-of-range]"


def test_hidden_labels_are_refused(refusal: Callable[..., str]) -> None:
    assert refusal("xcopa", '{"label": 0}\n' * 60, '{"label": 0}\n' * 60) == "labels-of-xcopa [placeholder-labels]"


def test_what_is_written_is_read_again(make_file: Callable[..., File]) -> None:
    rows = [{"prediction": 1, "gold": 0}, {"prediction": 0, "gold": 0}]
    assert LAYOUT.write_predictions(rows) == '{"label": 1}\n{"label": 0}\n'
    assert LAYOUT.labels(make_file("xcopa", LAYOUT.write_labels(rows), noun="labels")) == [0, 0]
