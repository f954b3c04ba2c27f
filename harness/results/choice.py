"""One of several arms, seeds or tasks of a run: the one that is asked for, or the only one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from harness.errors import UserError

T = TypeVar("T", str, int)


def arm_of(labels: Mapping[str, str], wanted: str | None, *, of: str, where: Path) -> str:
    """The label of the arm that is wanted, which may be named without the values that the run varies.

    Args:
        labels: of the run's arms, at least one, each with the label without those values.
        wanted, of, where: see `one_of`.

    Raises:
        UserError: as `one_of`, and where arms with several values are meant.
    """
    meant = [label for label, base in labels.items() if base == wanted]
    if wanted not in labels and meant:
        return one_of(meant, None, option="--arm", of=of, where=where)
    return one_of(list(labels), wanted, option="--arm", of=of, where=where)


def one_of(known: Sequence[T], wanted: T | None, *, option: str, of: str, where: Path) -> T:
    """The value that is wanted; where none is named, the only one.

    Args:
        known: what the run has, at least one.
        option: such as "--arm".
        of: what can have one only, such as "a submission".
        where: the run's directory.

    Raises:
        UserError: none is named and there are several, or the run does not have the one that is.
    """
    shown = ", ".join(repr(one) for one in known)
    if wanted is None and len(known) > 1:
        noun = option.removeprefix("--")
        raise UserError(
            f"the run has several {noun}s, {of} is of one",
            code="several-to-choose-from",
            where=str(where),
            fix=f"name one with {option}: {shown}",
        )
    if wanted is not None and wanted not in known:
        raise UserError(
            f"the run has no {option} {wanted!r}", code="not-in-run", where=str(where), fix=f"it has {shown}"
        )
    return known[0] if wanted is None else wanted
