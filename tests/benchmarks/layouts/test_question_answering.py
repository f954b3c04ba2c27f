from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.benchmarks.files import File
from harness.benchmarks.layouts import Scorable
from harness.benchmarks.layouts.question_answering import LAYOUT
from tests.raising import raises_code


def squad(*questions: tuple[Any, list[Any]]) -> dict[str, Any]:
    qas = [{"id": name, "question": "?", "answers": [{"text": text} for text in texts]} for name, texts in questions]
    return {"data": [{"paragraphs": [{"context": "", "qas": qas}]}]}


GOLD = json.dumps(squad(("a", ["one", "two"]), ("b", ["three"])))


@pytest.mark.parametrize("labels", [GOLD, json.dumps(json.loads(GOLD)["data"])], ids=["data", "bare"])
def test_answers_are_put_beside_the_accepted_ones_by_id(pair: Callable[..., Scorable], labels: str) -> None:
    found = pair("xquad", '{"b": "", "a": "two"}', labels)
    assert found.columns == {"gold": [["one", "two"], ["three"]], "prediction": ["two", ""], "language": ["en", "en"]}
    assert found.unanswered == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"a": "one"}',
            "predictions-of-xquad [items-without-prediction]",
        ),
        (
            '{"a": "one",\n"b": "x",\n"c": "y"}',
            "predictions-of-xquad:3 [unknown-ids]",
        ),
        (
            '{"a": "one",\n"b": "x",\n"a": "y"}',
            "predictions-of-xquad:3 [repeated-id]",
        ),
        (
            '{"a": "one",\n"b": ["x"]}',
            "predictions-of-xquad:2 [not-an-answer]",
        ),
        ('["one", "x"]', "predictions-of-xquad [not-a-json-object]"),
        (
            '{"a": "one",\n"b"}',
            "predictions-of-xquad:2 [not-json]",
        ),
    ],
    ids=["missing", "unknown", "twice", "no text", "no object", "no JSON"],
)
def test_a_mistake_is_refused(refusal: Callable[..., str], text: str, message: str) -> None:
    assert refusal("xquad", text, GOLD) == message


def test_with_partial_missing_answers_are_counted(pair: Callable[..., Scorable]) -> None:
    found = pair("xquad", '{"b": "three"}', GOLD, partial=True)
    assert (found.columns["prediction"], found.unanswered) == (["three"], 1)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            json.dumps(squad(("a", ["one"]), ("b", [""])), indent=0),
            "labels-of-xquad:18 [no-gold-answer]",
        ),
        (
            json.dumps(squad(("a", []))),
            "labels-of-xquad:1 [no-gold-answer]",
        ),
        (
            json.dumps(squad(("1", ["one"]), ("1", ["two"]))),
            "labels-of-xquad:1 [repeated-id]",
        ),
        (
            '{"a": "one", "b": "three"}',
            "labels-of-xquad [not-squad-labels]",
        ),
        (json.dumps(squad(("a", ["one"]), ("b", [3]))), "labels-of-xquad [not-squad-labels]"),
        (json.dumps(squad((["a"], ["one"]), ("b", ["b"]))), "labels-of-xquad [not-squad-labels]"),
        (json.dumps(squad((None, ["one"]), ("b", ["b"]))), "labels-of-xquad [not-squad-labels]"),
        ('{"data": ["paragraphs"]}', "labels-of-xquad [not-squad-labels]"),
        ("null", "labels-of-xquad [not-squad-labels]"),
        ("[" * 100_000, "labels-of-xquad [not-json]"),
    ],
    ids=["blanked", "none", "ids", "predictions", "answer", "id", "no id", "list", "null", "deep"],
)
def test_labels_that_cannot_be_scored_against_are_refused(
    refusal: Callable[..., str], labels: str, message: str
) -> None:
    assert refusal("xquad", '{"a": "one", "b": "three"}', labels) == message


def test_numbers_as_ids_are_the_text_of_them(pair: Callable[..., Scorable]) -> None:
    labels = json.dumps(squad((7, ["one"]), ("b", ["three"])))
    assert pair("xquad", '{"7": "one", "b": "two"}', labels).columns["prediction"] == ["one", "two"]


def test_answers_that_were_blanked_before_publication_are_refused(refusal: Callable[..., str], shared: Path) -> None:
    blanked = (shared / "data" / "tydiqa" / "blanked_dev" / "tydiqa.goldp.ko.dev.json").read_text(encoding="utf-8")
    assert refusal("tydiqa", "{}", blanked) == "labels-of-tydiqa:1 [no-gold-answer]"


def test_what_is_written_is_read_again(make_file: Callable[..., File]) -> None:
    rows = [
        {"id": "q/1", "key": "k1", "prediction": 'tab "x" 北京', "gold": ["北京", "Beijing"]},
        {"id": "", "key": "k2", "prediction": "", "gold": ["two\nlines"]},
    ]
    assert LAYOUT.predictions(make_file("xquad", LAYOUT.write_predictions(rows))) == {
        "q/1": 'tab "x" 北京',
        "k2": "",
    }
    labels = make_file("xquad", LAYOUT.write_labels(rows), noun="labels")
    assert LAYOUT.labels(labels) == {"q/1": ["北京", "Beijing"], "k2": ["two\nlines"]}


def test_ids_that_repeat_cannot_be_written() -> None:
    rows = [{"id": "7", "key": key, "prediction": "", "gold": [""]} for key in ("file:1", "file:2")]
    with raises_code("ambiguous-ids", "1", "7"):
        LAYOUT.write_predictions(rows)
