from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.kinds.features import IGNORED
from harness.registry import Registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.kinds.base import Kind
    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features

LABELS = ("entailment", "neutral", "contradiction")


@pytest.fixture
def kind(kinds: dict[str, Kind[Any]]) -> Kind[Any]:
    return kinds["text-classification"]


def some_texts(count: int) -> list[str]:
    generator = random.Random(3)
    words = [
        "the",
        "dog",
        "does",
        "not",
        "mind",
        "北京",
        "是",
        "首都",
        "café",
        "กรุงเทพ",
        "مصر",
        "fox-like",
        "U.S.A.",
        "1889",
        "ﬁne",
    ]
    return [" ".join(generator.choices(words, k=generator.randint(1, 25))) for _ in range(count)]


def sequence(features: Features, number: int) -> list[int]:
    ids: list[int] = features.ids[features.offsets[number] : features.offsets[number + 1]].tolist()
    return ids


@pytest.mark.parametrize("max_length", [12, 17, 40, 500])
def test_pairs_are_encoded_as_the_hub_tokenizer_does(
    max_length: int, kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any
) -> None:
    firsts, seconds = some_texts(40), some_texts(60)[20:]
    rows = [harness.ClassificationRow(text=a, text_pair=b, label=None) for a, b in zip(firsts, seconds, strict=True)]
    features = kind.encode(rows, LABELS, encoder, Hyper(max_length=max_length))
    whole = hub_tokenizer(firsts, seconds)["input_ids"]
    wanted = hub_tokenizer(firsts, seconds, truncation="longest_first", max_length=max_length)["input_ids"]
    assert [sequence(features, i) for i in range(len(features))] == wanted
    assert features.truncated == sum(len(ids) > max_length for ids in whole)
    assert (features.truncated == 0) is (max_length == 500)
    for i, second in enumerate(hub_tokenizer(seconds, add_special_tokens=False)["input_ids"]):
        found = sequence(features, i)[features.pair_starts[i] : -1]
        assert found
        assert found == second[: len(found)]


def test_single_texts_have_no_second_part(kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any) -> None:
    texts = some_texts(20)
    features = kind.encode([harness.ClassificationRow(text=t, label=None) for t in texts], LABELS, encoder, Hyper())
    assert [sequence(features, i) for i in range(20)] == hub_tokenizer(texts)["input_ids"]
    assert not features.pair_starts.any()


def test_labels_are_numbered_in_the_order_of_the_task(kind: Kind[Any], encoder: TextEncoder) -> None:
    labels = ["neutral", "contradiction", None, "entailment", "else"]
    rows = [harness.ClassificationRow(text="a", label=label) for label in labels]
    features = kind.encode(rows, LABELS, encoder, Hyper())
    assert features.unit_columns["label"].tolist() == [1, 2, IGNORED, 0, IGNORED]
    assert features.rows.tolist() == [0, 1, 2, 3, 4]
    assert features.weights.tolist() == [1] * 5
    assert kind.labels(rows) == ("contradiction", "else", "entailment", "neutral")


@pytest.mark.parametrize("pair", [None, "b"])
def test_a_length_without_room_for_text_is_refused(pair: str | None, kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [harness.ClassificationRow(text="a b c", text_pair=pair, label=None)]
    with raises_code("max-length-too-short", "2"):
        kind.encode(rows, LABELS, encoder, Hyper(max_length=2))


def test_the_most_probable_label_is_predicted(kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [harness.ClassificationRow(text="a", label="neutral"), harness.ClassificationRow(text="b", label="neutral")]
    features = kind.encode(rows, LABELS, encoder, Hyper())
    outputs = [np.log(np.asarray(p, np.float32)) + 5 for p in ([0.2, 0.5, 0.3], [0.1, 0.1, 0.8])]
    task = DecodeTask(task=Registry().task("mnli"), labels=LABELS, hyper=Hyper())
    (_, first), (index, second) = kind.decode(outputs, features, rows, task)
    assert (index, first["prediction"], second["prediction"]) == (1, "neutral", "contradiction")
    assert first["gold"] == "neutral"
    assert np.exp(second["log_probs"]) == pytest.approx([0.1, 0.1, 0.8], abs=1e-6)


@pytest.mark.parametrize("label", [None, "", "maybe"])
def test_rows_without_a_known_label_are_refused(label: str | None, kind: Kind[Any]) -> None:
    with pytest.raises(harness.BadRow, match="label"):
        kind.check(harness.ClassificationRow(text="a", label=label), LABELS)
