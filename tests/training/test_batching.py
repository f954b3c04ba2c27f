from __future__ import annotations

import itertools
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.hyper import Hyper
from harness.kinds.features import IGNORED, FeatureBuilder, Features
from harness.modeling.scratch import build
from harness.modeling.tokenizer import load_text_encoder
from harness.registry import Registry
from harness.sources.files.source import open_files
from harness.training.batching import collate, cut, cut_step, share_out, whole
from harness.training.mixing import Mixing
from harness.training.sampling import Sampler

OVERHEAD = 32

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.rows import Row

UNITS = st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=4), min_size=1, max_size=40)


def features_of(units: list[list[int]]) -> Features:
    """Units of sequences of the given lengths."""
    builder = FeatureBuilder()
    for row, lengths in enumerate(units):
        for length in lengths:
            builder.sequence(list(range(length)))
        builder.end_unit(row)
    return builder.build()


@given(units=UNITS, budget=st.integers(1, 500))
def test_no_batch_exceeds_the_budget_and_every_unit_is_in_one(units: list[list[int]], budget: int) -> None:
    features = features_of(units)
    chosen = np.arange(len(units))[::2]
    batches = cut(features, chosen, budget, OVERHEAD)
    assert sorted(int(unit) for batch in batches for unit in batch.units) == list(chosen)
    for batch in batches:
        lengths = [length for unit in batch.units for length in units[unit]]
        assert batch.padded_tokens == len(lengths) * max(lengths)
        assert batch.tokens == sum(lengths)
        assert batch.padded_tokens <= budget or len(batch.units) == 1


def partitions(items: list[int]) -> Iterator[list[list[int]]]:
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for size in range(len(rest) + 1):
        for mates in itertools.combinations(rest, size):
            left = [item for item in rest if item not in mates]
            for others in partitions(left):
                yield [[first, *mates], *others]


@settings(max_examples=25)
@given(
    lengths=st.lists(st.integers(1, 300), min_size=1, max_size=7),
    budget=st.integers(300, 1500),
    overhead=st.integers(0, 500),
)
def test_the_cut_is_the_cheapest_of_all_ways_to_share_the_units_out(
    lengths: list[int], budget: int, overhead: int
) -> None:
    batches = cut(features_of([[length] for length in lengths]), np.arange(len(lengths)), budget, overhead)
    cost = sum(batch.padded_tokens + overhead for batch in batches)
    costs = []
    for groups in partitions(list(range(len(lengths)))):
        padded = [len(group) * max(lengths[i] for i in group) for group in groups]
        if all(tokens <= budget or len(group) == 1 for tokens, group in zip(padded, groups, strict=True)):
            costs.append(sum(padded) + overhead * len(groups))
    assert cost == min(costs)


@settings(max_examples=25)
@given(units=st.lists(st.lists(st.integers(1, 200), min_size=2, max_size=4), min_size=1, max_size=8))
def test_units_of_several_sequences_are_cut_as_well_as_their_order_allows(units: list[list[int]]) -> None:
    batches = cut(features_of(units), np.arange(len(units)), 900, OVERHEAD)
    cost = sum(batch.padded_tokens + OVERHEAD for batch in batches)
    ordered = sorted(units, key=max)
    costs = []
    for inner in itertools.product((False, True), repeat=len(units) - 1):
        bounds = [0, *(i + 1 for i, here in enumerate(inner) if here), len(units)]
        groups = [[length for unit in ordered[a:b] for length in unit] for a, b in pairwise(bounds)]
        padded = [len(group) * max(group) for group in groups]
        if all(tokens <= 900 or b - a == 1 for tokens, (a, b) in zip(padded, pairwise(bounds), strict=True)):
            costs.append(sum(padded) + OVERHEAD * len(groups))
    # Units of one longest sequence but different size may stand in another order here.
    assert cost <= min(costs) or len({max(unit) for unit in units}) < len(units)


def test_batches_are_padded_on_the_right() -> None:
    builder = FeatureBuilder()
    builder.sequence([0, 7, 2], tag=[-100, 4, -100], word=[-1, 0, -1])
    builder.end_unit(0, label=5)
    builder.sequence([0, 8, 2, 9, 2], pair_start=3, tag=[-100, 1, -100, 2, -100], word=[-1, 3, -1, 4, -1])
    builder.sequence([0, 2], tag=[-100, -100], word=[-1, -1])
    builder.end_unit(1, label=6)
    builder.sequence([0, 1, 1, 1, 1, 1, 2], tag=[0] * 7, word=[0] * 7)
    builder.end_unit(2, label=7)
    batch = collate(builder.build(), np.asarray([1, 0]), 99, torch.device("cpu"))
    assert {name: tensor.tolist() for name, tensor in batch.items()} == {
        "input_ids": [[0, 8, 2, 9, 2], [0, 2, 99, 99, 99], [0, 7, 2, 99, 99]],
        "attention_mask": [[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0]],
        "token_type_ids": [[0, 0, 0, 1, 1], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
        "unit_sizes": [2, 1],
        "label": [6, 5],
        "tag": [[-100, 1, -100, 2, -100], [-100, -100, IGNORED, IGNORED, IGNORED], [-100, 4, -100, IGNORED, IGNORED]],
        "word": [[-1, 3, -1, 4, -1], [-1, -1, -1, -1, -1], [-1, 0, -1, -1, -1]],
    }
    assert all(tensor.dtype == torch.int64 for tensor in batch.values())


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Features, list[Row]]]:
    """MNLI and SQuAD rows, tokenised by a tokenizer of some thousand pieces trained on them."""
    registry = Registry()
    path = tmp_path_factory.mktemp("map") / "map.toml"
    path.write_text(
        f'root = "{shared}/data"\n'
        '[mnli.train]\nfile = "mnli/train.jsonl"\nformat = "jsonl"\n'
        '[squad.train]\nfile = "squad_v1.1/train-v1.1.json"\n'
    )
    files = open_files(path, registry)
    rows = {name: list(files.load(registry.task(name), "train", "en").rows) for name in ("mnli", "squad")}
    kinds = {name: registry.kind(registry.task(name).kind) for name in rows}
    texts = {text for name in rows for row in rows[name] for text in kinds[name].texts(row)}
    directory = tmp_path_factory.mktemp("model")
    shape = {"hidden_size": 8, "layers": 1, "heads": 1, "feed_forward": 8, "positions": 514, "dropout": 0.0}
    build(directory, texts, {**shape, "vocabulary": 6000})
    encoder = load_text_encoder(directory)
    hyper = Hyper(max_length=384)
    encoded = {n: kinds[n].encode(rows[n], registry.task(n).labels, encoder, hyper) for n in rows}
    return {name: (encoded[name], cast("list[Any]", rows[name])) for name in rows}


@pytest.mark.parametrize("task", ["mnli", "squad"])
def test_nine_of_ten_tokens_are_real(task: str, real: dict[str, tuple[Features, list[Row]]]) -> None:
    features, rows = real[task]
    assert len(features) >= len(rows)
    hyper = Hyper()
    sampler = Sampler(
        seed=1, phase="p", sizes={task: len(features)}, mixing=Mixing(cap=10**9), batch_size=hyper.batch_size, steps=100
    )
    batches = [b for step in range(100) for b in cut(features, sampler.draw(step).units, hyper.token_budget, OVERHEAD)]
    share = sum(b.tokens for b in batches) / sum(b.padded_tokens for b in batches)
    assert share >= 0.9


def test_micro_batches_are_shared_out_by_size_there_and_back() -> None:
    batches = cut_step(features_of([[9], [5], [7], [6], [8]]), np.arange(5), 9, OVERHEAD, whole_step=False)

    def units(ranks: int) -> list[list[int]]:
        return [[int(one.batch.units[0]) for one in own] for own in share_out(batches, ranks)]

    # Largest first: units 0, 4, 2, 3, 1. To the first, second; second, first; first rank, and 1 again, uncounted.
    assert units(1) == [[0, 4, 2, 3, 1]]
    assert units(2) == [[0, 3, 1], [4, 2, 1]]
    assert [[one.counts for one in own] for own in share_out(batches, 2)] == [[True] * 3, [True, True, False]]
    assert units(7) == [[0], [4], [2], [3], [1], [1], [1]]


@given(units=UNITS, budget=st.integers(1, 500), ranks=st.integers(1, 5))
def test_ranks_go_through_equally_many_passes_of_the_same_micro_batches_and_count_each_once(
    units: list[list[int]], budget: int, ranks: int
) -> None:
    features, chosen = features_of(units), np.arange(len(units))
    batches = cut_step(features, chosen, budget, OVERHEAD, whole_step=False)
    passes = share_out(batches, ranks)
    assert len(passes) == ranks
    assert {len(own) for own in passes} == {math.ceil(len(batches) / ranks)}
    assert sorted(one.number for own in passes for one in own if one.counts) == list(range(len(batches)))
    assert all(one.batch is batches[one.number] for own in passes for one in own)
    sizes = [[one.batch.padded_tokens for one in turn] for turn in zip(*passes, strict=True)]
    assert all(min(turn) >= max(later) for turn, later in pairwise(sizes))


def test_what_must_stay_together_is_one_micro_batch_that_one_rank_counts() -> None:
    features = features_of([[9], [1], [7]])
    units = np.asarray([2, 0])
    passes = share_out(cut_step(features, units, 1, OVERHEAD, whole_step=True), 4)
    assert [[one.counts for one in own] for own in passes] == [[True], [False], [False], [False]]
    assert all(one.batch.units.tolist() == whole(features, units)[0].units.tolist() for (one,) in passes)
