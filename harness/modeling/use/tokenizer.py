"""The tokenizer of USE multilingual as a fast one: the same tokens as SentencePiece's, with character offsets."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.modeling.use.package import Vocabulary

UNKNOWN, START, END, PADDING = "<unk>", "<s>", "</s>", "<pad>"
SPACE = "\u2581"
"""What SentencePiece writes for a blank."""


def save_tokenizer(directory: Path, vocabulary: Vocabulary) -> None:
    """Write tokenizer.json and tokenizer_config.json.

    Each text of a pair is `<s> text </s>`, as the encoder knows sentences.
    """
    build_tokenizer(vocabulary).save(str(directory / "tokenizer.json"))
    names = {"bos": START, "cls": START, "eos": END, "sep": END, "unk": UNKNOWN, "pad": PADDING}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512}
    config |= {f"{name}_token": token for name, token in names.items()}
    (directory / "tokenizer_config.json").write_text(json.dumps(config, indent=2))


def build_tokenizer(vocabulary: Vocabulary) -> Any:
    """A tokenizer of the `tokenizers` library."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    pieces = list(vocabulary.pieces)
    # SentencePiece reserves ids that no text has; the first of them becomes the padding.
    padding = next(i for i, (piece, _) in enumerate(pieces) if piece == "extra_token_id_1")
    pieces[padding] = (PADDING, pieces[padding][1])
    ids = {piece: i for i, (piece, _) in enumerate(pieces)}
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=ids[UNKNOWN]))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(vocabulary.normalisation),
            normalizers.Strip(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    known = {character for piece, _ in pieces for character in piece}
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(SPACE, prepend_scheme="always"),
            # The library would make one token of neighbouring unknown characters; the encoder knows one for each.
            pre_tokenizers.Split(Regex(f"[^{_ranges(known)}]"), "isolated"),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(SPACE, prepend_scheme="always")
    tokenizer.add_special_tokens(
        [AddedToken(t, special=True, normalized=False) for t in (UNKNOWN, START, END, PADDING)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}",
        pair=f"{START} $A {END} {START} $B {END}",
        special_tokens=[(START, ids[START]), (END, ids[END])],
    )
    return tokenizer


def _ranges(characters: Iterable[str]) -> str:
    """The inside of a regular expression's brackets that stands for just these characters."""
    points = sorted(map(ord, characters))
    ranges: list[list[int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in ranges)
