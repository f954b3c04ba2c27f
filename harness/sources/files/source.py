"""The source "files": local files in the formats the datasets are published in."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from harness.errors import DataError
from harness.sources.base import Source, Split, reasons
from harness.sources.files import lines, translate
from harness.sources.files.filemap import FileMap
from harness.sources.files.places import Directory, Part, Places
from harness.sources.files.readers import find_reader
from harness.sources.files.translate import name_below, translate_parts
from harness.sources.versions import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.registry import Registry
    from harness.tasks import Task

REASONS_SHOWN = 3


def open_files(path: Path, registry: Registry) -> FilesSource:
    """The source for a directory of published files, or for a map of files (see `FileMap`).

    Raises:
        DataError: nothing is there.
        SettingsError, UnknownName: the map says something it cannot say.
    """
    path = path.absolute()
    if not path.exists():
        raise DataError(
            "no such file or directory",
            code="no-such-data",
            where=str(path),
            fix="give a data directory or a map of files",
        )
    return FilesSource(Directory(path) if path.is_dir() else FileMap(path, registry))


class FilesSource(Source):
    """Rows of local files, found in the datasets' published layouts or by a map."""

    name = "files"

    def __init__(self, places: Places) -> None:
        self._places = places

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        """Languages that have files for a split, in the task's order."""
        return self._places.languages(task, split)

    def load(self, task: Task, split: str, language: str) -> Split:
        """All rows of a split.

        Raises:
            DataError: a file is missing, or cannot be read, or holds no row that can.
        """
        parts = self._places.parts(task, split, language)
        root = self._places.root
        done = translate_parts(parts, root)
        if not done.rows:
            raise DataError(
                f"no {split} row of {task.name} in language {language} can be read",
                code="no-readable-row",
                where="\n         ".join(reasons(done.skipped, REASONS_SHOWN)) or ", ".join(_names(parts, root)),
                fix="see that the files are whole, labelled and in the format "
                + " or ".join(dict.fromkeys(repr(part.format_name) for part in parts)),
            )
        return Split(
            task=task.name,
            split=split,
            language=language,
            rows=done.rows,
            keys=done.keys,
            digest=_digest(parts, task),
            source=self.name,
            origin="; ".join(dict.fromkeys(_origin(part, root) for part in parts)),
            stand_in=any(part.stand_in for part in parts),
            skipped=done.skipped,
        )


def _names(parts: Sequence[Part], root: Path) -> list[str]:
    return [name_below(root, path) for part in parts for path in part.paths]


def _origin(part: Part, root: Path) -> str:
    files = ", ".join(_names([part], root))
    notes = ": ".join(filter(None, ["stand-in" if part.stand_in else "", part.note]))
    return f"{files} ({notes})" if notes else files


def _digest(parts: Sequence[Part], task: Task) -> str:
    """Digest of what decides the rows: contents, formats and versions of what reads them, not where the files lie."""
    described = [
        {
            "format": part.format_name,
            "reader": part.format.reader,
            "options": part.options,
            "stand_in": part.stand_in,
            "files": [_content_digest(file) for file in part.files],
            **({"language": part.language} if part.format.language_of else {}),
            **counted(*find_reader(part.format.reader).modules),
        }
        for part in parts
    ]
    shared = counted(lines, translate)
    content = json.dumps({"task_version": task.version, "parts": described, **shared}, sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def _content_digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
