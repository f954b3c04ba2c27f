from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.kinds.features import FeatureBuilder, Features


def build(*, units: bool = True) -> Features:
    builder = FeatureBuilder()
    if units:
        builder.sequence([0, 7, 2], pair_start=2, tag=[-100, 1, -100])
        builder.end_unit(4, label=3)
        builder.sequence([0, 2], tag=[-100, -100])
        builder.sequence([0, 8, 9, 9, 2], pair_start=3, tag=[-100, 1, 2, 0, -100])
        builder.end_unit(9, weight=3, label=1)
        builder.truncated_rows |= {9, 4}
        builder.truncated_rows.add(9)
    return builder.build()


def arrays(features: Features) -> dict[str, Any]:
    names = ("ids", "offsets", "pair_starts", "units", "rows", "weights", "lengths")
    columns = {f"unit {k}": v for k, v in features.unit_columns.items()}
    columns |= {f"token {k}": v for k, v in features.token_columns.items()}
    return {name: getattr(features, name) for name in names} | columns


def test_sequences_and_units_are_laid_end_to_end() -> None:
    features = build()
    assert {name: array.tolist() for name, array in arrays(features).items()} == {
        "ids": [0, 7, 2, 0, 2, 0, 8, 9, 9, 2],
        "offsets": [0, 3, 5, 10],
        "pair_starts": [2, 0, 3],
        "units": [0, 1, 3],
        "rows": [4, 9],
        "weights": [1, 3],
        "lengths": [3, 5],
        "unit label": [3, 1],
        "token tag": [-100, 1, -100, -100, -100, -100, 1, 2, 0, -100],
    }
    assert len(features) == 2
    assert features.truncated == 2


@pytest.mark.parametrize("units", [True, False])
def test_what_is_saved_is_loaded_by_memory_map(units: bool, tmp_path: Path) -> None:
    saved = build(units=units)
    saved.save(tmp_path)
    loaded = Features.load(tmp_path)
    assert (loaded.truncated, loaded.pair_types) == (saved.truncated, True)
    saved_without_types = FeatureBuilder().build(pair_types=False)
    (tmp_path / "without").mkdir()
    saved_without_types.save(tmp_path / "without")
    assert not Features.load(tmp_path / "without").pair_types
    assert len(loaded) == len(saved)
    assert arrays(loaded).keys() == arrays(saved).keys()
    for name, array in arrays(saved).items():
        np.testing.assert_array_equal(arrays(loaded)[name], array)
        assert arrays(loaded)[name].dtype == array.dtype
    if units:
        assert isinstance(loaded.ids.base, np.memmap)
        assert isinstance(loaded.token_columns["tag"].base, np.memmap)
