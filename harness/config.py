"""One run's settings: defaults, a TOML file, then flags; each beats the one before, and unknown keys are refused."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.arms import labelled_texts
from harness.errors import SettingsError, UnknownName
from harness.hyper import check_overrides, check_scopes, flatten
from harness.outside import Unreadable, read_toml, whole_number
from harness.setting import parsed_value
from harness.sources.base import source_named

if TYPE_CHECKING:
    from harness.registry import Registry

MODES = ("multitask", "sequential", "single")
KEEP = ("all", "intermediate", "none", "again")
KEEP_PRECISIONS = ("", "bf16")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a user asks of one run.

    Attributes:
        intermediate: task and suite names; "all" is the suite `intermediate`, "-ccg" takes a task out again,
            "target-english" is each target's own training task.
        target: task and suite names.
        mode: how several intermediate tasks are trained.
        model: the name of a registered model, a Hugging Face directory or a hub id; "" means the source's default.
        data: a source ("mini", "mini:WORLD", "hub" or a plugin's), or the path of a directory in the datasets'
            published layouts or of a map of files (TOML).
        preset: the name of a registered preset; "" means the source's default.
        languages: target languages to score; empty means all that the data have.
        limit: rows a split, 0 for all; limited results are marked.
        seeds: each seed trains every phase anew.
        baseline: also train and score each target without intermediate tasks.
        strict: refuse bad rows instead of counting them.
        deterministic: on a GPU, compute by algorithms that give the same bits each time, slower ones among them.
        trim_vocab: a suite or task; the model keeps only the tokens that its rows and the run's have. "" keeps all.
        keep: checkpoints that stay in the store when all is stored that is made from them: "all", those of
            "intermediate" phases, or "none"; "again" keeps all, and trains those again that an earlier run let go.
        keep_precision: "bf16" rounds the checkpoint of each phase, and what follows starts from the rounded one: half
            the room, and other scores. "" keeps checkpoints as they are.
        set: hyper-parameters by dotted name; see `harness.hyper`. Several values of one give every arm once for each.
        arms: further arms by label: their text (see `harness.armtext`), or a table with the text as `arm` and
            hyper-parameters of this arm alone as `set`. An arm whose label is its text is labelled by that.
        against: label of the arm that gains are against; "" means the one without intermediate tasks.
        score_snapshots: also score the steps 1, 2, 4, 8, ... of the phase that a target is scored after, where it keeps
            them; all phases do, unless `set` says which ones.
        score_phases: also score after each phase of an arm, and after the target's own, the targets without training
            and the tasks that phases so far have trained.
    """

    intermediate: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    mode: str = "multitask"
    model: str = ""
    data: str = "mini"
    preset: str = ""
    languages: tuple[str, ...] = ()
    limit: int = 0
    seeds: tuple[int, ...] = (1,)
    baseline: bool = True
    strict: bool = False
    deterministic: bool = False
    trim_vocab: str = ""
    against: str = ""
    score_snapshots: bool = False
    score_phases: bool = False
    arms: Mapping[str, Any] = field(default_factory=dict)
    keep: str = "all"
    keep_precision: str = ""
    set: Mapping[str, Any] = field(default_factory=dict)

    def to_toml(self) -> str:
        """These settings as a file that `--config` reads."""
        import tomli_w

        values = dataclasses.asdict(self)
        tables = {name: dict(values.pop(name)) for name in ("arms", "set")}
        return tomli_w.dumps(values | tables)


def load_file(path: Path) -> dict[str, Any]:
    """Settings of a TOML file.

    Raises:
        SettingsError: the file is missing, is not TOML, or holds an unknown key or a value of the wrong type.
    """
    try:
        table = read_toml(path)
    except OSError as error:
        raise SettingsError(
            f"cannot read the settings file: {error.strerror}", code="unreadable-file", where=str(path)
        ) from None
    except Unreadable as error:
        raise SettingsError(str(error), code="not-toml", where=str(path)) from None
    return check_keys(table, where=str(path))


def check_keys(table: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """Settings by name with lists as tuples; unknown keys and wrong types are refused."""
    known = {f.name: f for f in dataclasses.fields(Settings)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise UnknownName("setting", key, known, where=where)
        values[key] = _typed(key, value, where)
    return values


def settings_from(registry: Registry, *layers: Mapping[str, Any], where: str = "settings") -> Settings:
    """What layers of settings ask for, later layers first in rank.

    A hyper-parameter without scope, such as `lr`, also beats `target.lr` and the like of the layers before. Epochs take
    back the steps of the layers before, too. Arms of all layers are joined; of two with one label, the later is taken.
    """
    merged: dict[str, Any] = {}
    hyper: dict[str, Any] = {}
    arms: dict[str, Any] = {}
    for layer in layers:
        later = flatten(layer.get("set", {}))
        hyper = {key: value for key, value in hyper.items() if not _beaten(key, later)} | later
        arms |= layer.get("arms", {})
        merged |= layer
    empty = [name for name, value in hyper.items() if value == []]
    if empty:
        raise SettingsError(f"{empty[0]} has no value", code="setting-without-value", where=where)
    return _checked(registry, Settings(**(merged | {"set": hyper, "arms": arms})), where)


def parse_set(assignments: Sequence[str]) -> dict[str, Any]:
    """Values of `--set name=value` flags; `name=1e-5,2e-5` gives a list.

    Raises:
        SettingsError: one cannot be read, or two name the same hyper-parameter.
    """
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = (part.strip() for part in assignment.partition("="))
        if not equals or not name or not text:
            raise SettingsError(f"cannot read --set {assignment!r}", code="malformed-set", fix="write --set name=value")
        if name in values:
            given = " ".join(f"--set {one}" for one in assignments if one.partition("=")[0].strip() == name)
            fix = "give it once; several values (a,b) give every arm once for each"
            raise SettingsError(
                f"{name} is set more than once: {given}", code="option-repeated", where="command line", fix=fix
            )
        parsed = [parsed_value(part.strip()) for part in text.split(",")]
        values[name] = parsed[0] if len(parsed) == 1 else parsed
    return values


def select_tasks(
    registry: Registry, names: Sequence[str], *, all_means: str, also: Sequence[str] = ()
) -> tuple[str, ...]:
    """Task names of a list of tasks, suites, "all" (the suite `all_means`) and exclusions ("-ccg"), in order.

    Args:
        also: names that stand for something else and stay as they are.

    Raises:
        UnknownName: a name is neither a task nor a suite.
        SettingsError: an exclusion takes out nothing, or the exclusions leave nothing.
    """
    chosen: dict[str, None] = {}
    for name in names:
        excluded, name = name.startswith("-"), name.removeprefix("-")
        suite = all_means if name == "all" else name
        if suite not in registry.suites and suite not in registry.tasks and suite not in also:
            known = [*registry.tasks, *registry.suites, *also, *(["all"] if all_means in registry.suites else [])]
            raise UnknownName("task or suite", name, known)
        tasks = registry.suites[suite].tasks if suite in registry.suites else (suite,)
        if not excluded:
            chosen |= dict.fromkeys(task if task in also else registry.task(task).name for task in tasks)
        elif chosen.keys().isdisjoint(tasks):
            raise SettingsError(
                f"-{name} takes nothing out",
                code="nothing-excluded",
                fix=f"name it after what it is taken out of: all,-{name}",
            )
        else:
            chosen = {task: None for task in chosen if task not in tasks}
    if names and not chosen:
        raise SettingsError(f"{','.join(names)} leaves no task", code="no-task-left")
    return tuple(chosen)


def _beaten(key: str, later: Mapping[str, Any]) -> bool:
    """Whether a later layer takes back a hyper-parameter, by its own name or without scope."""
    scope, dot, name = key.rpartition(".")
    if scope == "model":
        return key in later
    names = ("steps", "epochs") if name == "steps" else (name,)
    return any(f"{scope}{dot}{own}" in later or own in later for own in names)


def _checked(registry: Registry, settings: Settings, where: str) -> Settings:
    """Settings with defaults filled in and every name known."""
    if settings.mode not in MODES:
        raise UnknownName("mode", settings.mode, MODES, where=where)
    for name, known in (("keep", KEEP), ("keep_precision", KEEP_PRECISIONS)):
        if getattr(settings, name) not in known:
            raise UnknownName(f"value of {name}", getattr(settings, name), filter(None, known), where=where)
    if settings.limit < 0:
        raise SettingsError(f"limit = {settings.limit} must not be below 0", code="value-out-of-range", where=where)
    if not settings.seeds:
        raise SettingsError("a run needs at least one seed", code="no-seed", where=where)
    negative = next((seed for seed in settings.seeds if seed < 0), None)
    if negative is not None:
        raise SettingsError(f"seeds = {negative} must not be below 0", code="value-out-of-range", where=where)
    if len(set(settings.seeds)) < len(settings.seeds):
        raise SettingsError(f"seeds = {list(settings.seeds)} names a seed twice", code="repeated-seed", where=where)
    source, _ = source_named(settings.data, registry)
    settings = dataclasses.replace(
        settings, model=settings.model or source.model, preset=settings.preset or source.preset
    )
    if settings.preset not in registry.presets:
        raise UnknownName("preset", settings.preset, registry.presets, where=where)
    parameters = registry.models[settings.model].parameters if settings.model in registry.models else {}
    kinds = {name: kind.settings for name, kind in registry.kinds.items()}
    if settings.score_snapshots and not any(key.rpartition(".")[2] == "snapshots" for key in settings.set):
        settings = dataclasses.replace(settings, set={**settings.set, "snapshots": True})
    # Arms with settings of their own stand in files alone.
    own = {f"arms.{label}.set": arm["set"] for label, arm in settings.arms.items() if not isinstance(arm, str)}
    for place, overrides in {where: settings.set, **own}.items():
        check_overrides(overrides, where=place, model_parameters=parameters, kinds=kinds)
        check_scopes(registry, overrides, where=place)
    return settings


def _typed(key: str, value: Any, where: str) -> Any:
    default = getattr(Settings, key, None) if key not in ("set", "arms") else {}
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if key in ("intermediate", "target", "languages") and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if key == "seeds":
        value = _listed_seeds(value)
    if key == "arms":
        return _arms(value, where)
    if isinstance(default, tuple):
        kind = int if key == "seeds" else str
        if isinstance(value, kind):
            value = [value]
        if not isinstance(value, list | tuple) or not all(type(item) is kind for item in value):
            raise SettingsError(f"{key} must be a list of {kind.__name__}", code="not-a-list", where=where)
        return tuple(value)
    if type(value) is not type(default):
        raise SettingsError(
            f"{key} = {value!r} must be of type {type(default).__name__}", code="wrong-type", where=where
        )
    return value


def _listed_seeds(value: Any) -> Any:
    """Seeds that are given as a range or a text, as a list."""
    if isinstance(value, range):
        return list(value)
    numbers = [whole_number(part.strip()) for part in value.split(",")] if isinstance(value, str) else [None]
    return value if None in numbers else numbers


def _arms(value: Any, where: str) -> dict[str, Any]:
    """Arms by label, of a table or of texts."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list | tuple) and all(isinstance(text, str) for text in value):
        return dict(labelled_texts(value))
    if not isinstance(value, Mapping):
        raise SettingsError("arms must be a table or a list of texts", code="wrong-type", where=where)
    return {label: _arm(label, arm, where) for label, arm in value.items()}


def _arm(label: str, arm: Any, where: str) -> str | dict[str, Any]:
    if isinstance(arm, str):
        return arm
    if not isinstance(arm, Mapping) or not isinstance(arm.get("arm"), str):
        raise SettingsError(
            f"the arm {label!r} has no text",
            code="arm-without-text",
            where=where,
            fix=f'write arms.{label} = "mnli > squad", or a table with arm = "mnli > squad" and set = {{...}}',
        )
    unknown = next((key for key in arm if key not in ("arm", "set")), None)
    if unknown:
        raise UnknownName("key of an arm", unknown, ("arm", "set"), where=f"{where}: arms.{label}")
    return {"arm": arm["arm"], "set": flatten(arm.get("set", {}))}
