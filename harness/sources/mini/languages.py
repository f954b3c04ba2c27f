"""English, the constructed languages and their dialects: what each shares with English, and in what it differs.

After Dufter and Schütze (2020) and K et al. (2020), who took English and exchanged its words or its order to see what
lets one encoder serve two languages.
"""

from __future__ import annotations

import functools
import re
import string
from dataclasses import dataclass, replace
from random import Random

from harness.sources.mini.grammars import Grammar, Rules, affixed
from harness.sources.mini.vocabulary import (
    CONTENT_WORDS,
    FUNCTION_WORDS,
    GENERATOR_VERSION,
    IRREGULAR_PARTICIPLE,
    IRREGULAR_PAST,
    PROPER_NAMES,
    VERBS_AND_SYNONYMS,
)

SOV = ("agent", "time", "place", "patient", "negation", "verb")
VSO = ("negation", "verb", "agent", "patient", "place", "time")
SVO = ("agent", "negation", "verb", "patient", "place", "time")

GEORGIAN = dict(zip("abgdevztiklmnopjrsufhqyw", "აბგდევზთიკლმნოპჟრსუფჰქყწ", strict=True))
"""One letter for each that the other languages' words and names are made of."""


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language of the world.

    Attributes:
        shared: share of the content words that are English.
        pretraining: share of the pretraining text, relative to the other languages'.
        consonants, vowels: what its own words are made of, in Latin letters.
        rules: its grammar.
        script: "Latin" or "Georgian"; in another script nothing is spelled as in English, names included.
        kin: of a dialect, the language whose words it has, and the one that it has taken some from.
        taken: of a dialect, the share of its words that are the second one's.
    """

    code: str
    about: str
    shared: float = 0.0
    pretraining: float
    consonants: str = ""
    vowels: str = ""
    rules: Rules
    script: str = "Latin"
    kin: tuple[str, str] | None = None
    taken: float = 0.0

    def lexicon(self) -> dict[str, str]:
        """The word for each English word; the same for every seed of the rows."""
        if self.code == "en":
            return {word: word for word in (*PROPER_NAMES, *CONTENT_WORDS, *FUNCTION_WORDS)}
        rng = Random(f"mini {GENERATOR_VERSION} {self.code}")
        if self.kin:
            return self._words_of_kin(rng, *(LANGUAGES[code].lexicon() for code in self.kin))
        borrowed = {*PROPER_NAMES, *rng.sample(CONTENT_WORDS, round(self.shared * len(CONTENT_WORDS)))}
        taken = {*PROPER_NAMES, *CONTENT_WORDS, *FUNCTION_WORDS}
        lexicon = {}
        for word in (*PROPER_NAMES, *CONTENT_WORDS, *FUNCTION_WORDS):
            made = word
            while word not in borrowed and made in taken:
                syllables = rng.choice((2, 3) if word in CONTENT_WORDS else (1, 2))
                made = "".join(rng.choice(self.consonants) + rng.choice(self.vowels) for _ in range(syllables))
            taken.add(made)
            lexicon[word] = self.spelled(made)
        return lexicon

    def _words_of_kin(self, rng: Random, own: dict[str, str], other: dict[str, str]) -> dict[str, str]:
        foreign = {*rng.sample(CONTENT_WORDS, round(self.taken * len(CONTENT_WORDS)))}
        # A word that means something else in the first language would mean two things.
        clear = {word for word in foreign if other[word] not in {*own.values()} - {own[word]}}
        return {word: other[word] if word in clear else known for word, known in own.items()}

    def spelled(self, word: str) -> str:
        """The word in the language's script."""
        if self.script == "Latin":
            return word
        return "".join(GEORGIAN.get(letter, letter) for letter in word.lower().replace("c", "k").replace("x", "s"))


LANGUAGES = {
    known.code: known
    for known in (
        Language(code="en", about="English, small", shared=1.0, pretraining=3.0, rules=Rules(auxiliaries=True)),
        Language(
            code="qaa",
            about="near English: half of its words, the same order",
            shared=0.5,
            pretraining=2.0,
            consonants="bdfgklmnprstv",
            vowels="aeiou",
            rules=Rules(order=SVO, past_affix="-ta", passive_affix="-ve"),
        ),
        Language(
            code="qab",
            about="verb last, postpositions, object case, no articles, question words in place",
            shared=0.3,
            pretraining=1.5,
            consonants="hjkmnqtwyz",
            vowels="aiu",
            rules=Rules(
                order=SOV,
                state_order=("subject", "value", "copula"),
                articles=False,
                postpositions=True,
                object_affix="-ko",
                past_affix="-mu",
                passive_affix="-hi",
                question_word_first=False,
            ),
        ),
        Language(
            code="qac",
            about="verb first, adjectives after nouns, tense as a prefix",
            shared=0.2,
            pretraining=1.0,
            consonants="bdghlmnrsvz",
            vowels="aeo",
            rules=Rules(
                order=VSO,
                state_order=("copula", "subject", "value"),
                adjective_first=False,
                past_affix="za-",
                passive_affix="re-",
            ),
        ),
        Language(
            code="qad",
            about="low-resource: a tenth of English's text; adjectives after nouns",
            shared=0.3,
            pretraining=0.3,
            consonants="fgjklprstw",
            vowels="eiou",
            rules=Rules(order=SVO, adjective_first=False, past_affix="-fo", passive_affix="-ri"),
        ),
        Language(
            code="qae",
            about="another script, no word or name in common; verb last, adjectives after nouns",
            pretraining=0.8,
            consonants="bgdvzklmnprst",
            vowels="aeiou",
            rules=Rules(
                order=SOV,
                state_order=("subject", "value", "copula"),
                articles=False,
                adjective_first=False,
                postpositions=True,
                past_affix="-და",
                passive_affix="-ლი",
                question_word_first=False,
            ),
            script="Georgian",
        ),
    )
}
CONSTRUCTED = tuple(code for code in LANGUAGES if code != "en")

DIALECTS = {
    known.code: known
    for known in (
        Language(
            code="qaf",
            about="low-resource: a dialect of qad, a third of its words from qaa; the encoder has read nothing in it",
            pretraining=0.0,
            rules=LANGUAGES["qad"].rules,
            kin=("qad", "qaa"),
            taken=1 / 3,
        ),
        Language(
            code="qag",
            about="low-resource: a dialect of qaa, a third of its words from qad, adjectives after nouns; the encoder "
            "has read nothing in it",
            pretraining=0.0,
            rules=replace(LANGUAGES["qaa"].rules, adjective_first=False),
            kin=("qaa", "qad"),
            taken=1 / 3,
        ),
    )
}
"""Languages of some worlds alone, made of words that the encoder's tokenizer has."""

EVERY = {**LANGUAGES, **DIALECTS}
"""What any world has."""


@functools.cache
def grammar_of(code: str) -> Grammar:
    """The grammar of the language of that code."""
    return Grammar(EVERY[code].lexicon(), EVERY[code].rules)


def pieces() -> list[str]:
    """What words are made of in all languages: words and stems, affixes, letters; "▁" begins a word, as in XLM-R.

    The vocabulary of the encoder's tokenizer.
    """
    found: dict[str, None] = {}
    for language in LANGUAGES.values():
        rules, lexicon = language.rules, grammar_of(language.code).lexicon
        stems = [lexicon[verb] for verb in VERBS_AND_SYNONYMS] if rules.past_affix.endswith("-") else []
        # Where a prefix comes first, code-switched English verbs do not begin their word either.
        found |= dict.fromkeys([*stems, *(VERBS_AND_SYNONYMS if stems else ())])
        for words in lexicon.values():
            found |= dict.fromkeys(f"▁{word}" for word in words.split() if word not in stems)
        affixes = [rules.object_affix, rules.passive_affix, rules.past_affix]
        found |= dict.fromkeys(_piece(affix, first=affix == rules.past_affix) for affix in affixes if affix)
    found |= dict.fromkeys([f"▁{word}" for word in (*IRREGULAR_PAST.values(), *IRREGULAR_PARTICIPLE.values())])
    letters = sorted({letter for piece in found for letter in piece} | set(string.ascii_letters))
    return [*found, "ed", "d", *".?:{}", *(letter for letter in letters if letter not in found and letter != "d")]


def _piece(affix: str, *, first: bool) -> str:
    """An affix as a piece; only the first prefix of a word begins it."""
    return f"▁{affix[:-1]}" if first and affix.endswith("-") else affix.strip("-")


def gloss(code: str, text: str) -> str:
    """The text word by word in English, with what its affixes mean: "wash-PAST"; unknown words stay as they are."""
    known = _glosses(code)
    return re.sub(r"[^\s.?:{}]+", lambda word: known.get(word[0], word[0]), text)


def language_of(text: str, likely: str = "en") -> str:
    """The language that knows most words of the text; of equals the likely one, then the first."""
    words = re.findall(r"[^\s.?:{}]+", text)
    return max(dict.fromkeys((likely, *EVERY)), key=lambda code: sum(word in _glosses(code) for word in words))


@functools.cache
def _glosses(code: str) -> dict[str, str]:
    """Every form of every word."""
    lexicon, rules = grammar_of(code).lexicon, EVERY[code].rules
    forms: dict[str, str] = {}
    for english, words in lexicon.items():
        first, *rest = words.split()
        forms |= {first: english, **dict.fromkeys(rest, "")}
        forms[affixed(first, rules.object_affix)] = f"{english}-OBJECT" if rules.object_affix else english
    for verb in VERBS_AND_SYNONYMS if rules.past_affix else ():
        forms[affixed(lexicon[verb], rules.past_affix)] = f"{verb}-PAST"
        forms[affixed(affixed(lexicon[verb], rules.passive_affix), rules.past_affix)] = f"{verb}-PASSIVE-PAST"
    return forms
