"""Tasks copa and xcopa."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import MultipleChoiceRow
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split

RECORD = {"premise": "It rained.", "choice1": "I got wet.", "choice2": "I slept.", "question": "effect", "idx": 7}


def row(label: int, asked: str = "effect") -> MultipleChoiceRow:
    question = f"What was the {asked}?"
    choices = ("I got wet.", "I slept.")
    return MultipleChoiceRow(id="7", context="It rained.", question=question, choices=choices, label=label)


@pytest.mark.parametrize("file", ["COPA/train.jsonl", "xcopa/train.en.jsonl"])
def test_labels_count_from_zero(file: str, load: Callable[..., Split]) -> None:
    records: list[dict[str, Any]] = [{**RECORD, "label": 0}, {**RECORD, "label": 1, "question": "cause"}]
    assert load({file: records}, "copa", "train").rows == [row(0), row(1, "cause")]


def test_hidden_labels_and_other_questions_are_left_out(load: Callable[..., Split]) -> None:
    records = [{**RECORD, "label": -1}, {**RECORD, "label": 2}, RECORD, {**RECORD, "label": 1, "question": "why"}]
    split = load({"COPA/val.jsonl": [*records, {**RECORD, "label": 1}]}, "copa", "validation")
    assert split.rows == [row(1)]
    assert [skipped.line for skipped in split.skipped] == [1, 2, 3, 4]
    assert split.skipped[2].reason.startswith("no column 'label'")


def test_the_unlabelled_test_file_of_superglue_is_not_asked_for(load: Callable[..., Split]) -> None:
    with pytest.raises(DataError, match="no test rows of copa"):
        load({"COPA/test.jsonl": [RECORD]}, "copa", "test")


@pytest.mark.parametrize("file", ["xcopa/data/qu/test.qu.jsonl", "xcopa/test.qu.jsonl"])
def test_xcopa_asks_in_english_in_every_language(file: str, load: Callable[..., Split]) -> None:
    split = load({file: [{**RECORD, "label": 1, "changed": True}]}, "xcopa", "test", "qu")
    assert split.rows == [row(1)]


def test_xcopa_has_eleven_languages_without_english_and_trains_on_copa(registry: Any) -> None:
    task = registry.task("xcopa")
    assert sorted(task.languages) == ["et", "ht", "id", "it", "qu", "sw", "ta", "th", "tr", "vi", "zh"]
    assert task.trains_on == "copa"
    assert not any("train" in form.files for form in task.formats.values())
