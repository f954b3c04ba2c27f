from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tokenizers import Tokenizer

import harness
from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.kinds.encoding import TextEncoder
from harness.kinds.features import Features, Masking
from harness.kinds.fill_mask import FillMaskSettings
from harness.registry import Registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from harness.kinds.base import Kind

TEXTS = [
    "The quick brown fox jumps over the lazy dog, and the dog does not mind.",
    "In 1889 the tower was opened; it stands in Paris, on the left bank of the river.",
    "北京是中华人民共和国的首都。长城位于北京以北。",
    "dog",
]
ROWS = [harness.TextRow(text=text) for text in TEXTS]
TASK = DecodeTask(task=Registry().task("mlm"), labels=(), hyper=Hyper())


@pytest.fixture
def kind(kinds: dict[str, Kind[Any]]) -> Kind[Any]:
    return kinds["fill-mask"]


@pytest.fixture
def masking_encoder(hub_tokenizer: Any) -> TextEncoder:
    own = Tokenizer.from_str(hub_tokenizer.backend_tokenizer.to_str())
    return TextEncoder(own, hub_tokenizer.unk_token_id, hub_tokenizer.mask_token_id)


def test_a_text_is_a_sequence_of_which_fifteen_percent_are_masked(
    kind: Kind[Any], masking_encoder: TextEncoder, hub_tokenizer: Any
) -> None:
    features = kind.encode(ROWS, (), masking_encoder, Hyper(max_length=128))
    found = [ids.tolist() for ids in np.split(features.ids, features.offsets[1:-1])]
    assert found == hub_tokenizer(TEXTS)["input_ids"]
    special = set(hub_tokenizer.all_special_ids)
    ordinary = np.asarray([sum(i not in special for i in ids) for ids in found])
    # Rounding moves the number of a text by half a token at most; a text of less than four tokens has one.
    long = ordinary >= 4
    assert abs(features.weights - 0.15 * ordinary)[long].max() <= 0.5
    assert features.weights.min() == 1
    assert features.masking == Masking(
        mask_id=hub_tokenizer.mask_token_id, special_ids=tuple(sorted(special)), vocabulary=len(hub_tokenizer)
    )
    half = kind.encode(ROWS, (), masking_encoder, Hyper(kind_settings=FillMaskSettings(mask_probability=0.5)))
    assert abs(half.weights - 0.5 * ordinary).max() <= 0.5


def test_a_long_text_becomes_pieces_and_loses_nothing(
    kind: Kind[Any], masking_encoder: TextEncoder, hub_tokenizer: Any
) -> None:
    features = kind.encode(ROWS, (), masking_encoder, Hyper(max_length=8))
    pieces = np.split(features.ids, features.offsets[1:-1])
    assert max(map(len, pieces)) == 8
    for index, text in enumerate(TEXTS):
        whole = hub_tokenizer(text, add_special_tokens=False)["input_ids"]
        own = [piece.tolist() for piece, row in zip(pieces, features.rows, strict=True) if row == index]
        assert [i for piece in own for i in piece[1:-1]] == whole
        assert {(piece[0], piece[-1]) for piece in own} == {(0, 2)}
    assert features.truncated == 0
    assert features.weights.tolist() == [1] * len(pieces)


def test_masking_is_kept_with_the_features(kind: Kind[Any], masking_encoder: TextEncoder, tmp_path: Path) -> None:
    features = kind.encode(ROWS, (), masking_encoder, Hyper())
    features.save(tmp_path)
    again = Features.load(tmp_path)
    assert again.masking == features.masking
    assert again.weights.tolist() == features.weights.tolist()


def test_a_tokenizer_without_a_mask_is_refused(kind: Kind[Any], encoder: TextEncoder) -> None:
    with raises_code("no-mask-token"):
        kind.encode(ROWS, (), encoder, Hyper())


def test_texts_of_which_nothing_can_be_masked_are_refused(kind: Kind[Any], masking_encoder: TextEncoder) -> None:
    mask = harness.TextRow(text="<mask>")
    with raises_code("nothing-to-mask"):
        kind.encode([mask], (), masking_encoder, Hyper())
    assert kind.encode([mask, ROWS[0]], (), masking_encoder, Hyper()).rows.tolist() == [1]
    with pytest.raises(harness.BadRow, match="an empty text"):
        kind.check(harness.TextRow(text=" \t"), ())


def test_guesses_of_all_pieces_of_a_text_come_together(kind: Kind[Any], masking_encoder: TextEncoder) -> None:
    features = kind.encode(ROWS[:1], (), masking_encoder, Hyper(max_length=16))
    assert len(features) > 1
    outputs = [np.asarray([[200000 + unit, 7, -0.5 - unit]], np.float32) for unit in range(len(features))]
    ((index, fields),) = kind.decode(outputs, features, ROWS[:1], TASK)
    assert index == 0
    assert fields["gold"] == [200000 + unit for unit in range(len(features))]
    assert fields["prediction"] == [7] * len(features)
    assert fields["log_probs"] == [-0.5 - unit for unit in range(len(features))]
