"""Which items two sides answer differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.comparing.findings import Pairs, Unpaired
from harness.comparing.pairing import Match, PairedTask
from harness.evaluation.stored_items import StoredItems
from harness.results.paired_items import item_gains
from harness.results.schema import LANGUAGE, SEED
from harness.results.scores import Row


@dataclass(frozen=True, kw_only=True)
class Flip:
    """An item of which one side has more than the other.

    Attributes:
        of: the arms that are compared.
        item: what it is called; its place where predictions were stored before they said it.
        key: what its row is called in its file; "" likewise.
        gain: left minus right of the score of the item alone, the mean over seeds.
        gold: the right answer.
        left, right: what each side predicts, one per seed.
    """

    of: Match
    task: str
    language: str
    item: str
    key: str
    gain: float
    gold: Any
    left: tuple[Any, ...]
    right: tuple[Any, ...]


def find_flips(of: Match, paired: PairedTask, items: StoredItems) -> Iterator[Flip]:
    """The items of a task that the sides answer differently, language by language, the largest differences first.

    Nothing where items cannot be paired.
    """
    pairs = Pairs(paired, items)
    for language in dict.fromkeys(str(row[LANGUAGE]) for row in paired.left.rows):
        try:
            found = pairs.of([language]).pairs
        except Unpaired:
            continue
        gains = item_gains(found).tolist()
        changed = sorted((place for place, gain in enumerate(gains) if gain), key=lambda place: -abs(gains[place]))
        left, right = (_Answers(side.rows, language, paired.seeds, items) for side in (paired.left, paired.right))
        names = found[0].left.items
        for place in changed:
            name = names[place] if names else None
            yield Flip(
                of=of,
                task=paired.task,
                language=language,
                item=name or str(place),
                key=left.of(place, name, "key"),
                gain=gains[place],
                gold=left.of(place, name, "gold"),
                left=left.answers(place, name),
                right=right.answers(place, name),
            )


class _Answers:
    """What one side answers in a language, by an item's name, or by its place where the side has no names."""

    def __init__(self, rows: Sequence[Row], language: str, seeds: Sequence[int], items: StoredItems) -> None:
        by_seed = {row[SEED]: row for row in rows if row[LANGUAGE] == language}
        self._columns: list[Mapping[str, Any]] = [items.predictions(by_seed[seed]) or {} for seed in seeds]
        self._answers = [items.answers(by_seed[seed]) or () for seed in seeds]
        self._places = [
            {name: place for place, name in enumerate(columns.get("item", ()))} for columns in self._columns
        ]

    def of(self, place: int, name: str | None, column: str) -> Any:
        """What the first seed's predictions say of an item."""
        return self._columns[0][column][self._at(place, name)[0]]

    def answers(self, place: int, name: str | None) -> tuple[Any, ...]:
        """The answer of each seed, as the metric reads it."""
        return tuple(own[at] for own, at in zip(self._answers, self._at(place, name), strict=True))

    def _at(self, place: int, name: str | None) -> list[int]:
        """Where an item is in the predictions of each seed."""
        return [places[name] if name is not None and places else place for places in self._places]
