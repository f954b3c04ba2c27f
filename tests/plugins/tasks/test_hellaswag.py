"""Task hellaswag: labels as numbers or strings, and test rows without."""

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


TEXT = datasets.Value("string")
COLUMNS = datasets.Features(
    {
        "ind": datasets.Value("int32"),
        "activity_label": TEXT,
        "ctx_a": TEXT,
        "ctx_b": TEXT,
        "ctx": TEXT,
        "endings": [TEXT],
        "source_id": TEXT,
        "split": TEXT,
        "split_type": TEXT,
        "label": TEXT,
    }
)


def on_hub(record: dict[str, Any]) -> dict[str, Any]:
    """A record of the published files in the columns of Rowan/hellaswag, whose labels are texts."""
    texts = {name: record.get(name, "") for name in COLUMNS if name not in ("ind", "endings", "label")}
    return {**texts, "ind": record["ind"], "endings": record["endings"], "label": str(record.get("label", ""))}


def test_the_hubs_labels_are_texts_and_endings_keep_their_blanks(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split]
) -> None:
    records = [record(label=2, endings=[" a.", "[title] b", "c ", "d"]), record(), record(label=0)]
    hub_cache("Rowan/hellaswag", {split: list(map(on_hub, records)) for split in ("train", "validation")}, COLUMNS)
    split = load_hub("hellaswag", "validation")
    assert split.rows == [
        MultipleChoiceRow(id="7", context="He sits. he", choices=(" a.", "[title] b", "c ", "d"), label=2),
        MultipleChoiceRow(id="7", context="He sits. he", choices=("a", "b", "c", "d"), label=0),
    ]
    assert split.rows == load({"hellaswag/hellaswag_val.jsonl": records}, "hellaswag", "validation").rows
    assert [str(skipped) for skipped in split.skipped] == [
        "Rowan/hellaswag/validation:2: label '' is none of 0, 1, 2, 3"
    ]


def test_real_rows_are_the_same_on_the_hub(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split], shared: Path
) -> None:
    lines = (shared / "data" / "hellaswag" / "hellaswag_val.jsonl").read_text(encoding="utf-8").splitlines()[:200]
    records = [json.loads(line) for line in lines]
    hub_cache("Rowan/hellaswag", {"validation": list(map(on_hub, records))}, COLUMNS)
    rows = load({"hellaswag/hellaswag_val.jsonl": records}, "hellaswag", "validation").rows
    assert rows == load_hub("hellaswag", "validation").rows
    assert len(rows) == 200
