"""What the study `similarity` shows: correlations by measure, class and target, picks, gains and similarities."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from harness_plugins.studies.similarity import ranks as ranks
from harness_plugins.studies.similarity.picks import Picking, pickings

from harness import studykit

if TYPE_CHECKING:
    from harness_plugins.studies.similarity.cells import Cells
    from harness_plugins.studies.similarity.ranks import Floats
    from numpy.typing import NDArray


def all_tables(
    cells: Cells, measure: str, orders: NDArray[np.intp], covariates: Mapping[str, Mapping[str, float]]
) -> Iterator[studykit.Table]:
    """Every table."""
    yield _measures(cells, _numbers(cells), orders)
    yield _classes(cells, measure)
    yield _targets(cells, measure)
    low = cells.of_class("low")
    if low.places and len(low.targets) > 1:
        title = "Sources ranked for each target by what the other targets say, low-resource languages"
        known = {name: low.by_target(table) for name, table in _numbers(low).items()}
        yield table_of_picks(title, pickings(low.targets, low.by_target(low.gain), known))
    if low.places:
        yield _sources("Gains over none in points, mean over low-resource languages", low, low.gain, "+.1f")
        yield _sources(f"{measure}, mean over low-resource languages", low, low.similarity[measure], "+.2f")
    if covariates:
        yield _features(cells, measure, covariates)


def _numbers(cells: Cells) -> dict[str, Floats]:
    """Everything that ranks sources, (cells, sources) each."""
    sizes = cells.sizes()
    return {**cells.similarity, "same format": cells.formats(), **({} if sizes is None else {"training rows": sizes})}


def _measures(cells: Cells, tables: Mapping[str, Floats], orders: NDArray[np.intp]) -> studykit.Table:
    classes = [name for name in studykit.CLASSES if cells.languages(name)]
    rows = []
    for name, table in tables.items():
        shown: list[str] = []
        for one in classes:
            found = _association(table, cells, one, orders)
            shown += (
                ["-", "-"]
                if found is None
                else [f"{found.rho:+.2f} [{found.low:+.2f}, {found.high:+.2f}]", f"{found.p:.2g}"]
            )
        rows.append(tuple(map(studykit.text_cell, (name, *shown))))
    columns = ("alike by", *(head for one in classes for head in (one, "p")))
    title = "Rank correlation with gains within targets, by class of languages; p by itself; the more alike the higher"
    return studykit.Table(title, columns, tuple(rows))


def _association(table: Floats, cells: Cells, name: str, orders: NDArray[np.intp]) -> ranks.Association | None:
    """Of a table of all cells with gains in a class of languages."""
    at = [studykit.resource_class(language) == name for _, language in cells.places]
    own = cells.where(at)
    try:
        return ranks.association(own.places, table[at], own.gain, orders)
    except studykit.CannotConclude:
        return None


def _classes(cells: Cells, measure: str) -> studykit.Table:
    rows = []
    for name in studykit.CLASSES:
        own = cells.of_class(name)
        if not own.places:
            continue
        each = ranks.rank_correlations(own.similarity[measure], own.gain)
        rho = _mean(own, each)
        try:
            reliable: float | None = ranks.reliability(own.gains, own.places)
        except studykit.CannotConclude:
            reliable = None
        top = None if reliable is None else math.sqrt(reliable)
        share = None if rho is None or top is None else rho / top
        shown = (_number(rho, "+.2f"), _number(reliable, ".2f"), _number(top, ".2f"), _number(share, "+.2f"))
        rows.append(tuple(map(studykit.text_cell, (name, ", ".join(own.languages(name)), *shown))))
    title = f"{measure} by class of languages: how reliably seeds rank sources, and the correlation that this allows"
    return studykit.Table(title, ("class", "languages", "correlation", "reliability", "ceiling", "share"), tuple(rows))


def _mean(cells: Cells, each: Floats) -> float | None:
    weights = ranks.weights_of(cells.places, np.isfinite(each))
    return float(weights @ np.nan_to_num(each)) if weights.any() else None


def _targets(cells: Cells, measure: str) -> studykit.Table:
    rows = []
    for target in cells.targets:
        own = cells.where([place[0] == target for place in cells.places])
        count = int(np.isfinite(own.gain).all(0).sum())
        shown = [
            _number(_mean(part, ranks.rank_correlations(part.similarity[measure], part.gain)), "+.2f")
            for name in studykit.CLASSES
            if cells.languages(name)
            for part in [own.of_class(name)]
        ]
        left_out = ", ".join(source for source, other in cells.shared if other == target)
        rows.append(tuple(map(studykit.text_cell, (target, str(count), *shown, left_out or "-"))))
    columns = ("target", "sources", *(name for name in studykit.CLASSES if cells.languages(name)), "left out")
    return studykit.Table(f"{measure} and gains, target by target", columns, tuple(rows))


def table_of_picks(title: str, found: Mapping[str, Picking]) -> studykit.Table:
    """How well each ranking picks."""
    rows = [
        tuple(map(studykit.text_cell, (name, f"{one.ndcg:.2f}", f"{one.regret[0]:.1f}", f"{one.regret[1]:.1f}")))
        for name, one in found.items()
    ]
    return studykit.Table(title, ("ranked by", "NDCG", "regret@1", "regret@3"), tuple(rows))


def _sources(title: str, cells: Cells, table: Floats, form: str) -> studykit.Table:
    means = cells.by_target(table)
    rows = [
        (studykit.text_cell(source), *(studykit.text_cell(_number(float(value), form)) for value in means[:, at]))
        for at, source in enumerate(cells.sources)
    ]
    return studykit.Table(title, ("source", *cells.targets), tuple(rows))


def _features(cells: Cells, measure: str, covariates: Mapping[str, Mapping[str, float]]) -> studykit.Table:
    """What the correlation of a language, mean over targets, has to do with features of languages."""
    codes = list(dict.fromkeys(language for _, language in cells.places))
    each = ranks.rank_correlations(cells.similarity[measure], cells.gain)
    of_language = {code: _mean_in(cells, each, code) for code in codes}
    rows = []
    for name, feature in covariates.items():
        known = [code for code in codes if code in feature and of_language[code] is not None]
        values = np.array([[feature[code] for code in known]], np.float64)
        rhos = np.array([[of_language[code] for code in known]], np.float64)
        try:
            found = ranks.association([("", "")], values, rhos, ranks.permuted_sources(len(known)))
            shown = (f"{found.rho:+.2f}", f"{found.p:.2g}")
        except studykit.CannotConclude:
            shown = ("-", "-")
        rows.append(tuple(map(studykit.text_cell, (name, str(len(known)), *shown))))
    title = f"Features of languages and the correlation of {measure} with gains in them; p by permuted languages"
    return studykit.Table(title, ("feature", "languages", "rank correlation", "p"), tuple(rows))


def _mean_in(cells: Cells, each: Floats, code: str) -> float | None:
    own = [value for (_, language), value in zip(cells.places, each.tolist(), strict=True) if language == code]
    known = [value for value in own if math.isfinite(value)]
    return sum(known) / len(known) if known else None


def all_figures(cells: Cells, measure: str, orders: NDArray[np.intp], margin: float) -> Iterator[studykit.Figure]:
    """Every figure."""
    series = []
    for name in studykit.CLASSES:
        own = cells.of_class(name)
        if own.places:
            series.append(studykit.Series(name=name, points=tuple(_points(own, measure))))
    yield studykit.Scatter(
        title="Similarity and gain of each source and target, mean over languages, less the target's mean",
        x=measure,
        y="gain, points",
        series=tuple(series),
    )
    points = []
    for name, table in cells.similarity.items():
        found = _association(table, cells, "low", orders)
        if found is not None:
            points.append(studykit.Point(y=found.rho, low=found.low, high=found.high, label=name))
    if points:
        title = "Similarity and gains, low-resource languages"
        yield studykit.Forest(title=title, unit="rank correlation", points=tuple(points), margin=margin)


def _points(cells: Cells, measure: str) -> Iterator[studykit.Point]:
    gains, alike = cells.by_target(cells.gain), cells.by_target(cells.similarity[measure])
    for row, target in enumerate(cells.targets):
        known = np.isfinite(gains[row]) & np.isfinite(alike[row])
        for at in np.flatnonzero(known):
            y = float(gains[row, at] - gains[row][known].mean())
            yield studykit.Point(x=float(alike[row, at]), y=y, label=f"{cells.sources[at]}, {target}")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None or not math.isfinite(value) else format(value, form)
