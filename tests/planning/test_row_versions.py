"""Raising the version of what reads or keeps rows makes anew what comes of these rows, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.config import settings_from
from harness.planning import data as keeping
from harness.planning.data import Data
from harness.planning.planner import build_plan
from harness.sources.base import open_source
from harness.sources.files import lines, translate
from harness.sources.files.readers import conll, squad, tsv

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from harness.registry import Registry


def digests(registry: Registry, **settings: Any) -> dict[str, str]:
    """Of all rows, phases and predictions of a plan of single arms, by the tasks that each comes of."""
    base = {"intermediate": ("qqp", "ccg"), "target": ("pawsx", "squad"), "mode": "single"}
    asked = settings_from(registry, {**base, "model": "mini", "preset": "mini", **settings})
    found = {}
    for cell in build_plan(asked, registry, Data(registry, open_source(asked.data, registry), asked.limit)).cells:
        rows, after = f"{cell.task} {cell.language}", f"{cell.arm.label} > {cell.task}"
        found[f"rows {rows}"] = cell.stage.rows.digest
        found[f"phase {after}"] = cell.stage.checkpoint.digest
        found[f"predictions {after} {cell.language}"] = cell.stage.digest
    return found


@pytest.mark.parametrize(
    ("module", "tasks"),
    [
        (tsv, {"pawsx", "qqp"}),
        (conll, {"ccg"}),
        (squad, {"squad"}),
        (lines, {"pawsx", "qqp", "ccg", "squad"}),
        (translate, {"pawsx", "qqp", "ccg", "squad"}),
    ],
)
def test_a_raised_version_changes_exactly_what_comes_of_the_rows(
    registry: Registry, tiny_map: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, tasks: set[str]
) -> None:
    before = digests(registry, data=str(tiny_map))
    assert {"rows squad en", "phase none > pawsx", "predictions ccg > pawsx de"} < before.keys()
    monkeypatch.setattr(module, "VERSION", 2)
    after = digests(registry, data=str(tiny_map))
    assert before.keys() == after.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {name for name in before if any(task in name for task in tasks)}


def test_rules_of_keeping_rows_count_where_rows_are_checked(
    registry: Registry, tiny_map: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, known_good = digests(registry, data=str(tiny_map)), digests(registry, data="mini", limit=8)
    monkeypatch.setattr(keeping, "KEEPING", 2)
    after = digests(registry, data=str(tiny_map))
    assert [name for name in checked if checked[name] == after[name]] == []
    assert digests(registry, data="mini", limit=8) == known_good
