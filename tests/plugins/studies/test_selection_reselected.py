"""What picks of the study `selection` are worth where other items select."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from harness_plugins.studies.selection.candidates import CandidateScores
from harness_plugins.studies.selection.picks import Pool
from harness_plugins.studies.selection.reselected import reselected

from harness import studykit
from harness.item_scores import ItemScores
from harness.metrics import Metric, percent_of_items
from harness.results.scores import Row, Scores
from harness.statistics.distributions import t_quantile
from harness.testing.simulated import simulate
from harness.testing.validity import evidence
from harness.testing.worlds import SimulatedTask, World

ITEMS = tuple(f"item {number}" for number in range(60))
RIGHT = Metric(name="right", kinds=("text-classification",), statistics=lambda _: [], value=percent_of_items)
RNG = np.random.default_rng(5)
LEFT, BOTH = RNG.random(60) < 0.5, np.ones(60, np.bool_)
ANSWERS = {"close a": LEFT, "close b": RNG.permutation(LEFT), "sure a": ~BOTH, "sure b": BOTH}


def row(criterion: str, arm: str, seed: int, language: str = "de") -> Row:
    place = {"arm": f"{criterion} {arm}", "seed": seed, "task": criterion, "language": language}
    return {**place, "metric": "right", "value": 0, "perturbation": "", "data": "digest"}


def items(row: Row) -> ItemScores:
    return ItemScores(RIGHT, ANSWERS[row["arm"]].astype(float)[:, None], None, ITEMS)


def sides(criteria: tuple[str, str], seeds: int) -> list[list[list[list[Row]]]]:
    return [[[[row(name, arm, seed)] for arm in "ab"] for seed in range(seeds)] for name in criteria]


def pools(*worth: tuple[float, float]) -> dict[int, Pool]:
    gains = [{"xquad": dict(zip("ab", own, strict=True))} for own in worth]
    return {seed: Pool(own, own, {"xquad": 1.0}) for seed, own in enumerate(gains)}


def test_picks_follow_the_items_that_select() -> None:
    """One criterion always picks b; the other picks a as often as an own drawing of the first half's items says."""
    found = reselected(*sides(("close", "sure"), 2), items, pools((10.0, 0.0), (4.0, 1.0)))
    half = studykit.first_half(Scores([row("close", arm, 0) for arm in "ab"], items))
    first = [half.items(own) for own in half.rows]
    mine, other = (own.statistics[:, 0] for own in first if own is not None)
    others = studykit.first_half(Scores([row("sure", "a", 0)], items)).rows[0]["n"]
    assert found.units == min(len(mine), others)
    drawn = np.random.default_rng(1).integers(len(mine), size=(20_000, len(mine)))
    ahead = (mine - other)[drawn].sum(axis=1)
    picked = np.mean(ahead > 0) + np.mean(ahead == 0) / 2
    assert 0.1 < picked < 0.9
    # 1,000 samples of a share have a standard error of 0.016.
    assert found.sums[:, 0].mean() == pytest.approx(10 * picked, abs=0.5)
    # Both seeds have the same scores, so the same items make the same picks of them.
    assert found.sums[:, 1] == pytest.approx(0.3 * found.sums[:, 0])
    assert set(np.round(found.sums[:, 0], 9)) == {0.0, 5.0, 10.0}


def test_criteria_that_pick_surely_do_not_depend_on_their_items() -> None:
    found = reselected(*sides(("sure", "sure"), 3), items, pools((10.0, 0.0), (4.0, 1.0), (0.0, 2.0)))
    assert not found.sums.any()
    assert found.source()[0] == 0


def test_samples_that_leave_a_language_without_items_are_left_out_on_both_sides() -> None:
    """One criterion has a second language, of 12 of the 60 items, in which a is always right and b never."""

    def of(own: Row) -> ItemScores:
        if own["language"] == "de":
            return items(own)
        right = np.full(60, own["arm"].endswith("a"))
        return ItemScores(RIGHT, right.astype(float)[:, None], None, ITEMS).some(np.arange(60) < 12)

    one, other = sides(("close", "sure"), 2)
    one = [[[*rows, {**rows[0], "language": "sw"}] for rows in seed] for seed in one]
    found = reselected(one, other, of, pools((10.0, 0.0), (4.0, 1.0)))
    # All others pick a by the second language, where the other criterion picks b.
    assert 950 <= len(found.sums) < 1000
    assert (found.sums == [10.0, 3.0]).all()


def test_an_answer_is_over_items_that_select_too(monkeypatch: pytest.MonkeyPatch) -> None:
    arms = ("mnli{steps=100}", "mnli{steps=300}", "squad{steps=100}")
    names = ("xnli", "tydiqa", "xcopa")
    tasks = tuple(SimulatedTask(name=name, languages=("en", "qaa", "qab"), items=40) for name in names)
    known = evidence(simulate(World(arms=("none", *arms), tasks=tasks, seeds=5), 2))
    read = CandidateScores.of(known, ("none", *arms), names, (1, 2, 3, 4, 5))
    known_pools = read.pools(arms, ("xcopa",), "none")
    one = read.criterion("XNLI", arms, "xnli", "macro_f1", english=False)
    other = read.criterion("TyDi QA", arms, "tydiqa", "squad_f1", english=False)
    assert one is not None
    assert other is not None
    drawn: list[studykit.Reselected] = []
    picked_by: list[set[tuple[Any, ...]]] = []

    def spied(*args: Any) -> studykit.Reselected:
        drawn.append(reselected(*args))
        for rows in args[:2]:
            flat = [row for seed in rows for candidate in seed for row in candidate]
            picked_by.append({(row["task"], row["metric"], row["language"]) for row in flat})
        return drawn[-1]

    def answered(make: Any) -> studykit.Answer:
        monkeypatch.setattr("harness_plugins.studies.selection.reselected.reselected", make)
        found: studykit.Answer = read.answer(one, other, known_pools, 5.0)
        return found

    found = answered(spied).interval
    given = answered(lambda *_, **__: studykit.Reselected(sums=np.zeros((2, 5)), units=20)).interval
    assert found is not None
    assert given is not None
    square, degrees = drawn[0].source()
    assert square > 0
    half = t_quantile(0.975, degrees) * math.sqrt(square)
    assert (found.high - found.low) / 2 == pytest.approx(math.hypot((given.high - given.low) / 2, half))
    # Of what a criterion is: English rows pick nothing.
    by = [("xnli", "macro_f1"), ("tydiqa", "squad_f1")]
    assert picked_by == [{(*own, code) for code in ("qaa", "qab")} for own in by]


def test_an_answer_needs_items_enough_to_draw() -> None:
    """A language with one item of many is left without any by a third of all draws."""
    rows = [{**row("close", "a", 0), "n": 60}, {**row("close", "a", 0, "sw"), "n": 1}]
    few = Scores(rows, lambda own: items(own).some(BOTH if own["language"] == "de" else np.arange(60) == 0))
    with pytest.raises(studykit.CannotConclude, match="often leaves none"):
        studykit.redrawn_scores(few)


def test_questions_of_one_passage_say_nothing_about_others() -> None:
    one = dataclasses.replace(items(row("close", "a", 0)), clusters=np.zeros(60, np.int64))
    with pytest.raises(studykit.CannotConclude, match="one passage"):
        studykit.redrawn_scores(Scores([{**row("close", "a", 0), "n": 60}], lambda _: one))
