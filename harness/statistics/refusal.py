"""What data cannot tell, as an error whose text is for people; and the checks that several methods share."""

from __future__ import annotations

import math
from collections.abc import Iterable


class CannotConclude(ValueError):
    """The data do not allow the conclusion; the text says why, and what would."""


def finite(values: Iterable[float], what: str, *, least: int = 1) -> list[float]:
    """Values that can be computed with.

    Args:
        values: any numbers.
        what: what each of them is, in the plural: "seeds".
        least: how many are needed.

    Raises:
        CannotConclude: there are too few, or some are not finite.
    """
    found = [float(value) for value in values]
    if len(found) < least:
        raise CannotConclude(f"this needs {_words(least)} {what} or more, not {_words(len(found))}")
    if not all(math.isfinite(value) for value in found):
        raise CannotConclude(f"some values of the {what} are not finite numbers, so nothing can be computed from them")
    return found


def varied(values: Iterable[float], what: str, *, least: int = 2) -> list[float]:
    """Values that say how far others like them would spread.

    Args:
        values, what, least: as of `finite`.

    Raises:
        CannotConclude: as of `finite`, or all are the same.
    """
    found = finite(values, what, least=least)
    if max(found) - min(found) <= 1e-12 * max(map(abs, found)):
        raise CannotConclude(f"all {what} give the same difference, so nothing can be said about other {what}")
    return found


def positive_margin(margin: float) -> float:
    """A margin within which differences count as none.

    Raises:
        CannotConclude: it is not a positive number.
    """
    if not (math.isfinite(margin) and margin > 0):
        raise CannotConclude(
            f"with a margin of {margin:g} nothing can be shown to be equal: state a positive margin, such as 1 point"
        )
    return margin


def _words(number: int) -> str:
    names = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return names[number] if number < len(names) else str(number)
