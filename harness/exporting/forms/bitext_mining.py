"""bitext-mining is written as sentence-similarity is."""

from __future__ import annotations

import dataclasses

from harness.exporting.forms import Use, sentence_similarity


def notes(use: Use) -> tuple[str, ...]:
    """As of sentence-similarity, and how pairs were found."""
    found = "A pair of sentences was mined where its score exceeded a threshold tuned on development rows."
    return (*sentence_similarity.notes(use), found)


FORM = dataclasses.replace(sentence_similarity.FORM, notes=notes)
