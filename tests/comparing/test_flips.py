"""The items that two sides answer differently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from harness.comparing.flips import find_flips
from harness.comparing.pairing import Match, pair_scores
from harness.evaluation.stored_items import StoredItems
from harness.registry import default_registry
from harness.results.scores import Scores
from tests.comparing.known import scored

MATCH = Match("right", "mnli", "none")
GOLD = ["0", "1", "1"]
KEYS = ["k0", "k1", "k2"]
NAMES = ["q0", "q1", "q2"]


class Stored(StoredItems):
    """Predictions in memory, by what a row says of them."""

    def __init__(self, **columns: Mapping[str, Any]) -> None:
        super().__init__([], default_registry())
        self.columns = columns

    def predictions(self, row: Mapping[str, Any]) -> Any:
        return self.columns[row["predictions"]]


def predicted(answers: list[str], *, named: bool) -> dict[str, Any]:
    columns = {"prediction": answers, "gold": GOLD, "key": KEYS}
    return columns | {"item": NAMES} if named else columns


@pytest.mark.parametrize(
    ("left", "right", "name"),
    [(True, True, "q2"), (True, False, "q2"), (False, True, "2"), (False, False, "2")],
)
def test_items_are_found_by_name_or_by_place(left: bool, right: bool, name: str) -> None:
    stored = Stored(a=predicted(["0", "1", "1"], named=left), b=predicted(["0", "1", "0"], named=right))
    (paired,) = pair_scores(Scores([scored([1, 1, 1], "a")]), Scores([scored([1, 1, 0], "b")])).tasks
    (flip,) = find_flips(MATCH, paired, stored)
    assert (flip.item, flip.key, flip.gain, flip.gold) == (name, "k2", 100.0, "1")
    assert (flip.left, flip.right) == (("1",), ("0",))


def test_named_items_are_found_in_whatever_order_they_are_stored() -> None:
    other = {"prediction": ["0", "1", "0"], "gold": ["1", "1", "0"], "key": KEYS[::-1], "item": NAMES[::-1]}
    stored = Stored(a=predicted(["0", "1", "1"], named=True), b=other)
    (paired,) = pair_scores(Scores([scored([1, 1, 1], "a")]), Scores([scored([1, 1, 0], "b")])).tasks
    (flip,) = find_flips(MATCH, paired, stored)
    assert (flip.item, flip.left, flip.right) == ("q2", ("1",), ("0",))


def test_answers_are_those_by_the_tuned_threshold() -> None:
    def asked(no_answer: float, text: str) -> dict[str, Any]:
        spans = [[{"text": text, "score": 1.0}]] * 3
        scores = {"no_answer_score": [no_answer, 0.0, 0.0], "threshold": [0.5] * 3, "spans": spans}
        return {"prediction": [text] * 3, "gold": [["fox"]] * 3, "key": KEYS, "item": NAMES, **scores}

    stored = Stored(a=asked(0.0, "fox"), b=asked(2.0, "fox"))
    rows = [scored([1, 1, 1], "a"), scored([1, 1, 1], "b")]
    left, right = (Scores([row | {"task": "squad_v2", "metric": "squad_v2_f1"}]) for row in rows)
    (paired,) = pair_scores(left, right).tasks
    (flip,) = find_flips(MATCH, paired, stored)
    assert (flip.key, flip.left, flip.right) == ("k0", ("fox",), ("",))
