"""What ends a process from outside: SIGTERM and SIGHUP end it as Ctrl-C does, with all that is left being tidied up."""

from __future__ import annotations

import os
import signal
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""What job schedulers and supervisors send, and a terminal that is closed."""


class Interrupted(KeyboardInterrupt):
    """A signal that ends the process, raised where it was at work.

    Attributes:
        signal: its number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.signal = number


def raise_on_signals() -> None:
    """Have signals that end this process raise `Interrupted`; only for a process that is this program's alone.

    Those that are ignored stay so, as nohup has it. Ranks other than 0 end at once: they have nothing to tidy up, and
    may be waiting in a library that lets no exception through.
    """
    if os.environ.get("RANK", "0") == "0":
        for number in ENDING:
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _raise)


def end() -> None:
    """Let no further signal break into the last lines of a process that ends anyway."""
    for number in ENDING:
        if signal.getsignal(number) == _raise:
            signal.signal(number, signal.SIG_IGN)


def exit_code(error: BaseException | None) -> int:
    """Of a process that an interruption has ended: 128 and the signal's number, 130 for Ctrl-C.

    Args:
        error: what was caught; click raises an error of its own from an interruption.
    """
    while error is not None:
        if isinstance(error, Interrupted):
            return 128 + error.signal
        error = error.__cause__
    return 128 + signal.SIGINT


def signal_of(code: int) -> int | None:
    """The signal behind an exit code of a process that a signal has ended; None for other codes."""
    found = -code if code < 0 else code - 128
    return found if found in (signal.SIGINT, *ENDING) else None


def _raise(number: int, frame: FrameType | None) -> None:
    del frame
    raise Interrupted(number)
