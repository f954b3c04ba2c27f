"""A kind whose targets are vectors of floats, from its rows to a loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from harness.hyper import Hyper
from harness.kinds.base import DecodeTask, Fields, Kind
from harness.kinds.features import IGNORED, FeatureBuilder, Features, Masking
from harness.modeling.checkpoints import load_encoder
from harness.modeling.heads.base import Batch, Head, HeadConfig, build_head
from harness.modeling.model import TaskModel
from harness.modeling.tokenizer import load_text_encoder
from harness.modeling.vocabulary import count_anew
from harness.rows import Row
from harness.training.batching import collate, cut

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.kinds.encoding import TextEncoder

CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRow(Row):
    """Words, where each of them is read on a page, and a point on a map."""

    words: tuple[str, ...]
    places: tuple[tuple[float, float], ...]
    point: tuple[float, float, float]


class Placing(Kind[PlacedRow]):
    """Where a text lies, from what it says and where its words are on the page."""

    row_type: ClassVar[type[Row]] = PlacedRow

    def check(self, row: PlacedRow, labels: Sequence[str]) -> None:
        del row, labels

    def texts(self, row: PlacedRow) -> tuple[str, ...]:
        return (" ".join(row.words),)

    def encode(self, rows: Sequence[PlacedRow], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper) -> Features:
        del labels
        pieces = encoder.words(word for row in rows for word in row.words)
        builder = FeatureBuilder()
        for index, row in enumerate(rows):
            words = [number for number, word in enumerate(row.words) for _ in pieces[word]]
            ids = encoder.wrap([i for word in row.words for i in pieces[word]])
            start, end = encoder.prefix_length, encoder.prefix_length + len(words)
            places, lengths = np.zeros((len(ids), 2)), np.full(len(ids), float(IGNORED))
            places[start:end] = [row.places[number] for number in words]
            lengths[start:end] = [len(row.words[number]) / 10 for number in words]
            inner = [start <= i < end for i in range(len(ids))]
            builder.sequence(ids[: hyper.max_length], place=places, length=lengths, inner=inner)
            builder.end_unit(index, point=row.point, right=index % 2 == 0)
        return builder.build(Masking(mask_id=encoder.mask_id, special_ids=encoder.special_ids, vocabulary=300))

    def decode(
        self, outputs: Sequence[NDArray[np.float32]], features: Features, rows: Sequence[PlacedRow], task: DecodeTask
    ) -> list[tuple[int, Fields]]:
        del rows, task
        return [(row, {"prediction": o.tolist()}) for row, o in zip(features.rows.tolist(), outputs, strict=True)]


class PlacingHead(Head):
    """A point per text from states and places of its tokens, and the length of each token's word."""

    def __init__(self, config: HeadConfig) -> None:
        super().__init__(config)
        self.point = nn.Linear(config.hidden_size + 2, 3)
        self.length = nn.Linear(config.hidden_size + 2, 1)

    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """A point (U, 3) before the lengths (U, L)."""
        states = torch.cat([hidden, batch["place"]], -1)
        mask = batch["attention_mask"][..., None]
        pooled = (states * mask).sum(1) / mask.sum(1)
        return torch.cat([self.point(pooled), self.length(states)[..., 0]], 1)

    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """Squared errors; coordinates that are not known do not count."""
        points = (scores[:, :3] - batch["point"]).nan_to_num() ** 2
        lengths = torch.where(batch["length"] == IGNORED, 0, scores[:, 3:] - batch["length"]) ** 2
        return points[batch["right"]].sum() + points[~batch["right"]].sum() + lengths.sum()

    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """The point of each text."""
        del batch
        return list(scores[:, :3].numpy())


ROWS = [
    PlacedRow(words=("the", "dog"), places=((0.5, 0.25), (-1.5, 2.0)), point=(0.1, -2.75, 12.5)),
    PlacedRow(words=("it",), places=((3.25, 0.0),), point=(1e-3, float("nan"), -100.0)),
    PlacedRow(words=("a", "b", "c", "dog", "ends"), places=((0.0, 0.5),) * 5, point=(4.0, 5.0, 6.5)),
]


@pytest.fixture
def encoded(start: Path, tmp_path: Path) -> Features:
    """The rows, encoded, stored and read again."""
    kind = Placing(name="placing", head=f"{__name__}:PlacingHead")
    kind.encode(ROWS, (), load_text_encoder(start), Hyper(max_length=40)).save(tmp_path)
    return Features.load(tmp_path)


def model_of(start: Path) -> TaskModel:
    """The tiny encoder with a head of the kind."""
    torch.manual_seed(1)
    head = f"{__name__}:PlacingHead"
    config = HeadConfig(task="t", head=head, labels=(), dropout=0.0, hidden_size=32, layers=1)
    return TaskModel(load_encoder(start)[0], {"t": build_head(config)})


def without_masks(features: Features) -> Features:
    """The same features, none of whose tokens are masked in batches."""
    return replace(features, masking=None, directory=None)


def test_batches_hold_floats_and_vectors_and_pad_them(encoded: Features) -> None:
    batch = collate(without_masks(encoded), np.asarray([1, 2, 0]), 1, CPU)
    types = {name: (tensor.dtype, tensor.ndim) for name, tensor in batch.items()}
    assert types["place"] == (torch.float32, 3)
    assert types["length"] == (torch.float32, 2)
    assert types["inner"] == (torch.bool, 2)
    assert types["point"] == (torch.float32, 2)
    assert types["right"] == (torch.bool, 1)
    assert types["input_ids"] == (torch.int64, 2)
    np.testing.assert_array_equal(batch["point"].numpy(), np.asarray([ROWS[i].point for i in (1, 2, 0)], np.float32))
    assert batch["right"].tolist() == [False, True, True]
    padding = batch["attention_mask"] == 0
    assert padding.any()
    assert (batch["place"][padding] == IGNORED).all()
    assert (batch["length"][padding] == IGNORED).all()
    assert not batch["inner"][padding].any()
    assert (batch["length"] != IGNORED).equal(batch["inner"])
    shortest = batch["place"][0][batch["inner"][0]]
    assert shortest.tolist() == [[3.25, 0.0]] * len(shortest)


def test_every_cut_gives_the_same_loss(encoded: Features, start: Path) -> None:
    features, model = without_masks(encoded), model_of(start)
    whole = model("t", collate(features, np.arange(3), 1, CPU))
    torch.autograd.backward(whole)
    wanted = model.head("t").get_parameter("point.weight").grad
    assert wanted is not None
    assert torch.isfinite(whole)
    model.zero_grad()
    batches = cut(features, np.arange(3), 1, 0)
    assert len(batches) == 3
    parts = [model("t", collate(features, batch.units, 1, CPU)) for batch in batches]
    total = torch.stack(parts).sum()
    torch.autograd.backward(total)
    assert float(total.detach()) == pytest.approx(float(whole.detach()), rel=1e-5)
    torch.testing.assert_close(model.head("t").get_parameter("point.weight").grad, wanted, rtol=1e-4, atol=1e-5)


def test_a_fraction_of_a_coordinate_changes_the_loss(encoded: Features, start: Path) -> None:
    """As integers, all of these would be the same."""
    features, model = without_masks(encoded), model_of(start)
    before = float(model("t", collate(features, np.arange(3), 1, CPU)).detach())
    point = {**features.unit_columns, "point": features.unit_columns["point"] + np.float32(0.125)}
    place = {**features.token_columns, "place": features.token_columns["place"] + np.float32(0.125)}
    for changed in (replace(features, unit_columns=point), replace(features, token_columns=place)):
        assert float(model("t", collate(changed, np.arange(3), 1, CPU)).detach()) != pytest.approx(before, rel=1e-4)


def test_masks_and_trimmed_vocabularies_leave_the_columns_as_they_are(encoded: Features, start: Path) -> None:
    plain = collate(without_masks(encoded), np.arange(3), 1, CPU)
    masked = collate(encoded, np.arange(3), 1, CPU, mask_seed=4)
    assert not masked["input_ids"].equal(plain["input_ids"])
    assert {name for name in masked if name not in plain} == {"target"}
    encoder = load_text_encoder(start)
    kept = np.union1d(encoded.ids, encoder.special_ids).astype(np.int64)
    trimmed = count_anew(encoded, kept, encoder, "the rows")
    assert trimmed.ids.max() < len(kept)
    for name, column in {**encoded.unit_columns, **encoded.token_columns}.items():
        found = {**trimmed.unit_columns, **trimmed.token_columns}[name]
        np.testing.assert_array_equal(found, column)
        assert found.dtype == column.dtype
        np.testing.assert_array_equal(masked[name].numpy(), plain[name].numpy())
