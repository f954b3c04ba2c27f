"""The tokenizer of a Hugging Face directory, as its tokenizer.json has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.kinds.encoding import TextEncoder
from harness.modeling.checkpoints import LOCAL, ModelError, quiet, translated
from harness.modeling.shape import VOCABULARY, read_config
from harness.modeling.vocabulary import FILE as TRIMMED
from harness.outside import read_json

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILE = "tokenizer.json"
SETTINGS = "tokenizer_config.json"
OF_BERT = {
    "do_lower_case": "lowercase",
    "strip_accents": "strip_accents",
    "tokenize_chinese_chars": "handle_chinese_chars",
}
"""What tokenizer_config.json calls the options of BERT's normaliser; what it says beats tokenizer.json."""


def load_text_encoder(directory: Path) -> TextEncoder:
    """The fast tokenizer of a Hugging Face directory.

    Raises:
        ModelError: there is none.
    """
    with translated("a fast tokenizer", directory), quiet():
        named = auto_tokenizer(directory)
        # Without its files, transformers makes a tokenizer that knows special tokens only.
        if len(named) <= len(named.all_special_ids):
            raise ModelError(
                f"there are no tokenizer files, such as {FILE}", code="no-tokenizer-files", where=str(directory)
            )
        tokenizer = tokenizer_as_saved(directory, named)
        mask_id = tokenizer.token_to_id(named.mask_token) if named.mask_token else None
        encoder = TextEncoder(tokenizer, _unknown_id(tokenizer), mask_id)
        _check_vocabulary(encoder, directory)
    return encoder


def auto_tokenizer(directory: Path) -> Any:
    """What AutoTokenizer makes of a directory; it knows what the special tokens are called."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(directory, **LOCAL)


def tokenizer_as_saved(directory: Path, named: Any) -> Tokenizer:
    """The tokenizer of tokenizer.json, or AutoTokenizer's where there is no such file.

    AutoTokenizer keeps the vocabulary only and makes the rest anew, as the class does that it takes the model's for:
    MiniLM, which has BERT's layers and XLM-R's tokens, is then read as if its tokens were BERT's.

    Args:
        named: of `auto_tokenizer`.
    """
    from tokenizers import Tokenizer, normalizers

    file = directory / FILE
    if not file.is_file():
        made: Tokenizer = named.backend_tokenizer
        return made
    tokenizer: Tokenizer = Tokenizer.from_file(str(file))
    options = directory / SETTINGS
    given = read_json(options) if options.is_file() else {}
    if isinstance(tokenizer.normalizer, normalizers.BertNormalizer):
        for name, option in OF_BERT.items():
            if name in given:
                setattr(tokenizer.normalizer, option, given[name])
    if not tokenizer.num_special_tokens_to_add(is_pair=False):
        # As transformers saves RemBERT's, special tokens are left to its class.
        tokenizer.post_processor = named.backend_tokenizer.post_processor
    return tokenizer


def _unknown_id(tokenizer: Tokenizer) -> int | None:
    """Id of the token for what has none; None where every text has tokens, such as of bytes."""
    model: dict[str, Any] = json.loads(tokenizer.to_str())["model"]
    if model["type"] == "Unigram":
        found: int | None = model["unk_id"]
    else:
        found = tokenizer.token_to_id(model["unk_token"]) if model.get("unk_token") else None
    return found


def _check_vocabulary(encoder: TextEncoder, directory: Path) -> None:
    """Refuse a tokenizer whose ids go beyond the encoder's embeddings."""
    config = read_config(directory) if (directory / "config.json").is_file() else {}
    size = next((config[name] for name in VOCABULARY if name in config), None)
    if size is not None and not (directory / TRIMMED).is_file() and encoder.highest_id >= size:
        raise ModelError(
            f"the tokenizer has {encoder.vocabulary_size} tokens with ids up to {encoder.highest_id}, "
            f"but the encoder's vocabulary {size}",
            code="tokenizer-of-other-model",
            where=str(directory),
            fix="save the tokenizer there that the encoder was trained with",
        )
