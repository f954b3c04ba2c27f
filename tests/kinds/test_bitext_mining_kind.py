from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.kinds.features import FeatureBuilder
from harness.kinds.sentence_similarity import EmbeddingSettings
from harness.registry import Registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.kinds.base import Kind

TASK = DecodeTask(task=Registry().task("bucc2018"), labels=(), hyper=Hyper())


@pytest.fixture
def kind(kinds: dict[str, Kind[Any]]) -> Kind[Any]:
    return kinds["bitext-mining"]


def sentence(side: str, key: str, text: str = "", matches: str = "") -> harness.SentenceRow:
    return harness.SentenceRow(text=text or key, side=side, key=key, matches=tuple(matches.split()))


def decode(kind: Kind[Any], rows: list[harness.SentenceRow], vectors: list[tuple[float, ...]]) -> dict[str, Any]:
    outputs = [np.asarray(vector, np.float32) for vector in vectors]
    decoded = kind.decode(outputs, FeatureBuilder().build(), rows, TASK)
    return {rows[index].key: fields for index, fields in decoded}


def test_each_source_sentence_has_its_candidate(kind: Kind[Any]) -> None:
    rows = [
        sentence("target", "t0"),
        sentence("source", "s0", matches="t1"),
        sentence("source", "s1"),
        sentence("target", "t1", matches="s0"),
        sentence("source", "s2"),
    ]
    found = decode(kind, rows, [(1, 0.1, 0), (0, 1, 0.1), (1, 0, 0), (0, 1, 0), (0, 0.1, -1)])
    assert {key: fields["prediction"] for key, fields in found.items()} == {"s0": "t1", "s1": "t0", "s2": None}
    assert [fields["gold"] for fields in found.values()] == [["t1"], [], []]
    assert found["s2"]["score"] is None
    assert [fields["source"] for fields in found.values()] == ["s0", "s1", "s2"]
    assert found["s0"]["score"] > 1


def test_repeated_sentences_are_mined_as_one_and_make_no_pair(kind: Kind[Any]) -> None:
    rows = [
        sentence("source", "s0", "same"),
        sentence("source", "s1", "same "),
        sentence("source", "s2"),
        sentence("target", "t0"),
        sentence("target", "t1"),
    ]
    # The last one's vector counts. It takes t0, which is the second best of s2: so s2 gets t1.
    found = decode(kind, rows, [(0, 1), (1, 0), (1, 0.6), (1, 0), (0.3, 1)])
    assert [fields["prediction"] for fields in found.values()] == [None, None, "t1"]
    # Without the repetition s0 is a pair of its own.
    rows[0] = sentence("source", "s0", "other")
    found = decode(kind, rows, [(-1, 0), (1, 0), (1, 0.6), (1, 0), (0.3, 1)])
    assert [fields["prediction"] for fields in found.values()] == [None, "t0", "t1"]


def test_centring_takes_away_what_is_common_to_a_side(kind: Kind[Any]) -> None:
    generator = np.random.default_rng(3)
    meanings = generator.normal(size=(12, 2))
    translations = meanings + generator.normal(scale=0.05, size=(12, 2))
    rows = [sentence(side, f"{side}{i}", "same" if i == 11 else "") for side in ("source", "target") for i in range(12)]
    vectors = [*(meanings - meanings.mean(axis=0)), *(translations - translations.mean(axis=0))]
    # The vector of a sentence that comes again counts neither for the pairs nor for the mean.
    rows.insert(0, sentence("source", "again", "same"))
    shifts = {"source": (5, -3), "target": (-2, 9)}
    plain = [np.asarray(vector, np.float32) for vector in ((100, 100), *vectors)]
    shifted = [(vector + shifts[row.side]).astype(np.float32) for row, vector in zip(rows, plain, strict=True)]
    wanted, as_they_are, centred = (
        {
            rows[index].key: fields["prediction"]
            for index, fields in kind.decode(
                outputs,
                FeatureBuilder().build(),
                rows,
                dataclasses.replace(TASK, hyper=Hyper(kind_settings=EmbeddingSettings(centring=centring))),
            )
        }
        for outputs, centring in ((plain, False), (shifted, False), (shifted, True))
    )
    assert sum(key is not None for key in wanted.values()) > 6
    assert centred == wanted != as_they_are


def test_both_sides_are_needed(kind: Kind[Any]) -> None:
    with raises_code("one-side-missing", "1", "0"):
        decode(kind, [sentence("source", "s")], [(1, 0)])


def test_a_limit_keeps_pairs_together(kind: Kind[Any]) -> None:
    rows = [sentence("source", f"s{i}", matches={5: "t9", 7: "t3"}.get(i, "")) for i in range(10)]
    rows += [sentence("target", f"t{i}", matches={9: "s5", 3: "s7"}.get(i, "")) for i in range(10)]
    assert [row.key for row in kind.take(rows, 3)] == ["s0", "s5", "s7", "t0", "t3", "t9"]
    assert [row.key for row in kind.take(rows, 1)] == ["s5", "t9"]
    assert len(kind.take(rows, 100)) == 20
