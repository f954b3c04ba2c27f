"""Hyper-parameters: what a preset, a settings file or `--set` can say about training, encoding and decoding."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from harness.errors import SettingsError, UnknownName, UserError, counted
from harness.setting import KindSettings, Setting, check_bounds, coerced, declared, setting

if TYPE_CHECKING:
    from harness.registry import Registry

PHASES = ("intermediate", "target")
MIXINGS = ("proportional", "capped", "temperature", "uniform")
SCOPES = (*PHASES, "kinds.<kind>", "tasks.<task>", "model")

Own = TypeVar("Own", bound=KindSettings)


@dataclass(frozen=True)
class Origins:
    """Which of the user's settings gave values, and which of them decided something.

    Attributes:
        keys: the user's dotted names by hyper-parameter: the one that gave its value, behind those that it overrides
            where both are said of the run as a whole, both by its arm, or both by its phase.
        used: dotted names whose values were used; shared by all that is resolved from the same settings.
    """

    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True)
class Hyper:
    """One phase's or task's hyper-parameters.

    A field's role says which stages it decides: training, mixing (multi-task phases), selection (phases that keep the
    best checkpoint), development (what selects it; a stage knows it by its digest), rows (by task; a stage knows them
    by their digest), weighting (a task's own share of multi-task phases), seed (instead of the run's), encoding and
    decoding (by kind). Fields of the role execution change nothing but rounding (token_budget also which dropout is
    drawn), and are no part of any stage's digest. Nor are later fields, which stored stages know nothing of, at their
    defaults.

    Attributes:
        kind_settings: what only the task's kind reads; its fields have the role encoding or decoding.
        origins: where values come from, and what is remembered of their use.
    """

    lr: float = setting("training", "peak learning rate of AdamW", default=1e-5, above=0)
    batch_size: int = setting("training", "examples an optimiser step", default=32, above=0)
    epochs: float = setting(
        "training", "passes over the training rows; a multi-task phase sums them over its tasks", default=3.0
    )
    steps: int = setting("training", "optimiser steps; 0 means by epochs", default=0, least=0)
    warmup: float = setting(
        "training", "linear warm-up: a share of the steps below 1, a number of steps from 1", default=0.1, least=0
    )
    weight_decay: float = setting(
        "training", "AdamW's decoupled weight decay; not on biases and layer norms", default=0.01, least=0
    )
    adam_epsilon: float = setting("training", "AdamW's epsilon", default=1e-8, least=0)
    max_grad_norm: float = setting(
        "training", "gradients are clipped to this global norm; 0 means not at all", default=1.0, least=0
    )
    dropout: float = setting("training", "dropout before a head's output layer", default=0.1, least=0, below=1)
    group_by_length: bool = setting(
        "training",
        "batches of examples of like length: faster than batches of any examples, and not quite the same training",
        default=False,
        later=True,
    )
    freeze_embeddings: bool = setting(
        "training", "leave the encoder's embeddings as they are", default=False, later=True
    )
    freeze_layers: int = setting(
        "training", "leave so many of the encoder's lowest layers as they are", default=0, least=0, later=True
    )
    seed: int = setting("seed", "the phase's own seed; 0 means the run's", default=0, least=0, later=True)
    mixing: str = setting(
        "mixing",
        "multi-task mixing: a task's share is proportional to its rows, to its rows up to `cap`, to a root of that, or "
        "the same for all",
        default="capped",
        choices=MIXINGS,
        later=True,
    )
    cap: int = setting(
        "mixing", "multi-task mixing: a task's rows are counted up to this many", default=131072, above=0
    )
    temperature: float = setting(
        "mixing",
        "multi-task mixing by temperature: the root that is taken; 1 is capped",
        default=2.0,
        least=1,
        later=True,
    )
    replay: float = setting(
        "mixing",
        "sequential mode: share of a later phase's steps that goes to the tasks of the phases before",
        default=0.0,
        least=0,
        below=1,
        later=True,
    )
    weight: float = setting(
        "weighting",
        "multi-task mixing: a task's share relative to the other tasks' weights; 0 means by its rows",
        default=0.0,
        least=0,
    )
    eval_every: int = setting(
        "selection", "steps between scores on development rows, where the best checkpoint is kept", default=200, above=0
    )
    patience: int = setting(
        "selection", "stop after this many development scores without improvement; 0 means never", default=0, least=0
    )
    select_on: str = setting(
        "development",
        'development rows that the best checkpoint is kept by: languages ("en", "de+es") or TASK:LANGUAGES; '
        "empty means the task's own policy",
        default="",
        later=True,
    )
    select_metric: str = setting(
        "development",
        "metric that the best checkpoint is kept by; empty means the task's own policy",
        default="",
        later=True,
    )
    snapshots: bool = setting(
        "training", "also keep the checkpoints of steps 1, 2, 4, 8, ...", default=False, later=True
    )
    precision: str = setting(
        "training", "arithmetic of the forward and backward pass", default="auto", choices=("auto", "fp32", "bf16")
    )
    examples: int = setting("rows", "training rows used, the first ones; 0 means all", default=0, least=0)
    random_labels: bool = setting(
        "rows",
        "exchange the right answers of training rows at random: a control, which updates the model as often, on texts "
        "that do not tell the answers",
        default=False,
        later=True,
    )
    max_length: int = setting("encoding", "tokens a sequence, special ones included", default=128, above=0)
    max_query_length: int = setting(
        "encoding",
        "tokens kept of a question (question answering) or query (text retrieval, special ones included)",
        default=64,
        above=0,
    )
    layer: int = setting(
        "decoding",
        "sentence embeddings: hidden layer; 0 means 14/24 of the encoder's depth, -1 the last",
        default=0,
        least=-1,
    )
    pooling: str = setting(
        "decoding", "sentence embeddings: how tokens become a vector", default="mean", choices=("mean", "cls")
    )
    token_budget: int = setting("execution", "tokens a micro-batch, padding included", default=4096, above=0)
    zero_stage: int = setting("execution", "DeepSpeed ZeRO stage, 0 to 3", default=0, least=0, most=3)
    gradient_checkpointing: bool = setting(
        "execution",
        "compute activations again in the backward pass instead of keeping them: less memory, more time",
        default=False,
    )
    checkpoint_every: int = setting(
        "execution", "steps between checkpoints that an interrupted phase goes on from", default=200, above=0
    )
    kind_settings: KindSettings = field(default_factory=KindSettings)
    origins: Origins = field(default_factory=Origins, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_bounds(self)
        if self.steps == 0 and self.epochs <= 0:
            raise SettingsError(
                f"a phase needs steps or epochs above 0: {self._said('epochs')}", code="phase-without-steps"
            )
        if self.steps and self.warmup > max(1, self.steps):
            raise SettingsError(
                f"{self._said('warmup')} steps do not end within a phase of {counted(self.steps, 'step')}",
                code="warmup-too-long",
                fix="give fewer, or a share of the steps, such as 0.1",
            )

    def warmup_steps(self, steps: int) -> int:
        """Warm-up steps of a phase of `steps` steps."""
        return round(self.warmup * steps) if self.warmup < 1 else int(self.warmup)

    def unchanged_later(self) -> set[str]:
        """Names of the later fields that have their default."""
        known = self._settings()
        return {name for name, one in known.items() if one.declaration.later and self._value(name) == one.default}

    def use(self, *names: str) -> Hyper:
        """These hyper-parameters, remembering that those of the names are used."""
        for name in names:
            self.origins.used.update(self.origins.keys.get(name, ()))
        return self

    def named(self, names: Iterable[str]) -> dict[str, Any]:
        """Values by name for a stage's inputs, which uses them: such as those of a kind's `encode_with`."""
        return {name: self.use(name)._value(name) for name in names}

    def values(self, *roles: str, idle: Collection[str] = ()) -> dict[str, Any]:
        """Values of some roles by name for a stage's inputs, which uses them.

        Args:
            idle: names that are part of the inputs though nothing uses them.
        """
        names = [name for name, one in self._settings().items() if one.declaration.role in roles]
        self.use(*(name for name in names if name not in idle))
        return {name: self._value(name) for name in names}

    def own(self, settings: type[Own]) -> Own:
        """The kind's own settings; the defaults where these were made for no kind.

        Args:
            settings: the class that the kind names, or one that it is derived from.
        """
        if isinstance(self.kind_settings, settings):
            return self.kind_settings
        if type(self.kind_settings) is KindSettings:
            return settings()
        raise TypeError(f"these are {type(self.kind_settings).__name__}, not {settings.__name__}")

    def _said(self, name: str) -> str:
        """A value behind the dotted name by which the user gave it, for messages."""
        return f"{self.origins.keys.get(name, (name,))[-1]} = {self._value(name):g}"

    def _settings(self) -> Mapping[str, Setting]:
        return {**declared(Hyper), **declared(type(self.kind_settings))}

    def _value(self, name: str) -> Any:
        return getattr(self if name in declared(Hyper) else self.kind_settings, name)


def check_overrides(
    overrides: Mapping[str, Any],
    *,
    where: str,
    model_parameters: Mapping[str, Any],
    kinds: Mapping[str, type[KindSettings]],
) -> None:
    """Refuse unknown names and values of the wrong type or beyond their bounds.

    Args:
        overrides: dotted name to value: `lr`, `target.lr`, `tasks.mnli.lr`, `kinds.question-answering.lr`,
            `model.hidden_size`; or to a list of several values.
        where: the file or flag they come from, for the message.
        model_parameters: the model's own parameters with their defaults.
        kinds: the settings of each kind's own, by the kind's name.
    """
    for key, value in ((key, value) for key, said in overrides.items() for value in values_of(said)):
        scope, _, name = key.rpartition(".")
        head, _, rest = scope.partition(".")
        if not (scope in ("", "model", *PHASES) or (head in ("kinds", "tasks") and rest)):
            raise UnknownName("scope of settings", scope, SCOPES, where=f"{where}: {key}")
        if scope == "model":
            if name not in model_parameters:
                raise UnknownName("model parameter", name, model_parameters, where=f"{where}: {key}")
            coerced(key, value, type(model_parameters[name]), where)
        else:
            meant = kinds.get(rest, KindSettings) if head == "kinds" else KindSettings
            _check_hyper(key, name, value, where, {"": meant, **kinds})


def values_of(said: Any) -> list[Any]:
    """The value or the several values that a hyper-parameter is given."""
    return said if isinstance(said, list) else [said]


def check_scopes(registry: Registry, overrides: Mapping[str, Any], *, where: str) -> None:
    """Refuse hyper-parameters for tasks and kinds that do not exist."""
    for key in overrides:
        head, _, rest = key.partition(".")
        if head == "tasks":
            registry.task(rest.rpartition(".")[0])
        if head == "kinds" and rest.rpartition(".")[0] not in {task.kind for task in registry.tasks.values()}:
            raise UnknownName("kind", rest.rpartition(".")[0], registry.kinds, where=f"{where}: {key}")


def _check_hyper(key: str, name: str, value: Any, where: str, kinds: Mapping[str, type[KindSettings]]) -> None:
    """Refuse a name that nothing has, and a value that none of those who have the name takes.

    Args:
        kinds: the settings of each kind's own, the first before the others.
    """
    readers = [known[name] for known in (declared(Hyper), *map(declared, kinds.values())) if name in known]
    if not readers:
        names = dict.fromkeys([*declared(Hyper), *(one for owner in kinds.values() for one in declared(owner))])
        raise UnknownName("hyper-parameter", name, names, where=f"{where}: {key}")
    refusals = list(_refusals(readers, key, value, where))
    if len(refusals) == len(readers):
        raise refusals[0]


def _refusals(readers: Iterable[Setting], key: str, value: Any, where: str) -> Iterator[UserError]:
    for reader in readers:
        try:
            reader.check_bounds(reader.coerced(key, value, where), where, key)
        except UserError as refusal:
            yield refusal


@dataclass(frozen=True)
class Overrides:
    """Hyper-parameters by dotted name that beat others.

    Attributes:
        owner: what says them, such as an arm, and what their names are told under; "" is the run as a whole.
    """

    values: Mapping[str, Any]
    owner: str = ""

    def shown(self, key: str) -> str:
        """A name as messages give it."""
        return shown_setting(key, self.owner)


def shown_setting(key: str, owner: str) -> str:
    """The dotted name of a hyper-parameter as messages give it, behind what sets it."""
    return f"{owner}: {key}" if owner else key


def resolve(
    preset: Mapping[str, Any],
    *overrides: Overrides,
    model: str,
    phase: str,
    kind: str | None,
    task: str | None,
    kind_settings: type[KindSettings] = KindSettings,
    used: set[str] | None = None,
) -> Hyper:
    """Hyper-parameters of a phase, and of a task in it.

    Each layer beats the one before: defaults; the preset's general values, its values for the model, for the phase, for
    the kind, for the task; then each of the overrides in the same order, which name no model. A multi-task phase has
    neither kind nor task of its own. Steps and epochs say the same thing, so that a layer with epochs alone takes back
    the steps of the layers before.

    Args:
        kind_settings: the kind's own.
        used: takes the names of overrides, as they are shown, when their values are used.
    """
    scopes = ["", f"models.{model}", phase]
    scopes += [f"kinds.{kind}"] if kind else []
    scopes += [f"tasks.{task}"] if task else []
    values: dict[str, Any] = {}
    keys: dict[str, tuple[str, ...]] = {}
    for number, layer in enumerate((Overrides(flatten(preset)), *overrides)):
        own: dict[str, tuple[str, ...]] = {}
        for scope in scopes:
            said = {key.rpartition(".")[2]: key for key in layer.values if key.rpartition(".")[0] == scope}
            values |= {"steps": 0} if "epochs" in said else {}
            values |= {name: layer.values[key] for name, key in said.items()}
            if number:
                own |= {name: (*own.get(name, ()), layer.shown(key)) for name, key in said.items()}
        # What a layer before says of it decides nothing any more.
        length = {"steps": (), "epochs": ()} if own.keys() & {"steps", "epochs"} else {}
        keys |= {**length, **own}
    origins = Origins(keys, set() if used is None else used)
    return Hyper(**_taken(Hyper, values), kind_settings=kind_settings(**_taken(kind_settings, values)), origins=origins)


def _taken(owner: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some values that a class declares."""
    known = declared(owner)
    return {name: known[name].coerced(name, value, "settings") for name, value in values.items() if name in known}


def flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A table of tables as dotted names."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
