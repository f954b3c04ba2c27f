"""Which scores of two sides can be paired, and why the others cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import counted
from harness.results.schema import LANGUAGE, SEED
from harness.results.scores import Row, Scores


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Scores that are not compared.

    Attributes:
        languages: of the task; empty where it is all of them.
        code: a short name of the reason that stays the same when the sentence changes.
        why: the reason.
        fix: what would make them comparable; "" where nothing does.
        seeds: of the task; empty where it is all of them.
    """

    task: str
    languages: tuple[str, ...]
    code: str
    why: str
    fix: str = ""
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PairedTask:
    """The scores of one task that both sides have, on the same rows, by the same versions.

    Attributes:
        left, right: rows of the same languages and seeds, one each.
        seeds: of both sides; of the left one where each side has one seed, and these differ.
        right_seeds: what the right side's records call them.
    """

    task: str
    metric: str
    left: Scores
    right: Scores
    seeds: tuple[int, ...]
    right_seeds: tuple[int, ...]

    @property
    def may_be_same(self) -> bool:
        """Whether nothing in the scores says that they are of other predictions."""
        others = {(row[LANGUAGE], row[SEED]): row for row in self.right.rows}
        pairs = [(row, others[row[LANGUAGE], row[SEED]]) for row in self.left.rows]
        known = all(mine["predictions"] and theirs["predictions"] for mine, theirs in pairs)
        return known or (self.seeds == self.right_seeds and all(a["value"] == b["value"] for a, b in pairs))


@dataclass(frozen=True)
class Pairing:
    """What can be compared of two arms, and what cannot."""

    tasks: tuple[PairedTask, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True)
class Match:
    """Two arms that are compared.

    Attributes:
        side: name of the right side.
        left_arm, right_arm: labels.
    """

    side: str
    left_arm: str
    right_arm: str


@dataclass(frozen=True)
class RefusedMatch:
    """Scores of two arms that are not compared."""

    of: Match
    refused: Refused


def pair_arms(
    left: Mapping[str, Scores], right: Mapping[str, Scores], side: str
) -> tuple[list[Match], tuple[str, ...]]:
    """Which arms of two sides are compared: one with one, else those of the same label, else of the same varied values.

    Args:
        left, right: scores by label.
        side: name of the right side.

    Returns:
        The matches, and the labels that have no counterpart.
    """
    if len(left) == 1 and len(right) == 1:
        return [Match(side, next(iter(left)), next(iter(right)))], ()
    matches = [Match(side, label, label) for label in left if label in right]
    if not matches:
        mine, theirs = _by_varied(left), _by_varied(right)
        matches = [Match(side, mine[values], theirs[values]) for values in mine if values in theirs]
    paired = {match.left_arm for match in matches}, {match.right_arm for match in matches}
    alone = [label for side, known in zip((left, right), paired, strict=True) for label in side if label not in known]
    return matches, tuple(dict.fromkeys(alone))


def _by_varied(arms: Mapping[str, Scores]) -> dict[str, str]:
    """Labels by the values of what a run varies, where these tell its arms apart."""
    found: dict[str, list[str]] = {}
    for label, scores in arms.items():
        found.setdefault(str(scores.rows[0]["varied"]), []).append(label)
    return {values: labels[0] for values, labels in found.items() if len(labels) == 1 and values != "{}"}


def pair_scores(left: Scores, right: Scores) -> Pairing:
    """The tasks of two arms, as far as their scores can be paired."""
    tasks: list[PairedTask] = []
    refused: list[Refused] = []
    mine, theirs = left.groups("task"), right.groups("task")
    for place in dict.fromkeys((*mine, *theirs)):
        of_task = _Task(str(place[0]), mine.get(place, NOTHING), theirs.get(place, NOTHING))
        try:
            tasks.append(of_task.paired())
        except _Cannot as why:
            refused.append(why.reason)
        refused += of_task.refused
    return Pairing(tuple(tasks), tuple(refused))


NOTHING = Scores(())


class _Cannot(Exception):
    """Nothing of a task can be compared."""

    def __init__(self, reason: Refused) -> None:
        super().__init__(reason.why)
        self.reason = reason


class _Task:
    """The scores of two sides in one task.

    Attributes:
        refused: languages that cannot be compared, known after `paired`.
    """

    def __init__(self, task: str, left: Scores, right: Scores) -> None:
        self.refused: list[Refused] = []
        self._task = task
        self._left, self._right = left, right

    def paired(self) -> PairedTask:
        """What can be paired.

        Raises:
            _Cannot: nothing, for one reason.
        """
        self._check_alike()
        languages = self._comparable()
        left, right = (_seeds(side.rows) for side in (self._left, self._right))
        shared = tuple(seed for seed in left if seed in right)
        one_each = not shared and len(left) == len(right) == 1
        if not shared and not one_each:
            why = f"seeds {_listed(left)} and {_listed(right)}: none is on both sides"
            fix = "repeat one side with `--seeds` of the other, or name one checkpoint on each side"
            raise self._cannot("no-seed-in-common", why, fix)
        mine, theirs = _of_seeds(self._left.rows, shared or left), _of_seeds(self._right.rows, shared or right)
        kept = self._whole(mine, theirs, languages, len(shared or left))
        theirs = [row | {SEED: left[0]} if one_each else row for row in theirs]
        if shared:
            self._refuse_seeds(left, right)
        return PairedTask(
            task=self._task,
            metric=str(self._left.rows[0]["metric"]),
            left=Scores([row for row in mine if row[LANGUAGE] in kept], self._left.items),
            right=Scores([row for row in theirs if row[LANGUAGE] in kept], self._right.items),
            seeds=shared or left,
            right_seeds=shared or right,
        )

    def _check_alike(self) -> None:
        """Refuse a task that the sides do not both have, by one and the same metric and on one split."""
        if not self._left.rows or not self._right.rows:
            side = "left" if self._left.rows else "right"
            raise self._cannot("one-side-only", f"only the {side} side has it")
        for column, code, words in (
            ("metric", "other-metrics", "one side is scored by {}, the other by {}"),
            ("split", "other-splits", "one side is of {} rows, the other of {} rows"),
        ):
            sides = [_listed(dict.fromkeys(row[column] for row in side.rows)) for side in (self._left, self._right)]
            if sides[0] != sides[1]:
                raise self._cannot(code, words.format(*sides), "evaluate one side as the other")
        metrics = dict.fromkeys(row["metric"] for row in self._left.rows)
        if len(metrics) > 1:
            why = (
                f"both sides are scored by several metrics: {_listed(metrics)}, none of which is known as the main one"
            )
            fix = "install the plugin of the task, which says so, or evaluate both sides by one metric"
            raise self._cannot("several-metrics", why, fix)

    def _comparable(self) -> list[str]:
        """The languages that both sides have scores of, on the same rows, by the same versions.

        Raises:
            _Cannot: there are none, for one reason.
        """
        sides = [side.groups(LANGUAGE) for side in (self._left, self._right)]
        found = []
        for place in dict.fromkeys((*sides[0], *sides[1])):
            language = str(place[0])
            reason = _reason(*(side.get(place, NOTHING).rows for side in sides))
            if reason is None:
                found.append(language)
            else:
                self._refuse(language, *reason)
        return self._some(found)

    def _whole(
        self, left: Sequence[Row], right: Sequence[Row], languages: Sequence[str], seeds: int
    ) -> Collection[str]:
        """The languages that have a score in every seed, on both sides."""
        known = [Counter(row[LANGUAGE] for row in side if row["value"] is not None) for side in (left, right)]
        for language in languages:
            if not all(side[language] == seeds for side in known):
                why, fix = "some seeds have no score", "repeat the run's command, which makes what is missing"
                self._refuse(language, "seeds-missing", why, fix)
        return self._some([language for language in languages if all(side[language] == seeds for side in known)])

    def _refuse_seeds(self, left: Sequence[int], right: Sequence[int]) -> None:
        """Name the seeds that one side alone has."""
        for side, own, other in (("left", left, right), ("right", right, left)):
            alone = tuple(seed for seed in own if seed not in other)
            if alone:
                why = f"only the {side} side has {'it' if len(alone) == 1 else 'them'}"
                reason = Refused(task=self._task, languages=(), code="one-side-only", why=why, seeds=alone)
                self.refused.append(reason)

    def _refuse(self, language: str, code: str, why: str, fix: str) -> None:
        same = next((one for one in self.refused if (one.code, one.why) == (code, why)), None)
        if same is None:
            self.refused.append(Refused(task=self._task, languages=(language,), code=code, why=why, fix=fix))
        else:
            extended = replace(same, languages=(*same.languages, language))
            self.refused = [extended if one is same else one for one in self.refused]

    def _some(self, languages: list[str]) -> list[str]:
        if languages:
            return languages
        first, self.refused = self.refused[0], self.refused[1:]
        # One reason holds for the task, of several each for its languages.
        raise _Cannot(first if self.refused else replace(first, languages=()))

    def _cannot(self, code: str, why: str, fix: str = "") -> _Cannot:
        return _Cannot(Refused(task=self._task, languages=(), code=code, why=why, fix=fix))


def _seeds(rows: Sequence[Row]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(row[SEED] for row in rows))


def _of_seeds(rows: Sequence[Row], seeds: Sequence[int]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows if row[SEED] in seeds]


def _reason(left: Sequence[Row], right: Sequence[Row]) -> tuple[str, str, str] | None:
    if not left or not right:
        return "one-side-only", f"only the {'left' if left else 'right'} side has it", ""
    for side, rows in (("left", left), ("right", right)):
        if all(row["value"] is None for row in rows):
            return "failed", f"the {side} side failed: {rows[0]['error']}", "repeat the run's command"
    for column, noun, fix in (
        ("metric_version", "metric", "`xharness rescore` computes the older scores anew"),
        ("task_version", "task", "repeat the older run's command"),
    ):
        versions = [dict.fromkeys(row.get(column) for row in rows) for rows in (left, right)]
        if versions[0].keys() != versions[1].keys() or len(versions[0]) > 1:
            sides = " and ".join(_listed(side) for side in versions)
            return f"other-{noun}-versions", f"by versions {sides} of the {noun}", fix
    digests = {row["data"] for row in (*left, *right)}
    if len(digests) > 1:
        return _of_other_rows(left[0], right[0])
    if not all(row["n"] for row in (*left, *right) if row["value"] is not None):
        return "no-items", "there are no items", "repeat one side with data that have rows of it"
    return None


def _of_other_rows(left: Row, right: Row) -> tuple[str, str, str]:
    n = f"{counted(left['n'], 'item')} and {right['n']:,}"
    if left["data"].partition("/")[0] == right["data"].partition("/")[0]:
        why = f"other rows of the same files, {n}: another --limit, or other rows left out"
        return "other-data", why, "repeat one side as the other"
    return "other-data", f"rows of other files, {n}", "repeat one side with the data of the other"


def _listed(values: Any) -> str:
    return ", ".join(map(str, values))
