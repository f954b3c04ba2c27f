"""Answers in words."""

from __future__ import annotations

from harness.statistics.answer import PERCENT, POINTS, Answer, By, Question, Reply
from harness.statistics.power import MOST
from harness.studies.asked import Asked
from harness.studies.base import Answered, Findings

IN_GENERAL = "for encoders in general"
AFTERWARDS = (
    "These records were there before the question was asked so: whoever asks after looking at results can choose what "
    "suits them."
)
NOT_KNOWN_WHEN = (
    "Records do not say whether it was asked so before any of them was seen: whoever asks after looking at results can "
    "choose what suits them."
)
SMOKE = "The tier smoke shows that everything works, and answers nothing."
HALVES = "± in these tables is half of a 95 % interval."
OPEN = "± ? stands where the interval of so few seeds reaches beyond what a score can be."
BOLD = "Bold numbers have one that leaves out 0, each by itself: nothing is corrected for how many there are."


def reply_words(answer: Answer) -> str:
    """Yes, no, or that it cannot be told; a yes says whether it matters, a no whether there is a loss."""
    if answer.reply is Reply.YES:
        side = ""
        if answer.question is Question.DIFFERENCE and answer.mean:
            side = ", higher" if answer.mean > 0 else ", lower"
        return f"yes{side}, and it matters" if answer.material else f"yes{side}, but not surely by more than the margin"
    found: str = answer.reply.value
    return f"{found}, the other way round" if answer.by is By.OTHER_DIRECTION else found


def asked_words(asked: Asked) -> list[str]:
    """What an answer has to be read with: a tier without answers, and what was asked otherwise than the tier has it."""
    smoke = [SMOKE] if asked.tier == "smoke" else []
    if not asked.departures:
        return smoke
    named = "; ".join(f"{one.name.replace('_', '-')} {one.value} ({one.usual})" for one in asked.departures)
    otherwise = f"Asked otherwise than the tier {asked.tier} (in brackets): {named}."
    when = AFTERWARDS if asked.afterwards else NOT_KNOWN_WHEN
    return [*smoke, otherwise, *([when] if asked.otherwise else [])]


def contrast_words(asked: Asked) -> str:
    """The primary contrast, and that it was fixed beforehand where it was."""
    return f"The contrast{'' if asked.otherwise else ' was fixed beforehand'}: {asked.study.primary}"


def halves_words(found: Findings) -> str:
    """What ± and bold numbers in the tables mean; empty where no interval is shown as its half."""
    halves = [cell for table in found.tables for row in table.rows for cell in row if "±" in cell.text]
    if not halves:
        return ""
    told = [HALVES]
    told += [OPEN] if any("± ?" in cell.text for cell in halves) else []
    told += [BOLD] if any(cell.best for cell in halves) else []
    return " ".join(told)


def answer_words(one: Answered) -> str:
    """What was asked, the answer, what it rests on, and how many seeds would tell where these do not."""
    answer = one.answer
    known = "" if answer.mean is None else f"{_mean(answer)} over {answer.n} {_unit(answer)}; "
    needed = f"; {_needed(answer)} would tell" if answer.needed else ""
    return f"{one.asked}: {reply_words(answer)}. {known}{answer.why}{needed}"


def _mean(answer: Answer) -> str:
    if answer.quantity in (POINTS, PERCENT):
        return f"{answer.mean:+.1f} {answer.quantity}"
    return f"{answer.quantity} {answer.mean:+.2f}"


def _unit(answer: Answer) -> str:
    return answer.unit if answer.n != 1 else answer.unit.removesuffix("s")


def _needed(answer: Answer) -> str:
    assert answer.needed
    least, most = answer.needed.least, answer.needed.most
    if least > MOST:
        return f"more than {MOST:,} {answer.unit}"
    if most > MOST:
        return f"{least:,} {answer.unit} or many more"
    return f"{least:,} {answer.unit}" if least == most else f"{least:,} to {most:,} {answer.unit}"
