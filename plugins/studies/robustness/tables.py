"""What the study `robustness` shows beside its answers: drops by condition and language, items, and text length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean

from harness_plugins.studies.robustness import items as items
from harness_plugins.studies.robustness.cells import CLEAN, BySeed, Cells, Place
from harness_plugins.studies.robustness.line import Effective

from harness import studykit
from harness.studykit import NONE

SEVERITY = re.compile(r"(?P<name>[^:+]+):(?P<severity>\d)[^+]*")
ABROAD = "outside English"


def by_perturbation(cells: Cells) -> dict[str, list[str]]:
    """The pooled conditions by the name of their perturbation, where there are several; chains by themselves."""
    tasks = dict.fromkeys(task for task, _ in cells.places)
    found: dict[str, list[str]] = {}
    for condition in cells.conditions:
        if any(condition in cells.pooled(task) for task in tasks):
            single = SEVERITY.fullmatch(condition)
            found.setdefault(single["name"] if single else condition, []).append(condition)
    return found if len(found) > 1 else {}


def all_tables(cells: Cells, beyond: Sequence[Effective], measures: Sequence[studykit.Row]) -> Iterator[studykit.Table]:
    """Every table; those that would be empty are left out."""
    found = (
        _arms(cells),
        _conditions(cells),
        *(_languages(cells, task) for task in dict.fromkeys(task for task, _ in cells.places)),
        _items(cells),
        _effective(beyond),
        _diagnostic(cells),
        _fertility(cells, measures),
    )
    yield from (table for table in found if table.rows)


def _value(by_seed: BySeed, digits: int = 1) -> studykit.Cell:
    return studykit.value_cell(studykit.seed_estimate(by_seed), digits)


def _gain(by_seed: BySeed) -> studykit.Cell:
    return studykit.gain_cell(studykit.seed_estimate(by_seed))


def _arms(cells: Cells) -> studykit.Table:
    """What each arm and `none` lose, in the languages where both have something to lose."""
    rows = []
    for arm in cells.arms:
        places = cells.usable(arm)
        rows.append(
            (
                studykit.text_cell(arm),
                studykit.text_cell(str(len(places))),
                _value(cells.drops(NONE, places)),
                _value(cells.drops(arm, places)),
                _gain(cells.kept_more(arm, places)),
            )
        )
    title = f"Relative drop: percent of the clean score above chance that is lost, {ABROAD}, on these items"
    return studykit.Table(title, ("arm", "cells", NONE, "arm", "kept more"), tuple(rows))


def _conditions(cells: Cells) -> studykit.Table:
    """The same under each condition that labels of some task survive."""
    rows = []
    for condition in cells.conditions:
        of_arms = {arm: cells.usable(arm, [condition]) for arm in cells.arms}
        if any(of_arms.values()):
            row = [studykit.text_cell(condition)]
            for arm, places in of_arms.items():
                row.append(_value(cells.drops(NONE, places, [condition])))
                row.append(_gain(cells.kept_more(arm, places, [condition])))
            rows.append(tuple(row))
    # Each arm has languages of its own, and `none` beside it the same ones.
    columns = [name for arm in cells.arms for name in (f"{NONE}, beside {arm}", arm)]
    title = f"Relative drop of {NONE} under each condition, and how much more each arm keeps, {ABROAD}, on these items"
    return studykit.Table(title, ("condition", *columns), tuple(rows))


def _languages(cells: Cells, task: str) -> studykit.Table:
    """Relative drops in each language, over conditions; a dash where nothing is to be lost."""
    rows = []
    codes = [code for name, code in cells.places if name == task]

    def cell(arm: str, against: str, code: str) -> studykit.Cell:
        place = (task, code)
        if not cells.pooled(task) or not cells.can(against, place):
            return studykit.text_cell("-")
        return _value(cells.drops(arm, [place]))

    for arm in cells.arms:
        rows.append(
            (studykit.text_cell(NONE), studykit.text_cell(f"with {arm}"), *(cell(NONE, arm, code) for code in codes))
        )
        rows.append((studykit.text_cell(arm), studykit.text_cell(""), *(cell(arm, arm, code) for code in codes)))
    title = f"{task}: relative drop by language, of {NONE} beside each arm and of the arm"
    return studykit.Table(title, ("arm", "", *codes), tuple(rows))


def _items(cells: Cells) -> studykit.Table:
    """Flips, the worst, and agreement, of each arm and of `none` in the same languages."""
    rows = []
    for arm in cells.arms:
        places = cells.usable(arm)
        for one in (NONE, arm) if places else ():
            own = (
                items.flips(cells, one, places),
                items.worst_language(cells, one, places),
                items.worst_quarter(cells, one, places),
                *(items.all_right(cells, one, places, clean=clean) for clean in (True, False)),
            )
            kappas = [items.kappa(cells, one, places, clean=clean) for clean in (True, False)]
            label = f"{NONE}, beside {arm}" if one == NONE else arm
            rows.append((studykit.text_cell(label), *map(_value, own), *(_value(kappa, 2) for kappa in kappas)))
    columns = ("arm", "flips", "worst language", "worst quarter", "all right", "perturbed", "kappa", "perturbed kappa")
    title = f"Items that flip, scores where they are worst, and agreement of languages on items, {ABROAD}; percent"
    return studykit.Table(title, columns, tuple(rows))


def _effective(beyond: Sequence[Effective]) -> studykit.Table:
    """Scores beyond the line of baselines."""
    rows = []
    for one in beyond:
        line = one.line
        span = f"{line.low:.1f} to {line.high:.1f}" if line.points else "-"
        clean = [fmean(side) for side in zip(*one.points, strict=True)]
        cells = (f"{len(line.points)}", span, *(f"{value:.1f}" for value in clean))
        rows.append(
            (
                studykit.text_cell(one.arm),
                studykit.text_cell(one.task),
                *map(studykit.text_cell, cells),
                _gain(one.beyond),
            )
        )
    title = f"Effective robustness: points beyond what checkpoints of {NONE} with the same clean score have"
    columns = ("arm", "target", "baselines", "their clean", "clean", "perturbed", "beyond the line")
    return studykit.Table(title, columns, tuple(rows))


def _diagnostic(cells: Cells) -> studykit.Table:
    """What changes that labels need not survive take: a drop is expected."""
    rows = []
    for task in dict.fromkeys(task for task, _ in cells.places):
        for condition in cells.conditions:
            if condition in cells.diagnostic[task]:
                places = [place for place in cells.places if place[0] == task and place[1] != studykit.ENGLISH]
                own = [_value(_points(cells, arm, places, condition)) for arm in (NONE, *cells.arms)]
                rows.append((studykit.text_cell(task), studykit.text_cell(condition), *own))
    title = f"Diagnostic, never pooled: points that changes take which labels need not survive, {ABROAD}"
    return studykit.Table(title, ("target", "condition", NONE, *cells.arms), tuple(rows))


def _points(cells: Cells, arm: str, places: Sequence[Place], condition: str) -> BySeed:
    return {seed: fmean(cells.lost(arm, seed, place, condition) for place in places) for seed in cells.seeds}


def _fertility(cells: Cells, measures: Sequence[studykit.Row]) -> studykit.Table:
    """Tokens per character of clean texts, and how many times as many perturbed ones have."""
    found: dict[tuple[Place, str], float] = {}
    for row in measures:
        place = (row.get("task"), row.get("language"))
        if row["measure"] == "token-fertility" and place in cells.places:
            found[place, row.get("perturbation", CLEAN)] = row["value"]
    codes = dict.fromkeys(code for _, code in cells.places)
    rows = []
    for condition in (CLEAN, *cells.conditions):
        cell = []
        for code in codes:
            own = [place for place in cells.places if place[1] == code]
            both = [(found.get((place, condition)), found.get((place, CLEAN))) for place in own]
            known = [(one, other) for one, other in both if one is not None and other is not None]
            ratio = fmean(one / other if condition else one for one, other in known) if known else None
            cell.append("-" if ratio is None else f"{ratio:.3f}" if not condition else f"x {ratio:.2f}")
        rows.append((studykit.text_cell(condition or "clean: tokens per character"), *map(studykit.text_cell, cell)))
    title = "Token fertility: into how many tokens texts are cut, times that of clean ones"
    return studykit.Table(title, ("condition", *codes), tuple(rows) if found else ())


def all_figures(cells: Cells, beyond: Sequence[Effective], margin: float) -> Iterator[studykit.Figure]:
    """Every figure that has something to show."""
    of_arms = [(arm, studykit.seed_estimate(cells.kept_more(arm, cells.usable(arm)))) for arm in cells.arms]
    points = tuple(studykit.estimate_point(found, label=arm) for arm, found in of_arms if found)
    if points:
        title = f"Share of the clean score above chance that is kept, against {NONE}"
        yield studykit.Forest(title=title, unit="percent", points=points, margin=margin)
    first = cells.arms[0]
    curves = tuple(_severities(cells, (NONE, first), cells.usable(first)))
    if curves:
        title = f"Relative drop by severity, {ABROAD}"
        yield studykit.Curves(title=title, x="severity", y="percent of the clean score above chance", series=curves)
    for task in dict.fromkeys(one.task for one in beyond):
        own = [one for one in beyond if one.task == task]
        yield _scatter(task, own)


def _severities(cells: Cells, arms: Iterable[str], places: Sequence[Place]) -> Iterator[studykit.Series]:
    """A curve per arm, over the perturbations that were asked for at several severities."""
    named = [one for condition in cells.conditions if (one := SEVERITY.fullmatch(condition))]
    by_severity: dict[int, list[str]] = {}
    for one in named:
        if sum(other["name"] == one["name"] for other in named) > 1:
            by_severity.setdefault(int(one["severity"]), []).append(one.string)
    for arm in arms:
        points = []
        for severity, conditions in sorted(by_severity.items()):
            usable = [place for place in places if cells.pooled(place[0], conditions)]
            found = studykit.seed_estimate(cells.drops(arm, usable, conditions))
            points += [studykit.estimate_point(found, x=severity)] if found else []
        if len(points) > 1:
            yield studykit.Series(name=arm, points=tuple(points))


def _scatter(task: str, own: Sequence[Effective]) -> studykit.Scatter:
    """Checkpoints of `none` in the first arm's languages, and those of the arms."""
    sides: Mapping[str, Sequence[tuple[float, float]]] = {
        NONE: own[0].line.points,
        **{one.arm: one.points for one in own if one.line.points == own[0].line.points},
    }
    series = tuple(
        studykit.Series(name=name, points=tuple(studykit.Point(x=clean, y=kept) for clean, kept in points))
        for name, points in sides.items()
    )
    title = f"{task}: perturbed against clean score of each checkpoint"
    return studykit.Scatter(title=title, x="clean, percent", y="perturbed, percent", series=series)
