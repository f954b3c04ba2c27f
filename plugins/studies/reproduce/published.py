"""A published table of scores by intermediate task and target, from a file of the user's, beside the gains here."""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from harness_plugins.studies.reproduce.claims import Gains

from harness import studykit
from harness.studykit import NONE

COLUMNS = ("arm", "task", "value")
FIX = f"give a CSV file with the columns {', '.join(COLUMNS)}; the arm {NONE} is what gains are counted from"


@dataclass(frozen=True)
class PublishedTable:
    """Published scores.

    Attributes:
        values: in percent, by arm and target; with those of `none`.
    """

    values: Mapping[str, Mapping[str, float]]

    def gain(self, arm: str, target: str) -> float | None:
        """What an arm adds to `none`; None where one of the two is not published."""
        after, before = (self.values.get(one, {}).get(target) for one in (arm, NONE))
        return None if after is None or before is None else after - before

    def unused(self, gains: Gains) -> Iterator[str]:
        """What of the table stands beside nothing, in words."""
        arms = sorted(self.values.keys() - gains.cells.keys() - {NONE})
        tasks = sorted({task for own in self.values.values() for task in own} - set(gains.targets))
        for what, names in (("arm", arms), ("target", tasks)):
            if names:
                yield f"of the published table nothing here has the {what} {', '.join(names)}"

    def table(self, gains: Gains) -> studykit.Table:
        """For each arm the mean gain over the targets that are published, here and there, and how cells agree."""
        rows = []
        for arm, cells in gains.cells.items():
            both = {target: gain for target in cells if (gain := self.gain(arm, target)) is not None}
            if both:
                here = studykit.gain_cell(studykit.over_seeds(gains.mean([arm], tuple(both)), studykit.Bounds()))
                there = studykit.Cell(text=f"{fmean(both.values()):+.1f}")
                count = studykit.Cell(text=f"{len(both)}/{len(cells)}")
                rows.append(
                    (studykit.Cell(text=arm), count, here, there, studykit.Cell(text=self._agreement(gains, arm)))
                )
        columns = ("arm", "targets", "here", "published", "tau over targets")
        return studykit.Table("Gains beside the published ones", columns, tuple(rows))

    def _agreement(self, gains: Gains, arm: str) -> str:
        """Kendall's tau-b between published gains and those here, over targets."""
        pairs = [
            (fmean(cell.values()), there)
            for target, cell in gains.cells[arm].items()
            if (there := self.gain(arm, target)) is not None
        ]
        try:
            return f"{studykit.kendall([here for here, _ in pairs], [there for _, there in pairs]):.2f}"
        except studykit.CannotConclude:
            return "-"


def read_published(path: Path) -> PublishedTable:
    """A published table.

    Raises:
        SettingsError: it cannot be read, lacks a column or the arm `none`, has a cell twice, or a value that is no
            percentage.
    """
    values: dict[str, dict[str, float]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if lacking:
                raise _refused(f"no column {', '.join(lacking)}", str(path))
            for row in reader:
                _add(values, row, f"{path}:{reader.line_num}")
    except (OSError, UnicodeError, csv.Error) as error:
        raise _refused(f"cannot be read: {error}", str(path)) from error
    if NONE not in values:
        raise _refused(f"no row of the arm {NONE}", str(path))
    if max(value for own in values.values() for value in own.values()) <= 1:
        raise _refused("all values are at most 1, as fractions are; they are in percent", str(path))
    return PublishedTable(values)


def _add(values: dict[str, dict[str, float]], row: Mapping[str, str | None], where: str) -> None:
    arm, task, text = ((row[name] or "").strip() for name in COLUMNS)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not arm or not task or not 0 <= value <= 100:
        raise _refused(
            f"arm {arm!r}, task {task!r}, value {text!r}: a value is a percentage, and both are named", where
        )
    if values.setdefault(arm, {}).setdefault(task, value) != value:
        raise _refused(f"a second value of arm {arm}, task {task}", where)


def _refused(what: str, where: str) -> studykit.SettingsError:
    return studykit.SettingsError(what, code="not-a-published-table", where=where, fix=FIX)
