"""A plan: all that a run makes and scores, each stage once however many need it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.arms import Arm
from harness.config import Settings
from harness.hyper import shown_setting
from harness.measures import OTHER_TASK, Measure
from harness.modeling.shape import Shape
from harness.perturbations import condition_name
from harness.planning.stages.base import Checkpoint, Stage, stages_of
from harness.planning.stages.measuring import Measurement
from harness.planning.stages.predicting import Predict
from harness.planning.stages.rows import Rows
from harness.planning.stages.training import Trained
from harness.results.further import PHASE


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Predictions to make and score, and where in a comparison their scores stand.

    Attributes:
        further: coordinates that not every cell has, such as the `step` of a snapshot or the number of the `phase`.
    """

    arm: Arm
    seed: int
    task: str
    language: str
    split: str
    stage: Predict
    further: Mapping[str, str | int] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, arm: Arm, seed: int, stage: Predict, further: Mapping[str, str | int]) -> Cell:
        """A cell of the rows that a stage predicts."""
        rows = stage.rows
        return cls(
            arm=arm, seed=seed, task=rows.task, language=rows.language, split=rows.split, further=further, stage=stage
        )

    @property
    def at(self) -> Mapping[str, str | int]:
        """Its coordinates by name: arm (its label), seed, task, language, split, and those that not all have."""
        condition = {"perturbation": self.condition} if self.condition else {}
        own = {name: getattr(self, name) for name in ("seed", "task", "language", "split")}
        return {"arm": self.arm.label, **own, **condition, **self.further}

    @property
    def condition(self) -> str:
        """What was done to the rows, such as "typo:2"; "" where nothing was."""
        return condition_name(self.stage.rows.transforms)


@dataclass(frozen=True, kw_only=True)
class Measuring:
    """A measure to compute.

    Attributes:
        at: its coordinates by name, those of its rows included.
        checkpoint: what it is of.
        rows: what it is of; not always the rows that are scored.
        beside: predictions of the same checkpoint, which may know more of its phases than the store still does.
    """

    at: Mapping[str, str | int] = field(hash=False)
    checkpoint: Checkpoint
    measure: Measure
    rows: Rows
    stage: Measurement
    beside: Predict | None = None

    @property
    def other_task(self) -> str:
        """The task that its rows' one is compared with; "" where there is none."""
        return str(self.at.get(OTHER_TASK, ""))


@dataclass(frozen=True)
class Unused:
    """A hyper-parameter that no stage uses.

    Attributes:
        key: its dotted name.
        owner: the arm that sets it, where it is an arm's own.
    """

    key: str
    owner: str

    @property
    def shown(self) -> str:
        """As messages give it."""
        return shown_setting(self.key, self.owner)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything a run does, in order.

    Attributes:
        models: what each arm starts from, by its label; arms may differ in the model's parameters.
        cells: in the order they are made; a checkpoint's come together.
        measurings: numbers about checkpoints that are no scores.
        unscored: tasks that phases train and that could be scored after each, of which there are no rows for that.
        unused: hyper-parameters that no stage uses.
    """

    settings: Settings
    arms: tuple[Arm, ...]
    models: Mapping[str, Checkpoint]
    targets: tuple[str, ...]
    cells: tuple[Cell, ...]
    measurings: tuple[Measuring, ...] = ()
    unscored: tuple[str, ...] = ()
    unused: tuple[Unused, ...] = ()

    @property
    def model(self) -> Checkpoint:
        """What the first arm starts from."""
        return next(iter(self.models.values()))

    @property
    def shape(self) -> Shape:
        """Sizes of the model, before its vocabulary is trimmed."""
        return self.model.shape

    @property
    def scored_at_end(self) -> tuple[Cell, ...]:
        """The cells of targets after all phases before them and their own; not those after each phase."""
        return tuple(cell for cell in self.cells if PHASE not in cell.further)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions of rows that are scored beside the clean ones."""
        return tuple(dict.fromkeys(cell.condition for cell in self.cells if cell.condition))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All that the plan may have to make, each once and after what it is made from."""
        wanted = [*(cell.stage for cell in self.cells), *(one.stage for one in self.measurings)]
        return tuple(stages_of(*wanted))

    @functools.cached_property
    def phases(self) -> tuple[Trained, ...]:
        """Distinct training phases, each after those it starts from."""
        phases = {phase.digest: phase for cell in self.cells for phase in cell.stage.checkpoint.phases}
        return tuple(phases.values())

    @property
    def unshared(self) -> tuple[Trained, ...]:
        """What would be trained if each arm, seed and target trained for itself alone: phases as often as needed."""
        chains = {(s.arm.label, s.seed, s.task): s.stage.checkpoint.phases for s in self.scored_at_end}
        return tuple(phase for phases in chains.values() for phase in phases)

    def measurings_of(self, checkpoint: Checkpoint) -> list[Measuring]:
        """What is measured of a checkpoint, measure by measure and task by task, so that each head is loaded once."""
        return [one for one in self.measurings if one.checkpoint.digest == checkpoint.digest]

    @property
    def checkpoints(self) -> Iterator[tuple[Checkpoint, tuple[Cell, ...]]]:
        """Each checkpoint that predicts, with its cells; before them those that are measured alone."""
        grouped: dict[str, list[Cell]] = {}
        for cell in self.cells:
            grouped.setdefault(cell.stage.checkpoint.digest, []).append(cell)
        measured = {one.checkpoint.digest: one.checkpoint for one in self.measurings}
        yield from ((checkpoint, ()) for digest, checkpoint in measured.items() if digest not in grouped)
        for cells in grouped.values():
            yield cells[0].stage.checkpoint, tuple(cells)
