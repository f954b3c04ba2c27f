from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from harness.benchmarks.files import File
from harness.benchmarks.layouts import Scorable
from harness.benchmarks.layouts.text_retrieval import LAYOUT

GOLD = '{"m1": ["Q1"], "m2": ["Q2"]}'
WRITE = "write {query id: [candidate ids]}, at most 20 different ones, best first"


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
            f"predictions-of-mewslix:1: 'm1': 21 candidates where 20 count; {WRITE}",
        ),
        (
            '{"m1": ["Q1"],\n"m2": ["Q1", "Q1"]}',
            f"predictions-of-mewslix:2: 'm2': a candidate stands there more than once; {WRITE}",
        ),
        ('{"m1": "Q1", "m2": []}', f"predictions-of-mewslix:1: 'm1': not a list of ids; {WRITE}"),
        ('{"m1": [1], "m2": []}', f"predictions-of-mewslix:1: 'm1': not a list of ids; {WRITE}"),
        (
            '{"m1": [],\n"m1": [], "m2": []}',
            "predictions-of-mewslix:2: the id 'm1' stands there more than once; JSON keeps the last; "
            "write each id once",
        ),
        (
            '{"m1": []}',
            "predictions-of-mewslix: 1 of 2 items without prediction: m2; "
            "predict them, or give --partial, with which they count 0, as in XTREME's scorer",
        ),
    ],
    ids=["too many", "twice", "no list", "no ids", "key twice", "missing"],
)
def test_a_mistake_is_refused(refusal: Callable[..., str], text: str, message: str) -> None:
    assert refusal("mewslix", text, GOLD) == message


@pytest.mark.parametrize(("ids", "problem"), [("[]", "no right candidate"), ('[""]', "a blank id")])
def test_labels_that_xtreme_r_blanks_are_refused(refusal: Callable[..., str], ids: str, problem: str) -> None:
    assert refusal("mewslix", "{}", f'{{"m1": {ids}}}') == (
        f"labels-of-mewslix:1: 'm1': {problem}; "
        "write {query id: [ids of the right candidates]}; XTREME-R's scripts blank those of the test set"
    )


def test_the_best_twenty_are_written(make_file: Callable[..., File]) -> None:
    ranked = [{"key": f"s{i}", "score": 1.0 - i / 100} for i in range(25)]
    rows = [{"id": "q", "key": "", "candidates": ranked, "gold": ["s3", "s7"]}]
    file = make_file("lareqa", LAYOUT.write_predictions(rows))
    assert LAYOUT.predictions(file) == {"q": [f"s{i}" for i in range(20)]}
    assert LAYOUT.labels(make_file("lareqa", LAYOUT.write_labels(rows), noun="labels")) == {"q": ["s3", "s7"]}
