"""The embedded benchmark as a source: sizes, balance, parallel languages, separate splits and reproducible rows."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import harness
from harness.errors import DataError
from harness.rows import ClassificationRow, MultipleChoiceRow, QuestionRow, Row, SentenceRow, TokenRow
from harness.sources.mini.grammars import grammar_of
from harness.sources.mini.source import RECIPES, MiniSource
from harness.sources.mini.world import DAYS, GENERATOR_VERSION, NAMES

if TYPE_CHECKING:
    from harness.sources.base import Split

SPLITS = [(task, split) for task, recipe in RECIPES.items() for split in recipe.sizes]

# Raise GENERATOR_VERSION together with this: equal versions promise equal rows.
ROWS_OF_VERSION = {1: "53a720ff9026dab3bcccd0d7e62a70d010167308e7f80c751bfbe655b9ffd0ae"}


def task(name: str, version: int = 1) -> harness.Task:
    return harness.Task(name=name, kind="", languages=("en",), metrics=("accuracy",), formats={}, version=version)


def load(name: str, split: str, language: str = "en", seed: int = 0) -> Split:
    return load_once(name, split, language, seed)


@functools.cache
def load_once(name: str, split: str, language: str, seed: int) -> Split:
    return MiniSource(seed).load(task(name), split, language)


def first_language(name: str, split: str) -> str:
    return MiniSource().languages(task(name), split)[0]


def content(row: Row) -> str:
    """What a model sees of a row."""
    unseen = ("id", "key", "matches", "side", "label", "answers")
    return repr([getattr(row, field.name) for field in fields(row) if field.name not in unseen])


def fingerprint() -> str:
    """Digest of the test rows of all tasks and languages."""
    digest = hashlib.sha256()
    for name in RECIPES:
        for language in MiniSource().languages(task(name), "test"):
            digest.update(repr(load(name, "test", language).rows).encode())
    return digest.hexdigest()


def test_rows_are_the_same_in_every_process_and_belong_to_the_version() -> None:
    code = "import test_mini_source; print(test_mini_source.fingerprint())"
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    assert done.stdout.strip() == fingerprint() == ROWS_OF_VERSION[GENERATOR_VERSION]


def test_another_seed_gives_other_rows_of_the_same_languages() -> None:
    one, two = load("pawsx", "test", "qaa", seed=0), load("pawsx", "test", "qaa", seed=1)
    assert one.digest != two.digest
    assert not {content(row) for row in one.rows} & {content(row) for row in two.rows}
    assert "seed 1" in two.origin


def test_seeds_do_not_mix_splits() -> None:
    train = {content(row) for row in load("pawsx", "train", seed=1).rows}
    assert not train & {content(row) for row in load("pawsx", "test", seed=0).rows}


def test_the_digest_is_over_all_that_decides_the_rows() -> None:
    source = MiniSource()
    digests = [
        source.load(task("pawsx"), "test", "en").digest,
        source.load(task("pawsx"), "test", "qaa").digest,
        source.load(task("pawsx"), "validation", "en").digest,
        source.load(task("pawsx", version=2), "test", "en").digest,
        source.load(task("qqp"), "test", "en").digest,
        MiniSource(1).load(task("pawsx"), "test", "en").digest,
    ]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize(("name", "split"), SPLITS)
def test_a_split_has_its_size_and_unique_keys(name: str, split: str) -> None:
    language = first_language(name, split)
    loaded = load(name, split, language)
    sides = 2 if name == "tatoeba" else 1
    assert len(loaded.rows) == len(loaded.keys) == len(set(loaded.keys)) == sides * RECIPES[name].sizes[split]
    assert loaded.keys[7] == f"mini:{name}/{split}/{language}:7"
    assert loaded.rows[7].id == f"mini-{name}-{split}-7"
    assert (loaded.task, loaded.split, loaded.language, loaded.source) == (name, split, language, "mini")
    assert not loaded.stand_in
    assert not loaded.skipped


CLASSES: dict[str, tuple[object, ...]] = {
    "anli": ("entailment", "neutral", "contradiction"),
    "mnli": ("entailment", "neutral", "contradiction"),
    "qqp": ("not_duplicate", "duplicate"),
    "pawsx": ("0", "1"),
    "hellaswag": (0, 1, 2, 3),
    "cosmosqa": (0, 1, 2, 3),
    "commonsenseqa": (0, 1, 2, 3, 4),
}


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_equally_frequent(name: str) -> None:
    for split, size in RECIPES[name].sizes.items():
        rows = [row for row in load(name, split).rows if isinstance(row, ClassificationRow | MultipleChoiceRow)]
        assert Counter(row.label for row in rows) == dict.fromkeys(CLASSES[name], size // len(CLASSES[name]))


def test_a_quarter_of_questions_asks_for_each_slot() -> None:
    for split, size in RECIPES["squad"].sizes.items():
        rows = [row for row in load("squad", split).rows if isinstance(row, QuestionRow)]
        words = Counter(word for row in rows for word in row.question.lower().split())
        assert words["where"] == words["when"] == size // 4
        assert words["who"] + words["what"] == size // 2


def test_a_third_of_squad_v2_has_no_answer() -> None:
    for split, size in RECIPES["squad_v2"].sizes.items():
        rows = [row for row in load("squad_v2", split).rows if isinstance(row, QuestionRow)]
        assert sum(not row.answers for row in rows) == size // 3


@pytest.mark.parametrize("name", RECIPES)
def test_no_row_is_in_two_splits_or_twice_in_one(name: str) -> None:
    splits = [load(name, split, first_language(name, split)).rows for split in RECIPES[name].sizes]
    contents = [content(row) for rows in splits for row in rows]
    assert len(set(contents)) == len(contents)


def test_pawsx_is_parallel() -> None:
    def said(text: str, language: str) -> Counter[str]:
        """Names and days of a sentence, as English words."""
        lexicon = grammar_of(language).lexicon
        english = {lexicon[word].lower(): word for word in NAMES + DAYS}
        words = [word.strip(".").lower() for word in text.split()]
        if language == "qab":
            words = [word if word in english else word.removesuffix("ko") for word in words]
        return Counter(english[word] for word in words if word in english)

    english = load("pawsx", "test", "en").rows
    for language in ("qaa", "qab"):
        translated = load("pawsx", "test", language).rows
        for one, two in zip(english, translated, strict=True):
            assert isinstance(one, ClassificationRow)
            assert isinstance(two, ClassificationRow)
            assert (one.id, one.label) == (two.id, two.label)
            assert one.text != two.text
            assert said(one.text, "en") == said(two.text, language)
            assert said(one.text_pair or "", "en") == said(two.text_pair or "", language)


@pytest.mark.parametrize("language", ["qaa", "qab"])
def test_tatoeba_has_english_against_the_other_language(language: str) -> None:
    rows = [row for row in load("tatoeba", "test", language).rows if isinstance(row, SentenceRow)]
    source = [row for row in rows if row.side == "source"]
    target = {row.key: row for row in rows if row.side == "target"}
    assert len(source) == len(target) == 300
    assert [row.text for row in source if row.text.startswith("The ")]
    assert not [row.text for row in target.values() if row.text.startswith("The ")]
    for row in source:
        (match,) = row.matches
        assert target[match].matches == (row.key,)
        names = {word.strip(".") for word in row.text.split()} & set(NAMES)
        assert all(name in target[match].text for name in names)


@pytest.mark.parametrize("name", ["squad", "squad_v2"])
def test_answers_stand_where_the_row_says(name: str) -> None:
    for split in RECIPES[name].sizes:
        for language in MiniSource().languages(task(name), split):
            for row in load(name, split, language).rows:
                assert isinstance(row, QuestionRow)
                for answer in row.answers:
                    assert answer.text
                    assert row.context[answer.start : answer.start + len(answer.text)] == answer.text


@pytest.mark.parametrize("split", RECIPES["ccg"].sizes)
def test_every_token_has_a_tag(split: str) -> None:
    for row in load("ccg", split).rows:
        assert isinstance(row, TokenRow)
        assert len(row.tokens) == len(row.tags)


def test_languages() -> None:
    source = MiniSource()
    assert source.languages(task("mnli"), "train") == ("en",)
    assert source.languages(task("pawsx"), "train") == ("en",)
    assert source.languages(task("pawsx"), "test") == ("en", "qaa", "qab")
    assert source.languages(task("tatoeba"), "test") == ("qaa", "qab")
    assert source.languages(task("tatoeba"), "train") == ()
    assert source.languages(task("panx"), "test") == ()


def test_a_task_mini_does_not_have() -> None:
    with pytest.raises(DataError, match="no rows for task 'panx'") as error:
        load("panx", "train")
    assert error.value.mend
    assert all(name in error.value.mend for name in RECIPES)


@pytest.mark.parametrize(("split", "language"), [("train", "qaa"), ("test", "de"), ("dev", "en")])
def test_a_split_or_language_mini_does_not_have(split: str, language: str) -> None:
    with pytest.raises(DataError, match=f"no {split} rows of task 'pawsx' in language '{language}'") as error:
        load("pawsx", split, language)
    assert "test: en, qaa, qab" in str(error.value)
