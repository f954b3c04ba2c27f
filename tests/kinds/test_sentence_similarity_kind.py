from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
from harness.errors import DataError
from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.registry import Registry

if TYPE_CHECKING:
    from harness.kinds.base import Kind
    from harness.kinds.encoding import TextEncoder

TASK = DecodeTask(task=Registry().task("tatoeba"), labels=(), hyper=Hyper())
ROWS = [
    harness.SentenceRow(text="the dog", side="target", key="t0"),
    harness.SentenceRow(text="the fox", side="source", key="s0", matches=("t1",)),
    harness.SentenceRow(text="Paris", side="target", key="t1"),
    harness.SentenceRow(text="the river", side="target", key="t2"),
    harness.SentenceRow(text="the tower and the dog", side="source", key="s1", matches=("t2",)),
]


@pytest.fixture
def kind(kinds: dict[str, Kind[Any]]) -> Kind[Any]:
    return kinds["sentence-similarity"]


def test_each_sentence_is_a_sequence(kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any) -> None:
    features = kind.encode(ROWS, (), encoder, Hyper(max_length=5))
    texts = [row.text for row in ROWS]
    wanted = hub_tokenizer(texts, truncation=True, max_length=5)["input_ids"]
    found = np.split(features.ids, features.offsets[1:-1])
    assert [ids.tolist() for ids in found] == wanted
    assert features.truncated == sum(len(ids) > 5 for ids in hub_tokenizer(texts)["input_ids"]) > 0


def test_the_nearest_target_by_angle_is_predicted(kind: Kind[Any], encoder: TextEncoder) -> None:
    vectors = {"t0": (1, 0), "t1": (30, 40), "t2": (0, 0.1), "s0": (10, 1), "s1": (0.3, 0.4)}
    outputs = [np.asarray(vectors[row.key], np.float32) for row in ROWS]
    features = kind.encode(ROWS, (), encoder, Hyper())
    decoded = kind.decode(outputs, features, ROWS, TASK)
    assert [index for index, _ in decoded] == [1, 4]
    (_, first), (_, second) = decoded
    assert (first["gold"], first["prediction"]) == (["t1"], "t0")
    assert (second["gold"], second["prediction"]) == (["t2"], "t1")
    assert [c["key"] for c in second["candidates"]] == ["t1", "t2", "t0"]
    assert [c["score"] for c in second["candidates"]] == pytest.approx([1, 0.8, 0.6])


@pytest.mark.parametrize("side", ["source", "target"])
def test_rows_of_one_side_only_are_refused(side: str, kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [row for row in ROWS if row.side == side]
    features = kind.encode(rows, (), encoder, Hyper())
    with pytest.raises(DataError, match="both sides are needed"):
        kind.decode([np.ones(2, np.float32)] * len(rows), features, rows, TASK)


def test_a_limit_counts_each_side(kind: Kind[Any]) -> None:
    assert [row.key for row in kind.take(ROWS, 1)] == ["t0", "s0"]
    assert [row.key for row in kind.take(ROWS, 2)] == ["t0", "s0", "t1", "s1"]


@pytest.mark.parametrize(("text", "side"), [(" ", "source"), ("a", "left")])
def test_sentences_that_cannot_be_matched_are_refused(text: str, side: str, kind: Kind[Any]) -> None:
    with pytest.raises(harness.BadRow):
        kind.check(harness.SentenceRow(text=text, side=side, key="k"), ())
