from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
from harness.evaluation.predictions import columns_of
from harness.hyper import Hyper
from harness.item_scores import item_scores
from harness.kinds.base import DecodeTask
from harness.registry import Registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.kinds.base import Kind
    from harness.kinds.encoding import TextEncoder

TASK = DecodeTask(task=Registry().task("lareqa"), labels=(), hyper=Hyper())
ROWS = [
    harness.RetrievalRow(text="the river", side="candidate", key="c0"),
    harness.RetrievalRow(text="Where is Paris?", side="query", matches=("c1", "c2"), group="p"),
    harness.RetrievalRow(text="in Paris, on the left bank of the river", side="candidate", key="c1"),
    harness.RetrievalRow(text="the fox and the dog", side="candidate", key="c2"),
    harness.RetrievalRow(text="Who jumps over the lazy dog?", side="query", matches=("c2",)),
]
PAIRS = [
    harness.RetrievalRow(text="Where is the tower?", side="query", positive="It stands in Paris, on the left bank."),
    harness.RetrievalRow(text="Who jumps?", side="query", positive="the fox"),
]


@pytest.fixture
def kind(kinds: dict[str, Kind[Any]]) -> Kind[Any]:
    return kinds["text-retrieval"]


def test_queries_and_candidates_have_lengths_of_their_own(
    kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any
) -> None:
    features = kind.encode(ROWS, (), encoder, Hyper(max_length=9, max_query_length=6))
    wanted = [
        hub_tokenizer(row.text, truncation=True, max_length=6 if row.side == "query" else 9)["input_ids"]
        for row in ROWS
    ]
    assert [ids.tolist() for ids in np.split(features.ids, features.offsets[1:-1])] == wanted
    assert features.units.tolist() == [0, 1, 2, 3, 4, 5]
    assert features.rows.tolist() == [0, 1, 2, 3, 4]
    lengths = [len(ids) for ids in hub_tokenizer([row.text for row in ROWS])["input_ids"]]
    assert features.truncated == sum(
        length > (6 if row.side == "query" else 9) for length, row in zip(lengths, ROWS, strict=True)
    )


def test_a_pair_to_train_on_is_a_unit_of_two_sequences(
    kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any
) -> None:
    features = kind.encode(PAIRS, (), encoder, Hyper(max_length=7, max_query_length=50))
    # A query is never longer than max_length either.
    texts = [text for row in PAIRS for text in (row.text, row.positive)]
    wanted = hub_tokenizer(texts, truncation=True, max_length=7)["input_ids"]
    assert [ids.tolist() for ids in np.split(features.ids, features.offsets[1:-1])] == wanted
    assert features.units.tolist() == [0, 2, 4]
    assert features.weights.tolist() == [1, 1]


def test_candidates_are_ranked_by_cosine(kind: Kind[Any], encoder: TextEncoder) -> None:
    vectors = [(1, 0), (0, 1), (0.6, 0.8), (-0.8, 0.6), (1, 0)]
    outputs = [np.asarray([vector], np.float32) for vector in vectors]
    features = kind.encode(ROWS, (), encoder, Hyper())
    (first, one), (second, two) = kind.decode(outputs, features, ROWS, TASK)
    assert (first, second) == (1, 4)
    assert (one["gold"], one["prediction"], one["cluster"]) == (["c1", "c2"], "c1", "p")
    assert [candidate["key"] for candidate in one["candidates"]] == ["c1", "c2", "c0"]
    assert [candidate["score"] for candidate in one["candidates"]] == pytest.approx([0.8, 0.6, 0])
    assert [candidate["key"] for candidate in two["candidates"]] == ["c0", "c1", "c2"]
    assert [candidate["score"] for candidate in two["candidates"]] == pytest.approx([1, 0.6, -0.8])
    assert two["cluster"] != one["cluster"]
    metric = Registry().metric("map_at_20")
    # (1/1 + 2/2) / 2, and the one right candidate at rank 3.
    scores = item_scores(metric, columns_of([one, two]))
    assert scores.statistics.tolist() == [[1.0], [pytest.approx(1 / 3)]]


def test_twenty_candidates_are_stored(kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [harness.RetrievalRow(text="a", side="candidate", key=str(i)) for i in range(30)]
    rows.append(harness.RetrievalRow(text="b", side="query", matches=("29",)))
    angles = np.linspace(1.5, 0, 30)
    outputs = [np.asarray([[np.cos(a), np.sin(a)]], np.float32) for a in (*angles, 0)]
    ((_, fields),) = kind.decode(outputs, kind.encode(rows, (), encoder, Hyper()), rows, TASK)
    assert [candidate["key"] for candidate in fields["candidates"]] == [str(i) for i in range(29, 9, -1)]


@pytest.mark.parametrize("rows", [[ROWS[1]], [ROWS[0]], PAIRS, [ROWS[0], PAIRS[0]]])
def test_rows_that_cannot_be_scored_are_refused(
    rows: list[harness.RetrievalRow], kind: Kind[Any], encoder: TextEncoder
) -> None:
    features = kind.encode(rows, (), encoder, Hyper())
    with raises_code("one-side-missing"):
        kind.decode([np.ones((1, 2), np.float32)] * len(rows), features, rows, TASK)


def test_a_limit_keeps_the_right_candidates_of_the_queries_it_keeps(kind: Kind[Any]) -> None:
    assert [row.key or row.text for row in kind.take(ROWS, 1)] == ["c0", "Where is Paris?", "c1", "c2"]
    other = [ROWS[0], ROWS[2], ROWS[3], ROWS[4], ROWS[1]]
    assert [row.key or row.text for row in kind.take(other, 1)] == ["c0", "c2", "Who jumps over the lazy dog?"]
    assert kind.take(PAIRS, 1) == PAIRS[:1]


def test_the_right_candidate_of_a_pair_counts_as_its_text(kind: Kind[Any]) -> None:
    assert [kind.texts(row) for row in (ROWS[1], ROWS[0], PAIRS[1])] == [
        ("Where is Paris?",),
        ("the river",),
        ("Who jumps?", "the fox"),
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"text": " ", "side": "query", "matches": ("a",)}, "blank"),
        ({"text": "a", "side": "source", "key": "a"}, "unknown side 'source'"),
        ({"text": "a", "side": "candidate"}, "without key"),
        ({"text": "a", "side": "candidate", "key": "a", "matches": ("b",)}, "of its own"),
        ({"text": "a", "side": "candidate", "key": "a", "positive": "b"}, "of its own"),
        ({"text": "a", "side": "query"}, "without a right candidate"),
        ({"text": "a", "side": "query", "positive": " "}, "without a right candidate"),
    ],
)
def test_bad_rows_are_refused(values: dict[str, Any], reason: str, kind: Kind[Any]) -> None:
    with pytest.raises(harness.BadRow, match=reason):
        kind.check(harness.RetrievalRow(**values), ())


def test_good_rows_are_not(kind: Kind[Any]) -> None:
    for row in (*ROWS, *PAIRS):
        kind.check(row, ())
