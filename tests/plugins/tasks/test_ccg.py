"""Task ccg: categories of the Parallel Meaning Bank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import TokenRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split


def line(token: str, category: str) -> str:
    return "\t".join([token, token, token.lower(), "PER", category, "O", "[]"]) + "\n"


def test_tokens_and_categories(load: Callable[..., Split]) -> None:
    text = (
        "### made by a script\n# newdoc id = p1/d1\n# tok:gold\ttok:gold\n" + line("New~York", "n") + line("~", "np/n")
    )
    split = load({"layer_data/4.0.0/en/gold/train.conll": text}, "ccg", "train")
    assert split.rows == [TokenRow(tokens=("New York", "~"), tags=("n", "np/n"))]
    assert split.keys == ["layer_data/4.0.0/en/gold/train.conll:4"]


def test_sentences_with_a_token_without_category_are_left_out(load: Callable[..., Split]) -> None:
    text = line("a", "np/n") + line("dog", "") + "\n" + line("Go", "s:b\\np")
    split = load({"layer_data/4.0.0/en/gold/dev.conll": text}, "ccg", "validation")
    assert split.rows == [TokenRow(tokens=("Go",), tags=("s:b\\np",))]
    assert [skipped.reason for skipped in split.skipped] == ["a token has no category"]


def test_categories_are_an_open_set(registry: Any) -> None:
    assert registry.task("ccg").labels == ()
