"""Which examples each optimiser step takes: a function of seed, phase and step, so that any step can be redone."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


def capped_shares(sizes: Mapping[str, int], cap: int) -> dict[str, float]:
    """Each task's share of the steps: by its rows, counted up to `cap` (Raffel et al. 2020, section 3.5.2)."""
    counted = {task: min(size, cap) for task, size in sizes.items()}
    total = sum(counted.values())
    return {task: count / total for task, count in counted.items()}


def task_shares(sizes: Mapping[str, int], cap: int, weights: Mapping[str, float]) -> dict[str, float]:
    """Each task's share of the steps: by its weight where the tasks have weights, else as `capped_shares`."""
    if not weights:
        return capped_shares(sizes, cap)
    total = sum(weights[task] for task in sizes)
    return {task: weights[task] / total for task in sizes}


def steps_of(sizes: Mapping[str, int], *, cap: int, epochs: float, batch_size: int) -> int:
    """Optimiser steps of a phase given by epochs: over one task all its rows, over several each up to `cap`."""
    counted = sizes.values() if len(sizes) == 1 else [min(size, cap) for size in sizes.values()]
    return max(1, math.ceil(sum(counted) * epochs / batch_size))


def random_seed(*parts: object) -> int:
    """A 63-bit seed from anything with a stable text form."""
    text = "\0".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


@dataclass(frozen=True)
class Draw:
    """One optimiser step: the task, and the units of its features; int64 (batch_size,)."""

    task: str
    units: NDArray[np.int64]


class Sampler:
    """Draws one task a step by its share, and walks through each task's units in a new random order every pass.

    Args:
        seed: of the run.
        phase: a text that names the phase, so that phases of a run draw differently.
        sizes: units of each task.
        cap: see `capped_shares`; without effect on a single task.
        weights: of each task, or none at all; see `task_shares`.
        batch_size: units a step, exactly.
        steps: steps of the phase.
    """

    def __init__(
        self,
        *,
        seed: int,
        phase: str,
        sizes: Mapping[str, int],
        cap: int,
        batch_size: int,
        steps: int,
        weights: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self.shares = task_shares(sizes, cap, weights)
        self._key = (seed, phase)
        self._sizes = dict(sizes)
        self._batch_size = batch_size
        names = list(sizes)
        generator = np.random.default_rng(random_seed(*self._key, "tasks"))
        chosen = generator.choice(len(names), size=steps, p=[self.shares[name] for name in names])
        self._tasks = [names[i] for i in chosen]
        turns: dict[str, int] = dict.fromkeys(names, 0)
        self._turns: list[int] = []
        for task in self._tasks:
            self._turns.append(turns[task])
            turns[task] += 1
        self._orders: dict[tuple[str, int], NDArray[np.int64]] = {}

    def draw(self, step: int) -> Draw:
        """The step's draw; `step` counts from 0."""
        task = self._tasks[step]
        size, first = self._sizes[task], self._turns[step] * self._batch_size
        positions = np.arange(first, first + self._batch_size)
        units = np.empty(self._batch_size, np.int64)
        for number in np.unique(positions // size):
            here = positions // size == number
            units[here] = self._order(task, int(number))[positions[here] % size]
        return Draw(task, units)

    def _order(self, task: str, number: int) -> NDArray[np.int64]:
        """The order of a task's units on its pass `number`; only the pass in use is kept."""
        if (task, number) not in self._orders:
            self._orders = {key: order for key, order in self._orders.items() if key[0] != task or key[1] == number - 1}
            generator = np.random.default_rng(random_seed(*self._key, task, number))
            self._orders[task, number] = generator.permutation(self._sizes[task])
        return self._orders[task, number]
