"""Why scores may say little of what is asked: nothing was above chance, or the model cannot read the language."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from harness.registry import default_registry
from harness.results.marks import MOST_UNKNOWN
from harness.results.scores import Scores

CHANCE_LEVEL = 5.0
"""Points above chance up to which a score counts as guessed; above 0 where chance depends on the rows."""


def guessed(scores: Scores) -> list[tuple[str, str]]:
    """The tasks and languages whose mean score is within `CHANCE_LEVEL` of guessing.

    Args:
        scores: of one arm, by the main metrics of their tasks.
    """
    found = []
    for (task, language), own in scores.groups("task", "language").items():
        known = default_registry().tasks.get(task)
        values = [row["value"] for row in own.rows if row["value"] is not None]
        if values and fmean(values) < ((known and known.chance) or 0.0) + CHANCE_LEVEL:
            found.append((task, language))
    return found


def unread(scores: Scores) -> list[str]:
    """The languages of which the model does not know more than a tenth of the tokens."""
    return sorted({row["language"] for row in scores.rows if (row.get("unknown") or 0.0) > MOST_UNKNOWN})


def doubts(scores: Scores) -> Iterator[str]:
    """A sentence for each reason.

    Args:
        scores: of the arm that others are compared with.
    """
    low = guessed(scores)
    if low:
        cells = ", ".join(f"{task} {language}" for task, language in low)
        yield f"hardly above chance without intermediate training, so that little can be lost there: {cells}"
    strange = unread(scores)
    if strange:
        yield f"the model does not know more than a tenth of the tokens of {', '.join(strange)}"
