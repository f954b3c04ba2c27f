"""Two sides or more beside each other: what they differ by, in scores and in how they were made."""

from __future__ import annotations

import dataclasses
import functools
import math
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.comparing.differences import Differences, find_differences
from harness.comparing.findings import Question, TaskFinding, find_task, judge
from harness.comparing.flips import Flip, find_flips
from harness.comparing.pairing import Match, PairedTask, Refused, RefusedMatch, pair_arms, pair_scores
from harness.comparing.ranks import TaskRanks, find_ranks
from harness.comparing.refusals import told_once
from harness.comparing.sides import APART, NamedSide, find_side
from harness.errors import NothingToShow, SettingsError, UnknownName
from harness.evaluation.stored_items import StoredItems
from harness.results.comparison import UNIT
from harness.results.schema import LANGUAGE, TASK
from harness.results.scores import Row, Scores
from harness.statistics.conclusion import MARGIN
from harness.statistics.multiple import Corrected, benjamini_hochberg, holm

if TYPE_CHECKING:
    from harness.registry import Registry


WITHOUT = "-"
"""What stands before the name of what is left out."""


@dataclass(frozen=True)
class DifferentMatch:
    """How two arms came about differently."""

    of: Match
    differences: Differences


@dataclass(frozen=True, kw_only=True)
class Family:
    """Comparisons that were looked at together.

    Attributes:
        looked_at: how many.
        tested: how many of them have a p-value, which the correction is for.
        method: of the correction.
        claims: what it keeps below 5 %.
    """

    looked_at: int
    tested: int
    method: str
    claims: str


@dataclass(frozen=True, kw_only=True)
class ComparedSides:
    """One side beside others.

    Attributes:
        left: its name.
        right: names of the others.
        margin: points below which a difference counts as none.
        tasks: one for each other side, arm, task and metric; differences are left minus right.
        refused: what is not compared.
        alone: arms without counterpart, by the name of the other side.
        differences: how the sides came about differently.
        of_tasks, of_languages: the families of comparisons that p-values are corrected for.
        flips: items that the sides answer differently; None where they were not asked for.
        ranks: which of three sides or more is the best, over seeds.
    """

    left: str
    right: tuple[str, ...]
    margin: float
    tasks: tuple[TaskFinding, ...]
    refused: tuple[RefusedMatch, ...]
    alone: tuple[tuple[str, str], ...]
    differences: tuple[DifferentMatch, ...]
    of_tasks: Family
    of_languages: Family
    flips: tuple[Flip, ...] | None = None
    ranks: tuple[TaskRanks, ...] = ()

    def all_languages(self, task: TaskFinding) -> int:
        """In how many languages a side has scores of a task, compared or not."""
        own = [one.refused for one in self.refused if one.of == task.of and one.refused.task == task.task]
        return len({one.language for one in task.languages} | {name for one in own for name in one.languages})


def compare_named(
    left: str,
    right: Sequence[str],
    runs: Path,
    registry: Registry,
    *,
    tasks: Sequence[str] = (),
    languages: Sequence[str] = (),
    question: Question | None = None,
    margin: float = MARGIN,
    by_language: bool = False,
    items: bool = False,
) -> ComparedSides:
    """What a side has that others have not, and how they came about differently.

    Args:
        left: what is asked about; `harness.comparing.sides.FORMS` says how sides are named.
        right: what it is compared with.
        runs: directory of runs.
        tasks, languages: those to compare; all by default, and all but those with a `-` before their names.
        question: what would be drawn anew; by default seeds where both sides share several, else items.
        margin: in points; smaller differences count as none.
        by_language: test each language by itself, too.
        items: find the items that the sides answer differently, too.

    Raises:
        NothingToShow: a side has no scores, or none that can be paired.
        SettingsError: the margin is not positive, or both sides are the same.
        UserError: a side cannot be found or read, or there is no such task or language.
    """
    check_margin(margin)
    _check_once(right)
    first = find_side(left, runs, registry)
    others = [find_side(text, runs, registry, beside=first) for text in right]
    _check_named([first, *others], tasks, TASK)
    _check_named([first, *others], languages, LANGUAGE)
    sides = [_restricted(side, tasks, languages) for side in _called_apart([first, *others], [left, *right])]
    _check_left(sides, tasks, languages)
    asked = _Asked(question=question, margin=margin, by_language=by_language, items=items)
    return _compared(sides[0], sides[1:], registry, asked)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """The arguments of `compare_named` that decide how."""

    question: Question | None
    margin: float
    by_language: bool
    items: bool


def _compared(left: NamedSide, others: Sequence[NamedSide], registry: Registry, asked: _Asked) -> ComparedSides:
    found: list[TaskFinding] = []
    flips: list[Flip] = []
    refused: list[RefusedMatch] = []
    differences: list[DifferentMatch] = []
    alone: list[tuple[str, str]] = []
    for side in others:
        matches, without = pair_arms(left.arms, side.arms, side.name)
        alone += [(side.name, label) for label in without]
        for match in matches:
            mine, theirs = left.arms[match.left_arm], side.arms[match.right_arm]
            _check_other(left, side, mine, theirs)
            pairing = pair_scores(mine, theirs)
            tasks, too_few = _answering(pairing.tasks, asked.question)
            refused += [RefusedMatch(match, one) for one in (*pairing.refused, *too_few)]
            stores = tuple(dict.fromkeys((*left.stores, *side.stores)))
            differ = find_differences(tasks, left.origin, side.origin, stores)
            for task in tasks:
                # Of one task at a time, since items of many fill the memory.
                stored = StoredItems(stores, registry)
                found.append(
                    find_task(
                        match,
                        task,
                        stored,
                        registry,
                        asked=asked.question,
                        by_language=asked.by_language,
                        same=task.task in differ.same,
                    )
                )
                flips += find_flips(match, task, stored) if asked.items else ()
            if tasks:
                differences.append(DifferentMatch(match, differ))
    if not found:
        _refuse(left, others, refused)
    if asked.items:
        _check_items(found)
    tasks_judged, of_tasks, of_languages = judged(found, margin=asked.margin, by_language=asked.by_language)
    return ComparedSides(
        left=left.name,
        right=tuple(side.name for side in others),
        margin=asked.margin,
        tasks=tuple(tasks_judged),
        refused=tuple(refused),
        alone=tuple(alone),
        differences=tuple(differences),
        of_tasks=of_tasks,
        of_languages=of_languages,
        flips=tuple(flips) if asked.items else None,
        ranks=find_ranks(left.name, found),
    )


def _called_apart(sides: Sequence[NamedSide], typed: Sequence[str]) -> list[NamedSide]:
    """Sides by what the user typed, where two are called the same."""
    if len({side.name for side in sides}) == len(sides):
        return list(sides)
    return [dataclasses.replace(side, name=text) for side, text in zip(sides, typed, strict=True)]


def _check_once(right: Sequence[str]) -> None:
    twice = next((text for place, text in enumerate(right) if text in right[:place]), None)
    if twice is not None:
        raise SettingsError(
            f"{twice} is named twice, which would count its comparisons twice",
            code="side-named-twice",
            fix="name each side once",
        )


def check_margin(margin: float) -> None:
    """Refuse a margin that decides nothing.

    Raises:
        SettingsError: it is no positive number.
    """
    if not isinstance(margin, int | float):
        raise SettingsError("the margin must be a number", code="wrong-type", where="margin")
    if not (math.isfinite(margin) and margin > 0):
        raise SettingsError(
            f"with a margin of {margin:g} nothing can be shown to be equal",
            code="margin-not-positive",
            where="margin",
            fix="give the largest difference, in points, that does not matter, such as 1",
        )


def _check_named(sides: Sequence[NamedSide], names: Sequence[str], column: str) -> None:
    known = dict.fromkeys(str(row[column]) for side in sides for row in side.scores.rows)
    for name in names:
        if name.removeprefix(WITHOUT) not in known:
            raise UnknownName(
                column, name.removeprefix(WITHOUT), known, where=" and ".join(side.name for side in sides)
            )


def _restricted(side: NamedSide, tasks: Sequence[str], languages: Sequence[str]) -> NamedSide:
    def wanted(row: Row) -> bool:
        return _is_asked(row[TASK], tasks) and _is_asked(row[LANGUAGE], languages)

    return dataclasses.replace(side, scores=side.scores.where(wanted))


def _check_left(sides: Sequence[NamedSide], tasks: Sequence[str], languages: Sequence[str]) -> None:
    """Refuse a side of which the chosen tasks and languages leave nothing."""
    for place, side in enumerate(sides):
        if not side.scores.rows:
            options = {"--tasks": tasks, "--languages": languages}
            chosen = " ".join(f"{option}={','.join(names)}" for option, names in options.items() if names)
            raise NothingToShow(
                f"{side.name} ({'right' if place else 'left'}) has no score of {chosen}",
                code="nothing-chosen",
                where=side.source,
                fix="choose what both sides have, or leave these options out to compare all of that",
            )


def _is_asked(name: str, names: Sequence[str]) -> bool:
    """Whether one is among names, or among all if these only leave some out."""
    chosen = [one for one in names if not one.startswith(WITHOUT)]
    return f"{WITHOUT}{name}" not in names and (not chosen or name in chosen)


def _check_other(left: NamedSide, right: NamedSide, mine: Scores, theirs: Scores) -> None:
    """Refuse to compare scores with themselves."""
    places = [{(row["run_directory"], row["model"], row["arm"]) for row in side.rows} for side in (mine, theirs)]
    if places[0] == places[1]:
        raise SettingsError(
            f"{left.name} and {right.name} are the same scores",
            code="compared-with-itself",
            where=right.source,
            fix="name another run, or two arms of one: RUN:ARM",
        )


def _answering(tasks: Sequence[PairedTask], question: Question | None) -> tuple[list[PairedTask], list[Refused]]:
    """The tasks that have the seeds for a question, and the others."""
    if question != "seeds":
        return list(tasks), []
    few = [task for task in tasks if len(task.seeds) < 2]
    refused = [
        Refused(
            task=task.task,
            languages=(),
            code="one-seed",
            why="both sides have one seed in common, which says nothing about other seeds",
            fix="train both with `--seeds 1,2,3` or more, or ask about other items",
        )
        for task in few
    ]
    return [task for task in tasks if task not in few], refused


def _refuse(left: NamedSide, others: Sequence[NamedSide], refused: Sequence[RefusedMatch]) -> None:
    names = " and ".join(side.name for side in (left, *others))
    if refused:
        told = told_once(refused, {one.of for one in refused})
        lines = [f"{one.what}: {one.why}" for one in told]
        fixes = list(dict.fromkeys(one.fix for one in told if one.fix))
        raise NothingToShow(
            f"nothing of {names} can be compared",
            code="nothing-to-compare",
            where="\n         ".join(lines),
            fix="; ".join(fixes) or "name sides that have a task in common",
        )
    # As a shell takes them, since labels have spaces.
    sides = [", ".join(shlex.quote(f"{side.name}{APART}{label}") for label in side.arms) for side in (left, *others)]
    raise NothingToShow(
        f"{names} have no arm in common",
        code="no-arm-in-common",
        where="\n         ".join(f"{'right' if place else 'left'}: {arms}" for place, arms in enumerate(sides)),
        fix="name one arm on each side, as above",
    )


def _check_items(found: Sequence[TaskFinding]) -> None:
    """Refuse to show items where none can be paired."""
    languages = [language.found for task in found for language in task.languages]
    if all(one.items is None for one in languages):
        raise NothingToShow(
            "there are no items to show",
            code="no-items-to-show",
            where="; ".join(dict.fromkeys(one.unpaired for one in languages)),
            fix="leave --items out, or name the runs that the scores are of",
        )


def judged(
    found: Sequence[TaskFinding], *, margin: float, by_language: bool
) -> tuple[list[TaskFinding], Family, Family]:
    """Findings with p-values corrected for all of their family, and what can be said.

    Args:
        margin: in points, of scores in percent.
        by_language: judge each language, too.

    Returns:
        The findings, the family of tasks and that of languages.
    """
    p_of_tasks = _corrected([task.found.test.p if task.found.test else None for task in found], holm)
    every = [language for task in found for language in task.languages if by_language]
    p_of_languages = _corrected([one.found.test.p if one.found.test else None for one in every], benjamini_hochberg)
    values = iter(p_of_languages.values)
    done = []
    for task, p in zip(found, p_of_tasks.values, strict=True):
        within = margin if task.unit == UNIT else None
        decide = functools.partial(judge, margin=within, higher_is_better=task.higher_is_better)
        languages = task.languages
        if by_language:
            languages = tuple(dataclasses.replace(one, found=decide(one.found, next(values))) for one in languages)
        done.append(dataclasses.replace(task, found=decide(task.found, p), languages=languages))
    return done, p_of_tasks.family, p_of_languages.family


@dataclass(frozen=True)
class _InFamily:
    """P-values that are corrected for their family, None where there is no test."""

    values: tuple[float | None, ...]
    family: Family


def _corrected(p: Sequence[float | None], correct: Callable[[Sequence[float]], Corrected]) -> _InFamily:
    known = [value for value in p if value is not None]
    if not known:
        return _InFamily(tuple(p), Family(looked_at=len(p), tested=0, method="", claims=""))
    done = correct(known)
    values = iter(done.p)
    family = Family(looked_at=len(p), tested=len(known), method=done.method, claims=done.claims)
    return _InFamily(tuple(None if value is None else next(values) for value in p), family)
