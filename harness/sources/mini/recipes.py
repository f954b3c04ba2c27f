"""How the rows of each task are made, and what the task can and cannot show.

Intermediate tasks are written in one genre and targets in another: with other people, things and habits of wording.
A target that trains on an intermediate task's rows, as XNLI on MNLI, has its test rows in the targets' genre.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from harness.rows import Row
from harness.sources.mini import choices, pairs, questions, retrieval, tagging
from harness.sources.mini.captions import Captioner
from harness.sources.mini.grammars import Grammar
from harness.sources.mini.languages import CONSTRUCTED, LANGUAGES
from harness.sources.mini.world import EVERYTHING, REPORT, TALE, Genre

Builder = Callable[[Random, Grammar, Genre, int], Row]
"""Makes a row of a class (case 0, 1, ...). What it draws may not depend on the language: so rows are parallel."""
Maker = Callable[[str, Genre, str, int], Sequence[Row]]
"""Makes a whole split from a seed, a genre, a language and a number of items. Again rows are parallel."""

EVERY_LANGUAGE = tuple(LANGUAGES)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the rows of a task are made.

    Attributes:
        sizes: number of items by split.
        build: makes one row; for tasks whose rows are independent of each other.
        cases: number of classes that `build` knows, each equally frequent; sizes are multiples of it.
        make: makes a whole split, by split.
        genre, test_genre: what the rows are written in; validation rows as training rows.
        kinds: of tasks that the rows are for; empty where no variant of the task is of another kind.
        languages: of the test split, and of other splits where there is no training split; else these are English.
        chance: what guessing blindly gets in English, in percent of the task's main metric: the same label for all, or
            labels as frequent as in training, whichever is better; a run of words as long as answers are; any ranking.
        cannot_show: what a high score does not mean.
    """

    sizes: Mapping[str, int]
    build: Builder | None = None
    cases: int = 1
    make: Mapping[str, Maker] = field(default_factory=dict)
    genre: Genre = REPORT
    test_genre: Genre = REPORT
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    train_languages: tuple[str, ...] = ("en",)
    chance: float
    cannot_show: str

    def languages_of(self, split: str) -> tuple[str, ...]:
        """Languages of a split; none where there is no such split."""
        if split not in self.sizes:
            return ()
        return self.languages if split == "test" or "train" not in self.sizes else self.train_languages

    def genre_of(self, split: str) -> Genre:
        """What a split is written in."""
        return self.test_genre if split == "test" else self.genre


def _intermediate(
    build: Builder, size: int, *, cases: int, chance: float, cannot_show: str, test_genre: Genre = REPORT
) -> Recipe:
    # 60 has every number of cases among its divisors.
    return Recipe(
        sizes={"train": size, "validation": 120, "test": 300},
        build=build,
        cases=cases,
        test_genre=test_genre,
        chance=chance,
        cannot_show=cannot_show,
    )


def _target(
    build: Builder, *, cases: int, chance: float, cannot_show: str, train: int = 0, validation: int = 120
) -> Recipe:
    sizes = (
        {"train": train, "validation": validation, "test": 300} if train else {"validation": validation, "test": 300}
    )
    return Recipe(
        sizes=sizes,
        build=build,
        cases=cases,
        genre=TALE,
        test_genre=TALE,
        languages=EVERY_LANGUAGE,
        chance=chance,
        cannot_show=cannot_show,
    )


def splits_by(captioner: Captioner) -> Mapping[str, Maker]:
    """What makes each split of captions."""
    return {"train": captioner.train, "validation": captioner.validation, "test": captioner.test}


_TEXT = questions.Reader()
_OWN_QUESTIONS = questions.Reader(events=(3,), reworded=1.0, brief=True)
_LONGER_TEXT = questions.Reader(events=(3,), reworded=0.7)
_OF_CAPTIONS = ("image-text-retrieval", "image-fill-mask")
_TWO_CAPTIONS, _ONE_CAPTION = Captioner(2), Captioner(1)

# The sizes of the intermediate tasks are their shares of a mixture: mixing is proportional to rows.
RECIPES: Mapping[str, Recipe] = {
    "mnli": _intermediate(
        pairs.inference, 8100, cases=3, chance=100 / 3, cannot_show="inference beyond one event: no numbers, no 'some'"
    ),
    "anli": _intermediate(
        pairs.long_inference, 3000, cases=3, chance=100 / 3, cannot_show="adversarial examples: nobody looked for them"
    ),
    "snli": _intermediate(
        pairs.inference, 6000, cases=3, chance=100 / 3, cannot_show="what mnli does not: only the rows are others"
    ),
    "qqp": _intermediate(
        pairs.duplicate, 6000, cases=2, chance=50, cannot_show="paraphrases with new words beyond a few synonyms"
    ),
    "squad": _intermediate(
        _TEXT.answerable, 4800, cases=4, chance=8, cannot_show="long answers: they are one to three words"
    ),
    "squad_v2": _intermediate(
        _TEXT.maybe_answerable, 4800, cases=3, chance=100 / 3, cannot_show="questions that are nearly answered"
    ),
    "hellaswag": _intermediate(
        choices.ending,
        1800,
        cases=4,
        chance=25,
        cannot_show="common sense alone: half of the wrong endings exchange who does it, which is paraphrase's skill",
    ),
    "ccg": _intermediate(
        tagging.categories,
        1200,
        cases=1,
        chance=33,
        cannot_show="ambiguity: a word's class nearly decides its category",
    ),
    "cosmosqa": _intermediate(
        choices.outcome, 2400, cases=4, chance=25, cannot_show="causes of one's own; sixteen outcomes are all there are"
    ),
    "commonsenseqa": _intermediate(
        choices.fact,
        3000,
        cases=5,
        chance=20,
        cannot_show="reasoning: the facts were read in pretraining",
        # Other things than in training, so that facts cannot be learnt by heart there.
        test_genre=TALE,
    ),
    "siqa": Recipe(
        sizes={"train": 1800, "validation": 240},
        build=choices.feeling,
        cases=3,
        chance=100 / 3,
        cannot_show="social reasoning: eight feelings, each with its cause",
    ),
    "copa": Recipe(
        sizes={"train": 400, "validation": 100},
        build=choices.cause_or_effect,
        cases=4,
        chance=50,
        cannot_show="plausibility in degrees: one choice is the world's cause, the other never is",
    ),
    "xnli": _target(
        pairs.inference,
        cases=3,
        chance=100 / 3,
        cannot_show="a gain from mnli that is not also training on its data: they are the same rows",
    ),
    "pawsx": _target(
        pairs.paraphrase,
        cases=2,
        chance=50,
        train=2000,
        cannot_show="understanding: roles or adjectives are exchanged, nothing else",
    ),
    "udpos": _target(
        tagging.parts_of_speech, cases=1, chance=11, train=400, cannot_show="ambiguity: most words have one class"
    ),
    "panx": Recipe(
        sizes={"train": 400, "validation": 200, "test": 300},
        build=tagging.names,
        genre=REPORT,
        test_genre=TALE,
        languages=EVERY_LANGUAGE,
        chance=8,
        cannot_show="names of unknown shape: test names are new to training, but pretraining knew them",
    ),
    "xquad": _target(
        _TEXT.answerable, cases=4, chance=7, cannot_show="a gain from squad that is not also training on its data"
    ),
    "mlqa": _target(
        _LONGER_TEXT.answerable,
        cases=4,
        chance=5,
        cannot_show="a gain from squad that is not also training on its data",
    ),
    "tydiqa": _target(
        _OWN_QUESTIONS.answerable,
        cases=4,
        chance=5,
        train=800,
        cannot_show="typological breadth: six languages of one world",
    ),
    "tatoeba": Recipe(
        sizes={"test": 300},
        make={"test": retrieval.bitext},
        test_genre=TALE,
        languages=CONSTRUCTED,
        chance=100 / 300,
        cannot_show="what cosine hides: without centring, languages lie apart, which costs more than meaning does",
    ),
    "bucc2018": Recipe(
        sizes={"validation": 200, "test": 300},
        make={"validation": retrieval.comparable, "test": retrieval.comparable},
        genre=TALE,
        test_genre=TALE,
        languages=CONSTRUCTED,
        chance=0.2,
        cannot_show="mining in millions: a few hundred sentences a side",
    ),
    "xcopa": _target(
        choices.cause_or_effect,
        cases=4,
        chance=50,
        cannot_show="reasoning apart from knowing which event follows which, read in pretraining",
    ),
    "lareqa": Recipe(
        sizes={"train": 1200, "validation": 100, "test": 150},
        make={
            "train": retrieval.answers_to_train,
            "validation": retrieval.answers,
            "test": retrieval.answers,
        },
        genre=TALE,
        test_genre=TALE,
        languages=EVERY_LANGUAGE,
        chance=0.2,
        cannot_show="language-agnostic ranking in a large pool: a few hundred candidates a language",
    ),
    "mewslix": Recipe(
        sizes={"train": 400, "validation": 100, "test": 240},
        make={
            "train": retrieval.mentions_to_train,
            "validation": retrieval.mentions,
            "test": retrieval.mentions,
        },
        genre=REPORT,
        test_genre=TALE,
        languages=EVERY_LANGUAGE,
        chance=1.5,
        cannot_show="linking by fame: everybody is described by job, city and look alone",
    ),
    "flickr8k": Recipe(
        sizes={"train": 4800, "validation": 80, "test": 240},
        make=splits_by(_TWO_CAPTIONS),
        kinds=_OF_CAPTIONS,
        chance=100 / 120,
        cannot_show="seeing: each thing has a glyph of its own; nothing is hidden, turned or of another size",
    ),
    "multi30k": Recipe(
        sizes={"train": 3600, "validation": 40, "test": 120},
        make=splits_by(_ONE_CAPTION),
        genre=TALE,
        test_genre=TALE,
        languages=EVERY_LANGUAGE,
        kinds=_OF_CAPTIONS,
        chance=100 / 120,
        cannot_show="seeing: each thing has a glyph of its own; nothing is hidden, turned or of another size",
    ),
    "mlm": Recipe(
        sizes={"train": 1460},
        make={"train": retrieval.plain_text},
        genre=EVERYTHING,
        languages=EVERY_LANGUAGE,
        train_languages=EVERY_LANGUAGE,
        chance=0,
        cannot_show="anything by itself: it is mixed in to keep what pretraining taught",
    ),
}

ALIKE = {"anli": "mnli", "squad_v2": "squad", "cosmosqa": "hellaswag", "commonsenseqa": "hellaswag"}
"""In the world of tasks alike: whose rows a task has."""
INTERMEDIATE = (
    "anli", "mnli", "snli", "qqp", "squad", "squad_v2", "hellaswag", "ccg", "cosmosqa", "commonsenseqa", "siqa",
)  # fmt: skip
"""Tasks that worlds change, beside `flickr8k`; targets are the same in every world."""
