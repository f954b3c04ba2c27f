"""Masked captions behind images: where an image stands, what of it the encoder reads, and what is never masked."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import harness
from harness.hyper import Hyper
from harness.modeling.tokenizer import load_text_encoder
from harness.planning.stages.images import Vectors, with_images
from harness.registry import Registry
from harness.sources.mini.encoder import DIRECTORY
from harness.training.batching import collate

if TYPE_CHECKING:
    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features

CAPTIONS = ("Anna washes a cup .", "Ben loses a hat in the garden .", "Anna helps Ben .")
DIGESTS = ["0a", "0b"]
SHOWN = ["0b", "0a", "0b"]
VECTORS = Vectors(
    DIGESTS,
    np.arange(10, dtype=np.float32).reshape(2, 5) ** 2,
    np.asarray([0, 2**40 - 1], dtype=np.uint64),
    np.arange(2, dtype=np.int32),
)
KIND = Registry().kind("image-fill-mask")


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return load_text_encoder(DIRECTORY)


def hyper(**own: str | float) -> Hyper:
    return Hyper(max_length=32, kind_settings=dataclasses.replace(KIND.settings(), **own))


def features(encoder: TextEncoder, *, texts: Sequence[str] = CAPTIONS, images: str = "real") -> Features:
    rows = [harness.CaptionRow(text=text, image=harness.Image(name=str(n))) for n, text in enumerate(texts)]
    encoded = KIND.encode(rows, (), encoder, hyper(images=images))
    return encoded if images == "none" else with_images(encoded, SHOWN[: len(rows)], VECTORS, images)


def sequence(found: Features, number: int) -> list[int]:
    ids: list[int] = found.ids[found.offsets[number] : found.offsets[number + 1]].tolist()
    return ids


def test_an_image_stands_behind_the_first_token_in_the_place_of_a_mask(encoder: TextEncoder) -> None:
    with_image, without = features(encoder), features(encoder, images="none")
    for number in range(len(CAPTIONS)):
        plain = sequence(without, number)
        assert sequence(with_image, number) == [plain[0], encoder.mask_id, *plain[1:]]
    places = np.flatnonzero(with_image.token_columns["image_place"])
    assert places.tolist() == [start + 1 for start in with_image.offsets[:-1].tolist()]
    assert not without.token_columns["image_place"].any()
    assert "image" not in without.unit_columns
    assert not without.tables


def test_as_many_tokens_are_masked_with_an_image_as_without(encoder: TextEncoder) -> None:
    with_image, without = features(encoder), features(encoder, images="none")
    assert with_image.weights.tolist() == without.weights.tolist()
    ordinary = [len(sequence(without, number)) - 2 for number in range(len(CAPTIONS))]
    assert without.weights.tolist() == [max(1, round(0.15 * count)) for count in ordinary]


@pytest.mark.parametrize("seed", range(20))
def test_the_place_of_the_image_is_never_masked_nor_replaced(encoder: TextEncoder, seed: int) -> None:
    rows = [harness.CaptionRow(text=CAPTIONS[1], image=harness.Image(name="0"))]
    most = KIND.encode(rows, (), encoder, hyper(mask_probability=1.0))
    found = with_images(most, SHOWN[:1], VECTORS, "real")
    batch = collate(found, np.arange(1), 1, __import__("torch").device("cpu"), mask_seed=seed)
    assert batch["input_ids"][0, 1] == encoder.mask_id
    assert batch["target"][0, 1] == -100
    assert (batch["target"][0, 2:-1] >= 0).all()


def test_the_encoder_reads_the_image_there_and_the_words_elsewhere(encoder: TextEncoder) -> None:
    import torch
    from torch import nn

    from harness.modeling.heads.base import HeadConfig, build_head

    config = HeadConfig(
        task="t",
        head=KIND.head,
        labels=(),
        dropout=0.0,
        hidden_size=8,
        layers=1,
        vocabulary=encoder.vocabulary_size,
        sizes={"image": 5},
    )
    torch.manual_seed(0)
    head, embeddings = build_head(config), nn.Embedding(encoder.vocabulary_size, 8)
    batch = collate(features(encoder), np.arange(3), 1, torch.device("cpu"), mask_seed=3)
    read = head.embedded(embeddings, batch)
    assert read is not None
    expected = embeddings(batch["input_ids"])
    for row, digest in enumerate(SHOWN):
        vector = torch.from_numpy(VECTORS.vectors[DIGESTS.index(digest)])
        standard = (vector - vector.mean()) / torch.sqrt(vector.var(unbiased=False) + 1e-5)
        expected[row, 1] = head.projection.weight @ standard + head.projection.bias  # type: ignore[operator,union-attr]
    torch.testing.assert_close(read, expected)
    text_only = collate(features(encoder, images="none"), np.arange(3), 1, torch.device("cpu"))
    assert build_head(dataclasses.replace(config, sizes={})).embedded(embeddings, text_only) is None


def test_captions_that_do_not_fit_are_cut_behind_the_image(encoder: TextEncoder) -> None:
    rows = [harness.CaptionRow(text=" ".join([CAPTIONS[0]] * 20), image=harness.Image(name="0"))]
    found = KIND.encode(rows, (), encoder, hyper())
    assert found.truncated == 1
    assert len(sequence(found, 0)) == 32


def test_a_whole_run_trains_and_scores_it(tmp_path: Path) -> None:
    from tests.pictures import write_captions

    done = harness.train(
        target="flickr8k@masked",
        data=str(write_captions(tmp_path / "d")),
        model="mini",
        preset="mini",
        set={"max_length": 32, "target.epochs": 2, "batch_size": 4},
        runs=tmp_path / "runs",
        progress=False,
    )
    assert not done.failed
    (record,) = done.records[["task", "metric", "status"]].to_dict("records")
    assert record == {"task": "flickr8k@masked", "metric": "masked_accuracy", "status": "ok"}
