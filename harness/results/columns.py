"""The columns of the flat table of scores, made from the types of records; a row per score, its run joined in."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from harness.errors import StoreError
from harness.results.jsonschema import json_schema
from harness.results.records import Records
from harness.results.references import references
from harness.results.schema import ARM, COORDINATES, PERTURBATION, Arm, Model, Record, Score

OF_ARM = {"text": "arm_text", "settings": "arm_settings", "varied": "varied", "base_label": "base_label"}
"""Columns by field of the arm."""

OF_PHASE = ("development_score", "development_metric")
"""Columns that are fields of the target phase."""

COMPUTED = {
    "mode": "`none`, `single` (one task), `multitask` (one phase on several) or `sequential` (several phases)",
    "intermediate": "all intermediate tasks of the arm, in order, with `+` between them",
    "intermediate_score": "`development_score` of the last intermediate phase; null where none selected its checkpoint",
    "against": "label of the arm to subtract for gains; empty for the arm that others are compared with",
    "clean": "whether it has no further coordinates: its rows are as they were, its checkpoint is the kept one",
    "diagnostic": "whether labels need not survive what was done to the rows, so that a drop is expected",
    "run_directory": "directory that the records were read from",
    "interval": "how the interval was computed",
}


@functools.cache
def columns() -> Mapping[str, str]:
    """What each column is, by name; studies may bring more coordinates."""
    parts = json_schema()["$defs"]
    score, interval, arm, phase, model = (parts[name]["properties"] for name in _PARTS)
    found = {name: score[name]["description"] for name in (*_scalars(), *_containers())}
    found |= COORDINATES
    found |= {name: interval[name]["description"] for name in ("low", "high")}
    found |= {column: arm[name]["description"] for name, column in OF_ARM.items()}
    found |= {name: phase[name]["description"] for name in OF_PHASE}
    found |= {"model_name": model["name"]["description"], **COMPUTED}
    found["started"] = parts["RunEnvironment"]["properties"]["started"]["description"]
    return found


_PARTS = ("Score", "Interval", "Arm", "Phase", "Model")
_APART = {"at", "interval"}
"""Fields of a score that become several columns."""


def flat_rows(records: Records, against: str | None = None) -> Iterator[dict[str, Any]]:
    """The scores of a run, one flat dictionary each.

    Args:
        against: label of the arm that gains are against, instead of the run's own.

    Raises:
        StoreError: a coordinate is called like a column.
    """
    labels = {str(one.result.at[ARM]) for one in records.scores}
    arms = {label: _of_arm(records.arm(label)) for label in labels}
    chosen = against or (records.runs[0].result.against if records.runs else None)
    against_of = references(tuple(records.arms.values()), chosen)
    runs = {run.result.digest: run.environment.started for run in records.runs}
    models = {digest: _of_model(records.model(digest)) for digest in {one.result.model for one in records.scores}}
    directory, scalars, containers = str(records.directory), _scalars(), _containers()
    texts: dict[str, str] = {}
    for record in records.scores:
        score = record.result
        interval = score.interval
        row: dict[str, Any] = {name: getattr(score, name) for name in scalars}
        row |= {name: _json(getattr(score, name), texts) for name in containers}
        row[PERTURBATION] = ""
        _check_coordinates(score, records)
        row |= score.at
        row["clean"] = score.plain
        row["diagnostic"] = any(transform.diagnostic for transform in score.transforms)
        row["low"], row["high"] = (interval.low, interval.high) if interval else (None, None)
        row["interval"] = interval.method if interval else None
        row |= models[score.model]
        label = str(score.at[ARM])
        row |= arms[label]
        row["against"] = against_of.get(label, "")
        row |= {"run_directory": directory, "started": runs.get(score.run, "")}
        yield row


def _check_coordinates(score: Score, records: Records) -> None:
    """Refuse coordinates that would stand in the place of what a column is."""
    taken = score.at.keys() & (columns().keys() - COORDINATES.keys())
    if taken:
        raise StoreError(
            f"a score has the coordinate {min(taken)}, which is the name of a column",
            code="coordinate-like-column",
            where=str(records.path),
            fix="have the study that adds it call it by another name",
        )


def _of_arm(arm: Arm) -> dict[str, Any]:
    fields = {column: getattr(arm, name) for name, column in OF_ARM.items()}
    found = {name: _json(value) if isinstance(value, dict) else value for name, value in fields.items()}
    found["base_label"] = arm.base_label or arm.label
    return found | {"mode": arm.mode, "intermediate": "+".join(arm.intermediate)}


def _of_model(model: Model) -> dict[str, Any]:
    phase = model.target_phase
    scores = [one.development_score for one in model.phases if one.phase == "intermediate"]
    of_phase = {name: getattr(phase, name) if phase else None for name in OF_PHASE}
    return {"model_name": model.name, "intermediate_score": scores[-1] if scores else None, **of_phase}


def _json(value: Any, known: dict[str, str] | None = None) -> str:
    """JSON of a part of a record; equal texts are one object, since a run has few different ones."""
    if not value:
        return "{}" if isinstance(value, dict) else "[]"
    text = msgspec.json.encode(value).decode()
    return text if known is None else known.setdefault(text, text)


@functools.cache
def _scalars() -> tuple[str, ...]:
    """Fields of a score that are one number, text or truth value."""
    return tuple(name for name in Score.__struct_fields__ if name not in _APART and not _is_container(Score, name))


@functools.cache
def _containers() -> tuple[str, ...]:
    """Fields of a score that are columns of JSON."""
    return tuple(name for name in Score.__struct_fields__ if name not in _APART and _is_container(Score, name))


def _is_container(record: type[Record], name: str) -> bool:
    field = json_schema()["$defs"][record.__name__]["properties"][name]
    return "$ref" in field or field.get("type") in ("array", "object")
