"""Which examples each optimiser step takes: a function of seed, phase and step, so that any step can be redone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from harness.training.mixing import Mixing

GROUPED = 50
"""Batches among whose units those of like length are brought together."""


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
        mixing: of the tasks; without effect on a single one.
        batch_size: units a step, exactly.
        steps: steps of the phase.
        lengths: of each task's units, int64 (units,), where batches are to hold units of like length.
    """

    def __init__(
        self,
        *,
        seed: int,
        phase: str,
        sizes: Mapping[str, int],
        mixing: Mixing,
        batch_size: int,
        steps: int,
        lengths: Mapping[str, NDArray[np.int64]] = MappingProxyType({}),
    ) -> None:
        self.shares = mixing.shares(sizes)
        self._key = (seed, phase)
        self._sizes = dict(sizes)
        self._batch_size = batch_size
        self._lengths = lengths
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

    @property
    def idle(self) -> tuple[str, ...]:
        """Tasks on which no step falls."""
        return tuple(name for name in self._sizes if name not in self._tasks)

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
            order = generator.permutation(self._sizes[task])
            if task in self._lengths:
                # Where the pass before ends within a batch, this one's first units complete it.
                first = -number * len(order) % self._batch_size
                order[first:] = _grouped(order[first:], self._lengths[task], self._batch_size, generator)
            self._orders[task, number] = order
        return self._orders[task, number]


def _grouped(
    units: NDArray[np.int64], lengths: NDArray[np.int64], batch_size: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Units, `batch_size` in turn of like length: of each `GROUPED` batches, sorted and cut anew, in random order."""
    parts = []
    for start in range(0, len(units), GROUPED * batch_size):
        part = units[start : start + GROUPED * batch_size]
        part = part[np.argsort(lengths[part], kind="stable")]
        whole = len(part) // batch_size * batch_size
        parts += [generator.permutation(part[:whole].reshape(-1, batch_size)).ravel(), part[whole:]]
    return np.concatenate(parts) if parts else units
