"""The table of marks: each has a sign of its own, and rows get those that apply to them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.results.marks import MARKS, find_marks, meanings, signs

PLAIN = {
    "status": "ok",
    "stand_in": False,
    "limited": False,
    "overlap": "[]",
    "n_skipped": 0,
    "truncated": 0,
    "constant": False,
    "role": "target",
}


def test_every_mark_has_a_sign_of_its_own_and_a_meaning() -> None:
    assert len({mark.sign for mark in MARKS.values()}) == len(MARKS)
    assert all(len(mark.sign) == 1 and mark.meaning for mark in MARKS.values())


CHANGES: dict[str, dict[str, Any]] = {
    "stand-in": {"stand_in": True},
    "limited": {"limited": True},
    "overlap": {"overlap": json.dumps([{"ids": 0, "items": 0, "texts": 1, "same_rows": False}])},
    "same rows": {"overlap": json.dumps([{"ids": 0, "items": 0, "texts": 0, "same_rows": True}])},
    "skipped": {"n_skipped": 2},
    "truncated": {"truncated": 1},
    "unknown": {"unknown": 10.1},
    "selected": {"selected_on": json.dumps([{"language": "en"}, {"language": "de"}])},
    "constant": {"constant": True},
    "intermediate head": {"role": "intermediate"},
    "failed": {"status": "failed"},
}


def test_a_score_with_nothing_to_say_of_has_no_mark() -> None:
    assert list(find_marks(PLAIN)) == []
    assert list(find_marks(PLAIN | {"unknown": 10.0, "selected_on": json.dumps([{"language": "en"}])})) == []


@pytest.mark.parametrize("name", CHANGES)
def test_each_mark_comes_from_what_it_is_about_alone(name: str) -> None:
    assert list(find_marks(PLAIN | CHANGES[name])) == [name]


def test_every_mark_of_a_single_score_is_tried_here() -> None:
    assert {name for name, mark in MARKS.items() if mark.applies} == CHANGES.keys()


def test_rows_that_share_both_have_both_marks() -> None:
    overlap = [
        {"ids": 0, "items": 2, "texts": 2, "same_rows": True},
        {"ids": 0, "items": 0, "texts": 0, "same_rows": False},
    ]
    assert list(find_marks(PLAIN | {"overlap": json.dumps(overlap)})) == ["overlap", "same rows"]


def test_signs_stand_in_the_order_of_their_meanings() -> None:
    assert signs(["constant", "stand-in", "truncated"]) == "stc"
    told = list(meanings(["constant", "stand-in"]))
    assert told == [f"s  {MARKS['stand-in'].meaning}", f"c  {MARKS['constant'].meaning}"]
