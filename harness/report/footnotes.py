"""What stands below tables of scores: what their signs mean, what rows have in common with others, what failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.arms import NONE
from harness.documents.parts import Paragraph, Tone
from harness.results.marks import find_marks, meanings, signs
from harness.results.scores import Row
from harness.results.words import overlap_lines, without_training


def signs_of(rows: Iterable[Row]) -> str:
    """The signs of all marks that any of some scores has."""
    return signs(mark for row in rows for mark in find_marks(row))


def mark_notes(marks: Iterable[str]) -> Iterator[Paragraph]:
    """What some marks mean, a line each."""
    for line in meanings(marks):
        yield Paragraph(line, Tone.QUIET)


def footnotes(rows: Sequence[Row]) -> Iterator[Paragraph]:
    """What the marks of some scores mean, with what they refer to."""
    yield from mark_notes(mark for row in rows for mark in find_marks(row))
    yield from map(Paragraph, dict.fromkeys(overlap_lines(rows)))
    yield from failures(rows)


def failures(rows: Sequence[Row]) -> Iterator[Paragraph]:
    """One line a task, arm, seed and reason, with all languages it concerns."""
    found: dict[tuple[str, str, int, str], dict[str, None]] = {}
    for row in rows:
        if row["status"] == "failed":
            task = f"{row['task']} with {row['perturbation']}" if row.get("perturbation") else row["task"]
            key = (task, row["arm"], row["seed"], row["error"])
            found.setdefault(key, {})[row["language"]] = None
    untrained = {row["arm"] for row in rows if row["mode"] == NONE}
    for (task, arm, seed, error), languages in found.items():
        after = f"without intermediate tasks{without_training(arm)}" if arm in untrained else f"after {arm}"
        text = f"failed: {task} {' '.join(languages)} {after}, seed {seed}: {error}"
        yield Paragraph(text, Tone.FAILED, copied=True)
