"""What a run is at work on beside training: what it is, how much is done, and how long the rest takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

BAR_WIDTH = 20


@dataclass
class Work:
    """A stage, a score or the like that is being made.

    Attributes:
        about: what it is, in words.
        started: the clock when it began, in seconds.
        done: parts that are done, of `total`; 0 of 0 where it cannot be told.
    """

    about: str
    started: float
    done: int = 0
    total: int = 0

    def describe(self, now: float) -> str:
        """What it is and how far, as a line."""
        return f"{self.about}: {self._state(now)}" if self.total else self.about

    def render(self, now: float) -> RenderableType:
        """The same for a terminal, with a bar, or with the time since it began."""
        if not self.total:
            return Text(f"  {self.about}, {duration(now - self.started)}", no_wrap=True, overflow="ellipsis")
        line = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=self.total, completed=self.done, width=BAR_WIDTH)
        line.add_row(Text(f"  {self.about}", no_wrap=True, overflow="ellipsis"), bar, self._state(now))
        return line

    def _state(self, now: float) -> str:
        share = f"{100 * self.done // self.total} %"
        if not 0 < self.done < self.total:
            return share
        return f"{share}, {duration((now - self.started) / self.done * (self.total - self.done))} left"


def duration(seconds: float) -> str:
    """Hours, minutes and seconds, such as 2:03 or 1:00:05."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
