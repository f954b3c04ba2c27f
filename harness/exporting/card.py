"""What a model card is made from: a chosen model with its run, its scores and what the Hub calls it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.benchmarks.definition import Benchmark, benchmark, suffix_of
from harness.benchmarks.leaderboard.checks import marks_of
from harness.benchmarks.leaderboard.document import DEFAULT, rows_of
from harness.sources.base import generated_source

if TYPE_CHECKING:
    from harness.exporting.chosen import Chosen
    from harness.exporting.forms import Form, Use
    from harness.registry import Registry
    from harness.sources.base import SourceType


def start_name(name: str) -> str:
    """A start model's name or hub id, or the name of its directory, which is the business of one machine."""
    return Path(name).name if Path(name).is_absolute() or name.startswith((".", "~")) else name


@dataclass(frozen=True)
class Card:
    """What a model card is made from.

    Attributes:
        labels: of the head, in the order of its outputs.
    """

    chosen: Chosen
    form: Form
    use: Use
    labels: tuple[str, ...]
    registry: Registry

    @property
    def source(self) -> str:
        """Where the run's rows are from."""
        found: str = self.chosen.run.result.source
        return found

    @property
    def start(self) -> str:
        """The start model: its name or hub id, or the name of its directory."""
        return start_name(self.chosen.model.name)

    @property
    def title(self) -> str:
        """The model's name."""
        intermediate = self.chosen.arm.intermediate
        after = f" after {self.chosen.arm.label}" if intermediate else ""
        return f"{self.start}{after}, {self.chosen.task.name}"

    @property
    def tasks(self) -> list[str]:
        """Names of the tasks that were trained on, and of the one that was scored."""
        names = [name for phase in self.chosen.model.phases for name in phase.tasks]
        return list(dict.fromkeys([*names, self.chosen.task.name]))

    @functools.cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Scores as a leaderboard has them."""
        scores = self.chosen.scores
        return list(rows_of(scores.scores, marks_of(scores), self.benchmark))

    @functools.cached_property
    def benchmark(self) -> Benchmark | None:
        """XTREME, in its source's languages where the rows are generated; None where it has not the task."""
        if self.source not in self.registry.sources:
            return None
        found = benchmark(f"{DEFAULT}{suffix_of(self.source, self.registry)}", self.registry)
        return found if found.named(self.chosen.task.name) else None

    @property
    def generated(self) -> SourceType | None:
        """The source of the rows where it makes them up."""
        return generated_source(self.source, self.registry)

    @property
    def within(self) -> str:
        """What the scored rows are of: the benchmark or the source."""
        return self.benchmark.name if self.benchmark else self.source
