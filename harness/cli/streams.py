"""Standard output and error: what they cannot show is replaced, and one that takes no more ends a command in words."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

from harness.visible import IN_ASCII

STRICT = ("strict", "surrogateescape")
"""How Python handles characters that an encoding lacks, where it fails on some of them."""

REPLACING = "xharness-replace"
"""How it handles them here: `IN_ASCII`, or a question mark."""


class CannotShow(BaseException):
    """Standard output or error takes no more. No `Exception`, so that nothing takes it for a failure of its own work.

    Attributes:
        problem: what the system says.
        stream: which of the two it is, for people.
        reader_gone: whether nobody reads it any more, as below `| head -1`.
    """

    def __init__(self, error: OSError, stream: str) -> None:
        super().__init__(error.strerror)
        self.problem = error.strerror or str(error)
        self.stream = stream
        self.reader_gone = isinstance(error, BrokenPipeError)


class _Guarded:
    """A stream, or the bytes below it, whose errors say that it was this stream."""

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._file, name)
        return _Guarded(found, self._name) if name == "buffer" else found

    def write(self, text: Any) -> Any:
        with self._told():
            return self._file.write(text)

    def flush(self) -> None:
        with self._told():
            self._file.flush()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CannotShow(error, self._name) from error


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Have standard output and error raise `CannotShow` when they take no more."""
    before = sys.stdout, sys.stderr
    out, err = (
        file and _Guarded(file, name) for file, name in zip(before, ("standard output", "standard error"), strict=True)
    )
    sys.stdout, sys.stderr = out, err
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def replace_unshowable() -> None:
    """Show other characters in the place of those that the encoding of standard output lacks."""
    codecs.register_error(REPLACING, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and getattr(stream, "errors", "") in STRICT:
            stream.reconfigure(errors=REPLACING)  # type: ignore[union-attr]


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(IN_ASCII.get(character, "?") for character in lacking), error.end


def let_go() -> None:
    """Send what is left for streams that take no more to nowhere: Python would complain of it as it ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
