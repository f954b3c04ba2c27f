"""A simulated experiment as the directory of a run, with its predictions in a store: every command reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.evaluation import predictions
from harness.planning.beginning import check_name_is_free
from harness.planning.store import Building, Store
from harness.results import schema
from harness.results.records import RecordWriter
from harness.results.runs import SETTINGS, STORE, RunInfo, begin, check_name, end, new_directory
from harness.testing.answers import answer_rows
from harness.testing.recorded import ENVIRONMENT, TIME
from harness.testing.simulated import Answered, Experiment


def write_run(experiment: Experiment, runs: Path, name: str) -> Path:
    """Write a run's directory, and the predictions of its scores, as if it had trained.

    Each prediction takes some milliseconds of a disk: this is for a few experiments, `Experiment.scores` for many.

    Args:
        runs: directory of runs, which is made where it is not there.
        name: what the run is called.

    Returns:
        The run's directory.

    Raises:
        SettingsError: the name is malformed, or another run has it.
        StoreError: the disk cannot be written.
    """
    store = Store(runs / STORE)
    store.prepare()
    recorded = experiment.recorded
    check_name_is_free(runs, check_name(name), recorded.digest)
    directory = new_directory(runs, name)
    begin(
        directory,
        RunInfo(
            command="train",
            name=name,
            asked=recorded.digest,
            started=TIME,
            model=recorded.world.model,
            arms=tuple(arm.label for arm in recorded.arms),
            targets=recorded.settings.target,
            planned=recorded.planned,
            checkpoints=(),
        ),
    )
    (directory / SETTINGS).write_text(recorded.settings.to_toml(), encoding="utf-8")
    for digest, answered in experiment.answered.items():
        store.build("predict", digest, _builder(answered), inputs={}, about="simulated answers")
    writer = RecordWriter(directory)
    run = experiment.records.run
    writer.write(run.result, run.environment)
    results: list[schema.Result] = [model.result for model in experiment.records.models.values()]
    results += [score.result for score in experiment.records.scores]
    results += [measure.result for measure in experiment.records.measures]
    for result in results:
        writer.write(result, ENVIRONMENT)
    end(directory, seconds=0.0)
    return directory


def _builder(answered: Answered) -> Callable[[Building], None]:
    task = answered.task

    def build(out: Building) -> None:
        rows = answer_rows(task.name, answered.language, answered.levels, parallel=task.parallel)
        predictions.write(out.directory, list(rows))

    return build
