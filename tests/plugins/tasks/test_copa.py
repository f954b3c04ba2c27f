"""Tasks copa and xcopa."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import datasets
import pytest

from harness import MultipleChoiceRow
from harness.registry import Registry
from tests.fixtures import HubCache
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    with raises_code("no-rows", "test", "copa"):
        load({"COPA/test.jsonl": [RECORD]}, "copa", "test")


@pytest.mark.parametrize("file", ["xcopa/data/qu/test.qu.jsonl", "xcopa/test.qu.jsonl"])
def test_xcopa_asks_in_english_in_every_language(file: str, load: Callable[..., Split]) -> None:
    split = load({file: [{**RECORD, "label": 1, "changed": True}]}, "xcopa", "test", "qu")
    assert split.rows == [row(1)]


def test_xcopa_has_eleven_languages_without_english_and_trains_on_copa(registry: Registry) -> None:
    task = registry.task("xcopa")
    assert sorted(task.languages) == ["et", "ht", "id", "it", "qu", "sw", "ta", "th", "tr", "vi", "zh"]
    assert task.trains_on == "copa"
    assert not any("train" in form.files for form in task.formats.values())


TEXT, NUMBER = datasets.Value("string"), datasets.Value("int32")
SENTENCES = {"premise": TEXT, "choice1": TEXT, "choice2": TEXT, "question": TEXT, "idx": NUMBER}
COPA = datasets.Features(SENTENCES | {"label": datasets.ClassLabel(names=["choice1", "choice2"])})
XCOPA = datasets.Features(SENTENCES | {"label": NUMBER, "changed": datasets.Value("bool")})


def test_copas_labels_on_the_hub_are_names_of_choices(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    rows: list[dict[str, Any]] = [{**RECORD, "label": 1}, {**RECORD, "label": -1}, {**RECORD, "label": 0}]
    hub_cache("aps/super_glue", {"train": rows, "validation": rows, "test": rows}, COPA, configuration="copa")
    for split in ("train", "validation"):
        loaded = load_hub("copa", split)
        assert loaded.rows == [row(1), row(0)]
        assert [str(skipped) for skipped in loaded.skipped] == [
            f"aps/super_glue/copa/{split}:2: label None is none of choice1, choice2"
        ]
    with raises_code("no-rows", "test", "copa"):
        load_hub("copa", "test")


def test_xcopas_labels_on_the_hub_are_numbers(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    rows: list[dict[str, Any]] = [
        {**RECORD, "label": 1, "changed": True},
        {**RECORD, "label": 0, "question": "cause", "changed": False},
        {**RECORD, "label": -1, "changed": False},
    ]
    hub_cache("cambridgeltl/xcopa", {"validation": rows, "test": rows}, XCOPA, configuration="qu")
    loaded = load_hub("xcopa", "test", "qu")
    assert loaded.rows == [row(1), row(0, "cause")]
    assert [skipped.reason for skipped in loaded.skipped] == ["label -1 is neither 0 nor 1"]
    with raises_code("no-rows", "test", "xcopa", "en"):
        load_hub("xcopa", "test", "en")


def real(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_real_rows_are_the_same_on_the_hub(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split], shared: Path
) -> None:
    english = real(shared / "data" / "copa" / "superglue_xtreme-r" / "val.en.jsonl")
    estonian = real(shared / "data" / "xcopa" / "data" / "et" / "test.et.jsonl")
    hub_cache("aps/super_glue", {"validation": english}, COPA, configuration="copa")
    hub_cache("cambridgeltl/xcopa", {"test": estonian}, XCOPA, configuration="et")
    rows = load({"COPA/val.jsonl": english}, "copa", "validation").rows
    assert rows == load_hub("copa", "validation").rows
    assert len(rows) == 100
    rows = load({"xcopa/data/et/test.et.jsonl": estonian}, "xcopa", "test", "et").rows
    assert rows == load_hub("xcopa", "test", "et").rows
    assert len(rows) == 500
