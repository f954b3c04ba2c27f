"""Rows that ask for a span of a short context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.rows import Answer, QuestionRow
from harness.sources.mini import world
from harness.sources.mini.vocabulary import DAYS, NAMES, PLACES, PROFESSIONS

if TYPE_CHECKING:
    from random import Random

    from harness.sources.mini.grammars import Grammar
    from harness.sources.mini.world import Entity, Event, Genre, Slot

ASKED: tuple[Slot, ...] = ("agent", "patient", "place", "time")


@dataclass(frozen=True)
class Reader:
    """How questions are asked about a text of some events.

    Attributes:
        events: how many the text tells, any of these numbers.
        reworded: share of questions in other words than the text's.
        brief: whether questions leave out the place, the time and the adjectives, as from somebody who has not read
            the text.
    """

    events: tuple[int, ...] = (2,)
    reworded: float = 0.5
    brief: bool = False

    def __str__(self) -> str:
        """What texts and questions are like, in words."""
        events = " or ".join(map(str, self.events))
        brief = "; questions leave out places, times and adjectives" if self.brief else ""
        return f"texts of {events} events, {100 * self.reworded:.0f} % of the questions in other words{brief}"

    def answerable(self, rng: Random, grammar: Grammar, genre: Genre, case: int) -> QuestionRow:
        """Who, what, where or when, about one of the events of a text.

        The case, 0 to 3, says which.
        """
        events = self._events(rng, genre)
        index = rng.randrange(len(events))
        question = self._question(rng, grammar, events[index], ASKED[case])
        sentences = [grammar.sentence(event) for event in events]
        begin, end = sentences[index].span(ASKED[case])
        offset = sum(len(sentence.text) + 1 for sentence in sentences[:index])
        return QuestionRow(
            question=question,
            context=" ".join(sentence.text for sentence in sentences),
            answers=(Answer(sentences[index].text[begin:end], offset + begin),),
        )

    def maybe_answerable(self, rng: Random, grammar: Grammar, genre: Genre, case: int) -> QuestionRow:
        """Who, what, where or when; every third question has somebody or something in it that the text has not.

        That is case 0.
        """
        if case != 0:
            return self.answerable(rng, grammar, genre, rng.randrange(len(ASKED)))
        events = self._events(rng, genre)
        asked = rng.choice(ASKED)
        question = self._question(rng, grammar, _exchanged(rng, genre, events, asked), asked)
        context = " ".join(grammar.sentence(event).text for event in events)
        return QuestionRow(question=question, context=context, answers=())

    def _events(self, rng: Random, genre: Genre) -> list[Event]:
        """Events with a place and a time, so that every question has an answer."""
        return [
            replace(event, place=event.place or rng.choice(PLACES), time=event.time or rng.choice(DAYS))
            for event in world.draw(rng, genre, rng.choice(self.events))
        ]

    def _question(self, rng: Random, grammar: Grammar, event: Event, asked: Slot) -> str:
        event = world.without(event, asked)
        if self.brief:
            for slot in ASKED:
                event = world.without(event, slot)
        if rng.random() < self.reworded:
            event = world.reworded(event, rng)
        return grammar.question(event, asked).text


def _exchanged(rng: Random, genre: Genre, events: list[Event], asked: Slot) -> Event:
    """One of the events with a noun exchanged, but not the one that is asked for."""
    event = rng.choice(events)
    slot = rng.choice([slot for slot in ("agent", "patient") if slot != asked])
    entity: Entity = getattr(event, slot)
    present = {noun for other in events for noun in (other.agent.noun, other.patient.noun)}
    alike = genre.names if entity.noun in NAMES else PROFESSIONS if entity.noun in PROFESSIONS else genre.things
    absent = [noun for noun in alike if noun not in present]
    return world.having(event, slot, replace(entity, noun=rng.choice(absent)))
