"""Task snli: pairs without a gold label, on the disk and on the hub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import datasets

from harness import ClassificationRow
from tests.fixtures import HubCache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.sources.base import Split

TEXT = datasets.Value("string")
COLUMNS = datasets.Features(
    {
        "premise": TEXT,
        "hypothesis": TEXT,
        "label": datasets.ClassLabel(names=["entailment", "neutral", "contradiction"]),
    }
)
NUMBERS = {"entailment": 0, "neutral": 1, "contradiction": 2, "-": -1}


def nli(label: str) -> dict[str, Any]:
    return {"pairID": "1#0r1", "sentence1": "A dog runs.", "sentence2": "It moves.", "gold_label": label}


def on_hub(record: dict[str, Any]) -> dict[str, Any]:
    label = NUMBERS[record["gold_label"]]
    return {"premise": record["sentence1"], "hypothesis": record["sentence2"], "label": label}


def without_ids(rows: Any) -> list[tuple[Any, ...]]:
    """The hub's copy has no ids."""
    return [(row.text, row.text_pair, row.label) for row in rows]


def test_every_split_has_pairs_without_label(load: Callable[..., Split]) -> None:
    for split, name in (("train", "train"), ("validation", "dev"), ("test", "test")):
        file = f"snli_1.0/snli_1.0_{name}.jsonl"
        loaded = load({file: [nli("-"), nli("contradiction")]}, "snli", split)
        expected = ClassificationRow(id="1#0r1", text="A dog runs.", text_pair="It moves.", label="contradiction")
        assert loaded.rows == [expected]
        assert [str(skipped) for skipped in loaded.skipped] == [
            f"{file}:1: label '-' is none of entailment, neutral, contradiction"
        ]


def test_the_hub_has_minus_one_for_them_in_every_split(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    rows = [on_hub(nli(label)) for label in ("-", "entailment", "contradiction", "neutral")]
    hub_cache(
        "stanfordnlp/snli",
        {"train": rows, "validation": rows, "test": rows},
        COLUMNS,
        configuration="plain_text",
    )
    for split in ("train", "validation", "test"):
        loaded = load_hub("snli", split)
        assert [row.label for row in loaded.rows] == [  # type: ignore[attr-defined]
            "entailment",
            "contradiction",
            "neutral",
        ]
        assert [skipped.line for skipped in loaded.skipped] == [1]


def test_real_rows_are_the_same_on_the_hub(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split], shared: Path
) -> None:
    lines = (shared / "data" / "snli" / "snli_1.0_dev.jsonl").read_text(encoding="utf-8").splitlines()[:300]
    records = [json.loads(line) for line in lines]
    hub_cache("stanfordnlp/snli", {"validation": list(map(on_hub, records))}, COLUMNS, configuration="plain_text")
    files, hub = load({"snli_1.0/snli_1.0_dev.jsonl": records}, "snli", "validation"), load_hub("snli", "validation")
    assert without_ids(files.rows) == without_ids(hub.rows)
    assert [skipped.line for skipped in files.skipped] == [skipped.line for skipped in hub.skipped]
    assert len(hub.skipped) == [record["gold_label"] for record in records].count("-") > 0
