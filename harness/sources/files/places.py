"""Where the files of a task lie: below a directory, in a dataset's published layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import DataError
from harness.sources.files.readers import find_reader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.tasks import Format, Task

LANGUAGE = "{language}"
CODES = "language_codes"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Files of one format that hold a split, or a part of one, in one language.

    Attributes:
        format_name: the format's name in the task.
        paths: read one after the other.
        stand_in: True where they are not the dataset's official split.
        note: why they stand in, or anything else people should know about them.
    """

    format_name: str
    format: Format
    paths: tuple[Path, ...]
    stand_in: bool = False
    note: str = ""

    @property
    def options(self) -> Mapping[str, Any]:
        """The reader's keyword arguments."""
        return {name: value for name, value in self.format.options.items() if name != CODES}

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that are read, the second halves of text pairs included."""
        reader = find_reader(self.format.reader)
        return tuple(file for path in self.paths for file in reader.files(path, **self.options))


class Places(Protocol):
    """A way to find the files of a split."""

    root: Path

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        """Languages that have files, in the task's order."""

    def parts(self, task: Task, split: str, language: str) -> tuple[Part, ...]:
        """The files of a split; a DataError that says where they were looked for if there are none."""


def in_language(pattern: str, form: Format, language: str) -> str:
    """A path pattern with `{language}` replaced by the dataset's own code for the language.

    A dataset whose files use other codes than ours gives them as the format's option `language_codes`, a mapping
    from our codes to its.
    """
    return pattern.replace(LANGUAGE, form.options.get(CODES, {}).get(language, language))


class Directory:
    """Finds files by the published layouts that a task's formats declare."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        """Languages whose files all exist in one of the task's formats."""
        return tuple(
            language for language in task.languages if any(map(_exists, self._candidates(task, split, language)))
        )

    def parts(self, task: Task, split: str, language: str) -> tuple[Part, ...]:
        """The files of the task's first format whose files all exist."""
        candidates = self._candidates(task, split, language)
        for part in candidates:
            if _exists(part):
                return (part,)
        looked_for = [str(file) for part in candidates for file in part.files]
        raise DataError(
            f"no {split} rows of {task.name} in language {language}",
            where="\n         ".join(["looked for", *looked_for])
            if looked_for
            else f"{self.root} (no format of {task.name} has labelled {split} rows in this language)",
            mend=f"put the files there, or give the path of a map, a TOML file with: [[{task.name}.{split}]] "
            f'file = "...", format = "{next(iter(task.formats))}", languages = ["{language}"]',
        )

    def _candidates(self, task: Task, split: str, language: str) -> list[Part]:
        candidates = []
        for name, form in task.formats.items():
            patterns = form.files.get(split, ())
            patterns = (patterns,) if isinstance(patterns, str) else patterns
            # Files without a language in their names hold the training language.
            if patterns and (language == task.languages[0] or any(LANGUAGE in pattern for pattern in patterns)):
                paths = tuple(self.root / in_language(pattern, form, language) for pattern in patterns)
                candidates.append(Part(format_name=name, format=form, paths=paths))
        return candidates


def _exists(part: Part) -> bool:
    return all(file.is_file() for file in part.files)
