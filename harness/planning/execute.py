"""Carries a plan out: trains what is missing, predicts, scores; a stage that fails does not stop the others."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import StoreError, UserError
from harness.evaluation import predictions
from harness.lifecycle import LifeCycle
from harness.metrics import Metric, Predictions
from harness.planning.build import Builder
from harness.planning.data import Data
from harness.planning.plan import Plan, Scoring
from harness.planning.recording import Recorder
from harness.planning.stages import BuiltModel, Checkpoint, GivenModel, TrainStage, TrimmedModel, chain
from harness.planning.store import Store, disk_error, translated_errors
from harness.plugins import PluginFailed
from harness.registry import Registry
from harness.results.records import RecordWriter
from harness.training.determinism import deterministic
from harness.training.ranks import RanksLost


@dataclass(frozen=True)
class Failure:
    """A stage that failed: what it was, and why."""

    what: str
    error: str


@dataclass
class Outcome:
    """What became of a run.

    Attributes:
        directory: of the run, with its records and logs.
        scores: scores written.
        reused: stages found finished in the store.
        built: stages made by this run.
    """

    directory: Path
    scores: int = 0
    reused: int = 0
    built: int = 0
    seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)


class Execution:
    """One run of a plan.

    Args:
        directory: of the run; created.
        metrics: the metric to score each task by, where not all of its own.
        note: called with a line for people.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        command: str,
        registry: Registry,
        store: Store,
        data: Data,
        life: LifeCycle,
        directory: Path,
        metrics: Mapping[str, str] | None = None,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._plan = plan
        self._command = command
        self._registry = registry
        self._store = store
        self._data = data
        self._life = life
        self._metrics = metrics
        self._note = note
        self._outcome = Outcome(directory)
        self._failed: dict[str, str] = {}
        self._counted: set[str] = set()
        self._builder = Builder(registry, store, data, life, note)
        writer = RecordWriter(directory, lambda record: life.record_written(record=record))
        self._recorder = Recorder(plan, command=command, registry=registry, store=store, data=data, writer=writer)

    def run(self) -> Outcome:
        """Everything the plan asks for.

        Raises:
            StoreError: the disk is full or cannot be written; a repeat goes on from what is finished.
            RanksLost: one of several ranks failed; likewise.
            SettingsError: the environment does not let the run be deterministic.
        """
        started = time.perf_counter()
        outcome = self._outcome
        with translated_errors(outcome.directory), deterministic(self._plan.settings.deterministic):
            self._begin()
            phases = [phase.digest for phase in self._plan.phases]
            begun = {"directory": str(outcome.directory), "command": self._command, "phases": phases}
            self._life.run_started(run=begun)
            for checkpoint, scorings in self._plan.checkpoints:
                problem = self._train(checkpoint)
                for scoring in scorings:
                    self._score(scoring, problem)
                self._builder.release()
        outcome.seconds = time.perf_counter() - started
        finished = {
            "directory": str(outcome.directory),
            "ok": outcome.scores,
            "failed": len(outcome.failures),
            "seconds": outcome.seconds,
        }
        self._life.run_finished(run=finished)
        return outcome

    def _begin(self) -> None:
        directory = self._outcome.directory
        directory.mkdir(parents=True)
        (directory / "settings.toml").write_text(self._plan.settings.to_toml(), encoding="utf-8")
        self._recorder.begin()
        skipped = self._data.skipped
        if skipped:
            (directory / "skipped.txt").write_text("".join(f"{row}\n" for row in skipped), encoding="utf-8")
            self._note(f"{len(skipped)} bad rows were left out: {directory / 'skipped.txt'}")

    def _train(self, checkpoint: Checkpoint) -> str:
        """Make sure that a checkpoint and all it starts from are there; why not, or "" where they are."""
        for stage in self._stages(checkpoint):
            if stage.digest in self._failed:
                return self._failed[stage.digest]
            self._count(stage.kind, stage.digest)
            try:
                self._builder.checkpoint(stage)
            except Exception as error:  # noqa: BLE001  (whatever goes wrong in one task must not stop the others)
                self._failed[stage.digest] = self._fail(_describe(stage), error)
                return self._failed[stage.digest]
        return ""

    def _stages(self, checkpoint: Checkpoint) -> Iterator[BuiltModel | TrimmedModel | TrainStage]:
        if not isinstance(self._plan.model, GivenModel):
            yield self._plan.model
        yield from chain(checkpoint)

    def _score(self, scoring: Scoring, problem: str) -> None:
        """Predict and write the scores, or records of the failure."""
        columns: Predictions = {}
        if not problem:
            self._count("predict", scoring.stage.digest)
            try:
                columns = predictions.read_columns(self._builder.predictions(scoring.stage))
            except Exception as error:  # noqa: BLE001  (as above)
                problem = self._fail(_describe_scoring(scoring), error)
        for metric in self._metrics_of(scoring.task):
            if problem:
                self._recorder.failure(scoring, metric, problem)
                continue
            try:
                self._recorder.score(scoring, metric, columns)
                self._outcome.scores += 1
            except Exception as error:  # noqa: BLE001  (as above)
                what = f"{metric.name} of {_describe_scoring(scoring)}"
                self._recorder.failure(scoring, metric, self._fail(what, error))

    def _metrics_of(self, task: str) -> list[Metric]:
        names = (self._metrics[task],) if self._metrics else self._registry.task(task).metrics
        return [self._registry.metric(name) for name in names]

    def _fail(self, what: str, error: Exception) -> str:
        """Remember a failure and say it; what would fail all that follows, too, ends the run."""
        if isinstance(error, StoreError | PluginFailed | RanksLost):
            raise error
        broken = disk_error(error, self._store.root)
        if broken:
            raise broken from error
        message = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        self._outcome.failures.append(Failure(what, message))
        with (self._outcome.directory / "failures.txt").open("a", encoding="utf-8") as file:
            file.write(f"{what}\n{''.join(traceback.format_exception(error))}\n")
        self._note(f"failed: {what}: {message}")
        return message

    def _count(self, kind: str, digest: str) -> None:
        """Count a stage as reused or built, once however many need it."""
        if digest in self._counted:
            return
        self._counted.add(digest)
        if self._store.has(kind, digest):
            self._outcome.reused += 1
        else:
            self._outcome.built += 1


def _describe_scoring(scoring: Scoring) -> str:
    return f"{scoring.task} in {scoring.language} after {scoring.arm.name}, seed {scoring.seed}"


def _describe(stage: BuiltModel | TrimmedModel | TrainStage) -> str:
    if isinstance(stage, TrainStage):
        return f"{stage.phase} phase on {', '.join(stage.names)}, seed {stage.seed}"
    if isinstance(stage, TrimmedModel):
        return "trimming the model's vocabulary"
    return f"building the model {stage.name}"
