"""One run from settings to records: opens the data, the store and the run's directory, plans and executes."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.config import Settings, load_file, settings_from
from harness.errors import NothingToShow, StoreError, counted
from harness.integrity import checked
from harness.lifecycle import LifeCycle
from harness.planning.beginning import begun, check_name_is_free
from harness.planning.data import Data
from harness.planning.execute import Execution, Outcome
from harness.planning.missing import missing_phases
from harness.planning.models import check_requirements, given_model, model_in, named_model
from harness.planning.plan import Plan
from harness.planning.planner import build_plan
from harness.planning.run_data import RunData, find_data, find_model, given_data
from harness.planning.stages.base import Checkpoint
from harness.planning.stages.models import Given
from harness.planning.stages.training import Trained
from harness.planning.store import Store, translated_errors
from harness.planning.trimming import check_tokens
from harness.planning.workbench import Workbench
from harness.registry import Registry
from harness.results import records
from harness.results.runs import SETTINGS, STORE, RunInfo, check_name, end, new_directory, now, started_in
from harness.results.schema import ARM, Model
from harness.results.steplog import StepLog


@dataclass(frozen=True)
class Session:
    """A planned run.

    Attributes:
        runs: the directory of all runs and their store.
        metrics: the metric to score each task by, where not all of its own.
        name: what the run is called; "" for no name.
        label: what its directory is called after where it has no name; "" for its targets.
        of: name of the directory of the run whose encoders are scored; None where it is of none.
        resumed: the digest of what the run that it resumes was asked for; "" where that is not known, None where it
            resumes none.
        base: the directory that paths in its settings start from.
    """

    command: str
    plan: Plan
    bench: Workbench
    runs: Path
    metrics: Mapping[str, str] | None = None
    name: str = ""
    label: str = ""
    of: str | None = None
    resumed: str | None = None
    base: Path = field(default_factory=Path.cwd)

    @property
    def asked(self) -> str:
        """A digest of what is asked for, the same for every attempt at it."""
        if self.resumed:
            # Another version may have written the same settings otherwise; this is an attempt at the same run.
            return self.resumed
        plan = self.plan
        measures = sorted({one.measure.name for one in plan.measurings})
        asked = [self.command, plan.settings.to_toml(), self.of, self.metrics, plan.conditions, measures]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]

    def named(self, name: str) -> Session:
        """The same with a name for the run, which other attempts at it may have, too.

        Raises:
            SettingsError: it cannot be a name, or another run has it.
        """
        session = dataclasses.replace(self, name=check_name(name))
        check_name_is_free(self.runs, name, session.asked)
        return session

    def resuming(self, info: RunInfo) -> Session:
        """The same as another attempt at a run, with its name.

        Args:
            info: of that run, whose settings are the plan's.
        """
        return dataclasses.replace(self, name=info.name, resumed=info.asked)

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

        Raises:
            SettingsError: meanwhile another run has taken the name, or another process has resumed the run.
        """
        self.bench.store.prepare()
        directory = new_directory(self.runs, self.name or self.label or _label(self.plan.targets))
        with contextlib.ExitStack() as stack:
            with translated_errors(directory):
                stack.enter_context(begun(directory, self._info(directory), resumes=self.resumed is not None))
            own = StepLog(directory)
            life = stack.enter_context(LifeCycle(self.bench.registry, own, *observers, trackers=trackers))
            bench = dataclasses.replace(self.bench, life=life, note=note)
            outcome = Execution(self.plan, bench, command=self.command, directory=directory, metrics=self.metrics).run()
            end(directory, outcome.seconds)
        return outcome

    def _info(self, directory: Path) -> RunInfo:
        plan = self.plan
        chains = (checkpoint.chain for checkpoint, _ in plan.checkpoints)
        return RunInfo(
            command=self.command,
            name=self.name,
            of=self.of,
            asked=self.asked,
            started=now(),
            model=plan.settings.model,
            arms=tuple(dict.fromkeys(cell.arm.label for cell in plan.cells)),
            targets=plan.settings.target,
            planned=len(plan.cells),
            command_line=tuple(sys.argv),
            started_in=started_in(self.base, directory),
            checkpoints=tuple(dict.fromkeys(one.digest for chain in chains for one in chain if one.folder)),
        )


def plan_training(
    settings: Settings,
    registry: Registry,
    runs: Path,
    *,
    measures: Sequence[str] = (),
    measured: Sequence[str] = (),
    perturb: Sequence[str] = (),
    resumes: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Session:
    """A session that trains and scores what the settings ask for.

    Args:
        measures: names of measures to compute beside the scores.
        measured: the tasks whose rows they are computed on; all that are scored if none.
        perturb: conditions under which rows are scored beside the clean ones, such as "typo:2" or "typo:1+case:2".
        resumes: the directory of a run with these settings, whose data and model are where it was started.
    """
    check_requirements(settings, registry)
    data = find_data(resumes, settings.data, registry) if resumes else given_data(settings.data)
    model = find_model(resumes, settings.model, registry) if resumes else settings.model
    models = {} if model == settings.model else {"": model_in(Path(model))}
    if models:
        tell(f"model: {settings.model}, read at {model}")
    bench = _workbench(settings, registry, runs, data, tell)
    plan = build_plan(
        settings, registry, bench.data, models=models, measures=measures, measured=measured, perturb=perturb
    )
    _tell_again(missing_phases(plan, bench), bench, tell)
    return Session("train", plan, bench, runs, base=data.base)


def plan_evaluation(
    settings: Settings,
    registry: Registry,
    runs: Path,
    *,
    models: Mapping[str, Checkpoint],
    metrics: Mapping[str, str] | None,
    train: bool,
    measures: Sequence[str] = (),
    perturb: Sequence[str] = (),
    use_model_heads: bool = False,
    of: str | None = None,
    data: RunData | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Session:
    """A session that scores tasks on checkpoints that exist, training target phases only where a head is missing.

    Args:
        models: what each arm's phases start from, by its label; "" is any arm.
        train: whether missing target phases may be trained.
        measures: names of measures to compute beside the scores.
        perturb: conditions under which rows are scored beside the clean ones, such as "typo:2" or "typo:1+case:2".
        use_model_heads: whether heads that the model brings count; a run's phases have left them out.
        of: name of the directory of the run whose model it is, if it is of one.
        data: where the settings' data are, if not where their path leads from the working directory.

    Raises:
        StoreError: something would have to be trained and `train` is False.
        CutToken: the model's vocabulary was trimmed, and rows have tokens that it does not have.
    """
    data = data or given_data(settings.data)
    bench = _workbench(settings, registry, runs, data, tell)
    plan = build_plan(
        settings,
        registry,
        bench.data,
        models=models,
        use_heads=True,
        use_model_heads=use_model_heads,
        measures=measures,
        perturb=perturb,
    )
    check_tokens(plan, bench)
    missing = missing_phases(plan, bench)
    if missing and not train:
        names = sorted({f"{phase.phase} phase on {', '.join(phase.names)}" for phase in missing})
        raise StoreError(
            f"{len(missing)} training phases are not in the store: {'; '.join(names)}",
            code="phases-not-in-store",
            where=str(bench.store.root),
            fix="leave out --no-train to train them",
        )
    _tell_again(missing, bench, tell)
    return Session("eval", plan, bench, runs, metrics, of=of, base=data.base)


def _tell_again(missing: Sequence[Trained], bench: Workbench, tell: Callable[[str], None]) -> None:
    """Say which phases have to be trained again, because their checkpoints were let go."""
    phases = [phase for phase in missing if bench.is_let_go(phase)]
    if phases:
        names = sorted({phase.describe() for phase in phases})
        shown = f"{'; '.join(names[:3])}{f'; and {len(names) - 3} more' if len(names) > 3 else ''}"
        tell(f"{counted(len(phases), 'checkpoint')} that an earlier run let go will be trained again: {shown}")


def _workbench(
    settings: Settings, registry: Registry, runs: Path, data: RunData, tell: Callable[[str], None]
) -> Workbench:
    if data.told:
        tell(data.told)
    rows = Data(registry, data.open(registry), settings.limit, settings.strict)
    return Workbench(registry, Store(runs / STORE, tell), rows, LifeCycle(registry))


def settings_of_run(directory: Path, registry: Registry, changes: Mapping[str, object]) -> Settings:
    """The settings a run was made with, with some changed; `run_data.find_data` knows where their data are."""
    path = directory / SETTINGS
    return settings_from(registry, load_file(path), changes, where=str(path))


def models_of_run(directory: Path, runs: Path, registry: Registry) -> dict[str, Given]:
    """The model that each arm of a run started from, by the arm's label, as far as the run has come.

    Raises:
        NothingToShow: the run has not come to scoring.
        StoreError: a model is no longer there, or is another one now.
    """
    read = records.read_records(directory)
    if not read.models:
        raise NothingToShow(
            "the run has not scored any model yet",
            code="run-without-models",
            where=str(directory),
            fix="repeat its command first",
        )
    models = {str(score.result.at[ARM]): read.model(score.result.model) for score in read.scores}
    models = models or {"": next(iter(read.models.values())).result}
    starts = {model.start: start_of(model, directory, runs, registry) for model in models.values()}
    return {label: starts[model.start] for label, model in models.items()}


def start_of(model: Model, directory: Path, runs: Path, registry: Registry) -> Given:
    """What a model of a run started from: the store's, if the store built it.

    Raises:
        StoreError: it is no longer there, or is another one now.
    """
    name, digest = model.name, model.start
    built = runs / STORE / "model" / digest
    made_here = (name in registry.models and registry.models[name].build) or load_file(directory / SETTINGS).get(
        "trim_vocab"
    )
    if not built.is_dir() and made_here:
        raise StoreError(
            f"the model {name} of the run is gone", code="model-gone", where=str(built), fix="repeat the run's command"
        )
    place = find_model(directory, name, registry)
    found = given_model(checked(built)) if built.is_dir() else named_model(place, registry)
    if found.digest != digest:
        raise StoreError(
            "the model has changed since the run",
            code="model-changed",
            where=str(found.path),
            fix="train again from the model as it is now",
        )
    return found


def _label(targets: Sequence[str]) -> str:
    """What a run without a name is about."""
    return "-".join(targets if len(targets) <= 3 else (f"{len(targets)}-targets",))
