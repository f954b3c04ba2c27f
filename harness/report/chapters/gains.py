"""Gains as figures: by language, by arm and target, and what becomes of the gap to English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.documents.figures import Forest, HeatMap, Point
from harness.documents.parts import Cell, Illustration, Paragraph, Part, Table, row_of
from harness.languages import LANGUAGES
from harness.report.contrast import Contrast, contrast_of
from harness.report.target_tables import estimate_cell, mean_cell
from harness.results.comparison import UNIT, Comparison, Estimate, Mean
from harness.results.marks import ENGLISH
from harness.results.scores import Scores
from harness.results.words import ArmName, short_arms
from harness.studies.classes import CLASSES, resource_class, unclassed

FULL_COLOUR = 5.0
"""Points from which on a gain has the strongest colour, if none is larger."""
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
    english = contrast.gain(ENGLISH)
    if english:
        _add(points, rows, _named(ENGLISH), ENGLISH, english, len(contrast.targets_in(ENGLISH)))
    if not points:
        return None
    note = (
        f"Intervals are of 95 %, for {contrast.basis}. Means are over languages of each target first, then over "
        "targets, so that they are not the means of the lines above. The band is the margin."
    )
    columns = ("language", "resource class", "script", "gain", "targets")
    return Illustration(
        Forest(title=f"Gain by language, {contrast.over}", unit="points", points=tuple(points), margin=margin),
        Table("", columns, tuple(rows), words=(1, 2)),
        note,
    )


def _groups(languages: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Languages by resource class, those of a class by script and then by code; at last those without a class."""
    without = unclassed(languages)
    groups = {f"{name}-resource": [one for one in languages if resource_class(one) == name] for name in CLASSES}
    for name, codes in groups.items():
        if own := [code for code in codes if code not in without]:
            yield name, sorted(own, key=lambda code: (LANGUAGES[code].resource_class or 0, _script(code), code))
    if own := [code for code in without if code != ENGLISH]:
        yield "without a class", sorted(own, key=lambda code: (_script(code), code))


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


def by_target(scores: Scores, comparisons: Sequence[Comparison]) -> list[Part]:
    """The mean gain of each arm on each target outside English, as colours; nothing without gains in percent.

    Args:
        scores: that the comparisons are of.
    """
    gained = [one for one in comparisons if one.against and one.unit == UNIT]
    names = short_arms(dict.fromkeys(ArmName(one.arm, one.text or one.arm, one.mode) for one in gained))
    targets = list(dict.fromkeys(one.task for one in gained))
    if not gained:
        return []
    places = {(one.arm, one.task): one for one in gained}
    shown = list(names)[:ARMS_SHOWN]
    abroad = {one.task for one in gained if one.mean("gain", english=False) is not None}
    values, rows = [], []
    for arm in shown:
        own = [_outside_english(places.get((arm, task))) for task in targets]
        whole = _over_targets(scores, arm, targets)
        values.append((*(mean.value if mean else None for mean in own), whole.value if whole else None))
        cells = (mean_cell(mean, signed=True, coverage=_coverage(mean)) for mean in own)
        rows.append((Cell(text=names[arm]), *cells, estimate_cell(whole, whole.seeds if whole else 0, signed=True)))
    columns = (*(task if task in abroad else f"{task} (en)" for task in targets), "mean")
    figure = HeatMap(
        title="Gain by arm and target, mean over languages but English",
        unit="points",
        rows=tuple(names[arm] for arm in shown),
        columns=columns,
        values=tuple(values),
        least=FULL_COLOUR,
    )
    note = (
        "Blue is a gain, orange a loss, the stronger the larger. A mean is over targets in other languages, where the "
        "arm has all of them; targets in English alone (en) are in no mean."
    )
    contrast = contrast_of(scores, shown[0])
    if contrast is not None and len(contrast.seeds) > 1 and contrast.has_items:
        note += (
            " Intervals of targets are for other seeds on the same items, as in the tables of scores; those of the "
            f"mean for {contrast.basis}, as in the answer."
        )
    parts: list[Part] = [Illustration(figure, Table("", ("arm", *columns), tuple(rows)), note)]
    if len(names) > len(shown):
        parts.append(Paragraph(f"The first {len(shown)} of {len(names):,} arms are shown, in the order of the run."))
    return parts


def _outside_english(comparison: Comparison | None) -> Mean | None:
    """The mean gain over languages but English; in English where there is nothing else."""
    return (comparison.mean("gain", english=False) or comparison.mean("gain")) if comparison else None


def _coverage(mean: Mean | None) -> str:
    return f"{mean.n}/{mean.of}" if mean and mean.n < mean.of else ""


def _over_targets(scores: Scores, arm: str, targets: Sequence[str]) -> Estimate | None:
    """The mean gain of an arm over targets in other languages; None unless it has all of them whole."""
    contrast = contrast_of(scores, arm)
    if contrast is None or contrast.left_out or contrast.languages == (ENGLISH,):
        return None
    abroad = {row["task"] for row in scores.rows if row["language"] != ENGLISH and row["task"] in targets}
    return contrast.gain(*contrast.languages) if {task for task, _ in contrast.places} == abroad else None


def transfer_gaps(comparisons: Sequence[Comparison]) -> list[Part]:
    """English minus the mean of the other languages, before and after in the same languages; nothing without both."""
    names = short_arms(dict.fromkeys(ArmName(one.arm, one.text or one.arm, one.mode) for one in comparisons))
    shown = set(list(names)[:ARMS_SHOWN])
    rows = []
    for one in comparisons:
        gaps = [one.transfer_gap(column) for column in ("baseline", "score", "gain")]
        known = [gap for gap in gaps if gap is not None]
        # Over other languages a gap before and one after would not differ by the change.
        if one.unit == UNIT and len(known) == 3 and len({gap.n for gap in known}) == 1 and one.arm in shown:
            cells = (mean_cell(gap, signed=place == 2, coverage=_coverage(gap)) for place, gap in enumerate(gaps))
            rows.append((Cell(text=one.task), Cell(text=names[one.arm]), *cells))
    if not rows:
        return []
    note = "A gap that shrinks (change below 0) can be a gain in other languages or a loss in English: see both."
    columns = ("target", "arm", "gap before", "gap after", "change")
    title = "English minus the mean of the other languages, points"
    return [Table(title, columns, tuple(rows), words=(1,), notes=(note,))]
