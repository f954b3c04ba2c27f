"""The texts of scored rows, for people: stored predictions have their keys alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.errors import UserError
from harness.visible import in_a_line

if TYPE_CHECKING:
    from harness.planning.data import Data
    from harness.report.loaded import LoadedRun

ANSWERING = ("target", "candidate")
"""Sides of rows that are searched, so that answers name them."""
UNKNOWN = "und"
"""The code of ISO 639-3 for a language that is not known."""


@dataclass(frozen=True)
class RowTexts:
    """Texts of the rows of a task and language.

    Attributes:
        asked: by the row's key.
        answers: where answers are rows themselves, as in retrieval, by what these are called.
        language: that they are in.
    """

    asked: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    language: str = ""

    def said(self, value: Any) -> str:
        """An answer as text: of several the first ones that fit, of a row its text."""
        if value is None:
            return "-"
        if isinstance(value, dict):
            value = value.get("text", list(value.values()))
        if isinstance(value, list | tuple):
            joint = "; " if self.answers else " "
            return joint.join(map(self.said, value)) or "-"
        return in_a_line(self.answers.get(str(value), str(value)))


class TextReader:
    """Reads the texts of rows where the run read them, if they are still there.

    Args:
        tell: called with where they are on this machine, which is no business of those who read the page.

    Attributes:
        lacking: why texts cannot be had, in words for the page, and of which scores.
    """

    def __init__(self, run: LoadedRun, tell: Callable[[str], None]) -> None:
        self._run = run
        self._tell = tell
        self._data: Data | None = None
        self._why, self._written, self._fix = "", "", ""
        self.lacking: dict[str, list[str]] = {}

    def of(self, task: str, language: str) -> RowTexts:
        """The texts of the scored rows of a task and language; none where they cannot be had."""
        try:
            if self._data is None and not self._why:
                self._data = self._open()
            if self._data is not None:
                return self._read(self._data, task, language)
        except UserError as error:
            # Where some cannot be read others fail likewise, each in words of its own.
            if not self._why:
                self._why = f"texts are not where the run read them, {self._written} ({error.what}{self._fix})"
                self._tell(f"no texts of {self._run.name}: {error.what}: {in_a_line(error.where or '')}")
        self.lacking.setdefault(self._why, []).append(f"{task} {language}")
        return RowTexts()

    def _open(self) -> Data:
        """The rows of the run, read as its settings say."""
        from harness.planning.data import Data
        from harness.planning.run_data import find_data
        from harness.planning.session import settings_of_run
        from harness.registry import default_registry

        registry = default_registry()
        settings = settings_of_run(self._run.directory, registry, {})
        found = find_data(self._run.directory, settings.data, registry)
        self._written = found.written
        if found.told:
            self._tell(found.told)
        if found.missing:
            self._fix = f": write the report in the directory that has {found.written}"
        return Data(registry, found.open(registry), settings.limit)

    def _read(self, data: Data, task: str, language: str) -> RowTexts:
        split = data.split(task, self._split(task, language), language)
        kind = data.registry.kind(data.registry.task(task).kind)
        texts = [" / ".join(filter(None, map(in_a_line, kind.texts(row)))) for row in split.rows]
        sides = [getattr(row, "side", "") for row in split.rows]
        # One side of such pairs is in another language, and which one the row does not say.
        of = UNKNOWN if any(sides) else language
        named = zip((getattr(row, "key", "") for row in split.rows), sides, texts, strict=True)
        answers = {name: text for name, side, text in named if side in ANSWERING}
        return RowTexts(dict(zip(split.keys, texts, strict=True)), answers, of)

    def _split(self, task: str, language: str) -> str:
        rows = self._run.main.rows
        return str(next(row["split"] for row in rows if (row["task"], row["language"]) == (task, language)))
