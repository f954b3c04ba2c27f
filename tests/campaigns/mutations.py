"""Changes of files such as editors, transfers and other programs make, drawn at random."""

from __future__ import annotations

import contextlib
import json
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from harness.errors import UserError

TRIALS = pytest.mark.parametrize("trials", [pytest.param(10_000, marks=pytest.mark.full, id="all"), 100])
"""How many changes are tried."""

MOST_SHOWN = 10

SECONDS = 20.0
"""After which a trial counts as one that hangs: a thousand times what it takes."""

NESTED = "[" * 200 + "]" * 200
VALUES = (
    *("null", "true", "-1", "7", "0.5", "1e400", "NaN", "-Infinity", "9" * 5000, '""', '" "', '"\\ud83d"', '"\\u0000"'),
    *('"a\\tb\\nc"', '"\\u200b"', '"\\u202e"', "[]", "{}", "[null]", '[""]', '{"a": 1}', NESTED, f'"{"x" * 5000}"'),
)
"""JSON of other types and of the edges of their ranges."""

PIECES = (
    *(b'"', b"'", b"\t", b"\0", b"\xff", b"\xef\xbb\xbf", b"\r", b"\n", b"\n\n", b"\r\n", b"\xe2\x80\xa8", b"\xc2\x85"),
    *(
        b",",
        b"\\",
        b"null",
        b"{",
        b"}",
        b"[" * 200,
        b"#",
        b"=",
        b" ",
        b"0",
        b"-1",
        b"1e999",
        b"nan",
        b"\x1b[31m",
        b"|||",
    ),
    *(b"\xed\xa0\x80", b"\xe2\x80\x8b", b"x" * 5000, b"9" * 5000),
)


def mutated(content: bytes, draw: Random) -> bytes:
    """A content with one to three changes of bytes, fields, lines or JSON values."""
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        content = draw.choice(CHANGES)(content, draw)
    return content


def _place(content: bytes, draw: Random) -> int:
    return draw.randint(0, len(content))


def _flipped(content: bytes, draw: Random) -> bytes:
    if not content:
        return content
    at = draw.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << draw.randrange(8))]) + content[at + 1 :]


def _inserted(content: bytes, draw: Random) -> bytes:
    at = _place(content, draw)
    return content[:at] + draw.choice(PIECES) + content[at:]


def _cut(content: bytes, draw: Random) -> bytes:
    return content[: _place(content, draw)]


def _without_span(content: bytes, draw: Random) -> bytes:
    first, last = sorted((_place(content, draw), _place(content, draw)))
    return content[:first] + content[min(last, first + 40) :]


def _zeroed(content: bytes, draw: Random) -> bytes:
    at = _place(content, draw)
    return content[:at] + bytes(len(content) - at)


def _line_changed(content: bytes, draw: Random) -> bytes:
    lines = content.split(b"\n")
    at = draw.randrange(len(lines))
    match draw.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines.insert(at, b"")
        case 3:
            other = draw.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            lines[at : at + 2] = [b"".join(lines[at : at + 2])]
    return b"\n".join(lines)


def _field_changed(content: bytes, draw: Random) -> bytes:
    """Another value for what stands between two tabs or commas of a line, or for the whole line."""
    lines = content.split(b"\n")
    at = draw.randrange(len(lines))
    separator = draw.choice((b"\t", b",", b" "))
    fields = lines[at].split(separator)
    fields[draw.randrange(len(fields))] = draw.choice((b"", *PIECES, draw.choice(VALUES).encode()))
    lines[at] = separator.join(fields)
    return b"\n".join(lines)


def _value_changed(content: bytes, draw: Random) -> bytes:
    """Another JSON value somewhere in the whole, or in one line of it; as it was where neither is JSON."""
    lines = content.split(b"\n")
    at = draw.randrange(len(lines))
    for part, put in (
        (content, lambda new: new),
        (lines[at], lambda new: b"\n".join([*lines[:at], new, *lines[at + 1 :]])),
    ):
        with contextlib.suppress(ValueError):
            value = json.loads(part)
            marked = _with_mark(value, draw)
            text = json.dumps(marked, ensure_ascii=draw.random() < 0.5)
            return put(text.replace(f'"{MARK}"', draw.choice(VALUES)).encode("utf-8", "surrogatepass"))
    return content


MARK = "another value"


def _with_mark(value: Any, draw: Random) -> Any:
    """A JSON value with one of the values in it, or one key, exchanged for the mark, repeated or left out."""
    if isinstance(value, dict) and value and draw.random() < 0.85:
        key = draw.choice(list(value))
        match draw.randrange(8):
            case 0:
                return {name: one for name, one in value.items() if name != key}
            case 1:
                return {**value, f"{key}2": value[key]}
            case _:
                return {**value, key: _with_mark(value[key], draw)}
    if isinstance(value, list) and value and draw.random() < 0.85:
        at = draw.randrange(len(value))
        match draw.randrange(8):
            case 0:
                return value[:at] + value[at + 1 :]
            case 1:
                return [*value, value[at]]
            case _:
                return [*value[:at], _with_mark(value[at], draw), *value[at + 1 :]]
    return MARK


CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(_flipped, _inserted, _cut, _without_span, _zeroed),
    *(_line_changed, _line_changed, _field_changed, _field_changed),
    *(_value_changed, _value_changed, _value_changed),
)


class Hangs(BaseException):
    """A trial that takes too long; no Exception, so that nothing takes it for one of its own."""


@contextlib.contextmanager
def within_seconds(seconds: float = SECONDS) -> Iterator[None]:
    """Raise `Hangs` where what is done in it takes longer."""

    def stop(signum: int, frame: object) -> None:
        raise Hangs

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Trials:
    """Trials one after the other, each with draws of its own; what comes of each is counted.

    Args:
        name: of the campaign; the same name and number draw the same.
        count: how many.
    """

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self._count = count
        self.ends: Counter[str] = Counter()
        self.failures: list[str] = []

    def __iter__(self) -> Iterator[tuple[int, Random]]:
        for number in range(self._count):
            yield number, Random(f"{self._name} {number}")

    def outcome(self, number: int, work: Callable[[], str], about: str = "") -> None:
        """Do what is tried: it gives a word for its end, or raises an error of ours with a code and words.

        What raises something else or hangs is a failure, which `check` tells.
        """
        try:
            with within_seconds():
                end = work()
        except UserError as error:
            end = error.code or ""
            # A terminal and a file must be able to show it.
            wrong = "" if end and str(error).strip() else repr(error)
        except (Exception, Hangs) as error:  # noqa: BLE001
            end, wrong = "", "".join(traceback.format_exception(error))
        else:
            wrong = ""
        self.ends[end if not wrong else "FAILED"] += 1
        if wrong:
            self.failures.append(f"{self._name} {number} {about}: {wrong}")

    def check(self) -> None:
        """Assert that none has failed."""
        assert not self.failures, "\n".join([str(self), *self.failures[:MOST_SHOWN]])

    def __str__(self) -> str:
        counts = ", ".join(f"{end} {count:,}" for end, count in self.ends.most_common())
        return f"{self._count:,} trials: {counts}"
