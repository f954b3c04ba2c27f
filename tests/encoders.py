"""Small encoders with random weights, one a family of architectures that people use, each with its own tokenizer class.

Tokenizers are trained on mini's rows, so that a text has many different tokens.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.planning.data import Data
from harness.registry import default_registry
from harness.sources.mini.source import MiniSource

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
DISTIL_SIZES = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 48}
MDEBERTA = {
    "type_vocab_size": 0,
    "relative_attention": True,
    "position_biased_input": False,
    "pos_att_type": ["p2c", "c2p"],
    "position_buckets": 32,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "max_relative_positions": -1,
}
BERT_IDS = {"pad_token_id": 0, "cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3}
EUROBERT_IDS = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1, "mask_token_id": 2}
POSITIONS = 96
"""The longest sequence of each, whatever the configuration must say for it."""


@dataclass(frozen=True)
class Family:
    """How models of a family are made.

    Attributes:
        model: name of the class in transformers; its configuration's has Config in the place of Model.
        tokenizer: makes the tokenizer.
        config: what the configuration says beside the vocabulary's size.
        pair: special tokens of a pair of texts.
        types: whether second texts have a token type of their own.
    """

    model: str
    tokenizer: Callable[[], Any]
    config: Mapping[str, Any]
    pair: int
    types: bool


@functools.cache
def texts() -> tuple[str, ...]:
    """Texts of mini, English and two other languages."""
    registry = default_registry()
    data = Data(registry, MiniSource("standard"), 60)
    return tuple(
        text
        for task in ("pawsx", "xquad", "panx")
        for language in ("en", "qaa", "qae")
        for row in data.split(task, "test", language).rows
        for text in registry.kind(registry.task(task).kind).texts(row)
    )


@functools.cache
def unigram(*special: str, unknown: str) -> list[tuple[str, float]]:
    """Pieces with their log-probabilities, special tokens first."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=500, special_tokens=list(special), unk_token=unknown, show_progress=False
    )
    tokenizer.train_from_iterator(texts(), trainer)
    return [(piece, score) for piece, score in json.loads(tokenizer.to_str())["model"]["vocab"]]


@functools.cache
def wordpiece() -> Mapping[str, int]:
    """Word pieces by id, BERT's special tokens first."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=500, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts(), trainer)
    found: Mapping[str, int] = tokenizer.get_vocab()
    return found


def xlmr_tokenizer() -> Any:
    """Of XLM-R, XLM-V and the models distilled from them."""
    from transformers import XLMRobertaTokenizer

    return XLMRobertaTokenizer(vocab=unigram("<s>", "<pad>", "</s>", "<unk>", "<mask>", unknown="<unk>"))


def bert_tokenizer() -> Any:
    """Of mBERT, LaBSE, DistilBERT."""
    from transformers import BertTokenizer

    return BertTokenizer(vocab=dict(wordpiece()), do_lower_case=False)


def mdeberta_tokenizer() -> Any:
    """Of mDeBERTa-v3."""
    from transformers import DebertaV2Tokenizer

    vocabulary = unigram("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]", unknown="[UNK]")
    return DebertaV2Tokenizer(vocab=vocabulary, unk_id=3)


def rembert_tokenizer() -> Any:
    """Of RemBERT; its class takes the third piece for the unknown one."""
    from transformers import RemBertTokenizer

    return RemBertTokenizer(vocab=unigram("<pad>", "[CLS]", "<unk>", "[SEP]", "[MASK]", unknown="<unk>"))


def eurobert_tokenizer() -> Any:
    """Of EuroBERT: byte pairs of Llama 3, whose padding is the token that ends a text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    begin, end, mask = special = ["<|begin_of_text|>", "<|end_of_text|>", "<|mask|>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", pair=f"{begin} $A {end} $B {end}", special_tokens=[(begin, 0), (end, 1)]
    )
    named = {"bos_token": begin, "eos_token": end, "pad_token": end, "mask_token": mask}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named)  # type: ignore[no-untyped-call]


FAMILIES: Mapping[str, Family] = {
    "xlm-roberta": Family(
        "XLMRobertaModel",
        xlmr_tokenizer,
        # Of the two positions more, the first is never used and the second is the padding's.
        {"max_position_embeddings": POSITIONS + 2, "type_vocab_size": 1, "pad_token_id": 1, **SIZES},
        pair=4,
        types=False,
    ),
    "bert": Family("BertModel", bert_tokenizer, {"max_position_embeddings": POSITIONS, **SIZES}, pair=3, types=True),
    "minilm": Family("BertModel", xlmr_tokenizer, {"max_position_embeddings": POSITIONS, **SIZES}, pair=4, types=False),
    "distilbert": Family(
        "DistilBertModel", bert_tokenizer, {"max_position_embeddings": POSITIONS, **DISTIL_SIZES}, pair=3, types=False
    ),
    "mdeberta": Family(
        "DebertaV2Model",
        mdeberta_tokenizer,
        {"max_position_embeddings": POSITIONS, **MDEBERTA, **SIZES},
        pair=3,
        types=False,
    ),
    "rembert": Family(
        "RemBertModel",
        rembert_tokenizer,
        {"max_position_embeddings": POSITIONS, "input_embedding_size": 16, "output_embedding_size": 48, **SIZES},
        pair=3,
        types=True,
    ),
    "modernbert": Family(
        "ModernBertModel", bert_tokenizer, {"max_position_embeddings": POSITIONS, **BERT_IDS, **SIZES}, 3, types=False
    ),
    "eurobert": Family(
        "EuroBertModel",
        eurobert_tokenizer,
        {"max_position_embeddings": POSITIONS, "num_key_value_heads": 1, **EUROBERT_IDS, **SIZES},
        pair=3,
        types=False,
    ),
    "gte": Family(
        "GteModel", xlmr_tokenizer, {"max_position_embeddings": POSITIONS, "pad_token_id": 1, **SIZES}, 4, types=False
    ),
    "nomic": Family(
        "NomicBertModel", bert_tokenizer, {"max_position_embeddings": POSITIONS, **SIZES}, pair=3, types=True
    ),
    "jina": Family(
        "JinaEmbeddingsV3Model",
        xlmr_tokenizer,
        {"max_position_embeddings": POSITIONS, "pad_token_id": 1, **SIZES},
        pair=4,
        types=False,
    ),
}


def make_encoder(name: str, directory: Path) -> Path:
    """A Hugging Face directory of a family's encoder."""
    import torch
    import transformers

    from harness.modeling.checkpoints import quiet

    family = FAMILIES[name]
    tokenizer = family.tokenizer()
    config = getattr(transformers, family.model.replace("Model", "Config"))(
        vocab_size=len(tokenizer), architectures=[family.model], **family.config
    )
    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = getattr(transformers, family.model)(config)
        tokenizer.save_pretrained(directory)
        model.save_pretrained(directory)
    return directory


IMAGES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 16}
TWO_TOWERS: Mapping[str, Family] = {
    "altclip": Family(
        "AltCLIPModel",
        xlmr_tokenizer,
        {"max_position_embeddings": POSITIONS + 2, "project_dim": 24, "pad_token_id": 1, **SIZES},
        pair=4,
        types=False,
    ),
    "chinese_clip": Family(
        "ChineseCLIPModel", bert_tokenizer, {"max_position_embeddings": POSITIONS, **SIZES}, pair=3, types=True
    ),
    "align": Family("AlignModel", bert_tokenizer, {"max_position_embeddings": POSITIONS, **SIZES}, pair=3, types=True),
}
"""Models of texts and images whose tower of texts is an encoder; their configuration is the tower's."""


def make_two_towers(name: str, directory: Path, seed: int = 1) -> Path:
    """A Hugging Face directory of a model of texts and images."""
    import torch
    import transformers

    from harness.modeling.checkpoints import quiet

    family = TWO_TOWERS[name]
    tokenizer = family.tokenizer()
    small = {"width_coefficient": 0.1, "depth_coefficient": 0.1, "hidden_dim": 1280}
    images = small if name == "align" else {**IMAGES, "image_size": 8, "patch_size": 4}
    config = getattr(transformers, family.model.replace("Model", "Config"))(
        text_config={"vocab_size": len(tokenizer), **family.config}, vision_config=images, projection_dim=8
    )
    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tokenizer.save_pretrained(directory)
        getattr(transformers, family.model)(config).save_pretrained(directory)
    return directory
