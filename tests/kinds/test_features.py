from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.kinds.features import IGNORED, BadColumn, FeatureBuilder, Features


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


def column(*values: Any) -> Any:
    """A unit column of one value per unit, as it is stored."""
    builder = FeatureBuilder()
    for row, value in enumerate(values):
        builder.sequence([0])
        builder.end_unit(row, gold=value)
    return builder.build().unit_columns["gold"]


def token_column(*sequences: Any) -> Any:
    """A token column of some sequences, as it is stored."""
    builder = FeatureBuilder()
    for row, values in enumerate(sequences):
        builder.sequence([0] * len(values), gold=values)
        builder.end_unit(row)
    return builder.build().token_columns["gold"]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([0.25, IGNORED, float("nan"), float("inf")], np.float32),
        ([[0.5, 1.5], [2.5, float("nan")]], np.float32),
        ([np.float64(0.5), 3], np.float32),
        ([[1, 2, 3], [4, 5, -6]], np.int32),
        ([True, False], np.bool_),
        ([2**31 - 1, -(2**31)], np.int32),
        ([np.uint8(200), np.int64(-3)], np.int32),
    ],
)
def test_columns_keep_their_numbers_and_shape(values: list[Any], dtype: type[np.generic], tmp_path: Path) -> None:
    for made in (column(*values), token_column(values[:1], values[1:]), token_column(np.asarray(values))):
        assert made.dtype == dtype
        np.testing.assert_array_equal(made, np.asarray(values))
    builder = FeatureBuilder()
    builder.sequence([0] * len(values), each=values)
    builder.end_unit(0, whole=values)
    saved = builder.build()
    saved.save(tmp_path)
    mapped = Features.load(tmp_path)
    # Other ranks get the path of what is mapped, and the arrays themselves of what is not.
    sent = [pickle.loads(pickle.dumps(one)) for one in (mapped, saved)]  # noqa: S301
    for found in (mapped, *sent):
        assert (found.unit_columns["whole"].dtype, found.token_columns["each"].dtype) == (dtype, dtype)
        np.testing.assert_array_equal(found.unit_columns["whole"], [values])
        np.testing.assert_array_equal(found.token_columns["each"], values)


def test_integers_are_stored_as_they_have_always_been(tmp_path: Path) -> None:
    build().save(tmp_path)
    for name, values in (("unit.label", [3, 1]), ("token.tag", [-100, 1, -100, -100, -100, -100, 1, 2, 0, -100])):
        np.save(tmp_path / "wanted.npy", np.asarray(values, np.int32))
        assert (tmp_path / f"{name}.npy").read_bytes() == (tmp_path / "wanted.npy").read_bytes()
    builder = FeatureBuilder()
    builder.sequence([], tag=[])
    builder.end_unit(0)
    assert builder.build().token_columns["tag"].dtype == np.int32


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([2**31, 0], "has integers beyond 32 bits"),
        ([2**70, 0], "has integers beyond 32 bits"),
        ([np.int64(-(2**31) - 1), 0], "has integers beyond 32 bits"),
        ([[1.0], [1.0, 2.0]], "has vectors of different sizes"),
        ([[1.0], 2.0], "has vectors of different sizes"),
        (["de", 1], "has a value that is no number"),
        ([None, 1.0], "has a value that is no number: None"),
        ([1j, 0], "has a value that is no number"),
        ([1e39, 0.0], "has numbers too large for single precision"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_the_name_of_its_column(values: list[Any], problem: str) -> None:
    for made_of, arguments in ((column, values), (token_column, [values])):
        with pytest.raises(BadColumn) as error:
            made_of(*arguments)
        assert error.value.what.startswith(f"the features' column 'gold' {problem}")
        assert "one vector of the same size" in str(error.value)


def test_a_column_has_a_value_for_every_unit_and_token() -> None:
    builder = FeatureBuilder()
    builder.sequence([0, 1, 2], tag=[1, 2])
    builder.end_unit(0)
    with pytest.raises(BadColumn) as error:
        builder.build()
    assert error.value.what == "the features' column 'tag' has 2 values for 3 tokens"
    builder = FeatureBuilder()
    for row in (0, 1):
        builder.sequence([0])
        builder.end_unit(row, **({"label": 1} if row else {}))
    with pytest.raises(BadColumn) as error:
        builder.build()
    assert error.value.what == "the features' column 'label' has 1 value for 2 units"
