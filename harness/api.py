"""xharness from Python: plan, train, evaluate and read records, for notebooks and scripts."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from harness.config import check_keys, load_file, settings_from
from harness.errors import SettingsError
from harness.keywords import SettingsKeywords, explained, names_in, with_settings
from harness.lifecycle import check_trackers, start_trackers
from harness.planning import session
from harness.planning.evaluated import evaluated_tasks, with_rows
from harness.planning.resuming import check_resumable
from harness.planning.run_data import find_data
from harness.planning.store import Store
from harness.registry import default_registry
from harness.results import scores, steplog
from harness.results.find import belonging, find_run, require_scores, root_of
from harness.results.records import read_records
from harness.results.runs import SETTINGS, STORE, check_name, described, home_of
from harness.results.schema import LANGUAGE, TASK
from harness.shown import ShownAsTables
from harness.training.ranks import launched

if TYPE_CHECKING:
    import pandas as pd

    from harness.cli.notebook import Shown
    from harness.config import Settings
    from harness.planning.execute import Outcome
    from harness.reported import Report


@dataclass(frozen=True)
class Run:
    """A finished run. A notebook shows its summary.

    Attributes:
        directory: with records.jsonl, settings.toml and logs.
        failed: what failed, in words; empty where everything worked.
    """

    directory: Path
    failed: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called: the name it was given, or else its directory's."""
        return described(self.directory).name or self.directory.name

    @property
    def records(self) -> pd.DataFrame:
        """Its scores; see `load_records`."""
        return scores.load_records(self.directory)

    @explained
    def summary(self, *, against: str | None = None) -> Shown:
        """Its tables and those of its evaluations, as `xharness summary` shows them.

        Args:
            against: the arm that gains are against, instead of the run's own.

        Raises:
            UnknownName: the run has no arm of that label.
        """
        from harness.cli.notebook import Shown
        from harness.report.summary import summary_view

        store = self.directory.parent / STORE
        return Shown(summary_view(self.directory, store, belonging(self.directory), against))

    @explained
    def report(
        self,
        *,
        contrast: str | None = None,
        against: str | None = None,
        margin: float | None = None,
        beside: str | os.PathLike[str] | None = None,
        items: bool = True,
    ) -> Report:
        """Its report, as `xharness report` writes it.

        Args:
            contrast: the arm that the answer is about; all with intermediate training by default.
            against: the arm that gains are against, instead of the run's own.
            margin: in points; smaller differences do not matter; 1 by default, 5 on generated rows.
            beside: file of published scores to show beside the run's.
            items: show items that arms get wrong, with their texts.

        Raises:
            UserError: the run has no scores, or no arm of that label.
        """
        from harness.report.chapters.mistakes import find_mistakes
        from harness.report.loaded import load_run
        from harness.report.page import Asked, report_of
        from harness.reported import Report

        store = self.directory.parent / STORE
        asked = Asked(
            contrast=contrast,
            margin=margin,
            published=None if beside is None else Path(beside),
            mistakes=find_mistakes if items else None,
        )
        return Report(report_of([load_run(self.directory, store, belonging(self.directory), against)], asked))

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


@dataclass(frozen=True, repr=False)
class PlannedRun(ShownAsTables):
    """What a run would do. Printed or shown by a notebook, it is what `--plan` shows; nothing is written.

    Attributes:
        session: with the plan.
    """

    session: session.Session

    def _shown(self) -> Shown:
        return self._view

    @functools.cached_property
    def _view(self) -> Shown:
        """Made once, since it has an estimate that this machine's speed decides."""
        from harness.cli.notebook import Shown
        from harness.report.plan import plan_view

        return Shown(plan_view(self.session))


@with_settings
@explained
def plan(
    *,
    runs: str | os.PathLike[str] = "runs",
    config: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    name: str | None = None,
    track: str | Sequence[str] = (),
    **settings: Unpack[SettingsKeywords],
) -> PlannedRun:
    """What `train` would do with the same arguments: phases, scores, time and disk. Nothing is trained or written.

    Raises:
        UserError: something in the settings or the data cannot be used.
    """
    check_trackers(default_registry(), names_in(track, "track", where="track"), Path(runs))
    return PlannedRun(_planned(runs, config, resume, name, settings, "plan()"))


@with_settings
@explained
def train(
    *,
    runs: str | os.PathLike[str] = "runs",
    config: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    name: str | None = None,
    track: str | Sequence[str] = (),
    progress: bool = True,
    **settings: Unpack[SettingsKeywords],
) -> Run:
    """Train intermediate tasks and targets, score all languages, with the no-intermediate baseline.

    Args:
        runs: directory of runs and their store of finished stages.
        config: a settings file; keyword settings override it.
        resume: an interrupted run to resume, by its name, the beginning of it or a path, with its settings and name.
        name: what to call the run.
        track: names of trackers, such as tensorboard.
        progress: show how far it is, and each score.
        settings: fields of `harness.config.Settings`, such as intermediate=["all"], target=["pawsx"], seeds=[1, 2].

    Raises:
        UserError: something in the settings or the data cannot be used.
    """
    planned = _planned(runs, config, resume, name, settings, "train()", writes=True)
    return _run(planned, track, progress=progress)


@explained
def evaluate(
    tasks: str | Sequence[str] = (),
    *,
    metric: str | None = None,
    run: str | os.PathLike[str] | None = None,
    runs: str | os.PathLike[str] = "runs",
    languages: str | Sequence[str] | None = None,
    train: bool = True,
    measures: str | Sequence[str] = (),
    perturb: str | Sequence[str] = (),
    name: str | None = None,
    track: str | Sequence[str] = (),
    progress: bool = True,
) -> Run:
    """Score tasks on the encoders of a run.

    Args:
        tasks: task and suite names; by default all that the metric scores and the data have rows of.
        metric: score by this metric alone, such as "squad_f1"; by default by each task's own.
        run: name, or its beginning, or path of a run's directory; by default the latest of `train` with a score.
        runs: directory of runs and their store of finished stages.
        languages: target languages; all that the data have by default, whatever the run scored.
        train: train the target phase of tasks that have no head yet; otherwise refuse.
        measures: names of measures to compute beside the scores, such as ["anisotropy"].
        perturb: conditions under which rows are scored beside the clean ones, such as ["typo:2", "typo:1+case:2"].
        name: what to call the evaluation.
        track: names of trackers, such as tensorboard.
        progress: show how far it is, and each score.

    Raises:
        UserError: there is no such run, or it cannot be scored so.
    """
    registry = default_registry()
    measures = names_in(measures, "measures", where="evaluate()")
    # One condition may have commas.
    perturb = names_in(perturb, "perturb", where="evaluate()", separator=None)
    directory = find_run(Path(runs), None if run is None else os.fspath(run), trained=True)
    require_scores(directory)
    home = home_of(directory, Path(runs))
    asked = check_keys({"target": tasks, "languages": languages or ()}, where="evaluate()")
    targets, metrics = evaluated_tasks(registry, asked["target"], metric)
    settings = session.settings_of_run(directory, registry, {**asked, "target": targets})
    data = find_data(directory, settings.data, registry)
    planned = session.plan_evaluation(
        settings if asked["target"] else with_rows(settings, registry, data.open(registry)),
        registry,
        home,
        models=session.models_of_run(directory, home, registry),
        metrics=metrics,
        train=train,
        measures=measures,
        perturb=perturb,
        of=root_of(directory),
        data=data,
    )
    return _run(planned if name is None else planned.named(name), track, progress=progress, used=directory)


@explained
def load_run(name: str | os.PathLike[str] | None = None, *, runs: str | os.PathLike[str] = "runs") -> Run:
    """A run that has been made before.

    Args:
        name: its name, or the beginning of it, or the path of its directory; the latest by default.
        runs: directory of runs.

    Raises:
        NothingToShow: there is none.
    """
    directory = find_run(Path(runs), None if name is None else os.fspath(name))
    require_scores(directory)
    scored = read_records(directory).scores
    failures = (one.result for one in scored if one.result.status == "failed")
    return Run(directory, tuple(f"{one.at[TASK]} in {one.at[LANGUAGE]}: {one.error}" for one in failures))


@explained
def load_records(
    *names: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], runs: str | os.PathLike[str] = "runs"
) -> pd.DataFrame:
    """The scores of one or more runs as a table.

    Args:
        names: of runs, or the beginning of a name, or paths of their directories, or lists of these; the latest by
            default.
        runs: directory of runs.

    Returns:
        One row per score; see `harness.results.scores.load_records`.
    """
    return scores.load_records(*_directories(names, runs))


@explained
def load_steps(
    *names: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], runs: str | os.PathLike[str] = "runs"
) -> pd.DataFrame:
    """The steps of one or more runs as a table, for curves.

    Args:
        names: as for `load_records`, oldest first; of an interrupted phase, give those of every attempt.
        runs: directory of runs.

    Returns:
        One row per step; see `harness.results.steplog.load_steps`.
    """
    return steplog.load_steps(*_directories(names, runs))


def _directories(
    names: Iterable[str | os.PathLike[str] | Sequence[str | os.PathLike[str]]], runs: str | os.PathLike[str]
) -> list[Path]:
    """The directories of runs that are named, in lists or by themselves.

    Raises:
        SettingsError: a run is named twice, or something is no name.
    """
    named = [name for one in names for name in (one if isinstance(one, list | tuple) else (one,))]
    for name in named:
        if not isinstance(name, str | os.PathLike):
            raise SettingsError(f"{name!r} does not name a run", code="wrong-type", fix="give names or paths of runs")
    found = [find_run(Path(runs), os.fspath(name)) for name in named] if names else [find_run(Path(runs), None)]
    if len({directory.resolve() for directory in found}) < len(found):
        raise SettingsError(
            f"a run is named twice: {', '.join(map(str, named))}", code="run-named-twice", fix="name each run once"
        )
    return found


def _wanted(config: str | os.PathLike[str] | None, settings: Any, where: str) -> Settings:
    """The settings that a file and keywords give.

    Args:
        settings: those that were given as keywords.
        where: what they were given to, for messages.
    """
    layers = [load_file(Path(config))] if config else []
    return settings_from(default_registry(), *layers, check_keys(settings, where=where))


def _planned(
    runs: str | os.PathLike[str],
    config: str | os.PathLike[str] | None,
    resume: str | os.PathLike[str] | None,
    name: str | None,
    settings: Any,
    where: str,
    *,
    writes: bool = False,
) -> session.Session:
    """What the arguments of `plan` and `train` ask for.

    Args:
        where: which of them, for messages.
        writes: whether it is carried out, so that the store is made sure of before planning, which can take minutes.
    """
    home, resumed, directory = Path(runs), None, None
    if name is not None:
        check_name(name)
    if resume is not None:
        beside = [*settings, *(key for key, value in {"config": config, "name": name}.items() if value is not None)]
        if beside:
            raise SettingsError(
                f"resume takes the run's own settings and name, so that {', '.join(beside)} cannot be given",
                code="options-exclude-each-other",
                where=where,
                fix="leave it out; or start a run: config= the run's settings.toml, and what is to change",
            )
        directory = find_run(home, os.fspath(resume))
        resumed = check_resumable(directory)
        home, config = home_of(directory, home), directory / SETTINGS
    wanted = _wanted(config, settings, where)
    if writes:
        Store(home / STORE).prepare()
    planned = session.plan_training(wanted, default_registry(), home, resumes=directory)
    if resumed:
        planned = planned.resuming(resumed)
    return planned if name is None else planned.named(name)


def _run(planned: session.Session, track: str | Sequence[str], *, progress: bool, used: Path | None = None) -> Run:
    if launched() > 1:
        raise SettingsError(
            f"each of {launched()} processes would do the whole run",
            code="launched-in-python",
            where="WORLD_SIZE",
            fix="start the command xharness with the launcher, whose processes then work together",
        )
    trackers = start_trackers(planned.bench.registry, names_in(track, "track", where="track"), planned.runs)
    outcome = _with_progress(planned, trackers, used) if progress else planned.execute(trackers=trackers)
    return Run(outcome.directory, tuple(f"{failure.what}: {failure.error}" for failure in outcome.failures))


def _with_progress(planned: session.Session, trackers: dict[str, object], used: Path | None) -> Outcome:
    from harness.cli.display import Display, make_console

    display = Display(make_console())
    if used:
        display.note(f"run: {used}")
    try:
        return planned.execute(display, trackers=trackers, note=display.note)
    finally:
        display.close()
