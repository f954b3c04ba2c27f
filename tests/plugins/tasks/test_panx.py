"""Task panx: the published files, those of XTREME's scripts, and the copies on the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasets
import pytest

from harness import TokenRow
from harness.sources.hub.source import HubSource, table_names
from harness.sources.hub.tables import HubTables
from tests.fixtures import HubCache
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.registry import Registry
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


def test_test_files_without_tags_are_refused(shared: Path, load: Callable[..., Split]) -> None:
    text = (shared / "data/panx/unlabelled_test/test-de.tsv").read_text(encoding="utf-8")
    with raises_code("no-readable-row", "test", "panx", "de") as caught:
        load({"panx/test-de.tsv": text}, "panx", "test", "de")
    assert "1 column where 2 are expected (token, tag)" in str(caught.value)


def test_languages_and_labels_are_those_of_xtreme_then_those_of_xtreme_r(registry: Registry) -> None:
    task = registry.task("panx")
    assert len(set(task.languages)) == len(task.languages) == 48
    assert task.languages[0] == "en"
    assert set(task.languages[40:]) == {"qu", "pl", "uk", "az", "lt", "pa", "gu", "ro"}
    assert set(task.labels) == {"O", *(f"{prefix}-{name}" for prefix in "BI" for name in ("PER", "ORG", "LOC"))}
    assert (task.metrics[0], task.selection.metric) == ("span_f1", "span_f1")


TEXTS = datasets.Sequence(datasets.Value("string"))
PUBLISHED = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")


def columns(*tags: str) -> datasets.Features:
    names = datasets.Sequence(datasets.ClassLabel(names=list(tags)))
    return datasets.Features({"tokens": TEXTS, "ner_tags": names, "langs": TEXTS})


def on_hub(row: Any, tags: tuple[str, ...] = PUBLISHED) -> dict[str, Any]:
    return {
        "tokens": row.tokens,
        "ner_tags": [tags.index(tag) for tag in row.tags],
        "langs": ["xx"] * len(row.tokens),
    }


PARIS = TokenRow(tokens=("Nach", "Paris"), tags=("O", "B-LOC"))


def test_tags_on_the_hub_are_read_by_name_whatever_their_order(
    hub_cache: HubCache, load_hub: Callable[..., Split]
) -> None:
    # XTREME's scripts sort them: 0 is B-LOC.
    ordered = tuple(sorted(PUBLISHED))
    hub_cache("google/xtreme", {"test": [on_hub(PARIS)]}, columns(*PUBLISHED), configuration="PAN-X.de")
    hub_cache("google/xtreme", {"test": [on_hub(PARIS, ordered)]}, columns(*ordered), configuration="PAN-X.fr")
    assert load_hub("panx", "test", "de").rows == load_hub("panx", "test", "fr").rows == [PARIS]
    assert on_hub(PARIS)["ner_tags"] == [0, 5]
    assert on_hub(PARIS, ordered)["ner_tags"] == [6, 0]


def test_training_rows_on_the_hub_are_english(
    hub_cache: HubCache, load_hub: Callable[..., Split], registry: Registry
) -> None:
    for code in ("en", "de"):
        hub_cache("google/xtreme", {"train": [on_hub(PARIS)]}, columns(*PUBLISHED), configuration=f"PAN-X.{code}")
    assert load_hub("panx", "train").keys == ["google/xtreme/PAN-X.en/train:1"]
    assert HubSource(HubTables()).languages(registry.task("panx"), "train") == ("en",)


def test_the_languages_of_xtreme_r_come_from_wikiann_by_its_codes(
    hub_cache: HubCache, load_hub: Callable[..., Split], registry: Registry
) -> None:
    hub_cache("unimelb-nlp/wikiann", {"test": [on_hub(PARIS)]}, columns(*PUBLISHED), configuration="qu")
    assert load_hub("panx", "test", "qu").keys == ["unimelb-nlp/wikiann/qu/test:1"]
    task = registry.task("panx")
    named = {
        name.configuration
        for data in task.hub
        for language in data.languages
        for name in table_names(data, "test", language)
    }
    # By hand from the lists of configurations of both repositories.
    forty = (
        "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru sw ta te th tl tr "
    )
    forty += "ur vi yo zh"
    assert named == {f"PAN-X.{code}" for code in forty.split()} | {"qu", "pl", "uk", "az", "lt", "pa", "gu", "ro"}
    assert HubSource(HubTables()).languages(task, "test") == task.languages


@pytest.mark.parametrize(
    ("language", "repository", "configuration"),
    [("de", "google/xtreme", "PAN-X.de"), ("my", "google/xtreme", "PAN-X.my"), ("gu", "unimelb-nlp/wikiann", "gu")],
)
def test_the_hubs_rows_are_those_of_xtremes_files(
    language: str,
    repository: str,
    configuration: str,
    shared: Path,
    hub_cache: HubCache,
    load: Callable[..., Split],
    load_hub: Callable[..., Split],
) -> None:
    name = f"panx/dev-{language}.tsv"
    text = (shared / "data" / name).read_text(encoding="utf-8")
    # Read here by other means than the reader's.
    sentences = [
        TokenRow(tokens=tuple(words), tags=tuple(tags))
        for words, tags in (
            zip(*(line.split("\t") for line in block.split("\n")), strict=True)
            for block in text.strip("\n").split("\n\n")
        )
    ]
    rows = [on_hub(row) for row in sentences]
    hub_cache(repository, {"validation": rows}, columns(*PUBLISHED), configuration=configuration)
    assert load_hub("panx", "validation", language).rows == load({name: text}, "panx", "validation", language).rows
    assert len(rows) == (1000 if language == "de" else 100)
