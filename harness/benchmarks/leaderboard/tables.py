"""A document as tables for people: systems by averages and by tasks, and the best arm of each target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.arms import NONE
from harness.benchmarks.leaderboard.averages import (
    GAIN,
    GAIN_WITHOUT_ENGLISH,
    GROUP,
    OVERALL,
    SCORE,
    TASK,
    WITHOUT_ENGLISH,
    Name,
)
from harness.benchmarks.leaderboard.scores import system_of
from harness.documents.parts import Cell, Table
from harness.results.marks import MARKS
from harness.results.words import number


def tables(document: Mapping[str, Any]) -> list[Table]:
    """All tables of a document; one without any value is left out."""
    systems = _ranked(document)
    bench = document["benchmark"]
    overall = {
        "overall": Name(OVERALL, bench["name"], SCORE),
        "without English": Name(OVERALL, bench["name"], WITHOUT_ENGLISH),
        "average gain": Name(OVERALL, bench["name"], GAIN),
        "gain without English": Name(OVERALL, bench["name"], GAIN_WITHOUT_ENGLISH),
    }
    groups = {group: Name(GROUP, group, SCORE) for group in bench["groups"]}
    tasks = {task: Name(TASK, task, SCORE) for task in bench["tasks"]}
    scored_in_part = {tasks[lack.task] for lack in _lacks(document)}
    found = [
        _of_means(f"{bench['name']}: averages, percent", systems, overall | groups),
        _of_means(f"{bench['name']}: tasks, percent", systems, tasks, shown=scored_in_part),
        _of_means(
            f"{bench['name']}: tasks without English, percent",
            systems,
            {task: Name(TASK, task, WITHOUT_ENGLISH) for task in bench["tasks"]},
        ),
    ]
    found += [_best(best) for best in document["best_per_target"]]
    return [table for table in found if table.rows]


def notes(document: Mapping[str, Any]) -> list[str]:
    """What the marks and intervals in the tables mean, a line each."""
    shown = [mean for system in document["systems"] for mean in system["averages"]]
    shown += [part for best in document["best_per_target"] for part in (best, *best["targets"])]
    marks = {mark for mean in shown for mark in mean["marks"]}
    shown_marks = sorted((MARKS[name] for name in marks), key=lambda mark: mark.sign)
    found = [f"{mark.sign}: {mark.beside_systems}" for mark in shown_marks]
    intervals = {
        (mean["interval"]["level"], mean["interval"]["method"], mean["interval"]["answers"])
        for system in document["systems"]
        for mean in system["averages"]
        if mean["interval"]
    }
    found += [f"Intervals: {100 * level:g} %, {method}: {answers}." for level, method, answers in sorted(intervals)]
    if any(
        len(mean["seeds"]) > 1 and not mean["interval"] for system in document["systems"] for mean in system["averages"]
    ):
        found.append(
            "No interval: all seeds give the same, or Student's t over so few reaches beyond what a score can be."
        )
    found += [
        f"-: {lack.system} has {lack.task} by {lack.had} alone, and its score is made of {lack.needed}"
        for lack in _lacks(document)
    ]
    if any(mean.get("n", 0) < mean.get("total", 0) for mean in shown):
        found.append("n/N: mean over n of the benchmark's N languages or tasks.")
    return found


@dataclass(frozen=True, kw_only=True)
class Lack:
    """A task that a system has rows of, by fewer metrics than its score is made of.

    Attributes:
        had, needed: metrics as the benchmark's scorer prints them, in words.
    """

    system: str
    task: str
    had: str
    needed: str


def _lacks(document: Mapping[str, Any]) -> Iterator[Lack]:
    for words, system in named_systems(document):
        means = {mean["of"] for mean in system["averages"] if (mean["level"], mean["measure"]) == (TASK, SCORE)}
        for name, task in document["benchmark"]["tasks"].items():
            rows = [row for row in system["rows"] if row["task"] == task["task"] and row["value"] is not None]
            if rows and name not in means:
                had = ", ".join(sorted({row["printed"] for row in rows}))
                yield Lack(system=words, task=name, had=had, needed=" and ".join(task["score"]))


def named_systems(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Each system with the name that tables have for it."""
    systems = document["systems"]
    models: dict[str, set[str]] = {}
    for system in systems:
        models.setdefault(system["model"], set()).add(system["start"])
    names = []
    for system in systems:
        several = len(models[system["model"]]) > 1
        model = f"{system['model']} {system['start'][:8]}" if several else system["model"]
        names.append(f"{model}{_after(system)}")
    times = Counter(names)
    # Labels of several runs can be the same.
    return [
        (name if times[name] == 1 else f"{name}: {system_of(system).details}", system)
        for name, system in zip(names, systems, strict=True)
    ]


def _ranked(document: Mapping[str, Any]) -> list[tuple[str, dict[Name, Mapping[str, Any]]]]:
    """Name and means of each system, the best overall first, those over most of the benchmark before others."""
    name = Name(OVERALL, document["benchmark"]["name"], SCORE)
    found = [
        (words, {Name(mean["level"], mean["of"], mean["measure"]): mean for mean in system["averages"]})
        for words, system in named_systems(document)
    ]

    def rank(entry: tuple[str, dict[Name, Mapping[str, Any]]]) -> tuple[float, float, str]:
        overall = entry[1].get(name)
        return (-overall["n"], -overall["value"], entry[0]) if overall else (0, 0, entry[0])

    return sorted(found, key=rank)


def _after(system: Mapping[str, Any]) -> str:
    arm, label = system["arm"], system.get("label", system["arm"])
    if not system["intermediate"]:
        return "" if label == NONE else f" ({label})"
    if label != arm:
        return f" after {label}"
    return f" after {arm} ({system['mode']})" if len(system["intermediate"]) > 1 else f" after {arm}"


def _of_means(
    title: str,
    systems: Sequence[tuple[str, Mapping[Name, Mapping[str, Any]]]],
    columns: Mapping[str, Name],
    *,
    shown: Collection[Name] = (),
) -> Table:
    """Means of systems, in the columns that any has.

    Args:
        shown: means that have a column though no system may have them.
    """
    kept = {
        heading: name
        for heading, name in columns.items()
        if name in shown or any(name in means for _, means in systems)
    }
    best = {name: _highest([means[name] for _, means in systems if name in means]) for name in kept.values()}
    rows = [
        (
            Cell(text=system),
            *(
                _cell(means.get(name), best[name], signed=name.measure in (GAIN, GAIN_WITHOUT_ENGLISH))
                for name in kept.values()
            ),
        )
        for system, means in systems
    ]
    return Table(title, ("system", *kept), tuple(rows) if kept else ())


def _highest(means: Sequence[Mapping[str, Any]]) -> str | None:
    """The highest value, as shown, of means over everything; None unless there are several."""
    values = [mean["value"] for mean in means if mean["n"] == mean["total"]]
    return number(max(values)) if len(values) > 1 else None


def _cell(mean: Mapping[str, Any] | None, best: str | None, *, signed: bool = False) -> Cell:
    if mean is None:
        return Cell(text="-")
    whole = mean["n"] == mean["total"]
    return Cell(
        text=number(mean["value"], signed=signed),
        interval=_interval(mean, signed=signed),
        coverage="" if whole else f"{mean['n']}/{mean['total']}",
        marks=_signs(mean["marks"]),
        best=whole and number(mean["value"]) == best,
    )


def _best(best: Mapping[str, Any]) -> Table:
    title = f"{best['model']}: best arm of each target, chosen on development rows, percent"
    rows = [tuple(_choice(line)) for line in best["targets"]]
    if best["gain"] and rows:
        coverage = "" if best["n"] == best["total"] else f"{best['n']}/{best['total']}"
        mean = _shown(best["gain"], marks=best["marks"], coverage=coverage, signed=True)
        rows.append((Cell(text="mean"), Cell(text=""), Cell(text=""), Cell(text=""), Cell(text=""), mean))
    return Table(title, ("target", "best after", "development", "alone", "score", "gain"), tuple(rows))


def _choice(line: Mapping[str, Any]) -> Iterator[Cell]:
    yield Cell(text=line["task"])
    yield Cell(text=line["arm"] + (f" (as good: {', '.join(line['tied'])})" if line["tied"] else ""))
    yield Cell(text=f"{number(line['development_score'])} {line['development_metric']}")
    yield _shown(line["baseline"])
    yield _shown(line["score"])
    yield _shown(line["gain"], marks=line["marks"], signed=True)


def _shown(
    estimate: Mapping[str, Any] | None, *, marks: Sequence[str] = (), coverage: str = "", signed: bool = False
) -> Cell:
    if estimate is None:
        return Cell(text="-")
    text = number(estimate["value"], signed=signed)
    return Cell(text=text, interval=_interval(estimate, signed=signed), coverage=coverage, marks=_signs(marks))


def _interval(estimate: Mapping[str, Any], *, signed: bool) -> str:
    found = estimate["interval"]
    return f"[{number(found['low'], signed=signed)}, {number(found['high'], signed=signed)}]" if found else ""


def _signs(marks: Sequence[str]) -> str:
    return "".join(sorted(MARKS[mark].sign for mark in marks))
