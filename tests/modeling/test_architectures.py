"""What is read from each family's configuration and tokenizer, beside what transformers makes of the same directory."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from harness.hyper import Hyper
from harness.modeling.checkpoints import load_encoder, quiet
from harness.modeling.heads.base import HeadConfig, build_head
from harness.modeling.model import TaskModel
from harness.modeling.shape import COMMON_ENCODERS, POSITIONS_AFTER_PADDING, UNFIT, read_shape
from harness.modeling.tokenizer import load_text_encoder
from harness.registry import default_registry
from harness.rows import ClassificationRow
from harness.training.batching import collate

if TYPE_CHECKING:
    from tests.encoders import FAMILIES, make_encoder, texts
else:
    from encoders import FAMILIES, make_encoder, texts

PAIRS = (("the old house", "a red dog sees the house"), ("it ends", "no"))


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    name = str(request.param)
    return name, make_encoder(name, tmp_path_factory.mktemp(name))


def features(directory: Path, pairs: tuple[tuple[str, str], ...], max_length: int = 96) -> Any:
    rows = [ClassificationRow(text=a, text_pair=b, label=None) for a, b in pairs]
    kind = default_registry().kind("text-classification")
    return kind.encode(rows, ("x", "y"), load_text_encoder(directory), Hyper(max_length=max_length))


def our_states(directory: Path, encoded: Any) -> list[torch.Tensor]:
    """Hidden states of each pair as the program computes them, without padding."""
    import numpy as np

    encoder, report = load_encoder(directory)
    assert report.new == ()
    head = build_head(
        HeadConfig(
            task="t",
            head="harness.modeling.heads.text_classification:TextClassificationHead",
            labels=("x", "y"),
            dropout=0.0,
            hidden_size=32,
            layers=2,
        )
    )
    found: list[torch.Tensor] = []
    encoder.register_forward_hook(lambda *arguments: found.append(arguments[2].last_hidden_state))
    pad = encoder.config.pad_token_id or 0
    batch = collate(encoded, np.arange(len(encoded)), pad, torch.device("cpu"))
    with torch.no_grad():
        TaskModel(encoder, {"t": head}).eval()("t", batch, scores=True)
    lengths = batch["attention_mask"].sum(1).tolist()
    return [states[:length] for states, length in zip(found[0], lengths, strict=True)]


def their_states(directory: Path) -> list[torch.Tensor]:
    from transformers import AutoModel, AutoTokenizer

    with quiet():
        tokenizer, model = AutoTokenizer.from_pretrained(directory), AutoModel.from_pretrained(directory).eval()
    known = inspect.signature(model.forward).parameters
    found = []
    for first, second in PAIRS:
        inputs = tokenizer(first, second, return_tensors="pt", return_token_type_ids=True)
        with torch.no_grad():
            (states,) = model(**{name: value for name, value in inputs.items() if name in known}).last_hidden_state
        found.append(states)
    return found


def test_pairs_go_through_the_encoder_as_transformers_sends_them(family: tuple[str, Path]) -> None:
    name, directory = family
    encoded = features(directory, PAIRS)
    assert encoded.pair_types is (FAMILIES[name].types or name in ("distilbert", "mdeberta", "modernbert"))
    for ours, theirs in zip(our_states(directory, encoded), their_states(directory), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_token_types_matter_where_there_are_any(family: tuple[str, Path]) -> None:
    import dataclasses

    name, directory = family
    encoded = features(directory, PAIRS)
    other = our_states(directory, dataclasses.replace(encoded, pair_types=not encoded.pair_types))
    same = all(torch.equal(a, b) for a, b in zip(our_states(directory, encoded), other, strict=True))
    # A model of BERT's layers with XLM-R's tokenizer has types, but has seen the first alone.
    assert same is not (FAMILIES[name].types or name == "minilm")


def test_special_tokens_are_counted(family: tuple[str, Path]) -> None:
    name, directory = family
    encoder = load_text_encoder(directory)
    assert encoder.room(96, pair=True) == 96 - FAMILIES[name].pair
    assert encoder.room(96) == 94
    assert encoder.prefix_length == 1


def test_the_longest_sequence_goes_through(family: tuple[str, Path]) -> None:
    _, directory = family
    shape = read_shape(directory)
    assert shape.positions == 96
    long = " ".join(texts()[:40])
    encoded = features(directory, ((long, long),))
    assert encoded.lengths.tolist() == [96]
    (states,) = our_states(directory, encoded)
    assert states.shape == (96, 32)
    assert bool(states.isfinite().all())


def test_sizes_are_those_of_the_model(family: tuple[str, Path]) -> None:
    from transformers import AutoModel

    name, directory = family
    shape = read_shape(directory)
    with quiet():
        model = AutoModel.from_pretrained(directory)
    assert shape.parameters == model.num_parameters()
    assert (shape.hidden_size, shape.layers) == (32, 2)
    assert shape.vocabulary == model.get_input_embeddings().num_embeddings
    assert model.get_input_embeddings().embedding_dim == (shape.embedding_size or shape.hidden_size)
    assert shape.embedding_size == (16 if name == "rembert" else 0)


def test_architectures_that_count_positions_from_the_padding_are_known() -> None:
    """They are found in transformers by the function that counts them."""
    import transformers
    from transformers.models.auto.configuration_auto import model_type_to_module_name
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    folder = Path(transformers.__file__).parent / "models"
    found = set()
    for kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        own = f"modeling_{kind.replace('-', '_')}.py"
        code = (folder / model_type_to_module_name(kind) / own).read_text(encoding="utf-8")
        if "create_position_ids_from_input_ids" in code:
            found.add(kind)
    assert found - UNFIT.keys() == POSITIONS_AFTER_PADDING
    assert set(MODEL_FOR_MASKED_LM_MAPPING_NAMES) >= COMMON_ENCODERS
