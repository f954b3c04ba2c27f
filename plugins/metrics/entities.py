"""F1, precision and recall of entities whose types may hold hyphens: for tasks of one's own.

`span_f1` is XTREME's, which takes what follows the last hyphen for the type: `B-loc-city` and `B-org-city` are the same
there.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PREFIXES = {"B": "B", "I": "I", "E": "E", "S": "S", "L": "E", "U": "S"}
"""Of IOB, IOBES and BILOU: L is a last word as E is, U a word by itself as S is."""


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(ENTITY_F1)
    register(ENTITY_PRECISION)
    register(ENTITY_RECALL)


class Tag(NamedTuple):
    """A tag: its prefix, "O" outside entities, and the type of its entity."""

    prefix: str
    type: str


class Entity(NamedTuple):
    """Words of an entity: its type, the first word, and the word after the last."""

    type: str
    first: int
    end: int


OUTSIDE = Tag("O", "")


@functools.lru_cache(1 << 16)
def parse_tag(tag: str) -> Tag:
    """A tag's prefix and type, which is all behind the first hyphen; a tag without prefix is a type by itself.

    Raises:
        UserError: what stands before the first hyphen is one letter, but no prefix.
    """
    if tag == "O":
        return OUTSIDE
    before, hyphen, behind = tag.partition("-")
    if before in PREFIXES and (hyphen or tag == before):
        return Tag(PREFIXES[before], behind)
    if hyphen and len(before) == 1:
        raise harness.UserError(
            f"the tag {tag!r} begins with {before!r}, which is no prefix of entities",
            code="no-prefix",
            where=f"prefixes are {', '.join(PREFIXES)} and O outside entities",
            fix="write tags such as B-PER and I-PER, or types without prefix",
        )
    return Tag("I", tag)


def find_entities(tags: Sequence[str]) -> list[Entity]:
    """The entities of a sentence, in order and disjoint, by the lenient rules of conlleval.

    An entity goes on while the type stays the same, and ends before B and S and after E and S. An I that follows
    another type, or nothing, starts one; so neighbouring words of a type without prefix are one entity.
    """
    entities: list[Entity] = []
    start, previous = 0, OUTSIDE
    for position, tag in enumerate([*map(parse_tag, tags), OUTSIDE]):
        cut = previous.prefix in "ES" or tag.prefix in "BSO" or tag.type != previous.type
        if cut and previous.prefix != "O":
            entities.append(Entity(previous.type, start, position))
        if cut or previous.prefix == "O":
            start = position
        previous = tag
    return entities


def count_entities(predictions: harness.Predictions) -> list[tuple[int, int, int]]:
    """(entities right in type and extent, predicted entities, gold entities) of each sentence.

    Raises:
        ValueError: predicted and gold tags of a sentence differ in number.
        UserError: as `parse_tag`.
    """
    return harness.span_counts(predictions, find_entities)


SOURCE = "conlleval (Tjong Kim Sang 2002); types as they stand behind the first hyphen"

ENTITY_F1 = harness.Metric(
    name="entity_f1",
    kinds=("token-classification",),
    statistics=count_entities,
    value=harness.f1_from_counts,
    description="Micro F1 of entities, right in type and extent, whose types may hold hyphens; IOB, IOBES, BILOU or "
    "types without prefix.",
    source=SOURCE,
)

ENTITY_PRECISION = harness.Metric(
    name="entity_precision",
    kinds=("token-classification",),
    statistics=count_entities,
    value=harness.precision_from_counts,
    description="Share of the predicted entities that are right, in type and extent, as entity_f1.",
    source=SOURCE,
)

ENTITY_RECALL = harness.Metric(
    name="entity_recall",
    kinds=("token-classification",),
    statistics=count_entities,
    value=harness.recall_from_counts,
    description="Share of the gold entities that are found, in type and extent, as entity_f1.",
    source=SOURCE,
)
