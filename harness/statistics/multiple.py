"""Corrections of p-values for how many were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.statistics.refusal import CannotConclude, finite


@dataclass(frozen=True)
class Corrected:
    """P-values that can be compared with 0.05 although several were looked at.

    Attributes:
        p: in the order given.
        method: "holm" or "benjamini-hochberg".
        claims: what it keeps below 5 %, in words.
    """

    p: tuple[float, ...]
    method: str
    claims: str


def holm(p: Sequence[float]) -> Corrected:
    """For a confirmatory family, whose tests were chosen beforehand: Holm 1979.

    Raises:
        CannotConclude: no p-values, or some that are not between 0 and 1.
    """
    found = _p_values(p)
    corrected, largest = [0.0] * len(found), 0.0
    for place, index in enumerate(sorted(range(len(found)), key=found.__getitem__)):
        largest = max(largest, min(1.0, (len(found) - place) * found[index]))
        corrected[index] = largest
    return Corrected(tuple(corrected), "holm", "the chance of any false claim in the family")


def benjamini_hochberg(p: Sequence[float]) -> Corrected:
    """For exploration, such as language by language: Benjamini and Hochberg 1995.

    Raises:
        CannotConclude: as of `holm`.
    """
    found = _p_values(p)
    corrected, least = [0.0] * len(found), 1.0
    for rank, index in reversed(list(enumerate(sorted(range(len(found)), key=found.__getitem__), start=1))):
        least = min(least, found[index] * len(found) / rank)
        corrected[index] = least
    return Corrected(tuple(corrected), "benjamini-hochberg", "the share of false ones among the claims")


def _p_values(p: Sequence[float]) -> list[float]:
    found = finite(p, "p-values")
    if not all(0 <= value <= 1 for value in found):
        raise CannotConclude(f"p-values lie between 0 and 1, and {max(found, key=lambda v: abs(v - 0.5)):g} does not")
    return found
