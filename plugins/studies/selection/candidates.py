"""Pools and criteria from records: what candidates score on halves of the items, and what measures say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness_plugins.studies.selection.picks import Criterion, Gains, Pool, Values, outcome_scales, standardised

from harness import studykit


@dataclass(frozen=True)
class CandidateScores:
    """Scores of arms from which one is picked, with the items behind them.

    Attributes:
        scores: of clean rows, by the main metrics of their tasks.
        rows: by arm, seed, task and language; complete.
        seeds: in the order asked for.
    """

    scores: studykit.Scores
    rows: Mapping[tuple[str, int, str, str], studykit.Row]
    seeds: tuple[int, ...]

    @classmethod
    def of(
        cls,
        evidence: studykit.Evidence,
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
        found = evidence.require_in(languages, **wanted, task=tasks)
        for task in tasks:
            scored = [code for (code,) in found.where({"task": task}).groups("language")]
            studykit.check_other_languages({studykit.ENGLISH, *scored}, "the records", task=task)
            evidence.require(**wanted, task=(task,), language=scored)
        places = found.where(lambda row: row["value"] is not None).by_place(("arm", "seed", "task", "language"))
        return cls(found, places, tuple(seeds))

    def languages(self, task: str, *, english: bool) -> list[str]:
        """Those in which a task was scored: English, or all others."""
        codes = dict.fromkeys(language for _, _, own, language in self.rows if own == task)
        return [code for code in codes if (code == studykit.ENGLISH) == english]

    def halves(self, arm: str, seed: int, task: str, metric: str = "", *, english: bool = False) -> studykit.Halves:
        """What an arm scores on either half, in English or as the mean over all other languages.

        Args:
            metric: the task's main one by default.
        """
        return studykit.mean_halves(
            studykit.half_scores(self.scores, self.rows[arm, seed, task, language], metric)
            for language in self.languages(task, english=english)
        )

    def pools(self, candidates: Collection[str], outcomes: Sequence[str], against: str) -> dict[int, Pool]:
        """By seed what candidates gain over an arm, as means over languages other than English."""
        halves = {seed: self._gains(seed, candidates, outcomes, against) for seed in self.seeds}
        scales = outcome_scales([first for first, _ in halves.values()])
        return {seed: Pool(*both, scales) for seed, both in halves.items()}

    def _gains(
        self, seed: int, candidates: Collection[str], outcomes: Sequence[str], against: str
    ) -> tuple[Gains, Gains]:
        found: tuple[dict[str, Values], dict[str, Values]] = ({}, {})
        for task in outcomes:
            base = self.halves(against, seed, task)
            halves = {arm: self.halves(arm, seed, task) for arm in candidates}
            found[0][task] = {arm: one.first - base.first for arm, one in halves.items()}
            found[1][task] = {arm: one.second - base.second for arm, one in halves.items()}
        return found

    def answer(
        self, criterion: Criterion, other: Criterion, pools: Mapping[int, Pool], margin: float
    ) -> studykit.Answer:
        """Is what a criterion picks worth as much as what another picks, with other seeds and other items?

        Other items of the outcomes, which judge, and other items that both criteria select by.

        Args:
            criterion, other: scores outside English, of which higher is better.
        """
        outcomes = list(next(iter(pools.values())).scales)
        codes = {task: self.languages(task, english=False) for task in outcomes}
        second = studykit.second_half(
            self.scores.where(lambda row: row["seed"] in pools and row["language"] in codes.get(row["task"], ()))
        )
        rows = second.by_place(("arm", "seed", "task", "language"))
        weighted = {}
        for seed, pool in pools.items():
            picks = Counter(criterion.picks(seed, pool.candidates))
            picks.subtract(other.picks(seed, pool.candidates))
            weighted[seed] = [
                studykit.WeightedRow(rows[arm, seed, task, code], share * scale / len(outcomes) / len(codes[task]))
                for task, scale in pool.scales.items()
                for arm, share in picks.items()
                for code in codes[task]
                if share and scale
            ]
        return studykit.answer_weighted(
            second,
            weighted,
            studykit.Question.DIFFERENCE,
            margin=margin,
            reselected=lambda: self._reselected(criterion, other, pools),
        )

    def _reselected(self, criterion: Criterion, other: Criterion, pools: Mapping[int, Pool]) -> studykit.Reselected:
        """What the difference of both picks is worth where other items select."""
        # It needs numpy, and listing studies does not.
        from harness_plugins.studies.selection.reselected import reselected

        def rows(one: Criterion) -> list[list[list[studykit.Row]]]:
            codes = self.languages(one.task, english=False)
            return [
                [
                    [{**self.rows[arm, seed, one.task, code], "metric": one.metric} for code in codes]
                    for arm in pool.candidates
                ]
                for seed, pool in pools.items()
            ]

        found: studykit.Reselected = reselected(rows(criterion), rows(other), self.scores.items, pools)
        return found

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
            task=task,
            metric=metric,
            first={seed: {arm: one.first for arm, one in own.items()} for seed, own in halves.items()},
            second={seed: {arm: one.second for arm, one in own.items()} for seed, own in halves.items()},
        )

    def at_chance(self, task: str, candidates: Collection[str]) -> float | None:
        """What guessing gets, in percent, where no candidate is above it outside English; else None."""
        chance = studykit.known_task(task).chance
        if chance is None:
            return None
        languages = self.languages(task, english=False)
        means = [
            fmean(self.rows[arm, seed, task, language]["value"] for seed in self.seeds for language in languages)
            for arm in candidates
        ]
        return None if max(means) >= chance + studykit.CHANCE_LEVEL else chance

    def development(self, candidates: Collection[str]) -> dict[int, Values]:
        """The score of each candidate on the rows that selected its own checkpoint; empty where some have none."""
        found: dict[int, dict[str, float]] = {seed: {} for seed in self.seeds}
        for (arm, seed, _, _), row in self.rows.items():
            if arm in candidates and row.get("intermediate_score") is not None:
                found[seed][arm] = row["intermediate_score"]
        return dict(found) if all(len(own) == len(candidates) for own in found.values()) else {}


def measured(
    evidence: studykit.Evidence,
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
        By seed and candidate, over the tasks and languages in which all of them were measured; empty where a seed has
        none.
    """
    found: dict[int, dict[tuple[str, ...], dict[str, float]]] = {seed: {} for seed in seeds}
    for row in evidence.measures:
        known = row["seed"] in found and row["arm"] in candidates and row["measure"] == measure
        if not known or not row["clean"] or not wanted(row["language"]):
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
