"""The study `similarity`: similarities that know true gains, and such that do not."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from harness_plugins.studies import similarity
from harness_plugins.studies.similarity.answers import primary
from harness_plugins.studies.similarity.cells import cells_of
from harness_plugins.studies.similarity.ranks import permuted_sources
from numpy.typing import NDArray

from harness.statistics.answer import Answer
from harness.studies.evidence import Evidence
from harness.testing.validity import Condition
from harness.testing.worlds import Place, SimulatedTask, Spread, World
from simulations.conditions import FEW_FALSE, FOUND, NONE_FOUND, Tried

LOW = ("qad", "qaf", "qag")
SHARED_BY_TARGETS = 0.5
"""Share of the variance of gains, and of similarities, that is a source's own, whatever the target."""


@dataclass(frozen=True)
class Ranked:
    """The true gains of sources, in standard deviations, and similarities that know some of them.

    Attributes:
        knows: correlation of similarities with true gains.
    """

    sources: int
    targets: tuple[str, ...]
    knows: float = 0.0

    def gain(self, place: Place) -> float:
        """Of an arm; 0 for `none`."""
        source = place.arm.removesuffix(" alone")
        return 0.0 if source == "none" else self._gains[self._names.index(source), self.targets.index(place.task)]

    @functools.cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(f"source{number}" for number in range(self.sources))

    @functools.cached_property
    def _gains(self) -> NDArray[np.float64]:
        return self._table(np.random.default_rng(0))

    def _table(self, generator: np.random.Generator) -> NDArray[np.float64]:
        own, pair = generator.standard_normal((self.sources, 1)), generator.standard_normal(self._shape)
        return np.asarray(SHARED_BY_TARGETS**0.5 * own + (1 - SHARED_BY_TARGETS) ** 0.5 * pair)

    @property
    def _shape(self) -> tuple[int, int]:
        return self.sources, len(self.targets)

    def world(self, size: float, seeds: int) -> World:
        """In which gains have a standard deviation of some points."""
        return World(
            arms=("none", *(f"{name} alone: mnli" for name in self._names)),
            tasks=tuple(SimulatedTask(name=target, languages=LOW, items=300) for target in self.targets),
            seeds=seeds,
            effect=lambda place: size * self.gain(place),
            spread=Spread(task=4.0, language=3.0),
        )

    def answer(self, evidence: Evidence) -> Answer:
        """What the study `similarity` answers, where each experiment has similarities of its own."""
        seed = hashlib.sha256(repr([row["value"] for row in evidence.scores.rows]).encode()).digest()
        alike = self.knows * self._gains + (1 - self.knows**2) ** 0.5 * self._table(
            np.random.default_rng(int.from_bytes(seed[:8], "big"))
        )
        rows = [
            {"measure": similarity.PRIMARY, "other_task": name, "task": target, "language": code, "value": float(value)}
            for name, own in zip(self._names, alike, strict=True)
            for target, value in zip(self.targets, own, strict=True)
            for code in LOW
        ]
        seeds = sorted({row["seed"] for row in evidence.scores.rows})
        cells = cells_of(replace(evidence, measures=rows), self._names, self.targets, seeds, (), (similarity.PRIMARY,))
        found: Answer = primary(cells, similarity.PRIMARY, 0.3, permuted_sources(self.sources)).answer
        return found


FEW_TARGETS = ("pawsx", "udpos", "xcopa", "tydiqa")
RANKED = {
    "off, 9 sources": Ranked(9, FEW_TARGETS),
    "on, correlation 0.8, 9 sources": Ranked(9, FEW_TARGETS, 0.8),
    "off, 40 sources": Ranked(40, (*FEW_TARGETS, "panx", "mlqa")),
}
"""By the condition, which stands for the model in records."""


def by_similarity(evidence: Evidence) -> Answer:
    """What the study `similarity` answers to the similarities of a condition."""
    return RANKED[evidence.scores.rows[0]["model_name"]].answer(evidence)


def ranking(size: float) -> Sequence[Condition]:
    """Nine sources and four targets, as on mini, and many sources.

    Args:
        size: standard deviation of true gains, in points.
    """
    bounds = ((FEW_FALSE,), (FOUND,), (FEW_FALSE, NONE_FOUND))
    return tuple(
        Condition(name=name, world=replace(ranked.world(size, seeds), model=name), bounds=own)
        for (name, ranked), own, seeds in zip(RANKED.items(), bounds, (5, 5, 2), strict=True)
    )


TRIED = Tried(by_similarity, ranking(6.0))
