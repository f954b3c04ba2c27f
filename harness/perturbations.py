"""What a perturbation is: a change of texts in three severities, and on which tasks labels need not survive it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from harness.errors import SettingsError, UserError, in_words
from harness.rows import Row
from harness.setting import PERTURBATION_ROLES, PerturbationSettings, Scalar, braces, check_own_settings

if TYPE_CHECKING:
    from harness.tasks import Task

SEVERITIES = (1, 2, 3)
ALL_TASKS = "*"
"""In `Perturbation.diagnostic`."""

Change = Callable[..., str]
"""A text, what to draw from, the text's language, the severity and the settings, if it has any, to the changed text."""


@dataclass(frozen=True)
class File:
    """The value of a setting that names a file, such as a dictionary; digests are of its content.

    A setting of this type has `File()` as its default, and whoever asks for the perturbation has to give it; with
    `File(optional=True)` as its default it may be left out, and its text is then "".

    Attributes:
        text: its content, UTF-8.
        optional: of a default, whether a file need not be given.
    """

    path: str = ""
    text: str = ""
    optional: bool = False

    @property
    def digest(self) -> str:
        """Of the content, wherever it lies."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Perturbation:
    """A change of texts that readers would not be led astray by, such as typing errors, or a diagnostic one.

    It has either `change`, for texts one by one, or `change_rows`, for what needs more than that.

    Attributes:
        name: how users call it.
        version: raised whenever the same text and draws give another result.
        description: for people, one line.
        change: changes a text. It must draw from nothing but the `random.Random` it is given, must not make a text
            blank, nor part one word into several. What may not be touched, such as an answer, it never sees.
        change_word: likewise, in place of `change`, for a word of rows whose words have a tag each.
        change_rows: changes all rows of a split, in their order, by what a `SplitEdit` has, such as the same rows in
            another language. Their ids and gold answers must stay. It sees all rows, whatever `--limit` says.
        severities: what each severity does, in words; the first is severity 1.
        kinds: kinds of task whose rows it may be applied to; empty means all whose labels survive a change.
        diagnostic: names of the tasks, or of kinds of task, on whose rows labels need not survive it, so that a drop is
            expected and says nothing of robustness; "*" means all.
        settings: its own settings; whoever asks for it may give some.
    """

    name: str
    version: int = 1
    description: str = ""
    change: Change | None = None
    change_word: Change | None = None
    change_rows: Callable[[Sequence[Any], SplitEdit], Sequence[Row]] | None = None
    severities: tuple[str, str, str] = ("", "", "")
    kinds: tuple[str, ...] = ()
    diagnostic: tuple[str, ...] = ()
    settings: type[PerturbationSettings] = PerturbationSettings

    def __post_init__(self) -> None:
        if (self.change is None) is (self.change_rows is None):
            raise TypeError(f"the perturbation {self.name} needs one of `change` and `change_rows`")
        if self.change_rows and not self.kinds:
            raise TypeError(f"the perturbation {self.name} has `change_rows`, and has to name the kinds of rows")
        diagnostic: Any = self.diagnostic
        if isinstance(diagnostic, str):
            raise TypeError(f"the perturbation {self.name} has a text as `diagnostic`; write ({self.diagnostic!r},)")
        check_own_settings(self.settings, PERTURBATION_ROLES)

    def is_diagnostic(self, task: Task) -> bool:
        """Whether labels of a task need not survive it; a variant is as its task."""
        return not {ALL_TASKS, task.name, task.base, task.kind}.isdisjoint(self.diagnostic)


@dataclass(frozen=True)
class Transform:
    """What is done to rows before they are encoded.

    Attributes:
        name: of a registered perturbation.
        version: the perturbation's.
        severity: 1 to 3.
        seed: what is drawn depends on it and on each row's key.
        settings: those that are not as by default, by name; a file by its path.
        files: SHA-256 of the content of each such file, by the setting's name.
    """

    name: str
    version: int
    severity: int
    seed: int = 0
    settings: tuple[tuple[str, Scalar], ...] = ()
    files: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        seed = f":{self.seed}" if self.seed else ""
        return f"{self.name}:{self.severity}{seed}{braces(dict(self.settings))}"

    @property
    def decided_by(self) -> dict[str, Scalar]:
        """What of the settings decides the rows: their values, and the content of files."""
        return {**dict(self.settings), **dict(self.files)}

    def to_json(self) -> dict[str, Any]:
        """As records have it: settings only where there are any."""
        fields = {"name": self.name, "version": self.version, "severity": self.severity, "seed": self.seed}
        return {
            **fields,
            **({"settings": dict(self.settings)} if self.settings else {}),
            **({"files": dict(self.files)} if self.files else {}),
        }

    def settings_for(self, perturbation: Perturbation) -> PerturbationSettings:
        """The perturbation's settings, with the content of files.

        Raises:
            SettingsError: a file has changed since it was asked for, or is gone.
        """
        values: dict[str, Any] = dict(self.settings)
        for name, digest in self.files:
            values[name] = read_file(str(values[name]), f"{self}")
            if values[name].digest != digest:
                raise SettingsError(
                    f"{values[name].path} has changed since {self.name} was asked for",
                    code="perturbation-file-changed",
                    fix="repeat the command",
                )
        return perturbation.settings(**values)


def read_file(path: str, where: str) -> File:
    """A file that a setting names.

    Raises:
        SettingsError: it cannot be read, or is no text.
    """
    try:
        return File(path, Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SettingsError(
            f"the file {path!r} cannot be read: {problem}",
            code="perturbation-file-unreadable",
            where=where,
            fix="name a text file, relative to the current directory",
        ) from error


def condition_name(transforms: Iterable[Transform]) -> str:
    """Transforms as they are asked for, such as `typo:1+case:2`; "" of none."""
    return "+".join(map(str, transforms))


class BadChange(UserError):
    """A perturbation that has done to rows what no perturbation may."""

    def __init__(self, transform: Transform, problem: str, where: str) -> None:
        super().__init__(
            f"the perturbation {transform} {problem}",
            where=where,
            fix="fix the plugin, or leave the perturbation out",
        )


def draw(transform: Transform, key: str, part: str) -> Random:
    """What a part of a row is changed by. Settings play no part, so that other ones change the same places.

    Args:
        key: the row's key in its split.
    """
    drawn_from = (transform.name, transform.version, transform.severity, transform.seed, position(key), part)
    return Random(repr(drawn_from))


@dataclass(frozen=True)
class Edit:
    """How the texts of one row are changed; each part of the row has draws of its own.

    Attributes:
        key: the row's key in its split.
    """

    perturbation: Perturbation
    transform: Transform
    key: str
    language: str
    settings: PerturbationSettings = field(default_factory=PerturbationSettings)

    def __call__(self, text: str, part: str) -> str:
        """A text, changed.

        Args:
            part: which text of the row it is, such as "question".

        Raises:
            BadChange: nothing is left of it.
        """
        return self._changed_by(self.perturbation.change, text, part)

    def _changed_by(self, change: Change | None, text: str, part: str) -> str:
        transform, shown = self.transform, f"the text {text[:60]!r}"
        assert change, "rows that are changed together are not edited one by one"
        given = () if type(self.settings) is PerturbationSettings else (self.settings,)
        random = draw(transform, self.key, part)
        try:
            changed = change(text, random, self.language, transform.severity, *given)
        except UserError:
            raise
        except Exception as error:
            raise BadChange(transform, f"fails: {in_words(error)}", shown) from error
        if not isinstance(changed, str):
            raise BadChange(transform, f"gives a {type(changed).__name__} where a text is expected", shown)
        if any("\ud800" <= character <= "\udfff" for character in changed):
            raise BadChange(transform, "gives half of a surrogate pair", shown)
        if text.strip() and not changed.strip():
            raise BadChange(transform, "leaves nothing of a text", shown)
        return changed

    def word(self, text: str, part: str) -> str:
        """A word, changed, which is still one.

        Raises:
            BadChange: it is not.
        """
        changed = self._changed_by(self.perturbation.change_word or self.perturbation.change, text, part)
        if len(changed.split()) != len(text.split()):
            raise BadChange(self.transform, "parts a word into several", f"the text {text[:60]!r}")
        return changed

    def around(self, text: str, part: str, spans: Sequence[tuple[int, int]]) -> tuple[str, list[int]]:
        """A text, changed everywhere but in some spans.

        Args:
            spans: offsets of first characters and of those behind the last; they may overlap.

        Returns:
            The text, and the new offset of each span's first character.
        """
        pieces: list[str] = []
        starts = [0] * len(spans)
        done = length = 0
        for number, (start, end) in enumerate(_kept(text, spans)):
            outside = self._outside(text[done:start], f"{part} {number}")
            length += len(outside)
            for index, (first, last) in enumerate(spans):
                if start <= first and last <= end:
                    starts[index] = length + first - start
            pieces += [outside, text[start:end]]
            length += end - start
            done = end
        pieces.append(self._outside(text[done:], f"{part} end"))
        return "".join(pieces), starts

    def _outside(self, text: str, part: str) -> str:
        return self(text, part) if text.strip() else text


@dataclass(frozen=True)
class SplitEdit:
    """What the rows of a split are changed by together, and all that they may be changed by.

    Attributes:
        keys: of the rows, each unique in the split.
        rows_in: gives the rows with the same items in another language.
    """

    transform: Transform
    language: str
    keys: Sequence[str]
    settings: Any
    rows_in: Callable[[str], Sequence[Any]]

    @property
    def severity(self) -> int:
        """1 to 3."""
        return self.transform.severity

    def random(self, row: int, part: str = "") -> Random:
        """What to draw from for a row: it depends on where the row stands in its file, and on nothing else there.

        Args:
            row: its index.
            part: tells several draws of a row from each other.
        """
        return draw(self.transform, self.keys[row], part)

    def parallel(self, language: str) -> Sequence[Any]:
        """For each row the one of the same item in another language, as it was read; None where that has none.

        Raises:
            UserError: there are no such rows, or none of the same items.
        """
        return self.rows_in(language)


def position(key: str) -> str:
    """Where a row stands in its file, without the file, so that draws are the same wherever that lies."""
    found = re.search(r"(:\d+)+$", key)
    return found[0] if found else key


def _kept(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, without overlaps, and with the marks that belong to their last and first letters."""
    kept: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        start, end = first, last
        while 0 < start < len(text) and _is_mark(text[start]):
            start -= 1
        while end < len(text) and _is_mark(text[end]):
            end += 1
        if kept and start <= kept[-1][1]:
            kept[-1] = (min(start, kept[-1][0]), max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept


def _is_mark(character: str) -> bool:
    """Whether a character is part of the letter before it."""
    return character == "\u200d" or unicodedata.category(character).startswith("M")
