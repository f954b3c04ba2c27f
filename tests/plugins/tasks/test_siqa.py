"""Task siqa: labels count from 1 in one format and are letters in the other."""

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


TEXT = datasets.Value("string")
COLUMNS = datasets.Features(dict.fromkeys((*RECORD, "label"), TEXT))


def test_the_hubs_labels_are_texts_that_count_from_one(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    rows = [{**RECORD, "label": label} for label in ("1", "3", "0", "2", "A")]
    hub_cache("lighteval/siqa", {"train": rows, "validation": rows}, COLUMNS)
    split = load_hub("siqa", "train")
    assert split.rows == [row(0), row(2), row(1)]
    assert [str(skipped) for skipped in split.skipped] == [
        "lighteval/siqa/train:3: label '0' is none of 1, 2, 3",
        "lighteval/siqa/train:5: label 'A' is none of 1, 2, 3",
    ]


def test_real_rows_are_the_same_on_the_hub(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split], shared: Path
) -> None:
    folder = shared / "data" / "siqa"
    lines = (folder / "dev.jsonl").read_text(encoding="utf-8").splitlines()[:200]
    labels = (folder / "dev-labels.lst").read_text(encoding="utf-8").split()[:200]
    records = [json.loads(line) for line in lines]
    on_hub = [{**record, "label": label} for record, label in zip(records, labels, strict=True)]
    hub_cache("lighteval/siqa", {"validation": on_hub}, COLUMNS)
    files = {
        "socialiqa-train-dev/dev.jsonl": records,
        "socialiqa-train-dev/dev-labels.lst": "".join(f"{label}\n" for label in labels),
    }
    rows = load(files, "siqa", "validation").rows
    assert rows == load_hub("siqa", "validation").rows
    assert len(rows) == 200
