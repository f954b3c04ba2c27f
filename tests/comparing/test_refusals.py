from __future__ import annotations

from harness.comparing.pairing import Match, Refused, RefusedMatch
from harness.comparing.refusals import told_once

NONE, MNLI = Match("old", "none", "none"), Match("old", "mnli", "mnli")
OTHER = Match("older", "mnli", "base")


def refused(task: str = "pawsx", **other: object) -> Refused:
    values = {"languages": (), "code": "one-side-only", "why": "only the left side has it", **other}
    return Refused(task=task, **values)  # type: ignore[arg-type]


def told(*pairs: tuple[Match, Refused], matches: tuple[Match, ...] = (NONE, MNLI)) -> list[str]:
    return [one.what for one in told_once([RefusedMatch(*pair) for pair in pairs], matches)]


def test_what_holds_for_all_arms_and_several_tasks_is_told_once() -> None:
    both = [(match, refused(task, languages=("de",))) for match in (NONE, MNLI) for task in ("pawsx", "xnli")]
    assert told(*both) == ["pawsx and xnli in de"]


def test_seeds_and_arms_are_named() -> None:
    assert told((NONE, refused(seeds=(2, 3))), (MNLI, refused(seeds=(2,)))) == [
        "pawsx, seeds 2, 3, arm none",
        "pawsx, seed 2, arm mnli",
    ]


def test_arms_of_several_sides_are_told_with_their_side() -> None:
    assert told((OTHER, refused()), matches=(MNLI, OTHER)) == ["pawsx, mnli beside base of older"]
