"""One score a place, of all that several runs and documents have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.benchmarks.leaderboard.scores import Collected, Score, canonical
from harness.errors import UserError
from harness.results.records import as_json

DECIDES = ("value", "n", "data", "training", "hyper", "precision")
"""What two scores of a place have to share; of other settings equal values are other scores."""


class Conflict(UserError):
    """Two scores of the same system, task, language, metric and seed that are not the same."""


def merged(collected: Collected) -> tuple[Collected, list[str]]:
    """The same score twice kept once, and what was left out because a newer version scored it, in words.

    A failed score goes where another run has it.

    Raises:
        Conflict: two runs have other scores for the same place.
    """
    by_place: dict[object, list[Score]] = {}
    for score in collected.scores:
        by_place.setdefault(score.place, []).append(score)
    chosen, older = [], []
    for scores in by_place.values():
        newest, left_out = _newest([score for score in scores if score.value is not None] or scores)
        chosen.append(_agreed(newest))
        older += left_out
    return collected.with_scores(chosen), sorted(older)


def place_of(score: Score) -> str:
    """A score's place in words."""
    return f"{score.system.in_words}: {score.task} {score.language} {score.metric}, seed {score.seed}"


def _newest(scores: Sequence[Score]) -> tuple[list[Score], list[str]]:
    """The scores of the newest version of task and metric, and the others in words."""
    latest = max(_version(score) for score in scores)
    older = [
        f"{place_of(score)}: {_words(_version(score))} in {score.origin}, older than {_words(latest)}"
        for score in scores
        if _version(score) != latest
    ]
    return [score for score in scores if _version(score) == latest], older


def _agreed(scores: Sequence[Score]) -> Score:
    """One of several scores of a place, the same whatever their order."""
    first = scores[0]
    for other in scores[1:]:
        if any(getattr(first, name) != getattr(other, name) for name in DECIDES):
            raise Conflict(
                f"two scores of {place_of(first)}",
                code="conflicting-scores",
                where="\n         ".join(_described(first, other)),
                fix="leave one of the two out; if both are right, the systems differ and go in documents of their own",
            )
    return min(scores, key=lambda score: (score.limited, canonical(_told(score))))


def _told(score: Score) -> Any:
    """A score as JSON, but for where it was read."""
    return {**as_json(score), "origin": ""}


def _described(first: Score, second: Score) -> Iterator[str]:
    """Both scores, one a line, then what else differs."""
    for score in (first, second):
        value = "failed" if score.value is None else f"{score.value:.4f}"
        yield f"{value} (n {score.n}) in {score.origin}"
    names = ("data", "source", "precision", "training", "hyper", "limited", "split")
    differs = [name for name in names if getattr(first, name) != getattr(second, name)]
    yield f"what else differs: {', '.join(differs)}" if differs else "nothing else that was recorded differs"


def _version(score: Score) -> tuple[int, int]:
    return score.task_version, score.metric_version


def _words(version: tuple[int, int]) -> str:
    return f"task version {version[0]}, metric version {version[1]}"
