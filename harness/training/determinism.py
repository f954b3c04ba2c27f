"""What `--deterministic` means: torch and a GPU's libraries use only algorithms that give the same bits each time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from harness.errors import SettingsError
from harness.training.ranks import Shared

WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
"""Environment variable that cuBLAS, from CUDA 10.2 on, goes by."""

SAME_BITS = (":4096:8", ":16:8")
"""Its values with which cuBLAS gives the same bits each time; the first is the faster one."""


class Deterministic:
    """This process's deterministic mode, from here on until it is closed.

    Raises:
        SettingsError: the environment asks cuBLAS for the contrary.
    """

    def __init__(self) -> None:
        import torch

        self._workspace = os.environ.get(WORKSPACE)
        if self._workspace not in (None, *SAME_BITS):
            raise SettingsError(
                f"{WORKSPACE} is {self._workspace!r}, with which results are not the same bits each time",
                code="unreproducible-workspace",
                where="environment variables",
                fix=f"unset it, or set it to {' or '.join(SAME_BITS)}",
            )
        os.environ.setdefault(WORKSPACE, SAME_BITS[0])
        self._mode = torch.get_deterministic_debug_mode()
        torch.set_deterministic_debug_mode("error")

    def close(self) -> None:
        """Back to what was before."""
        import torch

        torch.set_deterministic_debug_mode(self._mode)
        if self._workspace is None:
            del os.environ[WORKSPACE]


def is_deterministic() -> bool:
    """Whether this process computes in deterministic mode."""
    import torch

    return torch.are_deterministic_algorithms_enabled()


@contextlib.contextmanager
def deterministic(wanted: bool) -> Iterator[None]:
    """Deterministic mode on all ranks while within, if it is wanted.

    Raises:
        SettingsError: the environment asks cuBLAS for the contrary.
    """
    if not wanted:
        yield
        return
    mode = Shared(Deterministic)
    try:
        yield
    finally:
        mode.close(Deterministic.close)
