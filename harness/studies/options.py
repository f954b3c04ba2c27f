"""What a study can be asked for: options that all studies have, and how a study declares its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args, get_type_hints

from harness.errors import SettingsError, UnknownName
from harness.setting import Scalar, Setting, check_bounds, coerced, declared, setting

T = TypeVar("T")

ROLE = "study"
OF_RUNS = "runs of a study"
"""The role of an option that records, once they are there, no longer ask for."""
BESIDE, OF_RUNS_BESIDE = "study, beside its answers", "runs of a study, beside its answers"
"""Likewise of options that show more, and on which no answer depends."""
ALL = "all"
"""What the command for all studies is called."""
DEFAULT_TIER = "small"
LEAST_TIERS = ("smoke", DEFAULT_TIER)
"""What every study has: a check of a minute, and the question on the rows at hand."""

RESERVED = (
    "tier",
    "plan",
    "plan_only",
    "analyse",
    "analyse_only",
    "output",
    "runs",
    "name",
    "names",
    "assignments",
    "help",
)
"""Names of what every study can be asked beside its options."""

BY_SOURCE = 0.0
"""A margin that is not stated: `MARGIN`, and `MARGIN_OF_GENERATED` on generated rows."""
MARGIN_OF_GENERATED = 5.0
"""Points on mini, where seeds move a score by more than a real task's intermediate training does."""


def study_option(
    about: str,
    *,
    default: T,
    choices: tuple[str, ...] = (),
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
    of_runs: bool = False,
    beside: bool = False,
) -> T:
    """A field of a study's options: a truth value, a number, a text, or a tuple of texts or whole numbers.

    Args:
        about: what it does, for `xharness study NAME --help`.
        default: where the tier does not say otherwise.
        choices: the texts that it may be, or be made of; empty where it may be any.
        above, least, below, most: bounds of a number, or of each number of a tuple; None where there is none.
        of_runs: whether it decides only what is run, so that it is refused where records are read instead.
        beside: whether it shows more beside the answers, none of which depends on it.
    """
    roles = (OF_RUNS, OF_RUNS_BESIDE) if of_runs else (ROLE, BESIDE)
    role = roles[beside]
    return setting(role, about, default=default, choices=choices, above=above, least=least, below=below, most=most)


def readable_languages() -> tuple[str, ...]:
    """The option `languages` of a study whose analysis can read some of those in records: see `Evidence.require_in`."""
    return study_option("languages to score, or to read; all if none", default=())


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """What every study can be asked for; a study's own options are a subclass, a frozen dataclass with keyword fields.

    Attributes:
        languages: of what is run; a study whose analysis can read some of those in records declares
            them anew, by `readable_languages`.
        set: hyper-parameters by dotted name, which override those of the study; see `harness.hyper`.
    """

    data: str = study_option(
        "a source of rows: mini, mini:WORLD, hub, a directory or a map of files", default="mini", of_runs=True
    )
    models: tuple[str, ...] = study_option("encoders, each by itself; the default of the data if none", default=())
    preset: str = study_option("hyper-parameters by name; the default of the data if none", default="", of_runs=True)
    seeds: tuple[int, ...] = study_option("each trains everything anew", default=(1, 2, 3, 4, 5), least=0)
    languages: tuple[str, ...] = study_option(
        "languages to score; all that the data have if none", default=(), of_runs=True
    )
    limit: int = study_option("first rows of each split only; 0 means all", default=0, least=0, of_runs=True)
    margin: float = study_option(
        "points below which a difference does not matter; 0 means 1, or 5 on generated rows",
        default=BY_SOURCE,
        least=0,
        most=100,
    )
    set: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_bounds(self)
        for name, one in declared(type(self)).items():
            values = getattr(self, name)
            for value in values if isinstance(values, tuple) else (values,):
                if one.declaration.choices and value not in one.declaration.choices:
                    raise UnknownName(f"value of {name}", str(value), one.declaration.choices)
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            shown = ", ".join(map(str, self.seeds)) or "none"
            raise SettingsError(
                f"a study needs seeds, each once; these are {shown}", code="seeds-of-a-study", fix="give seeds=1,2,3"
            )


def element(one: Setting) -> type | None:
    """What a tuple of an option is made of; None where it is no tuple."""
    return get_args(one.type)[0] if one.type not in (bool, int, float, str) else None


def is_of_runs(one: Setting) -> bool:
    """Whether an option decides only what is run."""
    return one.declaration.role in (OF_RUNS, OF_RUNS_BESIDE)


def is_beside(one: Setting) -> bool:
    """Whether no answer depends on an option."""
    return one.declaration.role in (BESIDE, OF_RUNS_BESIDE)


def with_values(options: StudyOptions, values: Mapping[str, Any], where: str) -> StudyOptions:
    """Options with some of them changed.

    Args:
        values: by name; lists for tuples.
        where: what they were given to, for messages.

    Raises:
        SettingsError: a value is of another type, or out of bounds.
        UnknownName: the study has no such option.
    """
    known = declared(type(options))
    changed: dict[str, Any] = {}
    for name, value in values.items():
        if name == "set":
            changed[name] = {**options.set, **value}
            continue
        if name not in known:
            raise UnknownName("option", name, [*known, "set"], where=where)
        one, of = known[name], element(known[name])
        if of is None:
            changed[name] = one.coerced(name, value, where)
            continue
        listed = value if isinstance(value, list | tuple | range) else [value]
        changed[name] = tuple(coerced(name, item, of, where) for item in listed)
    return dataclasses.replace(options, **changed)


def check_options(owner: type[StudyOptions]) -> None:
    """Refuse options that no command line could give.

    Raises:
        TypeError: what the study's author has to change.
    """
    if "__dataclass_fields__" not in vars(owner):
        raise TypeError(f"{owner.__name__} is not a dataclass: mark it with @dataclass(frozen=True, kw_only=True)")
    hints, known = get_type_hints(owner), declared(owner)
    for one in dataclasses.fields(owner):
        if one.name == "set":
            continue
        if one.name not in known:
            raise TypeError(f"{owner.__name__}.{one.name} is not declared: make the field by study_option(...)")
        if one.name in RESERVED:
            raise TypeError(f"{owner.__name__}.{one.name}: all studies have {one.name} for something else; rename it")
        hint = hints[one.name]
        if hint not in (bool, int, float, str, tuple[str, ...], tuple[int, ...]):
            raise TypeError(f"{owner.__name__}.{one.name} is neither a scalar nor a tuple of texts or whole numbers")


def shown_option(value: Scalar | Sequence[Any]) -> str:
    """A value as the command line takes it."""
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    # All digits: another value would be another stage.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
