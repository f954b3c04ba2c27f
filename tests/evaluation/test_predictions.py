from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.evaluation import predictions

COMMON: dict[str, Any] = {"key": "f:1", "id": "", "language": "zh"}


@pytest.mark.parametrize(
    "rows",
    [
        [COMMON | {"gold": "yes", "prediction": "no", "log_probs": [-0.1, -2.5]}],
        [
            COMMON | {"gold": 1, "prediction": 0, "log_probs": [-0.1]},
            COMMON | {"gold": 2, "prediction": 2, "log_probs": []},
        ],
        [COMMON | {"gold": ["B", "O"], "prediction": ["O", "O"]}, COMMON | {"gold": ["O"], "prediction": ["O"]}],
        [
            COMMON | {"gold": [], "prediction": "", "no_answer_score": 1.5, "spans": []},
            COMMON
            | {
                "gold": ["北京"],
                "prediction": "京",
                "no_answer_score": -2.0,
                "spans": [{"text": "京", "start": 3, "end": 4, "score": 2.0}],
            },
        ],
        [COMMON | {"gold": ["a"], "prediction": "a", "candidates": [{"key": "a", "score": 0.5}]}],
        [COMMON | {"gold": [], "prediction": ""}],
    ],
)
def test_what_is_written_is_read(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    predictions.write(tmp_path, rows)
    assert predictions.read(tmp_path) == rows
    columns = predictions.read_columns(tmp_path)
    assert columns == predictions.columns_of(rows)
    assert [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)] == rows


def test_only_columns_that_are_looked_at_are_made(tmp_path: Path) -> None:
    predictions.write(tmp_path, [COMMON | {"gold": "yes", "prediction": "no", "log_probs": [-0.1]}])
    stored = predictions.read_columns(tmp_path)
    assert "log_probs" in stored
    assert "threshold" not in stored
    assert (stored["gold"], stored.get("threshold")) == (["yes"], None)
    assert stored.made == {"gold"}
