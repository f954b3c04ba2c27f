"""What a phase of training is, in a form that can be told to another process."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.hyper import Hyper
from harness.kinds.features import Features
from harness.modeling.sharing import Pool
from harness.training.mixing import Mixing
from harness.training.sampling import Sampler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.modeling.heads.base import HeadConfig

SNAPSHOTS = "steps"
"""Folder beside a phase's checkpoint with those of steps 1, 2, 4, 8, ..., each in a folder of its number."""


@dataclass(frozen=True)
class Development:
    """Development rows, and the score by which they select a checkpoint.

    Attributes:
        task: whose head is scored.
        features: encoded rows, one part a language.
        score: of the head's outputs, one list a part with one array a unit; higher is better. Known to rank 0 alone.
    """

    task: str
    features: tuple[Features, ...]
    score: Callable[[Sequence[list[NDArray[np.float32]]]], float]


@dataclass(frozen=True, kw_only=True)
class Phase:
    """What a phase trains, on what, and from where.

    Attributes:
        name: "intermediate" or "target".
        digest: of its stage, by which hooks know it.
        features: encoded training rows of each task.
        heads: head of each task.
        start: checkpoint the encoder comes from; its heads are not used.
        origin: the model that the chain of phases began with, whose own files may have a head's first weights.
        work: directory of this phase's own, kept until the phase is done.
        development: what selects the checkpoint; None keeps the last one.
        task_weights: what the tasks are mixed by, where not by their rows.
        whole_steps: tasks whose losses depend on all units of a step, which stay together.
        replayed: tasks of earlier phases, behind the first, whose heads go on from those of `start`.
        pool: where files lie that several checkpoints share; None gives each its own.
    """

    name: str
    features: Mapping[str, Features]
    heads: Mapping[str, HeadConfig]
    start: Path
    origin: Path
    work: Path
    hyper: Hyper
    precision: str
    seed: int
    digest: str = ""
    development: Development | None = None
    task_weights: Mapping[str, float] = field(default_factory=dict)
    whole_steps: frozenset[str] = frozenset()
    replayed: tuple[str, ...] = ()
    pool: Pool | None = None

    @property
    def key(self) -> str:
        """What the phase's random numbers depend on beside the seed."""
        return f"{self.name}:{'+'.join(self.features)}"

    @functools.cached_property
    def steps(self) -> int:
        """Optimiser steps of the phase."""
        sizes = {task: len(features) for task, features in self.features.items()}
        hyper = self.hyper
        return hyper.steps or self.mixing.steps(sizes, epochs=hyper.epochs, batch_size=hyper.batch_size)

    @property
    def mixing(self) -> Mixing:
        """How its tasks share the steps."""
        return Mixing.of(self.hyper, self.task_weights, next(iter(self.features)) if self.replayed else "")

    def sampler(self) -> Sampler:
        """Draws its steps."""
        grouped = self.features if self.hyper.group_by_length else {}
        return Sampler(
            seed=self.seed,
            phase=self.key,
            sizes={task: len(features) for task, features in self.features.items()},
            mixing=self.mixing,
            batch_size=self.hyper.batch_size,
            steps=self.steps,
            lengths={task: features.lengths for task, features in grouped.items()},
        )
