from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UserError
from harness.results.choice import arm_of, one_of

RUN = Path("a-run")


@pytest.mark.parametrize(("known", "wanted", "found"), [([3], None, 3), ([3, 5], 5, 5), ([0, 1], 0, 0)])
def test_the_one_that_is_wanted_or_the_only_one(known: list[int], wanted: int | None, found: int) -> None:
    assert one_of(known, wanted, option="--seed", of="a submission", where=RUN) == found


@pytest.mark.parametrize(
    ("known", "wanted", "message", "fix"),
    [
        (["a", "b"], None, "the run has several arms, a submission is of one", "name one with --arm: 'a', 'b'"),
        (["a", "b"], "c", "the run has no --arm 'c'", "it has 'a', 'b'"),
        (["a"], "c", "the run has no --arm 'c'", "it has 'a'"),
    ],
)
def test_others_are_refused_with_what_there_is(known: list[str], wanted: str | None, message: str, fix: str) -> None:
    with pytest.raises(UserError) as caught:
        one_of(known, wanted, option="--arm", of="a submission", where=RUN)
    assert (caught.value.what, caught.value.fix, caught.value.where) == (message, fix, "a-run")


VALUES = {"none": "none", "late, lr=1": "late", "late, lr=2": "late", "one, lr=1": "one"}


@pytest.mark.parametrize(("wanted", "found"), [("late, lr=2", "late, lr=2"), ("one", "one, lr=1"), ("none", "none")])
def test_an_arm_is_meant_by_its_label_without_the_values_too(wanted: str, found: str) -> None:
    assert arm_of(VALUES, wanted, of="a submission", where=RUN) == found


def test_an_arm_with_several_values_is_named_with_all_its_labels() -> None:
    with pytest.raises(UserError) as caught:
        arm_of(VALUES, "late", of="a submission", where=RUN)
    assert caught.value.fix == "name one with --arm: 'late, lr=1', 'late, lr=2'"
    with pytest.raises(UserError, match="no --arm 'lat'"):
        arm_of(VALUES, "lat", of="a submission", where=RUN)
