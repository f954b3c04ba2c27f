"""What is kept and what is lost when tasks are trained one after the other."""

from __future__ import annotations

import math

import pytest

from harness.statistics.forgetting import Omega, backward_transfer, forgetting, omega
from harness.statistics.refusal import CannotConclude

NAN = math.nan
# Three tasks, one per stage; the first is forgotten in two steps, the second gains.
CHAIN = [
    [80.0, NAN, NAN],
    [70.0, 60.0, NAN],
    [65.0, 64.0, 90.0],
]
# The same with scores of tasks that are not trained yet.
ZERO_SHOT = [
    [80.0, 35.0, 20.0],
    [70.0, 60.0, 30.0],
    [65.0, 64.0, 90.0],
]


def test_later_stages_take_from_earlier_tasks() -> None:
    assert backward_transfer(CHAIN) == pytest.approx(((65 - 80) + (64 - 60)) / 2)
    assert backward_transfer(ZERO_SHOT) == pytest.approx(-5.5)


def test_forgetting_is_against_the_best_so_far() -> None:
    assert forgetting(CHAIN) == pytest.approx(((80 - 65) + (60 - 64)) / 2)
    # What was gained by the second stage and lost by the third is forgotten: ((85 - 65) + (60 - 64)) / 2.
    gained = [[80.0, NAN, NAN], [85.0, 60.0, NAN], [65.0, 64.0, 90.0]]
    assert forgetting(gained) == pytest.approx(8.0)
    assert backward_transfer(gained) == pytest.approx(-5.5)
    # A task may have been better before it was trained: ((80 - 65) + (70 - 64)) / 2.
    assert forgetting([[80.0, 70.0, NAN], [70.0, 60.0, NAN], [65.0, 64.0, 90.0]]) == pytest.approx(10.5)
    # The last stage's own score is no earlier one.
    assert forgetting([[50.0, NAN], [60.0, 90.0]]) == pytest.approx(-10.0)


def test_shares_of_the_ideal() -> None:
    found = omega(CHAIN, [80.0, 80.0, 80.0])
    assert found.base == pytest.approx((70 / 80 + 65 / 80) / 2)
    assert found.new == pytest.approx((60 + 90) / 2)
    assert found.all == pytest.approx(((70 + 60) / 2 / 80 + (65 + 64 + 90) / 3 / 80) / 2)
    # With an ideal per task: (70 / 100 + 65 / 100) / 2, and (130 / 160 + 219 / 260) / 2.
    other = omega(CHAIN, [100.0, 60.0, 100.0])
    assert (other.base, other.all) == pytest.approx((0.675, (130 / 160 + 219 / 260) / 2))


def test_nothing_is_lost_by_a_model_that_stays_ideal() -> None:
    stays = [[80.0, NAN], [80.0, 70.0]]
    assert backward_transfer(stays) == forgetting(stays) == 0.0
    assert omega(stays, [80.0, 70.0]) == Omega(base=1.0, new=70.0, all=1.0)


def test_stages_may_train_several_tasks_or_none() -> None:
    # Stage 1 trains tasks 1 and 2 together, stage 2 a task that is not scored, stage 3 task 3.
    scores = [[80.0, 60.0, NAN], [70.0, 66.0, NAN], [60.0, 64.0, 90.0]]
    learned = [0, 0, 2]
    assert backward_transfer(scores, learned) == pytest.approx(((60 - 80) + (64 - 60)) / 2)
    assert forgetting(scores, learned) == pytest.approx(((80 - 60) + (66 - 64)) / 2)
    found = omega(scores, [100.0, 100.0, 100.0], learned)
    assert found.base == pytest.approx((0.68 + 0.62) / 2)
    assert found.new == pytest.approx(90.0)
    assert found.all == pytest.approx((0.68 + (60 + 64 + 90) / 300) / 2)


def test_what_is_missing_is_said() -> None:
    lost = [[80.0, NAN, NAN], [70.0, 60.0, NAN], [NAN, 64.0, 90.0]]
    for measure in (backward_transfer, forgetting):
        with pytest.raises(CannotConclude, match="task 1 has no score after stage 3"):
            measure(lost)
        with pytest.raises(CannotConclude, match="all tasks are trained in the last stage"):
            measure([[1.0, 2.0], [3.0, 4.0]], [1, 1])
        with pytest.raises(CannotConclude, match="two stages or more"):
            measure([[80.0]])
    with pytest.raises(CannotConclude, match="task 2 has no score after stage 2"):
        forgetting([[80.0, NAN, NAN], [70.0, NAN, NAN], [65.0, 64.0, 90.0]])
    with pytest.raises(CannotConclude, match="that of task 2 is 0"):
        omega(CHAIN, [80.0, 0.0, 80.0])
    for learned in ([0, 0, 0], [1, 1, 2]):
        with pytest.raises(CannotConclude, match="tasks that the first stage trains, and others"):
            omega(ZERO_SHOT, [80.0, 80.0, 80.0], learned)
    with pytest.raises(CannotConclude, match="task 1 has no score after stage 3"):
        omega(lost, [80.0, 80.0, 80.0])


def test_what_does_not_fit_together() -> None:
    with pytest.raises(ValueError, match="3 stages and 2 tasks"):
        backward_transfer([[1.0, 2.0]] * 3)
    with pytest.raises(ValueError, match=r"\(stages, tasks\)"):
        backward_transfer([1.0, 2.0])
    with pytest.raises(ValueError, match="one of 2 stages for each of 2 tasks"):
        backward_transfer([[1.0, 2.0]] * 2, [0, 2])
    with pytest.raises(ValueError, match="1 ideals for 3 tasks"):
        omega(CHAIN, [1.0])
