"""What the records of one file have to agree on, each of which may be right by itself."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.errors import StoreError
from harness.results.schema import MeasureRecord, Model, ScoreRecord, TrainedBy


def check_models(records: Iterable[ScoreRecord | MeasureRecord], models: Container[str], where: str) -> None:
    """Refuse records of models that have none.

    Raises:
        StoreError: there is one.
    """
    for digest in dict.fromkeys(record.result.model for record in records):
        if digest not in models:
            raise StoreError(
                f"a record names the model {digest}, which is not there",
                code="lost-model",
                where=where,
                fix="repeat the run's command: it takes what is finished from the store, and writes all records anew",
            )


def consistent(records: Sequence[ScoreRecord], where: str) -> tuple[ScoreRecord, ...]:
    """Scores, each place once; one that failed and has been had since is not counted as failed.

    Raises:
        StoreError: a place has two values.
    """
    found: dict[tuple[object, ...], ScoreRecord] = {}
    for record in records:
        score = record.result
        place = (frozenset(score.at.items()), score.metric)
        value = (other := found.setdefault(place, record)).result.value
        if value is None:
            found[place] = record
        elif score.value is not None and score.value != value:
            at = ", ".join(f"{name} {coordinate}" for name, coordinate in score.at.items())
            raise StoreError(
                f"two values of {score.metric} at {at}: {other.result.value:g} and {score.value:g}",
                code="two-values-of-a-score",
                where=where,
                fix="delete the line that is wrong, or repeat the run's command, which writes records anew",
            )
    return tuple(found.values())


def mixed_versions(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Sentences on scores of one table that are by several versions of a metric or a task."""
    versions: dict[tuple[str, str], dict[int, None]] = {}
    for row in rows:
        for noun in ("metric", "task"):
            versions.setdefault((noun, row[noun]), {})[row.get(f"{noun}_version", 0)] = None
    for (noun, name), known in versions.items():
        if len(known) > 1:
            listed = " and ".join(map(str, sorted(known)))
            way = "`xharness rescore` computes them anew" if noun == "metric" else "repeat the older run's command"
            yield f"warning: scores by versions {listed} of the {noun} {name} cannot be compared: {way}"


def mixed_training(models: Iterable[Model]) -> Iterator[str]:
    """A sentence on models of one table whose phases were not all trained alike."""
    if unlike := unlike_training(one for model in models for phase in model.phases for one in phase.trained_by):
        yield f"the phases behind these scores were not all trained alike ({unlike})"


def unlike_training(trained: Iterable[TrainedBy]) -> str:
    """In what phases were trained unlike each other, with what it changes; empty where they were trained alike.

    What differs is no part of a phase's digest, so that the store has such a phase once, trained by whoever came first.
    """
    differing = {name: " and ".join(several) for name, several in _values(trained).items() if len(several) > 1}
    return _told({name: f"{name} {several}" for name, several in differing.items()})


def unlike_here(trained: Iterable[TrainedBy], here: TrainedBy) -> str:
    """In what phases were trained unlike they would be here, with what it changes; empty where there is nothing."""
    own = {name: value for name, (value,) in _values([here]).items()}
    differing = {name: values for name, values in _values(trained).items() if {own.get(name)} != values.keys()}
    return _told({name: f"{name} {' and '.join(v)} (here {own.get(name)})" for name, v in differing.items()})


def _values(trained: Iterable[TrainedBy]) -> Mapping[str, dict[str, None]]:
    """What phases were trained with, each value once, by name."""
    values: dict[str, dict[str, None]] = {}
    for one in trained:
        computer = {"ranks": one.ranks, "device": one.device, "token_budget": one.token_budget}
        for name, value in {**computer, **one.versions}.items():
            values.setdefault(name, {})[str(value)] = None
    return values


def _told(differing: Mapping[str, str]) -> str:
    """Differences in a line, with what they change."""
    if not differing:
        return ""
    dropout = " and which dropout is drawn, as another seed does" if {"device", "token_budget"} & set(differing) else ""
    return f"{', '.join(differing.values())}; this changes rounding{dropout}"
