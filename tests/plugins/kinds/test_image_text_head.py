"""The head of image-text-retrieval: its loss against one that is computed pair by pair, and what it gives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from harness.modeling.heads.base import Batch, HeadConfig, build_head
from harness.registry import Registry

KIND = Registry().kind("image-text-retrieval")
HIDDEN, SIZE = 6, 4


def head(*, images: bool, scale: float = 5.0) -> Any:
    sizes = {"image": SIZE} if images else {}
    config = HeadConfig(
        task="t", head=KIND.head, labels=(), dropout=0.0, hidden_size=HIDDEN, layers=1, sizes=sizes, image_encoder=""
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = build_head(config)
    with torch.no_grad():
        made.scale.fill_(math.log(scale))  # type: ignore[operator]
    return made


def vectors(count: int, seed: int = 0) -> torch.Tensor:
    drawn = torch.from_numpy(np.random.default_rng(seed).standard_normal((count, HIDDEN)).astype(np.float32))
    return torch.nn.functional.normalize(drawn, dim=-1)


def batch(groups: Sequence[int], texts: Sequence[Sequence[int]], *, images: bool) -> Batch:
    made = {
        "unit_sizes": torch.tensor([1 if images else 2] * len(groups)),
        "image_group": torch.tensor(groups),
        "text_groups": torch.tensor(texts),
    }
    return {**made, "image": torch.zeros(len(groups), SIZE)} if images else made


def loss(made: Any, scores: torch.Tensor, data: Batch) -> float:
    return float(made.loss(scores, data).detach())


def chosen(own: float, wrong: Sequence[float]) -> float:
    """Minus the log of the share of the right one."""
    return -math.log(math.exp(own) / (math.exp(own) + sum(map(math.exp, wrong))))


GROUPS = [0, 1, 2, 0, 3]  # the first and the fourth look alike
TEXTS = [[0, 0], [1, 1], [2, 2], [3, 3], [1, 1]]  # the second and the last have the same words


def test_the_loss_with_images_is_the_mean_of_both_directions_without_what_is_alike() -> None:
    scores = vectors(10)
    similar = (5.0 * scores[:5] @ scores[5:].T).tolist()

    def apart(one: int, other: int) -> bool:
        return GROUPS[one] != GROUPS[other] and TEXTS[one] != TEXTS[other]

    others = [[other for other in range(5) if apart(one, other)] for one in range(5)]
    assert [len(found) for found in others] == [3, 3, 4, 3, 3]
    expected = sum(
        chosen(similar[one][one], [similar[one][other] for other in others[one]])
        + chosen(similar[one][one], [similar[other][one] for other in others[one]])
        for one in range(5)
    )
    found = loss(head(images=True), scores, batch(GROUPS, TEXTS, images=True))
    assert found == pytest.approx(expected / 2, rel=1e-5)


def test_the_loss_without_images_tells_the_other_caption_from_those_of_other_images() -> None:
    groups, texts = [0, 1, 0, 2], [[0, 1], [2, 3], [4, 5], [2, 6]]
    scores = vectors(8, seed=1)
    similar = (5.0 * scores @ scores.T).tolist()
    group_of, text_of = [group for group in groups for _ in range(2)], [text for pair in texts for text in pair]
    expected = 0.0
    for one in range(8):
        wrong = [o for o in range(8) if group_of[o] != group_of[one] and text_of[o] != text_of[one]]
        expected += chosen(similar[one][one ^ 1], [similar[one][other] for other in wrong])
    found = loss(head(images=False), scores, batch(groups, texts, images=False))
    assert found == pytest.approx(expected / 2, rel=1e-5)


def test_the_temperature_is_learned_and_scores_are_multiplied_by_a_hundred_at_most() -> None:
    scores, data = vectors(10), batch(GROUPS, TEXTS, images=True)
    learned = head(images=True)
    learned.loss(scores, data).backward()
    assert learned.scale.grad is not None
    assert abs(float(learned.scale.grad)) > 1e-3
    hundred = loss(head(images=True, scale=100.0), scores, data)
    assert loss(head(images=True, scale=1e6), scores, data) == hundred
    assert loss(head(images=True, scale=99.0), scores, data) != hundred


def test_vectors_are_means_of_real_tokens_and_maps_of_images() -> None:
    made = head(images=True)
    hidden = torch.arange(2 * 3 * HIDDEN, dtype=torch.float32).reshape(2, 3, HIDDEN) ** 1.5
    mask = torch.tensor([[1, 1, 0], [1, 1, 1]])
    images = torch.tensor([[1.0, 2.0, 4.0, 8.0], [3.0, 1.0, 0.0, 5.0]])
    data = {"attention_mask": mask, "image": images, "unit_sizes": torch.ones(2), "input_ids": torch.zeros(2, 3)}
    scores = made(hidden, data)
    captions = torch.stack([hidden[0, :2].mean(0), hidden[1].mean(0)])
    standard = (images - images.mean(1, keepdim=True)) / (images.var(1, keepdim=True, unbiased=False) + 1e-5).sqrt()
    mapped = standard @ made.projection.weight.T + made.projection.bias
    torch.testing.assert_close(scores[:2], captions / captions.norm(dim=1, keepdim=True))
    torch.testing.assert_close(scores[2:], mapped / mapped.norm(dim=1, keepdim=True))
    first, second = made.outputs(scores.detach(), data)
    assert np.array_equal(first, np.stack([scores[0].detach(), scores[2].detach()]))
    assert np.array_equal(second, np.stack([scores[1].detach(), scores[3].detach()]))
