"""Task panx: the published files and those of XTREME's scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import TokenRow
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split


def test_the_language_before_a_token_goes_and_nothing_else(load: Callable[..., Split]) -> None:
    text = "de:Der\tO\nde:Re:Zero\tB-ORG\nde::\tO\n\nde:#\tO\n"
    assert load({"panx_dataset/de/test": text}, "panx", "test", "de").rows == [
        TokenRow(tokens=("Der", "Re:Zero", ":"), tags=("O", "B-ORG", "O")),
        TokenRow(tokens=("#",), tags=("O",)),
    ]


def test_a_token_without_language_spoils_its_sentence(load: Callable[..., Split]) -> None:
    split = load({"panx_dataset/de/dev": "Der\tO\n\nde:x\tO\n"}, "panx", "validation", "de")
    assert [str(skipped) for skipped in split.skipped] == [
        "panx_dataset/de/dev:1: no language before the token 'Der'",
    ]


def test_the_files_of_xtreme_keep_colons(load: Callable[..., Split]) -> None:
    text = "Re:Zero\tB-ORG\n:\tO\n"
    expected = [TokenRow(tokens=("Re:Zero", ":"), tags=("B-ORG", "O"))]
    assert load({"panx/train-en.tsv": text}, "panx", "train").rows == expected
    assert load({"panx/dev-zh.tsv": text}, "panx", "validation", "zh").rows == expected


def test_test_files_without_tags_are_refused(shared: Any, load: Callable[..., Split]) -> None:
    text = (shared / "data/panx/unlabelled_test/test-de.tsv").read_text(encoding="utf-8")
    with pytest.raises(DataError, match="no test row of panx in language de can be read") as caught:
        load({"panx/test-de.tsv": text}, "panx", "test", "de")
    assert "1 columns where 2 are expected (token, tag)" in str(caught.value)


def test_languages_and_labels_are_those_of_xtreme(registry: Any) -> None:
    task = registry.task("panx")
    assert len(set(task.languages)) == 40
    assert not {"qu", "pl", "uk", "az", "lt", "pa", "gu", "ro"} & set(task.languages)
    assert set(task.labels) == {"O", *(f"{prefix}-{name}" for prefix in "BI" for name in ("PER", "ORG", "LOC"))}
    assert (task.metrics[0], task.selection.metric) == ("span_f1", "span_f1")
