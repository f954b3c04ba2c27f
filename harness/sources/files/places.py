"""Where the files of a task lie: below a directory, in a dataset's published layout."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import DataError
from harness.rows import CaptionRow
from harness.sources.files.readers import find_reader
from harness.tasks import BadRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.rows import Row
    from harness.tasks import Format, Record, Task

LANGUAGE = "{language}"
CODES = "language_codes"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Files of one format that hold a split, or a part of one, in one language.

    Attributes:
        format_name: the format's name in the task.
        paths: read one after the other.
        language: whose rows are wanted, where the files hold several languages.
        stand_in: True where they are not the dataset's official split.
        note: why they stand in, or anything else people should know about them.
        images: the folder with the images of rows that name theirs without a path.
    """

    format_name: str
    format: Format
    paths: tuple[Path, ...]
    language: str
    stand_in: bool = False
    note: str = ""
    images: Path | None = None

    @property
    def options(self) -> Mapping[str, Any]:
        """The reader's keyword arguments."""
        return {name: value for name, value in self.format.options.items() if name != CODES}

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that are read, the second halves of text pairs included."""
        reader = find_reader(self.format.reader)
        return tuple(file for path in self.paths for file in reader.files(path, **self.options))

    def row(self, record: Record) -> Row | None:
        """The row of a record, with the path of its image; None where the record is of another language."""
        language_of = self.format.language_of
        if language_of and language_of(record) != self.language:
            return None
        row = self.format.row(record)
        return self._with_path(row) if isinstance(row, CaptionRow) else row

    def _with_path(self, row: CaptionRow) -> CaptionRow:
        image = row.image
        if self.images is None or image.path or image.content:
            return row
        below = Path(image.name) if isinstance(image.name, str) and image.name else Path("/")
        if below.is_absolute() or ".." in below.parts:
            raise BadRow(f"the image {image.name!r} is no file below the folder of images")
        return replace(row, image=replace(image, path=str(self.images / below)))


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
    from our codes to its, or a function such as `harness.iso639_3`.
    """
    codes = form.options.get(CODES, {})
    return pattern.replace(LANGUAGE, codes(language) if callable(codes) else codes.get(language, language))


def matching(root: Path, pattern: str) -> tuple[Path, ...]:
    """The file of that path below `root`; with `*` in it, all files that match, by name.

    Where none matches, the pattern itself stands for what is missing.
    """
    if "*" not in pattern:
        return (root / pattern,)
    whole = root / pattern
    base = root if whole.is_relative_to(root) else Path(whole.anchor)
    parts = (_only_stars(part) for part in whole.relative_to(base).parts)
    return tuple(sorted(base.glob("/".join(parts)), key=lambda path: path.name)) or (whole,)


def _only_stars(part: str) -> str:
    """A part of a path in which nothing but `*` stands for something else; `**` alone is any folders."""
    return part if part == "**" else re.sub(r"[?[]", r"[\g<0>]", re.sub(r"\*+", "*", part))


class Directory:
    """Finds files by the published layouts that a task's formats declare."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        """Languages of which every part's files exist, all of one of its formats."""
        return tuple(language for language in task.languages if self._found(task, split, language))

    def parts(self, task: Task, split: str, language: str) -> tuple[Part, ...]:
        """Of each part of the task the files of the first format whose files all exist."""
        found = self._found(task, split, language)
        if found:
            return found
        candidates = self._candidates(task, split, language)
        looked_for = [str(file) for part in candidates for file in part.files if not file.is_file()]
        raise DataError(
            f"no {split} rows of {task.name} in language {language}",
            code="no-rows",
            where="\n         ".join(["looked for", *looked_for])
            if looked_for
            else f"{self.root} (no format of {task.name} has labelled {split} rows in this language)",
            fix=f"put the files there, or give the path of a map, a TOML file with: [[{task.name}.{split}]] "
            f'file = "...", format = "{next(iter(task.formats))}", languages = ["{language}"]',
        )

    def _found(self, task: Task, split: str, language: str) -> tuple[Part, ...]:
        """One format's files of each part of the task; nothing where a part is missing."""
        by_part: dict[str, list[Part]] = {}
        for candidate in self._candidates(task, split, language):
            by_part.setdefault(candidate.format.part, []).append(candidate)
        chosen = [next(filter(_exists, candidates), None) for candidates in by_part.values()]
        existing = tuple(part for part in chosen if part is not None)
        return existing if len(existing) == len(chosen) else ()

    def _candidates(self, task: Task, split: str, language: str) -> list[Part]:
        candidates = []
        for name, form in task.formats.items():
            if form.languages and language not in form.languages:
                continue
            patterns = form.files.get(split, ())
            patterns = (patterns,) if isinstance(patterns, str) else patterns
            # Files without a language in their names hold the training language, or say the language of each record.
            any_language = form.language_of is not None or any(LANGUAGE in pattern for pattern in patterns)
            if patterns and (any_language or language == task.languages[0]):
                paths = tuple(
                    path for pattern in patterns for path in matching(self.root, in_language(pattern, form, language))
                )
                candidates.append(
                    Part(
                        format_name=name,
                        format=form,
                        paths=paths,
                        language=language,
                        stand_in=bool(form.stand_in),
                        note=form.stand_in,
                        images=self.root / form.images if form.images else None,
                    )
                )
        return candidates


def _exists(part: Part) -> bool:
    return all(file.is_file() for file in part.files)
