"""Rows changed together by a perturbation, as the planning does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from harness.perturbations import SplitEdit, Transform
from harness.registry import default_registry

Rows = Sequence[Any]
Change = Callable[..., list[Any]]


@pytest.fixture
def changed() -> Change:
    """Changes rows by a perturbation; rows in other languages are given by their code."""

    def change(
        name: str, rows: Rows, *, severity: int = 3, language: str = "en", seed: int = 0, **others: Rows
    ) -> list[Any]:
        perturbation = default_registry().perturbation(name)
        transform = Transform(name, perturbation.version, severity, seed)
        keys = [f"f.tsv:{number}" for number in range(len(rows))]
        edit = SplitEdit(transform, language, keys, perturbation.settings(), others.__getitem__)
        assert perturbation.change_rows
        return list(perturbation.change_rows(rows, edit))

    return change
