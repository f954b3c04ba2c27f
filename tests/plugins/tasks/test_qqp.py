"""Task qqp: quotes inside questions, and lines that are broken in the published file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import ClassificationRow

if TYPE_CHECKING:
    from collections.abc import Callable

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


def test_the_f1_is_of_the_duplicates(registry: Any) -> None:
    task = registry.task("qqp")
    assert task.labels == ("not_duplicate", "duplicate")
    assert task.metrics == ("accuracy", "duplicate_f1")
