"""What a task is: one dataset with its languages, labels, metrics, file formats and selection policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.rows import Row

Record = Mapping[str, Any]
"""One raw record of a published file: column name to value."""


class BadRow(ValueError):
    """A record that cannot become a row; the message says why, the reader adds file and line."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """One published file format of a dataset.

    Attributes:
        reader: a file reader by name, such as jsonl, tsv or conll (`docs/data.md` lists them).
        row: turns one raw record into a row of the task's kind, or raises `BadRow`. A missing column is
            reported by the reader, so plain indexing is enough.
        files: split ("train", "validation", "test") to one or more paths below the data directory; `{language}`
            stands for a language code. Several paths are read one after the other, and so are all files that a path
            with `*` matches, by name.
        options: keyword arguments of the reader, such as `columns` for a file without header.
        language_of: for files that hold several languages, the language code of a record; records of other languages
            than the one asked for are passed over.
    """

    reader: str
    row: Callable[[Record], Row]
    files: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    language_of: Callable[[Record], str] | None = None


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which checkpoint of a training phase is kept.

    Attributes:
        keep: "last", or "best" on the task's English validation rows.
        metric: the metric that decides; the task's first one if not given.
    """

    keep: str = "last"
    metric: str | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """One dataset, whatever role a run gives it.

    Attributes:
        name: how users call it.
        kind: the shape of the task, a Hugging Face task tag such as "text-classification".
        version: raised whenever a change of rows, labels or protocol changes scores.
        languages: ISO 639 codes the benchmark scores; the first is the training language.
        labels: label or tag names in the order of the head's outputs; empty for kinds without labels and for
            open label sets, which are collected from the training rows.
        metrics: metric names; the first is the task's main one.
        formats: the published file formats of the dataset, by name.
        selection: which checkpoint a target phase keeps.
        trains_on: the task whose training and validation rows a target phase uses; "" means its own. It must be of
            the same kind with the same labels.
        train_languages: languages of the training rows, joined, of those that the data have; empty means the first
            of `languages`.
        unanswerable: for question answering, whether some questions have no answer in their context.
    """

    name: str
    kind: str
    languages: tuple[str, ...]
    metrics: tuple[str, ...]
    formats: Mapping[str, Format]
    version: int = 1
    labels: tuple[str, ...] = ()
    selection: Selection = Selection()
    trains_on: str = ""
    train_languages: tuple[str, ...] = ()
    unanswerable: bool = False
    description: str = ""
    licence: str = "not stated"
    citation: str = ""
    homepage: str = ""

    @property
    def trained_as(self) -> str:
        """Name of the task whose rows its target phase trains on, under which phase and head are known."""
        return self.trains_on or self.name

    @property
    def languages_trained(self) -> tuple[str, ...]:
        """Languages of its training rows."""
        return self.train_languages or self.languages[:1]
