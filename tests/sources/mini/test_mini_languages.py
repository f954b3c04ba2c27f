"""The constructed languages: order, affixes, articles, script and shared words, as their descriptions say."""

from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace

from harness.languages import LANGUAGES as KNOWN
from harness.sources.mini import world
from harness.sources.mini.languages import CONSTRUCTED, DIALECTS, LANGUAGES, gloss, grammar_of, pieces
from harness.sources.mini.vocabulary import (
    A_KIND_OF,
    COLOURS,
    CONTENT_WORDS,
    FUNCTION_WORDS,
    KIND_OF,
    PLACES,
    PROPER_NAMES,
    SPATIAL,
    THINGS,
    VERBS_AND_SYNONYMS,
)
from harness.sources.mini.world import EVERYTHING, Entity, Event, State

FIND = Event(agent=Entity("baker", "tall"), verb="find", patient=Entity("lamp", "big"), place="park", time="Monday")
FORMS = {"active": FIND, "negated": replace(FIND, negated=True), "passive": replace(FIND, passive=True)}

# By hand, from what each language is said to be; "lamp+" has the ending of objects, "found" and "found'" the past and
# the passive past.
STATEMENTS = {
    "qaa": {
        "active": "the tall baker found the big lamp in the park on Monday",
        "negated": "the tall baker not found the big lamp in the park on Monday",
        "passive": "the big lamp found' by the tall baker in the park on Monday",
    },
    "qab": {
        "active": "tall baker Monday on park in big lamp+ found",
        "negated": "tall baker Monday on park in big lamp+ not found",
        "passive": "big lamp Monday on park in tall baker by found'",
    },
    "qac": {
        "active": "found the baker tall the lamp big in the park on Monday",
        "negated": "not found the baker tall the lamp big in the park on Monday",
        "passive": "found' the lamp big by the baker tall in the park on Monday",
    },
    "qad": {
        "active": "the baker tall found the lamp big in the park on Monday",
        "negated": "the baker tall not found the lamp big in the park on Monday",
        "passive": "the lamp big found' by the baker tall in the park on Monday",
    },
    "qae": {
        "active": "baker tall Monday on park in lamp big found",
        "negated": "baker tall Monday on park in lamp big not found",
        "passive": "lamp big Monday on park in baker tall by found'",
    },
}
QUESTIONS = {
    "qaa": {"patient": "what the tall baker found in the park on Monday"},
    "qab": {
        "patient": "tall baker Monday on park in what found",
        "place": "tall baker Monday on where big lamp+ found",
        "agent": "who Monday on park in big lamp+ found",
    },
    "qac": {
        "patient": "what found the baker tall in the park on Monday",
        "time": "when found the baker tall the lamp big in the park",
    },
    "qad": {"place": "where the baker tall found the lamp big on Monday"},
    "qae": {"patient": "baker tall Monday on park in what found"},
}
STATES = {
    "qaa": "the red dog is not above the car",
    "qab": "red dog car above is not",
    "qac": "is not the dog red above the car",
    "qad": "the dog red is not above the car",
    "qae": "dog red car above is not",
}
PAST = {"qaa": "{}ta", "qab": "{}mu", "qac": "za{}", "qad": "{}fo", "qae": "{}და"}
PASSIVE_PAST = {"qaa": "{}veta", "qab": "{}himu", "qac": "zare{}", "qad": "{}rifo", "qae": "{}ლიდა"}


def in_language(code: str, words: str) -> list[str]:
    """What the words of a hand-written order are in a language."""
    lexicon = grammar_of(code).lexicon

    def word(english: str) -> str:
        if english in ("found", "found'"):
            return (PAST if english == "found" else PASSIVE_PAST)[code].format(lexicon["find"])
        return lexicon[english.removesuffix("+")] + ("ko" if english.endswith("+") else "")

    return [word(english) for english in words.split()]


@pytest.mark.parametrize("code", CONSTRUCTED)
@pytest.mark.parametrize("form", FORMS)
def test_statements(code: str, form: str) -> None:
    sentence = grammar_of(code).sentence(FORMS[form])
    assert [word.text for word in sentence.words] == in_language(code, STATEMENTS[code][form])
    assert sentence.text.endswith(".")


@pytest.mark.parametrize(("code", "asked"), [(code, asked) for code in QUESTIONS for asked in QUESTIONS[code]])
def test_questions(code: str, asked: str) -> None:
    question = grammar_of(code).question(FIND, asked)
    assert [word.text for word in question.words] == in_language(code, QUESTIONS[code][asked])
    assert question.text.endswith("?")


@pytest.mark.parametrize("code", CONSTRUCTED)
def test_states(code: str) -> None:
    state = State(subject=Entity("dog", "red"), relation="above", value=Entity("car"), negated=True)
    assert [word.text for word in grammar_of(code).sentence(state).words] == in_language(code, STATES[code])


def test_what_is_said_first() -> None:
    time_first = replace(FIND, front="time")
    assert [word.text for word in grammar_of("qab").sentence(time_first).words] == in_language(
        "qab", "Monday on tall baker park in big lamp+ found"
    )
    assert [word.text for word in grammar_of("qac").sentence(time_first).words] == in_language(
        "qac", "on Monday found the baker tall the lamp big in the park"
    )


def test_question_words_in_a_passive_keep_their_postposition() -> None:
    assert [
        word.text for word in grammar_of("qab").question(replace(FIND, passive=True), "agent").words
    ] == in_language("qab", "big lamp Monday on park in who by found'")


def test_companies_have_their_name_where_adjectives_stand() -> None:
    def order(code: str) -> list[str]:
        return [gloss(code, word.text) for word in grammar_of(code).phrase(Entity("Vega")).words]

    assert {code: order(code)[0] for code in LANGUAGES} == {
        "en": "Vega",
        "qaa": "Vega",
        "qab": "Vega",
        "qac": "company",
        "qad": "company",
        "qae": "company",
    }


@pytest.mark.parametrize(
    ("code", "share"), [("en", 1), ("qaa", 0.5), ("qab", 0.3), ("qac", 0.2), ("qad", 0.3), ("qae", 0)]
)
def test_share_of_words_that_are_english(code: str, share: float) -> None:
    def shared(words: tuple[str, ...]) -> float:
        lexicon = grammar_of(code).lexicon
        return sum(lexicon[word] == word for word in words) / len(words)

    assert LANGUAGES[code].shared == share
    assert shared(CONTENT_WORDS) == pytest.approx(share, abs=1 / len(CONTENT_WORDS))
    assert shared(FUNCTION_WORDS) == (code == "en")
    assert shared(PROPER_NAMES) == (code != "qae")


@pytest.mark.parametrize("code", LANGUAGES)
def test_script(code: str) -> None:
    """Every letter of every word is of the script that `xharness show` names."""
    ranges = {"Latin": lambda letter: letter.isascii(), "Georgian": lambda letter: "ა" <= letter <= "ჺ"}
    letters = {letter for word in grammar_of(code).lexicon.values() for letter in word if letter != " "}
    assert LANGUAGES[code].script == ("Georgian" if code == "qae" else "Latin")
    assert all(map(ranges[LANGUAGES[code].script], letters))
    assert code in KNOWN


def test_names_are_spelled_by_letter() -> None:
    lexicon = grammar_of("qae").lexicon
    assert (lexicon["Anna"], lexicon["Carla"], lexicon["Lima"]) == ("ანნა", "კარლა", "ლიმა")


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_word_means_two_things(code: str) -> None:
    lexicon = grammar_of(code).lexicon
    assert len(set(lexicon.values())) == len(lexicon)


@pytest.mark.parametrize("code", CONSTRUCTED)
def test_every_form_has_its_gloss(code: str) -> None:
    lexicon = grammar_of(code).lexicon
    for word in lexicon:
        assert gloss(code, lexicon[word]) == word
    for verb in VERBS_AND_SYNONYMS:
        assert gloss(code, PAST[code].format(lexicon[verb])) == f"{verb}-PAST"
        assert gloss(code, PASSIVE_PAST[code].format(lexicon[verb])) == f"{verb}-PASSIVE-PAST"


def test_gloss_of_objects_and_of_a_text() -> None:
    lexicon = grammar_of("qab").lexicon
    for noun in (*PROPER_NAMES, *THINGS):
        assert gloss("qab", f"{lexicon[noun]}ko") == f"{noun}-OBJECT"
    text = grammar_of("qab").sentence(FIND).text
    assert gloss("qab", f"{text} zebra?") == "tall baker Monday on park in big lamp-OBJECT find-PAST. zebra?"
    assert gloss("en", "the dog is a kind of animal.").split() == ["the", "dog", "is", "a", "kind", "of", "animal."]


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_meaning_has_a_sentence_of_its_own(code: str) -> None:
    rng = Random(0)
    meanings: set[Event | State] = set()
    for event in (event for _ in range(600) for event in world.draw(rng, EVERYTHING)):
        changed = [*world.swapped(event), *world.with_opposite(event), *world.with_another(event, rng, EVERYTHING)]
        meanings |= {event, replace(event, passive=not event.passive), replace(event, negated=True), *changed}
    for thing in THINGS:
        one, other = Entity(thing, rng.choice(COLOURS)), Entity(rng.choice(THINGS), rng.choice(COLOURS))
        meanings |= {State(subject=one, relation=relation, value=other) for relation in SPATIAL}
        meanings |= {State(subject=Entity(thing), relation="in", value=Entity(place)) for place in PLACES}
        meanings.add(State(subject=Entity(thing), relation=A_KIND_OF, value=Entity(KIND_OF[thing])))
        meanings |= {State(subject=Entity(thing), value=Entity("wet"), negated=negated) for negated in (True, False)}
    assert len(meanings) > 3000
    assert len({grammar_of(code).sentence(meaning).text for meaning in meanings}) == len(meanings)


@pytest.mark.parametrize("code", CONSTRUCTED)
def test_words_are_switched_to_english(code: str) -> None:
    grammar = grammar_of(code)
    switched = grammar.code_switched(Random(0), 0.3)
    own = [word for word in CONTENT_WORDS if grammar.lexicon[word] != word]
    english = [word for word in own if switched.lexicon[word] == word]
    assert 0.2 < len(english) / len(own) < 0.4
    assert all(switched.lexicon[word] == grammar.lexicon[word] for word in (*FUNCTION_WORDS, *PROPER_NAMES))
    assert switched.rules == grammar.rules


def test_pieces_make_up_all_words() -> None:
    """Every word is one piece, or a stem and affixes; no piece is there twice."""
    found = pieces()
    assert len(set(found)) == len(found)
    known = set(found)
    assert {"▁the", "▁Anna", "▁taught", "▁hidden", "ed", "d", "ko", "mu", "hi", "▁za", "re", "ta", "ve", "და"} <= known
    for code in ("qaa", "qab", "qad", "qae"):
        assert {f"▁{word}" for text in grammar_of(code).lexicon.values() for word in text.split()} <= known
    # Of a verb with a prefix, only the prefix begins the word.
    assert {grammar_of("qac").lexicon[verb] for verb in VERBS_AND_SYNONYMS} <= known
    assert set("abcdefghijklmnopqrstuvwxyz") <= known


@pytest.mark.parametrize("code", DIALECTS)
def test_a_dialect_has_the_words_of_its_kin_and_no_others(code: str) -> None:
    kin = DIALECTS[code].kin
    assert kin
    own, first, second = (grammar_of(one).lexicon for one in (code, *kin))
    assert all(own[word] in (first[word], second[word]) for word in own)
    taken = sum(own[word] != first[word] for word in CONTENT_WORDS) / len(CONTENT_WORDS)
    # Some words are the same in both.
    assert 0.15 < taken < 0.34
    assert len(set(own.values())) == len(own)


@pytest.mark.parametrize("code", DIALECTS)
def test_a_dialect_needs_no_piece_that_the_encoder_does_not_know(code: str) -> None:
    from tokenizers import Tokenizer

    from harness.sources.mini.encoder import DIRECTORY

    tokenizer = Tokenizer.from_file(str(DIRECTORY / "tokenizer.json"))
    unknown = tokenizer.token_to_id("<unk>")
    words = [word for known in grammar_of(code).lexicon.values() for word in known.split()]
    tokens = [tokenizer.encode(word, add_special_tokens=False).ids for word in words]
    assert not any(unknown in ids for ids in tokens)
    assert sum(map(len, tokens)) < 1.3 * len(words)
