"""The source "hub", on the cache that the library keeps for those without a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasets
import pytest
from datasets import config
from huggingface_hub import constants

from harness import BadRow, ClassificationRow, HubData, Task
from harness.network import Probe
from harness.registry import default_registry
from harness.sources.hub import tables
from harness.sources.hub.fetched import LIST, FetchedTables, fetch, is_fetched
from harness.sources.hub.source import HubSource, table_names
from harness.sources.hub.tables import HubTables, TableName
from tests.raising import Refusal, raises_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.tasks import Record

Store = Any
REVISION = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
TEXT = datasets.Value("string")


def features(*names: str) -> datasets.Features:
    return datasets.Features({"premise": TEXT, "hypothesis": TEXT, "label": datasets.ClassLabel(names=list(names))})


NLI = features("entailment", "neutral", "contradiction")


def rows(*labels: int) -> list[dict[str, object]]:
    return [{"premise": f"p{i}", "hypothesis": f"h{i}", "label": label} for i, label in enumerate(labels)]


@pytest.fixture
def xnli() -> Task:
    return default_registry().task("xnli")


def test_rows_of_a_language_come_from_its_configuration(hub_cache: Store, xnli: Task) -> None:
    hub_cache("facebook/xnli", {"test": rows(0, 2)}, NLI, configuration="de")
    hub_cache("facebook/xnli", {"test": rows(1)}, NLI, configuration="sw")
    split = HubSource(HubTables()).load(xnli, "test", "de")
    assert split.rows == [
        ClassificationRow(text="p0", text_pair="h0", label="entailment"),
        ClassificationRow(text="p1", text_pair="h1", label="contradiction"),
    ]
    assert split.keys == ["facebook/xnli/de/test:1", "facebook/xnli/de/test:2"]
    assert split.origin == f"facebook/xnli/de/test at {REVISION}"
    assert split.source == "hub"


def test_labels_are_mapped_by_name_whatever_their_order(hub_cache: Store, xnli: Task) -> None:
    # XTREME's own processor has the labels in alphabetical order.
    hub_cache(
        "facebook/xnli", {"test": rows(0, 1, 2)}, features("contradiction", "entailment", "neutral"), configuration="en"
    )
    loaded = HubSource(HubTables()).load(xnli, "test", "en")
    assert [row.label for row in loaded.rows] == ["contradiction", "entailment", "neutral"]  # type: ignore[attr-defined]


def test_a_row_without_label_is_counted(hub_cache: Store, xnli: Task) -> None:
    hub_cache("facebook/xnli", {"test": rows(0, -1)}, NLI, configuration="en")
    loaded = HubSource(HubTables()).load(xnli, "test", "en")
    assert len(loaded.rows) == 1
    assert str(loaded.skipped[0]) == (
        "facebook/xnli/en/test:2: label None is none of entailment, neutral, contradiction"
    )


def test_other_label_names_are_refused(hub_cache: Store, xnli: Task) -> None:
    hub_cache("facebook/xnli", {"test": rows(0)}, features("0", "1", "2"), configuration="en")
    with raises_code("other-labels", "label", "entailment, neutral") as caught:
        HubSource(HubTables()).load(xnli, "test", "en")
    assert "found 0, 1, 2" in str(caught.value)


def test_labels_without_names_are_refused(hub_cache: Store, xnli: Task) -> None:
    plain = datasets.Features({"premise": TEXT, "hypothesis": TEXT, "label": datasets.Value("int64")})
    hub_cache("facebook/xnli", {"test": rows(0)}, plain, configuration="en")
    with raises_code("other-labels") as caught:
        HubSource(HubTables()).load(xnli, "test", "en")
    assert "found values without names" in str(caught.value)


def test_missing_columns_are_named_with_those_there_are(hub_cache: Store, xnli: Task) -> None:
    only = datasets.Features({"sentence1": TEXT, "label": NLI["label"]})
    hub_cache("facebook/xnli", {"test": [{"sentence1": "a", "label": 0}]}, only, configuration="en")
    with raises_code("no-such-column", "'premise', 'hypothesis'") as caught:
        HubSource(HubTables()).load(xnli, "test", "en")
    assert "columns are sentence1, label" in str(caught.value)


def test_a_split_the_repository_does_not_have(hub_cache: Store, xnli: Task) -> None:
    hub_cache("facebook/xnli", {"dev": rows(0)}, NLI, configuration="en")
    with raises_code("no-such-split", "test") as caught:
        HubSource(HubTables()).load(xnli, "test", "en")
    assert caught.value.fix == "it has dev"


def test_of_several_revisions_the_pinned_one_is_read(hub_cache: Store, xnli: Task) -> None:
    hub_cache("facebook/xnli", {"test": rows(0)}, NLI, configuration="en", revision=REVISION)
    hub_cache("facebook/xnli", {"test": rows(2)}, NLI, configuration="en", revision=OTHER)
    pinned = replace(xnli, hub=(replace(xnli.hub[0], revision=REVISION),))
    source = HubSource(HubTables())
    assert [row.label for row in source.load(pinned, "test", "en").rows] == ["entailment"]  # type: ignore[attr-defined]
    missing = replace(xnli, hub=(replace(xnli.hub[0], revision="e" * 40),))
    with raises_code("dataset-not-in-cache", "e" * 40):
        source.load(missing, "test", "en")
    assert source.load(pinned, "test", "en").digest != source.load(xnli, "test", "en").digest


def test_what_is_not_cached_says_what_to_do(hub_cache: Store, xnli: Task) -> None:
    with raises_code("dataset-not-in-cache", "facebook/xnli/de/test") as caught:
        HubSource(HubTables()).load(xnli, "test", "de")
    assert "xharness fetch" in (caught.value.fix or "")


def test_offline_nobody_asks_the_network(hub_cache: Store, xnli: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: str) -> None:
        raise AssertionError("nobody should ask the network")

    monkeypatch.setattr(tables, "Probe", never)
    with raises_code("dataset-not-in-cache"):
        HubSource(HubTables()).load(xnli, "test", "de")


def test_without_a_network_the_library_is_not_asked(
    xnli: Task, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(config, "HF_DATASETS_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(Probe, "accepted", lambda _: False)
    # It would try for half a minute.
    monkeypatch.setattr(datasets, "load_dataset_builder", lambda *_, **__: pytest.fail("asked"))
    with raises_code("dataset-not-in-cache"):
        HubSource(HubTables()).load(xnli, "test", "de")


def test_a_directory_called_like_the_repository_is_not_read(
    hub_cache: Store, xnli: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "facebook" / "xnli").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    hub_cache("facebook/xnli", {"test": rows(0)}, NLI, configuration="de")
    with raises_code("directory-hides-dataset", "facebook/xnli"):
        HubSource(HubTables()).load(xnli, "test", "de")


def made_up(**changes: Any) -> Task:
    def row(record: Record) -> ClassificationRow:
        if not record["text"]:
            raise BadRow("no text")
        return ClassificationRow(text=record["text"], label="x")

    data = HubData(repository="some/texts", splits={"train": ("r1", "r2"), "test": "test"}, row=row, columns=("text",))
    return Task(
        name="made_up",
        kind="text-classification",
        languages=("en", "de"),
        metrics=("accuracy",),
        formats={},
        labels=("x",),
        hub=(replace(data, **changes),),
    )


def test_splits_are_joined_and_several_languages_told_apart(hub_cache: Store) -> None:
    columns = datasets.Features({"text": TEXT, "code": TEXT})
    one, two = {"text": "a", "code": "en"}, {"text": "b", "code": "de"}
    hub_cache("some/texts", {"r1": [one, two], "r2": [one], "test": [two]}, columns)
    source = HubSource(HubTables())
    joined = source.load(made_up(), "train", "en")
    assert joined.keys == ["some/texts/r1:1", "some/texts/r1:2", "some/texts/r2:1"]
    mixed = made_up(language_of=lambda record: record["code"], languages={"en": "en", "de": "de"})
    assert source.load(mixed, "train", "de").keys == ["some/texts/r1:2"]
    assert source.load(mixed, "train", "en").digest != source.load(mixed, "train", "de").digest


def test_a_row_may_become_several_under_keys_of_their_own(hub_cache: Store) -> None:
    def words(number: int, record: Record) -> list[dict[str, str]]:
        if record["text"] == "bad":
            raise BadRow("not a text")
        return [{"text": f"{number} {word}" if word != "-" else ""} for word in record["text"].split()]

    texts = [{"text": "a b"}, {"text": "bad"}, {"text": "c -"}]
    hub_cache("some/texts", {"test": texts}, datasets.Features({"text": TEXT}))
    split = HubSource(HubTables()).load(made_up(records=words), "test", "en")
    assert [row.text for row in split.rows] == ["1 a", "1 b", "3 c"]  # type: ignore[attr-defined]
    assert split.keys == ["some/texts/test:1:1", "some/texts/test:1:2", "some/texts/test:3:1"]
    assert list(map(str, split.skipped)) == ["some/texts/test:2: not a text", "some/texts/test:3:2: no text"]


def test_a_record_that_becomes_several_and_fails_half_way_has_no_rows(hub_cache: Store) -> None:
    def words(_: int, record: Record) -> Iterator[dict[str, str]]:
        yield {"text": record["text"]}
        if record["text"] == "bad":
            raise BadRow("not a text")

    hub_cache("some/texts", {"test": [{"text": "bad"}, {"text": "good"}]}, datasets.Features({"text": TEXT}))
    split = HubSource(HubTables()).load(made_up(records=words), "test", "en")
    assert split.keys == ["some/texts/test:2:1"]


def test_a_record_of_no_known_language_is_counted(hub_cache: Store) -> None:
    def language_of(record: Record) -> str:
        if record["text"] == "?":
            raise BadRow("no language")
        return "en"

    hub_cache("some/texts", {"test": [{"text": "?"}, {"text": "a"}]}, datasets.Features({"text": TEXT}))
    split = HubSource(HubTables()).load(made_up(language_of=language_of), "test", "en")
    assert split.keys == ["some/texts/test:2"]
    assert list(map(str, split.skipped)) == ["some/texts/test:1: no language"]


def test_languages_of_a_split() -> None:
    source = HubSource(HubTables())
    assert source.languages(made_up(), "test") == ("en",)
    assert source.languages(made_up(configuration="texts-{language}"), "test") == ("en", "de")
    assert source.languages(made_up(configuration="{language}", languages={"de": "deu"}), "test") == ("de",)
    assert source.languages(made_up(), "validation") == ()
    data = made_up(configuration="x.{language}", languages={"de": "deu"}).hub[0]
    assert table_names(data, "test", "de") == (TableName(repository="some/texts", configuration="x.deu", split="test"),)


def test_what_differs_from_the_benchmark_goes_with_the_rows(hub_cache: Store) -> None:
    hub_cache("some/texts", {"test": [{"text": "a"}]}, datasets.Features({"text": TEXT}))
    source = HubSource(HubTables())
    assert source.load(made_up(), "test", "en").differs == ""
    assert source.load(made_up(differs="Half of it."), "test", "en").differs == "Half of it."


def test_a_split_of_bad_rows_only_is_refused(hub_cache: Store) -> None:
    hub_cache("some/texts", {"test": [{"text": ""}]}, datasets.Features({"text": TEXT}))
    with raises_code("no-readable-row", "test", "made_up", "en") as caught:
        HubSource(HubTables()).load(made_up(), "test", "en")
    assert "some/texts/test:1: no text" in (caught.value.where or "")


@pytest.fixture
def fetched(hub_cache: Store, xnli: Task, tmp_path: Path) -> Path:
    hub_cache("facebook/xnli", {"test": rows(0, 2, -1)}, NLI, configuration="de")
    directory = tmp_path / "fetched"
    names = dict.fromkeys(table_names(xnli.hub[0], "test", "de"), "CC BY-NC 4.0")
    assert [one.was_there for one in fetch(names, HubTables(), directory)] == [False]
    return directory


def test_a_fetched_directory_gives_the_same_rows_under_the_same_digest(fetched: Path, xnli: Task) -> None:
    there, here = (HubSource(one).load(xnli, "test", "de") for one in (HubTables(), FetchedTables(fetched)))
    assert is_fetched(fetched)
    assert here == there


def test_fetching_again_fetches_what_is_missing_only(
    fetched: Path, xnli: Task, hub_cache: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub_cache("facebook/xnli", {"test": rows(1)}, NLI, configuration="sw")
    names = {name: "" for code in ("de", "sw") for name in table_names(xnli.hub[0], "test", code)}
    asked: list[TableName] = []
    original: Callable[..., Any] = HubTables.table

    def counted(self: HubTables, name: TableName) -> Any:
        asked.append(name)
        return original(self, name)

    monkeypatch.setattr(HubTables, "table", counted)
    assert [one.was_there for one in fetch(names, HubTables(), fetched)] == [True, False]
    assert [name.configuration for name in asked] == ["sw"]
    (fetched / "hub" / "facebook" / "xnli" / "de" / "test.parquet").write_bytes(b"cut off")
    assert [one.was_there for one in fetch(names, HubTables(), fetched)] == [False, True]


def test_a_changed_file_is_refused(fetched: Path, xnli: Task) -> None:
    path = fetched / "hub" / "facebook" / "xnli" / "de" / "test.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with raises_code("fetched-file-changed"):
        HubSource(FetchedTables(fetched)).load(xnli, "test", "de")


def test_what_was_not_fetched_is_named(fetched: Path, xnli: Task) -> None:
    with raises_code("not-fetched", "facebook/xnli/sw/test"):
        HubSource(FetchedTables(fetched)).load(xnli, "test", "sw")


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("{", ("not-a-fetch-list",)),
        ('{"schema": 2, "tables": []}', ("not-a-fetch-list", "2")),
        ('{"schema": 1, "tables": [{"file": "x"}]}', ("not-a-fetch-list",)),
    ],
)
def test_a_broken_list_is_refused(fetched: Path, text: str, refusal: Refusal) -> None:
    (fetched / LIST).write_text(text)
    with raises_code(*refusal):
        FetchedTables(fetched)


def test_a_list_cannot_lead_out_of_its_directory(fetched: Path) -> None:
    text = (fetched / LIST).read_text().replace("hub/facebook/xnli/de/test.parquet", "../../secret.parquet")
    (fetched / LIST).write_text(text)
    with raises_code("not-a-fetch-list"):
        FetchedTables(fetched)
