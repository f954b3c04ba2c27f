"""Estimates of a plan: how many training examples rows make, and how many tokens these have, by the length of texts."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kinds.base import Kind
    from harness.planning.data import Data
    from harness.planning.stages.rows import Rows
    from harness.rows import Row

SAMPLE = 200
"""At most so many rows of a task are looked at for an estimate of how long they are."""

CHARACTERS_PER_TOKEN = 4.0
SPECIAL = 2
"""Tokens that every sequence has beside its text."""


def units(data: Data, rows: Rows) -> int:
    """Training examples: rows, estimated windows of them, or those that are made of several rows."""
    joined = _joined(data, rows)
    count = len(data.of(rows).rows) if joined is None else len(joined)
    return round(count * fmean(len(lengths) for lengths in _sampled(data, rows)))


def unit_tokens(data: Data, rows: Rows) -> float:
    """Estimated tokens of a training example."""
    return fmean(tokens for lengths in _sampled(data, rows) for tokens in lengths)


def sequences_of_unit(data: Data, rows: Rows) -> float:
    """Sequences of a training example of a kind without windows, each of one text."""
    kind = _kind(data, rows)
    return fmean(sum(len(kind.texts(row)) for row in example) for example in _sample(data, rows))


def longest_sequence(data: Data, rows: Rows) -> float:
    """Estimated tokens of the longest sequence of a step of a kind without windows, with a special one at each end."""
    kind = _kind(data, rows)
    lengths = [len(text) for example in _sample(data, rows) for row in example for text in kind.texts(row)]
    return min(max(lengths) / CHARACTERS_PER_TOKEN + SPECIAL, rows.hyper.max_length)


def _sampled(data: Data, rows: Rows) -> list[list[float]]:
    """Of some examples from all over a file, the estimated tokens: of the row, its windows, or the rows together."""
    kind = _kind(data, rows)

    def lengths(row: Row) -> list[float]:
        return list(kind.lengths([len(text) / CHARACTERS_PER_TOKEN for text in kind.texts(row)], rows.hyper))

    found = []
    for first, *others in _sample(data, rows):
        own = lengths(first)
        found.append([sum(own) + sum(sum(lengths(row)) for row in others)] if others else own)
    return found


def _sample(data: Data, rows: Rows) -> list[list[Row]]:
    """The rows that some training examples from all over a file are made of; windows of one row count as one."""
    found, joined = data.of(rows).rows, _joined(data, rows)
    if joined is None:
        return [[row] for row in found[:: _stride(len(found))]]
    return [[found[place] for place in places] for places in joined[:: _stride(len(joined))]]


def _joined(data: Data, rows: Rows) -> Sequence[Sequence[int]] | None:
    return _kind(data, rows).joined(data.of(rows).rows, rows.hyper)


def _stride(count: int) -> int:
    return -(-count // SAMPLE)


def _kind(data: Data, rows: Rows) -> Kind[Any]:
    return data.registry.kind(data.registry.task(rows.task).kind)
