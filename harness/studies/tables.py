"""Tables of gains, as several studies show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.documents.figures import Point
from harness.documents.parts import Cell, Table
from harness.results.comparison import Bounds, Estimate, Line, average, compare, over_seeds
from harness.results.marks import ENGLISH
from harness.results.scores import Scores

ABROAD = "mean without en"


def gain_tables(scores: Scores, against: str) -> Iterator[Table]:
    """For each task the scores of one arm, and what every other arm adds: mean over seeds, and half the t interval.

    Gains whose interval leaves out zero are bold. A column per language, and one for the mean of all but English.

    Args:
        scores: by the main metrics of their tasks, of clean rows.
        against: label of the arm that is subtracted.
    """
    for (task,), own in scores.groups("task").items():
        base = own.where({"arm": (against,)})
        languages = [language for (language,) in base.groups("language")]
        of_base = compare(own, {"arm": (against,)}, lambda _: False, on=("language",))
        rows = [_row(f"{against}: score", of_base, languages, "score")]
        for (arm,), _ in own.groups("arm").items():
            if arm != against:
                lines = compare(own, {"arm": (arm,)}, {"arm": (against,)}, on=("language",))
                rows.append(_row(str(arm), lines, languages, "gain"))
        yield Table(str(task), ("arm", "seeds", *languages, ABROAD), tuple(rows))


def _row(name: str, lines: Sequence[Line], languages: Sequence[str], column: str) -> tuple[Cell, ...]:
    """One arm: how many seeds, and a cell per language and for their mean."""
    found: dict[str, Estimate] = {line.language: one for line in lines if (one := getattr(line, column))}
    abroad = [one for language, one in found.items() if language != ENGLISH]
    cells = [*(found.get(language) for language in languages), average(abroad) if abroad else None]
    seeds = max((one.seeds for one in found.values()), default=0)
    shown = [Cell(text=f"{one.value:.1f}") if one and column == "score" else gain_cell(one) for one in cells]
    return (Cell(text=name), Cell(text=str(seeds)), *shown)


def gain_cell(gain: Estimate | None) -> Cell:
    """A gain with half its interval over seeds, bold where that leaves out zero."""
    if gain is None:
        return Cell(text="-")
    interval = gain.interval if gain.seeds > 1 else None  # that of one seed is over items
    sure = interval is not None and (interval.low > 0 or interval.high < 0)
    return Cell(text=f"{gain.value:+.1f}{_half(gain)}", best=sure)


def value_cell(found: Estimate | None, digits: int = 1) -> Cell:
    """A value with half its interval over seeds."""
    if found is None:
        return Cell(text="-")
    return Cell(text=f"{found.value:.{digits}f}{_half(found, digits)}")


def _half(found: Estimate, digits: int = 1) -> str:
    """Half of an interval over seeds; nothing of one seed, whose interval is over items, or of seeds that agree."""
    if found.cannot_tell:
        return " ± ?"
    if found.interval is None or found.seeds < 2:
        return ""
    return f" ± {(found.interval.high - found.interval.low) / 2:.{digits}f}"


def text_cell(text: str) -> Cell:
    """A cell of words."""
    return Cell(text=text)


def seed_estimate(by_seed: Mapping[int, float]) -> Estimate | None:
    """The mean over seeds with Student's t interval; None of nothing."""
    return over_seeds(by_seed, Bounds()) if by_seed else None


def estimate_point(found: Estimate, *, x: float = 0.0, label: str = "") -> Point:
    """An estimate as a point of a figure."""
    low, high = (found.interval.low, found.interval.high) if found.interval else (None, None)
    return Point(y=found.value, x=x, low=low, high=high, label=label)
