"""A study's findings as a document to read, and how they came about in words."""

from __future__ import annotations

from collections.abc import Iterator

from harness.documents.parts import Document, Illustration, Paragraph, Part, Section, Tone
from harness.errors import counted
from harness.statistics.answer import shown_margin
from harness.studies.base import Answered, Findings
from harness.studies.session import StudyResult
from harness.studies.words import IN_GENERAL, answer_words, asked_words, contrast_words, halves_words
from harness.version import __version__


def as_document(result: StudyResult) -> Document:
    """The findings as a document, with the figures inside it."""
    asked = result.asked
    answers: list[Part] = [Paragraph(asked.study.question)]
    for model, found in result.findings.items():
        several = f"{model}: " if len(result.findings) > 1 else ""
        answers.append(Paragraph(f"{several}{answer_words(found.primary)}", Tone.STRONG))
    if result.pooled:
        answers.append(Paragraph(answer_words(Answered(IN_GENERAL, result.pooled)), Tone.STRONG))
    answers += map(Paragraph, (*asked_words(asked), contrast_words(asked)))
    sections = [Section("Answer", tuple(answers))]
    sections += [Section(model, tuple(_parts_of(result, found))) for model, found in result.findings.items()]
    sections.append(Section("How this was made", tuple(Paragraph(line) for line in how_made(result))))
    return Document(f"{asked.study.name}: a study", tuple(sections))


def _parts_of(result: StudyResult, found: Findings) -> Iterator[Part]:
    yield from map(Illustration, found.figures)
    if found.others:
        yield Paragraph(f"Asked, too (corrected for: {result.asked.study.corrected_for}):")
        yield from (Paragraph(answer_words(one)) for one in found.others)
    yield from found.tables
    if halves := halves_words(found):
        yield Paragraph(halves)
    if found.caveats:
        yield Section("What this cannot say", tuple(map(Paragraph, found.caveats)))


def how_made(result: StudyResult) -> list[str]:
    """How the findings came about."""
    asked = result.asked
    options = asked.options
    made = (
        f"tier {asked.tier}; data {options.data}; {counted(len(options.seeds), 'seed')}; "
        f"{_limited(options.limit)}"
        f"margin {shown_margin(options.margin, asked.study.quantity)}; xharness {__version__}"
    )
    made = made if result.runs else f"xharness {__version__}"
    return [made, *result.remarks, f"command: {asked.command}"]


def _limited(limit: int) -> str:
    return f"the first {counted(limit, 'row')} of each split; " if limit else ""
