from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.sources.files.readers import find_reader, squad
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.sources.files.lines import Line

READER = find_reader("xquad-r")


def paragraph(context: str, breaks: Any, *questions: tuple[str, int]) -> dict[str, Any]:
    qas = [{"id": i, "question": f"{i}?", "answers": [{"text": "x", "answer_start": at}]} for i, at in questions]
    return {"context": context, "sentence_breaks": breaks, "qas": qas}


def write(path: Path, *paragraphs: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"data": [{"title": "T", "paragraphs": list(paragraphs)}]}), encoding="utf-8")
    return path


def test_questions_of_one_file_and_sentences_of_all(tmp_path: Path) -> None:
    english = write(
        tmp_path / "en.json",
        paragraph("One. Two. One.", [[0, 4], [5, 9], [10, 14]], ("a", 1), ("b", 5)),
        paragraph("Nobody asks.", [[0, 12]]),
        paragraph("Three.", [[0, 6]], ("c", 0)),
    )
    german = write(
        tmp_path / "de.json",
        paragraph("Eins. Zwei.", [[0, 5], [6, 11]], ("a", 0), ("b", 10)),
        paragraph("Drei.", [[0, 5]], ("c", 99)),
    )
    assert READER.files(english, languages=["de", "en"]) == (english, german)
    lines = list(READER.read(english, languages=["de", "en"]))
    records = [dict(line.record or {}) for line in lines]
    # The first and the third English sentence read the same; the answer of c lies outside every German sentence.
    assert [(r["id"], r["paragraph"], r["matches"]) for r in records if r["side"] == "query"] == [
        ("a", "0", ["en:0:0", "en:0:2", "de:0:0"]),
        ("b", "0", ["en:0:1", "de:0:1"]),
        ("c", "1", ["en:1:0"]),
    ]
    assert [(r["key"], r["sentence"], r["context"]) for r in records if r["side"] == "candidate"] == [
        ("en:0:0", "One.", "One. Two. One."),
        ("en:0:1", "Two.", "One. Two. One."),
        ("en:0:2", "One.", "One. Two. One."),
        ("en:1:0", "Three.", "Three."),
        ("de:0:0", "Eins.", "Eins. Zwei."),
        ("de:0:1", "Zwei.", "Eins. Zwei."),
        ("de:1:0", "Drei.", "Drei."),
    ]
    assert [(line.path.stem, line.number) for line in lines] == [
        *[("en", number) for number in (1, 2, 3, 4, 5, 6, 7)],
        *[("de", number) for number in (4, 5, 6)],
    ]


def test_a_file_that_is_searched_for_several_languages_is_read_once_and_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    squad_read = squad.read

    def counted(path: Path) -> Iterator[Line]:
        read.append(path.stem)
        return squad_read(path)

    monkeypatch.setattr("harness.sources.files.readers.xquad_r.squad.read", counted)
    files = {code: write(tmp_path / f"{code}.json", paragraph("One.", [[0, 4]], ("a", 0))) for code in ("en", "de")}
    found = [list(READER.read(file, languages=["de", "en"])) for file in files.values()]
    # Each file that is asked in is read once more, for its bad records.
    assert Counter(read) == {"en": 2, "de": 2}
    write(files["de"], paragraph("Two, now.", [[0, 9]], ("a", 0)))
    changed = list(READER.read(files["en"], languages=["de", "en"]))
    assert [line.record and line.record.get("sentence") for line in (found[0][-1], changed[-1])] == [
        "One.",
        "Two, now.",
    ]


def test_a_question_without_answer_has_no_matches_and_what_is_none_is_a_bad_record(tmp_path: Path) -> None:
    broken = paragraph("One.", [[0, 4]], ("a", 0))
    broken["qas"] += [{"id": "b", "question": "b?", "answers": []}, "c"]
    lines = list(READER.read(write(tmp_path / "en.json", broken), languages=["en"]))
    queries = [line.record for line in lines if line.record and line.record["side"] == "query"]
    assert [(query["id"], query["matches"]) for query in queries if query] == [("a", ["en:0:0"]), ("b", [])]
    assert [(line.number, line.problem) for line in lines if line.record is None] == [
        (3, "question 3 is not an object")
    ]


@pytest.mark.parametrize("breaks", [None, [[0]], "no"])
def test_a_file_without_sentence_breaks_is_refused(breaks: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "en.json", paragraph("One.", [[0, 4]], ("a", 0)), paragraph("Two.", breaks, ("b", 0)))
    with raises_code("no-sentence-breaks") as caught:
        list(READER.read(path, languages=["en"]))
    assert (caught.value.where or "").endswith("en.json, paragraph 2")
