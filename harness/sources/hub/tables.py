"""Tables of the Hugging Face hub: from the cache of `datasets`, or fetched where there is a network."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import DataError
from harness.network import Probe

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

VERSION = 1
"""Raised where this module gives other rows of the same data; see `harness.sources.versions`."""

REVISION = re.compile(r"[0-9a-f]{40}")
"""A full revision: the only name of a state of a repository that cannot come to mean another."""


@dataclass(frozen=True, kw_only=True)
class TableName:
    """One split of one configuration of a repository.

    Attributes:
        configuration: "" where the repository has one only.
        revision: a full one, or "" for the newest that can be had.
    """

    repository: str
    configuration: str
    split: str
    revision: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, [self.repository, self.configuration, self.split]))


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows of a table.

    Attributes:
        features: types of its columns by name, those of `datasets`.
        revision: the full revision they were loaded from; "" where nothing tells.
    """

    name: TableName
    data: pa.Table
    features: Mapping[str, Any]
    revision: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.data.column_names)

    def class_names(self, column: str) -> tuple[str, ...] | None:
        """Names of a column's class labels, or of those in its lists; None where it has none."""
        return _class_names(self.features[column])

    def records(self) -> Iterator[dict[str, Any]]:
        """Rows as dictionaries; class labels are names, None where the hub has -1 for no label."""
        names = {column: found for column in self.columns if (found := self.class_names(column))}
        for batch in self.data.to_batches(max_chunksize=1000):
            for record in batch.to_pylist():
                for column, known in names.items():
                    record[column] = _named(record[column], known)
                yield record


class Tables(Protocol):
    """Where tables come from."""

    def table(self, name: TableName) -> Table:
        """The table.

        Raises:
            DataError: it cannot be had.
        """


class HubTables:
    """Tables of the hub; those that the cache of `datasets` has need no network."""

    def __init__(self) -> None:
        from huggingface_hub import constants

        # Asked at once, because the answer may take as long as what is imported and looked up until it is needed.
        self._probe = None if constants.HF_HUB_OFFLINE else Probe(constants.ENDPOINT)

    def table(self, name: TableName) -> Table:
        """The table of the revision that is asked for, of the newest otherwise; without network the newest cached."""
        from datasets import config

        if Path(name.repository).exists():
            # The library would read that directory in place of the hub's repository.
            raise DataError(
                f"a directory here is called like the hub's {name.repository}",
                code="directory-hides-dataset",
                where=str(Path(name.repository).resolve()),
            )
        cached = _cached(name)
        if cached and name.revision:
            return cached
        if self._probe is None or config.HF_HUB_OFFLINE or not self._probe.accepted():
            if cached:
                return cached
            raise DataError(
                f"{name}{_at(name)} is not in the local cache, and the hub cannot be reached",
                code="dataset-not-in-cache",
                where=str(config.HF_DATASETS_CACHE),
                fix="on a machine with a network run `xharness fetch --suite SUITE --to DIR`, copy DIR here and give "
                "it as --data, or give --data a directory of the published files",
            )
        return _fetched(name)


def _cached(name: TableName) -> Table | None:
    """The table in the cache: of the revision that is asked for, or the one that was written last."""
    from datasets import config
    from datasets.naming import camelcase_to_snakecase
    from datasets.packaged_modules.cache.cache import Cache

    owner, _, short = name.repository.partition("/")
    below = Path(config.HF_DATASETS_CACHE) / f"{owner}___{camelcase_to_snakecase(short)}"
    pattern = f"{name.configuration or '*'}/*/{name.revision or '*'}/dataset_info.json"
    found = sorted(below.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        return None
    configuration, version, revision = found[-1].parts[-4:-1]
    builder = Cache(
        dataset_name=short, repo_id=name.repository, config_name=configuration, version=version, hash=revision
    )
    return _table(name, builder, revision)


def _fetched(name: TableName) -> Table:
    import datasets
    from huggingface_hub.errors import HfHubHTTPError

    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    try:
        builder = datasets.load_dataset_builder(
            name.repository, name.configuration or None, revision=name.revision or None
        )
        builder.download_and_prepare()
    # What the library raises for a missing repository, configuration or script has no common type.
    except (HfHubHTTPError, OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{name}{_at(name)} cannot be fetched: {first}",
            code="dataset-cannot-be-fetched",
            where=f"https://huggingface.co/datasets/{name.repository}",
            fix="see whether the repository still has it; `xharness show TASK` tells what is expected there",
        ) from error
    return _table(name, builder, builder.hash or "")


def _table(name: TableName, builder: datasets.DatasetBuilder, revision: str) -> Table:
    splits = builder.info.splits or {}
    if name.split not in splits:
        raise DataError(
            f"{name.repository} has no split {name.split!r}",
            code="no-such-split",
            where=f"configuration {builder.config.name}, revision {revision}",
            fix=f"it has {', '.join(splits)}",
        )
    dataset = builder.as_dataset(split=name.split)
    return Table(
        name=name,
        data=dataset.data.table,
        features=dataset.features,
        revision=revision if REVISION.fullmatch(revision) else "",
    )


def _at(name: TableName) -> str:
    return f" at revision {name.revision}" if name.revision else ""


def _class_names(feature: Any) -> tuple[str, ...] | None:
    import datasets

    if isinstance(feature, datasets.ClassLabel):
        return tuple(feature.names)
    inner = getattr(feature, "feature", None)
    return _class_names(inner) if inner is not None and not isinstance(inner, Mapping) else None


def _named(value: Any, names: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else None
