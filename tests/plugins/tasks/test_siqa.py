"""Task siqa: labels count from 1 in one format and are letters in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import MultipleChoiceRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split

RECORD = {"context": "Kai fell.", "question": "How?", "answerA": "ill", "answerB": "hurt", "answerC": "glad"}


def row(label: int) -> MultipleChoiceRow:
    return MultipleChoiceRow(context="Kai fell.", question="How?", choices=("ill", "hurt", "glad"), label=label)


def test_labels_in_a_file_of_their_own_count_from_one(load: Callable[..., Split]) -> None:
    files = {
        "socialiqa-train-dev/train.jsonl": [RECORD] * 4,
        "socialiqa-train-dev/train-labels.lst": "1\n3\n0\n2\n",
    }
    split = load(files, "siqa", "train")
    assert split.rows == [row(0), row(2), row(1)]
    assert [str(skipped) for skipped in split.skipped] == [
        "socialiqa-train-dev/train.jsonl:3: label '0' is none of 1, 2, 3"
    ]


def test_version_1_4_has_letters(load: Callable[..., Split]) -> None:
    records: list[dict[str, Any]] = [{**RECORD, "correct": letter} for letter in ("C", "A", "", "1")]
    split = load({"siqa/socialIQa_v1.4_dev.jsonl": records}, "siqa", "validation")
    assert split.rows == [row(2), row(0)]
    assert [skipped.line for skipped in split.skipped] == [3, 4]
