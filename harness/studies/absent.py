"""What a study asks for, and what of that records do not have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.arms import NONE
from harness.results.schema import PERTURBATION
from harness.studies.base import StudyRun
from harness.studies.evidence import Evidence

VARIED = re.compile(r"(, [a-z0-9_.]+=\S+)+$")
"""What labels end in where a run has several values of a hyper-parameter; see `harness.arms.varied_text`."""


def absences(
    runs: Iterable[StudyRun], evidence: Evidence, seeds: Sequence[int], languages: Sequence[str] = ()
) -> Iterator[str]:
    """A sentence on what runs would have and records do not; nothing where they have all of it.

    Args:
        runs: what the study asks for.
        seeds: of each arm that these runs do not give other seeds.
        languages: that are asked for; all that records have if none.
    """
    rows = [row for row in evidence.scores.rows if row["value"] is not None]
    arms: dict[str, set[int]] = {}
    for row in rows:
        arms.setdefault(row["arm"], set()).add(row["seed"])
    wanted = list(runs)
    lacking = {
        "arms": _missing((label for run in wanted for label in _labels(run)), _base_labels(arms)),
        "targets": _missing(
            (task for run in wanted for task in named_in(run.settings, "target")), {row["task"] for row in rows}
        ),
        "languages": _missing(languages, {row["language"] for row in rows}),
        "conditions": _missing(
            (name for run in wanted for name in run.perturb), {str(row.get(PERTURBATION)) for row in rows}
        ),
        "measures": _missing(
            (name for run in wanted for name in run.measures), {str(row["measure"]) for row in evidence.measures}
        ),
    }
    told = [f"{what} {', '.join(names)}" for what, names in lacking.items() if names]
    own = {label for run in wanted if "seeds" not in run.settings for label in _labels(run)}
    gone: dict[tuple[int, ...], list[str]] = {}
    for label in own & arms.keys():
        gone.setdefault(tuple(seed for seed in seeds if seed not in arms[label]), []).append(label)
    told += [
        f"seed{'s' if len(absent) > 1 else ''} {', '.join(map(str, absent))} of {', '.join(sorted(labels))}"
        for absent, labels in sorted(gone.items())
        if absent
    ]
    if told:
        yield f"these records do not have all that the study asks for; they lack {'; '.join(told)}"


def _labels(run: StudyRun) -> Iterator[str]:
    if run.settings.get("baseline", True):
        yield NONE
    arms = run.settings.get("arms", {})
    # Labels of arms that are texts alone are made when they are planned.
    yield from arms if isinstance(arms, Mapping) else ()


def named_in(settings: Mapping[str, Any], setting: str) -> Sequence[str]:
    """The names that a setting of a run gives: one, several or none."""
    named = settings.get(setting, ())
    return (named,) if isinstance(named, str) else named


def _base_labels(labels: Iterable[str]) -> set[str]:
    """Labels, also without the values that a run varies."""
    return {one for label in labels for one in (label, VARIED.sub("", label))}


def _missing(wanted: Iterable[str], there: set[str]) -> list[str]:
    return [name for name in dict.fromkeys(wanted) if name not in there]
