"""records.jsonl: one line a run, a model and a score; validated, appended and flushed as each is known."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonlines

from harness.errors import NothingToShow, StoreError

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
FILE = "records.jsonl"


class RecordWriter:
    """Appends records to a run's file.

    Args:
        directory: of the run.
        written: called with each record after it is on disk.
    """

    def __init__(self, directory: Path, written: Callable[[Mapping[str, Any]], None] = lambda _: None) -> None:
        self._path = directory / FILE
        self._written = written

    def write(self, kind: str, *, result: Mapping[str, Any], circumstance: Mapping[str, Any]) -> None:
        """Append one record.

        Args:
            kind: "run", "model", "score" or "measure".
            result: what a repeat must reproduce bit for bit.
            circumstance: what it need not: times, hosts, places.

        Raises:
            StoreError: the record does not follow the schema.
            ValueError: a number is infinite or not a number.
        """
        record = {"schema": SCHEMA, "record": kind, "result": dict(result), "circumstance": dict(circumstance)}
        validate(record)
        dumps = functools.partial(json.dumps, ensure_ascii=False, allow_nan=False)
        # What UTF-8 cannot hold, half of a surrogate pair, is written as JSON's own escape.
        with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            with jsonlines.Writer(file, dumps=dumps) as writer:
                writer.write(record)
            file.flush()
            os.fsync(file.fileno())
        self._written(record)


def validate(record: Mapping[str, Any], where: str = FILE) -> None:
    """Refuse a record that does not follow the schema.

    Raises:
        StoreError: it does not.
    """
    from jsonschema.exceptions import best_match

    error = best_match(_validator().iter_errors(record))
    if error is not None:
        path = ".".join(map(str, error.absolute_path)) or "record"
        raise StoreError(
            f"not a record of schema {SCHEMA}: {path}: {error.message[:200]}", code="not-a-record", where=where
        )


def read_records(directory: Path) -> Iterator[dict[str, Any]]:
    """The records of a run; a last line without its end, cut off by a crash, is passed over.

    Raises:
        NothingToShow: the directory has no records.
        StoreError: a line is not a record.
    """
    path = directory / FILE
    if not path.is_file():
        raise NothingToShow(
            "no records there", code="no-records", where=str(path), fix="name a directory that a run has written"
        )
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
        except ValueError as error:
            if number == len(lines):
                return
            raise StoreError(f"not JSON: {error}", code="not-json", where=f"{path}:{number}") from None
        validate(record, where=f"{path}:{number}")
        yield record


def flat_scores(directory: Path) -> list[dict[str, Any]]:
    """The scores of a run on clean rows, one flat dictionary each, with its model's and its run's fields joined in."""
    return [row for row in _all_scores(directory) if not row["perturbation"]]


def perturbed_scores(directory: Path) -> list[dict[str, Any]]:
    """The scores of a run on perturbed rows, as those of `flat_scores`."""
    return [row for row in _all_scores(directory) if row["perturbation"]]


def _all_scores(directory: Path) -> list[dict[str, Any]]:
    records = list(read_records(directory))
    by_digest = {r["result"]["digest"]: r for r in records if r["record"] in ("run", "model")}
    rows = []
    for record in records:
        if record["record"] != "score":
            continue
        result = dict(record["result"])
        interval = result.pop("interval") or {}
        model, run = by_digest[result["model"]]["result"], by_digest[result["run"]]
        row = {key: value for key, value in result.items() if not isinstance(value, list | dict)}
        row |= {"low": interval.get("low"), "high": interval.get("high"), "interval": interval.get("method")}
        # Scores of earlier versions do not say what their checkpoints were selected on.
        listed = {name: result.get(name, []) for name in ("overlap", "hyper", "selected_on")}
        row |= {name: json.dumps(value, ensure_ascii=False) for name, value in listed.items()}
        perturbation = result.get("perturbation") or {"name": "", "changed": 0}
        row |= {"perturbation": perturbation["name"], "n_changed": perturbation["changed"]}
        row |= {"arm": model["arm"], "mode": model["mode"], "seed": model["seed"]}
        row |= {"intermediate": "+".join(model["intermediate"]), "model_name": model["name"]}
        row |= _development(model)
        row |= {"run_directory": str(directory), "started": run["circumstance"]["started"]}
        rows.append(row)
    return rows


def flat_measures(directory: Path) -> list[dict[str, Any]]:
    """The measures of a run, one flat dictionary each, with its model's fields joined in."""
    records = list(read_records(directory))
    models = {r["result"]["digest"]: r["result"] for r in records if r["record"] == "model"}
    found = (record["result"] for record in records if record["record"] == "measure")
    return [row | {name: models[row["model"]][name] for name in ("arm", "mode", "seed")} for row in found]


def unscored(directory: Path) -> int:
    """How many of the predictions that a run was to score it has not, nor failed to: above 0, it was interrupted."""
    records = list(read_records(directory))
    scored = {record["result"]["predictions"] for record in records if record["record"] == "score"}
    # Earlier versions do not say what they planned.
    planned = (record["circumstance"].get("planned", 0) for record in records if record["record"] == "run")
    return max(0, max(planned, default=0) - len(scored))


def load_records(*runs: str | os.PathLike[str]) -> pd.DataFrame:
    """The scores of one or more runs as a table.

    Args:
        runs: run directories.

    Returns:
        One row a score: run, model, arm, mode, intermediate, seed, task, task_version, kind, language, split,
        perturbation ("" on clean rows), metric,
        metric_version, value, low, high, development_score (percent), n, n_skipped, limited, stand_in, overlap (JSON),
        selected_on (JSON), status and more.
    """
    import pandas as pd

    return pd.DataFrame([row for run in runs for row in _all_scores(Path(run))])


def _development(model: Mapping[str, Any]) -> dict[str, Any]:
    """How the target phase's checkpoint scored on its development rows; None without such a phase or rows."""
    last = model["phases"][-1] if model["phases"] else {}
    phase = last if last.get("phase") == "target" else {}
    return {name: phase.get(name) for name in ("development_score", "development_metric")}


@functools.cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    schema = json.loads((Path(__file__).parent / "schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema)
