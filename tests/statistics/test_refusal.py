"""What data cannot tell."""

from __future__ import annotations

import pytest

from harness.statistics.refusal import CannotConclude, finite, positive_margin, varied


def test_values_are_numbers_and_enough_of_them() -> None:
    assert finite([1, 2.5], "seeds", least=2) == [1.0, 2.5]
    with pytest.raises(CannotConclude, match="needs five seeds or more, not two"):
        finite([1, 2], "seeds", least=5)
    with pytest.raises(CannotConclude, match="seeds are not finite"):
        finite([1, float("inf")], "seeds")


def test_a_margin_is_positive() -> None:
    assert positive_margin(0.5) == 0.5
    with pytest.raises(CannotConclude, match="margin of 0"):
        positive_margin(0)


def test_values_that_are_all_alike_say_nothing_of_others() -> None:
    assert varied([1, 2.5], "seeds") == [1.0, 2.5]
    # Alike but for what arithmetic leaves.
    for values in ([0.1 + 0.2, 0.3], [0.0, 0.0], [-5.0, -5.0]):
        with pytest.raises(CannotConclude, match="all seeds give the same difference"):
            varied(values, "seeds")
    with pytest.raises(CannotConclude, match="three encoders or more, not two"):
        varied([1, 2], "encoders", least=3)
