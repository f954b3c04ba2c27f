from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from harness.training.sampling import Sampler, capped_shares, steps_of, task_shares

SIZES = {"big": 3000, "middle": 400, "small": 70}


def sampler(steps: int = 200, cap: int = 1000, batch_size: int = 32, seed: int = 1, phase: str = "p") -> Sampler:
    return Sampler(seed=seed, phase=phase, sizes=SIZES, cap=cap, batch_size=batch_size, steps=steps)


def draws(made: Sampler, steps: range) -> list[tuple[str, list[int]]]:
    return [(draw.task, draw.units.tolist()) for draw in map(made.draw, steps)]


def test_shares_follow_the_rows_up_to_the_cap() -> None:
    assert capped_shares(SIZES, 10**9) == {"big": 3000 / 3470, "middle": 400 / 3470, "small": 70 / 3470}
    assert capped_shares(SIZES, 300) == {"big": 300 / 670, "middle": 300 / 670, "small": 70 / 670}
    assert capped_shares({"one": 5}, 2) == {"one": 1}


def test_tasks_are_drawn_by_their_shares() -> None:
    steps = 6000
    made = sampler(steps, cap=300, batch_size=1)
    counts = Counter(made.draw(step).task for step in range(steps))
    for task, share in capped_shares(SIZES, 300).items():
        deviation = math.sqrt(steps * share * (1 - share))
        assert abs(counts[task] - steps * share) < 4 * deviation


def test_tasks_are_drawn_by_their_weights() -> None:
    weights = {"big": 1.0, "middle": 0.5, "small": 8.5}
    assert task_shares(SIZES, 300, weights) == {"big": 0.1, "middle": 0.05, "small": 0.85}
    assert task_shares(SIZES, 300, {}) == capped_shares(SIZES, 300)
    steps = 6000
    made = Sampler(seed=1, phase="p", sizes=SIZES, cap=300, batch_size=1, steps=steps, weights=weights)
    counts = Counter(made.draw(step).task for step in range(steps))
    for task, share in {"big": 0.1, "middle": 0.05, "small": 0.85}.items():
        assert abs(counts[task] - steps * share) < 4 * math.sqrt(steps * share * (1 - share))


def test_a_draw_depends_on_seed_phase_and_step_alone() -> None:
    wanted = draws(sampler(), range(200))
    assert draws(sampler(), range(199, -1, -1)) == wanted[::-1]
    assert draws(sampler(), range(7, 8)) == wanted[7:8]
    assert draws(sampler(steps=20), range(20)) == wanted[:20]
    assert draws(sampler(seed=2), range(200)) != wanted
    assert draws(sampler(phase="q"), range(200)) != wanted


def test_every_unit_comes_once_a_pass_in_another_order_each() -> None:
    made = sampler(steps=600, cap=300)
    drawn: dict[str, list[int]] = {task: [] for task in SIZES}
    for step in range(600):
        draw = made.draw(step)
        assert draw.units.shape == (32,)
        drawn[draw.task] += draw.units.tolist()
    for task, units in drawn.items():
        size = SIZES[task]
        passes = [units[i : i + size] for i in range(0, len(units) - size + 1, size)]
        assert len(passes) > 1
        assert all(sorted(units) == list(range(size)) for units in passes)
        assert len({tuple(units) for units in passes}) == len(passes)


def test_a_batch_larger_than_the_data_takes_each_unit_as_often() -> None:
    made = Sampler(seed=1, phase="p", sizes={"tiny": 3}, cap=2, batch_size=7, steps=3)
    units = np.concatenate([made.draw(step).units for step in range(3)])
    assert np.bincount(units).tolist() == [7, 7, 7]
    assert made.draw(1).units.shape == (7,)


@pytest.mark.parametrize(
    ("sizes", "cap", "epochs", "batch_size", "steps"),
    [
        ({"a": 1000}, 100, 3.0, 32, 94),
        ({"a": 64}, 100, 1.0, 32, 2),
        ({"a": 65}, 100, 1.0, 32, 3),
        ({"a": 10}, 100, 0.01, 32, 1),
        ({"a": 1000, "b": 60}, 100, 2.0, 32, 10),
    ],
)
def test_steps_by_epochs(sizes: dict[str, int], cap: int, epochs: float, batch_size: int, steps: int) -> None:
    assert steps_of(sizes, cap=cap, epochs=epochs, batch_size=batch_size) == steps
