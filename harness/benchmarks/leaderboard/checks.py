"""What keeps a score off a leaderboard unless it is allowed, and then marks it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.arms import TARGET_ENGLISH
from harness.benchmarks.definition import Benchmark
from harness.benchmarks.leaderboard.scores import OFFICIAL, Collected, Score, System, canonical
from harness.errors import UnknownName, UserError
from harness.results.marks import REFUSED, find_marks

SHOWN = 6
"""Lines a reason in a message."""


class NotForALeaderboard(UserError):
    """Scores that a leaderboard does not take unless told to."""


Place = tuple[System, str, str, str]
"""System, task, language, metric."""

Marks = Mapping[Place, frozenset[str]]


def check_allowed(names: Sequence[str]) -> frozenset[str]:
    """The reasons that a user allows.

    Raises:
        UnknownName: there is no such reason.
    """
    for name in names:
        if name not in REFUSED:
            raise UnknownName("reason", name, REFUSED, where="--allow")
    return frozenset(names)


def marks_of(collected: Collected) -> Marks:
    """All that is to be known about each row of a document; `partial` is about means only."""
    found: dict[Place, set[str]] = {}
    for score in collected.scores:
        found.setdefault(score.place[:4], set()).update(_of_score(score, collected))
    for place in _mixed(collected):
        found[place].add("mixed")
    return {place: frozenset(names) for place, names in found.items()}


def refuse(
    collected: Collected,
    missing: Mapping[System, str],
    older: Sequence[str],
    benchmark: Benchmark,
    allowed: frozenset[str],
) -> None:
    """Refuse what is not allowed, all of it in one message.

    Args:
        missing: what of the benchmark each system has no score of, in words.
        older: scores that a newer version takes the place of, in words.

    Raises:
        NotForALeaderboard: there is something.
    """
    marked: dict[str, list[Score]] = {}
    for score in collected.scores:
        for name in _of_score(score, collected):
            marked.setdefault(name, []).append(score)
    reasons: dict[str, list[str]] = {
        name: list(_origins(marked[name])) for name in ("failed", "limited", "stand-in", "validation") if name in marked
    }
    if mixed := [*dict.fromkeys(_mixed(collected).values()), *older]:
        reasons["mixed"] = mixed
    if lines := list(_by_what_is_missing(missing, benchmark)):
        reasons["partial"] = lines
    refused = {name: lines for name, lines in sorted(reasons.items()) if name not in allowed}
    if refused:
        places = "\n         ".join(f"{name}: {line}" for name, lines in refused.items() for line in _shown(lines))
        raise NotForALeaderboard(
            f"a leaderboard does not take scores that are {' or '.join(refused)}",
            code="not-for-a-leaderboard",
            where=places,
            fix=f"put that right, or `--allow {','.join(sorted(reasons))}` takes them in and marks them",
        )


def _of_score(score: Score, collected: Collected) -> Iterator[str]:
    yield from find_marks(score.row)
    if score.split != OFFICIAL:
        yield "validation"
    if score.differs:
        yield "differs"
    if any(phase["stand_in"] for phase in collected.training[score.training]):
        yield "stand-in"


def _mixed(collected: Collected) -> dict[Place, str]:
    """Rows that are not of one kind, each with the difference in words."""
    # A failed score was never made from rows, so that it says nothing about them.
    scored = [score for score in collected.scores if score.value is not None]
    found: dict[Place, str] = {}

    def add(scores: Sequence[Score], what: str) -> None:
        for score in scores:
            found.setdefault(score.place[:4], what)

    for (task, language, metric), scores in _grouped(scored, "task", "language", "metric").items():
        for name, values in _several(scores, "task_version", "metric_version", "data"):
            add(scores, f"{task} {language} {metric}: {name} {values}")
    for (system, task), scores in _grouped(scored, "system", "task").items():
        for name, values in _several(scores, "precision"):
            add(scores, f"{system.in_words}: {task}: {name} {values}")
        recipes = {canonical(score.hyper): score for score in scores} | {score.training: score for score in scores}
        for one, other in itertools.combinations([recipes[key] for key in sorted(recipes)], 2):
            origins = " and ".join(sorted({one.origin, other.origin}))
            for difference in _differences(_recipe(one, collected), _recipe(other, collected)):
                add(scores, f"{system.in_words}: {task}: {difference} ({origins})")
    for (system,), scores in _grouped(scored, "system").items():
        if TARGET_ENGLISH in system.intermediate:
            # Its intermediate tasks are each target's own: what has to be the same for a target is compared above.
            continue
        phases = {canonical(_intermediate(collected.training[score.training])): score for score in scores}
        if len(phases) > 1:
            origins = " and ".join(sorted({score.origin for score in phases.values()}))
            add(scores, f"{system.in_words}: its intermediate tasks were not trained the same way for all ({origins})")
    return found


def _grouped(scores: Iterable[Score], *names: str) -> dict[tuple[Any, ...], list[Score]]:
    groups: dict[tuple[Any, ...], list[Score]] = {}
    for score in scores:
        groups.setdefault(tuple(getattr(score, name) for name in names), []).append(score)
    return groups


def _several(scores: Sequence[Score], *names: str) -> Iterator[tuple[str, str]]:
    """Fields in which scores differ, with their values in words."""
    for name in names:
        origins = {getattr(score, name): score.origin for score in scores}
        values = {canonical(value): origin for value, origin in origins.items()}
        if len(values) > 1:
            shown = [f"{_short(value)} ({origin})" for value, origin in sorted(values.items())]
            yield name.replace("_", " "), " and ".join(shown[:2]) + (" and more" if len(shown) > 2 else "")


def _recipe(score: Score, collected: Collected) -> dict[str, Any]:
    """How a score came about, apart from seed and rows."""
    phases = {
        f"{phase['phase']} phase on {'+'.join(phase['tasks'])}": phase for phase in collected.training[score.training]
    }
    return {**phases, "encoding": score.hyper}


def _differences(one: Any, other: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Where two values of JSON differ, in words."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted(one.keys() | other.keys()):
            yield from _differences(one.get(name), other.get(name), (*path, name))
    elif one != other:
        yield f"{' '.join(path)} is {_short(canonical(one))} and {_short(canonical(other))}"


def _short(value: str) -> str:
    text = value.strip('"')
    return text if len(text) <= 20 else f"{text[:12]}..."


def _intermediate(phases: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    return [phase for phase in phases if phase["phase"] == "intermediate"]


def _origins(scores: Sequence[Score]) -> Iterator[str]:
    """How many scores of which tasks, a line a run or document."""
    for (origin,), found in _grouped(scores, "origin").items():
        tasks = ", ".join(sorted({score.task for score in found}))
        yield f"{origin}: {len(found)} score{'' if len(found) == 1 else 's'} of {tasks}"


def _by_what_is_missing(missing: Mapping[System, str], benchmark: Benchmark) -> Iterator[str]:
    """Systems that miss the same in one line."""
    groups: dict[str, list[str]] = {}
    for system, what in missing.items():
        groups.setdefault(what, []).append(system.in_words)
    for what, systems in groups.items():
        yield f"{' and '.join(systems)}: {benchmark.name} also has {what}"


def _shown(lines: Sequence[str]) -> list[str]:
    more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return [*lines[:SHOWN], *more]
