"""Which rows say what tokens a trimmed model keeps: those of a suite, and those that a run trains on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.errors import SettingsError
from harness.modeling.shape import OWN_ENCODERS
from harness.modeling.vocabulary import CutToken
from harness.planning.stages.base import stages_of
from harness.planning.stages.models import Trimmed
from harness.planning.stages.rows import Rows

if TYPE_CHECKING:
    from harness.hyper import Hyper
    from harness.planning.data import Data
    from harness.planning.plan import Plan
    from harness.planning.stages.base import Checkpoint
    from harness.planning.workbench import Workbench
    from harness.tasks import Task

SPLITS = ("train", "validation", "test")


def trimmed(model: Checkpoint, data: Data, wanted: Iterable[tuple[Task, Hyper]], read: Iterable[Rows]) -> Trimmed:
    """A model with the tokens of some rows. Of training rows all are counted, however many of them phases use.

    Args:
        wanted: tasks, each with the hyper-parameters that its rows are encoded by; all of a run's and of a suite's.
        read: the rows that the run encodes.

    Raises:
        UserError: some rows cannot be read, or the model cannot be trimmed.
    """
    _refuse_untrimmable(model)
    rows: dict[str, Rows] = {}
    for task, hyper in wanted:
        for found in _rows_of(task, data, replace(hyper, examples=0, random_labels=False)):
            rows[json.dumps(found.encoding, sort_keys=True)] = found
    for found in read:
        every = _all_of(found, data)
        rows.setdefault(json.dumps(every.encoding, sort_keys=True), every)
    return Trimmed(model, tuple(rows.values()))


def check_tokens(plan: Plan, bench: Workbench) -> None:
    """Refuse an evaluation of a trimmed model on texts with tokens that it does not have.

    Only rows that are still to be predicted are looked at; they are encoded for that.

    Raises:
        CutToken: some rows have such tokens; all of them are named.
    """
    if not any(model.trimmed for model in plan.models.values()):
        return
    results = (*(cell.stage for cell in plan.cells), *(one.stage for one in plan.measurings))
    refused = []
    for stage in stages_of(*results, there=lambda one: not one.folder or (one.is_known(bench) and bench.has(one))):
        try:
            stage.check(bench)
        except CutToken as error:
            refused.append(error)
    if refused:
        raise CutToken(
            "\n".join(error.what for error in refused),
            code="token-cut-off",
            fix="leave these tasks and languages out, or train with a --trim-vocab that has them, or with none; rows "
            "that --limit had left out, and --perturb, bring new tokens, too",
        )


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


def _all_of(rows: Rows, data: Data) -> Rows:
    """All training rows of a phase's texts, however many it takes and with whichever labels; others as they are."""
    if rows.split != "train":
        return rows
    hyper = replace(rows.hyper, examples=0, random_labels=False)
    return replace(rows, digest=data.training(rows.task).digest, hyper=hyper)


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
