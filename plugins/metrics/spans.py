"""F1, precision and recall of spans in tag sequences: named entities, and XTREME's score of part-of-speech tags.

IOB and POS tags give the spans of seqeval 0.0.12, on which XTREME's reference scores rest. From 0.0.16 on seqeval reads
a tag without prefix differently (`NOUN` as `OUN`, `X` as outside), which changes the score of POS tags.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OUTSIDE = "O"
NO_SPAN = "O."
"""Prefixes of tags outside spans."""


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(SPAN_F1)
    register(UDPOS_F1_XTREME)
    register(SPAN_PRECISION)
    register(SPAN_RECALL)
    register(UDPOS_PRECISION_XTREME)
    register(UDPOS_RECALL_XTREME)


Span = tuple[str, int, int]
"""Type, first token, and the token after the last."""


def find_spans(tags: Sequence[str]) -> list[Span]:
    """Spans of a sentence, in order and disjoint.

    A tag's first letter is its prefix and what follows its last "-" its type, so `NOUN` has prefix "N" and type
    `NOUN`. A span goes on while the type stays the same, and ends early before B or S and after E or S. So an I that
    follows another type starts a span, equal tags without prefix merge, and a tag that begins with S (`SCONJ`, `SYM`)
    is always a span of its own. Tags that begin with O or "." are outside.
    """
    spans: list[Span] = []
    start = 0
    previous = OUTSIDE
    for position, tag in enumerate([*tags, OUTSIDE]):
        ends, starts = _boundary(previous, tag)
        if ends:
            spans.append((_type(previous), start, position))
        if starts:
            start = position
        previous = tag
    return spans


def count_spans(predictions: harness.Predictions) -> list[tuple[int, int, int]]:
    """(spans right in type and extent, predicted spans, gold spans) of each sentence.

    Raises:
        ValueError: predicted and gold tags of a sentence differ in number.
    """
    return harness.span_counts(predictions, find_spans)


@functools.lru_cache(1 << 16)
def _boundary(previous: str, tag: str) -> tuple[bool, bool]:
    """Whether a span ends between two neighbouring tags, and whether one starts: the rules of conlleval."""
    before, here = previous[0], tag[0]
    changes = _type(previous) != _type(tag)
    ends = before in "ES" or (before in "BI" and here in "BSO") or (changes and before not in NO_SPAN)
    starts = here in "BS" or (before in "ESO" and here in "EI") or (changes and here not in NO_SPAN)
    return ends, starts


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

SPAN_PRECISION = harness.Metric(
    name="span_precision",
    kinds=("token-classification",),
    statistics=count_spans,
    value=harness.precision_from_counts,
    description="Share of the predicted entities that are right, in type and extent; lenient IOB, as span_f1.",
    source="seqeval 0.0.12 as XTREME's evaluate.py uses it for panx; conlleval (Tjong Kim Sang 2002)",
)

SPAN_RECALL = harness.Metric(
    name="span_recall",
    kinds=("token-classification",),
    statistics=count_spans,
    value=harness.recall_from_counts,
    description="Share of the gold entities that are found, in type and extent; lenient IOB, as span_f1.",
    source="seqeval 0.0.12 as XTREME's evaluate.py uses it for panx; conlleval (Tjong Kim Sang 2002)",
)

UDPOS_PRECISION_XTREME = harness.Metric(
    name="udpos_precision_xtreme",
    kinds=("token-classification",),
    statistics=count_spans,
    value=harness.precision_from_counts,
    description="Share of the predicted spans of raw POS tags that are right; neighbouring equal tags are one span.",
    source="seqeval 0.0.12 as XTREME's evaluate.py uses it for udpos",
)

UDPOS_RECALL_XTREME = harness.Metric(
    name="udpos_recall_xtreme",
    kinds=("token-classification",),
    statistics=count_spans,
    value=harness.recall_from_counts,
    description="Share of the gold spans of raw POS tags that are found; neighbouring equal tags are one span.",
    source="seqeval 0.0.12 as XTREME's evaluate.py uses it for udpos",
)
