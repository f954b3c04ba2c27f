"""Stages as JSON: what a plan is made of, written down so that another process can build it without planning anew."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import UnknownName, UserError
from harness.measures import Measure
from harness.setting import OwnSettings

if TYPE_CHECKING:
    from harness.planning.stages.base import Stage
    from harness.registry import Registry


def stages_to_json(stages: Iterable[Stage], registry: Registry) -> list[dict[str, Any]]:
    """Stages and all that they are built from, each once and after those that it names.

    Each has `stage`, the name of its class; `id`, made from its key; `parents`, their ids by what they are to it; and
    `fields`, in which a stage is an id, a measure its name and version, and settings of a kind the kind and their
    values. What plays no part when stages are compared is left out. No rows are read.

    Raises:
        UserError: a plugin's stage has a field that JSON cannot hold.
    """
    return list(_Writer(registry).written(stages))


def stages_from_json(lines: Iterable[Mapping[str, Any]], registry: Registry) -> list[Stage]:
    """The stages that `stages_to_json` has written, in the same order. No rows are read.

    Raises:
        UnknownName: a plugin that registers a stage, a measure or a kind is not installed.
        UserError: a line is not of that form, or stands for another stage with the code that is here.
    """
    return _Reader(registry).read(lines)


def _id(stage: Stage) -> str:
    return hashlib.sha256(stage.key.encode()).hexdigest()[:16]


class _Writer:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._names = {one.stage: name for name, one in registry.stages.items()}
        self._done: set[str] = set()

    def written(self, stages: Iterable[Stage]) -> Iterator[dict[str, Any]]:
        for stage in stages:
            if stage.key in self._done:
                continue
            self._done.add(stage.key)
            named: list[Stage] = []
            fields = {name: self._plain(stage, name, named) for name in _names(stage)}
            parents = stage.parents()
            yield from self.written([*named, *parents.values()])
            yield {
                "stage": self._name(stage),
                "id": _id(stage),
                "parents": {what: _id(parent) for what, parent in parents.items()},
                "fields": fields,
            }

    def _name(self, stage: Stage) -> str:
        if type(stage) not in self._names:
            raise UserError(
                f"{type(stage).__name__} is a stage that no plugin registers",
                code="stage-unregistered",
                fix="register its class with `register_stages`",
            )
        return self._names[type(stage)]

    def _plain(self, stage: Stage, field: str, named: list[Stage]) -> Any:
        """A field's value as JSON.

        Args:
            named: gets the stages in it.
        """

        def plain(value: Any) -> Any:
            if value is None or isinstance(value, bool | int | float | str):
                return value
            if type(value) in self._names:
                named.append(value)
                return _id(value)
            if isinstance(value, Measure):
                return {"name": value.name, "version": value.version}
            if isinstance(value, OwnSettings):
                own = {name: getattr(value, name) for name in _names(value)}
                return {"kind": self._kind(type(value)), "values": own}
            if isinstance(value, Path):
                return str(value)
            if isinstance(value, tuple | list):
                return [plain(one) for one in value]
            if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
                return {key: plain(one) for key, one in value.items()}
            if dataclasses.is_dataclass(value):
                return {name: plain(getattr(value, name)) for name in _names(value)}
            raise UserError(
                f"{type(stage).__name__}.{field} holds a {type(value).__name__}, which JSON cannot",
                code="stage-not-json",
                fix="let its fields be stages, dataclasses, tuples, texts and numbers",
            )

        return plain(getattr(stage, field))

    def _kind(self, settings: type[OwnSettings]) -> str:
        """The first kind with settings of a class; "" for those of no kind."""
        return next((name for name, kind in self._registry.kinds.items() if kind.settings is settings), "")


class _Reader:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._classes = tuple(one.stage for one in registry.stages.values())
        self._known: dict[str, Stage] = {}

    def read(self, lines: Iterable[Mapping[str, Any]]) -> list[Stage]:
        return [self._stage(line) for line in lines]

    def _stage(self, line: Mapping[str, Any]) -> Stage:
        kinds = self._registry.stages
        if line.get("stage") not in kinds:
            raise UnknownName("stage", str(line.get("stage")), kinds)
        try:
            stage: Stage = self._object(kinds[line["stage"]].stage, line["fields"])
        except (LookupError, TypeError, ValueError, AttributeError, NameError) as error:
            raise UserError(
                f"a stage of the class {line['stage']!r} cannot be read: {type(error).__name__}: {error}",
                code="stage-unreadable",
                where=str(line)[:200],
                fix="write the plan anew, with the same version of xharness and of the plugin",
            ) from error
        if _id(stage) != line.get("id"):
            raise UserError(
                f"{stage.describe()}: its digest is another one here",
                code="stage-of-other-version",
                fix="use the version of xharness and of its plugins that the plan was written with",
            )
        self._known[line["id"]] = stage
        return stage

    def _object(self, owner: type, fields: Mapping[str, Any]) -> Any:
        """A dataclass from its fields, which have the types that it declares."""
        declared = _hints(owner)
        return owner(**{name: self._value(declared[name], value) for name, value in fields.items()})

    def _value(self, declared: Any, value: Any) -> Any:
        origin, arguments = typing.get_origin(declared), typing.get_args(declared)
        if origin in (typing.Union, types.UnionType):
            if value is None:
                return None
            # Of several types, those of JSON stand for themselves.
            others = [one for one in arguments if one is not type(None)]
            return self._value(others[0], value) if len(others) == 1 else value
        if origin is tuple:
            each = arguments[:1] * len(value) if arguments[1:] == (...,) else arguments
            return tuple(self._value(one, item) for one, item in zip(each, value, strict=True))
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {key: self._value(arguments[1], item) for key, item in value.items()}
        if not isinstance(declared, type) or declared in (bool, int, float, str):
            return value
        if any(issubclass(one, declared) for one in self._classes):
            return self._known[value]
        if issubclass(declared, Measure):
            return self._measure(value)
        if issubclass(declared, OwnSettings):
            owner = self._registry.kind(value["kind"]).settings if value["kind"] else declared
            return owner(**value["values"])
        if issubclass(declared, Path):
            return declared(value)
        return self._object(declared, value) if dataclasses.is_dataclass(declared) else value

    def _measure(self, value: Mapping[str, Any]) -> Measure:
        found = self._registry.measure(value["name"])
        if found.version != value["version"]:
            raise UserError(
                f"the measure {found.name} has version {found.version} here, and {value['version']} in the plan",
                code="stage-of-other-version",
                fix="use the version of the plugin that the plan was written with",
            )
        return found


def _names(value: object) -> tuple[str, ...]:
    """Fields of a dataclass that play a part when two are compared."""
    owner: Any = type(value)
    return _compared(owner)


@functools.cache
def _compared(owner: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(owner) if field.compare and field.init)


@functools.cache
def _hints(owner: type) -> Mapping[str, Any]:
    return typing.get_type_hints(owner)
