"""A map of files: a TOML file that says which files hold the splits of which tasks.

root = "${DATA:-../data}"        # relative to the map; ${NAME} and ${NAME:-default} are environment variables

[pawsx.validation]
file = "pawsx/dev-{language}.tsv"  # below root; a list of files, or all that "*" matches, is read one after the other
format = "xtreme"                  # a format of the task; may be left out where it has only one
languages = ["en", "de"]           # the task's first language if left out

[[pawsx.test]]                   # several tables for one split: of other languages, or joined for the same
file = "pawsx/dev-fr.tsv"
format = "xtreme"
languages = ["fr"]
stand_in = true                    # the rows are not the official split
note = "development rows"
images = "photographs"           # of tasks with images, the folder below root where they lie
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import DataError, SettingsError, UnknownName
from harness.languages import is_code, iso639_3
from harness.outside import Unreadable, read_toml
from harness.sources.base import SPLITS
from harness.sources.files.places import LANGUAGE, Part, in_language, matching

if TYPE_CHECKING:
    from pathlib import Path

    from harness.registry import Registry
    from harness.tasks import Task

VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One table of a map; its fields are the keys it may have."""

    file: list[str]
    format: str
    languages: list[str]
    stand_in: bool = False
    note: str = ""
    images: str = ""


class FileMap:
    """Finds files by a map.

    Raises:
        SettingsError, UnknownName: the map cannot be read, or names something that does not exist. That its files
            exist is checked when they are loaded.
    """

    def __init__(self, path: Path, registry: Registry) -> None:
        self._path = path
        self._entries: dict[tuple[str, str], list[Entry]] = {}
        content = _parsed(path)
        self.root = path.parent / _expanded(content.pop("root", "."), path)
        for name, splits in content.items():
            if name not in registry.tasks:
                raise UnknownName("task", name, registry.tasks, where=str(path))
            self._add_task(registry.tasks[name], splits)

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        """Languages that the map lists: the task's in its order, then others."""
        listed = dict.fromkeys(language for entry in self._of(task, split) for language in entry.languages)
        others = [language for language in listed if language not in task.languages]
        return (*(language for language in task.languages if language in listed), *others)

    def parts(self, task: Task, split: str, language: str) -> tuple[Part, ...]:
        """The files of all entries for the language.

        Raises:
            DataError: the map has none, or they do not exist.
        """
        parts = tuple(
            Part(
                format_name=entry.format,
                format=task.formats[entry.format],
                paths=tuple(path for file in _files(entry, task, language) for path in matching(self.root, file)),
                language=language,
                stand_in=entry.stand_in or bool(task.formats[entry.format].stand_in),
                note=entry.note or task.formats[entry.format].stand_in,
                images=self._images(entry, task),
            )
            for entry in self._of(task, split)
            if language in entry.languages
        )
        missing = [str(file) for part in parts for file in part.files if not file.is_file()]
        if missing or not parts:
            raise DataError(
                f"no {split} rows of {task.name} in language {language}",
                code="no-rows",
                where="\n         ".join(["no such file", *missing]) if missing else f"not in {self._path}",
                fix=f"correct `root` or [[{task.name}.{split}]] in {self._path}, or leave out what needs them",
            )
        return parts

    def _images(self, entry: Entry, task: Task) -> Path | None:
        folder = entry.images or task.formats[entry.format].images
        return self.root / folder if folder else None

    def _of(self, task: Task, split: str) -> list[Entry]:
        """The tables of a split; a variant without its own has those of its task, in formats that it has, too."""
        if (task.name, split) in self._entries:
            return self._entries[task.name, split]
        return [entry for entry in self._entries.get((task.base, split), []) if entry.format in task.formats]

    def _add_task(self, task: Task, splits: Any) -> None:
        if not isinstance(splits, dict):
            raise SettingsError(
                f"{task.name!r} is not a table",
                code="not-a-table",
                where=str(self._path),
                fix=f'write [{task.name}.test] and below it file = "..."',
            )
        for split, tables in splits.items():
            if split not in SPLITS:
                raise UnknownName("split", split, SPLITS, where=f"{self._path} [{task.name}.{split}]")
            tables = [tables] if isinstance(tables, dict) else tables
            if not isinstance(tables, list):
                raise SettingsError("not a table", code="not-a-table", where=f"{self._path} [{task.name}.{split}]")
            read: set[tuple[str, str]] = set()
            for number, table in enumerate(tables, start=1):
                where = f"{self._path} [{task.name}.{split}]" + (f" number {number}" if len(tables) > 1 else "")
                entry = _entry(table, task, where)
                _refuse_repeats(entry, task, read, where)
                self._entries.setdefault((task.name, split), []).append(entry)


def _entry(table: Any, task: Task, where: str) -> Entry:
    if not isinstance(table, dict):
        raise SettingsError(
            "not a table", code="not-a-table", where=where, fix='write file = "..." and the other keys one a line'
        )
    defaults: dict[str, Any] = {"languages": [task.languages[0]]}
    if len(task.formats) == 1:
        defaults["format"] = next(iter(task.formats))
    settings = defaults | table
    for key in settings:
        if key not in Entry.__dataclass_fields__:
            raise UnknownName("key", key, Entry.__dataclass_fields__, where=where)
    for key in ("file", "format"):
        if key not in settings:
            raise SettingsError(f"{key!r} is missing", code="key-missing", where=where, fix=_missing_fix(key, task))
    settings["file"] = [settings["file"]] if isinstance(settings["file"], str) else settings["file"]
    for key in ("file", "languages"):
        _refuse_unless(_is_names(settings[key]), f"{key!r} must be a list of strings", where, code="wrong-type-in-map")
    for key in ("format", "note", "images"):
        _refuse_unless(
            isinstance(settings.get(key, ""), str), f"{key!r} must be a string", where, code="wrong-type-in-map"
        )
    _refuse_unless(
        isinstance(settings.get("stand_in", False), bool),
        "'stand_in' must be true or false",
        where,
        code="wrong-type-in-map",
    )
    if settings["format"] not in task.formats:
        raise UnknownName("format", settings["format"], task.formats, where=where)
    for language in settings["languages"]:
        _check_language(language, task, where)
    return Entry(**settings)


def _check_language(language: str, task: Task, where: str) -> None:
    """Refuse what is no code of a language, and another code of one of the task's, whose scores would stand apart."""
    if language in task.languages:
        return
    if not is_code(language):
        raise UnknownName("language", language, task.languages, where=where)
    same = [code for code in task.languages if is_code(code) and iso639_3(code) == iso639_3(language)]
    if same:
        raise UnknownName("language", language, task.languages, where=where, fix=f"{task.name} calls it {same[0]}")


def _missing_fix(key: str, task: Task) -> str:
    if key == "format":
        return f"write format = {' or '.join(repr(name) for name in task.formats)}"
    return "write file = and the path below root"


def _refuse_repeats(entry: Entry, task: Task, read: set[tuple[str, str]], where: str) -> None:
    """A file read twice in a split would give the same key to two rows; one for two languages is a slip."""
    for language in entry.languages:
        for file in _files(entry, task, language):
            _refuse_unless(
                (language, file) not in read,
                f"{file} is read twice for language {language}",
                where,
                code="file-read-twice",
            )
            read.add((language, file))
    if len(entry.languages) > 1 and task.formats[entry.format].language_of is None:
        same = [file for file in entry.file if LANGUAGE not in file]
        _refuse_unless(
            not same, f"the same file for several languages: {', '.join(same)}", where, code="file-read-twice"
        )


def _files(entry: Entry, task: Task, language: str) -> list[str]:
    return [in_language(file, task.formats[entry.format], language) for file in entry.file]


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _refuse_unless(holds: bool, complaint: str, where: str, *, code: str) -> None:
    if not holds:
        raise SettingsError(complaint, code=code, where=where)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except OSError as error:
        raise SettingsError(f"cannot read the map: {error.strerror}", code="unreadable-file", where=str(path)) from None
    except Unreadable as error:
        raise SettingsError(f"the map is {error}", code="not-toml", where=str(path)) from None


def _expanded(root: Any, path: Path) -> str:
    if not isinstance(root, str):
        raise SettingsError("'root' must be a string", code="wrong-type-in-map", where=str(path))

    def value(found: re.Match[str]) -> str:
        name, default = found.groups()
        if value := os.environ.get(name) or default:
            return value
        raise SettingsError(
            f"the environment variable {name} is not set",
            code="variable-not-set",
            where=f"{path}, root",
            fix=f"set it, or write ${{{name}:-a default}}",
        )

    return VARIABLE.sub(value, root)
