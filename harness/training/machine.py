"""Which arithmetic and how many threads this machine gains from."""

from __future__ import annotations

import contextlib
import functools
import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.training.ranks import team
from harness.version import __version__, libraries

if TYPE_CHECKING:
    import torch

    from harness.hyper import Hyper

NVIDIA_DRIVER = Path("/proc/driver/nvidia")
"""Where it is missing, there is no need to import torch to know that there is no CUDA device."""

SMALLEST_HIDDEN_SIZE = 256
"""Below this hidden size, casting to bfloat16 and sharing work between threads cost a CPU as much as they save."""


SPINS = "1000"
"""Of a thread that waits, before it sleeps: enough to bridge most gaps between two products."""


def resolve(precision: str, hidden_size: int) -> str:
    """ "fp32" or "bf16" for "auto": bf16 where a GPU multiplies it fast, or a CPU does and the model is not tiny."""
    if precision != "auto":
        return precision
    if NVIDIA_DRIVER.exists():
        import torch

        fast = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
        return "bf16" if fast else "fp32"
    return "bf16" if hidden_size >= SMALLEST_HIDDEN_SIZE and _cpu_has_bf16() else "fp32"


def use_threads(hidden_size: int) -> None:
    """Set torch's threads for a model: one for a tiny one, whose products take less time than waking a thread."""
    import torch

    everything = _all_threads()
    torch.set_num_threads(1 if hidden_size < SMALLEST_HIDDEN_SIZE else everything)


def batch_overhead(hidden_size: int, device: torch.device) -> int:
    """What one more micro-batch costs in training, in tokens.

    On a CPU waking threads takes as long as 32 tokens do in a layer of hidden size 768, whose products grow with the
    square of it; a tiny model wakes none. On a GPU launching a layer's kernels takes as long as thousands of tokens.
    """
    if device.type != "cpu":
        return 2048
    if hidden_size < SMALLEST_HIDDEN_SIZE:
        return 32
    return round(32 * max(1.0, (768 / hidden_size) ** 2))


def wait_briefly() -> None:
    """Have torch's waiting threads spin for a moment and then sleep, unless OMP_WAIT_POLICY is set.

    By default they spin for long, which stalls a busy machine; without spinning at all, waking them takes a tenth of a
    small model's step (docs/performance.md). Torch reads this when it is imported, so it comes first.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)


def free_gpu() -> None:
    """Let go of earlier models, which refer to themselves: the next one may need a GPU's memory at once."""
    import torch

    if torch.cuda.is_available():
        gc.collect()
        torch.cuda.empty_cache()


def device_name() -> str:
    """The GPU's name, or "cpu"."""
    if NVIDIA_DRIVER.exists():
        import torch

        if torch.cuda.is_available():
            return torch.cuda.get_device_name()
    return "cpu"


def trained_by(hyper: Hyper) -> dict[str, Any]:
    """What decides the rounding of a phase that this process trains, and which dropout it draws, beside its digest."""
    computer = {"ranks": team().size, "device": device_name()}
    return {**computer, "token_budget": hyper.token_budget, "versions": {"xharness": __version__, **libraries()}}


@contextlib.contextmanager
def kept_casts() -> Iterator[None]:
    """Weights cast to bfloat16 once for all forward passes within, where autocast casts them anew in each.

    They must not change within. The casts are as large as half of the weights.
    """
    import torch

    torch.autocast_increment_nesting()
    try:
        yield
    finally:
        if torch.autocast_decrement_nesting() == 0:
            torch.clear_autocast_cache()


@functools.cache
def _all_threads() -> int:
    """Threads that torch was set to before this module changed them."""
    import torch

    return torch.get_num_threads()


def _cpu_has_bf16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
