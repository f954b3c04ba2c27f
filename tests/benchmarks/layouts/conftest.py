"""Reads hand-written predictions and labels as scoring does, and says what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.benchmarks.files import File, FileProblem
from harness.benchmarks.layouts import Scorable, find_layout

Pair = Callable[..., Scorable]
Refusal = Callable[..., str]


@pytest.fixture
def pair(make_file: Callable[..., File]) -> Pair:
    """Predictions beside labels of a task."""

    def read(task: str, predictions: str | bytes, labels: str | bytes, *, partial: bool = False) -> Scorable:
        file, gold = make_file(task, predictions), make_file(task, labels, noun="labels")
        layout = find_layout(file.task.kind)
        return layout.pair(layout.predictions(file), layout.labels(gold), file, partial=partial)

    return read


@pytest.fixture
def refusal(pair: Pair) -> Refusal:
    """Where a mistake in predictions or labels is, the file's name as it is in the folder, and its code."""

    def message(*arguments: Any) -> str:
        with pytest.raises(FileProblem) as caught:
            pair(*arguments)
        error = caught.value
        assert error.where is not None
        place = error.where.rpartition("/")[2]
        return f"{place} [{error.code}]"

    return message
