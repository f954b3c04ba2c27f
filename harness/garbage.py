"""When Python looks for garbage that refers to itself: hardly while libraries are imported, as usual from then on.

Importing torch, transformers and deepspeed makes 600,000 objects, nearly none of which is garbage. To look through them
again and again, and once more at the end, took a quarter of a short run's time.
"""

from __future__ import annotations

import gc

SELDOM = (100_000, 50, 100)
"""Thresholds for `gc.set_threshold`: young objects are still looked at, old ones practically never."""

_usual: list[tuple[int, int, int]] = []


def collect_seldom() -> None:
    """Look for garbage seldom until the libraries are imported; only for a process that is this program's alone."""
    if not _usual:
        _usual.append(gc.get_threshold())
        gc.set_threshold(*SELDOM)


def libraries_are_loaded() -> None:
    """Look for garbage as usual again, but not among what is there already; to be called before a model is made.

    It has no effect unless `collect_seldom` was called: the objects of a notebook are not this program's.
    """
    if _usual:
        gc.set_threshold(*_usual.pop())
        gc.freeze()


def end() -> None:
    """Look for no more garbage, since the process ends: its memory goes all at once."""
    gc.freeze()
