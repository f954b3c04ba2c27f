"""The source `mini`: generated rows with gold labels, in English and five constructed languages."""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, overload

from harness.errors import DataError, UnknownName
from harness.rows import Row
from harness.sources.base import Source, Split
from harness.sources.mini.captions import Captioner
from harness.sources.mini.controls import WORLDS, World, with_arbitrary_labels
from harness.sources.mini.languages import DIALECTS, LANGUAGES, grammar_of
from harness.sources.mini.recipes import ALIKE, INTERMEDIATE, RECIPES, Builder, Maker, Recipe, splits_by
from harness.sources.mini.vocabulary import GENERATOR_VERSION
from harness.sources.mini.world import TALE, Genre

if TYPE_CHECKING:
    from harness.tasks import Task

# Of eight parts of all possible rows, six belong to train.
_SPLIT_OF_PART = ("train",) * 6 + ("validation", "test")

KEPT = 512
"""Of so many splits a process keeps the rows that it has made, for all sources of it: twice what one world has."""


class MiniSource(Source):
    """Generated rows of a small world.

    Args:
        world: the name of one of `WORLDS`.
        seed: which rows are drawn; the world and its languages are the same for every seed.
    """

    name = "mini"

    def __init__(self, world: str = "standard", seed: int = 0) -> None:
        if world not in WORLDS:
            raise UnknownName("world", world, WORLDS, where=f"--data mini:{world}")
        self.world_name = world
        self.seed = seed

    @property
    def world(self) -> World:
        """What is different from the standard world."""
        return WORLDS[self.world_name]

    def rows_of(self, task: Task) -> str:
        """The world that a task's rows are of, as digests and origins name it."""
        own = self.world.unrelated_passages and self.world.is_unrelated(task.base)
        return self.world_name if own else self.world.rows_of or self.world_name

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        """Languages of a split; empty for tasks and splits that mini does not have."""
        return self._languages(task, RECIPES[task.base], split) if _is_here(task) else ()

    def load(self, task: Task, split: str, language: str) -> Split:
        """Generate the rows of a split. Row i of a language is the translation of row i of any other.

        A variant of a task (NAME@VARIANT) has the rows of the task, in the languages that it trains on.
        """
        recipe = self._recipe(task, split, language)
        where = f"{task.name}/{split}/{language}"
        decides = f"{GENERATOR_VERSION}/{self.rows_of(task)}/{self.seed}/{task.version}/{where}"
        rows = self._rows(task, recipe, split, language)
        return Split(
            task=task.name,
            split=split,
            language=language,
            rows=rows,
            keys=[f"mini:{where}:{index}" for index in range(len(rows))],
            digest=hashlib.sha256(decides.encode()).hexdigest(),
            source=self.name,
            origin=f"generated, version {GENERATOR_VERSION}, world {self.rows_of(task)}, seed {self.seed}",
            valid=True,
        )

    def _recipe(self, task: Task, split: str, language: str) -> Recipe:
        if not _is_here(task):
            raise DataError(
                f"mini has no rows for task {task.name!r}",
                code="task-not-in-mini",
                fix=f"give a data directory, or choose one of mini's tasks: {', '.join(RECIPES)}",
            )
        recipe = RECIPES[task.base]
        if language not in self._languages(task, recipe, split):
            has = "; ".join(f"{name}: {', '.join(self._languages(task, recipe, name))}" for name in recipe.sizes)
            raise DataError(
                f"mini has no {split} rows of task {task.name!r} in language {language!r}",
                code="no-rows",
                fix=f"mini has {has}",
            )
        if task.base == "flickr8k" and self.world.changes_captions:
            return replace(recipe, make=captions_of(self.world))
        if task.base in INTERMEDIATE and self.world.alike:
            return replace(RECIPES[ALIKE.get(task.base, task.base)], sizes=recipe.sizes)
        return recipe

    def _languages(self, task: Task, recipe: Recipe, split: str) -> tuple[str, ...]:
        found = _languages(task, recipe, split)
        # What is made of several languages at once does not know the dialects.
        spoken = self.world.dialects and recipe.build is not None and found == tuple(LANGUAGES)
        return (*found, *DIALECTS) if spoken else found

    def _rows(self, task: Task, recipe: Recipe, split: str, language: str) -> Sequence[Row]:
        changed = task.base in INTERMEDIATE
        genre = TALE if changed and self.world.one_genre else recipe.genre_of(split)
        seed = f"mini/{GENERATOR_VERSION}/{self.seed}/{task.base}/{split}"
        if recipe.build is None:
            return made_at_once(recipe.make[split], seed, genre, language, recipe.sizes[split])
        items = shared_items(recipe.build, genre, seed, split, recipe.sizes[split], recipe.cases, language)
        if not changed or not self.world.is_unrelated(task.base):
            return items
        return [with_arbitrary_labels(row, task.labels, unanswerable=task.unanswerable) for row in items]


class Items(Sequence[Row]):
    """Rows that are made when they are first asked for.

    Every possible row belongs to one split, whatever the seed, so that no training row is tested on.

    Args:
        cases: of each row, the case that `build` makes.
        english: the same rows in English, which decide what is drawn; None where these are the English ones.
    """

    def __init__(
        self,
        build: Builder,
        genre: Genre,
        seed: str,
        split: str,
        cases: Sequence[int],
        language: str,
        english: Items | None,
    ) -> None:
        self._build, self._genre, self._seed, self._split, self._language = build, genre, seed, split, language
        self.cases = cases
        self._english = english
        self._attempts: dict[int, int] = {}
        self._made: dict[int, Row] = {}

    def __len__(self) -> int:
        return len(self.cases)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        if place not in self._made:
            self._made[place] = replace(self._drawn_for(place), id=f"{self._seed}/{place}")
        return self._made[place]

    def attempt(self, place: int) -> int:
        """How often the English row was drawn in vain, because it belonged to another split."""
        if place not in self._attempts:
            # Making the row finds it.
            self[place]
        return self._attempts[place]

    def _drawn_for(self, place: int) -> Row:
        if self._english is not None:
            return self._drawn(place, self._english.attempt(place))
        drawn = ((attempt, self._drawn(place, attempt)) for attempt in itertools.count())
        attempt, row = next((attempt, row) for attempt, row in drawn if _split_of(repr(row)) == self._split)
        self._attempts[place] = attempt
        return row

    def _drawn(self, place: int, attempt: int) -> Row:
        rng = Random(f"{self._seed}/{place}/{attempt}")
        return self._build(rng, grammar_of(self._language), self._genre, self.cases[place])


@functools.cache
def captions_of(world: World) -> Mapping[str, Maker]:
    """What makes the splits of `flickr8k` in a world that changes them, the same objects for the same world."""
    return splits_by(Captioner(2, apart=world.captions_apart, other_pictures=world.other_pictures))


@functools.lru_cache(maxsize=KEPT)
def shared_items(build: Builder, genre: Genre, seed: str, split: str, size: int, cases: int, language: str) -> Items:
    """The rows of a split, the same object for the same arguments."""
    if language != "en":
        english = shared_items(build, genre, seed, split, size, cases, "en")
        return Items(build, genre, seed, split, english.cases, language, english)
    drawn = [index % cases for index in range(size)]
    Random(seed).shuffle(drawn)
    return Items(build, genre, seed, split, drawn, language, None)


@functools.lru_cache(maxsize=KEPT)
def made_at_once(make: Maker, seed: str, genre: Genre, language: str, size: int) -> Sequence[Row]:
    """The rows of a split that are not independent of each other; some makers leave each row until it is asked for."""
    made = make(seed, genre, language, size)
    return tuple(made) if isinstance(made, list) else made


def _is_here(task: Task) -> bool:
    recipe = RECIPES.get(task.base)
    return recipe is not None and (not recipe.kinds or task.kind in recipe.kinds)


def _languages(task: Task, recipe: Recipe, split: str) -> tuple[str, ...]:
    if split == "train" and task.name != task.base and task.train_languages:
        return tuple(code for code in LANGUAGES if code in task.train_languages)
    return recipe.languages_of(split)


def _split_of(text: str) -> str:
    return _SPLIT_OF_PART[hashlib.sha256(text.encode()).digest()[0] % len(_SPLIT_OF_PART)]
