"""Values of raw records that must not be missing, through the tasks that read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasets
import pytest

from tests.fixtures import HubCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split

PAIRS: dict[str, tuple[str, str, dict[str, str]]] = {
    "mnli": (
        "multinli_1.0/multinli_1.0_train.jsonl",
        "sentence2",
        {"pairID": "1", "sentence1": "a", "sentence2": "b", "gold_label": "neutral"},
    ),
    "snli": (
        "snli_1.0/snli_1.0_train.jsonl",
        "sentence2",
        {"pairID": "1", "sentence1": "a", "sentence2": "b", "gold_label": "neutral"},
    ),
    "anli@anli": (
        "anli_v1.0/R1/train.jsonl",
        "hypothesis",
        {"uid": "1", "context": "a", "hypothesis": "b", "label": "n"},
    ),
}


@pytest.mark.parametrize("task", PAIRS)
def test_a_pair_without_its_second_text_is_a_bad_row(load: Callable[..., Split], task: str) -> None:
    file, column, record = PAIRS[task]
    more: dict[str, Any] = {"anli_v1.0/R2/train.jsonl": [record], "anli_v1.0/R3/train.jsonl": [record]}
    split = load({**(more if "anli" in task else {}), file: [record, {**record, column: None}]}, task, "train")
    assert [(row.line, row.reason, row.since) for row in split.skipped] == [(2, "the pair has no second text", 2)]
    assert {row.text_pair for row in split.rows} == {"b"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("task", "repository", "configuration", "second", "labels"),
    [
        ("qqp", "nyu-mll/glue", "qqp", "question2", ["not_duplicate", "duplicate"]),
        ("pawsx", "google-research-datasets/paws-x", "en", "sentence2", ["0", "1"]),
        ("xnli", "facebook/xnli", "en", "hypothesis", ["entailment", "neutral", "contradiction"]),
    ],
)
def test_so_it_is_in_tables_of_the_hub(
    hub_cache: HubCache,
    load_hub: Callable[..., Split],
    task: str,
    repository: str,
    configuration: str,
    second: str,
    labels: list[str],
) -> None:
    first = {"question2": "question1", "sentence2": "sentence1", "hypothesis": "premise"}[second]
    text = datasets.Value("string")
    columns = datasets.Features({"id": text, first: text, second: text, "label": datasets.ClassLabel(names=labels)})
    rows: list[dict[str, object]] = [
        {"id": "1", first: "a", second: "b", "label": 0},
        {"id": "2", first: "a", second: None, "label": 0},
    ]
    hub_cache(repository, {"validation": rows}, columns, configuration=configuration)
    split = load_hub(task, "validation")
    assert [(row.line, row.reason) for row in split.skipped] == [(2, "the pair has no second text")]
    assert len(split.rows) == 1


COPA = {"premise": "p", "choice1": "a", "choice2": "b", "question": "cause", "idx": 0, "label": 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"idx": None}, "the id None is neither a number nor a text"),
        ({"idx": [7]}, "the id [7] is neither a number nor a text"),
        ({"label": True}, "label True is not a whole number"),
        ({"label": 1.0}, "label 1.0 is not a whole number"),
    ],
)
def test_a_number_is_not_guessed_from_other_values(
    load: Callable[..., Split], change: dict[str, Any], reason: str
) -> None:
    split = load({"COPA/train.jsonl": [COPA, {**COPA, **change}]}, "copa", "train")
    assert [(row.line, row.reason, row.since) for row in split.skipped] == [(2, reason, 2)]
    assert [row.id for row in split.rows] == ["0"]
