"""One study from options to findings: plans all runs at once, carries them out, and asks their records."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import check_keys, settings_from
from harness.errors import SettingsError, UnknownName
from harness.evaluation.stored_items import StoredItems
from harness.planning.execute import Outcome
from harness.planning.session import Session, plan_training
from harness.planning.unused_settings import SettingWithoutEffect
from harness.registry import Registry
from harness.results.consistency import mixed_training
from harness.results.records import Records, read_records
from harness.results.runs import STORE
from harness.sources.base import generated_source, source_named
from harness.statistics.answer import LEAST_ENCODERS, Answer, pool
from harness.statistics.conclusion import MARGIN
from harness.studies.base import Findings, Study, StudyRun
from harness.studies.evidence import Evidence, evidence_of
from harness.studies.options import BY_SOURCE, MARGIN_OF_GENERATED, StudyOptions, shown_option


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A study with everything that decides its answer.

    Attributes:
        tier: whose options these are, but for those that were given.
        given: the options that were given, by name.
        options: all of them, the margin and the models filled in.
    """

    study: Study
    tier: str
    given: Mapping[str, Any]
    options: StudyOptions

    @property
    def command(self) -> str:
        """The command that asks the same."""
        words = ["xharness", "study", self.study.name, "--tier", self.tier]
        for name, value in self.given.items():
            words += _words(name, value)
        return shlex.join(words)


def _words(name: str, value: Any) -> list[str]:
    """An option as the command line takes it."""
    if name == "set":
        return [word for key, own in value.items() for word in ("--set", f"{key}={shown_option(own)}")]
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{flag}" if value else f"--no-{flag}"]
    return [f"--{flag}", shown_option(value)]


@dataclass(frozen=True, kw_only=True)
class StudyResult:
    """What a study has found.

    Attributes:
        findings: by the name of the encoder.
        pooled: the primary answer for encoders in general; None of fewer than three.
        evidence: what they rest on, likewise.
        runs: directories of the runs that were read.
        remarks: sentences on how the records came about.
    """

    asked: Asked
    findings: Mapping[str, Findings]
    pooled: Answer | None
    evidence: Mapping[str, Evidence]
    runs: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StudySession:
    """A planned study.

    Attributes:
        sessions: its runs, in order; they share a store, so that none makes what another has made.
        runs: the directory of all runs.
    """

    asked: Asked
    sessions: tuple[Session, ...]
    runs: Path


def asked_of(
    study: Study, registry: Registry, tier: str, given: Mapping[str, Any], where: str = "command line"
) -> Asked:
    """A study as it is asked.

    Args:
        given: options by name that override those of the tier.
        where: what they were given to, for messages.

    Raises:
        UnknownName: the study has no such tier or option.
        SettingsError: a value cannot be.
    """
    from harness.studies.options import with_values

    if tier not in study.tiers:
        raise UnknownName("tier", tier, study.tiers, where=where)
    options = with_values(study.tiers[tier], given, where)
    source, _ = source_named(options.data, registry)
    margin = options.margin
    if margin == BY_SOURCE:
        margin = MARGIN_OF_GENERATED if generated_source(source.name, registry) else MARGIN
    models = options.models or (source.model,)
    if len(set(models)) < len(models):
        raise SettingsError(f"models = {','.join(models)} names an encoder twice", code="repeated-model", where=where)
    return Asked(
        study=study, tier=tier, given=given, options=dataclasses.replace(options, margin=margin, models=models)
    )


def plan_study(
    asked: Asked, registry: Registry, runs: Path, tell: Callable[[str], None] = lambda _: None
) -> StudySession:
    """All runs of a study, planned.

    Raises:
        UserError: something in the options or the data cannot be used.
    """
    with registry.blaming("study", asked.study.name):
        wanted = tuple(asked.study.runs(asked.options))
    if not wanted:
        problem = f"the study {asked.study.name} asks for no runs with these options"
        raise SettingsError(problem, code="study-without-runs", where=asked.command)
    sessions = []
    idle: list[Mapping[str, SettingWithoutEffect]] = []
    for model in asked.options.models:
        for run in wanted:
            session, unused = _plan_run(asked, run, model, registry, runs, tell)
            sessions.append(dataclasses.replace(session, command="study", label=f"study-{asked.study.name}"))
            idle.append(unused)
    for key, error in idle[0].items():
        if all(key in unused for unused in idle):
            raise error
    return StudySession(asked=asked, sessions=tuple(sessions), runs=runs)


def _plan_run(
    asked: Asked, run: StudyRun, model: str, registry: Registry, runs: Path, tell: Callable[[str], None]
) -> tuple[Session, Mapping[str, SettingWithoutEffect]]:
    """One run, planned without the given hyper-parameters that only other runs use, and these."""
    given, unused = dict(asked.options.set), dict[str, SettingWithoutEffect]()
    while True:
        settings = settings_from(registry, *_settings(asked, run, model, given), where=f"study {asked.study.name}")
        try:
            session = plan_training(
                settings,
                registry,
                runs,
                tell=tell,
                measures=run.measures,
                measured=run.measured,
                perturb=run.perturb,
            )
        except SettingWithoutEffect as error:
            if error.key not in given:
                raise
            del given[error.key]
            unused[error.key] = error
        else:
            return session, unused


def _settings(asked: Asked, run: StudyRun, model: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a run is asked for, in layers: what all runs of the study share, then the run's, then what was given."""
    options = asked.options
    shared = {name: getattr(options, name) for name in ("data", "preset", "seeds", "languages", "limit")}
    where = f"study {asked.study.name}"
    layers = [{**shared, "model": model}, dict(run.settings), {"set": given}]
    return [check_keys(layer, where=where) for layer in layers]


def read_study(asked: Asked, registry: Registry, directories: Sequence[Path]) -> StudyResult:
    """What the records of runs say.

    Args:
        directories: of runs, those that matter most first.

    Raises:
        NothingToShow: they lack what the study needs.
        SettingsError: they cannot be read together.
    """
    records = [read_records(directory) for directory in directories]
    items = StoredItems(_stores(records), registry)
    evidence = evidence_of(records, items, asked.command)
    findings = {model: found_in(asked, registry, own) for model, own in evidence.items()}
    training = mixed_training(model.result for one in records for model in one.models.values())
    return StudyResult(
        asked=asked,
        findings=findings,
        pooled=pooled_answer(findings),
        evidence=evidence,
        runs=tuple(directories),
        remarks=tuple(training),
    )


def found_in(asked: Asked, registry: Registry, evidence: Evidence) -> Findings:
    """What a study finds in the records of one encoder; a plugin's mistakes are told under its name."""
    with registry.blaming("study", asked.study.name):
        return asked.study.analyse(evidence, asked.options)


def pooled_answer(findings: Mapping[str, Findings]) -> Answer | None:
    """The primary answer for encoders in general, from three of them on."""
    if len(findings) < LEAST_ENCODERS:
        return None
    return pool([found.primary.answer for found in findings.values()])


def failures(outcomes: Sequence[Outcome]) -> list[str]:
    """What failed in the runs of a study, in words."""
    return [f"{one.what}: {one.error}" for outcome in outcomes for one in outcome.failures]


def _stores(records: Sequence[Records]) -> list[Path]:
    beside = [one.directory.parent / STORE for one in records]
    elsewhere = [Path(run.environment.store) for one in records for run in one.runs if run.environment.store]
    return list(dict.fromkeys([*beside, *elsewhere]))
