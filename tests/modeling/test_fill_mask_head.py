"""The head of fill-mask beside Hugging Face's own masked language model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.kinds.features import IGNORED
from harness.modeling.checkpoints import load_encoder, load_pretrained, pretrained_head
from harness.modeling.heads.base import HeadConfig, build_head
from harness.modeling.model import TaskModel
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = HeadConfig(
    task="mlm",
    head="harness.modeling.heads.fill_mask:FillMaskHead",
    labels=(),
    dropout=0.1,
    hidden_size=32,
    layers=2,
    vocabulary=90,
)
IDS = torch.tensor([[0, 4, 9, 30, 2], [0, 7, 2, 1, 1]])
TARGET = torch.tensor([[IGNORED, 44, IGNORED, 30, IGNORED], [IGNORED, 8, IGNORED, IGNORED, IGNORED]])
BATCH = {"input_ids": IDS, "attention_mask": (IDS != 1).long(), "target": TARGET}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A saved masked language model with weights that are all different from their first values."""
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

    config = XLMRobertaConfig(
        vocab_size=90,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=66,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
    )
    torch.manual_seed(3)
    model: Any = XLMRobertaForMaskedLM(config)
    model.eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
    directory = tmp_path_factory.mktemp("masked")
    model.save_pretrained(directory)
    return directory, model


@pytest.fixture(scope="module")
def ours(theirs: tuple[Path, Any]) -> TaskModel:
    directory, _ = theirs
    return TaskModel(load_encoder(directory)[0], {"mlm": pretrained_head(directory, CONFIG)}).eval()


def test_scores_at_masked_tokens_are_those_of_hugging_face(theirs: tuple[Path, Any], ours: TaskModel) -> None:
    _, model = theirs
    with torch.no_grad():
        wanted = model(input_ids=IDS, attention_mask=BATCH["attention_mask"]).logits
        scores = ours("mlm", BATCH, scores=True)
        loss = ours("mlm", BATCH)
    assert scores.shape == (3, 90)
    torch.testing.assert_close(scores, wanted[TARGET != IGNORED], rtol=1e-4, atol=1e-5)
    # Theirs is the mean over the three masked tokens.
    with torch.no_grad():
        mean = model(input_ids=IDS, attention_mask=BATCH["attention_mask"], labels=TARGET).loss
    assert float(loss) == pytest.approx(3 * float(mean), rel=1e-5)


def test_outputs_are_gold_guess_and_surprise_of_each_text(theirs: tuple[Path, Any], ours: TaskModel) -> None:
    _, model = theirs
    with torch.no_grad():
        logits = model(input_ids=IDS, attention_mask=BATCH["attention_mask"]).logits
        outputs = ours.head("mlm").outputs(ours("mlm", BATCH, scores=True), BATCH)
    assert [output.shape for output in outputs] == [(2, 3), (1, 3)]
    for output, row, places in ((outputs[0], 0, [1, 3]), (outputs[1], 1, [1])):
        for (gold, guess, log_prob), place in zip(output.tolist(), places, strict=True):
            assert gold == TARGET[row, place]
            assert guess == logits[row, place].argmax()
            assert log_prob == pytest.approx(float(logits[row, place].log_softmax(0)[int(gold)]), rel=1e-4)


def test_the_output_matrix_is_the_encoders_own(ours: TaskModel) -> None:
    head = ours.head("mlm")
    assert set(head.state_dict()) == {"bias", "dense.weight", "dense.bias", "layer_norm.weight", "layer_norm.bias"}
    names = [name for name, _ in ours.named_parameters(remove_duplicate=False)]
    assert sum("word_embeddings" in name for name in names) == 1
    before = ours("mlm", BATCH, scores=True).detach()
    embeddings: Any = ours.encoder.get_input_embeddings().weight
    with torch.no_grad():
        # A row that no input has, so that only the output can notice.
        embeddings[60] += 1
        after = ours("mlm", BATCH, scores=True)
        embeddings[60] -= 1
    changed = (before != after).any(0)
    assert changed.nonzero().ravel().tolist() == [60]


def test_gradients_reach_the_embeddings_through_the_output(ours: TaskModel) -> None:
    ours.zero_grad()
    ours("mlm", BATCH).backward()
    embeddings: Any = ours.encoder.get_input_embeddings().weight
    assert embeddings.grad[60].abs().sum() > 0
    ours.zero_grad()


def test_a_head_is_new_where_the_model_has_none_of_its_shape(
    theirs: tuple[Path, Any], scratch: Path, tmp_path: Path
) -> None:
    directory, _ = theirs
    torch.manual_seed(5)
    head = build_head(CONFIG)
    first = {name: tensor.clone() for name, tensor in head.state_dict().items()}
    assert not load_pretrained(head, scratch)
    weights = {
        name: tensor for name, tensor in load_file(directory / "model.safetensors").items() if "dense" not in name
    }
    save_file(weights, tmp_path / "model.safetensors")
    assert not load_pretrained(head, tmp_path)
    assert all(torch.equal(first[name], tensor) for name, tensor in head.state_dict().items())
    assert not load_pretrained(build_head(replace(CONFIG, vocabulary=91)), directory)
    assert load_pretrained(head, directory)
    with raises_code("no-mask-head"):
        pretrained_head(scratch, CONFIG)


def test_weights_in_several_files_are_found(theirs: tuple[Path, Any], tmp_path: Path) -> None:
    directory, model = theirs
    model.save_pretrained(tmp_path, max_shard_size="10KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 2
    found, wanted = (pretrained_head(path, CONFIG).state_dict() for path in (tmp_path, directory))
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize("family", ["Bert", "DistilBert"])
def test_heads_of_other_families_are_found(family: str, tmp_path: Path) -> None:
    import transformers

    sizes = {"vocab_size": 90, "max_position_embeddings": 64}
    bert = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    distil = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 48}
    config = getattr(transformers, f"{family}Config")(**sizes, **(bert if family == "Bert" else distil))
    torch.manual_seed(3)
    model = getattr(transformers, f"{family}ForMaskedLM")(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
    model.save_pretrained(tmp_path)
    if family == "Bert":
        # As the files that were converted from TensorFlow have it.
        weights = load_file(tmp_path / "model.safetensors")
        for now, then in (("weight", "gamma"), ("bias", "beta")):
            name = "cls.predictions.transform.LayerNorm"
            weights[f"{name}.{then}"] = weights.pop(f"{name}.{now}")
        save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    ours = TaskModel(load_encoder(tmp_path)[0], {"mlm": pretrained_head(tmp_path, CONFIG)}).eval()
    with torch.no_grad():
        wanted = model(input_ids=IDS, attention_mask=BATCH["attention_mask"]).logits[TARGET != IGNORED]
        found = ours("mlm", {**BATCH, "token_type_ids": torch.zeros_like(IDS)}, scores=True)
    # Their layer norm adds 1e-12 to variances, ours 1e-5.
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_files_beside_those_that_are_read_give_no_head(theirs: tuple[Path, Any], tmp_path: Path) -> None:
    directory, _ = theirs
    weights = load_file(directory / "model.safetensors")
    encoder = {name: tensor for name, tensor in weights.items() if not name.startswith("lm_head")}
    save_file(encoder, tmp_path / "model.safetensors")
    save_file(weights, tmp_path / "model-00001-of-00002.safetensors")
    assert not load_pretrained(build_head(CONFIG), tmp_path)


def test_embeddings_may_be_narrower_than_hidden_states(tmp_path: Path) -> None:
    from transformers import RemBertConfig, RemBertModel

    sizes: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = RemBertModel(RemBertConfig(vocab_size=90, input_embedding_size=16, **sizes))
    model.save_pretrained(tmp_path)
    head = build_head(replace(CONFIG, embedding_size=16))
    assert not load_pretrained(head, tmp_path)
    scores = TaskModel(load_encoder(tmp_path)[0], {"mlm": head}).eval()(
        "mlm", {**BATCH, "token_type_ids": torch.zeros_like(IDS)}, scores=True
    )
    assert scores.shape == (3, 90)
    assert HeadConfig.from_json(head.config.to_json(), head=CONFIG.head) == head.config
    assert "embedding_size" not in CONFIG.to_json()
