"""What the study `robustness` answers, of other seeds on other items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness_plugins.studies.robustness import tables as tables
from harness_plugins.studies.robustness.cells import ABOVE, Cells, Place

from harness import studykit
from harness.studykit import NONE


def primary(cells: Cells, margin: float) -> studykit.Answered:
    """The first arm against none; where there is nothing to lose, it cannot be told."""
    arm = cells.arms[0]
    places = cells.usable(arm)
    if places:
        answer = studykit.answer_weighted(
            cells.scores,
            cells.weighted(arm, places),
            studykit.Question.GAIN,
            margin=margin,
            quantity=studykit.PERCENT,
        )
    else:
        answer = replace(
            studykit.answer([], studykit.Question.GAIN, margin=margin, quantity=studykit.PERCENT),
            why=f"in no other language are {arm} and {NONE} both {ABOVE:g} points above chance",
        )
    return studykit.Answered(f"{arm} against {NONE}, what is kept, in percent of the score above chance", answer)


@dataclass(frozen=True)
class Compared:
    """An arm against `none` at some places, under some conditions, or under all where none are named."""

    asked: str
    arm: str
    places: tuple[Place, ...]
    among: Sequence[str] = ()

    def contrast(self, cells: Cells) -> studykit.Contrast:
        """By seeds alone."""
        kept_more = cells.kept_more(self.arm, self.places, self.among)
        return studykit.Contrast(
            asked=self.asked, differences=list(kept_more.values()), question=studykit.Question.GAIN
        )

    def answer(self, cells: Cells, over_seeds: studykit.Answer) -> studykit.Answer:
        """For other items, too: a yes needs p over seeds, corrected, and the interval over seeds and items."""
        weighted = cells.weighted(self.arm, self.places, self.among)
        own = self.contrast(cells)
        margin, quantity = over_seeds.margin, over_seeds.quantity
        found = studykit.answer_weighted(cells.scores, weighted, own.question, margin=margin, quantity=quantity)
        if found.interval is None:
            return found
        return studykit.answer(
            own.differences, own.question, margin=margin, p=over_seeds.p, interval=found.interval, quantity=quantity
        )


def compared(cells: Cells) -> Iterator[Compared]:
    """What is asked beside it: of the other arms, then of the first arm by perturbation and in English."""
    first = cells.arms[0]
    for arm in cells.arms[1:]:
        yield Compared(f"{arm} against {NONE}", arm, cells.usable(arm))
    for name, own in tables.by_perturbation(cells).items():
        yield Compared(f"{first} against {NONE}, {name}", first, cells.usable(first, own), own)
    yield Compared(f"{first} against {NONE}, in English", first, cells.usable(first, english=True))


def others(cells: Cells, margin: float) -> Iterator[studykit.Answered]:
    """Answers to what is asked beside it, where there is something to lose."""
    known = [one for one in compared(cells) if one.places]
    over_seeds = studykit.answer_family(
        [one.contrast(cells) for one in known], margin=margin, quantity=studykit.PERCENT
    )
    for one, found in zip(known, over_seeds, strict=True):
        yield studykit.Answered(one.asked, one.answer(cells, found.answer))
