"""What is said of a difference between two sides that are compared, by one rule.

Of two sides nobody asked for a direction, so the margin goes first here. A question that was fixed before looking is
answered by another rule (`answer`), to which a sure difference is one, however small.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.statistics.intervals import Interval
from harness.statistics.refusal import positive_margin

MARGIN = 1.0
"""Points below which a difference counts as none, if nothing else is said."""


class Verdict(Enum):
    """What can be said of a difference: equal is within the margin, the same is by the same predictions."""

    BETTER = "better"
    WORSE = "worse"
    EQUAL = "equal"
    THE_SAME = "the same"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """What can be said of a difference, and from what.

    Attributes:
        interval: of the difference.
        margin: below which differences count as none, in its unit; None where none was stated.
        p: of the difference being zero, corrected for the comparisons that were looked at; None where the interval
            alone decides.
    """

    verdict: Verdict
    interval: Interval
    margin: float | None = None
    p: float | None = None


def conclude(interval: Interval, margin: float | None = None, *, p: float | None = None) -> Conclusion:
    """Equal where the interval is within the margin, better or worse where it is on one side of zero, else nothing.

    The margin goes first: what was stated beforehand not to matter is no gain, however sure it is. The interval is the
    one that is printed, so that the conclusion can be checked by eye; at 95 % this is stricter than two one-sided tests
    at 5 %, which are an interval of 90 % (Schuirmann 1987; Lakens 2017).

    Args:
        interval: of the difference, left minus right, where more is better.
        margin: below which a difference counts as none; without one nothing is called equal.
        p: corrected p-value of the difference (`multiple`); better and worse need it below one minus the level, too.

    Raises:
        CannotConclude: a margin that is not positive.
    """
    if margin is not None and interval.within(positive_margin(margin)):
        verdict = Verdict.EQUAL
    elif p is not None and p > 1 - interval.level:
        verdict = Verdict.CANNOT_TELL
    elif interval.low > 0:
        verdict = Verdict.BETTER
    elif interval.high < 0:
        verdict = Verdict.WORSE
    else:
        verdict = Verdict.CANNOT_TELL
    return Conclusion(verdict=verdict, interval=interval, margin=margin, p=p)
