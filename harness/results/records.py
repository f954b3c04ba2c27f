"""records.jsonl: one line per run, model, score and measure; checked, appended and flushed as each is known."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import jsonlines
import msgspec

from harness.errors import NothingToShow, StoreError
from harness.outside import parse_json
from harness.results import schema1
from harness.results.consistency import check_models, consistent
from harness.results.schema import (
    KINDS,
    SCHEMA,
    AnyRecord,
    Arm,
    Environment,
    MeasureRecord,
    Model,
    ModelRecord,
    Result,
    RunEnvironment,
    RunRecord,
    ScoreRecord,
)

FILE = "records.jsonl"
CUT: Final = "cut"

_DECODER: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)


class RecordWriter:
    """Appends records to a run's file.

    Args:
        directory: of the run.
        written: called with each record, as JSON has it, after it is on disk.
    """

    def __init__(self, directory: Path, written: Callable[[Mapping[str, Any]], None] = lambda _: None) -> None:
        self._path = directory / FILE
        self._written = written

    def write(self, result: Result, environment: RunEnvironment | Environment) -> None:
        """Append one record.

        Args:
            result: what a repeat must reproduce bit for bit.
            environment: what it need not: times, hosts, places.

        Raises:
            StoreError: the record does not follow the schema, or has a number that cannot be one.
        """
        parts = {"result": msgspec.to_builtins(result), "environment": msgspec.to_builtins(environment)}
        line = {"record": KINDS[type(result)], "schema": SCHEMA, **parts}
        check(line)
        dumps = functools.partial(json.dumps, ensure_ascii=False, allow_nan=False)
        # What UTF-8 cannot hold, half of a surrogate pair, is written as JSON's own escape.
        with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            with jsonlines.Writer(file, dumps=dumps) as writer:
                writer.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._written(json.loads(dumps(line)))


@dataclass(frozen=True)
class Records:
    """All records of a run.

    Attributes:
        directory: of the run.
        models: by digest.
        cut: whether the last line has no end, so that what it was to say is lost.
    """

    directory: Path
    runs: tuple[RunRecord, ...]
    models: Mapping[str, ModelRecord]
    scores: tuple[ScoreRecord, ...]
    measures: tuple[MeasureRecord, ...]
    cut: bool = False

    @property
    def run(self) -> RunRecord:
        """The record of the run.

        Raises:
            StoreError: the file has none.
        """
        if not self.runs:
            raise StoreError("the records do not say what run they are of", code="no-run-record", where=str(self.path))
        return self.runs[0]

    @property
    def path(self) -> Path:
        """The file."""
        return self.directory / FILE

    @property
    def arms(self) -> Mapping[str, Arm]:
        """The run's arms by label."""
        return {arm.label: arm for run in self.runs for arm in run.result.arms}

    def arm(self, label: str) -> Arm:
        """An arm by its label; of one that the run does not tell of, nothing else is known."""
        return self.arms.get(label) or Arm(label=label, text=label)

    @property
    def clean(self) -> tuple[ScoreRecord, ...]:
        """The scores on rows to which nothing was done, of the checkpoints that the run was to make."""
        return tuple(score for score in self.scores if score.result.plain)

    def model(self, digest: str) -> Model:
        """A model that a score or measure names.

        Raises:
            StoreError: it is not there.
        """
        if digest not in self.models:
            raise StoreError(
                f"a record names the model {digest}, which is not there", code="lost-model", where=str(self.path)
            )
        return self.models[digest].result

    @property
    def unscored(self) -> int:
        """How many planned predictions are neither scored nor failed: above 0, the run was interrupted."""
        scored = {frozenset(score.result.at.items()) for score in self.scores}
        # Earlier versions do not say what they planned.
        planned = max((run.environment.planned for run in self.runs), default=0)
        return max(0, planned - len(scored))


def as_json(value: object) -> Any:
    """A part of a record as JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(value))


def check(line: Mapping[str, Any], where: str = FILE) -> AnyRecord:
    """A line of JSON as a record.

    Raises:
        StoreError: it does not follow the schema.
    """
    try:
        return msgspec.convert(line, AnyRecord)  # type: ignore[no-any-return]
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise StoreError(f"not a record of schema {SCHEMA}: {error}", code="not-a-record", where=where) from None


def read_records(directory: Path) -> Records:
    """The records of a run; a last line without its end, cut off by a crash, is passed over.

    Each file is read once, however often it is asked for, unless it has changed.

    Raises:
        NothingToShow: the directory has no records.
        StoreError: a line is not a record.
    """
    path = directory / FILE
    try:
        state = path.stat()
    except OSError:
        state = None
    if state is None or not path.is_file():
        raise NothingToShow(
            "no records there",
            code="no-records",
            where=str(path),
            fix="name a directory that a run has written to; one that was interrupted before its first score has none",
        )
    return _read(directory, state.st_mtime_ns, state.st_size, state.st_ino)


@functools.lru_cache(maxsize=8)
def _read(directory: Path, *state: int) -> Records:
    """The records of a file as it was at some time."""
    del state
    path = directory / FILE
    found = list(_records(path))
    models = {record.result.digest: record for record in found if isinstance(record, ModelRecord)}
    measures = tuple(record for record in found if isinstance(record, MeasureRecord))
    scores = consistent([record for record in found if isinstance(record, ScoreRecord)], str(path))
    check_models([*scores, *measures], models, str(path))
    runs = tuple(record for record in found if isinstance(record, RunRecord))
    return Records(directory, runs, models, scores, measures, cut=CUT in found)


def _records(path: Path) -> Iterator[AnyRecord | Literal["cut"]]:
    """The records of a file, and `CUT` where its last line has no end.

    Of schema 1 the run comes last, since its arms are those of all models.
    """
    upgrade = schema1.Upgrade()
    runs: list[tuple[str, Any]] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield _DECODER.decode(line)
                continue
            except msgspec.MsgspecError:
                where = f"{path}:{number}"
            try:
                value = _parsed(line)
            except ValueError as error:
                if not line.endswith(b"\n"):
                    yield CUT
                    break
                raise StoreError(str(error), code="not-json", where=where) from None
            if _schema(value, where) > schema1.FIRST:
                yield check(value, where)
            elif value.get("record") == "run":
                runs.append((where, value))
            else:
                yield from _upgraded(upgrade, value, where)
    for where, value in runs:
        yield from _upgraded(upgrade, value, where)


def _parsed(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # It has half of a surrogate pair, which only this accepts, or is no JSON.
        return parse_json(line, half_pairs=True)


def _schema(value: Any, where: str) -> int:
    """The schema that a line is of.

    Raises:
        StoreError: it is of none, or of one that is newer than this program.
    """
    schema = value.get("schema") if isinstance(value, dict) else None
    if not isinstance(schema, int):
        raise StoreError("not a record: it does not say its schema", code="not-a-record", where=where)
    if schema > SCHEMA:
        raise StoreError(
            f"a record of schema {schema}, and this version of xharness reads schemas 1 to {SCHEMA}",
            code="newer-records",
            where=where,
            fix="install the version of xharness that wrote it, or a newer one",
        )
    return schema


def _upgraded(upgrade: schema1.Upgrade, line: Any, where: str) -> Iterator[AnyRecord]:
    try:
        upgraded = upgrade.line(line)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise StoreError(
            f"not a record of schema {schema1.FIRST}: {type(error).__name__}: {error}", code="not-a-record", where=where
        ) from None
    if upgraded is not None:
        yield check(upgraded, where)
