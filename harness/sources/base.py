"""What a source of rows is: local files, the embedded benchmark, or anything else that yields splits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from harness.rows import Row
from harness.tasks import Task

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A record that was left out: where it stands and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Split:
    """The rows of one task, split and language.

    Attributes:
        keys: one key a row, unique in the split, made of file and position (never of dataset ids, which repeat).
        digest: hexadecimal digest of what decides the rows: file contents and format, or generator and seed.
        stand_in: True where the rows are not the dataset's official split.
        differs: how the rows differ from the benchmark's; "" where they do not, as far as is known.
        valid: whether every row is known to be one its task can use, so that none need be made to look at it.
        skipped: records that could not become rows.
        origin: where the rows come from, for people.
    """

    task: str
    split: str
    language: str
    rows: Sequence[Row]
    keys: Sequence[str]
    digest: str
    source: str
    origin: str
    stand_in: bool = False
    differs: str = ""
    valid: bool = False
    skipped: Sequence[SkippedRow] = ()


class Source(ABC):
    """Where rows come from."""

    name: str

    @abstractmethod
    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        """Languages this source has for a split, in the task's order; empty where it has none."""

    @abstractmethod
    def load(self, task: Task, split: str, language: str) -> Split:
        """All rows of a split.

        Raises:
            DataError: the rows are not there (names the places looked at) or none can be read.
        """
