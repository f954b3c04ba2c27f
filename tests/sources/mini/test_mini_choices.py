"""Multiple choice: exactly the labelled choice is true in the world, found by reading the English texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.sources.mini.vocabulary import KIND_OF, NEXT, OUTCOME, PLACE_OF

if TYPE_CHECKING:
    from collections.abc import Callable

# What follows what, by hand: two circles of verbs.
FOLLOWS = """
call follow, follow push, push blame, blame teach, teach help, help praise, praise thank, thank call, lose find,
find wash, wash paint, paint sell, sell buy, buy carry, carry hide, hide lose
"""
AFTER = {pair.split()[0]: pair.split()[1] for pair in FOLLOWS.split(",")}


def only(right: list[bool]) -> int:
    """The place of the one true choice."""
    assert sum(right) == 1
    return right.index(True)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_endings(mini: Callable[..., Any], english: Any, split: str) -> None:
    for row in mini("hellaswag", split).rows:
        context = english.read(row.context)
        choices = [english.read(choice) for choice in row.choices]
        right = [
            (choice.agent, choice.verb, choice.patient) == (context.agent, AFTER[context.verb], context.patient)
            for choice in choices
        ]
        assert only(right) == row.label, row
        # Two verbs times two of who or what: no choice is the odd one out.
        assert len(set(choices)) == 4
        assert len({choice.verb for choice in choices}) == 2
        assert len({(choice.agent, choice.patient) for choice in choices}) == 2


@pytest.mark.parametrize("split", ["validation", "test"])
def test_outcomes(mini: Callable[..., Any], english: Any, split: str) -> None:
    for row in mini("cosmosqa", split).rows:
        subject = row.question.removeprefix("how is ").removesuffix("?").removeprefix("the ")
        told = english.all(row.context)
        (event,) = [event for event in told if event.patient[-1] == subject]
        (other,) = [event for event in told if event is not event_of(told, subject)]
        states = [choice.removesuffix(".").split()[-1] for choice in row.choices]
        assert only([state == OUTCOME[event.verb] for state in states]) == row.label, row
        assert OUTCOME[other.verb] in states
        assert len(set(states)) == 4
        assert all(choice.removeprefix("the ").startswith(f"{subject} is ") for choice in row.choices)


def event_of(told: list[Any], subject: str) -> Any:
    return next(event for event in told if event.patient[-1] == subject)


def test_feelings(mini: Callable[..., Any], english: Any) -> None:
    for row in mini("siqa", "validation").rows:
        event = english.read(row.context)
        states = [choice.removesuffix(".").split()[-1] for choice in row.choices]
        assert only([state == OUTCOME[event.verb] for state in states]) == row.label, row
        assert len(set(states)) == 3
        assert row.question.removesuffix("?").split()[-1] == event.patient[-1]


def test_outcomes_by_hand() -> None:
    """The pairs that the tests above take from the vocabulary."""
    assert (OUTCOME["call"], OUTCOME["thank"], OUTCOME["lose"], OUTCOME["hide"]) == (
        "informed",
        "pleased",
        "missing",
        "secret",
    )
    assert NEXT == AFTER


@pytest.mark.parametrize(("task", "split"), [("copa", "validation"), ("xcopa", "validation"), ("xcopa", "test")])
def test_causes_and_effects(mini: Callable[..., Any], english: Any, task: str, split: str) -> None:
    ways = {"why?": 0, "then what?": 0}
    for row in mini(task, split).rows:
        event = english.read(row.context)
        choices = [english.read(choice) for choice in row.choices]
        ways[row.question] += 1
        follows = [
            AFTER[choice.verb] == event.verb if row.question == "why?" else AFTER[event.verb] == choice.verb
            for choice in choices
        ]
        assert only(follows) == row.label, row
        wrong = choices[1 - row.label].verb
        assert event.verb not in (wrong, AFTER[wrong])
        assert wrong != AFTER[event.verb]
        assert {(one.agent[-1], one.patient[-1]) for one in (event, *choices)} == {(event.agent[-1], event.patient[-1])}
    assert ways["why?"] == ways["then what?"]


@pytest.mark.parametrize("split", ["validation", "test"])
def test_facts(mini: Callable[..., Any], split: str) -> None:
    forms = set()
    for row in mini("commonsenseqa", split).rows:
        words = row.context.removesuffix("?").split()
        choices = [choice.removeprefix("the ") for choice in row.choices]
        assert len(set(choices)) == 5
        if words[0] == "where":
            right = [choice == PLACE_OF[KIND_OF[words[-1]]] for choice in choices]
        elif words[-3:-1] == ["kind", "of"]:
            right = [KIND_OF[choice] == words[-1] for choice in choices]
        else:
            right = [choice == KIND_OF[words[-1]] for choice in choices]
        forms.add((words[0], words[-2]))
        assert only(right) == row.label, row
    assert forms == {("where", "the"), ("what", "of"), ("what", "the")}


def test_facts_are_tested_on_things_that_training_never_names(mini: Callable[..., Any]) -> None:
    def things(split: str) -> set[str]:
        rows = mini("commonsenseqa", split).rows
        words = [word for row in rows for text in (row.context, *row.choices) for word in text.strip("?").split()]
        return set(words) & set(KIND_OF)

    assert len(things("train")) == len(things("test")) == 18
    assert not things("train") & things("test")
