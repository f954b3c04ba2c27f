"""Questions that are asked together: each answered by the one rule, with p-values corrected for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.statistics.answer import POINTS, Question, answer
from harness.studies.base import Answered


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """A question with the differences that answer it.

    Attributes:
        asked: the question in a few words.
        differences: one per seed, in points, where more is better.
    """

    asked: str
    differences: Sequence[float]
    question: Question


def answer_family(contrasts: Sequence[Contrast], *, margin: float, quantity: str = POINTS) -> tuple[Answered, ...]:
    """Answer several questions; a yes needs its interval beyond 0 and its p-value, corrected by Holm, at most 0.05.

    A no by the other direction needs both, too. Any other no is not corrected: it claims no difference. Questions that
    have no p-value, as of one seed, do not count.
    """
    from harness.statistics.multiple import holm

    alone = [answer(one.differences, one.question, margin=margin, quantity=quantity) for one in contrasts]
    known = [found.p for found in alone if found.p is not None]
    corrected = iter(holm(known).p if known else ())
    found = []
    for one, first in zip(contrasts, alone, strict=True):
        p = None if first.p is None else next(corrected)
        found.append(Answered(one.asked, answer(one.differences, one.question, margin=margin, p=p, quantity=quantity)))
    return tuple(found)
