"""Rows that ask for a span of a short context."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.rows import Answer, QuestionRow
from harness.sources.mini import world

if TYPE_CHECKING:
    from random import Random

    from harness.sources.mini.grammars import Grammar
    from harness.sources.mini.world import Entity, Meaning, Slot

ASKED: tuple[Slot, ...] = ("agent", "patient", "place", "time")


def answerable(rng: Random, grammar: Grammar, case: int) -> QuestionRow:
    """Who, what, where or when (case 0 to 3), about one of two or three events."""
    events = _events(rng)
    index = rng.randrange(len(events))
    question = _question(rng, grammar, events[index], ASKED[case])
    sentences = [grammar.sentence(event) for event in events]
    begin, end = sentences[index].span(ASKED[case])
    answer = sentences[index].text[begin:end]
    offset = sum(len(sentence.text) + 1 for sentence in sentences[:index])
    return QuestionRow(
        question=question,
        context=" ".join(sentence.text for sentence in sentences),
        answers=(Answer(answer, offset + begin),),
    )


def maybe_answerable(rng: Random, grammar: Grammar, case: int) -> QuestionRow:
    """As `answerable`, but in case 0 the question has somebody or something in it that the context has not."""
    if case != 0:
        return answerable(rng, grammar, rng.randrange(len(ASKED)))
    events = _events(rng)
    asked = rng.choice(ASKED)
    question = _question(rng, grammar, _exchanged(rng, events, asked), asked)
    context = " ".join(grammar.sentence(event).text for event in events)
    return QuestionRow(question=question, context=context, answers=())


def _events(rng: Random) -> list[Meaning]:
    """Events with a place and a time, so that every question has an answer."""
    return [
        replace(event, place=event.place or rng.choice(world.PLACES), time=event.time or rng.choice(world.DAYS))
        for event in world.draw(rng, rng.choice((2, 3)))
    ]


def _question(rng: Random, grammar: Grammar, event: Meaning, asked: Slot) -> str:
    event = world.without(event, asked)
    if rng.random() < 0.5:
        event = world.reworded(event, rng)
    return grammar.question(event, asked).text


def _exchanged(rng: Random, events: list[Meaning], asked: Slot) -> Meaning:
    """One of the events with a noun exchanged, but not the one that is asked for."""
    event = rng.choice(events)
    slot = rng.choice([slot for slot in ("agent", "patient") if slot != asked])
    entity: Entity = getattr(event, slot)
    present = {noun for other in events for noun in (other.agent.noun, other.patient.noun)}
    (alike,) = (nouns for nouns in (world.NAMES, world.PROFESSIONS, world.THINGS) if entity.noun in nouns)
    absent = [noun for noun in alike if noun not in present]
    return world.having(event, slot, replace(entity, noun=rng.choice(absent)))
