"""Masking of tokens for masked language modelling, as in BERT and RoBERTa (Devlin et al. 2019, Liu et al. 2019)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kinds.features import IGNORED, Masking

if TYPE_CHECKING:
    from numpy.typing import NDArray

MASKED = 0.8
"""Share of the chosen tokens that become the mask token."""

REPLACED = 0.1
"""Share of the chosen tokens that become any token at random; the rest stay as they are."""


def mask_tokens(
    ids: NDArray[np.int64],
    real: NDArray[np.bool_],
    units: NDArray[np.int64],
    counts: NDArray[np.int32],
    masking: Masking,
    seed: int,
) -> dict[str, NDArray[np.int64]]:
    """Mask some tokens of each sequence. What a unit gets depends on `seed` and the unit alone, not on its batch.

    Args:
        ids: token ids of U units of one sequence each, padded to L tokens; (U, L).
        real: where there is no padding; (U, L).
        units: what to draw by, one number a unit; (U,).
        counts: tokens to choose in each unit; (U,).

    Returns:
        input_ids, what the encoder sees; target, the ids at chosen tokens and `IGNORED` elsewhere; both (U, L).
    """
    seen, target = ids.copy(), np.full_like(ids, IGNORED)
    ordinary = real & ~np.isin(ids, masking.special_ids)
    for row, (unit, count) in enumerate(zip(units.tolist(), counts.tolist(), strict=True)):
        generator = np.random.default_rng((seed, unit))
        chosen = generator.choice(np.flatnonzero(ordinary[row]), count, replace=False)
        fate, drawn = generator.random(count), _ordinary_ids(generator, count, masking)
        target[row, chosen] = ids[row, chosen]
        replaced = np.where(fate < MASKED + REPLACED, drawn, ids[row, chosen])
        seen[row, chosen] = np.where(fate < MASKED, masking.mask_id, replaced)
    return {"input_ids": seen, "target": target}


def _ordinary_ids(generator: np.random.Generator, count: int, masking: Masking) -> NDArray[np.int64]:
    """Ids that are not special, each as likely as any other."""
    drawn = generator.integers(masking.vocabulary - len(masking.special_ids), size=count)
    for special in masking.special_ids:
        drawn += drawn >= special
    return drawn
