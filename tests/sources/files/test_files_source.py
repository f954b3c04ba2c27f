"""The source of local files, with files found below a directory."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from harness import ClassificationRow, Format, Record, SentenceRow, Task
from harness.registry import Registry
from harness.sources.base import Split
from harness.sources.files.source import FilesSource, open_files
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HEADER = "text\tlabel\n"


def to_row(record: Record) -> ClassificationRow:
    return ClassificationRow(text=record["text"], label=record["label"])


def to_sentence(record: Record) -> SentenceRow:
    return SentenceRow(text=record["text"], side=record["side"], key=record["key"], matches=(record["match"],))


TOPICS = Task(
    name="topics",
    kind="text-classification",
    languages=("en", "de", "zh"),
    labels=("0", "1"),
    metrics=("accuracy",),
    formats={
        "new": Format(
            reader="tsv",
            row=to_row,
            files={"train": ("new/a.tsv", "new/b.tsv"), "test": "new/{language}.tsv"},
            options={"language_codes": {"zh": "cmn"}},
        ),
        "old": Format(
            reader="tsv", row=to_row, files={"test": "old/{language}.txt"}, options={"columns": ("text", "label")}
        ),
    },
)
PAIRS = Task(
    name="pairs",
    kind="sentence-similarity",
    languages=("de",),
    metrics=("retrieval_accuracy",),
    formats={
        "pairs": Format(
            reader="text-pairs", row=to_sentence, files={"test": "x.{language}"}, options={"source_suffix": ".en"}
        )
    },
)


def opened(directory: Path, files: Mapping[str, str]) -> FilesSource:
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return open_files(directory, Registry())


def texts(split: Split) -> list[str]:
    rows: list[Any] = list(split.rows)
    return [row.text for row in rows]


def digest(directory: Path, files: Mapping[str, str], task: Task = TOPICS) -> str:
    return opened(directory, files).load(task, "test", "en").digest


def test_a_split_says_what_it_is(tmp_path: Path) -> None:
    split = opened(tmp_path, {"new/en.tsv": HEADER + "a\t0\nb\nc\t1\n"}).load(TOPICS, "test", "en")
    assert (split.task, split.split, split.language, split.source) == ("topics", "test", "en", "files")
    assert split.rows == [ClassificationRow(text="a", label="0"), ClassificationRow(text="c", label="1")]
    assert split.keys == ["new/en.tsv:2", "new/en.tsv:4"]
    assert list(map(str, split.skipped)) == ["new/en.tsv:3: 1 column where 2 are expected (text, label)"]
    assert split.origin == "new/en.tsv"
    assert split.stand_in is False


def test_several_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    source = opened(tmp_path, {"new/b.tsv": HEADER + "b\t0\n", "new/a.tsv": HEADER + "a\t1\n"})
    split = source.load(TOPICS, "train", "en")
    assert texts(split) == ["a", "b"]
    assert split.keys == ["new/a.tsv:2", "new/b.tsv:2"]
    assert split.origin == "new/a.tsv, new/b.tsv"


def test_languages_are_those_with_files_under_the_codes_of_the_dataset(tmp_path: Path) -> None:
    source = opened(tmp_path, {"new/cmn.tsv": HEADER + "z\t0\n", "old/en.txt": "e\t0\n", "new/fr.tsv": HEADER})
    assert source.languages(TOPICS, "test") == ("en", "zh")
    assert texts(source.load(TOPICS, "test", "zh")) == ["z"]


def test_files_without_a_language_hold_the_training_language(tmp_path: Path) -> None:
    source = opened(tmp_path, {"new/a.tsv": HEADER + "a\t1\n", "new/b.tsv": HEADER + "b\t0\n"})
    assert source.languages(TOPICS, "train") == ("en",)
    with raises_code("no-rows", "train", "topics", "de"):
        source.load(TOPICS, "train", "de")


def test_a_split_with_a_file_missing_is_not_there(tmp_path: Path) -> None:
    assert opened(tmp_path, {"new/a.tsv": HEADER + "a\t1\n"}).languages(TOPICS, "train") == ()


def test_the_first_format_whose_files_exist_is_read(tmp_path: Path) -> None:
    both = {"old/en.txt": "old\t0\n", "new/en.tsv": HEADER + "new\t0\n", "old/de.txt": "alt\t0\n"}
    source = opened(tmp_path, both)
    assert texts(source.load(TOPICS, "test", "en")) == ["new"]
    assert texts(source.load(TOPICS, "test", "de")) == ["alt"]


def test_what_is_missing_is_named_with_every_path_and_the_way_out(tmp_path: Path) -> None:
    source = opened(tmp_path, {})
    with raises_code("no-rows", "test", "topics", "zh") as caught:
        source.load(TOPICS, "test", "zh")
    assert str(tmp_path / "new" / "cmn.tsv") in str(caught.value)
    assert str(tmp_path / "old" / "zh.txt") in str(caught.value)
    assert '[[topics.test]] file = "...", format = "new", languages = ["zh"]' in str(caught.value)
    with raises_code("no-rows"):
        source.load(TOPICS, "validation", "en")


def test_both_files_of_a_bitext_are_needed_and_give_distinct_keys(tmp_path: Path) -> None:
    assert opened(tmp_path, {"x.de": "eins\n"}).languages(PAIRS, "test") == ()
    with raises_code("no-rows", "test", "pairs") as caught:
        opened(tmp_path, {}).load(PAIRS, "test", "de")
    assert str(tmp_path / "x.en") in str(caught.value)
    split = opened(tmp_path, {"x.en": "one\n"}).load(PAIRS, "test", "de")
    assert split.keys == ["x.en:1", "x.de:1"]
    assert split.rows[0] == SentenceRow(text="one", side="source", key="1", matches=("1",))


def test_a_change_of_either_file_of_a_bitext_changes_the_digest(tmp_path: Path) -> None:
    before = opened(tmp_path, {"x.de": "eins\n", "x.en": "one\n"}).load(PAIRS, "test", "de").digest
    assert opened(tmp_path, {"x.en": "two\n"}).load(PAIRS, "test", "de").digest != before


def test_rows_that_all_fail_are_an_error_with_the_first_reasons(tmp_path: Path) -> None:
    source = opened(tmp_path, {"new/en.tsv": "text\tgold\n" + "a\t0\n" * 5})
    with raises_code("no-readable-row", "test", "topics", "en") as caught:
        source.load(TOPICS, "test", "en")
    assert re.search(r"new/en.tsv:2: no column 'label'; columns are text, gold; 4 more like it\n", str(caught.value))
    assert "new/en.tsv:5" not in str(caught.value)
    with raises_code("no-readable-row"):
        opened(tmp_path, {"new/en.tsv": HEADER}).load(TOPICS, "test", "en")


def test_the_digest_follows_contents_formats_and_version_but_not_the_place(tmp_path: Path) -> None:
    files = {"new/en.tsv": HEADER + "a\t0\n"}
    first = digest(tmp_path / "one", files)
    other_format = {"old/en.txt": files["new/en.tsv"]}
    renamed = dataclasses.replace(TOPICS, description="the same rows in other words")
    assert digest(tmp_path / "two", files) == first
    assert digest(tmp_path / "two", files, renamed) == first
    assert digest(tmp_path / "three", {"new/en.tsv": HEADER + "a\t1\n"}) != first
    assert digest(tmp_path / "four", other_format) != first
    assert digest(tmp_path / "two", files, dataclasses.replace(TOPICS, version=2)) != first


def test_an_unknown_reader_is_named(tmp_path: Path) -> None:
    form = Format(reader="tvs", row=to_row, files={"test": "en.tsv"})
    source = opened(tmp_path, {"en.tsv": HEADER})
    with raises_code("unknown-reader", "tvs"):
        source.load(dataclasses.replace(TOPICS, formats={"tsv": form}), "test", "en")


def test_a_place_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with raises_code("no-such-data"):
        open_files(tmp_path / "nowhere", Registry())
