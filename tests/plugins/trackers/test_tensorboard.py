"""The TensorBoard tracker, read back with TensorBoard's own reader."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.cli.main import run as xharness
from harness.registry import Registry

FEW = [
    "--limit",
    "32",
    "--languages",
    "en,qaa",
    "--model",
    "scratch",
    "--set",
    "target.steps=4",
    "--set",
    "batch_size=8",
]
SIZES = {"hidden_size": 16, "layers": 1, "heads": 2, "feed_forward": 32, "vocabulary": 400}


def tracker(directory: Path) -> Any:
    return Registry().tracker("tensorboard").start(directory)


def scalars(directory: Path) -> dict[str, list[tuple[int, float]]]:
    """Step and value of each tag, as TensorBoard shows them."""
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(directory), size_guidance={"scalars": 0})
    events.Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def runs_in(directory: Path) -> list[str]:
    """Every folder with event files, below a directory."""
    return sorted({path.parent.relative_to(directory).as_posix() for path in directory.rglob("events.*")})


def phase(name: str, digest: str, tasks: list[str], step: int = 0) -> dict[str, Any]:
    return {"name": name, "digest": digest * 16, "tasks": tasks, "seed": 1, "step": step, "steps": 9}


def step(number: int, task: str, loss: float) -> dict[str, Any]:
    rates = {"learning_rate": 1e-3 * number, "gradient_norm": 2.0}
    return {"step": number, "task": task, "loss": loss, **rates, "tokens": 60, "padded_tokens": 80, "seconds": 0.5}


def test_each_phase_and_task_has_curves_of_its_own(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    board = tracker(tmp_path)
    board.phase_started(phase=phase("intermediate", "a", ["mnli", "qqp"]))
    for number, task in ((1, "mnli"), (2, "qqp"), (3, "mnli")):
        board.step_finished(step=step(number, task, number / 4))
    board.phase_finished()
    board.phase_started(phase=phase("target", "b", ["pawsx"]))
    board.step_finished(step=step(1, "pawsx", 0.5))
    board.phase_failed()
    board.phase_started(phase=phase("intermediate", "c", ["anli", "mnli", "qqp", "ccg"]))
    board.phase_finished()
    names = [
        "intermediate-4-tasks-seed1-cccccccc",
        "intermediate-mnli_qqp-seed1-aaaaaaaa",
        "target-pawsx-seed1-bbbbbbbb",
    ]
    assert runs_in(tmp_path / "phases") == names
    mixed = scalars(tmp_path / "phases" / names[1])
    assert mixed["loss/mnli"] == [(1, 0.25), (3, 0.75)]
    assert mixed["loss/qqp"] == [(2, 0.5)]
    assert [value for _, value in mixed["learning_rate"]] == pytest.approx([1e-3, 2e-3, 3e-3])
    # 60 of 80 tokens are real, in half a second.
    assert [mixed[tag][0] for tag in ("gradient_norm", "tokens_per_second", "padding_percent")] == [
        (1, 2.0), (1, 120.0), (1, 25.0)
    ]  # fmt: skip
    assert scalars(tmp_path / "phases" / names[2])["loss/pawsx"] == [(1, 0.5)]


def test_steps_that_are_done_again_replace_the_first_ones(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    killed, again = tracker(tmp_path), tracker(tmp_path)
    killed.phase_started(phase=phase("target", "a", ["pawsx"]))
    for number in (1, 2, 3, 4, 5):
        killed.step_finished(step=step(number, "pawsx", 1.0))
    # Not closed: what is written of a process that is killed must be there.
    (name,) = runs_in(tmp_path)
    assert [number for number, _ in scalars(tmp_path / name)["loss/pawsx"]] == [1, 2, 3, 4, 5]
    again.phase_started(phase=phase("target", "a", ["pawsx"], step=2))
    for number in (3, 4):
        again.step_finished(step=step(number, "pawsx", 2.0))
    again.phase_finished()
    assert runs_in(tmp_path) == [name]
    assert scalars(tmp_path / name)["loss/pawsx"] == [(1, 1.0), (2, 1.0), (3, 2.0), (4, 2.0)]
    killed.phase_failed()


def test_a_run_of_the_program_has_its_phases_and_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tensorboard")
    sizes = [part for name, size in SIZES.items() for part in ("--set", f"model.{name}={size}")]
    command = ["train", "--target", "pawsx", *FEW, *sizes, "--track", "tensorboard", "--runs", str(tmp_path)]
    for _ in range(2):
        assert xharness(command) == 0, capsys.readouterr().err
    board = tmp_path / "tensorboard"
    (curve,) = runs_in(board / "phases")
    assert [number for number, _ in scalars(board / "phases" / curve)["loss/pawsx"]] == [1, 2, 3, 4]
    # The second run found the phase in the store, and has scores of its own.
    first, second = sorted(path.parent for path in tmp_path.glob("*/records.jsonl"))
    names = [f"{run.name}/{name}" for run in (first, second) for name in ("none-seed1", "summary")]
    assert runs_in(board / "scores") == names
    table = harness.load_records(first)
    found = scalars(board / "scores" / first.name / "none-seed1")
    assert found.keys() == {"pawsx/accuracy/en", "pawsx/accuracy/qaa"}
    for language, value in zip(table["language"], table["value"], strict=True):
        ((_, stored),) = found[f"pawsx/accuracy/{language}"]
        assert stored == pytest.approx(value)


def test_without_tensorboard_nothing_is_planned_or_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def missing(name: str, *arguments: Any, **named: Any) -> Any:
        if name.startswith(("tensorboard", "torch.utils.tensorboard")):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert xharness(["train", "--target", "pawsx", "--track", "tensorboard", "--runs", str(tmp_path / "runs")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "[package-missing]" in shown.err
    assert "pip install 'xharness[tensorboard]'" in shown.err
    # Whether runs can be written was found out before.
    assert [path.name for path in (tmp_path / "runs").rglob("*")] == ["store"]
