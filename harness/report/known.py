"""A line under each table: whether its mean gain is one, how well it is known, and what it would take to know more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.errors import counted
from harness.results.comparison import UNIT, Comparison, Mean
from harness.results.marks import ENGLISH
from harness.results.words import number
from harness.statistics.conclusion import MARGIN, Verdict, conclude
from harness.statistics.power import MORE, MOST, Needed, items_needed, seeds_needed
from harness.statistics.refusal import CannotConclude

SAID = {
    Verdict.BETTER: "above 0",
    Verdict.WORSE: "below 0",
    Verdict.EQUAL: f"within {MARGIN:g} point of 0",
    Verdict.CANNOT_TELL: "cannot be told from 0",
}


def known_line(comparison: Comparison) -> Iterator[str]:
    """The line of a table; none where it has no mean in percent, or where nothing is known of its spread."""
    column = "gain" if comparison.mean("gain") else "score"
    mean = _judged(comparison, column)
    if mean is None or comparison.unit != UNIT:
        return
    parts = [SAID[conclude(mean.interval, MARGIN).verdict]] if column == "gain" and mean.interval else []
    parts += [f"known within ± {number(_half(mean))}"] if mean.interval else []
    more = list(_needed(comparison, column, mean)) if mean.interval is None or _half(mean) > MARGIN else []
    if parts or more:
        yield f"{_name(comparison, column)}: {'; '.join([*([', '.join(parts)] if parts else []), *more])}"


def looked_at(comparisons: Iterable[Comparison]) -> Iterator[str]:
    """How many mean gains a reader has looked at."""
    judged = (_judged(comparison, "gain") for comparison in comparisons if comparison.unit == UNIT)
    gains = [mean for mean in judged if mean and mean.interval]
    if len(gains) > 1:
        yield (
            f"{counted(len(gains), 'mean gain')} are judged here, each by its own interval: of gains that are truly 0, "
            "one in twenty is called a gain or a loss; `xharness compare` corrects for how many there are."
        )


def _judged(comparison: Comparison, column: str) -> Mean | None:
    """What transfer is about: the mean over other languages than English, where there are any."""
    return comparison.mean(column, english=False) or comparison.mean(column)


def _name(comparison: Comparison, column: str) -> str:
    languages = [line.language for line in comparison.lines]
    if len(languages) == 1:
        return f"{column} in {languages[0]}"
    return f"mean {column} without {ENGLISH}" if ENGLISH in languages else f"mean {column}"


def _half(mean: Mean) -> float:
    """How far the interval reaches to its longer side."""
    assert mean.interval
    return max(mean.value - mean.interval.low, mean.interval.high - mean.value)


def _needed(comparison: Comparison, column: str, mean: Mean) -> Iterator[str]:
    """How many seeds or items would do, and how many there are."""
    try:
        if len(mean.by_seed) > 1:
            needed = seeds_needed(list(mean.by_seed.values()), MARGIN)
            yield f"within ± {MARGIN:g} with {_seeds(needed)} seeds (now {len(mean.by_seed)})"
        elif mean.interval and comparison.over_items:
            languages = [line.language for line in comparison.lines if getattr(line, column) is not None]
            drawn = comparison.over_items.drawn(column, [code for code in languages if code != ENGLISH] or languages)
            likely = items_needed(mean.interval, drawn.units, MARGIN).likely
            about = round(likely, 2 - len(str(likely)))
            yield f"within ± {MARGIN:g} with about {about:,} {drawn.noun} (now {drawn.units:,})"
    except CannotConclude:
        # A spread that is not known at all.
        return


def _seeds(needed: Needed) -> str:
    most = f"{needed.most:,}" if needed.most < MORE else f"more than {MOST:,}"
    return f"{needed.least:,} to {most}" if needed.least < MORE else most
