"""What is answered to a question that was fixed before looking."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.statistics.answer import Answer, By, Question, Reply, answer, answer_by_interval, pool
from harness.statistics.distributions import t_quantile
from harness.statistics.intervals import OTHER_ENCODERS, OTHER_SEEDS, Interval
from harness.statistics.power import seeds_to_answer
from harness.statistics.refusal import CannotConclude


def differences(low: float, high: float) -> list[float]:
    """Five differences whose 95 % interval has these ends."""
    shape = [-2.0, -1.0, 0.0, 1.0, 2.0]
    half = t_quantile(0.975, 4) * math.sqrt(2.5) / math.sqrt(5)
    return [(low + high) / 2 + value * (high - low) / 2 / half for value in shape]


GAIN, LOSS, DIFFERENCE = Question.GAIN, Question.LOSS, Question.DIFFERENCE
YES, NO, UNSURE = Reply.YES, Reply.NO, Reply.CANNOT_TELL


@pytest.mark.parametrize(
    ("question", "low", "high", "reply", "material", "by"),
    [
        (GAIN, 0.2, 3.0, YES, False, None),
        (GAIN, 1.1, 3.0, YES, True, None),
        (GAIN, 0.2, 0.8, YES, False, None),
        (GAIN, -0.2, 3.0, UNSURE, False, None),
        (GAIN, -0.9, 0.9, NO, False, By.EQUIVALENCE),
        # What is surely below the margin is no gain that matters, however wide the interval is.
        (GAIN, -7.0, 0.9, NO, False, By.NON_SUPERIORITY),
        (GAIN, -0.2, 1.1, UNSURE, False, None),
        (GAIN, -0.9, -0.1, NO, False, By.EQUIVALENCE),
        (GAIN, -3.0, -0.2, NO, False, By.OTHER_DIRECTION),
        (LOSS, -3.0, -0.2, YES, False, None),
        (LOSS, -3.0, -1.1, YES, True, None),
        (LOSS, -0.8, -0.2, YES, False, None),
        # What is surely above minus the margin is no loss, however wide the interval is.
        (LOSS, -0.9, 7.0, NO, False, By.NON_INFERIORITY),
        (LOSS, -1.1, 0.2, UNSURE, False, None),
        (LOSS, 0.2, 3.0, NO, False, By.NON_INFERIORITY),
        (DIFFERENCE, 1.1, 3.0, YES, True, None),
        (DIFFERENCE, -3.0, -0.2, YES, False, None),
        (DIFFERENCE, -3.0, -1.1, YES, True, None),
        (DIFFERENCE, -0.9, 0.9, NO, False, By.EQUIVALENCE),
        (DIFFERENCE, -0.9, 1.1, UNSURE, False, None),
    ],
)
def test_the_rule(question: Question, low: float, high: float, reply: Reply, material: bool, by: By | None) -> None:
    found = answer(differences(low, high), question)
    assert (found.reply, found.material, found.by) == (reply, material, by)
    assert found.interval is not None
    assert [found.interval.low, found.interval.high] == pytest.approx([low, high])
    assert found.interval.answers == OTHER_SEEDS
    assert found.mean == pytest.approx((low + high) / 2)
    assert (found.n, found.unit, found.margin) == (5, "seeds", 1.0)
    # More seeds are asked for only where more can tell.
    assert (found.needed is not None) == (reply is UNSURE)


@pytest.mark.parametrize("question", Question)
@pytest.mark.parametrize(("low", "high"), [(0.2, 0.8), (-3.0, -0.2), (-0.5, 0.5), (-4.0, 2.0), (1.5, 9.0)])
def test_turned_round_a_loss_is_a_gain(question: Question, low: float, high: float) -> None:
    turned = {GAIN: LOSS, LOSS: GAIN, DIFFERENCE: DIFFERENCE}[question]
    found, other = answer(differences(low, high), question), answer(differences(-high, -low), turned)
    assert (found.reply, found.material) == (other.reply, other.material)


def test_a_margin_decides_what_is_material_and_what_is_none() -> None:
    found = differences(1.5, 3.0)
    assert [answer(found, GAIN, margin=margin).material for margin in (1.0, 2.0)] == [True, False]
    found = differences(-1.5, 1.2)
    for question in (GAIN, DIFFERENCE):
        assert [answer(found, question, margin=margin).reply for margin in (1.0, 2.0)] == [UNSURE, NO]
    for margin in (0.0, -1.0, math.nan):
        with pytest.raises(CannotConclude, match="positive margin"):
            answer(found, GAIN, margin=margin)


def test_a_yes_needs_the_corrected_p() -> None:
    found = answer(differences(0.2, 3.0), GAIN, p=0.08)
    assert (found.reply, found.p) == (UNSURE, 0.08)
    assert found.why == "the 95 % interval [+0.20, +3.00] leaves 0 out, but p is 0.08 after correction"
    assert answer(differences(0.2, 3.0), GAIN, p=0.05).reply is YES
    # A p-value makes no yes of an interval that holds 0, and a no needs none.
    assert answer(differences(-0.2, 3.0), GAIN, p=0.001).reply is UNSURE
    assert answer(differences(-0.9, 0.9), GAIN, p=1.0).reply is NO
    assert answer(differences(0.0, 2.0), GAIN).p == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("question", "low", "high"),
    [(GAIN, 0.2, 3.0), (GAIN, 0.2, 0.8), (LOSS, -3.0, -0.2), (LOSS, -0.8, -0.2), (DIFFERENCE, -0.8, -0.2)],
)
def test_what_would_be_a_yes_by_itself_is_no_no_after_correction(question: Question, low: float, high: float) -> None:
    assert answer(differences(low, high), question).reply is YES
    found = answer(differences(low, high), question, p=0.08)
    assert (found.reply, found.by) == (UNSURE, None)
    assert found.why.endswith("leaves 0 out, but p is 0.08 after correction")
    # More seeds than for an answer without correction, and how many more is not known.
    assert found.needed is None


def test_a_no_by_the_other_direction_needs_the_corrected_p() -> None:
    # That there is no gain needs none.
    found = answer(differences(-3.0, -0.2), GAIN, p=0.08)
    assert (found.reply, found.by, found.needed) == (NO, By.NON_SUPERIORITY, None)
    assert found.why == "the 95 % interval [-3.00, -0.20] lies below 1 point"
    assert answer(differences(-3.0, -0.2), GAIN, p=0.05).by is By.OTHER_DIRECTION
    # Within the margin it is none without any claim of a direction, and so is what is no loss.
    assert answer(differences(-0.9, -0.1), GAIN, p=0.08).by is By.EQUIVALENCE
    assert answer(differences(0.2, 3.0), LOSS, p=0.08).by is By.NON_INFERIORITY


def test_more_seeds_are_asked_for_than_there_are() -> None:
    # They spread so little that as many would do if there were no difference; but there may be one of the margin.
    values = differences(-0.001, 1.001)
    assert seeds_to_answer(values, 1.0, two_sided=False).likely <= 5
    found = answer(values, GAIN)
    assert found.reply is UNSURE
    assert found.needed is not None
    assert (found.needed.least, found.needed.likely) == (6, 6)
    assert found.needed.most >= 6


def test_one_side_takes_fewer_seeds_than_both() -> None:
    values = differences(-3.0, 3.0)
    gain, loss, difference = (answer(values, question).needed for question in (GAIN, LOSS, DIFFERENCE))
    assert difference == seeds_to_answer(values, 1.0, two_sided=True)
    assert gain == loss == seeds_to_answer(values, 1.0, two_sided=False)
    assert gain is not None
    assert difference is not None
    assert gain.likely < difference.likely


def test_another_level_is_another_interval() -> None:
    found = differences(-0.05, 3.0)
    assert [answer(found, GAIN, level=level).reply for level in (0.95, 0.9)] == [UNSURE, YES]


@pytest.mark.parametrize(
    ("values", "why", "mean"),
    [
        ([], "needs two seeds or more", None),
        ([3.0], "two seeds or more, not one", 3.0),
        ([2.0, 2.0, 2.0], "all seeds give the same difference", 2.0),
        ([0.0, 0.0], "all seeds give the same difference", 0.0),
        ([1.0, math.nan, 2.0], "not finite", None),
        ([1.0, math.inf], "not finite", None),
    ],
)
def test_what_cannot_be_told(values: list[float], why: str, mean: float | None) -> None:
    found = answer(values, DIFFERENCE)
    assert (found.reply, found.mean, found.n) == (UNSURE, mean, len(values))
    assert (found.interval, found.needed, found.p) == (None, None, None)
    assert why in found.why


@pytest.mark.parametrize(
    ("question", "low", "high", "why"),
    [
        (GAIN, 0.2, 3.0, "the 95 % interval [+0.20, +3.00] lies above 0"),
        (GAIN, 0.001, 3.0, "the 95 % interval [+0.001, +3.00] lies above 0"),
        (GAIN, 0.2, 0.8, "the 95 % interval [+0.20, +0.80] lies above 0, and within the margin of 1 point"),
        (LOSS, -9.0, -2.0, "the 95 % interval [-9.00, -2.00] lies below 0 and beyond the margin of 1 point"),
        (LOSS, -0.9, 7.0, "the 95 % interval [-0.90, +7.00] lies above -1 point"),
        (GAIN, -0.9, 0.9, "the 95 % interval [-0.90, +0.90] lies within the margin of 1 point"),
        (GAIN, -9.0, -2.0, "the 95 % interval [-9.00, -2.00] lies below 0"),
        (GAIN, -9.0, 0.5, "the 95 % interval [-9.00, +0.50] lies below 1 point"),
        (GAIN, -2.0, 9.0, "the 95 % interval [-2.00, +9.00] holds 0 and reaches beyond the margin of 1 point"),
    ],
)
def test_an_answer_says_why(question: Question, low: float, high: float, why: str) -> None:
    assert answer(differences(low, high), question).why == why


@pytest.mark.parametrize("question", [GAIN, LOSS, DIFFERENCE])
def test_with_the_seeds_that_it_asks_for_no_difference_is_found_to_be_none(question: Question) -> None:
    generator = np.random.default_rng(0)
    spread = 1.5
    # Differences whose standard deviation is exactly that of what is drawn below.
    unsure = answer([-spread / math.sqrt(2), spread / math.sqrt(2)], question)
    assert unsure.needed is not None
    seeds = unsure.needed.likely
    replies = [answer(generator.normal(0, spread, seeds).tolist(), question).reply for _ in range(400)]
    # 80 %, with three standard errors of 400 experiments; and not many more than it takes.
    assert 0.74 <= np.mean([reply is NO for reply in replies]) <= 0.92
    size = -1.0 if question is LOSS else 1.0
    replies = [answer(generator.normal(size, spread, seeds).tolist(), question).reply for _ in range(400)]
    assert np.mean([reply is YES for reply in replies]) >= 0.74


def of(mean: float, question: Question = GAIN) -> Answer:
    return answer([mean - 1, mean + 1, mean], question)


def test_encoders_are_pooled_from_three_up() -> None:
    found = pool([of(mean) for mean in differences(0.2, 3.0)])
    assert (found.reply, found.n, found.unit) == (YES, 5, "encoders")
    assert found.interval is not None
    assert [found.interval.low, found.interval.high] == pytest.approx([0.2, 3.0])
    assert found.interval.answers == OTHER_ENCODERS
    two = pool([of(2.0), of(2.1)])
    assert two.reply is UNSURE
    assert two.mean == pytest.approx(2.05)
    assert two.why == "this needs three encoders or more, not two"
    assert pool([of(2.0), of(2.1), of(2.2)]).reply is YES
    unsure = pool([of(2.0), of(-2.1), of(0.2)])
    assert unsure.needed is not None
    assert unsure.needed.unit == "encoders"


def test_what_cannot_be_pooled() -> None:
    with pytest.raises(ValueError, match="one question"):
        pool([of(1.0), of(2.0), of(3.0, LOSS)])
    with pytest.raises(ValueError, match="one question"):
        pool([of(1.0), of(2.0), replace(of(3.0), margin=2.0)])
    with pytest.raises(ValueError, match="one question"):
        pool([])
    found = pool([of(1.0), of(2.0), answer([math.nan, 1.0], GAIN)])
    assert (found.reply, found.why) == (UNSURE, "some encoders have no mean difference")
    assert pool([of(1.0), of(1.0), of(1.0)]).why.startswith("all encoders give the same difference")


def test_an_interval_over_more_than_seeds_decides_where_it_is_given() -> None:
    wider = Interval(low=-0.4, high=3.6, level=0.9, method="t of several sources", answers="seeds and items")
    found = answer(differences(0.2, 3.0), GAIN, interval=wider)
    assert (found.reply, found.interval, found.p) == (UNSURE, wider, None)
    assert found.mean == pytest.approx(1.6)
    # How many seeds narrow it cannot be told from differences over seeds alone: its items may decide.
    assert found.needed is None
    assert answer(differences(0.2, 3.0), GAIN, interval=replace(wider, low=0.1), p=0.04).reply is YES
    # Without a spread over seeds nothing is said, whatever the interval is of.
    assert answer([2.0], GAIN, interval=wider).reply is UNSURE


@pytest.mark.parametrize(
    ("question", "low", "high", "p", "reply"),
    [
        (GAIN, 0.1, 0.7, 0.01, YES),
        (GAIN, 0.1, 0.7, 0.06, UNSURE),
        (GAIN, -0.2, 0.29, 0.6, NO),
        (GAIN, -0.2, 0.31, 0.6, UNSURE),
        (GAIN, -0.7, -0.1, 0.01, NO),
        (DIFFERENCE, -0.7, -0.1, 0.01, YES),
    ],
)
def test_numbers_that_are_no_means_over_seeds_are_answered_by_the_same_rule(
    question: Question, low: float, high: float, p: float, reply: Reply
) -> None:
    interval = Interval(low=low, high=high, level=0.95, method="permutations", answers="other tasks")
    found = answer_by_interval(
        (low + high) / 2, interval, question, margin=0.3, n=9, unit="tasks", quantity="rank correlation", p=p
    )
    assert (found.reply, found.mean, found.p, found.n, found.unit) == (reply, (low + high) / 2, p, 9, "tasks")
    assert found.needed is None
    assert "point" not in found.why
    same = pool([found, found, replace(found, mean=(low + high) / 2 + 0.01)])
    assert (same.quantity, same.unit) == ("rank correlation", "encoders")
    with pytest.raises(ValueError, match="one question"):
        pool([found, found, replace(found, quantity="points")])
