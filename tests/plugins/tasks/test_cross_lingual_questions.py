"""Tasks xquad, mlqa and tydiqa: their published files and those of XTREME's scripts, and their protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import Answer, QuestionRow
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

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
    with pytest.raises(DataError, match=f"no {split} row of {task} in language de can be read(.|\n)*answer is blank"):
        load({file: blanked}, task, split, "de")


def test_mlqas_questions_in_another_language_than_the_context_are_not_read(load: Callable[..., Split]) -> None:
    folder = "mlqa/MLQA_V1/test/test-context-"
    files = {
        f"{folder}{context}-question-{asked}.json": document(question(f"{context}-{asked}"))
        for context, asked in (("de", "es"), ("es", "de"), ("es", "es"))
    }
    assert [r.id for r in load(files, "mlqa", "test", "es").rows] == ["es-es"]
    with pytest.raises(DataError, match="no test rows of mlqa in language de"):
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
        ("xquad", "ar de el en es hi ru th tr vi zh", ("squad_f1", "squad_exact_match"), "squad"),
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
