"""steps.jsonl: the curve of every phase."""

from __future__ import annotations

import json
from pathlib import Path

from harness.results.steplog import FILE, StepLog


def test_steps_are_written_with_the_phase_they_belong_to(tmp_path: Path) -> None:
    log = StepLog(tmp_path)
    for name, seed in (("intermediate", 1), ("target", 2)):
        log.phase_started(phase={"name": name, "seed": seed, "tasks": ["qqp"], "step": 3, "steps": 5, "weights": {}})
        log.step_finished(step={"step": 4, "loss": 0.5})
    lines = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    assert lines == [
        {"phase": "intermediate", "seed": 1, "tasks": ["qqp"], "from_step": 3, "weights": {}},
        {"phase": "intermediate", "seed": 1, "step": 4, "loss": 0.5},
        {"phase": "target", "seed": 2, "tasks": ["qqp"], "from_step": 3, "weights": {}},
        {"phase": "target", "seed": 2, "step": 4, "loss": 0.5},
    ]
