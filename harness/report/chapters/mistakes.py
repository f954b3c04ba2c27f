"""Items that arms get wrong, beside the right answer and the texts that were asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.documents.parts import Cell, Link, Paragraph, Part, Section, Table, Tone, tables_of
from harness.errors import counted
from harness.item_scores import ItemScores, is_right
from harness.report.loaded import LoadedRun
from harness.report.row_texts import RowTexts, TextReader
from harness.results.scores import Row
from harness.results.words import row_arms

IN_FILE = 20
"""Items of a task and language in one file, at most."""
LARGEST = 2_000_000
"""Bytes of all items in one file, roughly."""
ARMS = 4
"""Arms whose answers stand beside each other: the first ones of the run."""
LONGEST_TEXT = 400
LONGEST_ANSWER = 120


@dataclass(frozen=True)
class Mistakes:
    """What arms get wrong in a task and language, in the order of the rows, by the first seed.

    Attributes:
        arms: names of the arms, each a column.
        rows: an item each: texts, right answer, and each arm's answer.
        n: items that were scored.
    """

    task: str
    language: str
    metric: str
    seed: int
    arms: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    n: int

    @property
    def name(self) -> str:
        """What a page of them is called."""
        return f"{self.task}-{self.language}"

    def table(self, most: int | None = None) -> Table:
        """The first so many items, or all."""
        shown = self.rows[:most]
        of = f"{len(shown)} of " if len(shown) < len(self.rows) else ""
        title = (
            f"{self.task} {self.language}: {of}{counted(len(self.rows), 'item')} of {self.n:,} that an arm gets wrong "
            f"({self.metric}, seed {self.seed})"
        )
        columns = ("text", "right answer", *self.arms)
        return Table(title, columns, shown, words=tuple(range(1, len(columns))))


@dataclass
class Found:
    """The mistakes of a run, and why there are none of some scores.

    Attributes:
        lacking: for each reason, what it is the reason of.
        pages: where a page with all items of a task and language lies, by the name of these mistakes.
    """

    mistakes: list[Mistakes] = field(default_factory=list)
    lacking: dict[str, list[str]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)


def find_mistakes(run: LoadedRun, tell: Callable[[str], None] = lambda _: None) -> Found:
    """All items of the run's own scores that one of the first arms gets wrong, by task and language.

    Args:
        tell: called with where texts are on this machine, for whoever writes the page and not for those who read it.
    """
    found = Found()
    texts = TextReader(run, tell)
    names = row_arms(run.own.rows)
    arms = list(names)[:ARMS]
    for (task, language), group in run.own.groups("task", "language").items():
        rows = _of_one_seed([row for row in group.rows if row["arm"] in arms and row["value"] is not None])
        if not rows:
            continue
        own = _mistakes(run, rows, names, texts.of(task, language))
        if isinstance(own, str):
            found.lacking.setdefault(own, []).append(f"{task} {language}")
        elif own.rows:
            found.mistakes.append(own)
    for why, places in texts.lacking.items():
        found.lacking.setdefault(why, []).extend(places)
    return found


def _of_one_seed(rows: Sequence[Row]) -> dict[str, Row]:
    """The scores of the first of the seeds that most arms have, by arm."""
    by_seed: dict[int, dict[str, Row]] = {}
    for row in rows:
        by_seed.setdefault(row["seed"], {})[row["arm"]] = row
    return max(by_seed.values(), key=len, default={})


def in_file(found: Found, room: int = LARGEST) -> list[Part]:
    """As many of them as there is room for, the same number of each task and language, and links to all.

    Args:
        room: in bytes, roughly.
    """
    sizes = [[_size(row) for row in one.rows[:IN_FILE]] for one in found.mistakes]
    most = next((many for many in range(IN_FILE, 0, -1) if sum(sum(own[:many]) for own in sizes) <= room), 0)
    parts: list[Part] = []
    for one in found.mistakes:
        title = f"{one.task} {one.language}"
        whole = [Link(f"all items of {title}", found.pages[one.name])] if one.name in found.pages else []
        parts += [Section(title, (one.table(most), *whole), folded=True)] if most else whole
    if not most and found.mistakes and not found.pages:
        parts.append(Paragraph("There are too many for one file; `xharness export site` has a page for each."))
    return parts


def lacking_of(found: Found) -> Iterator[Paragraph]:
    """Why items, or their texts, are not shown."""
    for why, places in found.lacking.items():
        shown = ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")
        yield Paragraph(f"{shown}: {why}", Tone.QUIET)


def size_of(parts: Sequence[Part]) -> int:
    """Bytes that items take in a file, roughly."""
    return sum(_size(row) for table in tables_of(parts) for row in table.rows)


def _size(row: Sequence[Cell]) -> int:
    return sum(60 + len(cell.text.encode()) for cell in row)


def _mistakes(run: LoadedRun, rows: Mapping[str, Row], names: Mapping[str, str], texts: RowTexts) -> Mistakes | str:
    """The items of one task and language that an arm gets wrong; why not, where that cannot be told."""
    first = next(iter(rows.values()))
    columns = {arm: own for arm, row in rows.items() if (own := run.predictions(row)) is not None}
    scored = {arm: items for arm, row in rows.items() if (items := run.own.items(row)) is not None}
    if columns.keys() & scored.keys() != rows.keys():
        return "predictions are gone"
    if len({tuple(found["key"]) for found in columns.values()}) > 1:
        return "arms were scored on other items"
    rows_of = next(iter(columns.values()))
    language = str(first["language"])
    said = {arm: run.stored.answers(rows[arm]) or () for arm in columns}
    wrong = {arm: set(_wrong(scored[arm], said[arm], rows_of["gold"])) for arm in columns}
    found = []
    for place in sorted(set().union(*wrong.values())):
        key = rows_of["key"][place]
        text = texts.asked.get(key, "")
        shown = Cell(text=_shortened(text, LONGEST_TEXT), language=texts.language) if text else Cell(text=key)
        answers = (_answer(own[place], text, texts, right=place not in wrong[arm]) for arm, own in said.items())
        found.append((shown, _answer(rows_of["gold"][place], text, texts), *answers))
    arms = tuple(names[arm] for arm in columns)
    return Mistakes(
        str(first["task"]), language, str(first["metric"]), int(first["seed"]), arms, tuple(found), len(rows_of["key"])
    )


def _wrong(items: ItemScores, answers: Sequence[Any], golds: Sequence[Any]) -> Iterator[int]:
    """Places of the items that are not answered as they should be."""
    for place, (answer, gold) in enumerate(zip(answers, golds, strict=True)):
        if not is_right(answer, gold, items.alone(place)):
            yield place


def _answer(value: Any, text: str, texts: RowTexts, *, right: bool = False) -> Cell:
    """An answer; it is in the language of the rows where it is a text of theirs, and may be a label otherwise."""
    said = texts.said(value)
    is_text = bool(texts.answers) or (said != "-" and said in text)
    return Cell(text=_shortened(said, LONGEST_ANSWER), language=texts.language if is_text else "", best=right)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
