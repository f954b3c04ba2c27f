"""What a task is: one dataset with its languages, labels, metrics, file formats and selection policy."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.errors import UserError
from harness.rows import Row

if TYPE_CHECKING:
    from harness.registry import Registry

Record = Mapping[str, Any]
"""One raw record of a published file: column name to value."""


FIRST_RULES = 1
"""Version of the rules for rows when versions began; digests do not say it."""


class BadRow(ValueError):
    """A record that cannot become a row; the message says why, the reader adds file and line.

    Args:
        since: a version of the rules for rows, 1 at first: raised by a rule that is added where rows were used before,
            so that the digest of a split changes that has such a row, and of no other.
        outside: where something beside the record decides, such as an image file that is not there, how to fix it; the
            digest of the split then tells which rows were left out, and screens show such rows as one.
    """

    def __init__(self, reason: str, *, since: int = FIRST_RULES, outside: str = "") -> None:
        super().__init__(reason)
        self.since = since
        self.outside = outside


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
        part: of a task joined from several datasets, which one this is. Formats of one part stand for each other.
        languages: those whose published files these are; empty means all of the task's.
        stand_in: where its rows are not the dataset's own, what they are instead; all that comes of them says so.
        images: folder below the data directory where the images of rows lie that name theirs without a path.
    """

    reader: str
    row: Callable[[Record], Row]
    files: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    language_of: Callable[[Record], str] | None = None
    part: str = ""
    languages: tuple[str, ...] = ()
    stand_in: str = ""
    images: str = ""


@dataclass(frozen=True, kw_only=True)
class HubData:
    """A dataset of the Hugging Face hub that has some splits of a task; where several have one, they are joined.

    Attributes:
        repository: namespace/name.
        splits: split ("train", "validation", "test") to one or more of the repository's splits, which are joined.
        row: as of `Format`. Class labels are names in its records, None where the hub says that there is no label.
        records: where a row of the table becomes several rows, such as the two sides of a pair, turns its number
            (from 1) and its record into the records that `row` reads. Part i of row n has the key "<table>:n:i".
        configuration: its name; `{language}` stands for the dataset's code of a language.
        languages: of the languages it has, our codes with the dataset's; empty means all of the task's by our codes,
            or the training language alone where nothing in the dataset tells languages apart.
        language_of: for tables that hold several languages, our code of a record's.
        columns: those that `row` reads.
        labels: columns of class labels, each with the names expected there, in whatever order.
        revision: a full one to pin; "" means the one that the program pins for its own tasks' datasets, or else the
            newest. Which it was is recorded.
        differs: how its rows differ from the benchmark's; "" where they do not.
    """

    repository: str
    splits: Mapping[str, str | tuple[str, ...]]
    row: Callable[[Record], Row]
    columns: tuple[str, ...]
    records: Callable[[int, Record], Iterable[Record]] | None = None
    configuration: str = ""
    languages: Mapping[str, str] = field(default_factory=dict)
    language_of: Callable[[Record], str] | None = None
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    revision: str = ""
    differs: str = ""


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
        hub: datasets of the Hugging Face hub that hold it.
        selection: which checkpoint a target phase keeps.
        trains_on: the task whose training and validation rows a target phase uses; "" means its own. It must be of
            the same kind with the same labels.
        after: tasks whose target phases come before its own, one after the other, as its benchmark trains it.
        train_languages: languages of the training rows, joined, of those that the data have; empty means the first
            of `languages`.
        unanswerable: for question answering, whether some questions have no answer in their context.
        chance: what guessing gets by the main metric, in percent: one of the labels or choices at random. None where
            it depends on the rows, as of spans, tags and rankings.
    """

    name: str
    kind: str
    languages: tuple[str, ...]
    metrics: tuple[str, ...]
    formats: Mapping[str, Format]
    hub: tuple[HubData, ...] = ()
    version: int = 1
    labels: tuple[str, ...] = ()
    selection: Selection = Selection()
    trains_on: str = ""
    after: tuple[str, ...] = ()
    train_languages: tuple[str, ...] = ()
    unanswerable: bool = False
    chance: float | None = None
    description: str = ""
    licence: str = "not stated"
    citation: str = ""
    homepage: str = ""

    @property
    def base(self) -> str:
        """Name of the task that it is a variant of ("tatoeba" of "tatoeba@xtreme-r"), or its own."""
        return self.name.partition("@")[0]

    @property
    def trained_as(self) -> str:
        """Name of the task whose rows its target phase trains on, under which phase and head are known."""
        return self.trains_on or self.name

    @property
    def languages_trained(self) -> tuple[str, ...]:
        """Languages of its training rows."""
        return self.train_languages or self.languages[:1]


def check_task(task: Task, tasks: Mapping[str, Task], registry: Registry) -> None:
    """Refuse a task of which a part is missing.

    Raises:
        UserError: nobody registers its kind, one of its metrics or a task that it trains on or after, it cannot train
            so, or its chance is no score.
    """
    # Those of our own tasks are there, and need not be imported for it.
    if not registry.is_built_in("task", task.name):
        _check_named("kind", (task.kind,), registry.kinds)
        _check_named("metric", task.metrics, registry.metrics)
    if task.chance is not None and not 0 <= task.chance < 100:
        raise UserError(
            f"has a chance of {task.chance:g}, which is what guessing gets, in percent",
            code="wrong-chance",
            fix="give 0 to below 100, such as 33.3 for three labels, or None where it depends on the rows",
        )
    check_training(task, tasks)


def _check_named(noun: str, names: Sequence[str], known: Container[str]) -> None:
    for name in names:
        if name not in known:
            raise UserError(
                f"has the {noun} {name!r}, which nobody registers",
                code="task-without-part",
                fix="install the plugin that brings it, or update the one with the task",
            )


def check_training(task: Task, tasks: Mapping[str, Task]) -> None:
    """Refuse a task that cannot train on, or after, the tasks that it names.

    Raises:
        UserError: one is not registered, has no training rows of its own, or has another kind or other labels.
    """
    for name in task.after:
        if name not in tasks or tasks[name].trains_on:
            error = "which nobody registers" if name not in tasks else "which has no training rows of its own"
            raise UserError(
                f"comes after {name!r}, {error}",
                code="cannot-come-after",
                fix="name tasks that train on their own rows",
            )
    if not task.trains_on:
        return
    other = tasks.get(task.trains_on)
    if other is None:
        error = "which nobody registers"
    elif other.trains_on:
        error = f"which itself trains on {other.trains_on}"
    elif other.kind != task.kind:
        error = f"whose kind is {other.kind}, not {task.kind}"
    elif other.labels != task.labels:
        error = f"whose labels are {', '.join(other.labels) or 'none'}, not {', '.join(task.labels) or 'none'}"
    else:
        return
    raise UserError(
        f"trains on {task.trains_on!r}, {error}",
        code="cannot-train-on",
        fix="name a task of the same kind with the same labels that trains on its own rows",
    )
