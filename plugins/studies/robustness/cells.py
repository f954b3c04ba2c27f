"""What the study `robustness` reads: scores of arms on clean and perturbed rows, of the same items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeAlias

from harness import studykit
from harness.studykit import NONE

CLEAN = ""
ABOVE = 10.0
"""Points above chance that both arms need in a language, in the mean over seeds."""
LEAST = 5.0
"""Points above chance that both need there in every seed, so that nothing is divided by what is nearly 0."""

Place: TypeAlias = tuple[str, str]
"""A task and a language."""
BySeed: TypeAlias = dict[int, float]


@dataclass(frozen=True)
class Cells:
    """Scores of some arms, all there and paired by item.

    Attributes:
        scores: what the rows are of.
        rows: by arm, seed, place and condition; the condition of clean rows is "".
        arms: without `none`, which is there, too.
        conditions: in the order asked for, without that of clean rows.
        diagnostic: by task, the conditions that its labels need not survive.
    """

    scores: studykit.Scores
    rows: Mapping[tuple[str, int, Place, str], studykit.Row]
    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    places: tuple[Place, ...]
    conditions: tuple[str, ...]
    diagnostic: Mapping[str, frozenset[str]]

    @classmethod
    def of(
        cls,
        evidence: studykit.Evidence,
        arms: Sequence[str],
        tasks: Sequence[str],
        seeds: Sequence[int],
        conditions: Sequence[str],
        languages: Sequence[str] = (),
    ) -> Cells:
        """Those of arms and of `none`.

        Args:
            languages: to read; all that were scored if none.

        Raises:
            NothingToShow: cells are missing.
            SettingsError: a task is scored in English alone, or the items of a language are not the same everywhere.
        """
        at = {"arm": (NONE, *arms), "seed": tuple(seeds)}
        places: list[Place] = []
        clean = evidence.require_in(languages, **at, task=tasks)
        for task in tasks:
            codes = [code for (code,) in clean.where({"task": task}).groups("language")]
            studykit.check_other_languages({studykit.ENGLISH, *codes}, "the records", task=task)
            evidence.require(**at, task=(task,), language=codes)
            evidence.require(**at, task=(task,), language=codes, perturbation=conditions)
            places += [(task, code) for code in codes]
        known = {CLEAN, *conditions}
        kept = evidence.scores.where(lambda row: row["main"] and of_kept_checkpoint(row) and row["value"] is not None)
        rows = {
            key: row
            for row in kept.rows
            if (key := (row["arm"], row["seed"], (row["task"], row["language"]), row["perturbation"]))
            and (key[0] in at["arm"] and key[1] in at["seed"] and key[2] in places and key[3] in known)
        }
        told = {
            task: frozenset(name for (*_, place, name), row in rows.items() if place[0] == task and row["diagnostic"])
            for task in tasks
        }
        cells = cls(evidence.scores, rows, tuple(arms), tuple(seeds), tuple(places), tuple(conditions), told)
        cells._check_items()
        return cells

    def pooled(self, task: str, among: Iterable[str] = ()) -> list[str]:
        """The conditions that the labels of a task survive: of some, or of all."""
        wanted = set(among) or set(self.conditions)
        return [name for name in self.conditions if name in wanted and name not in self.diagnostic[task]]

    def value(self, arm: str, seed: int, place: Place, condition: str = CLEAN) -> float:
        """A score in percent."""
        return float(self.rows[arm, seed, place, condition]["value"])

    def above(self, arm: str, seed: int, place: Place) -> float:
        """The clean score above chance, in points."""
        return self.value(arm, seed, place) - chance(place[0])

    def usable(self, arm: str, among: Iterable[str] = (), *, english: bool = False) -> tuple[Place, ...]:
        """Where an arm and `none` are far enough above chance to lose something: outside English, or in English.

        Args:
            among: some conditions, of which a task has at least one that its labels survive.
        """
        return tuple(
            place
            for place in self.places
            if (place[1] == studykit.ENGLISH) == english and self.pooled(place[0], among) and self.can(arm, place)
        )

    def can(self, arm: str, place: Place) -> bool:
        """Whether an arm and `none` are far enough above chance at a place."""
        both = [[self.above(one, seed, place) for seed in self.seeds] for one in (NONE, arm)]
        return all(fmean(own) >= ABOVE and min(own) >= LEAST for own in both)

    def drop(self, arm: str, seed: int, places: Iterable[Place], among: Iterable[str] = ()) -> float:
        """What is lost of the clean score above chance, in percent: the mean over the tasks of the places.

        That of a task is the mean loss over conditions and languages over the mean over languages of what is there.
        """
        by_task: dict[str, list[Place]] = {}
        for place in places:
            by_task.setdefault(place[0], []).append(place)
        found = []
        for task, own in by_task.items():
            lost = fmean(self.lost(arm, seed, place, name) for place in own for name in self.pooled(task, among))
            found.append(100 * lost / fmean(self.above(arm, seed, place) for place in own))
        return fmean(found)

    def lost(self, arm: str, seed: int, place: Place, condition: str) -> float:
        """Points that a condition takes from the clean score."""
        return self.value(arm, seed, place) - self.value(arm, seed, place, condition)

    def drops(self, arm: str, places: Sequence[Place], among: Iterable[str] = ()) -> BySeed:
        """`drop` by seed; nothing without places."""
        return {seed: self.drop(arm, seed, places, among) for seed in self.seeds if places}

    def kept_more(self, arm: str, places: Sequence[Place], among: Iterable[str] = ()) -> BySeed:
        """How much less an arm loses than `none`, in percent of the clean score above chance, by seed."""
        mine, theirs = (self.drops(one, places, among) for one in (arm, NONE))
        return {seed: theirs[seed] - mine[seed] for seed in mine}

    def weighted(
        self, arm: str, places: Sequence[Place], among: Iterable[str] = ()
    ) -> dict[int, list[studykit.WeightedRow]]:
        """What `kept_more` is a weighted sum of, by seed; what drops are divided by is taken for given."""
        by_task: dict[str, list[Place]] = {}
        for place in places:
            by_task.setdefault(place[0], []).append(place)
        found: dict[int, list[studykit.WeightedRow]] = {seed: [] for seed in self.seeds if places}
        for seed, rows in found.items():
            for one, sign in ((NONE, 1.0), (arm, -1.0)):
                for task, own in by_task.items():
                    names = self.pooled(task, among)
                    weight = sign * 100 / sum(self.above(one, seed, place) for place in own) / len(by_task)
                    for place in own:
                        weights = {CLEAN: weight, **dict.fromkeys(names, -weight / len(names))}
                        rows += [studykit.WeightedRow(self.rows[one, seed, place, n], w) for n, w in weights.items()]
        return found

    def items(self, arm: str, seed: int, place: Place, condition: str = CLEAN) -> list[float]:
        """What each item scores, 0 to 1, in one order for all arms, seeds and conditions."""
        found = self.scores.items(self.rows[arm, seed, place, condition])
        assert found is not None, "checked when the scores were read"
        return [found.metric.value(numbers, 1) / 100 for numbers in found.statistics.tolist()]

    def names(self, place: Place) -> tuple[str, ...]:
        """What the items are called, in that order."""
        return self._names(self.rows[NONE, self.seeds[0], place, CLEAN])

    def _names(self, row: studykit.Row) -> tuple[str, ...]:
        found = self.scores.items(row)
        if found is None or found.items is None:
            raise _unpaired(row, "the predictions that name them are gone")
        return found.items

    def _check_items(self) -> None:
        """Refuse scores that are not of the same items at each place.

        Raises:
            SettingsError: there are such, or predictions are gone.
        """
        for (_, _, place, _), row in self.rows.items():
            first = self.rows[NONE, self.seeds[0], place, CLEAN]
            # What perturbs rows puts its name behind the digest of the rows.
            same = row["data"] == first["data"] or row["data"].startswith(f"{first['data']}/")
            if not same or self._names(row) != self.names(place):
                raise _unpaired(row, f"these are not those of {NONE} on clean rows")


def _unpaired(row: studykit.Row, why: str) -> studykit.SettingsError:
    at = f"{row['arm']}, seed {row['seed']}, {row['task']} in {row['language']} {row['perturbation']}"
    return studykit.SettingsError(
        f"clean and perturbed scores are compared item by item, and {why}",
        code="unpaired-items",
        where=f"{at.strip()}; {row['run_directory']}",
        fix="score all arms under all conditions in one run, on the same rows",
    )


def chance(task: str) -> float:
    """What guessing gets, in percent; 0 where that depends on the rows."""
    found: float | None = studykit.known_task(task).chance
    return found or 0.0


def of_kept_checkpoint(row: studykit.Row) -> bool:
    """Whether a score is of no checkpoint on the way."""
    return row.get("step") is None and row.get("phase") is None
