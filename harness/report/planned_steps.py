"""Steps of a plan that go through the model as one batch: how much memory they take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.filesize import decimal

from harness.planning.step_memory import whole_steps

if TYPE_CHECKING:
    from harness.planning.session import Session


def whole_step_lines(session: Session) -> Iterator[str]:
    """A line for each task, size and length of such steps, with the memory that a step takes beside the program's."""
    found = dict.fromkeys(step for phase in session.plan.phases for step in whole_steps(session.bench.data, phase))
    for step in found:
        yield (
            f"{step.task}: a step is one batch, of {step.sequences:,} texts with up to ~{step.tokens:,} tokens each: "
            f"~{decimal(step.states + step.weights)} of memory"
        )
