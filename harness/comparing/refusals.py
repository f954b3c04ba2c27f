"""What is not compared, in words: which task, language, seed or arm, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from harness.comparing.pairing import Match, Refused, RefusedMatch
from harness.results.words import enumerate_names


@dataclass(frozen=True)
class Refusal:
    """What is left out for one reason.

    Attributes:
        what: tasks, with languages, seeds and arms where these are not all of them.
        why: the reason.
        fix: what would make it comparable; "" where nothing does.
    """

    what: str
    why: str
    fix: str


def told_once(refused: Sequence[RefusedMatch], matches: Collection[Match]) -> list[Refusal]:
    """What is left out, with what several tasks and arms share said once.

    Args:
        matches: all arms that were to be compared; those of a refusal are named if it does not hold for all.
    """
    of_tasks: dict[tuple[str, str, str, str], dict[Match, None]] = {}
    for one in refused:
        reason = one.refused
        of_tasks.setdefault((reason.why, reason.fix, _part(reason), reason.task), {})[one.of] = None
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for (why, fix, part, task), own in of_tasks.items():
        arms = "" if set(own) >= set(matches) else f", {enumerate_names(_arms(list(own), matches))}"
        found.setdefault((why, fix, f"{part}{arms}"), {})[task] = None
    return [Refusal(f"{enumerate_names(list(tasks))}{part}", why, fix) for (why, fix, part), tasks in found.items()]


def _part(reason: Refused) -> str:
    """The languages or seeds of a task, where they are not all of them."""
    if reason.languages:
        return f" in {', '.join(reason.languages)}"
    if reason.seeds:
        return f", seed{'s' if len(reason.seeds) > 1 else ''} {', '.join(map(str, reason.seeds))}"
    return ""


def _arms(own: Sequence[Match], matches: Collection[Match]) -> list[str]:
    several = len({match.side for match in matches}) > 1
    found = []
    for match in own:
        same = match.left_arm == match.right_arm
        arms = f"arm {match.left_arm}" if same else f"{match.left_arm} beside {match.right_arm}"
        found.append(f"{arms} of {match.side}" if several else arms)
    return found
