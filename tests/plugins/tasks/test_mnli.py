"""Tasks mnli and mnli@translated: its own files, those of GLUE and the hub hold the same rows; the translated ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import datasets

from harness import ClassificationRow
from harness.planning.data import Data
from harness.sources.files.source import open_files
from harness.sources.hub.source import HubSource
from harness.sources.hub.tables import HubTables
from harness.sources.mini.languages import CONSTRUCTED
from harness.sources.mini.source import MiniSource
from tests.fixtures import HubCache
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.registry import Registry
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


def test_the_order_of_labels(registry: Registry) -> None:
    assert registry.task("mnli").labels == ("entailment", "neutral", "contradiction") == registry.task("anli").labels


TEXT = datasets.Value("string")
LABEL = datasets.ClassLabel(names=["entailment", "neutral", "contradiction"])
COLUMNS = datasets.Features(
    {
        "promptID": datasets.Value("int32"),
        "pairID": TEXT,
        "premise": TEXT,
        "premise_binary_parse": TEXT,
        "premise_parse": TEXT,
        "hypothesis": TEXT,
        "hypothesis_binary_parse": TEXT,
        "hypothesis_parse": TEXT,
        "genre": TEXT,
        "label": LABEL,
    }
)
NUMBERS = {"entailment": 0, "neutral": 1, "contradiction": 2}


def on_hub(record: dict[str, Any]) -> dict[str, Any]:
    """A record of MNLI's own files in the columns of nyu-mll/multi_nli."""
    return {
        "promptID": 1,
        "pairID": record["pairID"],
        "premise": record["sentence1"],
        "hypothesis": record["sentence2"],
        "genre": "fiction",
        "label": NUMBERS[record["gold_label"]],
        **{f"{side}_{parse}": "" for side in ("premise", "hypothesis") for parse in ("parse", "binary_parse")},
    }


def test_the_hubs_rows_are_those_of_the_files(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split]
) -> None:
    record = {"pairID": "1n", "sentence1": "The premise", "sentence2": "The guess", "gold_label": "neutral"}
    other = {"pairID": "2c", "sentence1": " A", "sentence2": "B ", "gold_label": "contradiction"}
    splits = {"train": [record], "validation_matched": [other], "validation_mismatched": [record]}
    hub_cache("nyu-mll/multi_nli", {name: list(map(on_hub, rows)) for name, rows in splits.items()}, COLUMNS)
    files = {
        "multinli_1.0/multinli_1.0_train.jsonl": [record],
        "multinli_1.0/multinli_1.0_dev_matched.jsonl": [other],
    }
    assert load_hub("mnli", "train").rows == load(files, "mnli", "train").rows == [ROW]
    assert load_hub("mnli", "validation").rows == load(files, "mnli", "validation").rows
    assert load_hub("mnli@translated", "validation").rows == load_hub("mnli", "validation").rows


def test_real_rows_are_the_same_on_the_hub(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split], shared: Path
) -> None:
    folder = shared / "data" / "format_samples" / "multi_nli" / "multinli_1.0" / "multinli_1.0"
    lines = (folder / "multinli_1.0_dev_matched.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    hub_cache("nyu-mll/multi_nli", {"validation_matched": list(map(on_hub, records))}, COLUMNS)
    rows = load({"multinli_1.0/multinli_1.0_dev_matched.jsonl": records}, "mnli", "validation").rows
    assert rows == load_hub("mnli", "validation").rows
    assert len(rows) == len(records) > 1


TRANSLATED = ["ar", "bg", "de", "el", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh"]


def test_translated_rows_of_xnli_mt(load: Callable[..., Split]) -> None:
    # The published files call a contradiction "contradictory", and a quotation mark is text.
    text = 'premise\thypo\tlabel\nEs regnet .\t" Nass .\tcontradictory\na\tb\tneutral\na\tb\t-\n'
    split = load({"XNLI-MT-1.0/multinli/multinli.train.de.tsv": text}, "mnli@translated", "train", "de")
    assert split.rows == [
        ClassificationRow(text="Es regnet .", text_pair='" Nass .', label="contradiction"),
        ClassificationRow(text="a", text_pair="b", label="neutral"),
    ]
    assert [skipped.line for skipped in split.skipped] == [4]


def test_translated_rows_of_all_languages_but_english_are_joined(tmp_path: Path, registry: Registry) -> None:
    folder = tmp_path / "XNLI-MT-1.0" / "multinli"
    folder.mkdir(parents=True)
    for code in ["en", *reversed(TRANSLATED)]:
        (folder / f"multinli.train.{code}.tsv").write_text(f"premise\thypo\tlabel\n{code}\tb\tneutral\n")
    rows: Any = Data(registry, open_files(tmp_path, registry)).training("mnli@translated").rows
    assert [row.text for row in rows] == TRANSLATED


def test_translated_rows_of_the_hub(hub_cache: HubCache, load_hub: Callable[..., Split], registry: Registry) -> None:
    columns = datasets.Features({"premise": TEXT, "hypothesis": TEXT, "label": LABEL})
    row = {"premise": "p .", "hypothesis": "h", "label": 2}
    for code in ["en", *TRANSLATED]:
        hub_cache("facebook/xnli", {"train": [row], "validation": [row], "test": [row]}, columns, configuration=code)
    expected = ClassificationRow(text="p .", text_pair="h", label="contradiction")
    assert load_hub("mnli@translated", "train", "sw").rows == [expected]
    task = registry.task("mnli@translated")
    assert HubSource(HubTables()).languages(task, "train") == tuple(TRANSLATED)
    assert HubSource(HubTables()).languages(task, "validation") == ("en",)
    assert HubSource(HubTables()).languages(task, "test") == ()


def test_on_mini_translated_rows_are_mnlis_in_the_constructed_languages(registry: Registry) -> None:
    mini = MiniSource()
    assert mini.languages(registry.task("mnli@translated"), "train") == CONSTRUCTED
    english: Any = mini.load(registry.task("mnli"), "train", "en").rows
    for code in ("qaa", "qae"):
        translated: Any = mini.load(registry.task("mnli@translated"), "train", code).rows
        assert len(translated) == len(english) == 8100
        for place in (0, 1, 2, 8099):
            assert (translated[place].id, translated[place].label) == (english[place].id, english[place].label)
            assert translated[place].text != english[place].text
    with raises_code("no-rows", "train", "mnli@translated", "en"):
        mini.load(registry.task("mnli@translated"), "train", "en")


def test_on_mini_english_rows_of_the_translated_task_are_mnlis(registry: Registry) -> None:
    for split in ("validation", "test"):
        one, two = (MiniSource().load(registry.task(name), split, "en") for name in ("mnli", "mnli@translated"))
        assert list(one.rows) == list(two.rows)
