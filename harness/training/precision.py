"""Which arithmetic this machine gains from."""

from __future__ import annotations

from pathlib import Path

NVIDIA_DRIVER = Path("/proc/driver/nvidia")
"""Where it is missing, there is no need to import torch to know that there is no CUDA device."""

SMALLEST_HIDDEN_SIZE = 256
"""Below this hidden size casting costs as much as bfloat16 saves on a CPU."""


def resolve(precision: str, hidden_size: int) -> str:
    """ "fp32" or "bf16" for "auto": bf16 where the hardware has fast bfloat16 products and the model is not tiny."""
    if precision != "auto":
        return precision
    if NVIDIA_DRIVER.exists():
        import torch

        return (
            "bf16" if torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
        )
    return "bf16" if hidden_size >= SMALLEST_HIDDEN_SIZE and _cpu_has_bf16() else "fp32"


def _cpu_has_bf16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
