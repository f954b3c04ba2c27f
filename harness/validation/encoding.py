"""Check of encoding: how much of the texts a tokenizer knows, and how much is cut off."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.results.marks import MOST_UNKNOWN
from harness.validation.report import Outcome
from harness.validation.subject import Subject

if TYPE_CHECKING:
    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features

MOST_TRUNCATED = 50.0
"""Percent of rows above which it is said that they are cut off."""


@dataclass
class _Count:
    """Sums over the splits of a language."""

    rows: int = 0
    truncated: int = 0
    units: int = 0
    asked: int = 0
    tokens: int = 0
    unknown: int = 0

    def add(self, features: Features, rows: int, encoder: TextEncoder) -> None:
        import numpy as np

        tokens, unknown = encoder.counts(features.ids)
        self.rows += rows
        self.truncated += features.truncated
        self.units += len(features)
        self.asked += len(np.unique(features.rows))
        self.unknown += unknown
        self.tokens += tokens


def encoding(subject: Subject) -> Outcome:
    """Encode the rows; count texts that are cut off, units a row and unknown tokens, by language.

    Units are windows of a context, pieces of a sentence, or rows as they are.
    """
    from harness.modeling.tokenizer import load_text_encoder

    found = Outcome()
    encoder, hyper, labels = load_text_encoder(subject.model().path), subject.hyper(), subject.labels()
    counts: defaultdict[str, _Count] = defaultdict(_Count)
    for (split, language), rows in subject.rows.items():
        try:
            counts[language].add(subject.kind.encode(rows.rows, labels, encoder, hyper), len(rows.rows), encoder)
        except Exception as error:  # noqa: BLE001  (a kind that fails on some rows must not hide what is wrong elsewhere)
            found.refuse_error("encoding", error, where=f"{split} rows in {language}")
    for language, count in counts.items():
        if not count.rows:
            continue
        truncated = 100 * count.truncated / count.rows
        unknown = 100 * count.unknown / max(1, count.tokens)
        pieces = count.units / max(1, count.asked)
        found.fact(language, truncated=truncated, pieces=pieces, unknown=unknown)
        if unknown > MOST_UNKNOWN:
            found.refuse(
                "encoding",
                f"{unknown:.0f} % of the tokens in {language} are unknown to {subject.model_name}",
                fix="see whether the texts are in the language they should be in, or choose another --model",
            )
    cut_off = [code for code, facts in found.facts.items() if facts["truncated"] > MOST_TRUNCATED]
    if cut_off:
        # No fault of the task: how long a sequence may be is up to a run.
        found.say(
            "encoding",
            f"most rows are cut off at {hyper.max_length} tokens in {', '.join(cut_off)}",
            fix=f"take longer sequences in runs: --set tasks.{subject.task.name}.max_length=N",
        )
    if not any(finding.problem for finding in found.findings):
        found.say("encoding", f"with the tokenizer of {subject.model_name}, {hyper.max_length} tokens a sequence")
    return found
