"""Bitext, mining and retrieval: matches are right, keys unique, and what does not match is near."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import pytest

from harness.sources.mini.languages import CONSTRUCTED, LANGUAGES, gloss
from harness.sources.mini.recipes import RECIPES
from harness.sources.mini.vocabulary import NAMES, PROFESSIONS

if TYPE_CHECKING:
    from collections.abc import Callable

DROPPED = {"the", "did", "was", "a", "kind", "of"}


def content(code: str, text: str, english: Any) -> Counter[str]:
    """The English words that a text of a language means, without affixes, articles and auxiliaries."""
    words = []
    for word in gloss(code, text).replace(".", "").replace("?", "").split():
        for ending in ("-OBJECT", "-PASSIVE-PAST", "-PAST"):
            word = word.removesuffix(ending)
        words.append(english.past.get(word, english.participle.get(word, word)) if code == "en" else word)
    return Counter(word for word in words if word not in DROPPED)


def sides(rows: Any, first: str, second: str) -> tuple[list[Any], list[Any]]:
    return [row for row in rows if row.side == first], [row for row in rows if row.side == second]


def by_key(rows: list[Any]) -> dict[str, Any]:
    """Rows by key, each key once."""
    found = {row.key: row for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize("code", CONSTRUCTED)
def test_tatoeba_has_each_sentence_once_on_each_side(mini: Callable[..., Any], english: Any, code: str) -> None:
    source, target = sides(mini("tatoeba", "test", code).rows, "source", "target")
    assert len(source) == len(target) == RECIPES["tatoeba"].sizes["test"]
    translations = by_key(target)
    by_key(source)
    for row in source:
        (match,) = row.matches
        assert translations[match].matches == (row.key,)
        assert content("en", row.text, english) == content(code, translations[match].text, english)
    # No sentence has two translations: no two say the same.
    assert len({english.read(row.text) for row in source}) == len(source)


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("code", CONSTRUCTED)
def test_bucc_shares_half_of_its_sentences(mini: Callable[..., Any], english: Any, code: str, split: str) -> None:
    source, target = sides(mini("bucc2018", split, code).rows, "source", "target")
    size = RECIPES["bucc2018"].sizes[split]
    assert len(source) == len(target) == size
    by_key(source)
    translations = by_key(target)
    matched = [row for row in source if row.matches]
    assert len(matched) == sum(bool(row.matches) for row in target) == size // 2
    for row in matched:
        (match,) = row.matches
        assert translations[match].matches == (row.key,)
        assert content(code, row.text, english) == content("en", translations[match].text, english)
    # What is said to have no translation has none: no sentence of the other side has its words.
    known = [content("en", row.text, english) for row in target]
    assert not [row for row in source if not row.matches and content(code, row.text, english) in known]


@pytest.mark.parametrize("split", ["validation", "test"])
def test_most_sentences_of_bucc_without_translation_nearly_have_one(
    mini: Callable[..., Any], english: Any, split: str
) -> None:
    """Of the unmatched, two of three say what a matched one says but for one part: who, whom, where or when."""
    size = RECIPES["bucc2018"].sizes[split]
    source, target = sides(mini("bucc2018", split, "qaa").rows, "source", "target")
    shared = [content("en", row.text, english) for row in target if row.matches]
    for code, rows in (("qaa", source), ("en", target)):
        unmatched = [content(code, row.text, english) for row in rows if not row.matches]
        assert sum(any(is_near(words, other) for other in shared) for words in unmatched) >= size // 2 * 2 // 3
    told = [english.read(row.text) for row in target if row.matches]
    exchanged = [one_part(english.read(row.text), told) for row in target if not row.matches]
    assert set().union(*exchanged) >= {"agent", "patient", "place", "time"}


def is_near(words: Counter[str], other: Counter[str]) -> bool:
    """Whether one noun is exchanged; an adjective may have gone with it, as names have none."""
    return (words - other).total() == 1 and 1 <= (other - words).total() <= 2


def one_part(read: Any, told: list[Any]) -> set[str]:
    """The one slot in which an event differs from one of those told."""
    slots = ("agent", "verb", "patient", "place", "time", "negated")
    return {
        different[0]
        for other in told
        if len(different := [slot for slot in slots if getattr(read, slot) != getattr(other, slot)]) == 1
    }


def test_validation_and_test_of_bucc_share_no_sentence(mini: Callable[..., Any]) -> None:
    texts = [{row.text for row in mini("bucc2018", split, "qaa").rows} for split in ("validation", "test")]
    assert not texts[0] & texts[1]


@pytest.mark.parametrize("code", LANGUAGES)
def test_lareqa_has_every_answer_in_every_language(mini: Callable[..., Any], english: Any, code: str) -> None:
    queries, candidates = sides(mini("lareqa", "test", code).rows, "query", "candidate")
    pool = by_key(candidates)
    assert len(queries) == RECIPES["lareqa"].sizes["test"]
    assert len(pool) == 2 * len(queries) * len(LANGUAGES)
    assert len({row.group for row in queries}) == len(queries)
    in_english = sides(mini("lareqa", "test").rows, "query", "candidate")[0]
    for row, asked in zip(queries, in_english, strict=True):
        assert content(code, row.text, english) - Counter(["by"]) == content("en", asked.text, english) - Counter(
            ["by"]
        )
        assert row.matches == asked.matches
        answers = [content(*of_language(key, pool), english) for key in row.matches]
        assert len(answers) == len(LANGUAGES)
        assert all(answer == answers[0] for answer in answers)


def of_language(key: str, pool: dict[str, Any]) -> tuple[str, str]:
    return key.split("-")[0], pool[key].text


def test_lareqa_questions_are_answered_by_their_candidates_alone(mini: Callable[..., Any], english: Any) -> None:
    """In English: the first sentence of a candidate is the answer, and the passage follows."""
    queries, candidates = sides(mini("lareqa", "test").rows, "query", "candidate")
    told = {}
    for row in candidates:
        if row.key.startswith("en-"):
            first, *passage = row.text.removesuffix(".").split(". ")
            assert first in passage
            assert len(passage) == 2
            told[row.key] = english.read(first)
    for row in queries:
        asked = english.question(row.text)
        answers = [key for key, event in told.items() if event.verb == asked.verb and asked.told <= event.told]
        assert answers == [key for key in row.matches if key.startswith("en-")]


def test_lareqa_trains_on_right_answers(mini: Callable[..., Any], english: Any) -> None:
    rows = mini("lareqa", "train").rows
    assert len(rows) == RECIPES["lareqa"].sizes["train"]
    for row in rows:
        asked = english.question(row.text)
        event = english.read(row.positive.split(". ")[0])
        assert (row.side, row.matches, event.verb) == ("query", (), asked.verb)
        assert asked.told <= event.told


def who(text: str) -> tuple[str, str, str]:
    """Name, profession and city of a mention or a description in English."""
    name, _, sentence = text.replace("{ ", "").replace(" }", "").partition(": ")
    words = sentence.removesuffix(".").split()
    return name, next(word for word in words if word in PROFESSIONS), words[words.index("in") + 1]


@pytest.mark.parametrize("split", ["validation", "test"])
def test_mewslix_means_the_person_described(mini: Callable[..., Any], split: str) -> None:
    queries, candidates = sides(mini("mewslix", split).rows, "query", "candidate")
    size = RECIPES["mewslix"].sizes[split]
    assert len(queries) == len(candidates) == size
    pool = by_key(candidates)
    means = {row.matches: who(row.text) for row in queries}
    assert len(means) == size
    assert len(set(means.values())) == size
    in_english = 0
    for row in queries:
        (match,) = row.matches
        description = pool[match].text
        if description.isascii() and " is in " in description:
            assert who(description) == who(row.text)
            in_english += 1
    assert in_english > size / 12
    # Several people bear each name.
    assert max(Counter(name for name, *_ in means.values()).values()) > 4


@pytest.mark.parametrize("code", LANGUAGES)
def test_mentions_of_mewslix_in_other_languages(mini: Callable[..., Any], english: Any, code: str) -> None:
    one, other = mini("mewslix", "test").rows, mini("mewslix", "test", code).rows
    for row, translated in zip(one, other, strict=True):
        assert astuple(row)[2:] == astuple(translated)[2:]
        if row.side == "candidate":
            assert row == translated
        else:
            assert translated.text.startswith("{ ")
            plain = [text.replace("{ ", "").replace(" }:", " ") for text in (row.text, translated.text)]
            assert content("en", plain[0], english) == content(code, plain[1], english)


def test_mewslix_trains_on_right_descriptions(mini: Callable[..., Any]) -> None:
    rows = mini("mewslix", "train").rows
    assert len(rows) == RECIPES["mewslix"].sizes["train"]
    assert all(who(row.text) == who(row.positive) for row in rows)
    named = {who(row.text)[0] for row in rows}
    tested = {who(row.text)[0] for row in mini("mewslix", "test").rows if row.side == "query"}
    assert named < set(NAMES)
    assert not named & tested


def test_plain_text_is_as_much_as_each_language_has(mini: Callable[..., Any]) -> None:
    counts = {code: len(mini("mlm", "train", code).rows) for code in LANGUAGES}
    size = RECIPES["mlm"].sizes["train"]
    assert sum(counts.values()) == pytest.approx(size * len(LANGUAGES), abs=len(LANGUAGES))
    for code, language in LANGUAGES.items():
        assert counts[code] / counts["en"] == pytest.approx(language.pretraining / 3, rel=0.01)
