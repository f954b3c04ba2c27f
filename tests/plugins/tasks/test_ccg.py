"""Task ccg: categories of CCGbank, and of the Parallel Meaning Bank in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import TokenRow
from harness.registry import Registry
from harness.sources.files.source import open_files
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def test_categories_are_an_open_set(registry: Registry) -> None:
    assert registry.task("ccg").labels == ()


def derivation(*leaves: tuple[str, str]) -> str:
    """A sentence as CCGbank writes it: leaves of category and token, here under one node."""
    words = " ".join(f"(<L {category} NN NN {token} {category}>)" for category, token in leaves)
    return f"ID=wsj_0001.1 PARSER=GOLD NUMPARSE=1\n(<T S[dcl] 0 2> {words})\n"


def auto(section: int, file: int = 1) -> str:
    return f"ccgbank_1_1/data/AUTO/{section:02}/wsj_{section:02}{file:02}.auto"


def test_sections_of_ccgbank(load: Callable[..., Split]) -> None:
    files = {auto(section): derivation(("N", f"word{section}")) for section in (0, 1, *range(2, 22), 22, 23, 24)}
    files[auto(3, 2)] = derivation(("N", "more"))
    train = load(files, "ccg", "train")
    tokens = [row.tokens[0] for row in train.rows]  # type: ignore[attr-defined]
    assert tokens == ["word2", "word3", "more", *(f"word{section}" for section in range(4, 22))]
    assert load(files, "ccg", "validation").rows == [TokenRow(id="wsj_0001.1", tokens=("word0",), tags=("N",))]
    assert load(files, "ccg", "test").rows == [TokenRow(id="wsj_0001.1", tokens=("word23",), tags=("N",))]
    assert not train.stand_in


def test_a_missing_section_is_named(load: Callable[..., Split]) -> None:
    files = {auto(section): derivation(("N", "word")) for section in range(2, 21)}
    with raises_code("no-rows", "train", "ccg") as caught:
        load(files, "ccg", "train")
    assert "data/AUTO/21/*.auto" in (caught.value.where or "")


def test_tokens_of_the_treebank_are_written_as_in_texts(load: Callable[..., Split]) -> None:
    leaves = [("LRB", "-LRB-"), ("N/N", "1\\/2"), ("N", "cents-a-share"), ("RRB", "-RRB-"), ("conj", "and\\/or")]
    split = load({auto(23): derivation(*leaves)}, "ccg", "test")
    assert split.rows == [
        TokenRow(
            id="wsj_0001.1",
            tokens=("(", "1/2", "cents-a-share", ")", "and/or"),
            tags=("LRB", "N/N", "N", "RRB", "conj"),
        )
    ]


def test_the_parallel_meaning_bank_is_marked_as_a_stand_in(
    load: Callable[..., Split], tmp_path: Path, registry: Registry
) -> None:
    text = line("a", "np/n") + line("dog", "n")
    split = load({"layer_data/4.0.0/en/gold/train.conll": text}, "ccg", "train")
    assert split.stand_in
    assert "(stand-in: the Parallel Meaning Bank 4.0.0, not CCGbank" in split.origin
    file = tmp_path / "map.toml"
    file.write_text('[ccg.train]\nfile = "layer_data/4.0.0/en/gold/train.conll"\nformat = "pmb"\n')
    assert open_files(file, registry).load(registry.task("ccg"), "train", "en").stand_in


def test_the_hub_has_no_ccgbank(load_hub: Callable[..., Split]) -> None:
    with raises_code("no-rows", "train", "ccg") as caught:
        load_hub("ccg", "train")
    assert "xharness show ccg" in (caught.value.fix or "")
