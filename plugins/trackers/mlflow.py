"""MLflow, in a file: the curve of each phase, and the scores, tables and figures of each run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import harness


class MlflowCurve:
    """One run of MLflow."""

    def __init__(self, client: Any, run: str) -> None:
        self._client, self._run = client, run

    def write(self, values: Mapping[str, float], step: int) -> None:
        """Write the values into the database."""
        for tag, value in values.items():
            self._client.log_metric(self._run, tag, value, step=step)

    def show(self, summary: harness.RunSummary) -> None:
        """Write tables and figures as artifacts."""
        for table in summary.tables:
            columns = zip(table.columns, zip(*table.rows, strict=True), strict=True)
            self._client.log_table(self._run, {name: list(values) for name, values in columns}, f"{table.name}.json")
        for figure in summary.figures:
            self._client.log_text(self._run, figure.svg, f"{figure.name}.svg")

    def close(self) -> None:
        """Say that the run is finished."""
        self._client.set_terminated(self._run)


def load(_: Path | None = None) -> Any:
    """The client's class.

    Raises:
        UserError: it is not installed.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # It would tell its makers over the network of its use.
    with harness.needs_extra("MLflow", "mlflow"):
        from mlflow import MlflowClient
    return MlflowClient


def last_steps(client: Any, run: Any) -> dict[str, int]:
    """The last step of each metric of a run."""
    metrics = {tag: client.get_metric_history(run.info.run_id, tag) for tag in run.data.metrics}
    return {tag: max(one.step for one in history) for tag, history in metrics.items()}


def start(directory: Path) -> harness.RunFollower:
    """Follow runs into a database that `mlflow ui` shows; MLFLOW_TRACKING_URI names another place."""
    client_of = load()
    directory.mkdir(parents=True, exist_ok=True)
    given, place = os.environ.get("MLFLOW_TRACKING_URI"), directory.absolute()
    client = client_of(given or f"sqlite:///{place}/mlflow.db")
    known = client.get_experiment_by_name("xharness")
    made = known.experiment_id if known else client.create_experiment("xharness", None if given else place.as_uri())

    def open_curve(name: str, done: int | None) -> harness.Curve:
        found = client.search_runs([made], f"attributes.run_name = '{name}'")
        if not found:
            return MlflowCurve(client, client.create_run(made, run_name=name).info.run_id)
        run = found[0]
        curve = MlflowCurve(client, run.info.run_id)
        return curve if done is None else harness.Continued(curve, last_steps(client, run))

    return harness.RunFollower(open_curve)


@harness.hookimpl
def register_trackers(register: Callable[[harness.Tracker], None]) -> None:
    """Register it as `--track mlflow`."""
    register(harness.Tracker(name="mlflow", start=start, check=load))
