"""Task pawsx: the files of PAWS-X and those of XTREME's scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import ClassificationRow
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

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
    with pytest.raises(DataError, match="no test row of pawsx in language zh can be read") as caught:
        load({"pawsx/test-zh.tsv": "a\tb\nc\td\n"}, "pawsx", "test", "zh")
    assert "2 columns where 3 are expected (sentence1, sentence2, label)" in str(caught.value)


def test_other_labels_are_left_out(load: Callable[..., Split]) -> None:
    text = HEADER + "1\ta\tb\t-1\n2\ta\tb\t0\n3\ta\tb\t0.0\n"
    split = load({"x-final/fr/dev_2k.tsv": text}, "pawsx", "validation", "fr")
    assert [skipped.line for skipped in split.skipped] == [2, 4]


def test_the_best_checkpoint_is_kept(registry: Any) -> None:
    task = registry.task("pawsx")
    assert task.languages == ("en", "de", "es", "fr", "ja", "ko", "zh")
    assert (task.selection.keep, task.selection.metric) == ("best", "accuracy")
