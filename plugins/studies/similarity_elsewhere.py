"""What gains that were measured elsewhere say of rankings: English scores, without baselines or seeds of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from harness_plugins.studies import similarity_ranks as ranks
from harness_plugins.studies.similarity_picks import pickings
from harness_plugins.studies.similarity_tables import table_of_picks

from harness import studykit

if TYPE_CHECKING:
    from harness_plugins.studies.similarity_files import MeasuredGains

LEAST_TARGETS = 2


def findings_of(found: MeasuredGains, path: str, margin: float) -> studykit.Findings:
    """Rankings of the sources in a file, each target by what the other targets say.

    Raises:
        SettingsError: there are too few targets or sources to rank.
    """
    if len(found.targets) < LEAST_TARGETS or len(found.sources) < ranks.LEAST:
        raise studykit.SettingsError(
            f"it has {studykit.counted(len(found.sources), 'intermediate task')} and "
            f"{studykit.counted(len(found.targets), 'target')}",
            code="too-few-gains",
            where=path,
            fix=f"rankings need {ranks.LEAST} intermediate tasks or more, and {LEAST_TARGETS} targets or more",
        )
    gain, left_out = _centred(found)
    numbers = {name: _table(found, own) for name, own in found.similarity.items()}
    title = "Sources ranked for each target by what the other targets say; gains are less the target's mean"
    tables = [table_of_picks(title, pickings(found.targets, gain, numbers))]
    tables += [_correlations(found, gain, numbers)] if numbers else []
    answer = studykit.Answer(
        question=studykit.Question.GAIN,
        reply=studykit.Reply.CANNOT_TELL,
        margin=margin,
        why="the file has scores in one language, none of them without intermediate training: it shows rankings alone",
        n=len(found.sources),
        unit="intermediate tasks",
        quantity="rank correlation",
    )
    same = [f"left out, since source and target are one: {', '.join(left_out)}"] if left_out else []
    missing = int(np.isnan(gain).sum()) - len(left_out)
    gaps = [f"{missing} pairs of {gain.size} have no score"] if missing else []
    return studykit.Findings(
        primary=studykit.Answered("similarity and gains, low-resource languages", answer),
        tables=tuple(tables),
        caveats=(*found.remarks, *same, *gaps, "the file's scores are taken as they are, however odd"),
    )


def _centred(found: MeasuredGains) -> tuple[ranks.Floats, list[str]]:
    """Means over runs less the target's mean, (targets, sources), and what is left out."""
    table = np.array([[found.mean(source, target) for source in found.sources] for target in found.targets])
    same = [(at, found.sources.index(target)) for at, target in enumerate(found.targets) if target in found.sources]
    for place in same:
        table[place] = np.nan
    return table - np.nanmean(table, 1, keepdims=True), [found.targets[at] for at, _ in same]


def _table(found: MeasuredGains, values: Mapping[tuple[str, str], float]) -> ranks.Floats:
    return np.array([[values.get((source, target), np.nan) for source in found.sources] for target in found.targets])


def _correlations(found: MeasuredGains, gain: ranks.Floats, numbers: Mapping[str, ranks.Floats]) -> studykit.Table:
    orders = ranks.permuted_sources(len(found.sources))
    places = [(target, studykit.ENGLISH) for target in found.targets]
    rows = []
    for name, table in numbers.items():
        try:
            one = ranks.association(places, table, gain, orders)
            shown = (f"{one.rho:+.2f} [{one.low:+.2f}, {one.high:+.2f}]", f"{one.p:.2g}")
        except studykit.CannotConclude:
            shown = ("-", "-")
        rows.append(tuple(studykit.Cell(text=text) for text in (name, *shown)))
    title = "Rank correlation with scores within targets"
    return studykit.Table(title, ("column", "correlation", "p"), tuple(rows))
