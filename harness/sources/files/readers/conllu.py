"""CoNLL-U, the files of Universal Dependencies: a sentence with its words, fused forms and empty nodes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.sources.files.lines import LONGEST_NAME, Line
from harness.sources.files.readers import conll

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

VERSION = 1
USES = (conll,)

COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
# A word, a fused form that spans words, an empty node.
NUMBER = re.compile(r"(?P<word>[0-9]{1,18})|(?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})|[0-9]+\.[0-9]+")
NUMBERED = 2
"""Version of the rules for rows by which words are numbered from 1 and fused forms do not overlap."""


def read(path: Path) -> Iterator[Line]:
    """Every sentence: the ten columns of its lines by name, and the language code its file's name begins with.

    Words are numbered 1, 2, 3 and so on, or the sentence is bad, at the line where they are not: without a blank line
    between them, two sentences would become one. So is one whose fused forms overlap, run backwards or end beyond it.
    """
    language = path.name.partition("_")[0]
    for sentence in conll.sentences(path):
        line = conll.record(path, sentence, COLUMNS)
        if line.record is None:
            yield line
        elif found := _misnumbered(line.record["id"]):
            place, problem = found
            yield Line(path, sentence[place].number, None, problem, since=NUMBERED)
        else:
            yield line._replace(record={**line.record, "language": language})


def _misnumbered(numbers: Sequence[str]) -> tuple[int, str] | None:
    """The first line of a sentence with a wrong number, and what is wrong with it; None where all are right."""
    words, fused_until = 0, 0
    ranges: list[tuple[int, str, int]] = []
    for place, number in enumerate(numbers):
        found = NUMBER.fullmatch(number)
        if not found:
            shown = number if len(number) <= LONGEST_NAME else f"{number[:LONGEST_NAME]}..."
            return place, f"{shown!r} is no number of a word, of a fused form (such as 3-4) or of an empty node (3.1)"
        if found["word"]:
            if int(number) == 1 and words:
                return place, f"word 1 follows word {words}: no blank line between two sentences"
            if int(number) != words + 1:
                return place, f"word {number} where word {words + 1} is expected"
            words += 1
        elif found["first"]:
            first, last = int(found["first"]), int(found["last"])
            if first > last:
                return place, f"the fused form {number} runs backwards"
            if first <= fused_until:
                return place, f"the fused form {number} overlaps the one before it, which ends at word {fused_until}"
            fused_until = last
            ranges.append((place, number, last))
    beyond = next(((place, number) for place, number, last in ranges if last > words), None)
    return beyond and (beyond[0], f"the fused form {beyond[1]} ends beyond the sentence, which has {words} words")
