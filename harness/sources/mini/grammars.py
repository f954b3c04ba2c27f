"""From what happens in the world to words: one class, whose fields are what languages differ in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct

from harness.sources.mini.vocabulary import (
    A_KIND_OF,
    BRANDS,
    CITIES,
    COMPANY,
    CONTENT_WORDS,
    IRREGULAR_PARTICIPLE,
    IRREGULAR_PAST,
    NAMES,
    PEOPLE,
    PROPER_NAMES,
)
from harness.sources.mini.world import Entity, Event, Slot, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random


class Word(Struct, frozen=True, gc=False):
    """A word of a sentence.

    Attributes:
        word_class: its universal part of speech (UPOS), such as "NOUN".
        slot: the part of the event or state it belongs to, or "".
    """

    text: str
    word_class: str
    slot: Slot = ""


class Sentence(Struct, frozen=True, gc=False):
    """Words, and the mark that ends them."""

    words: tuple[Word, ...]
    end: str

    @property
    def text(self) -> str:
        """The sentence as it is written: as in speech, nothing marks its beginning."""
        return " ".join([word.text for word in self.words]) + self.end

    def span(self, slot: Slot) -> tuple[int, int]:
        """Where the words of a slot begin and end in `text`, in characters."""
        start = 0
        spans = []
        for word in self.words:
            if word.slot == slot:
                spans.append((start, start + len(word.text)))
            start += len(word.text) + 1
        return spans[0][0], spans[-1][1]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What languages differ in, beside their words.

    Attributes:
        order: the order of an event's parts; "auxiliary" stands for English's auxiliary verbs.
        state_order: the order of a state's parts: subject, copula, value.
        auxiliaries: whether negations, questions and passives need an auxiliary verb, as in English.
        articles: whether nouns have an article.
        adjective_first: whether an adjective stands before its noun.
        postpositions: whether "in", "on" and "by" follow what they govern.
        object_affix: the case ending of patients; a suffix.
        past_affix: the tense of verbs: a suffix ("-ta") or a prefix ("ta-"); "" for the English past.
        passive_affix: likewise for the passive voice.
        question_word_first: whether a question begins with its question word; else it stays in the answer's place.
    """

    order: tuple[Slot, ...] = ("agent", "auxiliary", "negation", "verb", "patient", "place", "time")
    state_order: tuple[Slot, ...] = ("subject", "copula", "value")
    auxiliaries: bool = False
    articles: bool = True
    adjective_first: bool = True
    postpositions: bool = False
    object_affix: str = ""
    past_affix: str = ""
    passive_affix: str = ""
    question_word_first: bool = True

    def order_of(self, event: Event) -> tuple[Slot, ...]:
        """The order of an event's parts; in the passive voice, agent and patient have each other's place."""
        if not event.passive:
            return self.order
        exchanged = {"agent": "patient", "patient": "agent"}
        return tuple(exchanged.get(slot, slot) for slot in self.order)


@dataclass(frozen=True)
class Grammar:
    """One language: the word for each English word, and the rules that put them together."""

    lexicon: Mapping[str, str]
    rules: Rules
    _phrases: dict[tuple[Entity, Slot, str], Sequence[Word]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def sentence(self, meaning: Event | State) -> Sentence:
        """The statement that something happened or is so, or not."""
        if isinstance(meaning, State):
            return self._assemble(self._state_parts(meaning), self.rules.state_order, ".")
        parts = self._parts(meaning, auxiliary=meaning.negated or meaning.passive)
        return self._assemble(parts, (meaning.front, *self.rules.order_of(meaning)), ".")

    def question(self, meaning: Event | State, asked: Slot) -> Sentence:
        """The question for one part: an event's agent, patient, place or time; a state's subject or value."""
        if isinstance(meaning, State):
            return self._state_question(meaning, asked)
        subject = "patient" if meaning.passive else "agent"
        moves = self.rules.question_word_first and asked != subject
        parts = self._parts(meaning, auxiliary=meaning.negated or meaning.passive or moves)
        who = {"agent": meaning.agent.noun, "patient": meaning.patient.noun}.get(asked, "")
        word = {"place": "where", "time": "when"}.get(asked) or ("who" if is_person(who) else "what")
        # "By who", but not "in where".
        by = [part for part in parts[asked] if part.word_class == "ADP"] if word in ("who", "what") else []
        asks = [self._word(word, "PRON" if word in ("who", "what") else "ADV", asked)]
        parts[asked] = asks if not by else [*asks, *by] if self.rules.postpositions else [*by, *asks]
        first = (asked, "auxiliary") if moves else ()
        return self._assemble(parts, (*first, *self.rules.order_of(meaning)), "?")

    def phrase(self, entity: Entity) -> Sentence:
        """A person or thing by itself, such as an answer; it ends with nothing."""
        return Sentence(tuple(self._noun_phrase(entity, "value")), "")

    def saying(self, english: str, end: str = "") -> Sentence:
        """English words said word by word."""
        return Sentence(tuple(self._word(word, _class_of(word)) for word in english.split()), end)

    def code_switched(self, rng: Random, share: float) -> Grammar:
        """The same rules with that share of the content words in English."""
        lexicon = dict(self.lexicon)
        for word in CONTENT_WORDS:
            if rng.random() < share:
                lexicon[word] = word
        return Grammar(lexicon, self.rules)

    def _assemble(self, parts: Mapping[Slot, Sequence[Word]], order: Sequence[Slot], end: str) -> Sentence:
        slots = dict.fromkeys([slot for slot in order if slot in parts])
        return Sentence(tuple([word for slot in slots for word in parts[slot]]), end)

    def _parts(self, event: Event, *, auxiliary: bool) -> dict[Slot, Sequence[Word]]:
        subject, other = ("patient", "agent") if event.passive else ("agent", "patient")
        parts: dict[Slot, Sequence[Word]] = {
            subject: self._noun_phrase(getattr(event, subject), subject),
            other: self._noun_phrase(getattr(event, other), other, "" if event.passive else self.rules.object_affix),
            "verb": [self._verb(event, auxiliary=auxiliary)],
        }
        if event.passive:
            parts["agent"] = self._adverbial("by", parts["agent"])
        if event.negated:
            parts["negation"] = [self._word("not", "PART")]
        if auxiliary and self.rules.auxiliaries:
            parts["auxiliary"] = [self._word("was" if event.passive else "did", "AUX")]
        if event.place:
            parts["place"] = self._adverbial("in", self._noun_phrase(Entity(event.place), "place"))
        if event.time:
            parts["time"] = self._adverbial("on", [self._word(event.time, "NOUN", "time")])
        return parts

    def _state_parts(self, state: State) -> dict[Slot, Sequence[Word]]:
        copula = [self._word("is", "AUX")]
        if state.negated:
            copula.append(self._word("not", "PART"))
        value: Sequence[Word]
        if not state.relation:
            value = [self._word(state.value.noun, "ADJ", "value")]
        elif state.relation == A_KIND_OF:
            value = [self._word(A_KIND_OF, "ADP"), self._word(state.value.noun, "NOUN", "value")]
        else:
            value = self._adverbial(state.relation, self._noun_phrase(state.value, "value"))
        return {"subject": self._noun_phrase(state.subject, "subject"), "copula": copula, "value": value}

    def _state_question(self, state: State, asked: Slot) -> Sentence:
        """ "What is the dog?", "where is the dog?", "how is the dog?", "who is in the park?"."""
        parts = self._state_parts(state)
        word = {"": "how", A_KIND_OF: "what"}.get(state.relation, "where")
        if asked == "subject":
            word = "who" if is_person(state.subject.noun) else "what"
        parts[asked] = [self._word(word, "PRON" if word in ("who", "what") else "ADV", asked)]
        first = (asked, "copula") if self.rules.question_word_first else ()
        return self._assemble(parts, (*first, *self.rules.state_order), "?")

    def _adverbial(self, preposition: str, phrase: Sequence[Word]) -> Sequence[Word]:
        word = self._word(preposition, "ADP")
        return [*phrase, word] if self.rules.postpositions else [word, *phrase]

    def _noun_phrase(self, entity: Entity, slot: Slot, affix: str = "") -> Sequence[Word]:
        """Made once, as texts speak of the same few people and things again and again."""
        phrase = self._phrases.get((entity, slot, affix))
        if phrase is None:
            phrase = self._phrases[entity, slot, affix] = self._new_noun_phrase(entity, slot, affix)
        return phrase

    def _new_noun_phrase(self, entity: Entity, slot: Slot, affix: str) -> Sequence[Word]:
        if entity.noun in BRANDS:
            name, noun = self._word(entity.noun, "PROPN", slot), self._noun(COMPANY, slot, affix)
            return [name, noun] if self.rules.adjective_first else [noun, name]
        if entity.noun in PROPER_NAMES:
            return [self._noun(entity.noun, slot, affix)]
        words = [self._noun(entity.noun, slot, affix)]
        if entity.adjective:
            adjective = self._word(entity.adjective, "ADJ", slot)
            words = [adjective, *words] if self.rules.adjective_first else [*words, adjective]
        return [self._word("the", "DET", slot), *words] if self.rules.articles else words

    def _noun(self, noun: str, slot: Slot, affix: str) -> Word:
        word_class = "PROPN" if noun in PROPER_NAMES else "NOUN"
        return Word(affixed(self.lexicon[noun], affix), word_class, slot)

    def _word(self, english: str, word_class: str, slot: Slot = "") -> Word:
        return Word(self.lexicon[english], word_class, slot)

    def _verb(self, event: Event, *, auxiliary: bool) -> Word:
        if not self.rules.auxiliaries:
            text = affixed(self.lexicon[event.verb], self.rules.passive_affix if event.passive else "")
            return Word(affixed(text, self.rules.past_affix), "VERB")
        if event.passive:
            return Word(english_past(event.verb, IRREGULAR_PARTICIPLE), "VERB")
        if auxiliary:
            return Word(event.verb, "VERB")
        return Word(english_past(event.verb, IRREGULAR_PAST), "VERB")


def is_person(noun: str) -> bool:
    """Whether one asks "who" for it."""
    return noun in PEOPLE or noun in BRANDS


def affixed(word: str, affix: str) -> str:
    """The word with a suffix ("-ta") or a prefix ("ta-")."""
    if affix.endswith("-"):
        return affix[:-1] + word
    return word + affix[1:]


def english_past(verb: str, irregular: Mapping[str, str]) -> str:
    """The past of an English verb, or its participle, by which of the irregular ones are given."""
    return irregular.get(verb) or verb + ("d" if verb.endswith("e") else "ed")


def _class_of(word: str) -> str:
    if word in NAMES or word in CITIES:
        return "PROPN"
    return {"yes": "INTJ", "no": "INTJ", "because": "SCONJ", "and": "CCONJ"}.get(word, "ADV")
