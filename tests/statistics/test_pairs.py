"""Two sides that answered the same items."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest

from harness.metrics import percent_of_items
from harness.statistics.pairs import difference, paired, swap_changes
from harness.statistics.parts import Part, mean
from harness.statistics.refusal import CannotConclude


def part(rows: npt.ArrayLike, units: Iterable[int] | None = None) -> Part:
    return Part(statistics=np.reshape(np.asarray(rows, dtype=float), (-1, 1)), value=percent_of_items, units=units)


def test_items_without_names_are_paired_by_their_order() -> None:
    both = paired([part([1, 0, 1]), part([0, 0])], [part([1, 1, 0]), part([1, 0])])
    assert [len(population.table) for population in both.populations] == [3, 2]
    assert difference(2, mean)(both.whole())[0] == pytest.approx(100 * (2 / 3 + 0) / 2 - 100 * (2 / 3 + 1 / 2) / 2)


def test_items_with_names_are_paired_by_them() -> None:
    both = paired([part([1, 0, 1], [1, 2, 3])], [part([0, 1, 1], [3, 2, 1])])
    assert both.populations[0].table.tolist() == [[1, 1, 1, 1], [0, 1, 1, 1], [1, 1, 0, 1]]


def test_swapping_a_unit_gives_each_side_the_other_s_numbers() -> None:
    population = paired([part([1, 0, 1])], [part([1, 1, 0])]).populations[0]
    assert swap_changes(population, 1).tolist() == [[0, 0, 0, 0], [1, 0, -1, 0], [-1, 0, 1, 0]]


def test_sides_of_other_items_are_not_paired() -> None:
    with pytest.raises(CannotConclude, match="not of the same items"):
        paired([part([1, 0, 1], [1, 2, 3])], [part([1, 1, 1], [1, 2, 4])])
    with pytest.raises(ValueError, match="cannot be paired"):
        paired([part([1, 0, 1])], [])
    with pytest.raises(ValueError, match="differ in shape"):
        paired([part([1, 0, 1])], [part([1, 0])])
    with pytest.raises(ValueError, match="either both or neither"):
        paired([part([1, 0, 1])], [part([1, 0, 1], [1, 2, 3])])
