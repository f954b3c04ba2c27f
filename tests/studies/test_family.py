"""Questions that are asked together are corrected together."""

from __future__ import annotations

import pytest

from harness.statistics.answer import By, Question, Reply, answer
from harness.studies.family import Contrast, answer_family
from harness.studies.words import reply_words

HARM = [-3.0, -4.0, -2.0, -3.5, -2.5]
SLIGHT = [-1.0, -2.4, -0.2, -1.9, -0.4]


def test_a_loss_that_is_sure_alone_need_not_be_among_many() -> None:
    alone = answer(SLIGHT, Question.LOSS, margin=1)
    assert alone.reply is Reply.YES
    assert alone.p is not None
    assert 0.05 / 3 < alone.p < 0.05
    slight = Contrast(asked="slight", differences=SLIGHT, question=Question.LOSS)
    (one,) = answer_family([slight], margin=1)
    assert one.answer == alone
    rest = [Contrast(asked="none", differences=[0.1, -0.3, 0.2, -0.1, 0.05], question=Question.LOSS)] * 2
    found = answer_family([slight, *rest], margin=1)
    assert found[0].asked == "slight"
    assert found[0].answer.reply is Reply.CANNOT_TELL
    assert found[0].answer.p == pytest.approx(3 * alone.p)
    assert found[0].answer.interval == alone.interval


def test_a_gain_turned_round_is_no_loss_after_correction() -> None:
    slight = Contrast(asked="slight", differences=SLIGHT, question=Question.GAIN)
    alone, *_ = answer_family([slight], margin=1)
    assert alone.answer.by is By.OTHER_DIRECTION
    among, *_ = answer_family([slight] * 3, margin=1)
    assert (among.answer.reply, among.answer.by) == (Reply.NO, By.NON_SUPERIORITY)


def test_a_no_of_no_difference_is_not_corrected() -> None:
    same = Contrast(asked="x", differences=[0.1, -0.3, 0.2, -0.1, 0.05], question=Question.LOSS)
    assert {one.answer.reply for one in answer_family([same] * 9, margin=1)} == {Reply.NO}


def test_a_question_without_p_value_does_not_count() -> None:
    one_seed = Contrast(asked="x", differences=[-5.0], question=Question.LOSS)
    harm = Contrast(asked="harm", differences=HARM, question=Question.LOSS)
    first, second = answer_family([one_seed, harm], margin=1)
    assert (first.answer.reply, first.answer.p) == (Reply.CANNOT_TELL, None)
    assert second.answer.p == answer(HARM, Question.LOSS, margin=1).p
    assert answer_family([], margin=1) == ()


def test_a_difference_says_its_side() -> None:
    for values, side in (([5.0, 6.0, 7.0], "higher"), ([-5.0, -6.0, -7.0], "lower")):
        found = answer(values, Question.DIFFERENCE, margin=1.0)
        assert reply_words(found) == f"yes, {side}, and it matters"
    assert reply_words(answer([5.0, 6.0, 7.0], Question.GAIN, margin=1.0)) == "yes, and it matters"
