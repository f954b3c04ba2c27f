"""Rows of words with their categories in a combinatory categorial grammar of the world's English."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.rows import TokenRow
from harness.sources.mini.world import draw

if TYPE_CHECKING:
    from random import Random

    from harness.sources.mini.grammars import Grammar

# As in CCGbank (Hockenmaier & Steedman 2007) without its features; a noun without article becomes NP by a unary rule.
CATEGORY = {
    "article": "NP/N",
    "adjective": "N/N",
    "noun": "N",
    "verb": r"(S\NP)/NP",
    "auxiliary": r"(S\NP)/(S\NP)",
    "negation": r"(S\NP)\(S\NP)",
    "adposition": r"((S\NP)\(S\NP))/NP",
}
FIRST_ADPOSITION = "(S/S)/NP"


def categories(rng: Random, grammar: Grammar, _case: int) -> TokenRow:
    """A statement, its full stop included."""
    (event,) = draw(rng)
    told = [slot for slot in ("place", "time") if getattr(event, slot)]
    front = rng.choice(["", *told])
    sentence = grammar.sentence(replace(event, front=front, negated=rng.random() < 0.25))
    tags = [CATEGORY[word.word_class] for word in sentence.words]
    if front:
        tags[0] = FIRST_ADPOSITION
    first, *others = [word.text for word in sentence.words]
    return TokenRow(tokens=(first[0].upper() + first[1:], *others, sentence.end), tags=(*tags, sentence.end))
