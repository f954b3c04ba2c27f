"""Rows made of two texts, inference and paraphrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.rows import ClassificationRow
from harness.sources.mini import world
from harness.sources.mini.vocabulary import DAYS, PLACES, VERBS_FOR_PEOPLE

if TYPE_CHECKING:
    from random import Random

    from harness.sources.mini.grammars import Grammar
    from harness.sources.mini.world import Event, Genre

INFERENCE = ("entailment", "neutral", "contradiction")


def inference(rng: Random, grammar: Grammar, genre: Genre, case: int) -> ClassificationRow:
    """A premise and a hypothesis about the same event, as in SNLI: so exchanged roles are a contradiction."""
    (event,) = world.draw(rng, genre)
    return _inference(rng, grammar, INFERENCE[case], _premise(rng, event), [])


def long_inference(rng: Random, grammar: Grammar, genre: Genre, case: int) -> ClassificationRow:
    """Inference whose premise also tells of a second event."""
    event, other = world.draw(rng, genre, 2)
    return _inference(rng, grammar, INFERENCE[case], _premise(rng, event), [other])


def paraphrase(rng: Random, grammar: Grammar, genre: Genre, case: int) -> ClassificationRow:
    """A sentence and another wording of it, or of the same with roles or adjectives exchanged.

    The second in case 0.
    """
    (event,) = world.draw(rng, genre, verbs=VERBS_FOR_PEOPLE)
    told = event if case else rng.choice(world.swapped(event))
    pair = grammar.sentence(world.reworded(told, rng)).text
    return ClassificationRow(text=grammar.sentence(event).text, text_pair=pair, label=str(case))


def duplicate(rng: Random, grammar: Grammar, genre: Genre, case: int) -> ClassificationRow:
    """Questions that ask the same, or one of them about another event or another part of it.

    The second in case 0.
    """
    (event,) = world.draw(rng, genre)
    asked, other = rng.sample(("agent", "patient", "place", "time"), 2)
    first = second = world.without(event, asked)
    second_asked = asked
    if case == 0:
        swapped = world.swapped(first)
        changes = swapped or world.with_opposite(first)
        if changes and rng.random() < 0.6:
            second = rng.choice(changes)
        else:
            second, second_asked = world.without(event, other), other
    return ClassificationRow(
        text=grammar.question(first, asked).text,
        text_pair=grammar.question(_asked_otherwise(rng, second), second_asked).text,
        label=("not_duplicate", "duplicate")[case],
    )


def _asked_otherwise(rng: Random, event: Event) -> Event:
    """The event in other words; which part comes first is none, as a question has an order of its own."""
    event = replace(event, front="")
    while (other := replace(world.reworded(event, rng), front="")) == event:
        pass
    return other


def _inference(rng: Random, grammar: Grammar, label: str, premise: Event, others: list[Event]) -> ClassificationRow:
    hypothesis = rng.choice(_hypotheses(rng, label, premise))
    if hypothesis == premise or rng.random() < 0.5:
        hypothesis = world.reworded(hypothesis, rng)
    told = [premise, *others]
    rng.shuffle(told)
    return ClassificationRow(
        text=" ".join(grammar.sentence(event).text for event in told),
        text_pair=grammar.sentence(hypothesis).text,
        label=label,
    )


def _premise(rng: Random, event: Event) -> Event:
    """The event with a place or a time, so that there is something to leave out and something to add."""
    place, time = rng.choice(((rng.choice(PLACES), ""), ("", rng.choice(DAYS))))
    # With this share of negated premises, "not" is about as frequent in the hypotheses of each label.
    return replace(event, place=place, time=time, front="", negated=rng.random() < 0.36)


def _hypotheses(rng: Random, label: str, premise: Event) -> list[Event]:
    if premise.negated:
        # What did not happen in the park may have happened elsewhere: leaving out the place is neutral.
        return {
            "entailment": [premise],
            "neutral": [replace(premise, place="", time="")],
            "contradiction": [replace(premise, negated=False)],
        }[label]
    if label == "entailment":
        return [premise, *world.with_less(premise)]
    if label == "neutral":
        return world.with_more(premise, rng)
    swapped = world.swapped(premise)
    ways = [[replace(premise, negated=True)], world.with_opposite(premise), swapped, swapped]
    return rng.choice([way for way in ways if way])
