"""What differs between two sides: settings, versions, and the first stage on the way to each score."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.comparing.pairing import PairedTask
from harness.comparing.provenance import Differing, MadeBy, Origin
from harness.errors import StoreError
from harness.hyper import flatten
from harness.planning.store import Store
from harness.results.consistency import unlike_training
from harness.results.schema import LANGUAGE, SEED, TrainedBy
from harness.results.scores import Row


@dataclass(frozen=True, kw_only=True)
class FirstStage:
    """The first stage on the way to scores that is not the same on both sides.

    Attributes:
        left, right: its name on each side; "" where one goes on without it.
        digests: of the stages, those of the left side first; "" where a document does not say it.
        facts: what decides its result and differs; empty where records do not say.
        tasks: whose scores it is first for.
    """

    left: str
    right: str
    digests: tuple[tuple[str, str], ...]
    facts: tuple[Differing, ...]
    tasks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Differences:
    """What differs between two sides.

    Attributes:
        settings: of the runs.
        environment: versions of programs and plugins, and devices.
        stages: the first that differ; of other tasks other ones.
        same: tasks whose predictions are the same on both sides.
        training: how phases were trained unlike each other, in words, where that is not among what decides them.
    """

    settings: tuple[Differing, ...]
    environment: tuple[Differing, ...]
    stages: tuple[FirstStage, ...]
    same: tuple[str, ...]
    training: str = ""


Origins = Callable[[Row], Origin]


def find_differences(
    tasks: Sequence[PairedTask], left: Origins, right: Origins, stores: Sequence[Path] = ()
) -> Differences:
    """What differs between the sides of tasks.

    Args:
        left, right: what made a score of each side.
        stores: where manifests of stages may be, which say what records do not.
    """
    settings: dict[tuple[str, str], Differing] = {}
    environment: dict[tuple[str, str], Differing] = {}
    stages: dict[tuple[Any, ...], tuple[FirstStage, dict[tuple[str, str], None], dict[str, None]]] = {}
    same: dict[str, None] = {}
    runs: set[tuple[str, str]] = set()
    trained: list[TrainedBy] = []
    for task in tasks:
        for mine, theirs in _representatives(task):
            origins = left(mine), right(theirs)
            if (key := (mine["run"], theirs["run"])) not in runs:
                runs.add(key)
                settings |= {(one.name, repr(one)): one for one in differing(*(side.settings for side in origins))}
                environment |= {(one.name, repr(one)): one for one in differing(*(o.environment for o in origins))}
            trained += [one for side in origins for one in side.trained_by]
            first = _first(*(side.stages for side in origins), stores=stores)
            if first is None and not task.may_be_same:
                continue
            if first is None:
                same[task.task] = None
                continue
            key_of = (first.left, first.right, repr(first.facts))
            _, digests, of_tasks = stages.setdefault(key_of, (first, {}, {}))
            digests |= dict.fromkeys(first.digests)
            of_tasks[task.task] = None
    return Differences(
        settings=tuple(settings.values()),
        environment=tuple(environment.values()),
        stages=tuple(
            FirstStage(
                left=first.left, right=first.right, digests=tuple(digests), facts=first.facts, tasks=tuple(of_tasks)
            )
            for first, digests, of_tasks in stages.values()
        ),
        same=tuple(task for task in same if not any(task in of_tasks for _, _, of_tasks in stages.values())),
        training=unlike_training(trained),
    )


def differing(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Differing]:
    """The values that are not the same."""
    for name in dict.fromkeys((*left, *right)):
        if left.get(name) != right.get(name):
            yield Differing(name, left.get(name), right.get(name))


def _representatives(task: PairedTask) -> Iterator[tuple[Row, Row]]:
    """Pairs of rows of a task; of each two models one pair, whose languages come from the same stages."""
    others = {(row[LANGUAGE], row[SEED]): row for row in task.right.rows}
    known: set[tuple[Any, ...]] = set()
    for row in task.left.rows:
        other = others[row[LANGUAGE], row[SEED]]
        same_model = row["model"] and row["model"] == other["model"]
        models = [(side["model"], side.get("start"), side.get("training"), side["run"]) for side in (row, other)]
        key = (*models, row[LANGUAGE] if same_model else "")
        if key not in known:
            known.add(key)
            yield row, other


def _first(left: Sequence[MadeBy], right: Sequence[MadeBy], *, stores: Sequence[Path]) -> FirstStage | None:
    """The first stage that is not the same; None where all are."""
    for mine, theirs in zip(left, right, strict=False):
        if mine.is_same(theirs):
            continue
        if mine.name != theirs.name:
            return _extra(mine, theirs)
        return FirstStage(
            left=mine.name,
            right=theirs.name,
            digests=((mine.digest, theirs.digest),),
            facts=tuple(_facts(mine, theirs, stores)),
            tasks=(),
        )
    return None


def _extra(left: MadeBy, right: MadeBy) -> FirstStage:
    """A phase that one side has, where the other goes on without it."""
    if _is_intermediate(left):
        facts, digests = (Differing("tasks", left.facts.get("tasks"), None),), (left.digest, "")
        return FirstStage(left=left.name, right="", digests=(digests,), facts=facts, tasks=())
    if _is_intermediate(right):
        facts, digests = (Differing("tasks", None, right.facts.get("tasks")),), ("", right.digest)
        return FirstStage(left="", right=right.name, digests=(digests,), facts=facts, tasks=())
    return FirstStage(left=left.name, right=right.name, digests=((left.digest, right.digest),), facts=(), tasks=())


def _is_intermediate(stage: MadeBy) -> bool:
    return "intermediate" in stage.name


def _facts(left: MadeBy, right: MadeBy, stores: Sequence[Path]) -> Iterator[Differing]:
    """What decides results and differs: by records, and what only stores say: settings of a phase's single tasks."""
    told = list(left.differing(right))
    yield from told
    inputs = [_inputs(one.digest, stores) for one in (left, right)]
    tasks = [{one["task"]: one for one in found.get("tasks", ())} for found in inputs]
    # Records may be older than what they would say today.
    if not told:
        yield from differing(*(flatten({name: found[name] for name in found if name != "tasks"}) for found in inputs))
    for task in (name for name in tasks[0] if name in tasks[1]):
        yield from differing(*(_settings_of(task, found[task]) for found in tasks))


def _settings_of(task: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a phase knows of one of its tasks, by the names that settings have."""
    inputs = {**inputs, **inputs.get("hyper", {})}
    return flatten({"tasks": {task: {name: value for name, value in inputs.items() if name != "hyper"}}})


def _inputs(digest: str, stores: Iterable[Path]) -> Mapping[str, Any]:
    """All that decides a stage's result, where a store says it."""
    for root in stores if digest else ():
        store = Store(root)
        for kind in (path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else ():
            if store.has(kind, digest) or store.is_let_go(kind, digest):
                # What is wrong with a manifest is told by whoever needs the stage.
                with contextlib.suppress(StoreError):
                    inputs: Mapping[str, Any] = store.manifest(kind, digest)["inputs"]
                    return inputs
    return {}
