"""Task mnli: its own files and those of GLUE hold the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import ClassificationRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split


ROW = ClassificationRow(id="1n", text="The premise", text_pair="The guess", label="neutral")


def test_its_own_files(load: Callable[..., Split]) -> None:
    record = {"pairID": "1n", "sentence1": "The premise", "sentence2": "The guess", "gold_label": "neutral"}
    files = {"multinli_1.0/multinli_1.0_dev_matched.jsonl": [record, {**record, "gold_label": "-"}]}
    split = load(files, "mnli", "validation")
    assert split.rows == [ROW]
    assert [skipped.line for skipped in split.skipped] == [2]


def test_the_files_of_glue(load: Callable[..., Split]) -> None:
    text = (
        "index\tpairID\tsentence1\tsentence2\tlabel1\tgold_label\n0\t1n\tThe premise\tThe guess\tentailment\tneutral\n"
    )
    assert load({"MNLI/train.tsv": text}, "mnli", "train").rows == [ROW]


def test_the_order_of_labels(registry: Any) -> None:
    assert registry.task("mnli").labels == ("entailment", "neutral", "contradiction") == registry.task("anli").labels
