"""Task pawsx: the files of PAWS-X and those of XTREME's scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import datasets

from harness import ClassificationRow
from harness.registry import Registry
from tests.fixtures import HubCache
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.sources.base import Split


HEADER = "id\tsentence1\tsentence2\tlabel\n"


def test_the_files_of_paws_x(load: Callable[..., Split]) -> None:
    text = HEADER + '10\t"Er ging.\tEr ging weg.\t0\n11\tNS\t\t1\n'
    assert load({"x-final/de/test_2k.tsv": text}, "pawsx", "test", "de").rows == [
        ClassificationRow(id="10", text='"Er ging.', text_pair="Er ging weg.", label="0"),
        ClassificationRow(id="11", text="NS", text_pair="", label="1"),
    ]


def test_training_rows_are_english(load: Callable[..., Split]) -> None:
    files = {"x-final/en/train.tsv": HEADER + "1\ta\tb\t0\n", "x-final/de/train.tsv": HEADER + "1\tx\ty\t0\n"}
    assert load(files, "pawsx", "train").keys == ["x-final/en/train.tsv:2"]


def test_the_files_of_xtreme(load: Callable[..., Split]) -> None:
    expected = [ClassificationRow(text="a", text_pair="b", label="1")]
    assert load({"pawsx/train-en.tsv": "a\tb\t1\n"}, "pawsx", "train").rows == expected
    assert load({"pawsx/dev-ko.tsv": "a\tb\t1\n"}, "pawsx", "validation", "ko").rows == expected


def test_xtremes_test_files_without_labels_are_refused(load: Callable[..., Split]) -> None:
    with raises_code("no-readable-row", "test", "pawsx", "zh") as caught:
        load({"pawsx/test-zh.tsv": "a\tb\nc\td\n"}, "pawsx", "test", "zh")
    assert "2 columns where 3 are expected (sentence1, sentence2, label)" in str(caught.value)


def test_other_labels_are_left_out(load: Callable[..., Split]) -> None:
    text = HEADER + "1\ta\tb\t-1\n2\ta\tb\t0\n3\ta\tb\t0.0\n"
    split = load({"x-final/fr/dev_2k.tsv": text}, "pawsx", "validation", "fr")
    assert [skipped.line for skipped in split.skipped] == [2, 4]


def test_the_best_checkpoint_is_kept(registry: Registry) -> None:
    task = registry.task("pawsx")
    assert task.languages == ("en", "de", "es", "fr", "ja", "ko", "zh")
    assert (task.selection.keep, task.selection.metric) == ("best", "accuracy")


TEXT = datasets.Value("string")
COLUMNS = datasets.Features(
    {
        "id": datasets.Value("int32"),
        "sentence1": TEXT,
        "sentence2": TEXT,
        "label": datasets.ClassLabel(names=["0", "1"]),
    }
)


def test_blank_sentences_of_the_hub_stay_and_ids_are_texts(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    pairs = [(10, "NS", "", 0), (11, "a", "b", 1), (12, "a", "b", -1)]
    rows = [dict(zip(COLUMNS, pair, strict=True)) for pair in pairs]
    hub_cache("google-research-datasets/paws-x", {"test": rows}, COLUMNS, configuration="ko")
    split = load_hub("pawsx", "test", "ko")
    assert split.rows == [
        ClassificationRow(id="10", text="NS", text_pair="", label="0"),
        ClassificationRow(id="11", text="a", text_pair="b", label="1"),
    ]
    assert [skipped.reason for skipped in split.skipped] == ["label None is neither 0 nor 1"]


def test_real_rows_are_the_same_on_the_hub(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split], shared: Path
) -> None:
    text = (shared / "data" / "pawsx" / "original_format" / "de" / "test_2k.tsv").read_text(encoding="utf-8")
    fields = [line.split("\t") for line in text.splitlines()[1:]]
    rows = [dict(zip(COLUMNS, (int(number), *two, int(label)), strict=True)) for number, *two, label in fields]
    hub_cache("google-research-datasets/paws-x", {"test": rows}, COLUMNS, configuration="de")
    expected = load({"x-final/de/test_2k.tsv": text}, "pawsx", "test", "de").rows
    assert load_hub("pawsx", "test", "de").rows == expected
    assert len(expected) == 2000
    assert any(row.text == "NS" for row in expected)  # type: ignore[attr-defined]
