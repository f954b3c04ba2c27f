"""Task xnli: the published files hold all languages, XTREME's one each; training rows are MNLI's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import datasets

from harness import ClassificationRow
from harness.planning.data import Data
from harness.sources.files.source import open_files
from tests.fixtures import HubCache
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.registry import Registry
    from harness.sources.base import Split


def published(*rows: tuple[str, str, str, str, str]) -> str:
    """A file of XNLI 1.0 with all its columns; rows of language, label, premise, hypothesis and pairID."""
    columns = "language gold_label sentence1_binary_parse sentence2_binary_parse sentence1_parse sentence2_parse "
    columns += "sentence1 sentence2 promptID pairID genre label1 label2 label3 label4 label5 "
    columns += "sentence1_tokenized sentence2_tokenized match"
    lines = [columns.replace(" ", "\t")]
    for language, label, premise, hypothesis, pair in rows:
        votes = [label] * 5
        fields = [
            language,
            label,
            "",
            "",
            "",
            "",
            premise,
            hypothesis,
            "1",
            pair,
            "fiction",
            *votes,
            "a b",
            "c",
            "True",
        ]
        assert len(fields) == 19
        lines.append("\t".join(fields))
    return "\n".join(lines) + "\n"


ROWS = [
    ("ar", "neutral", "أ", "ب", "1"),
    ("ar", "contradiction", "ج", 'د "', "2"),
    ("en", "neutral", "a", "b", "1"),
    ("en", "contradictory", "c", "d", "2"),
    ("en", "entailment", "e", "f", "3"),
]


def test_one_language_of_the_published_file(load: Callable[..., Split]) -> None:
    files = {"XNLI-1.0/xnli.test.tsv": published(*ROWS)}
    arabic = load(files, "xnli", "test", "ar")
    assert arabic.rows == [
        ClassificationRow(id="1", text="أ", text_pair="ب", label="neutral"),
        ClassificationRow(id="2", text="ج", text_pair='د "', label="contradiction"),
    ]
    assert arabic.keys == ["XNLI-1.0/xnli.test.tsv:2", "XNLI-1.0/xnli.test.tsv:3"]
    assert arabic.skipped == []
    # Only the language that is asked for is counted, and languages of one file are different rows.
    english = load(files, "xnli", "test", "en")
    assert [row.id for row in english.rows] == ["1", "3"]
    assert [(row.line, row.reason.split(" is ")[0]) for row in english.skipped] == [(5, "label 'contradictory'")]
    assert english.digest != arabic.digest


def test_a_language_that_the_published_file_lacks_is_named(load: Callable[..., Split]) -> None:
    with raises_code("no-readable-row", "validation", "xnli", "th"):
        load({"XNLI-1.0/xnli.dev.tsv": published(*ROWS)}, "xnli", "validation", "th")


def test_a_map_may_name_one_file_for_several_languages(tmp_path: Path, registry: Registry) -> None:
    (tmp_path / "xnli.tsv").write_text(published(*ROWS), encoding="utf-8")
    file = tmp_path / "map.toml"
    file.write_text('[xnli.test]\nfile = "xnli.tsv"\nformat = "xnli"\nlanguages = ["en", "ar"]\n')
    source = open_files(file, registry)
    assert source.languages(registry.task("xnli"), "test") == ("en", "ar")
    counts = {code: len(source.load(registry.task("xnli"), "test", code).rows) for code in ("en", "ar")}
    assert counts == {"en": 2, "ar": 2}


def test_the_files_of_xtreme(load: Callable[..., Split]) -> None:
    files = {"xnli/dev-sw.tsv": "a\tb\tneutral\n", "xnli/test-sw.tsv": 'a "\t"b\tentailment\n'}
    assert load(files, "xnli", "validation", "sw").rows == [ClassificationRow(text="a", text_pair="b", label="neutral")]
    assert load(files, "xnli", "test", "sw").rows == [ClassificationRow(text='a "', text_pair='"b', label="entailment")]


def test_xtremes_test_files_without_labels_are_refused(load: Callable[..., Split]) -> None:
    with raises_code("no-readable-row", "test", "xnli", "zh") as caught:
        load({"xnli/test-zh.tsv": "a\tb\nc\td\n"}, "xnli", "test", "zh")
    assert "2 columns where 3 are expected (sentence1, sentence2, gold_label)" in str(caught.value)


def test_training_rows_are_mnlis_and_not_the_translated_ones(tmp_path: Path, registry: Registry) -> None:
    record = {"pairID": "1n", "sentence1": "It rains.", "sentence2": "It is wet.", "gold_label": "neutral"}
    for name, text in {
        "multinli_1.0/multinli_1.0_train.jsonl": json.dumps(record) + "\n",
        "xnli/train-en.tsv": "It rains .\tIt is wet .\tneutral\n",
        "xnli/train-de.tsv": "Es regnet .\tEs ist nass .\tneutral\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    split = Data(registry, open_files(tmp_path, registry)).training("xnli")
    assert (split.task, split.language) == ("mnli", "en")
    assert split.rows == [ClassificationRow(id="1n", text="It rains.", text_pair="It is wet.", label="neutral")]


def test_protocol(registry: Registry) -> None:
    task = registry.task("xnli")
    assert " ".join(sorted(task.languages)) == "ar bg de el en es fr hi ru sw th tr ur vi zh"
    assert task.languages[0] == "en"
    assert task.labels == registry.task("mnli").labels == ("entailment", "neutral", "contradiction")
    assert (task.selection.keep, task.selection.metric, task.metrics) == ("best", "accuracy", ("accuracy",))
    assert task.trains_on == "mnli"


COLUMNS = datasets.Features(
    {
        "premise": datasets.Value("string"),
        "hypothesis": datasets.Value("string"),
        "label": datasets.ClassLabel(names=["entailment", "neutral", "contradiction"]),
    }
)


def test_real_rows_are_the_same_on_the_hub(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split], shared: Path
) -> None:
    text = (shared / "data" / "xnli" / "test-th.tsv").read_text(encoding="utf-8")
    names = COLUMNS["label"].names
    fields = [line.split("\t") for line in text.splitlines()]
    rows = [{"premise": one, "hypothesis": two, "label": names.index(label)} for one, two, label in fields]
    hub_cache("facebook/xnli", {"test": rows}, COLUMNS, configuration="th")
    expected = load({"xnli/test-th.tsv": text}, "xnli", "test", "th").rows
    assert load_hub("xnli", "test", "th").rows == expected
    assert len(expected) == 2000


def test_the_hubs_translated_training_rows_are_not_xnlis(registry: Registry) -> None:
    assert [split for data in registry.task("xnli").hub for split in data.splits] == ["validation", "test"]
