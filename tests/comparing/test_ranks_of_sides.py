"""Which of three sides or more is the best."""

from __future__ import annotations

from typing import Any

import pytest

from harness.comparing.findings import Finding, LanguageFinding, TaskFinding
from harness.comparing.pairing import Match
from harness.comparing.ranks import OTHER_SCORES, find_ranks, rank_notes, rank_tables

LEFT = (70.0, 71.0, 69.5, 70.5)
BELOW = (60.0, 61.5, 59.0, 61.0)
NEAR = (70.2, 70.4, 69.9, 70.3)


def task(side: str, right: tuple[float, ...], **other: Any) -> TaskFinding:
    seeds = tuple(range(1, len(right) + 1))
    by_seed = {seed: mine - theirs for seed, mine, theirs in zip(seeds, LEFT, right, strict=True)}
    found = Finding(left=sum(LEFT) / 4, right=sum(right) / 4, value=sum(by_seed.values()) / 4, by_seed=by_seed)
    values: dict[str, Any] = {
        "of": Match(side, "mnli", side),
        "task": "pawsx",
        "metric": "accuracy",
        "unit": "percent",
        "seeds": seeds,
        "right_seeds": seeds,
        "question": "seeds",
        "languages": (LanguageFinding(language="de", n=9, marks=(), found=found),),
        "found": found,
    }
    return TaskFinding(**(values | other))


def test_sides_are_ranked_from_what_each_differs_from_the_left() -> None:
    (found,) = find_ranks("new", [task("low", BELOW), task("near", NEAR)])
    assert [(one.side, one.best, one.worst) for one in found.sides] == [("new", 1, 2), ("near", 1, 2), ("low", 3, 3)]
    assert [one.score for one in found.sides] == pytest.approx([70.25, 70.2, 60.375])
    probable = [one.is_best for one in found.sides]
    assert sum(one for one in probable if one is not None) == pytest.approx(1)
    # One-sided paired t of LEFT and NEAR: t = 0.05 / 0.236 with 3 degrees.
    assert probable[0] == pytest.approx(0.577, abs=0.02)
    (shown,) = rank_tables([found])
    assert [[cell.text for cell in row] for row in shown.rows] == [
        ["pawsx", "new", "70.2", "1 to 2", f"{100 * (probable[0] or 0):.0f} %"],
        ["pawsx", "near", "70.2", "1 to 2", f"{100 * (probable[1] or 0):.0f} %"],
        ["pawsx", "low", "60.4", "3", "<1 %"],
    ]
    (note,) = rank_notes([found])
    assert note.startswith("ranks: those that no sure difference excludes")


def test_where_less_is_better_the_lowest_is_the_best() -> None:
    tasks = [task("low", BELOW, higher_is_better=False), task("near", NEAR, higher_is_better=False)]
    (found,) = find_ranks("new", tasks)
    assert [(one.side, one.best) for one in found.sides] == [("low", 1), ("near", 2), ("new", 2)]
    assert found.sides[0].is_best is not None
    assert found.sides[0].is_best > 0.98


@pytest.mark.parametrize(
    ("other", "why"),
    [({"seeds": (1, 2, 3)}, OTHER_SCORES), ({"languages": ()}, OTHER_SCORES), ({"higher_is_better": None}, "nobody")],
)
def test_sides_that_cannot_be_ranked_together_are_told(other: dict[str, Any], why: str) -> None:
    (found,) = find_ranks("new", [task("low", BELOW, **other), task("near", NEAR)])
    assert not found.sides
    assert rank_tables([found]) == []
    (note,) = rank_notes([found])
    assert note.startswith("no ranks of pawsx: ")
    assert why in note


def test_probabilities_that_cannot_be_told_leave_the_ranks() -> None:
    shifted = tuple(value - 1 for value in LEFT)
    (found,) = find_ranks("new", [task("low", BELOW), task("shifted", shifted)])
    assert [(one.side, one.best, one.is_best) for one in found.sides] == [
        ("new", 1, None),
        ("shifted", 1, None),
        ("low", 3, None),
    ]
    (shown,) = rank_tables([found])
    assert {row[-1].text for row in shown.rows} == {"-"}
    told = list(rank_notes([found]))
    assert told[1].startswith("no probabilities of pawsx: two systems differ by the same in every seed")


def test_two_sides_and_questions_about_items_have_no_ranks() -> None:
    assert find_ranks("new", [task("low", BELOW)]) == ()
    assert find_ranks("new", [task("low", BELOW, question="items"), task("near", NEAR, question="items")]) == ()
    others = [task("low", BELOW), task("near", NEAR, of=Match("near", "qqp", "qqp"))]
    assert find_ranks("new", others) == ()


def test_arms_are_named_where_there_are_several() -> None:
    sides = [("a", BELOW), ("b", NEAR)]
    tasks = [task(side, right, of=Match(side, arm, arm)) for arm in ("mnli", "qqp") for side, right in sides]
    found = find_ranks("new", tasks)
    (shown,) = rank_tables(found)
    assert [row[1].text for row in shown.rows][::3] == ["new, arm mnli", "new, arm qqp"]
