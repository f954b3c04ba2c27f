"""One study from options to findings: plans all runs at once, carries them out, and asks their records."""

from __future__ import annotations

import dataclasses
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import check_keys, settings_from
from harness.errors import NothingToShow, SettingsError, counted
from harness.evaluation.stored_items import StoredItems
from harness.planning.execute import Outcome
from harness.planning.session import Session, plan_training
from harness.planning.unused_settings import SettingWithoutEffect
from harness.registry import Registry
from harness.results.consistency import mixed_training
from harness.results.marks import MARKS, find_marks
from harness.results.records import Records, read_records
from harness.results.runs import STORE, USUAL_RUNS
from harness.results.scores import Row, Scores
from harness.sources.base import generated_source, source_named
from harness.statistics.answer import LEAST_ENCODERS, Answer, pool
from harness.studies.absent import absences, named_in
from harness.studies.asked import Asked, flags, margin_of
from harness.studies.base import Findings, StudyRun
from harness.studies.evidence import Evidence, evidence_of
from harness.studies.options import DEFAULT_TIER
from harness.studies.tasks import languages_had

NO_ENCODER = "no encoder"
"""What stands for an encoder where files answer."""


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


def answer_from_files(asked: Asked, registry: Registry) -> StudyResult | None:
    """What files that the options name answer by themselves; None where they name none.

    Raises:
        UserError: a file cannot be used.
        SettingsError: something is given that files do not need.
    """
    files = asked.study.from_files
    if files is None:
        return None
    with registry.blaming("study", asked.study.name):
        found = files.answer(asked.options)
    if found is None:
        return None
    idle = ["--tier"] if asked.tier_given and _tier_says_nothing(asked, files.options) else []
    idle += flags(asked, (name for name in asked.given if name not in files.options))
    if idle:
        raise SettingsError(
            f"{', '.join(idle)} {'has' if len(idle) == 1 else 'have'} no effect where a file answers by itself",
            code="option-beside-file",
            where="command line",
            fix="leave it out; what is read then: " + ", ".join(f"--{name}" for name in files.options),
        )
    name = NO_ENCODER
    return StudyResult(
        asked=dataclasses.replace(
            asked, options=dataclasses.replace(asked.options, models=(name,)), files=files.options
        ),
        findings={name: found},
        pooled=None,
        evidence={name: Evidence(Scores([]))},
        runs=(),
        remarks=("nothing was run: all numbers are those of a file",),
    )


def _tier_says_nothing(asked: Asked, read: Iterable[str]) -> bool:
    """Whether options that are read have the values of the default tier."""
    tiers = asked.study.tiers
    return all(getattr(tiers[asked.tier], name) == getattr(tiers[DEFAULT_TIER], name) for name in read)


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
        # What a tier says of itself fits whatever else is asked for.
        if key in asked.given.get("set", {}) and all(key in unused for unused in idle):
            raise error
    with registry.blaming("study", asked.study.name):
        asked.study.check_scored(_scored(sessions), asked.options)
    return StudySession(asked=asked, sessions=tuple(sessions), runs=runs)


def _scored(sessions: Iterable[Session]) -> dict[str, tuple[str, ...]]:
    """The languages in which runs are going to score each task."""
    found: dict[str, dict[str, None]] = {}
    for session in sessions:
        for cell in session.plan.cells:
            found.setdefault(cell.task, {})[cell.language] = None
    return {task: tuple(codes) for task, codes in found.items()}


def _plan_run(
    asked: Asked, run: StudyRun, model: str, registry: Registry, runs: Path, tell: Callable[[str], None]
) -> tuple[Session, Mapping[str, SettingWithoutEffect]]:
    """One run, planned without hyper-parameters of the options that it does not use, and these.

    Nor with those of the study's own that all its arms say otherwise.
    """
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
            if error.key in given:
                unused[error.key] = error
                del given[error.key]
                continue
            own = run.settings.get("set", {})
            if error.key not in own:
                raise
            if not error.overridden:
                raise SettingsError(
                    error.what,
                    code=error.code,
                    where=f"study {asked.study.name}, which sets it itself",
                    fix="name other tasks or targets, or leave out the option that asks for it",
                ) from None
            rest = {key: value for key, value in own.items() if key != error.key}
            run = dataclasses.replace(run, settings={**run.settings, "set": rest})
        else:
            return session, unused


def _settings(asked: Asked, run: StudyRun, model: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a run is asked for, in layers: what all runs of the study share, then the run's, then what was given."""
    options = asked.options
    shared = {name: getattr(options, name) for name in ("data", "preset", "seeds", "limit")}
    shared["languages"] = options.languages if "languages" in asked.given else _languages_had(run, options.languages)
    where = f"study {asked.study.name}"
    layers = [{**shared, "model": model}, dict(run.settings), {"set": given}]
    return [check_keys(layer, where=where) for layer in layers]


def _languages_had(run: StudyRun, codes: Sequence[str]) -> Sequence[str]:
    """Those of a tier's languages that some target has, whatever targets are asked for; all of them if none does."""
    had = {code for task in named_in(run.settings, "target") for code in languages_had(task, codes)}
    return [code for code in codes if code in had] or codes


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
    evidence = evidence_of(records, items, _repeat(asked, directories))
    if "models" in asked.given:
        missing = [model for model in asked.options.models if model not in evidence]
        evidence = {model: own for model, own in evidence.items() if model in asked.options.models}
    else:
        missing = [] if evidence else list(asked.options.models)
    if missing:
        raise NothingToShow(
            f"the runs have no scores of {', '.join(missing)}",
            code="no-scores-of-model",
            where=", ".join(map(str, directories)),
        )
    asked = _as_recorded(asked, records, evidence, registry)
    evidence = {model: own.of_seeds(asked.options.seeds) for model, own in evidence.items()}
    rows = [row for own in evidence.values() for row in own.scores.rows]
    training = mixed_training(model.result for one in records for model in one.models.values())
    return StudyResult(
        asked=asked,
        findings=(findings := {model: found_in(asked, registry, own) for model, own in evidence.items()}),
        pooled=pooled_answer(findings),
        evidence=evidence,
        runs=tuple(directories),
        remarks=(*_of_data(rows, registry), *training, *_marks(rows)),
    )


def _repeat(asked: Asked, directories: Sequence[Path]) -> str:
    """The command that makes what runs lack, beside these."""
    command = dataclasses.replace(asked, read=()).command
    places = {directory.parent for directory in directories}
    if len(places) > 1 or places == {USUAL_RUNS}:
        return command
    return f"{command} --runs {shlex.quote(str(places.pop()))}"


def _as_recorded(
    asked: Asked, records: Sequence[Records], evidence: Mapping[str, Evidence], registry: Registry
) -> Asked:
    """What is asked, with what records say of rows and models, and the margin on such rows where none was stated."""
    sources = {row["source"] for own in evidence.values() for row in own.scores.rows}
    settings = [run.result.settings for one in records for run in one.runs]
    same = {
        name: settings[0][name]
        for name in ("data", "limit", "preset")
        if settings and all(one.get(name) == settings[0].get(name) for one in settings) and name in settings[0]
    }
    tier = asked.study.tiers[asked.tier]
    model = source_named(same.get("data", asked.options.data), registry)[0].model
    margin = tier.margin or margin_of(sources, registry)
    usual = dataclasses.replace(asked.usual, margin=margin, models=tier.models or (model,))
    margin = asked.options.margin if asked.given.get("margin") else margin
    options = dataclasses.replace(asked.options, **same, margin=margin, models=tuple(evidence))
    return dataclasses.replace(asked, options=options, usual=usual)


def _of_data(rows: Sequence[Row], registry: Registry) -> Iterator[str]:
    """What a reader has to know of the data."""
    for name in sorted({row["source"] for row in rows}):
        if generated := generated_source(name, registry):
            yield f"data: {generated.description}"


def _marks(rows: Sequence[Row]) -> Iterator[str]:
    """What to know about scores, a sentence for each mark that any has."""
    found = Counter(mark for row in rows for mark in find_marks(row))
    for mark, count in found.items():
        meaning = MARKS[mark].meaning.partition("; ")[0]
        yield f"{count:,} of {counted(len(rows), 'score')}: {meaning}; records say which"


def found_in(asked: Asked, registry: Registry, evidence: Evidence) -> Findings:
    """What a study finds in the records of one encoder; a plugin's mistakes are told under its name."""
    with registry.blaming("study", asked.study.name):
        found = asked.study.analyse(evidence, asked.options)
        wanted = asked.study.runs(asked.options)
    languages = asked.options.languages if "languages" in asked.given else ()
    absent = absences(wanted, evidence, asked.options.seeds, languages)
    return dataclasses.replace(found, caveats=(*absent, *found.caveats))


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
