"""Worlds in which an effect is turned off, so that a study can be shown to find nothing where there is nothing."""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.rows import Answer, ClassificationRow, MultipleChoiceRow, QuestionRow, Row, TokenRow

if TYPE_CHECKING:
    from collections.abc import Sequence


PASSAGES = ("squad", "squad_v2", "cosmosqa")
"""Intermediate tasks whose texts are passages of several sentences."""


@dataclass(frozen=True, kw_only=True)
class World:
    """What is different from the standard world.

    Attributes:
        unrelated: intermediate tasks share nothing with any other: their labels are an arbitrary function of the words,
            as in the control tasks of Hewitt and Liang (2019); learnable, and of no use elsewhere.
        unrelated_passages: the same of those alone whose texts are passages of several sentences: `squad`, `squad_v2`
            and `cosmosqa`. Of use to targets of single sentences are then only tasks whose texts are like theirs.
        alike: intermediate tasks of the same kind are one and the same task under several names, so that neither which
            of them is trained on nor their order can matter.
        one_genre: intermediate tasks are written like targets, about the same people and things: every task is in its
            targets' distribution, and texts are as similar to one target as to any other.
        rows_of: the world whose very rows this one has in the languages that both have, but of unrelated passages; ""
            is itself. Whatever has been trained or predicted on them is the same.
        dialects: targets whose rows are independent of each other also have rows in the dialects, two further
            low-resource languages.
        captions_apart: the two captions of a picture of `flickr8k` tell the colour of one thing each: they have nothing
            in common that could be learnt, and both say what the picture shows.
        other_pictures: pictures of `flickr8k` show other scenes than their captions tell, so that there is nothing to
            learn of them.
    """

    unrelated: bool = False
    unrelated_passages: bool = False
    alike: bool = False
    one_genre: bool = False
    rows_of: str = ""
    dialects: bool = False
    captions_apart: bool = False
    other_pictures: bool = False
    about: str = ""

    @property
    def changes_captions(self) -> bool:
        """Whether `flickr8k` has other rows."""
        return self.captions_apart or self.other_pictures

    def is_unrelated(self, task: str) -> bool:
        """Whether an intermediate task has arbitrary labels."""
        return self.unrelated or (self.unrelated_passages and task in PASSAGES)


WORLDS = {
    "standard": World(about="tasks differ in what they share"),
    "unrelated": World(unrelated=True, about="intermediate tasks share nothing with targets: no gain to be had"),
    "alike": World(alike=True, about="intermediate tasks of a kind are the same task: their order cannot matter"),
    "one-genre": World(one_genre=True, about="intermediate tasks are written like targets: similarity says nothing"),
    "dialects": World(
        rows_of="standard",
        dialects=True,
        about="the rows of standard, and targets in two more low-resource languages: what is alike in form helps",
    ),
    "unrelated-dialects": World(
        rows_of="unrelated",
        unrelated=True,
        dialects=True,
        about="the rows of unrelated, and targets in two more low-resource languages: texts are as alike as in "
        "dialects, and nothing learnt from them helps",
    ),
    "unrelated-passages": World(
        rows_of="standard",
        unrelated_passages=True,
        dialects=True,
        about="the rows of dialects, but tasks of passages share nothing with targets: what is alike in texts helps",
    ),
    "captions-apart": World(
        captions_apart=True, about="captions of a picture tell of one thing each: pictures teach what captions do not"
    ),
    "other-pictures": World(other_pictures=True, about="pictures show other scenes than captions tell: of no use"),
}


@functools.singledispatch
def with_arbitrary_labels(row: Row, labels: Sequence[str], *, unanswerable: bool) -> Row:
    """The row with other labels, a fixed function of its words that has nothing to do with what they mean.

    Args:
        labels: the task's labels, where it declares any.
        unanswerable: whether some questions of the task have no answer.
    """
    del labels, unanswerable
    raise TypeError(f"no arbitrary labels for a {type(row).__name__}")


@with_arbitrary_labels.register(ClassificationRow)
def _(row: ClassificationRow, labels: Sequence[str], *, unanswerable: bool) -> Row:
    del unanswerable
    return replace(row, label=labels[_number(row.text.split()[-1]) % len(labels)])


@with_arbitrary_labels.register(MultipleChoiceRow)
def _(row: MultipleChoiceRow, labels: Sequence[str], *, unanswerable: bool) -> Row:
    del labels, unanswerable
    return replace(row, label=min(range(len(row.choices)), key=lambda choice: _number(row.choices[choice])))


@with_arbitrary_labels.register(TokenRow)
def _(row: TokenRow, labels: Sequence[str], *, unanswerable: bool) -> Row:
    del labels, unanswerable
    places = sorted(range(len(row.tokens)), key=lambda place: _number(row.tokens[place]))
    tag_of = dict(zip(places, sorted(row.tags), strict=True))
    return replace(row, tags=tuple(tag_of[place] for place in range(len(places))))


@with_arbitrary_labels.register(QuestionRow)
def _(row: QuestionRow, labels: Sequence[str], *, unanswerable: bool) -> Row:
    del labels
    if unanswerable and _number(row.question) % 3 == 0:
        return replace(row, answers=())
    word = min(re.finditer(r"[^\s.]+", row.context), key=lambda found: _number(found[0]))
    return replace(row, answers=(Answer(word[0], word.start()),))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
