"""What a study is asked with: its tier, what was given beside it, and what of that the tier has otherwise."""

from __future__ import annotations

import dataclasses
import hashlib
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import SettingsError, UnknownName
from harness.registry import Registry
from harness.setting import declared
from harness.sources.base import generated_source, source_named
from harness.statistics.conclusion import MARGIN
from harness.studies.base import Study
from harness.studies.options import (
    DEFAULT_TIER,
    MARGIN_OF_GENERATED,
    StudyOptions,
    is_beside,
    is_of_runs,
    shown_option,
    with_values,
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A study with everything that decides its answer.

    Attributes:
        tier: whose options these are, but for those that were given.
        tier_given: whether it was named.
        given: the options that were given, by name.
        options: all of them, the margin and the models filled in.
        usual: those of the tier, the margin and the models filled in for the same rows.
        read: names of the runs whose records are read instead of running anything.
        files: names of the options that are read where a file answers instead; empty where none does.
    """

    study: Study
    tier: str
    given: Mapping[str, Any]
    options: StudyOptions
    usual: StudyOptions
    tier_given: bool = False
    read: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What its folder is called: by study and tier, and by a digest of what was given beside them."""
        digest = hashlib.sha256(self.command.encode()).hexdigest()[:8]
        return f"{self.study.name}-{self.tier}{f'-{digest}' if self.given else ''}"

    @property
    def command(self) -> str:
        """The command that asks the same."""
        words = ["xharness", "study", self.study.name]
        # One that says nothing of what a file is read for is refused there.
        words += ["--tier", self.tier] if self.tier_given or not self.files else []
        for name, value in self.given.items():
            words += _words(name, value)
        words += ["--analyse-only", *self.read] if self.read else []
        return shlex.join(words)

    @property
    def known(self) -> Mapping[str, Any]:
        """The options, without those of runs that others made and records do not say."""
        own = declared(self.study.options)
        values = {field.name: getattr(self.options, field.name) for field in dataclasses.fields(self.options)}
        if not self.read:
            return values
        return {
            name: value
            for name, value in values.items()
            if name in own and (name in RECORDED or not is_of_runs(own[name]))
        }

    @property
    def afterwards(self) -> bool:
        """Whether something was asked otherwise than the tier has it of numbers that were there before."""
        return bool(self.read or self.files) and self.otherwise

    @property
    def otherwise(self) -> bool:
        """Whether something was given that an answer depends on, and that the tier has otherwise."""
        return any(one.name in self.given for one in self.departures)

    @property
    def departures(self) -> tuple[Departure, ...]:
        """What an answer depends on and is otherwise than the tier has it."""
        return tuple(_departures(self))


@dataclass(frozen=True, kw_only=True)
class Departure:
    """An option that is otherwise than the tier has it.

    Attributes:
        value, usual: as people read them: what was asked, and what the tier has.
    """

    name: str
    value: str
    usual: str


RECORDED = ("data", "limit", "models", "preset")
"""Options of what is run that records say."""
NOT_NAMED: Mapping[str, str] = {"languages": "all", "limit": "all rows", "preset": "that of the data"}
"""What an option means that names nothing."""


def _departures(asked: Asked) -> Iterator[Departure]:
    own = declared(asked.study.options)
    for name, value in asked.known.items():
        usual = getattr(asked.usual, name)
        if value == usual or (name == "preset" and name not in asked.given):
            continue
        if name == "set":
            yield from _hyper_parameters(value, usual)
        # Which file answers is said where it answers.
        elif not is_beside(own[name]) and (not asked.files or (name in asked.files and usual != "")):
            yield Departure(name=name, value=_told(name, value), usual=_told(name, usual))


def _hyper_parameters(values: Mapping[str, Any], usual: Mapping[str, Any]) -> Iterator[Departure]:
    for key, value in values.items():
        if value != usual.get(key):
            told = _told(key, usual[key]) if key in usual else "that of the study or the preset"
            yield Departure(name="set", value=f"{key} {_told(key, value)}", usual=told)


def _told(name: str, value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in ((), "", 0) and name in NOT_NAMED:
        return NOT_NAMED[name]
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"


def _words(name: str, value: Any) -> list[str]:
    """An option as the command line takes it."""
    if name == "set":
        return [word for key, own in value.items() for word in ("--set", f"{key}={shown_option(own)}")]
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{flag}" if value else f"--no-{flag}"]
    return [f"--{flag}", shown_option(value)]


def flags(asked: Asked, names: Iterable[str]) -> list[str]:
    """What options were given by, such as --no-others."""
    return [_words(name, asked.given[name])[0] for name in names]


def asked_of(
    study: Study, registry: Registry, tier: str | None, given: Mapping[str, Any], where: str = "command line"
) -> Asked:
    """A study as it is asked.

    Args:
        tier: one of the study's; `DEFAULT_TIER` if none is named.
        given: options by name that override those of the tier.
        where: what they were given to, for messages.

    Raises:
        UnknownName: the study has no such tier or option.
        SettingsError: a value cannot be, or changes nothing.
    """
    named, tier = tier is not None, DEFAULT_TIER if tier is None else tier
    if tier not in study.tiers:
        raise UnknownName("tier", tier, study.tiers, where=where)
    options = with_values(study.tiers[tier], given, where)
    with registry.blaming("study", study.name):
        idle = study.without_effect(options)
    if useless := [name for name in given if name in idle]:
        whys = "; ".join(dict.fromkeys(idle[name] for name in useless))
        raise SettingsError(
            f"{', '.join(_words(name, given[name])[0] for name in useless)} without effect: {whys}",
            code="setting-without-effect",
            where=where,
            fix="leave it out",
        )
    given = {name: given[name] if name == "set" else getattr(options, name) for name in given}
    source, _ = source_named(options.data, registry)
    margin = margin_of([source.name], registry)
    options, usual = (
        dataclasses.replace(one, margin=one.margin or margin, models=one.models or (source.model,))
        for one in (options, study.tiers[tier])
    )
    models = options.models
    if len(set(models)) < len(models):
        raise SettingsError(f"models = {','.join(models)} names an encoder twice", code="repeated-model", where=where)
    return Asked(study=study, tier=tier, given=given, options=options, usual=usual, tier_given=named)


def reading(asked: Asked, names: Sequence[str]) -> Asked:
    """The study asked of the records of runs, which say for themselves what they are of.

    Raises:
        SettingsError: something is given that would change runs.
    """
    known = declared(asked.study.options)
    of_runs = {"set", *(name for name, one in known.items() if is_of_runs(one))}
    idle = flags(asked, (name for name in asked.given if name in of_runs))
    if idle:
        raise SettingsError(
            f"{', '.join(idle)} cannot change runs that there are",
            code="study-of-named-runs",
            where="command line",
            fix="leave it out: records say what they are of",
        )
    return dataclasses.replace(asked, read=tuple(names))


def margin_of(sources: Iterable[str], registry: Registry) -> float:
    """The margin on rows of some sources, where none is stated."""
    return MARGIN_OF_GENERATED if all(generated_source(name, registry) for name in sources) else MARGIN
