"""Gold labels of the embedded benchmark, checked by reading its English sentences back."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, replace
from random import Random

import pytest

import harness
from harness.rows import ClassificationRow, MultipleChoiceRow, QuestionRow, Row, TokenRow
from harness.sources.mini import world
from harness.sources.mini.grammars import grammar_of
from harness.sources.mini.source import MiniSource
from harness.sources.mini.world import Meaning

ENGLISH = grammar_of("en")
CANONICAL = {synonym: word for word, synonym in world.SYNONYM.items()}
PASTS = {
    ENGLISH.sentence(Meaning(agent=world.Entity("Anna"), verb=verb, patient=world.Entity("Ben"))).words[1].text: verb
    for verb in (*world.VERBS, *(world.SYNONYM[verb] for verb in world.VERBS))
}


@functools.cache
def rows(name: str, split: str = "validation") -> list[Row]:
    task = harness.Task(name=name, kind="", languages=("en",), metrics=("accuracy",), formats={})
    return list(MiniSource().load(task, split, "en").rows)


@dataclass(frozen=True)
class Read:
    """What a sentence says, with synonyms undone."""

    agent: tuple[str, ...]
    verb: str
    patient: tuple[str, ...]
    place: str = ""
    time: str = ""
    negated: bool = False

    @property
    def core(self) -> tuple[str, str, str, bool]:
        return self.agent[-1], self.verb, self.patient[-1], self.negated

    @property
    def details(self) -> set[tuple[str, str]]:
        told = {("agent", word) for word in self.agent[:-1]} | {("patient", word) for word in self.patient[:-1]}
        return told | {("place", self.place), ("time", self.time)} - {("place", ""), ("time", "")}


def read(sentence: str) -> Read:
    """Parse an English statement of the world."""
    words = [word if word in world.NAMES + world.DAYS else word.lower() for word in sentence.strip(".").split()]
    words = [word for word in words if word != "the"]
    adverbials = {}
    while {"in", "on"} & set(words):
        place = next(i for i, word in enumerate(words) if word in ("in", "on"))
        adverbials[{"in": "place", "on": "time"}[words[place]]] = words[place + 1]
        del words[place : place + 2]
    negated = "not" in words
    verb = words.index("did") if negated else next(i for i, word in enumerate(words) if word in PASTS)
    said = words[verb + 2] if negated else PASTS[words[verb]]
    agent, patient = words[:verb], words[verb + (3 if negated else 1) :]
    return Read(
        agent=tuple(CANONICAL.get(word, word) for word in agent),
        verb=CANONICAL.get(said, said),
        patient=tuple(CANONICAL.get(word, word) for word in patient),
        negated=negated,
        **adverbials,
    )


def relation(premise: Read, hypothesis: Read) -> str:
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


def test_inference() -> None:
    for row in rows("mnli"):
        assert isinstance(row, ClassificationRow)
        assert row.text_pair
        assert relation(read(row.text), read(row.text_pair)) == row.label


def test_long_inference_is_about_one_of_two_sentences() -> None:
    for row in rows("anli"):
        assert isinstance(row, ClassificationRow)
        assert row.text_pair
        hypothesis = read(row.text_pair)
        told = [read(sentence) for sentence in row.text.strip(".").split(". ")]
        assert len(told) == 2
        (premise,) = [one for one in told if one.verb == hypothesis.verb]
        assert relation(premise, hypothesis) == row.label


def test_negation_does_not_give_the_label_away() -> None:
    negated = Counter(
        row.label
        for row in rows("mnli", "train")
        if isinstance(row, ClassificationRow) and "not" in (row.text_pair or "")
    )
    assert max(negated.values()) < 1.2 * min(negated.values())


def test_paraphrases_say_the_same_in_other_words() -> None:
    for row in rows("pawsx"):
        assert isinstance(row, ClassificationRow)
        assert row.text_pair
        assert row.text != row.text_pair
        one, two = read(row.text), read(row.text_pair)
        assert (one == two) == (row.label == "1")
        words = [Counter([one.verb, one.place, one.time, *one.agent, *one.patient]) for one in (one, two)]
        assert words[0] == words[1]


def test_questions_about_the_same_event_have_the_same_question_word() -> None:
    for row in rows("qqp"):
        assert isinstance(row, ClassificationRow)
        assert row.text != row.text_pair
        if row.label == "duplicate":
            texts = [text.strip("?").lower().split() for text in (row.text, row.text_pair or "")]
            one, two = [Counter(CANONICAL.get(PASTS.get(w, w), PASTS.get(w, w)) for w in text) for text in texts]
            assert one == two


def test_questions_have_the_answer_that_the_context_gives() -> None:
    slots = {"who": "agent", "what": "patient", "where": "place", "when": "time"}
    for row in [*rows("squad"), *rows("squad_v2")]:
        assert isinstance(row, QuestionRow)
        words = [CANONICAL.get(word, word) for word in row.question.strip("?").split()]
        told = [read(sentence) for sentence in row.context.strip(".").split(". ")]
        verbs = {
            word if word in world.VERBS else CANONICAL.get(PASTS.get(word, ""), PASTS.get(word, "")) for word in words
        }
        (event,) = [one for one in told if one.verb in verbs]
        asked = slots[next(word.lower() for word in words if word.lower() in slots)]
        if asked == "agent" and "did" in words:
            asked = "patient"
        others = {"agent": event.agent[-1], "patient": event.patient[-1]}
        known = all(noun in words for slot, noun in others.items() if slot != asked)
        assert known == bool(row.answers)
        if row.answers:
            answer = getattr(event, asked)
            noun = answer if isinstance(answer, str) else answer[-1]
            assert row.answers[0].text.split()[-1] == noun


def test_endings_are_the_next_event() -> None:
    for row in rows("hellaswag"):
        assert isinstance(row, MultipleChoiceRow)
        assert len(set(row.choices)) == 4
        context, choices = read(row.context), [read(choice) for choice in row.choices]
        follows = [
            (choice.agent, choice.verb, choice.patient) == (context.agent, world.NEXT[context.verb], context.patient)
            for choice in choices
        ]
        assert follows == [index == row.label for index in range(4)]


def test_outcomes_are_those_of_the_event_asked_about() -> None:
    for row in rows("cosmosqa"):
        assert isinstance(row, MultipleChoiceRow)
        asked = tuple(word for word in row.question.split()[2:-2] if word != "the")
        (event,) = [one for s in row.context.strip(".").split(". ") if (one := read(s)).patient == asked]
        states = [choice.strip(".").split()[-1] for choice in row.choices]
        assert len(set(states)) == 4
        assert [state == world.OUTCOME[event.verb] for state in states] == [i == row.label for i in range(4)]


def test_facts_have_one_true_choice() -> None:
    for row in rows("commonsenseqa"):
        assert isinstance(row, MultipleChoiceRow)
        assert len(set(row.choices)) == 5
        word = row.context.strip("?").split()[-1]
        kind = world.KIND_OF.get(word, word)
        true = [kind in (choice, world.KIND_OF.get(choice)) or world.PLACE_OF[kind] == choice for choice in row.choices]
        assert true == [index == row.label for index in range(5)]


def derivable(tags: tuple[str, ...]) -> bool:
    """Whether categories combine to a sentence by application, backward crossed composition and N => NP."""

    def split(category: str) -> tuple[str, str, str] | None:
        depth = 0
        for i in range(len(category) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(category[i], 0)
            if depth == 0 and category[i] in "/\\":
                return bare(category[:i]), category[i], bare(category[i + 1 :])
        return None

    def bare(category: str) -> str:
        return category[1:-1] if category.startswith("(") and category.endswith(")") and closes(category) else category

    def closes(category: str) -> bool:
        depth = 0
        for i, character in enumerate(category):
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth == 0:
                return i == len(category) - 1
        return False

    def combine(left: str, right: str) -> set[str]:
        found = set()
        forward, backward = split(left), split(right)
        if forward and forward[1:] == ("/", right):
            found.add(forward[0])
        if backward and backward[1:] == ("\\", left):
            found.add(backward[0])
        if forward and backward and forward[1] == "/" and backward[1:] == ("\\", forward[0]):
            found.add(f"({backward[0]})/({forward[2]})")
        return found | ({"NP"} if "N" in found else set())

    chart = {(i, i + 1): {tag} | ({"NP"} if tag == "N" else set()) for i, tag in enumerate(tags)}
    for width in range(2, len(tags) + 1):
        for i in range(len(tags) - width + 1):
            chart[i, i + width] = {
                result
                for k in range(i + 1, i + width)
                for left in chart[i, k]
                for right in chart[k, i + width]
                for result in combine(left, right)
            }
    return "S" in chart[0, len(tags)]


def test_categories_combine_to_a_sentence() -> None:
    for row in rows("ccg")[:100]:
        assert isinstance(row, TokenRow)
        assert row.tokens[-1] == row.tags[-1] == "."
        assert derivable(row.tags[:-1]), row


def test_wrong_categories_do_not_combine() -> None:
    assert derivable(("N", r"(S\NP)/NP", "NP/N", "N"))
    assert not derivable(("N", r"(S\NP)/NP", "NP/N", "N/N"))
    assert not derivable((r"(S\NP)/NP", "N", "N"))


@pytest.mark.parametrize("seed", range(3))
def test_rewording_always_changes_the_words(seed: int) -> None:
    rng = Random(seed)
    for event in [world.draw(rng)[0] for _ in range(200)]:
        assert ENGLISH.sentence(world.reworded(event, rng)).text != ENGLISH.sentence(event).text
