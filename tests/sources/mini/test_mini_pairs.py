"""Inference, paraphrases and duplicate questions: the gold labels, found again by reading the English texts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.sources.mini.vocabulary import OPPOSITE

if TYPE_CHECKING:
    from collections.abc import Callable


def relation(premise: Any, hypothesis: Any) -> str:
    """Entailment, neutral or contradiction, for two sentences about the same event."""
    if premise.negated or hypothesis.negated:
        assert replace(premise, negated=False).core == replace(hypothesis, negated=False).core
        if premise.negated != hypothesis.negated:
            assert hypothesis.details <= premise.details
            return "contradiction"
        return "entailment" if hypothesis.details == premise.details else "neutral"
    if premise.core != hypothesis.core:
        assert (premise.agent[-1], premise.patient[-1]) == (hypothesis.patient[-1], hypothesis.agent[-1])
        return "contradiction"
    if hypothesis.details <= premise.details:
        return "entailment"
    slots = {slot for slot, _ in premise.details - hypothesis.details}
    clash = slots & {slot for slot, _ in hypothesis.details - premise.details}
    return "contradiction" if clash else "neutral"


@pytest.mark.parametrize(("task", "split"), [("mnli", "validation"), ("mnli", "test"), ("xnli", "test")])
def test_inference(mini: Callable[..., Any], english: Any, task: str, split: str) -> None:
    for row in mini(task, split).rows:
        assert relation(english.read(row.text), english.read(row.text_pair)) == row.label, row
        assert row.text != row.text_pair


def test_long_inference_is_about_one_of_two_sentences(mini: Callable[..., Any], english: Any) -> None:
    for row in mini("anli").rows:
        told, hypothesis = english.all(row.text), english.read(row.text_pair)
        assert len(told) == 2
        (premise,) = [one for one in told if one.verb == hypothesis.verb]
        assert relation(premise, hypothesis) == row.label, row


def test_every_way_to_contradict_occurs(mini: Callable[..., Any], english: Any) -> None:
    ways: Counter[str] = Counter()
    for row in mini("mnli", "test").rows:
        one, two = english.read(row.text), english.read(row.text_pair)
        if row.label != "contradiction":
            continue
        if one.negated != two.negated:
            ways["not"] += 1
        elif one.core != two.core:
            ways["roles"] += 1
        else:
            (words, others) = [{word for _, word in read.details} for read in (one, two)]
            opposite = {OPPOSITE[word] for word in words - others if word in OPPOSITE} == others - words
            ways["opposite" if opposite else "adjectives"] += 1
    assert set(ways) >= {"not", "roles", "opposite"}


def test_negation_does_not_give_the_label_away(mini: Callable[..., Any]) -> None:
    rows = mini("mnli", "train").rows[:3000]
    negated = Counter(row.label for row in rows if " not " in row.text_pair)
    assert set(negated) == {"entailment", "neutral", "contradiction"}
    assert max(negated.values()) < 1.4 * min(negated.values())


@pytest.mark.parametrize("split", ["validation", "test"])
def test_paraphrases_say_the_same_in_other_words(mini: Callable[..., Any], english: Any, split: str) -> None:
    for row in mini("pawsx", split).rows:
        one, two = english.read(row.text), english.read(row.text_pair)
        assert row.text != row.text_pair
        assert (one == two) == (row.label == "1"), row
        # The words are the same in either case, so that they alone say nothing.
        words = [Counter([read.verb, read.place, read.time, *read.agent, *read.patient]) for read in (one, two)]
        assert words[0] == words[1]


def test_what_is_no_paraphrase_has_roles_or_adjectives_exchanged(mini: Callable[..., Any], english: Any) -> None:
    exchanged: Counter[str] = Counter()
    for row in mini("pawsx", "train").rows[:400]:
        one, two = english.read(row.text), english.read(row.text_pair)
        if row.label == "0" and (one.agent, one.patient) == (two.patient, two.agent):
            exchanged["roles"] += 1
        elif row.label == "0":
            swapped = ((*one.patient[:-1], one.agent[-1]), (*one.agent[:-1], one.patient[-1]))
            assert (two.agent, two.patient) == swapped
            exchanged["adjectives"] += 1
    assert sum(exchanged.values()) == Counter(row.label for row in mini("pawsx", "train").rows[:400])["0"]
    assert min(exchanged["roles"], exchanged["adjectives"]) > 0


@pytest.mark.parametrize("split", ["validation", "test"])
def test_duplicates_ask_the_same(mini: Callable[..., Any], english: Any, split: str) -> None:
    asked_same = []
    for row in mini("qqp", split).rows:
        one, two = english.question(row.text), english.question(row.text_pair)
        assert row.text != row.text_pair
        assert (one == two) == (row.label == "duplicate"), row
        assert one.verb == two.verb
        if row.label == "not_duplicate":
            asked_same.append(one.asked == two.asked)
    # Another question word would give it away, were there no others.
    assert {True, False} == set(asked_same)


def test_a_premise_that_names_itself_is_read_back(english: Any) -> None:
    """The reader of these tests: English that the grammar's own tests hold word by word."""
    read = english.read("in the park the big lamp was not hidden by the tall baker on Monday.")
    assert (read.agent, read.verb, read.patient) == (("tall", "baker"), "hide", ("big", "lamp"))
    assert (read.place, read.time, read.negated) == ("park", "Monday", True)
    assert read == english.read("the tall baker did not conceal the large lamp in the park on Monday.")
    assert read != english.read("the tall baker concealed the large lamp in the park on Monday.")
    asked = english.question("where was the lamp found by Anna?")
    assert (asked.asked, asked.agent, asked.patient) == ("place", ("Anna",), ("lamp",))
    assert asked == english.question("where did Anna discover the lamp?")
    assert english.question("what did Anna find?") == english.question("what was found by Anna?")
    assert english.question("by who was Ben called?") == english.question("who phoned Ben?")
    assert english.question("who phoned Ben?") != english.question("who did Ben phone?")
