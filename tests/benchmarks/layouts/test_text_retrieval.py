from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from harness.benchmarks.files import File
from harness.benchmarks.layouts import Scorable
from harness.benchmarks.layouts.text_retrieval import LAYOUT

GOLD = '{"m1": ["Q1"], "m2": ["Q2"]}'


def test_rankings_are_put_beside_right_candidates_by_id(pair: Callable[..., Scorable]) -> None:
    columns = pair("mewslix", '{"m2": ["Q9", "Q2"], "m1": []}', GOLD).columns
    assert columns["gold"] == [["Q1"], ["Q2"]]
    assert [*columns["candidates"]] == [[], [{"key": "Q9"}, {"key": "Q2"}]]
    assert columns["candidates"][1][0] == {"key": "Q9"}
    assert len(columns["candidates"][1:]) == 1
    assert columns["prediction"] == [None, "Q9"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            json.dumps({"m1": [f"Q{i}" for i in range(21)], "m2": []}),
            "predictions-of-mewslix:1 [not-a-ranking]",
        ),
        (
            '{"m1": ["Q1"],\n"m2": ["Q1", "Q1"]}',
            "predictions-of-mewslix:2 [not-a-ranking]",
        ),
        ('{"m1": "Q1", "m2": []}', "predictions-of-mewslix:1 [not-a-ranking]"),
        ('{"m1": [1], "m2": []}', "predictions-of-mewslix:1 [not-a-ranking]"),
        (
            '{"m1": [],\n"m1": [], "m2": []}',
            "predictions-of-mewslix:2 [repeated-id]",
        ),
        (
            '{"m1": []}',
            "predictions-of-mewslix [items-without-prediction]",
        ),
    ],
    ids=["too many", "twice", "no list", "no ids", "key twice", "missing"],
)
def test_a_mistake_is_refused(refusal: Callable[..., str], text: str, message: str) -> None:
    assert refusal("mewslix", text, GOLD) == message


@pytest.mark.parametrize("ids", ["[]", '[""]'])
def test_labels_that_xtreme_r_blanks_are_refused(refusal: Callable[..., str], ids: str) -> None:
    assert refusal("mewslix", "{}", f'{{"m1": {ids}}}') == "labels-of-mewslix:1 [not-a-ranking]"


def test_the_best_twenty_are_written(make_file: Callable[..., File]) -> None:
    ranked = [{"key": f"s{i}", "score": 1.0 - i / 100} for i in range(25)]
    rows = [{"id": "q", "key": "", "candidates": ranked, "gold": ["s3", "s7"]}]
    file = make_file("lareqa", LAYOUT.write_predictions(rows))
    assert LAYOUT.predictions(file) == {"q": [f"s{i}" for i in range(20)]}
    assert LAYOUT.labels(make_file("lareqa", LAYOUT.write_labels(rows), noun="labels")) == {"q": ["s3", "s7"]}
