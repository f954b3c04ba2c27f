"""Rows made of two texts, inference and paraphrase, and single sentences for retrieval."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.rows import ClassificationRow, SentenceRow
from harness.sources.mini import world

if TYPE_CHECKING:
    from random import Random

    from harness.sources.mini.grammars import Grammar
    from harness.sources.mini.world import Meaning

INFERENCE = ("entailment", "neutral", "contradiction")


def inference(rng: Random, grammar: Grammar, case: int) -> ClassificationRow:
    """A premise and a hypothesis about the same event, as in SNLI: so exchanged roles are a contradiction."""
    (event,) = world.draw(rng)
    return _inference(rng, grammar, INFERENCE[case], _premise(rng, event), [])


def long_inference(rng: Random, grammar: Grammar, case: int) -> ClassificationRow:
    """Inference whose premise also tells of a second event."""
    event, other = world.draw(rng, 2)
    return _inference(rng, grammar, INFERENCE[case], _premise(rng, event), [other])


def paraphrase(rng: Random, grammar: Grammar, case: int) -> ClassificationRow:
    """A sentence and another wording of it; in case 0 with roles or adjectives exchanged as well."""
    (event,) = world.draw(rng, verbs=world.VERBS_FOR_PEOPLE)
    told = event if case else rng.choice(world.swapped(event))
    pair = grammar.sentence(world.reworded(told, rng)).text
    return ClassificationRow(text=grammar.sentence(event).text, text_pair=pair, label=str(case))


def duplicate(rng: Random, grammar: Grammar, case: int) -> ClassificationRow:
    """Questions that ask the same, and in case 0 ask about another event or another part of it."""
    (event,) = world.draw(rng)
    asked, other = rng.sample(("agent", "patient", "place", "time"), 2)
    first = second = world.without(event, asked)
    second_asked = asked
    if case == 0:
        changes = [*world.with_opposite(first), *world.swapped(first)]
        if changes and rng.random() < 0.5:
            second = rng.choice(changes)
        else:
            second, second_asked = world.without(event, other), other
    return ClassificationRow(
        text=grammar.question(first, asked).text,
        text_pair=grammar.question(world.reworded(second, rng), second_asked).text,
        label=("not_duplicate", "duplicate")[case],
    )


def sentence(rng: Random, grammar: Grammar, _case: int) -> SentenceRow:
    """One sentence; its translations have the same place in other languages."""
    (event,) = world.draw(rng)
    return SentenceRow(text=grammar.sentence(event).text, side="target", key="")


def _inference(rng: Random, grammar: Grammar, label: str, premise: Meaning, others: list[Meaning]) -> ClassificationRow:
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


def _premise(rng: Random, event: Meaning) -> Meaning:
    """The event with a place or a time, so that there is something to leave out and something to add."""
    place, time = rng.choice(((rng.choice(world.PLACES), ""), ("", rng.choice(world.DAYS))))
    # With this share of negated premises, "not" is about as frequent in the hypotheses of each label.
    return replace(event, place=place, time=time, negated=rng.random() < 0.36)


def _hypotheses(rng: Random, label: str, premise: Meaning) -> list[Meaning]:
    if premise.negated:
        # What did not happen in the park may have happened elsewhere: leaving out the place is neutral.
        return {
            "entailment": [premise],
            "neutral": [replace(premise, place="", time="")],
            "contradiction": [replace(premise, negated=False)],
        }[label]
    if label == "entailment":
        return world.with_less(premise)
    if label == "neutral":
        return world.with_more(premise, rng)
    ways = [[replace(premise, negated=True)], world.with_opposite(premise), world.swapped(premise)]
    return rng.choice([way for way in ways if way])
