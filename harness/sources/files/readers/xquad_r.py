"""XQuAD-R (LAReQA): SQuAD's JSON with sentence breaks, one file a language; the sentences of all files are searched."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from harness.errors import DataError
from harness.sources.files.lines import Line
from harness.sources.files.readers import squad

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

VERSION = 1
USES = (squad,)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph's sentences, each with a key, and its questions."""

    context: str
    sentences: tuple[str, ...]
    keys: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    questions: tuple[Line, ...]

    def matches(self, question: Mapping[str, Any]) -> list[str]:
        """Keys of the sentence in which the answer begins and of those that read the same; none without an answer."""
        try:
            start = question["answers"][0]["answer_start"]
            right = next(self.sentences[i] for i, (first, end) in enumerate(self.spans) if first <= start < end)
        except (KeyError, IndexError, TypeError, StopIteration):
            return []
        return [key for key, sentence in zip(self.keys, self.sentences, strict=True) if sentence == right]


def companions(path: Path, *, languages: Sequence[str]) -> tuple[Path, ...]:
    """The files of the other languages, whose sentences are searched too."""
    others = (path.with_name(f"{language}{path.suffix}") for language in languages)
    return tuple(other for other in others if other != path)


def read(path: Path, *, languages: Sequence[str]) -> Iterator[Line]:
    """The questions of one file, then the sentences of all files.

    A question has side "query" and, beside its own fields, its paragraph's number and matches: the keys of the right
    sentences in every language, found by the question's id, which is the same in all. A sentence has side
    "candidate", key, sentence and context. The sentences of a file are numbered on from its questions.

    Args:
        path: the file of the language asked in.
        languages: those searched; the files beside `path` have their names.

    Raises:
        DataError: a file cannot be read as SQuAD's, or has no sentence breaks.
    """
    searched = {file: paragraphs(file) for file in (path, *companions(path, languages=languages))}
    matches: dict[Any, list[str]] = {}
    for found in searched.values():
        for paragraph in found:
            for line in paragraph.questions:
                question = line.record or {}
                matches.setdefault(question.get("id"), []).extend(paragraph.matches(question))
    yield from (line for line in squad.read(path) if line.record is None)
    for number, paragraph in enumerate(searched[path]):
        for line in paragraph.questions:
            question = line.record or {}
            more = {"side": "query", "matches": matches[question.get("id")], "paragraph": str(number)}
            yield line._replace(record={**question, **more})
    for file, found in searched.items():
        yield from _sentences(file, found)


def paragraphs(path: Path) -> Sequence[Paragraph]:
    """The paragraphs that have questions; others are not searched, as in XTREME-R.

    Each language searches the files of all, so that a file that has not changed is read once.

    Raises:
        DataError: the file cannot be read as SQuAD's, or has no sentence breaks.
    """
    status = path.stat()
    return _paragraphs(path, (status.st_ino, status.st_size, status.st_mtime_ns))


@functools.lru_cache(maxsize=32)
def _paragraphs(path: Path, _unchanged: tuple[int, int, int]) -> Sequence[Paragraph]:
    lines = [(line, line.record) for line in squad.read(path) if line.record is not None]
    found: list[Paragraph] = []
    try:
        for context, group in groupby(lines, key=lambda item: item[1]["context"]):
            questions = list(group)
            spans = tuple((start, end) for start, end in questions[0][1]["sentence_breaks"])
            sentences = tuple(context[start:end] for start, end in spans)
            keys = tuple(f"{path.stem}:{len(found)}:{i}" for i in range(len(spans)))
            found.append(Paragraph(context, sentences, keys, spans, tuple(line for line, _ in questions)))
    except (KeyError, TypeError, ValueError):
        raise DataError(
            "no sentence breaks where XQuAD-R has them: a list of pairs `sentence_breaks` in every paragraph",
            code="no-sentence-breaks",
            where=f"{path}, paragraph {len(found) + 1}",
            fix="take the files of github.com/google-research-datasets/lareqa; those of the hub lack the breaks",
        ) from None
    return tuple(found)


def _sentences(path: Path, searched: Sequence[Paragraph]) -> Iterator[Line]:
    number = sum(len(paragraph.questions) for paragraph in searched)
    for paragraph in searched:
        for key, sentence in zip(paragraph.keys, paragraph.sentences, strict=True):
            number += 1
            record = {"side": "candidate", "key": key, "sentence": sentence, "context": paragraph.context}
            yield Line(path, number, record)
