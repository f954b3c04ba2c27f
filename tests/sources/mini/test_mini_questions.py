"""Questions about short texts: the answers, found again by reading the English text and question."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from harness.sources.mini.languages import LANGUAGES, gloss

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWERABLE = [("squad", "validation"), ("squad", "test"), ("xquad", "test"), ("mlqa", "test"), ("tydiqa", "test")]


def event_asked_about(english: Any, row: Any) -> tuple[Any, Any]:
    """The question and the event of the text with its verb; there is just one."""
    asked = english.question(row.question)
    (event,) = [event for event in english.all(row.context) if event.verb == asked.verb]
    return asked, event


def noun(value: str | tuple[str, ...]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@pytest.mark.parametrize(("task", "split"), ANSWERABLE)
def test_the_answer_is_what_the_text_says(mini: Callable[..., Any], english: Any, task: str, split: str) -> None:
    for row in mini(task, split).rows:
        asked, event = event_asked_about(english, row)
        assert asked.told <= event.told, row
        (answer,) = row.answers
        assert row.context[answer.start :].startswith(answer.text)
        words = [english.means.get(word, word) for word in answer.text.split() if word != "the"]
        assert words == noun(getattr(event, asked.asked)), row


@pytest.mark.parametrize("split", ["validation", "test"])
def test_what_has_no_answer_asks_about_somebody_who_is_not_there(
    mini: Callable[..., Any], english: Any, split: str
) -> None:
    for row in mini("squad_v2", split).rows:
        asked, event = event_asked_about(english, row)
        assert (asked.told <= event.told) == bool(row.answers), row
        if not row.answers:
            slots = {"agent", "patient"} - {asked.asked}
            strange = [slot for slot in slots if getattr(asked, slot)[-1] != getattr(event, slot)[-1]]
            assert len(strange) == 1
            assert getattr(asked, strange[0])[-1] not in row.context.replace(".", "").split()


@pytest.mark.parametrize(("task", "split"), ANSWERABLE)
def test_each_part_is_asked_for_equally_often(mini: Callable[..., Any], english: Any, task: str, split: str) -> None:
    rows = mini(task, split).rows
    asked = Counter(english.question(row.question).asked for row in rows)
    assert asked == dict.fromkeys(("agent", "patient", "place", "time"), len(rows) // 4)


def test_a_third_of_squad_v2_has_no_answer(mini: Callable[..., Any]) -> None:
    for split in ("validation", "test"):
        rows = mini("squad_v2", split).rows
        assert sum(not row.answers for row in rows) == len(rows) // 3


def test_questions_of_tydiqa_are_brief_and_in_other_words(mini: Callable[..., Any], english: Any) -> None:
    for row in mini("tydiqa", "test").rows:
        asked = english.question(row.question)
        assert (asked.place, asked.time) == ("", "")
        assert max(len(asked.agent), len(asked.patient)) == 1
        assert row.context.count(".") == 3


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("task", ["xquad", "mlqa", "tydiqa"])
def test_answers_in_other_languages(mini: Callable[..., Any], task: str, code: str) -> None:
    """They stand where the row says, at the borders of words, and mean what the English answer means."""
    for english, row in zip(mini(task, "test").rows, mini(task, "test", code).rows, strict=True):
        (answer,), (right,) = row.answers, english.answers
        end = answer.start + len(answer.text)
        assert row.context[answer.start : end] == answer.text
        assert answer.start == 0 or row.context[answer.start - 1] == " "
        assert row.context[end] in " ."
        words = [word.removesuffix("-OBJECT") for word in gloss(code, answer.text).split()]
        assert sorted(set(words) - {"the"}) == sorted(set(right.text.split()) - {"the"})
