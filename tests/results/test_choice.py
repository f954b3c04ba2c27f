from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UserError
from harness.results.choice import one_of

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
