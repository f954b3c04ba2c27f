"""Task hellaswag: labels as numbers or strings, and test rows without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import MultipleChoiceRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split


def record(**label: Any) -> dict[str, Any]:
    return {
        "ind": 7,
        "ctx_a": "He sits.",
        "ctx_b": "he",
        "ctx": "He sits. he",
        "endings": ["a", "b", "c", "d"],
        **label,
    }


def test_labels_are_indices(load: Callable[..., Split]) -> None:
    split = load({"hellaswag/hellaswag_train.jsonl": [record(label=3), record(label="0")]}, "hellaswag", "train")
    expected = [
        MultipleChoiceRow(id="7", context="He sits. he", choices=("a", "b", "c", "d"), label=label) for label in (3, 0)
    ]
    assert split.rows == expected


def test_a_text_is_no_list_of_endings(load: Callable[..., Split]) -> None:
    rows = [record(label=1), record(label=1, endings="abcd")]
    split = load({"hellaswag/hellaswag_val.jsonl": rows}, "hellaswag", "validation")
    assert split.rows == [MultipleChoiceRow(id="7", context="He sits. he", choices=("a", "b", "c", "d"), label=1)]
    assert [skipped.reason for skipped in split.skipped] == ["endings are no list but 'abcd'"]


def test_rows_without_label_are_left_out(load: Callable[..., Split]) -> None:
    rows = [record(label=1), record(), record(label=""), record(label=-1), record(label=4), record(label=None)]
    split = load({"hellaswag/hellaswag_val.jsonl": rows}, "hellaswag", "validation")
    assert len(split.rows) == 1
    assert [skipped.reason.split(";")[0] for skipped in split.skipped] == [
        "no column 'label'",
        "label '' is none of 0, 1, 2, 3",
        "label '-1' is none of 0, 1, 2, 3",
        "label '4' is none of 0, 1, 2, 3",
        "label 'None' is none of 0, 1, 2, 3",
    ]
