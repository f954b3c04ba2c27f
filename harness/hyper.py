"""Hyper-parameters: what a preset, a settings file or `--set` can say about training, encoding and decoding."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from harness.errors import SettingsError, UnknownName

PHASES = ("intermediate", "target")
MIXINGS = ("proportional", "capped", "temperature", "uniform")
SCOPES = (*PHASES, "kinds.<kind>", "tasks.<task>", "model")


def _field(role: str, default: Any, about: str, *, choices: tuple[str, ...] = (), later: bool = False) -> Any:
    return field(default=default, metadata={"role": role, "about": about, "choices": choices, "later": later})


def _switch(role: str, about: str, *, later: bool = False) -> Any:
    return field(default=False, metadata={"role": role, "about": about, "choices": (), "later": later})


@dataclass(frozen=True, kw_only=True)
class Hyper:
    """One phase's or task's hyper-parameters.

    A field's role says which stages it decides: training, mixing (multi-task phases), selection (phases that keep the
    best checkpoint), development (what selects it; a stage knows it by its digest), rows (by task; a stage knows them
    by their digest), weighting (a task's own share of multi-task phases), seed (instead of the run's), encoding and
    decoding (by kind). Fields of the role execution change nothing but rounding and which dropout is drawn, and are no
    part of any stage's digest. Nor are later fields, which stored stages know nothing of, at their defaults.
    """

    lr: float = _field("training", 1e-5, "peak learning rate of AdamW")
    batch_size: int = _field("training", 32, "examples an optimiser step")
    epochs: float = _field(
        "training", 3.0, "passes over the training rows; a multi-task phase sums them over its tasks"
    )
    steps: int = _field("training", 0, "optimiser steps; 0 means by epochs")
    warmup: float = _field("training", 0.1, "linear warm-up: a share of the steps below 1, a number of steps from 1")
    weight_decay: float = _field("training", 0.01, "AdamW's decoupled weight decay; not on biases and layer norms")
    adam_epsilon: float = _field("training", 1e-8, "AdamW's epsilon")
    max_grad_norm: float = _field("training", 1.0, "gradients are clipped to this global norm; 0 means not at all")
    dropout: float = _field("training", 0.1, "dropout before a head's output layer")
    group_by_length: bool = _switch(
        "training",
        "batches of examples of like length: faster than batches of any examples, and not quite the same training",
        later=True,
    )
    freeze_embeddings: bool = _switch(
        "training",
        "leave the encoder's embeddings as they are",
        later=True,
    )
    freeze_layers: int = _field("training", 0, "leave so many of the encoder's lowest layers as they are", later=True)
    seed: int = _field("seed", 0, "the phase's own seed; 0 means the run's", later=True)
    mixing: str = _field(
        "mixing",
        "capped",
        "multi-task mixing: a task's share is proportional to its rows, to its rows up to `cap`, to a root of that, or "
        "the same for all",
        choices=MIXINGS,
        later=True,
    )
    cap: int = _field("mixing", 131072, "multi-task mixing: a task's rows are counted up to this many")
    temperature: float = _field(
        "mixing", 2.0, "multi-task mixing by temperature: the root that is taken; 1 is capped", later=True
    )
    replay: float = _field(
        "mixing",
        0.0,
        "sequential mode: share of a later phase's steps that goes to the tasks of the phases before",
        later=True,
    )
    weight: float = _field(
        "weighting", 0.0, "multi-task mixing: a task's share relative to the other tasks' weights; 0 means by its rows"
    )
    eval_every: int = _field(
        "selection", 200, "steps between scores on development rows, where the best checkpoint is kept"
    )
    patience: int = _field("selection", 0, "stop after this many development scores without improvement; 0 means never")
    select_on: str = _field(
        "development",
        "",
        'development rows that the best checkpoint is kept by: languages ("en", "de+es") or TASK:LANGUAGES; '
        "empty means the task's own policy",
        later=True,
    )
    select_metric: str = _field(
        "development", "", "metric that the best checkpoint is kept by; empty means the task's own policy", later=True
    )
    snapshots: bool = _switch(
        "training",
        "also keep the checkpoints of steps 1, 2, 4, 8, ...",
        later=True,
    )
    precision: str = _field(
        "training", "auto", "arithmetic of the forward and backward pass", choices=("auto", "fp32", "bf16")
    )
    examples: int = _field("rows", 0, "training rows used, the first ones; 0 means all")
    max_length: int = _field("encoding", 128, "tokens a sequence, special ones included")
    mask_probability: float = _field("encoding", 0.15, "masked language modelling: share of tokens that are masked")
    doc_stride: int = _field(
        "encoding", 128, "question answering: tokens between the starts of two windows of a context"
    )
    max_query_length: int = _field(
        "encoding",
        64,
        "tokens kept of a question (question answering) or query (text retrieval, special ones included)",
    )
    max_answer_length: int = _field("decoding", 30, "question answering: longest answer, in tokens")
    n_best: int = _field("decoding", 20, "question answering: candidate answers considered and stored")
    layer: int = _field("decoding", 0, "sentence embeddings: hidden layer; 0 means 14/24 of the encoder's depth")
    pooling: str = _field(
        "decoding", "mean", "sentence embeddings: how tokens become a vector", choices=("mean", "cls")
    )
    similarity: str = _field(
        "decoding", "cosine", "sentence-similarity: what nearest means", choices=("cosine", "dot"), later=True
    )
    direction: str = _field(
        "decoding",
        "forward",
        "sentence-similarity: forward asks about English sentences and searches the foreign ones, backward is the "
        "other way round",
        choices=("forward", "backward"),
        later=True,
    )
    centring: bool = _switch(
        "decoding",
        "sentence embeddings: subtract the mean of each side's vectors before comparing",
        later=True,
    )
    token_budget: int = _field("execution", 4096, "tokens a micro-batch, padding included")
    zero_stage: int = _field("execution", 0, "DeepSpeed ZeRO stage, 0 to 3")
    gradient_checkpointing: bool = _switch(
        "execution",
        "compute activations again in the backward pass instead of keeping them: less memory, more time",
    )
    checkpoint_every: int = _field("execution", 200, "steps between checkpoints that an interrupted phase goes on from")

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise SettingsError(f"{name} = {value} must be a finite number")
        positive = ("lr", "batch_size", "max_length", "doc_stride", "max_query_length", "max_answer_length", "n_best")
        for name in (*positive, "eval_every", "token_budget", "checkpoint_every", "cap"):
            if getattr(self, name) <= 0:
                raise SettingsError(f"{name} = {getattr(self, name)} must be above 0")
        if self.steps == 0 and self.epochs <= 0:
            raise SettingsError("a phase needs steps or epochs above 0")
        if self.steps and self.warmup > max(1, self.steps):
            raise SettingsError(
                f"warmup = {self.warmup:g} steps do not end within a phase of {self.steps} steps",
                mend="give fewer, or a share of the steps, such as 0.1",
            )
        if not 0 <= self.zero_stage <= 3:
            raise SettingsError(f"zero_stage = {self.zero_stage} must be 0, 1, 2 or 3")
        for name in (
            "steps",
            "warmup",
            "weight_decay",
            "adam_epsilon",
            "max_grad_norm",
            "dropout",
            "patience",
            "weight",
            "examples",
            "layer",
            "freeze_layers",
            "seed",
        ):
            if getattr(self, name) < 0:
                raise SettingsError(f"{name} = {getattr(self, name)} must not be below 0")
        if self.dropout >= 1:
            raise SettingsError(f"dropout = {self.dropout} must be below 1")
        if self.temperature < 1:
            raise SettingsError(f"temperature = {self.temperature:g} must not be below 1")
        if not 0 <= self.replay < 1:
            raise SettingsError(f"replay = {self.replay:g} must be from 0 to below 1")
        if not 0 < self.mask_probability <= 1:
            raise SettingsError(f"mask_probability = {self.mask_probability} must be above 0 and at most 1")

    def warmup_steps(self, steps: int) -> int:
        """Warm-up steps of a phase of `steps` steps."""
        return round(self.warmup * steps) if self.warmup < 1 else int(self.warmup)

    def unchanged_later(self) -> set[str]:
        """Names of the later fields that have their default."""
        fields = (f for f in dataclasses.fields(self) if f.metadata["later"])
        return {f.name for f in fields if getattr(self, f.name) == f.default}

    def values(self, *roles: str) -> dict[str, Any]:
        """Fields of some roles by name."""
        return self.named(f.name for f in dataclasses.fields(self) if f.metadata["role"] in roles)

    def named(self, names: Iterable[str]) -> dict[str, Any]:
        """Values by name: what a stage's digest is made from, such as those of a kind's `encode_with`."""
        return {name: getattr(self, name) for name in names}


def check_overrides(overrides: Mapping[str, Any], *, where: str, model_parameters: Mapping[str, Any]) -> None:
    """Refuse unknown names and values of the wrong type.

    Args:
        overrides: dotted name to value: `lr`, `target.lr`, `tasks.mnli.lr`, `kinds.question-answering.lr`,
            `model.hidden_size`.
        where: the file or flag they come from, for the message.
        model_parameters: the model's own parameters with their defaults.
    """
    for key, value in overrides.items():
        scope, _, name = key.rpartition(".")
        head, _, rest = scope.partition(".")
        if not (scope in ("", "model", *PHASES) or (head in ("kinds", "tasks") and rest)):
            raise UnknownName("scope of settings", scope, SCOPES, where=f"{where}: {key}")
        if scope == "model":
            if name not in model_parameters:
                raise UnknownName("model parameter", name, model_parameters, where=f"{where}: {key}")
            _coerce(key, value, type(model_parameters[name]), (), where)
        else:
            _check_hyper(key, name, value, where)


def resolve(
    preset: Mapping[str, Any],
    overrides: Mapping[str, Any],
    *,
    model: str,
    phase: str,
    kind: str | None,
    task: str | None,
) -> Hyper:
    """Hyper-parameters of a phase, and of a task in it.

    Each layer beats the one before: defaults; the preset's general values, its values for the model, for the phase, for
    the kind, for the task; then the user's in the same order, who name no model. A multi-task phase has neither kind
    nor task of its own. Steps and epochs say the same thing, so that a layer with epochs alone takes back the steps of
    the layers before.
    """
    scopes = ["", f"models.{model}", phase]
    scopes += [f"kinds.{kind}"] if kind else []
    scopes += [f"tasks.{task}"] if task else []
    values: dict[str, Any] = {}
    for layer in (flatten(preset), overrides):
        for scope in scopes:
            own = {name.rpartition(".")[2]: v for name, v in layer.items() if name.rpartition(".")[0] == scope}
            values |= {"steps": 0, **own} if "epochs" in own else own
    hints = get_type_hints(Hyper)
    return Hyper(**{name: _coerce(name, value, hints[name], (), "settings") for name, value in values.items()})


def flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A table of tables as dotted names."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _check_hyper(key: str, name: str, value: Any, where: str) -> None:
    fields = {f.name: f for f in dataclasses.fields(Hyper)}
    if name not in fields:
        raise UnknownName("hyper-parameter", name, fields, where=f"{where}: {key}")
    _coerce(key, value, get_type_hints(Hyper)[name], fields[name].metadata["choices"], where)


def _coerce(key: str, value: Any, expected: type, choices: tuple[str, ...], where: str) -> Any:
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, expected) or isinstance(value, bool) is not (expected is bool):
        raise SettingsError(f"{key} = {value!r} is not of type {expected.__name__}", where=where)
    if choices and value not in choices:
        raise UnknownName(f"value of {key}", str(value), choices, where=where)
    return value
