"""Task commonsenseqa: the stem is the context, the answer a letter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import datasets

from harness import MultipleChoiceRow
from tests.fixtures import HubCache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


TEXT = datasets.Value("string")
COLUMNS = datasets.Features(
    {
        "id": TEXT,
        "question": TEXT,
        "question_concept": TEXT,
        # A list of dictionaries that is kept as a dictionary of lists.
        "choices": datasets.Sequence({"label": TEXT, "text": TEXT}),
        "answerKey": TEXT,
    }
)


def on_hub(record: dict[str, Any]) -> dict[str, Any]:
    """A record of the published files in the columns of tau/commonsense_qa."""
    question = record["question"]
    return {
        "id": record["id"],
        "question": question["stem"],
        "question_concept": question["question_concept"],
        "choices": {name: [choice[name] for choice in question["choices"]] for name in ("label", "text")},
        "answerKey": record.get("answerKey", ""),
    }


def test_the_hubs_choices_are_lists_of_letters_and_texts(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    rows = [on_hub(record(answerKey=key)) for key in ("B", "", "E")]
    hub_cache("tau/commonsense_qa", {"train": rows, "validation": rows, "test": rows}, COLUMNS)
    split = load_hub("commonsenseqa", "validation")
    # The letters of `record` run backwards: B is the fourth, E the first.
    assert split.rows == [
        MultipleChoiceRow(id="1", context="Where?", choices=tuple("edcba"), label=label) for label in (3, 0)
    ]
    assert [str(skipped) for skipped in split.skipped] == [
        "tau/commonsense_qa/validation:2: answerKey '' is none of E, D, C, B, A"
    ]


def test_real_rows_are_the_same_on_the_hub(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split], shared: Path
) -> None:
    lines = (shared / "data" / "commonsenseqa" / "dev_rand_split.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines[:200]]
    hub_cache("tau/commonsense_qa", {"validation": list(map(on_hub, records))}, COLUMNS)
    rows = load({"commonsenseqa/dev_rand_split.jsonl": records}, "commonsenseqa", "validation").rows
    assert rows == load_hub("commonsenseqa", "validation").rows
    assert len(rows) == 200
