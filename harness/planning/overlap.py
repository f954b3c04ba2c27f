"""Overlap: rows that a run trained or selected on and is tested on, by id and by normalised text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from harness.planning.data import Data
from harness.planning.stages.rows import Rows
from harness.planning.stages.training import Trained
from harness.registry import Registry
from harness.rows import Row
from harness.sources.base import Split

SHORTEST_ID = 8
"""Shorter ids, such as row numbers, are the same in unrelated datasets."""
SAME_SHARE = 0.5
"""Share of a target's training rows that another task's rows must hold to count as the same rows."""


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """What a test split has in common with one split that was trained or selected on.

    Attributes:
        ids: test items whose dataset id occurs there.
        items: test items whose texts, all together, occur there as one item's.
        texts: test items of which the longest text occurs there, alone or beside any other, such as a paragraph with
            another question.
        n: test items.
        same_rows: whether it holds the target's own training data, or half of it, under another task's name.
    """

    task: str
    split: str
    language: str
    use: str
    ids: int
    items: int
    texts: int
    n: int
    same_rows: bool

    def to_json(self) -> dict[str, Any]:
        """As kept in records."""
        return asdict(self)

    @property
    def found(self) -> bool:
        """Whether there is anything in common."""
        return bool(self.ids or self.items or self.texts or self.same_rows)


class OverlapFinder:
    """Compares splits, each read once."""

    def __init__(self, registry: Registry, data: Data) -> None:
        self._registry = registry
        self._data = data
        self._prints: dict[str, _Prints] = {}

    def of(self, test: Split, phases: tuple[Trained, ...], tuning: Rows | None = None) -> list[Overlap]:
        """Overlap of test rows with everything that phases trained or selected on; only what is found.

        Args:
            tuning: rows on which a threshold was selected.
        """
        own = self._own_training(test.task, phases)
        overlaps: dict[tuple[str, str, str], Overlap] = {}
        for phase in phases:
            for data in phase.tasks:
                split = self._data.of(data)
                under_another_name = phase.phase == "intermediate" and data.task != test.task
                same = own is not None and under_another_name and self._holds(split, own)
                key = (data.task, "training", split.digest)
                # The target phase may train on the same rows again, which does not take the mark back.
                if key not in overlaps or same:
                    overlaps[key] = self._compare(test, split, "training", same_rows=same)
            for data in phase.development.rows if phase.development else ():
                split = self._data.of(data)
                overlaps[split.task, "selection", split.digest] = self._compare(test, split, "selection")
        if tuning:
            split = self._data.of(tuning)
            overlaps[split.task, "selection", split.digest] = self._compare(test, split, "selection")
        return [overlap for overlap in overlaps.values() if overlap.found]

    def _compare(self, test: Split, other: Split, use: str, *, same_rows: bool = False) -> Overlap:
        mine, theirs = self._prints_of(test), self._prints_of(other)
        return Overlap(
            task=other.task,
            split=other.split,
            language=other.language,
            use=use,
            ids=sum(i in theirs.id_set for i in mine.ids if i),
            items=sum(item in theirs.item_set for item in mine.items),
            texts=sum(text in theirs.text_set for text in mine.longest),
            n=len(mine.items),
            same_rows=same_rows,
        )

    def _own_training(self, target: str, phases: tuple[Trained, ...]) -> Split | None:
        """The rows of the target's phase; without one, those it would train on, where the data have them."""
        if phases and phases[-1].phase == "target":
            return self._data.of(phases[-1].tasks[0])
        task = self._registry.task(self._registry.task(target).trained_as)
        if not set(task.languages_trained) <= set(self._data.source.languages(task, "train")):
            return None
        return self._data.training(target)

    def _holds(self, other: Split, own: Split) -> bool:
        """Whether a split has at least `SAME_SHARE` of the items of another."""
        items = self._prints_of(own).item_set
        return len(items & self._prints_of(other).item_set) >= SAME_SHARE * len(items)

    def _prints_of(self, split: Split) -> _Prints:
        key = f"{split.task}/{split.split}/{split.language}/{split.digest}"
        if key not in self._prints:
            kind = self._registry.kind(self._registry.task(split.task).kind)
            self._prints[key] = _Prints(split.rows, (kind.texts(row) for row in split.rows))
        return self._prints[key]


class _Prints:
    """Hashes of a split's ids and texts."""

    def __init__(self, rows: Iterable[Row], texts: Iterable[tuple[str, ...]]) -> None:
        normalised = [tuple(map(normalise, item)) for item in texts]
        self.ids = [row.id if len(row.id) >= SHORTEST_ID else "" for row in rows]
        self.items = [hash(item) for item in normalised]
        self.longest = [hash(max(item, key=len)) for item in normalised]
        self.id_set = set(self.ids) - {""}
        self.item_set = set(self.items)
        self.text_set = {hash(text) for item in normalised for text in item if text}


def normalise(text: str) -> str:
    """Text without what editing changes: compatibility forms, case, punctuation and runs of blanks."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.translate(_BLANKED).split())


class _Blanked(dict[int, str]):
    """A blank for every punctuation mark and symbol. Vowel signs are neither: without them, words would look alike.

    Characters come in as texts have them: going through all of Unicode takes longer than a small run's comparisons.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = " " if unicodedata.category(character)[0] in "PS" else character
        return self[code]


_BLANKED = _Blanked()
