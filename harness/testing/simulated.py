"""Scores of a world whose truth is stated, with every item behind them, without training: how often is a study right?

    world = World(
        arms=("none", "mnli"),
        tasks=(SimulatedTask(name="xnli", languages=("en", "sw")),),
        effect=lambda place: 2.0 if place.arm == "mnli" else 0.0,
    )
    scores = simulate(world, seed=1).scores()

`harness.testing.written` makes a run's directory of an experiment.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import SettingsError
from harness.item_scores import ItemScores
from harness.metrics import Metric
from harness.perturbtext import parse_condition
from harness.registry import default_registry
from harness.results import schema
from harness.results.records import Records
from harness.results.scores import Row, Scores
from harness.testing.alike import Alike, alike, is_measured
from harness.testing.answers import Levels, item_names, levels_of, statistics_of
from harness.testing.measured import measure_records
from harness.testing.recorded import ENVIRONMENT, Recorded, short_digest
from harness.testing.worlds import Place, SimulatedTask, TrueScore, World

SPLIT = "test"
LEAST, MOST = 0.5, 99.5
"""Percent between which true scores are kept."""
LIKE = {
    "text-classification": "xnli",
    "multiple-choice": "xcopa",
    "question-answering": "xquad",
    "token-classification": "xquad",
}
"""Whose items those of a kind are like, where a task's own were not measured; of kinds that search, `SEARCHED`."""
SEARCHED = "tatoeba"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answered:
    """How the items behind a score were answered: each at a level of `harness.testing.answers`."""

    task: SimulatedTask
    language: str
    levels: Levels

    def items(self, metric: Metric) -> ItemScores:
        """What they score by a metric."""
        task = self.task
        numbers = statistics_of(task.name, metric.name, self.language, task.items)
        names = item_names(task.name, self.language, task.items, parallel=task.parallel)
        return ItemScores(metric, numbers[self.levels, np.arange(task.items)], None, names)


@dataclass(frozen=True)
class Experiment:
    """One draw of a world.

    Attributes:
        recorded: what it is a draw of.
        records: as a run would have written them.
        answered: by the digest of the predictions.
    """

    recorded: Recorded
    records: Records
    answered: Mapping[str, Answered]

    def scores(self) -> Scores:
        """The scores with what their items scored, as studies get those of a run."""
        return Scores.of(self.records, items=self.items)

    def items(self, row: Row) -> ItemScores:
        """What the items behind a score got."""
        return self.answered[row["predictions"]].items(default_registry().metric(row["metric"]))


def simulate(world: World, seed: int, *, intervals: bool = False) -> Experiment:
    """Draw an experiment: what seeds do to true scores, then every answer.

    Args:
        seed: of the draw; equal seeds of equal worlds give equal experiments.
        intervals: whether scores have their intervals over items, which take most of the time.

    Raises:
        SettingsError: an arm, a base or an effect makes no sense, or answers of a task's kind cannot be simulated.
        UnknownName: a task or an arm is not known.
    """
    recorded = Recorded.of(world, seed)
    generator = np.random.default_rng(seed)
    run = world.spread.run * generator.standard_normal((len(recorded.arms), world.seeds, 1, 1))
    models: dict[str, schema.ModelRecord] = {}
    scores: list[schema.ScoreRecord] = []
    answered: dict[str, Answered] = {}
    by_task = {task.name: recorded.models(task.name) for task in world.tasks}
    for task in world.tasks:
        own = by_task[task.name]
        for model in own.values():
            models[model.digest] = schema.ModelRecord(result=model, environment=ENVIRONMENT, schema=schema.SCHEMA)
        levels = _draw_levels(recorded, task, run, generator)
        for at, digest, found in _predictions(recorded, task, levels):
            answered[digest] = found
            about: dict[str, object] = {
                "at": at,
                "predictions": digest,
                "model": own[str(at[schema.ARM]), int(at[schema.SEED])].digest,
                "run": recorded.digest,
                "source": world.model,
                "data": short_digest("rows", task.name, found.language, task.items) * 4,
            }
            if schema.PERTURBATION in at:
                condition = str(at[schema.PERTURBATION])
                about |= {"transforms": _transforms(condition, task.name), "n_changed": task.items}
                about["data"] = f"{about['data']}/{condition}"
            for score in _scores(found, about, intervals=intervals):
                scores.append(schema.ScoreRecord(result=score, environment=ENVIRONMENT, schema=schema.SCHEMA))
    measures = tuple(measure_records(recorded, by_task, SPLIT, generator))
    records = Records(Path(world.model), (recorded.run(),), models, tuple(scores), measures)
    return Experiment(recorded, records, answered)


def _draw_levels(recorded: Recorded, task: SimulatedTask, run: Floats, generator: np.random.Generator) -> Levels:
    """Levels of answers (arms, seeds, further coordinates, languages, items)."""
    world, spread = recorded.world, recorded.world.spread
    base = _true(recorded, task, world.base, "base", lambda found: (found > 0) & (found < 100))
    effect = _true(recorded, task, world.effect, "effect", np.isfinite)
    shape = (len(recorded.arms), world.seeds, len(world.further), len(task.languages))
    shift = effect + run + spread.task * generator.standard_normal((*shape[:2], 1, 1))
    shift = shift + spread.language * generator.standard_normal(shape)
    scores = np.clip(_shifted(base, shift) if world.scale == "logit" else base + shift, LEAST, MOST)
    items = _items_like(task)
    difficulties = items.draw_difficulties(generator, (*shape, task.items), parallel=task.parallel)
    return levels_of(items.thresholds(scores)[..., None] - difficulties)


def _true(
    recorded: Recorded, task: SimulatedTask, ask: TrueScore, what: str, possible: Callable[[Floats], NDArray[np.bool_]]
) -> Floats:
    """The base or the effect: (arms, 1, further coordinates, languages)."""
    world = recorded.world
    places = [
        Place(arm=arm.label, task=task.name, language=code, further=further)
        for arm, further, code in product(recorded.arms, world.further, task.languages)
    ]
    found = np.array([ask(place) for place in places], np.float64)
    for place, wrong in zip(places, ~possible(found), strict=True):
        if wrong:
            raise SettingsError(
                f"the {what} of a world is {ask(place):g}",
                code="no-true-score",
                where=f"arm {place.arm}, {place.task}, {place.language}",
                fix="a base is between 0 and 100 percent, and an effect finite",
            )
    return found.reshape(len(recorded.arms), 1, len(world.further), len(task.languages))


def _shifted(base: Floats, shift: Floats) -> Floats:
    """Percent whose logits were shifted."""
    return np.asarray(100 / (1 + np.exp(-np.log(base / (100 - base)) - shift)), np.float64)


def _items_like(task: SimulatedTask) -> Alike:
    if task.like or is_measured(task.name):
        return alike(task.like or task.name)
    return alike(LIKE.get(default_registry().task(task.name).kind, SEARCHED))


def _predictions(
    recorded: Recorded, task: SimulatedTask, levels: Levels
) -> Iterator[tuple[dict[str, str | int], str, Answered]]:
    """Coordinates, digest and answers of each prediction of a task."""
    world = recorded.world
    axes = (recorded.arms, recorded.seeds, world.further, task.languages)
    for (arm, seed, further, code), place in zip(product(*axes), np.ndindex(levels.shape[:-1]), strict=True):
        at: dict[str, str | int] = {
            schema.ARM: arm.label,
            schema.SEED: seed,
            schema.TASK: task.name,
            schema.LANGUAGE: code,
            schema.SPLIT: SPLIT,
            **further,
        }
        yield at, short_digest("predictions", recorded.draw, world.model, at), Answered(task, code, levels[place])


@functools.cache
def _transforms(condition: str, task: str) -> tuple[schema.Transform, ...]:
    """What a condition does to the rows of a task, as records have it."""
    registry = default_registry()
    known = registry.task(task)
    return tuple(
        schema.Transform(**one.to_json(), diagnostic=registry.perturbation(one.name).is_diagnostic(known))
        for one in parse_condition(condition, registry.perturbations)
    )


def _scores(found: Answered, about: Mapping[str, object], *, intervals: bool) -> Iterator[schema.Score]:
    """A prediction's score by each metric of its task."""
    task = default_registry().task(found.task.name)
    for name in task.metrics:
        metric = default_registry().metric(name)
        items = found.items(metric)
        interval = items.interval() if intervals else None
        yield schema.Score(
            **about,  # type: ignore[arg-type]
            value=items.value,
            interval=schema.Interval(**dataclasses.asdict(interval)) if interval else None,
            n=found.task.items,
            n_skipped=0,
            truncated=0,
            constant=False,
            limited=False,
            stand_in=False,
            role="target",
            precision="fp32",
            task_version=task.version,
            metric_version=metric.version,
            hyper={},
            kind=task.kind,
            metric=name,
            main=name == task.metrics[0],
            unit=metric.unit,
            status="ok",
        )
