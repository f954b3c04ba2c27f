from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from harness.training.mixing import Mixing
from harness.training.sampling import Sampler

SIZES = {"big": 3000, "middle": 400, "small": 70}


def sampler(steps: int = 200, cap: int = 1000, batch_size: int = 32, seed: int = 1, phase: str = "p") -> Sampler:
    return Sampler(seed=seed, phase=phase, sizes=SIZES, mixing=Mixing(cap=cap), batch_size=batch_size, steps=steps)


def draws(made: Sampler, steps: range) -> list[tuple[str, list[int]]]:
    return [(draw.task, draw.units.tolist()) for draw in map(made.draw, steps)]


WEIGHTS = {"big": 1.0, "middle": 0.5, "small": 8.5}


@pytest.mark.parametrize(
    ("mixing", "shares"),
    [
        # 3000, 400 and 70 rows, 3470 together.
        (Mixing(rule="proportional", cap=300), {"big": 3000 / 3470, "middle": 400 / 3470, "small": 70 / 3470}),
        (Mixing(rule="capped", cap=10**9), {"big": 3000 / 3470, "middle": 400 / 3470, "small": 70 / 3470}),
        (Mixing(rule="capped", cap=300), {"big": 300 / 670, "middle": 300 / 670, "small": 70 / 670}),
        # Square roots: of 400 20, of 70 8.3666.
        (
            Mixing(rule="temperature", cap=400, temperature=2.0),
            {"big": 20 / 48.3666, "middle": 20 / 48.3666, "small": 8.3666 / 48.3666},
        ),
        # Cube roots: of 3000 14.4225, of 400 7.3681, of 70 4.1213.
        (
            Mixing(rule="temperature", cap=10**9, temperature=3.0),
            {"big": 14.4225 / 25.9119, "middle": 7.3681 / 25.9119, "small": 4.1213 / 25.9119},
        ),
        (
            Mixing(rule="temperature", cap=300, temperature=1.0),
            {"big": 300 / 670, "middle": 300 / 670, "small": 70 / 670},
        ),
        (Mixing(rule="uniform", cap=300), {"big": 1 / 3, "middle": 1 / 3, "small": 1 / 3}),
        (Mixing(cap=300, weights=WEIGHTS), {"big": 0.1, "middle": 0.05, "small": 0.85}),
        # A fifth to middle and small, of which middle has 400 of 470 rows.
        (Mixing(cap=1000, replay=0.2, new="big"), {"big": 0.8, "middle": 0.2 * 400 / 470, "small": 0.2 * 70 / 470}),
        (Mixing(rule="uniform", cap=1000, replay=0.5, new="small"), {"big": 0.25, "middle": 0.25, "small": 0.5}),
    ],
)
def test_tasks_are_drawn_by_their_shares(mixing: Mixing, shares: dict[str, float]) -> None:
    assert mixing.shares(SIZES) == pytest.approx(shares, rel=1e-4)
    steps = 6000
    made = Sampler(seed=1, phase="p", sizes=SIZES, mixing=mixing, batch_size=1, steps=steps)
    counts = Counter(made.draw(step).task for step in range(steps))
    for task, share in shares.items():
        assert abs(counts[task] - steps * share) < 4 * math.sqrt(steps * share * (1 - share))


def test_tasks_on_which_no_step_falls_are_known_and_how_probable_that_is() -> None:
    # The share of small is 70 / 1470: of 10 steps none falls on it in 0.9524 ** 10 of 1,000 draws.
    made = [sampler(steps=10, seed=seed) for seed in range(1000)]
    assert all(set(one.idle) == set(SIZES) - {one.draw(step).task for step in range(10)} for one in made)
    share = sum("small" in one.idle for one in made) / len(made)
    risk = Mixing(cap=1000).idle_risks(SIZES, 10)["small"]
    assert risk == pytest.approx((1400 / 1470) ** 10)
    assert share == pytest.approx(risk, abs=0.05)
    assert sampler(steps=2000).idle == ()
    assert Mixing(cap=1000).idle_risks({"big": 3000}, 10) == {"big": 0.0}


def test_one_task_has_all_steps() -> None:
    for rule in ("proportional", "capped", "temperature", "uniform"):
        assert Mixing(rule=rule, cap=2).shares({"one": 5}) == {"one": 1}


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
    made = Sampler(seed=1, phase="p", sizes={"tiny": 3}, mixing=Mixing(cap=2), batch_size=7, steps=3)
    units = np.concatenate([made.draw(step).units for step in range(3)])
    assert np.bincount(units).tolist() == [7, 7, 7]
    assert made.draw(1).units.shape == (7,)


@pytest.mark.parametrize(
    ("sizes", "mixing", "epochs", "steps"),
    [
        # Of one task all rows, whatever the cap: 1000 * 3 / 32 = 93.75.
        ({"a": 1000}, Mixing(cap=100), 3.0, 94),
        ({"a": 64}, Mixing(cap=100), 1.0, 2),
        ({"a": 65}, Mixing(cap=100), 1.0, 3),
        ({"a": 10}, Mixing(cap=100), 0.01, 1),
        # (100 + 60) * 2 / 32 = 10; without the cap (1000 + 60) * 2 / 32 = 66.25.
        ({"a": 1000, "b": 60}, Mixing(cap=100), 2.0, 10),
        ({"a": 1000, "b": 60}, Mixing(cap=100, weights={"a": 1, "b": 9}), 2.0, 10),
        ({"a": 1000, "b": 60}, Mixing(rule="temperature", cap=100), 2.0, 10),
        ({"a": 1000, "b": 60}, Mixing(rule="proportional", cap=100), 2.0, 67),
        ({"a": 1000, "b": 60}, Mixing(rule="uniform", cap=100), 2.0, 67),
        # What is replayed takes steps of the new task's: 1000 * 2 / 32 = 62.5.
        ({"a": 1000, "b": 60}, Mixing(cap=100, replay=0.2, new="a"), 2.0, 63),
    ],
)
def test_steps_by_epochs(sizes: dict[str, int], mixing: Mixing, epochs: float, steps: int) -> None:
    assert mixing.steps(sizes, epochs=epochs, batch_size=32) == steps


def grouped(size: int, batch_size: int, steps: int, lengths: np.ndarray) -> list[np.ndarray]:
    mixing = Mixing(cap=size)
    made = Sampler(
        seed=1, phase="p", sizes={"a": size}, mixing=mixing, batch_size=batch_size, steps=steps, lengths={"a": lengths}
    )
    return [made.draw(step).units for step in range(steps)]


def test_grouped_batches_hold_units_of_like_length_in_random_order() -> None:
    # Units for 20 batches of 8 are sorted together: batch i holds lengths 8i to 8i + 7, in any order of i.
    lengths = np.random.default_rng(0).permutation(160).astype(np.int64)
    batches = [lengths[units] for units in grouped(160, 8, 20, lengths)]
    assert sorted(batch.min() // 8 for batch in batches) == list(range(20))
    assert all(batch.max() - batch.min() == 7 for batch in batches)
    assert [batch.min() for batch in batches] != sorted(batch.min() for batch in batches)


def test_grouped_batches_take_every_unit_once_a_pass() -> None:
    # 103 units in batches of 8: a pass ends within a batch, which the next one completes, and 8 passes end with one.
    lengths = np.arange(103) % 17
    units = np.concatenate(grouped(103, 8, 103, lengths)).reshape(8, 103)
    assert (np.sort(units, axis=1) == np.arange(103)).all()
    assert len({tuple(one) for one in units.tolist()}) == 8
    # But for the batches at the ends of passes, lengths are alike: without grouping, they are 14 apart.
    spreads = [np.ptp(lengths[batch]) for batch in units.reshape(-1, 8)]
    assert np.median(spreads) <= 2
