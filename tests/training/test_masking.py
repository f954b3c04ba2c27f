from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from harness.kinds.features import IGNORED, FeatureBuilder, Features, Masking
from harness.training.batching import collate
from harness.training.masking import mask_tokens

# Ordinary ids are 4 to 998.
MASKING = Masking(mask_id=999, special_ids=(0, 1, 2, 3, 999), vocabulary=1000)
PAD = 1


def masked(ids: Any, units: Any, counts: Any, seed: int = 7) -> tuple[Any, Any]:
    array = np.asarray(ids)
    made = mask_tokens(array, array != PAD, np.asarray(units), np.asarray(counts), MASKING, seed)
    return made["input_ids"], made["target"]


@pytest.fixture(scope="module")
def many() -> tuple[Any, Any, Any]:
    """2,000 sequences of 60 ordinary tokens between special ones, 9 of them masked: ids, what is seen, targets."""
    ids = np.random.default_rng(0).integers(4, 999, (2000, 62))
    ids[:, 0], ids[:, -1] = 0, 2
    return ids, *masked(ids, range(2000), [9] * 2000)


def test_so_many_tokens_are_masked_and_no_special_ones(many: tuple[Any, Any, Any]) -> None:
    ids, seen, target = many
    chosen = target != IGNORED
    assert (chosen.sum(1) == 9).all()
    assert not chosen[:, [0, -1]].any()
    assert (target[chosen] == ids[chosen]).all()
    assert (seen[~chosen] == ids[~chosen]).all()
    # Every position is as likely as any other: 2,000 draws of 9 out of 60 give 300 each, here within four errors.
    assert abs(chosen[:, 1:-1].sum(0) - 300).max() < 4 * math.sqrt(2000 * 0.15 * 0.85)


def test_of_ten_masked_tokens_eight_are_hidden_one_is_another_and_one_stays(many: tuple[Any, Any, Any]) -> None:
    _, seen, target = many
    chosen = target != IGNORED
    became, was = seen[chosen], target[chosen]
    n = len(was)
    other = became[(became != 999) & (became != was)]
    # A token drawn at random is the one that was there once in 995 times.
    for count, share in (
        ((became == 999).sum(), 0.8),
        ((became == was).sum(), 0.1 + 0.1 / 995),
        (len(other), 0.1 * 994 / 995),
    ):
        assert abs(count - n * share) < 4 * math.sqrt(n * share * (1 - share))
    assert not np.isin(other, MASKING.special_ids).any()
    # 1,800 draws of 995 ids: the mean is 501, its error 995 / sqrt(12 * 1800).
    assert abs(other.mean() - 501) < 4 * 995 / math.sqrt(12 * n * 0.1)


def test_special_ids_in_the_middle_of_the_vocabulary_are_not_drawn() -> None:
    masking = Masking(mask_id=5, special_ids=(1, 2, 5), vocabulary=7)
    ids = np.full((4000, 1), 6)
    units = np.arange(4000)
    found = mask_tokens(ids, ids == 6, units, np.ones(4000, np.int32), masking, 1)["input_ids"]
    assert set(found.ravel().tolist()) == {0, 3, 4, 5, 6}


def test_a_mask_depends_on_the_seed_and_the_unit_alone() -> None:
    a, b = [0, *range(10, 20), 2], [0, *range(30, 34), 2, *[PAD] * 6]
    seen, target = masked([a, b], [4, 9], [2, 1])
    turned, turned_target = masked([b, a], [9, 4], [1, 2])
    assert turned[::-1].tolist() == seen.tolist()
    assert turned_target[::-1].tolist() == target.tolist()
    alone, alone_target = masked([b[:6]], [9], [1])
    assert alone.tolist() == [seen[1, :6].tolist()]
    assert alone_target.tolist() == [target[1, :6].tolist()]
    targets = {str(masked([a], [unit], [2], seed)[1].tolist()) for unit in range(5) for seed in range(5)}
    # Of 45 pairs of positions, 25 draws find at most 25; 10 would be a bad generator.
    assert len(targets) > 10


@pytest.fixture
def features() -> Features:
    builder = FeatureBuilder()
    for unit, length in enumerate((12, 5, 30)):
        builder.sequence([0, *range(10, 10 + length), 2])
        builder.end_unit(unit, weight=max(1, length // 6))
    return builder.build(MASKING)


def test_a_batch_of_text_is_masked(features: Features) -> None:
    import torch

    def batch(units: list[int], *seed: int) -> dict[str, Any]:
        made = collate(features, np.asarray(units), PAD, torch.device("cpu"), *seed)
        return {name: tensor.numpy() for name, tensor in made.items()}

    whole = batch([0, 1, 2], 5)
    assert (whole["target"] != IGNORED).sum(1).tolist() == [2, 1, 5]
    assert whole["attention_mask"].sum(1).tolist() == [14, 7, 32]
    part = batch([1, 0], 5)
    for name in ("input_ids", "target"):
        assert part[name][1].tolist() == whole[name][0, :14].tolist()
        assert part[name][0, :7].tolist() == whole[name][1, :7].tolist()
    assert (batch([0, 1, 2], 6)["target"] != whole["target"]).any()
    assert batch([2])["target"].tolist() == batch([2], 0)["target"].tolist()
