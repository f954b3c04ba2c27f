"""The types of a leaderboard document, schema 1, from which its JSON Schema and the documentation are made."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from harness.results.fields import Count, Digest, Precision, Role, about
from harness.results.schema import Interval, Scored

SCHEMA: Literal[1] = 1

Names = tuple[str, ...]
Seeds = tuple[int, ...]
Marks = Annotated[tuple[str, ...], Meta(extra_json_schema={"uniqueItems": True})]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What all parts of a document have in common: no unknown fields."""


class Marked(Entry, frozen=True, kw_only=True):
    """What has marks: each of them once."""

    def __post_init__(self) -> None:
        marks: Names = getattr(self, "marks")  # noqa: B009
        if len(set(marks)) < len(marks):
            raise ValueError(f"a mark is named twice: {', '.join(marks)}")


class Task(Entry, frozen=True, kw_only=True):
    """A task as the benchmark scores it."""

    task: Annotated[str, about("our name of the task")]
    languages: Annotated[Names, about("ISO 639 codes")]
    metrics: Annotated[dict[str, str], about("the metric by the name that the benchmark prints")]
    score: Annotated[Names, about("printed names whose mean is the task's score")]


class Benchmark(Entry, frozen=True, kw_only=True):
    """Tasks whose scores are averaged."""

    name: Annotated[str, about("name of the benchmark; @mini: its tasks in mini's languages")]
    description: Annotated[str, about("what it is")]
    tasks: Annotated[dict[str, Task], about("its tasks by name")]
    groups: Annotated[dict[str, Names], about("names of tasks by group")]


class SeedScore(Scored, frozen=True, kw_only=True):
    """A row for one seed."""

    seed: Annotated[int, about("seed of every phase")]
    split: Annotated[str, about("split that was scored")]
    training: Annotated[Digest, about("digest of the phases, one of `training`: what they have in common over seeds")]
    development_score: Annotated[float | None, about("percent of the kept checkpoint on the rows that selected it")]
    development_metric: Annotated[str | None, about("metric of that score")]


class Row(Marked, frozen=True, kw_only=True):
    """One metric of a system on one task and language, over all seeds."""

    task: Annotated[str, about("name of the task")]
    kind: Annotated[str, about("kind of the task")]
    language: Annotated[str, about("ISO 639 code")]
    metric: Annotated[str, about("name of the metric")]
    printed: Annotated[str, about("what the benchmark calls it")]
    value: Annotated[float | None, about("mean over seeds in percent; null where all failed")]
    interval: Annotated[Interval | None, about("over seeds for several, over items for one")]
    seeds: Annotated[Count, about("seeds that the mean is over")]
    n: Annotated[int | None, about("items scored; this and the next six are null where the seeds differ")]
    task_version: Annotated[int | None, about("version of the task: of its rows, labels and protocol")]
    metric_version: Annotated[int | None, about("version of the metric's definition")]
    split: Annotated[str | None, about("split that was scored")]
    source: Annotated[str | None, about("source of the rows")]
    data: Annotated[str | None, about("digest of the rows")]
    precision: Annotated[str | None, about("arithmetic of the prediction")]
    marks: Annotated[Marks, about("what to know about the row")]
    scores: Annotated[tuple[SeedScore, ...], Meta(min_length=1, description="one a seed")]


class Average(Marked, frozen=True, kw_only=True):
    """A mean of rows of a system: over languages, over a group's tasks, over all tasks."""

    level: Annotated[
        Literal["task", "group", "overall"], about("what it is over: languages, a group's tasks, all tasks")
    ]
    of: Annotated[str, about("name of the task, the group or the benchmark")]
    measure: Annotated[
        Literal[
            "score",
            "score without English",
            "transfer gap",
            "low-resource languages",
            "average gain",
            "average gain without English",
        ],
        about("the score, or what else is averaged; gains are over the system that [means](#means) tell"),
    ]
    value: Annotated[float, about("mean over seeds in percent")]
    interval: Annotated[Interval | None, about("over seeds; null for one")]
    n: Annotated[Count, about("languages or tasks that the mean is over")]
    total: Annotated[Count, about("languages or tasks that the benchmark has")]
    seeds: Annotated[Seeds, about("seeds that the mean is over")]
    marks: Annotated[Marks, about("all marks of the rows that it is over; partial where n is below total")]


class System(Entry, frozen=True, kw_only=True):
    """A start model after some intermediate tasks."""

    model: Annotated[str, about("name of the start model, as the run names it")]
    start: Annotated[Digest, about("of the start model's files, or of what it is built from")]
    arm: Annotated[
        str,
        about(
            "intermediate tasks, joined by + or in sequence by >; none: the baseline; the arm's label where it has "
            "settings of its own"
        ),
    ]
    label: Annotated[str | UnsetType, about("what its run calls the arm; left out where that is `arm`")] = UNSET
    varied: Annotated[
        dict[str, Any] | UnsetType,
        about("hyper-parameters of which its run has several values, with this system's; left out where none"),
    ] = UNSET
    settings: Annotated[
        dict[str, Any] | UnsetType, about("hyper-parameters of this arm alone; left out where none")
    ] = UNSET
    mode: Annotated[
        Literal["none", "multitask", "sequential", "single"], about("how the intermediate tasks were trained")
    ]
    intermediate: Annotated[Names, about("intermediate tasks, in the order of training")]
    seeds: Annotated[Seeds, about("seeds that any row is of")]
    rows: Annotated[tuple[Row, ...], about("one a task, language and metric")]
    averages: Annotated[tuple[Average, ...], about("means of rows")]


class Estimate(Entry, frozen=True, kw_only=True):
    """A value with its interval over seeds."""

    value: Annotated[float, about("mean over seeds, in percent")]
    interval: Annotated[Interval | None, about("over seeds; null for one")]


class Choice(Marked, frozen=True, kw_only=True):
    """The best arm of one target."""

    task: Annotated[str, about("name of the target")]
    arm: Annotated[
        str,
        about(
            "the best arm: its label, with its mode where it has several tasks, and with what it trains where two "
            "have that label"
        ),
    ]
    tied: Annotated[Names, about("arms with the same development score")]
    development_metric: Annotated[str, about("metric that chose")]
    development_score: Annotated[float, about("mean over seeds, in percent")]
    baseline: Annotated[Estimate | None, about("the task's score of the system that the gain is over")]
    score: Annotated[Estimate | None, about("the task's score after the best arm")]
    gain: Annotated[Estimate | None, about("the second minus the first")]
    marks: Annotated[Marks, about("all marks of the rows of the target")]


class Best(Marked, frozen=True, kw_only=True):
    """The best arm of each target, chosen on development rows."""

    model: Annotated[str, about("name of the start model")]
    start: Annotated[Digest, about("digest of the start model")]
    targets: Annotated[tuple[Choice, ...], about("targets that development rows choose for")]
    left_out: Annotated[Names, about("targets without development score in every seed")]
    gain: Annotated[Estimate | None, about("mean of the gains over `n` targets; null without any")]
    n: Annotated[Count, about("targets with a gain")]
    total: Annotated[Count, about("tasks of the benchmark")]
    marks: Annotated[Marks, about("all marks of the rows that it is over; partial where n is below total")]


class Phase(Entry, frozen=True, kw_only=True):
    """A training phase, as far as its seeds share it."""

    phase: Annotated[Role, about("role of its tasks")]
    tasks: Annotated[Names, about("tasks whose rows were trained on")]
    rows: Annotated[dict[str, Count], about("training rows used, by task")]
    selection: Annotated[str, about("rule by which a checkpoint was kept")]
    hyper: Annotated[dict[str, Any], about("hyper-parameters of training, mixing and selection")]
    precision: Annotated[Precision, about("arithmetic of the forward and backward pass")]
    stand_in: Annotated[Names, about("tasks whose training rows are not the official split")]


class Run(Entry, frozen=True, kw_only=True):
    """What repeats scores: the same command with the same versions."""

    digest: Annotated[Digest, about("of command, settings and source; scores name it")]
    command: Annotated[str, about("the command that made the run")]
    settings: Annotated[dict[str, Any], about("all settings, those left at their defaults included")]
    source: Annotated[str, about("source of the rows")]
    command_line: Annotated[Names, about("the words of the command")]
    versions: Annotated[dict[str, str], about("versions of xharness, Python and the libraries that compute")]
    plugins: Annotated[tuple[dict[str, Any], ...], about("third-party plugins, as in records")]
    device: Annotated[str, about("name of the GPU, or the number of CPU cores")]


class Document(Marked, frozen=True, kw_only=True):
    """Scores of systems on a benchmark, with what repeats each."""

    schema: Annotated[Literal[1], about("version of this schema")]
    benchmark: Annotated[Benchmark, about("tasks, languages and metrics that the means are of")]
    marks: Annotated[Marks, about("what of `--allow` was needed; empty where nothing was")]
    systems: Annotated[tuple[System, ...], about("what is compared")]
    best_per_target: Annotated[
        tuple[Best, ...],
        about("best arm of each target by development rows, for each start model with several arms"),
    ]
    training: Annotated[
        dict[str, tuple[Phase, ...]], about("training phases, first to last, by the digest that scores name")
    ]
    runs: Annotated[tuple[Run, ...], about("what repeats the scores")]


@functools.cache
def json_schema() -> dict[str, Any]:
    """The types as JSON Schema 2020-12."""
    (_,), parts = msgspec.json.schema_components((Document,), ref_template="#/$defs/{name}")
    document: dict[str, Any] = parts.pop(Document.__name__)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **document,
        "title": f"A leaderboard of xharness, schema {SCHEMA}",
        "$defs": parts,
    }
