"""What is found where two sides are compared: differences with intervals and tests, and what these allow to be said."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness.comparing.pairing import Match, PairedTask
from harness.errors import counted
from harness.results.comparison import Estimate, Line, average, compare
from harness.results.paired_items import ItemCounts, ItemPair, PairedItems
from harness.results.schema import LANGUAGE, SEED
from harness.results.scores import Items, Row, Scores
from harness.results.words import overlap_lines
from harness.statistics.conclusion import Verdict, conclude
from harness.statistics.intervals import Interval, Test
from harness.statistics.refusal import CannotConclude
from harness.statistics.seeds import paired_t

if TYPE_CHECKING:
    from harness.registry import Registry

Question = Literal["items", "seeds"]
QUESTIONS: tuple[Question, ...] = ("items", "seeds")
"""What would be drawn anew: see `OTHER_ITEMS` and `OTHER_SEEDS` in `harness.statistics.intervals`."""

SAME_PREDICTIONS = "the predictions are the same"
NOT_SIGNIFICANT = "the interval is {} 0, but p is not below 0.05"
ABOVE, BELOW = (NOT_SIGNIFICANT.format(side) for side in ("above", "below"))
"""Why nothing is claimed though the interval alone would allow it: it and the test are computed in two ways."""
UNKNOWN_METRIC = "the plugin of the metric is gone, so nobody knows whether a higher score is a better one"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A difference, left minus right.

    Attributes:
        left, right: the scores, the mean over seeds and languages.
        value: left minus right.
        by_seed: what each seed gives.
        interval: of the difference; None where `why` says why not.
        test: of no difference; None likewise. Items that all count alike have an interval and no test.
        p: of the test, corrected for how many comparisons were looked at.
        verdict: what can be said; None where it was not asked.
        why: why there is no interval, no test, or no verdict though there are both; "" otherwise.
        items: how many items either side has more of; None where `unpaired` says why not.
        unpaired: why items cannot be paired; "" where they are.
    """

    left: float
    right: float
    value: float
    by_seed: Mapping[int, float]
    interval: Interval | None = None
    test: Test | None = None
    p: float | None = None
    verdict: Verdict | None = None
    why: str = ""
    items: ItemCounts | None = None
    unpaired: str = ""


@dataclass(frozen=True, kw_only=True)
class LanguageFinding:
    """The difference in one language."""

    language: str
    n: int
    marks: tuple[str, ...]
    found: Finding


@dataclass(frozen=True, kw_only=True)
class TaskFinding:
    """The difference in one task, the mean over languages.

    Attributes:
        of: the arms that are compared.
        unit: of scores and differences.
        seeds: that both sides have.
        right_seeds: what the right side's records call them.
        question: what would be drawn anew.
        languages: one by one.
        higher_is_better: whether a larger score is a better one; None where the metric's plugin is gone.
        overlap: what the rows share with rows trained or selected on, in words.
        chance: what guessing gets by the metric; None where that is not known.
    """

    of: Match
    task: str
    metric: str
    unit: str
    seeds: tuple[int, ...]
    right_seeds: tuple[int, ...]
    question: Question
    languages: tuple[LanguageFinding, ...]
    found: Finding
    higher_is_better: bool | None = True
    overlap: tuple[str, ...] = ()
    chance: float | None = None

    @property
    def ahead(self) -> int:
        """Languages in which the left side's score is the larger one."""
        return sum(one.found.value > 0 for one in self.languages)

    @property
    def behind(self) -> int:
        """Languages in which the right side's score is the larger one."""
        return sum(one.found.value < 0 for one in self.languages)


def question_of(paired: PairedTask, asked: Question | None) -> Question:
    """The question that a task's comparison answers: about other seeds where both sides share several, else items."""
    return asked or ("seeds" if len(paired.seeds) > 1 else "items")


def find_task(
    match: Match,
    paired: PairedTask,
    items: Items,
    registry: Registry,
    *,
    asked: Question | None = None,
    by_language: bool = False,
    same: bool = False,
) -> TaskFinding:
    """What one task gives, before corrections.

    Args:
        match: the arms that are compared.
        items: what the items behind a row of either side scored.
        asked: the question; by default it depends on the seeds.
        by_language: test each language by itself, too.
        same: whether both sides have the same predictions, as far as documents tell, which do not have them.
    """
    question = question_of(paired, asked)
    left, right = {id(row) for row in paired.left.rows}, {id(row) for row in paired.right.rows}
    rows = [*paired.left.rows, *paired.right.rows]
    lines = compare(Scores(rows), lambda row: id(row) in left, lambda row: id(row) in right, on=(LANGUAGE,))
    pairs = Pairs(paired, items, same=same)

    languages = tuple(
        LanguageFinding(
            language=line.language,
            n=line.n,
            marks=tuple(sorted(line.marks)),
            found=_finding([line], pairs, question if by_language else None),
        )
        for line in lines
    )
    first = paired.left.rows[0]
    known = registry.metrics.get(paired.metric)
    return TaskFinding(
        of=match,
        task=paired.task,
        metric=paired.metric,
        unit=first["unit"],
        seeds=paired.seeds,
        right_seeds=paired.right_seeds,
        question=question,
        languages=languages,
        found=languages[0].found if by_language and len(lines) == 1 else _finding(lines, pairs, question),
        higher_is_better=known.higher_is_better if known else None,
        overlap=tuple(dict.fromkeys(overlap_lines(rows))),
        chance=_chance(paired, registry),
    )


def _chance(paired: PairedTask, registry: Registry) -> float | None:
    """What guessing gets; a task says it of its main metric alone."""
    task = registry.tasks.get(paired.task)
    return task.chance if task and paired.metric == task.metrics[0] else None


class Unpaired(Exception):
    """Why items cannot be paired."""


class Pairs:
    """The paired items of a task."""

    def __init__(self, paired: PairedTask, items: Items, *, same: bool = False) -> None:
        self._same = same
        self._scores = Scores((), items)
        others = {(row[LANGUAGE], row[SEED]): row for row in paired.right.rows}
        self._rows = [(row, others[row[LANGUAGE], row[SEED]]) for row in paired.left.rows]
        self._found: dict[str, list[ItemPair] | Unpaired] = {}

    def same(self, languages: Sequence[str]) -> bool:
        """Whether all predictions in languages are the same."""
        rows = [pair for pair in self._rows if pair[0][LANGUAGE] in set(languages)]
        return self._same or all(
            mine["predictions"] and mine["predictions"] == theirs["predictions"] for mine, theirs in rows
        )

    def of(self, languages: Sequence[str]) -> PairedItems:
        """The items of languages.

        Raises:
            Unpaired: some cannot be paired.
        """
        found: list[ItemPair] = []
        for language in languages:
            pairs = self._of(language)
            if isinstance(pairs, Unpaired):
                raise pairs
            found += pairs
        return PairedItems(tuple(found))

    def _of(self, language: str) -> list[ItemPair] | Unpaired:
        if language not in self._found:
            try:
                rows = [pair for pair in self._rows if pair[0][LANGUAGE] == language]
                self._found[language] = _alike([self._pair(language, *pair) for pair in rows])
            except Unpaired as why:
                self._found[language] = why
        return self._found[language]

    def _pair(self, language: str, left: Row, right: Row) -> ItemPair:
        if not left["predictions"] or not right["predictions"]:
            raise Unpaired("a leaderboard document has no predictions, so items cannot be paired")
        if any(self._scores.items(row) is None for row in (left, right)):
            raise Unpaired("predictions, or the plugin of the metric, are gone, so items cannot be paired")
        found = self._scores.paired_items(left, right)
        if found is None:
            raise Unpaired("items do not match: they are not called alike on both sides")
        n = len(found[0].statistics)
        if not n == left["n"] == right["n"]:
            sides = f"{counted(left['n'], 'item')} and {right['n']:,}"
            raise Unpaired(f"items do not match: of {sides}, {n:,} are on both sides")
        return ItemPair(language, *found)


def _alike(pairs: Sequence[ItemPair]) -> list[ItemPair]:
    """Pairs of several seeds, with the items of each in one order.

    Raises:
        Unpaired: they are not the same items.
    """
    first = pairs[0].left
    found = []
    for pair in pairs:
        if pair.left.items == first.items and len(pair.left.statistics) == len(first.statistics):
            found.append(pair)
            continue
        if first.items is None or pair.left.items is None:
            raise Unpaired("items of several seeds do not match")
        sides = [first.paired(side)[1] for side in (pair.left, pair.right)]
        if any(side.items != first.items for side in sides):
            raise Unpaired("items of several seeds do not match")
        found.append(ItemPair(pair.language, *sides))
    return found


def _finding(lines: Sequence[Line], pairs: Pairs, question: Question | None) -> Finding:
    """What some languages give.

    Args:
        question: what to test; None for no test.
    """
    left, right, gain = (_mean([getattr(line, name) for line in lines]) for name in ("score", "baseline", "gain"))
    found = Finding(left=left.value, right=right.value, value=gain.value, by_seed=gain.by_seed)
    languages = [line.language for line in lines]
    items: PairedItems | None = None
    unpaired = ""
    try:
        items = pairs.of(languages)
        found = dataclasses.replace(found, items=items.counts())
    except Unpaired as why:
        unpaired = str(why)
        found = dataclasses.replace(found, unpaired=unpaired)
    if question is None:
        return found
    if pairs.same(languages):
        return dataclasses.replace(found, why=SAME_PREDICTIONS)
    if question == "seeds":
        return find_over_seeds(found, gain)
    return dataclasses.replace(found, why=unpaired) if items is None else find_over_items(found, items)


def find_over_items(found: Finding, items: PairedItems) -> Finding:
    """A finding with the interval and the test of what each item gives, or why there is none."""
    try:
        found = dataclasses.replace(found, interval=items.interval())
        return dataclasses.replace(found, test=items.test())
    except CannotConclude as why:
        return dataclasses.replace(found, why=str(why))


def find_over_seeds(found: Finding, gain: Estimate) -> Finding:
    """A finding with the interval and the test of what each seed gives, or why there is none."""
    try:
        found = dataclasses.replace(found, test=paired_t(list(gain.by_seed.values())))
    except CannotConclude as error:
        hint = "; `--question items` asks about other items" if found.items else ""
        return dataclasses.replace(found, why=f"{error}{hint}")
    if gain.interval is None:
        why = f"{counted(gain.seeds, 'seed')} cannot tell: Student's t reaches beyond what a difference can be"
        return dataclasses.replace(found, why=why)
    return dataclasses.replace(found, interval=gain.interval)


def _mean(estimates: Sequence[Estimate | None]) -> Estimate:
    known = [estimate for estimate in estimates if estimate is not None]
    return known[0] if len(known) == 1 else average(known)


def judge(found: Finding, p: float | None, *, margin: float | None, higher_is_better: bool | None) -> Finding:
    """A finding with what can be said of it.

    Args:
        p: of its test, corrected.
        margin: below which a difference counts as none; None where none applies.
        higher_is_better: whether a larger score is a better one; None where that is not known.
    """
    if found.interval is None:
        same = found.why == SAME_PREDICTIONS
        return dataclasses.replace(found, p=p, verdict=Verdict.THE_SAME if same else Verdict.CANNOT_TELL)
    verdict = conclude(found.interval, margin, p=p).verdict
    if higher_is_better is None and verdict in (Verdict.BETTER, Verdict.WORSE):
        why = "; ".join(filter(None, (found.why, UNKNOWN_METRIC)))
        return dataclasses.replace(found, p=p, verdict=Verdict.CANNOT_TELL, why=why)
    if verdict is Verdict.CANNOT_TELL and not found.interval.low <= 0 <= found.interval.high:
        return dataclasses.replace(found, p=p, verdict=verdict, why=ABOVE if found.interval.low > 0 else BELOW)
    if higher_is_better is False:
        verdict = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}.get(verdict, verdict)
    return dataclasses.replace(found, p=p, verdict=verdict)
