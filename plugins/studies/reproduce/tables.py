"""What the study `reproduce` shows: claims, gains by task and target, what is best for each target."""

from collections import Counter
from collections.abc import Sequence

from harness_plugins.studies.reproduce.claims import Claim, Gains
from harness_plugins.studies.reproduce.picks import Picked

from harness import studykit

SAME, NOT, CANNOT_TELL = "same", "not", "cannot tell"
BUILT_IN = "on generated rows"

PUBLISHED_TEST = {"xnli": 1.2, "pawsx": 1.3, "panx": -0.7, "xquad": 0.6, "mlqa": 0.7, "tydiqa": 10.9}
"""X-STILTs less XLM-R large on XTREME's test rows: README of google-research/multilingual-t5 (docs/published.csv)."""


def verdict(claim: Claim, answer: studykit.Answer) -> str:
    """Whether records agree with a claim in direction."""
    if answer.reply is studykit.Reply.CANNOT_TELL:
        return CANNOT_TELL
    return SAME if (answer.reply is studykit.Reply.YES) is not claim.denies else NOT


def could_tell(claim: Claim, answer: studykit.Answer, known: str, asked: int) -> str:
    """Whether these records would have shown what is claimed, from which size on, and what makes that worth less.

    This is of the direction "same" alone: that a claim does not hold takes less, such as an upper end below the margin.

    Args:
        asked: claims that are corrected for: a gain is surely told where it would be as the first of so many. That
            there is none is told without correction.
    """
    level = 0.95 if claim.denies else 1 - 0.05 / max(asked, 1)
    interval = studykit.t_interval(list(claim.differences.values()), level=level) if answer.interval else None
    if interval is None:
        return "no: without an interval"
    half = (interval.high - interval.low) / 2
    needed = answer.margin if claim.size is None else abs(claim.size)
    able = "yes" if half < needed else "no"
    return "; ".join(filter(None, (f"{able}, from {half:.1f}", known)))


def known_before(claim: Claim, scores: studykit.Scores) -> str:
    """What makes an answer worth less: the rows' effects are built in, or the encoder had seen a task's data."""
    if studykit.generated(scores):
        return BUILT_IN
    seen = [task for task in claim.tasks if task in studykit.seen_before(scores)]
    return f"the encoder has seen {', '.join(seen)}" if seen else ""


def claims_table(
    asked: Sequence[Claim], answers: Sequence[studykit.Answered], scores: studykit.Scores
) -> studykit.Table:
    """Each claim, what is published, and what these records say."""
    rows = []
    corrected_for = sum(one.answer.p is not None for one in answers)
    for claim, one in zip(asked, answers, strict=True):
        answer = one.answer
        interval = f"[{answer.interval.low:+.1f}, {answer.interval.high:+.1f}]" if answer.interval else ""
        size = f"{claim.size:+.1f}" if claim.size is not None else ("no gain" if claim.denies else "gain")
        here = studykit.Cell(text="-" if answer.mean is None else f"{answer.mean:+.1f}", interval=interval)
        able = could_tell(claim, answer, known_before(claim, scores), corrected_for)
        cells = (claim.says, f"{size} ({claim.source})", here, verdict(claim, answer), able)
        rows.append(tuple(cell if isinstance(cell, studykit.Cell) else studykit.Cell(text=cell) for cell in cells))
    title = f"Claims of Phang et al. 2020, and whether the direction is the same here ({SAME}, {NOT}, {CANNOT_TELL})"
    return studykit.Table(title, ("claim", "published", "here", "direction", "could same be told?"), tuple(rows))


def gains_table(gains: Gains) -> studykit.Table:
    """What each arm adds to each target, over seeds, and their mean."""
    rows = []
    for arm, cells in gains.cells.items():
        found = [studykit.over_seeds(cell, studykit.Bounds()) for cell in (*cells.values(), gains.mean([arm]))]
        rows.append((studykit.Cell(text=arm), *map(studykit.gain_cell, found)))
    return studykit.Table(
        "What each arm adds: mean over the languages of a target", ("arm", *gains.targets, "mean"), tuple(rows)
    )


def picks_table(picked: Sequence[Picked]) -> studykit.Table:
    """What is best for each target, and what it adds on rows that did not choose it."""
    rows = []
    for one in picked:
        chosen = ", ".join(f"{arm} ({n})" if n > 1 else arm for arm, n in Counter(one.arms.values()).most_common())
        published = f"{PUBLISHED_TEST[one.target]:+.1f}" if one.target in PUBLISHED_TEST else "-"
        gain = studykit.gain_cell(studykit.over_seeds(one.gains, studykit.Bounds()))
        texts = (studykit.Cell(text=text) for text in (one.target, chosen, one.by))
        rows.append((*texts, gain, studykit.Cell(text=published)))
    return studykit.Table(
        "The best task for each target (in how many seeds), and what it adds",
        ("target", "best", "chosen by", "gain", "published, XLM-R large"),
        tuple(rows),
    )


def forest(gains: Gains, margin: float) -> studykit.Forest:
    """Each arm's mean gain over targets."""
    points = []
    for arm in gains.cells:
        found = studykit.over_seeds(gains.mean([arm]), studykit.Bounds())
        points.append(studykit.estimate_point(found, label=arm))
    return studykit.Forest(
        title="What each arm adds: mean over targets", unit="points", points=tuple(points), margin=margin
    )
