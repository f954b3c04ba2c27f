"""What is true in a simulation: arms, tasks and languages, how good each arm is at each, and how much seeds differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.errors import SettingsError

MODEL = "simulated"
"""What the model of simulated records is called."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a true score holds, in all seeds.

    Attributes:
        arm: label of the arm.
        further: coordinates beside arm, seed, task, language and split, such as `step`.
    """

    arm: str
    task: str
    language: str
    further: Mapping[str, str | int] = field(default_factory=dict)


TrueScore = Callable[[Place], float]


@dataclass(frozen=True, kw_only=True)
class SimulatedTask:
    """A task whose items are answered.

    Attributes:
        name: of a task that is installed; its kind and metrics are the task's.
        languages: ISO 639 codes, whether or not the task has them.
        items: per language.
        parallel: whether an item is the same in every language.
        like: whose items these are like in how hard they are and how alike they are answered, one of `items.json`;
            by default its own, or those of a task of its kind.
    """

    name: str
    languages: tuple[str, ...]
    items: int = 200
    parallel: bool = True
    like: str = ""


@dataclass(frozen=True, kw_only=True)
class SimulatedMeasure:
    """A measure of the models that were trained on a task.

    Attributes:
        name: of a measure that is installed.
        task: one of the world's.
        languages: ISO 639 codes of the rows that it is of.
        value: in the unit of the measure, before seeds differ.
        spread: its standard deviation over seeds.
    """

    name: str
    task: str
    languages: tuple[str, ...]
    value: TrueScore
    spread: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Standard deviations over seeds, on the scale of the world; the true scores of seeds are normal on it.

    Attributes:
        run: of what all tasks and languages of an arm's seed share.
        task: of what all languages of a task share beside it.
        language: of what each score has for itself.
    """

    run: float = 0.0
    task: float = 1.0
    language: float = 0.5


@dataclass(frozen=True, kw_only=True)
class World:
    """What is true.

    A score is the share of items answered right, in percent; metrics that give part of a point for wrong answers (F1
    of answers, reciprocal ranks) come out above it.

    Attributes:
        arms: as `--arm` takes them, such as "none" and "late: mnli > squad".
        seeds: how many, counted from 1; all arms have them.
        base: the true score in percent without effect.
        effect: what is added to it, on the scale: 0 for whatever an arm is compared with.
        spread: over seeds.
        scale: what effect and spread are measured in: "points" of percent, where scores are kept between 0.5 and 99.5,
            or "logit" of the score, of which 0.04 is a point at 50 %.
        further: the further coordinates of scores, each of which every arm and seed is scored at; `{}` is none.
        measures: numbers about models beside their scores.
        model: what the model is called.
        against: label of the arm that gains are against; "" for the one without intermediate training.
    """

    arms: tuple[str, ...]
    tasks: tuple[SimulatedTask, ...]
    seeds: int = 5
    base: TrueScore = lambda _: 60.0
    effect: TrueScore = lambda _: 0.0
    spread: Spread = Spread()
    scale: Literal["points", "logit"] = "points"
    further: tuple[Mapping[str, str | int], ...] = ({},)
    measures: tuple[SimulatedMeasure, ...] = ()
    model: str = MODEL
    against: str = ""

    def __post_init__(self) -> None:
        for what, number in (
            ("arms", len(self.arms)),
            ("tasks", len(self.tasks)),
            ("seeds", self.seeds),
            ("further coordinates", len(self.further)),
            *((f"languages of {task.name}", len(task.languages)) for task in self.tasks),
            *((f"items of {task.name}", task.items) for task in self.tasks),
        ):
            if number < 1:
                raise SettingsError(f"a world needs {what}", code="empty-world", fix=f"name at least one of its {what}")
