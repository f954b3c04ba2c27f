"""Which arm each arm's gains are against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from harness.errors import UnknownName
from harness.results.schema import Arm


class Labelled(Protocol):
    """An arm by its label, with and without the values that its run varies."""

    @property
    def label(self) -> str:
        """What tables call it."""

    @property
    def base_label(self) -> str:
        """The same without those values."""


def check_against(against: str | None, arms: Iterable[Labelled]) -> None:
    """Refuse to compare with an arm that is not there.

    Args:
        against: label of an arm, or of one in all values that its run varies; none for the default.

    Raises:
        UnknownName: it is no arm's.
    """
    known = dict.fromkeys(label for arm in arms for label in (arm.label, arm.base_label) if label)
    if against and against not in known:
        raise UnknownName("arm", against, known, where="--against")


def references(arms: Sequence[Arm], against: str | None) -> dict[str, str]:
    """The label of the arm that each arm is compared with; "" for an arm that is the one, or has none.

    Unless one arm is named, each is compared with one that has the same values of what the run varies. By default it is
    the arm without intermediate training, with the same settings of its own if there is one; no name decides that.

    Args:
        arms: of one run.
        against: label of the arm that gains are to be against: with the varied values that one arm is meant for all,
            without them the one that has the same values as each.
    """
    return {arm.label: _reference(arm, arms, against) for arm in arms}


def _reference(arm: Arm, arms: Sequence[Arm], against: str | None) -> str:
    alike = [other for other in arms if other.varied == arm.varied]
    if against is None:
        found = _untrained(arm, alike)
    else:
        found = next((other for other in arms if other.label == against), None)
        if found is None:
            chosen = next((other for other in arms if other.base_label == against), None)
            same = [other for other in alike if chosen and _recipe(other) == _recipe(chosen)]
            found = same[0] if same else chosen
    return "" if found is None or found is arm else found.label


def _untrained(arm: Arm, alike: Sequence[Arm]) -> Arm | None:
    """The arm without intermediate training that suits an arm best."""
    without = [other for other in alike if not other.phases]
    plain = [other for other in without if not other.settings]
    if not arm.phases:
        return plain[0] if plain and arm.settings else None
    own = [other for other in without if other.settings == arm.settings]
    return next(iter((*own, *plain, *without)), None)


def _recipe(arm: Arm) -> tuple[object, ...]:
    return arm.phases, arm.settings
