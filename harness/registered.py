"""One kind of thing that plugins register by name, such as tasks: its hook, its built-ins, what is refused."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from harness.errors import UserError, plural
from harness.fieldtypes import wrong_field

if TYPE_CHECKING:
    from harness.plugins import Plugin
    from harness.registry import Registry

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@-]*")
"""Names become parts of file names and of settings such as `tasks.NAME.lr`; "@" marks a variant of a task."""

T = TypeVar("T")


class Registered(Generic[T]):
    """What a registry has of one noun: an attribute that reads as the things by name, in the order of their names.

    The built-in plugins are imported, and all plugins called, when the attribute is first read.

    Args:
        noun: what one thing is called; the hook is `register_` and its plural, with `_` for spaces.
        expected: import path of the things' class, which has a `name`, as in `harness.tasks:Task`.
        packages: those whose modules are the built-in plugins.
        check: import path of a function that is called with each thing, all things by name and the registry, and raises
            `UserError` where the thing cannot be used beside the others.
    """

    def __init__(self, noun: str, expected: str, *, packages: tuple[str, ...] = (), check: str = "") -> None:
        self.noun = noun
        self.hook = f"register_{plural(noun).replace(' ', '_')}"
        self.packages = packages
        self._expected = expected
        self._check = check

    def __set_name__(self, owner: type, name: str) -> None:
        self._attribute = name

    @overload
    def __get__(self, registry: None, owner: type) -> Registered[T]: ...

    @overload
    def __get__(self, registry: Registry, owner: type) -> Mapping[str, T]: ...

    def __get__(self, registry: Registry | None, owner: type) -> Registered[T] | Mapping[str, T]:
        if registry is None:
            return self
        things = self._collect(registry)
        registry.__dict__[self._attribute] = things
        return things

    def _collect(self, registry: Registry) -> dict[str, T]:
        for package in self.packages:
            registry.scan(package)
        found: dict[str, T] = {}
        for plugin, implementation in registry.implementations(self.hook):
            with registry.guard(plugin):
                implementation(register=self._registrar(registry, plugin, found))
        return {name: thing for name, thing in sorted(found.items()) if self._usable(registry, name, thing, found)}

    def _registrar(self, registry: Registry, plugin: Plugin, found: dict[str, T]) -> Callable[[Any], None]:
        expected = imported(self._expected)

        def register(thing: Any) -> None:
            if not isinstance(thing, expected):
                raise TypeError(f"registers a {type(thing).__name__} where a {expected.__name__} is expected")
            if wrong := wrong_field(thing):
                raise TypeError(f"registers a {expected.__name__} that {wrong}")
            name: str = thing.name
            if not NAME.fullmatch(name):
                raise ValueError(f"the name {name!r} is not made of letters, digits, '_', '-' and '@'")
            if name in found:
                other = registry.owner(self.noun, name)
                registry.report(
                    plugin,
                    f"{self.noun} {name!r} is already registered by {other.entry_point!r} of {other.distribution}",
                    f"give the {self.noun} another name, or uninstall one of the two",
                )
                return
            found[name] = thing
            registry.owners[self.noun, name] = plugin

        return register

    def _usable(self, registry: Registry, name: str, thing: T, found: Mapping[str, T]) -> bool:
        if not self._check:
            return True
        try:
            imported(self._check)(thing, found, registry)
        except UserError as error:
            registry.report(registry.owner(self.noun, name), f"{self.noun} {name!r} {error.what}", error.fix or "")
            return False
        return True


def imported(path: str) -> Any:
    """What an import path such as `harness.tasks:Task` names."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)
