"""BUCC's three files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.sources.files.readers import find_reader
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

READER = find_reader("bucc")
FOREIGN = "zh-1\t你好。\nzh-2\t再\t见。\nzh-3\t不。\n"
ENGLISH = "en-1\tNo.\nen-2\tHello.\n"


def write(directory: Path, foreign: str = FOREIGN, english: str = ENGLISH, gold: str = "zh-1\ten-2\n") -> Path:
    for name, text in (("zh", foreign), ("en", english), ("gold", gold)):
        (directory / f"zh-en.dev.{name}").write_text(text, encoding="utf-8")
    return directory / "zh-en.dev.zh"


def test_sentences_of_both_sides_know_their_translations(tmp_path: Path) -> None:
    lines = list(READER.read(write(tmp_path)))
    assert [line.record for line in lines] == [
        {"side": "source", "key": "zh-1", "text": "你好。", "matches": ("en-2",)},
        {"side": "source", "key": "zh-2", "text": "再\t见。", "matches": ()},
        {"side": "source", "key": "zh-3", "text": "不。", "matches": ()},
        {"side": "target", "key": "en-1", "text": "No.", "matches": ()},
        {"side": "target", "key": "en-2", "text": "Hello.", "matches": ("zh-1",)},
    ]
    assert [(line.path.suffix, line.number) for line in lines] == [
        (".zh", 1), (".zh", 2), (".zh", 3), (".en", 1), (".en", 2),
    ]  # fmt: skip


def test_three_files_decide_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "de-en.sample.de"
    assert READER.files(path) == (path, tmp_path / "de-en.sample.en", tmp_path / "de-en.sample.gold")


def test_bad_lines_are_counted_with_their_file(tmp_path: Path) -> None:
    path = write(tmp_path, foreign=f"{FOREIGN}zh-1\tagain\nno id\n", gold="zh-3\ten-1\nzh-3\ten-9\n")
    bad = [(line.path.name, line.number, line.problem) for line in READER.read(path) if line.record is None]
    assert bad == [
        ("zh-en.dev.gold", 2, "no sentence has the id 'en-9'"),
        ("zh-en.dev.zh", 4, "a second sentence with the id 'zh-1'"),
        ("zh-en.dev.zh", 5, "no tab between id and sentence"),
    ]


def test_a_pair_counts_once_and_its_foreign_sentence_stands_first(tmp_path: Path) -> None:
    gold = "zh-1\ten-2\nen-1\tzh-3\nzh-1\ten-2\nzh-3\tzh-1\nen-1\ten-2\nzh-1\ten-1\n"
    lines = list(READER.read(write(tmp_path, gold=gold)))
    assert [(line.number, line.problem, line.since) for line in lines if line.record is None] == [
        (2, "a pair the other way round: the English sentence's id stands first, and the foreign one's must", 2),
        (3, "the pair of line 1 once more; it counts once", 2),
        (4, "a pair of one language: both ids are of foreign sentences", 2),
        (5, "a pair of one language: both ids are of English sentences", 2),
    ]
    matches = {line.record["key"]: line.record["matches"] for line in lines if line.record}
    assert matches == {"zh-1": ("en-2", "en-1"), "zh-2": (), "zh-3": (), "en-1": ("zh-1",), "en-2": ("zh-1",)}


def test_pairs_none_of_which_can_be_used_are_refused(tmp_path: Path) -> None:
    with raises_code("no-usable-pair", "2 pairs", "the other way round", "zh-en.dev.gold"):
        list(READER.read(write(tmp_path, gold="en-1\tzh-3\nen-2\tzh-1\n")))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with raises_code("empty-file"):
        list(READER.read(write(tmp_path, gold="")))
