"""Check of overlap: test rows that are among the training or the validation rows."""

from __future__ import annotations

from pathlib import Path

from harness.planning.overlap import OverlapFinder
from harness.planning.stages.models import Given
from harness.planning.stages.training import Development, Trained
from harness.sources.base import Split
from harness.validation.report import Outcome
from harness.validation.subject import Subject

MOST_SHARED = 0.01
"""Largest share of scored rows that may be trained on: short sentences occur in several places."""


def overlap(subject: Subject) -> Outcome:
    """Compare what is scored with what a target phase would train and select on."""
    found = Outcome()
    if not subject.training or not subject.scored:
        return found
    finder, phase = OverlapFinder(subject.registry, subject.data), _phase(subject)
    for language, test in subject.scored.items():
        for other in finder.of(test, (phase,)):
            what = f"of {other.n} {test.split} rows in {language}"
            where = f"{other.task} {other.split} ({other.language}), rows for {other.use}"
            if other.ids or other.items:
                what += f", {other.items} have the texts and {other.ids} the id of a row for {other.use}"
                if max(other.ids, other.items) > MOST_SHARED * other.n:
                    found.refuse("overlap", what, where=where, fix="take them out of one of the two splits")
                else:
                    found.say("overlap", what, where=where)
            else:
                found.say("overlap", f"{what}, {other.texts} share their longest text, not all", where=where)
    if not found.findings:
        found.say("overlap", "none between what is scored and what is trained or selected on")
    return found


def _phase(subject: Subject) -> Trained:
    """A target phase as far as its rows go."""
    task, owner, data = subject.task, subject.owner("train"), subject.data
    hyper = subject.hyper(examples=0)
    selection = _selection(subject)
    rows = (data.rows(owner, selection, hyper),) if selection else ()
    return Trained(
        phase="target",
        start=Given(Path(), ""),
        tasks=(data.rows(owner, data.training(task.name), hyper),),
        development=Development(rows=rows, metric=task.metrics[0], metric_version=1) if rows else None,
        hyper=hyper,
        precision="fp32",
        seed=1,
    )


def _selection(subject: Subject) -> Split | None:
    """The validation rows that a checkpoint could be selected on, unless they are what is scored."""
    owner = subject.owner("train")
    language = owner.languages[0]
    if "validation" in {split.split for split in subject.scored.values()}:
        return None
    if language not in subject.source.languages(owner, "validation"):
        return None
    return subject.data.split(owner.name, "validation", language)
