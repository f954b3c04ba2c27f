"""What a record cannot say though its fields have the right types; each check raises a ValueError that says why."""

from __future__ import annotations

import math
from collections.abc import Mapping

from harness.visible import HIDDEN

ROUNDING = 1e-6
"""By how much sums of rounded numbers may go beyond 0 and 100."""


def check_coordinates(at: Mapping[str, str | int], needed: tuple[str, ...]) -> None:
    """Refuse coordinates without those that are needed, or with a seed that is no number."""
    for name in needed:
        if name not in at:
            raise ValueError(f"`at` lacks the coordinate {name}")
    if not isinstance(at["seed"], int):
        raise ValueError("the coordinate seed is not a number")
    check_names(*at, *(name for name in at.values() if isinstance(name, str)))


def check_names(*names: str) -> None:
    """Refuse names with characters that are not shown but obeyed: no run gives such a name to anything."""
    for name in names:
        if HIDDEN.search(name):
            raise ValueError(f"{name!r} is no name: it has characters that cannot be seen")


def check_outcome(status: str, value: float | None) -> None:
    """Refuse a value of what failed, none of what did not, and one that is infinite or not a number."""
    if (status == "ok") != (value is not None):
        raise ValueError(f"the status is {status}, and the value {'null' if value is None else value}")
    check_finite(value=value)


def check_finite(**numbers: float | None) -> None:
    """Refuse numbers that are infinite or not a number, by their names."""
    for name, number in numbers.items():
        if isinstance(number, float) and not math.isfinite(number):
            raise ValueError(f"{name} is {number}")


def check_interval(low: float, high: float, level: float) -> None:
    """Refuse an interval with numbers that are none, or the wrong way round."""
    check_finite(low=low, high=high, level=level)
    if low > high:
        raise ValueError(f"the interval begins at {low:g}, above its end {high:g}")


def check_unit(unit: str, *numbers: float | None) -> None:
    """Refuse numbers beyond what their unit has: percent are from 0 to 100."""
    for number in numbers if unit == "percent" else ():
        if isinstance(number, int | float) and not -ROUNDING <= number <= 100 + ROUNDING:
            raise ValueError(f"{number:g} is no percent of anything: beyond 0 to 100")
