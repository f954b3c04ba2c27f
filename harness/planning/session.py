"""One run from settings to records: opens the data, the store and the run's directory, plans and executes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.config import Settings, load_file, settings_from
from harness.errors import NothingToShow, StoreError, UserError
from harness.lifecycle import LifeCycle
from harness.perturbations import asked
from harness.planning.conditions import with_conditions
from harness.planning.data import Data
from harness.planning.execute import Execution, Outcome
from harness.planning.missing import missing_phases
from harness.planning.models import check_requirements, given_model, named_model
from harness.planning.plan import Plan
from harness.planning.planner import build_plan
from harness.planning.stages.models import Given
from harness.planning.store import Store
from harness.planning.workbench import Workbench
from harness.registry import Registry
from harness.results import records
from harness.results.steplog import StepLog
from harness.sources.base import open_source

STORE = "store"


@dataclass(frozen=True)
class Session:
    """A planned run.

    Attributes:
        runs: the directory of all runs and their store.
        metrics: the metric to score each task by, where not all of its own.
    """

    command: str
    plan: Plan
    bench: Workbench
    runs: Path
    metrics: Mapping[str, str] | None = None

    def execute(
        self,
        *observers: object,
        trackers: Mapping[str, object] | None = None,
        note: Callable[[str], None] = lambda _: None,
    ) -> Outcome:
        """Carry the plan out in a new run directory.

        Args:
            observers: objects with implementations of life-cycle hooks.
            trackers: the same of trackers, by name; see `harness.trackers`.
            note: called with a line for people.
        """
        directory = new_run_directory(self.runs, self.plan)
        with LifeCycle(self.bench.registry, StepLog(directory), *observers, trackers=trackers) as life:
            bench = dataclasses.replace(self.bench, life=life, note=note)
            return Execution(self.plan, bench, command=self.command, directory=directory, metrics=self.metrics).run()


def plan_training(
    settings: Settings, registry: Registry, runs: Path, tell: Callable[[str], None] = lambda _: None
) -> Session:
    """A session that trains and scores what the settings ask for."""
    check_requirements(settings, registry)
    bench = _workbench(settings, registry, runs, tell)
    return Session("train", build_plan(settings, registry, bench.data), bench, runs)


def plan_evaluation(
    settings: Settings,
    registry: Registry,
    runs: Path,
    *,
    model: Given,
    metrics: Mapping[str, str] | None,
    train: bool,
    measures: Sequence[str] = (),
    perturb: Sequence[str] = (),
    use_model_heads: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Session:
    """A session that scores tasks on checkpoints that exist, training target phases only where a head is missing.

    Args:
        model: what the settings' phases start from.
        train: whether missing target phases may be trained.
        measures: names of measures to compute beside the scores.
        perturb: conditions under which rows are scored beside the clean ones, such as "typo:2" or "typo:1+case:2".
        use_model_heads: whether heads that the model brings count; a run's phases have left them out.

    Raises:
        StoreError: something would have to be trained and `train` is False.
    """
    bench = _workbench(settings, registry, runs, tell)
    plan = build_plan(
        settings,
        registry,
        bench.data,
        model=model,
        use_heads=True,
        use_model_heads=use_model_heads,
        measures=[registry.measure(name) for name in dict.fromkeys(measures)],
    )
    if perturb:
        conditions = list(dict.fromkeys(asked(text, registry.perturbations) for text in perturb))
        plan = dataclasses.replace(plan, scorings=with_conditions(plan.scorings, conditions, registry, bench.data))
    missing = missing_phases(plan, bench)
    if missing and not train:
        names = sorted({f"{phase.phase} phase on {', '.join(phase.names)}" for phase in missing})
        raise StoreError(
            f"{len(missing)} training phases are not in the store: {'; '.join(names)}",
            code="phases-not-in-store",
            where=str(bench.store.root),
            fix="leave out --no-train to train them",
        )
    return Session("eval", plan, bench, runs, metrics)


def _workbench(settings: Settings, registry: Registry, runs: Path, tell: Callable[[str], None]) -> Workbench:
    data = Data(registry, open_source(settings.data, registry), settings.limit, settings.strict)
    return Workbench(registry, Store(runs / STORE, tell), data, LifeCycle(registry))


def settings_of_run(directory: Path, registry: Registry, changes: Mapping[str, object]) -> Settings:
    """The settings a run was made with, with some changed."""
    path = directory / "settings.toml"
    return settings_from(registry, load_file(path), changes, where=str(path))[0]


def model_of_run(directory: Path, runs: Path, registry: Registry) -> Given:
    """The model that a run started from: the store's, if the store built it.

    Raises:
        NothingToShow: the run has not come to scoring.
        StoreError: the model is no longer there, or is another one now.
    """
    results = [r["result"] for r in records.read_records(directory) if r["record"] == "model"]
    if not results:
        raise NothingToShow(
            "the run has not scored any model yet",
            code="run-without-models",
            where=str(directory),
            fix="repeat its command first",
        )
    name, digest = results[0]["name"], results[0]["start"]
    built = runs / STORE / "model" / digest
    made_here = (name in registry.models and registry.models[name].build) or load_file(directory / "settings.toml").get(
        "trim_vocab"
    )
    if not built.is_dir() and made_here:
        raise StoreError(
            f"the model {name} of the run is gone", code="model-gone", where=str(built), fix="repeat the run's command"
        )
    model = given_model(built) if built.is_dir() else named_model(name, registry)
    if model.digest != digest:
        raise StoreError(
            "the model has changed since the run",
            code="model-changed",
            where=str(model.path),
            fix="train again from the model as it is now",
        )
    return model


def find_run(runs: Path, name: str | None, *, with_models: bool = False) -> Path:
    """A run by its directory's path or name; the latest if none is named.

    Args:
        with_models: pass over runs that were interrupted before their first score, if none is named.

    Raises:
        NothingToShow: there is none.
    """
    if name is not None:
        for directory in (Path(name), runs / name):
            if (directory / records.FILE).is_file():
                return directory
        raise NothingToShow(
            f"there is no run {name!r}",
            code="unknown-run",
            where=str(runs),
            fix=f"known: {', '.join(_runs(runs)) or 'none'}",
        )
    known = _runs(runs)
    if not known:
        raise NothingToShow("there is no run yet", code="no-run-yet", where=str(runs), fix="`xharness train` makes one")
    if with_models:
        known = [name for name in known if _has_models(runs / name)] or known[-1:]
    return runs / known[-1]


def _has_models(run: Path) -> bool:
    """Whether a run has come to scoring; broken records are told to whoever reads them all."""
    try:
        return any(record["record"] == "model" for record in records.read_records(run))
    except UserError:
        return True


def home_of(directory: Path, runs: Path) -> Path:
    """The directory of runs whose store has a run's stages: where the run lies, or else `runs`."""
    return directory.parent if (directory.parent / STORE).is_dir() else runs


def new_run_directory(runs: Path, plan: Plan) -> Path:
    """A name that sorts by time and says what the run is about."""
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    shown = plan.targets if len(plan.targets) <= 3 else (f"{len(plan.targets)}-targets",)
    return runs / f"{time}-{'-'.join(shown)}"


def _runs(runs: Path) -> list[str]:
    return sorted(path.parent.name for path in runs.glob(f"*/{records.FILE}"))
