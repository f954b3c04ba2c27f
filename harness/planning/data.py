"""The rows a run uses: loaded once, checked against their task, limited if asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.errors import DataError
from harness.kinds.base import Kind
from harness.registry import Registry
from harness.rows import Row
from harness.sources.base import SkippedRow, Source, Split
from harness.tasks import BadRow, Task

REASONS_SHOWN = 5


@dataclass
class Data:
    """Checked rows of a source.

    Args:
        limit: items a split, 0 for all.
        strict: refuse a split with bad rows instead of leaving them out.
    """

    registry: Registry
    source: Source
    limit: int = 0
    strict: bool = False
    _splits: dict[tuple[str, str, str], Split] = field(default_factory=dict)

    def split(self, task: str, split: str, language: str) -> Split:
        """The rows of a split that their task can use.

        Raises:
            DataError: the rows are missing, none is usable, or `strict` and some are not.
        """
        key = (task, split, language)
        if key not in self._splits:
            self._splits[key] = self._checked(self.registry.task(task), split, language)
        return self._splits[key]

    def training(self, task: str) -> Split:
        """Training rows, in the task's first language."""
        return self.split(task, "train", self.registry.task(task).languages[0])

    def labels(self, task: str) -> tuple[str, ...]:
        """The task's labels; those of its training rows where it declares none."""
        declared = self.registry.task(task).labels
        return declared or self.registry.kind(self.registry.task(task).kind).labels(self.training(task).rows)

    @property
    def skipped(self) -> list[SkippedRow]:
        """Bad rows of all splits used so far."""
        return [row for split in self._splits.values() for row in split.skipped]

    @property
    def loaded(self) -> list[Split]:
        """All splits used so far."""
        return list(self._splits.values())

    def _checked(self, task: Task, split: str, language: str) -> Split:
        loaded = self.source.load(task, split, language)
        kind = self.registry.kind(task.kind)
        kept, skipped = _check(kind, task, loaded)
        if self.strict and skipped:
            raise DataError(
                f"{len(skipped)} bad rows in {task.name} {split} ({language})",
                where=_reasons(skipped),
                mend="mend them, or leave out --strict to count and skip them",
            )
        if not kept:
            raise DataError(
                f"no usable row in {task.name} {split} ({language}): {loaded.origin}", where=_reasons(skipped)
            )
        rows, keys, digest = [loaded.rows[i] for i in kept], [loaded.keys[i] for i in kept], loaded.digest
        if self.limit:
            key_of = dict(zip(map(id, rows), keys, strict=True))
            rows = list(kind.take(rows, self.limit))
            keys, digest = [key_of[id(row)] for row in rows], f"{digest}/{self.limit}"
        return dataclasses.replace(loaded, rows=rows, keys=keys, digest=digest, skipped=skipped)


def _check(kind: Kind[Row], task: Task, split: Split) -> tuple[list[int], list[SkippedRow]]:
    """Indices of usable rows, and the bad ones."""
    kept, skipped = [], list(split.skipped)
    for index, row in enumerate(split.rows):
        try:
            if not isinstance(row, kind.row_type):
                raise BadRow(f"a {type(row).__name__}; rows of {kind.name} are of type {kind.row_type.__name__}")
            if not isinstance(row.id, str):
                raise BadRow(f"the id {row.id!r} is not a text")
            if not all(isinstance(text, str) for text in kind.texts(row)):
                raise BadRow("a text is missing")
            kind.check(row, task.labels)
        except BadRow as error:
            skipped.append(_skipped(split.keys[index], str(error)))
        except (TypeError, ValueError, AttributeError) as error:
            # A value of an unexpected type, such as null among the words of a sentence, spoils its own row only.
            skipped.append(_skipped(split.keys[index], f"unexpected value: {type(error).__name__}: {error}"))
        else:
            kept.append(index)
    return kept, skipped


def _skipped(key: str, reason: str) -> SkippedRow:
    file, _, line = key.rpartition(":")
    return SkippedRow(file, int(line), reason)


def _reasons(skipped: Sequence[SkippedRow]) -> str:
    shown = [str(row) for row in skipped[:REASONS_SHOWN]]
    more = [f"and {len(skipped) - len(shown)} more"] if len(skipped) > len(shown) else []
    return "\n         ".join([*shown, *more])
