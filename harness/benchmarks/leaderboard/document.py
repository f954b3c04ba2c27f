"""A leaderboard as one JSON document: rows and means of systems on a benchmark, with what repeats each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness.benchmarks.definition import AT, Benchmark, benchmark, suffix_of
from harness.benchmarks.leaderboard import scores as made_of
from harness.benchmarks.leaderboard.averages import Averages
from harness.benchmarks.leaderboard.checks import Marks, check_allowed, marks_of, refuse
from harness.benchmarks.leaderboard.merge import merged
from harness.benchmarks.leaderboard.schema import SCHEMA, Document
from harness.benchmarks.leaderboard.scores import Collected, Score, System
from harness.errors import NothingToShow, SettingsError, StoreError, UnknownName, counted
from harness.outside import read_json
from harness.results.comparison import PERCENT, over_seeds
from harness.results.marks import REFUSED
from harness.results.records import as_json

if TYPE_CHECKING:
    from harness.registry import Registry

DEFAULT = "xtreme"
SUFFIX = ".json"


@dataclass(frozen=True)
class Leaderboard:
    """A document and what was done to make it.

    Attributes:
        document: as JSON has it; follows `Document` of `schema.py`.
        notes: what was left out, in words.
    """

    document: dict[str, Any]
    notes: tuple[str, ...]


def leaderboard(
    sources: Sequence[Path],
    registry: Registry,
    *,
    name: str | None = None,
    arms: Sequence[str] = (),
    allow: Sequence[str] = (),
) -> Leaderboard:
    """The document of the scores of runs and of documents.

    Args:
        sources: directories of runs, and documents.
        name: of the benchmark; xtreme by default, xtreme@SOURCE where all scores are on a source of generated rows.
        arms: those that take part; all by default.
        allow: what of `REFUSED` is taken in and marked.

    Raises:
        UserError: the scores disagree, are not of the benchmark, or are not to be on a leaderboard.
    """
    allowed = check_allowed(allow)
    collected = made_of.joined([_read(path) for path in sources])
    wanted = benchmark(name or _default_name(collected, registry), registry)
    within, notes = _within(_of_arms(collected, arms), wanted, registry)
    chosen, older = merged(within)
    marks = marks_of(chosen)
    averages = Averages(chosen.scores, marks, wanted, registry)
    refuse(chosen, averages.missing(), older, wanted, allowed)
    document = {
        "schema": SCHEMA,
        "benchmark": _described(wanted),
        "systems": list(_systems(chosen.scores, marks, averages, wanted)),
        "best_per_target": averages.best_per_target(),
        "training": dict(chosen.training),
        "runs": list(chosen.runs),
    }
    document["marks"] = sorted(REFUSED.keys() & set(_marks_in(document)))
    validate(document)
    return Leaderboard(document, (*notes, *(f"left out: {line}" for line in older)))


def read_document(path: Path) -> dict[str, Any]:
    """A document of a file.

    Raises:
        StoreError: it is not one.
    """
    try:
        document: dict[str, Any] = read_json(path)
    except OSError as error:
        raise StoreError(
            f"cannot read the document: {error.strerror}", code="unreadable-file", where=str(path)
        ) from None
    except ValueError as error:
        raise StoreError(str(error), code="not-json", where=str(path)) from None
    validate(document, where=str(path))
    for row in (row for system in document["systems"] for row in system["rows"]):
        lost = [score["training"] for score in row["scores"] if score["training"] not in document["training"]]
        if lost:
            raise StoreError(
                f"a score names training {lost[0]}, which the document does not have",
                code="lost-training",
                where=str(path),
            )
    return document


def validate(document: Any, where: str | None = None) -> None:
    """Refuse what is not a `Document` of `schema.py`.

    Raises:
        StoreError: it does not.
    """
    try:
        msgspec.convert(document, Document)
    except msgspec.ValidationError as error:
        raise StoreError(
            f"not a leaderboard of schema {SCHEMA}: {error}", code="not-a-leaderboard", where=where
        ) from None


def is_document(path: Path) -> bool:
    """Whether a path is one of a document, and not of a run."""
    return path.suffix == SUFFIX and not path.is_dir()


def in_words(document: Mapping[str, Any]) -> str:
    """What a document holds, in a line."""
    systems = document["systems"]
    rows = sum(len(system["rows"]) for system in systems)
    marked = f", marked {', '.join(document['marks'])}" if document["marks"] else ""
    return f"{document['benchmark']['name']}, {counted(len(systems), 'system')}, {counted(rows, 'row')}{marked}"


def _read(path: Path) -> Collected:
    if is_document(path):
        return made_of.of_document(read_document(path), str(path))
    return made_of.of_run(path)


def _default_name(collected: Collected, registry: Registry) -> str:
    origins: dict[str, set[str]] = {}
    for score in collected.scores:
        origins.setdefault(suffix_of(score.source, registry), set()).add(score.origin)
    if len(origins) > 1:
        shown = {
            suffix: f"on {suffix.removeprefix(AT) or 'published rows'}" for suffix in sorted(origins, reverse=True)
        }
        raise SettingsError(
            f"some of these scores are {' and others '.join(shown.values())}, so that they are not of one benchmark",
            code="several-benchmarks",
            where="; ".join(f"{text}: {', '.join(sorted(origins[suffix]))}" for suffix, text in shown.items()),
            fix="export them one after the other, or choose one with --benchmark "
            + " or ".join(f"{DEFAULT}{suffix}" for suffix in sorted(origins)),
        )
    return DEFAULT + "".join(origins)


def _of_arms(collected: Collected, arms: Sequence[str]) -> Collected:
    known = dict.fromkeys(name for score in collected.scores for name in score.system.names)
    for arm in arms:
        if arm not in known:
            raise UnknownName("arm", arm, known, where="--arm")
    wanted = set(arms or known)
    return collected.with_scores([s for s in collected.scores if s.system.names & wanted])


def _within(collected: Collected, benchmark: Benchmark, registry: Registry) -> tuple[Collected, list[str]]:
    """The scores that the benchmark has a place for, and in words what it has none for.

    Raises:
        NothingToShow: there are no others.
    """
    outside: dict[str, dict[str, None]] = {}
    within = []
    for score in collected.scores:
        what = _why_not(score, benchmark, registry)
        if what is None:
            within.append(score)
        else:
            outside.setdefault(what, {})[score.task] = None
    if not within:
        tasks = ", ".join(sorted({score.task for score in collected.scores})) or "no score at all"
        raise NothingToShow(
            f"none of these scores is of {benchmark.name}",
            code="nothing-of-benchmark",
            where=f"there are {tasks}",
            fix="name another --benchmark",
        )
    names = [f"{what} of {', '.join(sorted(tasks))}" for what, tasks in sorted(outside.items())]
    return collected.with_scores(within), [f"left out, not in {benchmark.name}: {name}" for name in names]


def _why_not(score: Score, benchmark: Benchmark, registry: Registry) -> str | None:
    """What of a score is not in a benchmark; None where it is all in it."""
    if suffix_of(score.source, registry) != benchmark.suffix:
        return f"rows from {score.source}"
    task = benchmark.named(score.task)
    if task is None:
        return "scores"
    if score.metric not in task.metrics.values():
        return f"metric {score.metric}"
    return None if score.language in task.languages else f"language {score.language}"


def _systems(
    scores: Sequence[Score], marks: Marks, averages: Averages, benchmark: Benchmark
) -> Iterator[dict[str, Any]]:
    by_system: dict[System, list[Score]] = {}
    for score in scores:
        by_system.setdefault(score.system, []).append(score)
    for system in sorted(by_system):
        found = by_system[system]
        yield {
            # Two names of the same start are one system, and so are two labels of the same arm.
            "model": min(score.system.model for score in found),
            **_named(min(score.system.name for score in found), system),
            **{name: getattr(system, name) for name in ("start", "arm", "mode")},
            "intermediate": list(system.intermediate),
            "seeds": sorted({score.seed for score in found}),
            "rows": list(rows_of(found, marks, benchmark)),
            "averages": averages.of(system),
        }


def _named(name: str, system: System) -> dict[str, Any]:
    """What only systems with a label or settings of their own have."""
    label = {"label": name} if name not in ("", system.arm) else {}
    own = {name: json.loads(getattr(system, name)) for name in ("varied", "settings")}
    return label | {name: values for name, values in own.items() if values}


def rows_of(scores: Sequence[Score], marks: Marks, benchmark: Benchmark | None) -> Iterator[dict[str, Any]]:
    """A row for each task, language and metric of a system; metrics have the names that the benchmark prints."""
    places: dict[tuple[str, str, str], list[Score]] = {}
    for score in sorted(scores, key=lambda score: score.place):
        places.setdefault((score.task, score.language, score.metric), []).append(score)
    for (task, _, metric), found in places.items():
        values = {score.seed: score.value for score in found if score.value is not None}
        estimate = over_seeds(values, PERCENT) if values else None
        only = next((score.interval for score in found if score.value is not None), None)
        over = estimate and (estimate.interval or estimate.cannot_tell)
        interval = as_json(estimate.interval if estimate and over else only)
        known = benchmark.named(task) if benchmark else None
        printed = {metric: name for name, metric in known.metrics.items()} if known else {}
        yield {
            **{name: getattr(found[0], name) for name in made_of.OF_ROW},
            "printed": printed.get(metric, metric),
            "value": estimate.value if estimate else None,
            "interval": interval,
            "seeds": len(values),
            **{name: _common(found, name) for name in _ALIKE},
            "marks": sorted(marks[found[0].place[:4]]),
            "scores": [_of_seed(score) for score in found],
        }


def _of_seed(score: Score) -> dict[str, Any]:
    """What each seed of a row has for itself."""
    return {name: as_json(getattr(score, name)) for name in made_of.OF_SCORE}


_ALIKE = ("n", "task_version", "metric_version", "split", "source", "data", "precision")
"""Fields of a row that its seeds share."""


def _common(scores: Sequence[Score], name: str) -> Any:
    """What all seeds that have a value share; None where they differ, or where none has."""
    values = {getattr(score, name) for score in scores if score.value is not None}
    return values.pop() if len(values) == 1 else None


def _described(benchmark: Benchmark) -> dict[str, Any]:
    return {
        "name": benchmark.name,
        "description": benchmark.description,
        "tasks": {
            name: {
                "task": task.name,
                "languages": list(task.languages),
                "metrics": dict(task.metrics),
                "score": list(task.score),
            }
            for name, task in benchmark.tasks.items()
        },
        "groups": {name: list(tasks) for name, tasks in benchmark.groups.items()},
    }


def _marks_in(document: Mapping[str, Any]) -> Iterator[str]:
    for system in document["systems"]:
        for part in (*system["rows"], *system["averages"]):
            yield from part["marks"]
    for best in document["best_per_target"]:
        yield from best["marks"]
