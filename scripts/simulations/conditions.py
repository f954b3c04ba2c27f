"""What conditions have in common: languages, what is asked of answers, and a study with its conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.statistics.answer import Reply
from harness.testing.validity import Analyse, Bound, Condition

ABROAD = ("qaa", "qab", "qac", "qad", "qae")

FEW_FALSE = Bound(Reply.YES, most=0.075)
"""Asked wherever there is no effect."""
FOUND = Bound(Reply.YES, least=0.8)
NONE_FOUND = Bound(Reply.NO, least=0.8)


@dataclass(frozen=True)
class Tried:
    """A study, and the conditions under which it is tried."""

    analyse: Analyse
    conditions: Sequence[Condition]
