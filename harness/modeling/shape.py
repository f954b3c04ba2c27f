"""What a model directory says of its encoder, without torch: sizes of config.json, tensors by the headers of files."""

from __future__ import annotations

import importlib.util
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import SettingsError
from harness.modeling.native import needs_own_code, own_code_refused
from harness.outside import parse_json, read_json

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"

TOKENIZER_FILES = ("tokenizer.json", "vocab.*")
SENTENCEPIECE_FILES = ("*.model",)

HIDDEN_SIZE = ("hidden_size", "dim", "d_model", "emb_dim")
LAYERS = ("num_hidden_layers", "n_layers", "num_layers")
EMBEDDING_SIZE = ("input_embedding_size", "embedding_size")
VOCABULARY = ("vocab_size", "n_words")
"""What architectures call a size, each by one of these names."""

POSITIONS_AFTER_PADDING = frozenset(
    {
        *("camembert", "data2vec-text", "esm", "ibert", "longformer", "luke", "mpnet", "roberta"),
        *("roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl"),
    }
)
"""Architectures whose first token has the position after the padding id, so that many positions are never used."""

COMMON_ENCODERS = POSITIONS_AFTER_PADDING | {"albert", "bert", "deberta-v2", "distilbert", "modernbert", "rembert"}
"""Encoders that are known for such without asking transformers, whose import takes two seconds."""

_MIXES_PADDING = "its layers mix padding into texts, so that a score depends on how long the others of a batch are"
UNFIT = {
    **dict.fromkeys(("convbert", "fnet", "nystromformer", "yoso"), _MIXES_PADDING),
    "xmod": "it has to be told the language of each text",
    "layoutlm": "it has to be told where on a page each word stands",
}
"""Encoders that would load and give other scores than they should, or none."""

OWN_ENCODERS = {"use-multilingual": "harness.modeling.use.model"}
"""Architectures of this program: the module of each, whose import makes it known to transformers."""

FIXED_EMBEDDINGS = frozenset({"use-multilingual"})
"""Architectures whose embeddings training leaves as they are, but for few weights."""

GENERATORS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
"""How names of classes end that write text."""

CONVERSION = """\
python -c "import transformers as t; n = '{name}'; m = getattr(t, t.AutoConfig.from_pretrained(n).architectures[0]); \
[c.from_pretrained(n).save_pretrained('DIRECTORY') for c in (m, t.AutoTokenizer)]", then --model DIRECTORY"""
"""With the class that they were saved of, so that a head for masked tokens is not lost."""


@dataclass(frozen=True)
class Shape:
    """An encoder's sizes.

    Attributes:
        positions: the longest sequence it takes, in tokens.
        parameters: number of weights in its files, heads of its own included.
        vocabulary: number of token ids.
        embedding_size: of a token before the first layer, where it is not `hidden_size`; else 0.
        estimated: whether the number of weights is an estimate.
    """

    hidden_size: int
    layers: int
    positions: int
    parameters: int
    vocabulary: int = 0
    embedding_size: int = 0
    estimated: bool = False

    @property
    def multiplied(self) -> int:
        """Number of weights that every token is multiplied with: all but the embeddings, which are looked up."""
        return self.parameters - self.vocabulary * (self.embedding_size or self.hidden_size)


def read_shape(directory: Path) -> Shape:
    """The sizes of an encoder in a Hugging Face directory.

    Raises:
        SettingsError: config.json does not say them, or weights are missing or cut off.
    """
    parameters = sum(math.prod(shape) for file in weight_files(directory) for shape in tensors(file).values())
    return shape_of(read_config(directory), parameters, directory)


def shape_of(config: Mapping[str, Any], parameters: int, directory: Path) -> Shape:
    """The sizes that a configuration says.

    Args:
        parameters: number of weights.
        directory: where the configuration is from, for errors.

    Raises:
        SettingsError: it does not say them.
    """
    hidden, layers = _size(directory, config, HIDDEN_SIZE), _size(directory, config, LAYERS)
    missing = [names[0] for names, size in ((HIDDEN_SIZE, hidden), (LAYERS, layers)) if not size]
    if missing:
        raise SettingsError(
            f"{CONFIG} has no {' and no '.join(missing)}",
            code="config-incomplete",
            where=str(directory),
            fix="give an encoder whose configuration has them, such as XLM-R's or BERT's",
        )
    embedding = _size(directory, config, EMBEDDING_SIZE)
    positions = _size(directory, config, ("max_position_embeddings",)) or 512
    if config.get("model_type") in POSITIONS_AFTER_PADDING:
        positions -= padding_id(config) + 1
    return Shape(
        hidden_size=hidden,
        layers=layers,
        positions=positions,
        parameters=parameters,
        vocabulary=_size(directory, config, VOCABULARY),
        embedding_size=0 if embedding == hidden else embedding,
    )


def pooled_layer(layer: int, layers: int) -> int:
    """The hidden layer that sentence embeddings are made of, counted from 0 for what the first layer reads.

    Args:
        layer: the hyper-parameter: 0 is 14 of 24, at the same relative depth in smaller encoders (XTREME), -1 the last.
        layers: of the encoder.
    """
    if layer == 0:
        return max(1, round(layers * 14 / 24))
    return layers if layer == -1 else layer


def read_config(directory: Path) -> dict[str, Any]:
    """What config.json holds.

    Raises:
        SettingsError: there is none, or it is no JSON object.
    """
    file = directory / CONFIG
    if not file.is_file():
        raise SettingsError(
            f"not a Hugging Face model directory: no {CONFIG}",
            code="not-a-model-directory",
            where=str(directory),
            fix="give a directory with config.json, model.safetensors and tokenizer files",
        )
    try:
        config = read_json(file)
    except ValueError as error:
        raise SettingsError(str(error), code="not-json", where=str(file), fix="fetch the model again") from None
    if not isinstance(config, dict):
        raise SettingsError(
            "not a configuration: no JSON object",
            code="not-a-json-object",
            where=str(file),
            fix="fetch the model again",
        )
    return config


def padding_id(config: Mapping[str, Any]) -> int:
    """The padding's id, by which `POSITIONS_AFTER_PADDING` count; 1 where none is given, as in XLM-R."""
    found = config.get("pad_token_id")
    return found if isinstance(found, int) else 1


def check_encoder(directory: Path) -> None:
    """Refuse what is no encoder, or one that transformers knows only by code that comes with it, or that is unfit.

    Raises:
        SettingsError: so it is.
    """
    config = read_config(directory)
    kind = str(config.get("model_type", ""))
    if config.get("auto_map") and (needs_own_code(config) or not _in_transformers(kind)):
        raise own_code_refused(config, str(directory))
    if kind in UNFIT:
        raise SettingsError(
            f"a model of type {kind} cannot be used: {UNFIT[kind]}",
            code="unsuited-model",
            where=str(directory),
            fix="give another, such as XLM-R, mDeBERTa or ModernBERT",
        )
    generators = [name for name in config.get("architectures") or () if name.endswith(GENERATORS)]
    two_parts, decoder = config.get("is_encoder_decoder"), config.get("is_decoder") or generators
    if not two_parts and not decoder and (kind in COMMON_ENCODERS or kind in OWN_ENCODERS or _fills_masks(kind)):
        return
    what = "an encoder and a decoder" if two_parts else "a decoder, which reads in one direction only"
    raise SettingsError(
        f"a model of type {kind or 'unknown'} is no encoder" + (f": it is {what}" if two_parts or decoder else ""),
        code="not-an-encoder",
        where=str(directory),
        fix="give a model that reads in both directions and was trained to fill in masks, such as XLM-R",
    )


def weight_files(directory: Path, name: str = "") -> list[Path]:
    """The files of an encoder's weights.

    Args:
        name: what transformers knows the model by, where that is not its directory.

    Raises:
        SettingsError: there are none, or not all, or they are in another format.
    """
    if (directory / INDEX).is_file() and not (directory / WEIGHTS).is_file():
        names = _indexed(directory / INDEX)
    else:
        names = [WEIGHTS]
    missing = [name for name in names if not (directory / name).is_file()]
    if missing == [WEIGHTS]:
        raise SettingsError(
            f"the model has no weights in safetensors format: no {WEIGHTS}",
            code="no-safetensors",
            where=str(directory),
            fix=f"pickled weights are not read; convert them: {CONVERSION.format(name=name or directory)}"
            if name or any(directory.glob("*.bin"))
            else "fetch the model again, or save it with transformers' save_pretrained",
        )
    if missing:
        raise SettingsError(
            f"the model lacks {len(missing)} of {len(names)} files of weights: {', '.join(missing)}",
            code="weight-files-missing",
            where=str(directory),
            fix="fetch the model again",
        )
    return [directory / name for name in names]


def has_tokenizer_files(directory: Path, patterns: Sequence[str] = (*TOKENIZER_FILES, *SENTENCEPIECE_FILES)) -> bool:
    """Whether a directory has files of a tokenizer."""
    return any(file for pattern in patterns for file in directory.glob(pattern))


def tokenizer_type(directory: Path) -> str:
    """What the `tokenizers` library calls the model of a directory's tokenizer, such as "Unigram"; "" if unknown."""
    file = directory / "tokenizer.json"
    if file.is_file():
        found = re.search(
            r'"model"\s*:\s*\{\s*"type"\s*:\s*"(\w+)"', file.read_text(encoding="utf-8", errors="replace")
        )
        return found[1] if found else ""
    return "WordPiece" if (directory / "vocab.txt").is_file() else ""


def tensors(file: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tensors of a safetensors file, by its header.

    Raises:
        SettingsError: it has no such header, or is not as long as it says.
    """
    return {name: shape for name, (_, shape) in typed_tensors(file).items()}


def typed_tensors(file: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    """The same with types, such as "F32" or "U8".

    Raises:
        SettingsError: it has no such header, or is not as long as it says.
    """
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        text = opened.read(length) if length < size else b""
    try:
        header = parse_json(text)
        header.pop("__metadata__", None)
        end = 8 + length + max((tensor["data_offsets"][1] for tensor in header.values()), default=0)
        found = {name: (str(tensor["dtype"]), tuple(tensor["shape"])) for name, tensor in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError(
            "not a safetensors file", code="not-safetensors", where=str(file), fix="fetch the model again"
        ) from None
    if size != end:
        raise SettingsError(
            f"the file of weights is broken: {size:,} bytes instead of {end:,}",
            code="weights-file-broken",
            where=str(file),
            fix="fetch or copy the model again",
        )
    return found


def has_layers(directory: Path, layers: Iterable[str]) -> bool:
    """Whether an encoder's files have tensors of each of these layers, by the headers of the files."""
    names = [current_name(name) for file in weight_files(directory) for name in tensors(file)]
    return all(any(name == layer or name.startswith(f"{layer}.") for name in names) for layer in layers)


def current_name(name: str) -> str:
    """A weight's name where old files of BERT have that of TensorFlow."""
    return re.sub(r"\.beta$", ".bias", re.sub(r"\.gamma$", ".weight", name))


def _indexed(index: Path) -> list[str]:
    try:
        names = sorted(set(read_json(index)["weight_map"].values()))
        if not all(Path(name).name == name for name in names):
            raise ValueError("a file in another folder")
        return names
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError(
            "not an index of weights", code="not-a-weights-index", where=str(index), fix="fetch the model again"
        ) from None


def _size(directory: Path, config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    """The first of these that is given; 0 where none is.

    Raises:
        SettingsError: it is no number above 0.
    """
    name = next((name for name in names if config.get(name) is not None), "")
    value = config[name] if name else 0
    if name and (not isinstance(value, int) or value < 1):
        raise SettingsError(
            f"{name} is {value!r}, not a whole number above 0",
            code="config-value-out-of-range",
            where=str(directory / CONFIG),
            fix="fetch the model again",
        )
    return value


def _in_transformers(kind: str) -> bool:
    """Whether transformers has an architecture of that name; found by its folders, since importing takes seconds."""
    spec = importlib.util.find_spec("transformers")
    folders = spec.submodule_search_locations if spec else None
    return bool(kind) and any((Path(folder) / "models" / kind.replace("-", "_")).is_dir() for folder in folders or ())


def _fills_masks(kind: str) -> bool:
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    return kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES
