"""Which rows say what tokens a trimmed model keeps: those of a suite, and those that a run trains on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from harness.errors import SettingsError
from harness.modeling.shape import OWN_ENCODERS
from harness.planning.stages.models import Trimmed
from harness.planning.stages.rows import Rows

if TYPE_CHECKING:
    from harness.hyper import Hyper
    from harness.planning.data import Data
    from harness.planning.stages.base import Checkpoint
    from harness.tasks import Task

SPLITS = ("train", "validation", "test")


def trimmed(model: Checkpoint, data: Data, wanted: Iterable[tuple[Task, Hyper]]) -> Trimmed:
    """A model with the tokens of some tasks' rows.

    Args:
        wanted: tasks, each with the hyper-parameters that its rows are encoded by; all of a run's and of a suite's.

    Raises:
        UserError: some rows cannot be read, or the model cannot be trimmed.
    """
    _refuse_untrimmable(model)
    rows: dict[str, Rows] = {}
    for task, hyper in wanted:
        for found in _rows_of(task, data, hyper):
            rows[json.dumps(found.encoding, sort_keys=True)] = found
    return Trimmed(model, tuple(rows.values()))


def _rows_of(task: Task, data: Data, hyper: Hyper) -> list[Rows]:
    """All that the data have of a task, and what it trains on."""
    found = [
        data.rows(task, data.split(task.name, split, language), hyper)
        for split in SPLITS
        for language in data.source.languages(task, split)
    ]
    trained_as = data.registry.task(task.trained_as)
    if data.source.languages(trained_as, "train"):
        found.append(data.rows(trained_as, data.training(task.name), hyper))
    return found


def _refuse_untrimmable(model: Checkpoint) -> None:
    if model.trimmed:
        raise SettingsError(
            "the model's vocabulary is trimmed already",
            code="already-trimmed",
            where=model.describe(),
            fix="leave --trim-vocab out",
        )
    if model.architecture in OWN_ENCODERS:
        raise SettingsError(
            f"the vocabulary of a model of type {model.architecture} cannot be trimmed",
            code="cannot-trim",
            where="--trim-vocab",
            fix="leave it out",
        )
