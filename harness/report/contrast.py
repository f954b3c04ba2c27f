"""What a report asks first: arms beside what they are compared with, chosen before anyone looks at their scores."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.arms import NONE
from harness.errors import NothingToShow, SettingsError, UnknownName, counted
from harness.results.comparison import PERCENT_GAIN, UNIT, Estimate, over_seeds
from harness.results.marks import ENGLISH
from harness.results.scores import Row, Scores
from harness.results.words import row_arms
from harness.statistics.answer import Answer, Question, Reply, answer
from harness.statistics.refusal import CannotConclude
from harness.studies.base import Answered
from harness.studies.gains import Weighted, WeightedRow, differences
from harness.studies.item_gains import answer_weighted, weighted_gain_interval

if TYPE_CHECKING:
    from harness.statistics.intervals import Interval
    from harness.statistics.parts import Part


@dataclass(frozen=True)
class Contrast:
    """Arms, each beside what it is compared with, in the same targets and languages.

    Attributes:
        pairs: labels of an arm and of what it is compared with; several count the same.
        languages: what its answer is over: all but English, or English where nothing else is there.
        seeds: those that have at least half of the scores; a run that was stopped has begun others.
        scores: in percent, of these arms, in all languages and seeds.
    """

    pairs: tuple[tuple[str, str], ...]
    languages: tuple[str, ...]
    seeds: tuple[int, ...]
    scores: Scores

    @property
    def labels(self) -> set[str]:
        """All arms that take part."""
        return {label for pair in self.pairs for label in pair}

    def weighted(self, *languages: str) -> Weighted:
        """Weights of the scores whose sum is the mean gain in some languages, by seed.

        The mean is over languages of each target, then over targets, then over pairs: of the targets and languages that
        all arms have in all of the seeds. Empty where there are none.
        """
        found = {}
        for seed, own in self._gains(languages).items():
            rows = {id(row): row for one in own for row in (one.after, one.before)}
            weights: dict[int, float] = defaultdict(float)
            for one in own:
                weights[id(one.after)] += one.weight
                weights[id(one.before)] -= one.weight
            found[seed] = tuple(WeightedRow(rows[key], weight) for key, weight in weights.items())
        return found

    def _gains(self, languages: Sequence[str]) -> dict[int, list[_Gain]]:
        """One gain per pair, target and language, by seed."""
        places = [place for code in languages for place in self._whole.get(code, ())]
        of_target = Counter(task for task, _ in places)
        return {
            seed: [
                _Gain(
                    self._by_place[arm, *place, seed],
                    self._by_place[against, *place, seed],
                    1 / (len(self.pairs) * of_target[place[0]] * len(of_target)),
                )
                for arm, against in self.pairs
                for place in places
            ]
            for seed in (self.seeds if places else ())
        }

    @functools.cached_property
    def _by_place(self) -> Mapping[tuple[Any, ...], Row]:
        return self.scores.by_place(("arm", "task", "language", "seed"))

    @functools.cached_property
    def _whole(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """By language, the targets and languages that all arms have in all of the seeds."""
        found: dict[str, list[tuple[str, str]]] = {}
        for place, own in _having(self.scores.rows).items():
            if all(own.get(seed, set()) >= self.labels for seed in self.seeds):
                found.setdefault(place[1], []).append(place)
        return found

    def gain(self, *languages: str) -> Estimate | None:
        """The mean gain over arms and targets in some languages, with the interval that `basis` tells of."""
        gains = self._gains(languages)
        if not gains:
            return None
        weighted = self.weighted(*languages)
        found = over_seeds(differences(weighted), PERCENT_GAIN)
        if found.seeds == 1:
            return replace(found, interval=_over_items(self.scores, next(iter(gains.values()))))
        interval = self._over_seeds_and_items(weighted) if found.interval else None
        return replace(found, interval=interval) if interval and PERCENT_GAIN.holds(interval) else found

    def _over_seeds_and_items(self, weighted: Weighted) -> Interval | None:
        """None where predictions are gone, or where items do not tell."""
        if not self.has_items:
            return None
        try:
            return weighted_gain_interval(self.scores, weighted)
        except (CannotConclude, NothingToShow):
            return None

    @functools.cached_property
    def has_items(self) -> bool:
        """Whether the predictions behind the answer are there, of the same items on all sides."""
        gains = [one for own in self._gains(self.languages).values() for one in own]
        return all(self.scores.paired_whole(one.after, one.before) is not None for one in gains)

    @property
    def basis(self) -> str:
        """What the intervals of its gains are for."""
        if len(self.seeds) == 1:
            return "other items like these, with these checkpoints" if self.has_items else "nothing"
        return "other seeds and other items" if self.has_items else "other seeds on the same items"

    @functools.cached_property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Targets and languages that the answer is over."""
        return tuple(place for code in self.languages for place in self._whole.get(code, ()))

    def targets_in(self, language: str) -> set[str]:
        """The targets that the gain in a language is over."""
        return {task for task, _ in self._whole.get(language, ())}

    @property
    def left_out(self) -> tuple[tuple[str, str], ...]:
        """Targets and languages that some arm has and the answer is not over."""
        every = dict.fromkeys((str(row["task"]), str(row["language"])) for row in self.scores.rows)
        return tuple(place for place in every if place[1] in self.languages and place not in self.places)

    @property
    def _targets(self) -> str:
        return counted(len({task for task, _ in self.places}), "target")

    @property
    def _arms(self) -> str:
        return f"arm {self.pairs[0][0]}" if len(self.pairs) == 1 else counted(len(self.pairs), "arm")

    @property
    def over(self) -> str:
        """What its gains are means over, in words."""
        joint = ", mean over " if len(self.pairs) == 1 else " and "
        return f"{'' if len(self.pairs) == 1 else 'mean over '}{self._arms}{joint}{self._targets}"

    @property
    def asked(self) -> str:
        """What is asked, in words."""
        against = dict.fromkeys(label for _, label in self.pairs)
        base = "no intermediate training" if tuple(against) == (NONE,) else " and ".join(against)
        if len(against) > SHOWN:
            base = "what each is compared with"
        where = "English" if self.languages == (ENGLISH,) else "other languages than English"
        arms = f"{'the mean of ' if len(self.pairs) > 1 else ''}{self._arms}"
        return f"{arms} against {base}, on {self._targets} in {where}"

    def answer(self, margin: float) -> Answered:
        """Whether there is a gain, for what `basis` says.

        Args:
            margin: points below which a difference does not matter.
        """
        weighted = self.weighted(*self.languages)
        if not weighted:
            why = "no target and language has a score of all arms in the same seed"
            return Answered(
                self.asked, Answer(question=Question.GAIN, reply=Reply.CANNOT_TELL, margin=margin, why=why, n=0)
            )
        if self.has_items:
            return Answered(self.asked, answer_weighted(self.scores, weighted, Question.GAIN, margin=margin))
        return Answered(self.asked, answer(list(differences(weighted).values()), Question.GAIN, margin=margin))


@dataclass(frozen=True)
class _Gain:
    """A score, what it is compared with, and how much their difference counts."""

    after: Row
    before: Row
    weight: float


SHOWN = 3
"""Arms that are named where they are what others are compared with."""


def contrast_of(scores: Scores, arm: str | None = None) -> Contrast | None:
    """The contrast that a report asks about: all arms with intermediate training, or one arm.

    Args:
        scores: of a run, by the main metrics of its tasks.
        arm: its label; by default all arms with intermediate training that are compared with another arm, or all that
            are where none has any.

    Returns:
        None where no arm is compared with another one on a target in percent.

    Raises:
        UnknownName: there is no such arm.
        SettingsError: it is one that others are compared with, and has no gain itself.
    """
    rows = [row for row in scores.rows if row["unit"] == UNIT and row["value"] is not None]
    known = row_arms(rows)
    compared = {row["arm"]: row["against"] for row in rows if row["against"] in known}
    trained = {row["arm"] for row in rows if row["mode"] != NONE}
    if arm is not None and arm in known and arm not in compared:
        raise SettingsError(
            f"nothing is subtracted from the scores of arm {arm!r}, so it has no gain",
            code="arm-without-reference",
            where="--contrast",
            fix=f"name one of {', '.join(map(repr, compared))}" if compared else "leave it out",
        )
    if arm is not None and arm not in known:
        raise UnknownName("arm", arm, compared, where="--contrast")
    arms = (arm,) if arm else tuple(label for label in compared if label in trained) or tuple(compared)
    if not arms:
        return None
    pairs = tuple((label, compared[label]) for label in arms)
    labels = {label for pair in pairs for label in pair}
    own = [row for row in rows if row["arm"] in labels]
    had = dict.fromkeys(str(row["language"]) for row in own)
    languages = tuple(code for code in had if code != ENGLISH) or (ENGLISH,)
    return Contrast(pairs, languages, _begun(labels, _having(own)), Scores(own, scores.items))


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


def _over_items(scores: Scores, gains: Sequence[_Gain]) -> Interval | None:
    """The interval of one seed's weighted gains over other items; None where predictions are gone or do not tell."""
    from harness.item_scores import joint_parts
    from harness.statistics.joint import joint_gain

    by_task: dict[str, list[_Gain]] = {}
    for one in gains:
        by_task.setdefault(one.after["task"], []).append(one)
    mine: list[Part] = []
    theirs: list[Part] = []
    weights: list[float] = []
    for task, own in by_task.items():
        pairs = [scores.paired_whole(one.after, one.before) for one in own]
        known = [pair for pair in pairs if pair is not None]
        if len(known) < len(pairs):
            return None
        parts = joint_parts([first for first, _ in known], task)
        mine += parts
        theirs += [replace(part, statistics=second.statistics) for part, (_, second) in zip(parts, known, strict=True)]
        weights += [one.weight for one in own]
    try:
        return joint_gain(mine, theirs, lambda values: values @ weights, bounds=PERCENT_GAIN.finite)
    except CannotConclude:
        return None
