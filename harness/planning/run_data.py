"""Where the rows and the model of a run lie, from whatever directory its settings are used again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from harness.errors import DataError
from harness.registry import Registry
from harness.results.runs import described, started_from
from harness.sources.base import FILES, Source, open_source, source_named


@dataclass(frozen=True)
class RunData:
    """The data of settings, and where they are.

    Attributes:
        written: as the settings have them, which is how records and pages name them.
        place: as `open_source` finds them from the working directory.
        base: the directory that relative paths in the settings start from.
        told: for people, where they are, if that is not where the settings' path leads from the working directory.
        missing: why they are not there, as far as no source has to be asked for that.
    """

    written: str
    place: str
    base: Path
    told: str = ""
    missing: DataError | None = None

    def open(self, registry: Registry) -> Source:
        """Their source.

        Raises:
            UserError: there is nothing there.
        """
        if self.missing:
            raise self.missing
        return open_source(self.place, registry)


def given_data(written: str) -> RunData:
    """The data of settings that are given here, whose paths start from the working directory."""
    return RunData(written, written, Path.cwd())


def find_data(run: Path, written: str, registry: Registry) -> RunData:
    """The data of a run: where it was started, or, where they are not there, where they are looked for now.

    Args:
        run: its directory.
        written: its data, as its settings have them.
    """
    base, here = started_from(run, described(run)), Path.cwd()
    source, argument = source_named(written, registry)
    # A directory may have the name of the source.
    path = Path(argument or FILES)
    if source.name != FILES or path.is_absolute() or base == here:
        return RunData(written, written, base or here)
    # What may not be read, as in the folder of another user, counts as not there.
    if base and os.access(base / path, os.R_OK):
        return RunData(written, str(base / path), base, f"data: {written}, read at {base / path}")
    if os.access(path, os.F_OK):
        told = f"data: {written} is no longer at {base / path}, read at {here / path}" if base else ""
        return RunData(written, written, here, told)
    return RunData(written, written, base or here, missing=_missing(written, path, base))


def find_model(run: Path, written: str, registry: Registry) -> str:
    """The model of a run as it is named here: a directory where the run was started, or else as it was written.

    Args:
        run: its directory.
        written: its model, as its settings have it.
    """
    base = started_from(run, described(run))
    entry = registry.models.get(written)
    built = entry is not None and entry.build
    elsewhere = base and base != Path.cwd() and not built and (base / written).is_dir()
    return str(base / written) if base and elsewhere else written


def _missing(written: str, path: Path, base: Path | None) -> DataError:
    looked_for = dict.fromkeys(str(place / path) for place in (base, Path.cwd()) if place)
    started = "" if base else ", such as the one that the run was started in"
    return DataError(
        "the run's data are not there",
        code="data-of-run-gone",
        where="\n         ".join(looked_for),
        fix=f"run this command in the directory that has {written}{started}",
    )
