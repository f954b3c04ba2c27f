"""Phases that diverge or run out of memory: what the error says, and that what is on the disk stays good."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from harness.hyper import Hyper
from harness.rows import ClassificationRow
from harness.training import replica
from harness.training.batching import MicroBatch, cut
from harness.training.engine import Engine, StepResult
from harness.training.failures import Diverged, OutOfMemory, diverged, translated
from harness.training.loop import run_phase
from harness.training.phase import Phase
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.kinds.features import Features
    from harness.modeling.heads.base import HeadConfig

HYPER = Hyper(lr=3e-3, batch_size=8, steps=7, token_budget=120, checkpoint_every=2)
BAD_STEP = 6


@pytest.fixture
def phase_in(start: Path, features_of: Callable[..., Features], head_config: Callable[..., HeadConfig]) -> Any:
    """A phase of 7 steps with a checkpoint after steps 2, 4 and 6."""

    def make(work: Path, kind: str = "text-classification", **changes: Any) -> Phase:
        work.mkdir(exist_ok=True)
        features, heads = {"p": features_of(kind)}, {"p": head_config(kind, "p")}
        phase = Phase(
            name="target",
            features=features,
            heads=heads,
            start=start,
            origin=start,
            work=work,
            hyper=HYPER,
            precision="fp32",
            seed=3,
        )
        return replace(phase, **changes)

    return make


def drawn(phase: Phase, step: int) -> list[int]:
    """Units of a step, counted from 1."""
    units: list[int] = phase.sampler().draw(step - 1).units.tolist()
    return units


class InfiniteGradient(Engine):
    """Its gradient becomes infinite at a step, while the loss of that step is a number."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.steps = 0
        weight = next(p for name, p in self.model.encoder.named_parameters() if name.endswith("query.weight"))
        weight.register_hook(lambda gradient: gradient * float("inf") if self.steps == BAD_STEP else gradient)  # type: ignore[no-untyped-call]

    def step(self, *arguments: Any, **named: Any) -> StepResult:
        self.steps += 1
        return super().step(*arguments, **named)


@pytest.mark.parametrize("stage", [0, 1, 2, 3])
def test_an_infinite_gradient_stops_the_phase_at_its_step(
    stage: int, phase_in: Any, observe: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    phase = phase_in(tmp_path / "work", hyper=replace(HYPER, zero_stage=stage))
    monkeypatch.setattr(replica, "Engine", InfiniteGradient)
    life, seen = observe()
    with life, raises_code("diverged", "p", "step 6", "target"):
        run_phase(phase, life)
    assert [step["step"] for step in seen.steps] == [1, 2, 3, 4, 5]


def test_a_phase_that_diverged_goes_on_from_its_last_good_checkpoint(
    phase_in: Any, observe: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(work: Path) -> tuple[Any, list[int]]:
        life, seen = observe()
        with life:
            return run_phase(phase_in(work), life), [step["step"] for step in seen.steps]

    whole, _ = run(tmp_path / "whole")
    monkeypatch.setattr(replica, "Engine", InfiniteGradient)
    with pytest.raises(Diverged) as caught:
        run(tmp_path / "work")
    monkeypatch.undo()
    features = phase_in(tmp_path / "work").features["p"]
    assert caught.value.rows == tuple(features.rows[drawn(phase_in(tmp_path / "work"), BAD_STEP)].tolist())
    assert json.loads((tmp_path / "work" / "state.json").read_text())["step"] == 4
    again, steps = run(tmp_path / "work")
    assert steps == [5, 6, 7]
    weights = [(r.checkpoint / "model.safetensors").read_bytes() for r in (whole, again)]
    assert weights[0] == weights[1]


def test_rows_are_named_by_key_and_the_dataset_s_own_id(phase_in: Any, tmp_path: Path) -> None:
    rows = [ClassificationRow(id="" if i == 7 else f"q{i}", text="", label="a") for i in range(9)]
    keys = [f"train.tsv:{i + 1}" for i in range(9)]
    # Units of one row, such as the windows of a context, name it once.
    phase = phase_in(tmp_path / "work", hyper=Hyper(lr=2e-5))
    error = diverged(phase, 3, "p", [7, 2, 2], loss=float("nan"), gradient_norm=1.5)
    error.name_rows(rows, keys)
    assert error.where == "rows of p: train.tsv:8, train.tsv:3 (id q2)"
    assert error.what == "the loss of p is nan at step 3 of the target phase, its gradient's norm 1.5"
    assert error.fix == "lower lr (now 2e-05), or look at these rows"
    phase = replace(phase, hyper=Hyper(max_grad_norm=0.0), precision="bf16")
    error = diverged(phase, 3, "p", [8, 7, 6, 5, 4, 3, 2], loss=1.0, gradient_norm=float("inf"))
    error.name_rows(rows, keys)
    assert str(error.where).endswith("train.tsv:5 (id q4), and 2 more")
    assert "clip gradients by max_grad_norm=1 (now 0), compute with precision=fp32 (now bf16)" in str(error.fix)


ALLOCATION = (
    "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate "
    "8589934592 bytes. Error code 12 (Cannot allocate memory)"
)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError(ALLOCATION),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)"),
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
    ids=lambda error: str(error)[:20] or type(error).__name__,
)
def test_a_step_without_enough_memory_names_what_helps(
    error: Exception, phase_in: Any, observe: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    step = Engine.step
    calls: list[None] = []

    def third_time_full(self: Engine, *arguments: Any, **named: Any) -> StepResult:
        calls.append(None)
        if len(calls) == 3:
            raise error
        return step(self, *arguments, **named)

    monkeypatch.setattr(Engine, "step", third_time_full)
    phase = phase_in(tmp_path / "work")
    life, _ = observe()
    with life, pytest.raises(OutOfMemory) as caught:
        run_phase(phase, life)
    assert caught.value.what.startswith("not enough memory while training on p, step 3 of the target phase: ")
    largest = max(cut(phase.features["p"], np.asarray(drawn(phase, 3)), 120, 32), key=lambda batch: batch.padded_tokens)
    assert caught.value.where == f"largest micro-batch: {largest.padded_tokens} tokens with padding"
    fix = str(caught.value.fix)
    assert f"--set token_budget={largest.padded_tokens // 2} (now 120)" in fix
    assert "--set gradient_checkpointing=true (now false)" in fix
    assert "--set zero_stage=2 with --ranks 2 or more (now 0)" in fix
    assert "--set freeze_embeddings=true (now false" in fix
    assert "--set max_length=64 (now 128" in fix
    assert fix.index("token_budget") < fix.index("freeze_embeddings")
    assert "batch_size" not in fix
    assert json.loads((tmp_path / "work" / "state.json").read_text())["step"] == 2


def test_torch_s_own_error_on_the_cpu_is_known() -> None:
    with pytest.raises(OutOfMemory), translated("trying", Hyper(), training=False):
        torch.empty(2**60, dtype=torch.uint8)


def test_other_errors_are_let_through() -> None:
    for error in (RuntimeError("expected scalar type Float"), FileNotFoundError(2, "No such file")):
        with pytest.raises(type(error)) as caught, translated("trying", Hyper(), training=True):
            raise error
        assert caught.value is error


def test_only_settings_that_can_help_are_named() -> None:
    def fix(units: int, hyper: Hyper, **named: Any) -> str:
        batch = MicroBatch(np.arange(units), 90, 100)
        with pytest.raises(OutOfMemory) as caught, translated("trying", hyper, [batch], **named):
            raise MemoryError
        return str(caught.value.fix)

    # One unit cannot be cut any further.
    assert "token_budget" not in fix(1, Hyper(), training=True)
    assert "token_budget=50 (now 4096)" in fix(2, Hyper(), training=True)
    # In-batch negatives need the whole step at once.
    whole = fix(2, Hyper(batch_size=32), training=True, whole_step=True)
    assert "token_budget" not in whole
    assert "batch_size=16 (now 32; changes what is trained)" in whole
    used = Hyper(zero_stage=3, gradient_checkpointing=True, freeze_embeddings=True, max_length=16)
    assert fix(2, used, training=True) == "--set token_budget=50 (now 4096)"
    assert "zero_stage=3 with" in fix(2, Hyper(zero_stage=2), training=True)
    predicting = fix(2, Hyper(), training=False)
    assert predicting == "--set token_budget=50 (now 4096); --set max_length=64 (now 128; cuts longer texts off)"
