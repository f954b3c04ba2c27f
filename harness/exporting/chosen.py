"""Which model of a run is exported: its records, its scores on one task, its checkpoint and its head."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from harness.benchmarks.leaderboard.scores import Collected, of_run
from harness.config import load_file
from harness.errors import NothingToShow, StoreError
from harness.integrity import MANIFEST, checked
from harness.outside import read_json
from harness.planning.models import given_model, named_model
from harness.planning.run_data import find_model
from harness.planning.session import start_of
from harness.planning.stages.rounded import Rounded, rounded_digest
from harness.planning.store import RELEASED
from harness.results.choice import arm_of, one_of
from harness.results.marks import ENGLISH
from harness.results.records import read_records
from harness.results.runs import SETTINGS, STORE
from harness.results.schema import ARM, SEED, TASK, Arm, Model, RunRecord

if TYPE_CHECKING:
    from harness.modeling.heads.base import Head
    from harness.registry import Registry
    from harness.tasks import Task

T = TypeVar("T", str, int)


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A model of a run as one task's.

    Attributes:
        run: the run's record.
        model: what its record says.
        arm: the arm that it is of.
        seed: of the run.
        scores: of this model on this task alone.
        directory: of the run.
        runs: the directory whose store has its stages.
        checkpoint: directory of encoder, tokenizer and, if it was trained, head.
        selected_in: languages other than English of rows that selected a checkpoint.
    """

    task: Task
    run: RunRecord
    model: Model
    arm: Arm
    seed: int
    scores: Collected
    directory: Path
    runs: Path
    checkpoint: Path
    selected_in: tuple[str, ...]

    @property
    def hyper(self) -> Mapping[str, Any]:
        """Hyper-parameters that rows in any scored language were encoded and outputs decoded with."""
        return {name: value for score in self.scores.scores for name, value in score.hyper.items()}


def choose(run: Path, runs: Path, registry: Registry, *, task: str | None, arm: str | None, seed: int | None) -> Chosen:
    """The model of a run with that task, arm and seed; each may be left out where there is only one.

    Args:
        run: directory of the run.
        runs: the directory whose store has its stages.

    Raises:
        UserError: there are several, or none.
        StoreError: its checkpoint is no longer there.
    """
    records = read_records(run)
    results = [record.result for record in records.clean]
    if not results:
        raise NothingToShow(
            "the run has no scores",
            code="run-without-scores",
            where=str(run),
            fix="repeat its command, or name another run",
        )
    of = "an exported model"
    task = one_of(_distinct(str(one.at[TASK]) for one in results), task, option="--task", of=of, where=run)
    results = [one for one in results if one.at[TASK] == task]
    arms = [records.arm(label) for label in _distinct(str(one.at[ARM]) for one in results)]
    arm = arm_of({one.label: one.base_label or one.label for one in arms}, arm, of=of, where=run)
    results = [one for one in results if one.at[ARM] == arm]
    seed = one_of(_distinct(int(one.at[SEED]) for one in results), seed, option="--seed", of=of, where=run)
    results = [one for one in results if one.at[SEED] == seed]
    model = records.model(results[0].model)
    scores = of_run(run)
    return Chosen(
        task=registry.task(task),
        run=records.run,
        model=model,
        arm=records.arm(arm),
        seed=seed,
        scores=scores.with_scores([s for s in scores.scores if (s.task, s.system.name, s.seed) == (task, arm, seed)]),
        directory=run,
        runs=runs,
        checkpoint=_checkpoint(model, run, runs, registry),
        # Records of older runs do not say it: they selected on English rows alone.
        selected_in=tuple(
            _distinct(rows.language for one in results for rows in one.selected_on if rows.language != ENGLISH)
        ),
    )


def load_chosen_head(chosen: Chosen, registry: Registry) -> Head:
    """The head of the task with its weights, as the scores were made with.

    Raises:
        ModelError: the checkpoint has none, or one for other labels.
    """
    from harness.modeling.checkpoints import HEADS, load_head, pretrained_head
    from harness.modeling.heads.base import HeadConfig, build_head
    from harness.modeling.shape import read_shape

    name, directory = chosen.task.trained_as, chosen.checkpoint
    heads = read_json(directory / HEADS) if (directory / HEADS).is_file() else {}
    kind = registry.kind(chosen.task.kind)
    shape = read_shape(directory)
    config = HeadConfig(
        task=name,
        head=kind.head,
        # Tasks with an open label set have those that the head was trained with.
        labels=chosen.task.labels or tuple(heads.get(name, {}).get("labels", ())),
        dropout=0.0,
        hidden_size=shape.hidden_size,
        layers=shape.layers,
        layer=chosen.hyper.get("layer", 0),
        pooling=chosen.hyper.get("pooling", "mean"),
        vocabulary=shape.vocabulary,
        embedding_size=shape.embedding_size,
        settings=kind.head_settings(chosen.hyper),
    )
    if type(kind).trained or name in heads:
        return load_head(directory, config)
    if type(kind).pretrained:
        return pretrained_head(_whole_start(chosen.model, chosen.directory, chosen.runs, registry), config)
    return build_head(config)


def with_whole_vocabulary(chosen: Chosen, registry: Registry, directory: Path) -> Chosen:
    """The same model with the rows of all tokens, where its vocabulary was trimmed.

    Args:
        directory: where it is then written; must not exist.

    Raises:
        StoreError: the model that it was cut from is gone, or has changed.
    """
    from harness.modeling import vocabulary

    if vocabulary.kept_ids(chosen.checkpoint) is None:
        return chosen
    whole = _whole_start(chosen.model, chosen.directory, chosen.runs, registry)
    vocabulary.restore(chosen.checkpoint, whole, directory, lambda task: registry.kind(registry.task(task).kind).head)
    return dataclasses.replace(chosen, checkpoint=directory)


def _whole_start(model: Model, run: Path, runs: Path, registry: Registry) -> Path:
    """Directory of the model that a run started from, before its vocabulary was trimmed."""
    from harness.modeling.vocabulary import FILE, whole_model

    start = start_of(model, run, runs, registry).path
    if not (start / FILE).is_file():
        return start
    digest = whole_model(start)
    built = runs / STORE / "model" / digest
    place = find_model(run, model.name, registry)
    whole = given_model(checked(built)) if built.is_dir() else named_model(place, registry)
    if (whole.path / FILE).is_file():
        raise StoreError(
            "the run started from a model whose vocabulary had been trimmed before, and does not know the whole one",
            code="trimmed-before",
            where=str(whole.path),
            fix="export from the run that trimmed it",
        )
    if whole.digest != digest:
        raise StoreError(
            "the model has changed since its vocabulary was trimmed",
            code="model-changed",
            where=str(whole.path),
            fix="put the model back as it was; the tokens that were cut come from there",
        )
    return whole.path


def _checkpoint(model: Model, run: Path, runs: Path, registry: Registry) -> Path:
    if not model.phases:
        return _whole_start(model, run, runs, registry)
    kind, digest = "train", model.phases[-1].digest
    if (run / SETTINGS).is_file() and load_file(run / SETTINGS).get("keep_precision"):
        # The scores are those of the rounded checkpoint.
        kind, digest = Rounded.folder, rounded_digest(digest)
    directory = runs / STORE / kind / digest
    if not (directory / MANIFEST).is_file():
        repeat = "repeat the run's command with --keep again"
        if not (directory / RELEASED).is_file():
            repeat = "repeat the run's command with another directory as --runs"
        raise StoreError(
            "the model's checkpoint is gone from the store",
            code="checkpoint-gone",
            where=str(directory),
            fix=f"{repeat}, which trains it again, or name the directory of its store with --runs",
        )
    return checked(directory)


def _distinct(values: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(values))
