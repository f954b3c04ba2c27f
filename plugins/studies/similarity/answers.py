"""What the study `similarity` answers: the primary correlation, and all that is asked beside it, corrected together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np
from harness_plugins.studies.similarity import ranks as ranks

from harness import studykit

if TYPE_CHECKING:
    from harness_plugins.studies.similarity.cells import Cells
    from numpy.typing import NDArray

FEWEST_SOURCES, FEWEST_LANGUAGES = 6, 3
SOURCES, CORRELATION = "intermediate tasks", "rank correlation"


def primary(cells: Cells, measure: str, margin: float, orders: NDArray[np.intp]) -> studykit.Answered:
    """Does the measure rank sources as their gains do, in low-resource languages?

    Args:
        margin: the rank correlation below which similarity says too little.
    """
    low = cells.of_class("low")
    asked = studykit.Answer(
        question=studykit.Question.GAIN,
        reply=studykit.Reply.CANNOT_TELL,
        margin=margin,
        why="",
        n=len(cells.sources),
        unit=SOURCES,
        quantity=CORRELATION,
    )
    few = _too_few(low)
    try:
        found = ranks.association(low.places, low.similarity[measure], low.gain, orders)
        answer = replace(asked, why=few, mean=found.rho) if few else _answered(found, asked)
    except studykit.CannotConclude as error:
        answer = replace(asked, why=few or str(error))
    return studykit.Answered(f"{measure} and gains, low-resource languages", answer)


def _too_few(low: Cells) -> str:
    languages = low.languages("low")
    if len(low.sources) < FEWEST_SOURCES:
        many = studykit.counted(len(low.sources), "intermediate task")
        return f"ranks of {many} say nothing of others: it takes {FEWEST_SOURCES}"
    if len(languages) < FEWEST_LANGUAGES:
        shown = f" ({', '.join(languages)})" if languages else ""
        many = studykit.counted(len(languages), "low-resource language")
        return f"the records have {many}{shown}, which says nothing of others: it takes {FEWEST_LANGUAGES}"
    return ""


def _answered(found: ranks.Association, asked: studykit.Answer) -> studykit.Answer:
    return studykit.answer_by_interval(
        found.rho,
        found.interval(),
        asked.question,
        margin=asked.margin,
        n=asked.n,
        unit=asked.unit,
        quantity=asked.quantity,
        p=found.p,
    )


@dataclass(frozen=True)
class Asked:
    """One of the questions that are corrected together.

    Attributes:
        p: by itself; None where it cannot be told.
        reply: the answer, given p after correction.
    """

    asked: str
    p: float | None
    reply: Callable[[float | None], studykit.Answer]


def others(
    cells: Cells, measures: Sequence[str], margins: tuple[float, float], orders: NDArray[np.intp]
) -> Sequence[studykit.Answered]:
    """What is asked beside the primary correlation, by Holm's correction over all of it.

    Args:
        measures: the primary one first.
        margins: of correlations, and of gains in points.
    """
    low = cells.of_class("low")
    first, *further = (name for name in measures if name in cells.similarity)
    few = _too_few(low)
    asked = [
        _correlation(f"{name} and gains, low-resource languages", few, cells, margins[0], _alone(low, name, orders))
        for name in further
    ]
    about = f"{first} and gains without size and format, low-resource languages"
    asked.append(_correlation(about, few, cells, margins[0], lambda: without_size_and_format(low, first, orders)))
    asked.append(_interaction(cells, first, few, margins[0]))
    asked.append(_pick(low, first, margins[1]))
    known = [one.p for one in asked if one.p is not None]
    corrected = iter(studykit.holm(known).p if known else ())
    return [studykit.Answered(one.asked, one.reply(None if one.p is None else next(corrected))) for one in asked]


def _alone(low: Cells, name: str, orders: NDArray[np.intp]) -> Callable[[], ranks.Association]:
    return lambda: ranks.association(low.places, low.similarity[name], low.gain, orders)


def without_size_and_format(low: Cells, measure: str, orders: NDArray[np.intp]) -> ranks.Association:
    """The correlation after ranks of training rows, where records say, and one kind of task are taken out.

    Raises:
        CannotConclude: too few sources are left to compare.
    """
    sizes = low.sizes()
    known = [low.formats(), *([] if sizes is None else [sizes])]
    return ranks.partial_association(low.places, low.similarity[measure], low.gain, known, orders)


def _correlation(about: str, few: str, cells: Cells, margin: float, compute: Callable[[], ranks.Association]) -> Asked:
    asked = studykit.Answer(
        question=studykit.Question.GAIN,
        reply=studykit.Reply.CANNOT_TELL,
        margin=margin,
        why=few,
        n=len(cells.sources),
        unit=SOURCES,
        quantity=CORRELATION,
    )
    try:
        found = compute()
    except studykit.CannotConclude as error:
        unknown = replace(asked, why=few or str(error))
        return Asked(about, None, lambda _: unknown)
    if few:
        return Asked(about, None, lambda _: replace(asked, mean=found.rho))
    return Asked(about, found.p, lambda p: _answered(replace(found, p=found.p if p is None else p), asked))


def _interaction(cells: Cells, measure: str, few: str, margin: float) -> Asked:
    """Is the correlation another one in low-resource languages than in high-resource ones?"""
    about = f"{measure}: low- against high-resource languages, each as a share of its noise ceiling"
    asked = studykit.Answer(
        question=studykit.Question.DIFFERENCE,
        reply=studykit.Reply.CANNOT_TELL,
        margin=margin,
        why=few,
        n=len(cells.sources),
        unit=SOURCES,
        quantity="difference of rank correlations",
    )
    classes = {code: name for name in ("low", "high") for code in cells.languages(name)}
    both = cells.where([language in classes for _, language in cells.places])
    try:
        if few:
            raise studykit.CannotConclude(few)
        found = ranks.interaction(both.places, both.similarity[measure], both.gains, classes)
    except studykit.CannotConclude as error:
        unknown = replace(asked, why=str(error))
        return Asked(about, None, lambda _: unknown)
    interval = studykit.Interval(
        low=found.low, high=found.high, level=ranks.LEVEL, method="bootstrap", answers="other intermediate tasks"
    )

    def reply(p: float | None) -> studykit.Answer:
        answer = studykit.answer_by_interval(
            found.difference,
            interval,
            asked.question,
            margin=margin,
            n=asked.n,
            unit=asked.unit,
            quantity=asked.quantity,
            p=found.p if p is None else p,
        )
        # So few languages cannot be told apart by chance, whatever is true of them.
        if found.least > 1 - ranks.LEVEL and answer.reply is not studykit.Reply.NO:
            why = f"as few languages as {len(classes)} allow no p below {found.least:.2g}"
            return replace(answer, reply=studykit.Reply.CANNOT_TELL, material=False, why=why)
        return answer

    return Asked(about, found.p, reply)


def _pick(low: Cells, measure: str, margin: float) -> Asked:
    """Does the most similar source gain more than one does on average?"""
    about = f"the source that {measure} puts first against the mean of all, low-resource languages"
    by_seed = picked_gains(low, measure)
    alone = studykit.answer(by_seed, studykit.Question.GAIN, margin=margin)

    def reply(p: float | None) -> studykit.Answer:
        return studykit.answer(by_seed, studykit.Question.GAIN, margin=margin, p=p)

    return Asked(about, alone.p, reply)


def picked_gains(low: Cells, measure: str) -> list[float]:
    """By seed: what the most similar source of each target gains over the mean of all, mean over targets."""
    similarity = low.by_target(low.similarity[measure])
    found = []
    for gains in low.gains:
        own = low.by_target(gains)
        worth = []
        for alike, gain in zip(similarity, own, strict=True):
            has = np.isfinite(alike) & np.isfinite(gain)
            if has.any():
                level = np.array(studykit.levelled((100 * alike[has]).tolist()))
                worth.append(float(gain[has][level == level.max()].mean() - gain[has].mean()))
        if worth:
            found.append(fmean(worth))
    return found
