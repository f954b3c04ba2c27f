"""The report of runs: one document that answers first, and then shows what the answer is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.comparing.compare import check_margin
from harness.documents.parts import Document, Paragraph, Part, Section, Table, Tone, row_of
from harness.errors import counted
from harness.registry import default_registry
from harness.report.chapters.gains import by_language, by_target, transfer_gaps
from harness.report.chapters.mistakes import Found, find_mistakes, in_file
from harness.report.chapters.origins import origins
from harness.report.chapters.training import training
from harness.report.contrast import Contrast, contrast_of
from harness.report.loaded import LoadedRun
from harness.report.published_tables import published_tables
from harness.report.summary import further_tables, told_of
from harness.report.target_tables import estimate_cell, target_tables
from harness.results.runs import described
from harness.statistics.conclusion import MARGIN
from harness.studies.words import answer_words, reply_words

ROWS = 2_000
"""Rows of tables of scores that make a file of about 300 kB."""

SHOWN = 8
"""Targets and languages that a sentence names."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a report is to show.

    Attributes:
        contrast: label of the arm that the answer is about; all arms if none.
        margin: points below which a difference does not matter.
        published: file of published scores to show beside the runs'.
        rows: of tables of scores in the file; further tables are left out, which it says.
        mistakes: finds the items of a run that arms get wrong; None to leave them out.
    """

    contrast: str | None = None
    margin: float = MARGIN
    published: Path | None = None
    rows: int = ROWS
    mistakes: Callable[[LoadedRun], Found] | None = find_mistakes


def report_of(runs: Sequence[LoadedRun], asked: Asked) -> Document:
    """The report of one run or several.

    Args:
        runs: at least one.

    Raises:
        SettingsError: the margin is not positive.
        UnknownName: no run has the arm that the answer is to be about.
        UserError: the file of published scores cannot be used.
    """
    check_margin(asked.margin)
    room = _Room(asked.rows)
    if len(runs) == 1:
        (run,) = runs
        return Document(f"xharness: {run.name}", tuple(_of_run(run, asked, room)))
    sections = [Section(run.name, tuple(_of_run(run, asked, room)), folded=True) for run in runs]
    return Document(f"xharness: {counted(len(runs), 'run')}", (_overview(runs, asked), *sections))


@dataclass
class _Room:
    """How many rows of scores still go into the file."""

    rows: int

    def take(self, rows: int, make: Callable[[], Sequence[Part]]) -> list[Part]:
        """Parts of about so many rows, made if there is room for them."""
        if rows > self.rows:
            return []
        self.rows -= rows
        return list(make())


def _overview(runs: Sequence[LoadedRun], asked: Asked) -> Section:
    """What each run answers."""
    rows = []
    for run in runs:
        contrast = contrast_of(run.main, asked.contrast)
        info = described(run.directory)
        whole = contrast.gain(*contrast.languages) if contrast else None
        reply = reply_words(contrast.answer(asked.margin).answer) if contrast else "-"
        gain = estimate_cell(whole, whole.seeds if whole else 0, signed=True)
        names = (run.name, info.model, ", ".join(info.targets), contrast.asked if contrast else "no arm is compared")
        rows.append((*row_of(*names), gain, *row_of(reply)))
    columns = ("run", "model", "targets", "asked", "gain", "is there a gain?")
    note = "Each run answers for itself: nothing here is corrected for how many runs there are."
    return Section("Runs", (Table("", columns, tuple(rows), words=(1, 2, 3, 5), notes=(note,)),))


def _of_run(run: LoadedRun, asked: Asked, room: _Room) -> list[Part]:
    contrast = contrast_of(run.main, asked.contrast)
    told = told_of(run)
    every = room.take(sum(len(one.lines) for one in run.comparisons), lambda: target_tables(run.comparisons))
    further = room.take(len(run.comparisons), lambda: further_tables(run, told))
    if not every or not further:
        why = "Tables of scores that would make this file too large are left out"
        every.append(Paragraph(f"{why}: `xharness summary {run.name}` shows them.", Tone.QUIET))
    parts: list[Part] = [
        Section("Answer", tuple(_answer(run, contrast, asked))),
        *_section("Gains", _gains(run, contrast, asked)),
        *_section("Published scores", _published(run, asked), folded=True),
        *_section("Every score", every, folded=True),
        *_section("What to know about these scores", told),
        *_section("Other tables", further, folded=True),
        *_section("Training", training(run)),
        *_section("Items that arms get wrong", _items(run, asked)),
        *_section("How this was made", origins(run)),
    ]
    return parts


def _section(title: str, parts: Sequence[Part], *, folded: bool = False) -> list[Part]:
    return [Section(title, tuple(parts), folded=folded)] if parts else []


def _answer(run: LoadedRun, contrast: Contrast | None, asked: Asked) -> list[Part]:
    """The answer in a sentence, and what was asked of what."""
    info = described(run.directory)
    languages = dict.fromkeys(str(row["language"]) for row in run.main.rows)
    seeds = dict.fromkeys(int(row["seed"]) for row in run.main.rows)
    facts = (
        f"Model {info.model}; {counted(len(dict.fromkeys(row['task'] for row in run.main.rows)), 'target')} in "
        f"{counted(len(languages), 'language')}; seeds {', '.join(map(str, seeds))}; begun {info.started[:10]}."
    )
    if contrast is None:
        why = "No arm is compared with another one here, so there is no gain to ask about."
        return [Paragraph(why, Tone.STRONG), Paragraph(facts)]
    parts: list[Part] = [Paragraph(_in_a_sentence(contrast, asked.margin), Tone.STRONG)]
    if contrast.left_out:
        shown = ", ".join(f"{task} {code}" for task, code in contrast.left_out[:SHOWN])
        more = f" and {len(contrast.left_out) - SHOWN} more" if len(contrast.left_out) > SHOWN else ""
        parts.append(Paragraph(f"Left out, since not every arm has a score in every seed: {shown}{more}."))
    if unfinished := [str(seed) for seed in seeds if seed not in contrast.seeds]:
        parts.append(Paragraph(f"Left out, since less than half is there: seed {', '.join(unfinished)}."))
    how = "all arms together" if asked.contrast is None else "one arm, named beforehand"
    text = (
        f"What is asked does not depend on the scores: {how}, each against what it is compared with, in the mean over "
        f"languages, targets and arms. Margin: {asked.margin:g} {'point' if asked.margin == 1 else 'points'}."
    )
    parts.append(Paragraph(text))
    return [*parts, Paragraph(facts)]


def _in_a_sentence(contrast: Contrast, margin: float) -> str:
    """What is asked, the answer, and what it rests on; of one seed, what its items say."""
    found = contrast.answer(margin)
    whole = contrast.gain(*contrast.languages)
    if whole is None or whole.seeds > 1:
        text = answer_words(found)
        return f"Is there a gain? {text[:1].upper()}{text[1:]}."
    ends = whole.interval
    known = f"[{ends.low:+.1f}, {ends.high:+.1f}] for other items like these" if ends else "how sure is not known"
    asked = f"{found.asked[:1].upper()}{found.asked[1:]}"
    return (
        f"Is there a gain? {asked}: {whole.value:+.1f} points, {known}; what other seeds would give, one seed "
        "does not tell."
    )


def _gains(run: LoadedRun, contrast: Contrast | None, asked: Asked) -> list[Part]:
    by_code = by_language(contrast, asked.margin) if contrast else None
    return [*([by_code] if by_code else []), *by_target(run.comparisons), *transfer_gaps(run.comparisons)]


def _published(run: LoadedRun, asked: Asked) -> list[Part]:
    if asked.published is None:
        return []
    return published_tables(run.scores.clean.rows, asked.published, default_registry())


def _items(run: LoadedRun, asked: Asked) -> list[Part]:
    if asked.mistakes is None:
        return []
    parts = in_file(asked.mistakes(run))
    note = "The first ones in the order of the rows, not picked; an answer in bold is right."
    return [Paragraph(note, Tone.QUIET), *parts] if any(isinstance(part, Section) for part in parts) else parts
