"""Agreement of raters: against the definition, by hand."""

from __future__ import annotations

import pytest

from harness.statistics.agreement import fleiss_kappa
from harness.statistics.refusal import CannotConclude


def test_kappa_is_that_of_fleiss() -> None:
    # Three raters: all of one mind, two against one, two against one the other way.
    rows = [[True, True, True], [True, True, False], [False, True, False]]
    observed = (1 + 1 / 3 + 1 / 3) / 3
    expected = (2 / 3) ** 2 + (1 / 3) ** 2
    assert fleiss_kappa(rows) == pytest.approx((observed - expected) / (1 - expected))


def test_kappa_is_one_where_all_agree_and_negative_where_none_do() -> None:
    assert fleiss_kappa([[True, True], [False, False], [True, True]]) == pytest.approx(1)
    assert fleiss_kappa([[True, False], [False, True]]) == pytest.approx(-1)


@pytest.mark.parametrize("rows", [[], [[True], [False]], [[True, True]] * 3, [[False, False]] * 3])
def test_kappa_cannot_be_told_of_one_rater_or_one_answer(rows: list[list[bool]]) -> None:
    with pytest.raises(CannotConclude):
        fleiss_kappa(rows)


def test_raters_call_all_items() -> None:
    with pytest.raises(ValueError, match="all raters"):
        fleiss_kappa([[True, True], [True]])
