"""The types of records, schema 2: what a line of records.jsonl holds. Everything else about records is made from them.

The types are msgspec's: 100,000 scores are read and checked in 1.3 s and 350 MB, for which json and dataclasses take
2.2 s and 1.1 GB without any check; it is imported in 17 ms where as many dataclasses take 8 (scripts/bench_records.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from harness.arms import mode_of, tasks_of
from harness.results import checks
from harness.results.fields import Count, Digest, Precision, Role, SplitName, Status, about

SCHEMA: Literal[2] = 2

ARM, SEED, TASK, LANGUAGE, SPLIT, PERTURBATION = "arm", "seed", "task", "language", "split", "perturbation"
COORDINATES: Mapping[str, str] = {
    ARM: "label of the arm, one of the run's `arms`",
    SEED: "seed of the run, and so of every phase without one of its own",
    TASK: "name of the task whose rows it is of",
    LANGUAGE: "ISO 639 code of these rows",
    SPLIT: "split of these rows: `train`, `validation` or `test`",
    PERTURBATION: "what was done to these rows, such as `typo:2`; not of clean ones",
}
"""Coordinates by name. The first five are those of every score; some have more, such as `step` or `phase`."""

NEEDED = (ARM, SEED, TASK, LANGUAGE, SPLIT)


def _coordinates(*needed: str) -> dict[str, Any]:
    known = {
        name: {"type": "integer" if name == SEED else "string", "description": text}
        for name, text in COORDINATES.items()
    }
    return {"extra_json_schema": {"required": list(needed), "properties": known}}


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What all parts of a record have in common: no unknown fields, and those left at their defaults not written."""


class Interval(Record, frozen=True, kw_only=True):
    """How sure a value is."""

    low: Annotated[float, about("lower end, in the unit of the value")]
    high: Annotated[float, about("upper end, in the unit of the value")]
    level: Annotated[float, about("confidence level, such as 0.95")]
    method: Annotated[str, about("how it was computed")]
    answers: Annotated[str, about("the question it answers")]

    def __post_init__(self) -> None:
        checks.check_interval(self.low, self.high, self.level)


class ArmPhase(Record, frozen=True, kw_only=True):
    """One intermediate phase of an arm."""

    tasks: Annotated[tuple[str, ...], about("tasks that are mixed, in order")]
    settings: Annotated[
        dict[str, Any], about("hyper-parameters of this phase alone, by dotted name; left out where none")
    ] = {}


class Arm(Record, frozen=True, kw_only=True):
    """One way to treat the encoder before its targets."""

    label: Annotated[str, about("what tables call it; unique in the run")]
    text: Annotated[str, about("its phases as `--arm` takes them; `none`: no intermediate training")]
    phases: Annotated[tuple[ArmPhase, ...], about("intermediate phases, one after the other")] = ()
    settings: Annotated[
        dict[str, Any], about("hyper-parameters of this arm alone, by dotted name; left out where none")
    ] = {}
    varied: Annotated[
        dict[str, Any],
        about("hyper-parameters of which the run has several values, with this arm's; left out where none"),
    ] = {}
    base_label: Annotated[
        str, about("its label without those values, which all of them share; left out where it is the label")
    ] = ""

    def __post_init__(self) -> None:
        checks.check_names(self.label, self.base_label, *(task for phase in self.phases for task in phase.tasks))

    @property
    def mode(self) -> str:
        """How its tasks are trained; see `mode_of`."""
        return mode_of([phase.tasks for phase in self.phases])

    @property
    def intermediate(self) -> tuple[str, ...]:
        """All intermediate tasks, in order."""
        return tasks_of([phase.tasks for phase in self.phases])


class Plugin(Record, frozen=True, kw_only=True):
    """A third-party plugin."""

    distribution: Annotated[str, about("name of the installed package")]
    version: Annotated[str, about("version of the package")]
    entry_point: Annotated[str, about("name of its entry point in the group xharness")]


class Run(Record, frozen=True, kw_only=True):
    """What was asked for."""

    digest: Annotated[Digest, about("of command, settings and source; scores name it")]
    command: Annotated[Literal["train", "eval", "rescore", "study"], about("the command that made the run")]
    settings: Annotated[dict[str, Any], about("all settings, those left at their defaults included")]
    source: Annotated[str, about("source of the rows: mini, files or hub")]
    arms: Annotated[tuple[Arm, ...], about("what is compared, in the order of tables")] = ()
    against: Annotated[
        str | None,
        about("label of the arm that gains are against; left out: the one without intermediate training"),
    ] = None
    perturb: Annotated[
        tuple[str, ...],
        about("conditions of rows scored beside the clean ones, such as `typo:2`; left out where none"),
    ] = ()


class RunEnvironment(Record, frozen=True, kw_only=True):
    """When, where and with what the run was made."""

    started: Annotated[str, about("time in UTC, ISO 8601")]
    versions: Annotated[dict[str, str], about("versions of xharness, Python and the libraries that compute")]
    plugins: Annotated[tuple[Plugin, ...], about("third-party plugins that were loaded")]
    device: Annotated[str, about("name of the GPU, or the number of CPU cores")]
    host: Annotated[str, about("name of the machine")]
    command_line: Annotated[tuple[str, ...], about("the words of the command, or of the notebook's")]
    planned: Annotated[Count, about("predictions to score; fewer are there if it was interrupted")] = 0
    ranks: Annotated[int, Meta(ge=1, description="processes that trained and predicted together; left out: 1")] = 1
    store: Annotated[str, about("the store that has the predictions, where it is not beside the run")] = ""


class Environment(Record, frozen=True, kw_only=True):
    """When the record was written."""

    time: Annotated[str, about("time in UTC, ISO 8601")] = ""
    rescored: Annotated[str, about("time at which a score was computed anew, in UTC, ISO 8601")] = ""


class TrainedBy(Record, frozen=True, kw_only=True):
    """What computed the steps of a phase."""

    ranks: Annotated[int, Meta(ge=1, description="processes that trained together")]
    device: Annotated[str, about("name of the GPU, or `cpu`")]
    token_budget: Annotated[int, Meta(ge=1, description="tokens a micro-batch, which dropout depends on")]
    versions: Annotated[dict[str, str], about("versions of xharness and the libraries that compute")]


class Phase(Record, frozen=True, kw_only=True):
    """A training phase of a model."""

    digest: Annotated[Digest, about("of all that decides the weights; its directory in the store")]
    phase: Annotated[Role, about("role of its tasks")]
    tasks: Annotated[tuple[str, ...], about("tasks whose rows were trained on; a target may train on another task's")]
    rows: Annotated[dict[str, Count], about("training rows used, by task")] = {}
    data: Annotated[dict[str, str], about("digest of the training rows, by task")] = {}
    seed: Annotated[int | None, about("seed of the phase, which is the run's or its own")] = None
    steps: Annotated[Count, about("optimiser steps done; 0 where the phase failed")]
    kept_step: Annotated[Count, about("step of the checkpoint that was kept")]
    selection: Annotated[str, about("rule by which that checkpoint was kept")]
    development_score: Annotated[
        float | None,
        about("percent of that checkpoint on the rows that selected it, the higher the better"),
    ] = None
    development_metric: Annotated[
        str | None, about("metric of that score; left out where no rows selected the checkpoint")
    ] = None
    hyper: Annotated[
        dict[str, Any],
        about(
            "hyper-parameters of training, mixing and selection; `task_weights` where tasks were mixed by "
            "weight, `replayed` where tasks of earlier phases were, `random_labels` with the tasks whose labels "
            "were exchanged, `keep_precision` where everything after starts from the checkpoint rounded to it"
        ),
    ]
    precision: Annotated[Precision, about("arithmetic of the forward and backward pass")]
    stand_in: Annotated[tuple[str, ...], about("tasks whose training rows are not the official split")]
    trained_by: Annotated[tuple[TrainedBy, ...], about("in turn, where it was interrupted and resumed elsewhere")] = ()

    def __post_init__(self) -> None:
        checks.check_finite(development_score=self.development_score)


class Model(Record, frozen=True, kw_only=True):
    """A checkpoint that predictions come from; arms and seeds that share it share the record."""

    digest: Annotated[Digest, about("of the checkpoint; scores name it")]
    name: Annotated[str, about("the model a run starts from, as the settings name it")]
    start: Annotated[Digest, about("of the files of that model, or of what it is built from")]
    revision: Annotated[str, about("commit of that model on the hub; left out where it is from elsewhere")] = ""
    weights: Annotated[str, about("what its weights are, such as 4-bit; left out where they are as published")] = ""
    phases: Annotated[tuple[Phase, ...], about("training phases that led to the checkpoint, first to last")]

    @property
    def target_phase(self) -> Phase | None:
        """The last phase, where it is a target's."""
        last = self.phases[-1] if self.phases else None
        return last if last is not None and last.phase == "target" else None


class Selected(Record, frozen=True, kw_only=True):
    """Rows that selected the checkpoint of a phase."""

    phase: Annotated[Role, about("the phase whose checkpoint they selected")]
    task: Annotated[str, about("task of the rows")]
    split: Annotated[SplitName, about("split of the rows")]
    language: Annotated[str, about("ISO 639 code of the rows")]
    metric: Annotated[str, about("metric whose mean over languages decided")]


class Overlap(Record, frozen=True, kw_only=True):
    """What scored rows have in common with one split that was trained or selected on."""

    task: Annotated[str, about("task of the other split")]
    split: Annotated[SplitName, about("the other split")]
    language: Annotated[str, about("ISO 639 code of the other split")]
    use: Annotated[Literal["training", "selection"], about("what the other split was used for")]
    ids: Annotated[Count, about("scored items whose id is in the other split")]
    items: Annotated[Count, about("scored items whose texts, all together, are")]
    texts: Annotated[Count, about("scored items whose longest text is, beside whatever other texts")]
    n: Annotated[Count, about("scored rows that were compared")]
    same_rows: Annotated[bool, about("whether the other split holds the task's own training rows")]


class Transform(Record, frozen=True, kw_only=True):
    """One of the changes that were made to perturbed rows."""

    name: Annotated[str, about("name of the perturbation")]
    version: Annotated[int, about("version of the perturbation")]
    severity: Annotated[Literal[1, 2, 3], about("how much is changed")]
    seed: Annotated[int, about("what is drawn depends on it")]
    settings: Annotated[
        dict[str, bool | int | float | str],
        about("settings of the perturbation that are not as by default, by name; a file by its path"),
    ] = {}
    files: Annotated[dict[str, str], about("SHA-256 of each file's content, by the setting that names it")] = {}
    diagnostic: Annotated[bool, about("whether the task's labels need not survive it; left out where they do")] = False


class Scored(Record, frozen=True, kw_only=True):
    """What a score is worth: the fields that records and leaderboards share."""

    value: Annotated[float | None, about("the score, in its unit; null where it failed")]
    interval: Annotated[Interval | None, about("how sure the score is; null where it failed or nothing can be said")]
    n: Annotated[Count, about("items scored")]
    n_skipped: Annotated[Count, about("rows of the split that could not be used")]
    truncated: Annotated[Count, about("items of which some text was cut off")]
    constant: Annotated[bool, about("whether every item got the same prediction")]
    limited: Annotated[bool, about("whether --limit left out rows")]
    stand_in: Annotated[bool, about("whether the rows are not the dataset's official split")]
    differs: Annotated[str, about("how the source's rows differ from the benchmark's; empty where they do not")] = ""
    overlap: Annotated[
        tuple[Overlap, ...],
        about("what the rows share with rows trained or selected on; empty where nothing"),
    ] = ()
    role: Annotated[
        Role,
        about("intermediate: scored with the head of the intermediate phase; target: every other score"),
    ]
    source: Annotated[str, about("source of the rows")]
    data: Annotated[str, about("digest of the rows")]
    precision: Annotated[Precision, about("arithmetic of the prediction")]
    task_version: Annotated[int, about("version of the task: of its rows, labels and protocol")]
    metric_version: Annotated[int, about("version of the metric's definition")]
    hyper: Annotated[
        dict[str, Any],
        about("hyper-parameters that decided how its rows were encoded and outputs decoded"),
    ]
    run: Annotated[Digest, about("digest of the run")]
    error: Annotated[str | None, about("why there is no score; left out where there is one")] = None


class Score(Scored, frozen=True, kw_only=True):
    """One metric of one checkpoint on one task and language."""

    at: Annotated[
        dict[str, str | int],
        Meta(
            description="coordinates of the score, by name; the ones that are not listed come from studies",
            **_coordinates(*NEEDED),
        ),
    ]
    model: Annotated[Digest, about("digest of the model")]
    kind: Annotated[str, about("kind of the task")]
    metric: Annotated[str, about("name of the metric")]
    main: Annotated[bool, about("whether it is the task's main metric")]
    unit: Annotated[str, about("unit of value and interval, such as percent")]
    unknown: Annotated[
        float | None, about("percent of tokens that the model's tokenizer does not know, if it was counted")
    ] = None
    transforms: Annotated[
        tuple[Transform, ...], about("what was done to the rows, first to last; left out of clean ones")
    ] = ()
    n_changed: Annotated[Count, about("rows that are not what they were before that")] = 0
    selected_on: Annotated[
        tuple[Selected, ...], about("rows that selected the checkpoint, by phase and language; empty where none did")
    ] = ()
    predictions: Annotated[Digest, about("digest of the predictions; their directory in the store")]
    head_phase: Annotated[Count, about("number of the phase that the head is of, where it is not the last one")] = 0
    status: Annotated[
        Status, about("failed, or absent (a step that training did not come to): value is null and `error` says why")
    ]

    def __post_init__(self) -> None:
        checks.check_coordinates(self.at, NEEDED)
        checks.check_names(self.metric)
        checks.check_outcome(self.status, self.value)
        checks.check_finite(unknown=self.unknown)
        ends = (self.interval.low, self.interval.high) if isinstance(self.interval, Interval) else ()
        checks.check_unit(self.unit, self.value, *ends)

    @property
    def plain(self) -> bool:
        """Whether it has no further coordinates, such as a perturbation or the step of a snapshot."""
        return len(self.at) == len(NEEDED)


class Measure(Record, frozen=True, kw_only=True):
    """A number about a checkpoint that is no task's score, such as one about its embeddings."""

    at: Annotated[
        dict[str, str | int],
        Meta(
            description="coordinates of the number, by name; `other_task` is the intermediate task that the task is "
            "compared with; the ones that are not listed come from studies",
            **_coordinates(ARM, SEED),
        ),
    ]
    run: Annotated[Digest, about("digest of the run")]
    model: Annotated[Digest, about("digest of the model")]
    measure: Annotated[str, about("name of the measure")]
    measure_version: Annotated[int, about("version of the measure's definition")]
    unit: Annotated[str, about("unit of the value; empty where it has none")]
    value: Annotated[float | None, about("the number; null if it failed")]
    n: Annotated[Count | None, about("what it is a mean over; null if of no items")]
    task_version: Annotated[int, about("version of the task")]
    data: Annotated[str, about("digest of the rows")]
    limited: Annotated[bool, about("whether `limit` left rows out")]
    source: Annotated[str, about("source of the rows")]
    measured: Annotated[
        str, about("digest of the stage that computed it; its directory in the store; left out if it failed")
    ] = ""
    status: Annotated[Status, about("failed: value is null and `error` says why")]
    error: Annotated[str | None, about("why it failed")] = None

    def __post_init__(self) -> None:
        checks.check_coordinates(self.at, (ARM, SEED))
        checks.check_outcome(self.status, self.value)

    @property
    def plain(self) -> bool:
        """Whether it has no further coordinates than scores need, such as the step of a snapshot."""
        return self.at.keys() <= set(NEEDED)


class Line(Record, frozen=True, kw_only=True, tag_field="record"):
    """A line of records.jsonl: what a repeat of the run reproduces bit for bit, and times, hosts and places."""

    schema: Annotated[Literal[2], about("version of this schema")]


class RunRecord(Line, frozen=True, kw_only=True, tag="run"):
    """The run."""

    result: Run
    environment: RunEnvironment


class ModelRecord(Line, frozen=True, kw_only=True, tag="model"):
    """A model."""

    result: Model
    environment: Environment


class ScoreRecord(Line, frozen=True, kw_only=True, tag="score"):
    """A score."""

    result: Score
    environment: Environment


class MeasureRecord(Line, frozen=True, kw_only=True, tag="measure"):
    """A measure."""

    result: Measure
    environment: Environment


AnyRecord = RunRecord | ModelRecord | ScoreRecord | MeasureRecord
Result = Run | Model | Score | Measure
KINDS: Mapping[type[Result], str] = {Run: "run", Model: "model", Score: "score", Measure: "measure"}
"""What a line is called, by what it is about."""
