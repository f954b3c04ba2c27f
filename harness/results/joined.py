"""The scores of a run together with those of its evaluations, as one run's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.results.find import StoredRun
from harness.results.records import Records, read_records
from harness.results.schema import COORDINATES
from harness.results.scores import Scores

RUN = "run_directory"


def with_evaluations(records: Records, belonging: Sequence[StoredRun]) -> list[Records]:
    """A run's records, then those of its evaluations with the same settings, the latest first.

    What was asked for with other settings is no part of the run's comparisons.

    Args:
        belonging: what belongs to the run, the oldest first.
    """
    evaluations = [read_records(run.directory) for run in reversed(belonging) if run.info.command == "eval"]
    return [records, *(one for one in evaluations if _settings(one) == _settings(records))]


def joined(scores: Scores) -> Scores:
    """Scores of several runs, at each place those of the first that has any."""
    first: dict[tuple[Any, ...], str] = {}
    places = (tuple(row.get(name) for name in (*COORDINATES, "metric")) for row in scores.rows)
    rows = zip(places, scores.rows, strict=True)
    return Scores([row for place, row in rows if first.setdefault(place, row[RUN]) == row[RUN]], scores.items)


def main_scores(scores: Scores) -> Scores:
    """Scores by their tasks' main metrics; a run asked for one metric that is no task's main one has that."""
    main = scores.where(lambda row: bool(row["main"]))
    return main if main.rows else scores


def _settings(records: Records) -> Mapping[str, Any]:
    """The hyper-parameters that were set, by dotted name."""
    found: Mapping[str, Any] = records.run.result.settings.get("set", {}) if records.runs else {}
    return found
