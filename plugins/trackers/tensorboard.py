"""TensorBoard: the curve of each phase, and the scores and tables of each run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import harness


class TensorBoardCurve:
    """One run of TensorBoard. It forgets steps that come again; tables are texts, and figures are not shown.

    Args:
        writer: of `torch.utils.tensorboard`.
    """

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(self, values: Mapping[str, float], step: int) -> None:
        """Write the values to the disk."""
        for tag, value in values.items():
            self._writer.add_scalar(tag, value, step)
        self._writer.flush()

    def show(self, summary: harness.RunSummary) -> None:
        """Write each table as a text in Markdown."""
        for table in summary.tables:
            self._writer.add_text(table.name, table.markdown())

    def close(self) -> None:
        """Close the file."""
        self._writer.close()


def load(_: Path | None = None) -> Any:
    """What writes its files.

    Raises:
        UserError: it is not installed.
    """
    with harness.needs_extra("TensorBoard", "tensorboard"):
        from torch.utils.tensorboard import SummaryWriter
    return SummaryWriter


def start(directory: Path) -> harness.RunFollower:
    """Follow runs into a folder that TensorBoard shows."""
    # Now and not with the first phase: where it is missing, nothing must be trained in vain.
    writer = load()

    def open_curve(name: str, done: int | None) -> TensorBoardCurve:
        return TensorBoardCurve(writer(str(directory / name), purge_step=None if done is None else done + 1))

    return harness.RunFollower(open_curve)


@harness.hookimpl
def register_trackers(register: Callable[[harness.Tracker], None]) -> None:
    """Register it as `--track tensorboard`."""
    register(harness.Tracker(name="tensorboard", start=start, check=load))
