"""A comparison as JSON, as a flat table, and as the tables of a paper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from harness.comparing.chance import above_chance
from harness.comparing.compare import ComparedSides
from harness.comparing.findings import Finding, TaskFinding
from harness.comparing.pairing import Match
from harness.comparing.ranks import rank_tables
from harness.comparing.tables import difference_tables, item_tables, language_tables, notes, task_tables
from harness.documents.latex import latex
from harness.documents.markdown import markdown
from harness.documents.spreadsheet import comma_separated
from harness.results.records import as_json
from harness.visible import visible

FORMATS = ("csv", "latex", "markdown")

COLUMNS = {
    "left": "name of the left side",
    "right": "name of the right side",
    "left_arm": "label of its arm",
    "right_arm": "label of its arm",
    "task": "name of the task",
    "metric": "name of the metric",
    "unit": "of scores, differences and intervals, such as percent",
    "language": "ISO 639 code; empty for the mean over languages",
    "languages": "how many the mean is over; empty for one language",
    "all_languages": "how many either side has scores of, as the N of n/N; likewise",
    "ahead": "languages in which the left score is the higher one; likewise",
    "behind": "languages in which the right score is the higher one; likewise",
    "n": "items; for a mean of all languages",
    "seeds": "that both sides have, with a space between",
    "left_score": "the mean over seeds and languages",
    "right_score": "likewise",
    "difference": "left minus right",
    "low": "lower end of its 95 % interval; empty where nothing can be said",
    "high": "upper end",
    "interval": "how the interval was computed",
    "answers": "the question that it answers",
    "p": "p-value of no difference, for this comparison alone",
    "test": "of the p-value",
    "p_corrected": "p-value corrected for how many comparisons of tasks, or of languages, were looked at",
    "corrected_by": "holm or benjamini-hochberg",
    "comparisons": "how many were looked at",
    "chance": "what guessing gets by the metric, in percent; empty where it depends on the rows",
    "left_above_chance": "how far the left score is from chance to 100, 0 to 1; below 0 if guessing is better",
    "right_above_chance": "likewise",
    "margin": "points below which differences count as none",
    "verdict": "of the left side: better, worse, equal (within the margin), the same (predictions), cannot tell",
    "why": "why there is no interval, no p-value, or no verdict in spite of both; else empty",
    "wins": "items of which the left side has more; empty where predictions are gone",
    "losses": "items of which the right side has more",
    "ties": "items of which both have the same",
}
"""What each column of the flat table is."""

ITEM_COLUMNS = {
    "left": "name of the left side",
    "right": "name of the right side",
    "left_arm": "label of its arm",
    "right_arm": "label of its arm",
    "task": "name of the task",
    "language": "ISO 639 code",
    "item": "what the item is called in every language of parallel data",
    "key": "key of the row; see docs/data.md",
    "gain": "left minus right of the score of this item alone, the mean over seeds",
    "gold": "the right answer, as JSON",
    "left_answers": "what the left side predicts, one per seed, as JSON",
    "right_answers": "what the right side predicts, likewise",
}
"""What each column of the flat table of items is."""


def render(compared: ComparedSides, form: str, *, by_language: bool = False) -> bytes:
    """A comparison in a form, the same bytes for the same comparison.

    Args:
        form: json, or one of `FORMATS`.
        by_language: each language, too. The flat table of a comparison with items is that of the items.
    """
    if form == "json":
        text = json.dumps(document(compared), ensure_ascii=False, allow_nan=False, indent=1)
        return visible(f"{text}\n", lines=True).encode()
    if form == "csv":
        if compared.flips is None:
            return comma_separated(COLUMNS, flat_rows(compared, by_language=by_language)).encode()
        return comma_separated(ITEM_COLUMNS, item_rows(compared)).encode()
    tables = [
        *task_tables(compared),
        *(language_tables(compared) if by_language else ()),
        *rank_tables(compared.ranks),
        *item_tables(compared),
        *difference_tables(compared),
    ]
    write = latex if form == "latex" else markdown
    return write(tables, list(notes(compared, by_language=by_language))).encode()


def document(compared: ComparedSides) -> dict[str, Any]:
    """A comparison as JSON has it."""
    found: dict[str, Any] = as_json(compared)
    return found


def flat_rows(compared: ComparedSides, *, by_language: bool = False) -> Iterator[dict[str, Any]]:
    """A row with all `COLUMNS` for each task and, if asked for, each language; None where there is no value."""
    for task in compared.tasks:
        every = {
            "language": "",
            "languages": len(task.languages),
            "all_languages": compared.all_languages(task),
            "ahead": task.ahead,
            "behind": task.behind,
            "n": sum(one.n for one in task.languages),
        }
        yield _row(compared, task, task.found, every, of_languages=False)
        for one in task.languages if by_language else ():
            yield _row(compared, task, one.found, {"language": one.language, "n": one.n}, of_languages=True)


def item_rows(compared: ComparedSides) -> Iterator[dict[str, Any]]:
    """A row with all `ITEM_COLUMNS` for each item that the sides answer differently."""
    for flip in compared.flips or ():
        yield {
            "left": compared.left,
            **_match(flip.of),
            **{name: getattr(flip, name) for name in ("task", "language", "item", "key", "gain")},
            "gold": _text(flip.gold),
            "left_answers": _text(flip.left),
            "right_answers": _text(flip.right),
        }


def _row(
    compared: ComparedSides, task: TaskFinding, found: Finding, of: dict[str, Any], *, of_languages: bool
) -> dict[str, Any]:
    family = compared.of_languages if of_languages else compared.of_tasks
    interval, test, items = found.interval, found.test, found.items
    values = {
        "left": compared.left,
        **_match(task.of),
        "task": task.task,
        "metric": task.metric,
        "unit": task.unit,
        **of,
        "seeds": " ".join(map(str, task.seeds)),
        "left_score": found.left,
        "right_score": found.right,
        "difference": found.value,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "interval": interval.method if interval else None,
        "answers": interval.answers if interval else None,
        "p": test.p if test else None,
        "test": test.method if test else None,
        "p_corrected": found.p,
        "corrected_by": family.method if test else None,
        "comparisons": family.looked_at,
        "chance": task.chance,
        "left_above_chance": above_chance(found.left, task),
        "right_above_chance": above_chance(found.right, task),
        "margin": compared.margin,
        "verdict": found.verdict.value if found.verdict else None,
        "why": found.why,
        "wins": items.wins if items else None,
        "losses": items.losses if items else None,
        "ties": items.ties if items else None,
    }
    return {name: values.get(name) for name in COLUMNS}


def _match(match: Match) -> dict[str, str]:
    return {"right": match.side, "left_arm": match.left_arm, "right_arm": match.right_arm}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
