"""What there is to tell of mini's languages and tasks: how far each language is from English, how rows are made."""

from __future__ import annotations

import inspect
import itertools
from typing import TYPE_CHECKING

from harness.sources.mini.controls import WORLDS, World
from harness.sources.mini.languages import EVERY, grammar_of
from harness.sources.mini.recipes import ALIKE, INTERMEDIATE, RECIPES
from harness.sources.mini.vocabulary import CONTENT_WORDS
from harness.sources.mini.world import Entity, Event

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTS = ("agent", "negation", "verb", "patient", "place", "time")
"""The parts of an event in the order of English."""

EXAMPLE = Event(agent=Entity("farmer", "old"), verb="wash", patient=Entity("dog", "big"), place="park", time="Monday")


def shared_words(code: str) -> float:
    """Share of the content words, from 0 to 1, that are spelled as in English."""
    lexicon = grammar_of(code).lexicon
    return sum(lexicon[word] == word for word in CONTENT_WORDS) / len(CONTENT_WORDS)


def order_distance(code: str) -> float:
    """Share of the pairs of an event's parts, from 0 to 1, that stand the other way round than in English."""
    pairs = list(itertools.combinations(PARTS, 2))
    order = EVERY[code].rules.order
    return sum(order.index(first) > order.index(second) for first, second in pairs) / len(pairs)


def word_order(code: str) -> str:
    """The order of subject, verb and object, such as "SOV"."""
    letters = {"agent": "S", "verb": "V", "patient": "O"}
    return "".join(letters.get(part, "") for part in EVERY[code].rules.order)


def affixes(code: str) -> dict[str, str]:
    """The language's affixes by what they mean; "-ta" is a suffix, "ta-" a prefix, English "-ed" regular verbs'."""
    rules = EVERY[code].rules
    found = {"object": rules.object_affix, "past": rules.past_affix or "-ed", "passive": rules.passive_affix}
    return {meaning: affix for meaning, affix in found.items() if affix}


def pretraining_share(code: str) -> float:
    """Share of the pretraining text, from 0 to 1, that is in the language."""
    return EVERY[code].pretraining / sum(language.pretraining for language in EVERY.values())


def role(task: str) -> str:
    """ "target" for a task with rows in other languages to score, else "intermediate"."""
    return "target" if set(RECIPES[task].languages_of("test")) - {"en"} else "intermediate"


def built(task: str) -> str:
    """How the rows of a task are made, in a line: what the function that makes them says of itself."""
    recipe = RECIPES[task]
    makers: Sequence[object] = [recipe.build] if recipe.build else list(recipe.make.values())
    first = (inspect.getdoc(makers[-1]) or "").splitlines()[0]
    maker = getattr(makers[-1], "__self__", None)
    return f"{first.rstrip('.')}: {maker}." if maker else first


def changed_in_worlds(task: str) -> tuple[str, ...]:
    """The worlds in which rows of the task are others than in the standard one, of the languages that both have."""
    return tuple(name for name, world in WORLDS.items() if _changes(world, task))


def _changes(world: World, task: str) -> bool:
    if task == "flickr8k":
        return world.changes_captions
    return task in INTERMEDIATE and (world.is_unrelated(task) or world.one_genre or (world.alike and task in ALIKE))
