"""Types of fixtures that tests of several folders use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import datasets


@dataclass(frozen=True)
class Result:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


class Cli(Protocol):
    """Calls the command line."""

    def __call__(self, *arguments: object) -> Result: ...


class Results(Protocol):
    """Reads the `result` parts of a run's records of a kind."""

    def __call__(self, directory: Path, kind: str = "score") -> list[dict[str, Any]]: ...


class HubCache(Protocol):
    """Puts a dataset into the cache of `datasets`."""

    def __call__(
        self,
        repository: str,
        splits: Mapping[str, Sequence[Mapping[str, object]]],
        features: datasets.Features,
        *,
        configuration: str = ...,
        revision: str = ...,
    ) -> None: ...


RunDirectory = Callable[[Path], Path]
"""Finds the latest run of a directory of runs."""

Install = Callable[[str, str], None]
"""Installs a module, by name and code, as a third party's plugin."""
