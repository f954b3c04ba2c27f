"""How a setting is declared: its role, what it does, the values it takes; kinds and perturbations have their own."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from harness.errors import SettingsError, UnknownName
from harness.outside import Unreadable, parse_toml

T = TypeVar("T")

Scalar = bool | int | float | str
"""A value of a hyper-parameter."""

DECLARED = "setting"
"""Key of a dataclass field's metadata, under which its declaration is."""

KIND_ROLES = ("encoding", "decoding")
"""The roles that a kind's own settings may have: what `encode` and what `decode` or the head reads."""

PERTURBATION_ROLES = ("rows",)
"""The role that a perturbation's own settings have."""


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What is known of a hyper-parameter beside its name, type and default.

    Attributes:
        role: which stages it decides; see `harness.hyper.Hyper`.
        about: what it does, for people.
        choices: the texts that it may be; empty where it may be any.
        later: whether stored stages know nothing of it, so that digests leave it out at its default.
        above, least, below, most: bounds of a number; None where there is none.
    """

    role: str
    about: str
    choices: tuple[str, ...] = ()
    later: bool = False
    above: float | None = None
    least: float | None = None
    below: float | None = None
    most: float | None = None

    @property
    def requirement(self) -> str:
        """The bounds in words, such as "must be above 0 and at most 1"."""
        if self.least is not None and self.below is None and self.most is None:
            return f"must not be below {self.least:g}"
        lowest = [f"above {self.above:g}"] if self.above is not None else []
        highest = [f"below {self.below:g}"] if self.below is not None else []
        highest += [f"at most {self.most:g}"] if self.most is not None else []
        if self.least is not None:
            highest = [bound.removeprefix("at most ") for bound in highest]
            return f"must be from {self.least:g} to {' and '.join(highest)}"
        return f"must be {' and '.join([*lowest, *highest])}"

    def allows(self, value: float) -> bool:
        """Whether a number is within the bounds."""
        return (
            (self.above is None or value > self.above)
            and (self.least is None or value >= self.least)
            and (self.below is None or value < self.below)
            and (self.most is None or value <= self.most)
        )


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A declared hyper-parameter."""

    name: str
    type: type
    default: Any
    declaration: Declaration

    def coerced(self, key: str, value: Any, where: str) -> Any:
        """A value for it; whole numbers are taken for fractions, too.

        Args:
            key: its name with scope, for the message.
            where: what the value comes from, likewise.

        Raises:
            SettingsError: the value is of another type, or not one of the choices.
        """
        return coerced(key, value, self.type, where, choices=self.declaration.choices)

    def check_bounds(self, value: Any, where: str | None = None, key: str = "") -> None:
        """Refuse a number that is not finite or not within the bounds of the declaration.

        Args:
            where: what the value comes from, for the message.
            key: its name with scope, likewise.
        """
        name = key or self.name
        if isinstance(value, float) and not math.isfinite(value):
            raise SettingsError(f"{name} = {value} must be a finite number", code="value-out-of-range", where=where)
        if isinstance(value, int | float) and not self.declaration.allows(value):
            what = f"{name} = {value} {self.declaration.requirement}"
            raise SettingsError(what, code="value-out-of-range", where=where)


def setting(
    role: str,
    about: str,
    *,
    default: T,
    choices: tuple[str, ...] = (),
    later: bool = False,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> T:
    """A field of `Hyper` or of a kind's own settings; the arguments are those of `Declaration`."""
    declaration = Declaration(
        role=role, about=about, choices=choices, later=later, above=above, least=least, below=below, most=most
    )
    return field(default=default, metadata={DECLARED: declaration})


@dataclass(frozen=True, kw_only=True)
class OwnSettings:
    """What only one thing reads: a frozen dataclass whose fields are made by `setting`."""

    def __post_init__(self) -> None:
        check_bounds(self)


@dataclass(frozen=True, kw_only=True)
class KindSettings(OwnSettings):
    """What only one kind reads: its subclasses are frozen dataclasses whose fields are made by `setting`."""


@dataclass(frozen=True, kw_only=True)
class PerturbationSettings(OwnSettings):
    """What only one perturbation reads: its subclasses' fields are made by `perturbation_setting`."""


_DECLARED: dict[type, Mapping[str, Setting]] = {}


def declared(owner: type) -> Mapping[str, Setting]:
    """The hyper-parameters that a dataclass declares, by name."""
    if owner not in _DECLARED:
        _DECLARED[owner] = _declared(owner)
    return _DECLARED[owner]


def _declared(owner: type) -> Mapping[str, Setting]:
    hints = get_type_hints(owner)
    return {
        f.name: Setting(name=f.name, type=hints[f.name], default=f.default, declaration=f.metadata[DECLARED])
        for f in dataclasses.fields(owner)
        if DECLARED in f.metadata
    }


def check_bounds(values: Any) -> None:
    """Refuse numbers, those of tuples among them, that are not finite or not within the bounds of their declaration.

    Args:
        values: a dataclass with declared fields.
    """
    for name, known in declared(type(values)).items():
        value = getattr(values, name)
        for own in value if isinstance(value, tuple) else (value,):
            known.check_bounds(own)


def perturbation_setting(
    about: str,
    *,
    default: T,
    choices: tuple[str, ...] = (),
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> T:
    """A field of a perturbation's own settings; the arguments are those of `Declaration`."""
    return setting(
        *PERTURBATION_ROLES,
        about,
        default=default,
        choices=choices,
        above=above,
        least=least,
        below=below,
        most=most,
    )


def check_own_settings(owner: type[OwnSettings], roles: Collection[str], shared: Collection[str] = ()) -> None:
    """Refuse settings of one kind or perturbation that could not be read or told apart.

    Args:
        roles: those that they may have.
        shared: names that all kinds share.

    Raises:
        TypeError: what its author has to change.
    """
    if "__dataclass_fields__" not in vars(owner):
        raise TypeError(f"{owner.__name__} is not a dataclass: mark it with @dataclass(frozen=True, kw_only=True)")
    known = declared(owner)
    undeclared = [f.name for f in dataclasses.fields(owner) if f.name not in known]
    if undeclared:
        raise TypeError(f"{owner.__name__}.{undeclared[0]} is not declared: make the field by setting(...)")
    for name, own in known.items():
        if name in shared:
            raise TypeError(f"{owner.__name__}.{name}: {name} is a hyper-parameter that all kinds share; rename it")
        if own.declaration.role not in roles:
            raise TypeError(
                f"{owner.__name__}.{name} has the role {own.declaration.role!r}, which is none of {', '.join(roles)}"
            )


def coerced(key: str, value: Any, expected: type, where: str, *, choices: tuple[str, ...] = ()) -> Any:
    """A value of the expected type; whole numbers are taken for fractions, too."""
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, expected) or isinstance(value, bool) is not (expected is bool):
        raise SettingsError(f"{key} = {value!r} is not of type {expected.__name__}", code="wrong-type", where=where)
    if choices and value not in choices:
        raise UnknownName(f"value of {key}", str(value), choices, where=where)
    return value


def parsed_value(text: str) -> Any:
    """A value of TOML; what is none is a text that needs no quotes. It stands in one line and has no comment."""
    if "\n" in text or ("#" in text and text[0] not in "\"'["):
        return text
    try:
        return parse_toml(f"value = {text}")["value"]
    except Unreadable:
        return text


def value_text(value: Scalar) -> str:
    """A value as `parsed_value` reads it; a text stands without quotes where it can mean nothing else in a list."""
    plain = isinstance(value, str) and value.strip() == value and not set(value) & set("'\",{}#\n\r")
    if plain and value and parsed_value(str(value)) == value:
        return str(value)
    import tomli_w

    return tomli_w.dumps({"value": value}).partition("=")[2].strip()


def braces(settings: Mapping[str, Scalar]) -> str:
    """Settings behind a name: `{steps=300, lr=1e-05}`; nothing where there are none."""
    return "{" + ", ".join(f"{key}={value_text(value)}" for key, value in settings.items()) + "}" if settings else ""
