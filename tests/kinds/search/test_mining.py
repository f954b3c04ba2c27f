"""Mining by margin: the reference's results on its vectors, and small cases by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
from harness.evaluation.predictions import columns_of
from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.kinds.features import FeatureBuilder
from harness.kinds.search import retrieval
from harness.kinds.search.mining import best_threshold, mine
from harness.registry import Registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = Registry()
F1 = REGISTRY.metric("mining_f1")
Predictions = list[dict[str, Any]]


def predictions(directory: Path) -> Predictions:
    """What the kind makes of a folder of the reference's vectors, ids, sentences and gold pairs."""
    gold = [line.split("\t") for line in (directory / "gold.tsv").read_text().splitlines()]
    rows, vectors = [], []
    for side, name in (("source", "src"), ("target", "trg")):
        ids = (directory / f"{name}.id").read_text().splitlines()
        texts = (directory / f"{name}.txt").read_text().splitlines()
        for key, text in zip(ids, texts, strict=True):
            matches = tuple(target for source, target in gold if source == key)
            rows.append(harness.SentenceRow(text=text, side=side, key=key, matches=matches))
        vectors.extend(np.load(directory / f"{name}.npy"))
    task = DecodeTask(task=REGISTRY.task("bucc2018"), labels=(), hyper=Hyper())
    decoded = REGISTRY.kind("bitext-mining").decode(vectors, FeatureBuilder().build(), rows, task)
    return [{"key": rows[index].key} | fields for index, fields in decoded]


def candidates(found: Predictions) -> Predictions:
    return sorted((row for row in found if row["prediction"] is not None), key=lambda row: -row["score"])


def percent(found: Predictions, threshold: float) -> dict[str, float]:
    columns = columns_of([row | {"threshold": threshold} for row in found])
    counts = np.asarray(F1.statistics(columns)).sum(axis=0).tolist()
    metrics = {"precision": "mining_precision", "recall": "mining_recall", "F1": "mining_f1"}
    return {name: REGISTRY.metric(metric).value(counts, len(found)) for name, metric in metrics.items()}


@pytest.fixture(scope="module")
def goldens(shared: Path) -> Path:
    return shared / "goldens" / "mining"


@pytest.mark.parametrize("split", ["dev", "test"])
def test_candidates_and_best_threshold_are_those_of_the_reference(split: str, goldens: Path) -> None:
    expected = json.loads((goldens / "expected.json").read_text())[split]
    found = predictions(goldens / split)
    best = candidates(found)
    assert len(best) == expected["candidates"]
    for row, (source, target, score) in zip(best, expected["top"], strict=False):
        assert (row["key"], row["prediction"]) == (source, target)
        assert row["score"] == pytest.approx(score, abs=1e-6)
    optimised = expected["optimised_on_itself"]
    threshold = best_threshold(columns_of(found))
    assert threshold == pytest.approx(optimised["best-threshold"], abs=1e-6)
    exactly = {name: optimised[name] for name in ("precision", "recall", "F1")}
    assert percent(found, threshold) == pytest.approx(exactly, rel=1e-14)


def test_the_threshold_of_development_rows_gives_the_references_test_score(goldens: Path) -> None:
    expected = json.loads((goldens / "expected.json").read_text())["test_with_dev_threshold"]
    threshold = best_threshold(columns_of(predictions(goldens / "dev")))
    assert threshold == pytest.approx(expected.pop("threshold"), abs=1e-6)
    assert percent(predictions(goldens / "test"), threshold) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("split", ["dev", "test"])
def test_the_references_repeated_sentences_make_no_pair(split: str, goldens: Path) -> None:
    texts = {name: (goldens / split / f"{name}.txt").read_text().splitlines() for name in ("src", "trg")}
    ids = {name: (goldens / split / f"{name}.id").read_text().splitlines() for name in ("src", "trg")}
    repeated = {
        name: {key for key, text in zip(ids[name], texts[name], strict=True) if texts[name].count(text) > 1}
        for name in ("src", "trg")
    }
    assert [len(keys) for keys in repeated.values()] == [2, 2]
    found = predictions(goldens / split)
    assert {row["prediction"] for row in found if row["key"] in repeated["src"]} == {None}
    assert not {row["prediction"] for row in found} & repeated["trg"]


@pytest.mark.parametrize("tile", [7, 64])
def test_tiles_change_no_candidate(tile: int, goldens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = predictions(goldens / "dev")
    monkeypatch.setattr(retrieval, "TILE", tile)
    found = predictions(goldens / "dev")
    assert [row["prediction"] for row in found] == [row["prediction"] for row in whole]


def test_margins_by_hand() -> None:
    # Cosines: s0-t0 1, s0-t1 0.6, s1-t0 0.8, s1-t1 0.96 (0.8 * 0.6 + 0.6 * 0.8). With two on each side all are
    # neighbours: means s0 0.8, s1 0.88, t0 0.9, t1 0.78.
    sources = np.asarray([[1, 0], [8, 6]], np.float32)
    targets = np.asarray([[2, 0], [0.6, 0.8]], np.float32)
    first, second = mine(sources, targets)
    # s0-t0 1 / 0.85 = 1.176, s1-t1 0.96 / 0.83 = 1.157, s0-t1 0.6 / 0.79, s1-t0 0.8 / 0.89.
    assert (first.source, first.target) == (0, 0)
    assert (second.source, second.target) == (1, 1)
    assert [first.score, second.score] == pytest.approx([1 / 0.85, 0.96 / 0.83])


def test_a_sentence_is_in_one_pair_and_pairs_pointing_away_are_none() -> None:
    # Both sources are nearest to the only target; it goes to the nearer one.
    (pair,) = mine(np.asarray([[1, 1], [1, 0]], np.float32), np.asarray([[1, 0]], np.float32))
    assert (pair.source, pair.target) == (1, 0)
    assert mine(np.asarray([[1, 0]], np.float32), np.asarray([[-1, 0]], np.float32)) == []


def scored(*rows: tuple[str, str | None, float | None]) -> Predictions:
    return [{"gold": gold.split(), "prediction": key, "score": score} for gold, key, score in rows]


def test_the_threshold_lies_half_way_to_the_next_pair() -> None:
    # After 1 pair F1 = 2 / (1 + 2), after 2 it is 2 / (2 + 2), after 3 it is 4 / (3 + 2), after 4 it is 4 / (4 + 2).
    rows = scored(("a", "a", 0.9), ("", "b", 0.8), ("c", "c", 0.7), ("", "d", 0.4))
    assert best_threshold(columns_of(rows)) == pytest.approx(0.55)
    assert best_threshold(columns_of(rows[:1])) == 0.9
    # The reference fails where the last pair is the best; its own score is the threshold then.
    assert best_threshold(columns_of(rows[:3])) == 0.7


def test_gold_pairs_that_no_candidate_has_count_as_missed() -> None:
    # Of 10 gold pairs 1 is found first and 1 last of 5: F1 2 / 11 = 0.18 against 4 / 15 = 0.27. Were only the gold
    # pairs of candidates counted (2), it would be 2 / 3 against 4 / 7, and the first threshold the better one.
    rows = scored(("a", "a", 5), ("", "b", 4), ("", "c", 3), ("", "d", 2), ("e f g h i j k l m", "e", 1))
    assert best_threshold(columns_of(rows)) == 1


def test_without_right_pairs_all_are_mined_and_without_gold_it_fails() -> None:
    assert best_threshold(columns_of(scored(("a", "b", 0.9), ("c", None, None)))) == 0
    with raises_code("no-gold-pair"):
        best_threshold(columns_of(scored(("", "b", 0.9))))
