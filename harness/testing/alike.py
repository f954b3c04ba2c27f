"""How hard simulated items are, and how alike arms, seeds and languages answer them: as in real runs on mini.

An item is answered right where the true score's threshold is above its difficulty, which is a sum of independent parts
with variance 1 in all: of the item in all its languages, of the item in a language, of how an arm takes it (in all its
languages, and in one), of how a run takes it, and what each answer has for itself. `scripts/measure_items.py` estimates
these shares from stored predictions.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import UnknownName
from harness.outside import read_json

FILE = Path(__file__).parent / "items.json"

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Shares of the variance of difficulties: the correlations of two answers that have nothing else in common.

    Attributes:
        item: of the item, whatever the language, the arm and the seed.
        language: of the item in a language.
        arm: of the item for an arm, in all languages and seeds.
        arm_language: of the item for an arm in a language, in all seeds.
        run: of the item for an arm and seed, in all languages.
        difficulties: equidistant quantiles of the item's part, from easy to hard, of mean 0 and variance 1.
    """

    item: float
    language: float
    arm: float
    arm_language: float
    run: float
    difficulties: tuple[float, ...]

    @property
    def alone(self) -> float:
        """The share that each answer has for itself."""
        return 1.0 - self.item - self.language - self.arm - self.arm_language - self.run

    def draw_difficulties(
        self, generator: np.random.Generator, shape: tuple[int, int, int, int, int], *, parallel: bool
    ) -> Floats:
        """Difficulties of answers.

        Args:
            shape: numbers of arms, seeds, further coordinates, languages and items; the result has it.
            parallel: whether items are the same in every language.
        """
        arms, seeds, _, languages, items = shape
        across = 1 if parallel else languages
        parts = {
            "language": (1, 1, 1, languages, items),
            "arm": (arms, 1, 1, across, items),
            "arm_language": (arms, 1, 1, languages, items),
            "run": (arms, seeds, 1, across, items),
            "alone": shape,
        }
        places = generator.random((1, 1, 1, across, items))
        found = math.sqrt(self.item) * self._difficulty(places).astype(np.float32)
        for name, own in parts.items():
            # Added up from few to many, so that only the last sum is of the whole shape.
            found = found + np.float32(math.sqrt(getattr(self, name))) * generator.standard_normal(
                own, dtype=np.float32
            )
        return found

    def thresholds(self, scores: NDArray[np.float64]) -> Floats:
        """The difficulties below which so many percent of all answers lie.

        Args:
            scores: between 0 and 100, of any shape.
        """
        grid, shares = self._shares
        return np.interp(scores / 100, shares, grid).astype(np.float32)

    def _difficulty(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """The item's part at places from 0 to 1, between the quantiles."""
        middles = (np.arange(len(self.difficulties)) + 0.5) / len(self.difficulties)
        return np.interp(places, middles, self.difficulties)

    @functools.cached_property
    def _shares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Difficulties, and the share of all answers that is below each of them."""
        from scipy.special import ndtr

        grid = np.linspace(-8, 8, 1601)
        of_items = math.sqrt(self.item) * self._difficulty((np.arange(500) + 0.5) / 500)
        return grid, ndtr((grid[:, None] - of_items) / math.sqrt(1 - self.item)).mean(axis=1)


@functools.cache
def alike(name: str) -> Alike:
    """How alike the items of a task of mini are answered.

    Raises:
        UnknownName: it was not measured.
    """
    tasks = _measured()
    if name not in tasks:
        raise UnknownName("measured items", name, tasks)
    found = tasks[name]
    return Alike(**found["shares"], difficulties=tuple(found["difficulties"]))


def is_measured(name: str) -> bool:
    """Whether it is known how alike the items of a task are answered."""
    return name in _measured()


@functools.cache
def _measured() -> dict[str, Any]:
    tasks: dict[str, Any] = read_json(FILE)["tasks"]
    return tasks
