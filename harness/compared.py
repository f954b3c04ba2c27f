"""xharness compare from Python."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.api import Run
from harness.comparing.compare import ComparedSides, compare_named
from harness.comparing.findings import QUESTIONS, Question
from harness.comparing.formats import COLUMNS, ITEM_COLUMNS, document, flat_rows, item_rows
from harness.errors import SettingsError, UnknownName
from harness.keywords import explained, names_in
from harness.registry import default_registry
from harness.shown import ShownAsTables
from harness.statistics.conclusion import MARGIN

if TYPE_CHECKING:
    import pandas as pd

    from harness.cli.notebook import Shown

Side = str | os.PathLike[str] | Run


@dataclass(frozen=True, repr=False)
class ShownComparison(ShownAsTables):
    """What a side has that others have not. Printed or shown by a notebook, it is what `xharness compare` shows.

    Attributes:
        values: all of it, as values; differences are left minus right.
        by_language: whether each language was tested.
    """

    values: ComparedSides
    by_language: bool

    @property
    def tasks(self) -> pd.DataFrame:
        """One row for each comparison of a task; docs/comparing.md says what the columns are."""
        return self._frame(by_language=False)

    @property
    def languages(self) -> pd.DataFrame:
        """One row for each language of each comparison, with the same columns; empty unless they were asked for."""
        found = self._frame(by_language=self.by_language)
        return found[found["language"] != ""].reset_index(drop=True)

    @property
    def items(self) -> pd.DataFrame:
        """One row for each item that the sides answer differently; empty unless they were asked for."""
        import pandas as pd

        return pd.DataFrame(list(item_rows(self.values)), columns=list(ITEM_COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """What `xharness compare --json` writes."""
        return document(self.values)

    def _shown(self) -> Shown:
        from harness.cli.notebook import Shown
        from harness.report.compared import compared_view

        return Shown(compared_view(self.values, by_language=self.by_language))

    def _frame(self, *, by_language: bool) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(list(flat_rows(self.values, by_language=by_language)), columns=list(COLUMNS))


@explained
def compare(
    left: Side,
    *right: Side,
    runs: str | os.PathLike[str] = "runs",
    tasks: str | Sequence[str] = (),
    languages: str | Sequence[str] = (),
    question: Question | None = None,
    margin: float = MARGIN,
    by_language: bool = False,
    items: bool = False,
) -> ShownComparison:
    """Compare a side with others: differences, left minus right, with intervals and corrected p-values.

    Args:
        left: a run, "RUN:ARM", "RUN:MODEL", a leaderboard document, or a checkpoint by its digest or directory.
        right: one or more of these; ":ARM" is another arm of the left run.
        runs: directory of runs and their store.
        tasks, languages: those to compare; all that both sides have by default. "-en" leaves English out.
        question: what would be drawn anew: "items" or "seeds"; by default seeds where both sides share several.
        margin: in points; scores are equal where the whole interval of their difference is within it.
        by_language: test each language, too.
        items: find the items that the sides answer differently, too.

    Raises:
        UserError: a side cannot be found, or nothing of the sides can be paired.
    """
    if not right:
        raise SettingsError(
            "compare() needs something to compare with",
            code="nothing-to-compare-with",
            where="compare()",
            fix='name another side, such as compare("new", "old")',
        )
    if question is not None and question not in QUESTIONS:
        raise UnknownName("question", str(question), QUESTIONS, where="compare()")
    if not isinstance(margin, int | float):
        raise SettingsError("margin must be a number", code="wrong-type", where="compare()")
    found = compare_named(
        _text(left),
        [_text(side) for side in right],
        Path(runs),
        default_registry(),
        tasks=names_in(tasks, "tasks", where="compare()"),
        languages=names_in(languages, "languages", where="compare()"),
        question=question,
        margin=float(margin),
        by_language=by_language,
        items=items,
    )
    return ShownComparison(found, by_language)


def _text(side: Side) -> str:
    """A side as the command line names it."""
    if isinstance(side, Run):
        return str(side.directory)
    if not isinstance(side, str | os.PathLike):
        raise SettingsError(
            f"{side!r} does not name a run", code="wrong-type", where="compare()", fix="give names or paths of runs"
        )
    return os.fspath(side)
