"""From words of one of mini's languages to those of another, each in all its forms."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from harness.sources.mini.grammars import affixed, english_past
from harness.sources.mini.languages import LANGUAGES, grammar_of
from harness.sources.mini.vocabulary import IRREGULAR_PARTICIPLE, IRREGULAR_PAST, VERBS_AND_SYNONYMS


@functools.cache
def mini_dictionary(language: str, other: str = "en") -> Mapping[str, str]:
    """What each word of one of mini's languages is in another; verbs keep their tense and voice.

    Left out are words that are the same in both. Empty for languages that mini does not have.
    """
    if language not in LANGUAGES or other not in LANGUAGES:
        return {}
    forms, others = _forms(language), _forms(other)
    found: dict[str, str] = {}
    for meaning, word in forms.items():
        if word != others[meaning] and " " not in f"{word}{others[meaning]}":
            found.setdefault(word, others[meaning])
    return found


@functools.cache
def _forms(language: str) -> Mapping[tuple[str, str], str]:
    """A word by what it means in English and its form; only English has verbs without tense, behind an auxiliary."""
    lexicon, rules = grammar_of(language).lexicon, LANGUAGES[language].rules
    forms = {(english, ""): word for english, word in lexicon.items() if english not in VERBS_AND_SYNONYMS}
    forms |= {(english, "object"): affixed(word, rules.object_affix) for (english, _), word in forms.items()}
    for verb in VERBS_AND_SYNONYMS:
        if rules.auxiliaries:
            past, passive = english_past(verb, IRREGULAR_PAST), english_past(verb, IRREGULAR_PARTICIPLE)
        else:
            past = affixed(lexicon[verb], rules.past_affix)
            passive = affixed(affixed(lexicon[verb], rules.passive_affix), rules.past_affix)
        infinitive = verb if rules.auxiliaries else past
        forms |= {(verb, "past"): past, (verb, "passive"): passive, (verb, "infinitive"): infinitive}
    return forms
