"""The version of xharness, and of the libraries that compute; on its own so that every module may import it."""

from __future__ import annotations

import functools

__version__ = "0.1.0"
LIBRARIES = ("torch", "transformers", "deepspeed", "tokenizers", "numpy")


@functools.cache
def libraries() -> dict[str, str]:
    """Versions of the libraries that compute, by name."""
    from importlib.metadata import version

    return {name: version(name) for name in LIBRARIES}
