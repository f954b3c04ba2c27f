"""Task lareqa: sentences with their paragraphs, where an English sentence ends, and what of it is on the hub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import datasets
import pytest
from harness_plugins.tasks.lareqa import sentence_at

from harness import RetrievalRow
from harness.registry import Registry
from tests.fixtures import HubCache
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.sources.base import Split


def document(context: str, breaks: Any = None) -> list[Any]:
    questions = [
        {"id": "a", "question": "What is two?", "answers": [{"text": "B", "answer_start": 5}]},
        {"id": "b", "question": "And then?", "answers": []},
    ]
    paragraph = {"context": context, "qas": questions} | ({"sentence_breaks": breaks} if breaks else {})
    return [{"data": [{"title": "T", "paragraphs": [paragraph]}]}]


def test_questions_are_asked_among_the_sentences_of_every_language(
    load: Callable[..., Split], registry: Registry
) -> None:
    languages = registry.task("lareqa").languages
    assert set(languages) == {"ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh"}
    files = {f"lareqa/xquad-r/{code}.json": document(f"{code}.\nB 2.", [[0, 3], [4, 8]]) for code in languages}
    split = load(files, "lareqa", "test", "de")
    query, *candidates = split.rows
    others = ["en", *(code for code in languages if code not in ("de", "en"))]
    assert query == RetrievalRow(
        id="a",
        text="What is two?",
        side="query",
        matches=tuple(f"{code}:0:1" for code in ["de", *others]),
        group="0",
    )
    assert candidates[:2] == [
        RetrievalRow(text="de.de.B 2.", side="candidate", key="de:0:0"),
        RetrievalRow(text="B 2.de.B 2.", side="candidate", key="de:0:1"),
    ]
    assert len(candidates) == 22
    assert len(set(split.keys)) == len(split.rows)
    assert [skipped.reason for skipped in split.skipped] == ["no sentence holds the beginning of its answer"]


def test_a_question_is_trained_on_with_its_sentence_and_paragraph(load: Callable[..., Split]) -> None:
    split = load({"squad/train-v1.1.json": document("One. B is two.\nThree.")}, "lareqa", "train")
    assert split.rows == [
        RetrievalRow(id="a", text="What is two?", side="query", positive="B is two.One. B is two.Three.")
    ]
    assert [skipped.reason for skipped in split.skipped] == ["no gold answer"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two? 3 is odd!", ["One.", "Two?", "3 is odd!"]),
        ("He met Dr. Who. J. R. Smith and K. did not.", ["He met Dr. Who.", "J. R. Smith and K. did not."]),
        ('He said "no." Then he left.[note 1] "Why?" (So.) Yes', ['He said "no."', "Then he left.[note 1]", '"Why?"',
                                                                  "(So.)", "Yes"]),
        ("It is 20 °C. That is warm, e.g. In spring, at 3.5 p.m. or so.", ["It is 20 °C.", "That is warm, e.g. In "
                                                                           "spring, at 3.5 p.m. or so."]),
    ],
)  # fmt: skip
def test_where_sentences_end(text: str, sentences: list[str]) -> None:
    for sentence in sentences:
        begin = text.index(sentence)
        assert sentence_at(text, begin) == sentence_at(text, begin + len(sentence) - 1) == sentence


def test_sentences_are_mostly_those_of_xquad_r(shared: Path) -> None:
    articles = json.loads((shared / "data/lareqa/xquad-r/en.json").read_text(encoding="utf-8"))["data"]
    same = total = 0
    for paragraph in (paragraph for article in articles for paragraph in article["paragraphs"]):
        for start, end in paragraph["sentence_breaks"]:
            total += 1
            same += sentence_at(paragraph["context"], start) == paragraph["context"][start:end]
    assert total == 1180
    assert same >= 0.97 * total


def test_the_hub_has_rows_to_train_on_only(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    text = datasets.Value("string")
    answers = datasets.Sequence({"text": text, "answer_start": datasets.Value("int32")})
    columns = datasets.Features({"id": text, "context": text, "question": text, "answers": answers})
    shared = {"context": " One. B is two.\nThree.", "question": "What is two?"}
    rows = [
        {"id": "a", "answers": {"text": ["B"], "answer_start": [6]}} | shared,
        {"id": "b", "answers": {"text": [], "answer_start": []}} | shared,
    ]
    hub_cache("rajpurkar/squad", {"train": rows}, columns, configuration="plain_text")
    split = load_hub("lareqa", "train")
    assert split.rows == [
        RetrievalRow(id="a", text="What is two?", side="query", positive="B is two. One. B is two.Three.")
    ]
    assert [skipped.reason for skipped in split.skipped] == ["no gold answer"]
    # XQuAD-R there lacks the sentence breaks that say what is searched.
    with raises_code("no-rows", "test", "lareqa", "en"):
        load_hub("lareqa", "test")
