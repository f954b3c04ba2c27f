"""Items that arms get wrong, beside the right answer and the texts that were asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.documents.parts import Cell, Link, Paragraph, Part, Section, Table, Tone
from harness.errors import UserError, counted
from harness.report.loaded import LoadedRun
from harness.results.scores import Row
from harness.results.words import row_arms
from harness.visible import in_a_line

if TYPE_CHECKING:
    from harness.planning.data import Data

IN_FILE = 20
"""Items of a task and language in one file, at most."""
LARGEST = 2_000_000
"""Bytes of all items in one file, roughly."""
ARMS = 4
"""Arms whose answers stand beside each other: the first ones of the run."""
ANSWERING = ("target", "candidate")
"""Sides of rows that are searched, so that answers name them."""
UNKNOWN = "und"
"""The code of ISO 639-3 for a language that is not known."""
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


def find_mistakes(run: LoadedRun) -> Found:
    """All items that one of the first arms gets wrong, by task and language."""
    found = Found()
    texts = _Reader(run)
    names = row_arms(run.main.rows)
    arms = list(names)[:ARMS]
    for (task, language), group in run.main.groups("task", "language").items():
        first: dict[str, Row] = {}
        for row in group.rows:
            if row["arm"] in arms and row["value"] is not None:
                first.setdefault(row["arm"], row)
        seed = next((row["seed"] for row in first.values()), None)
        rows = {arm: first[arm] for arm in arms if arm in first and first[arm]["seed"] == seed}
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


def in_file(found: Found) -> list[Part]:
    """As many of them as go into one file, the same number of each task and language."""
    sizes = [[_size(row) for row in one.rows[:IN_FILE]] for one in found.mistakes]
    most = next(
        (many for many in range(IN_FILE, 0, -1) if sum(sum(own[:many]) for own in sizes) <= LARGEST),
        0,
    )
    parts: list[Part] = []
    for one in found.mistakes if most else ():
        whole = [Link("all of them", found.pages[one.name])] if one.name in found.pages else []
        parts.append(Section(f"{one.task} {one.language}", (one.table(most), *whole), folded=True))
    if not most and found.mistakes:
        parts.append(Paragraph("There are too many tasks and languages for one file; `xharness export site` has them."))
    for why, places in found.lacking.items():
        shown = ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")
        parts.append(Paragraph(f"{shown}: {why}", Tone.QUIET))
    return parts


def _size(row: Sequence[Cell]) -> int:
    return sum(60 + len(cell.text.encode()) for cell in row)


@dataclass(frozen=True)
class _Texts:
    """Texts of the rows of a task and language.

    Attributes:
        asked: by the row's key.
        answers: where answers are rows themselves, as in retrieval, by what these are called.
        language: that they are in.
    """

    asked: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    language: str = ""

    def said(self, value: Any) -> str:
        """An answer as text: of several the first ones that fit, of a row its text."""
        if value is None:
            return "-"
        if isinstance(value, dict):
            value = value.get("text", list(value.values()))
        if isinstance(value, list | tuple):
            joint = "; " if self.answers else " "
            return joint.join(map(self.said, value)) or "-"
        return in_a_line(self.answers.get(str(value), str(value)))


class _Reader:
    """Reads the texts of rows where the run read them, if they are still there."""

    def __init__(self, run: LoadedRun) -> None:
        self._run = run
        self._data: Data | None = None
        self._why = ""
        self.lacking: dict[str, list[str]] = {}

    def of(self, task: str, language: str) -> _Texts:
        """The texts of the scored rows of a task and language; none where they cannot be had."""
        try:
            if self._data is None and not self._why:
                self._data = _open(self._run)
            if self._data is not None:
                return self._read(self._data, task, language)
        except UserError as error:
            # Where some cannot be read others fail likewise, each in words of its own.
            self._why = self._why or f"texts are not where the run read them ({error.what})"
        self.lacking.setdefault(self._why, []).append(f"{task} {language}")
        return _Texts()

    def _read(self, data: Data, task: str, language: str) -> _Texts:
        split = data.split(task, self._split(task, language), language)
        kind = data.registry.kind(data.registry.task(task).kind)
        texts = [" / ".join(filter(None, map(in_a_line, kind.texts(row)))) for row in split.rows]
        sides = [getattr(row, "side", "") for row in split.rows]
        # One side of such pairs is in another language, and which one the row does not say.
        of = UNKNOWN if any(sides) else language
        named = zip((getattr(row, "key", "") for row in split.rows), sides, texts, strict=True)
        answers = {name: text for name, side, text in named if side in ANSWERING}
        return _Texts(dict(zip(split.keys, texts, strict=True)), answers, of)

    def _split(self, task: str, language: str) -> str:
        rows = self._run.main.rows
        return str(next(row["split"] for row in rows if (row["task"], row["language"]) == (task, language)))


def _open(run: LoadedRun) -> Data:
    """The rows of a run, read as its settings say."""
    from harness.planning.data import Data
    from harness.planning.session import settings_of_run
    from harness.registry import default_registry
    from harness.sources.base import open_source

    registry = default_registry()
    settings = settings_of_run(run.directory, registry, {})
    return Data(registry, open_source(settings.data, registry), settings.limit)


def _mistakes(run: LoadedRun, rows: Mapping[str, Row], names: Mapping[str, str], texts: _Texts) -> Mistakes | str:
    """The items of one task and language that an arm gets wrong; why not, where that cannot be told."""
    first = next(iter(rows.values()))
    stored = {arm: run.predictions(row) for arm, row in rows.items()}
    scored = {arm: run.main.items(row) for arm, row in rows.items()}
    if any(stored[arm] is None or scored[arm] is None for arm in rows):
        return "predictions are gone"
    columns = {arm: found for arm, found in stored.items() if found is not None}
    if len({len(found["key"]) for found in columns.values()}) > 1:
        return "arms were scored on other items"
    own = next(iter(columns.values()))
    language = str(first["language"])
    wrong = {arm: set(_wrong(scored[arm], found)) for arm, found in columns.items()}
    found = []
    for place in sorted(set().union(*wrong.values())):
        key = own["key"][place]
        text = texts.asked.get(key, "")
        shown = Cell(text=_shortened(text, LONGEST_TEXT), language=texts.language) if text else Cell(text=key)
        answers = (
            _answer(one["prediction"][place], text, texts, right=place not in wrong[arm])
            for arm, one in columns.items()
        )
        found.append((shown, _answer(own["gold"][place], text, texts), *answers))
    arms = tuple(names[arm] for arm in columns)
    return Mistakes(
        str(first["task"]), language, str(first["metric"]), int(first["seed"]), arms, tuple(found), len(own["key"])
    )


def _wrong(items: Any, columns: Mapping[str, Any]) -> Iterator[int]:
    """Places of the items that by themselves score less than they could; right to say nothing is not wrong."""
    answers = zip(columns["prediction"], columns["gold"], strict=True)
    for place, (numbers, (said, gold)) in enumerate(zip(items.statistics.tolist(), answers, strict=True)):
        if not said and not gold and not isinstance(said, int):
            continue
        try:
            value = items.metric.value(numbers, 1)
        except (ArithmeticError, ValueError):
            continue
        if value < 100:
            yield place


def _answer(value: Any, text: str, texts: _Texts, *, right: bool = False) -> Cell:
    """An answer; it is in the language of the rows where it is a text of theirs, and may be a label otherwise."""
    said = texts.said(value)
    is_text = bool(texts.answers) or (said != "-" and said in text)
    return Cell(text=_shortened(said, LONGEST_ANSWER), language=texts.language if is_text else "", best=right)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
