"""Validates tasks: every check on every task, each with a report."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.errors import UnknownName
from harness.plugins import OURS
from harness.registry import Registry
from harness.sources.base import Source, open_source
from harness.tasks import Task
from harness.validation import LIMIT
from harness.validation.encoding import encoding
from harness.validation.gold import gold
from harness.validation.overlap import overlap
from harness.validation.report import Finding, Outcome, TaskReport
from harness.validation.rows import labels, rows
from harness.validation.subject import CheckedSource, Subject
from harness.validation.training import training

Check = Callable[[Subject], Outcome]

CHECKS: Mapping[str, Check] = {
    "rows": rows,
    "labels": labels,
    "encoding": encoding,
    "training": training,
    "gold": gold,
    "overlap": overlap,
}
"""In the order they are made."""


def validate(
    registry: Registry,
    tasks: Sequence[str],
    *,
    data: str = "mini",
    model: str = "",
    languages: Sequence[str] = (),
    limit: int = LIMIT,
) -> Iterator[TaskReport]:
    """Reports of tasks, one after the other.

    Args:
        data: as of `Settings`.
        model: as of `Settings`; "" for the source's default where it is at hand, else `scratch`.
        languages: of the scored rows; empty for all that the data have.
        limit: items of each split to look at, 0 for all.

    Raises:
        UserError: the data, the model or a language is not there.
    """
    source = CheckedSource(open_source(data, registry), registry)
    found = [registry.task(name) for name in tasks]
    _refuse_unknown_languages(found, source, languages)
    for task in found:
        with tempfile.TemporaryDirectory(prefix="xharness-validate-") as work:
            subject = Subject(task, source, registry, languages=languages, limit=limit, model=model, work=Path(work))
            yield report_on(subject, data)


def report_on(subject: Subject, data: str) -> TaskReport:
    """All checks of one task."""
    if subject.rows:
        # A model that is not there is no fault of the task: the error is the user's to fix.
        subject.model()
    findings: list[Finding] = []
    facts: dict[str, dict[str, object]] = {}
    for name, check in CHECKS.items():
        # Without rows there is nothing more to say than that.
        if name != "rows" and not subject.rows:
            continue
        try:
            outcome = check(subject)
        except BaseException as error:
            if isinstance(error, OURS):
                raise
            outcome = Outcome()
            outcome.refuse_error(name, error)
        findings += outcome.findings
        for language, some in outcome.facts.items():
            facts.setdefault(language, {}).update(some)
    return TaskReport(
        task=subject.task.name,
        kind=subject.task.kind,
        data=data,
        model=subject.model_name if subject.rows else "",
        limit=subject.limit,
        languages=facts,
        findings=findings,
    )


def _refuse_unknown_languages(tasks: Sequence[Task], source: Source, languages: Sequence[str]) -> None:
    known = {code for task in tasks for split in ("validation", "test") for code in source.languages(task, split)}
    known |= {code for task in tasks for code in task.languages}
    for language in languages:
        if language not in known:
            raise UnknownName("language", language, known, where="--languages")
