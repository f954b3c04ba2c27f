"""Task cosmosqa: quoted CSV with a question and four answers."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import datasets

from harness import MultipleChoiceRow
from tests.fixtures import HubCache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.sources.base import Split


HEADER = "id,context,question,answer0,answer1,answer2,answer3,label\n"


def test_rows_have_a_question_of_their_own(load: Callable[..., Split]) -> None:
    text = HEADER + '3A##q1,"It rained , I ""ran"" .",Why ?,"no, yes",b,c,None of the above choices .,2\n'
    assert load({"cosmosqa/valid.csv": text}, "cosmosqa", "validation").rows == [
        MultipleChoiceRow(
            id="3A##q1",
            context='It rained , I "ran" .',
            question="Why ?",
            choices=("no, yes", "b", "c", "None of the above choices ."),
            label=2,
        )
    ]


def test_placeholder_labels_are_left_out(load: Callable[..., Split]) -> None:
    text = HEADER + "1,x,y,a,b,c,d,-1\n2,x,y,a,b,c,d,0\n3,x,y,a,b,c,d,\n"
    split = load({"cosmosqa/train.csv": text}, "cosmosqa", "train")
    assert split.keys == ["cosmosqa/train.csv:3"]
    assert [skipped.line for skipped in split.skipped] == [2, 4]


TEXT = datasets.Value("string")
NAMES = HEADER.strip().split(",")
COLUMNS = datasets.Features(dict.fromkeys(NAMES[:-1], TEXT) | {"label": datasets.Value("int64")})


def test_the_hubs_labels_are_numbers(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split]
) -> None:
    text = HEADER + '3A##q1," It rained","Why ?",a,"b, b",c,d,2\n4B##q0,x,y,a,b,c,d,-1\n5C##q0,x,y,a,b,c,d,0\n'
    rows: list[dict[str, Any]] = [
        dict(zip(NAMES, ("3A##q1", " It rained", "Why ?", "a", "b, b", "c", "d", 2), strict=True)),
        dict(zip(NAMES, ("4B##q0", "x", "y", "a", "b", "c", "d", -1), strict=True)),
        dict(zip(NAMES, ("5C##q0", "x", "y", "a", "b", "c", "d", 0), strict=True)),
    ]
    hub_cache("Samsoup/cosmos_qa", {"train": rows, "validation": rows, "test": rows}, COLUMNS)
    split = load_hub("cosmosqa", "train")
    assert split.rows == load({"cosmosqa/train.csv": text}, "cosmosqa", "train").rows
    assert [(row.id, row.label) for row in split.rows] == [("3A##q1", 2), ("5C##q0", 0)]  # type: ignore[attr-defined]
    assert [str(skipped) for skipped in split.skipped] == [
        "Samsoup/cosmos_qa/train:2: label '-1' is none of 0, 1, 2, 3"
    ]


def test_real_rows_are_the_same_on_the_hub(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split], shared: Path
) -> None:
    file = shared / "data" / "cosmosqa" / "valid.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        records = [{**record, "label": int(record["label"])} for record in csv.DictReader(lines)]
    hub_cache("Samsoup/cosmos_qa", {"validation": records}, COLUMNS)
    rows = load({"cosmosqa/valid.csv": file.read_text(encoding="utf-8")}, "cosmosqa", "validation").rows
    assert rows == load_hub("cosmosqa", "validation").rows
    assert len(rows) == 700
