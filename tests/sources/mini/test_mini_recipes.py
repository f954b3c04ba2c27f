"""What the embedded benchmark has of each task: sizes, languages, classes, genres."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from harness.registry import default_registry
from harness.sources.mini.languages import CONSTRUCTED, LANGUAGES
from harness.sources.mini.recipes import INTERMEDIATE, RECIPES
from harness.sources.mini.vocabulary import BRANDS, CITIES, NAMES, THINGS
from harness.sources.mini.world import REPORT, TALE

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = ("en", *CONSTRUCTED)
TARGETS = ("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "xcopa", "lareqa", "mewslix", "multi30k")

CLASSES: dict[str, tuple[object, ...]] = {
    "anli": ("entailment", "neutral", "contradiction"),
    "mnli": ("entailment", "neutral", "contradiction"),
    "snli": ("entailment", "neutral", "contradiction"),
    "xnli": ("entailment", "neutral", "contradiction"),
    "qqp": ("not_duplicate", "duplicate"),
    "pawsx": ("0", "1"),
    "hellaswag": (0, 1, 2, 3),
    "cosmosqa": (0, 1, 2, 3),
    "commonsenseqa": (0, 1, 2, 3, 4),
    "siqa": (0, 1, 2),
    "copa": (0, 1),
    "xcopa": (0, 1),
}


def test_every_task_of_the_product_has_rows() -> None:
    """Whatever needs no licence or images, and the tasks of XTREME and XTREME-R; variants have their task's."""
    registry = default_registry()
    tasks = {name.partition("@")[0] for name in registry.tasks}
    assert tasks - set(registry.suites["vision-language"].tasks) <= set(RECIPES) <= tasks
    assert set(INTERMEDIATE) | set(TARGETS) < set(RECIPES)
    assert not set(INTERMEDIATE) & set(TARGETS)


def test_guessing_gets_what_tasks_of_labels_or_choices_say() -> None:
    said = {name: task.chance for name, task in default_registry().tasks.items()}
    known = {name: chance for name, chance in said.items() if chance is not None}
    assert {name.partition("@")[0] for name in known} == set(CLASSES)
    for name, chance in known.items():
        base = name.partition("@")[0]
        assert chance == pytest.approx(100 / len(CLASSES[base])), name
        assert chance == pytest.approx(RECIPES[base].chance), name


@pytest.mark.parametrize("name", TARGETS)
def test_targets_are_scored_in_six_languages(name: str) -> None:
    assert RECIPES[name].languages_of("test") == EVERY == ("en", "qaa", "qab", "qac", "qad", "qae")


@pytest.mark.parametrize("name", ["pawsx", "udpos", "panx", "tydiqa", "lareqa", "mewslix", "multi30k"])
def test_targets_are_trained_and_validated_in_english(name: str) -> None:
    assert RECIPES[name].languages_of("train") == RECIPES[name].languages_of("validation") == ("en",)


@pytest.mark.parametrize("name", ["xnli", "xquad", "mlqa", "xcopa"])
def test_targets_that_train_on_another_task_have_validation_rows_in_every_language(name: str) -> None:
    assert RECIPES[name].languages_of("train") == ()
    assert RECIPES[name].languages_of("validation") == EVERY
    assert default_registry().task(name).trains_on in RECIPES


@pytest.mark.parametrize("name", ["tatoeba", "bucc2018"])
def test_bitext_is_between_english_and_each_other_language(name: str) -> None:
    assert RECIPES[name].languages_of("test") == CONSTRUCTED
    assert RECIPES[name].languages_of("train") == ()


@pytest.mark.parametrize("name", INTERMEDIATE)
def test_intermediate_tasks_are_english(name: str) -> None:
    assert {RECIPES[name].languages_of(split) for split in RECIPES[name].sizes} == {("en",)}


def test_other_splits_have_no_language() -> None:
    assert RECIPES["siqa"].languages_of("test") == ()
    assert RECIPES["mlm"].languages_of("train") == tuple(LANGUAGES)


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_exactly_balanced_in_every_split(mini: Callable[..., Any], name: str) -> None:
    for split, size in RECIPES[name].sizes.items():
        rows = mini(name, split).rows
        assert len(rows) == size
        assert Counter(row.label for row in rows) == dict.fromkeys(CLASSES[name], size // len(CLASSES[name]))


@pytest.mark.parametrize("name", [name for name in RECIPES if name not in ("mlm",)])
def test_intermediate_tasks_and_targets_share_nobody_and_nothing(mini: Callable[..., Any], name: str) -> None:
    """Intermediate tasks are trained in one genre, targets tested in the other."""
    genres = {genre.name: {*genre.names, *genre.things, *genre.cities, *genre.brands} for genre in (REPORT, TALE)}
    assert genres["report"] | genres["tale"] == {*NAMES, *THINGS, *CITIES, *BRANDS}

    def named(split: str) -> set[str]:
        rows = mini(name, split, RECIPES[name].languages_of(split)[0]).rows[:400]
        text = " ".join(map(repr, rows))
        for mark in "'.?:{},()":
            text = text.replace(mark, " ")
        return set(text.split()) & {*NAMES, *THINGS, *CITIES, *BRANDS}

    if name in INTERMEDIATE or name in ("copa", "flickr8k"):
        assert named("train") <= genres["report"]
    else:
        assert named("test") <= genres["tale"]
        assert named("test")


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_say_what_they_cannot_show(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.cannot_show
    assert 0 <= recipe.chance <= 50
    assert (recipe.build is None) != (not recipe.make)
    assert all(size % recipe.cases == 0 for size in recipe.sizes.values())
    assert set(recipe.make) <= set(recipe.sizes)
