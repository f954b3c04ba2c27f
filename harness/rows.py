"""The rows of each kind: one column layout, whatever the source.

Labels and tags are names, never numbers: sources disagree about the order of labels, not about their names.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every row has.

    Attributes:
        id: the dataset's own id, or "" where it has none. Ids may repeat, so items are keyed by file and line instead.
    """

    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationRow(Row):
    """A text, or a pair of texts, and the name of its label."""

    text: str
    text_pair: str | None = None
    label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow(Row):
    """A text by itself, as language models are trained on."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleChoiceRow(Row):
    """A context, an optional question, two or more choices and the 0-based index of the right one."""

    context: str
    question: str = ""
    choices: tuple[str, ...]
    label: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow(Row):
    """A sentence as words, and one tag a word."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's text and the character offset at which it starts in the context."""

    text: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow(Row):
    """A question, its context and the accepted answers; no answers means that the context holds none."""

    question: str
    context: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRow(Row):
    """A sentence on one side of a bitext, and the keys of its translations on the other side.

    Attributes:
        side: "source" (the sentences asked about) or "target" (the sentences searched).
        key: this sentence's own key, unique on its side.
        matches: keys on the other side; empty for a sentence without translation.
    """

    text: str
    side: str
    key: str
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalRow(Row):
    """A query, or a candidate to search among; a query to train on brings the text of a right candidate along.

    Attributes:
        text: all that is encoded, as one text.
        side: "query" or "candidate".
        key: of a candidate, unique among those of its split; "" for queries.
        matches: of a query, the keys of all right candidates.
        positive: of a query to train on, the text of a right candidate; the query then needs no `matches`.
        group: what queries share that are drawn together for intervals, such as a paragraph; "" where nothing.
    """

    text: str
    side: str
    key: str = ""
    matches: tuple[str, ...] = ()
    positive: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture: a file, or the content of one. What it shows is looked at only where vectors are made of it.

    Attributes:
        name: as the dataset calls it; images of one name are one image.
        path: where the file is; "" where `content` is given.
        content: of an image file.
    """

    name: str
    path: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionRow(Row):
    """A caption and the image that it tells of; an image may have several captions, each a row."""

    text: str
    image: Image
