"""A comparison as tables for people: by task, by language, by item, and what the sides differ in."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from harness.comparing.chance import chance_notes
from harness.comparing.compare import ComparedSides, DifferentMatch, Family
from harness.comparing.differences import Differences, FirstStage
from harness.comparing.findings import ABOVE, BELOW, Finding, LanguageFinding, TaskFinding
from harness.comparing.flips import Flip
from harness.comparing.pairing import Match
from harness.comparing.provenance import Differing
from harness.comparing.ranks import rank_notes
from harness.comparing.refusals import told_once
from harness.documents.parts import Cell, Table
from harness.errors import counted
from harness.results.comparison import UNIT
from harness.results.marks import meanings, signs
from harness.results.words import enumerate_names, number
from harness.statistics.conclusion import Verdict

ITEMS_SHOWN = 10
"""Items of a task that tables for people show; the flat table has all of them."""

LONGEST = 30
"""Characters of an answer that tables for people show."""

DIGEST = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24,}\b")

LISTED = 4
"""Values of a list that tables for people show even where the other side has them, too."""

LEAST_P = 0.001
"""P-values below are shown as below."""

QUESTIONS = {
    "items": "these checkpoints on other items like these, paired by item; of parallel data all languages at once",
    "seeds": "these recipes with other seeds: Student's t, paired by seed",
}


def task_tables(compared: ComparedSides) -> list[Table]:
    """A table for each two arms that are compared, with a row for each task."""
    found = []
    for match, tasks in _by_match(compared.tasks):
        rows = tuple(tuple(_task_cells(task)) for task in tasks)
        columns = ("task", "left", "right", "difference", _p_heading(compared.of_tasks), "verdict", "languages", "")
        found.append(Table(_title(compared, match), columns, rows))
    return found


def language_tables(compared: ComparedSides) -> list[Table]:
    """A table for each task, with a row for each language and one for their mean."""
    p = _p_heading(compared.of_languages)
    columns = ("language", "left", "right", "difference", p, "verdict", "items", "n", "")
    found = []
    for task in compared.tasks:
        title = f"{task.task}: {task.metric}, {task.unit}; {_title(compared, task.of)}"
        rows = [tuple(_language_cells(language)) for language in task.languages]
        if len(task.languages) > 1:
            mean = (*_scores(task.found), Cell(text=""), Cell(text=""), Cell(text=_items(task.found)))
            rows.append(
                (
                    Cell(text="mean"),
                    *mean,
                    Cell(text=f"{len(task.languages)}/{compared.all_languages(task)}"),
                    Cell(text=""),
                )
            )
        found.append(Table(title, columns, tuple(rows)))
    return found


def item_tables(compared: ComparedSides) -> list[Table]:
    """A table for each task, with the items that differ most."""
    found = []
    for (match, task), flips in groupby(compared.flips or (), key=lambda flip: (flip.of, flip.task)):
        every = list(flips)
        shown = sorted(every, key=lambda flip: -abs(flip.gain))[:ITEMS_SHOWN]
        more = f", {len(shown)} of {len(every):,}, those that differ most" if len(shown) < len(every) else ""
        title = f"{task}: items with another score; {_title(compared, match)}{more}"
        rows = tuple(tuple(_item_cells(flip)) for flip in shown)
        found.append(Table(title, ("language", "item", "gain", "gold", "left", "right"), rows, words=(1, 3, 4, 5)))
    return found


def difference_tables(compared: ComparedSides) -> list[Table]:
    """What the sides of each match differ in, beside their scores; one table where all differ in the same."""
    groups: dict[tuple[tuple[str, str, str], ...], list[DifferentMatch]] = {}
    for one in compared.differences:
        # Digests differ wherever anything does.
        groups.setdefault(tuple(_difference_rows(one.differences, digests=False)), []).append(one)
    found = []
    for lines, matches in groups.items():
        of = enumerate_names([_title(compared, one.of) for one in matches])
        told = lines if len(matches) > 1 else _difference_rows(matches[0].differences, digests=True)
        rows = tuple(tuple(Cell(text=text) for text in line) for line in told)
        title = "What differs" if len(groups) == 1 else f"What differs: {of}"
        found.append(Table(title, ("", "left", "right"), rows, words=(1, 2)))
    return [table for table in found if table.rows]


def notes(compared: ComparedSides, *, by_language: bool = False) -> Iterator[str]:
    """What the tables mean, and what they do not hold."""
    tasks = compared.tasks
    metrics: dict[tuple[str, str], dict[str, None]] = {}
    for task in tasks:
        metrics.setdefault((task.metric, task.unit), {})[task.task] = None
    named = "; ".join(f"{metric} ({unit}) of {enumerate_names(list(of))}" for (metric, unit), of in metrics.items())
    yield f"Scores: {named}."
    known = [task for task in tasks if _has_interval(task)]
    for question in dict.fromkeys(task.question for task in known):
        own = [task for task in known if task.question == question]
        of = "" if len(own) == len(known) else f" of {enumerate_names(list(dict.fromkeys(t.task for t in own)))}"
        yield f"Intervals{of}: 95 %, {QUESTIONS[question]}{_seeds(own)}."
    if bare := [task for task in tasks if not _has_interval(task)]:
        yield f"Without an interval: {enumerate_names(list(dict.fromkeys(t.task for t in bare)))}{_seeds(bare)}."
    yield from _corrections(compared, by_language=by_language)
    yield from _verdicts(compared, by_language=by_language)
    yield from _reasons(compared, by_language=by_language)
    yield from rank_notes(compared.ranks)
    yield from chance_notes(tasks)
    yield from _item_notes(compared)
    yield from _marks(tasks)
    yield from dict.fromkeys(line for task in tasks for line in task.overlap)
    for training in dict.fromkeys(one.differences.training for one in compared.differences):
        if training:
            yield f"the phases behind these scores were not all trained alike ({training})"
    for line, _ in groupby(_not_compared(compared)):
        yield line


def _item_notes(compared: ComparedSides) -> Iterator[str]:
    """Which of the items that were asked for are not shown."""
    if compared.flips is None:
        return
    of_tasks = Counter((flip.of, flip.task) for flip in compared.flips)
    if any(number > ITEMS_SHOWN for number in of_tasks.values()):
        yield f"Of each task the {ITEMS_SHOWN} items that differ most are shown; `--items --format csv` has all."
    missing: dict[str, dict[str, None]] = {}
    for task in compared.tasks:
        for language in task.languages:
            if language.found.unpaired:
                missing.setdefault(language.found.unpaired, {})[f"{task.task} {language.language}"] = None
    for why, names in missing.items():
        yield f"no items of {enumerate_names(list(names))}: {why}"


def _has_interval(task: TaskFinding) -> bool:
    return any(found.interval for found in (task.found, *(one.found for one in task.languages)))


def _by_match(tasks: Sequence[TaskFinding]) -> Iterator[tuple[Match, list[TaskFinding]]]:
    for match, own in groupby(tasks, key=lambda task: task.of):
        yield match, list(own)


def _title(compared: ComparedSides, match: Match) -> str:
    """Left minus right, with what differs in their names alone."""
    several = len({one.of for one in compared.tasks}) > len(compared.right)
    arms = (
        f", arm {match.left_arm}"
        if match.left_arm == match.right_arm
        else f" ({match.left_arm} minus {match.right_arm})"
    )
    return f"{compared.left} minus {match.side}{arms if several else ''}"


def _task_cells(task: TaskFinding) -> Iterator[Cell]:
    yield Cell(text=task.task)
    yield from _scores(task.found)
    yield Cell(text=p_value(task.found.p))
    yield Cell(text=verdict_of(task.found), best=_is_sure(task.found))
    yield Cell(text=f"+{task.ahead} -{task.behind} of {len(task.languages)}")
    yield Cell(text=signs(mark for language in task.languages for mark in language.marks))


def _language_cells(language: LanguageFinding) -> Iterator[Cell]:
    yield Cell(text=language.language)
    yield from _scores(language.found)
    yield Cell(text=p_value(language.found.p))
    yield Cell(text=verdict_of(language.found), best=_is_sure(language.found))
    yield Cell(text=_items(language.found))
    yield Cell(text=str(language.n))
    yield Cell(text=signs(language.marks))


def _item_cells(flip: Flip) -> Iterator[Cell]:
    yield Cell(text=flip.language)
    yield Cell(text=_shortened(flip.item))
    yield Cell(text=number(flip.gain, signed=True))
    yield Cell(text=_answer(flip.gold))
    for side in (flip.left, flip.right):
        yield Cell(text="; ".join(dict.fromkeys(map(_answer, side))))


def _scores(found: Finding) -> Iterator[Cell]:
    yield Cell(text=number(found.left))
    yield Cell(text=number(found.right))
    interval = found.interval
    bounds = [number(bound, signed=True) for bound in (interval.low, interval.high)] if interval else []
    yield Cell(text=number(found.value, signed=True), interval=f"[{','.join(bounds)}]" if bounds else "")


def _items(found: Finding) -> str:
    return f"+{found.items.wins:,} -{found.items.losses:,}" if found.items else ""


def p_value(p: float | None) -> str:
    """A p-value with three decimal places."""
    if p is None:
        return "-"
    return f"<{LEAST_P}" if p < LEAST_P else f"{p:.3f}"


def verdict_of(found: Finding) -> str:
    """What can be said, in a word or two."""
    return found.verdict.value if found.verdict else "-"


def _is_sure(found: Finding) -> bool:
    return found.verdict in (Verdict.BETTER, Verdict.WORSE)


def _p_heading(family: Family) -> str:
    names = {"holm": "Holm", "benjamini-hochberg": "BH"}
    return f"p ({names[family.method]})" if family.tested > 1 else "p"


def _answer(value: Any) -> str:
    if isinstance(value, list):
        return _shortened(" ".join(map(str, value)))
    return _shortened(str(value))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _seeds(tasks: Sequence[TaskFinding]) -> str:
    """Which seeds, where the records of the sides have several or others."""
    found: dict[str, None] = {}
    for task in tasks:
        if task.seeds != task.right_seeds:
            found[f"seed {task.seeds[0]} on the left, {task.right_seeds[0]} on the right"] = None
        else:
            found[f"seed{'s' if len(task.seeds) > 1 else ''} {', '.join(map(str, task.seeds))}"] = None
    return f" ({' or '.join(found)})" if found else ""


def _corrections(compared: ComparedSides, *, by_language: bool) -> Iterator[str]:
    if methods := _methods(task.found for task in compared.tasks):
        yield f"p of a task: {methods}{_corrected(compared.of_tasks, 'tasks')}."
    if by_language and (methods := _methods(one.found for task in compared.tasks for one in task.languages)):
        yield f"p of a language: {methods}{_corrected(compared.of_languages, 'languages')}."


def _methods(findings: Iterable[Finding]) -> str:
    """The tests by name, whichever way each of them was computed."""
    names = {"mcnemar": "McNemar's test", "mcnemar exact": "McNemar's test", "paired t": "paired t test"}
    methods = [found.test.method for found in findings if found.test]
    return " and ".join(dict.fromkeys(names.get(method, method.partition(",")[0]) for method in methods))


def _corrected(family: Family, noun: str) -> str:
    untested = family.looked_at - family.tested
    if family.tested < 2:
        others = f"of {counted(family.looked_at, 'comparison')} one has a test"
        return f"; {'one was looked at' if family.looked_at == 1 else others}, so that nothing is corrected"
    without = f", {untested} of them without a test" if untested else ""
    name = {"holm": "Holm", "benjamini-hochberg": "Benjamini and Hochberg (BH)"}[family.method]
    return f"; {family.looked_at} comparisons of {noun} were looked at{without}; {name} keeps {family.claims} below 5 %"


def _verdicts(compared: ComparedSides, *, by_language: bool) -> Iterator[str]:
    findings = [task.found for task in compared.tasks]
    findings += [one.found for task in compared.tasks for one in task.languages if by_language]
    if any(_is_sure(found) for found in findings):
        yield "better, worse: the left side is, since the interval is on one side of 0 and p is below 0.05."
    if any(found.verdict is Verdict.EQUAL for found in findings):
        points = "point" if compared.margin == 1 else "points"
        yield f"equal: the whole interval is within ±{compared.margin:g} {points} (`--margin`)."
    if any(task.unit != UNIT for task in compared.tasks):
        yield "No margin in points is applied to scores that are not in percent."
    if by_language and any(found.items for found in findings):
        yield "items: + where the left side has the higher score, - where the right side has it."
    if not by_language and any(len(task.languages) > 1 for task in compared.tasks):
        yield "languages: + where the left score is the higher one, - where the right is; `--by language` tests each."


def _reasons(compared: ComparedSides, *, by_language: bool) -> Iterator[str]:
    """Why some tasks and languages have no interval, no p-value, or no verdict."""
    found: dict[str, dict[str, None]] = {}
    for task in compared.tasks:
        if task.found.why:
            found.setdefault(task.found.why, {})[task.task] = None
        for language in task.languages:
            own = language.found.why != task.found.why or language.found.why in (ABOVE, BELOW)
            if by_language and language.found.why and own:
                found.setdefault(language.found.why, {})[f"{task.task} {language.language}"] = None
    for why, names in found.items():
        yield f"{enumerate_names(list(names))}: {why}"


def _marks(tasks: Sequence[TaskFinding]) -> Iterator[str]:
    return meanings(mark for task in tasks for language in task.languages for mark in language.marks)


def _not_compared(compared: ComparedSides) -> Iterator[str]:
    """What is left out and why; the same of several matches once."""
    matches = {*(one.of for one in compared.tasks), *(one.of for one in compared.refused)}
    for one in told_once(compared.refused, matches):
        yield f"not compared: {one.what}: {one.why}{f'; {one.fix}' if one.fix else ''}"
    alone: dict[str, dict[str, None]] = {}
    for side, label in compared.alone:
        alone.setdefault(side, {})[label] = None
    for side, labels in alone.items():
        yield f"not compared: of {compared.left} and {side} only one has the arm {enumerate_names(list(labels))}"


def _difference_rows(found: Differences, *, digests: bool) -> Iterator[tuple[str, str, str]]:
    for stage in found.stages:
        of = f", of {enumerate_names(list(stage.tasks))}" if len(found.stages) + bool(found.same) > 1 else ""
        yield f"first differing stage{of}", _stage(stage, 0, digests=digests), _stage(stage, 1, digests=digests)
        for fact in stage.facts:
            yield f"  {fact.name}", _value(fact, 0), _value(fact, 1)
    if found.same:
        yield f"same predictions: {enumerate_names(list(found.same))}", "", ""
    for heading, values in (("settings", found.settings), ("environment", found.environment)):
        for value in values:
            yield f"{heading}: {value.name}", _value(value, 0), _value(value, 1)


def _stage(stage: FirstStage, side: int, *, digests: bool) -> str:
    """A stage, with its digest if it is one."""
    name = (stage.left, stage.right)[side]
    if not name:
        return "-"
    known = list(dict.fromkeys(pair[side] for pair in stage.digests if pair[side]))
    return f"{name} {known[0]}" if digests and len(known) == 1 else name


def _value(found: Differing, side: int) -> str:
    """A value; of two long lists what only this one has, and of long digests the beginning."""
    values = found.left, found.right
    value, other = values[side], values[1 - side]
    if value is None:
        return "-"
    if isinstance(value, list) and isinstance(other, list) and max(len(value), len(other)) > LISTED:
        own = [one for one in value if one not in other]
        alike = len(value) - len(own)
        reordered = alike == len(value) == len(other)
        shared = [f"{alike} that both have"] if alike and not reordered else []
        text = ", ".join([*map(_plain, value if reordered else own), *shared]) or "-"
    else:
        text = _plain(value)
    return DIGEST.sub(r"\1...", text)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping | bool) else str(value)
