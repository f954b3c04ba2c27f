"""Tasks xquad, mlqa and tydiqa: their published files, those of XTREME's scripts, their copies on the hub, protocol."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import datasets
import pytest

from harness import Answer, QuestionRow
from harness.sources.hub.source import HubSource
from harness.sources.hub.tables import HubTables
from tests.fixtures import HubCache
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.registry import Registry
    from harness.sources.base import Split

CONTEXT = " Ein Text."


def question(identifier: str, text: str = "Text") -> dict[str, Any]:
    return {"id": identifier, "question": "Was?", "answers": [{"text": text, "answer_start": 5 if text else 0}]}


def document(*questions: dict[str, Any], **top: Any) -> list[Any]:
    """A file with all questions about one context; articles without title, as some of MLQA's and TyDi QA's."""
    return [{"data": [{"paragraphs": [{"context": CONTEXT, "qas": list(questions)}]}], **top}]


def row(identifier: str) -> QuestionRow:
    return QuestionRow(id=identifier, question="Was?", context=CONTEXT, answers=(Answer("Text", 5),))


@pytest.mark.parametrize(
    ("task", "split", "file"),
    [
        ("xquad", "test", "xquad/xquad.de.json"),
        ("mlqa", "validation", "mlqa/MLQA_V1/dev/dev-context-de-question-de.json"),
        ("mlqa", "test", "mlqa/MLQA_V1/test/test-context-de-question-de.json"),
    ],
)
def test_the_files_of_one_language(load: Callable[..., Split], task: str, split: str, file: str) -> None:
    # MLQA's version is a number.
    found = load({file: document(question("q1"), version=1.0)}, task, split, "de")
    assert found.rows == [row("q1")]
    assert found.keys == [f"{file}:1"]
    blanked = document(question("q1", ""), question("q2", ""))
    with raises_code("no-readable-row", split, task):
        load({file: blanked}, task, split, "de")


def test_mlqas_questions_in_another_language_than_the_context_are_not_read(load: Callable[..., Split]) -> None:
    folder = "mlqa/MLQA_V1/test/test-context-"
    files = {
        f"{folder}{context}-question-{asked}.json": document(question(f"{context}-{asked}"))
        for context, asked in (("de", "es"), ("es", "de"), ("es", "es"))
    }
    assert [r.id for r in load(files, "mlqa", "test", "es").rows] == ["es-es"]
    with raises_code("no-rows", "test", "mlqa", "de"):
        load({}, "mlqa", "test", "de")


def test_tydiqas_one_training_file_holds_all_languages(load: Callable[..., Split]) -> None:
    names = ("english--12-0", "finnish-7-1", "english-3-29", "klingon-1-0")
    files = {"tydiqa/tydiqa-goldp-v1.1-train.json": document(*map(question, names))}
    english = load(files, "tydiqa", "train")
    assert english.rows == [row("english--12-0"), row("english-3-29")]
    assert [(s.line, s.reason) for s in english.skipped] == [(4, "the id 'klingon-1-0' does not begin with a language")]
    finnish = load(files, "tydiqa", "train", "fi")
    assert finnish.rows == [row("finnish-7-1")]
    assert finnish.digest != english.digest


def test_tydiqas_test_files_are_named_by_language_and_xtremes_by_code(load: Callable[..., Split]) -> None:
    folder = "tydiqa/tydiqa-goldp-v1.1-dev"
    files = {f"{folder}/tydiqa-goldp-dev-korean.json": document(question("korean-1-0"))}
    assert load(files, "tydiqa", "test", "ko").rows == [row("korean-1-0")]
    files = {f"{folder}/tydiqa.goldp.sw.dev.json": document(question("swahili-1-0"))}
    assert load(files, "tydiqa", "test", "sw").rows == [row("swahili-1-0")]


def test_ids_that_xtreme_cut_repeat(load: Callable[..., Split]) -> None:
    file = "tydiqa/tydiqa-goldp-v1.1-train/tydiqa.goldp.en.train.json"
    split = load({file: document(question("0"), question("12"), question("0"))}, "tydiqa", "train")
    assert [r.id for r in split.rows] == ["0", "12", "0"]
    assert split.keys == [f"{file}:1", f"{file}:2", f"{file}:3"]


@pytest.mark.parametrize(
    ("name", "languages", "metrics", "trained_as"),
    [
        ("xquad", "ar de el en es hi ro ru th tr vi zh", ("squad_f1", "squad_exact_match"), "squad"),
        ("mlqa", "ar de en es hi vi zh", ("mlqa_f1", "mlqa_exact_match"), "squad"),
        ("tydiqa", "ar bn en fi id ko ru sw te", ("squad_f1", "squad_exact_match"), "tydiqa"),
    ],
)
def test_protocol(registry: Registry, name: str, languages: str, metrics: tuple[str, ...], trained_as: str) -> None:
    task = registry.task(name)
    assert sorted(task.languages) == languages.split()
    assert (task.languages[0], task.languages_trained) == ("en", ("en",))
    assert task.metrics == metrics
    assert task.trained_as == trained_as
    assert (task.selection.keep, task.unanswerable) == ("last", False)


TEXT = datasets.Value("string")
ANSWERS = datasets.Sequence({"text": TEXT, "answer_start": datasets.Value("int32")})
COLUMNS = datasets.Features({"id": TEXT, "context": TEXT, "question": TEXT, "answers": ANSWERS})


def on_hub(identifier: str, text: str = "Text", start: int = 5) -> dict[str, Any]:
    """As the hub has `question`, with the context stripped and the answer where it was before: at 5, now at 4."""
    answers = {"text": [text], "answer_start": [start]}
    return {"id": identifier, "context": CONTEXT.strip(), "question": "Was?", "answers": answers}


def stripped_row(identifier: str) -> QuestionRow:
    return QuestionRow(id=identifier, question="Was?", context="Ein Text.", answers=(Answer("Text", 4),))


def flattened(path: Path) -> Iterator[dict[str, Any]]:
    """The questions of a published file as copies with stripped contexts have them."""
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for one in paragraph["qas"]:
                answers = {name: [answer[name] for answer in one["answers"]] for name in ("text", "answer_start")}
                context = paragraph["context"].strip()
                yield {"id": one["id"], "context": context, "question": one["question"], "answers": answers}


def stripped(row: Any) -> QuestionRow:
    """A row of the published file with its context stripped, its answers moved by as much."""
    lost = len(row.context) - len(row.context.lstrip())
    answers = tuple(Answer(answer.text, answer.start - lost) for answer in row.answers)
    return QuestionRow(id=row.id, question=row.question, context=row.context.strip(), answers=answers)


@pytest.mark.parametrize(
    ("task", "split", "repository", "configuration", "hubs"),
    [
        ("xquad", "test", "google/xquad", "xquad.de", "validation"),
        ("mlqa", "validation", "google/xtreme", "MLQA.de.de", "validation"),
        ("mlqa", "test", "google/xtreme", "MLQA.de.de", "test"),
    ],
)
def test_answers_in_stripped_contexts_are_found_again(
    task: str,
    split: str,
    repository: str,
    configuration: str,
    hubs: str,
    hub_cache: HubCache,
    load_hub: Callable[..., Split],
) -> None:
    rows = [on_hub("q1"), on_hub("q2", start=4), on_hub("q3", start=0), on_hub("q4", "")]
    hub_cache(repository, {hubs: rows}, COLUMNS, configuration=configuration)
    loaded = load_hub(task, split, "de")
    assert loaded.rows == [stripped_row("q1"), stripped_row("q2")]
    assert loaded.keys == [f"{repository}/{configuration}/{hubs}:1", f"{repository}/{configuration}/{hubs}:2"]
    assert [(one.line, one.reason) for one in loaded.skipped] == [
        (3, "answer 'Text' is not in its context at 0 or just before"),
        (4, "the gold answer is blank"),
    ]
    assert "Contexts lack their outer blanks" in loaded.differs


@pytest.mark.parametrize(("language", "moved"), [("zh", 100), ("ar", 26), ("hi", 13), ("th", 10), ("en", 5), ("de", 0)])
def test_the_hubs_rows_of_xquad_are_the_published_ones_stripped(
    language: str,
    moved: int,
    shared: Path,
    hub_cache: HubCache,
    load: Callable[..., Split],
    load_hub: Callable[..., Split],
) -> None:
    path = shared / "data" / "xquad" / f"xquad.{language}.json"
    rows = list(flattened(path))
    wrong = [
        one["id"]
        for one in rows
        if not one["context"].startswith(one["answers"]["text"][0], one["answers"]["answer_start"][0])
    ]
    assert len(wrong) == moved
    hub_cache("google/xquad", {"validation": rows}, COLUMNS, configuration=f"xquad.{language}")
    loaded = load_hub("xquad", "test", language)
    published = load({f"xquad/{path.name}": path.read_text(encoding="utf-8")}, "xquad", "test", language)
    assert loaded.skipped == []
    assert loaded.rows == [stripped(row) for row in published.rows]
    # Ids are the same in every language, keys are not.
    assert loaded.rows[0].id == "56beb4343aeaaa14008c925b"
    assert loaded.keys[0] == f"google/xquad/xquad.{language}/validation:1"


def test_the_hubs_rows_of_mlqa_are_the_published_ones_stripped(
    shared: Path, hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split]
) -> None:
    name = "mlqa/MLQA_V1/dev/dev-context-zh-question-zh.json"
    path = shared / "data" / name
    hub_cache("google/xtreme", {"validation": list(flattened(path))}, COLUMNS, configuration="MLQA.zh.zh")
    published = load({name: path.read_text(encoding="utf-8")}, "mlqa", "validation", "zh")
    assert load_hub("mlqa", "validation", "zh").rows == [stripped(row) for row in published.rows]
    assert len(published.rows) == 504


def test_mlqas_first_code_on_the_hub_is_the_contexts(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    for codes in ("de.es", "es.de", "es.es"):
        hub_cache("google/xtreme", {"test": [on_hub(codes)]}, COLUMNS, configuration=f"MLQA.{codes}")
    assert load_hub("mlqa", "test", "es").rows == [stripped_row("es.es")]


def test_tydiqas_one_table_holds_all_languages(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    # Ids repeat, as those that XTREME cut do.
    names = ("english--12-0", "finnish-7-1", "english--12-0", "klingon-1-0", "swahili--1-0")
    rows = list(map(on_hub, names))
    hub_cache(
        "google-research-datasets/tydiqa", {"train": rows, "validation": rows}, COLUMNS, configuration="secondary_task"
    )
    english = load_hub("tydiqa", "train")
    assert english.rows == [stripped_row("english--12-0")] * 2
    assert english.keys == [f"google-research-datasets/tydiqa/secondary_task/train:{n}" for n in (1, 3)]
    assert [(one.line, one.reason) for one in english.skipped] == [
        (4, "the id 'klingon-1-0' does not begin with a language")
    ]
    # Its development set is the test set, as in XTREME.
    assert load_hub("tydiqa", "test", "sw").rows == [stripped_row("swahili--1-0")]
    with raises_code("no-rows", "validation", "tydiqa"):
        load_hub("tydiqa", "validation")


@pytest.mark.parametrize(("language", "name"), [("en", "english"), ("ko", "korean"), ("sw", "swahili")])
def test_real_rows_of_tydiqa(
    language: str,
    name: str,
    shared: Path,
    hub_cache: HubCache,
    load: Callable[..., Split],
    load_hub: Callable[..., Split],
) -> None:
    file = f"tydiqa/tydiqa-goldp-v1.1-dev/tydiqa.goldp.{language}.dev.json"
    path = shared / "data" / file
    rows = [one | {"id": f"{name}-1-{one['id']}"} for one in flattened(path)]
    other = [on_hub("telugu-1-0")]
    hub_cache("google-research-datasets/tydiqa", {"validation": other + rows}, COLUMNS, configuration="secondary_task")
    loaded, published = load_hub("tydiqa", "test", language), load({file: path.read_text()}, "tydiqa", "test", language)
    expected = [stripped(row) for row in published.rows]
    rows_found: list[Any] = list(loaded.rows)
    assert [(row.context, row.answers) for row in rows_found] == [(row.context, row.answers) for row in expected]
    assert len(rows_found) == 400


def test_the_blanked_development_files_of_xtreme_are_refused_on_the_hub_too(
    shared: Path, hub_cache: HubCache, load_hub: Callable[..., Split]
) -> None:
    path = shared / "data" / "tydiqa" / "blanked_dev" / "tydiqa.goldp.te.dev.json"
    hub_cache(
        "google-research-datasets/tydiqa",
        {"validation": list(flattened(path))},
        COLUMNS,
        configuration="secondary_task",
    )
    with raises_code("no-readable-row", "test", "tydiqa", "te"):
        load_hub("tydiqa", "test", "te")


def test_all_that_the_hub_has_is_asked_for_by_its_names(registry: Registry) -> None:
    source = HubSource(HubTables())
    assert len(source.languages(registry.task("xquad"), "test")) == 12
    assert "ro" in source.languages(registry.task("xquad"), "test")
    assert len(source.languages(registry.task("mlqa"), "test")) == 7
    assert len(source.languages(registry.task("tydiqa"), "test")) == 9
