"""Task qqp: quotes inside questions, and lines that are broken in the published file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import datasets

from harness import ClassificationRow
from harness.registry import Registry
from tests.fixtures import HubCache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.sources.base import Split


HEADER = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"


def test_questions_keep_their_quotes(load: Callable[..., Split]) -> None:
    text = HEADER + '5\t\t\tWhat is "it"?\t"What?\t1\n6\t1\t2\tWhy?\tHow?\t0\n'
    assert load({"QQP/dev.tsv": text}, "qqp", "validation").rows == [
        ClassificationRow(id="5", text='What is "it"?', text_pair='"What?', label="duplicate"),
        ClassificationRow(id="6", text="Why?", text_pair="How?", label="not_duplicate"),
    ]


def test_bad_lines_and_placeholder_labels_are_left_out(load: Callable[..., Split]) -> None:
    text = HEADER + "1\t\t\tWhy?\tHow?\t-1\n2\t\t\tWhy?\n3\t\t\tWhy?\tHow?\t0\n4\t\t\tWhy?\tHow?\t\n"
    split = load({"QQP/train.tsv": text}, "qqp", "train")
    assert split.keys == ["QQP/train.tsv:4"]
    assert [(skipped.line, skipped.reason.split(" where ")[0]) for skipped in split.skipped] == [
        (2, "is_duplicate '-1' is neither 0 nor 1"),
        (3, "4 columns"),
        (5, "is_duplicate '' is neither 0 nor 1"),
    ]


def test_the_f1_is_of_the_duplicates(registry: Registry) -> None:
    task = registry.task("qqp")
    assert task.labels == ("not_duplicate", "duplicate")
    assert task.metrics == ("accuracy", "duplicate_f1")


TEXT = datasets.Value("string")
COLUMNS = datasets.Features(
    {
        "question1": TEXT,
        "question2": TEXT,
        "label": datasets.ClassLabel(names=["not_duplicate", "duplicate"]),
        "idx": datasets.Value("int32"),
    }
)


def test_rows_of_the_hub_have_no_id_because_idx_counts_rows(
    hub_cache: HubCache, load_hub: Callable[..., Split]
) -> None:
    rows = [{"question1": "Why?", "question2": '"How?', "label": label, "idx": 5 + label} for label in (1, -1, 0)]
    hub_cache("nyu-mll/glue", {"train": rows, "validation": rows, "test": rows}, COLUMNS, configuration="qqp")
    for split in ("train", "validation"):
        loaded = load_hub("qqp", split)
        assert loaded.rows == [
            ClassificationRow(text="Why?", text_pair='"How?', label="duplicate"),
            ClassificationRow(text="Why?", text_pair='"How?', label="not_duplicate"),
        ]
        assert [str(skipped) for skipped in loaded.skipped] == [
            f"nyu-mll/glue/qqp/{split}:2: label None is none of not_duplicate, duplicate"
        ]


def test_real_rows_are_the_same_on_the_hub(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split], shared: Path
) -> None:
    text = (shared / "data" / "format_samples" / "glue" / "QQP" / "train.tsv").read_text(encoding="utf-8")
    fields = [line.split("\t") for line in text.splitlines()[1:]]
    rows = [
        {"question1": first, "question2": second, "label": int(label), "idx": number}
        for number, (_, _, _, first, second, label) in enumerate(fields)
    ]
    hub_cache("nyu-mll/glue", {"train": rows}, COLUMNS, configuration="qqp")
    expected = [replace(row, id="") for row in load({"QQP/train.tsv": text}, "qqp", "train").rows]
    assert load_hub("qqp", "train").rows == expected
    assert len(expected) == len(rows) > 1
