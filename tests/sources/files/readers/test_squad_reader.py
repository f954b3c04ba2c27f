"""The reader of SQuAD's JSON and its relatives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from harness.sources.files.readers.squad import read
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path


def document(*questions: Any, **article: Any) -> bytes:
    paragraph = {"context": " A context.", "qas": list(questions)}
    return json.dumps({"version": 1.0, "data": [{**article, "paragraphs": [paragraph]}]}).encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dev.json"


def test_questions_carry_their_paragraph_and_article(path: Path) -> None:
    answers = [{"text": "context", "answer_start": 3}]
    first = {"id": "a", "question": "What?", "answers": answers}
    second = {"id": "b", "question": "Why?", "answers": [], "is_impossible": True, "plausible_answers": answers}
    path.write_bytes(b"\xef\xbb\xbf" + document(first, second, title="T"))
    lines = list(read(path))
    assert [line.number for line in lines] == [1, 2]
    assert lines[0].record == {**first, "context": " A context.", "title": "T", "is_impossible": False}
    assert lines[1].record == {**second, "context": " A context.", "title": "T"}


def test_a_title_may_be_missing_and_a_question_without_answers_lacks_the_column(path: Path) -> None:
    path.write_bytes(document({"id": "a", "question": "What?"}))
    (line,) = read(path)
    assert line.record is not None
    assert line.record["title"] == ""
    assert "answers" not in line.record


def test_a_question_that_is_no_object_is_one_bad_record(path: Path) -> None:
    path.write_bytes(document({"id": "a"}, "what?", {"id": "b"}))
    assert [line.problem for line in read(path)] == ["", "question 2 is not an object", ""]


def test_broken_json_is_refused_with_line_and_column(path: Path) -> None:
    path.write_bytes(b'{\n  "data": [\n    oops\n  ]\n}\n')
    with raises_code("broken-json", "not JSON") as caught:
        list(read(path))
    assert caught.value.where == f"{path}, line 3, column 5"


def test_invalid_utf8_is_refused_with_line_and_column(path: Path) -> None:
    path.write_bytes('{\n "data": "ä'.encode() + b"\xff")
    with raises_code("broken-json", "not UTF-8: byte 0xff") as caught:
        list(read(path))
    assert caught.value.where == f"{path}, line 2, column 12"


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_file_is_refused(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    with raises_code("empty-file"):
        list(read(path))


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        (b"[]", "data"),
        (b'{"rows": []}', "data"),
        (b'{"data": ["x"]}', "data"),
        (b'{"data": [{}]}', "paragraphs"),
        (b'{"data": [{"paragraphs": [{"context": "x"}]}]}', "qas"),
    ],
)
def test_another_layout_is_refused(content: bytes, missing: str, path: Path) -> None:
    path.write_bytes(content)
    with raises_code("not-squad-json", missing) as caught:
        list(read(path))
    assert caught.value.where == f"{path}, after 0 questions"


def test_another_layout_is_placed_by_the_questions_before_it(path: Path) -> None:
    questions = [{"question": "a?"}, {"question": "b?"}]
    paragraphs = [{"context": "x", "qas": questions}, {"context": "y", "qas": None}]
    path.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    with raises_code("not-squad-json", "qas") as caught:
        list(read(path))
    assert caught.value.where == f"{path}, after 2 questions"
