"""What a model, a suite and a preset are, and what of them is refused when a plugin registers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.errors import UserError

if TYPE_CHECKING:
    from harness.registry import Registry

SIZES = ("hidden_size", "layers", "heads", "feed_forward", "vocabulary", "positions")
"""Parameters that a builder has: plans are made with them before there is a model."""

RESERVED = ("all", "none", "target-english")
"""Names that stand for something else where tasks and suites are named."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that settings can name: one of the hub, one in a directory, or one that a builder makes.

    Exactly one of `hub`, `directory` and `build` is given. Import paths are written "module:function", so that nothing
    heavy is imported before it is needed.

    Attributes:
        name: in settings and records.
        description: for people, one line.
        licence: as the hub names licences; "" where it is not known.
        hub: a Hugging Face hub id.
        directory: import path of a function without arguments that gives the path of a Hugging Face directory.
        build: import path of a function `build(directory, texts, parameters)` that writes a Hugging Face directory of
            an encoder with its tokenizer. `directory` is a path and empty, `texts` an iterable of the training texts of
            the run, `parameters` a dictionary of the values below.
        parameters: of a builder, the defaults of what `--set model.NAME=...` changes; with `fixed`, all of `SIZES`.
        fixed: parameters that cannot be set. With "vocabulary" among them, the builder is given no texts.
        headless: of a builder, whether the encoders that it writes have no head for masked tokens: targets of kind
            fill-mask are then refused before anything is made.
        version: of a builder, raised where it builds something else of the same texts and parameters; part of the
            digests of everything that comes of its models.
        check: import path of a function without arguments that raises `harness.UserError` where this machine lacks what
            the model is made from.
        note: said below the scores of every such model.
        weights: what its weights are where they are not those that their authors published, such as "4-bit, ..."; said
            in plans, records and model cards.
        seen: tasks whose data, or data like theirs, its weights were trained on before; training on them again says
            little of what they add.
    """

    name: str
    description: str = ""
    licence: str = ""
    hub: str = ""
    directory: str = ""
    build: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    headless: bool = False
    version: int = 1
    check: str = ""
    note: str = ""
    weights: str = ""
    seen: Sequence[str] = ()

    @property
    def origin(self) -> str:
        """Where it is from, for people."""
        return self.hub or ("built" if self.build else "shipped")


def weights_of(name: str, models: Mapping[str, Model]) -> str:
    """What the weights of a model are where they are not those that its authors published; else "".

    Args:
        name: of a registered model, a directory or a hub id.
    """
    return models[name].weights if name in models else ""


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Tasks under one name, which stands for them wherever tasks are named.

    Attributes:
        tasks: names of registered tasks, in order.
    """

    name: str
    tasks: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Hyper-parameters under one name.

    Attributes:
        values: by name, for everything; in a table of a phase (`target`), a kind (`kinds.KIND`), a task (`tasks.TASK`)
            or a model (`models.MODEL`), for that alone.
        published: where values are from, by dotted name; those that are not named are assumed.
    """

    name: str
    values: Mapping[str, Any]
    published: Mapping[str, str] = field(default_factory=dict)


def check_model(model: Model, _models: Mapping[str, Model], _registry: Registry) -> None:
    """Refuse a model that nothing can be started from.

    Raises:
        UserError: it is not of exactly one origin, or a builder's sizes are not all there.
    """
    if sum(map(bool, (model.hub, model.directory, model.build))) != 1:
        raise UserError(
            "is not exactly one of hub, directory and build", code="model-origin", fix="give one of the three"
        )
    missing = [name for name in SIZES if name not in {**model.parameters, **model.fixed}]
    if model.build and missing:
        raise UserError(
            f"has no {', '.join(missing)}", code="model-sizes", fix="name them in `parameters`, or in `fixed`"
        )


def check_suite(suite: Suite, _suites: Mapping[str, Suite], registry: Registry) -> None:
    """Refuse a suite that could not be told from something else, or that names tasks which nobody registers.

    Raises:
        UserError: the condition.
    """
    if suite.name in RESERVED or suite.name in registry.tasks:
        raise UserError("is the name of something else", code="suite-name", fix="give the suite another name")
    fix = "name registered tasks; `xharness ls tasks` lists them"
    if not suite.tasks:
        raise UserError("has no task", code="empty-suite", fix=fix)
    for task in suite.tasks:
        if task not in registry.tasks:
            raise UserError(f"has the task {task!r}, which nobody registers", code="suite-of-unknown-task", fix=fix)


def check_preset(preset: Preset, _presets: Mapping[str, Preset], registry: Registry) -> None:
    """Refuse a preset with names or values that do not exist, or with the origin of a value that it does not have.

    Raises:
        UserError: the condition.
    """
    from harness.hyper import check_overrides, check_scopes, flatten

    values = dict(preset.values)
    kinds = {name: kind.settings for name, kind in registry.kinds.items()}
    tables = [flatten(table) for table in values.pop("models", {}).values()]
    try:
        for table in (flatten(values), *tables):
            check_overrides(table, where=preset.name, model_parameters={}, kinds=kinds)
            check_scopes(registry, table, where=preset.name)
    except UserError as error:
        raise UserError(f"cannot be used: {error.what}", code=error.code, fix=error.fix) from error
    own = flatten(preset.values)
    absent = [name for name in preset.published if name not in own]
    if absent:
        raise UserError(
            f"says where {', '.join(absent)} is published, and has no such value",
            code="published-without-value",
            fix=f"give the value, or name one of {', '.join(own)}",
        )
    if not all(isinstance(origin, str) and origin for origin in preset.published.values()):
        raise UserError(
            "says of a value that it is published, and not where",
            code="published-nowhere",
            fix="write where each value of `published` is from",
        )
