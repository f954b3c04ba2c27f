"""The stages of a plan: the model a run starts from, training phases, and predictions. Each knows its digest."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from harness.hyper import Hyper
from harness.planning.digests import digest_of
from harness.training.mixing import Mixing


@dataclass(frozen=True)
class GivenModel:
    """A Hugging Face directory, used where it lies.

    Attributes:
        digest: of its files, or its digest in the store if the store built it.
    """

    path: Path
    digest: str
    kind: ClassVar[str] = "given"


@dataclass(frozen=True)
class BuiltModel:
    """A model that a builder makes from parameters and the run's training texts.

    Attributes:
        build: import path of the builder, "module:function".
        texts: (task, rows digest) of the training rows whose texts the tokenizer is trained on.
    """

    name: str
    build: str
    parameters: tuple[tuple[str, Any], ...]
    texts: tuple[tuple[str, str], ...]
    kind: ClassVar[str] = "model"

    @property
    def inputs(self) -> dict[str, Any]:
        """What the digest is made from."""
        return {"build": self.build, "parameters": dict(self.parameters), "texts": [list(t) for t in self.texts]}

    @functools.cached_property
    def digest(self) -> str:
        """Of the builder, its parameters and its texts."""
        return digest_of("model", **self.inputs)


@dataclass(frozen=True)
class TrimmedModel:
    """A model without the tokens that some rows do not have.

    Attributes:
        data: the rows whose tokens are kept.
    """

    model: GivenModel | BuiltModel
    data: tuple[TaskData, ...]
    kind: ClassVar[str] = "model"

    @property
    def inputs(self) -> dict[str, Any]:
        """What the digest is made from."""
        return {"model": self.model.digest, "tokens_of": [data.encoding for data in self.data]}

    @functools.cached_property
    def digest(self) -> str:
        """Of the whole model and of the rows as they are encoded."""
        return digest_of("model", **self.inputs)


@dataclass(frozen=True, kw_only=True)
class TaskData:
    """Rows of a task as a stage encodes them.

    Attributes:
        rows: digest of the rows.
        hyper: the task's own hyper-parameters, of which `encode_with` and `decode_with` name those that count.
    """

    task: str
    task_version: int
    kind_version: int
    split: str
    language: str
    rows: str
    labels: tuple[str, ...]
    hyper: Hyper
    encode_with: tuple[str, ...]
    decode_with: tuple[str, ...]

    @property
    def encoding(self) -> dict[str, Any]:
        """What decides the encoded rows beside the tokenizer."""
        return {
            "task": self.task,
            "task_version": self.task_version,
            "kind_version": self.kind_version,
            "rows": self.rows,
            "labels": list(self.labels),
            "hyper": self.hyper.named(self.encode_with),
        }

    @property
    def decoding(self) -> dict[str, Any]:
        """What decides predictions beside the encoded rows and the checkpoint."""
        return self.hyper.named(self.decode_with)

    @property
    def decoding_inputs(self) -> dict[str, Any]:
        """What of `decoding` digests are made from."""
        unchanged = self.hyper.unchanged_later()
        return {name: value for name, value in self.decoding.items() if name not in unchanged}


@dataclass(frozen=True, kw_only=True)
class TrainStage:
    """A training phase.

    Attributes:
        phase: "intermediate" or "target".
        start: the checkpoint its encoder comes from.
        tasks: training rows of each task.
        development: rows and metric that select the checkpoint; None keeps the last one.
        hyper: of the phase as a whole.
        precision: "fp32" or "bf16".
        replayed: tasks of earlier phases among `tasks`, behind the first, whose heads go on from the start checkpoint.
    """

    phase: str
    start: Checkpoint
    tasks: tuple[TaskData, ...]
    development: Development | None
    hyper: Hyper
    precision: str
    seed: int
    replayed: tuple[str, ...] = ()
    kind: ClassVar[str] = "train"

    @property
    def inputs(self) -> dict[str, Any]:
        """What the digest is made from."""
        roles = ["training"] + (["mixing"] if len(self.tasks) > 1 else []) + (["selection"] if self.development else [])
        unchanged = self.hyper.unchanged_later()
        values = self.hyper.values(*roles, idle=self.idle)
        hyper = {name: value for name, value in values.items() if name not in unchanged}
        return {
            "phase": self.phase,
            "start": self.start.digest,
            "tasks": [task.encoding for task in self.tasks],
            "development": self.development.inputs if self.development else None,
            "hyper": {**hyper, "precision": self.precision},
            "seed": self.seed,
            **({"task_weights": self.task_weights} if self.task_weights else {}),
            **({"replayed": list(self.replayed)} if self.replayed else {}),
        }

    @property
    def task_weights(self) -> dict[str, float]:
        """What several tasks are mixed by, where not by their rows."""
        weights = {data.task: data.hyper.use("weight").weight for data in self.mixed} if self.mixes else {}
        return weights if all(weights.values()) else {}

    @property
    def mixed(self) -> tuple[TaskData, ...]:
        """The tasks that share steps by the mixing: all, or those that are replayed."""
        return tuple(data for data in self.tasks if not self.replayed or data.task in self.replayed)

    @property
    def mixes(self) -> bool:
        """Whether it mixes several tasks."""
        return len(self.mixed) > 1

    @property
    def idle(self) -> set[str]:
        """Hyper-parameters that are part of its inputs though nothing goes by them."""
        counts_steps = not self.hyper.steps and not self.replayed
        return self.mixing.idle(counts_steps=counts_steps) | (set() if self.mixes else {"mixing", "cap", "temperature"})

    @property
    def mixing(self) -> Mixing:
        """How its tasks share the steps."""
        return Mixing.of(self.hyper, self.task_weights, self.names[0] if self.replayed else "")

    @functools.cached_property
    def digest(self) -> str:
        """Of everything that can change the weights."""
        return digest_of("train", **self.inputs)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its tasks."""
        return tuple(data.task for data in self.tasks)


@dataclass(frozen=True, kw_only=True)
class Development:
    """Development rows and the metric that selects a checkpoint on them, by its mean over languages.

    Attributes:
        data: rows of one task and split, one a language.
    """

    data: tuple[TaskData, ...]
    metric: str
    metric_version: int

    @property
    def inputs(self) -> dict[str, Any]:
        """What of it decides which checkpoint is kept."""
        first, *others = self.data
        return {
            **first.encoding,
            "decoding": first.decoding_inputs,
            "metric": self.metric,
            "metric_version": self.metric_version,
            **({"others": [data.rows for data in others]} if others else {}),
        }


StartModel = GivenModel | BuiltModel | TrimmedModel
"""What the phases of a run begin with."""

Checkpoint = StartModel | TrainStage
"""What a phase or a prediction can start from."""


@dataclass(frozen=True, kw_only=True)
class PredictStage:
    """Predictions of one checkpoint on one task, split and language.

    Attributes:
        tuning: validation rows in the same language, for tasks with a metric that reads what is tuned on them.
    """

    checkpoint: Checkpoint
    data: TaskData
    precision: str
    tuning: TaskData | None = None
    kind: ClassVar[str] = "predict"

    @property
    def inputs(self) -> dict[str, Any]:
        """What the digest is made from."""
        return {
            "checkpoint": self.checkpoint.digest,
            "data": self.data.encoding,
            "split": self.data.split,
            "language": self.data.language,
            "decoding": self.data.decoding_inputs,
            "precision": self.precision,
            **({"tuning": self.tuning.encoding} if self.tuning else {}),
        }

    @functools.cached_property
    def digest(self) -> str:
        """Of checkpoint, rows and how they are read."""
        return digest_of("predict", **self.inputs)


def chain(checkpoint: Checkpoint) -> tuple[TrainStage, ...]:
    """The phases that lead to a checkpoint, first to last."""
    return (*chain(checkpoint.start), checkpoint) if isinstance(checkpoint, TrainStage) else ()
