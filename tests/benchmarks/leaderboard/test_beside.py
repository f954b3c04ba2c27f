from __future__ import annotations

from typing import Any

from harness.benchmarks.leaderboard.beside import beside_tables
from harness.benchmarks.leaderboard.formats import FOR_PEOPLE, render
from harness.benchmarks.published import Published
from harness.registry import default_registry

REGISTRY = default_registry()
CELLS = [Published("paper", "zero-shot", "mBERT", "xnli", "accuracy", language, 70.0) for language in ("de", "mean")]


def document(name: str = "xtreme") -> dict[str, Any]:
    """One system with two seeds in German."""
    scores = [{"seed": 1, "value": 60.0}, {"seed": 2, "value": 64.0}]
    system = {
        "model": "tiny",
        "start": "abc",
        "arm": "none",
        "mode": "none",
        "intermediate": [],
        "averages": [],
        "rows": [{"task": "xnli", "language": "de", "metric": "accuracy", "scores": scores}],
    }
    benchmark = {"name": name, "groups": [], "tasks": {}}
    return {"benchmark": benchmark, "systems": [system], "best_per_target": []}


def test_each_system_stands_beside_the_published_scores() -> None:
    (table,), notes = beside_tables(document(), CELLS, REGISTRY)
    lines = [[cell.text + cell.coverage for cell in row] for row in table.rows]
    assert lines == [
        ["mBERT", "de", "tiny", "70.0", "62.0", "-8.0", "1"],
        ["mBERT", "mean", "tiny", "70.0", "-1/15", "-", "1"],
    ]
    assert notes[0] == "Protocol 1: zero-shot (paper)."
    for form in FOR_PEOPLE:
        text = render(document(), form, [table], notes).decode()
        assert "mBERT" in text
        assert "in no mean" in text


def test_nothing_stands_beside_generated_rows() -> None:
    assert beside_tables(document("xtreme@mini"), CELLS, REGISTRY)[0] == []
