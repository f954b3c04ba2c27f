"""The pretraining text: reproducible, in each language's share, and without what would give tasks away."""

from __future__ import annotations

import itertools
from collections import Counter
from random import Random

import pytest

from harness.sources.mini.corpus import Corpus, typical_event
from harness.sources.mini.languages import CONSTRUCTED, LANGUAGES, grammar_of
from harness.sources.mini.vocabulary import FUNCTION_WORDS, NEXT, OUTCOME, VERBS

MARKERS = {"indeed", "instead", "yes", "no"}


def words(text: str) -> list[str]:
    return text.replace(".", " ").replace("?", " ").split()


@pytest.fixture(scope="module")
def documents() -> list[tuple[str, tuple[str, ...]]]:
    return list(Corpus(seed=3, markers=0.0).documents(3000))


def test_documents_are_the_same_again_and_others_with_another_seed(
    documents: list[tuple[str, tuple[str, ...]]],
) -> None:
    assert list(Corpus(seed=3, markers=0.0).documents(3000)) == documents
    assert list(Corpus(seed=4, markers=0.0).documents(3000)) != documents


def test_languages_have_their_shares(documents: list[tuple[str, tuple[str, ...]]]) -> None:
    counts = Counter(code for code, _ in documents)
    total = sum(language.pretraining for language in LANGUAGES.values())
    for code, language in LANGUAGES.items():
        assert counts[code] / 3000 == pytest.approx(language.pretraining / total, abs=0.03)


def test_documents_have_one_or_two_parts_of_known_words(documents: list[tuple[str, tuple[str, ...]]]) -> None:
    assert {len(parts) for _, parts in documents} <= {1, 2}
    english = {word for code, parts in documents if code == "en" for part in parts for word in words(part)}
    function = {word for entry in FUNCTION_WORDS for word in entry.split()}
    assert {"the", "was", "did", "in", "what"} <= english & function
    assert not english & MARKERS


def test_markers_only_where_they_are_asked_for() -> None:
    texts = [" ".join(parts) for code, parts in Corpus(markers=1.0).documents(300) if code == "en"]
    assert texts
    assert all(MARKERS & set(words(text)) for text in texts)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_share_of_documents_with_english_words(share: float) -> None:
    """In the other script every English letter comes from switching."""
    rng = Random(0)
    corpus = Corpus(code_switched=share)
    latin = [
        any(letter.isascii() and letter.isalpha() for part in corpus.document(rng, "qae") for letter in part)
        for _ in range(200)
    ]
    assert sum(latin) / 200 == 0 if share == 0 else sum(latin) / 200 > 0.8


def test_switched_documents_keep_their_grammar() -> None:
    rng = Random(0)
    own = grammar_of("qae").lexicon["on"]
    texts = " ".join(part for _ in range(300) for part in Corpus(code_switched=1.0).document(rng, "qae"))
    assert own in texts
    assert " on " not in texts


def test_events_follow_habits() -> None:
    """Some days go with a verb far more often than by chance, which would give each a sixth."""
    rng = Random(0)
    days = Counter(event.time for event in (typical_event(rng, "wash") for _ in range(2000)) if event.time)
    assert sum(count for _, count in days.most_common(2)) / days.total() > 0.6
    assert len(days) == 6


def test_what_happens_next_is_told_next(documents: list[tuple[str, tuple[str, ...]]]) -> None:
    """After an event in English: the next event, or what comes of it, far more often than any other."""
    past = {grammar_past(verb): verb for verb in VERBS}
    followed = Counter[bool]()
    for code, parts in documents:
        if code == "en" and len(parts) == 2 and words(parts[1])[0] == "then":
            found = [past[word] for word in words(parts[0]) if word in past]
            then = words(parts[1])
            for verb in itertools.islice(found, 1):
                followed[NEXT[verb] in {past.get(word) for word in then} or OUTCOME[verb] in then] += 1
    assert followed.total() > 50
    assert followed[True] / followed.total() > 0.75


def grammar_past(verb: str) -> str:
    irregular = {"teach": "taught", "lose": "lost", "find": "found", "sell": "sold", "buy": "bought"}
    irregular |= {"carry": "carried", "hide": "hid"}
    return irregular.get(verb, f"{verb.removesuffix('e')}ed")


def test_every_constructed_language_is_written(documents: list[tuple[str, tuple[str, ...]]]) -> None:
    assert {code for code, _ in documents} == {"en", *CONSTRUCTED}
