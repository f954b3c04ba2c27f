"""Span F1 of tag sequences: named entities, and XTREME's score of part-of-speech tags.

IOB and POS tags give the spans of seqeval 0.0.12, on which XTREME's reference scores rest. From 0.0.16 on seqeval reads
a tag without prefix differently (`NOUN` as `OUN`, `X` as outside), which changes the score of POS tags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OUTSIDE = "O"


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(SPAN_F1)
    register(UDPOS_F1_XTREME)


class Span(NamedTuple):
    """Tokens `start` up to but not including `end`, of one type."""

    type: str
    start: int
    end: int


def find_spans(tags: Sequence[str]) -> list[Span]:
    """Spans of a sentence, in order and disjoint.

    A tag's first letter is its prefix and what follows its last "-" its type, so `NOUN` has prefix "N" and type
    `NOUN`. A span goes on while the type stays the same, and ends early before B or S and after E or S. So an I that
    follows another type starts a span, equal tags without prefix merge, and a tag that begins with S (`SCONJ`, `SYM`)
    is always a span of its own.
    """
    spans: list[Span] = []
    start = 0
    previous = OUTSIDE
    for position, tag in enumerate([*tags, OUTSIDE]):
        if not _continues(previous, tag):
            if previous[0] != OUTSIDE:
                spans.append(Span(_type(previous), start, position))
            start = position
        previous = tag
    return spans


def count_spans(prediction: harness.Prediction) -> tuple[float, ...]:
    """(spans right in type and extent, predicted spans, gold spans) of a sentence.

    Raises:
        ValueError: predicted and gold tags differ in number.
    """
    if len(prediction["prediction"]) != len(prediction["gold"]):
        raise ValueError(f"{len(prediction['prediction'])} predicted tags for {len(prediction['gold'])} gold tags")
    predicted = set(find_spans(prediction["prediction"]))
    gold = set(find_spans(prediction["gold"]))
    return float(len(predicted & gold)), float(len(predicted)), float(len(gold))


def _continues(previous: str, tag: str) -> bool:
    """Whether two neighbouring tags belong to one span, or both to none."""
    return _type(previous) == _type(tag) and tag[0] not in "BS" and previous[0] not in "ES"


def _type(tag: str) -> str:
    return tag.rpartition("-")[2]


SPAN_F1 = harness.Metric(
    name="span_f1",
    kinds=("token-classification",),
    statistics=count_spans,
    value=harness.f1_from_counts,
    description="Micro F1 of entities, right in type and extent; lenient IOB, where an I may start an entity.",
    source="seqeval 0.0.12 as XTREME's evaluate.py uses it for panx; conlleval (Tjong Kim Sang 2002)",
)

UDPOS_F1_XTREME = harness.Metric(
    name="udpos_f1_xtreme",
    kinds=("token-classification",),
    statistics=count_spans,
    value=harness.f1_from_counts,
    description="Span F1 of raw POS tags, where neighbouring equal tags are one span: XTREME's POS score, no accuracy.",
    source="seqeval 0.0.12 as XTREME's evaluate.py uses it for udpos",
)
