"""Task bucc2018: the published files, those of XTREME's scripts, and a copy on the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasets
import pytest

from harness import SentenceRow
from harness.sources.hub.source import HubSource
from harness.sources.hub.tables import HubTables
from tests.fixtures import HubCache
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.registry import Registry
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
    with raises_code("no-rows", "test", "bucc2018", "de") as caught:
        load(without, "bucc2018", "test", "de")
    assert "de-en.test.gold" in str(caught.value)


def test_languages_are_those_of_xtreme(registry: Registry) -> None:
    assert registry.task("bucc2018").languages == ("de", "fr", "ru", "zh")


TEXTS = datasets.Sequence(datasets.Value("string"))
COLUMNS = datasets.Features(
    {"sentence1": TEXTS, "sentence2": TEXTS, "gold": datasets.Sequence(datasets.Sequence(datasets.Value("int64")))}
)


def test_the_hubs_one_row_holds_all_sentences_and_counts_pairs_from_one(
    hub_cache: HubCache, load_hub: Callable[..., Split], registry: Registry
) -> None:
    # Counted from 0, "Ja." would be without translation and "Nein." would be "Yes.".
    row = {"sentence1": ["Vielleicht.", "Ja.", "Nein."], "sentence2": ["No.", "Yes."], "gold": [[3, 1], [2, 2]]}
    hub_cache("mteb/BUCC", {"test": [row]}, COLUMNS, configuration="de-en")
    split = load_hub("bucc2018", "validation", "de")
    assert split.rows == [
        SentenceRow(text="Vielleicht.", side="source", key="1"),
        SentenceRow(text="Ja.", side="source", key="2", matches=("2",)),
        SentenceRow(text="Nein.", side="source", key="3", matches=("1",)),
        SentenceRow(text="No.", side="target", key="1", matches=("3",)),
        SentenceRow(text="Yes.", side="target", key="2", matches=("2",)),
    ]
    assert split.keys == [f"mteb/BUCC/de-en/test:1:{part}" for part in (1, 2, 3, 4, 5)]
    assert "test set in place of its development set" in split.differs
    # A threshold tuned on the rows it is for must not pass for one that is not.
    assert HubSource(HubTables()).languages(registry.task("bucc2018"), "test") == ()


def test_a_repeated_pair_of_the_hub_counts_once(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    row = {"sentence1": ["Ja.", "Nein."], "sentence2": ["No.", "Yes."], "gold": [[1, 2], [2, 1], [1, 2]]}
    hub_cache("mteb/BUCC", {"test": [row]}, COLUMNS, configuration="de-en")
    split = load_hub("bucc2018", "validation", "de")
    rows: list[Any] = list(split.rows)
    assert [row.matches for row in rows] == [("2",), ("1",), ("2",), ("1",)]
    assert [(row.reason, row.since) for row in split.skipped] == [("the pair 1, 2 once more; it counts once", 2)]


@pytest.mark.parametrize("pair", [[0, 1], [3, 1], [1, 3]])
def test_positions_of_the_hub_that_no_sentence_has_are_refused(
    hub_cache: HubCache, load_hub: Callable[..., Split], pair: list[int]
) -> None:
    row = {"sentence1": ["Ja.", "Nein."], "sentence2": ["No.", "Yes."], "gold": [[1, 2], pair]}
    hub_cache("mteb/BUCC", {"test": [row]}, COLUMNS, configuration="de-en")
    with raises_code("no-readable-row", "positions are counted from 1"):
        load_hub("bucc2018", "validation", "de")


def test_the_hubs_layout_gives_the_pairs_of_the_published_files(
    shared: Path, hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split]
) -> None:
    texts = {
        f"bucc2018/zh-en.dev.{end}": (shared / f"data/bucc2018/zh-en.dev.{end}").read_text(encoding="utf-8")
        for end in ("zh", "en", "gold")
    }
    chinese, english, gold = ([line.split("\t") for line in text.splitlines()] for text in texts.values())
    places = [{key: place for place, (key, _) in enumerate(side, start=1)} for side in (chinese, english)]
    row = {
        "sentence1": [text for _, text in chinese],
        "sentence2": [text for _, text in english],
        "gold": [[places[0][source], places[1][target]] for source, target in gold],
    }
    hub_cache("mteb/BUCC", {"test": [row]}, COLUMNS, configuration="zh-en")

    def pairs(split: Split) -> list[tuple[Any, Any]]:
        rows: list[Any] = list(split.rows)
        targets = {row.key: row.text for row in rows if row.side == "target"}
        return [(row.text, targets[key]) for row in rows if row.side == "source" for key in row.matches]

    loaded, published = load_hub("bucc2018", "validation", "zh"), load(texts, "bucc2018", "validation", "zh")
    assert pairs(loaded) == pairs(published)
    assert len(pairs(loaded)) == 257
    assert [row.text for row in loaded.rows] == [row.text for row in published.rows]  # type: ignore[attr-defined]
    assert len(set(loaded.keys)) == 8624 + 13589
