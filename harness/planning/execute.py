"""Carries a plan out: trains what is missing, predicts, scores; a stage that fails does not stop the others."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import StoreError, UserError, in_words
from harness.evaluation import predictions
from harness.item_scores import count
from harness.metrics import Metric, Predictions
from harness.planning.keeping import Keeping
from harness.planning.missing import missing_checkpoints
from harness.planning.plan import Cell, Measuring, Plan
from harness.planning.recording import Recorder
from harness.planning.stages.base import Checkpoint, Stage, stages_of
from harness.planning.stages.snapshots import NotReached
from harness.planning.store import disk_error, translated_errors
from harness.planning.workbench import Workbench
from harness.plugins import OURS, PluginFailed
from harness.results.records import RecordWriter
from harness.training.determinism import deterministic
from harness.training.ranks import RanksLost
from harness.visible import visible


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
        measured: measures written.
        reused: stages found finished in the store.
        built: stages made by this run.
    """

    directory: Path
    scores: int = 0
    measured: int = 0
    reused: int = 0
    built: int = 0
    seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)


class Execution:
    """One run of a plan.

    Args:
        directory: of the run.
        metrics: the metric to score each task by, where not all of its own.
    """

    def __init__(
        self,
        plan: Plan,
        bench: Workbench,
        *,
        command: str,
        directory: Path,
        metrics: Mapping[str, str] | None = None,
    ) -> None:
        self._plan = plan
        self._bench = bench
        self._command = command
        self._metrics = metrics
        self._outcome = Outcome(directory)
        self._missing = missing_checkpoints(plan, bench)
        self._keeping = Keeping(plan, bench, directory)
        self._failed: dict[str, str] = {}
        self._absent: set[str] = set()
        self._counted: set[str] = set()
        writer = RecordWriter(directory, lambda record: bench.life.record_written(record=record))
        self._recorder = Recorder(plan, bench, command=command, writer=writer)

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
            predicted = list(dict.fromkeys(cell.stage.digest for cell in self._plan.cells))
            begun = {"directory": str(outcome.directory), "command": self._command}
            self._bench.life.run_started(run=begun | {"phases": phases, "predictions": predicted})
            for checkpoint, cells in self._plan.checkpoints:
                problem = self._train(checkpoint)
                measurings = self._plan.measurings_of(checkpoint)
                # All rows before the first prediction, whose model is kept in memory from then on.
                problems = [self._prepare(cell, problem) for cell in cells]
                unmeasured = [self._prepare_measure(measuring, problem) for measuring in measurings]
                for cell, missing in zip(cells, problems, strict=True):
                    self._score(cell, missing)
                for measuring, missing in zip(measurings, unmeasured, strict=True):
                    self._measure(measuring, missing)
                self._bench.release()
                self._keeping.let_go(checkpoint)
            self._keeping.end()
        outcome.seconds = time.perf_counter() - started
        finished = {
            "directory": str(outcome.directory),
            "ok": outcome.scores,
            "failed": len(outcome.failures),
            "seconds": outcome.seconds,
        }
        self._bench.life.run_finished(run=finished)
        return outcome

    def _begin(self) -> None:
        directory = self._outcome.directory
        (directory / "settings.toml").write_text(self._plan.settings.to_toml(), encoding="utf-8")
        self._recorder.begin()
        skipped = self._bench.data.skipped
        if skipped:
            (directory / "skipped.txt").write_text("".join(f"{row}\n" for row in skipped), encoding="utf-8")
            self._bench.note(f"{len(skipped)} bad rows were left out: {directory / 'skipped.txt'}")

    def _train(self, checkpoint: Checkpoint) -> str:
        """Make what is missing of a checkpoint and all it starts from; why it is not there, or "" where it is.

        What nothing is made from any more is not made, and not counted.
        """
        for stage in checkpoint.chain:
            if stage.digest in self._failed:
                return self._failed[stage.digest]
            if not self._bench.has(stage) and (stage.digest not in self._missing or stage.digest in self._keeping.gone):
                continue
            self._count(stage)
            try:
                stage.obtain(self._bench)
            except NotReached as error:
                return self._not_there(error)
            except BaseException as error:  # noqa: BLE001  (whatever goes wrong in one task must not stop others)
                self._failed[stage.digest] = self._fail(stage.describe(), error)
                return self._failed[stage.digest]
        return ""

    def _prepare(self, cell: Cell, problem: str) -> str:
        """Make all that predictions are made from; why not, or "" where it is there, or they are.

        Args:
            problem: what is wrong with their checkpoint.
        """
        self._count(cell.stage)
        if self._bench.has(cell.stage):
            return ""
        if problem:
            return problem
        try:
            for parent in cell.stage.parents().values():
                parent.obtain(self._bench)
        except NotReached as error:
            return self._not_there(error)
        except BaseException as error:  # noqa: BLE001  (as above)
            return self._fail(_describe_cell(cell), error)
        return ""

    def _prepare_measure(self, measuring: Measuring, problem: str) -> str:
        """Make all that is read by what a model is loaded for; why not, or "" where it is there.

        Args:
            problem: what is wrong with the checkpoint.
        """
        if problem:
            stored = measuring.stage.is_known(self._bench) and self._bench.has(measuring.stage)
            return "" if stored else problem
        try:
            for stage in stages_of(measuring.stage, there=self._bench.has):
                if stage.loads_model:
                    for parent in stage.parents().values():
                        parent.obtain(self._bench)
        except BaseException as error:  # noqa: BLE001  (as above)
            return self._fail(_describe_measuring(measuring), error)
        return ""

    def _score(self, cell: Cell, problem: str) -> None:
        """Predict and write the scores, or records of the failure."""
        columns: Predictions = {}
        if not problem:
            try:
                columns = predictions.read_columns(cell.stage.obtain(self._bench))
            except BaseException as error:  # noqa: BLE001  (as above)
                problem = self._fail(_describe_cell(cell), error)
        for metric in self._metrics_of(cell.task):
            if problem:
                status = "absent" if problem in self._absent else "failed"
                self._recorder.no_score(cell, metric, problem, status)
                continue
            told = {"task": cell.task, "split": cell.split, "language": cell.language, "metric": metric.name}
            self._bench.life.score_started(score=told | {"n": count(columns)})
            try:
                self._recorder.score(cell, metric, columns)
                self._outcome.scores += 1
            except BaseException as error:  # noqa: BLE001  (as above)
                what = f"{metric.name} of {_describe_cell(cell)}"
                self._recorder.no_score(cell, metric, self._fail(what, error))

    def _measure(self, measuring: Measuring, problem: str) -> None:
        """Compute a measure and write its record, or one of the failure."""
        if not problem:
            try:
                self._recorder.measured(measuring, measuring.stage.read(self._bench))
                self._outcome.measured += 1
                return
            except BaseException as error:  # noqa: BLE001  (as above)
                problem = self._fail(_describe_measuring(measuring), error)
        self._recorder.not_measured(measuring, problem)

    def _metrics_of(self, task: str) -> list[Metric]:
        names = (self._metrics[task],) if self._metrics else self._bench.registry.task(task).metrics
        return [self._bench.registry.metric(name) for name in names]

    def _not_there(self, error: NotReached) -> str:
        """Say once that there is nothing to score; what does not exist is no failure."""
        if error.what not in self._absent:
            self._absent.add(error.what)
            self._bench.note(error.what)
        return error.what

    def _fail(self, what: str, error: BaseException) -> str:
        """Remember a failure and say it; what would fail all that follows, too, and interruptions end the run."""
        if isinstance(error, (StoreError, PluginFailed, RanksLost, *OURS)):
            raise error
        broken = disk_error(error, self._bench.store.root)
        if broken:
            raise broken from error
        message = str(error) if isinstance(error, UserError) else in_words(error)
        self._outcome.failures.append(Failure(what, message))
        with (self._outcome.directory / "failures.txt").open("a", encoding="utf-8") as file:
            file.write(visible(f"{what}\n{''.join(traceback.format_exception(error))}\n", lines=True))
        self._bench.note(f"failed: {what}: {message}")
        return message

    def _count(self, stage: Stage) -> None:
        """Count a stage of the store as reused or built, once however many need it."""
        if not stage.folder or stage.digest in self._counted:
            return
        self._counted.add(stage.digest)
        if self._bench.has(stage):
            self._outcome.reused += 1
        else:
            self._outcome.built += 1


def _describe_measuring(measuring: Measuring) -> str:
    at, rows = measuring.at, measuring.rows
    other = f" and {measuring.other_task}" if measuring.other_task else ""
    after = "at the start" if other else f"after {at['arm']}, seed {at['seed']}"
    return f"{measuring.measure.name} of {rows.task} in {rows.language}{other} {after}"


def _describe_cell(cell: Cell) -> str:
    rows = f" with {cell.condition}" if cell.condition else ""
    further = "".join(f", {name} {value}" for name, value in cell.further.items())
    return f"{cell.task} in {cell.language}{rows} after {cell.arm.label}, seed {cell.seed}{further}"
