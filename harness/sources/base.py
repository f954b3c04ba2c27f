"""What a source of rows is: local files, the embedded benchmark, or anything else that yields splits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import SettingsError, UserError
from harness.rows import Row
from harness.tasks import FIRST_RULES, Task

if TYPE_CHECKING:
    from harness.registry import Registry

SPLITS = ("train", "validation", "test")
FILES = "files"
"""The source that data mean which name no other: those of a path."""


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A record that was left out: where it stands and why.

    Attributes:
        since: the version of the rules for rows by which it is; see `harness.BadRow`.
        outside: likewise.
    """

    file: str
    line: int
    reason: str
    since: int = FIRST_RULES
    outside: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


def reasons(skipped: Sequence[SkippedRow], most: int) -> list[str]:
    """Why rows were left out, a line for each reason, of the first reasons; and how many rows have others."""
    alike: dict[str, list[SkippedRow]] = {}
    for row in skipped:
        alike.setdefault(row.outside or row.reason, []).append(row)
    shown = list(alike.values())[:most]
    lines = [f"{rows[0]}" + (f"; {len(rows) - 1:,} more like it" if len(rows) > 1 else "") for rows in shown]
    rest = len(skipped) - sum(map(len, shown))
    return [*lines, *([f"and {rest:,} more"] if rest else [])]


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


@dataclass(frozen=True, kw_only=True)
class SourceType:
    """A source as settings name it: `data = "NAME"`, or "NAME:ARGUMENT" where it takes one.

    Attributes:
        name: in settings; what it opens has the same name, which records keep.
        open: makes the source, given the argument ("" where there is none) and the registry, whose tasks its data may
            name. Raises `harness.UserError` where the argument means nothing.
        description: for people, one line.
        argument: what the argument is, in capitals; "" where it takes none.
        model: what a run starts from where the settings name no model.
        preset: its preset where the settings name none.
        generated: whether the rows are made up, perhaps in languages that are made up, too: scores on them are of the
            benchmark BENCHMARK@NAME, never of BENCHMARK itself.
        remote: whether rows are fetched from elsewhere when they are first looked at.
        about: of generated rows, what model cards say of models that were scored on them.
        licence: of generated rows, under which licence they are, in a sentence.
    """

    name: str
    open: Callable[[str, Registry], Source]
    description: str = ""
    argument: str = ""
    model: str = "xlm-r-base"
    preset: str = "small-cpu"
    generated: bool = False
    remote: bool = False
    about: str = ""
    licence: str = ""


def source_named(data: str, registry: Registry) -> tuple[SourceType, str]:
    """The source that a setting `data` means, and the argument it is opened with.

    Raises:
        SettingsError: an argument for a source that takes none.
    """
    name, colon, argument = data.partition(":")
    if name not in registry.sources:
        return registry.sources[FILES], data
    found = registry.sources[name]
    if colon and not found.argument:
        raise SettingsError(
            f"the source {name} takes no argument",
            code="source-takes-no-argument",
            where=f"data = {data!r}",
            fix=f"write {name}, or ./{data} for a path",
        )
    return found, argument


def open_source(data: str, registry: Registry) -> Source:
    """The source that a setting `data` names: a registered one, or that of a path.

    Raises:
        UserError: there is nothing there.
    """
    found, argument = source_named(data, registry)
    opened = found.open(argument, registry)
    if opened.name not in registry.sources:
        plugin = registry.owner("source", found.name)
        raise UserError(
            f"the source {found.name} opens one that calls itself {opened.name!r}, which is not registered",
            code="source-misnamed",
            where=f"plugin {plugin.entry_point!r} of {plugin.distribution}",
            fix=f"let the plugin name it {found.name!r}: records go by this name",
        )
    return opened


def generated_source(name: str, registry: Registry) -> SourceType | None:
    """The source that records name where its rows are made up; None where they are not, or no plugin has it."""
    found = registry.sources.get(name)
    return found if found and found.generated else None
