"""steps.jsonl: the curve of every phase, and how it is read after an interruption."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.results.steplog import FILE, StepLog, load_steps, read_steps
from tests.raising import raises_code


def phase(digest: str, step: int = 0) -> dict[str, Any]:
    about = {"tasks": ["qqp"], "shares": {"qqp": 1.0}, "steps": 5, "batch_size": 8, "precision": "fp32", "weights": {}}
    return {"name": "target", "digest": digest, "seed": 1, "step": step, **about}


def write(directory: Path, digest: str, done: int, steps: Sequence[int], loss: float = 0.5) -> StepLog:
    """The log of a run that took a phase up after `done` steps."""
    directory.mkdir(exist_ok=True)
    log = StepLog(directory)
    log.phase_started(phase=phase(digest, done))
    for step in steps:
        log.step_finished(step={"step": step, "task": "qqp", "loss": loss})
    return log


def test_steps_are_written_with_the_phase_they_belong_to(tmp_path: Path) -> None:
    log = write(tmp_path, "aa", 3, [4])
    done = {"name": "target", "digest": "aa", "steps": 5, "kept_step": 4, "tokens": 7, "seconds": 1.5}
    log.phase_finished(phase=done | {"task_loss": {}})
    log.phase_failed(phase={"name": "intermediate", "digest": "bb", "error": "two\nlines"})
    lines = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    about = {"tasks": ["qqp"], "shares": {"qqp": 1.0}, "steps": 5, "batch_size": 8, "precision": "fp32", "weights": {}}
    own = {"phase": "target", "digest": "aa", "seed": 1}
    assert lines == [
        {"event": "phase_started", **own, "from_step": 3, **about},
        {"event": "step", **own, "step": 4, "task": "qqp", "loss": 0.5},
        {"event": "phase_finished", **own, "steps": 5, "kept_step": 4, "tokens": 7, "seconds": 1.5},
        {"event": "phase_failed", "phase": "intermediate", "digest": "bb", "error": "two\nlines"},
    ]


def test_steps_that_were_done_again_are_read_once(tmp_path: Path) -> None:
    # Killed after step 5 with a checkpoint of step 2; meanwhile another phase was trained, too.
    write(tmp_path / "first", "aa", 0, [1, 2, 3, 4, 5], loss=1.0)
    write(tmp_path / "second", "bb", 0, [1])
    write(tmp_path / "second", "aa", 2, [3, 4], loss=2.0)
    found = read_steps(tmp_path / "first", tmp_path / "second")
    assert [(s["digest"], s["step"], s["loss"]) for s in found] == [
        *(("aa", step, 1.0) for step in (1, 2)),
        *(("aa", step, 2.0) for step in (3, 4)),
        ("bb", 1, 0.5),
    ]
    table = load_steps(tmp_path / "first", tmp_path / "second")
    assert table["run"].tolist() == [str(tmp_path / name) for name in ("first", "first", "second", "second", "second")]
    assert list(table.columns) == ["phase", "digest", "seed", "step", "task", "loss", "run"]


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "aa", 0, [1, 2])
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-9])
    assert [step["step"] for step in read_steps(tmp_path)] == [1]


def test_a_run_without_phases_has_no_steps_and_no_run_is_an_error(tmp_path: Path) -> None:
    assert read_steps(tmp_path) == []
    with raises_code("unknown-run"):
        read_steps(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "line", ["[]", "5", "null", "{}", '{"event": "step"}', '{"event": "phase_started", "digest": "a"}', '{"event": []}']
)
def test_a_line_that_is_no_step_is_told_with_its_place(line: str, tmp_path: Path) -> None:
    write(tmp_path, "aa", 0, [1])
    with (tmp_path / FILE).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    with raises_code("not-a-step", f"{tmp_path / FILE}:3", "delete the line"):
        read_steps(tmp_path)
