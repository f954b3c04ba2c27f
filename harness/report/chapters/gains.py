"""Gains as figures: by language, by arm and target, and what becomes of the gap to English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from harness.documents.figures import Forest, HeatMap, Point
from harness.documents.parts import Cell, Illustration, Paragraph, Part, Table, row_of
from harness.languages import LANGUAGES
from harness.report.contrast import Contrast
from harness.report.target_tables import estimate_cell, mean_cell
from harness.results.comparison import UNIT, Comparison, Estimate
from harness.results.marks import ENGLISH
from harness.results.words import ArmName, short_arms
from harness.studies.classes import CLASSES, resource_class

ARMS_SHOWN = 40
"""Arms in figures and in their tables; the first ones of the run, whatever they score."""


def by_language(contrast: Contrast, margin: float) -> Illustration | None:
    """The gain in each language, those with the least text first, and its means; None where there is none."""
    several = len(contrast.languages) > 1
    points: list[Point] = []
    rows: list[tuple[Cell, ...]] = []
    for name, languages in _groups(contrast.languages):
        found = {code: contrast.gain(code) for code in languages}
        for code, gain in found.items():
            _add(points, rows, _named(code), code, gain, len(contrast.targets_in(code)))
        if several and sum(gain is not None for gain in found.values()) > 1:
            _add(points, rows, f"mean, {name}", "", contrast.gain(*languages))
    if several:
        _add(points, rows, "mean without en", "", contrast.gain(*contrast.languages))
    english = contrast.gain(ENGLISH) if ENGLISH not in contrast.languages else None
    if english:
        _add(points, rows, _named(ENGLISH), ENGLISH, english, len(contrast.targets_in(ENGLISH)))
    if not points:
        return None
    title = f"Gain by language, {contrast.over}"
    columns = ("language", "resource class", "script", "gain", "targets")
    return Illustration(
        Forest(title=title, unit="points", points=tuple(points), margin=margin),
        Table("", columns, tuple(rows), words=(1, 2)),
    )


def _groups(languages: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Languages of a class of resources, by script and then by code."""
    for name in CLASSES:
        own = [code for code in languages if resource_class(code) == name]
        if own:
            yield f"{name}-resource", sorted(own, key=lambda code: (_script(code), code))


def _named(code: str) -> str:
    return f"{code} {LANGUAGES[code].name}" if code in LANGUAGES else code


def _script(code: str) -> str:
    return LANGUAGES[code].script if code in LANGUAGES else ""


def _add(
    points: list[Point],
    rows: list[tuple[Cell, ...]],
    name: str,
    code: str,
    gain: Estimate | None,
    targets: int | None = None,
) -> None:
    known = LANGUAGES.get(code)
    number = "" if known is None or known.resource_class is None else str(known.resource_class)
    cell = estimate_cell(gain, gain.seeds if gain else 0, signed=True)
    rows.append((*row_of(name, number, _script(code)), cell, Cell(text="" if targets is None else str(targets))))
    if gain is not None:
        low, high = (gain.interval.low, gain.interval.high) if gain.interval else (None, None)
        points.append(Point(y=gain.value, low=low, high=high, label=name, is_mean=not code))


def by_target(comparisons: Sequence[Comparison]) -> list[Part]:
    """The mean gain of each arm on each target outside English, as colours; nothing without gains in percent."""
    gained = [one for one in comparisons if one.against and one.unit == UNIT]
    names = short_arms(dict.fromkeys(ArmName(one.arm, one.text or one.arm, one.mode) for one in gained))
    targets = list(dict.fromkeys(one.task for one in gained))
    if not gained:
        return []
    places = {(one.arm, one.task): one for one in gained}
    shown = list(names)[:ARMS_SHOWN]
    means = {place: one.mean("gain", english=False) or one.mean("gain") for place, one in places.items()}
    values, rows = [], []
    for arm in shown:
        own = [means.get((arm, task)) for task in targets]
        known = [mean.value for mean in own if mean]
        whole = fmean(known) if len(known) == len(targets) else None
        values.append((*(mean.value if mean else None for mean in own), whole))
        last = Cell(text="-" if whole is None else f"{whole + 0.0:+.1f}")
        rows.append((Cell(text=names[arm]), *(mean_cell(mean, signed=True) for mean in own), last))
    title = "Gain by arm and target, mean over languages but English"
    columns = (*targets, "mean")
    parts: list[Part] = [
        Illustration(
            HeatMap(
                title=title,
                unit="points",
                rows=tuple(names[arm] for arm in shown),
                columns=columns,
                values=tuple(values),
            ),
            Table("", ("arm", *columns), tuple(rows)),
        )
    ]
    if len(names) > len(shown):
        parts.append(Paragraph(f"The first {len(shown)} of {len(names):,} arms are shown, in the order of the run."))
    return parts


def transfer_gaps(comparisons: Sequence[Comparison]) -> list[Part]:
    """English minus the mean of the other languages, before and after; nothing where a side is missing."""
    names = short_arms(dict.fromkeys(ArmName(one.arm, one.text or one.arm, one.mode) for one in comparisons))
    shown = set(list(names)[:ARMS_SHOWN])
    rows = []
    for one in comparisons:
        gaps = [one.transfer_gap(column) for column in ("baseline", "score", "gain")]
        if one.unit == UNIT and gaps[2] is not None and one.arm in shown:
            cells = (mean_cell(gap, signed=place == 2) for place, gap in enumerate(gaps))
            rows.append((Cell(text=one.task), Cell(text=names[one.arm]), *cells))
    if not rows:
        return []
    note = "A gap that shrinks (change below 0) can be a gain in other languages or a loss in English: see both."
    columns = ("target", "arm", "gap before", "gap after", "change")
    title = "English minus the mean of the other languages, points"
    return [Table(title, columns, tuple(rows), words=(1,), notes=(note,))]
