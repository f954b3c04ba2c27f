"""What a study's answer rests on: scores with their items, and measures, of one encoder."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.errors import NothingToShow, SettingsError, counted
from harness.results.columns import columns
from harness.results.comparison import ROUNDING
from harness.results.consistency import mixed_versions
from harness.results.marks import ENGLISH
from harness.results.records import Records
from harness.results.schema import COORDINATES, LANGUAGE, NEEDED, PERTURBATION, TASK, Measure
from harness.results.scores import Items, Row, Scores, no_items
from harness.studies.tasks import known_task

SHOWN = 5
"""Cells that a message names."""


@dataclass(frozen=True)
class Evidence:
    """Records of one encoder, of as many runs as there are.

    Attributes:
        scores: of all rows, perturbed ones and those with further coordinates included; each place has one.
        measures: one flat row per measure: its coordinates, `clean` (without further ones), `measure`, `value`, `unit`
            and `n`; failed ones left out.
        repeat: the command that makes what is missing, for messages.
        starts: digests of the files that its chains began with; several where arms differ in the model's parameters.
        training_rows: of each task that intermediate phases have trained on, where records say, and all the same.
    """

    scores: Scores
    measures: Sequence[Row] = ()
    repeat: str = ""
    starts: tuple[str, ...] = ()
    training_rows: Mapping[str, int] = field(default_factory=dict)

    def require(self, **coordinates: Iterable[Any]) -> Scores:
        """The scores at all combinations of coordinates, in every language that any of them has.

        They are of clean rows and kept checkpoints, unless a further coordinate is named, such as perturbation or step.

        Args:
            coordinates: values by name, such as arm=("none", "mnli"), task=("xnli",).

        Raises:
            NothingToShow: a combination has no score; the message names some, and the command that makes them.
        """
        wanted = {name: tuple(values) for name, values in coordinates.items()}
        plain = wanted.keys() <= set(NEEDED) | columns().keys() - {PERTURBATION}
        # A coordinate that no score has is missing like any other.
        found = self.scores.where(
            lambda row: (row["clean"] or not plain) and all(row.get(name) in values for name, values in wanted.items())
        )
        names = tuple(dict.fromkeys((*wanted, TASK, LANGUAGE)))
        there = {tuple(row.get(name) for name in names) for row in found.rows if row["value"] is not None}
        had: dict[str, dict[str, None]] = {}
        for row in found.rows:
            had.setdefault(row[TASK], {})[row[LANGUAGE]] = None
        missing = []
        for place in itertools.product(*wanted.values()):
            cell = dict(zip(wanted, place, strict=True))
            own = [(task, code) for task, codes in had.items() for code in codes if cell.get(TASK, task) == task]
            own = [pair for pair in own if cell.get(LANGUAGE, pair[1]) == pair[1]]
            every = [{**cell, TASK: task, LANGUAGE: code} for task, code in own] or [cell]
            missing += [one for one in every if tuple(one.get(name) for name in names) not in there]
        if missing:
            raise MissingCells(missing, self.repeat)
        return found

    def require_in(self, languages: Sequence[str], **coordinates: Iterable[Any]) -> Scores:
        """The main scores at all combinations of coordinates, of clean rows, in some languages.

        Args:
            languages: codes; all that were scored if none.
            coordinates: as of `require`; tasks are among them.

        Raises:
            NothingToShow: as of `require`; or a language, English aside, was scored in no task, or not in one that has
                it.
        """
        found = self.require(**coordinates).clean.where({"main": True})
        if not languages:
            return found
        wanted = {name: tuple(values) for name, values in coordinates.items()}
        tasks = wanted.pop(TASK)
        own = replace(self, scores=found)
        own.require(**wanted, language=[code for code in languages if code != ENGLISH])
        for task in tasks:
            had = set(known_task(task).languages) - {ENGLISH}
            own.require(**wanted, task=(task,), language=[code for code in languages if code in had])
        return found.where({LANGUAGE: tuple(languages)})

    def require_measures(self, measure: str, **coordinates: Iterable[Any]) -> Sequence[Row]:
        """The values of a measure at all combinations of coordinates.

        Raises:
            NothingToShow: as of `require`.
        """
        wanted = {"measure": (measure,), **{name: tuple(values) for name, values in coordinates.items()}}
        found = [row for row in self.measures if all(row.get(name) in values for name, values in wanted.items())]
        there = {tuple(row.get(name) for name in wanted) for row in found}
        missing = [place for place in itertools.product(*wanted.values()) if place not in there]
        if missing:
            raise MissingCells([dict(zip(wanted, place, strict=True)) for place in missing], self.repeat)
        return found

    def of_seeds(self, seeds: Iterable[int]) -> Evidence:
        """Those of some seeds, and what is of none."""
        wanted = {None, *seeds}
        scores = self.scores.where(lambda row: row.get("seed") in wanted)
        return replace(self, scores=scores, measures=[row for row in self.measures if row.get("seed") in wanted])


class MissingCells(NothingToShow):
    """Scores or measures that a study needs and records do not have."""

    def __init__(self, cells: Sequence[Mapping[str, Any]], repeat: str) -> None:
        shown = "; ".join(", ".join(f"{name} {value}" for name, value in cell.items()) for cell in cells[:SHOWN])
        more = f"; and {len(cells) - SHOWN:,} more" if len(cells) > SHOWN else ""
        super().__init__(
            f"{counted(len(cells), 'cell')} that the study needs {'is' if len(cells) == 1 else 'are'} missing",
            code="cells-missing",
            where=f"{shown}{more}",
            fix=f"run what makes them: {repeat}; with --plan it says how long that takes" if repeat else None,
        )


def evidence_of(records: Sequence[Records], items: Items = no_items, repeat: str = "") -> dict[str, Evidence]:
    """What runs say about each of their models, by its name, in whatever order the runs are.

    Args:
        records: of runs.
        items: what the items behind a score got.

    Raises:
        SettingsError: scores of a task are of different rows, or by different versions; one place has two values; or
            models of one name are different ones.
    """
    scores = Scores.of(*records, items=items)
    measures = [row for one in records for row in _measure_rows(one)]
    found = {}
    for (name,), own in scores.groups("model_name").items():
        model = str(name)
        starts = _starts(records, model)
        _check_comparable(own.rows, model)
        rows = _each_once(own.rows, _place, model)
        mine = _each_once([row for row in measures if row["model_name"] == name], _measure_place, model)
        found[model] = Evidence(replace(own, rows=rows), mine, repeat, starts, _training_rows(records, model))
    return found


def _training_rows(records: Sequence[Records], name: str) -> dict[str, int]:
    models = (one.result for run in records for one in run.models.values() if one.result.name == name)
    phases = (phase for model in models for phase in model.phases if phase.phase == "intermediate")
    found: dict[str, set[int]] = {}
    for phase in phases:
        for task, rows in phase.rows.items():
            found.setdefault(task, set()).add(rows)
    return {task: next(iter(numbers)) for task, numbers in found.items() if len(numbers) == 1}


def _starts(records: Sequence[Records], name: str) -> tuple[str, ...]:
    """Digests of the files that a model's chains began with; several where the arms of one run differ in them.

    Raises:
        SettingsError: runs began with different models of this name.
    """
    models = [{one.result.start for one in run.models.values() if one.result.name == name} for run in records]
    every = set().union(*models)
    if models and every not in models:
        raise SettingsError(
            f"the runs began with different models called {name}",
            code="mixed-evidence",
            where=", ".join(str(run.directory) for run in records),
            fix="read the runs of one; a tokenizer that is made from a run's texts makes another model of each run",
        )
    return tuple(sorted(every))


def _each_once(rows: Sequence[Row], place: Callable[[Row], tuple[Any, ...]], model: str) -> list[Row]:
    """Rows, each place once.

    Raises:
        SettingsError: a place has two values.
    """
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        other = found.setdefault(place(row), row)
        if other["value"] is None:
            found[place(row)] = row
        elif row["value"] is not None and abs(row["value"] - other["value"]) > ROUNDING:
            what = ", ".join(str(part) for part in place(row) if part)
            raise SettingsError(
                f"two values of {what}: {other['value']:g} and {row['value']:g}",
                code="mixed-evidence",
                where=f"model {model}; {other['run_directory']}, {row['run_directory']}",
                fix="leave one of these runs out: they differ in hyper-parameters or in the machine",
            )
    return list(found.values())


def _measure_place(row: Row) -> tuple[Any, ...]:
    """All coordinates and the name of a measure."""
    other = ("value", "unit", "n", "model_name", "run_directory", "clean")
    return tuple(sorted((name, str(value)) for name, value in row.items() if name not in other))


def _place(row: Row) -> tuple[Any, ...]:
    """All coordinates and the metric of a score."""
    further = tuple(sorted((name, value) for name, value in _further(row).items()))
    return (*(row.get(name) for name in COORDINATES), row["metric"], further)


def _further(row: Row) -> Mapping[str, Any]:
    return {name: str(value) for name, value in row.items() if name not in columns()}


def _measure_rows(records: Records) -> Iterable[dict[str, Any]]:
    for record in records.measures:
        one: Measure = record.result
        if one.value is not None:
            yield {
                **one.at,
                "clean": one.plain,
                "measure": one.measure,
                "value": one.value,
                "unit": one.unit,
                "n": one.n,
                "model_name": records.model(one.model).name,
                "run_directory": str(records.directory),
            }


def _check_comparable(rows: Sequence[Row], model: str) -> None:
    """Refuse scores that cannot stand in one table.

    Raises:
        SettingsError: they are by several versions of a task or metric, or of other rows.
    """
    versions = [line.removeprefix("warning: ") for line in mixed_versions(rows)]
    if versions:
        raise SettingsError(versions[0], code="mixed-evidence", where=f"model {model}")
    data: dict[tuple[Any, ...], dict[str, str]] = {}
    for row in rows:
        place = tuple(row[name] for name in ("task", "language", "split", "perturbation"))
        data.setdefault(place, {})[row["data"]] = row["run_directory"]
    for place, runs in data.items():
        if len(runs) > 1:
            what = " ".join(str(part) for part in place if part)
            raise SettingsError(
                f"scores of {what} are of different rows",
                code="mixed-evidence",
                where=f"model {model}; {', '.join(runs.values())}",
                fix="leave one of these runs out, or run both on the same data",
            )
