"""The source `files`, which a path means: a data directory, what `xharness fetch` wrote, or a map of files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.hookspecs import hookimpl
from harness.sources.base import FILES, Source, SourceType

if TYPE_CHECKING:
    from harness.registry import Registry


@hookimpl
def register_sources(register: Callable[[SourceType], None]) -> None:
    """Registers `files`."""
    register(
        SourceType(
            name=FILES,
            open=open_path,
            description="a data directory, a map of files (TOML) or what `xharness fetch` wrote; a path means it",
            argument="PATH",
        )
    )


def open_path(path: str, registry: Registry) -> Source:
    """The source for a directory or file.

    Raises:
        DataError: nothing is there.
        SettingsError, UnknownName: a map says something it cannot say.
    """
    from harness.sources.hub.fetched import FetchedTables, is_fetched

    # A directory may have the name of this source.
    place = Path(path or FILES)
    if is_fetched(place):
        from harness.sources.hub.source import HubSource

        return HubSource(FetchedTables(place))
    from harness.sources.files.source import open_files

    return open_files(place, registry)
