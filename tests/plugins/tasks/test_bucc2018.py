"""Task bucc2018: the published files and those of XTREME's scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import SentenceRow
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split


def files(prefix: str) -> dict[str, str]:
    return {f"{prefix}.de": "de-1\tJa.\nde-2\tNein.\n", f"{prefix}.en": "en-1\tNo.\n", f"{prefix}.gold": "de-2\ten-1\n"}


@pytest.mark.parametrize(
    ("prefix", "split"),
    [
        ("bucc2018/de-en/de-en.sample", "validation"),
        ("bucc2018/de-en/de-en.training", "test"),
        ("bucc2018/de-en.dev", "validation"),
        ("bucc2018/de-en.test", "test"),
    ],
)
def test_the_sample_is_for_development_and_training_rows_for_the_test(
    prefix: str, split: str, load: Callable[..., Split]
) -> None:
    assert load(files(prefix), "bucc2018", split, "de").rows == [
        SentenceRow(text="Ja.", side="source", key="de-1"),
        SentenceRow(text="Nein.", side="source", key="de-2", matches=("en-1",)),
        SentenceRow(text="No.", side="target", key="en-1", matches=("de-2",)),
    ]


def test_xtremes_test_files_without_gold_pairs_are_not_read(load: Callable[..., Split]) -> None:
    without = {name: text for name, text in files("bucc2018/de-en.test").items() if not name.endswith("gold")}
    with pytest.raises(DataError, match="no test rows of bucc2018 in language de") as caught:
        load(without, "bucc2018", "test", "de")
    assert "de-en.test.gold" in str(caught.value)


def test_languages_are_those_of_xtreme(registry: Any) -> None:
    assert registry.task("bucc2018").languages == ("de", "fr", "ru", "zh")
