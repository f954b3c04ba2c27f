"""Units to padded micro-batches: cut so that little is padding, within a budget of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from harness.kinds.features import IGNORED, Features
from harness.training.masking import mask_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.modeling.heads.base import Batch


@dataclass(frozen=True)
class MicroBatch:
    """Units that go through the model together.

    Attributes:
        units: int64 (U,).
        tokens: real tokens.
        padded_tokens: tokens computed, padding included.
    """

    units: NDArray[np.int64]
    tokens: int
    padded_tokens: int


def cut(features: Features, units: NDArray[np.int64], budget: int, overhead: int) -> list[MicroBatch]:
    """Split units into micro-batches of similar length with the least padding; at least one unit each.

    Sorted by length, the best cut is a shortest path over cut points, weighing padded tokens and what a batch costs.

    Args:
        budget: tokens of a micro-batch at most, padding included.
        overhead: what one more micro-batch costs, in tokens: keeps together where little padding would be saved.
    """
    sequences = features.units[units + 1] - features.units[units]
    lengths = features.lengths[units]
    order = np.lexsort((units, lengths))
    units, sequences, lengths = units[order], sequences[order], lengths[order]
    totals = np.concatenate([[0], np.cumsum(sequences)])
    best = np.full(len(units) + 1, np.inf)
    best[0] = 0
    previous = np.zeros(len(units) + 1, np.int64)
    for end in range(1, len(units) + 1):
        longest = int(lengths[end - 1])
        first = max(0, end - max(1, budget // longest))
        padded = (totals[end] - totals[first:end]) * longest
        costs = best[first:end] + padded + overhead
        costs[:-1][padded[:-1] > budget] = np.inf
        previous[end] = first + costs.argmin()
        best[end] = costs[previous[end] - first]
    cuts = [len(units)]
    while cuts[-1]:
        cuts.append(int(previous[cuts[-1]]))
    cuts.reverse()
    return [_micro_batch(features, units[a:b]) for a, b in pairwise(cuts)]


def whole(features: Features, units: NDArray[np.int64]) -> list[MicroBatch]:
    """All units as one micro-batch, whatever its size, in the order given."""
    return [_micro_batch(features, units)]


@dataclass(frozen=True)
class Pass:
    """A micro-batch that goes through one rank's model.

    Attributes:
        number: its place among the micro-batches of the step, which its dropout depends on.
        counts: whether its loss is part of the step's; False where another rank's pass counts.
    """

    batch: MicroBatch
    number: int
    counts: bool = True


def cut_step(
    features: Features, units: NDArray[np.int64], budget: int, overhead: int, *, whole_step: bool
) -> list[MicroBatch]:
    """An optimiser step's micro-batches, which are the same for any number of ranks.

    Args:
        whole_step: the units must stay together, whatever the budget.
    """
    return whole(features, units) if whole_step else cut(features, units, budget, overhead)


def share_out(batches: Sequence[MicroBatch], ranks: int) -> list[list[Pass]]:
    """What each rank computes of a step: equally many passes, since ranks wait for each other in each.

    The largest micro-batches come first, there and back, so that those of one turn are of like size, and what does not
    fit into memory fails at once. A rank that has fewer than another one computes the smallest along, uncounted.
    """
    order = sorted(range(len(batches)), key=lambda number: -batches[number].padded_tokens)
    shared: list[list[Pass]] = [[] for _ in range(ranks)]
    for turn, start in enumerate(range(0, len(order), ranks)):
        taken = [Pass(batches[number], number) for number in order[start : start + ranks]]
        taken += [Pass(batches[order[-1]], order[-1], counts=False)] * (ranks - len(taken))
        for own, one in zip(shared, taken if turn % 2 == 0 else reversed(taken), strict=True):
            own.append(one)
    return shared


def collate(
    features: Features, units: NDArray[np.int64], pad_id: int, device: torch.device, mask_seed: int = 0
) -> Batch:
    """Padded tensors of some units, of B sequences with at most L tokens in all.

    Args:
        mask_seed: what the masks of features with `masking` are drawn from; the default is scoring's fixed one.

    Returns:
        input_ids, attention_mask, token_type_ids and the features' token columns (B, L); unit_sizes, the number of
        sequences of each unit, and the unit columns (U,). Columns of vectors have one more dimension, as have those
        that name rows of a table. Token columns
        are padded with `IGNORED`, floats too, but -1 in `word` and False in those of booleans. With masking also
        `target` (B, L), the ids behind the masks and `IGNORED` elsewhere.
    """
    sequences = np.concatenate([np.arange(features.units[u], features.units[u + 1]) for u in units])
    starts = features.offsets[sequences]
    lengths = features.offsets[sequences + 1] - starts
    columns = np.arange(int(lengths.max()))
    real = columns < lengths[:, None]
    positions = np.where(real, starts[:, None] + columns, 0)
    pair_starts = features.pair_starts[sequences][:, None]
    tokens: dict[str, NDArray[np.int64]] = {
        "input_ids": np.where(real, features.ids[positions], pad_id),
        "attention_mask": real.astype(np.int64),
        "token_type_ids": (features.pair_types & (pair_starts > 0) & (columns >= pair_starts) & real).astype(np.int64),
        "unit_sizes": features.units[units + 1] - features.units[units],
    }
    if features.masking:
        counts = features.weights[units]
        tokens |= mask_tokens(tokens["input_ids"], real, units, counts, features.masking, mask_seed)
    arrays: dict[str, NDArray[Any]] = {**tokens}
    for name, column in features.token_columns.items():
        arrays[name] = _padded(column[positions], real, -1 if name == "word" else IGNORED)
    for name, column in features.unit_columns.items():
        values = column[units]
        arrays[name] = features.tables[name][values] if name in features.tables else values
    return {name: torch.from_numpy(array.astype(_computed(array))).to(device) for name, array in arrays.items()}


def _padded(values: NDArray[Any], real: NDArray[np.bool_], padding: int) -> NDArray[Any]:
    """Numbers (B, L) or vectors (B, L, d) with padding where there is no token."""
    everywhere = real.reshape(real.shape + (1,) * (values.ndim - 2))
    return np.where(everywhere, values, False if values.dtype == bool else values.dtype.type(padding))


def _computed(array: NDArray[Any]) -> type[np.generic]:
    """The type in which a model gets an array: torch indexes by integers of 64 bits."""
    return {"f": np.float32, "b": np.bool_}.get(array.dtype.kind, np.int64)


def _micro_batch(features: Features, units: NDArray[np.int64]) -> MicroBatch:
    sequences = int((features.units[units + 1] - features.units[units]).sum())
    ends, starts = features.offsets[features.units[units + 1]], features.offsets[features.units[units]]
    return MicroBatch(units, int((ends - starts).sum()), sequences * int(features.lengths[units].max()))
