"""Every real file of tests/real_rows.toml, and others in the same formats, are read to the last row."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.registry import Registry
from harness.sources.base import SPLITS
from harness.sources.files.readers import find_reader
from harness.sources.files.source import FilesSource, open_files

if TYPE_CHECKING:
    from harness.sources.base import Split

MAP = Path(__file__).parents[2] / "real_rows.toml"
REGISTRY = Registry()

# Rows by task, split and language; counted in the files by other means than these readers.
COUNTS = {
    ("anli", "train", "en"): 514 + 5000 + 5000,
    ("anli", "validation", "en"): 1000 + 1000 + 1198,
    ("anli", "test", "en"): 800 + 800 + 1000,
    ("ccg", "train", "en"): 5000,
    ("ccg", "validation", "en"): 1174,
    ("ccg", "test", "en"): 1053,
    ("commonsenseqa", "train", "en"): 5000,
    ("commonsenseqa", "validation", "en"): 1221,
    ("cosmosqa", "train", "en"): 2000,
    ("cosmosqa", "validation", "en"): 700,
    ("hellaswag", "train", "en"): 1000 + 3000,
    ("hellaswag", "validation", "en"): 1000,
    ("mnli", "train", "en"): 5000,
    ("mnli", "validation", "en"): 2000,
    ("pawsx", "train", "en"): 1000,
    ("pawsx", "validation", "en"): 500,
    ("pawsx", "test", "de"): 2000,
    ("pawsx", "test", "en"): 500,
    ("pawsx", "test", "es"): 500,
    ("pawsx", "test", "fr"): 500,
    ("pawsx", "test", "ja"): 500,
    ("pawsx", "test", "ko"): 500,
    ("pawsx", "test", "zh"): 2000,
    ("qqp", "train", "en"): 5000,
    ("qqp", "validation", "en"): 2000,
    ("squad", "train", "en"): 3807,
    ("squad", "validation", "en"): 810,
    ("squad_v2", "train", "en"): 4719,
    ("squad_v2", "validation", "en"): 1407,
}
TATOEBA = REGISTRY.task("tatoeba").languages
SMALL_TATOEBA = {"jv": 205, "ka": 746, "kk": 575, "ml": 687, "sw": 390, "ta": 307, "te": 234, "th": 548}
COUNTS |= {("tatoeba", "test", language): 2 * SMALL_TATOEBA.get(language, 1000) for language in TATOEBA}

OFFICIAL = {("commonsenseqa", "validation", "en"), ("pawsx", "test", "de"), ("pawsx", "test", "zh")}
OFFICIAL |= {("tatoeba", "test", language) for language in TATOEBA}


@pytest.fixture
def source(shared: Path, monkeypatch: pytest.MonkeyPatch) -> FilesSource:
    monkeypatch.setenv("XHARNESS_SHARED", str(shared))
    return open_files(MAP, REGISTRY)


def load(source: FilesSource, task: str, split: str, language: str = "en") -> Split:
    return source.load(REGISTRY.task(task), split, language)


def rows(split: Split) -> list[Any]:
    return list(split.rows)


def test_the_map_has_exactly_these_splits(source: FilesSource) -> None:
    listed = {
        (task.name, split, language)
        for task in REGISTRY.tasks.values()
        for split in SPLITS
        for language in source.languages(task, split)
    }
    assert listed == set(COUNTS)


@pytest.mark.parametrize(("task", "split", "language"), COUNTS)
def test_every_row_is_read(task: str, split: str, language: str, source: FilesSource) -> None:
    loaded = load(source, task, split, language)
    assert list(map(str, loaded.skipped)) == []
    assert len(loaded.rows) == len(loaded.keys) == len(set(loaded.keys)) == COUNTS[task, split, language]
    assert loaded.stand_in == ((task, split, language) not in OFFICIAL)
    assert ("stand-in: " in loaded.origin) == loaded.stand_in


@pytest.mark.parametrize(
    ("task", "split", "labels"),
    [
        ("anli", "validation", {"entailment": 1070, "neutral": 1066, "contradiction": 1062}),
        ("mnli", "validation", {"entailment": 697, "neutral": 607, "contradiction": 696}),
        ("qqp", "validation", {"not_duplicate": 995, "duplicate": 1005}),
        ("hellaswag", "validation", {0: 267, 1: 228, 2: 266, 3: 239}),
        ("cosmosqa", "validation", {0: 160, 1: 184, 2: 170, 3: 186}),
        ("commonsenseqa", "validation", {0: 239, 1: 255, 2: 241, 3: 251, 4: 235}),
        ("pawsx", "validation", {"0": 279, "1": 221}),
    ],
)
def test_labels_are_as_many_as_in_the_files(
    task: str, split: str, labels: dict[str | int, int], source: FilesSource
) -> None:
    assert Counter(row.label for row in rows(load(source, task, split))) == labels


@pytest.mark.parametrize(
    ("task", "split", "unanswerable"),
    [("squad", "train", 0), ("squad_v2", "train", 348), ("squad_v2", "validation", 702)],
)
def test_answers_stand_where_they_are_said_to(task: str, split: str, unanswerable: int, source: FilesSource) -> None:
    questions = rows(load(source, task, split))
    assert sum(not row.answers for row in questions) == unanswerable
    assert all(row.context[answer.start :].startswith(answer.text) for row in questions for answer in row.answers)


def test_ccg_has_one_category_a_token(source: FilesSource) -> None:
    sentences = rows(load(source, "ccg", "train"))
    assert sum(len(row.tokens) for row in sentences) == sum(len(row.tags) for row in sentences) == 32396
    assert sentences[0].tokens[:3] == ("A", "girl", "is")
    assert sentences[0].tags[:3] == ("np/n", "n", "(s:dcl\\np)/(s:ng\\np)")
    assert "Celestial Seasonings" in {token for row in sentences for token in row.tokens}


def test_tatoeba_asks_in_english_and_searches_the_other_language(source: FilesSource) -> None:
    sentences = rows(load(source, "tatoeba", "test", "de"))
    german = next(row for row in sentences if row.text == "Maria sagte, sie wisse nicht, wo Tom sei.")
    (english,) = (row for row in sentences if row.side == "source" and row.key in german.matches)
    assert german.side == "target"
    assert english.matches == (german.key,)
    assert english.text == "Mary said she didn't know where Tom was."


def test_sentences_without_agreed_label_are_left_out_and_counted(shared: Path, tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(f'root = "{shared.as_posix()}/data/snli"\n[anli.validation]\nfile = "snli_1.0_dev.jsonl"\n')
    split = load(open_files(path, REGISTRY), "anli", "validation")
    assert (len(split.rows), len(split.skipped)) == (1289 - 16, 16)
    assert {row.reason.partition(" is ")[0] for row in split.skipped} == {"label '-'"}


@pytest.mark.parametrize(
    ("task", "folder", "counts"),
    [
        ("mnli", "multi_nli/multinli_1.0", {"train": 5, "validation": 5}),
        ("mnli", "glue", {"train": 3, "validation": 2}),
        ("qqp", "glue", {"train": 3, "validation": 2}),
        ("hellaswag", ".", {"train": 2, "validation": 2}),
        ("pawsx", "paws-x/x-final", {"train": 4, "validation": 4, "test": 4}),
    ],
)
def test_samples_of_the_published_files_are_found_in_their_layout(
    task: str, folder: str, counts: dict[str, int], shared: Path
) -> None:
    samples = open_files(shared / "data" / "format_samples" / folder, REGISTRY)
    found = {split: load(samples, task, split) for split in SPLITS if samples.languages(REGISTRY.task(task), split)}
    assert {split: len(loaded.rows) for split, loaded in found.items()} == counts
    assert [row for loaded in found.values() for row in loaded.skipped] == []


def read_all(reader: str, files: list[Path], **options: Any) -> dict[str, int]:
    counts = {}
    for path in files:
        lines = list(find_reader(reader).read(path, **options))
        assert [line for line in lines if line.record is None] == []
        counts[path.name] = len(lines)
    return counts


def test_questions_of_other_data_sets_are_read(shared: Path) -> None:
    data = shared / "data"
    assert set(read_all("squad", sorted((data / "xquad").glob("*.json"))).values()) == {1190}
    assert set(read_all("squad", sorted((data / "lareqa/xquad-r").glob("*.json"))).values()) == {1190}
    same_language = [data / f"mlqa/MLQA_V1/dev/dev-context-{code}-question-{code}.json" for code in ("ar", "en", "zh")]
    assert list(read_all("squad", same_language).values()) == [517, 1148, 504]
    train = data / "tydiqa/tydiqa-goldp-v1.1-train/tydiqa.goldp.en.train.json"
    assert list(read_all("squad", [train]).values()) == [3296]


def test_named_entities_are_read_with_hash_signs(shared: Path) -> None:
    files = sorted((shared / "data" / "panx").glob("*.tsv"))
    counts = read_all("conll", files, columns=("token", "tag"))
    small = {"gu", "jv", "my", "pa", "qu", "yo"}
    assert counts == {
        path.name: 5000 if path.name == "train-en.tsv" else 100 if path.stem[-2:] in small else 1000 for path in files
    }
    hashes = 0
    for path in files:
        for line in find_reader("conll").read(path, columns=("token", "tag")):
            assert line.record is not None
            hashes += line.record["token"].count("#")
    assert hashes == 2193
