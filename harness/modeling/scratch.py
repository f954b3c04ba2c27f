"""The model `scratch`: a small XLM-R encoder with random weights, and a tokenizer trained on given texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.garbage import libraries_are_loaded

SEED = 0
"""Of the weights: like a pretrained checkpoint, they are the same for every seed of a run."""

SPECIAL_TOKENS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def build(directory: Path, texts: Iterable[str], parameters: Mapping[str, Any]) -> None:
    """Write an ordinary Hugging Face directory.

    Args:
        directory: an existing, empty directory.
        texts: what the tokenizer is trained on; order does not matter.
        parameters: hidden_size, layers, heads, feed_forward, vocabulary (at most), positions, dropout.
    """
    vocabulary = _train_tokenizer(directory, texts, parameters["vocabulary"], parameters["positions"])
    _random_encoder(directory, vocabulary, parameters)


def _train_tokenizer(directory: Path, texts: Iterable[str], size: int, positions: int) -> int:
    """Byte-level BPE, so that no script is unknown; returns the vocabulary's size."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sorted(set(texts)), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", tokenizer.token_to_id("<s>")), ("</s>", tokenizer.token_to_id("</s>"))],
    )
    tokenizer.save(str(directory / "tokenizer.json"))
    names = {"bos": "<s>", "cls": "<s>", "pad": "<pad>", "eos": "</s>", "sep": "</s>", "unk": "<unk>", "mask": "<mask>"}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": positions - 2}
    config |= {f"{name}_token": token for name, token in names.items()}
    (directory / "tokenizer_config.json").write_text(json.dumps(config, indent=2))
    vocabulary: int = tokenizer.get_vocab_size()
    return vocabulary


def _random_encoder(directory: Path, vocabulary: int, parameters: Mapping[str, Any]) -> None:
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel
    from transformers.utils.logging import disable_progress_bar

    libraries_are_loaded()
    disable_progress_bar()  # type: ignore[no-untyped-call]
    config = XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=parameters["hidden_size"],
        num_hidden_layers=parameters["layers"],
        num_attention_heads=parameters["heads"],
        intermediate_size=parameters["feed_forward"],
        max_position_embeddings=parameters["positions"],
        hidden_dropout_prob=parameters["dropout"],
        attention_probs_dropout_prob=parameters["dropout"],
        type_vocab_size=1,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        XLMRobertaModel(config, add_pooling_layer=False).save_pretrained(directory)
