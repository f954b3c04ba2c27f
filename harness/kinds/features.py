"""Encoded sequences as flat arrays: what the encode stage stores and batches are cut from."""

from __future__ import annotations

import functools
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import UserError, counted
from harness.outside import read_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

IGNORED = -100
"""Target value that no loss counts."""


class BadColumn(UserError):
    """A column of a kind's features that cannot be stored as it is."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(
            f"the features' column {name!r} {problem}",
            fix="give a column one number, or one vector of the same size, per unit or token: integers of 32 bits, "
            "floats or booleans",
        )


@dataclass(frozen=True, kw_only=True)
class Masking:
    """What masking needs to know; which tokens are masked is drawn anew whenever a unit is.

    Attributes:
        mask_id: id of the mask token.
        special_ids: ids that are neither masked nor put in the place of others, ascending.
        vocabulary: number of ids.
    """

    mask_id: int
    special_ids: tuple[int, ...]
    vocabulary: int


@dataclass(frozen=True, kw_only=True)
class Features:
    """Token ids of a split, and the columns its head needs.

    A *unit* is what the sampler draws: a sentence, a pair, a window of a long context, or the sequences of all
    choices of one question. Shapes use T tokens, S sequences, U units.

    Attributes:
        ids: token ids of all sequences, special tokens included; int32 (T,).
        offsets: sequence s is `ids[offsets[s]:offsets[s + 1]]`; int64 (S + 1,).
        pair_starts: position of the second text within each sequence, 0 where there is none; int32 (S,).
        units: unit u holds the sequences `units[u]` to `units[u + 1] - 1`; int64 (U + 1,).
        rows: index of the row each unit comes from; int32 (U,).
        weights: targets of each unit that the loss counts: 1, or its number of labelled tokens; int32 (U,).
        unit_columns: one number or vector per unit, by name; int32, float32 or bool, (U,) or (U, d) each.
        token_columns: one number or vector per token, by name; int32, float32 or bool, (T,) or (T, d) each. A target
            that no loss counts is `IGNORED`, whatever the type.
        tables: vectors that units share, by the unit column that has each unit's row of them; float32 (N, d) each. A
            batch has the vectors in place of the column.
        truncated: rows of which some text was cut off.
        masking: where `weights[u]` tokens of each unit, of one sequence, are to be masked and guessed.
        pair_types: whether second texts are of another token type than first ones, for encoders that have types.
        directory: where they are mapped from; another process that is sent them maps them, too.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    pair_starts: NDArray[np.int32]
    units: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.int32]
    unit_columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    token_columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    tables: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    truncated: int = 0
    masking: Masking | None = None
    pair_types: bool = True
    directory: Path | None = field(default=None, compare=False)

    def __reduce__(self) -> str | tuple[Any, ...]:
        return (Features.load, (self.directory,)) if self.directory else super().__reduce__()

    def __len__(self) -> int:
        return len(self.units) - 1

    @functools.cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each unit's longest sequence; int64 (U,)."""
        import numpy as np

        return np.maximum.reduceat(np.diff(self.offsets), self.units[:-1]) if len(self) else np.zeros(0, np.int64)

    def some(self, units: NDArray[np.int64]) -> Features:
        """Only these units, in this order, by which their masks are drawn."""
        import numpy as np

        sequences = _ranges(self.units, units)
        tokens = _ranges(self.offsets, sequences)
        return replace(
            self,
            ids=self.ids[tokens],
            offsets=np.concatenate([[0], np.cumsum(self.offsets[sequences + 1] - self.offsets[sequences])]),
            pair_starts=self.pair_starts[sequences],
            units=np.concatenate([[0], np.cumsum(self.units[units + 1] - self.units[units])]),
            rows=self.rows[units],
            weights=self.weights[units],
            unit_columns={name: column[units] for name, column in self.unit_columns.items()},
            token_columns={name: column[tokens] for name, column in self.token_columns.items()},
            directory=None,
        )

    def drawn(self, count: int) -> Features:
        """So many units that are drawn once, in their order; all of them where there are no more, or the count is 0."""
        import numpy as np

        if not 0 < count < len(self):
            return self
        return self.some(np.sort(np.random.default_rng(0).choice(len(self), count, replace=False)))

    def save(self, directory: Path) -> None:
        """Write one .npy file an array."""
        import numpy as np

        for name, array in self._arrays().items():
            np.save(directory / f"{name}.npy", array)
        values = {"truncated": self.truncated, "pair_types": self.pair_types} | (
            {"masking": asdict(self.masking)} if self.masking else {}
        )
        (directory / "features.json").write_text(json.dumps(values))

    @classmethod
    def load(cls, directory: Path) -> Features:
        """Open what `save` wrote, mapped into memory."""
        import numpy as np

        # As plain arrays: slicing one of the class of mapped ones takes ten times as long.
        arrays = {path.stem: np.load(path, mmap_mode="r").view(np.ndarray) for path in sorted(directory.glob("*.npy"))}
        columns: dict[str, dict[str, Any]] = {"unit": {}, "token": {}, "table": {}}
        for name in [name for name in arrays if "." in name]:
            owner, _, column = name.partition(".")
            columns[owner][column] = arrays.pop(name)
        values = read_json(directory / "features.json")
        if "masking" in values:
            special_ids = tuple(values["masking"].pop("special_ids"))
            values["masking"] = Masking(**values["masking"], special_ids=special_ids)
        return cls(
            **arrays,
            unit_columns=columns["unit"],
            token_columns=columns["token"],
            tables=columns["table"],
            directory=directory.absolute(),
            **values,
        )

    def _arrays(self) -> dict[str, NDArray[Any]]:
        names = ("ids", "offsets", "pair_starts", "units", "rows", "weights")
        arrays: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in names}
        arrays |= {f"unit.{name}": array for name, array in self.unit_columns.items()}
        arrays |= {f"token.{name}": array for name, array in self.token_columns.items()}
        arrays |= {f"table.{name}": array for name, array in self.tables.items()}
        return arrays


def _ranges(offsets: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """The indices of all that lies between the offsets of each of some things, one after the other."""
    import numpy as np

    if not len(chosen):
        return np.zeros(0, np.int64)
    return np.concatenate([np.arange(offsets[one], offsets[one + 1]) for one in chosen])


class FeatureBuilder:
    """Collects sequences one by one and packs them into `Features`."""

    def __init__(self) -> None:
        self.truncated_rows: set[int] = set()
        self._ids: list[list[int]] = []
        self._pair_starts: list[int] = []
        self._units: list[int] = [0]
        self._rows: list[int] = []
        self._weights: list[int] = []
        self._unit_columns: dict[str, list[Any]] = {}
        self._token_columns: dict[str, list[Any]] = {}

    def sequence(self, ids: list[int], *, pair_start: int = 0, **token_columns: Sequence[Any] | NDArray[Any]) -> None:
        """Add a sequence to the unit being built.

        Args:
            token_columns: a number or a vector per token, by column; the same columns for every sequence.
        """
        self._ids.append(ids)
        self._pair_starts.append(pair_start)
        for name, values in token_columns.items():
            self._token_columns.setdefault(name, []).extend(values)

    def end_unit(self, row: int, *, weight: int = 1, **unit_columns: Any) -> None:
        """Close the unit: all sequences added since the last one belong to it.

        Args:
            unit_columns: a number or a vector, by column; the same columns for every unit.
        """
        self._units.append(len(self._ids))
        self._rows.append(row)
        self._weights.append(weight)
        for name, value in unit_columns.items():
            self._unit_columns.setdefault(name, []).append(value)

    def build(self, masking: Masking | None = None, *, pair_types: bool = True) -> Features:
        """The features collected so far.

        Raises:
            BadColumn: a column lacks values, or has some that its array could not hold as they are.
        """
        import numpy as np

        lengths = np.fromiter((len(ids) for ids in self._ids), np.int64, len(self._ids))
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        flat = np.fromiter((i for ids in self._ids for i in ids), np.int32, int(offsets[-1]))
        return Features(
            ids=flat,
            offsets=offsets,
            pair_starts=np.asarray(self._pair_starts, np.int32),
            units=np.asarray(self._units, np.int64),
            rows=np.asarray(self._rows, np.int32),
            weights=np.asarray(self._weights, np.int32),
            unit_columns={name: _column(name, v, len(self._rows), "unit") for name, v in self._unit_columns.items()},
            token_columns={name: _column(name, v, len(flat), "token") for name, v in self._token_columns.items()},
            truncated=len(self.truncated_rows),
            masking=masking,
            pair_types=pair_types,
        )


def _column(name: str, values: list[Any], size: int, owner: str) -> NDArray[Any]:
    """A column as it is stored: integers in 32 bits, floats in single precision, booleans.

    Args:
        size: number of units or tokens, whichever `owner` says.

    Raises:
        BadColumn: there is not one value for each, or they would not be the same afterwards.
    """
    import numpy as np

    if len(values) != size:
        raise BadColumn(name, f"has {counted(len(values), 'value')} for {counted(size, owner)}")
    if not values:
        return np.zeros(0, np.int32)
    try:
        array = np.asarray(values)
    except (ValueError, OverflowError) as error:
        raise BadColumn(name, "has vectors of different sizes") from error
    if array.dtype.kind == "b":
        return array
    if array.dtype.kind in "iu":
        limits = np.iinfo(np.int32)
        if array.size and not limits.min <= array.min() <= array.max() <= limits.max:
            raise BadColumn(name, "has integers beyond 32 bits")
        return array.astype(np.int32)
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):
            single = array.astype(np.float32)
        if (np.isinf(single) & ~np.isinf(array)).any():
            raise BadColumn(name, "has numbers too large for single precision")
        return single
    odd = [value for value in array.ravel().tolist() if not isinstance(value, int | float)]
    raise BadColumn(name, f"has a value that is no number: {odd[0]!r}" if odd else "has integers beyond 32 bits")
