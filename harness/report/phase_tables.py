"""Tables of scores after each phase: what a task loses, and an encoder learns, along the chain of an arm."""

from __future__ import annotations

from collections.abc import Iterator

from harness.documents.parts import Table, row_of
from harness.report.footnotes import signs_of
from harness.report.step_tables import mean
from harness.results.further import PHASE, TARGET
from harness.results.scores import Scores


def phase_tables(scores: Scores) -> Iterator[Table]:
    """One table per task and metric: means over languages and seeds, by the number of phases that are done.

    Tasks that are scored at the end of chains alone have none, as other tables show these scores.
    """
    clean = scores.where(lambda row: row.get(PHASE) is not None and not row["perturbation"])
    for (task, metric), group in clean.groups("task", "metric").items():
        if len({(row["arm"], row[PHASE]) for row in group.rows}) == len({row["arm"] for row in group.rows}):
            continue
        phases = range(max(row[PHASE] for row in group.rows) + 1)
        unit = group.rows[0]["unit"]
        rows = []
        for (arm,), own in group.groups("arm").items():
            for target in dict.fromkeys(row.get(TARGET) for row in own.rows if row.get(TARGET)) or [None]:
                chain = _in_common(Scores([row for row in own.rows if row.get(TARGET) in (None, target)], own.items))
                name = f"{arm}, then {target}" if target else str(arm)
                means = (mean(_after(chain, phase)) for phase in phases)
                rows.append(row_of(name, *means, signs_of(chain.rows)))
        title = f"{task}: {metric}, {unit}, by phase; means over common languages"
        yield Table(title, ("chain", *map(str, phases), ""), tuple(rows), words=(len(phases) + 1,))


def _in_common(chain: Scores) -> Scores:
    """The scores in languages that are scored after each of the phases: evaluations may score more after some."""
    languages = [{row["language"] for row in after.rows} for after in chain.groups(PHASE).values()]
    common = set.intersection(*languages)
    return chain.where(lambda row: row["language"] in common)


def _after(scores: Scores, phase: int) -> Scores:
    return scores.where(lambda row: row[PHASE] == phase)
