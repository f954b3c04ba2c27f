"""What a chain of phases keeps of what was known before each: from scores after every phase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.results.scores import Scores


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Of some tasks and languages, in the unit of their scores; None where there is nothing to compute it from.

    Attributes:
        backward: backward transfer, below 0 where later phases harm.
        forgetting: how far the end is below the best before.
        omega: what is kept over the phases, as a share: of the score before the first phase for what a model can do
            without training (Omega base of Kemker et al. 2018), of the ideals for tasks (Omega all).
    """

    backward: float | None = None
    forgetting: float | None = None
    omega: float | None = None


@dataclass(frozen=True, kw_only=True)
class Retained:
    """Of one arm and seed.

    Attributes:
        tasks: those that the phases train, in English.
        probe: what the model can do without training, by class of languages.
    """

    tasks: Kept
    probe: Mapping[str, Kept]


def retained(
    scores: Scores,
    *,
    phases: Sequence[Sequence[str]],
    probe: str,
    classes: Mapping[str, Sequence[str]],
    ideal: Mapping[str, float],
    language: str = "en",
) -> Retained:
    """What is kept after the last phase; the model as it was before the first one is stage 0, which learned the probe.

    Args:
        scores: of one arm and seed, by main metrics, with the coordinate `phase`.
        phases: the tasks that each phase trains and that are scored.
        probe: a task that is scored without training.
        classes: the probe's languages by class.
        ideal: by task, the score of a model that is trained on it alone.
        language: that the tasks are scored in.
    """
    from harness.statistics.forgetting import backward_transfer, forgetting, omega

    found = {(row["phase"], row["task"], row["language"]): row["value"] for row in scores.rows}
    learned = _learned(phases)

    def matrix(codes: Sequence[str], tasks: Sequence[str]) -> list[list[float]]:
        places = [*((probe, code) for code in codes), *((task, language) for task in tasks)]
        return [[_number(found.get((stage, *place))) for place in places] for stage in range(len(phases) + 1)]

    def of_class(codes: Sequence[str]) -> Kept:
        known = matrix(codes, ())
        after = matrix(codes, tuple(learned))
        at = [*[0] * len(codes), *learned.values()]
        # Only what stage 0 learned enters Omega base, so the tasks' ideals do not matter.
        ideals = [*known[0], *[100.0] * len(learned)]
        return Kept(
            backward=_where_there_is_one(lambda: backward_transfer(known, at[: len(codes)])),
            forgetting=_where_there_is_one(lambda: forgetting(known, at[: len(codes)])),
            omega=_where_there_is_one(lambda: omega(after, ideals, at).base),
        )

    trained = matrix((), tuple(learned))[1:]
    stages = [stage - 1 for stage in learned.values()]
    ideals = [_number(ideal.get(task)) for task in learned]
    tasks = Kept(
        backward=_where_there_is_one(lambda: backward_transfer(trained, stages)),
        forgetting=_where_there_is_one(lambda: forgetting(trained, stages)),
        omega=_where_there_is_one(lambda: omega(trained, ideals, stages).all),
    )
    return Retained(tasks=tasks, probe={name: of_class(codes) for name, codes in classes.items() if codes})


def _learned(phases: Sequence[Sequence[str]]) -> dict[str, int]:
    """The phase that trains each task first, counted from 1."""
    found: dict[str, int] = {}
    for number, tasks in enumerate(phases, start=1):
        for task in tasks:
            found.setdefault(task, number)
    return found


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _where_there_is_one(compute: Callable[[], float]) -> float | None:
    from harness.statistics.refusal import CannotConclude

    try:
        return compute()
    except CannotConclude:
        return None
