"""Task anli: three corpora with labels of two spellings, one row layout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import datasets
import pytest

from harness import ClassificationRow
from harness.sources.mini.source import MiniSource
from tests.fixtures import HubCache
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.registry import Registry
    from harness.sources.base import Split


def anli(label: str, **more: Any) -> dict[str, Any]:
    return {"uid": label, "context": "premise", "hypothesis": "guess", "label": label} | more


def nli(label: str) -> dict[str, Any]:
    return {"pairID": f"p{label}", "sentence1": "premise", "sentence2": "guess", "gold_label": label}


def row(identifier: str, label: str) -> ClassificationRow:
    return ClassificationRow(id=identifier, text="premise", text_pair="guess", label=label)


def test_train_joins_three_rounds_mnli_and_snli(load: Callable[..., Split]) -> None:
    files = {
        "anli_v1.0/R1/train.jsonl": [anli("e")],
        "anli_v1.0/R2/train.jsonl": [anli("n")],
        "anli_v1.0/R3/train.jsonl": [anli("c", reason="because")],
        "multinli_1.0/multinli_1.0_train.jsonl": [nli("neutral")],
        "snli_1.0/snli_1.0_train.jsonl": [nli("-"), nli("contradiction")],
    }
    split = load(files, "anli", "train")
    assert split.rows == [
        row("e", "entailment"),
        row("n", "neutral"),
        row("c", "contradiction"),
        row("pneutral", "neutral"),
        row("pcontradiction", "contradiction"),
    ]
    assert [(skipped.file, skipped.line) for skipped in split.skipped] == [("snli_1.0/snli_1.0_train.jsonl", 1)]
    assert "label '-'" in split.skipped[0].reason


def test_scores_are_on_anli_alone(load: Callable[..., Split]) -> None:
    for split, name in (("validation", "dev"), ("test", "test")):
        files = {f"anli_v1.0/{number}/{name}.jsonl": [anli("e")] for number in ("R1", "R2", "R3")}
        assert load(files, "anli", split).rows == [row("e", "entailment")] * 3


def test_labels_that_are_none_are_left_out(load: Callable[..., Split]) -> None:
    bad: list[dict[str, Any]] = [anli(""), anli("x"), {"context": "c", "hypothesis": "h"}, nli("-1"), {"label": "e"}]
    files = {f"anli_v1.0/{number}/dev.jsonl": [anli("e"), *bad] for number in ("R1", "R2", "R3")}
    split = load(files, "anli", "validation")
    assert len(split.rows) == 3
    assert [skipped.reason.split(";")[0] for skipped in split.skipped[:5]] == [
        "label '' is none of e, n, c",
        "label 'x' is none of e, n, c",
        "no column 'label'",
        "no column 'label'",
        "no column 'context'",
    ]


MNLI_FILE, SNLI_FILE = "multinli_1.0/multinli_1.0_train.jsonl", "snli_1.0/snli_1.0_train.jsonl"
TRAIN_FILES = {f"anli_v1.0/{number}/train.jsonl": [anli("e")] for number in ("R1", "R2", "R3")}


@pytest.mark.parametrize(
    ("task", "others"),
    [
        ("anli@anli", []),
        ("anli@anli-mnli", [row("pneutral", "neutral")]),
        ("anli@anli-snli", [row("pcontradiction", "contradiction")]),
        ("anli", [row("pneutral", "neutral"), row("pcontradiction", "contradiction")]),
    ],
)
def test_variants_train_on_some_of_the_parts(
    task: str, others: list[ClassificationRow], load: Callable[..., Split]
) -> None:
    files = {**TRAIN_FILES, MNLI_FILE: [nli("neutral")], SNLI_FILE: [nli("contradiction")]}
    assert load(files, task, "train").rows == [*[row("e", "entailment")] * 3, *others]


def test_a_part_that_is_missing_is_asked_for_unless_the_variant_has_it_not(load: Callable[..., Split]) -> None:
    files = {**TRAIN_FILES, MNLI_FILE: [nli("neutral")]}
    with raises_code("no-rows", "train", "anli", "en") as caught:
        load(files, "anli", "train")
    assert "snli_1.0_train.jsonl" in (caught.value.where or "")
    assert len(load(files, "anli@anli-mnli", "train").rows) == 4


def test_mnlis_part_may_be_glues_file(load: Callable[..., Split]) -> None:
    header = "index\tpairID\tsentence1\tsentence2\tlabel1\tgold_label\n"
    files = {**TRAIN_FILES, "MNLI/train.tsv": header + "0\tpneutral\tpremise\tguess\tneutral\tneutral\n"}
    assert load(files, "anli@anli-mnli", "train").rows[3:] == [row("pneutral", "neutral")]


TEXT = datasets.Value("string")
LABEL = datasets.ClassLabel(names=["entailment", "neutral", "contradiction"])
COLUMNS = datasets.Features({"uid": TEXT, "premise": TEXT, "hypothesis": TEXT, "label": LABEL, "reason": TEXT})
NUMBERS = {"e": 0, "n": 1, "c": 2}


def on_hub(record: dict[str, Any]) -> dict[str, Any]:
    """A record of ANLI's files in the columns of facebook/anli."""
    return {
        "uid": record["uid"],
        "premise": record["context"],
        "hypothesis": record["hypothesis"],
        "label": NUMBERS[record["label"]],
        "reason": record.get("reason", ""),
    }


def test_the_hubs_rounds_have_splits_of_their_own_and_three_datasets_are_joined(
    hub_cache: HubCache, load_hub: Callable[..., Split]
) -> None:
    splits = {
        f"{split}_r{number}": [on_hub(anli(label, uid=f"{split}{number}"))]
        for split in ("train", "dev", "test")
        for number, label in ((1, "e"), (2, "n"), (3, "c"))
    }
    hub_cache("facebook/anli", splits, COLUMNS, configuration="plain_text")
    pair = {"premise": "premise", "hypothesis": "guess"}
    columns = datasets.Features({"pairID": TEXT, "premise": TEXT, "hypothesis": TEXT, "label": LABEL})
    mnli = {
        "train": [{**pair, "pairID": "pneutral", "label": 1}],
        "validation_matched": [{**pair, "pairID": "v", "label": 0}],
    }
    hub_cache("nyu-mll/multi_nli", mnli, columns)
    columns = datasets.Features({"premise": TEXT, "hypothesis": TEXT, "label": LABEL})
    snli = {"train": [{**pair, "label": -1}, {**pair, "label": 2}], "test": [{**pair, "label": 0}]}
    hub_cache("stanfordnlp/snli", snli, columns, configuration="plain_text")

    own = [row("train1", "entailment"), row("train2", "neutral"), row("train3", "contradiction")]
    whole = load_hub("anli", "train")
    assert whole.rows == [*own, row("pneutral", "neutral"), row("", "contradiction")]
    assert [skipped.file for skipped in whole.skipped] == ["stanfordnlp/snli/plain_text/train"]
    assert load_hub("anli@anli", "train").rows == own
    assert load_hub("anli@anli-mnli", "train").rows == [*own, row("pneutral", "neutral")]
    assert load_hub("anli@anli-snli", "train").rows == [*own, row("", "contradiction")]
    assert [one.id for one in load_hub("anli", "validation").rows] == ["dev1", "dev2", "dev3"]
    assert [one.id for one in load_hub("anli", "test").rows] == ["test1", "test2", "test3"]


def test_real_rows_are_the_same_on_the_hub(
    hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split], shared: Path
) -> None:
    rounds = {}
    for number in (1, 2, 3):
        file = shared / "data" / "format_samples" / "anli" / "anli_v0.1" / f"R{number}" / "dev.jsonl"
        rounds[number] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    splits = {f"dev_r{number}": list(map(on_hub, records)) for number, records in rounds.items()}
    hub_cache("facebook/anli", splits, COLUMNS, configuration="plain_text")
    files = {f"anli_v1.0/R{number}/dev.jsonl": records for number, records in rounds.items()}
    rows = load(files, "anli", "validation").rows
    assert rows == load_hub("anli", "validation").rows
    assert len(rows) == sum(map(len, rounds.values())) > 3


def test_on_mini_the_variants_have_the_tasks_own_rows(registry: Registry) -> None:
    whole = MiniSource().load(registry.task("anli"), "train", "en").rows[:20]
    for name in ("anli@anli", "anli@anli-mnli", "anli@anli-snli"):
        assert MiniSource().load(registry.task(name), "train", "en").rows[:20] == whole
