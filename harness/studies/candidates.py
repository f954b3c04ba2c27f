"""Pools and criteria from records: what candidates score on halves of the items, and what measures say of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.errors import SettingsError
from harness.registry import default_registry
from harness.results.marks import ENGLISH
from harness.results.schema import NEEDED
from harness.results.scores import Row, Scores
from harness.studies.evidence import Evidence
from harness.studies.halves import Halves, half_scores, mean_halves
from harness.studies.picks import Criterion, Pool, Values, standardised
from harness.tasks import Task

PLAIN = {*NEEDED, "measure", "value", "unit", "n", "model_name", "run_directory"}
"""Columns of a measure's row without further coordinates."""

UNREADABLE = 20.0
"""Percent of unknown tokens above which a model cannot be said to read a language."""


def known_task(name: str) -> Task:
    """A task by its name.

    Raises:
        UnknownName: there is none.
    """
    return default_registry().task(name)


def of_kinds(tasks: Sequence[str], kinds: Collection[str]) -> tuple[str, ...]:
    """Those of some tasks that are of some kinds."""
    return tuple(name for name in tasks if known_task(name).kind in kinds)


@dataclass(frozen=True)
class CandidateScores:
    """Scores of arms from which one is picked, with the items behind them.

    Attributes:
        scores: of clean rows, by the main metrics of their tasks.
        rows: by arm, seed, task and language; complete.
        seeds: in the order asked for.
    """

    scores: Scores
    rows: Mapping[tuple[str, int, str, str], Row]
    seeds: tuple[int, ...]

    @classmethod
    def of(
        cls,
        evidence: Evidence,
        arms: Sequence[str],
        tasks: Sequence[str],
        seeds: Sequence[int],
        languages: Sequence[str] = (),
    ) -> CandidateScores:
        """Those of some arms.

        Args:
            languages: to read; all that were scored if none.

        Raises:
            NothingToShow: cells are missing; the message names some.
            SettingsError: a task is in English alone.
        """
        wanted = {"arm": tuple(arms), "seed": tuple(seeds)}
        found = evidence.require(**wanted, task=tasks).clean.where({"main": True})
        if languages:
            found = found.where({"language": tuple(languages)})
        for task in tasks:
            scored = [code for (code,) in found.where({"task": task}).groups("language")]
            if not set(scored) - {ENGLISH}:
                raise SettingsError(
                    f"{task} was scored in no language but English",
                    code="no-other-language",
                    where="this study asks for the other languages",
                    fix="score some, by --languages or all by none",
                )
            evidence.require(**wanted, task=(task,), language=scored)
        places = found.where(lambda row: row["value"] is not None).by_place(("arm", "seed", "task", "language"))
        return cls(found, places, tuple(seeds))

    def languages(self, task: str, *, english: bool) -> list[str]:
        """Those in which a task was scored: English, or all others."""
        codes = dict.fromkeys(language for _, _, own, language in self.rows if own == task)
        return [code for code in codes if (code == ENGLISH) == english]

    def halves(self, arm: str, seed: int, task: str, metric: str = "", *, english: bool = False) -> Halves:
        """What an arm scores on either half, in English or as the mean over all other languages.

        Args:
            metric: the task's main one by default.
        """
        return mean_halves(
            half_scores(self.scores, self.rows[arm, seed, task, language], metric)
            for language in self.languages(task, english=english)
        )

    def pool(self, seed: int, candidates: Collection[str], outcomes: Sequence[str], against: str) -> Pool:
        """What candidates gain over an arm, as means over languages other than English."""
        found: tuple[dict[str, Values], dict[str, Values]] = ({}, {})
        for task in outcomes:
            base = self.halves(against, seed, task)
            halves = {arm: self.halves(arm, seed, task) for arm in candidates}
            found[0][task] = {arm: one.first - base.first for arm, one in halves.items()}
            found[1][task] = {arm: one.second - base.second for arm, one in halves.items()}
        return Pool(*found)

    def criterion(
        self, name: str, candidates: Collection[str], task: str, metric: str, *, english: bool
    ) -> Criterion | None:
        """A metric of a task as a criterion; None where it was not scored in English, and that is asked for."""
        if not self.languages(task, english=english):
            return None
        halves = {
            seed: {arm: self.halves(arm, seed, task, metric, english=english) for arm in candidates}
            for seed in self.seeds
        }
        return Criterion(
            name=name,
            labels=not english,
            first={seed: {arm: one.first for arm, one in own.items()} for seed, own in halves.items()},
            second={seed: {arm: one.second for arm, one in own.items()} for seed, own in halves.items()},
        )

    def at_chance(self, task: str, candidates: Collection[str]) -> float | None:
        """What guessing gets, in percent, where no candidate is surely better outside English; else None.

        Surely: by two standard errors of guessing at the items of one language, in the mean over seeds and languages.
        """
        chance = known_task(task).chance
        if chance is None:
            return None
        languages = self.languages(task, english=False)
        means = [
            fmean(self.rows[arm, seed, task, language]["value"] for seed in self.seeds for language in languages)
            for arm in candidates
        ]
        items = min(self.rows[arm, self.seeds[0], task, code]["n"] for arm in candidates for code in languages)
        return None if max(means) > chance + 2 * math.sqrt(chance * (100 - chance) / items) else chance

    def unreadable(self) -> dict[str, float]:
        """Languages of which the model does not know many tokens, and the highest percentage over tasks."""
        found: dict[str, float] = {}
        for (_, _, _, language), row in self.rows.items():
            if (row.get("unknown") or 0.0) > UNREADABLE:
                found[language] = max(row["unknown"], found.get(language, 0.0))
        return found

    def development(self, candidates: Collection[str]) -> dict[int, Values]:
        """The score of each candidate on the rows that selected its own checkpoint; empty where some have none."""
        found: dict[int, dict[str, float]] = {seed: {} for seed in self.seeds}
        for (arm, seed, _, _), row in self.rows.items():
            if arm in candidates and row.get("intermediate_score") is not None:
                found[seed][arm] = row["intermediate_score"]
        return dict(found) if all(len(own) == len(candidates) for own in found.values()) else {}


def measured(
    evidence: Evidence,
    measure: str,
    candidates: Collection[str],
    seeds: Sequence[int],
    wanted: Callable[[str], bool],
) -> dict[int, Values]:
    """A measure of each candidate: the mean over tasks and languages, each standardised within the seed's pool.

    Rows with further coordinates, such as the step of a snapshot, are of other checkpoints and left out.

    Args:
        wanted: which languages' rows.

    Returns:
        By seed and candidate; empty where not all of them were measured.
    """
    found: dict[int, dict[tuple[str, ...], dict[str, float]]] = {seed: {} for seed in seeds}
    for row in evidence.measures:
        known = row["seed"] in found and row["arm"] in candidates and row["measure"] == measure
        if not known or not row.keys() <= PLAIN or not wanted(row["language"]):
            continue
        place = (row["task"], row["language"], row.get("split", ""))
        found[row["seed"]].setdefault(place, {})[row["arm"]] = row["value"]
    by_seed: dict[int, Values] = {}
    for seed, places in found.items():
        whole = [standardised(values) for values in places.values() if len(values) == len(candidates)]
        if not whole:
            return {}
        by_seed[seed] = {arm: fmean(values[arm] for values in whole) for arm in candidates}
    return by_seed
