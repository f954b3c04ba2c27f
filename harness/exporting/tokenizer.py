"""The tokenizer of an exported model, so that AutoTokenizer gives the tokens that the model was trained with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import PreTrainedTokenizerFast

from harness.modeling.tokenizer import auto_tokenizer, tokenizer_as_saved

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILES = (
    "tokenizer*.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab*.json",
    "vocab*.txt",
    "merges.txt",
    "*.model",
)


def write_tokenizer(checkpoint: Path, output: Path) -> None:
    """Copy a checkpoint's tokenizer files; where AutoTokenizer would read other tokens from them, write them anew."""
    named = auto_tokenizer(checkpoint)
    ours = tokenizer_as_saved(checkpoint, named)
    if _rules(ours) == _rules(named.backend_tokenizer):
        for path in sorted(checkpoint.iterdir()):
            if path.is_file() and any(path.match(pattern) for pattern in FILES):
                shutil.copyfile(path, output / path.name)
        return
    # None of the other files comes along: what they say of special tokens may be of another model's, too.
    added = {token.content: token for token in ours.get_added_tokens_decoder().values()}
    names = {
        name: added.get(token, token)
        for name, token in named.special_tokens_map.items()
        if ours.token_to_id(token) is not None
    }
    # Of this class, AutoTokenizer takes tokenizer.json as it is.
    written = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=ours,
        model_input_names=named.model_input_names,
        model_max_length=named.model_max_length,
        **names,
    )
    written.save_pretrained(output)


def _rules(tokenizer: Tokenizer) -> dict[str, Any]:
    """All that makes tokens of a text; of the pieces only their ids, since the last digits of their weights vary."""
    rules: dict[str, Any] = json.loads(tokenizer.to_str())
    model = {name: value for name, value in rules["model"].items() if name != "vocab"}
    parts = {name: rules[name] for name in ("normalizer", "pre_tokenizer", "post_processor")}
    return {**parts, "model": model, "vocabulary": tokenizer.get_vocab(with_added_tokens=True)}
