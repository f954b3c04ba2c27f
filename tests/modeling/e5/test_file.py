from __future__ import annotations

import dataclasses
import struct
from pathlib import Path

import numpy as np
import pytest

from harness.modeling.e5.build import _config
from harness.modeling.e5.file import ModelFile, Sizes, read


@pytest.fixture
def model(tmp_path: Path) -> ModelFile:
    """A file of three pieces, one changed character and two tensors."""
    pieces = ["<s>", "▁a", "é"]
    texts = [piece.encode() for piece in pieces]
    ends = np.cumsum([0, *map(len, texts)]).tolist()
    head = b"E5S1" + struct.pack("<I7ifi5iQ", 1, 4, 2, 1, 8, 3, 16, 2, 1e-12, 32, 3, 0, 2, 1, 1, ends[-1])
    head += struct.pack("<4I3f", *ends, 0.0, -1.5, -2.0) + b"".join(texts)
    change = struct.pack("<IB2I", ord("ﬁ"), 2, ord("f"), ord("i"))
    head += struct.pack("<iI", 1, len(change)) + change
    # Two blocks: weight j has the value j modulo 16, weight j + 16 the value 15, less 8, times the scale.
    low = bytes(j | 15 << 4 for j in range(16))
    blocks = np.float16(0.5).tobytes() + low + np.float16(-2).tobytes() + low
    plain = np.asarray([1.5, -3], "<f4").tobytes()
    names = [(b"emb.word", 1, blocks), (b"emb.ln.b", 0, plain)]
    start = len(head) + 4 + sum(2 + len(name) + 21 for name, _, _ in names)
    table = struct.pack("<i", len(names))
    for name, kind, data in names:
        table += struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", kind, 0, start, len(data))
        start += len(data)
    path = tmp_path / "model.bin"
    path.write_bytes(head + table + blocks + plain)
    return read(path)


def test_sizes_vocabulary_and_normaliser_are_read(model: ModelFile) -> None:
    assert model.sizes == Sizes(
        hidden_size=4, layers=2, heads=1, feed_forward=8, vocabulary=3, positions=16, token_types=2
    )
    assert model.pieces == (("<s>", 0.0), ("▁a", -1.5), ("é", -2.0))
    assert (model.start, model.end, model.padding, model.unknown) == (0, 2, 1, 1)
    assert model.characters == {"ﬁ": "fi"}
    assert model.epsilon == 1e-12


def test_epsilon_of_layer_norms_is_the_file_s(model: ModelFile) -> None:
    assert _config(dataclasses.replace(model, epsilon=1e-5), 0.1)["layer_norm_eps"] == 1e-5


def test_a_weight_is_its_four_bits_less_eight_times_the_scale_of_its_block(model: ModelFile) -> None:
    low, high = [j - 8 for j in range(16)], [7] * 16
    wanted = [0.5 * code for code in low + high] + [-2 * code for code in low + high]
    found = model.weights("emb.word")
    assert found.dtype == np.float32
    assert found.tolist() == wanted
    assert model.weights("emb.ln.b").tolist() == [1.5, -3]
