"""Tables of the hub in a directory: what `xharness fetch` writes, and `--data` reads where there is no network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DataError
from harness.outside import read_json
from harness.sources.hub.source import languages_of, table_names
from harness.sources.hub.tables import REVISION, Table, TableName, Tables

if TYPE_CHECKING:
    from harness.tasks import Task

LIST = "fetched.json"
"""In such a directory, says what is there."""
SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A table in the directory.

    Attributes:
        file: path below the directory.
        rows: how many there are.
        licence: as the task states it.
    """

    repository: str
    configuration: str
    split: str
    revision: str
    file: str
    rows: int
    sha256: str
    licence: str


class FetchedTables:
    """The tables of a directory.

    Raises:
        DataError: its list cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._entries = {_key(entry): entry for entry in _read(root / LIST)}

    def table(self, name: TableName) -> Table:
        """The table; its file is compared with the checksum in the list."""
        import datasets
        import pyarrow.parquet as pq

        entry = self.entry(name)
        fix = f"fetch it again: `xharness fetch --to {self.root}` with the suite or task"
        if entry is None:
            raise DataError(f"{name} was not fetched", code="not-fetched", where=str(self.root / LIST), fix=fix)
        if not self.is_whole(entry):
            raise DataError(
                "the file is missing or not the one that was fetched",
                code="fetched-file-changed",
                where=self._path(entry),
                fix=fix,
            )
        data = pq.read_table(self._path(entry))
        features = datasets.Features.from_arrow_schema(data.schema)
        return Table(name=name, data=data, features=features, revision=entry.revision)

    def entry(self, name: TableName) -> Entry | None:
        """What the list says of a table; None where it has it not, or not of the revision that is asked for."""
        entry = self._entries.get((name.repository, name.configuration, name.split))
        return None if entry is None or name.revision not in ("", entry.revision) else entry

    def is_whole(self, entry: Entry) -> bool:
        """Whether a table's file is there and has the checksum of the list."""
        path = Path(self._path(entry))
        return path.is_file() and _sha256(path) == entry.sha256

    def add(self, table: Table, licence: str) -> Entry:
        """Write a table's file, then the list with it."""
        import pyarrow.parquet as pq

        name = table.name
        file = Path("hub", name.repository, name.configuration or "default", f"{name.split}.parquet")
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".part")
        pq.write_table(table.data, aside, compression="zstd")
        aside.replace(path)
        entry = Entry(
            repository=name.repository,
            configuration=name.configuration,
            split=name.split,
            revision=table.revision,
            file=file.as_posix(),
            rows=table.data.num_rows,
            sha256=_sha256(path),
            licence=licence,
        )
        self._entries[_key(entry)] = entry
        self._write()
        return entry

    def _write(self) -> None:
        entries = [asdict(self._entries[key]) for key in sorted(self._entries)]
        aside = self.root / f"{LIST}.part"
        aside.write_text(json.dumps({"schema": SCHEMA, "tables": entries}, indent=1) + "\n", encoding="utf-8")
        aside.replace(self.root / LIST)

    def _path(self, entry: Entry) -> str:
        return str(self.root / entry.file)


def is_fetched(directory: Path) -> bool:
    """Whether a directory is one that `xharness fetch` wrote."""
    return (directory / LIST).is_file()


@dataclass(frozen=True)
class Fetched:
    """What became of one table: its entry, and whether it was there already."""

    name: TableName
    entry: Entry
    was_there: bool


def wanted_tables(tasks: Iterable[Task]) -> dict[TableName, str]:
    """All tables of some tasks, each with its licence."""
    return {
        name: task.licence
        for task in tasks
        for data in task.hub
        for split in data.splits
        for language in languages_of(data, task)
        for name in table_names(data, split, language)
    }


def fetch(names: Mapping[TableName, str], source: Tables, to: Path) -> Iterator[Fetched]:
    """Fetch tables into a directory, one after the other; those that are there already are not fetched again.

    Args:
        names: tables, each with its licence.
        source: where they come from.
        to: the directory; made if need be.

    Raises:
        DataError: a table cannot be had; those before it stay.
    """
    to.mkdir(parents=True, exist_ok=True)
    there = FetchedTables(to)
    for name, licence in names.items():
        entry = there.entry(name)
        if entry is not None and there.is_whole(entry):
            yield Fetched(name, entry, was_there=True)
        else:
            yield Fetched(name, there.add(source.table(name), licence), was_there=False)


def _read(path: Path) -> list[Entry]:
    if not path.exists():
        return []
    try:
        content: dict[str, Any] = read_json(path)
        entries = [Entry(**entry) for entry in content["tables"]] if content["schema"] == SCHEMA else None
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise DataError(
            f"not a list of fetched tables: {error}", code="not-a-fetch-list", where=str(path), fix="fetch anew"
        ) from None
    if entries is None:
        raise DataError(
            f"a list of schema {content['schema']}, not {SCHEMA}",
            code="not-a-fetch-list",
            where=str(path),
            fix="fetch anew",
        )
    for entry in entries:
        # The list may have been copied from anywhere: it must not lead out of its directory.
        if (entry.revision and not REVISION.fullmatch(entry.revision)) or not _is_below(entry.file):
            raise DataError(
                f"not an entry of a list of fetched tables: {entry.file}", code="not-a-fetch-list", where=str(path)
            )
    return entries


def _is_below(file: str) -> bool:
    return not Path(file).is_absolute() and ".." not in Path(file).parts


def _key(entry: Entry) -> tuple[str, str, str]:
    return entry.repository, entry.configuration, entry.split


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
