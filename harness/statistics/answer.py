"""What is answered to a question that was fixed before looking: yes, no, or cannot tell, from one difference per seed.

The rule of every study. It is not the one by which two sides are compared (`conclusion`): there nobody asked for a
direction, so a difference that is surely within the margin counts as none. Here it was asked whether there is any, so
an interval beyond 0 says yes, however small the difference; whether it is beyond the margin is told apart.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from statistics import fmean

from harness.statistics.conclusion import MARGIN
from harness.statistics.intervals import OTHER_ENCODERS, Interval, t_interval
from harness.statistics.power import Needed, seeds_to_answer
from harness.statistics.refusal import CannotConclude, finite, positive_margin, varied

LEAST_ENCODERS = 3
"""Encoders from which conclusions are pooled."""

ENCODERS = "encoders"
POINTS = "points"
PERCENT = "percent"
"""Of what the study says, where points would be taken for those of scores."""


class Question(Enum):
    """What is asked of a difference, before looking: is it above 0, below 0, or either?"""

    GAIN = "gain"
    LOSS = "loss"
    DIFFERENCE = "difference"


class Reply(Enum):
    """What is answered."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot tell"


class By(Enum):
    """What a no rests on."""

    EQUIVALENCE = "equivalence"
    NON_INFERIORITY = "non-inferiority"
    NON_SUPERIORITY = "non-superiority"
    OTHER_DIRECTION = "the other direction"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered to a question, and from what.

    Attributes:
        material: of a yes: whether the interval lies wholly beyond the margin, too.
        margin: below which a difference does not matter, stated before looking.
        why: a sentence.
        mean: of the differences; None where they have none.
        interval: of the mean; None where it cannot be told.
        p: of the mean being zero, corrected for what else was asked; None without an interval, and where only the
            interval was given.
        by: what a no rests on; None of other replies.
        n: how many differences there are.
        unit: what n counts, such as "seeds" or "encoders".
        quantity: what mean, interval and margin are in: "points", "percent", or such as "rank correlation".
        needed: how many it would take to answer if there is truly no difference, more than `n`; only where that follows
            from the differences: not where another interval than theirs decides, nor where correction alone prevents an
            answer.
    """

    question: Question
    reply: Reply
    margin: float
    why: str
    n: int
    unit: str = "seeds"
    quantity: str = POINTS
    material: bool = False
    mean: float | None = None
    interval: Interval | None = None
    p: float | None = None
    by: By | None = None
    needed: Needed | None = None


def answer(
    differences: Sequence[float],
    question: Question,
    *,
    margin: float = MARGIN,
    level: float = 0.95,
    p: float | None = None,
    interval: Interval | None = None,
    quantity: str = POINTS,
) -> Answer:
    """Answer a question from one difference per seed that both sides have.

    Yes: the interval of the mean (Student's t) lies wholly beyond 0 on the side that was asked about; it is material if
    it lies wholly beyond the margin. No: to the question of a difference if the interval lies wholly within the margin
    (equivalence; Schuirmann 1987), to that of a loss if its lower end is above minus the margin (non-inferiority; ICH
    E9 1998), to that of a gain if its upper end is below the margin (the same turned round, non-superiority): what is
    ruled out is a loss or a gain that matters, and nothing is said of the other side. Of a gain, equivalence and an
    interval wholly below 0 are told apart. Otherwise it cannot be told, nor where p after correction is too large for
    what the interval says: what would be a yes by itself is never a no.

    The interval is the one that is printed, so that the answer can be checked by eye. At 95 % a no is stricter than
    two one-sided tests at 5 %.

    Args:
        differences: one per seed, in points, where more is better; means over languages and tasks are taken per seed.
        margin: points below which a difference does not matter.
        level: of the interval.
        p: of the mean being zero, corrected for the questions that were asked together (`multiple`); a yes, and a no
            by the other direction, need it to be at most one minus the level, too. By default Student's, of this
            question alone.
        interval: of the mean difference, where it is over more than seeds, such as over items, too
            (`hierarchical_interval`); its level goes before `level`. By default Student's t over the differences.
        quantity: what differences and margin are in.

    Raises:
        CannotConclude: a margin that is not positive.
    """
    asked = Answer(
        question=question,
        reply=Reply.CANNOT_TELL,
        margin=positive_margin(margin),
        why="",
        n=len(differences),
        quantity=quantity,
    )
    return _answer(asked, differences, p, interval, functools.partial(t_interval, level=level))


def answer_by_interval(
    mean: float,
    interval: Interval,
    question: Question,
    *,
    margin: float,
    n: int,
    unit: str,
    quantity: str,
    p: float,
) -> Answer:
    """Answer a question about a number that is no mean over seeds, such as a correlation over tasks, by the same rule.

    Args:
        mean: the number.
        interval: of it, over other units like these.
        margin: below which it does not matter, in its own unit.
        n: how many units it rests on.
        unit: what they are, in the plural.
        quantity: what the number is in.
        p: of it being zero, corrected for the questions that were asked together; a yes needs it to be small, too.

    Raises:
        CannotConclude: a margin that is not positive.
    """
    asked = Answer(
        question=question,
        reply=Reply.CANNOT_TELL,
        margin=positive_margin(margin),
        why="",
        n=n,
        unit=unit,
        quantity=quantity,
        mean=mean,
        interval=interval,
        p=p,
    )
    return _judge(asked, interval, p)


def pool(answers: Sequence[Answer], *, level: float = 0.95) -> Answer:
    """Answer a question for encoders in general, from the answers for three encoders or more.

    Student's t over the mean difference of each encoder. Encoders are not drawn at random, so this says what holds of
    others like these.

    Args:
        answers: to one question with one margin, one per encoder.
        level: of the interval.

    Raises:
        ValueError: no answers, or answers to several questions or with several margins.
    """
    if len({(one.question, one.margin, one.quantity) for one in answers}) != 1:
        raise ValueError("answers are pooled that are to one question with one margin")
    first = answers[0]
    asked = Answer(
        question=first.question,
        reply=Reply.CANNOT_TELL,
        margin=first.margin,
        why="",
        n=len(answers),
        unit=ENCODERS,
        quantity=first.quantity,
    )
    means = [one.mean for one in answers if one.mean is not None]
    if len(means) < len(answers):
        return replace(asked, why="some encoders have no mean difference")
    return _answer(asked, means, None, None, functools.partial(t_interval, level=level, answers=OTHER_ENCODERS))


def _answer(
    asked: Answer,
    differences: Sequence[float],
    corrected: float | None,
    interval: Interval | None,
    over: Callable[[Sequence[float]], Interval],
) -> Answer:
    """The answer to what is asked, by an interval or the one over differences; cannot tell where these allow none."""
    try:
        found = finite(differences, asked.unit, least=0)
        asked = replace(asked, mean=fmean(found) if found else None)
        varied(found, asked.unit, least=LEAST_ENCODERS if asked.unit == ENCODERS else 2)
    except CannotConclude as error:
        return replace(asked, why=str(error))
    # It needs numpy, and listing studies does not.
    from harness.statistics.seeds import paired_t

    # The p-value of another interval is not known.
    p = paired_t(found).p if corrected is None and interval is None else corrected
    decides = over(found) if interval is None else interval
    answered = _judge(replace(asked, interval=decides, p=p), decides, corrected)
    # Where it leaves 0 out, correction alone prevents an answer.
    if answered.reply is not Reply.CANNOT_TELL or interval is not None or not decides.low <= 0 <= decides.high:
        return answered
    return replace(answered, needed=_needed(found, asked, decides.level))


def _needed(found: Sequence[float], asked: Answer, level: float) -> Needed:
    """More than there are, which do not tell, however little they spread."""
    needed = seeds_to_answer(found, asked.margin, level, two_sided=asked.question is Question.DIFFERENCE)
    more = len(found) + 1
    return replace(
        needed,
        least=max(needed.least, more),
        likely=max(needed.likely, more),
        most=max(needed.most, more),
        unit=asked.unit,
    )


def _judge(asked: Answer, interval: Interval, corrected: float | None) -> Answer:
    """The rule."""
    question, margin = asked.question, asked.margin
    shown = f"the {100 * interval.level:g} % interval [{_points(interval.low)}, {_points(interval.high)}]"
    above = question is not Question.LOSS and interval.low > 0
    below = question is not Question.GAIN and interval.high < 0
    unsure = None
    if corrected is not None and corrected > 1 - interval.level:
        unsure = replace(asked, why=f"{shown} leaves 0 out, but p is {corrected:.2g} after correction")
    if (above or below) and unsure:
        return unsure
    if above or below:
        material = interval.low > margin if above else interval.high < -margin
        size = ""
        if material:
            size = f" and beyond the margin of {_margin(asked)}"
        elif interval.within(margin):
            size = f", and within the margin of {_margin(asked)}"
        side = "above" if above else "below"
        return replace(asked, reply=Reply.YES, material=material, why=f"{shown} lies {side} 0{size}")
    if question is Question.LOSS and interval.low > -margin:
        return _no(asked, By.NON_INFERIORITY, f"{shown} lies above -{_margin(asked)}")
    if question is not Question.LOSS and interval.within(margin):
        return _no(asked, By.EQUIVALENCE, f"{shown} lies within the margin of {_margin(asked)}")
    if question is Question.GAIN and interval.high < 0 and not unsure:
        return _no(asked, By.OTHER_DIRECTION, f"{shown} lies below 0")
    if question is Question.GAIN and interval.high < margin:
        return _no(asked, By.NON_SUPERIORITY, f"{shown} lies below {_margin(asked)}")
    return replace(asked, why=f"{shown} holds 0 and reaches beyond the margin of {_margin(asked)}")


def _no(asked: Answer, by: By, why: str) -> Answer:
    return replace(asked, reply=Reply.NO, by=by, why=why)


def _points(value: float) -> str:
    """A value with two decimal places, or with as many as tell it from 0."""
    return f"{value:+.2f}" if abs(value) >= 0.005 or not value else f"{value:+.1g}"


def _margin(asked: Answer) -> str:
    return shown_margin(asked.margin, asked.quantity)


def shown_margin(margin: float, quantity: str) -> str:
    """A margin with what it is in; alone where that is no unit, such as of a correlation."""
    if quantity == POINTS:
        return f"{margin:g} point" if margin == 1 else f"{margin:g} points"
    return f"{margin:g} percent" if quantity == PERCENT else f"{margin:g}"
