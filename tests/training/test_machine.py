from __future__ import annotations

import gc
import os
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from harness.training import machine


@pytest.mark.parametrize("wanted", ["fp32", "bf16"])
def test_what_the_user_says_holds(wanted: str) -> None:
    assert machine.resolve(wanted, 16) == machine.resolve(wanted, 1024) == wanted


@pytest.mark.parametrize(
    ("has_bf16", "hidden_size", "chosen"),
    [(True, 256, "bf16"), (True, 255, "fp32"), (False, 1024, "fp32")],
)
def test_a_cpu_gains_by_its_own_instructions_and_the_models_size(
    has_bf16: bool, hidden_size: int, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "NVIDIA_DRIVER", Path("/no/such/driver"))
    monkeypatch.setattr(machine, "_cpu_has_bf16", lambda: has_bf16)
    assert machine.resolve("auto", hidden_size) == chosen


@pytest.mark.parametrize(
    ("available", "supported", "chosen"), [(True, True, "bf16"), (True, False, "fp32"), (False, True, "fp32")]
)
def test_a_gpu_is_asked_what_it_can_do_itself(
    available: bool, supported: bool, chosen: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def is_bf16_supported(*, including_emulation: bool) -> bool:
        return supported or including_emulation

    monkeypatch.setattr(machine, "NVIDIA_DRIVER", tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", is_bf16_supported)
    assert machine.resolve("auto", 16) == chosen


@pytest.mark.parametrize(
    ("hidden_size", "device", "tokens"),
    [(128, "cpu", 32), (256, "cpu", 288), (512, "cpu", 72), (768, "cpu", 32), (1024, "cpu", 32), (128, "cuda", 2048)],
)
def test_a_micro_batch_costs_more_tokens_where_they_take_less_time(hidden_size: int, device: str, tokens: int) -> None:
    assert machine.batch_overhead(hidden_size, torch.device(device)) == tokens


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000"}),
        ({"GOMP_SPINCOUNT": "7"}, {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "7"}),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, {"OMP_WAIT_POLICY": "ACTIVE"}),
    ],
)
def test_how_threads_wait_is_set_unless_the_user_says(
    given: dict[str, str], found: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", {**given})
    machine.wait_briefly()
    assert dict(os.environ) == found


def test_tiny_models_use_one_thread_and_others_all() -> None:
    before = torch.get_num_threads()
    machine._all_threads.cache_clear()
    torch.set_num_threads(2)
    try:
        machine.use_threads(128)
        assert torch.get_num_threads() == 1
        machine.use_threads(768)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
        machine._all_threads.cache_clear()


@pytest.mark.parametrize("cuda", [True, False])
def test_models_that_refer_to_themselves_leave_a_gpu(cuda: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    emptied: list[None] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(None))
    model = torch.nn.Linear(2, 2)
    model.itself = [model]  # type: ignore[assignment]
    held = weakref.ref(model)
    gc.disable()
    try:
        del model
        machine.free_gpu()
        assert (held() is None, len(emptied)) == (cuda, cuda)
    finally:
        gc.enable()


def test_weights_are_cast_once_for_all_passes_and_anew_when_they_have_changed() -> None:
    layer = torch.nn.Linear(3, 2, bias=False)
    casts: list[torch.Tensor] = []

    class Casts(TorchDispatchMode):  # type: ignore[no-untyped-call]
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = function(*args, **(kwargs or {}))
            if function is torch.ops.aten._to_copy.default and result.shape == (2, 3):
                casts.append(result)
            return result

    def passes(number: int) -> list[torch.Tensor]:
        found = []
        for _ in range(number):
            with torch.autocast("cpu", torch.bfloat16):
                found.append(layer(torch.ones(1, 3)).sum())
            found[-1].backward()
        return found

    with Casts():  # type: ignore[no-untyped-call]
        passes(2)
        forward = [cast for cast in casts if cast.dtype == torch.bfloat16]
        assert len(forward) == 2
        gradient = layer.weight.grad.clone()  # type: ignore[union-attr]
        casts.clear()
        layer.zero_grad()
        with machine.kept_casts():
            once = passes(2)
        assert len([cast for cast in casts if cast.dtype == torch.bfloat16]) == 1
        assert layer.weight.grad is not None
        assert torch.equal(layer.weight.grad, gradient)
        with torch.no_grad():
            layer.weight.zero_()
        with machine.kept_casts():
            changed = passes(1)
    assert once[0] == once[1] != 0
    assert changed[0] == 0
