"""How often a study is right."""

from __future__ import annotations

import dataclasses

import pytest

from harness.statistics.answer import Answer, Question, Reply, answer
from harness.studies.evidence import Evidence
from harness.testing.validity import Bound, Condition, Rates, rates_of, rates_table
from harness.testing.worlds import SimulatedTask, World

WORLD = World(arms=("none",), tasks=(SimulatedTask(name="xnli", languages=("en",), items=20),), seeds=2)


def always(values: list[float]) -> Answer:
    return answer(values, Question.GAIN)


def alternating(evidence: Evidence) -> Answer:
    """Yes where the first seed is the better one, else cannot tell."""
    first, second = (row["value"] for row in evidence.scores.rows)
    return always([3.0, 3.1, 3.2] if first > second else [1.0])


CONDITION = Condition(name="off", world=WORLD, bounds=(Bound(Reply.YES, most=0.6),))


def test_answers_are_counted() -> None:
    found = rates_of(CONDITION, alternating, 100)
    assert found.experiments == 100
    assert 0.2 < found.share(Reply.YES) < 0.6
    assert found.replies[Reply.CANNOT_TELL] == 100 - found.replies[Reply.YES]
    assert found.material == found.replies[Reply.YES]
    # The same experiments are drawn again.
    assert rates_of(CONDITION, alternating, 100) == found


@pytest.mark.parametrize(
    ("least", "most", "yes", "kept"),
    [(0.0, 0.075, 3, True), (0.0, 0.075, 4, False), (0.8, 1.0, 32, True), (0.8, 1.0, 31, False)],
)
def test_a_share_is_as_asked_or_not(least: float, most: float, yes: int, kept: bool) -> None:
    bound = Bound(Reply.YES, least, most)
    rates = Rates(dataclasses.replace(CONDITION, bounds=(bound,)), {Reply.YES: yes, Reply.NO: 40 - yes}, 0)
    assert rates.missed == (() if kept else (bound,))


def test_a_table_says_what_was_asked_and_what_came() -> None:
    rates = Rates(CONDITION, {Reply.YES: 10, Reply.NO: 30}, 5)
    table = rates_table("a study", [rates])
    (row,) = table.rows
    assert table.columns == ("condition", "yes", "no", "cannot tell", "material", "asked", "kept")
    found = [cell.text for cell in row]
    # Clopper and Pearson's interval of 10 of 40 is 12.7 to 41.2; Wilson's 14.2 to 40.2.
    assert found[0] == "off"
    assert found[1].startswith("25.0 [14.2, 40.2]")
    assert found[3].startswith("0.0 [0.0, ")
    assert found[4:] == ["12.5", "yes in at most 60 %", "yes"]


def test_all_that_is_asked_for_has_to_be_kept() -> None:
    condition = dataclasses.replace(CONDITION, bounds=(Bound(Reply.YES, most=0.075), Bound(Reply.NO, least=0.8)))
    few, many, neither = (
        Rates(condition, {Reply.YES: yes, Reply.NO: no, Reply.CANNOT_TELL: 500 - yes - no}, 0)
        for yes, no in ((37, 463), (40, 460), (40, 300))
    )
    found = [[cell.text for cell in row[-2:]] for row in rates_table("a study", [few, many, neither]).rows]
    asked = "yes in at most 7.5 %, no in at least 80 %"
    assert found == [
        [asked, "yes"],
        [asked, "not kept: yes in 8.0 %"],
        [asked, "not kept: yes in 8.0 %, no in 60.0 %"],
    ]
