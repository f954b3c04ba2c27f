"""Errors a user can fix: what is wrong, where, and what to do. Printed without a traceback, exit code 2."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from harness.visible import visible


class UserError(Exception):
    """Something the user can put right.

    Args:
        what: what is wrong, one sentence.
        code: a short name that stays the same when the sentence changes, such as `no-training-rows`; by default the
            name of the class.
        where: file, line, setting or plugin it concerns.
        fix: what to do about it.
    """

    def __init__(self, what: str, *, code: str = "", where: str | None = None, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.code = code or re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(self).__name__).lower()
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        first, *rest = self.what.split("\n")
        lines = [f"{first}  [{self.code}]", *rest]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.fix:
            lines.append(f"  fix:   {self.fix}")
        return visible("\n".join(lines), lines=True)


def in_words(error: BaseException) -> str:
    """Class and message of what code of others has raised; without the message where that raises, too."""
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException as another:
        if isinstance(another, KeyboardInterrupt):
            raise
        return f"{type(error).__name__}, whose message cannot be read"


class UnknownName(UserError):
    """A task, metric, suite, model, language or setting that nobody registered.

    Args:
        also: other names that can be given, which are suggested, but not listed.
        fix: what to do instead of giving one of the names.
    """

    def __init__(
        self,
        noun: str,
        name: str,
        known: Iterable[str],
        *,
        also: Iterable[str] = (),
        where: str | None = None,
        fix: str | None = None,
    ) -> None:
        known = sorted(known)
        by_lower = {one.lower(): one for one in (*also, *known)}
        close = [by_lower[one] for one in difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)]
        if fix:
            pass
        elif close:
            fix = f"did you mean {' or '.join(close)}?"
        elif len(known) <= 40:
            fix = f"known: {', '.join(known) or 'none'}"
        else:
            fix = f"there are {len(known)} {plural(noun)}, from {known[0]} to {known[-1]}"
            fix += f"; `xharness ls {plural(noun)}` has them" if noun in ("task", "metric", "model") else ""
        code = f"unknown-{re.split(', | of | or ', noun)[0].replace(' ', '-')}"
        super().__init__(f"there is no {noun} {name!r}", code=code, where=where, fix=fix)


class DataError(UserError):
    """Rows that are missing or cannot be read."""


class SettingsError(UserError):
    """A setting that does not exist or has a value that cannot be used."""


class StoreError(UserError):
    """The runs directory cannot be written, or holds something this program did not finish."""


class NothingToShow(UserError):
    """A run or record that was asked for and does not exist."""


def plural(noun: str) -> str:
    """English plural of a noun this program uses in messages."""
    return noun[:-1] + "ies" if noun.endswith("y") else noun + "s"


def counted(number: int, noun: str) -> str:
    """A number of things in words."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"
