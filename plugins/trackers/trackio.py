"""trackio, local: the curve of each phase, and the scores, tables and figures of each run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import harness

PROJECT = "xharness"


class TrackioCurve:
    """One run of trackio, which has one open at a time: it is opened again where another was used since."""

    def __init__(self, module: Any, name: str) -> None:
        self._module, self._name = module, name

    def write(self, values: Mapping[str, Any], step: int | None) -> None:
        """Write the values into the database, within a second."""
        self._run().log(dict(values), step=step)

    def show(self, summary: harness.RunSummary) -> None:
        """Write tables as tables, and figures as HTML."""
        tables = {one.name: self._module.Table(columns=one.columns, data=one.rows) for one in summary.tables}
        self.write(tables | {one.name: self._module.Html(one.svg) for one in summary.figures}, None)

    def close(self) -> None:
        """Write what is still waiting."""
        if self._is_open():
            with redirect_stdout(StringIO()):
                self._module.finish()

    def _run(self) -> Any:
        if self._is_open():
            return self._module.context_vars.current_run.get()
        options = {"resume": "allow", "embed": False, "auto_log_gpu": False, "auto_log_cpu": False}
        with redirect_stdout(StringIO()):
            return self._module.init(PROJECT, self._name, self._name.rpartition("/")[0], **options)

    def _is_open(self) -> bool:
        run = self._module.context_vars.current_run.get()
        return run is not None and run.name == self._name


def load(directory: Path) -> Any:
    """The module.

    Raises:
        UserError: it is not installed.
    """
    os.environ.setdefault("TRACKIO_DIR", str(directory.absolute()))  # It reads this when it is imported.
    with harness.needs_extra("trackio", "trackio"):
        import trackio
    return trackio


def last_steps(name: str) -> dict[str, int]:
    """The last step of each value of a run, as far as it is in a database here and not in a Space."""
    from trackio.sqlite_storage import SQLiteStorage

    return {tag: row["step"] for row in SQLiteStorage.get_logs(PROJECT, name) for tag in row}


def start(directory: Path) -> harness.RunFollower:
    """Follow runs into a database that `trackio show` shows; TRACKIO_DIR or TRACKIO_SPACE_ID name another place."""
    module = load(directory)

    def open_curve(name: str, done: int | None) -> harness.Curve:
        curve = TrackioCurve(module, name)
        return curve if done is None else harness.Continued(curve, last_steps(name))

    return harness.RunFollower(open_curve)


@harness.hookimpl
def register_trackers(register: Callable[[harness.Tracker], None]) -> None:
    """Register it as `--track trackio`."""
    register(harness.Tracker(name="trackio", start=start, check=load))
