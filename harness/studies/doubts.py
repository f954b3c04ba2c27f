"""Why scores may say little: guesses, languages that cannot be read, rows made up, data that was seen before."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from harness.registry import default_registry
from harness.results.marks import MOST_UNKNOWN
from harness.results.scores import Scores
from harness.sources.base import generated_source
from harness.statistics.answer import Question

CHANCE_LEVEL = 5.0
"""Points above chance up to which a score counts as guessed; above 0 where chance depends on the rows."""


_LITTLE_LOST = "little can be lost there"
_NO_SKILL = "a gain there does not say what a model gains that has learned the task"
_AT_CHANCE = {
    Question.GAIN: _NO_SKILL,
    Question.LOSS: _LITTLE_LOST,
    Question.DIFFERENCE: f"{_LITTLE_LOST}, and {_NO_SKILL}",
}


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


def doubts(scores: Scores, question: Question = Question.DIFFERENCE) -> Iterator[str]:
    """A sentence for each reason.

    Args:
        scores: of the arm that others are compared with.
        question: what is asked of the difference.
    """
    low = guessed(scores)
    if low:
        cells = ", ".join(f"{task} {language}" for task, language in low)
        yield f"hardly above chance without intermediate training, so that {_AT_CHANCE[question]}: {cells}"
    strange = unread(scores)
    if strange:
        yield f"the model does not know more than a tenth of the tokens of {', '.join(strange)}"


def generated(scores: Scores) -> bool:
    """Whether any of the scored rows are made up, so that effects are built into them."""
    registry = default_registry()
    return any(generated_source(name, registry) for name in {row["source"] for row in scores.rows})


def seen_before(scores: Scores) -> frozenset[str]:
    """Tasks whose data the encoders behind these scores were trained on before."""
    models = default_registry().models
    names = {row["model_name"] for row in scores.rows} & models.keys()
    return frozenset(task for name in names for task in models[name].seen)
