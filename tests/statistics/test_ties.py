"""Which values are the same but for how they were added up."""

from __future__ import annotations

import pytest

from harness.statistics.ties import levelled, tied_with_best


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        ([2.0], [2.0]),
        ([0.1 + 0.2, 0.3, 0.3 - 1e-8], [0.3, 0.3, 0.3 - 1e-8]),
        # Beyond 1, relative to the largest.
        ([1e6 + 5e-4, 1e6, 1e6 - 1.0], [1e6, 1e6, 1e6 - 1.0]),
        ([-1e-15, 0.0, 1e-15], [-1e-15] * 3),
        # What ties in a row ties, so that no order depends on which one comes first.
        ([1.6e-9, 0.8e-9, 0.0, 3e-9], [0.0, 0.0, 0.0, 3e-9]),
    ],
)
def test_values_that_differ_by_rounding_are_equal(values: list[float], expected: list[float]) -> None:
    assert levelled(values) == expected


def test_several_are_best_but_for_rounding() -> None:
    third = 0.1 + 0.2
    assert tied_with_best([0.3, third, 0.2]).tolist() == [True, True, False]
    assert tied_with_best([[1.0, 2.0], [5e6, 5e6 + 1e-4], [-3.0, -3.1]]).tolist() == [
        [False, True],
        [True, True],
        [True, False],
    ]
    assert tied_with_best([0.0, 1e-3]).tolist() == [False, True]
