"""For the tests of plugins: the checks of `xharness validate`, as an assertion."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.registry import Registry
from harness.validation import LIMIT

if TYPE_CHECKING:
    from harness.validation.report import TaskReport


def check_task(
    name: str,
    *,
    data: str | os.PathLike[str] = "mini",
    model: str | os.PathLike[str] = "",
    languages: Sequence[str] = (),
    limit: int = LIMIT,
) -> TaskReport:
    """Validate an installed task on some rows.

    Args:
        data: "mini", "hub", a data directory or a map of files.
        model: a model's name, directory or hub id; "" for the default where it is at hand, else `scratch`.
        languages: of the scored rows; empty for all that the data have.
        limit: items of each split to look at, 0 for all.

    Raises:
        AssertionError: there are problems; the message tells all of them.
        UserError: there is no such task, data directory or model, or no row in one of the languages.
    """
    from harness.validation.validate import validate

    registry = Registry()
    if name not in registry.tasks and registry.problems:
        raise AssertionError("\n".join([f"there is no task {name}:", *map(str, registry.problems)]))
    (report,) = validate(
        registry, [name], data=os.fspath(data), model=os.fspath(model), languages=languages, limit=limit
    )
    if report.problems:
        raise AssertionError("\n".join([f"task {name} has problems:", *map(str, report.problems)]))
    return report
