from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.registry import Registry

if TYPE_CHECKING:
    from harness.kinds.base import Kind
    from harness.kinds.encoding import TextEncoder

ROWS = [
    harness.MultipleChoiceRow(context="The dog ran.", question="Why?", choices=("fear", "the fox", "joy"), label=2),
    harness.MultipleChoiceRow(context="", question="Where is Paris?", choices=("north", "in " * 40), label=0),
    harness.MultipleChoiceRow(context="It ends.", choices=("a", "b", "c", "d"), label=3),
]


@pytest.fixture
def kind(kinds: dict[str, Kind[Any]]) -> Kind[Any]:
    return kinds["multiple-choice"]


def test_a_row_is_one_unit_with_a_sequence_a_choice(kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any) -> None:
    features = kind.encode(ROWS, (), encoder, Hyper(max_length=30))
    assert features.units.tolist() == [0, 3, 5, 9]
    assert features.rows.tolist() == [0, 1, 2]
    assert features.weights.tolist() == [1, 1, 1]
    assert features.unit_columns["label"].tolist() == [2, 0, 3]
    assert features.truncated == 1
    stems = ["The dog ran. Why?"] * 3 + ["Where is Paris?"] * 2 + ["It ends."] * 4
    choices = [choice for row in ROWS for choice in row.choices]
    wanted = hub_tokenizer(stems, choices, truncation="longest_first", max_length=30)["input_ids"]
    found = [features.ids[a:b].tolist() for a, b in pairwise(features.offsets)]
    assert found == wanted
    assert features.lengths.tolist() == [max(map(len, wanted[a:b])) for a, b in ((0, 3), (3, 5), (5, 9))]


def test_the_most_probable_choice_is_predicted(kind: Kind[Any], encoder: TextEncoder) -> None:
    features = kind.encode(ROWS, (), encoder, Hyper())
    outputs = [np.asarray(scores, np.float32) for scores in ([0, 2, 1], [3, 0], [0, 0, 0, 9])]
    task = DecodeTask(task=Registry().task("cosmosqa"), labels=(), hyper=Hyper())
    decoded = kind.decode(outputs, features, ROWS, task)
    assert [fields["prediction"] for _, fields in decoded] == [1, 0, 3]
    assert [fields["gold"] for _, fields in decoded] == [2, 0, 3]
    assert [len(fields["log_probs"]) for _, fields in decoded] == [3, 2, 4]
    assert np.exp(decoded[0][1]["log_probs"]).sum() == pytest.approx(1)


@pytest.mark.parametrize(("choices", "label"), [(("a",), 0), (("a", "b"), None), (("a", "b"), 2), (("a", "b"), -1)])
def test_rows_without_a_right_choice_are_refused(choices: tuple[str, ...], label: int | None, kind: Kind[Any]) -> None:
    with pytest.raises(harness.BadRow):
        kind.check(harness.MultipleChoiceRow(context="c", choices=choices, label=label), ())
