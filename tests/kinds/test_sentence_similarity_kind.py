from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.kinds.features import FeatureBuilder
from harness.kinds.sentence_similarity import SentenceSimilaritySettings
from harness.registry import Registry
from tests.raising import raises_code

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


@pytest.mark.parametrize("prefix", ["query:", "query: ", " query: "])
def test_a_prefix_stands_before_every_sentence_with_a_blank(
    kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any, prefix: str
) -> None:
    own = SentenceSimilaritySettings(text_prefix=prefix)
    features = kind.encode(ROWS, (), encoder, Hyper(kind_settings=own))
    found = np.split(features.ids, features.offsets[1:-1])
    assert [ids.tolist() for ids in found] == hub_tokenizer([f"query: {row.text}" for row in ROWS])["input_ids"]


def test_the_nearest_target_by_angle_is_predicted(kind: Kind[Any], encoder: TextEncoder) -> None:
    vectors: dict[str, tuple[float, ...]] = {
        "t0": (1, 0),
        "t1": (30, 40),
        "t2": (0, 0.1),
        "s0": (10, 1),
        "s1": (0.3, 0.4),
    }
    outputs = [np.asarray(vectors[row.key], np.float32) for row in ROWS]
    features = kind.encode(ROWS, (), encoder, Hyper())
    decoded = kind.decode(outputs, features, ROWS, TASK)
    assert [index for index, _ in decoded] == [1, 4]
    (_, first), (_, second) = decoded
    assert (first["gold"], first["prediction"]) == (["t1"], "t0")
    assert (second["gold"], second["prediction"]) == (["t2"], "t1")
    assert [c["key"] for c in second["candidates"]] == ["t1", "t2", "t0"]
    assert [c["score"] for c in second["candidates"]] == pytest.approx([1, 0.8, 0.6])


def decoded(kind: Kind[Any], rows: list[harness.SentenceRow], vectors: dict[str, tuple[float, ...]], **own: Any) -> Any:
    outputs = [np.asarray(vectors[row.key], np.float32) for row in rows]
    task = dataclasses.replace(TASK, hyper=Hyper(kind_settings=SentenceSimilaritySettings(**own)))
    return {rows[index].key: fields for index, fields in kind.decode(outputs, FeatureBuilder().build(), rows, task)}


def test_the_nearest_by_dot_product_may_be_the_longest(kind: Kind[Any]) -> None:
    vectors: dict[str, tuple[float, ...]] = {
        "t0": (1.0, 0.0),
        "t1": (30.0, 40.0),
        "t2": (0.0, 0.1),
        "s0": (10.0, 1.0),
        "s1": (0.3, 0.4),
    }
    found = decoded(kind, ROWS, vectors, similarity="dot")
    # s0: 10 * 30 + 1 * 40 with t1, 10 * 1 with t0, 1 * 0.1 with t2; by cosine t0 is the nearest.
    assert [(c["key"], c["score"]) for c in found["s0"]["candidates"]] == [
        ("t1", pytest.approx(340)),
        ("t0", pytest.approx(10)),
        ("t2", pytest.approx(0.1)),
    ]


def test_centred_vectors_are_compared_without_what_is_common_to_their_side(kind: Kind[Any]) -> None:
    # Of the sources (0, 0) is the mean, of the targets (9, 1): less that they are t0 (-1, 1), t1 (1, -2), t2 (0, 1).
    vectors: dict[str, tuple[float, ...]] = {
        "t0": (8.0, 2.0),
        "t1": (10.0, -1.0),
        "t2": (9.0, 2.0),
        "s0": (1.0, -2.0),
        "s1": (-1.0, 2.0),
    }
    # As they are, s1 is nearest to t0 (-4), t2 (-5) and t1 (-12), in the direction too.
    found = decoded(kind, ROWS, vectors, centring=True)
    assert found["s0"]["candidates"][0] == {"key": "t1", "score": pytest.approx(1)}
    # s1 and t0: (1 + 2) / (sqrt 5 * sqrt 2) = 0.949; s1 and t2: 2 / sqrt 5 = 0.894.
    assert [(c["key"], round(c["score"], 3)) for c in found["s1"]["candidates"]] == [
        ("t0", 0.949),
        ("t2", 0.894),
        ("t1", -1.0),
    ]
    assert found["s1"]["candidates"] != decoded(kind, ROWS, vectors)["s1"]["candidates"]


def test_backward_asks_about_the_other_side(kind: Kind[Any]) -> None:
    rows = [
        harness.SentenceRow(text="un", side="target", key="1", matches=("2",)),
        harness.SentenceRow(text="two", side="source", key="1", matches=("2",)),
        harness.SentenceRow(text="deux", side="target", key="2", matches=("1",)),
        harness.SentenceRow(text="one", side="source", key="2", matches=("1",)),
    ]
    # Angles: un 0, two 63, deux 37, one 6 degrees.
    outputs = [np.asarray(vector, np.float32) for vector in ((1, 0), (1, 2), (4, 3), (1, 0.1))]
    task = dataclasses.replace(TASK, hyper=Hyper(kind_settings=SentenceSimilaritySettings(direction="backward")))
    found = kind.decode(outputs, FeatureBuilder().build(), rows, task)
    assert [(i, fields["gold"], fields["prediction"]) for i, fields in found] == [(0, ["2"], "2"), (2, ["1"], "1")]
    forward = kind.decode(outputs, FeatureBuilder().build(), rows, TASK)
    assert [(i, fields["gold"], fields["prediction"]) for i, fields in forward] == [(1, ["2"], "2"), (3, ["1"], "1")]


def test_forward_and_backward_are_different_questions(kind: Kind[Any]) -> None:
    rows = [
        harness.SentenceRow(text="un", side="target", key="t0", matches=("s0",)),
        harness.SentenceRow(text="deux", side="target", key="t1", matches=("s1",)),
        harness.SentenceRow(text="one", side="source", key="s0", matches=("t0",)),
        harness.SentenceRow(text="two", side="source", key="s1", matches=("t1",)),
    ]
    # Degrees: t0 0, t1 90, s0 10, s1 40. Both sources are nearest to t0, of the targets each to its own source.
    angles = np.deg2rad([0, 90, 10, 40])
    vectors: dict[str, tuple[float, ...]] = {
        row.key: (float(np.cos(a)), float(np.sin(a))) for row, a in zip(rows, angles, strict=True)
    }
    found = {d: decoded(kind, rows, vectors, direction=d) for d in ("forward", "backward")}
    assert {key: fields["prediction"] for key, fields in found["forward"].items()} == {"s0": "t0", "s1": "t0"}
    assert {key: fields["prediction"] for key, fields in found["backward"].items()} == {"t0": "s0", "t1": "s1"}


def test_backward_needs_to_know_what_is_right(kind: Kind[Any]) -> None:
    with raises_code("no-backward-matches"):
        decoded(kind, ROWS, {row.key: (1.0, 0.0) for row in ROWS}, direction="backward")


@pytest.mark.parametrize("side", ["source", "target"])
def test_rows_of_one_side_only_are_refused(side: str, kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [row for row in ROWS if row.side == side]
    features = kind.encode(rows, (), encoder, Hyper())
    with raises_code("one-side-missing"):
        kind.decode([np.ones(2, np.float32)] * len(rows), features, rows, TASK)


def test_a_limit_counts_each_side(kind: Kind[Any]) -> None:
    assert [row.key for row in kind.take(ROWS, 1)] == ["t0", "s0"]
    assert [row.key for row in kind.take(ROWS, 2)] == ["t0", "s0", "t1", "s1"]


@pytest.mark.parametrize(("text", "side"), [(" ", "source"), ("a", "left")])
def test_sentences_that_cannot_be_matched_are_refused(text: str, side: str, kind: Kind[Any]) -> None:
    with pytest.raises(harness.BadRow):
        kind.check(harness.SentenceRow(text=text, side=side, key="k"), ())
