"""Perturbations that need more than a text: a dictionary, the same rows in another language, the other rows."""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import harness

Rows = Sequence[harness.ClassificationRow]


@dataclass(frozen=True, kw_only=True)
class GlossarySettings(harness.PerturbationSettings):
    """Which words become which, and how many of them."""

    words: harness.File = harness.perturbation_setting(
        "lines of a word, a tab, and another word", default=harness.File()
    )
    rate: float = harness.perturbation_setting("share of the words that are replaced", default=1.0, above=0, most=1)


@dataclass(frozen=True, kw_only=True)
class TranslationSettings(harness.PerturbationSettings):
    """Which language is mixed in."""

    language: str = harness.perturbation_setting("whose texts stand behind the rows' own", default="en")


@functools.cache
def glossary(text: str) -> Mapping[str, str]:
    return dict(line.split("\t", 1) for line in text.splitlines())


def replace_words(text: str, random: Random, language: str, severity: int, settings: GlossarySettings) -> str:
    known = glossary(settings.words.text)
    return " ".join(known.get(word, word) if random.random() < settings.rate else word for word in text.split(" "))


def add_translations(rows: Rows, edit: harness.SplitEdit) -> Rows:
    there = zip(rows, edit.parallel(edit.settings.language), strict=True)
    return [dataclasses.replace(row, text=f"{row.text} {other.text}") if other else row for row, other in there]


def shuffle_texts(rows: Rows, edit: harness.SplitEdit) -> Rows:
    """Each row gets the text of the one with the next larger draw, whatever the order of rows."""
    order = sorted(range(len(rows)), key=lambda row: edit.random(row).random())
    after = dict(zip(order, [*order[1:], order[0]], strict=True))
    return [dataclasses.replace(row, text=rows[after[index]].text) for index, row in enumerate(rows)]


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    kinds = ("text-classification",)
    about = "words replaced by those of a dictionary"
    register(harness.Perturbation(name="glossary", description=about, change=replace_words, settings=GlossarySettings))
    about = "with the translation behind each text"
    register(
        harness.Perturbation(
            name="bilingual",
            description=about,
            change_rows=add_translations,
            kinds=kinds,
            settings=TranslationSettings,
        )
    )
    about = "texts of other rows"
    register(
        harness.Perturbation(
            name="shuffled", description=about, change_rows=shuffle_texts, kinds=kinds, diagnostic=("kinyanews",)
        )
    )
