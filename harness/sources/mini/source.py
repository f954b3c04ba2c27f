"""The embedded benchmark as a source: which tasks it has, how many rows, and which split a row belongs to."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from harness.errors import DataError
from harness.rows import Row, SentenceRow
from harness.sources.base import Source, Split
from harness.sources.mini import choices, pairs, questions, tagging
from harness.sources.mini.grammars import Grammar, grammar_of
from harness.sources.mini.world import GENERATOR_VERSION

if TYPE_CHECKING:
    from harness.tasks import Task

Builder = Callable[[Random, Grammar, int], Row]
"""Makes a row of a class (case 0, 1, ...). What it draws may not depend on the language: so rows are parallel."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the rows of a task are made.

    Attributes:
        cases: number of classes, each equally frequent; sizes are multiples of it.
        sizes: number of items by split.
        test_languages: languages of the test split; the others are English.
    """

    build: Builder
    cases: int
    sizes: Mapping[str, int]
    test_languages: tuple[str, ...] = ("en",)

    def languages(self, split: str) -> tuple[str, ...]:
        """Languages of a split."""
        if split not in self.sizes:
            return ()
        return self.test_languages if split == "test" else ("en",)


_INTERMEDIATE = {"train": 2000, "validation": 200, "test": 300}
_OF_THREE = {"train": 1998, "validation": 198, "test": 300}

RECIPES = {
    "anli": Recipe(build=pairs.long_inference, cases=3, sizes=_OF_THREE),
    "mnli": Recipe(build=pairs.inference, cases=3, sizes=_OF_THREE),
    "qqp": Recipe(build=pairs.duplicate, cases=2, sizes=_INTERMEDIATE),
    "squad": Recipe(build=questions.answerable, cases=4, sizes=_INTERMEDIATE),
    "squad_v2": Recipe(build=questions.maybe_answerable, cases=3, sizes=_OF_THREE),
    "hellaswag": Recipe(build=choices.ending, cases=4, sizes=_INTERMEDIATE),
    "ccg": Recipe(build=tagging.categories, cases=1, sizes=_INTERMEDIATE),
    "cosmosqa": Recipe(build=choices.outcome, cases=4, sizes=_INTERMEDIATE),
    "commonsenseqa": Recipe(build=choices.fact, cases=5, sizes=_INTERMEDIATE),
    "pawsx": Recipe(
        build=pairs.paraphrase,
        cases=2,
        sizes={"train": 1000, "validation": 200, "test": 300},
        test_languages=("en", "qaa", "qab"),
    ),
    "tatoeba": Recipe(build=pairs.sentence, cases=1, sizes={"test": 300}, test_languages=("qaa", "qab")),
}

# Of eight parts of all possible rows, six belong to train.
_SPLIT_OF_PART = ("train",) * 6 + ("validation", "test")


class MiniSource(Source):
    """Generated rows of a small world in English, `qaa` (near English) and `qab` (far from it).

    Args:
        seed: which rows are drawn; the world and its languages are the same for every seed.
    """

    name = "mini"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        """Languages of a split; empty for tasks and splits that mini does not have."""
        return RECIPES[task.name].languages(split) if task.name in RECIPES else ()

    def load(self, task: Task, split: str, language: str) -> Split:
        """Generate the rows of a split. Row i of a language is the translation of row i of any other."""
        recipe = self._recipe(task, split, language)
        rows = self._rows(task.name, recipe, split, language)
        if isinstance(rows[0], SentenceRow):
            rows = [*_side("source", self._rows(task.name, recipe, split, "en")), *_side("target", rows)]
        where = f"{task.name}/{split}/{language}"
        decides = f"{GENERATOR_VERSION}/{self.seed}/{task.version}/{where}"
        return Split(
            task=task.name,
            split=split,
            language=language,
            rows=rows,
            keys=[f"mini:{where}:{index}" for index in range(len(rows))],
            digest=hashlib.sha256(decides.encode()).hexdigest(),
            source=self.name,
            origin=f"generated, version {GENERATOR_VERSION}, seed {self.seed}",
        )

    def _recipe(self, task: Task, split: str, language: str) -> Recipe:
        if task.name not in RECIPES:
            raise DataError(
                f"mini has no rows for task {task.name!r}",
                mend=f"give a data directory, or choose one of mini's tasks: {', '.join(RECIPES)}",
            )
        recipe = RECIPES[task.name]
        if language not in recipe.languages(split):
            has = "; ".join(f"{name}: {', '.join(recipe.languages(name))}" for name in recipe.sizes)
            raise DataError(
                f"mini has no {split} rows of task {task.name!r} in language {language!r}", mend=f"mini has {has}"
            )
        return recipe

    def _rows(self, task: str, recipe: Recipe, split: str, language: str) -> list[Row]:
        base = f"{GENERATOR_VERSION}/{self.seed}/{task}/{split}"
        cases = [index % recipe.cases for index in range(recipe.sizes[split])]
        Random(base).shuffle(cases)
        english = grammar_of("en")
        seen: set[str] = set()
        rows = []
        for index, case in enumerate(cases):
            # Every possible row belongs to one split, whatever the seed: draw until a new one of this split comes.
            for attempt in itertools.count():
                seed = f"{base}/{index}/{attempt}"
                row = recipe.build(Random(seed), english, case)
                text = repr(row)
                if text not in seen and _split_of(text) == split:
                    break
            seen.add(text)
            if language != "en":
                row = recipe.build(Random(seed), grammar_of(language), case)
            rows.append(replace(row, id=f"mini-{task}-{split}-{index}"))
        return rows


def _split_of(text: str) -> str:
    return _SPLIT_OF_PART[hashlib.sha256(text.encode()).digest()[0] % len(_SPLIT_OF_PART)]


def _side(side: str, rows: list[Row]) -> list[SentenceRow]:
    return [replace(row, side=side, key=row.id, matches=(row.id,)) for row in rows if isinstance(row, SentenceRow)]
