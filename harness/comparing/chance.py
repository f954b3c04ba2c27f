"""How much of what is above chance either side has, where what guessing gets is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from harness.comparing.findings import TaskFinding
from harness.results.comparison import UNIT
from harness.results.words import number
from harness.statistics.effects import share_above_chance


def above_chance(score: float, task: TaskFinding) -> float | None:
    """How far a score of a task is from guessing to perfect, 0 to 1; below 0 if guessing is better. None if unknown."""
    return None if task.chance is None or task.unit != UNIT else share_above_chance(score, task.chance)


def chance_notes(tasks: Sequence[TaskFinding]) -> Iterator[str]:
    """A line for each two arms that are compared; none where chance is not known."""
    matches = len({task.of for task in tasks})
    for match, own in groupby(tasks, key=lambda task: task.of):
        told, worse = [], False
        for task in own:
            left, right = (above_chance(score, task) for score in (task.found.left, task.found.right))
            if left is not None and right is not None and task.chance is not None:
                worse |= min(left, right) < 0
                told.append(f"{task.task} {number(100 * left)} and {number(100 * right)} % (chance {task.chance:.3g})")
        if told:
            beside = f" ({match.left_arm} and {match.right_arm} of {match.side})" if matches > 1 else ""
            below = " Below 0 is worse than guessing." if worse else ""
            yield f"Share of what is above chance, left and right{beside}: {'; '.join(told)}.{below}"
