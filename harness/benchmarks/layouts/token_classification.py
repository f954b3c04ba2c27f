"""token-classification: one tag a line without its word, and a blank line between sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import ClassVar

from harness.benchmarks.files import File, shown
from harness.benchmarks.layouts import Layout, Row, Scorable, same_count
from harness.errors import counted

Sentences = list[list[str]]


class TaggingLayout(Layout[Sentences, Sentences]):
    """Tags of sentences. XTREME's scorer compares the number of sentences only; here every sentence must fit."""

    suffix: ClassVar[str] = "tsv"

    def predictions(self, file: File) -> Sentences:
        """The tags of each sentence."""
        text = file.text()
        body = text.rstrip("\n")
        if file.to_upload and len(text) - len(body) > 2:
            line = body.count("\n") + 3
            file.refuse(
                "more than one blank line at the end",
                code="blank-line",
                line=line,
                fix="end the file with one at most",
            )
        if not body.strip():
            file.refuse(
                "the file is empty", code="empty-file", fix="write one tag a line and a blank line between sentences"
            )
            return []
        known = {"", *file.task.labels}
        if "\n\n\n" in body or body[0] == "\n" or not set(body.split("\n")) <= known:
            return _fixed(file, body)
        return [sentence.split("\n") for sentence in body.split("\n\n")]

    def labels(self, file: File) -> Sentences:
        """The tags of each sentence."""
        sentences = self.predictions(file)
        if len({tag for tags in sentences[:ENOUGH_TO_SEE] for tag in tags}) == 1:
            file.hidden([tag for tags in sentences for tag in tags], items=len(sentences))
        return sentences

    def count(self, content: Sentences) -> int:
        """Sentences."""
        return len(content)

    def pair(self, predictions: Sentences, labels: Sentences, file: File, *, partial: bool) -> Scorable:
        """Sentence by sentence."""
        del partial
        lengths, right = [*map(len, predictions)], [*map(len, labels)]
        if lengths != right:
            starts = [0, *accumulate(length + 1 for length in lengths)]
            same_count(file, len(predictions), len(labels), "sentence")
            for index, (length, expected) in enumerate(zip(lengths, right, strict=False)):
                if length != expected:
                    file.refuse(
                        f"{counted(length, 'tag')} in sentence {index + 1}, which has {counted(expected, 'token')}",
                        code="wrong-number-of-tags",
                        line=starts[index] + 1,
                        fix="write one tag a token, of long sentences too: without it later tags are of other tokens",
                    )
        return Scorable({"gold": labels, "prediction": predictions, "language": [file.language] * len(labels)})

    def write_predictions(self, rows: Sequence[Row]) -> str:
        """The predicted tags."""
        return _written(row["prediction"] for row in rows)

    def write_labels(self, rows: Sequence[Row]) -> str:
        """The gold tags."""
        return _written(row["gold"] for row in rows)


ENOUGH_TO_SEE = 100
"""Sentences in which real labels have two tags."""


def _fixed(file: File, body: str) -> Sentences:
    """The sentences of a text with something unusual, which is refused unless it is blanks around tags."""
    sentences: Sentences = [[]]
    for number, line in enumerate(body.split("\n"), start=1):
        tag = line.strip()
        if tag:
            sentences[-1].append(tag)
        elif sentences[-1]:
            sentences.append([])
        else:
            file.refuse(
                "a blank line without a sentence before it: XTREME's scorer takes it for a sentence of its own",
                code="blank-line",
                line=number,
                fix="separate sentences by one blank line",
            )
        if tag and tag not in file.task.labels:
            first = tag.split()[0]
            what, fix = f"unknown tag {shown(tag)}", f"the tags of {file.task.name} are {', '.join(file.task.labels)}"
            if tag.split()[-1] in file.task.labels or first in file.task.labels:
                what, fix = (
                    f"{counted(len(tag.split()), 'column')} in place of a tag alone",
                    "write the tag and no word",
                )
            file.refuse(what, code="not-a-tag", line=number, fix=fix)
    return sentences


def _written(sentences: Iterable[Sequence[str]]) -> str:
    return "".join("".join(f"{tag}\n" for tag in tags) + "\n" for tags in sentences)


LAYOUT = TaggingLayout()
