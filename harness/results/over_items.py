"""Intervals over items of what several languages make, where there is one seed: means, and the transfer gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.item_scores import joint_parts
from harness.results.scores import Row, Scores, same_predictions

if TYPE_CHECKING:
    from harness.item_scores import ItemScores
    from harness.statistics.intervals import Interval
    from harness.statistics.parts import Combine


@dataclass(frozen=True)
class SeedRows:
    """The scores of one seed in a language; None where there is none.

    Attributes:
        score, baseline: of the arm, and of what its gain is against.
    """

    score: Row | None
    baseline: Row | None


@dataclass(frozen=True)
class Drawn:
    """What is drawn together, and how many there are of it: passages, or items each in all its languages."""

    units: int
    noun: str


@dataclass(frozen=True)
class OverItems:
    """Intervals of what the languages of a table make, each computed when it is first asked for.

    An item is drawn together with its translations, and with the other items of its passage.

    Attributes:
        scores: gives the items behind a row.
        rows: by language.
    """

    scores: Scores
    rows: Mapping[str, SeedRows]
    _found: dict[tuple[str, tuple[str, ...], bool], Interval | None] = field(default_factory=dict)

    @classmethod
    def of(cls, group: Scores, baseline: Scores) -> OverItems:
        """Those of an arm with one seed, and of the scores that its gains are against."""
        seed = group.rows[0]["seed"]
        scores, others = (
            {row["language"]: row for row in side.rows if row["value"] is not None and row["seed"] == seed}
            for side in (group, baseline)
        )
        rows = {language: SeedRows(scores.get(language), others.get(language)) for language in {**others, **scores}}
        return cls(group, rows)

    def mean(self, column: str, languages: Sequence[str], bounds: tuple[float, float] | None) -> Interval | None:
        """Of the mean of a column ("baseline", "score" or "gain") over languages.

        Args:
            bounds: what the mean can be; None where nothing bounds it.

        Returns:
            None where predictions are gone, where sides are not of the same items, or where these do not tell.
        """
        from harness.statistics.parts import mean

        return self._interval(column, tuple(languages), mean, bounds, gap=False)

    def gap(self, column: str, languages: Sequence[str], bounds: tuple[float, float] | None) -> Interval | None:
        """Of the first language minus the mean of the others; see `mean`."""
        return self._interval(
            column, tuple(languages), lambda scores: scores[:, 0] - scores[:, 1:].mean(axis=1), bounds, gap=True
        )

    def _interval(
        self,
        column: str,
        languages: tuple[str, ...],
        combine: Combine,
        bounds: tuple[float, float] | None,
        *,
        gap: bool,
    ) -> Interval | None:
        key = (column, languages, gap)
        if key not in self._found:
            self._found[key] = self._computed(column, languages, combine, bounds)
        return self._found[key]

    def _computed(
        self, column: str, languages: Sequence[str], combine: Combine, bounds: tuple[float, float] | None
    ) -> Interval | None:
        from harness.statistics.joint import joint_gain, joint_interval
        from harness.statistics.refusal import CannotConclude

        rows = [self.rows[language] for language in languages]
        try:
            if column != "gain":
                items = [self._items(row.score if column == "score" else row.baseline) for row in rows]
                known = [found for found in items if found is not None]
                return joint_interval(joint_parts(known), combine, bounds=bounds) if len(known) == len(rows) else None
            if all(row.score and row.baseline and same_predictions(row.score, row.baseline) for row in rows):
                return None
            pairs = [pair for row in rows if (pair := self._paired(row)) is not None]
            if len(pairs) < len(rows):
                return None
            mine = joint_parts([left for left, _ in pairs])
            theirs = [replace(part, statistics=right.statistics) for part, (_, right) in zip(mine, pairs, strict=True)]
            return joint_gain(mine, theirs, combine, bounds=bounds)
        except CannotConclude:
            return None

    def drawn(self, column: str, languages: Sequence[str]) -> Drawn:
        """What an interval is drawn from.

        Raises:
            CannotConclude: the predictions are gone.
        """
        from harness.statistics.refusal import CannotConclude

        rows = [self.rows[language] for language in languages]
        items = [self._items(row.baseline if column == "baseline" else row.score) for row in rows]
        known = [found for found in items if found is not None]
        if len(known) < len(rows):
            raise CannotConclude("the predictions are gone")
        units = {unit for part in joint_parts(known) for unit in part.units or ()}
        return Drawn(len(units), "items" if all(found.clusters is None for found in known) else "groups of items")

    def _items(self, row: Row | None) -> ItemScores | None:
        return self.scores.items(row) if row else None

    def _paired(self, rows: SeedRows) -> tuple[ItemScores, ItemScores] | None:
        """The items of both sides; None unless each has all items of the other."""
        if rows.score is None or rows.baseline is None:
            return None
        return self.scores.paired_whole(rows.score, rows.baseline)
