"""Effective robustness (Taori et al. 2020): what an arm keeps beyond what its clean score alone makes expect.

A better model is better on perturbed rows, too. How much better is read from a line through checkpoints of `none`, on
the logit scale. What is at chance lies on no line: it loses nothing. And nothing is said of a checkpoint whose clean
score is beyond theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness_plugins.studies.robustness.cells import ABOVE, CLEAN, BySeed, Cells, chance

from harness import studykit
from harness.studykit import NONE

FEWEST = 10
"""Checkpoints of `none` that a line needs."""
EDGE = 0.5
"""Percent from 0 and 100 beyond which a score counts as that far from them, since logits have no end."""


@dataclass(frozen=True)
class Line:
    """Perturbed against clean scores of checkpoints of `none` that are far enough above chance, as logits.

    Attributes:
        points: clean and perturbed score in percent of each checkpoint.
    """

    points: tuple[tuple[float, float], ...]

    @property
    def why_none(self) -> str:
        """Why there is no line; "" where there is one."""
        if len(self.points) < FEWEST:
            return (
                f"a line needs {FEWEST} checkpoints of {NONE} that are {ABOVE:g} points above chance, of which there "
                f"are {len(self.points)}"
            )
        if self.low == self.high:
            return f"all checkpoints of {NONE} have one clean score"
        return ""

    @property
    def low(self) -> float:
        """The lowest clean score."""
        return min(clean for clean, _ in self.points)

    @property
    def high(self) -> float:
        """The highest clean score."""
        return max(clean for clean, _ in self.points)

    def expected(self, clean: float) -> float | None:
        """The perturbed score on the line; None beyond the checkpoints, or without a line."""
        if self.why_none or not self.low <= clean <= self.high:
            return None
        x, y = ([logit(score) for score in side] for side in zip(*self.points, strict=True))
        middle, height = fmean(x), fmean(y)
        spread = sum((one - middle) ** 2 for one in x)
        slope = sum((one - middle) * (other - height) for one, other in zip(x, y, strict=True)) / spread
        return 100 / (1 + math.exp(-(height + slope * (logit(clean) - middle))))


def logit(score: float) -> float:
    """Of a score in percent."""
    kept = min(max(score, EDGE), 100 - EDGE)
    return math.log(kept / (100 - kept))


@dataclass(frozen=True)
class Effective:
    """What an arm keeps of one task beyond the line.

    Attributes:
        points: clean and perturbed score of each checkpoint of the arm.
        beyond: perturbed score minus that expected, in points, by seed; empty unless it is known of all seeds.
        why: why it is not; "" where it is.
    """

    arm: str
    task: str
    line: Line
    points: tuple[tuple[float, float], ...]
    beyond: BySeed
    why: str


def effective(cells: Cells, arm: str) -> list[Effective]:
    """Of each task that an arm has usable languages of, in the mean over these and over conditions."""
    codes: dict[str, list[str]] = {}
    for task, code in cells.usable(arm):
        codes.setdefault(task, []).append(code)
    return [_effective(cells, arm, task, own) for task, own in codes.items()]


def _effective(cells: Cells, arm: str, task: str, codes: Sequence[str]) -> Effective:
    line = baselines(cells, task, codes)
    conditions = cells.pooled(task)
    points, beyond = [], {}
    for seed in cells.seeds:
        clean = fmean(cells.value(arm, seed, (task, code)) for code in codes)
        kept = fmean(cells.value(arm, seed, (task, code), name) for code in codes for name in conditions)
        points.append((clean, kept))
        expected = line.expected(clean)
        if expected is not None:
            beyond[seed] = kept - expected
    why = line.why_none
    outside = len(cells.seeds) - len(beyond)
    if not why and outside:
        span = f"{line.low:.1f} to {line.high:.1f}"
        why = f"{outside} of {len(cells.seeds)} clean scores are beyond those of {NONE}, {span}"
    return Effective(arm, task, line, tuple(points), {} if why else beyond, why)


def baselines(cells: Cells, task: str, codes: Iterable[str]) -> Line:
    """Checkpoints without intermediate training, of all seeds, amounts of training and steps: those above chance."""
    conditions, wanted = cells.pooled(task), list(codes)
    found: dict[tuple[object, ...], dict[tuple[str, str], float]] = {}
    for row in cells.scores.where({"task": task, "language": wanted, "main": True}).rows:
        if row["arm_text"] == NONE and row.get("phase") is None and row["value"] is not None:
            checkpoint = (row["arm"], row["seed"], row.get("step"))
            found.setdefault(checkpoint, {})[row["language"], row["perturbation"]] = row["value"]
    points = _points(found.values(), wanted, conditions)
    # Arms that differ in another task alone share the checkpoint of this one, which counts once.
    return Line(tuple(dict.fromkeys(point for point in points if point[0] - chance(task) >= ABOVE)))


def _points(
    checkpoints: Iterable[Mapping[tuple[str, str], float]], codes: Sequence[str], conditions: Sequence[str]
) -> list[tuple[float, float]]:
    """Clean and perturbed means of the checkpoints that have all of them."""
    places = [(code, name) for code in codes for name in conditions]
    return [
        (fmean(own[code, CLEAN] for code in codes), fmean(own[place] for place in places))
        for own in checkpoints
        if all(place in own for place in (*places, *((code, CLEAN) for code in codes)))
    ]


def why_refused(found: Sequence[Effective]) -> list[str]:
    """A sentence for each that is not known."""
    return [f"no effective robustness of {one.arm} in {one.task}: {one.why}" for one in found if one.why]


def beyond_estimate(one: Effective) -> studykit.Estimate | None:
    """Over seeds."""
    return studykit.over_seeds(one.beyond, studykit.Bounds()) if one.beyond else None
