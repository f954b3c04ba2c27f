"""The embedded benchmark as a source: laziness, parallel languages, separate splits and reproducible rows."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.registry import default_registry
from harness.rows import ClassificationRow, MultipleChoiceRow, QuestionRow, Row, TokenRow
from harness.sources.mini import source as source_module
from harness.sources.mini.languages import CONSTRUCTED, LANGUAGES, gloss, grammar_of
from harness.sources.mini.recipes import RECIPES
from harness.sources.mini.source import MiniSource
from harness.sources.mini.vocabulary import GENERATOR_VERSION
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from harness.sources.mini.grammars import Grammar
    from harness.sources.mini.world import Genre
    from harness.tasks import Task

SPLITS = [(name, split) for name, recipe in RECIPES.items() for split in recipe.sizes]
BUILT = [name for name, recipe in RECIPES.items() if recipe.build]
PARALLEL = [name for name in BUILT if set(RECIPES[name].languages_of("test")) > {"en"}]


def task(name: str) -> Task:
    return default_registry().task(name)


def unseen(row: Any) -> str:
    """What a model sees of a row."""
    fields = {"id": "", "key": "", "matches": (), "label": None, "answers": (), "tags": (), "group": ""}
    return repr(replace(row, **{name: value for name, value in fields.items() if hasattr(row, name)}))


def heads() -> str:
    """Digest of the first rows of every task, split and language; makers of whole splits make small ones."""
    digest = hashlib.sha256()
    worlds = [("standard", SPLITS), ("unrelated", [("mnli", "validation"), ("squad_v2", "validation")])]
    for world, splits in worlds:
        source = MiniSource(world)
        for name, split in splits:
            for language in RECIPES[name].languages_of(split):
                loaded = source.load(task(name), split, language)
                digest.update(repr([loaded.keys[:5], loaded.rows[:5], loaded.digest]).encode())
    return digest.hexdigest()


def with_small_splits_where_all_is_made_at_once() -> None:
    small = {
        name: replace(recipe, sizes={split: min(size, 20) for split, size in recipe.sizes.items()})
        for name, recipe in RECIPES.items()
        if recipe.make
    }
    vars(source_module)["RECIPES"] = {**RECIPES, **small}


def test_rows_are_the_same_in_every_process() -> None:
    code = "import test_mini_source as t; t.with_small_splits_where_all_is_made_at_once(); print(t.heads())"
    found = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        found.append(done.stdout.strip())
    assert len(found[0]) == 64
    assert found[0] == found[1]


def test_no_row_is_made_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def build(rng: Random, grammar: Grammar, genre: Genre, case: int) -> Row:
        made.append(case)
        return RECIPES["mnli"].build(rng, grammar, genre, case)  # type: ignore[misc]

    counted = {**RECIPES, "qqp": replace(RECIPES["mnli"], build=build)}
    monkeypatch.setattr("harness.sources.mini.source.RECIPES", counted)
    loaded = MiniSource().load(task("qqp"), "train", "en")
    assert len(loaded.rows) == len(loaded.keys) == RECIPES["mnli"].sizes["train"]
    assert made == []
    row = loaded.rows[5]
    # Three of four possible rows belong to train: few are drawn in vain.
    assert 1 <= len(made) < 30
    count = len(made)
    assert loaded.rows[5] is row
    assert len(made) == count


def test_rows_are_a_sequence(mini: Callable[..., Any]) -> None:
    rows = mini("mnli", "validation").rows
    assert rows[-1] == rows[len(rows) - 1]
    assert rows[3:6] == [rows[3], rows[4], rows[5]]
    assert len(list(rows)) == len(rows)
    with pytest.raises(IndexError):
        rows[len(rows)]


def made_anew(name: str, split: str, language: str) -> Sequence[Row]:
    """Rows of which none was made before."""
    source_module.shared_items.cache_clear()
    return MiniSource().load(task(name), split, language).rows


def test_the_order_of_asking_makes_no_difference() -> None:
    one, two = (made_anew("anli", "test", "en") for _ in range(2))
    assert one is not two
    backwards = [two[place] for place in reversed(range(20))]
    assert [one[place] for place in range(20)] == backwards[::-1]


def test_a_language_is_the_same_whether_or_not_english_was_made_first() -> None:
    alone = made_anew("xnli", "test", "qac")[:30]
    assert len(made_anew("xnli", "test", "en")[:30]) == 30
    assert MiniSource().load(task("xnli"), "test", "qac").rows[:30] == alone


@pytest.mark.parametrize(("name", "split"), [("xnli", "test"), ("tatoeba", "test")])
def test_sources_of_a_process_share_their_rows(name: str, split: str) -> None:
    rows = [MiniSource(world).load(task(name), split, "qac").rows for world in ("standard", "standard", "alike")]
    assert rows[0][3] is rows[1][3] is rows[2][3]
    assert MiniSource(seed=1).load(task(name), split, "qac").rows[3] != rows[0][3]


@pytest.mark.parametrize(("name", "split"), SPLITS)
def test_a_split_has_its_size_and_unique_keys(mini: Callable[..., Any], name: str, split: str) -> None:
    language = MiniSource().languages(task(name), split)[-1]
    loaded = mini(name, split, language)
    assert len(loaded.rows) == len(loaded.keys) == len(set(loaded.keys))
    if name in BUILT:
        assert len(loaded.rows) == RECIPES[name].sizes[split]
        assert loaded.rows[7].id == f"mini/{GENERATOR_VERSION}/0/{name}/{split}/7"
    assert loaded.keys[7] == f"mini:{name}/{split}/{language}:7"
    assert (loaded.task, loaded.split, loaded.language, loaded.source) == (name, split, language, "mini")
    assert loaded.valid
    assert not loaded.stand_in
    assert not loaded.skipped


@pytest.mark.parametrize(("name", "split"), SPLITS)
def test_rows_are_such_as_their_task_can_use(mini: Callable[..., Any], name: str, split: str) -> None:
    """Splits say they are valid, so that nothing looks at their rows; here is looked."""
    kind = default_registry().kind(task(name).kind)
    for language in MiniSource().languages(task(name), split):
        for row in mini(name, split, language).rows[:50]:
            assert isinstance(row, kind.row_type)
            kind.check(row, task(name).labels)


def told(rows: Any) -> set[str]:
    """What the rows say, without ids and gold; a query together with its answer, as candidates may be known."""
    candidates = {row.key: row.text for row in rows if getattr(row, "side", "") == "candidate"}
    found = set()
    for row in rows:
        if not hasattr(row, "positive"):
            found.add(unseen(row))
        elif row.side == "query":
            found.add(f"{row.text} {row.positive or candidates[row.matches[0]]}")
    return found


@pytest.mark.parametrize("name", RECIPES)
def test_no_row_is_in_two_splits(mini: Callable[..., Any], name: str) -> None:
    splits: list[set[str]] = []
    for split in RECIPES[name].sizes:
        rows = mini(name, split, MiniSource().languages(task(name), split)[0]).rows
        splits.append(told(rows[:2000] if split == "train" else rows))
    for place, texts in enumerate(splits):
        for other in splits[place + 1 :]:
            assert not texts & other


@pytest.mark.parametrize("name", ["mnli", "pawsx", "squad", "udpos", "copa", "lareqa", "mewslix"])
def test_seeds_do_not_move_rows_between_splits(mini: Callable[..., Any], name: str) -> None:
    train = told(mini(name, "train", seed=1).rows[:2000])
    for split in set(RECIPES[name].sizes) - {"train"}:
        assert not train & told(mini(name, split).rows)


def test_another_seed_gives_other_rows_of_the_same_languages(mini: Callable[..., Any]) -> None:
    one, two = mini("pawsx", "test", "qaa"), mini("pawsx", "test", "qaa", seed=1)
    assert one.digest != two.digest
    assert len({unseen(row) for row in one.rows} & {unseen(row) for row in two.rows}) < 10
    known = set(" ".join(grammar_of("qaa").lexicon.values()).split())
    names = [word for row in two.rows for word in row.text.removesuffix(".").split() if word[0].isupper()]
    assert set(names) <= known
    assert "seed 1" in two.origin


def test_the_digest_is_over_all_that_decides_the_rows() -> None:
    source, pawsx = MiniSource(), task("pawsx")
    digests = [
        source.load(pawsx, "test", "en").digest,
        source.load(pawsx, "test", "qaa").digest,
        source.load(pawsx, "validation", "en").digest,
        source.load(replace(pawsx, version=pawsx.version + 1), "test", "en").digest,
        source.load(task("qqp"), "test", "en").digest,
        MiniSource(seed=1).load(pawsx, "test", "en").digest,
        MiniSource("unrelated").load(pawsx, "test", "en").digest,
    ]
    assert len(set(digests)) == len(digests)


def texts(row: Any) -> list[str]:
    """Every text of a row."""
    fields = ("text", "text_pair", "context", "question")
    found = [value for name in fields if (value := getattr(row, name, None))]
    return [*found, *getattr(row, "choices", ()), " ".join(getattr(row, "tokens", ()))]


def said(code: str, text: str, english: Any) -> Counter[str]:
    """The English words that a text means and how many passives it has; articles and auxiliaries do not count."""
    words: list[str] = []
    for word in gloss(code, text).replace(".", "").replace("?", "").split():
        if word.endswith("-PASSIVE-PAST"):
            words.append("PASSIVE")
        if code == "en" and word == "was":
            words.append("PASSIVE")
        base = word.removesuffix("-OBJECT").removesuffix("-PAST").removesuffix("-PASSIVE")
        words.append(english.past.get(base, english.participle.get(base, base)) if code == "en" else base)
    return Counter(word for word in words if word not in {"the", "did", "was", "a", "kind", "of"})


def structure(row: Any) -> Any:
    """What must be the same in every language."""
    if isinstance(row, ClassificationRow | MultipleChoiceRow):
        return row.id, row.label
    if isinstance(row, QuestionRow):
        return row.id, len(row.answers)
    assert isinstance(row, TokenRow)
    # Articles, auxiliaries and the three words of "a kind of" are English's own.
    return row.id, Counter(tag for tag in row.tags if tag not in ("DET", "AUX", "ADP", "O"))


@pytest.mark.parametrize("code", CONSTRUCTED)
@pytest.mark.parametrize("name", PARALLEL)
def test_rows_of_a_language_are_translations(mini: Callable[..., Any], english: Any, name: str, code: str) -> None:
    rows, translated = mini(name, "test").rows, mini(name, "test", code).rows
    for row, other in zip(rows, translated, strict=True):
        assert structure(row) == structure(other)
        pairs = list(zip(texts(row), texts(other), strict=True))
        for one, two in pairs:
            assert said("en", one, english) == said(code, two, english), (one, two)


def test_parallel_tasks_are_all_that_have_other_languages() -> None:
    assert PARALLEL == ["xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "xcopa"]
    assert len(LANGUAGES) == 6


def test_a_task_mini_does_not_have() -> None:
    strange = replace(task("pawsx"), name="strange")
    assert MiniSource().languages(strange, "test") == ()
    with raises_code("task-not-in-mini", "strange") as error:
        MiniSource().load(strange, "train", "en")
    assert error.value.fix
    assert all(name in error.value.fix for name in RECIPES)


@pytest.mark.parametrize(("split", "language"), [("train", "qaa"), ("test", "de"), ("dev", "en")])
def test_a_split_or_language_mini_does_not_have(split: str, language: str) -> None:
    with raises_code("no-rows", split, language) as error:
        MiniSource().load(task("pawsx"), split, language)
    assert "test: en, qaa, qab, qac, qad, qae" in str(error.value)
