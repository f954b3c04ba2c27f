from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.modeling.heads.base import HeadConfig, build_head
from tests.raising import raises_code

HEADS = {
    "text_classification": "TextClassificationHead",
    "multiple_choice": "MultipleChoiceHead",
    "token_classification": "TokenClassificationHead",
    "question_answering": "QuestionAnsweringHead",
    "sentence_similarity": "SentenceEmbedding",
    "text_retrieval": "DualEncoderHead",
}


def config(name: str, **changes: object) -> HeadConfig:
    made = HeadConfig(
        task="t",
        head=f"harness.modeling.heads.{name}:{HEADS[name]}",
        labels=("a", "b", "c"),
        dropout=0.0,
        hidden_size=8,
        layers=24,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", HEADS)
def test_a_configuration_survives_json(name: str) -> None:
    wanted = config(name, pooling="cls", layer=3)
    assert HeadConfig.from_json(wanted.to_json(), head=wanted.head) == wanted
    assert build_head(wanted).config == wanted
    assert "settings" not in wanted.to_json()
    late = config(name, settings={"classifier_pooling": "late"})
    assert HeadConfig.from_json(late.to_json(), head=late.head) == late


@pytest.mark.parametrize("name", HEADS)
def test_first_weights_follow_the_seed(name: str) -> None:
    weights = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        weights.append(build_head(config(name)).state_dict())
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    for key in weights[0]:
        if key.endswith("bias"):
            assert not weights[0][key].any()
        elif key == "scale":
            assert weights[0][key].tolist() == [100]
        else:
            assert not torch.equal(weights[0][key], weights[2][key])
            assert weights[0][key].std() == pytest.approx(0.02, rel=0.5)


def test_questions_with_different_numbers_of_choices_share_a_batch() -> None:
    head = build_head(config("multiple_choice")).eval()
    hidden = torch.randn(9, 4, 8)
    batch = {"unit_sizes": torch.tensor([3, 2, 4]), "label": torch.tensor([2, 0, 3])}
    scores = head(hidden, batch)
    outputs = head.outputs(scores.detach(), batch)
    each = [head(hidden[i : i + 1], {"unit_sizes": torch.tensor([1])}).item() for i in range(9)]
    assert np.concatenate(outputs) == pytest.approx(each, abs=1e-6)
    assert [len(output) for output in outputs] == [3, 2, 4]
    loss = head.loss(scores, batch)
    wanted = 0.0
    for (start, size), label in zip(((0, 3), (3, 2), (5, 4)), (2, 0, 3), strict=True):
        part = torch.tensor(each[start : start + size])
        wanted -= float(torch.log_softmax(part, 0)[label])
    assert loss.item() == pytest.approx(wanted, rel=1e-5)
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(bool(torch.isfinite(p.grad).all()) for p in head.parameters() if p.grad is not None)


@pytest.mark.parametrize(
    ("layers", "layer", "read"), [(24, 0, 14), (12, 0, 7), (2, 0, 1), (1, 0, 1), (12, 12, 12), (12, -1, 12)]
)
def test_embeddings_come_from_xtremes_layer_at_any_depth(layers: int, layer: int, read: int) -> None:
    assert build_head(config("sentence_similarity", layers=layers, layer=layer)).hidden_layer == read


def test_a_layer_that_the_encoder_lacks_is_refused() -> None:
    with raises_code("layer-beyond-model", "13", "12"):
        build_head(config("sentence_similarity", layers=12, layer=13))


def test_embeddings_are_means_over_real_tokens_or_the_first() -> None:
    hidden = torch.tensor([[[1.0, 2], [3, 4], [100, 100]], [[1, 1], [1, 1], [4, 7]]])
    batch = {"attention_mask": torch.tensor([[1, 1, 0], [1, 1, 1]])}
    assert build_head(config("sentence_similarity"))(hidden, batch).tolist() == [[2, 3], [2, 3]]
    first = build_head(config("sentence_similarity", pooling="cls"))(hidden, batch)
    assert first.tolist() == [[1, 2], [1, 1]]


def test_embeddings_are_exact_in_low_precision() -> None:
    hidden = torch.ones(1, 4096, 1, dtype=torch.bfloat16)
    batch = {"attention_mask": torch.ones(1, 4096, dtype=torch.long)}
    assert build_head(config("sentence_similarity"))(hidden, batch).tolist() == [[1]]


def test_tags_are_read_at_the_first_token_of_each_word() -> None:
    head = build_head(config("token_classification"))
    scores = torch.zeros(1, 5, 3)
    scores[0, [0, 1, 2, 3, 4], [2, 1, 0, 2, 2]] = 1
    (tags,) = head.outputs(scores, {"word": torch.tensor([[-1, 0, -1, 1, -1]])})
    assert tags.tolist() == [1, 2]


def test_late_pooling_is_the_mean_of_the_scores_of_all_tokens_but_padding() -> None:
    head = build_head(config("text_classification", settings={"classifier_pooling": "late"})).eval()
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter)
    hidden = torch.randn(2, 4, 8)
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    found = head(hidden, {"attention_mask": mask})
    alone = head(hidden[1:, :2], {"attention_mask": mask[1:, :2]})
    torch.testing.assert_close(found[1:], alone)
    weights = head.state_dict()
    by_token = torch.nn.functional.gelu(hidden @ weights["dense.weight"].T + weights["dense.bias"])
    by_token = by_token @ weights["output.weight"].T + weights["output.bias"]
    torch.testing.assert_close(found[0], by_token[0].mean(0))
    # GELU comes before the mean, so that the score of a mean is another one.
    assert not torch.allclose(found[0], head(hidden.mean(1, keepdim=True), {"attention_mask": mask[:, :1]})[0])
