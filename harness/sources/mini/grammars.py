"""The grammars of English and the constructed languages: from what the world means to words."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from harness.sources.mini.world import (
    CONTENT_WORDS,
    FUNCTION_WORDS,
    GENERATOR_VERSION,
    NAMES,
    PEOPLE,
    Entity,
    Meaning,
    Slot,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

IRREGULAR_PAST = {
    "teach": "taught",
    "lose": "lost",
    "find": "found",
    "sell": "sold",
    "buy": "bought",
    "carry": "carried",
    "hide": "hid",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence, its class (such as "noun") and the slot of the event it belongs to, or ""."""

    text: str
    word_class: str
    slot: Slot = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words, and the mark that ends them."""

    words: tuple[Word, ...]
    end: str

    @property
    def text(self) -> str:
        """The sentence as it is written."""
        text = " ".join(word.text for word in self.words)
        return text[0].upper() + text[1:] + self.end

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
class Grammar:
    """How one language says what the world means: the rules and the lexicon.

    Attributes:
        lexicon: the word for each English word.
        order: the order of an event's slots; "auxiliary" stands for the place of the auxiliary verb.
        auxiliary: the verb that negations and questions need, or "".
        articles: whether nouns have an article.
        postpositions: whether "in" and "on" follow what they govern.
        object_suffix: the case ending of patients.
        past_suffix: the ending of verbs; "" for the English past.
        question_word_first: whether a question begins with its question word; else it stays in the answer's place.
    """

    code: str
    lexicon: Mapping[str, str]
    order: tuple[Slot, ...] = ("agent", "auxiliary", "verb", "patient", "place", "time")
    auxiliary: str = ""
    articles: bool = True
    postpositions: bool = False
    object_suffix: str = ""
    past_suffix: str = ""
    question_word_first: bool = True

    def sentence(self, event: Meaning) -> Sentence:
        """The statement that an event happened, or did not."""
        parts = self._parts(event, auxiliary=event.negated)
        return self._assemble(parts, [event.front, *self.order], ".")

    def question(self, event: Meaning, asked: Slot) -> Sentence:
        """The question for one slot of an event."""
        moves = self.question_word_first and asked != "agent"
        parts = self._parts(event, auxiliary=event.negated or moves)
        who_or_what = "who" if event.patient.noun in PEOPLE else "what"
        word = {"agent": "who", "patient": who_or_what, "place": "where", "time": "when"}[asked]
        parts[asked] = [Word(self.lexicon[word], "question word", asked)]
        first = [asked, "auxiliary"] if moves else []
        return self._assemble(parts, [event.front, *first, *self.order], "?")

    def gloss(self, *parts: str | Entity, end: str) -> Sentence:
        """English words and things, said word by word."""
        words: list[Word] = []
        for part in parts:
            if isinstance(part, Entity):
                words += self._noun_phrase(part, "")
            else:
                words += [Word(self.lexicon[word], "word") for word in part.split()]
        return Sentence(tuple(words), end)

    def _assemble(self, parts: Mapping[Slot, list[Word]], order: list[Slot], end: str) -> Sentence:
        slots = dict.fromkeys(slot for slot in order if slot in parts)
        return Sentence(tuple(word for slot in slots for word in parts[slot]), end)

    def _parts(self, event: Meaning, *, auxiliary: bool) -> dict[Slot, list[Word]]:
        verb = [Word(self.lexicon["not"], "negation")] if event.negated else []
        parts = {
            "agent": self._noun_phrase(event.agent, "agent"),
            "verb": verb,
            "patient": self._noun_phrase(event.patient, "patient", self.object_suffix),
        }
        if auxiliary and self.auxiliary:
            parts["auxiliary"] = [Word(self.auxiliary, "auxiliary")]
            verb.append(Word(self.lexicon[event.verb], "verb"))
        else:
            verb.append(Word(self._past(event.verb), "verb"))
        if event.place:
            parts["place"] = self._adverbial("in", self._noun_phrase(Entity(event.place), "place"))
        if event.time:
            parts["time"] = self._adverbial("on", [Word(self.lexicon[event.time], "noun", "time")])
        return parts

    def _adverbial(self, preposition: str, phrase: list[Word]) -> list[Word]:
        word = Word(self.lexicon[preposition], "adposition")
        return [*phrase, word] if self.postpositions else [word, *phrase]

    def _noun_phrase(self, entity: Entity, slot: Slot, suffix: str = "") -> list[Word]:
        noun = Word(self.lexicon[entity.noun] + suffix, "noun", slot)
        if entity.noun in NAMES:
            return [noun]
        words = [Word(self.lexicon["the"], "article", slot)] if self.articles else []
        if entity.adjective:
            words.append(Word(self.lexicon[entity.adjective], "adjective", slot))
        return [*words, noun]

    def _past(self, verb: str) -> str:
        if self.past_suffix:
            return self.lexicon[verb] + self.past_suffix
        return IRREGULAR_PAST.get(verb) or verb + ("d" if verb.endswith("e") else "ed")


@functools.cache
def grammar_of(code: str) -> Grammar:
    """The grammar of the language of that code."""
    return {"en": _english, "qaa": _near, "qab": _far}[code]()


def _english() -> Grammar:
    lexicon = {word: word for word in (*NAMES, *CONTENT_WORDS, *FUNCTION_WORDS)}
    return Grammar(code="en", lexicon=lexicon, auxiliary="did")


def _near() -> Grammar:
    lexicon = _invent("qaa", shared=0.5, consonants="bdfgklmnprstv", vowels="aeiou")
    return Grammar(code="qaa", lexicon=lexicon, past_suffix="ta")


def _far() -> Grammar:
    return Grammar(
        code="qab",
        lexicon=_invent("qab", shared=0.1, consonants="hjkmnqtwyz", vowels="aiu"),
        order=("agent", "time", "place", "patient", "verb"),
        articles=False,
        postpositions=True,
        object_suffix="ko",
        past_suffix="mu",
        question_word_first=False,
    )


def _invent(code: str, *, shared: float, consonants: str, vowels: str) -> dict[str, str]:
    """Words of a constructed language: names are English, so is a share of the content words, the rest is made up."""
    # The words do not depend on the seed of the rows: every seed draws rows of the same languages.
    rng = Random(f"mini {GENERATOR_VERSION} {code}")
    borrowed = {*NAMES, *rng.sample(CONTENT_WORDS, round(shared * len(CONTENT_WORDS)))}
    taken = {*NAMES, *CONTENT_WORDS, *FUNCTION_WORDS}
    lexicon = {}
    for word in (*NAMES, *CONTENT_WORDS, *FUNCTION_WORDS):
        made = word
        while word not in borrowed and made in taken:
            syllables = rng.choice((2, 3) if word in CONTENT_WORDS else (1, 2))
            made = "".join(rng.choice(consonants) + rng.choice(vowels) for _ in range(syllables))
        taken.add(made)
        lexicon[word] = made
    return lexicon
