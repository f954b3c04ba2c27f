"""The report of runs: one document that answers first, and then shows what the answer is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.comparing.compare import check_margin
from harness.documents.parts import Document, Paragraph, Part, Section, Table, Tone, row_of
from harness.errors import counted
from harness.registry import default_registry
from harness.report.chapters.gains import by_language, by_target, transfer_gaps
from harness.report.chapters.mistakes import LARGEST, Found, find_mistakes, in_file, lacking_of, size_of
from harness.report.chapters.origins import origins
from harness.report.chapters.training import training
from harness.report.contrast import Contrast, contrast_of
from harness.report.loaded import LoadedRun
from harness.report.published_tables import published_tables
from harness.report.summary import belonging_to, further_tables, told_of, unfinished
from harness.report.target_tables import estimate_cell, target_tables
from harness.results.comparison import Estimate
from harness.results.marks import MARKS, find_marks
from harness.results.runs import described
from harness.sources.base import generated_source
from harness.studies.asked import margin_of
from harness.studies.base import Answered
from harness.studies.words import answer_words, reply_words

ROWS = 2_000
"""Rows of tables of scores that make a file of about 300 kB."""

BESIDE = 4
"""Rows that a table of scores has beside those of languages: its heading, means and the gap."""
SHOWN = 8
"""Targets and languages that a sentence names."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a report is to show.

    Attributes:
        contrast: label of the arm that the answer is about; all arms with intermediate training if none.
        margin: points below which a difference does not matter; None for that of studies: 1, or 5 on generated rows.
        published: file of published scores to show beside the runs'.
        rows: of tables of scores in the file; further tables are left out, which it says.
        mistakes: finds the items of a run that arms get wrong; None to leave them out.
    """

    contrast: str | None = None
    margin: float | None = None
    published: Path | None = None
    rows: int = ROWS
    mistakes: Callable[[LoadedRun], Found] | None = find_mistakes


def report_of(runs: Sequence[LoadedRun], asked: Asked) -> Document:
    """The report of one run or several.

    Args:
        runs: at least one.

    Raises:
        SettingsError: the margin is not positive, or nothing is subtracted from the arm that the answer is to be about.
        UnknownName: a run does not have that arm.
        UserError: the file of published scores cannot be used.
    """
    if asked.margin is not None:
        check_margin(asked.margin)
    answered = [_Answered.of(run, asked) for run in runs]
    room = _Room(asked.rows, LARGEST)
    if len(runs) == 1:
        return Document(f"xharness: {runs[0].name}", tuple(_of_run(answered[0], asked, room)))
    sections = [Section(one.run.name, tuple(_of_run(one, asked, room)), folded=True) for one in answered]
    return Document(f"xharness: {counted(len(runs), 'run')}", (_overview(answered), *sections))


@dataclass
class _Room:
    """How much still goes into the file.

    Attributes:
        rows: of tables of scores.
        bytes: of items.
    """

    rows: int
    bytes: int

    def take(self, rows: int, make: Callable[[], Sequence[Part]]) -> list[Part] | None:
        """Parts of about so many rows; None where there is no room for them."""
        if rows > self.rows:
            return None
        self.rows -= rows
        return list(make())


@dataclass(frozen=True)
class _Answered:
    """A run and what is asked of it.

    Attributes:
        contrast: None where there is nothing to compare.
        answer: None likewise.
        gain: the mean gain; None where no score is shared.
    """

    run: LoadedRun
    margin: float
    contrast: Contrast | None
    answer: Answered | None
    gain: Estimate | None

    @classmethod
    def of(cls, run: LoadedRun, asked: Asked) -> _Answered:
        """A run with its answer."""
        sources = dict.fromkeys(str(row["source"]) for row in run.own.rows)
        margin = asked.margin or margin_of(sources, default_registry())
        contrast = contrast_of(run.own, asked.contrast)
        if contrast is None:
            return cls(run, margin, None, None, None)
        return cls(run, margin, contrast, contrast.answer(margin), contrast.gain(*contrast.languages))

    @property
    def one_seed(self) -> bool:
        """Whether there is a gain of one seed alone."""
        return self.gain is not None and self.gain.seeds == 1

    @property
    def reply(self) -> str:
        """The answer in a word or two."""
        if self.answer is None:
            return "no arm is compared"
        return "one seed does not tell" if self.one_seed else reply_words(self.answer.answer)


def _overview(answered: Sequence[_Answered]) -> Section:
    """What each run answers."""
    rows = []
    for one in answered:
        info = described(one.run.directory)
        gain = estimate_cell(one.gain, one.gain.seeds if one.gain else 0, signed=True)
        names = (one.run.name, info.model, ", ".join(info.targets), one.contrast.asked if one.contrast else "-")
        basis = one.contrast.basis if one.contrast and one.gain and one.gain.interval else "-"
        rows.append((*row_of(*names), gain, *row_of(basis, one.reply)))
    columns = ("run", "model", "targets", "asked", "gain, points", "95 % interval for", "is there a gain?")
    note = "Each run answers for itself: nothing here is corrected for how many runs there are."
    return Section("Runs", (Table("", columns, tuple(rows), words=(1, 2, 3, 5, 6), notes=(note,)),))


def _of_run(one: _Answered, asked: Asked, room: _Room) -> list[Part]:
    run = one.run
    told = [*told_of(run), *belonging_to(run)]
    rows = sum(len(found.lines) + BESIDE for found in run.comparisons)
    every = room.take(rows, lambda: target_tables(run.comparisons))
    further = room.take(len(run.comparisons), lambda: further_tables(run, told))
    if every is None or further is None:
        why = "Tables of scores that would make this file too large are left out"
        every = [*(every or ()), Paragraph(f"{why}: `xharness summary {run.name}` shows them.", Tone.QUIET)]
    return [
        Section("Answer", tuple(_answer(one, asked))),
        *_section("Gains", _gains(one)),
        *_section("Published scores", _published(run, asked), folded=True),
        *_section("Every score", every, folded=True),
        *_section("What to know about these scores", told),
        *_section("Other tables", further or (), folded=True),
        *_section("Training", training(run)),
        *_section("Items that arms get wrong", _items(run, asked, room)),
        *_section("How this was made", origins(run)),
    ]


def _section(title: str, parts: Sequence[Part], *, folded: bool = False) -> list[Part]:
    return [Section(title, tuple(parts), folded=folded)] if parts else []


def _answer(one: _Answered, asked: Asked) -> list[Part]:
    """The answer in a sentence, what it is worth, and what was asked of what."""
    parts: list[Part] = [Paragraph(line, Tone.FAILED) for line in unfinished(one.run.records)]
    if one.contrast is None:
        why = "No arm with a score is compared with another one here, so there is no gain to ask about."
        return [*parts, Paragraph(why, Tone.STRONG), *_worth(one.run), Paragraph(_facts(one))]
    parts += [Paragraph(_in_a_sentence(one), Tone.STRONG), *_worth(one.run), *_left_out(one)]
    how = "all arms with intermediate training together" if asked.contrast is None else "one arm, named beforehand"
    text = (
        f"What is asked does not depend on the scores: {how}, each against what it is compared with, in the mean over "
        f"languages of each target, then over targets and arms, of the run's own scores. Differences within "
        f"{one.margin:g} {'point' if one.margin == 1 else 'points'} do not matter."
    )
    if one.gain and one.gain.interval:
        gone = "" if one.contrast.has_items else ", since predictions are gone"
        text += f" The interval is one of 95 %, for {one.contrast.basis}{gone}."
    return [*parts, Paragraph(text), Paragraph(_facts(one))]


def _in_a_sentence(one: _Answered) -> str:
    """What is asked, the answer, and what it rests on; of one seed, what its items say."""
    assert one.contrast
    assert one.answer
    if one.gain is None or not one.one_seed:
        return f"Is there a gain? Asked of {answer_words(one.answer)}."
    ends = one.gain.interval
    known = f"[{ends.low:+.1f}, {ends.high:+.1f}]" if ends else "how sure is not known, since predictions are gone"
    asked = f"Is there a gain? Asked of {one.contrast.asked}"
    return f"{asked}: {one.gain.value:+.1f} points, {known}; what other seeds would give, one seed does not tell."


def _worth(run: LoadedRun) -> Iterator[Paragraph]:
    """What scores on such rows can be used for."""
    registry = default_registry()
    for name in dict.fromkeys(str(row["source"]) for row in run.own.rows):
        if source := generated_source(name, registry):
            yield Paragraph(source.about)
        elif name not in registry.sources:
            yield Paragraph(f"Its rows are of the source {name}, which is not installed here.")
    if described(run.directory).command == "study":
        yield Paragraph("A study made this run, and asks a question of its own: its study.html has the answer.")
    marks = {mark for row in run.own.rows for mark in find_marks(row)}
    if said := [MARKS[name].meaning for name in ("stand-in", "limited") if name in marks]:
        yield Paragraph(f"Some of these scores are of {'; '.join(said)}.")


def _left_out(one: _Answered) -> Iterator[Paragraph]:
    """Which scores and seeds the answer is not over."""
    contrast = one.contrast
    assert contrast
    if contrast.left_out:
        shown = ", ".join(f"{task} {code}" for task, code in contrast.left_out[:SHOWN])
        more = f" and {len(contrast.left_out) - SHOWN} more" if len(contrast.left_out) > SHOWN else ""
        yield Paragraph(f"Left out, since not every arm has a score in every seed: {shown}{more}.")
    seeds = dict.fromkeys(int(row["seed"]) for row in one.run.own.rows)
    if begun := [str(seed) for seed in seeds if seed not in contrast.seeds]:
        yield Paragraph(f"Left out, since less than half is there: seed {', '.join(begun)}.")


def _facts(one: _Answered) -> str:
    """What the run is, in numbers."""
    info, rows = described(one.run.directory), one.run.own.rows
    languages, seeds, tasks = (dict.fromkeys(row[name] for row in rows) for name in ("language", "seed", "task"))
    return (
        f"Model {info.model}; {counted(len(tasks), 'target')} in {counted(len(languages), 'language')}; seeds "
        f"{', '.join(map(str, seeds))}; begun {info.started[:10]}."
    )


def _gains(one: _Answered) -> list[Part]:
    by_code = by_language(one.contrast, one.margin) if one.contrast else None
    comparisons = one.run.own_comparisons
    return [*([by_code] if by_code else []), *by_target(one.run.own, comparisons), *transfer_gaps(comparisons)]


def _published(run: LoadedRun, asked: Asked) -> list[Part]:
    if asked.published is None:
        return []
    return published_tables(run.scores.clean.rows, asked.published, default_registry(), comparable=True)


def _items(run: LoadedRun, asked: Asked, room: _Room) -> list[Part]:
    if asked.mistakes is None:
        return []
    found = asked.mistakes(run)
    parts = in_file(found, room.bytes)
    room.bytes -= size_of(parts)
    note = "The first ones in the order of the rows, not picked; an answer in bold is right."
    lacking = list(lacking_of(found))
    return [*([Paragraph(note, Tone.QUIET)] if found.mistakes else []), *lacking, *parts]
