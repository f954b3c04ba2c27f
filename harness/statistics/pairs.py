"""Two sides that answered the same items, unit by unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.statistics.parts import Combine, Floats, Part, Parts, Population
from harness.statistics.refusal import CannotConclude


def difference(parts: int, combine: Combine) -> Combine:
    """What the first parts make minus what as many further parts make."""
    return lambda scores: combine(scores[:, :parts]) - combine(scores[:, parts:])


def paired(left: Sequence[Part], right: Sequence[Part]) -> Parts:
    """The parts of the left side, then those of the right, item by item in one population where they say no units.

    Raises:
        CannotConclude: the sides do not have the same items in each unit.
        ValueError: the sides have other numbers of parts or of items, or parts of other populations.
    """
    if len(left) != len(right):
        raise ValueError(f"{len(left)} and {len(right)} scores cannot be paired")
    sides: tuple[list[Part], list[Part]] = ([], [])
    for place, pair in enumerate(zip(left, right, strict=True)):
        shapes = [np.shape(part.statistics) for part in pair]
        if shapes[0] != shapes[1]:
            raise ValueError(f"paired statistics differ in shape: {shapes[0]} and {shapes[1]}")
        if [part.units is None for part in pair] != [pair[0].units is None] * 2 or pair[0].population != pair[
            1
        ].population:
            raise ValueError("paired scores are of one population, and either both or neither say their units")
        for side, part in zip(sides, pair, strict=True):
            by_place = Part(
                statistics=part.statistics, value=part.value, units=range(shapes[0][0]), population=("place", place)
            )
            side.append(by_place if part.units is None else part)
    both = Parts.of([*sides[0], *sides[1]])
    _check_paired(both, len(left))
    return both


def swap_changes(population: Population, of_a_side: int) -> Floats:
    """What swapping the two sides of a unit adds to each of its columns, (units, columns)."""
    table, columns = population.table, population.columns
    changes = np.zeros_like(table)
    for place, (first, last) in columns.items():
        other, end = columns[place + of_a_side if place < of_a_side else place - of_a_side]
        changes[:, first : last + 1] = table[:, other : end + 1] - table[:, first : last + 1]
    return changes


def _check_paired(parts: Parts, of_a_side: int) -> None:
    for population in parts.populations:
        for place in population.columns.keys() & range(of_a_side):
            mine, theirs = (population.table[:, population.columns[side][1]] for side in (place, place + of_a_side))
            if not np.array_equal(mine, theirs):
                raise CannotConclude("the two sides are not of the same items, so they cannot be paired")
