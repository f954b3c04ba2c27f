"""A run as documents of Every Eval Ever, in the folders that its datastore takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import NothingToShow, UnknownName
from harness.evaluation.stored_items import StoredItems
from harness.every_eval_ever.document import document
from harness.every_eval_ever.evaluations import Evaluation, Result, evaluations
from harness.every_eval_ever.items import item_records
from harness.outputs import check_new_folder, new_folder
from harness.results.records import read_records
from harness.results.schema import ARM
from harness.visible import visible

if TYPE_CHECKING:
    from harness.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written.

    Attributes:
        gone: results whose stored predictions are gone, so that they have no items.
        failed: what has no score and is in no document's results, in words.
    """

    documents: int
    scores: int
    items: int
    gone: tuple[str, ...]
    failed: tuple[str, ...]


def export_evaluations(
    run: Path,
    stores: Sequence[Path],
    registry: Registry,
    *,
    output: Path,
    arms: Sequence[str] = (),
    organization: str = "",
    items: bool = True,
) -> Exported:
    """Write a document per checkpoint of a run, and a file of its items beside it.

    The same records and predictions give the same bytes.

    Args:
        run: directory of the run.
        stores: where its predictions are.
        output: a new folder.
        arms: labels of those that take part; all by default.
        organization: who evaluated.
        items: whether items are written.

    Raises:
        NothingToShow: the run has no scores.
        UnknownName: it has no arm of a label.
        UserError: something is in the folder, or it cannot be written.
    """
    check_new_folder(output)
    records = read_records(run)
    known = dict.fromkeys(str(one.result.at[ARM]) for one in records.clean)
    for arm in arms:
        if arm not in known:
            raise UnknownName("arm", arm, known, where="--arm")
    found = list(evaluations(records, registry, arms=arms, organization=organization))
    if not found:
        raise NothingToShow(
            "the run has no scores",
            code="run-without-scores",
            where=str(run),
            fix="repeat its command, or name another run",
        )
    stored = StoredItems(
        [*stores, *(Path(one.environment.store) for one in records.runs if one.environment.store)], registry
    )
    with new_folder(output) as aside:
        written = [_write(one, stored, registry, aside, items=items) for one in found]
    return Exported(
        documents=len(found),
        scores=sum(len(one.results) for one in found),
        items=sum(count for count, _ in written),
        gone=tuple(name for _, names in written for name in names),
        failed=tuple(line for one in found for line in one.failed),
    )


def _write(
    evaluation: Evaluation, stored: StoredItems, registry: Registry, folder: Path, *, items: bool
) -> tuple[int, list[str]]:
    """Write a document and its items; how many there are, and the results without any."""
    path = folder / f"{evaluation.path}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    gone: list[str] = []
    digest, count = hashlib.sha256(), 0
    samples = folder / f"{evaluation.path}_samples.jsonl"
    if items:
        with samples.open("wb") as file:
            for result in evaluation.results:
                lines = list(_lines(evaluation, result, stored, registry))
                gone += [] if lines else [result.name]
                for line in lines:
                    digest.update(line)
                    file.write(line)
                count += len(lines)
        if not count:
            samples.unlink()
    content = document(evaluation, registry, frozenset(gone))
    if count:
        content["detailed_evaluation_results"] = {
            "format": "jsonl",
            "file_path": f"{evaluation.path}_samples.jsonl",
            "hash_algorithm": "sha256",
            "checksum": digest.hexdigest(),
            "total_rows": count,
        }
    path.write_bytes(_as_bytes(content, indent=1))
    return count, gone


def _lines(evaluation: Evaluation, result: Result, stored: StoredItems, registry: Registry) -> Iterator[bytes]:
    """The items of a result; none where its predictions are gone."""
    row = {"predictions": result.score.predictions, "metric": result.score.metric}
    scores = stored(row)
    predictions = stored.predictions(row)
    if scores is not None and predictions is not None:
        for record in item_records(evaluation, result, predictions, scores, registry):
            yield _as_bytes(record)


def _as_bytes(content: Any, indent: int | None = None) -> bytes:
    """JSON in a line, or indented; hidden characters as JSON's own escapes."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=indent)
    return f"{visible(text, lines=indent is not None)}\n".encode()
