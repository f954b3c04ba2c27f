"""Files of predictions and of labels: their text, and complaints about them by line."""

from __future__ import annotations

import codecs
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import UserError
from harness.outside import Unreadable, parse_json, read_bytes
from harness.tasks import Task

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

ENOUGH = 50
"""Labels that must not all be alike: where they are, they are placeholders."""

SHOWN = 40
"""Characters of a line that messages show."""


class FileProblem(UserError):
    """A mistake in a file of predictions or of labels."""


@dataclass(frozen=True, kw_only=True)
class File:
    """A file `TASK/test-LANGUAGE.EXT` of a folder.

    Attributes:
        noun: what its items are, "predictions" or "labels".
        found: None where the first problem is to be raised, as for scoring; a list that takes all of them, as for
            checking what is to be uploaded.
        notes: what people should know of a file that is scored nevertheless.
    """

    path: Path
    task: Task
    language: str
    noun: str
    found: list[FileProblem] | None = field(default=None, compare=False)
    notes: list[str] = field(default_factory=list, compare=False)

    def refuse(self, what: str, *, code: str, line: int | None = None, fix: str) -> None:
        """Raise a problem, or take it down where all are asked for.

        Raises:
            FileProblem: always, but where problems are listed.
        """
        where = str(self.path) if line is None else f"{self.path}:{line}"
        problem = FileProblem(what, code=code, where=where, fix=fix)
        if self.found is None:
            raise problem
        self.found.append(problem)

    @property
    def to_upload(self) -> bool:
        """Whether it must be what the leaderboard's own scorer reads, not only what can be understood here."""
        return self.found is not None

    def raw(self) -> bytes:
        """The bytes of the file, with the line ends of Windows made into "\\n".

        Raises:
            FileProblem: a byte order mark, or another carriage return, both of which become part of a label; or the
                file cannot be read.
        """
        try:
            raw = read_bytes(self.path)
        except (OSError, Unreadable) as error:
            what = error.strerror if isinstance(error, OSError) else str(error)
            self.refuse(
                f"the file cannot be read: {what}", code="unreadable-file", fix="see that it can be, or take it out"
            )
            return b""
        if raw.startswith(codecs.BOM_UTF8):
            self.refuse(
                "a byte order mark before the first line",
                code="byte-order-mark",
                line=1,
                fix="save the file as UTF-8 without it",
            )
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if b"\r" in raw:
            raw = raw.replace(b"\r\n", b"\n")
            if b"\r" in raw:
                line = raw.count(b"\n", 0, raw.index(b"\r")) + 1
                self.refuse(
                    "a carriage return within the line", code="carriage-return", line=line, fix=r"end lines with \n"
                )
        return raw

    def text(self, raw: bytes | None = None) -> str:
        """The text of the file.

        Args:
            raw: its bytes, where they were read before.

        Raises:
            FileProblem: it is not UTF-8, or as for `raw`.
        """
        raw = self.raw() if raw is None else raw
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self.refuse(
                f"not UTF-8: byte 0x{raw[error.start]:02x}", code="not-utf-8", line=line, fix="save the file as UTF-8"
            )
            return raw.decode(errors="replace")

    def lines(self, text: str) -> list[str]:
        """The lines of a text; blank ones at the end are no items.

        XTREME's scorer takes each for an item, so they are a problem of what is to be uploaded.
        """
        lines = text.split("\n")
        last = len(lines)
        while last and not lines[last - 1].strip():
            last -= 1
        if last < len(lines) - 1 and self.to_upload:
            self.refuse(
                "a blank line at the end, which XTREME's scorer counts as an item",
                code="blank-line",
                line=last + 1,
                fix="take it out",
            )
        del lines[last:]
        return lines

    def object(self, text: str) -> dict[str, Any]:
        """The JSON object that is all of a text, each of whose keys stands there once.

        Raises:
            FileProblem: it is no such object.
        """
        pairs: list[tuple[str, Any]] | Any
        try:
            pairs = parse_json(text, pairs=_Pairs)
        except Unreadable as error:
            self._not_json(error)
            return {}
        if not isinstance(pairs, _Pairs):
            self.refuse("not a JSON object", code="not-a-json-object", fix=f"write one object of ids and {self.noun}")
            return {}
        found = dict(pairs)
        if len(found) != len(pairs):
            for name in repeated([name for name, _ in pairs]):
                self.refuse(
                    f"the id {name!r} stands there more than once; JSON keeps the last",
                    code="repeated-id",
                    line=line_of(text, name, last=True),
                    fix="write each id once",
                )
        return found

    def json(self, text: str) -> Any:
        """A text as JSON; None where it is none and problems are listed.

        Raises:
            FileProblem: it is none.
        """
        try:
            return parse_json(text)
        except Unreadable as error:
            self._not_json(error)

    def hidden(self, labels: Sequence[Any], *, items: int) -> None:
        """Refuse labels that are all alike: the benchmark hides the real ones.

        Raises:
            FileProblem: so they are, and there are at least 50 items.
        """
        if items >= ENOUGH and all(label == labels[0] for label in labels):
            self.refuse(
                f"all {len(labels)} labels are {labels[0]!r}",
                code="placeholder-labels",
                fix="the benchmark hides its test labels and these are placeholders; score against real ones",
            )

    def _not_json(self, error: Unreadable) -> None:
        self.refuse(str(error), code="not-json", line=error.line, fix=f"write the {self.noun} as JSON")


class _Pairs(list[tuple[str, Any]]):
    """The keys and values of a JSON object as they stand there."""


def line_ends(raw: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The characters of lines without blank ones at the end, and the place of the "\\n" of each line.

    For readers that look at all lines at once.
    """
    import numpy as np

    characters = np.frombuffer(raw.rstrip(b"\n") + b"\n", np.uint8)
    return characters, np.flatnonzero(characters == ord("\n"))


def ended_lines(raw: bytes) -> pa.LargeBinaryArray:
    """The lines of a file, each with its end, without blank ones at the end of the file; nothing is copied."""
    import numpy as np
    import pyarrow as pa

    characters, ends = line_ends(raw)
    offsets = np.concatenate(([0], ends + 1))
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(characters)]
    )


def repeated(values: Sequence[str]) -> list[str]:
    """Values that occur before, each once, in order."""
    seen: set[str] = set()
    again: dict[str, None] = {}
    for value in values:
        if value in seen:
            again[value] = None
        seen.add(value)
    return list(again)


def line_of(text: str, name: str, *, last: bool = False) -> int | None:
    """The line on which a JSON string stands in a text; None where it is written in another way."""
    for quoted in (json.dumps(name, ensure_ascii=False), json.dumps(name)):
        place = text.rfind(quoted) if last else text.find(quoted)
        if place >= 0:
            return text.count("\n", 0, place) + 1
    return None


def shown(text: str) -> str:
    """A line as messages show it."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in a message, the first few of many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
