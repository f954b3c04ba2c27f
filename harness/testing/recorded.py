"""What a run of a simulated world would have recorded of itself and of its models."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

from harness.arms import Arm
from harness.armtext import parse_arm
from harness.config import Settings
from harness.errors import SettingsError
from harness.registry import default_registry
from harness.results import fields, schema
from harness.results.references import check_against
from harness.testing.worlds import World

TIME = "2000-01-01T00:00:00+00:00"
"""When simulated records were made."""
ENVIRONMENT = schema.Environment(time=TIME)

Models = Mapping[tuple[str, int], schema.Model]
"""By label of the arm and seed."""


@dataclass(frozen=True)
class Recorded:
    """The records of one draw of a world that are not scores.

    Attributes:
        arms: the world's.
        draw: the seed that it was drawn by.
    """

    world: World
    arms: tuple[Arm, ...]
    draw: int

    @classmethod
    def of(cls, world: World, draw: int) -> Recorded:
        """Those of a draw.

        Raises:
            SettingsError: the text of an arm makes no sense, or two arms have one label.
            UnknownName: an arm, or a task in its text, is not known.
        """
        arms = tuple(parse_arm(text, default_registry(), where="arms of a world") for text in world.arms)
        check_against(world.against or None, arms)
        labels = [arm.label for arm in arms]
        if len(set(labels)) < len(labels):
            raise SettingsError(
                "two arms of a world have the same label", code="two-arms-of-a-label", fix='label one: "again: mnli"'
            )
        return cls(world, arms, draw)

    @functools.cached_property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of every arm."""
        return tuple(range(1, self.world.seeds + 1))

    @functools.cached_property
    def settings(self) -> Settings:
        """What the run would have been asked for."""
        return Settings(
            target=tuple(task.name for task in self.world.tasks),
            model=self.world.model,
            data=self.world.model,
            seeds=self.seeds,
            baseline=False,
            against=self.world.against,
            arms={arm.label: arm.text for arm in self.arms},
        )

    @functools.cached_property
    def digest(self) -> str:
        """Of the run."""
        return short_digest("run", self.draw, json.dumps(dataclasses.asdict(self.settings), sort_keys=True))

    @property
    def planned(self) -> int:
        """Predictions that are scored."""
        world = self.world
        languages = sum(len(task.languages) for task in world.tasks)
        return languages * len(self.arms) * world.seeds * len(world.further)

    def run(self) -> schema.RunRecord:
        """The record of the run."""
        run = schema.Run(
            digest=self.digest,
            command="train",
            settings=json.loads(json.dumps(dataclasses.asdict(self.settings))),
            source=self.world.model,
            arms=tuple(map(_arm, self.arms)),
            against=self.world.against or None,
        )
        environment = schema.RunEnvironment(
            started=TIME,
            versions={},
            plugins=(),
            device="none",
            host="none",
            command_line=("simulate",),
            planned=self.planned,
        )
        return schema.RunRecord(result=run, environment=environment, schema=schema.SCHEMA)

    def models(self, task: str) -> Models:
        """The models that were trained on a task."""
        return {(arm.label, seed): self._model(arm, seed, task) for arm, seed in product(self.arms, self.seeds)}

    def _model(self, arm: Arm, seed: int, task: str) -> schema.Model:
        trained = [("intermediate", phase.tasks) for phase in arm.phases] + [("target", (task,))]
        phases = tuple(
            _phase(role, tasks, seed, short_digest("phase", self.draw, arm.label, seed, *trained[: at + 1]))
            for at, (role, tasks) in enumerate(trained)
        )
        name = self.world.model
        return schema.Model(digest=phases[-1].digest, name=name, start=short_digest("start", name), phases=phases)


def short_digest(*parts: Any) -> str:
    """A digest as records have them, of whatever has a text."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _phase(role: str, tasks: Sequence[str], seed: int, digest: str) -> schema.Phase:
    return schema.Phase(
        digest=digest,
        phase=cast("fields.Role", role),
        tasks=tuple(tasks),
        seed=seed,
        steps=1,
        kept_step=1,
        selection="last",
        hyper={},
        precision="fp32",
        stand_in=(),
    )


def _arm(arm: Arm) -> schema.Arm:
    return schema.Arm(
        label=arm.label,
        text=arm.text,
        phases=tuple(schema.ArmPhase(tasks=phase.tasks, settings=dict(phase.settings)) for phase in arm.phases),
    )
