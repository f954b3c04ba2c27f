"""Task commonsenseqa: the stem is the context, the answer a letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import MultipleChoiceRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split


def record(**answer: str) -> dict[str, Any]:
    choices = [{"label": label, "text": text} for label, text in zip("EDCBA", "edcba", strict=True)]
    return {"id": "1", "question": {"question_concept": "x", "stem": "Where?", "choices": choices}, **answer}


def test_the_label_is_the_place_of_the_letter(load: Callable[..., Split]) -> None:
    split = load({"commonsenseqa/dev_rand_split.jsonl": [record(answerKey="B")]}, "commonsenseqa", "validation")
    assert split.rows == [MultipleChoiceRow(id="1", context="Where?", choices=tuple("edcba"), label=3)]


def test_rows_without_answer_are_left_out(load: Callable[..., Split]) -> None:
    rows = [record(answerKey="A"), record(), record(answerKey=""), record(answerKey="F"), {"question": "old"}]
    split = load({"commonsenseqa/train_rand_split.jsonl": rows}, "commonsenseqa", "train")
    assert len(split.rows) == 1
    assert [skipped.reason.split(";")[0].split(":")[0] for skipped in split.skipped] == [
        "no column 'answerKey'",
        "answerKey '' is none of E, D, C, B, A",
        "answerKey 'F' is none of E, D, C, B, A",
        "unexpected value",
    ]
