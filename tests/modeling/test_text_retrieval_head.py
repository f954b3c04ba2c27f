from __future__ import annotations

import math

import pytest
import torch

from harness.modeling.heads.base import Head, HeadConfig, build_head


@pytest.fixture
def head() -> Head:
    name = "harness.modeling.heads.text_retrieval:DualEncoderHead"
    return build_head(HeadConfig(task="t", head=name, labels=(), dropout=0.0, hidden_size=4, layers=2))


def test_vectors_are_the_pooled_first_token_at_length_one(head: Head) -> None:
    hidden = torch.randn(3, 5, 4)
    pooled = torch.tanh(hidden[:, 0] @ head.state_dict()["pooler.dense.weight"].T)
    vectors = head(hidden, {})
    assert vectors.norm(dim=1).tolist() == pytest.approx([1, 1, 1])
    torch.testing.assert_close(vectors, pooled / pooled.norm(dim=1, keepdim=True))


def test_each_query_chooses_among_the_candidates_of_all_pairs(head: Head) -> None:
    queries = [(1.0, 0.0), (0.0, 1.0), (0.6, 0.8)]
    candidates = [(0.8, 0.6), (1.0, 0.0), (0.6, 0.8)]
    scores = torch.tensor([vector for pair in zip(queries, candidates, strict=True) for vector in pair])
    # Cosines of each query with the three candidates; the right ones are on the diagonal.
    cosines = [(0.8, 1.0, 0.6), (0.6, 0.0, 0.8), (0.96, 0.6, 1.0)]
    for scale in (100.0, 3.0):
        torch.nn.init.constant_(head.get_parameter("scale"), scale)
        wanted = sum(
            math.log(sum(math.exp(scale * (other - row[i])) for other in row)) for i, row in enumerate(cosines)
        )
        loss = head.loss(scores, {})
        assert loss.item() == pytest.approx(wanted, rel=1e-5)
    loss.backward()  # type: ignore[no-untyped-call]
    gradient = head.get_parameter("scale").grad
    assert gradient is not None
    # d/ds of log sum exp(s (c_j - c_i)) is the expected cosine minus the right one.
    weights = [[math.exp(3 * c) for c in row] for row in cosines]
    slope = 0.0
    for ws, row in zip(weights, cosines, strict=True):
        slope += sum(w * c for w, c in zip(ws, row, strict=True)) / sum(ws)
    assert gradient.item() == pytest.approx(slope - (0.8 + 0.0 + 1.0), rel=1e-4)


def test_cosines_are_exact_in_low_precision(head: Head) -> None:
    generator = torch.Generator().manual_seed(1)
    scores = torch.nn.functional.normalize(torch.randn(32, 64, generator=generator), dim=1)
    wanted = head.loss(scores, {})
    with torch.autocast("cpu", torch.bfloat16):
        assert head.loss(scores, {}).item() == wanted.item()


def test_outputs_are_the_vectors_of_each_unit(head: Head) -> None:
    scores = torch.arange(12.0).reshape(3, 4)
    first, second = head.outputs(scores, {"unit_sizes": torch.tensor([2, 1])})
    assert (first.tolist(), second.tolist()) == ([[0, 1, 2, 3], [4, 5, 6, 7]], [[8, 9, 10, 11]])
