"""Measures of simulated models: a stated value at each place, and what seeds do to it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np

from harness.errors import SettingsError
from harness.registry import default_registry
from harness.results import schema
from harness.testing.recorded import ENVIRONMENT, Models, Recorded, short_digest
from harness.testing.worlds import Place, SimulatedMeasure


def measure_records(
    recorded: Recorded, models: Mapping[str, Models], split: str, generator: np.random.Generator
) -> Iterator[schema.MeasureRecord]:
    """The records of all measures of a world.

    Args:
        models: of each task.

    Raises:
        SettingsError: a measure is of a task that the world does not have, or its value is not finite.
        UnknownName: there is no such measure.
    """
    for measure in recorded.world.measures:
        if measure.task not in models:
            raise SettingsError(
                f"a world measures {measure.name} of {measure.task}, which is none of its tasks",
                code="measure-of-other-task",
                fix=f"name one of {', '.join(models)}",
            )
        axes = (recorded.arms, recorded.seeds, recorded.world.further, measure.languages)
        for arm, seed, further, code in product(*axes):
            place = Place(arm=arm.label, task=measure.task, language=code, further=further)
            model = models[measure.task][arm.label, seed].digest
            value = measure.value(place) + measure.spread * float(generator.standard_normal())
            yield _record(recorded, measure, place, (seed, split, model), value)


def _record(
    recorded: Recorded, measure: SimulatedMeasure, place: Place, of: tuple[int, str, str], value: float
) -> schema.MeasureRecord:
    if not math.isfinite(value):
        raise SettingsError(
            f"the measure {measure.name} of a world is {value:g}",
            code="no-simulated-value",
            where=f"arm {place.arm}, {place.task}, {place.language}",
            fix="a measure is finite",
        )
    seed, split, model = of
    known = default_registry().measure(measure.name)
    at: dict[str, str | int] = {
        schema.ARM: place.arm,
        schema.SEED: seed,
        schema.TASK: place.task,
        schema.LANGUAGE: place.language,
        schema.SPLIT: split,
        **place.further,
    }
    result = schema.Measure(
        at=at,
        run=recorded.digest,
        model=model,
        measure=known.name,
        measure_version=known.version,
        unit=known.unit,
        value=value,
        n=None,
        task_version=default_registry().task(place.task).version,
        data=short_digest("measured rows", place.task, place.language) * 4,
        limited=False,
        source=recorded.world.model,
        measured=short_digest("measured", recorded.draw, measure.name, at),
        status="ok",
    )
    return schema.MeasureRecord(result=result, environment=ENVIRONMENT, schema=schema.SCHEMA)
