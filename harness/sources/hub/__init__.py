"""The source `hub`: datasets of the Hugging Face hub; see `source.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.hookspecs import hookimpl
from harness.sources.base import Source, SourceType

if TYPE_CHECKING:
    from harness.registry import Registry


@hookimpl
def register_sources(register: Callable[[SourceType], None]) -> None:
    """Registers `hub`."""
    register(
        SourceType(
            name="hub", open=_open, description="datasets of the Hugging Face hub, at pinned revisions", remote=True
        )
    )


def _open(_argument: str, _registry: Registry) -> Source:
    from harness.sources.hub.source import HubSource
    from harness.sources.hub.tables import HubTables

    return HubSource(HubTables())
