"""What stands on a side of a comparison: a run, an arm or a model of one, a checkpoint, a leaderboard document."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.benchmarks.leaderboard.document import is_document, read_document
from harness.benchmarks.leaderboard.scores import of_document
from harness.comparing.provenance import Origin, origin_in_document, origin_in_records
from harness.errors import NothingToShow, UnknownName, UserError
from harness.integrity import MANIFEST
from harness.results.find import StoredRun, belonging, find_run, known_runs, require_scores
from harness.results.joined import joined, main_scores, with_evaluations
from harness.results.records import Records, as_json, read_records
from harness.results.runs import STORE, described, has, home_of, is_run
from harness.results.schema import Model
from harness.results.scores import Row, Scores

if TYPE_CHECKING:
    from harness.registry import Registry

APART = ":"
"""What stands between a run or a document and the arm or model of it that is meant."""

DIGEST = re.compile(r"[0-9a-f]{8,16}")
"""A checkpoint by its directory's name in the store, or the beginning of that."""

FORMS = "RUN, RUN:ARM, RUN:MODEL, FILE.json, FILE.json:ARM, or the digest or the directory of a checkpoint in the store"


@dataclass(frozen=True, kw_only=True)
class NamedSide:
    """What stands on a side of a comparison.

    Attributes:
        name: what the user called it.
        source: what the user called the run, document or checkpoint that it is of.
        scores: by main metrics, on rows to which nothing was done.
        origin: what made a score.
        stores: directories that may have the predictions.
    """

    name: str
    source: str
    scores: Scores
    origin: Callable[[Row], Origin]
    stores: tuple[Path, ...] = ()

    @property
    def arms(self) -> dict[str, Scores]:
        """The scores by the label of the arm."""
        return {label: group for (label,), group in self.scores.groups("arm").items()}


def find_side(text: str, runs: Path, registry: Registry, beside: NamedSide | None = None) -> NamedSide:
    """The side that a user means.

    Args:
        text: one of `FORMS`; ":ARM" is an arm of what the first side names, or of the latest run.
        runs: directory of runs.
        beside: the first side, if this is another one.

    Raises:
        NothingToShow: there is nothing of that name, or it has no scores.
        UserError: several are meant, or something cannot be read.
    """
    if text.startswith(APART):
        text = f"{beside.source if beside else _name_of_latest(runs)}{text}"
    read, source, parts = _found(text, runs)
    side = functools.reduce(_narrowed, parts, dataclasses.replace(read(registry), source=source))
    return dataclasses.replace(side, name=APART.join((_called(source), *parts)))


Read = Callable[["Registry"], NamedSide]


def _called(source: str) -> str:
    """What a run that is named by its directory is called, since paths are long; else what the user called it."""
    path = Path(source)
    return StoredRun(path, described(path)).called if path.name and is_run(path) else source


def _name_of_latest(runs: Path) -> str:
    latest = find_run(runs, None)
    return next(run.called for run in known_runs(runs) if run.directory == latest)


def _found(text: str, runs: Path) -> tuple[Read, str, list[str]]:
    """How to read what a text begins with, what that is called, and the parts of it that are chosen."""
    words = text.split(APART)
    # A path may have colons of its own, so that the longest name is tried first.
    for end in range(len(words), 0, -1):
        name, parts = APART.join(words[:end]), words[end:]
        if is_document(Path(name)) and Path(name).is_file():
            return functools.partial(_of_document, Path(name)), name, parts
        if (directory := _run_called(name, runs)) is not None:
            return functools.partial(_of_run, directory, runs), name, parts
        if (digest := _checkpoint(name)) is not None:
            return functools.partial(_of_checkpoint, digest, name, runs), name, parts
    known = ", ".join(run.called for run in known_runs(runs)[-5:]) or "none"
    raise NothingToShow(
        f"there is no run, document or checkpoint {words[0]!r}",
        code="unknown-side",
        where=str(runs.absolute()),
        fix=f"name {FORMS}; the latest runs: {known}",
    )


def _run_called(name: str, runs: Path) -> Path | None:
    """The run of a name; None if there is none. Of several that begin so, the error says which."""
    try:
        return find_run(runs, name)
    except NothingToShow:
        return None


def _checkpoint(name: str) -> str | None:
    path = Path(name)
    if (path / MANIFEST).is_file():
        return path.resolve().name
    return name if DIGEST.fullmatch(name) else None


def _of_run(directory: Path, runs: Path, registry: Registry) -> NamedSide:
    require_scores(directory)
    records = with_evaluations(read_records(directory), belonging(directory))
    return _of_records(str(directory), records, home_of(directory, runs) / STORE, registry)


def _of_records(source: str, records: Sequence[Records], store: Path, registry: Registry) -> NamedSide:
    from harness.evaluation.stored_items import StoredItems

    elsewhere = (Path(run.environment.store) for one in records for run in one.runs if run.environment.store)
    stores = (store, *dict.fromkeys(elsewhere))
    scores = main_scores(joined(Scores.of(*records, items=StoredItems(stores, registry))).clean)
    return NamedSide(
        name=source, source=source, scores=scores, origin=functools.partial(origin_in_records, records), stores=stores
    )


def _of_checkpoint(digest: str, name: str, runs: Path, registry: Registry) -> NamedSide:
    """The scores of all runs whose predictions are of a checkpoint, or of one that was trained from it."""
    having: list[Records] = []
    models: set[str] = set()
    for run in reversed(known_runs(runs)):
        plans = run.info.checkpoints
        may_have = plans is None or any(one.startswith(digest) for one in plans)
        records = read_records(run.directory) if may_have and has(run.directory, "score") else None
        of_it = {one for one, model in records.models.items() if _passes(model.result, digest)} if records else set()
        if records and of_it:
            having.append(records)
            models |= of_it
    if not having:
        raise NothingToShow(
            f"no run in {runs} has a score of the checkpoint {digest}",
            code="checkpoint-without-scores",
            where=name,
            fix="`xharness eval --checkpoint DIR --tasks ...` makes some",
        )
    side = _of_records(name, having, runs / STORE, registry)
    _check_one_model(having, models, digest)
    return dataclasses.replace(side, scores=side.scores.where(lambda row: row["model"] in models))


def _check_one_model(having: Sequence[Records], models: Collection[str], digest: str) -> None:
    """Refuse a checkpoint from which several models were trained that have scores of the same rows."""
    places: dict[tuple[Any, ...], set[str]] = {}
    for row in Scores.of(*having).clean.rows:
        if row["model"] in models and row["value"] is not None:
            places.setdefault((row["task"], row["language"], row["split"], row["seed"]), set()).add(row["model"])
    several = next((place for place, found in places.items() if len(found) > 1), None)
    if several:
        names = ", ".join(StoredRun(one.directory, described(one.directory)).called for one in having)
        raise UserError(
            f"several models that were trained from the checkpoint {digest} have scores of {several[0]}",
            code="several-models-of-a-checkpoint",
            where=f"runs {names}",
            fix=f"name the run, too: RUN:{digest}; or the checkpoint of the target",
        )


def _passes(model: Model, digest: str) -> bool:
    """Whether a model is a checkpoint, or comes from it."""
    return any(one.startswith(digest) for one in (model.digest, model.start, *(p.digest for p in model.phases)))


def _of_document(path: Path, registry: Registry) -> NamedSide:
    document = read_document(path)
    rows = list(_rows(document, str(path), registry))
    origin = functools.partial(origin_in_document, document)
    return NamedSide(name=str(path), source=str(path), scores=main_scores(Scores(rows)), origin=origin)


def _rows(document: Mapping[str, Any], origin: str, registry: Registry) -> Iterator[dict[str, Any]]:
    """The scores of a document as rows of the flat table, as far as it says what they hold."""
    for score in of_document(document, origin).scores:
        system, task = score.system, registry.tasks.get(score.task)
        yield score.row | {
            "arm": system.label,
            "base_label": system.name or system.arm,
            "arm_text": system.arm,
            "intermediate": "+".join(system.intermediate),
            "varied": system.varied,
            "model_name": system.model,
            "start": system.start,
            "model": "",
            "predictions": "",
            "perturbation": "",
            "clean": True,
            "main": task is None or task.metrics[0] == score.metric,
            "hyper": json.dumps(as_json(score.hyper), sort_keys=True),
            "run_directory": origin,
        }


def _narrowed(side: NamedSide, part: str) -> NamedSide:
    """What is chosen of a side by an arm's label, the name of a start model, or a checkpoint's digest."""
    for column in ("arm", "base_label", "model_name"):
        found = side.scores.where({column: part})
        if found.rows:
            return dataclasses.replace(side, scores=found)
    if DIGEST.fullmatch(part):
        found = side.scores.where(lambda row: any(s.digest.startswith(part) for s in side.origin(row).stages[:-1]))
        if found.rows:
            return dataclasses.replace(side, scores=found)
    known = dict.fromkeys(str(row[name]) for name in ("arm", "base_label", "model_name") for row in side.scores.rows)
    raise UnknownName("arm or model", part, known, where=side.source)
