"""Which datasets of the Hugging Face hub hold rows of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.sources.hub.source import languages_of, table_names

if TYPE_CHECKING:
    from harness.sources.hub.tables import TableName
    from harness.tasks import Task

HUB = "hub"
"""What scores call the source whose rows these are."""


def hub_tables(task: Task, split: str, language: str) -> list[TableName]:
    """The tables that hold a split in a language, to be joined; empty where none does."""
    return [
        table
        for data in task.hub
        if split in data.splits and language in languages_of(data, task)
        for table in table_names(data, split, language)
    ]
