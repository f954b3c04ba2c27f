"""The source "hub": datasets of the Hugging Face hub, with their columns and label names checked."""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DataError
from harness.outside import read_json
from harness.sources.base import Source, Split, reasons
from harness.sources.files import translate
from harness.sources.files.translate import Translated, translate_record
from harness.sources.hub import tables
from harness.sources.hub.tables import Table, TableName, Tables
from harness.sources.versions import raised

if TYPE_CHECKING:
    from harness.rows import Row
    from harness.tasks import HubData, Record, Task

VERSION = 1
"""Raised where this module gives other rows of the same data; see `harness.sources.versions`."""

REVISIONS = Path(__file__).with_name("revisions.json")
"""Full revisions by repository, for datasets that name none; `scripts/hub_probe.py` writes it."""
LANGUAGE = "{language}"
REASONS_SHOWN = 3


class HubSource(Source):
    """Rows of the hub's datasets that tasks name.

    Args:
        tables: where their tables come from.
    """

    name = "hub"

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        """Languages that some dataset has for a split, in the task's order."""
        return tuple(code for code in task.languages if _having(task, split, code))

    def load(self, task: Task, split: str, language: str) -> Split:
        """All rows of a split.

        Raises:
            DataError: no dataset has them, it cannot be had, or its columns or labels are not the expected ones.
        """
        chosen = _having(task, split, language)
        if not chosen:
            raise DataError(
                f"no dataset of the hub has {split} rows of {task.name} in language {language}",
                code="no-rows",
                fix=f"`xharness show {task.name}` tells which files have them; give their directory as --data",
            )
        done, digest, origins = Translated(), hashlib.sha256(), []
        for data in chosen:
            for name in table_names(data, split, language):
                table = self._tables.table(name)
                check_columns(table, data)
                _translate(table, data, language, done)
                digest.update(_identity(table, data, task, language))
                origins.append(f"{name} at {table.revision or 'an unknown revision'}")
        if not done.rows:
            raise DataError(
                f"no {split} row of {task.name} in language {language} can be read",
                code="no-readable-row",
                where="\n         ".join(reasons(done.skipped, REASONS_SHOWN)) or "; ".join(origins),
                fix="see whether the dataset is the one that the task expects: `xharness show " + task.name + "`",
            )
        return Split(
            task=task.name,
            split=split,
            language=language,
            rows=done.rows,
            keys=done.keys,
            digest=digest.hexdigest(),
            source=self.name,
            origin="; ".join(origins),
            differs=" ".join(dict.fromkeys(data.differs for data in chosen if data.differs)),
            skipped=done.skipped,
        )


def table_names(data: HubData, split: str, language: str) -> tuple[TableName, ...]:
    """The tables that hold a split in a language, to be joined."""
    splits = data.splits[split]
    configuration = data.configuration.replace(LANGUAGE, data.languages.get(language, language))
    return tuple(
        TableName(
            repository=data.repository,
            configuration=configuration,
            split=name.replace(LANGUAGE, language),
            revision=data.revision or _pinned().get(data.repository, ""),
        )
        for name in ((splits,) if isinstance(splits, str) else splits)
    )


def check_columns(table: Table, data: HubData) -> None:
    """Refuse a table without the expected columns, or whose labels have other names.

    Raises:
        DataError: says what was expected and what was found.
    """
    where = f"{table.name}, revision {table.revision or 'unknown'}"
    fix = "pin a revision that has them, or update the task"
    missing = [column for column in data.columns if column not in table.columns]
    if missing:
        raise DataError(
            f"{table.name.repository} has no column {', '.join(map(repr, missing))}",
            code="no-such-column",
            where=f"{where}: columns are {', '.join(table.columns)}",
            fix=fix,
        )
    for column, expected in data.labels.items():
        found = table.class_names(column)
        if found is None or set(found) != set(expected):
            raise DataError(
                f"{table.name.repository} has other labels in column {column!r}: expected {', '.join(expected)}",
                code="other-labels",
                where=f"{where}: found {', '.join(found) if found else 'values without names'}",
                fix=fix,
            )


def _having(task: Task, split: str, language: str) -> list[HubData]:
    return [data for data in task.hub if split in data.splits and language in languages_of(data, task)]


def languages_of(data: HubData, task: Task) -> Sequence[str]:
    """Languages that a dataset has of a task, by our codes."""
    if data.languages:
        return tuple(data.languages)
    several = LANGUAGE in data.configuration or data.language_of is not None
    return task.languages if several else task.languages[:1]


def _translate(table: Table, data: HubData, language: str, done: Translated) -> None:
    file = str(table.name)
    for number, record in enumerate(table.records(), start=1):
        translate_record(file, number, record, functools.partial(_row, data, language, file, number, done), done)


def _row(data: HubData, language: str, file: str, number: int, done: Translated, record: Record) -> Row | None:
    """The row of a record; None where it is of another language, or has become several rows, which are in `done`."""
    if data.language_of is not None and data.language_of(record) != language:
        return None
    if data.records is None:
        return data.row(record)
    # All at once, so that a record which fails half way has no rows.
    for part, one in enumerate(list(data.records(number, record)), start=1):
        translate_record(f"{file}:{number}", part, one, data.row, done)
    return None


def _identity(table: Table, data: HubData, task: Task, language: str) -> bytes:
    """What decides the rows: the revision, or the contents where it is not known."""
    content = table.revision or _contents(table)
    mixed = language if data.language_of else ""
    versions = raised(sys.modules[__name__], tables, translate)
    return json.dumps([task.version, str(table.name), content, mixed, *([versions] if versions else [])]).encode()


@functools.cache
def _pinned() -> dict[str, str]:
    pins: dict[str, str] = read_json(REVISIONS)
    return pins


def _contents(table: Table) -> str:
    digest = hashlib.sha256()
    for record in table.records():
        digest.update(json.dumps(record, sort_keys=True, default=str).encode())
    return digest.hexdigest()
