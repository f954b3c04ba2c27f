"""What a plan measures, in lines: measures of checkpoints by task, and tasks that are compared."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import counted
from harness.planning.plan import Plan


def measured_lines(plan: Plan) -> Iterator[str]:
    """A line each, where there is something to tell."""
    if measured := _measured(plan):
        yield f"measured: {measured}"
    if compared := _compared(plan):
        yield f"compared: {compared}"


def _measured(plan: Plan) -> str:
    """Each measure, with the task whose rows it is of and how many languages."""
    languages: dict[tuple[str, str, str], set[str]] = {}
    for one in plan.measurings:
        if not one.other_task:
            languages.setdefault((one.measure.name, one.rows.task, one.rows.split), set()).add(one.rows.language)
    return ", ".join(
        f"{measure} of {task} {split} in {counted(len(codes), 'language')}"
        for (measure, task, split), codes in languages.items()
    )


def _compared(plan: Plan) -> str:
    """Intermediate tasks and targets, with the measures by which they are compared."""
    tasks: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for one in plan.measurings:
        if one.other_task:
            others, targets = tasks.setdefault(one.measure.name, ({}, {}))
            others[one.other_task] = targets[one.rows.task] = None
    by_tasks: dict[str, list[str]] = {}
    for measure, (others, targets) in tasks.items():
        by_tasks.setdefault(f"{', '.join(others)} with {', '.join(targets)}", []).append(measure)
    return "; ".join(f"{which} by {', '.join(measures)}" for which, measures in by_tasks.items())
