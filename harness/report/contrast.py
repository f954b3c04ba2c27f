"""What a report asks first: arms beside what they are compared with, chosen before anyone looks at their scores."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.arms import NONE
from harness.errors import UnknownName, counted
from harness.results.comparison import PERCENT_GAIN, UNIT, Estimate, over_seeds
from harness.results.marks import ENGLISH
from harness.results.scores import Row, Scores
from harness.results.words import row_arms
from harness.statistics.answer import Answer, Question
from harness.statistics.refusal import CannotConclude
from harness.studies.base import Answered
from harness.studies.gains import Weighted, WeightedRow, differences, weighted_rows
from harness.studies.item_gains import answer_weighted

if TYPE_CHECKING:
    from harness.statistics.intervals import Interval
    from harness.statistics.parts import Part


@dataclass(frozen=True)
class Contrast:
    """Arms and what each is compared with, in the same targets and languages.

    Attributes:
        arms: labels; several count the same.
        against: labels of what they are compared with.
        languages: what its answer is over: all but English, or English where nothing else is there.
        seeds: those that have at least half of the scores; a run that was stopped has begun others.
        after, before: their scores in percent, in all languages and seeds.
    """

    arms: tuple[str, ...]
    against: tuple[str, ...]
    languages: tuple[str, ...]
    seeds: tuple[int, ...]
    after: Scores
    before: Scores

    def weighted(self, *languages: str) -> Weighted:
        """Weights of the scores whose sum is the mean gain in some languages, by seed.

        They are of the targets and languages that all arms have in all of the seeds; empty where there are none.
        """
        sides = [
            replace(side, rows=[row for code in languages for row in own.get(code, ())])
            for side, own in zip((self.after, self.before), self._whole, strict=True)
        ]
        return weighted_rows(*sides) if sides[0].rows else {}

    @functools.cached_property
    def _whole(self) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
        """The rows of each side that count, by language."""
        having = _having((*self.after.rows, *self.before.rows))
        arms = {*self.arms, *self.against}
        whole = {place for place, own in having.items() if all(own.get(seed, set()) >= arms for seed in self.seeds)}
        after: dict[str, list[Row]] = {}
        before: dict[str, list[Row]] = {}
        for side, found in ((self.after, after), (self.before, before)):
            for row in side.rows:
                if (row["task"], row["language"]) in whole and row["seed"] in self.seeds:
                    found.setdefault(row["language"], []).append(row)
        return after, before

    def gain(self, *languages: str) -> Estimate | None:
        """The mean gain over arms and targets in some languages; over items where there is one seed."""
        weighted = self.weighted(*languages)
        if not weighted:
            return None
        found = over_seeds(differences(weighted), PERCENT_GAIN)
        return replace(found, interval=_over_items(self.after, weighted)) if found.seeds == 1 else found

    @functools.cached_property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Targets and languages that the answer is over: those that all arms have in the same seeds."""
        rows = (one.row for own in self.weighted(*self.languages).values() for one in own)
        return tuple(dict.fromkeys((str(row["task"]), str(row["language"])) for row in rows))

    def targets_in(self, language: str) -> set[str]:
        """The targets that the gain in a language is over."""
        return {str(one.row["task"]) for own in self.weighted(language).values() for one in own}

    @property
    def left_out(self) -> tuple[tuple[str, str], ...]:
        """Targets and languages that some arm has and the answer is not over."""
        every = dict.fromkeys((str(row["task"]), str(row["language"])) for row in self.after.rows)
        return tuple(place for place in every if place[1] in self.languages and place not in self.places)

    @property
    def _targets(self) -> str:
        return counted(len({task for task, _ in self.places}), "target")

    @property
    def over(self) -> str:
        """What its gains are means over, in words."""
        targets = self._targets
        arms = self.arms[0] if len(self.arms) == 1 else counted(len(self.arms), "arm")
        return f"{arms}, mean over {targets}" if len(self.arms) == 1 else f"mean over {arms} and {targets}"

    @property
    def asked(self) -> str:
        """What is asked, in words."""
        arms = self.arms[0] if len(self.arms) == 1 else f"the mean of {counted(len(self.arms), 'arm')}"
        base = "no intermediate training" if self.against == (NONE,) else " and ".join(self.against)
        where = "English" if self.languages == (ENGLISH,) else "other languages than English"
        return f"{arms} against {base}, on {self._targets} in {where}"

    def answer(self, margin: float) -> Answered:
        """Whether there is a gain, for other seeds and other items.

        Args:
            margin: points below which a difference does not matter.
        """
        weighted = self.weighted(*self.languages)
        return Answered(self.asked, _answer(self.after, weighted, margin))


def contrast_of(scores: Scores, arm: str | None = None) -> Contrast | None:
    """The contrast that a report asks about: all arms, or one, against what each is compared with.

    Args:
        scores: of a run, by the main metrics of its tasks.
        arm: its label; all arms that are compared with another if none.

    Returns:
        None where no arm is compared with another one on a target in percent.

    Raises:
        UnknownName: there is no such arm.
    """
    rows = [row for row in scores.rows if row["unit"] == UNIT and row["value"] is not None]
    known = row_arms(rows)
    compared = {row["arm"]: row["against"] for row in rows if row["against"] in known}
    if arm is not None and arm not in compared:
        raise UnknownName("arm", arm, compared, where="--contrast")
    arms = (arm,) if arm else tuple(compared)
    if not arms:
        return None
    against = tuple(dict.fromkeys(compared[label] for label in arms))
    after, before = (
        Scores([row for row in rows if row["arm"] in labels], scores.items) for labels in (set(arms), set(against))
    )
    had = dict.fromkeys(str(row["language"]) for row in after.rows)
    languages = tuple(code for code in had if code != ENGLISH) or (ENGLISH,)
    seeds = _begun({*arms, *against}, _having((*after.rows, *before.rows)))
    return Contrast(arms, against, languages, seeds, after, before)


Having = Mapping[tuple[str, str], Mapping[int, set[str]]]
"""By target and language, and by seed, the arms that have a score."""


def _having(rows: Iterable[Row]) -> Having:
    found: dict[tuple[str, str], dict[int, set[str]]] = {}
    for row in rows:
        found.setdefault((row["task"], row["language"]), {}).setdefault(row["seed"], set()).add(row["arm"])
    return found


def _begun(arms: set[str], having: Having) -> tuple[int, ...]:
    """The seeds in which all arms have at least half of the targets and languages that they have in the best one."""
    seeds = dict.fromkeys(seed for own in having.values() for seed in own)
    counts = {seed: sum(own.get(seed, set()) >= arms for own in having.values()) for seed in seeds}
    most = max(counts.values(), default=0)
    return tuple(seed for seed, count in counts.items() if 2 * count >= most)


def _answer(scores: Scores, weighted: Weighted, margin: float) -> Answer:
    if weighted:
        return answer_weighted(scores, weighted, Question.GAIN, margin=margin)
    from harness.statistics.answer import Reply

    why = "the sides share no scores of the same target, language and seed"
    return Answer(question=Question.GAIN, reply=Reply.CANNOT_TELL, margin=margin, why=why, n=0)


def _over_items(scores: Scores, weighted: Weighted) -> Interval | None:
    """The interval of one seed's weighted sum over other items; None where predictions are gone or do not tell."""
    from harness.item_scores import joint_parts
    from harness.statistics.joint import joint_gain

    (rows,) = weighted.values()
    by_task: dict[str, list[WeightedRow]] = {}
    for one in rows:
        by_task.setdefault(one.row["task"], []).append(one)
    mine: list[Part] = []
    theirs: list[Part] = []
    weights: list[float] = []
    for task, own in by_task.items():
        before = {one.row["language"]: one.row for one in own if one.weight < 0}
        left = [one for one in own if one.weight > 0]
        pairs = [scores.paired_whole(one.row, before[one.row["language"]]) for one in left]
        known = [pair for pair in pairs if pair is not None]
        if len(known) < len(pairs):
            return None
        parts = joint_parts([first for first, _ in known], task)
        mine += parts
        theirs += [replace(part, statistics=second.statistics) for part, (_, second) in zip(parts, known, strict=True)]
        weights += [one.weight for one in left]
    try:
        return joint_gain(mine, theirs, lambda values: values @ weights, bounds=PERCENT_GAIN.finite)
    except CannotConclude:
        return None
