"""xharness study from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.documents.html import html
from harness.errors import SettingsError
from harness.keywords import explained
from harness.planning.store import Store
from harness.registry import default_registry
from harness.results.find import find_run
from harness.results.runs import STORE
from harness.shown import ShownAsTables
from harness.studies.asked import asked_of, reading
from harness.studies.base import Findings
from harness.studies.document import document, page, table, write
from harness.studies.readable import as_document
from harness.studies.session import StudyResult, answer_from_files, failures, plan_study, read_study

if TYPE_CHECKING:
    import pandas as pd

    from harness.cli.notebook import Shown


@dataclass(frozen=True, repr=False)
class ShownStudy(ShownAsTables):
    """What a study has found. Printed or shown by a notebook, it is what `xharness study` shows.

    Attributes:
        values: all of it, as values.
        failed: what failed in its runs, in words; empty where everything worked.
    """

    values: StudyResult
    failed: tuple[str, ...] = ()

    @property
    def findings(self) -> Mapping[str, Findings]:
        """By the name of the encoder."""
        return self.values.findings

    @property
    def records(self) -> pd.DataFrame:
        """The scores behind it, a row each; see `load_records`."""
        import pandas as pd

        return pd.concat([one.scores.table() for one in self.values.evidence.values()], ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """What study.json has."""
        import msgspec

        found: dict[str, Any] = msgspec.to_builtins(document(self.values))
        return found

    def to_csv(self) -> str:
        """What scores.csv has."""
        return table(self.values)

    def to_markdown(self) -> str:
        """What README.md has."""
        return page(self.values)

    def to_html(self) -> str:
        """What study.html has."""
        return html(as_document(self.values))

    def write(self, directory: str | os.PathLike[str]) -> Path:
        """Write study.json, scores.csv, README.md, study.html and figures into a directory; the path of README.md."""
        return write(self.values, Path(directory))

    def _shown(self) -> Shown:
        from harness.cli.notebook import Shown
        from harness.report.study import study_view

        return Shown(study_view(self.values))


@explained
def study(
    name: str,
    *,
    tier: str | None = None,
    runs: str | os.PathLike[str] = "runs",
    analyse: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    **options: Any,
) -> ShownStudy:
    """Answer a research question: carry its runs out, and say what follows.

    Args:
        name: of a study; `xharness ls studies` lists them.
        tier: one of the study's, such as smoke, small or full; small if none.
        runs: directory of runs and their store of finished stages.
        analyse: names or paths of runs whose records are read instead; then nothing is trained or scored.
        options: of the study, such as seeds=[1, 2, 3]; `xharness study NAME --help` lists them. `set` has
            hyper-parameters of all runs.

    Raises:
        UserError: something in the options or the data cannot be used, or records lack what the study needs.
    """
    where = "study()"
    registry, home = default_registry(), Path(runs)
    asked = asked_of(registry.study(name), registry, tier, options, where)
    if analyse:
        named = [analyse] if isinstance(analyse, str | os.PathLike) else list(analyse)
        if not all(isinstance(one, str | os.PathLike) for one in named):
            raise SettingsError("analyse does not name runs", code="wrong-type", where=where)
        directories = list(dict.fromkeys(find_run(home, os.fspath(one)) for one in named))
        named_runs = [directory.name for directory in directories]
        return ShownStudy(read_study(reading(asked, named_runs), registry, directories))
    if (answered := answer_from_files(asked, registry)) is not None:
        return ShownStudy(answered)
    Store(home / STORE).prepare()
    planned = plan_study(asked, registry, home)
    outcomes = [session.execute() for session in planned.sessions]
    result = read_study(asked, registry, [outcome.directory for outcome in outcomes])
    return ShownStudy(result, tuple(failures(outcomes)))
